//! The packages that the site serves: which of them an import needs, dependencies first.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

/// Modules of Python's own that need a package here: a browser has no files of time zones.
const BESIDE: [(&str, &str); 1] = [("zoneinfo", "tzdata")];

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
        for (module, package) in BESIDE {
            if catalog.packages.contains_key(package) {
                catalog.by_import.insert(module.into(), package.into());
            }
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

#[cfg(test)]
mod tests {
    use super::*;

    fn package(name: &str, depends: &[&str]) -> Package {
        Package {
            name: name.to_owned(),
            version: String::new(),
            file: String::new(),
            wheel: String::new(),
            sha256: String::new(),
            size: 0,
            imports: vec![name.to_owned()],
            depends: depends.iter().map(|name| (*name).to_owned()).collect(),
        }
    }

    #[track_caller]
    fn check(module: &str, expected: &str) {
        let packages = ["numpy", "tzdata"].map(|name| package(name, &[]));
        let mut packages = Vec::from(packages);
        packages.push(package("pandas", &["numpy"]));
        let catalog = Catalog::new(packages);
        let modules = [module.to_owned()];
        let needed = catalog.needed(&modules, &BTreeSet::new());
        let names: Vec<&str> = needed.iter().map(|package| package.name.as_str()).collect();
        assert_eq!(names.join(" "), expected, "{module}");
    }

    #[test]
    fn an_import_needs_its_package_and_what_that_needs() {
        check("pandas", "numpy pandas");
        check("zoneinfo", "tzdata");
        check("json", "");
        let catalog = Catalog::new(Vec::new());
        let modules = ["zoneinfo".to_owned()];
        assert!(catalog.needed(&modules, &BTreeSet::new()).is_empty());
    }
}
