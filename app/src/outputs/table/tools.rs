//! The line below a grid: search, what is shown of the table, and how it leaves the page.

use engine::words::thousands;
use leptos::prelude::*;

use super::{Chosen, Grid, save};

#[component]
pub fn Tools(grid: Grid, chosen: Option<Chosen>) -> impl IntoView {
    let (all, told, formats) = grid.table.with_value(|table| {
        (
            u64::from(table.rows),
            table.all_columns,
            table.formats.clone(),
        )
    });
    let counted = move || {
        let rows = if all == 1 { "row" } else { "rows" };
        match grid.rows.total.get() as u64 {
            total if total == all => format!("{} {rows}", thousands(all)),
            total => format!("{} of {} {rows}", thousands(total), thousands(all)),
        }
    };
    let more = (told as usize > grid.count()).then(|| {
        format!(
            " The first {} of {} columns are shown.",
            thousands(grid.count() as u64),
            thousands(u64::from(told))
        )
    });
    let searched = move |event| {
        let text = event_target_value(&event);
        grid.change(|view| view.search = text);
    };
    let saved = move |format: &'static str| {
        let rows = 0..grid.rows.total.get_untracked();
        save::save(
            grid.wanted(format, rows, 0..grid.count(), true),
            grid.page,
            grid.note,
        );
    };
    let buttons = [("csv", "CSV"), ("xlsx", "Excel"), ("parquet", "Parquet")]
        .into_iter()
        .filter(|(format, _)| formats.iter().any(|one| one == format))
        .map(|(format, name)| {
            view! { <button type="button" class="button small" aria-label=format!("Save as {name}") on:click=move |_| saved(format)>{name}</button> }
        })
        .collect_view();
    let has_filters = move || grid.rows.view.with(|view| !view.filters.is_empty());
    let clear = move |_| {
        grid.panel.set(None);
        grid.change(|view| view.filters.clear());
    };
    let choice = chosen.map(|chosen| {
        let counting = chosen.clone();
        let count = Memo::new(move |_| counting.all().len());
        view! {
            <Show when=move || count.get() != 0>
                <span>{move || format!("{} chosen", thousands(count.get() as u64))}</span>
                <button type="button" class="button small" on:click={
                    let chosen = chosen.clone();
                    move |_| chosen.clear()
                }>"Choose none"</button>
            </Show>
        }
    });
    view! {
        <div class="grid-tools">
            <input type="search" placeholder="Search" aria-label="Search the table" on:change=searched />
            <button type="button" class="button small" aria-label="Copy the table" on:click=move |_| saved("tsv")>"Copy"</button>
            {buttons}
            <Show when=has_filters><button type="button" class="button small" on:click=clear>"Clear filters"</button></Show>
            {choice}
            <span role="status">{counted}{more} " " {move || grid.rows.note.get()} " " {move || grid.note.get()}</span>
        </div>
    }
}
