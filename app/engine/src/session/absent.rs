//! What is said of packages: those that a cell's last run missed, and those that it asks for and that the
//! site has not, or has in another version.

use protocol::{CellId, Outcome};
use ruff_python_stdlib::sys::is_known_standard_library;

use super::{Changed, Session};
use crate::diagnostic::{Absence, Problem};
use crate::packages::requirements::normalized;
use crate::packages::{Catalog, PYTHON, Package, is_needless, project_of};

/// Whether a run ended since a module was not there.
pub(super) fn is_import(outcome: &Outcome) -> bool {
    let Outcome::Error(error) = outcome else {
        return false;
    };
    ["ModuleNotFoundError", "ImportError"].contains(&error.name.as_str())
}

impl Session {
    pub(super) fn set_catalog(&mut self, catalog: Catalog, changed: &mut Changed) {
        self.catalog = catalog;
        self.knows_packages = true;
        let asking = self.code.iter();
        let asking = asking.filter(|(_, code)| !code.analysis.requirements.is_empty());
        changed.names.extend(asking.map(|(id, _)| *id));
    }

    pub(super) fn lacks_module(&self, id: CellId) -> bool {
        let last = self.evaluations.get(&id);
        last.is_some_and(|last| is_import(&last.outcome))
    }

    /// What is wrong with a cell's packages, or worth knowing.
    pub(super) fn package_problems(&self, id: CellId) -> Vec<Problem> {
        let mut found = Vec::new();
        let Some(code) = self.code.get(&id).filter(|_| self.knows_packages) else {
            return found;
        };
        for asked in &code.analysis.requirements {
            match self.catalog.get(&asked.name) {
                Some(package) if self.unavailable.contains_key(&package.name) => {
                    found.extend(self.unfetched(package));
                }
                Some(package) if !asked.allows(&package.version) => {
                    found.push(Problem::OtherVersion {
                        asked: format!("{}{}", asked.name, asked.versions),
                        served: format!("{} {}", package.name, package.version),
                    });
                }
                None if !is_needless(&asked.name) && !self.catalog.may_reach_out() => {
                    found.push(Problem::Absent {
                        name: asked.name.clone(),
                        why: Absence::Nowhere,
                    });
                }
                _ => {}
            }
        }
        let missed = self.missed(id);
        found.extend(missed.filter(|problem| !found.contains(problem)));
        found
    }

    /// What the last run of this very code wanted to import and did not find.
    fn missed(&self, id: CellId) -> Option<Problem> {
        let last = self.evaluations.get(&id)?;
        let ran = last.inputs.as_ref().and_then(|read| read.code);
        let Outcome::Error(error) = &last.outcome else {
            return None;
        };
        if !is_import(&last.outcome) || ran != Some(self.code.get(&id)?.fingerprint) {
            return None;
        }
        let named = error.message.split_once("No module named '");
        let named = named.and_then(|(_, rest)| rest.split(['\'', '.']).next());
        let Some(module) = named else {
            // As libraries say it: "Missing optional dependency 'tabulate'."
            let is_letter = |letter: char| letter.is_alphanumeric() || "_-".contains(letter);
            let mut words = error.message.split(|letter| !is_letter(letter));
            return words.find_map(|word| {
                let package = self.catalog.bringing(word);
                self.unfetched(package.or_else(|| self.catalog.get(&normalized(word)))?)
            });
        };
        if let Some(package) = self.catalog.bringing(module) {
            return self.unfetched(package);
        }
        let why = if is_known_standard_library(PYTHON, module) {
            Absence::Standard
        } else {
            Absence::Nowhere
        };
        let name = match why {
            Absence::Standard => module.to_owned(),
            _ => project_of(module),
        };
        Some(Problem::Absent { name, why })
    }

    fn unfetched(&self, package: &Package) -> Option<Problem> {
        if self.packages.contains(&package.name) {
            return None;
        }
        let mut public = package.imports.iter().filter(|name| !name.starts_with('_'));
        let why = match self.unavailable.get(&package.name) {
            Some(reason) => Absence::Failed {
                reason: reason.clone(),
            },
            None => Absence::Unfetched {
                module: public.next()?.clone(),
            },
        };
        let name = package.name.clone();
        Some(Problem::Absent { name, why })
    }
}
