//! What a running cell fetches from elsewhere: what it is, how much of it has come, and a bar.

use engine::packages::elsewhere::Fetching;
use leptos::prelude::*;

use crate::page::CellSignals;

/// Stands below a cell's outputs while its run waits for other sites.
#[component]
pub fn FetchingArea(cell: CellSignals) -> impl IntoView {
    let is_some = Memo::new(move |_| cell.fetching.with(|fetching| !fetching.is_empty()));
    let what = Memo::new(move |_| cell.fetching.with(Fetching::what));
    let words = move || cell.fetching.with(Fetching::words);
    let share = move || cell.fetching.with(Fetching::share);
    // Screen readers are told once, by the page's status region: the bar is for those who look.
    let name = move || format!("Fetching {}", what.get());
    view! {
        <Show when=move || is_some.get()>
            <div class="fetching" role="group" data-part="fetching" aria-label=name>
                <span class="what">{name}</span>
                <progress aria-label=name value=share></progress>
                <span class="amount">{words}</span>
            </div>
        </Show>
    }
}
