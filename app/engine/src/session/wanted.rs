//! The cells that will run since a person asked, in the order in which they will.

use std::collections::{BTreeMap, BTreeSet};

use protocol::CellId;

use super::Reason;
use crate::graph::Graph;

/// Cells that will run, each with its reason.
#[derive(Debug, Default)]
pub(super) struct Wanted {
    reasons: BTreeMap<CellId, (u32, Reason)>,
    /// The same cells by their index in the graph's order.
    line: BTreeSet<(u32, CellId)>,
}

impl Wanted {
    /// Adds a cell; the strongest reason stays.
    pub fn add(&mut self, id: CellId, index: u32, reason: Reason) {
        let kept = self.reasons.entry(id).or_insert((index, reason));
        kept.1 = kept.1.max(reason);
        self.line.insert((kept.0, id));
    }

    pub fn remove(&mut self, id: CellId) {
        if let Some((index, _)) = self.reasons.remove(&id) {
            self.line.remove(&(index, id));
        }
    }

    pub fn contains(&self, id: CellId) -> bool {
        self.reasons.contains_key(&id)
    }

    /// Why a cell will run.
    pub fn reason(&self, id: CellId) -> Option<Reason> {
        self.reasons.get(&id).map(|(_, reason)| *reason)
    }

    pub fn is_empty(&self) -> bool {
        self.reasons.is_empty()
    }

    pub fn len(&self) -> usize {
        self.reasons.len()
    }

    /// The next one, with its index and its reason.
    pub fn first(&self) -> Option<(u32, CellId, Reason)> {
        let (index, id) = *self.line.first()?;
        let (_, reason) = self.reasons.get(&id)?;
        Some((index, id, *reason))
    }

    /// The cells, next one first.
    pub fn cells(&self) -> impl Iterator<Item = CellId> {
        self.line.iter().map(|(_, id)| *id)
    }

    /// The cells whose run has all that depends on them run.
    pub fn requested(&self) -> impl Iterator<Item = CellId> {
        let all = self.reasons.iter();
        let requested = all.filter(|(_, (_, reason))| *reason >= Reason::Follows);
        requested.map(|(id, _)| *id)
    }

    /// Whether a cell will run for this reason.
    pub fn has(&self, reason: Reason) -> bool {
        self.of(reason).next().is_some()
    }

    /// The cells that will run for this reason.
    pub fn of(&self, reason: Reason) -> impl Iterator<Item = CellId> {
        let all = self.reasons.iter();
        let all = all.filter(move |(_, (_, own))| *own == reason);
        all.map(|(id, _)| *id)
    }

    /// The order has changed; cells that the graph forbids to run are dropped.
    pub fn sort(&mut self, graph: &Graph) {
        let old = std::mem::take(self);
        for (id, (_, reason)) in old.reasons {
            if let (Some(index), false) = (graph.index(id), graph.is_blocked(id)) {
                self.add(id, index, reason);
            }
        }
    }

    pub fn clear(&mut self) {
        *self = Self::default();
    }
}
