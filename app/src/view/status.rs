//! A cell's status as shape, word and time. The colour is the style's; it is never all there is.

use engine::{Shown, Status, words};
use leptos::html::{Button, Div};
use leptos::prelude::*;
use protocol::CellId;

use super::icons;
use super::story::{Opening, StoryCard};
use crate::page::{CellSignals, Page};
use crate::selection::article;

/// The status of a cell. Its elements stay and only change: in a long cascade a thousand of them
/// do so in one frame.
#[component]
pub fn StatusLine(page: Page, cell: CellSignals, status: Memo<Status>) -> impl IntoView {
    let word = Memo::new(move |_| {
        // Numbers in the words change when cells move.
        page.cells.track();
        cell.view
            .with(|view| words::status(&view.shown, |id| page.number_of(id)))
    });
    let culprit = Memo::new(move |_| cell.view.with(|view| words::culprit(&view.shown)));
    let note = Memo::new(move |_| cell.view.with(note));
    let time = move || match (status.get(), cell.elapsed.get()) {
        (Status::Running, Some(elapsed)) => words::ticking(elapsed),
        _ => String::new(),
    };
    let (opening, area, button) = (
        Opening::new(),
        NodeRef::<Div>::new(),
        NodeRef::<Button>::new(),
    );
    let card = format!("story-{}", cell.id);
    let described = card.clone();
    view! {
        <div
            class="status-area"
            node_ref=area
            on:pointerenter=move |event| opening.point(&event, true)
            on:pointerleave=move |event| opening.point(&event, false)
            on:focusout=move |event| opening.blur(&event, area)
            on:keydown=move |event| opening.key(&event)
        >
        <span data-part="status" class="status" on:click=move |event| opening.tap(&event, button)>
            <button
                node_ref=button
                class="status-why"
                // In a cell's bar the arrow keys lead to it; a reader of an app has the Tab key alone.
                tabindex=move || if page.app.get() { "0" } else { "-1" }
                aria-label="Why this status"
                aria-expanded=move || opening.is_open().to_string()
                aria-describedby=move || opening.is_open().then(|| described.clone())
                on:focus=move |_| opening.focus()
            >
                <svg class="icon" viewBox="0 0 16 16" aria-hidden="true" focusable="false">
                    <path d=move || icons::shape(status.get()) />
                </svg>
            </button>
            <span class="word">
                {move || if culprit.get().is_none() { word.get() } else { String::new() }}
            </span>
            {move || {
                let culprit = culprit.get()?;
                Some(view! { <button class="link" on:click=move |_| go_to(culprit)>{word}</button> })
            }}
            <span class="time">{time}</span>
            <span class="note">{move || note.get()}</span>
        </span>
        {move || opening.is_open().then(|| view! { <StoryCard page cell id=card.clone() /> })}
        </div>
    }
}

fn note(view: &engine::CellView) -> &'static str {
    let ran = matches!(view.shown, Shown::Success { .. } | Shown::Error { .. });
    if view.interrupted {
        return "was running when the page closed";
    }
    match (view.stale, view.restored && ran) {
        (true, _) => "stale",
        (false, true) => "from before",
        (false, false) => "",
    }
}

/// Scrolls to a cell and gives it the keyboard.
pub fn go_to(cell: CellId) {
    if let Some(element) = article(cell) {
        let options = web_sys::ScrollIntoViewOptions::new();
        options.set_block(web_sys::ScrollLogicalPosition::Center);
        element.scroll_into_view_with_scroll_into_view_options(&options);
        let _ = element.focus();
    }
}
