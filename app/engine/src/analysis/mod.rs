//! What a Python cell makes and reads at module scope, found without running it.
//!
//! Python 3.14's scoping rules; `CPython`'s `symtable` is the judge. Analysis never fails: the
//! parser recovers from errors, and what was found is reported beside what is wrong.

mod builtins;
mod depth;
mod scope;
#[cfg(test)]
mod tests;
mod walk;

use std::collections::{BTreeMap, BTreeSet};

use ruff_python_ast::PySourceType;
use ruff_text_size::{Ranged, TextRange};

pub use builtins::{builtins, is_builtin};

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
    /// The names that it deletes.
    pub deletions: BTreeMap<String, Vec<Span>>,
    /// The modules that it imports anywhere, by their top-level names; not relative ones.
    pub imports: BTreeSet<String>,
    /// Whether it awaits outside of any function.
    pub top_level_await: bool,
    /// Whether it imports names that cannot be known (`from module import *`).
    pub star_import: bool,
    /// The first syntax error.
    pub syntax_error: Option<SyntaxError>,
}

/// The places where a cell reads a name.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Reference {
    /// The places, in source order.
    pub spans: Vec<Span>,
    /// Whether all of them are in code that runs later: functions, generators, annotations.
    pub deferred: bool,
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
            && self.imports == other.imports
            && self.syntax_error == other.syntax_error
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
    depth::too_deep(source).is_some()
}

/// Analyses the source of a Python cell.
#[must_use]
pub fn python(source: &str) -> Analysis {
    if let Some(span) = depth::too_deep(source) {
        return Analysis {
            syntax_error: Some(SyntaxError {
                message: "This code is nested too deeply.".to_owned(),
                span,
            }),
            ..Analysis::default()
        };
    }
    let parsed = ruff_python_parser::parse_unchecked_source(source, PySourceType::Python);
    let mut analysis = walk::walk(&parsed.syntax().body);
    analysis.syntax_error = parsed.errors().first().map(|error| SyntaxError {
        message: error.error.to_string(),
        span: error.range().into(),
    });
    analysis
}
