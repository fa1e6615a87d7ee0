//! What runs fetch from elsewhere, as their cells show it: what it is, and how much of it has come.

use std::collections::BTreeMap;

use engine::packages::elsewhere::{Fetching, bytes};
use leptos::prelude::*;
use protocol::{CellId, RunId};

use super::Shell;
use super::cells::update;
use super::requests::RequestId;
use crate::page::CellSignals;

/// What the newest run of each cell fetches.
pub type Fetches = BTreeMap<CellId, (RunId, Fetching)>;

impl Shell {
    /// A run begins to fetch this. It is said once in a run.
    pub(super) fn fetch_began(&self, cell: CellId, id: RequestId, what: String) {
        let mut fetches = self.fetches.borrow_mut();
        if fetches.get(&cell).is_none_or(|(run, _)| *run != id.0) {
            fetches.insert(cell, (id.0, Fetching::default()));
            let number = self.page.number_of(cell);
            self.page
                .spoken
                .set(format!("Cell {number} fetches {what}"));
        }
        drop(fetches);
        self.change_fetching(cell, id, |fetching| fetching.begin(id.1, what));
    }

    /// What is told of each piece that comes.
    pub(super) fn fetch_progress(
        &self,
        cell: CellId,
        id: RequestId,
    ) -> impl Fn(f64, Option<f64>) + 'static {
        let itself = self.itself.clone();
        move |done, total| {
            if let Some(shell) = itself.upgrade() {
                let total = total.map(bytes);
                shell.change_fetching(cell, id, |fetching| {
                    fetching.advance(id.1, bytes(done), total);
                });
            }
        }
    }

    pub(super) fn fetch_ended(&self, cell: CellId, id: RequestId) {
        self.change_fetching(cell, id, |fetching| fetching.end(id.1));
    }

    /// A run has ended, and with it whatever it fetches.
    pub(super) fn forget_fetches(&self, cell: CellId) {
        if self.fetches.borrow_mut().remove(&cell).is_some() {
            self.show_fetching(cell, Fetching::default());
            // Some of it is the site's own.
            crate::offline::keep_what_was_fetched();
        }
    }

    /// What comes late, of an earlier run, changes nothing.
    fn change_fetching(&self, cell: CellId, id: RequestId, change: impl FnOnce(&mut Fetching)) {
        let mut fetches = self.fetches.borrow_mut();
        let Some((_, fetching)) = fetches.get_mut(&cell).filter(|(run, _)| *run == id.0) else {
            return;
        };
        change(fetching);
        let shown = fetching.clone();
        drop(fetches);
        self.show_fetching(cell, shown);
    }

    fn show_fetching(&self, cell: CellId, fetching: Fetching) {
        let cells = self.cells.borrow();
        if let Some(CellSignals {
            fetching: shown, ..
        }) = cells.get(cell)
        {
            update(*shown, fetching);
        }
    }
}
