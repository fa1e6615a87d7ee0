//! Cells that wait for each other, and functions of several cells that call each other.
//!
//! Both are components: cells of which each reads, through others, every other one. If all reads
//! inside of a component are late (only calls of functions need their values), nobody waits. Else the
//! cells of the component are in a cycle, and cannot run.

use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use petgraph::algo::kosaraju_scc;
use petgraph::graphmap::DiGraphMap;
use protocol::CellId;

use super::{Graph, Touched};

/// The cells of a component.
pub(super) type Component = Arc<BTreeSet<CellId>>;

impl Graph {
    /// Whether a cell waits for itself.
    #[must_use]
    pub fn is_in_cycle(&self, id: CellId) -> bool {
        self.cycles.contains_key(&id)
    }

    /// Finds all components anew. Returns the cells for which something has changed.
    pub(super) fn find_components(&mut self) -> Touched {
        let mut edges: DiGraphMap<CellId, ()> = DiGraphMap::new();
        for (id, node) in &self.nodes {
            for child in &node.children {
                edges.add_edge(*id, *child, ());
            }
        }
        let mut cycles = BTreeMap::new();
        let mut mutual = BTreeMap::new();
        for component in kosaraju_scc(&edges) {
            if component.len() > 1 {
                let component: Component = Arc::new(component.into_iter().collect());
                let list = if self.is_late_inside(&component) {
                    &mut mutual
                } else {
                    &mut cycles
                };
                list.extend(component.iter().map(|id| (*id, component.clone())));
            }
        }
        let old = std::mem::replace(&mut self.cycles, cycles);
        let mut touched: Touched = old.keys().chain(self.cycles.keys()).copied().collect();
        touched.extend(self.set_mutual(&mutual));
        touched
    }

    /// Whether all reads inside of a component are late.
    fn is_late_inside(&self, component: &BTreeSet<CellId>) -> bool {
        component.iter().all(|child| {
            let node = self.nodes.get(child);
            let mut parents = node.into_iter().flat_map(|node| &node.parents);
            parents.all(|(parent, names)| {
                !component.contains(parent) || names.iter().all(|name| self.is_late(*child, name))
            })
        })
    }

    fn is_late(&self, reader: CellId, name: &str) -> bool {
        let node = self.nodes.get(&reader);
        let read = node.and_then(|node| node.analysis.references.get(name));
        read.is_some_and(|read| read.late)
    }

    /// The shortest cycle through a cell, or one that it waits for, earlier cells first among equals;
    /// and the name that each cell of it makes for the next. `None` for a cell that is in no cycle.
    #[must_use]
    pub fn cycle(&self, start: CellId) -> Option<(Vec<CellId>, Vec<String>)> {
        let component = self.cycles.get(&start)?;
        let mut path = self.shortest_cycle(start, component);
        if self.is_late_around(&path) {
            // Functions that call each other are not what is wrong.
            let others = self.in_document_order(component.iter().copied());
            let mut cycles = others.iter().map(|id| self.shortest_cycle(*id, component));
            path = cycles
                .find(|path| !self.is_late_around(path))
                .unwrap_or(path);
            let own = path.iter().position(|id| *id == start);
            path.rotate_left(own.unwrap_or(0));
        }
        let names = links(&path).map(|(parent, child)| {
            let names = self.nodes.get(&child)?.parents.get(&parent)?;
            let mut now = names.iter().filter(|name| !self.is_late(child, name));
            now.next().or_else(|| names.first()).cloned()
        });
        let names = names.map(Option::unwrap_or_default).collect();
        Some((path, names))
    }

    fn is_late_around(&self, path: &[CellId]) -> bool {
        links(path).all(|(parent, child)| {
            let node = self.nodes.get(&child);
            let names = node.and_then(|node| node.parents.get(&parent));
            let mut names = names.into_iter().flatten();
            names.all(|name| self.is_late(child, name))
        })
    }

    fn shortest_cycle(&self, start: CellId, component: &BTreeSet<CellId>) -> Vec<CellId> {
        let mut came_from: BTreeMap<CellId, CellId> = BTreeMap::new();
        let mut ring = vec![start];
        while !ring.is_empty() {
            let mut next = Vec::new();
            for id in ring {
                let children = self.direct_children(id);
                let children = children.filter(|child| component.contains(child));
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

/// The edges along a cycle, the one from its last cell to its first at the end.
fn links(path: &[CellId]) -> impl Iterator<Item = (CellId, CellId)> {
    let next = path.iter().skip(1).chain(path.first());
    path.iter().copied().zip(next.copied())
}
