//! The packages that the site serves: which of them a cell needs, dependencies first.

pub mod elsewhere;
pub mod extras;
mod marker;
pub mod requirements;

use std::collections::{BTreeMap, BTreeSet};

use protocol::Outside;
use ruff_python_stdlib::sys::is_known_standard_library;
use serde::{Deserialize, Serialize};

use requirements::Requirement;

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
    /// Whether what it does not hold may come from elsewhere, by leave of the person.
    reaches_out: bool,
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

    /// The same catalog; what it does not hold may come from elsewhere if `reaches_out`.
    #[must_use]
    pub fn reaching_out(mut self, reaches_out: bool) -> Self {
        self.reaches_out = reaches_out;
        self
    }

    /// Whether what it does not hold may come from elsewhere.
    #[must_use]
    pub fn may_reach_out(&self) -> bool {
        self.reaches_out
    }

    /// What of these is to come from elsewhere.
    #[must_use]
    pub fn outside(&self, modules: &BTreeSet<String>, asked: &[Requirement]) -> Vec<Outside> {
        if !self.reaches_out {
            return Vec::new();
        }
        let is_lacking = |name: &str| self.get(name).is_none() && !is_needless(name);
        let mut wanted: Vec<String> = Vec::new();
        for one in asked.iter().filter(|one| one.is_sure) {
            if is_lacking(&one.name) {
                wanted.push(one.to_string());
            } else {
                // What it serves, it serves without the parts that are wanted besides.
                let named = extras::named(one).filter(|name| is_lacking(name));
                wanted.extend(named.map(str::to_owned));
            }
        }
        let mut outside: Vec<Outside> = Vec::new();
        for requirement in wanted {
            if !outside.iter().any(|one| one.requirement == requirement) {
                outside.push(Outside {
                    requirement,
                    module: None,
                });
            }
        }
        let modules = modules.iter().filter(|module| {
            self.bringing(module).is_none()
                && !is_known_standard_library(PYTHON, module)
                && !OURS.contains(&module.as_str())
        });
        for module in modules {
            let project = project_of(module);
            let is_said = |one: &Outside| {
                Requirement::parse(&one.requirement).is_some_and(|one| one.name == project)
            };
            if !outside.iter().any(is_said) && self.get(&project).is_none() {
                outside.push(Outside {
                    requirement: project,
                    module: Some(module.clone()),
                });
            }
        }
        outside
    }

    /// The packages that these modules and requirements need and that are not among `present`,
    /// dependencies first. What no package of the site brings is left to Python.
    #[must_use]
    pub fn needed<'a>(
        &self,
        modules: impl IntoIterator<Item = &'a String>,
        names: impl IntoIterator<Item = &'a str>,
        present: &BTreeSet<String>,
    ) -> Vec<&Package> {
        let mut seen = present.clone();
        let mut needed = Vec::new();
        for name in names {
            self.visit(name, &mut seen, &mut needed);
        }
        for module in modules {
            if let Some(package) = self.bringing(module) {
                self.visit(&package.name, &mut seen, &mut needed);
            }
        }
        needed
    }

    /// The package of this name.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&Package> {
        self.packages.get(name)
    }

    /// The package that brings a top-level module.
    #[must_use]
    pub fn bringing(&self, module: &str) -> Option<&Package> {
        self.packages.get(self.by_import.get(module)?)
    }

    /// Whether it holds no package: the site serves none, or its list has not come yet.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.packages.is_empty()
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

/// The Python that the kernel has: the minor version of 3.
pub const PYTHON: u8 = 14;
/// Modules that the kernel brings itself, and those of hosts of notebooks that are none of the index's.
const OURS: [&str; 13] = [
    "IPython",
    "_pyodide",
    "google",
    "ipykernel",
    "js",
    "piplite",
    "pyodide",
    "pyodide_js",
    "rivulet",
    // What an imported notebook means by it, in the names of ours.
    "marimo",
    "rivulet_kernel",
    "setuptools",
    "micropip",
];
/// What notebooks install for Jupyter or for pip itself: nothing here needs it, and nothing lacks it.
const NEEDLESS: [&str; 10] = [
    "ipykernel",
    "ipython",
    "jupyter",
    "jupyterlab",
    "nbformat",
    "notebook",
    "pip",
    "piplite",
    "setuptools",
    "wheel",
];

