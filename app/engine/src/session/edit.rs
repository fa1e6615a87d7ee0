//! Edits: they change code, order and options, and never a status.

use protocol::CellId;

use super::{Changed, Effect, Session};
use crate::graph::Touched;
use crate::notebook::Edit;

/// How many edits can be taken back.
const UNDO: usize = 100;
/// How many of these are moves of widgets.
const MOVES: usize = 40;

/// How many evaluations of deleted cells are held for their return.
const REMOVED: usize = 500;

/// Adds the inverse of an edit to those that can be taken back. Typing has its own undo in the
/// editor, and an added cell is deleted by hand.
pub fn remember(undo: &mut Vec<Edit>, inverse: Edit) {
    if let Edit::Source { cell, .. } = &inverse {
        // Taking back an older rewriting of this cell would take what was typed since with it.
        undo.retain(|undo| !undo.rewrites(*cell));
    }
    if !matches!(inverse, Edit::Source { .. } | Edit::Delete { .. }) {
        let is_move = |edit: &Edit| matches!(edit, Edit::Widget { .. });
        if is_move(&inverse) && undo.iter().filter(|edit| is_move(edit)).count() >= MOVES {
            // So that a cell that was deleted can still come back after an hour with a slider.
            if let Some(oldest) = undo.iter().position(is_move) {
                undo.remove(oldest);
            }
        }
        undo.push(inverse);
        if undo.len() > UNDO {
            undo.remove(0);
        }
    }
}

impl Session {
    pub(super) fn edit(&mut self, edit: Edit, changed: &mut Changed) {
        if let Some(inverse) = self.change(edit, false, changed) {
            remember(&mut self.undo, inverse);
        }
    }

    pub(super) fn undo(&mut self, changed: &mut Changed) {
        while let Some(edit) = self.undo.pop() {
            if let Edit::Widget { widget, held } = edit {
                if self.move_back(widget, held, changed).is_some() {
                    return;
                }
            } else if self.change(edit, true, changed).is_some() {
                return;
            }
        }
    }

    /// Applies an edit to the facts. Returns its inverse, or `None` if it does not fit the notebook,
    /// which is then as it was.
    fn change(&mut self, edit: Edit, undoes: bool, changed: &mut Changed) -> Option<Edit> {
        let typing = matches!(edit, Edit::Source { .. } | Edit::Widget { .. });
        let inverse = self.notebook.apply(edit.clone()).ok()?;
        changed.emit(Effect::Journal {
            edit: edit.clone(),
            undoes,
        });
        if !typing {
            changed.emit(Effect::Structure);
        }
        match edit {
            Edit::Title { .. } | Edit::Eager { .. } | Edit::Hidden { .. } | Edit::Layout { .. } => {
            }
            Edit::Mode { .. } => changed.plan = self.is_active(),
            Edit::Patience { cell, .. } => {
                changed.cells.insert(cell);
            }
            // One that a person moves comes as `Event::Move`; this is another tab's.
            Edit::Widget { .. } => self.adopt_all(changed),
            Edit::Replace { .. } | Edit::Group { .. } => self.everything_changed(changed),
            Edit::Source { cell, .. } if self.puts_off(cell) => {
                changed.cells.insert(cell);
            }
            Edit::Source { cell, .. } => self.code_changed([cell], changed),
            Edit::Sources { sources } => {
                self.code_changed(sources.into_iter().map(|(id, _)| id), changed);
            }
            Edit::Insert { cell, .. } => {
                self.bring_back(cell.id, changed);
                self.note_disabled();
                changed.blocking = true;
                self.code_changed([cell.id], changed);
            }
            Edit::Kind { cell, .. } | Edit::Literal { cell, .. } => {
                self.lose_value(cell);
                self.code.remove(&cell);
                let touched = self.graph.remove(cell);
                self.graph_changed(touched, changed);
                self.code_changed([cell], changed);
            }
            Edit::Move { .. } => {
                self.arrange();
                let touched = self.graph.naming_others();
                self.graph_changed(touched, changed);
            }
            Edit::Disabled { cell, .. } => {
                self.note_disabled();
                let touched = self.graph.children(cell).chain([cell]).collect();
                self.graph_changed(touched, changed);
            }
            Edit::Delete { cell } => {
                self.drop_cell(cell, changed);
                self.code.remove(&cell);
                let touched = self.graph.remove(cell);
                self.note_disabled();
                self.graph_changed(touched, changed);
            }
        }
        Some(inverse)
    }

