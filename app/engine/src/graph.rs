//! Who reads whom: parents and children of every cell, an order to run them in, and what is wrong.
//!
//! Building never fails. A cell that is part of a problem gets a diagnostic that blocks it; the
//! rest of the graph is as if the problem were not there.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet, BinaryHeap};

use petgraph::algo::tarjan_scc;
use petgraph::graphmap::DiGraphMap;
use protocol::CellId;

use crate::analysis::{Analysis, builtins, is_builtin};
use crate::diagnostic::{Diagnostic, Problem};
use crate::spelling;

/// The dependency graph of a notebook.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub struct Graph {
    order: Vec<CellId>,
    nodes: BTreeMap<CellId, Node>,
}

/// A cell's place in the graph.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
struct Node {
    /// Its index in `order`.
    index: u32,
    /// For each parent, the names that this cell reads of it.
    parents: BTreeMap<CellId, Vec<String>>,
    children: BTreeSet<CellId>,
    diagnostics: Vec<Diagnostic>,
}

impl Graph {
    /// Builds the graph of these cells, given in document order.
    #[must_use]
    pub fn build(cells: &[(CellId, &Analysis)]) -> Self {
        let mut graph = Self::default();
        for (id, analysis) in cells {
            let diagnostics = analysis.syntax_error.iter().map(|error| Diagnostic {
                problem: Problem::Syntax {
                    message: error.message.clone(),
                },
                spans: vec![error.span],
            });
            let node = Node {
                diagnostics: diagnostics.collect(),
                ..Node::default()
            };
            graph.nodes.insert(*id, node);
        }
        let owners = graph.find_owners(cells);
        graph.connect(cells, &owners);
        graph.find_undefined(cells, &owners);
        graph.find_cycles(cells);
        graph.sort(cells);
        graph
    }

    /// All cells, parents before children, and in document order among equals. Cells that wait
    /// for each other come when nothing else can, and before those behind them.
    #[must_use]
    pub fn order(&self) -> &[CellId] {
        &self.order
    }

    /// A cell's index in [`Self::order`].
    #[must_use]
    pub fn index(&self, id: CellId) -> Option<u32> {
        self.nodes.get(&id).map(|node| node.index)
    }

    /// A cell's parents, each with the names that the cell reads of it.
    pub fn parents(&self, id: CellId) -> impl Iterator<Item = (CellId, &[String])> {
        let parents = self.nodes.get(&id).map(|node| node.parents.iter());
        let pairs = parents.into_iter().flatten();
        pairs.map(|(parent, names)| (*parent, names.as_slice()))
    }

    /// A cell's children.
    pub fn children(&self, id: CellId) -> impl Iterator<Item = CellId> {
        let children = self.nodes.get(&id).map(|node| node.children.iter());
        children.into_iter().flatten().copied()
    }

    /// The children, their children, and so on, without the cells given.
    #[must_use]
    pub fn descendants(&self, of: impl IntoIterator<Item = CellId>) -> BTreeSet<CellId> {
        let mut found = BTreeSet::new();
        let mut todo: Vec<CellId> = of.into_iter().collect();
        while let Some(id) = todo.pop() {
            todo.extend(self.children(id).filter(|child| found.insert(*child)));
        }
        found
    }

    /// What is wrong with a cell.
    #[must_use]
    pub fn diagnostics(&self, id: CellId) -> &[Diagnostic] {
        self.nodes
            .get(&id)
            .map_or(&[], |node| node.diagnostics.as_slice())
    }

    /// Whether a diagnostic keeps the cell from running.
    #[must_use]
    pub fn is_blocked(&self, id: CellId) -> bool {
        let mut diagnostics = self.diagnostics(id).iter();
        diagnostics.any(|diagnostic| diagnostic.problem.blocks())
    }

