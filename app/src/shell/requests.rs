//! What runs have asked the page for and wait for: a line of the person's, or the person's leave. Each
//! cell shows the oldest of its own that is the person's to answer.

use std::collections::BTreeMap;

use engine::Need;
use protocol::{CellId, RunId};

use super::cells::{Cells, update};
use crate::page::Asked;

/// A request of a run: its run and its number.
pub type RequestId = (RunId, u32);

/// The requests that wait for the person.
#[derive(Default)]
pub struct Requests {
    open: BTreeMap<RequestId, (CellId, Asked)>,
}

impl Requests {
    /// Has the person asked in the cell.
    pub fn ask(&mut self, cell: CellId, asked: Asked, cells: &Cells) {
        self.open.insert(asked.id, (cell, asked));
        self.show(cell, cells);
    }

    /// The person has answered, or the run has no use for an answer any more.
    pub fn close(&mut self, id: RequestId, cells: &Cells) -> Option<(CellId, Asked)> {
        let closed = self.open.remove(&id)?;
        self.show(closed.0, cells);
        Some(closed)
    }

    /// This run has ended.
    pub fn ended(&mut self, cell: CellId, run: RunId, cells: &Cells) {
        self.open.retain(|(other, _), _| *other != run);
        self.show(cell, cells);
    }

    /// No run goes on any more.
    pub fn clear(&mut self, cells: &Cells) {
        for (cell, _) in std::mem::take(&mut self.open).into_values() {
            self.show(cell, cells);
        }
    }

    /// Whether nothing waits for the person.
    pub fn is_empty(&self) -> bool {
        self.open.is_empty()
    }

    fn show(&self, cell: CellId, cells: &Cells) {
        if let Some(signals) = cells.get(cell) {
            let mut open = self.open.values().filter(|(other, _)| *other == cell);
            update(signals.asked, open.next().map(|(_, asked)| asked.clone()));
        }
    }
}

/// What the status region says of it.
pub fn words(number: usize, asked: &Asked) -> String {
    match asked.need() {
        Need::Input => format!("Cell {number} waits for input: {}", asked.text()),
        Need::Permission => format!("Cell {number} asks: {}", asked.text()),
    }
}
