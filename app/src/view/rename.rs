//! The dialog that asks for a new name.

use leptos::html::Input;
use leptos::prelude::*;

use super::dialog::Dialog;
use super::sentence::code_words;
use crate::page::{Action, Page};

/// Asks for a new name of what [`Page::renaming`] tells.
#[component]
pub fn Rename(page: Page) -> impl IntoView {
    let open = RwSignal::new(false);
    Effect::new(move || open.set(page.renaming.with(Option::is_some)));
    Effect::new(move || {
        if !open.get() && page.renaming.with_untracked(Option::is_some) {
            page.act(Action::EndRename(None));
        }
    });
    view! {
        <Dialog open title="Rename">
            <Form page />
        </Dialog>
    }
}

#[component]
fn Form(page: Page) -> impl IntoView {
    let field = NodeRef::<Input>::new();
    let old = page
        .renaming
        .with_untracked(|asked| asked.as_ref().map(|asked| asked.name.clone()));
    let old = old.unwrap_or_default();
    Effect::new(move || {
        if let Some(field) = field.get() {
            let _ = field.focus();
            field.select();
        }
    });
    let what = {
        let old = old.clone();
        move || {
            let cells = page
                .renaming
                .with(|asked| asked.as_ref().map_or(0, |asked| asked.cells));
            match cells {
                0 | 1 => format!("{old} in this cell"),
                more => format!("{old} in {more} cells"),
            }
        }
    };
    let refusal = move || {
        page.renaming
            .with(|asked| asked.as_ref().map(|asked| code_words(&asked.refusal)))
    };
    let submit = move |event: web_sys::SubmitEvent| {
        event.prevent_default();
        if let Some(field) = field.get_untracked() {
            page.act(Action::EndRename(Some(field.value())));
        }
    };
    view! {
        <form class="rename" on:submit=submit>
            <label>
                {what}
                <input node_ref=field aria-label="New name" value=old spellcheck="false" autocomplete="off" />
            </label>
            <p class="refusal" role="alert">{refusal}</p>
            <button class="button primary" type="submit">"Rename"</button>
        </form>
    }
}
