//! A menu behind a button: closes on a choice, on Escape, and when the keyboard goes elsewhere.

use leptos::html::{Button, Div};
use leptos::prelude::*;
use wasm_bindgen::JsCast;
use web_sys::{FocusEvent, KeyboardEvent, Node};

use super::icons::{self, Icon};

/// A menu. `name` is the button's accessible name; the entries are [`Entry`]s. `is_stop` is whether Tab
/// stops at its button.
#[component]
pub fn Menu(
    name: &'static str,
    #[prop(default = true)] is_stop: bool,
    children: ChildrenFn,
) -> impl IntoView {
    let open = RwSignal::new(false);
    let area = NodeRef::<Div>::new();
    let button = NodeRef::<Button>::new();
    let leave = move |event: FocusEvent| {
        let to = event
            .related_target()
            .and_then(|target| target.dyn_into::<Node>().ok());
        // The menu may be gone by now, with the cell that a choice of it has deleted.
        let area = area.try_get_untracked().flatten();
        if area.is_some_and(|area| !area.contains(to.as_ref())) {
            open.try_set(false);
        }
    };
    let key = move |event: KeyboardEvent| {
        if event.key() == "Escape" && open.get_untracked() {
            // Only the menu is left by it.
            event.prevent_default();
            open.set(false);
            if let Some(button) = button.get() {
                let _ = button.focus();
            }
        }
    };
    let children = StoredValue::new(children);
    view! {
        <div class="menu" node_ref=area on:focusout=leave on:keydown=key>
            <button
                class="button quiet square"
                node_ref=button
                tabindex=if is_stop { "0" } else { "-1" }
                aria-label=name
                title=name
                aria-haspopup="true"
                aria-expanded=move || open.get().to_string()
                on:click=move |_| open.update(|open| *open = !*open)
            >
                <Icon path=icons::MORE />
            </button>
            <Show when=move || open.get()>
                <div class="menu-entries" tabindex="-1" on:click=move |_| { open.try_set(false); }>
                    {children.with_value(|children| children())}
                </div>
            </Show>
        </div>
    }
}

/// One entry of a menu.
#[component]
pub fn Entry(
    #[prop(into)] text: Signal<String>,
    act: impl Fn() + Send + Sync + 'static,
    #[prop(optional)] danger: bool,
) -> impl IntoView {
    view! {
        <button class="menu-entry" class:danger=danger on:click=move |_| act()>
            {move || text.get()}
        </button>
    }
}
