//! The packages that the site serves: which of them an import needs, dependencies first.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

/// A package as `packages/index.json` lists it: one of Pyodide's lock file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Package {
    /// Its normalised name.
    pub name: String,
    /// Its version.
    pub version: String,
    /// The name of its file in the site's `packages/` folder.
    pub file: String,
    /// The wheel's original file name.
    pub wheel: String,
    /// The file's sha256, in lower-case hexadecimal.
    pub sha256: String,
    /// The file's size in bytes.
    pub size: u64,
    /// The modules that it brings, by their top-level names.
    #[serde(default)]
    pub imports: Vec<String>,
    /// The packages that it needs.
    #[serde(default)]
    pub depends: Vec<String>,
}

/// All packages that the site serves.
#[derive(Debug, Clone, Default)]
pub struct Catalog {
    packages: BTreeMap<String, Package>,
    /// Which package brings a module.
    by_import: BTreeMap<String, String>,
}

impl Catalog {
    /// A catalog of these packages.
    #[must_use]
    pub fn new(packages: Vec<Package>) -> Self {
        let mut catalog = Self::default();
        for package in packages {
            for module in &package.imports {
                let module = module.split('.').next().unwrap_or(module).to_owned();
                catalog.by_import.insert(module, package.name.clone());
            }
            catalog.packages.insert(package.name.clone(), package);
        }
        catalog
    }

    /// The packages that these modules need and that are not among `present`, dependencies
    /// first. Modules that no package brings are left to Python.
    #[must_use]
    pub fn needed<'a>(
        &self,
        modules: impl IntoIterator<Item = &'a String>,
        present: &BTreeSet<String>,
    ) -> Vec<&Package> {
        let mut seen = present.clone();
        let mut needed = Vec::new();
        for module in modules {
            if let Some(name) = self.by_import.get(module) {
                self.visit(name, &mut seen, &mut needed);
            }
        }
        needed
    }

    fn visit<'s>(&'s self, name: &str, seen: &mut BTreeSet<String>, needed: &mut Vec<&'s Package>) {
        let Some(package) = self.packages.get(name) else {
            return;
        };
        if seen.insert(name.to_owned()) {
            for dependency in &package.depends {
                self.visit(dependency, seen, needed);
            }
            needed.push(package);
        }
    }
}
