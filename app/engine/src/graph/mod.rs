//! Who reads whom: parents and children of every cell, an order to run them in, and what is wrong.
//!
//! Kept up to date edit by edit: [`Graph::set`] touches the edges of the names that changed and no
//! others, and tells which cells that concerns. It never fails. A cell that is part of a problem gets
//! a diagnostic that blocks it; the rest of the graph is as if the problem were not there.

mod claims;
mod cycles;
mod diagnose;
mod order;

use std::cell::OnceCell;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use protocol::CellId;

use crate::analysis::Analysis;
use claims::{Claims, Role};
use order::Order;

/// The cells that a change concerns: those whose parents, children, exports or diagnostics it may
/// have changed.
pub type Touched = BTreeSet<CellId>;

/// As long as no more cells than these lack names, they are told what may have been meant.
const LACKING: usize = 100;

/// The dependency graph of a notebook.
#[derive(Debug, Default)]
pub struct Graph {
    nodes: BTreeMap<CellId, Node>,
    names: BTreeMap<String, Claims>,
    /// Edges that close a cycle: the ranks of the cells go up along all others.
    backward: BTreeSet<(CellId, CellId)>,
    /// For each cell that waits for itself, the cells that wait with it.
    knots: BTreeMap<CellId, Arc<BTreeSet<CellId>>>,
    /// Cells that a diagnostic other than a cycle keeps from running.
    wrong: BTreeSet<CellId>,
    /// Cells that read a name that nobody makes, or not yet.
    lacking: BTreeSet<CellId>,
    /// Cells that may make names that nobody knows.
    unknown: BTreeSet<CellId>,
    next_rank: u64,
    order: OnceCell<Order>,
}

/// A cell's place in the graph.
#[derive(Debug, Default)]
struct Node {
    analysis: Arc<Analysis>,
    /// Its place in the document.
    place: u32,
    /// Goes up along edges, but for those in [`Graph::backward`].
    rank: u64,
    /// For each parent, the names that this cell reads of it.
    parents: BTreeMap<CellId, BTreeSet<String>>,
    children: BTreeSet<CellId>,
}

/// What changes while one event is taken in.
#[derive(Debug, Default)]
struct Change {
    touched: Touched,
    /// Pairs of a parent and a child that were none before.
    joined: Vec<(CellId, CellId)>,
    /// Whether a pair is none any more.
    parted: bool,
    /// Whether a name has come or gone.
    renamed: bool,
}

impl Graph {
    /// Builds the graph of these cells, given in document order.
    #[must_use]
    pub fn build(cells: &[(CellId, Arc<Analysis>)]) -> Self {
        let mut graph = Self::default();
        let mut change = Change::default();
        for (id, analysis) in cells {
            let node = graph.nodes.entry(*id).or_default();
            node.analysis = analysis.clone();
            change.touched.insert(*id);
            for (name, role) in claims::roles(analysis) {
                let claims = graph.names.entry(name.to_owned()).or_default();
                claims.set(*id, &role);
            }
        }
        graph.arrange(cells.iter().map(|(id, _)| *id));
        for (name, claims) in &mut graph.names {
            claims.owners = claims.find_owners(name, &graph.nodes);
        }
        let names: Vec<String> = graph.names.keys().cloned().collect();
        for name in names {
            let claims = graph.names.get(&name);
            let readers: Vec<CellId> = claims.into_iter().flat_map(Claims::readers).collect();
            for reader in readers {
                graph.join(&name, reader, &mut change);
            }
        }
        change.joined.clear();
        graph.rank_all();
        graph.finish(change);
        graph
    }

    /// Takes in what a new or changed cell makes and reads. A new one is arranged afterwards.
    pub fn set(&mut self, id: CellId, analysis: &Arc<Analysis>) -> Touched {
        let next_rank = self.next_rank;
        let node = self.nodes.entry(id).or_insert_with(|| Node {
            rank: next_rank,
            place: u32::MAX,
            ..Node::default()
        });
        if node.rank == next_rank {
            self.next_rank += 1;
            self.order.take();
        }
        let old = std::mem::replace(&mut node.analysis, analysis.clone());
        self.reclaim(id, &old, analysis)
    }

