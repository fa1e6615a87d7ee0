//! A table as a grid that is scrolled, sorted, filtered and searched, with the keys of a spreadsheet. Only the
//! cells that are seen are built; rows beyond the head are asked of Python while it has nothing to run.

mod chosen;
mod column;
mod head;
mod keys;
mod rows;
mod save;
mod tools;

use std::cell::RefCell;
use std::collections::VecDeque;
use std::ops::Range;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use engine::grid::{Heights, Kind, MIME, ROW, Table, Widths};
use leptos::html;
use leptos::prelude::*;
use protocol::{Cell, TableView};
use web_sys::{HtmlElement, KeyboardEvent};

pub use chosen::Chosen;

use super::{Renderer, Show};
use crate::page::Page;
use crate::view::Lazy;
use crate::widgets::Bench;
use head::Head;
use rows::Rows;
use save::Wanted;

pub static RENDERER: Renderer = Renderer {
    takes: &[MIME],
    // What is no table has other forms.
    show: Show::Page(|_, _, text| {
        let table = Table::read(text).ok_or_else(String::new)?;
        let Bench { page, .. } = use_context::<Bench>().ok_or_else(String::new)?;
        Ok(view! { <TableGrid table page /> }.into_any())
    }),
};

/// How many rows are seen without scrolling.
const SEEN: usize = 10;
/// How many rows are built beyond those that are seen, on both sides.
const BEYOND: usize = 4;
/// How far to the side columns are built that are not seen, in pixels.
const ASIDE: f64 = 1_200.0;
/// The height of the head without its bars, and with them.
const HEADS: [f64; 2] = [28.0, 62.0];
/// How wide a grid is before it is known.
const WIDE: f64 = 1_000.0;
/// More cells than these are copied by Python.
const MOST_COPIED_HERE: usize = 20_000;

/// So many cells are built wherever they stand.
const AT_ONCE: usize = 40;

/// Ids of grids on the page.
static GRIDS: AtomicU32 = AtomicU32::new(0);

/// The cell that the keyboard is at: its row, where 0 is the head, and its column.
type Place = (usize, usize);

/// What the parts of a grid share.
#[derive(Clone, Copy)]
struct Grid {
    number: u32,
    table: StoredValue<Arc<Table>>,
    page: Page,
    rows: Rows,
    widths: RwSignal<Widths>,
    /// How far it is scrolled down and to the side, and how wide it is.
    top: RwSignal<f64>,
    left: RwSignal<f64>,
    wide: RwSignal<f64>,
    /// Where the keyboard is, and the other corner of what is selected.
    at: RwSignal<Place>,
    corner: RwSignal<Place>,
    /// The column whose panel is open.
    panel: RwSignal<Option<usize>>,
    /// What is said of what is copied or saved.
    note: RwSignal<String>,
    scroller: NodeRef<html::Table>,
    has_bars: bool,
}

impl Grid {
    fn new(table: Table, page: Page) -> Self {
        let table = Arc::new(table);
        Self {
            number: GRIDS.fetch_add(1, Ordering::Relaxed),
            rows: Rows::new(table.clone(), page),
            page,
            widths: RwSignal::new(Widths::new(
                (0..table.columns.len()).map(|at| table.width(at)),
            )),
            top: RwSignal::new(0.0),
            left: RwSignal::new(0.0),
            wide: RwSignal::new(WIDE),
            at: RwSignal::new((0, 0)),
            corner: RwSignal::new((0, 0)),
            panel: RwSignal::new(None),
            note: RwSignal::default(),
            scroller: NodeRef::new(),
            // A few rows are seen at a glance.
            has_bars: table.rows as usize > SEEN,
            table: StoredValue::new(table),
        }
    }

    fn heights(self) -> Heights {
        let rows = self.rows.total.get();
        Heights {
            rows,
            window: rows.clamp(1, SEEN) as f64 * ROW,
        }
    }

    fn count(self) -> usize {
        self.table.with_value(|table| table.columns.len())
    }

    fn kind(self, column: usize) -> Kind {
        self.table.with_value(|table| table.columns[column].kind)
    }

    fn id(self, (row, column): Place) -> String {
        format!("grid-{}-{row}-{column}", self.number)
    }

    /// From the smallest on, from the largest on, as it is.
    fn sort(self, column: usize) {
        let column = rows::small(column);
        self.change(|view| {
            view.sort = match view.sort {
                Some((by, false)) if by == column => Some((column, true)),
                Some((by, true)) if by == column => None,
                _ => Some((column, false)),
            };
        });
    }

