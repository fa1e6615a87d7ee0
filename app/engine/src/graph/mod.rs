//! Who reads whom: parents and children of every cell, an order to run them in, and what is wrong.
//!
//! Kept up to date edit by edit: [`Graph::set`] touches the edges of the names that changed and no
//! others, and returns the cells that this concerns. It never fails. A cell that is part of a problem gets
//! a diagnostic that blocks it; the rest of the graph is as if the problem were not there.

mod binding;
mod cycles;
mod diagnose;
mod mutual;
mod order;
mod private;
mod tables;

use std::cell::OnceCell;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use protocol::CellId;

use crate::analysis::Analysis;
use binding::{Binding, Role};
use cycles::Component;
use mutual::Mutual;
use order::Order;
use private::PrivateNames;
use tables::Tables;

/// The cells that a change concerns: those whose parents, children, exports or diagnostics it may
/// have changed.
pub type Touched = BTreeSet<CellId>;

/// As long as no more cells than these have unresolved names, their hints say what may have been meant.
const UNRESOLVED: usize = 100;

/// The dependency graph of a notebook.
#[derive(Debug, Default)]
pub struct Graph {
    nodes: BTreeMap<CellId, Node>,
    names: BTreeMap<String, Binding>,
    tables: Tables,
    private: PrivateNames,
    /// Edges that close a cycle: the ranks of the cells go up along all others.
    backward: BTreeSet<(CellId, CellId)>,
    /// For each cell that waits for itself, the cells that wait with it.
    cycles: BTreeMap<CellId, Component>,
    mutual: Mutual,
    /// Cells that a diagnostic other than a cycle keeps from running.
    invalid: BTreeSet<CellId>,
    /// Cells that read a name that nobody defines, or not yet.
    unresolved: BTreeSet<CellId>,
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
    /// The names of tables that it reads in other letters.
    tables: BTreeSet<String>,
    /// For each cell whose names it reads, these names.
    parents: BTreeMap<CellId, BTreeSet<String>>,
    /// The cells that read its names.
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
    /// Whether reads have become late, or are late no more.
    relaxed: bool,
    /// Whether a name has come or gone.
    renamed: bool,
}

impl Graph {
    /// Builds the graph of these cells, given in document order.
    #[must_use]
    pub fn build(cells: &[(CellId, Arc<Analysis>)]) -> Self {
        let mut graph = Self::default();
        let mut change = Change::default();
        let nothing = Analysis::default();
        for (id, analysis) in cells {
            graph.nodes.entry(*id).or_default().analysis = analysis.clone();
            graph.tables.update(*id, &nothing, analysis);
            graph.private.update(*id, &nothing, analysis);
            change.touched.insert(*id);
        }
        for (id, analysis) in cells {
            let tables = graph.tables.read_otherwise(analysis);
            for (name, role) in binding::roles(analysis, &tables) {
                graph
                    .names
                    .entry(name.to_owned())
                    .or_default()
                    .set(*id, &role);
            }
            graph.nodes.entry(*id).or_default().tables = tables;
        }
        graph.arrange(cells.iter().map(|(id, _)| *id));
        for (name, binding) in &mut graph.names {
            binding.owners = binding.find_owners(name, &graph.nodes);
        }
        let names: Vec<String> = graph.names.keys().cloned().collect();
        for name in names {
            let binding = graph.names.get(&name);
            let readers: Vec<CellId> = binding.into_iter().flat_map(Binding::readers).collect();
            for reader in readers {
                graph.join(&name, reader, &mut change);
            }
        }
        change.joined.clear();
        graph.rank_all();
        graph.finish(change);
        graph
    }