/// Whether a package is one that nothing here needs.
#[must_use]
pub fn is_needless(name: &str) -> bool {
    NEEDLESS.contains(&name)
}

/// Modules whose packages have other names, as far as everyday code imports them.
const PROJECTS: &[(&str, &str)] = &[
    ("Bio", "biopython"),
    ("Crypto", "pycryptodome"),
    ("IPython", "ipython"),
    ("OpenSSL", "pyopenssl"),
    ("PIL", "pillow"),
    ("attr", "attrs"),
    ("bs4", "beautifulsoup4"),
    ("cv2", "opencv-python"),
    ("dateutil", "python-dateutil"),
    ("docx", "python-docx"),
    ("dotenv", "python-dotenv"),
    ("fitz", "pymupdf"),
    ("git", "gitpython"),
    ("jwt", "pyjwt"),
    ("magic", "python-magic"),
    ("markdown_it", "markdown-it-py"),
    ("mpl_toolkits", "matplotlib"),
    ("pptx", "python-pptx"),
    ("psycopg2", "psycopg2-binary"),
    ("pylab", "matplotlib"),
    ("serial", "pyserial"),
    ("skimage", "scikit-image"),
    ("sklearn", "scikit-learn"),
    ("slugify", "python-slugify"),
    ("usb", "pyusb"),
    ("wx", "wxpython"),
    ("yaml", "pyyaml"),
    ("zmq", "pyzmq"),
];