    /// Finds the cells that own each name, and notes where several cells claim one.
    ///
    /// A cell that reads a name before it defines it makes no claim where another cell does: it
    /// rebinds that cell's name.
    fn find_owners<'a>(
        &mut self,
        cells: &[(CellId, &'a Analysis)],
    ) -> BTreeMap<&'a str, Vec<CellId>> {
        let mut definers: BTreeMap<&str, Vec<(CellId, &Analysis)>> = BTreeMap::new();
        for (id, analysis) in cells {
            for name in analysis.definitions.keys() {
                definers.entry(name).or_default().push((*id, analysis));
            }
        }
        let mut owners = BTreeMap::new();
        for (name, definers) in definers {
            let makers = definers
                .iter()
                .filter(|(_, analysis)| !analysis.references.contains_key(name));
            let makers: Vec<CellId> = makers.map(|(id, _)| *id).collect();
            let all: Vec<CellId> = definers.iter().map(|(id, _)| *id).collect();
            if let ([owner], true) = (makers.as_slice(), all.len() > 1) {
                for (id, analysis) in definers.iter().filter(|(id, _)| id != owner) {
                    let owner = *owner;
                    self.note(*id, name, analysis, |name| Problem::Rebinding {
                        name,
                        owner,
                    });
                }
                owners.insert(name, makers);
                continue;
            }
            if all.len() > 1 {
                for (id, analysis) in &definers {
                    let others = all.iter().copied().filter(|other| other != id).collect();
                    self.note(*id, name, analysis, |name| Problem::Ambiguous {
                        name,
                        others,
                    });
                }
            }
            owners.insert(name, all);
        }
        owners
    }

    fn note(
        &mut self,
        id: CellId,
        name: &str,
        analysis: &Analysis,
        problem: impl FnOnce(String) -> Problem,
    ) {
        if let Some(node) = self.nodes.get_mut(&id) {
            node.diagnostics.push(Diagnostic {
                problem: problem(name.to_owned()),
                spans: analysis.definitions.get(name).cloned().unwrap_or_default(),
            });
        }
    }

    fn connect(&mut self, cells: &[(CellId, &Analysis)], owners: &BTreeMap<&str, Vec<CellId>>) {
        for (id, analysis) in cells {
            for name in analysis.references.keys() {
                let owners = owners.get(name.as_str()).map_or(&[][..], Vec::as_slice);
                for owner in owners.iter().filter(|owner| *owner != id) {
                    if let Some(node) = self.nodes.get_mut(id) {
                        node.parents.entry(*owner).or_default().push(name.clone());
                    }
                    if let Some(node) = self.nodes.get_mut(owner) {
                        node.children.insert(*id);
                    }
                }
            }
        }
    }

    /// Notes names that nobody makes. Where a cell makes names that cannot be known, nothing can be
    /// said.
    fn find_undefined(
        &mut self,
        cells: &[(CellId, &Analysis)],
        owners: &BTreeMap<&str, Vec<CellId>>,
    ) {
        let is_unknown = |analysis: &Analysis| {
            let makes_names = |name: &&str| analysis.references.contains_key(*name);
            analysis.star_import || ["exec", "globals"].iter().any(makes_names)
        };
        if cells.iter().any(|(_, analysis)| is_unknown(analysis)) {
            return;
        }
        for (id, analysis) in cells {
            for (name, reference) in &analysis.references {
                let makers = owners.get(name.as_str()).map_or(&[][..], Vec::as_slice);
                let problem = match makers {
                    [] if !is_builtin(name) => Problem::Undefined {
                        name: name.clone(),
                        meant: nearest_name(name, owners),
                    },
                    [maker] if maker == id && !is_builtin(name) => {
                        Problem::TooEarly { name: name.clone() }
                    }
                    _ => continue,
                };
                if let Some(node) = self.nodes.get_mut(id) {
                    node.diagnostics.push(Diagnostic {
                        problem,
                        spans: reference.spans.clone(),
                    });
                }
            }
        }
    }

    fn find_cycles(&mut self, cells: &[(CellId, &Analysis)]) {
        let mut edges: DiGraphMap<CellId, ()> = DiGraphMap::new();
        for (id, node) in &self.nodes {
            edges.add_node(*id);
            for child in &node.children {
                edges.add_edge(*id, *child, ());
            }
        }
        let places: BTreeMap<CellId, usize> = cells
            .iter()
            .enumerate()
            .map(|(place, (id, _))| (*id, place))
            .collect();
        for knot in tarjan_scc(&edges).into_iter().filter(|knot| knot.len() > 1) {
            let knot: BTreeSet<CellId> = knot.into_iter().collect();
            for id in &knot {
                let path = self.shortest_cycle(*id, &knot, &places);
                let names: Vec<String> = (0..path.len())
                    .map(|at| self.first_name(path[at], path[(at + 1) % path.len()]))
                    .collect();
                if let Some(node) = self.nodes.get_mut(id) {
                    node.diagnostics.push(Diagnostic {
                        problem: Problem::Cycle { path, names },
                        spans: Vec::new(),
                    });
                }
            }
        }
    }

