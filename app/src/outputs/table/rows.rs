//! The rows of a grid: those of the head, and those that Python was asked for; and what it says of columns.
//!
//! One question of a grid is under way at a time. Rows that are seen come first; what is known of columns is
//! asked for when no row is lacking. Python is asked only while it has nothing to run.

use std::cell::Cell;
use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::Arc;
use std::time::Duration;

use engine::grid::{PAGE, Table, WINDOW};
use leptos::prelude::*;
use protocol::{Answer, Question, TableView};

use crate::page::{KernelWord, Page};

/// How many pages of rows are kept.
const MOST_PAGES: usize = 60;
/// When to ask again while Python has something to run.
const AGAIN: Duration = Duration::from_millis(300);
/// The shortest time between two questions of all grids: the page's gate takes so many answers (`engine::gate`).
const PACE: f64 = 25.0;
/// What is said where nothing more comes.
pub const GONE: &str = "Run the cell to see the rest.";

/// Some rows: where they stand in the table itself, and their cells, column by column.
type Part = Arc<(Vec<u32>, Vec<Vec<protocol::Cell>>)>;
/// A page of rows, and the first column of those that came.
type At = (usize, usize);

/// What Python says of a column.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Facts {
    pub lines: Vec<(String, String)>,
    pub bars: Vec<u32>,
    pub low: String,
    pub high: String,
    pub top: Vec<(String, u32)>,
    pub missing: u32,
}

/// The rows of a view.
#[derive(Debug, Clone, Copy)]
pub struct Rows {
    /// How many there are.
    pub total: RwSignal<usize>,
    /// Why some are not there.
    pub note: RwSignal<String>,
    /// What was made of the table.
    pub view: RwSignal<TableView>,
    /// What is known of columns; nothing where there is nothing to be known.
    pub facts: RwSignal<BTreeMap<usize, Option<Arc<Facts>>>>,
    table: StoredValue<Arc<Table>>,
    page: Page,
    /// Those that were asked for.
    pages: RwSignal<BTreeMap<At, Part>>,
    /// Whether Python has not answered yet.
    is_asking: StoredValue<bool>,
    /// Told when it is time to ask for more.
    turn: RwSignal<u32>,
}

/// What a question was for.
#[derive(Clone)]
enum For {
    Rows(At, TableView),
    Facts(usize),
}

impl Rows {
    pub fn new(table: Arc<Table>, page: Page) -> Self {
        let rows = Self {
            total: RwSignal::new(table.rows as usize),
            note: RwSignal::default(),
            view: RwSignal::default(),
            facts: RwSignal::default(),
            table: StoredValue::new(table),
            page,
            pages: RwSignal::default(),
            is_asking: StoredValue::new(false),
            turn: RwSignal::new(0),
        };
        let view = rows.view;
        Effect::new(move |before: Option<TableView>| {
            let now = view.get();
            if before.is_some_and(|before| before != now) {
                rows.pages.set(BTreeMap::new());
                rows.note.set(String::new());
                if now == TableView::default() {
                    let all = rows.table.with_value(|table| table.rows);
                    rows.total.set(all as usize);
                }
            }
            now
        });
        rows
    }

    fn in_head(&self, row: usize, block: usize) -> bool {
        let is_plain = self.view.with(|view| *view == TableView::default());
        is_plain && block == 0 && self.table.with_value(|table| row < table.head_rows())
    }

    /// The cell of a row and a column, as far as it is known.
    pub fn cell(&self, row: usize, column: usize) -> Option<protocol::Cell> {
        let block = column / WINDOW * WINDOW;
        let of = |columns: &Vec<Vec<protocol::Cell>>, row: usize| {
            columns.get(column - block)?.get(row).cloned()
        };
        if self.in_head(row, block) {
            return self.table.with_value(|table| of(&table.head, row));
        }
        let at = (row / PAGE, block);
        self.pages
            .with(|pages| pages.get(&at).and_then(|page| of(&page.1, row % PAGE)))
    }

    /// Where a row of the view stands in the table itself.
    pub fn place(&self, row: usize) -> Option<u32> {
        if self.view.with(|view| *view == TableView::default()) {
            return Some(small(row));
        }
        self.pages.with(|pages| {
            let (_, page) = pages
                .range((row / PAGE, 0)..=(row / PAGE, usize::MAX))
                .next()?;
            page.0.get(row % PAGE).copied()
        })
    }

