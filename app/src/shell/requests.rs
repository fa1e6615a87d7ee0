//! What runs have asked the page for and wait for the person with: a line that they type, or their leave.
//! Each cell shows the oldest of its own.

use std::collections::BTreeMap;

use engine::Need;
use protocol::{CellId, RunId};

use super::cells::{Cells, update};
use crate::broker;
use crate::page::{Asked, Question};

/// A request of a run: its run and its number.
pub type RequestId = (RunId, u32);

/// The requests that wait for the person.
#[derive(Default)]
pub struct Requests {
    open: BTreeMap<RequestId, Open>,
}

struct Open {
    cell: CellId,
    asked: Asked,
    /// What another site is asked once that is allowed.
    request: Option<broker::Request>,
}

impl Requests {
    /// Has the person asked in the cell.
    pub fn ask(
        &mut self,
        cell: CellId,
        asked: Asked,
        request: Option<broker::Request>,
        cells: &Cells,
    ) {
        let id = asked.id;
        let open = Open {
            cell,
            asked,
            request,
        };
        self.open.insert(id, open);
        self.show(cell, cells);
    }

    /// Asks the same in other words.
    pub fn change(&mut self, id: RequestId, question: Question, cells: &Cells) {
        if let Some(open) = self.open.get_mut(&id) {
            open.asked.question = question;
            let cell = open.cell;
            self.show(cell, cells);
        }
    }

    /// What is asked by a request.
    pub fn get(&self, id: RequestId) -> Option<Asked> {
        Some(self.open.get(&id)?.asked.clone())
    }

    /// The requests that wait for leave to ask a site.
    pub fn waiting_for(&self, site: &str) -> Vec<RequestId> {
        let is_for = |open: &Open| matches!(&open.asked.question, Question::Site { origin, .. } if origin == site);
        let open = self.open.iter().filter(|(_, open)| is_for(open));
        open.map(|(id, _)| *id).collect()
    }

    /// The person has answered, or the run has no use for an answer any more. Gives what another site is
    /// to be asked.
    pub fn close(&mut self, id: RequestId, cells: &Cells) -> Option<(CellId, broker::Request)> {
        let closed = self.open.remove(&id)?;
        self.show(closed.cell, cells);
        Some((closed.cell, closed.request?))
    }

    /// This run has ended.
    pub fn ended(&mut self, cell: CellId, run: RunId, cells: &Cells) {
        self.open.retain(|(other, _), _| *other != run);
        self.show(cell, cells);
    }

    /// No run goes on any more.
    pub fn clear(&mut self, cells: &Cells) {
        for open in std::mem::take(&mut self.open).into_values() {
            self.show(open.cell, cells);
        }
    }

    /// Whether nothing waits for the person.
    pub fn is_empty(&self) -> bool {
        self.open.is_empty()
    }

    fn show(&self, cell: CellId, cells: &Cells) {
        if let Some(signals) = cells.get(cell) {
            let mut open = self.open.values().filter(|open| open.cell == cell);
            update(signals.asked, open.next().map(|open| open.asked.clone()));
        }
    }
}

/// What the status region says of it.
pub fn words(number: usize, asked: &Asked) -> String {
    match asked.need() {
        Need::Input => format!("Cell {number} waits for input: {}", asked.text()),
        Need::Permission => format!("Cell {number} asks you: {}", asked.text()),
    }
}
