//! A cell's status as shape, word and time. The colour is the style's; it is never all there is.

use std::time::Duration;

use engine::{Shown, Status, words};
use leptos::leptos_dom::helpers::set_interval_with_handle;
use leptos::prelude::*;
use protocol::CellId;
use wasm_bindgen::JsCast;

use super::icons::{self, Icon};
use crate::driver::now;
use crate::page::{CellSignals, Page};

/// The status of a cell.
#[component]
pub fn StatusLine(page: Page, cell: CellSignals) -> impl IntoView {
    let status = Memo::new(move |_| cell.view.with(engine::CellView::status));
    let word = Memo::new(move |_| {
        // Numbers in the words change when cells move.
        page.cells.track();
        cell.view
            .with(|view| words::status(&view.shown, |id| page.number_of(id)))
    });
    let culprit = Memo::new(move |_| cell.view.with(|view| words::culprit(&view.shown)));
    let note = Memo::new(move |_| cell.view.with(note));
    view! {
        <span data-part="status" class="status">
            {move || view! { <Icon path=icons::shape(status.get()) /> }}
            {move || match culprit.get() {
                Some(culprit) => {
                    view! {
                        <button class="link" on:click=move |_| go_to(culprit)>{word.get()}</button>
                    }
                        .into_any()
                }
                None => view! { <span class="word">{word.get()}</span> }.into_any(),
            }}
            <Show when=move || status.get() == Status::Running>
                <Ticking since=cell.running_since />
            </Show>
            {move || (!note.get().is_empty()).then(|| view! { <span class="note">{note.get()}</span> })}
        </span>
    }
}

fn note(view: &engine::CellView) -> &'static str {
    let ran = matches!(view.shown, Shown::Success { .. } | Shown::Error { .. });
    match (view.stale, view.restored && ran) {
        (true, _) => "stale",
        (false, true) => "from before",
        (false, false) => "",
    }
}

/// The time that a run has taken so far, after half a second.
#[component]
fn Ticking(since: RwSignal<f64>) -> impl IntoView {
    let elapsed = RwSignal::new(0.0);
    let tick = move || elapsed.set(now() - since.get_untracked());
    if let Ok(handle) = set_interval_with_handle(tick, Duration::from_millis(100)) {
        on_cleanup(move || handle.clear());
    }
    view! {
        <Show when=move || { elapsed.get() >= 500.0 }>
            <span class="time">{move || words::ticking(elapsed.get())}</span>
        </Show>
    }
}

/// Scrolls to a cell and gives it the keyboard.
pub fn go_to(cell: CellId) {
    let document = web_sys::window().and_then(|window| window.document());
    let selector = format!("article[data-cell=\"{cell}\"]");
    let found = document.and_then(|document| document.query_selector(&selector).ok().flatten());
    if let Some(element) = found {
        let options = web_sys::ScrollIntoViewOptions::new();
        options.set_block(web_sys::ScrollLogicalPosition::Center);
        element.scroll_into_view_with_scroll_into_view_options(&options);
        if let Some(element) = element.dyn_ref::<web_sys::HtmlElement>() {
            let _ = element.focus();
        }
    }
}
