//! The bar of a notebook that is shown as an app: its title, what it needs from the reader, and the way
//! back to the notebook.

use engine::Status;
use leptos::prelude::*;

use super::icons::{self, Icon};
use super::notebook::{KernelLine, StopButton};
use crate::page::{Action, CellSignals, KernelWord, Page, Role};

/// The bar of an app. Nothing of it runs by itself: the reader starts it, unless its results are there.
#[component]
pub fn AppBar(page: Page, #[prop(into)] is_embedded: bool) -> impl IntoView {
    let runs = move || page.stop.with(Option::is_some);
    let wants_run = Memo::new(move |_| {
        let is_writer = page.role.get() == Role::Writes;
        is_writer && page.cells.with(|cells| cells.iter().any(wants_run))
    });
    // The first run of all starts Python too.
    let word = move || match page.kernel.with(|kernel| kernel.state) {
        KernelWord::Off => "Start",
        _ => "Run",
    };
    let is_quiet = move || {
        let state = page.kernel.with(|kernel| kernel.state);
        matches!(state, KernelWord::Off | KernelWord::Idle) && page.progress.with(Option::is_none)
    };
    view! {
        <header class="bar app-bar">
            <h1>{move || page.title.get()}</h1>
            <Show when=move || !is_quiet()>
                <KernelLine page />
            </Show>
            <div class="bar-buttons">
                <Show when=runs>
                    <StopButton page />
                </Show>
                <Show when=move || wants_run.get() && !runs()>
                    <button class="button primary" on:click=move |_| page.act(Action::RunStale)>
                        <Icon path=icons::RUN_ALL />
                        {word}
                    </button>
                </Show>
                <Show when=move || !is_embedded>
                    <button class="button" on:click=move |_| page.act(Action::ShowAsApp(false))>
                        "Show the notebook"
                    </button>
                </Show>
            </div>
        </header>
    }
}

/// Whether what a cell shows would change by a run.
fn wants_run(cell: &CellSignals) -> bool {
    let waits = cell
        .view
        .with(|view| view.stale || view.status() == Status::Idle);
    waits && cell.is_code.get() && !cell.disabled.get()
}
