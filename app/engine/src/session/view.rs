//! The status of a cell, derived from the facts; and telling the page what changed.

use std::collections::BTreeSet;

use protocol::CellId;

use super::{Effect, KernelState, Result, Session};
use crate::graph::Touched;
use crate::status::{CellView, Culprit, Shown, Waiting};

/// How many of those next in line are told their place.
const PLACES: usize = 3;

impl Session {
    /// The state of a cell now.
    #[must_use]
    pub fn view(&self, id: CellId) -> CellView {
        let record = self.records.get(&id);
        if self.is_pending(id) {
            let shown = match self.running() {
                Some((cell, run)) if cell == id => Shown::Running { run },
                _ => Shown::Queued(self.waiting(id)),
            };
            return CellView {
                shown,
                stale: false,
                restored: record.is_some_and(|record| record.kernel.is_none()),
            };
        }
        let shown = match (self.blocked.get(&id), record) {
            (Some(culprit), _) => Shown::Blocked(culprit.clone()),
            (None, None) => Shown::Idle,
            (None, Some(record)) if record.result == Result::Success => Shown::Success {
                run: record.run,
                took_ms: record.took_ms,
            },
            (None, Some(record)) => Shown::Error {
                run: record.run,
                word: record.result.word().to_owned(),
                took_ms: record.took_ms,
            },
        };
        CellView {
            shown,
            stale: self.is_stale(id),
            restored: record.is_some_and(|record| record.kernel != Some(self.kernel)),
        }
    }

    /// Whether the cell's last run read other code or other values than a run would read now.
    fn is_stale(&self, id: CellId) -> bool {
        let record = self.records.get(&id);
        record.is_some_and(|record| {
            // What was its own when it ran, and is everybody's now, is nowhere to be read.
            record.inputs != self.inputs_now(id, false)
                || self
                    .exports(id)
                    .any(|name| !record.definitions.contains(name))
        })
    }

    /// Whether "Run stale" should run it.
    pub(super) fn needs_run(&self, id: CellId) -> bool {
        let record = self.records.get(&id);
        record.is_none_or(|record| record.result != Result::Success) || self.is_stale(id)
    }

    fn waiting(&self, id: CellId) -> Waiting {
        if self.state != KernelState::Ready {
            return Waiting::Python;
        }
        if !self.installing.is_empty() {
            return Waiting::Packages;
        }
        if self
            .graph
            .parents(id)
            .any(|(parent, _)| self.is_pending(parent))
        {
            return Waiting::Parent;
        }
        let place = self.line().take(PLACES).position(|waiting| waiting == id);
        Waiting::Turn(place.map_or(0, |place| u32::try_from(place + 1).unwrap_or(0)))
    }

    /// The cells that wait, next one first.
    fn line(&self) -> impl Iterator<Item = CellId> {
        let posted = self.flights.iter().filter(|flight| !flight.started);
        posted.map(|flight| flight.cell).chain(self.wanted.cells())
    }

    /// The cells whose last run failed and that will not run again by themselves.
    pub(super) fn failing(&self) -> impl Iterator<Item = CellId> {
        let failed = self.failed.iter().copied();
        failed.filter(|id| !self.is_pending(*id))
    }

    /// Derives which cells cannot run, and tells for which that has changed. Parents come before
    /// children, except in cycles, whose cells have diagnostics of their own.
    pub(super) fn derive_blocked(&mut self) -> Touched {
        let old = std::mem::take(&mut self.blocked);
        let sources = self.graph.blocked().chain(self.disabled.iter().copied());
        let mut concerned: BTreeSet<CellId> = sources.chain(self.failing()).collect();
        concerned.extend(self.graph.descendants(concerned.iter().copied()));
        for id in self.graph.upwards(concerned) {
            if let Some(culprit) = self.culprit(id) {
                self.blocked.insert(id, culprit);
            }
        }
        let changed = |id: &&CellId| old.get(*id) != self.blocked.get(*id);
        let both = old.keys().chain(self.blocked.keys());
        both.filter(changed).copied().collect()
    }

    fn culprit(&self, id: CellId) -> Option<Culprit> {
        if self.graph.is_blocked(id) {
            return Some(Culprit::Diagnostic);
        }
        if self.disabled.contains(&id) {
            return Some(Culprit::Disabled(id));
        }
        let mut parents = self.graph.parents(id).map(|(parent, _)| parent);
        parents.find_map(|parent| match self.blocked.get(&parent) {
            Some(Culprit::Diagnostic) => Some(Culprit::Wrong(parent)),
            Some(culprit) => Some(culprit.clone()),
            None if self.has_failed(parent) => Some(Culprit::Failed(parent)),
            None => None,
        })
    }

    fn has_failed(&self, id: CellId) -> bool {
        let record = self.records.get(&id);
        record.is_some_and(|record| record.result != Result::Success) && !self.is_pending(id)
    }

    /// Tells the page of those of the cells whose view has changed.
    pub(super) fn tell(
        &mut self,
        cells: impl IntoIterator<Item = CellId>,
        effects: &mut Vec<Effect>,
    ) {
        for id in cells {
            if !self.code.contains_key(&id) && !self.records.contains_key(&id) {
                continue;
            }
            let view = self.view(id);
            if self.told.get(&id) != Some(&view) {
                self.told.insert(id, view.clone());
                effects.push(Effect::Show(id, view));
            }
        }
    }

    /// Tells of those next in line, whose place changes with every step.
    pub(super) fn tell_front(&mut self, effects: &mut Vec<Effect>) {
        let front: Vec<CellId> = self.line().take(PLACES).collect();
        self.tell(front, effects);
    }

    pub(super) fn tell_all(&mut self, effects: &mut Vec<Effect>) {
        let cells: Vec<CellId> = self.notebook.cells().iter().map(|cell| cell.id).collect();
        self.tell(cells, effects);
    }
}
