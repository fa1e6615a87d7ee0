//! Names that begin with an underscore: each is its cell's own, and a cell that reads another's reads
//! nothing. What is known here makes no edges, only a hint.

use std::collections::{BTreeMap, BTreeSet};

use protocol::CellId;

use super::Touched;
use crate::analysis::Analysis;

/// Who has each such name, and who reads it without having it.
#[derive(Debug, Default)]
pub(super) struct PrivateNames {
    known: BTreeMap<String, PrivateName>,
}

#[derive(Debug, Default)]
struct PrivateName {
    definers: BTreeSet<CellId>,
    readers: BTreeSet<CellId>,
}

impl PrivateNames {
    /// Takes in what a cell has and reads now. Returns the cells whose hints may have changed.
    pub fn update(&mut self, id: CellId, old: &Analysis, new: &Analysis) -> Touched {
        let mut touched = Touched::new();
        let names: BTreeSet<&str> = names(old).chain(names(new)).collect();
        for name in names {
            let (had, has) = (
                old.private.contains_key(name),
                new.private.contains_key(name),
            );
            let reads = new.private_reads.contains_key(name) || new.references.contains_key(name);
            let known = self.known.entry(name.to_owned()).or_default();
            put(&mut known.definers, id, has);
            put(&mut known.readers, id, reads);
            if had != has {
                touched.extend(&known.readers);
            }
            if known.definers.is_empty() && known.readers.is_empty() {
                self.known.remove(name);
            }
        }
        touched
    }

    /// The cells that have this name.
    pub fn definers(&self, name: &str) -> impl Iterator<Item = CellId> {
        let known = self.known.get(name).into_iter();
        known.flat_map(|known| known.definers.iter().copied())
    }

    /// The cells that read a name which several others have: what is said of them names those in order.
    pub fn readers_of_several(&self) -> impl Iterator<Item = CellId> {
        let several = self.known.values().filter(|known| known.definers.len() > 1);
        several.flat_map(|known| known.readers.iter().copied())
    }

    /// The cells that read it as if it were another's.
    pub fn readers(&self, name: &str) -> impl Iterator<Item = CellId> {
        let known = self.known.get(name).into_iter();
        known.flat_map(|known| known.readers.iter().copied())
    }
}

/// All such names in a cell. What SQL reads as a table is among its references, whatever its name.
fn names(analysis: &Analysis) -> impl Iterator<Item = &str> {
    let tables = analysis.table_references.iter();
    let own = analysis.private.keys().chain(analysis.private_reads.keys());
    let all = own.chain(tables).map(String::as_str);
    all.filter(|name| name.starts_with('_'))
}

fn put(cells: &mut BTreeSet<CellId>, id: CellId, is_in: bool) {
    if is_in {
        cells.insert(id);
    } else {
        cells.remove(&id);
    }
}
