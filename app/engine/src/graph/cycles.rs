//! Cells that wait for each other.

use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use petgraph::algo::kosaraju_scc;
use petgraph::graphmap::DiGraphMap;
use protocol::CellId;

use super::{Graph, Touched};

impl Graph {
    /// Whether a cell waits for itself.
    #[must_use]
    pub fn is_in_cycle(&self, id: CellId) -> bool {
        self.knots.contains_key(&id)
    }

    /// Finds anew which cells wait for each other, and tells for which that has changed.
    pub(super) fn find_knots(&mut self) -> Touched {
        let mut edges: DiGraphMap<CellId, ()> = DiGraphMap::new();
        for (id, node) in &self.nodes {
            for child in &node.children {
                edges.add_edge(*id, *child, ());
            }
        }
        let mut knots = BTreeMap::new();
        for knot in kosaraju_scc(&edges)
            .into_iter()
            .filter(|knot| knot.len() > 1)
        {
            let knot: Arc<BTreeSet<CellId>> = Arc::new(knot.into_iter().collect());
            knots.extend(knot.iter().map(|id| (*id, knot.clone())));
        }
        let old = std::mem::replace(&mut self.knots, knots);
        let both = old.keys().chain(self.knots.keys());
        both.copied().collect()
    }

    /// The shortest way from a cell back to itself, earlier cells first among equals, and the name
    /// that each cell of it makes for the next. `None` for a cell that does not wait for itself.
    #[must_use]
    pub fn cycle(&self, start: CellId) -> Option<(Vec<CellId>, Vec<String>)> {
        let knot = self.knots.get(&start)?;
        let path = self.shortest_cycle(start, knot);
        let next = path.iter().skip(1).chain(path.first());
        let name = |(parent, child): (&CellId, &CellId)| {
            let names = self.nodes.get(child)?.parents.get(parent)?;
            names.first().cloned()
        };
        let names = path
            .iter()
            .zip(next)
            .map(|pair| name(pair).unwrap_or_default());
        let names = names.collect();
        Some((path, names))
    }

    fn shortest_cycle(&self, start: CellId, knot: &BTreeSet<CellId>) -> Vec<CellId> {
        let mut came_from: BTreeMap<CellId, CellId> = BTreeMap::new();
        let mut ring = vec![start];
        while !ring.is_empty() {
            let mut next = Vec::new();
            for id in ring {
                let children = self.children(id).filter(|child| knot.contains(child));
                for child in self.in_document_order(children) {
                    if child == start {
                        let mut path = vec![id];
                        while let Some(before) = path.last().and_then(|id| came_from.get(id)) {
                            path.push(*before);
                        }
                        path.reverse();
                        return path;
                    }
                    if let Entry::Vacant(entry) = came_from.entry(child) {
                        entry.insert(id);
                        next.push(child);
                    }
                }
            }
            ring = next;
        }
        vec![start]
    }
}
