//! Edits: they change code, order and options, and never a status.

use protocol::CellId;

use super::{Effect, Reason, Session};
use crate::notebook::{Edit, Kind};

/// How many edits can be taken back.
const UNDO: usize = 100;

/// Adds the inverse of an edit to those that can be taken back. Typing has its own undo in the
/// editor, and an added cell is deleted by hand.
pub fn remember(undo: &mut Vec<Edit>, inverse: Edit) {
    if !matches!(inverse, Edit::Source { .. } | Edit::Delete { .. }) {
        undo.push(inverse);
        if undo.len() > UNDO {
            undo.remove(0);
        }
    }
}

impl Session {
    pub(super) fn edit(&mut self, edit: Edit, effects: &mut Vec<Effect>) {
        if let Some(inverse) = self.change(edit, false, effects) {
            remember(&mut self.undo, inverse);
        }
    }

    pub(super) fn undo(&mut self, effects: &mut Vec<Effect>) {
        while let Some(edit) = self.undo.pop() {
            if self.change(edit, true, effects).is_some() {
                return;
            }
        }
    }

    /// Applies an edit and everything that follows from it. Returns its inverse, or `None` if it
    /// does not fit the notebook, which is then as it was.
    fn change(&mut self, edit: Edit, undoes: bool, effects: &mut Vec<Effect>) -> Option<Edit> {
        let typing = matches!(edit, Edit::Source { .. });
        let inverse = self.notebook.apply(edit.clone()).ok()?;
        effects.push(Effect::Journal {
            edit: edit.clone(),
            undoes,
        });
        if !typing {
            effects.push(Effect::Structure);
        }
        match edit {
            Edit::Title { .. } | Edit::Mode { .. } | Edit::Eager { .. } => {}
            Edit::Replace { .. } => self.everything_changed(effects),
            Edit::Source { cell, .. } => self.code_changed(cell, effects),
            Edit::Insert { cell, .. } => self.code_changed(cell.id, effects),
            Edit::Kind { cell, kind } => {
                if kind != Kind::Python {
                    self.drop_cell(cell);
                }
                self.code_changed(cell, effects);
            }
            Edit::Move { .. } => self.replan(effects),
            Edit::Disabled { cell, disabled } => {
                if disabled {
                    self.unwant([cell]);
                }
                self.replan(effects);
            }
            Edit::Delete { cell } => {
                self.drop_cell(cell);
                self.code.remove(&cell);
                self.replan(effects);
                if self.state == super::KernelState::Ready {
                    self.forget_leftovers(effects);
                }
            }
        }
        Some(inverse)
    }

    fn everything_changed(&mut self, effects: &mut Vec<Effect>) {
        let known: Vec<CellId> = self.code.keys().copied().collect();
        for id in known {
            let cell = self.notebook.cell(id);
            if cell.is_none_or(|cell| cell.kind != Kind::Python) {
                self.drop_cell(id);
                self.code.remove(&id);
            }
        }
        let ids: Vec<CellId> = self.notebook.cells().iter().map(|cell| cell.id).collect();
        for id in ids {
            self.analyse(id);
        }
        for flight in self.flights.iter_mut().filter(|flight| !flight.started) {
            flight.outdated = true;
        }
        self.replan(effects);
        if self.state == super::KernelState::Ready {
            self.forget_leftovers(effects);
        }
    }

    fn code_changed(&mut self, cell: CellId, effects: &mut Vec<Effect>) {
        let names_changed = self.analyse(cell);
        let mut posted = self.flights.iter_mut().filter(|flight| flight.cell == cell);
        let mut was_posted = false;
        if let Some(flight) = posted.find(|flight| !flight.started) {
            flight.outdated = true;
            was_posted = true;
        }
        if names_changed {
            self.replan(effects);
        } else {
            if was_posted {
                self.cancel(effects);
            }
            self.tell([cell], effects);
        }
    }

    /// The graph may have changed: rebuilds it, and takes back what was posted by the old one.
    fn replan(&mut self, effects: &mut Vec<Effect>) {
        self.rebuild_graph();
        effects.push(Effect::Names);
        self.cancel(effects);
        self.want_what_follows();
        self.derive_blocked();
        self.tell_all(effects);
    }

    /// A cell is gone, or is no code any more: so are its names in Python.
    fn drop_cell(&mut self, cell: CellId) {
        self.unwant([cell]);
        self.told.remove(&cell);
        let Some(record) = self.records.remove(&cell) else {
            return;
        };
        if record.kernel == Some(self.kernel) {
            self.leftovers.extend(record.definitions);
        }
    }

    /// In a reactive notebook, what now depends on a cell that runs or will run, runs too.
    fn want_what_follows(&mut self) {
        if self.notebook.mode == crate::notebook::Mode::Lazy {
            return;
        }
        let planned = self
            .wanted
            .iter()
            .filter(|(_, reason)| **reason != Reason::Restores);
        let planned = planned.map(|((_, id), _)| *id);
        let flying = self
            .flights
            .iter()
            .filter(|flight| flight.reason != Reason::Restores);
        let sources: Vec<CellId> = planned.chain(flying.map(|flight| flight.cell)).collect();
        if sources.is_empty() {
            return;
        }
        for id in self.graph.descendants(sources) {
            if !self.flights.iter().any(|flight| flight.cell == id) {
                self.want(id, Reason::Follows);
            }
        }
        self.want_missing_ancestors();
    }
}
