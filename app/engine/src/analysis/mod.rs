//! The definitions and references of a cell at module scope, found without running it.
//!
//! Python 3.14's scoping rules; `CPython`'s `symtable` is the judge. Analysis never fails: the
//! parser recovers from errors, and what was found is reported beside what is wrong.

mod builtins;
mod depth;
pub(crate) mod ipython;
mod legacy;
pub mod markdown;
mod meaning;
mod scope;
pub mod sql;
#[cfg(test)]
mod tests;
mod walk;

use std::collections::{BTreeMap, BTreeSet};

use ruff_python_ast::PySourceType;
use ruff_python_ast::token::{Token, TokenKind, Tokens};
use ruff_text_size::{Ranged, TextRange};
use unicode_normalization::UnicodeNormalization;

use crate::notebook::{Cell, Fingerprint, Kind};
use crate::packages::requirements::{self, Requirement};
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

/// The definitions and references of a cell at module scope.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Analysis {
    /// The names that it binds. Names that start with an underscore are the cell's own.
    pub definitions: BTreeMap<String, Vec<Span>>,
    /// The names that it reads and does not define before. Builtins are among them, as another
    /// cell may define their name.
    pub references: BTreeMap<String, Reference>,
    /// The names that it binds for itself alone: they begin with an underscore, or only `except … as`
    /// binds them.
    pub private: BTreeMap<String, Vec<Span>>,
    /// Such names that it reads and does not bind before: no other cell can have bound them for it.
    pub private_reads: BTreeMap<String, Vec<Span>>,
    /// Where it reads names that it has bound itself.
    pub uses: BTreeMap<String, Vec<Span>>,
    /// The names that it deletes.
    pub deletions: BTreeMap<String, Vec<Span>>,
    /// The modules that it imports anywhere, by their top-level names; not relative ones.
    pub imports: BTreeSet<String>,
    /// Those of the imports that are sure to run: outside of functions and compound statements.
    pub sure_imports: BTreeSet<String>,
    /// The packages that it asks for by name: `%pip install`, `micropip.install`, a script's header. Always
    /// those of the current source.
    pub requirements: Vec<Requirement>,
    /// Words in it that tell of packages which are imported only when they are used
    /// ([`extras`](crate::packages::extras)).
    pub words: BTreeSet<String>,
    /// Whether it awaits outside of any function.
    pub top_level_await: bool,
    /// What the names are that it binds by imports and by nothing else.
    pub imported: BTreeMap<String, Imported>,
    /// What binds names that cannot be known without running it, and where: `from math import *`,
    /// `exec`, `globals`.
    pub unknowns: BTreeMap<String, Vec<Span>>,
    /// The tables and views that it creates in the database.
    pub tables: BTreeSet<String>,
    /// Those of the references that are tables to SQL, where case does not count.
    pub table_references: BTreeSet<String>,
    /// The names that its last run bound beyond those in the code, once this very code has run.
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
    /// Whether all of them are in functions that the cell itself does not call: the name is needed only
    /// when somebody calls them.
    pub late: bool,
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
            && self.reads().eq(other.reads())
            && self.private.keys().eq(other.private.keys())
            && self.private_reads.keys().eq(other.private_reads.keys())
            && self.unknowns.keys().eq(other.unknowns.keys())
            && self.imports == other.imports
            && self.requirements == other.requirements
            && self.words == other.words
            && self.imported == other.imported
            && self.tables == other.tables
            && self.table_references == other.table_references
            && self.found == other.found
            && self.syntax_error == other.syntax_error
    }

    fn reads(&self) -> impl Iterator<Item = (&String, bool)> {
        self.references.iter().map(|(name, read)| (name, read.late))
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

    /// Where a name stands for the cell's own binding of it, and not for another cell's.
    #[must_use]
    pub fn own_places_of(&self, name: &str) -> Vec<Span> {
        let own = self.own_places().into_iter().flatten();
        let own = own.filter(|(known, _)| self.is_same(known, name));
        sorted(own.flat_map(|(_, spans)| spans))
    }

    /// All places where a name of the module stands: where it is bound, read and deleted.
    #[must_use]
    pub fn places(&self, name: &str) -> Vec<Span> {
        let own = self.own_places().into_iter().flatten();
        let read = self.references.iter();
        let read = read.map(|(name, read)| (name, &read.spans));
        let all = own.chain(read).chain(&self.private_reads);
        let all = all.filter(|(known, _)| self.is_same(known, name));
        sorted(all.flat_map(|(_, spans)| spans))
    }

    /// Whether a name of this cell is the one that is meant; tables may be written in other letters.
    fn is_same(&self, known: &str, name: &str) -> bool {
        let is_table = || self.tables.contains(known) || self.table_references.contains(known);
        known == name || is_table() && same_in_sql(known) == same_in_sql(name)
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

fn sorted<'a>(spans: impl Iterator<Item = &'a Span>) -> Vec<Span> {
    let mut spans: Vec<Span> = spans.copied().collect();
    spans.sort_unstable();
    spans.dedup();
    spans
}

/// A name as Python knows it: `ﬁ` is `fi` (NFKC, <https://docs.python.org/3/reference/lexical_analysis.html#identifiers>).
#[must_use]
pub fn normalized(name: &str) -> String {
    if name.is_ascii() {
        name.to_owned()
    } else {
        name.nfkc().collect()
    }
}

/// What the names of one table have in common: `SQLite` ignores the case of ASCII letters.
#[must_use]
pub fn same_in_sql(name: &str) -> String {
    name.to_ascii_lowercase()
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

/// The names of a cell; `None` if there is nothing in it to run.
#[must_use]
pub fn of(cell: &Cell) -> Option<Analysis> {
    match cell.kind {
        Kind::Python => Some(python(&cell.source)),
        Kind::Sql => Some(sql::sql(&cell.source)),
        Kind::Markdown if !cell.literal => markdown::markdown(&cell.source),
        Kind::Markdown | Kind::Raw => None,
    }
}

/// What is known of a cell that is not looked into; `None` if there is nothing in it to run.
#[must_use]
pub fn none(cell: &Cell) -> Option<Analysis> {
    cell.kind.is_code().then(|| Analysis {
        meaning: Fingerprint::of(&cell.source),
        ..Analysis::default()
    })
}

/// Analyses the source of a Python cell, which may be one for `IPython`.
#[must_use]
pub fn python(source: &str) -> Analysis {
    let analysis = plain(source, source);
    if analysis.syntax_error.is_none() {
        return analysis;
    }
    // Nothing that only `IPython` understands is valid Python.
    let Some(masked) = ipython::mask(source) else {
        return analysis;
    };
    let mut analysis = plain(&masked.text, source);
    masked.complete(&mut analysis);
    if let Some(module) = ipython::written_module(source) {
        analysis.imports.extend(imports_of(module));
    }
    analysis.meaning = match analysis.syntax_error {
        Some(_) => Fingerprint::of(source),
        None => masked
            .removed
            .iter()
            .fold(analysis.meaning, |meaning, range| {
                let text = source.get(range.clone()).unwrap_or_default();
                meaning.and(text.as_bytes())
            }),
    };
    analysis
}

/// The modules that a text imports, if it is Python.
fn imports_of(text: &str) -> BTreeSet<String> {
    let analysis = plain(text, text);
    match analysis.syntax_error {
        Some(_) => BTreeSet::new(),
        None => analysis.imports,
    }
}

/// Analyses what is nothing but Python. `written` is as long, and also has what was masked in it.
fn plain(source: &str, written: &str) -> Analysis {
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
    let is_text = |at| is_in_string(parsed.tokens(), at);
    let beside = requirements::beside(written, is_text);
    analysis.requirements.extend(beside);
    analysis.syntax_error = parsed.errors().first().map(|error| {
        let span = error.range().into();
        legacy::statement(source, span).unwrap_or_else(|| SyntaxError {
            message: error.error.to_string(),
            span,
        })
    });
    analysis.meaning = match analysis.syntax_error {
        Some(_) => Fingerprint::of(source),
        None => meaning::python(source, parsed.tokens()),
    };
    analysis
}

/// Whether a place is inside of a string of several lines.
fn is_in_string(tokens: &Tokens, at: usize) -> bool {
    let is_around = |token: &&Token| token.start().to_usize() < at && at < token.end().to_usize();
    let mut around = tokens.iter().filter(is_around);
    around.any(|token| {
        matches!(
            token.kind(),
            TokenKind::String | TokenKind::FStringMiddle | TokenKind::TStringMiddle
        )
    })
}