    /// Makes another view of the table, seen from its begin.
    fn change(self, change: impl FnOnce(&mut TableView)) {
        let mut view = self.rows.view.get_untracked();
        change(&mut view);
        if self.rows.view.with_untracked(|now| *now == view) {
            return;
        }
        self.rows.view.set(view);
        self.top.set(0.0);
        if let Some(scroller) = self.scroller.get_untracked() {
            scroller.set_scroll_top(0);
        }
    }

    /// Goes to a cell, and scrolls to where it is seen. With `extends` all from the other corner is selected.
    fn go(self, place: Place, extends: bool) {
        self.at.set(place);
        if !extends {
            self.corner.set(place);
        }
        let Some(scroller) = self.scroller.get_untracked() else {
            return;
        };
        let left = self.left.get_untracked();
        let wide = self.wide.get_untracked();
        let wanted = self
            .widths
            .with_untracked(|widths| widths.to_see(place.1, left, wide));
        if (wanted - left).abs() >= 1.0 {
            scroller.set_scroll_left(pixels(wanted));
            self.left.set(wanted);
        }
        if let Some(row) = place.0.checked_sub(1) {
            let wanted = untrack(|| self.heights()).to_see(row, self.top.get_untracked());
            scroller.set_scroll_top(pixels(wanted));
            self.top.set(wanted);
        }
    }

    /// The rows and columns that are selected.
    fn selected(self) -> (Range<usize>, Range<usize>) {
        let (at, corner) = (self.at.get(), self.corner.get());
        let rows = at.0.min(corner.0).saturating_sub(1)..at.0.max(corner.0);
        (rows, at.1.min(corner.1)..at.1.max(corner.1) + 1)
    }

    fn pressed(self, event: &KeyboardEvent, chosen: Option<&Chosen>) {
        let place = self.at.get_untracked();
        let is_far = event.ctrl_key() || event.meta_key();
        let taken = match event.key().as_str() {
            "Enter" if place.0 == 0 => {
                self.sort(place.1);
                true
            }
            "ArrowDown" if event.alt_key() => {
                self.panel.set(Some(place.1));
                true
            }
            " " if place.0 > 0 => {
                chosen.is_some_and(|chosen| chosen.toggle(&self.rows, place.0 - 1))
            }
            "a" if is_far => {
                self.corner.set((1, 0));
                self.at
                    .set((self.rows.total.get_untracked(), self.count() - 1));
                true
            }
            // What is marked with the pointer is copied by the browser.
            "c" if is_far && !is_text_marked() => {
                self.copy();
                true
            }
            _ => {
                let rows = self.rows.total.get_untracked();
                let next = keys::next(event, place, rows, self.count(), SEEN);
                if let Some(next) = next {
                    self.go(next, event.shift_key());
                }
                next.is_some()
            }
        };
        if taken {
            event.prevent_default();
            event.stop_propagation();
        }
    }

    /// Copies what is selected, as a spreadsheet takes it; a head alone is its name.
    fn copy(self) {
        let (rows, columns) = untrack(|| self.selected());
        if rows.is_empty() {
            let name = self
                .table
                .with_value(|table| table.columns[columns.start].name.clone());
            return save::copy(
                name,
                "The name of the column is copied.".to_owned(),
                self.note,
            );
        }
        match untrack(|| self.known(&rows, &columns)) {
            Some(text) => {
                let count = rows.len() * columns.len();
                save::copy(text, format!("{count} cells copied."), self.note);
            }
            None => save::save(
                self.wanted("tsv", rows, columns, false),
                self.page,
                self.note,
            ),
        }
    }

    /// The cells as tab-separated text, where the page has all of them as they are.
    fn known(self, rows: &Range<usize>, columns: &Range<usize>) -> Option<String> {
        if rows.len() * columns.len() > MOST_COPIED_HERE {
            return None;
        }
        let mut text = String::new();
        for row in rows.clone() {
            for column in columns.clone() {
                if column > columns.start {
                    text.push('\t');
                }
                match self.rows.cell(row, column)? {
                    // It may be cut, or need quotes.
                    Cell::Text(cell)
                        if cell.ends_with('\u{2026}') || cell.contains(['\t', '\n', '\r', '"']) =>
                    {
                        return None;
                    }
                    // What is nested is told in brief.
                    Cell::Text(cell) if self.kind(column) == Kind::Other && cell.len() > 40 => {
                        return None;
                    }
                    Cell::Text(cell) => text.push_str(&cell),
                    Cell::Missing(_) => {}
                }
            }
            text.push('\n');
        }
        if rows.len() == 1 && columns.len() == 1 {
            text.pop();
        }
        Some(text)
    }

