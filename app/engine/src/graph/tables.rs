//! Tables of the database: names that differ only in case are one table, as `SQLite` has it.
//!
//! Only the names of tables are compared so. What SQL reads may also be a variable of Python, and that
//! has the very letters of the query, as Python would look for it.

use std::collections::{BTreeMap, BTreeSet};

use protocol::CellId;

use crate::analysis::{Analysis, same_in_sql};

/// All tables, by their names in small letters.
#[derive(Debug, Default)]
pub(super) struct Tables {
    known: BTreeMap<String, Table>,
}

#[derive(Debug, Default)]
struct Table {
    /// The cells that make it, each with the name as it writes it.
    definers: BTreeSet<(String, CellId)>,
    /// The cells that read a table of this name.
    readers: BTreeSet<CellId>,
}

impl Tables {
    /// Takes in what a cell makes and reads now. Returns the cells for which other tables have come
    /// into question.
    pub fn update(&mut self, id: CellId, old: &Analysis, new: &Analysis) -> BTreeSet<CellId> {
        let mut concerned = BTreeSet::new();
        if old.tables != new.tables {
            for name in &old.tables {
                let table = self.table(name);
                table.definers.remove(&(name.clone(), id));
                concerned.extend(table.everybody());
            }
            for name in &new.tables {
                let table = self.table(name);
                table.definers.insert((name.clone(), id));
                concerned.extend(table.everybody());
            }
        }
        if old.table_references != new.table_references {
            for name in &old.table_references {
                self.table(name).readers.remove(&id);
            }
            for name in &new.table_references {
                self.table(name).readers.insert(id);
            }
        }
        let both = [&old.tables, &old.table_references];
        for name in both.into_iter().flatten() {
            let name = same_in_sql(name);
            if self.known.get(&name).is_some_and(Table::is_empty) {
                self.known.remove(&name);
            }
        }
        concerned
    }

    fn table(&mut self, name: &str) -> &mut Table {
        self.known.entry(same_in_sql(name)).or_default()
    }

    /// The cells that make a table of this name, each with the name as it writes it.
    pub fn definers(&self, name: &str) -> impl Iterator<Item = (&str, CellId)> {
        let table = self.known.get(&same_in_sql(name));
        let definers = table.into_iter().flat_map(|table| &table.definers);
        definers.map(|(name, id)| (name.as_str(), *id))
    }

    /// The names of tables that this cell reads in other letters.
    pub fn read_otherwise(&self, analysis: &Analysis) -> BTreeSet<String> {
        let read = analysis.table_references.iter();
        let names = read.flat_map(|name| self.definers(name).map(|(written, _)| written));
        let names = names.filter(|name| !analysis.references.contains_key(*name));
        names.map(str::to_owned).collect()
    }
}

impl Table {
    fn is_empty(&self) -> bool {
        self.definers.is_empty() && self.readers.is_empty()
    }

    fn everybody(&self) -> impl Iterator<Item = CellId> {
        let definers = self.definers.iter().map(|(_, id)| *id);
        definers.chain(self.readers.iter().copied())
    }
}
