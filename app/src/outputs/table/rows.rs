//! The rows of a grid: those of the head, and those that Python was asked for.

use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::Arc;
use std::time::Duration;

use engine::grid::{PAGE, Table, WINDOW};
use leptos::prelude::*;
use protocol::{Answer, Cell, Question};

use crate::page::Page;

/// How many pages of rows are kept.
const MOST_PAGES: usize = 40;
/// When to ask again while Python has something to run.
const AGAIN: Duration = Duration::from_millis(300);

/// What of a table is looked at.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct View {
    /// The column that it is sorted by, and whether from the largest on.
    pub sort: Option<(u32, bool)>,
    /// Only rows that hold this.
    pub search: String,
    /// The first column of those that are shown.
    pub first_column: usize,
}

type Columns = Arc<Vec<Vec<Cell>>>;

/// The rows of a view.
#[derive(Debug, Clone, Copy)]
pub struct Rows {
    /// How many there are.
    pub total: RwSignal<usize>,
    /// Why some are not there.
    pub note: RwSignal<&'static str>,
    table: StoredValue<Arc<Table>>,
    page: Page,
    view: RwSignal<View>,
    /// Those that were asked for, by their place in pages.
    pages: RwSignal<BTreeMap<usize, Columns>>,
    /// Whether Python has not answered yet.
    is_asking: StoredValue<bool>,
    /// Told when it is time to ask for more.
    turn: RwSignal<u32>,
}

impl Rows {
    pub fn new(table: Arc<Table>, page: Page, view: RwSignal<View>) -> Self {
        let rows = Self {
            total: RwSignal::new(table.rows as usize),
            note: RwSignal::new(""),
            table: StoredValue::new(table),
            page,
            view,
            pages: RwSignal::new(BTreeMap::new()),
            is_asking: StoredValue::new(false),
            turn: RwSignal::new(0),
        };
        Effect::new(move |before: Option<View>| {
            let now = view.get();
            if before.is_some_and(|before| before != now) {
                rows.pages.set(BTreeMap::new());
                rows.note.set("");
            }
            now
        });
        rows
    }

    fn in_head(&self, row: usize) -> bool {
        self.view.with(|view| *view == View::default())
            && self.table.with_value(|table| row < table.head_rows())
    }

    /// The cells of a row, as far as they are known.
    pub fn row(&self, row: usize, window: Range<usize>) -> Option<Vec<Cell>> {
        let of = |columns: &Vec<Vec<Cell>>, row: usize| {
            let columns = columns.iter().take(window.len());
            columns.map(|column| column.get(row).cloned()).collect()
        };
        if self.in_head(row) {
            return self.table.with_value(|table| of(&table.head, row));
        }
        let page = self.pages.with(|pages| pages.get(&(row / PAGE)).cloned())?;
        of(&page, row % PAGE)
    }

    /// Asks for rows that are seen and not known, a page at a time.
    pub fn want(self, seen: Range<usize>) {
        self.turn.track();
        self.page.kernel.track();
        let view = self.view.get();
        let is_plain = view == View::default();
        let last = seen.end.saturating_sub(1).max(seen.start);
        let lacks = |row: &usize| {
            !(is_plain && self.in_head(*row))
                && self.pages.with(|pages| !pages.contains_key(&(row / PAGE)))
        };
        let Some(row) = [seen.start, last].into_iter().find(lacks) else {
            return;
        };
        if self.is_asking.get_value() {
            return;
        }
        let Some(host) = self.page.host() else {
            return;
        };
        self.is_asking.set_value(true);
        let page = row / PAGE;
        let question = Question::Rows {
            table: self.table.with_value(|table| table.id.clone()),
            sort: view.sort,
            search: view.search.clone(),
            first: small(page * PAGE),
            count: small(PAGE),
            first_column: small(view.first_column),
        };
        let heard = move |answer| {
            if self.is_asking.try_set_value(false).is_some() {
                // The grid is gone.
                return;
            }
            self.heard(page, &view, answer);
        };
        host.ask_python(question, Box::new(heard));
    }

    fn heard(self, page: usize, view: &View, answer: Option<Answer>) {
        let is_wanted = self.view.with_untracked(|now| now == view);
        match answer {
            _ if !is_wanted => self.turn.update(|turn| *turn += 1),
            Some(Answer::Rows { total, first, columns }) if first as usize == page * PAGE => {
                self.note.set("");
                self.pages.update(|pages| {
                    if pages.len() >= MOST_PAGES {
                        pages.clear();
                    }
                    pages.insert(page, Arc::new(columns));
                });
                let most = self.table.with_value(|table| table.rows);
                self.total.set(total.min(most) as usize);
                self.turn.update(|turn| *turn += 1);
            }
            Some(Answer::NoRows { slow: true }) => self
                .note
                .set("Sorting or searching this table takes too long. Search for less, or sort it in a cell."),
            Some(_) => self.note.set("Run the cell to see the rest."),
            None => {
                let is_off = self.page.kernel.with_untracked(|kernel| {
                    !matches!(kernel.state.word(), "idle" | "busy" | "starting")
                });
                if is_off {
                    self.note.set("Run the cell to see the rest.");
                } else {
                    self.note.set("The rows come when Python has nothing to run.");
                    set_timeout(move || { self.turn.try_update(|turn| *turn += 1); }, AGAIN);
                }
            }
        }
    }
}

fn small(count: usize) -> u32 {
    u32::try_from(count).unwrap_or(u32::MAX)
}

const _: () = assert!(WINDOW * PAGE * 3 < 40_000, "an answer passes the gate");
