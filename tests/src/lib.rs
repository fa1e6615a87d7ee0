//! The engine as a whole, without a browser: a pretended kernel, literate suites, a simulation.

pub mod edits;
pub mod kernel;
pub mod language;
pub mod notebooks;
pub mod random;

use engine::packages::Catalog;
use engine::session::Stored;
use engine::{Edit, Event, Kind, Notebook, Session};

/// How many of something random to try: so many, times what `LONG` says (`make long`).
#[must_use]
pub fn many(count: u64) -> u64 {
    let long = std::env::var("LONG").ok();
    count * long.and_then(|times| times.parse().ok()).unwrap_or(1)
}

/// A session of a new notebook with these Python cells.
pub fn open<'a>(sources: impl IntoIterator<Item = &'a str>) -> Session {
    let cells = sources.into_iter().map(|source| (Kind::Python, source));
    let notebook = Notebook::from_sources("test", cells);
    Session::open(notebook, Stored::default(), Catalog::default())
}

/// A session of cells of which some are SQL: those that begin with `sql `.
#[must_use]
pub fn mixed(sources: &[&str]) -> Session {
    let mut session = open([]);
    for (at, source) in sources.iter().enumerate() {
        let (kind, source) = match source.strip_prefix("sql ") {
            Some(source) => (Kind::Sql, source),
            None => (Kind::Python, *source),
        };
        let cell = session.notebook().new_cell(kind, source);
        let _ = session.handle(Event::Edit(Edit::Insert { at, cell }));
    }
    session
}
