//! A panel beside the notebook, with its title and ways to close it. It takes the keyboard when it opens,
//! and gives it back where it was.

use leptos::html::Aside;
use leptos::prelude::*;
use send_wrapper::SendWrapper;
use wasm_bindgen::JsCast;
use web_sys::{HtmlElement, KeyboardEvent};

use super::icons::{self, Icon};
use crate::browser;

/// A panel, made when it opens.
#[component]
pub fn Panel(
    title: &'static str,
    #[prop(into)] is_open: Signal<bool>,
    close: Callback<()>,
    children: ChildrenFn,
) -> impl IntoView {
    let children = StoredValue::new(children);
    view! {
        <Show when=move || is_open.get()>
            <Opened title close children />
        </Show>
    }
}

#[component]
fn Opened(
    title: &'static str,
    close: Callback<()>,
    children: StoredValue<ChildrenFn>,
) -> impl IntoView {
    let aside = NodeRef::<Aside>::new();
    let before = browser::document().active_element();
    let before =
        SendWrapper::new(before.and_then(|element| element.dyn_into::<HtmlElement>().ok()));
    Effect::new(move || {
        if let Some(aside) = aside.get() {
            let _ = aside.focus();
        }
    });
    on_cleanup(move || {
        // Whoever went on elsewhere meanwhile stays there.
        let active = browser::document().active_element();
        let is_here = active.is_none_or(|active| {
            active.tag_name() == "BODY" || active.closest(".panel").ok().flatten().is_some()
        });
        if let (true, Some(before)) = (is_here, before.take()) {
            let _ = before.focus();
        }
    });
    let key = move |event: KeyboardEvent| {
        if event.key() == "Escape" && !event.default_prevented() {
            event.prevent_default();
            close.run(());
        }
    };
    view! {
        <aside class="panel" aria-label=title tabindex="-1" node_ref=aside on:keydown=key>
            <header class="dialog-head">
                <h2>{title}</h2>
                <button class="button quiet square" aria-label="Close" on:click=move |_| close.run(())>
                    <Icon path=icons::CLOSE />
                </button>
            </header>
            {children.with_value(|children| children())}
        </aside>
    }
}
