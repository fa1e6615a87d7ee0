//! What a Python cell makes and reads at module scope, found without running it.
//!
//! Python 3.14's scoping rules; `CPython`'s `symtable` is the judge. Analysis never fails: the
//! parser recovers from errors, and what was found is reported beside what is wrong.

mod builtins;
mod depth;
pub mod markdown;
mod meaning;
mod scope;
pub mod sql;
#[cfg(test)]
mod tests;
mod walk;

use std::collections::{BTreeMap, BTreeSet};

use ruff_python_ast::PySourceType;
use ruff_text_size::{Ranged, TextRange};

use crate::notebook::{Fingerprint, Kind};
pub use builtins::{builtins, is_builtin};
pub use depth::TOO_DEEP;

/// Where something stands in a cell's source: byte offsets in UTF-8, the end exclusive.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Span {
    /// The first byte.
    pub start: u32,
    /// The byte after the last.
    pub end: u32,
}

/// What a Python cell makes and reads at module scope.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Analysis {
    /// The names that it binds. Names that start with an underscore are the cell's own.
    pub definitions: BTreeMap<String, Vec<Span>>,
    /// The names that it reads and does not define before. Builtins are among them, as another
    /// cell may define their name.
    pub references: BTreeMap<String, Reference>,
    /// The names that it binds for itself alone, as they begin with an underscore.
    pub private: BTreeMap<String, Vec<Span>>,
    /// Where it reads names that it has bound itself.
    pub uses: BTreeMap<String, Vec<Span>>,
    /// The names that it deletes.
    pub deletions: BTreeMap<String, Vec<Span>>,
    /// The modules that it imports anywhere, by their top-level names; not relative ones.
    pub imports: BTreeSet<String>,
    /// Whether it awaits outside of any function.
    pub top_level_await: bool,
    /// What the names are that it binds by imports and by nothing else.
    pub imported: BTreeMap<String, Imported>,
    /// What makes names that cannot be known without running it, and where: `from math import *`,
    /// `exec`, `globals`.
    pub unknowns: BTreeMap<String, Vec<Span>>,
    /// The tables and views that it makes in the database.
    pub tables: BTreeSet<String>,
    /// What its last run made beyond what the code says, once this very code has run.
    pub found: Option<Vec<String>>,
    /// Other places where names of the module stand: `global x`, `except … as x`.
    pub mentions: BTreeMap<String, Vec<Span>>,
    /// The places of imports without `as`, whose text is a module's and not the cell's to change.
    pub bare_imports: BTreeSet<Span>,
    /// Assignments such as `x += 1` to names of the module: the place of the name, and of the value.
    pub augmented: Vec<(Span, Span)>,
    /// The first syntax error.
    pub syntax_error: Option<SyntaxError>,
    /// What of the source counts for its result: equal where only comments, blank lines or spaces
    /// differ. Always that of the current source, also where an older analysis stays in force.
    pub meaning: Fingerprint,
}

/// The places where a cell reads a name.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Reference {
    /// The places, in source order.
    pub spans: Vec<Span>,
    /// Whether all of them are in code that runs later: functions, generators, annotations.
    pub deferred: bool,
}

/// What a name is that was imported.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Imported {
    /// What the name stands for: `numpy`, `math.pi`.
    pub what: String,
    /// The module that the import loads; `import a.b` loads it and binds `a`.
    pub loads: String,
}

/// A syntax error.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SyntaxError {
    /// The parser's message.
    pub message: String,
    /// Where.
    pub span: Span,
}

impl Analysis {
    /// Whether the graph would treat the other one just the same.
    #[must_use]
    pub fn has_same_names(&self, other: &Self) -> bool {
        self.definitions.keys().eq(other.definitions.keys())
            && self.references.keys().eq(other.references.keys())
            && self.private.keys().eq(other.private.keys())
            && self.unknowns.keys().eq(other.unknowns.keys())
            && self.imports == other.imports
            && self.imported == other.imported
            && self.tables == other.tables
            && self.found == other.found
            && self.syntax_error == other.syntax_error
    }

