//! What each cell's code says: its analysis, and what its last run was found to bind beyond that.

use std::collections::BTreeSet;
use std::sync::Arc;

use protocol::CellId;

use super::{Changed, Effect, Session};
use crate::analysis::{self, Analysis};
use crate::graph::{Graph, Touched};
use crate::notebook::{Cell, Fingerprint};

/// A cell's source as the graph knows it.
#[derive(Debug)]
pub(super) struct Code {
    /// What a run reads of the cell itself: its kind, and its source as far as it means something.
    pub fingerprint: Fingerprint,
    /// The last good one: a syntax error changes nothing but the diagnostics.
    pub analysis: Arc<Analysis>,
    /// What the graph knows: also what a run of this very code was found to bind.
    pub known: Arc<Analysis>,
}

impl Session {
    /// Analyses a cell's source. Returns whether its names or its errors changed.
    pub(super) fn analyse(&mut self, id: CellId) -> bool {
        let cell = self.notebook.cell(id);
        let found = cell.and_then(|cell| {
            if self.unanalysed {
                analysis::none(cell)
            } else {
                analysis::of(cell)
            }
        });
        let (Some(cell), Some(mut fresh)) = (cell, found) else {
            return self.code.remove(&id).is_some();
        };
        let fingerprint = fingerprint(cell, &fresh);
        let old = self.code.get(&id);
        if let (Some(error), Some(old)) = (&fresh.syntax_error, old) {
            fresh = Analysis {
                syntax_error: Some(error.clone()),
                meaning: fresh.meaning,
                requirements: fresh.requirements,
                ..(*old.analysis).clone()
            };
        }
        let code = Code {
            fingerprint,
            known: Arc::default(),
            analysis: Arc::new(fresh),
        };
        let code = self.with_found(id, code);
        let changed = old.is_none_or(|old| !old.known.has_same_names(&code.known));
        self.code.insert(id, code);
        if changed {
            self.note_leftovers(id);
        }
        changed
    }

    /// Adds what a run of this very code was found to bind.
    fn with_found(&self, id: CellId, mut code: Code) -> Code {
        let evaluation = self.evaluations.get(&id);
        let ran = evaluation.filter(|last| {
            last.inputs.as_ref().and_then(|read| read.code) == Some(code.fingerprint)
        });
        code.known = match ran {
            Some(last) if !last.found.is_empty() || !code.analysis.unknowns.is_empty() => {
                Arc::new((*code.analysis).clone().with_found(&last.found))
            }
            _ => code.analysis.clone(),
        };
        code
    }

    /// A run has ended: the graph takes the union of what the code says and what the run was found to
    /// bind. Returns the cells that this concerns.
    pub(super) fn learn_found(&mut self, id: CellId) -> Touched {
        let Some(code) = self.code.remove(&id) else {
            return Touched::new();
        };
        let old = code.known.clone();
        let code = self.with_found(id, code);
        let known = code.known.clone();
        self.code.insert(id, code);
        if known.has_same_names(&old) {
            return Touched::new();
        }
        self.graph.set(id, &known)
    }

    /// The names that a cell binds for everybody.
    pub(super) fn exports(&self, id: CellId) -> impl Iterator<Item = &String> {
        let code = self.code.get(&id).into_iter();
        let bound = code.flat_map(|code| code.known.definitions.keys());
        bound.filter(move |name| self.graph.exports(id, name))
    }

    /// Builds the graph of all cells anew.
    pub(super) fn build_graph(&mut self) {
        let cells = self.notebook.cells().iter();
        let cells: Vec<(CellId, Arc<Analysis>)> = cells
            .filter_map(|cell| Some((cell.id, self.code.get(&cell.id)?.known.clone())))
            .collect();
        self.graph = Graph::build(&cells);
    }

    /// Takes a cell's new analysis into the graph, or the cell out of it.
    pub(super) fn update_graph(&mut self, cell: CellId) -> Touched {
        let is_new = !self.graph.contains(cell);
        let Some(code) = self.code.get(&cell) else {
            return self.graph.remove(cell);
        };
        let known = code.known.clone();
        let touched = self.graph.set(cell, &known);
        if is_new {
            self.arrange();
        }
        touched
    }

    pub(super) fn arrange(&mut self) {
        let cells = self.notebook.cells().iter();
        self.graph.arrange(cells.map(|cell| cell.id));
    }

    /// Notes the names that the cell's last run bound in this kernel and that its code binds no more.
    pub(super) fn note_leftovers(&mut self, id: CellId) {
        let (Some(last), Some(code)) = (self.evaluations.get(&id), self.code.get(&id)) else {
            return;
        };
        if last.kernel == Some(self.kernel) {
            let bound = &code.known.definitions;
            let gone = last.definitions.iter();
            let gone = gone.filter(|name| !bound.contains_key(*name));
            self.leftovers.extend(gone.cloned());
        }
    }

    /// Runs that are with the kernel may read what no code makes any more, as the message of the run that
    /// has left it came too late to delete it before them: their cells are owed a run without it. Returns
    /// whether there are any.
    pub(super) fn outdate_readers_of_leftovers(&mut self) -> bool {
        if self.leftovers.is_empty() {
            return false;
        }
        let mut found = false;
        for flight in &mut self.flights {
            let Some(code) = self.code.get(&flight.cell) else {
                continue;
            };
            let mut read = code.known.references.keys();
            if read.any(|name| self.leftovers.contains(name) && !self.graph.has_owner(name)) {
                flight.outdated = true;
                found = true;
            }
        }
        found
    }

    /// Deletes from Python what no code binds for everybody any more; what another cell binds stays
    /// noted.
    pub(super) fn forget_leftovers(&mut self, changed: &mut Changed) {
        for cell in std::mem::take(&mut self.dropped) {
            changed.emit(Effect::Post(protocol::ToWorker::Drop { cell }));
        }
        if self.leftovers.is_empty() {
            return;
        }
        let (stay, gone): (BTreeSet<String>, BTreeSet<String>) =
            std::mem::take(&mut self.leftovers)
                .into_iter()
                .partition(|name| self.graph.has_owner(name));
        self.leftovers = stay;
        if gone.is_empty() {
            return;
        }
        for last in self.evaluations.values_mut() {
            last.definitions.retain(|name| !gone.contains(name));
        }
        for flight in &mut self.flights {
            flight.forget(&gone);
        }
        let names = gone.into_iter().collect();
        changed.emit(Effect::Post(protocol::ToWorker::Forget { names }));
    }
}

/// What a run reads of the cell itself: its kind, and its code without comments and blank lines.
fn fingerprint(cell: &Cell, fresh: &Analysis) -> Fingerprint {
    Fingerprint::of(cell.kind.word()).and(&fresh.meaning.0.to_le_bytes())
}