    /// Takes in an analysis with the same names at other places. Tells whether something is wrong with
    /// the cell, whose places have moved then.
    pub fn renew(&mut self, id: CellId, analysis: Arc<Analysis>) -> bool {
        let complains = analysis.syntax_error.is_some()
            || self.unknown.contains(&id)
            || self.lacking.contains(&id)
            || self.is_blocked(id);
        if let Some(node) = self.nodes.get_mut(&id) {
            node.analysis = analysis;
        }
        complains
    }

    /// Takes a cell out.
    pub fn remove(&mut self, id: CellId) -> Touched {
        let Some(node) = self.nodes.get_mut(&id) else {
            return Touched::new();
        };
        let old = std::mem::take(&mut node.analysis);
        let touched = self.reclaim(id, &old, &Analysis::default());
        self.nodes.remove(&id);
        self.order.take();
        touched
    }

    /// Notes the order of the document.
    pub fn arrange(&mut self, cells: impl IntoIterator<Item = CellId>) {
        for (place, id) in cells.into_iter().enumerate() {
            if let Some(node) = self.nodes.get_mut(&id) {
                node.place = u32::try_from(place).unwrap_or(u32::MAX);
            }
        }
        self.order.take();
    }

    fn reclaim(&mut self, id: CellId, old: &Analysis, new: &Analysis) -> Touched {
        let mut change = Change::default();
        change.touched.insert(id);
        let before: BTreeMap<&str, Role> = claims::roles(old).collect();
        let after: BTreeMap<&str, Role> = claims::roles(new).collect();
        let names: BTreeSet<&str> = before.keys().chain(after.keys()).copied().collect();
        for name in names {
            let role = after.get(name);
            if before.get(name) != role {
                self.claim(name, id, role, &mut change);
            }
        }
        self.finish(change)
    }

    /// A cell now claims a name in this way: moves the edges of that name, and no others.
    fn claim(&mut self, name: &str, id: CellId, role: Option<&Role>, change: &mut Change) {
        let mut claims = self.names.remove(name).unwrap_or_default();
        let before = std::mem::take(&mut claims.owners);
        let was_disputed = claims.is_disputed(&before);
        let read_before = claims.reads(id);
        match role {
            Some(role) => claims.set(id, role),
            None => claims.unset(id),
        }
        claims.owners = claims.find_owners(name, &self.nodes);
        let same_owners = claims.owners == before;
        let everybody = !same_owners || was_disputed || claims.is_disputed(&claims.owners);
        change.renamed |= before.is_empty() != claims.owners.is_empty();
        change.touched.extend(&before);
        change.touched.extend(&claims.owners);
        let mut readers: Vec<CellId> = if everybody {
            change.touched.extend(claims.everybody());
            claims.readers().collect()
        } else {
            Vec::new()
        };
        if read_before || claims.reads(id) {
            readers.push(id);
        }
        let is_gone = claims.is_empty();
        self.names.insert(name.to_owned(), claims);
        for reader in readers {
            for owner in &before {
                self.part(name, *owner, reader, change);
            }
            self.join(name, reader, change);
        }
        if is_gone {
            self.names.remove(name);
        }
    }

    /// Makes a reader a child of the name's owners.
    fn join(&mut self, name: &str, reader: CellId, change: &mut Change) {
        let Some(claims) = self.names.get(name).filter(|claims| claims.reads(reader)) else {
            return;
        };
        for owner in claims.owners.iter().filter(|owner| **owner != reader) {
            let Some(node) = self.nodes.get_mut(&reader) else {
                continue;
            };
            node.parents
                .entry(*owner)
                .or_default()
                .insert(name.to_owned());
            if let Some(node) = self.nodes.get_mut(owner)
                && node.children.insert(reader)
            {
                change.joined.push((*owner, reader));
            }
        }
    }

