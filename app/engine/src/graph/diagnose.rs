//! What is wrong with a cell, worked out on demand.

use std::collections::BTreeSet;

use protocol::CellId;

use super::binding::Binding;
use super::{Graph, UNRESOLVED};
use crate::analysis::{Analysis, builtins, is_builtin};
use crate::diagnostic::{Diagnostic, Problem};
use crate::spelling;

impl Graph {
    /// What is wrong with a cell.
    #[must_use]
    pub fn diagnostics(&self, id: CellId) -> Vec<Diagnostic> {
        let Some(node) = self.nodes.get(&id) else {
            return Vec::new();
        };
        let analysis = &*node.analysis;
        let mut found: Vec<Diagnostic> = Vec::new();
        let mut add = |problem, spans| found.push(Diagnostic { problem, spans });
        if let Some(error) = &analysis.syntax_error {
            let message = error.message.clone();
            add(Problem::Syntax { message }, vec![error.span]);
        }
        for (name, spans) in &analysis.definitions {
            if let Some(problem) = self.wrong_definition(id, name, analysis) {
                add(problem, spans.clone());
            }
        }
        for (name, reference) in &analysis.references {
            if let Some(problem) = self.wrong_reference(id, name, analysis) {
                add(problem, reference.spans.clone());
            }
        }
        for (name, spans) in &analysis.private_reads {
            if let Some(problem) = self.wrong_private_read(id, name, analysis) {
                add(problem, spans.clone());
            }
        }
        match &analysis.found {
            None => {
                for (how, spans) in &analysis.unknowns {
                    add(Problem::Unknown { how: how.clone() }, spans.clone());
                }
            }
            Some(names) if !names.is_empty() => {
                let names = names.clone();
                add(Problem::Found { names }, Vec::new());
            }
            Some(_) => {}
        }
        if let Some((path, names)) = self.cycle(id) {
            add(Problem::Cycle { path, names }, Vec::new());
        }
        found
    }

    /// Whether a diagnostic keeps the cell from running.
    #[must_use]
    pub fn is_blocked(&self, id: CellId) -> bool {
        self.invalid.contains(&id) || self.is_in_cycle(id)
    }

    /// The cells that a diagnostic keeps from running.
    pub fn blocked(&self) -> impl Iterator<Item = CellId> {
        self.invalid.iter().chain(self.cycles.keys()).copied()
    }

    /// Finds anew whether the cell can run, and whether names of it are unresolved.
    pub(super) fn check(&mut self, id: CellId) {
        let Some(node) = self.nodes.get(&id) else {
            self.invalid.remove(&id);
            self.unresolved.remove(&id);
            return;
        };
        let analysis = &*node.analysis;
        let mut definitions = analysis.definitions.keys();
        let mut is_invalid =
            definitions.any(|name| self.wrong_definition(id, name, analysis).is_some());
        let mut private = analysis.private_reads.keys();
        let mut is_unresolved = private.any(|name| !is_builtin(name));
        for name in analysis.references.keys() {
            is_invalid |= self.disputed(id, name, analysis).is_some();
            let owners = self.names.get(name).map(|binding| &*binding.owners);
            is_unresolved |= self.is_unresolved(name, analysis) || owners == Some(&[id]);
        }
        let mark = |set: &mut BTreeSet<CellId>, is_in| {
            if is_in {
                set.insert(id);
            } else {
                set.remove(&id);
            }
        };
        mark(&mut self.invalid, is_invalid);
        mark(&mut self.unresolved, is_unresolved);
    }

    /// The name that a reference stands for, where several cells define it and differ.
    fn disputed<'a>(&'a self, id: CellId, name: &'a str, analysis: &Analysis) -> Option<&'a str> {
        let is_table = analysis.table_references.contains(name);
        let tables = self.tables.definers(name).filter(|_| is_table);
        let mut names = std::iter::once(name).chain(tables.map(|(written, _)| written));
        names.find(|name| {
            let binding = self.names.get(*name);
            binding.is_some_and(|found| found.is_disputed(&found.owners) && found.reads(id))
        })
    }

    fn is_unresolved(&self, name: &str, analysis: &Analysis) -> bool {
        let is_table = || {
            let mut tables = self.tables.definers(name);
            analysis.table_references.contains(name) && tables.next().is_some()
        };
        !is_builtin(name) && !self.is_made(name) && !is_table()
    }

    fn wrong_definition(&self, id: CellId, name: &str, analysis: &Analysis) -> Option<Problem> {
        let binding = self.names.get(name)?;
        if analysis.tables.contains(name) {
            let others = self.tables.definers(name).map(|(_, other)| other);
            let others = self.in_document_order(others.filter(|other| *other != id));
            if !others.is_empty() {
                return Some(Problem::TwoTables {
                    name: name.to_owned(),
                    others,
                });
            }
        }
        let owner = *binding.owners.first()?;
        (binding.rebinds(id) && owner != id).then(|| Problem::Rebinding {
            name: name.to_owned(),
            owner,
        })
    }

    fn wrong_reference(&self, id: CellId, name: &str, analysis: &Analysis) -> Option<Problem> {
        if let Some(name) = self.disputed(id, name, analysis) {
            let definers = self.names.get(name).into_iter().flat_map(Binding::definers);
            return Some(Problem::Ambiguous {
                name: name.to_owned(),
                others: self.in_document_order(definers.filter(|other| *other != id)),
            });
        }
        if self.is_unresolved(name, analysis) {
            return self.wrong_private_read(id, name, analysis);
        }
        let binding = self.names.get(name)?;
        let is_too_early = binding.owners == [id] && self.unknown.is_empty() && !is_builtin(name);
        is_too_early.then(|| Problem::TooEarly {
            name: name.to_owned(),
        })
    }

    /// What to say of a name that no cell defines for others.
    fn wrong_private_read(&self, id: CellId, name: &str, analysis: &Analysis) -> Option<Problem> {
        // Where names are defined that cannot be known, nothing can be said.
        if is_builtin(name) || !analysis.unknowns.is_empty() {
            return None;
        }
        let owners = self.private.definers(name).filter(|owner| *owner != id);
        let owners = self.in_document_order(owners);
        if !owners.is_empty() {
            return Some(Problem::Private {
                name: name.to_owned(),
                owners,
            });
        }
        if analysis.private.contains_key(name) {
            return Some(Problem::TooEarly {
                name: name.to_owned(),
            });
        }
        let is_private = analysis.private_reads.contains_key(name);
        self.unknown.is_empty().then(|| Problem::Undefined {
            name: name.to_owned(),
            meant: if is_private {
                spelling::nearest(name, analysis.private.keys().map(String::as_str))
            } else {
                self.nearest_name(name)
            },
        })
    }

    /// The name that is meant by one that nobody defines, as far as that can be known.
    fn nearest_name(&self, name: &str) -> Option<String> {
        if self.unresolved.len() > UNRESOLVED {
            return None;
        }
        let known = self.names.iter();
        let known = known.filter(|(_, binding)| binding.definers().next().is_some());
        let known: Vec<&str> = known.map(|(name, _)| name.as_str()).collect();
        let mut all = known;
        for builtin in builtins() {
            all.push(builtin);
        }
        spelling::nearest(name, all.into_iter())
    }
}
