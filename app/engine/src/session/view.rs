//! The status of a cell: a function of the facts.

use protocol::{CellId, Outcome};

use super::settle::PLACES;
use super::{Flight, Session};
use crate::evaluation::word;
use crate::status::{CellView, Shown, Waiting};

impl Session {
    /// The state of a cell now.
    #[must_use]
    pub fn view(&self, id: CellId) -> CellView {
        let last = self.evaluations.get(&id);
        if self.is_pending(id) {
            let shown = match self.running() {
                Some((cell, run)) if cell == id => Shown::Running {
                    run,
                    needs: self.flights.front().and_then(Flight::needs_person),
                },
                _ => Shown::Queued(self.waiting(id)),
            };
            return CellView {
                shown,
                stale: false,
                restored: last.is_some_and(|last| last.kernel.is_none()),
                interrupted: false,
                held: false,
            };
        }
        let shown = match (self.blocked.get(&id), last) {
            (Some(culprit), _) => Shown::Blocked(culprit.clone()),
            (None, None) => Shown::Idle,
            (None, Some(last)) if last.outcome == Outcome::Success => Shown::Success {
                run: last.run,
                took_ms: last.took_ms,
            },
            (None, Some(last)) => Shown::Error {
                run: last.run,
                word: word(&last.outcome).to_owned(),
                took_ms: last.took_ms,
            },
        };
        CellView {
            shown,
            stale: self.is_stale(id),
            restored: last.is_some_and(|last| last.kernel != Some(self.kernel)),
            interrupted: self.interrupted.contains(&id),
            held: self.is_held(id),
        }
    }

    /// Whether the cell's last run read other code or other values than a run would read now, or was
    /// to be followed by one that the page did not live to see.
    fn is_stale(&self, id: CellId) -> bool {
        let last = self.evaluations.get(&id);
        last.is_some_and(|last| {
            self.interrupted.contains(&id)
                || last.inputs.as_ref() != Some(&self.inputs_now(id, false))
                // What was its own when it ran, and is everybody's now, is nowhere to be read.
                || self.exports(id).any(|name| !last.definitions.contains(name))
        })
    }

    /// Whether "Run stale" should run it.
    pub(super) fn needs_run(&self, id: CellId) -> bool {
        let last = self.evaluations.get(&id);
        last.is_none_or(|last| !last.succeeded()) || self.is_stale(id)
    }

    fn waiting(&self, id: CellId) -> Waiting {
        if !self.state.is_up() {
            return Waiting::Python;
        }
        if !self.installing.is_empty() {
            return Waiting::Packages;
        }
        let mut parents = self.graph.parents(id);
        if parents.any(|(parent, _)| self.is_pending(parent)) {
            return Waiting::Parent;
        }
        let place = self.line().take(PLACES).position(|waiting| waiting == id);
        Waiting::Turn(place.map_or(0, |place| u32::try_from(place + 1).unwrap_or(0)))
    }

    /// The cells that wait, next one first.
    pub(super) fn line(&self) -> impl Iterator<Item = CellId> {
        let posted = self.flights.iter().filter(|flight| !flight.has_started());
        posted.map(|flight| flight.cell).chain(self.wanted.cells())
    }
}