    fn wanted(
        self,
        format: &'static str,
        rows: Range<usize>,
        columns: Range<usize>,
        names: bool,
    ) -> Wanted {
        let (table, name) = self
            .table
            .with_value(|table| (table.id.clone(), table.name.clone()));
        let view = self.rows.view.get_untracked();
        let name = if name.is_empty() {
            "table".to_owned()
        } else {
            name
        };
        Wanted {
            table,
            view,
            rows,
            columns,
            names,
            format,
            name,
        }
    }
}

#[allow(
    clippy::cast_possible_truncation,
    reason = "a browser scrolls by whole pixels"
)]
fn pixels(wanted: f64) -> i32 {
    wanted.round() as i32
}

fn is_text_marked() -> bool {
    let selection = web_sys::window().and_then(|window| window.document());
    let selection = selection.and_then(|document| document.get_selection().ok().flatten());
    selection.is_some_and(|selection| !selection.is_collapsed())
}

/// The grid of a table; of one whose rows can be chosen, with what is chosen.
#[component]
pub fn TableGrid(
    table: Table,
    page: Page,
    #[prop(optional)] chosen: Option<Chosen>,
) -> impl IntoView {
    let is_small = table.rows as usize <= SEEN;
    let cells = (table.rows as usize).saturating_mul(table.columns.len());
    let grid = Grid::new(table, page);
    // A few cells are built at once; more of them near the window, one grid in a frame.
    let is_near = RwSignal::new(cells <= AT_ONCE);
    let is_waiting = RwSignal::new(false);
    watch(grid, is_near, is_waiting);
    let shown = Memo::new(move |_| {
        let (left, wide) = (grid.left.get() - ASIDE, grid.wide.get() + 2.0 * ASIDE);
        grid.widths.with(|widths| widths.seen(left, wide))
    });
    let seen = Memo::new(move |_| {
        if !is_near.get() {
            return 0..0;
        }
        let heights = grid.heights();
        let seen = heights.seen(grid.top.get());
        seen.start.saturating_sub(BEYOND)..(seen.end + BEYOND).min(heights.rows)
    });
    Effect::new(move || {
        let wanted: Vec<usize> = if grid.has_bars && is_near.get() {
            shown.get().collect()
        } else {
            Vec::new()
        };
        let wanted: Vec<usize> = grid.panel.get().into_iter().chain(wanted).collect();
        grid.rows.want(seen.get(), shown.get(), &wanted);
    });
    let scrolled = move |_| {
        if let Some(scroller) = grid.scroller.get_untracked() {
            let (top, left) = (
                f64::from(scroller.scroll_top()),
                f64::from(scroller.scroll_left()),
            );
            // What was scrolled to by a row is finer than whole pixels.
            if (top - grid.top.get_untracked()).abs() >= 1.0 {
                grid.top.set(top);
            }
            if (left - grid.left.get_untracked()).abs() >= 1.0 {
                grid.left.set(left);
            }
            measure(grid);
        }
    };
    let head = HEADS[usize::from(grid.has_bars)];
    let height = move || format!("{}px", grid.heights().window + head + 2.0);
    let content = move || format!("{}px", grid.heights().content());
    let wide = move || format!("{}px", grid.widths.with(Widths::content));
    let (for_keys, for_rows) = (chosen.clone(), chosen.clone());
    let choices = chosen
        .as_ref()
        .map(|chosen| if chosen.is_multi { "true" } else { "false" });
    view! {
        <div class="grid" class:small=is_small>
            <table class="grid-scroll" role="grid" tabindex="0" node_ref=grid.scroller aria-label="Table" id=format!("grid-{}", grid.number)
                aria-rowcount=move || grid.rows.total.get() + 1 aria-colcount=grid.count() aria-multiselectable=choices
                aria-activedescendant=move || grid.id(grid.at.get())
                aria-busy=move || is_waiting.get().then_some("true")
                style:height=height style:--head=format!("{head}px") style:max-width="100%"
                on:scroll=scrolled on:focus=move |_| measure(grid)
                on:keydown=move |event| grid.pressed(&event, for_keys.as_ref())>
                <thead class="grid-heads" role="rowgroup" style:width=wide>
                    <tr role="row" aria-rowindex="1">
                        <For each=move || shown.get() key=|column| *column let:column><Head grid column /></For>
                    </tr>
                </thead>
                <tbody class="grid-body" role="rowgroup" style:height=content style:width=wide>
                    <For each=move || seen.get() key=|row| *row let:row>
                        <Row grid row shown chosen=for_rows.clone() />
                    </For>
                </tbody>
            </table>
            <column::Panel grid />
            <tools::Tools grid chosen />
        </div>
    }
}

