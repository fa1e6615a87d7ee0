//! A panel beside the notebook, with its title and a way to close it.

use leptos::prelude::*;

use super::icons::{self, Icon};

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
            <aside class="panel" aria-label=title>
                <header class="dialog-head">
                    <h2>{title}</h2>
                    <button class="button quiet square" aria-label="Close" on:click=move |_| close.run(())>
                        <Icon path=icons::CLOSE />
                    </button>
                </header>
                {children.with_value(|children| children())}
            </aside>
        </Show>
    }
}