    /// Whether a run may bind names that the code does not say.
    #[must_use]
    pub fn is_dynamic(&self) -> bool {
        // A name of another cell that is deleted here.
        let mut deleted = self.deletions.keys();
        let tools = ["eval", "locals", "vars", "setattr", "delattr"];
        !self.unknowns.is_empty()
            || deleted.any(|name| self.references.contains_key(name))
            || self.imports.contains("__main__")
            || tools.iter().any(|tool| self.references.contains_key(*tool))
    }

    /// What is known once a run has bound these names too.
    #[must_use]
    pub fn with_found(mut self, names: &BTreeSet<String>) -> Self {
        for name in names {
            self.definitions.entry(name.clone()).or_default();
            if let Some(read) = self.references.remove(name) {
                self.uses
                    .entry(name.clone())
                    .or_default()
                    .extend(read.spans);
            }
        }
        self.found = Some(names.iter().cloned().collect());
        self
    }

    /// The places where it binds, reads and deletes what is its own.
    fn own_places(&self) -> [&BTreeMap<String, Vec<Span>>; 5] {
        [
            &self.definitions,
            &self.private,
            &self.uses,
            &self.deletions,
            &self.mentions,
        ]
    }

    /// Where a name stands for what the cell itself has made of it, and not for another's.
    #[must_use]
    pub fn own_places_of(&self, name: &str) -> Vec<Span> {
        let own = self.own_places();
        let own = own.into_iter().filter_map(|list| list.get(name)).flatten();
        let mut places: Vec<Span> = own.copied().collect();
        places.sort_unstable();
        places.dedup();
        places
    }

    /// All places where a name of the module stands: where it is bound, read and deleted.
    #[must_use]
    pub fn places(&self, name: &str) -> Vec<Span> {
        let mut places = self.own_places_of(name);
        if let Some(read) = self.references.get(name) {
            places.extend(&read.spans);
        }
        places.sort_unstable();
        places.dedup();
        places
    }

    /// The name of the module that stands at a place.
    #[must_use]
    pub fn name_at(&self, offset: u32) -> Option<&str> {
        let own = self.own_places().into_iter().flatten();
        let read = self.references.iter();
        let read = read.map(|(name, read)| (name, &read.spans));
        let is_here = |span: &Span| span.start <= offset && offset <= span.end;
        let mut all = own.chain(read);
        let found = all.find(|(_, spans)| spans.iter().any(is_here));
        found.map(|(name, _)| name.as_str())
    }
}

impl From<TextRange> for Span {
    fn from(range: TextRange) -> Self {
        Self {
            start: range.start().into(),
            end: range.end().into(),
        }
    }
}

/// Whether a text is nested so deeply that no parser should be given it.
#[must_use]
pub fn is_too_deep(source: &str) -> bool {
    depth::refusal(source).is_some()
}

/// What a cell of this kind makes and reads; `None` if there is nothing in it to run.
#[must_use]
pub fn of(kind: Kind, source: &str) -> Option<Analysis> {
    match kind {
        Kind::Python => Some(python(source)),
        Kind::Sql => Some(sql::sql(source)),
        Kind::Markdown => markdown::markdown(source),
    }
}

/// Analyses the source of a Python cell.
#[must_use]
pub fn python(source: &str) -> Analysis {
    let refusal = depth::refusal(source);
    if refusal.is_some() {
        return Analysis {
            syntax_error: refusal,
            meaning: Fingerprint::of(source),
            ..Analysis::default()
        };
    }
    let parsed = ruff_python_parser::parse_unchecked_source(source, PySourceType::Python);
    let mut analysis = walk::walk(&parsed.syntax().body);
    analysis.syntax_error = parsed.errors().first().map(|error| SyntaxError {
        message: error.error.to_string(),
        span: error.range().into(),
    });
    analysis.meaning = match analysis.syntax_error {
        Some(_) => Fingerprint::of(source),
        None => meaning::python(source, parsed.tokens()),
    };
    analysis
}
