//! A dialog over the page: the browser's own, which keeps the keyboard inside and closes on Escape.

use leptos::html;
use leptos::prelude::*;
use wasm_bindgen::JsCast;
use web_sys::MouseEvent;

use super::icons::{self, Icon};

/// A dialog, made when it opens.
#[component]
pub fn Dialog(open: RwSignal<bool>, title: &'static str, children: ChildrenFn) -> impl IntoView {
    let element = NodeRef::<html::Dialog>::new();
    Effect::new(move || {
        let Some(element) = element.get() else {
            return;
        };
        if open.get() && !element.open() {
            let _ = element.show_modal();
        } else if !open.get() && element.open() {
            element.close();
        }
    });
    let outside = move |event: MouseEvent| {
        let target = event.target().map(JsCast::unchecked_into::<web_sys::Node>);
        let dialog = element.get_untracked();
        // What is beside the dialog belongs to its backdrop, which is the dialog itself.
        if target.as_ref() == dialog.as_deref().map(AsRef::as_ref) {
            open.set(false);
        }
    };
    let children = StoredValue::new(children);
    view! {
        <dialog
            class="dialog"
            node_ref=element
            aria-label=title
            on:close=move |_| open.set(false)
            on:click=outside
        >
            <Show when=move || open.get()>
                <div class="dialog-body">
                    <header class="dialog-head">
                        <h2>{title}</h2>
                        <button
                            class="button quiet square"
                            aria-label="Close"
                            on:click=move |_| open.set(false)
                        >
                            <Icon path=icons::CLOSE />
                        </button>
                    </header>
                    {children.with_value(|children| children())}
                </div>
            </Show>
        </dialog>
    }
}
