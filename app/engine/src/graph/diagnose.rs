//! What is wrong with a cell, worked out when somebody asks.

use protocol::CellId;

use super::claims::Claims;
use super::{Graph, LACKING};
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
        let mut tell = |problem, spans| found.push(Diagnostic { problem, spans });
        if let Some(error) = &analysis.syntax_error {
            let message = error.message.clone();
            tell(Problem::Syntax { message }, vec![error.span]);
        }
        for (name, spans) in &analysis.definitions {
            if let Some(problem) = self.wrong_definition(id, name, analysis) {
                tell(problem, spans.clone());
            }
        }
        for (name, reference) in &analysis.references {
            if let Some(problem) = self.wrong_reference(id, name) {
                tell(problem, reference.spans.clone());
            }
        }
        match &analysis.found {
            None => {
                for (how, spans) in &analysis.unknowns {
                    tell(Problem::Unknown { how: how.clone() }, spans.clone());
                }
            }
            Some(names) if !names.is_empty() => {
                let names = names.clone();
                tell(Problem::Found { names }, Vec::new());
            }
            Some(_) => {}
        }
        if let Some((path, names)) = self.cycle(id) {
            tell(Problem::Cycle { path, names }, Vec::new());
        }
        found
    }

    /// Whether a diagnostic keeps the cell from running.
    #[must_use]
    pub fn is_blocked(&self, id: CellId) -> bool {
        self.wrong.contains(&id) || self.is_in_cycle(id)
    }

    /// The cells that a diagnostic keeps from running.
    pub fn blocked(&self) -> impl Iterator<Item = CellId> {
        self.wrong.iter().chain(self.knots.keys()).copied()
    }

    /// Works out anew whether the cell can run, and whether it lacks a name.
    pub(super) fn judge(&mut self, id: CellId) {
        let Some(node) = self.nodes.get(&id) else {
            self.wrong.remove(&id);
            self.lacking.remove(&id);
            return;
        };
        let analysis = &*node.analysis;
        let mut definitions = analysis.definitions.keys();
        let mut is_wrong =
            definitions.any(|name| self.wrong_definition(id, name, analysis).is_some());
        let mut lacks = false;
        for name in analysis.references.keys() {
            is_wrong |= self.is_ambiguous(id, name);
            let owners = self.names.get(name).map(|claims| claims.owners.as_slice());
            lacks |= self.is_lacking(name) || owners == Some(&[id]);
        }
        let mark = |set: &mut std::collections::BTreeSet<CellId>, is_in| {
            if is_in {
                set.insert(id);
            } else {
                set.remove(&id);
            }
        };
        mark(&mut self.wrong, is_wrong);
        mark(&mut self.lacking, lacks);
    }

    fn is_ambiguous(&self, id: CellId, name: &str) -> bool {
        let claims = self.names.get(name);
        claims.is_some_and(|claims| claims.is_disputed(&claims.owners) && claims.reads(id))
    }

    fn is_lacking(&self, name: &str) -> bool {
        !is_builtin(name) && !self.is_made(name)
    }

    fn wrong_definition(&self, id: CellId, name: &str, analysis: &Analysis) -> Option<Problem> {
        let claims = self.names.get(name)?;
        if analysis.tables.contains(name) {
            let is_table = |other: &CellId| {
                let node = self.nodes.get(other);
                *other != id && node.is_some_and(|node| node.analysis.tables.contains(name))
            };
            let others: Vec<CellId> = claims.makers().filter(is_table).collect();
            if !others.is_empty() {
                return Some(Problem::TwoTables {
                    name: name.to_owned(),
                    others: self.in_document_order(others.into_iter()),
                });
            }
        }
        let owner = *claims.owners.first()?;
        (claims.rebinds(id) && owner != id).then(|| Problem::Rebinding {
            name: name.to_owned(),
            owner,
        })
    }

    fn wrong_reference(&self, id: CellId, name: &str) -> Option<Problem> {
        let name_of = || name.to_owned();
        if self.is_ambiguous(id, name) {
            let makers = self.names.get(name).into_iter().flat_map(Claims::makers);
            let others = self.in_document_order(makers.filter(|maker| *maker != id));
            return Some(Problem::Ambiguous {
                name: name_of(),
                others,
            });
        }
        // Where a cell makes names that cannot be known, nothing more can be said.
        if !self.unknown.is_empty() || is_builtin(name) {
            return None;
        }
        let owners = self
            .names
            .get(name)
            .map_or(&[][..], |claims| &claims.owners);
        if owners == [id] {
            return Some(Problem::TooEarly { name: name_of() });
        }
        self.is_lacking(name).then(|| Problem::Undefined {
            name: name_of(),
            meant: self.nearest_name(name),
        })
    }

    /// The name that is meant by one that nobody makes, as far as it can be told.
    fn nearest_name(&self, name: &str) -> Option<String> {
        if self.lacking.len() > LACKING {
            return None;
        }
        let known = self.names.iter();
        let known = known.filter(|(_, claims)| claims.makers().next().is_some());
        let known: Vec<&str> = known.map(|(name, _)| name.as_str()).collect();
        let mut all = known;
        for builtin in builtins() {
            all.push(builtin);
        }
        spelling::nearest(name, all.into_iter())
    }
}