/// The package that a module is of, as far as is known without a list: mostly it has the same name.
#[must_use]
pub fn project_of(module: &str) -> String {
    let known = PROJECTS.iter().find(|(name, _)| *name == module);
    known.map_or_else(
        || requirements::normalized(module),
        |(_, project)| (*project).to_owned(),
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analysis;

    fn package(name: &str, imports: &[&str], depends: &[&str]) -> Package {
        let owned = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
        Package {
            name: name.to_owned(),
            version: "1.0".to_owned(),
            file: String::new(),
            wheel: String::new(),
            sha256: String::new(),
            size: 1,
            imports: owned(imports),
            depends: owned(depends),
        }
    }

    fn catalog() -> Catalog {
        Catalog::new(vec![
            package("numpy", &["numpy"], &[]),
            package("six", &["six"], &[]),
            package("python-dateutil", &["dateutil"], &["six"]),
            package("pandas", &["pandas"], &["numpy", "python-dateutil"]),
            package("openpyxl", &["openpyxl"], &["et-xmlfile"]),
            package("et-xmlfile", &["et_xmlfile"], &[]),
            package(
                "matplotlib",
                &["pylab", "mpl_toolkits", "matplotlib"],
                &["numpy"],
            ),
            package("scikit-learn", &["sklearn"], &["numpy"]),
        ])
    }

    /// What a cell of a notebook needs that has these other cells.
    #[track_caller]
    fn check(cell: &str, others: &[&str], expected: &[&str]) {
        let read = analysis::python;
        let found = read(cell);
        let all = others.iter().chain([&cell]);
        let all: BTreeSet<String> = all.flat_map(|source| read(source).imports).collect();
        let extras = extras::packages(&found.imports, |module| all.contains(module), &found.words);
        let asked = found.requirements.iter().flat_map(Requirement::names);
        let catalog = catalog();
        let needed = catalog.needed(&found.imports, asked.chain(extras), &BTreeSet::new());
        let names: Vec<&str> = needed.iter().map(|package| package.name.as_str()).collect();
        assert_eq!(names, expected, "{cell}");
    }

    #[test]
    fn packages_come_after_what_they_need() {
        check(
            "import pandas as pd",
            &[],
            &["numpy", "six", "python-dateutil", "pandas"],
        );
        check("import os, nowhere", &[], &[]);
    }

    #[test]
    fn a_module_may_have_another_name_than_its_package() {
        check(
            "from sklearn.svm import SVC",
            &[],
            &["numpy", "scikit-learn"],
        );
        check(
            "from mpl_toolkits.mplot3d import Axes3D",
            &[],
            &["numpy", "matplotlib"],
        );
        assert_eq!(project_of("cv2"), "opencv-python");
        assert_eq!(project_of("Foo_bar"), "foo-bar");
    }

    #[test]
    fn a_function_may_need_a_package_that_no_cell_imports() {
        let pandas = ["import pandas as pd"];
        check(
            "df.to_excel('a.xlsx')",
            &pandas,
            &["et-xmlfile", "openpyxl"],
        );
        check("df.to_excel('a.xlsx')", &[], &[]);
        check("df.plot(kind='bar')", &pandas, &["numpy", "matplotlib"]);
        check("x = df.shape", &pandas, &[]);
    }

    #[test]
    fn extras_bring_what_they_need() {
        check(
            "%pip install pandas[excel]",
            &[],
            &[
                "numpy",
                "six",
                "python-dateutil",
                "pandas",
                "et-xmlfile",
                "openpyxl",
            ],
        );
        let outside = |source: &str| {
            let found = analysis::python(source);
            let catalog = catalog().reaching_out(true);
            let outside = catalog.outside(&found.sure_imports, &found.requirements);
            let texts = outside.into_iter().map(|one| one.requirement);
            texts.collect::<Vec<String>>()
        };
        assert_eq!(
            outside("%pip install dask[dataframe]>=2024\nimport dask.dataframe as dd"),
            ["dask[dataframe]>=2024"]
        );
        assert_eq!(
            outside("await micropip.install('fastapi[standard]')"),
            ["fastapi[standard]"]
        );
        assert_eq!(
            outside("%pip install 'pandas[excel,parquet]' pandas[feather]"),
            ["xlsxwriter", "pyarrow"],
            "the site serves pandas and openpyxl"
        );
        assert_eq!(outside("%pip install pandas"), [""; 0]);
    }

    #[test]
    fn what_a_block_installs_is_asked_for_when_it_is_reached() {
        let outside = |source| -> Vec<String> {
            let found = analysis::python(source);
            let catalog = catalog().reaching_out(true);
            let outside = catalog.outside(&found.sure_imports, &found.requirements);
            outside.into_iter().map(|one| one.requirement).collect()
        };
        let colab =
            "import sys\nif 'google.colab' in sys.modules:\n    !pip install lessonkit six\n";
        assert!(outside(colab).is_empty());
        assert_eq!(outside("!pip install lessonkit"), ["lessonkit"]);
        // A cell that is indented as a whole is no block.
        assert_eq!(
            outside("    %pip install lessonkit\n    x = 1"),
            ["lessonkit"]
        );
        // What the site serves is cheap to have.
        check(colab, &[], &["six"]);
    }

    #[test]
    fn packages_are_asked_for_by_name() {
        check(
            "%pip install -q openpyxl==3.1",
            &[],
            &["et-xmlfile", "openpyxl"],
        );
        check(
            "import micropip\nawait micropip.install(['six', name, 'Scikit_Learn>=1'])",
            &[],
            &["six", "numpy", "scikit-learn"],
        );
        check("await micropip.install(requirements='six')", &[], &["six"]);
        check(
            "# /// script\n# dependencies = ['six']\n# ///",
            &[],
            &["six"],
        );
        check("'''\n%pip install six\n'''", &[], &[]);
        check("other.install('six')", &[], &[]);
    }
}
