//! What a running cell asks the person, below what it has put out so far: a field for `input()`, or
//! whether another site may be asked.

use leptos::html::{Article, Div, Input};
use leptos::prelude::*;
use protocol::RunId;
use web_sys::{KeyboardEvent, Node, SubmitEvent};

use crate::page::{Action, CellSignals, Page, Question, Sizes};

/// The longest line that is typed, in UTF-16 units; the browser keeps to it.
const MOST_TYPED: &str = "100000";

/// The question of a cell, while it waits for an answer.
#[component]
pub fn AskedArea(page: Page, cell: CellSignals, article: NodeRef<Article>) -> impl IntoView {
    move || {
        let asked = cell.asked.get()?;
        Some(match &asked.question {
            Question::Input { prompt, secret } => {
                let (prompt, secret) = (prompt.trim().to_owned(), *secret);
                view! { <Field page cell article id=asked.id prompt secret /> }.into_any()
            }
            Question::Packages { text, sizes } => {
                let (wants, sizes, id) = (text.clone(), *sizes, asked.id);
                let how_large = move || match sizes {
                    Sizes::Unasked => Some(
                        view! {
                            <button
                                class="link"
                                title="Asks the sites that have them, which nothing was told so far"
                                on:click=move |_| page.act(Action::AskSizes(id))
                            >
                                "How large?"
                            </button>
                        }
                        .into_any(),
                    ),
                    Sizes::Asked => Some(view! { "Asking how large they are\u{2026}" }.into_any()),
                    Sizes::Known => None,
                };
                let hint = view! {
                    "This notebook may then bring packages from there. This browser remembers it, for this notebook only. "
                    {how_large()}
                };
                let hint = hint.into_any();
                view! { <Leave page cell article id=asked.id wants shown=None hint /> }.into_any()
            }
            Question::Site {
                url, host, sends, ..
            } => {
                let (url, host, sends) = (url.clone(), host.clone(), *sends);
                let wants = if sends {
                    "This cell wants to send something to "
                } else {
                    "This cell wants to read "
                };
                let wants = wants.to_owned();
                let hint = view! {
                    "This notebook may then read from " <b>{host}</b>
                    " and send to it, without your cookies. This browser remembers it, for this notebook only."
                };
                let hint = hint.into_any();
                view! { <Leave page cell article id=asked.id wants shown=Some(url) hint /> }
                    .into_any()
            }
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
fn Field(
    page: Page,
    cell: CellSignals,
    article: NodeRef<Article>,
    id: (RunId, u32),
    prompt: String,
    secret: bool,
) -> impl IntoView {
    let field = NodeRef::<Input>::new();
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

/// The longest address that is shown, in characters.
const MOST_SHOWN: usize = 120;

#[component]
fn Leave(
    page: Page,
    cell: CellSignals,
    article: NodeRef<Article>,
    id: (RunId, u32),
    wants: String,
    shown: Option<String>,
    hint: AnyView,
) -> impl IntoView {
    let group = NodeRef::<Div>::new();
    // Not to a button: who is typing would press it unseen.
    Effect::new(move || {
        if let Some(group) = group.get()
            && has_keyboard(article)
            && !is_typing()
        {
            let _ = group.focus();
        }
    });
    let answer = move |allows| {
        if let Some(article) = article.get_untracked().filter(|_| has_keyboard(article)) {
            let _ = article.focus();
        }
        page.act(Action::Permit(id, allows));
    };
    let name = move || format!("Cell {} asks for your leave", cell.number.get());
    let address = shown.map(|url| {
        let shown = if url.chars().count() > MOST_SHOWN {
            let begin: String = url.chars().take(MOST_SHOWN).collect();
            format!("{begin}\u{2026}")
        } else {
            url.clone()
        };
        view! { <code title=url>{shown}</code> }
    });
    view! {
        <div class="asked leave" role="group" data-part="permission" tabindex="-1" node_ref=group aria-label=name>
            <div>
                <p>{wants} {address}</p>
                <p class="hint">{hint}</p>
            </div>
            <div class="choices">
                <button class="button primary" on:click=move |_| answer(true)>"Allow"</button>
                <button class="button" on:click=move |_| answer(false)>"Not now"</button>
            </div>
        </div>
    }
}

/// Whether the keyboard is where something is written.
fn is_typing() -> bool {
    let document = web_sys::window().and_then(|window| window.document());
    let active = document.and_then(|document| document.active_element());
    active.is_some_and(|active| {
        let editor = active.closest("[contenteditable=true], input, textarea");
        editor.is_ok_and(|editor| editor.is_some())
    })
}
