//! Functions of several cells that call each other.
//!
//! The cells of such a component do not wait for each other, and whoever reads one of them waits for
//! all of them: when a function is called, each function that it may call must be there.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use protocol::CellId;

use super::cycles::Component;
use super::{Graph, Touched};

/// Parents and children that are others than those that the names alone would make.
#[derive(Debug, Default)]
pub(super) struct Mutual {
    /// Of the cells in such components, and of those that read them.
    parents: BTreeMap<CellId, BTreeMap<CellId, BTreeSet<String>>>,
    /// Of the cells in such components.
    children: BTreeMap<CellId, BTreeSet<CellId>>,
}

impl Mutual {
    pub fn is_empty(&self) -> bool {
        self.parents.is_empty()
    }

    pub fn parents(&self, id: CellId) -> Option<&BTreeMap<CellId, BTreeSet<String>>> {
        self.parents.get(&id)
    }

    pub fn children(&self, id: CellId) -> Option<&BTreeSet<CellId>> {
        self.children.get(&id)
    }
}

/// A component, and what is read of it.
struct Group<'a> {
    members: &'a BTreeSet<CellId>,
    /// The names that members read of each member.
    read: BTreeMap<CellId, BTreeSet<String>>,
    /// The cells outside that read a member.
    readers: BTreeSet<CellId>,
}

impl Graph {
    /// Takes in the components, each under all of its cells. Returns the cells whose parents or
    /// children may have changed.
    pub(super) fn set_mutual(&mut self, components: &BTreeMap<CellId, Component>) -> Touched {
        let mut groups: BTreeMap<CellId, Arc<Group>> = BTreeMap::new();
        for (id, members) in components {
            if !groups.contains_key(id) {
                let group = Arc::new(self.group(members));
                groups.extend(members.iter().map(|member| (*member, group.clone())));
            }
        }
        let mut new = Mutual::default();
        for (id, group) in &groups {
            new.children.insert(*id, group.readers.clone());
            for cell in group.readers.iter().chain([id]) {
                let parents = new.parents.entry(*cell);
                parents.or_insert_with(|| self.mutual_parents(*cell, &groups));
            }
        }
        let old = std::mem::replace(&mut self.mutual, new);
        if !old.is_empty() || !self.mutual.is_empty() {
            self.order.take();
        }
        let new = &self.mutual;
        let both = old.parents.keys().chain(new.parents.keys());
        let changed = both.filter(|id| {
            old.parents(**id) != new.parents(**id) || old.children(**id) != new.children(**id)
        });
        changed.copied().collect()
    }

    fn group<'a>(&self, members: &'a BTreeSet<CellId>) -> Group<'a> {
        let mut group = Group {
            members,
            read: BTreeMap::new(),
            readers: BTreeSet::new(),
        };
        for node in members.iter().filter_map(|id| self.nodes.get(id)) {
            let outside = |id: &&CellId| !members.contains(*id);
            group.readers.extend(node.children.iter().filter(outside));
            for (parent, names) in &node.parents {
                if members.contains(parent) {
                    let read = group.read.entry(*parent).or_default();
                    read.extend(names.iter().cloned());
                }
            }
        }
        group
    }

    /// The parents of a cell: without those of its own component, and with the whole component of each
    /// other.
    fn mutual_parents(
        &self,
        id: CellId,
        groups: &BTreeMap<CellId, Arc<Group>>,
    ) -> BTreeMap<CellId, BTreeSet<String>> {
        let own = groups.get(&id).map(|group| group.members);
        let mut parents: BTreeMap<CellId, BTreeSet<String>> = BTreeMap::new();
        let direct = self.nodes.get(&id).map(|node| &node.parents);
        for (parent, names) in direct.into_iter().flatten() {
            if own.is_some_and(|own| own.contains(parent)) {
                continue;
            }
            parents.entry(*parent).or_default().extend(names.clone());
            for (member, names) in groups.get(parent).into_iter().flat_map(|group| &group.read) {
                parents.entry(*member).or_default().extend(names.clone());
            }
        }
        parents
    }
}
