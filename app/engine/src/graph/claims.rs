//! Who makes and who reads one name, and whose it is.

use std::collections::{BTreeMap, BTreeSet};

use protocol::CellId;

use super::Node;
use crate::analysis::{Analysis, Imported};

/// How many cells may import one module for its readers; further ones load nothing new.
const IMPORTERS: usize = 8;

/// What a cell does with a name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Role {
    makes: bool,
    reads: bool,
    imported: Option<Imported>,
    is_table: bool,
}

/// What the cell of this analysis does with each name.
pub(super) fn roles(analysis: &Analysis) -> impl Iterator<Item = (&str, Role)> {
    let role = |name: &str| Role {
        makes: analysis.definitions.contains_key(name),
        reads: analysis.references.contains_key(name),
        imported: analysis.imported.get(name).cloned(),
        is_table: analysis.tables.contains(name),
    };
    let read = analysis.references.keys();
    let only_read = read.filter(|name| !analysis.definitions.contains_key(*name));
    let names = analysis.definitions.keys().chain(only_read);
    names.map(move |name| (name.as_str(), role(name)))
}

/// Who does what with one name.
#[derive(Debug, Default)]
pub(super) struct Claims {
    /// The cells that make it, and do not read it before.
    makers: BTreeSet<CellId>,
    /// The cells that read it and then make it anew.
    rebinders: BTreeSet<CellId>,
    /// The cells that only read it.
    readers: BTreeSet<CellId>,
    /// The cells that make it for everybody. None where several do and differ: then it is each
    /// one's own.
    pub owners: Vec<CellId>,
}

impl Claims {
    pub fn set(&mut self, id: CellId, role: &Role) {
        self.unset(id);
        let list = match (role.makes, role.reads) {
            (true, false) => &mut self.makers,
            (true, true) => &mut self.rebinders,
            (false, _) => &mut self.readers,
        };
        list.insert(id);
    }

    pub fn unset(&mut self, id: CellId) {
        for list in [&mut self.makers, &mut self.rebinders, &mut self.readers] {
            list.remove(&id);
        }
    }

    pub fn is_empty(&self) -> bool {
        self.everybody().next().is_none()
    }

    pub fn reads(&self, id: CellId) -> bool {
        self.readers.contains(&id) || self.rebinders.contains(&id)
    }

    pub fn rebinds(&self, id: CellId) -> bool {
        self.rebinders.contains(&id)
    }

    pub fn readers(&self) -> impl Iterator<Item = CellId> {
        self.readers.iter().chain(&self.rebinders).copied()
    }

    pub fn makers(&self) -> impl Iterator<Item = CellId> {
        self.makers.iter().chain(&self.rebinders).copied()
    }

    pub fn everybody(&self) -> impl Iterator<Item = CellId> {
        self.readers().chain(self.makers.iter().copied())
    }

    /// Whether several cells make it and none of them for everybody.
    pub fn is_disputed(&self, owners: &[CellId]) -> bool {
        owners.is_empty() && self.makers.len() > 1
    }

    /// Whose the name is.
    ///
    /// One maker owns it. Several own it together where all of them import the same thing: whoever
    /// reads it needs each import that loads something else. A cell that reads a name and makes it
    /// anew owns it only where there is no maker, the oldest one first.
    pub fn find_owners(&self, name: &str, nodes: &BTreeMap<CellId, Node>) -> Vec<CellId> {
        let mut makers = self.makers.iter().copied();
        let Some(first) = makers.next() else {
            return self.rebinders.first().copied().into_iter().collect();
        };
        let imported = |id: CellId| nodes.get(&id)?.analysis.imported.get(name);
        let mut owners = vec![first];
        let mut loaded: BTreeSet<Option<&str>> = BTreeSet::new();
        loaded.insert(imported(first).map(|first| first.loads.as_str()));
        for other in makers {
            match (imported(first), imported(other)) {
                (Some(one), Some(same)) if one.what == same.what => {
                    if owners.len() < IMPORTERS && loaded.insert(Some(&same.loads)) {
                        owners.push(other);
                    }
                }
                _ => return Vec::new(),
            }
        }
        owners
    }
}