    /// Asks for rows that are seen and not known, a page at a time; then for what is said of `columns`.
    pub fn want(self, seen: Range<usize>, shown: Range<usize>, columns: &[usize]) {
        self.turn.track();
        self.page.kernel.track();
        let view = self.view.get();
        let lacks = |(row, column): &(usize, usize)| {
            let block = column / WINDOW * WINDOW;
            !self.in_head(*row, block)
                && self
                    .pages
                    .with(|pages| !pages.contains_key(&(row / PAGE, block)))
        };
        let ends =
            |range: Range<usize>| [range.start, range.end.saturating_sub(1).max(range.start)];
        let corners = ends(seen.clone())
            .into_iter()
            .flat_map(|row| ends(shown.clone()).map(|column| (row, column)));
        let lacking = corners.into_iter().find(lacks).filter(|_| !seen.is_empty());
        let column = self
            .facts
            .with(|facts| columns.iter().find(|at| !facts.contains_key(at)).copied());
        if self.is_asking.get_value() {
            return;
        }
        let table = self.table.with_value(|table| table.id.clone());
        let (question, what) = match (lacking, column) {
            (Some((row, column)), _) => {
                let at = (row / PAGE, column / WINDOW * WINDOW);
                let question = Question::Rows {
                    table,
                    view: view.clone(),
                    first: small(at.0 * PAGE),
                    count: small(PAGE),
                    first_column: small(at.1),
                };
                (question, For::Rows(at, view))
            }
            (None, Some(column)) => (
                Question::Column {
                    table,
                    column: small(column),
                },
                For::Facts(column),
            ),
            (None, None) => return,
        };
        let Some(host) = self.page.host() else {
            return;
        };
        self.is_asking.set_value(true);
        let wait = pause();
        if wait > 0.0 {
            let again = move || {
                if self.is_asking.try_set_value(false).is_none() {
                    self.next();
                }
            };
            return set_timeout(again, Duration::from_secs_f64(wait / 1e3));
        }
        let answered = move |answer| {
            if self.is_asking.try_set_value(false).is_none() {
                self.answered(&what, answer);
            }
        };
        host.ask_python(question, Box::new(answered));
    }

    fn next(self) {
        self.turn.update(|turn| *turn += 1);
    }

    fn answered(self, what: &For, answer: Option<Answer>) {
        match (what, answer) {
            (For::Rows(_, view), _) if self.view.with_untracked(|now| now != view) => self.next(),
            (_, Some(Answer::Later)) => {
                if matches!(what, For::Rows(..)) {
                    self.note
                        .set("Python is looking through the table\u{2026}".to_owned());
                }
                self.next();
            }
            (
                For::Rows(at, _),
                Some(Answer::Rows {
                    total,
                    first,
                    first_column,
                    places,
                    columns,
                }),
            ) if (first as usize, first_column as usize) == (at.0 * PAGE, at.1) => {
                self.note.set(String::new());
                self.pages.update(|pages| {
                    if pages.len() >= MOST_PAGES {
                        pages.clear();
                    }
                    pages.insert(*at, Arc::new((places, columns)));
                });
                let most = self.table.with_value(|table| table.rows);
                self.total.set(total.min(most) as usize);
                self.next();
            }
            (
                For::Facts(column),
                Some(Answer::Column {
                    facts,
                    bars,
                    low,
                    high,
                    top,
                    missing,
                }),
            ) => {
                let known = Arc::new(Facts {
                    lines: facts,
                    bars,
                    low,
                    high,
                    top,
                    missing,
                });
                self.facts.update(|all| {
                    all.insert(*column, Some(known));
                });
                self.next();
            }
            (For::Rows(..), Some(Answer::NoRows { why })) if !why.is_empty() => self.note.set(why),
            (For::Rows(..), Some(_)) => self.note.set(GONE.to_owned()),
            (For::Facts(column), Some(_)) => {
                self.facts.update(|all| {
                    all.insert(*column, None);
                });
                self.next();
            }
            (_, None) => self.wait(matches!(what, For::Rows(..))),
        }
    }

    /// Python is not there, or has something to run.
    fn wait(self, is_seen: bool) {
        if !is_up(self.page) {
            if is_seen {
                self.note.set(GONE.to_owned());
            }
            return;
        }
        if is_seen {
            self.note
                .set("The rows come when Python has nothing to run.".to_owned());
        }
        set_timeout(
            move || {
                self.turn.try_update(|turn| *turn += 1);
            },
            AGAIN,
        );
    }
}

/// Whether there is a Python that can answer sooner or later.
pub fn is_up(page: Page) -> bool {
    page.kernel.with_untracked(|kernel| {
        matches!(
            kernel.state,
            KernelWord::Idle | KernelWord::Busy | KernelWord::Starting
        )
    })
}

/// How long to wait before the next question, in milliseconds; nothing where it may be asked now.
pub fn pause() -> f64 {
    thread_local! {
        static NEXT: Cell<f64> = const { Cell::new(0.0) };
    }
    let now = js_sys::Date::now();
    let wait = NEXT.get() - now;
    // A clock that was set back must not stop all grids.
    if wait > 0.0 && wait <= PACE {
        return wait;
    }
    NEXT.set(now + PACE);
    0.0
}

/// A count for a message.
pub fn small(count: usize) -> u32 {
    u32::try_from(count).unwrap_or(u32::MAX)
}

const _: () = assert!(WINDOW * PAGE * 3 < 40_000, "an answer passes the gate");
