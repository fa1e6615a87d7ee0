//! What the library shows in an element of its own, and the fold of what is too large.

use leptos::html::Div;
use leptos::prelude::*;

use crate::editor::{Form, Library, Shown};

/// Says that there is more than is shown, and shows it.
#[component]
pub fn Fold(
    words: Signal<String>,
    more: impl Fn() + Copy + Send + Sync + 'static,
) -> impl IntoView {
    view! {
        <div class="fold">
            <span>{words}</span>
            <button class="button small" on:click=move |_| more()>"Show the rest"</button>
        </div>
    }
}

/// What the library shows in an element of its own.
#[component]
pub fn Foreign(#[prop(into)] form: Signal<Form>, library: Library) -> impl IntoView {
    let host = NodeRef::<Div>::new();
    let shown = StoredValue::new_local(None::<Shown>);
    let end = move || {
        if let Some(shown) = shown.try_update_value(Option::take).flatten() {
            shown.end();
        }
    };
    Effect::new(move || {
        let Some(host) = host.get().filter(|_| library.is_ready()) else {
            return;
        };
        end();
        form.with(|form| shown.set_value(Some(form.show(&host))));
    });
    on_cleanup(end);
    view! { <div class="value" node_ref=host></div> }
}
