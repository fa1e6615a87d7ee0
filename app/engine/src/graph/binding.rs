//! Who defines and who reads one name, and whose it is.

use std::collections::{BTreeMap, BTreeSet};

use protocol::CellId;

use super::Node;
use crate::analysis::{Analysis, Imported};

/// How many cells may import one module for its readers; further ones load nothing new.
const IMPORTERS: usize = 8;

/// What a cell does with a name.
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "independent facts of one name in one cell"
)]
pub(super) struct Role {
    defines: bool,
    reads: bool,
    /// Whether it reads it only when somebody calls its functions.
    is_late: bool,
    imported: Option<Imported>,
    is_table: bool,
}

impl Role {
    pub fn is_late(&self) -> bool {
        self.is_late
    }
}

/// What the cell of this analysis does with each name. `tables` are names of tables that it reads in
/// other letters.
pub(super) fn roles<'a>(
    analysis: &'a Analysis,
    tables: &'a BTreeSet<String>,
) -> BTreeMap<&'a str, Role> {
    let role = |name: &str| {
        let read = analysis.references.get(name);
        Role {
            defines: analysis.definitions.contains_key(name),
            reads: read.is_some() || tables.contains(name),
            is_late: read.is_some_and(|read| read.late),
            imported: analysis.imported.get(name).cloned(),
            is_table: analysis.tables.contains(name),
        }
    };
    let names = analysis
        .definitions
        .keys()
        .chain(analysis.references.keys());
    let names = names.chain(tables);
    names.map(|name| (name.as_str(), role(name))).collect()
}

/// Who does what with one name.
#[derive(Debug, Default)]
pub(super) struct Binding {
    /// The cells that define it, and do not read it before.
    definers: BTreeSet<CellId>,
    /// The cells that read it and then define it anew.
    rebinders: BTreeSet<CellId>,
    /// The cells that only read it.
    readers: BTreeSet<CellId>,
    /// The cells that define it for everybody. None where several do and differ: then it is each
    /// one's own.
    pub owners: Vec<CellId>,
}

impl Binding {
    pub fn set(&mut self, id: CellId, role: &Role) {
        self.unset(id);
        let list = match (role.defines, role.reads) {
            (true, false) => &mut self.definers,
            (true, true) => &mut self.rebinders,
            (false, _) => &mut self.readers,
        };
        list.insert(id);
    }

    pub fn unset(&mut self, id: CellId) {
        for list in [&mut self.definers, &mut self.rebinders, &mut self.readers] {
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

    /// All cells that define it, also those that read it before.
    pub fn definers(&self) -> impl Iterator<Item = CellId> {
        self.definers.iter().chain(&self.rebinders).copied()
    }

    pub fn everybody(&self) -> impl Iterator<Item = CellId> {
        self.readers().chain(self.definers.iter().copied())
    }

    /// Whether several cells define it and none of them for everybody.
    pub fn is_disputed(&self, owners: &[CellId]) -> bool {
        owners.is_empty() && self.definers.len() > 1
    }

    /// Whose the name is.
    ///
    /// One cell that defines it owns it. Several own it together where all of them import the same
    /// thing: whoever reads it needs each import that loads something else. A cell that reads a name
    /// and defines it anew owns it only where no other defines it, the oldest one first.
    pub fn find_owners(&self, name: &str, nodes: &BTreeMap<CellId, Node>) -> Vec<CellId> {
        let mut definers = self.definers.iter().copied();
        let Some(first) = definers.next() else {
            return self.rebinders.first().copied().into_iter().collect();
        };
        let imported = |id: CellId| nodes.get(&id)?.analysis.imported.get(name);
        let mut owners = vec![first];
        let mut loaded: BTreeSet<Option<&str>> = BTreeSet::new();
        loaded.insert(imported(first).map(|first| first.loads.as_str()));
        for other in definers {
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