    fn everything_changed(&mut self, changed: &mut Changed) {
        let known: Vec<CellId> = self
            .code
            .keys()
            .chain(self.evaluations.keys())
            .copied()
            .collect();
        for id in known {
            if self.notebook.cell(id).is_none() {
                self.drop_cell(id, changed);
                self.code.remove(&id);
            }
        }
        let ids: Vec<CellId> = self.notebook.cells().iter().map(|cell| cell.id).collect();
        for id in &ids {
            self.bring_back(*id, changed);
            self.analyse(*id);
            if !self.code.contains_key(id) {
                self.lose_value(*id);
                self.shown.remove(id);
            }
        }
        for flight in self
            .flights
            .iter_mut()
            .filter(|flight| !flight.has_started())
        {
            flight.outdated = true;
        }
        self.adopt_all(changed);
        self.build_graph();
        self.note_disabled();
        self.graph_changed(ids.into_iter().collect(), changed);
        changed.all = true;
    }

    /// The sources of these cells were changed.
    pub(super) fn code_changed(
        &mut self,
        cells: impl IntoIterator<Item = CellId>,
        changed: &mut Changed,
    ) {
        for cell in cells {
            if self.analyse(cell) {
                let touched = self.update_graph(cell);
                self.graph_changed(touched, changed);
                changed.names.insert(cell);
            } else if let Some(code) = self.code.get(&cell)
                && self.graph.renew(cell, code.known.clone())
            {
                changed.names.insert(cell);
            }
            if !self.code.contains_key(&cell) {
                self.shown.remove(&cell);
            }
            changed.cells.insert(cell);
            let mut flights = self.flights.iter_mut();
            let posted = flights.find(|flight| flight.cell == cell && !flight.has_started());
            if let Some(flight) = posted {
                flight.outdated = true;
                changed.plan = true;
            }
            changed.plan |= self.runs_old_code();
        }
    }

    /// The graph is another for these cells.
    fn graph_changed(&mut self, touched: Touched, changed: &mut Changed) {
        changed.plan |= self.is_active();
        changed.blocking = true;
        changed.cells.extend(&touched);
        changed.names.extend(touched);
    }

    /// A cell is gone, and its names in Python with it. Its evaluation waits for its return.
    fn drop_cell(&mut self, cell: CellId, changed: &mut Changed) {
        self.lose_value(cell);
        self.wanted.remove(cell);
        self.shown.remove(&cell);
        self.moves.leave(cell, self.notebook.widgets());
        self.derive_due(changed);
        self.failed.remove(&cell);
        if let Some(last) = self.evaluations.remove(&cell) {
            self.removed.insert(cell, last);
            if self.removed.len() > REMOVED {
                self.removed.pop_first();
            }
            changed.emit(Effect::Evaluation(cell));
        }
    }

    /// A cell that was deleted is there again: so is its evaluation, which may be stale by now.
    fn bring_back(&mut self, cell: CellId, changed: &mut Changed) {
        if let Some(last) = self.removed.remove(&cell) {
            self.evaluations.insert(cell, last);
            changed.emit(Effect::Output(cell));
            changed.emit(Effect::Evaluation(cell));
        }
    }

    /// The kernel's value of a cell is nobody's to read any more.
    fn lose_value(&mut self, cell: CellId) {
        if let Some(last) = self.evaluations.get_mut(&cell)
            && last.kernel.take() == Some(self.kernel)
        {
            self.leftovers.extend(last.definitions.iter().cloned());
            self.dropped.insert(cell);
        }
    }
}
