//! The list of the site's files that the build wrote into the page.

use std::collections::BTreeMap;
use std::sync::OnceLock;

use serde::Deserialize;

/// What the build tells the page.
#[derive(Debug, Clone, Deserialize)]
pub struct Manifest {
    /// The document of the kernel's frame; its script is the one that the page's policy allows.
    pub frame: String,
    /// What the kernel is made of, by its addresses.
    pub kernel: Kernel,
    /// The address of the frame that asks other sites; `None` where the site was built without one.
    #[serde(default)]
    pub broker: Option<String>,
    /// What outputs with scripts are drawn in, and with.
    pub outputs: Drawers,
    /// Where packages come from that the site does not serve; `None` where it was built without that.
    #[serde(default)]
    pub sources: Option<Sources>,
    /// The address of the list of packages.
    packages: String,
    /// The part of Pyodide's lock file that its start needs.
    pub lock: serde_json::Value,
    /// Every file of the site by its address.
    files: BTreeMap<String, Sealed>,
}

/// Where packages come from that the site does not serve. The addresses of other sites end with `/`.
#[derive(Debug, Clone, Deserialize)]
pub struct Sources {
    /// The address of Pyodide's lock file, which is of the site.
    lock: String,
    /// Where Pyodide's own packages lie.
    pub cdn: String,
    /// The index of all others.
    pub index: String,
    /// Where the files of that index lie.
    pub files: String,
}

/// What outputs with scripts are drawn in, and with.
#[derive(Debug, Clone, Deserialize)]
pub struct Drawers {
    /// The document of their frame; its script is one that the page's policy allows.
    pub frame: String,
    /// The addresses of the scripts of each renderer, in order.
    renderers: BTreeMap<String, Vec<String>>,
}

/// The addresses of the kernel's files, relative to the page.
#[derive(Debug, Clone, Deserialize)]
pub struct Kernel {
    /// The scripts of the kernel's worker, in order.
    scripts: Vec<String>,
    /// The Rust host of the kernel.
    host: String,
    /// Pyodide.
    module: String,
    /// Python's standard library.
    stdlib: String,
}

/// What a file must be.
#[derive(Debug, Clone, Deserialize)]
struct Sealed {
    size: f64,
    sha256: String,
}

/// A file of the site.
#[derive(Debug, Clone)]
pub struct Listed {
    /// Its address, relative to the page.
    pub path: String,
    /// Its size in bytes.
    pub size: f64,
    /// Its sha256 in lower-case hexadecimal.
    pub sha256: String,
}

impl Manifest {
    /// The list of packages.
    pub fn packages(&self) -> Result<Listed, String> {
        self.listed(&self.packages)
    }

    /// Pyodide's lock file.
    pub fn pyodides(&self, sources: &Sources) -> Result<Listed, String> {
        self.listed(&sources.lock)
    }

    /// A file of the site by its address.
    pub fn file(&self, path: &str) -> Result<Listed, String> {
        self.listed(path)
    }

    /// The kernel's files: the scripts in order, then the host, Pyodide and the standard library.
    pub fn kernel(&self) -> Result<Vec<Listed>, String> {
        let Kernel {
            scripts,
            host,
            module,
            stdlib,
        } = &self.kernel;
        let paths = scripts.iter().chain([host, module, stdlib]);
        paths.map(|path| self.listed(path)).collect()
    }

    /// The scripts of a renderer for output frames, in order.
    pub fn renderer(&self, name: &str) -> Result<Vec<Listed>, String> {
        let paths = self.outputs.renderers.get(name).into_iter().flatten();
        paths.map(|path| self.listed(path)).collect()
    }

    fn listed(&self, path: &str) -> Result<Listed, String> {
        let Sealed { size, sha256 } = self
            .files
            .get(path)
            .ok_or_else(|| incomplete(&format!("{path} is not in its list")))?;
        Ok(Listed {
            path: path.to_owned(),
            size: *size,
            sha256: sha256.clone(),
        })
    }
}

fn incomplete(why: &str) -> String {
    format!("This site was not built completely ({why}). Run `make build` again.")
}

/// The manifest, or a sentence that says why there is none.
pub fn manifest() -> Result<&'static Manifest, String> {
    static MANIFEST: OnceLock<Result<Manifest, String>> = OnceLock::new();
    let read = || {
        let document = web_sys::window().and_then(|window| window.document());
        let element = document.and_then(|document| document.get_element_by_id("rivulet-files"));
        let text = element
            .and_then(|element| element.text_content())
            .unwrap_or_default();
        serde_json::from_str(&text).map_err(|error| incomplete(&error.to_string()))
    };
    MANIFEST.get_or_init(read).as_ref().map_err(Clone::clone)
}
