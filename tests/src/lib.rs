//! The engine as a whole, without a browser: a pretended kernel, literate suites, a simulation.

pub mod edits;
pub mod kernel;
pub mod language;
pub mod notebooks;
pub mod random;

use engine::packages::Catalog;
use engine::session::Stored;
use engine::{Kind, Notebook, Session};

/// A session of a new notebook with these Python cells.
pub fn open<'a>(sources: impl IntoIterator<Item = &'a str>) -> Session {
    let cells = sources.into_iter().map(|source| (Kind::Python, source));
    let notebook = Notebook::from_sources("test", cells);
    Session::open(notebook, Stored::default(), Catalog::default())
}
