//! A table as a grid that is scrolled, sorted and searched. Only the rows that are seen are built; those
//! beyond the head are asked of Python while it has nothing to run.

mod keys;
mod rows;

use std::sync::Arc;

use engine::grid::{Heights, MIME, ROW, Table, WINDOW};
use engine::words::thousands;
use leptos::html::Div;
use leptos::prelude::*;
use protocol::Cell;

use super::{Renderer, Show};
use crate::page::Page;
use crate::widgets::Bench;
use rows::{Rows, View};

pub static RENDERER: Renderer = Renderer {
    takes: &[MIME],
    // What is no table has other forms.
    show: Show::Page(|_, _, text| {
        let table = Table::read(text).ok_or_else(String::new)?;
        let Bench { page, .. } = use_context::<Bench>().ok_or_else(String::new)?;
        Ok(view! { <Grid table=Arc::new(table) page /> }.into_any())
    }),
};

/// How many rows are seen without scrolling.
const SEEN: usize = 10;
/// The height of the head, with its line.
const HEAD: f64 = ROW;

/// The cell that the keyboard is at: its row, where 0 is the head, and its column.
type Place = (usize, usize);

#[component]
fn Grid(table: Arc<Table>, page: Page) -> impl IntoView {
    let view = RwSignal::new(View::default());
    let rows = Rows::new(table.clone(), page, view);
    let (top, at) = (RwSignal::new(0.0_f64), RwSignal::new((0, 0)));
    let scroller = NodeRef::<Div>::new();
    let is_small = table.rows as usize <= SEEN;
    let heights = Memo::new(move |_| {
        let rows = rows.total.get();
        let seen = rows.min(SEEN) as f64 * ROW;
        Heights { rows, window: seen }
    });
    let name = format!("grid-{}", table.id);
    let shown = table.clone();
    let window = Memo::new(move |_| {
        let first = view.with(|view| view.first_column);
        first..(first + WINDOW).min(shown.columns.len())
    });
    let sized = table.clone();
    let tracks = move || {
        let of = |at: usize| width(&sized, at);
        window
            .get()
            .map(|at| format!("{}px", of(at)))
            .collect::<Vec<_>>()
            .join(" ")
    };
    let sort = move |column: usize| {
        view.update(|view| view.sort = next_sort(view.sort, column));
        top.set(0.0);
        if let Some(scroller) = scroller.get_untracked() {
            scroller.set_scroll_top(0);
        }
    };
    let see = move |place: Place| {
        at.set(place);
        let Some((scroller, row)) = scroller.get_untracked().zip(place.0.checked_sub(1)) else {
            return;
        };
        let wanted = heights.get_untracked().to_see(row, top.get_untracked());
        #[allow(
            clippy::cast_possible_truncation,
            reason = "a browser scrolls by whole pixels"
        )]
        scroller.set_scroll_top(wanted.round() as i32);
        top.set(wanted);
    };
    let pressed = move |event: web_sys::KeyboardEvent| {
        let (last, columns) = (heights.get_untracked().rows, window.get_untracked().len());
        let place = at.get_untracked();
        if event.key() == "Enter" && place.0 == 0 {
            event.prevent_default();
            sort(window.get_untracked().start + place.1);
        } else if let Some(next) = keys::next(&event, place, last, columns, SEEN) {
            event.prevent_default();
            event.stop_propagation();
            see(next);
        }
    };
    let cell_id = {
        let name = name.clone();
        move |(row, column): Place| format!("{name}-{row}-{column}")
    };
    let (active, ids) = (cell_id.clone(), cell_id.clone());
    let headed = table.clone();
    let heads = move || {
        let all = window.get().map(|column| {
            let told = &headed.columns[column];
            let place = (0, column - window.get().start);
            let missing = match told.missing {
                0 => String::new(),
                some => format!(", {} missing", thousands(u64::from(some))),
            };
            let title = format!("{}{missing}", told.kind);
            let order = move || view.with(|view| match view.sort {
                Some((by, down)) if by as usize == column => if down { "descending" } else { "ascending" },
                _ => "none",
            });
            view! {
                <div role="columnheader" id=ids(place) class="grid-head" aria-colindex=column + 1 aria-sort=order title=title
                    data-type=told.kind.clone() class:at=move || at.get() == place
                    on:click=move |_| { at.set(place); sort(column); }>
                    <span>{told.name.clone()}</span>
                </div>
            }
        });
        all.collect_view()
    };
    let kinds = table.clone();
    let row_view = move |row: usize| {
        let cells = rows.row(row, window.get());
        let is_waiting = cells.is_none();
        let cells = cells.unwrap_or_default().into_iter().enumerate().map(|(column, cell)| {
            let place = (row + 1, column);
            let first = window.get_untracked().start;
            let is_number = is_number(&kinds.columns[first + column].kind);
            let (text, is_missing) = match cell {
                Cell::Text(text) => (text, false),
                Cell::Missing([word]) => (word, true),
            };
            let whole = text.clone();
            view! {
                <div role="gridcell" id=cell_id(place) aria-colindex=first + column + 1 class:right=is_number class:missing=is_missing
                    class:at=move || at.get() == place title=whole on:click=move |_| at.set(place)>{text}</div>
            }
        });
        let cells = cells.collect_view();
        // Beyond the scale of the scroll bar a row stands where its window is.
        let offset = move || {
            let top = top.get();
            format!(
                "translateY({}px)",
                top + row as f64 * ROW - heights.get().above(top)
            )
        };
        view! { <div role="row" class="grid-row" aria-rowindex=row + 2 aria-busy=is_waiting.then_some("true") style:transform=offset>{cells}</div> }
    };
    let seen = Memo::new(move |_| heights.get().seen(top.get()));
    Effect::new(move || rows.want(seen.get()));
    let is_wide = table.columns.len() > WINDOW;
    let count = table.columns.len();
    let step = move |forward: bool| {
        view.update(|view| {
            let first = view.first_column;
            view.first_column = if forward {
                first + WINDOW
            } else {
                first.saturating_sub(WINDOW)
            };
        });
        at.set((0, 0));
    };
    let more_columns = (table.all_columns as usize > count).then(|| {
        format!(
            " The first {count} of {} columns are shown.",
            thousands(u64::from(table.all_columns))
        )
    });
    let all = u64::from(table.rows);
    let counted = move || match rows.total.get() as u64 {
        total if total == all => format!("{} rows", thousands(all)),
        total => format!("{} of {} rows", thousands(total), thousands(all)),
    };
    let searched = move |event| {
        view.update(|view| view.search = event_target_value(&event));
        if let Some(scroller) = scroller.get_untracked() {
            scroller.set_scroll_top(0);
        }
        top.set(0.0);
    };
    let body = move || format!("{}px", heights.get().content());
    let height = move || format!("{}px", heights.get().window + HEAD);
    view! {
        <div class="grid" class:small=is_small>
            <div class="grid-scroll" role="grid" tabindex="0" node_ref=scroller aria-label="Table"
                aria-rowcount=move || rows.total.get() + 1 aria-colcount=count
                aria-activedescendant=move || active(at.get())
                style:height=height
                on:scroll=move |_| if let Some(scroller) = scroller.get_untracked() {
                    let now = f64::from(scroller.scroll_top());
                    // What was scrolled to by a row is finer than whole pixels.
                    if (now - top.get_untracked()).abs() >= 1.0 { top.set(now); }
                }
                on:keydown=pressed>
                <div class="grid-table" style:--tracks=tracks>
                    <div role="row" class="grid-row grid-heads" aria-rowindex="1">{heads}</div>
                    <div class="grid-body" role="rowgroup" style:height=body>
                        {move || seen.get().map(&row_view).collect_view()}
                    </div>
                </div>
            </div>
            <div class="grid-tools">
                <input type="search" placeholder="Search" aria-label="Search the table" on:change=searched />
                <Show when=move || is_wide>
                    <button class="button small" disabled=move || window.get().start == 0 on:click=move |_| step(false)>"Columns before"</button>
                    <button class="button small" disabled=move || window.get().end == count on:click=move |_| step(true)>"Columns after"</button>
                    <span>{move || format!("Columns {} to {} of {count}", window.get().start + 1, window.get().end)}</span>
                </Show>
                <span role="status">{counted}{more_columns} " " {move || rows.note.get()}</span>
            </div>
        </div>
    }
}

/// From the smallest on, from the largest on, as it is.
fn next_sort(sort: Option<(u32, bool)>, column: usize) -> Option<(u32, bool)> {
    let column = u32::try_from(column).ok()?;
    match sort {
        Some((by, false)) if by == column => Some((column, true)),
        Some((by, true)) if by == column => None,
        _ => Some((column, false)),
    }
}

fn is_number(kind: &str) -> bool {
    let kind = kind.to_ascii_lowercase();
    ["int", "uint", "float", "decimal", "complex"]
        .iter()
        .any(|number| kind.starts_with(number))
}

/// About as wide as what the head has in a column, within measure.
fn width(table: &Table, column: usize) -> usize {
    let texts = table
        .head
        .get(column)
        .into_iter()
        .flatten()
        .take(100)
        .map(|cell| match cell {
            Cell::Text(text) | Cell::Missing([text]) => text.chars().count(),
        });
    let told = &table.columns[column];
    let named = told.name.chars().count() + told.kind.chars().count() + 2;
    (texts.max().unwrap_or(0).max(named) * 8 + 20).clamp(56, 340)
}