    /// The shortest way from a cell back to itself inside a knot, earlier cells first among equals.
    fn shortest_cycle(
        &self,
        start: CellId,
        knot: &BTreeSet<CellId>,
        places: &BTreeMap<CellId, usize>,
    ) -> Vec<CellId> {
        let mut came_from: BTreeMap<CellId, CellId> = BTreeMap::new();
        let mut ring = vec![start];
        while !ring.is_empty() {
            let mut next = Vec::new();
            for id in ring {
                let mut children: Vec<CellId> = self
                    .children(id)
                    .filter(|child| knot.contains(child))
                    .collect();
                children.sort_by_key(|child| places.get(child));
                for child in children {
                    if child == start {
                        let mut path = vec![id];
                        while let Some(before) = path.last().and_then(|id| came_from.get(id)) {
                            path.push(*before);
                        }
                        path.reverse();
                        return path;
                    }
                    if let std::collections::btree_map::Entry::Vacant(entry) =
                        came_from.entry(child)
                    {
                        entry.insert(id);
                        next.push(child);
                    }
                }
            }
            ring = next;
        }
        vec![start]
    }

    fn first_name(&self, parent: CellId, child: CellId) -> String {
        let node = self.nodes.get(&child);
        let names = node.and_then(|node| node.parents.get(&parent));
        names
            .and_then(|names| names.first())
            .cloned()
            .unwrap_or_default()
    }

    fn is_in_cycle(&self, id: CellId) -> bool {
        let mut diagnostics = self.diagnostics(id).iter();
        diagnostics.any(|diagnostic| matches!(diagnostic.problem, Problem::Cycle { .. }))
    }

    /// Kahn's algorithm; the heap keeps document order among the cells that are ready.
    fn sort(&mut self, cells: &[(CellId, &Analysis)]) {
        let places: BTreeMap<CellId, usize> = cells
            .iter()
            .enumerate()
            .map(|(place, (id, _))| (*id, place))
            .collect();
        let mut waits: BTreeMap<CellId, usize> = self
            .nodes
            .iter()
            .map(|(id, node)| (*id, node.parents.len()))
            .collect();
        let mut ready: BinaryHeap<Reverse<usize>> = cells
            .iter()
            .enumerate()
            .filter(|(_, (id, _))| waits.get(id) == Some(&0))
            .map(|(place, _)| Reverse(place))
            .collect();
        let mut order = Vec::with_capacity(cells.len());
        // Cells that wait for each other never become ready: they follow when nothing else can,
        // all of them, and then those behind them.
        let mut knots = cells
            .iter()
            .map(|(id, _)| *id)
            .filter(|id| self.is_in_cycle(*id));
        loop {
            let next = ready.pop().map(|Reverse(place)| cells[place].0);
            let Some(id) = next.or_else(|| knots.next()) else {
                break;
            };
            order.push(id);
            for child in self.children(id) {
                if let Some(count) = waits.get_mut(&child) {
                    *count -= 1;
                    if let (0, false, Some(place)) =
                        (*count, self.is_in_cycle(child), places.get(&child))
                    {
                        ready.push(Reverse(*place));
                    }
                }
            }
        }
        for (index, id) in order.iter().enumerate() {
            if let Some(node) = self.nodes.get_mut(id) {
                node.index = u32::try_from(index).unwrap_or(u32::MAX);
            }
        }
        self.order = order;
    }
}

/// The name that is meant by one that nobody makes, as far as it can be told.
fn nearest_name(name: &str, owners: &BTreeMap<&str, Vec<CellId>>) -> Option<String> {
    let mut known: Vec<&str> = owners.keys().copied().collect();
    for builtin in builtins() {
        known.push(builtin);
    }
    spelling::nearest(name, known.into_iter())
}
