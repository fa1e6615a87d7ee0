//! Opens a notebook: takes what is known of earlier runs, from whatever source, and makes its ids fit
//! together. No other place gives out run ids.

use std::collections::{BTreeMap, BTreeSet};

use protocol::{CellId, RunId};

use super::{Inputs, Moves, Session, Stored};
use crate::evaluation::Evaluation;
use crate::notebook::{Fingerprint, Notebook};
use crate::packages::Catalog;

/// Ids beyond this are nobody's: numbers in JavaScript are exact below it.
const HIGHEST: u64 = 1 << 52;

impl Session {
    /// Opens a notebook with what is known of earlier runs.
    ///
    /// Evaluations of cells that are not in the notebook are left out. Where ids do not fit together
    /// (two cells of one run, as in files) new ones are given.
    #[must_use]
    pub fn open(mut notebook: Notebook, stored: Stored, catalog: Catalog) -> Self {
        notebook.reindex();
        notebook.drop_unsound();
        let Stored {
            mut evaluations,
            plan,
            undo,
            unanalysed,
        } = stored;
        evaluations.retain(|id, _| notebook.place(*id).is_some());
        for last in evaluations.values_mut() {
            last.kernel = None;
            if !last.took_ms.is_finite() || !(0.0..1e15).contains(&last.took_ms) {
                last.took_ms = 0.0;
            }
        }
        let mut session = Self::empty(notebook, catalog);
        session.undo = undo;
        session.unanalysed = unanalysed;
        session.moves = Moves::opened(session.notebook.widgets());
        session.interrupted = plan.as_ref().map_or_else(BTreeSet::new, |plan| {
            let cells = plan.cells.iter().copied();
            let began = |id: &CellId| {
                let last = evaluations.get(id);
                last.is_none_or(|last| last.run < plan.from)
            };
            cells
                .filter(|id| session.notebook.place(*id).is_some() && began(id))
                .collect()
        });
        let planned = plan.map_or(0, |plan| {
            plan.from.0.saturating_add(plan.cells.len() as u64)
        });
        session.next_run = RunId(planned.clamp(1, HIGHEST));
        session.evaluations = evaluations;
        let cells: Vec<CellId> = session
            .notebook
            .cells()
            .iter()
            .map(|cell| cell.id)
            .collect();
        for id in &cells {
            session.analyse(*id);
        }
        session.build_graph();
        session.note_disabled();
        session.make_ids_fit();
        session.complete_inputs();
        session.blocked = session.derive_blocked();
        for id in cells
            .into_iter()
            .filter(|id| session.code.contains_key(id))
            .collect::<Vec<_>>()
        {
            let view = session.view(id);
            session.shown.insert(id, view);
        }
        session
    }

    /// Sees to it that no two evaluations are of one run, and that the next run is newer than all.
    fn make_ids_fit(&mut self) {
        let runs: BTreeSet<RunId> = self.evaluations.values().map(|last| last.run).collect();
        let ids = self.evaluations.values().flat_map(ids_of);
        let newest = ids.max().unwrap_or_default();
        let is_sound =
            runs.len() == self.evaluations.len() && !runs.contains(&RunId(0)) && newest.0 < HIGHEST;
        if is_sound {
            self.next_run = self.next_run.max(RunId(newest.0 + 1));
            return;
        }
        let mut order: Vec<(RunId, CellId)> = self
            .evaluations
            .iter()
            .map(|(id, last)| (last.run, *id))
            .collect();
        let place = |id: &CellId| self.graph.index(*id);
        order.sort_by_key(|(run, id)| (*run, place(id), *id));
        // What a value was called before, and is called now, for each cell.
        let mut renamed: BTreeMap<CellId, (RunId, RunId)> = BTreeMap::new();
        let first = self.next_run.0;
        for ((_, id), run) in order.into_iter().zip(first..) {
            if let Some(last) = self.evaluations.get_mut(&id) {
                renamed.insert(id, (last.value, RunId(run)));
                (last.run, last.value) = (RunId(run), RunId(run));
            }
        }
        self.next_run = RunId(first + renamed.len() as u64);
        for last in self.evaluations.values_mut() {
            for (parent, value) in last.inputs.iter_mut().flat_map(|read| &mut read.parents) {
                *value = match (renamed.get(parent), *value) {
                    (Some((before, now)), Some(value)) if *before == value => Some(*now),
                    // A value that nobody has: what read it is stale.
                    _ => None,
                };
            }
        }
    }

    /// What came with a file counts as an evaluation of the code and the values as they are.
    fn complete_inputs(&mut self) {
        for id in self.graph.order().to_vec() {
            let now = self.inputs_now(id, false);
            let (Some(last), Some(code)) = (self.evaluations.get_mut(&id), self.code.get(&id))
            else {
                continue;
            };
            match &mut last.inputs {
                None => {
                    last.inputs = Some(now);
                    last.definitions = code.known.definitions.keys().cloned().collect();
                }
                Some(read) => {
                    // Until evaluations were one thing, the code was told by its text alone.
                    let cell = self.notebook.cell(id);
                    let before = cell.map(|cell| Fingerprint::of(&cell.source));
                    if read.code == before {
                        read.code = Some(code.fingerprint);
                    }
                }
            }
        }
        // A run of this very code may have bound more than the code says.
        for id in self.graph.order().to_vec() {
            self.learn_found(id);
        }
    }

    /// What a run of the cell would read; with `ahead`, after the runs that are posted already.
    pub(super) fn inputs_now(&self, id: CellId, ahead: bool) -> Inputs {
        let parents = self.graph.parents(id).map(|(parent, _)| {
            let mut flights = self.flights.iter().rev();
            let flight = flights.find(|flight| ahead && flight.cell == parent);
            let posted = flight.map(|flight| self.value_of(flight));
            let value = self.evaluations.get(&parent).map(|last| last.value);
            (parent, posted.or(value))
        });
        Inputs {
            code: self.code.get(&id).map(|code| code.fingerprint),
            parents: parents.collect(),
            widgets: self.widgets_read(id, &self.moves.values()),
        }
    }
}

fn ids_of(last: &Evaluation) -> impl Iterator<Item = RunId> {
    let parents = last.inputs.iter().flat_map(|read| read.parents.values());
    let values = parents.filter_map(|value| *value);
    [last.run, last.value].into_iter().chain(values)
}