    fn part(&mut self, name: &str, owner: CellId, reader: CellId, change: &mut Change) {
        let Some(node) = self.nodes.get_mut(&reader) else {
            return;
        };
        let Some(names) = node.parents.get_mut(&owner) else {
            return;
        };
        names.remove(name);
        if names.is_empty() {
            node.parents.remove(&owner);
            if let Some(node) = self.nodes.get_mut(&owner) {
                node.children.remove(&reader);
            }
            self.backward.remove(&(owner, reader));
            change.parted = true;
        }
    }

    /// Brings everything that follows from the edges up to date.
    fn finish(&mut self, change: Change) -> Touched {
        let Change {
            mut touched,
            joined,
            parted,
            renamed,
        } = change;
        if parted || !joined.is_empty() {
            self.order.take();
            touched.extend(self.rank(joined, parted));
        }
        let was_unknown = !self.unknown.is_empty();
        for id in &touched {
            let is_unknown = self
                .nodes
                .get(id)
                .is_some_and(|node| !node.analysis.unknowns.is_empty());
            if is_unknown {
                self.unknown.insert(*id);
            } else {
                self.unknown.remove(id);
            }
        }
        let is_news = renamed && self.lacking.len() <= LACKING;
        if is_news || was_unknown == self.unknown.is_empty() {
            // What they may have meant is another name now.
            touched.extend(&self.lacking);
        }
        for id in &touched {
            self.judge(*id);
        }
        touched
    }

    /// A cell's parents, each with the names that the cell reads of it.
    pub fn parents(&self, id: CellId) -> impl Iterator<Item = (CellId, &BTreeSet<String>)> {
        let parents = self.nodes.get(&id).map(|node| node.parents.iter());
        let pairs = parents.into_iter().flatten();
        pairs.map(|(parent, names)| (*parent, names))
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

    /// Whether a name that the cell makes is everybody's to read, and not the cell's own.
    #[must_use]
    pub fn exports(&self, id: CellId, name: &str) -> bool {
        let claims = self.names.get(name);
        claims.is_some_and(|claims| claims.owners.contains(&id))
    }

    /// The first other cell that reads a name of this cell.
    #[must_use]
    pub fn first_reader(&self, id: CellId, name: &str) -> Option<CellId> {
        let claims = self
            .names
            .get(name)
            .filter(|claims| claims.owners.contains(&id))?;
        claims.readers().find(|reader| *reader != id)
    }

    /// Whether a cell is in the graph.
    #[must_use]
    pub fn contains(&self, id: CellId) -> bool {
        self.nodes.contains_key(&id)
    }

    /// Whether a name is everybody's to read.
    #[must_use]
    pub fn has_owner(&self, name: &str) -> bool {
        let claims = self.names.get(name);
        claims.is_some_and(|claims| !claims.owners.is_empty())
    }

    /// The cells that make a name, in document order.
    #[must_use]
    pub fn makers(&self, name: &str) -> Vec<CellId> {
        let makers = self.names.get(name).into_iter().flat_map(Claims::makers);
        self.in_document_order(makers)
    }

    /// The cells that make or read a name, in document order.
    #[must_use]
    pub fn everybody(&self, name: &str) -> Vec<CellId> {
        let everybody = self.names.get(name).into_iter().flat_map(Claims::everybody);
        self.in_document_order(everybody)
    }

    /// Whether any cell makes or reads a name.
    #[must_use]
    pub fn is_known(&self, name: &str) -> bool {
        self.names.contains_key(name)
    }

    /// Whether any cell makes a name.
    #[must_use]
    pub fn is_made(&self, name: &str) -> bool {
        let mut makers = self.names.get(name).into_iter().flat_map(Claims::makers);
        makers.next().is_some()
    }

    fn in_document_order(&self, cells: impl Iterator<Item = CellId>) -> Vec<CellId> {
        let mut cells: Vec<CellId> = cells.collect();
        cells.sort_by_key(|id| self.nodes.get(id).map(|node| node.place));
        cells.dedup();
        cells
    }
}
