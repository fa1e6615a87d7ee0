//! Edits: they change code, order and options, and never a status.

use protocol::CellId;

use super::{Effect, Reason, Session};
use crate::analysis;
use crate::graph::Touched;
use crate::notebook::Edit;

/// How many edits can be taken back.
const UNDO: usize = 100;

/// Adds the inverse of an edit to those that can be taken back. Typing has its own undo in the
/// editor, and an added cell is deleted by hand.
pub fn remember(undo: &mut Vec<Edit>, inverse: Edit) {
    if let Edit::Source { cell, .. } = &inverse {
        // Taking back an older rewriting of this cell would take what was typed since with it.
        undo.retain(|undo| !undo.rewrites(*cell));
    }
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
            Edit::Replace { .. } | Edit::Group { .. } => self.everything_changed(effects),
            Edit::Source { cell, .. } => self.code_changed([cell], effects),
            Edit::Sources { sources } => {
                self.code_changed(sources.into_iter().map(|(id, _)| id), effects);
            }
            Edit::Insert { cell, .. } => {
                self.note_disabled();
                self.code_changed([cell.id], effects);
            }
            Edit::Kind { cell, .. } => {
                // Nothing that was known of it as another kind holds.
                self.drop_cell(cell);
                self.code.remove(&cell);
                let mut touched = self.graph.remove(cell);
                self.analyse(cell);
                touched.extend(self.update_graph(cell));
                touched.insert(cell);
                let mut posted = self.flights.iter_mut();
                if let Some(flight) = posted.find(|flight| flight.cell == cell && !flight.started) {
                    flight.outdated = true;
                }
                self.replan(touched, effects);
            }
            Edit::Move { .. } => {
                self.arrange();
                // Diagnostics name cells in document order.
                let told = self.graph.blocked().collect();
                self.replan(told, effects);
            }
            Edit::Disabled { cell, disabled } => {
                if disabled {
                    self.unwant([cell]);
                }
                self.note_disabled();
                let touched = self.graph.children(cell).chain([cell]).collect();
                self.replan(touched, effects);
            }
            Edit::Delete { cell } => {
                self.drop_cell(cell);
                self.code.remove(&cell);
                let touched = self.graph.remove(cell);
                self.note_disabled();
                self.replan(touched, effects);
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
            if cell.is_none_or(|cell| analysis::of(cell.kind, &cell.source).is_none()) {
                self.drop_cell(id);
                self.code.remove(&id);
            }
        }
        let ids: Vec<CellId> = self.notebook.cells().iter().map(|cell| cell.id).collect();
        for id in &ids {
            self.analyse(*id);
        }
        for flight in self.flights.iter_mut().filter(|flight| !flight.started) {
            flight.outdated = true;
        }
        self.build_graph();
        self.replan(ids.into_iter().collect(), effects);
        if self.state == super::KernelState::Ready {
            self.forget_leftovers(effects);
        }
    }

    fn code_changed(&mut self, cells: impl IntoIterator<Item = CellId>, effects: &mut Vec<Effect>) {
        let mut touched = Touched::new();
        let mut names_changed = false;
        let mut was_posted = false;
        for cell in cells {
            if self.analyse(cell) {
                names_changed = true;
                touched.extend(self.update_graph(cell));
            } else if let Some(code) = self.code.get(&cell)
                && self.graph.renew(cell, code.known.clone())
            {
                effects.push(Effect::Names(Touched::from([cell])));
            }
            touched.insert(cell);
            let mut posted = self.flights.iter_mut().filter(|flight| flight.cell == cell);
            if let Some(flight) = posted.find(|flight| !flight.started) {
                flight.outdated = true;
                was_posted = true;
            }
        }
        if names_changed {
            self.replan(touched, effects);
        } else {
            if was_posted {
                self.cancel(effects);
            }
            self.tell(touched, effects);
        }
    }

    /// Takes a cell's new analysis into the graph, or the cell out of it.
    fn update_graph(&mut self, cell: CellId) -> Touched {
        let is_new = !self.graph.contains(cell);
        match self.code.get(&cell) {
            Some(code) => {
                let known = code.known.clone();
                let touched = self.graph.set(cell, &known);
                if is_new {
                    self.arrange();
                }
                touched
            }
            None => self.graph.remove(cell),
        }
    }

    fn arrange(&mut self) {
        let cells = self.notebook.cells().iter();
        self.graph.arrange(cells.map(|cell| cell.id));
    }

    /// The graph has changed: takes back what was posted by the old one. Told are the cells that the
    /// change concerns.
    pub(super) fn replan(&mut self, touched: Touched, effects: &mut Vec<Effect>) {
        if !self.wanted.is_empty() {
            self.wanted.sort(&self.graph);
        }
        self.cancel(effects);
        self.want_what_follows();
        let blocked = self.derive_blocked();
        if self.is_active() {
            self.tell_all(effects);
        } else {
            self.tell(touched.iter().chain(&blocked).copied(), effects);
        }
        effects.push(Effect::Names(touched));
    }

    /// A cell is gone, or is no code any more: so are its names in Python.
    fn drop_cell(&mut self, cell: CellId) {
        self.unwant([cell]);
        self.told.remove(&cell);
        self.failed.remove(&cell);
        let Some(record) = self.records.remove(&cell) else {
            return;
        };
        if record.kernel == Some(self.kernel) {
            self.leftovers.extend(record.definitions);
            self.dropped.insert(cell);
        }
    }

    /// In a reactive notebook, what now depends on a cell that runs or will run, runs too.
    fn want_what_follows(&mut self) {
        if self.notebook.mode == crate::notebook::Mode::Lazy || !self.is_active() {
            return;
        }
        let planned = self.wanted.asked();
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