#[component]
fn Row(grid: Grid, row: usize, shown: Memo<Range<usize>>, chosen: Option<Chosen>) -> impl IntoView {
    // Beyond the scale of the scroll bar a row stands where its window is.
    let offset = move || {
        let top = grid.top.get();
        format!(
            "translateY({}px)",
            top + row as f64 * ROW - grid.heights().above(top)
        )
    };
    let is_waiting = Memo::new(move |_| {
        shown
            .get()
            .any(|column| grid.rows.cell(row, column).is_none())
    });
    let is_chosen = chosen
        .clone()
        .map(|chosen| Memo::new(move |_| chosen.has(&grid.rows, row)));
    let clicked = move |_| {
        if let Some(chosen) = &chosen {
            chosen.toggle(&grid.rows, row);
        }
    };
    view! {
        <tr role="row" class="grid-row" aria-rowindex=row + 2 aria-busy=move || is_waiting.get().then_some("true") style:transform=offset
            aria-selected=move || is_chosen.map(|is_chosen| if is_chosen.get() { "true" } else { "false" })
            on:click=clicked>
            <For each=move || shown.get() key=|column| *column let:column><One grid row column /></For>
        </tr>
    }
}

#[component]
fn One(grid: Grid, row: usize, column: usize) -> impl IntoView {
    let place = (row + 1, column);
    let cell = Memo::new(move |_| grid.rows.cell(row, column));
    let text = move || {
        cell.with(|cell| match cell {
            Some(Cell::Text(text) | Cell::Missing([text])) => text.clone(),
            None => String::new(),
        })
    };
    let is_missing = move || cell.with(|cell| matches!(cell, Some(Cell::Missing(_))));
    let is_selected = Memo::new(move |_| {
        let (rows, columns) = grid.selected();
        rows.len() * columns.len() > 1 && rows.contains(&row) && columns.contains(&column)
    });
    view! {
        <td role="gridcell" id=grid.id(place) aria-colindex=column + 1 style=move || track(grid, column) title=text
            class:right=grid.kind(column) == Kind::Number class:missing=is_missing
            class:at=move || grid.at.get() == place class:selected=move || is_selected.get()
            on:click:capture=move |event| grid.go(place, event.shift_key())>{text}</td>
    }
}

/// Where a column's cells stand.
fn track(grid: Grid, column: usize) -> String {
    let (begin, width) = grid.widths.with(|widths| widths.of(column));
    format!("left:{begin}px;width:{width}px")
}

/// Follows whether the grid is near the window, and how wide it is.
fn watch(grid: Grid, is_near: RwSignal<bool>, is_waiting: RwSignal<bool>) {
    let lazy = use_context::<Lazy>();
    let watched = StoredValue::new_local(None::<(Lazy, HtmlElement)>);
    Effect::new(move || {
        let Some(scroller) = grid.scroller.get() else {
            return;
        };
        match &lazy {
            Some(lazy) => {
                lazy.watch(&scroller, move |now| {
                    // One that was near stays built: it is small.
                    if now
                        && is_near.try_get_untracked() == Some(false)
                        && is_waiting.try_get_untracked() == Some(false)
                    {
                        is_waiting.set(true);
                        in_its_frame(move || {
                            let _ = is_near.try_set(true);
                            let _ = is_waiting.try_set(false);
                        });
                    }
                    if now {
                        measure(grid);
                    }
                });
                let element: HtmlElement = scroller.into();
                watched.set_value(Some((lazy.clone(), element)));
            }
            None => is_near.set(true),
        }
    });
    on_cleanup(move || {
        if let Some(Some((lazy, element))) = watched.try_update_value(Option::take) {
            lazy.unwatch(&element);
        }
    });
    let resized = window_event_listener(leptos::ev::resize, move |_| measure(grid));
    on_cleanup(move || resized.remove());
}

/// Builds what came near, one grid in a frame.
fn in_its_frame(build: impl FnOnce() + 'static) {
    thread_local! {
        static WAITING: RefCell<VecDeque<Box<dyn FnOnce()>>> = const { RefCell::new(VecDeque::new()) };
    }
    fn next() {
        let build = WAITING.with_borrow_mut(VecDeque::pop_front);
        if let Some(build) = build {
            build();
        }
        if WAITING.with_borrow(|waiting| !waiting.is_empty()) {
            request_animation_frame(next);
        }
    }
    let is_first = WAITING.with_borrow_mut(|waiting| {
        waiting.push_back(Box::new(build));
        waiting.len() == 1
    });
    if is_first {
        request_animation_frame(next);
    }
}

fn measure(grid: Grid) {
    let Some(scroller) = grid.scroller.try_get_untracked().flatten() else {
        return;
    };
    let wide = f64::from(scroller.client_width());
    if wide > 0.0 && (wide - grid.wide.get_untracked()).abs() >= 1.0 {
        grid.wide.set(wide);
    }
}
