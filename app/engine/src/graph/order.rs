//! The order to run cells in, and ranks that show quickly whether a new edge closes a cycle.
//!
//! The ranks are a topological order that is kept up to date edge by edge (Pearce and Kelly, "A
//! dynamic topological sort algorithm for directed acyclic graphs", 2007): a new edge that goes up
//! costs nothing, and one that goes down moves only the cells between its ends. The order that people
//! see is by the document among equals; it is computed on demand.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet, BinaryHeap};

use protocol::CellId;

use super::{Graph, Touched};

/// All cells in the order to run them in.
#[derive(Debug, Default)]
pub(super) struct Order {
    cells: Vec<CellId>,
    index: BTreeMap<CellId, u32>,
}

impl Graph {
    /// All cells, parents before children, and in document order among equals. Cells that wait
    /// for each other come when nothing else can, and before those behind them.
    #[must_use]
    pub fn order(&self) -> &[CellId] {
        &self.sorted().cells
    }

    /// A cell's index in [`Self::order`].
    #[must_use]
    pub fn index(&self, id: CellId) -> Option<u32> {
        self.sorted().index.get(&id).copied()
    }

    /// These cells, parents before children where they do not wait for each other.
    pub(crate) fn upwards(&self, cells: BTreeSet<CellId>) -> Vec<CellId> {
        let mut cells: Vec<CellId> = cells.into_iter().collect();
        cells.retain(|id| self.nodes.contains_key(id));
        if self.mutual.is_empty() {
            cells.sort_by_key(|id| self.rank_of(*id));
        } else {
            // The ranks know nothing of the edges that such components add.
            cells.sort_by_key(|id| self.index(*id));
        }
        cells
    }

    fn sorted(&self) -> &Order {
        self.order.get_or_init(|| {
            let cells = self.sort();
            let index = cells.iter().zip(0..).map(|(id, at)| (*id, at)).collect();
            Order { cells, index }
        })
    }

    /// Kahn's algorithm; the heap keeps document order among the cells that are ready.
    fn sort(&self) -> Vec<CellId> {
        let mut waits: BTreeMap<CellId, usize> = BTreeMap::new();
        let mut ready = BinaryHeap::new();
        for (id, node) in &self.nodes {
            let count = self.parents(*id).count();
            waits.insert(*id, count);
            if count == 0 {
                ready.push(Reverse((node.place, *id)));
            }
        }
        // Cells that wait for each other never become ready: they follow when nothing else can,
        // all of them, and then those behind them.
        let in_cycle = self.cycles.keys().copied();
        let mut in_cycle = self.in_document_order(in_cycle).into_iter();
        let mut order = Vec::with_capacity(self.nodes.len());
        loop {
            let next = ready.pop().map(|Reverse((_, id))| id);
            let Some(id) = next.or_else(|| in_cycle.next()) else {
                return order;
            };
            order.push(id);
            for child in self.children(id) {
                if let Some(count) = waits.get_mut(&child) {
                    *count -= 1;
                    if let (0, false, Some(node)) = (
                        *count,
                        self.cycles.contains_key(&child),
                        self.nodes.get(&child),
                    ) {
                        ready.push(Reverse((node.place, child)));
                    }
                }
            }
        }
    }

    /// Ranks every cell anew, by the reverse of the order in which a search in depth leaves them: edges
    /// that go down then are those that close a cycle.
    pub(super) fn rank_all(&mut self) {
        self.find_components();
        let mut left = Vec::with_capacity(self.nodes.len());
        let mut seen = BTreeSet::new();
        for start in self.nodes.keys().copied() {
            // The cells from the start to here, each with the children still to visit.
            let mut path: Vec<(CellId, Vec<CellId>)> = Vec::new();
            let mut next = seen.insert(start).then_some(start);
            loop {
                if let Some(id) = next.take() {
                    path.push((id, self.direct_children(id).collect()));
                }
                let Some((id, children)) = path.last_mut() else {
                    break;
                };
                if let Some(child) = children.pop() {
                    next = seen.insert(child).then_some(child);
                } else {
                    left.push(*id);
                    path.pop();
                }
            }
        }
        for (rank, id) in (0..).zip(left.into_iter().rev()) {
            if let Some(node) = self.nodes.get_mut(&id) {
                node.rank = rank;
            }
            self.next_rank = rank + 1;
        }
        let edges = self.nodes.iter();
        let edges =
            edges.flat_map(|(id, node)| node.children.iter().map(move |child| (*id, *child)));
        let down = edges.filter(|(from, to)| self.rank_of(*from) > self.rank_of(*to));
        self.backward = down.collect();
    }

    /// Ranks the cells along new edges; `parted` says that edges went. Returns the cells that have
    /// come into a cycle or out of one.
    pub(super) fn rank(&mut self, joined: Vec<(CellId, CellId)>, parted: bool) -> Touched {
        let had_components =
            !self.backward.is_empty() || !self.cycles.is_empty() || !self.mutual.is_empty();
        let again = if parted {
            std::mem::take(&mut self.backward)
        } else {
            BTreeSet::new()
        };
        for (from, to) in again.into_iter().chain(joined) {
            let is_edge = |node: &super::Node| node.children.contains(&to);
            if self.nodes.get(&from).is_some_and(is_edge) {
                self.rank_edge(from, to);
            }
        }
        if had_components || !self.backward.is_empty() {
            self.find_components()
        } else {
            Touched::new()
        }
    }

    fn rank_of(&self, id: CellId) -> u64 {
        self.nodes.get(&id).map_or(0, |node| node.rank)
    }

    /// Makes the ranks go up along this edge too, or notes that it closes a cycle.
    fn rank_edge(&mut self, from: CellId, to: CellId) {
        let (high, low) = (self.rank_of(from), self.rank_of(to));
        if high < low {
            return;
        }
        let below = reach(to, |id| {
            let children = self.direct_children(id);
            let (own, this) = (self.rank_of(id), &self);
            let up = children.filter(move |child| this.rank_of(*child) > own);
            up.filter(|child| self.rank_of(*child) <= high).collect()
        });
        if below.contains(&from) {
            self.backward.insert((from, to));
            return;
        }
        let above = reach(from, |id| {
            let parents = self.direct_parents(id);
            let (own, this) = (self.rank_of(id), &self);
            let down = parents.filter(move |parent| this.rank_of(*parent) < own);
            down.filter(|parent| self.rank_of(*parent) >= low).collect()
        });
        // What is above takes the lower ones of all these ranks, in its old order.
        let by_rank = |cells: BTreeSet<CellId>| {
            let mut cells: Vec<CellId> = cells.into_iter().collect();
            cells.sort_by_key(|id| self.rank_of(*id));
            cells
        };
        let cells = [by_rank(above), by_rank(below)].concat();
        let mut ranks: Vec<u64> = cells.iter().map(|id| self.rank_of(*id)).collect();
        ranks.sort_unstable();
        for (id, rank) in cells.into_iter().zip(ranks) {
            if let Some(node) = self.nodes.get_mut(&id) {
                node.rank = rank;
            }
        }
    }
}

/// The cells that are reached from one, itself among them.
fn reach(start: CellId, next: impl Fn(CellId) -> Vec<CellId>) -> BTreeSet<CellId> {
    let mut found = BTreeSet::from([start]);
    let mut todo = vec![start];
    while let Some(id) = todo.pop() {
        todo.extend(next(id).into_iter().filter(|next| found.insert(*next)));
    }
    found
}
