//! The list of the site's files that the build wrote into the page.

use std::sync::OnceLock;

use serde::Deserialize;

/// What the build tells the page.
#[derive(Debug, Clone, Deserialize)]
pub struct Manifest {
    /// The document of the kernel's frame; its script is the one that the page's policy allows.
    pub frame: String,
    /// The scripts of the kernel's worker, in order.
    pub scripts: Vec<Listed>,
    /// The Rust host of the kernel.
    pub host: Listed,
    /// Pyodide.
    pub module: Listed,
    /// Python's standard library.
    pub stdlib: Listed,
    /// The list of packages.
    pub packages: Listed,
    /// The part of Pyodide's lock file that its start needs.
    pub lock: serde_json::Value,
}

/// A file of the site.
#[derive(Debug, Clone, Deserialize)]
pub struct Listed {
    /// Its address, relative to the page.
    pub path: String,
    /// Its size in bytes.
    pub size: f64,
    /// Its sha256 in lower-case hexadecimal.
    pub sha256: String,
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
        serde_json::from_str(&text).map_err(|error| {
            format!("This site was not built completely ({error}). Run `make build` again.")
        })
    };
    MANIFEST.get_or_init(read).as_ref().map_err(Clone::clone)
}
