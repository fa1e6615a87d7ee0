//! What a running cell asks the person: a field for `input()`, below what it has put out so far.

use leptos::html::{Article, Input};
use leptos::prelude::*;
use web_sys::{KeyboardEvent, Node, SubmitEvent};

use crate::page::{Action, Asked, CellSignals, Page, Question};

/// The longest line that is typed, in UTF-16 units; the browser keeps to it.
const MOST_TYPED: &str = "100000";

/// The question of a cell, while it waits for an answer.
#[component]
pub fn AskedArea(page: Page, cell: CellSignals, article: NodeRef<Article>) -> impl IntoView {
    move || {
        let asked = cell.asked.get()?;
        Some(match &asked.question {
            Question::Input { .. } => view! { <Field page cell article asked /> }.into_any(),
        })
    }
}

/// Whether the keyboard is in the cell.
fn has_keyboard(article: NodeRef<Article>) -> bool {
    let document = web_sys::window().and_then(|window| window.document());
    let active = document.and_then(|document| document.active_element());
    let article = article.try_get_untracked().flatten();
    article.is_some_and(|article| article.contains(active.as_ref().map(AsRef::<Node>::as_ref)))
}

#[component]
fn Field(page: Page, cell: CellSignals, article: NodeRef<Article>, asked: Asked) -> impl IntoView {
    let field = NodeRef::<Input>::new();
    let id = asked.id;
    let (prompt, secret) = match &asked.question {
        Question::Input { prompt, secret } => (prompt.trim().to_owned(), *secret),
    };
    let prompt = if prompt.is_empty() {
        if secret { "Password" } else { "Input" }.to_owned()
    } else {
        prompt
    };
    // Who is in the cell goes on there; who is elsewhere is not taken away from it.
    Effect::new(move || {
        if let Some(field) = field.get()
            && has_keyboard(article)
        {
            let _ = field.focus();
        }
    });
    let send = move |event: SubmitEvent| {
        event.prevent_default();
        let Some(field) = field.get_untracked() else {
            return;
        };
        let text = field.value();
        // The field goes; the next question finds the keyboard in the cell.
        if let Some(article) = article.get_untracked() {
            let _ = article.focus();
        }
        page.act(Action::Answer(id, text));
    };
    // The keys of the cell and of the page are letters here.
    let keep = |event: KeyboardEvent| event.stop_propagation();
    let name = move || format!("Cell {} waits for input", cell.number.get());
    view! {
        <form
            class="asked"
            role="group"
            data-part="input"
            aria-label=name
            autocomplete="off"
            on:submit=send
            on:keydown=keep
        >
            <label>
                <span class="prompt">{prompt}</span>
                <input
                    node_ref=field
                    type=if secret { "password" } else { "text" }
                    autocomplete=if secret { "new-password" } else { "off" }
                    autocapitalize="off"
                    spellcheck="false"
                    enterkeyhint="send"
                    maxlength=MOST_TYPED
                />
            </label>
            <button class="button primary" type="submit">"Enter"</button>
        </form>
    }
}