    /// Takes in what a new or changed cell defines and reads. A new one is arranged afterwards.
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
        self.replace(id, analysis)
    }

    /// Takes in an analysis with the same names at other places. Returns whether something is wrong
    /// with the cell, whose places have moved then.
    pub fn renew(&mut self, id: CellId, analysis: Arc<Analysis>) -> bool {
        let complains = analysis.syntax_error.is_some()
            || self.unknown.contains(&id)
            || self.unresolved.contains(&id)
            || self.is_blocked(id);
        if let Some(node) = self.nodes.get_mut(&id) {
            node.analysis = analysis;
        }
        complains
    }

    /// Takes a cell out.
    pub fn remove(&mut self, id: CellId) -> Touched {
        if !self.nodes.contains_key(&id) {
            return Touched::new();
        }
        let touched = self.replace(id, &Arc::default());
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

    /// Takes in a new analysis of a cell, and everything that follows from it.
    fn replace(&mut self, id: CellId, new: &Arc<Analysis>) -> Touched {
        let Some(node) = self.nodes.get_mut(&id) else {
            return Touched::new();
        };
        let old = std::mem::replace(&mut node.analysis, new.clone());
        let mut change = Change::default();
        change.touched.insert(id);
        change.touched.extend(self.private.update(id, &old, new));
        let concerned = self.tables.update(id, &old, new);
        self.rebind(id, &old, &mut change);
        for other in concerned {
            change.touched.insert(other);
            if let Some(node) = self.nodes.get(&other).filter(|_| other != id) {
                let analysis = node.analysis.clone();
                self.rebind(other, &analysis, &mut change);
            }
        }
        self.finish(change)
    }

    /// Compares what a cell did with each name, by its old analysis, with what it does now.
    fn rebind(&mut self, id: CellId, old: &Analysis, change: &mut Change) {
        let Some(node) = self.nodes.get_mut(&id) else {
            return;
        };
        let new = node.analysis.clone();
        let tables = self.tables.read_otherwise(&new);
        let old_tables = std::mem::replace(&mut node.tables, tables.clone());
        let before = binding::roles(old, &old_tables);
        let after = binding::roles(&new, &tables);
        let names: BTreeSet<&str> = before.keys().chain(after.keys()).copied().collect();
        for name in names {
            let (before, after) = (before.get(name), after.get(name));
            if before != after {
                change.relaxed |=
                    before.is_some_and(Role::is_late) != after.is_some_and(Role::is_late);
                self.bind(name, id, after, change);
            }
        }
    }

    /// A cell now does this with a name: moves the edges of that name, and no others.
    fn bind(&mut self, name: &str, id: CellId, role: Option<&Role>, change: &mut Change) {
        let mut binding = self.names.remove(name).unwrap_or_default();
        let before = std::mem::take(&mut binding.owners);
        let was_disputed = binding.is_disputed(&before);
        let read_before = binding.reads(id);
        match role {
            Some(role) => binding.set(id, role),
            None => binding.unset(id),
        }
        binding.owners = binding.find_owners(name, &self.nodes);
        let same_owners = binding.owners == before;
        let everybody = !same_owners || was_disputed || binding.is_disputed(&binding.owners);
        change.renamed |= before.is_empty() != binding.owners.is_empty();
        change.touched.extend(&before);
        change.touched.extend(&binding.owners);
        let mut readers: Vec<CellId> = if everybody {
            change.touched.extend(binding.everybody());
            binding.readers().collect()
        } else {
            Vec::new()
        };
        if read_before || binding.reads(id) {
            readers.push(id);
        }
        let is_gone = binding.is_empty();
        self.names.insert(name.to_owned(), binding);
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
        let binding = self.names.get(name);
        let Some(binding) = binding.filter(|binding| binding.reads(reader)) else {
            return;
        };
        for owner in binding.owners.iter().filter(|owner| **owner != reader) {
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
            relaxed,
            renamed,
        } = change;
        if parted || relaxed || !joined.is_empty() {
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
        let is_news = renamed && self.unresolved.len() <= UNRESOLVED;
        if is_news || was_unknown == self.unknown.is_empty() {
            // What they may have meant is another name now.
            touched.extend(&self.unresolved);
        }
        for id in &touched {
            self.check(*id);
        }
        touched
    }

    /// A cell's parents, each with the names that the cell needs of it.
    pub fn parents(&self, id: CellId) -> impl Iterator<Item = (CellId, &BTreeSet<String>)> {
        let direct = || self.nodes.get(&id).map(|node| &node.parents);
        let parents = self.mutual.parents(id).or_else(direct);
        let pairs = parents.into_iter().flatten();
        pairs.map(|(parent, names)| (*parent, names))
    }

    /// A cell's children.
    pub fn children(&self, id: CellId) -> impl Iterator<Item = CellId> {
        let direct = || self.nodes.get(&id).map(|node| &node.children);
        let children = self.mutual.children(id).or_else(direct);
        children.into_iter().flatten().copied()
    }

    /// The cells whose names a cell reads.
    fn direct_parents(&self, id: CellId) -> impl Iterator<Item = CellId> {
        let parents = self.nodes.get(&id).map(|node| node.parents.keys());
        parents.into_iter().flatten().copied()
    }

    /// The cells that read a cell's names.
    fn direct_children(&self, id: CellId) -> impl Iterator<Item = CellId> {
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

    /// Whether a name that the cell defines is everybody's to read, and not the cell's own.
    #[must_use]
    pub fn exports(&self, id: CellId, name: &str) -> bool {
        let binding = self.names.get(name);
        binding.is_some_and(|binding| binding.owners.contains(&id))
    }

    /// The first other cell that reads a name of this cell.
    #[must_use]
    pub fn first_reader(&self, id: CellId, name: &str) -> Option<CellId> {
        let binding = self
            .names
            .get(name)
            .filter(|binding| binding.owners.contains(&id))?;
        binding.readers().find(|reader| *reader != id)
    }

    /// Whether a cell is in the graph.
    #[must_use]
    pub fn contains(&self, id: CellId) -> bool {
        self.nodes.contains_key(&id)
    }

    /// Whether a name is everybody's to read.
    #[must_use]
    pub fn has_owner(&self, name: &str) -> bool {
        let binding = self.names.get(name);
        binding.is_some_and(|binding| !binding.owners.is_empty())
    }

    /// The cells of which something is said that names others in document order.
    #[must_use]
    pub fn naming_others(&self) -> Touched {
        self.blocked()
            .chain(self.private.readers_of_several())
            .collect()
    }

    /// The cells that define a name, in document order.
    #[must_use]
    pub fn makers(&self, name: &str) -> Vec<CellId> {
        let definers = self.names.get(name).into_iter().flat_map(Binding::definers);
        self.in_document_order(definers)
    }

    /// The cells that define or read a name, in document order.
    #[must_use]
    pub fn everybody(&self, name: &str) -> Vec<CellId> {
        let everybody = self
            .names
            .get(name)
            .into_iter()
            .flat_map(Binding::everybody);
        self.in_document_order(everybody)
    }

    /// Whether any cell defines or reads a name.
    #[must_use]
    pub fn is_known(&self, name: &str) -> bool {
        self.names.contains_key(name)
    }

    /// Whether any cell defines a name.
    #[must_use]
    pub fn is_made(&self, name: &str) -> bool {
        let mut definers = self.names.get(name).into_iter().flat_map(Binding::definers);
        definers.next().is_some()
    }

    /// The name under which others know what a cell reads: that of the table, where SQL writes it in
    /// other letters.
    #[must_use]
    pub fn resolve<'a>(&'a self, id: CellId, name: &'a str) -> &'a str {
        let node = self.nodes.get(&id);
        let is_table = node.is_some_and(|node| node.analysis.table_references.contains(name));
        let table = self.tables.definers(name).map(|(written, _)| written);
        let mut table = table.filter(|_| is_table && !self.is_made(name));
        table.next().unwrap_or(name)
    }

    /// The cells that read a name as if it were another's, which begins with an underscore.
    #[must_use]
    pub fn private_readers(&self, name: &str) -> Vec<CellId> {
        let readers = self.private.readers(name);
        self.in_document_order(readers.filter(|id| {
            let node = self.nodes.get(id);
            node.is_some_and(|node| !node.analysis.private.contains_key(name))
        }))
    }

    fn in_document_order(&self, cells: impl Iterator<Item = CellId>) -> Vec<CellId> {
        let mut cells: Vec<CellId> = cells.collect();
        cells.sort_by_key(|id| self.nodes.get(id).map(|node| node.place));
        cells.dedup();
        cells
    }
}
