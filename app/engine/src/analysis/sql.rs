//! The names of an SQL cell: the tables that it creates and reads, and Python names that stand for them.
//!
//! `SQLite`'s dialect. The tokens are sqlparser's; which of them name tables, this module finds itself:
//! sqlparser's syntax tree would make the page half as large again (600 KB compressed), and knows only
//! a part of what `SQLite` takes. In the tests it is the judge (`tests/sql.rs`).

mod dialect;
mod statement;

use std::collections::BTreeMap;

use protocol::Task;
use ruff_python_stdlib::identifiers;
use ruff_python_stdlib::keyword::is_keyword;
use sqlparser::tokenizer::{Location, Token, TokenWithSpan, Tokenizer};

use statement::Use;

use super::{Analysis, Span, SyntaxError, TOO_DEEP, meaning, normalized, same_in_sql};
use crate::notebook::Fingerprint;

/// The columns of a line in which letters of more than one byte are counted.
const LONGEST: usize = 5_000;

/// How deep brackets may be nested.
const DEEPEST: usize = 150;

/// What stands in front of the name that the result gets.
const RESULT: &str = "result:";

/// What stands in the source of an SQL cell.
#[derive(Debug, Default)]
struct Found {
    result: Option<(String, Span)>,
    /// Tables and views that it creates.
    tables: BTreeMap<String, Vec<Span>>,
    /// Databases that it attaches.
    databases: BTreeMap<String, Vec<Span>>,
    /// What it reads as tables and does not create.
    variables: BTreeMap<String, Vec<Span>>,
    parameters: BTreeMap<String, Vec<Span>>,
    error: Option<SyntaxError>,
    meaning: Fingerprint,
}

/// Analyses the source of an SQL cell.
#[must_use]
pub fn sql(source: &str) -> Analysis {
    let found = find(source);
    let mut analysis = Analysis {
        meaning: match found.error {
            Some(_) => Fingerprint::of(source),
            None => found.meaning,
        },
        syntax_error: found.error,
        tables: found.tables.keys().map(|name| normalized(name)).collect(),
        ..Analysis::default()
    };
    for (name, spans) in found.tables.into_iter().chain(found.databases) {
        let definition = analysis.definitions.entry(normalized(&name));
        definition.or_default().extend(spans);
    }
    let tables = found.variables.into_iter().map(|read| (read, true));
    let parameters = found.parameters.into_iter().map(|read| (read, false));
    for ((name, spans), is_table) in tables.chain(parameters) {
        analysis.read(&normalized(&name), is_table, spans);
    }
    if let Some((name, span)) = found.result {
        let is_private = name.starts_with('_');
        let list = if is_private {
            &mut analysis.private
        } else {
            &mut analysis.definitions
        };
        list.entry(normalized(&name)).or_default().push(span);
    }
    for read in analysis.references.values_mut() {
        read.spans.sort_unstable();
    }
    analysis
}

impl Analysis {
    /// Notes that SQL reads a name: a table, or the parameter `:name`.
    fn read(&mut self, name: &str, is_table: bool, spans: Vec<Span>) {
        let mut own = self.definitions.keys();
        let own = own.find(|own| {
            *own == name || is_table && self.tables.contains(*own) && is_same_table(own, name)
        });
        if let Some(own) = own.cloned() {
            self.uses.entry(own).or_default().extend(spans);
        } else if !is_table && name.starts_with('_') {
            let reads = self.private_reads.entry(name.to_owned());
            reads.or_default().extend(spans);
        } else {
            let read = self.references.entry(name.to_owned()).or_default();
            read.spans.extend(spans);
            if is_table {
                self.table_references.insert(name.to_owned());
            }
        }
    }
}

fn is_same_table(one: &str, other: &str) -> bool {
    same_in_sql(one) == same_in_sql(other)
}

/// What the kernel must know to run an SQL cell. `is_shared` says whether a name is everybody's.
#[must_use]
pub fn task(source: &str, pandas: bool, is_shared: impl Fn(&str) -> bool) -> Task {
    let found = find(source);
    let result = found.result.map(|(name, _)| normalized(&name));
    let tables = found.tables.into_keys();
    Task::Sql {
        result: result.filter(|name| is_shared(name)),
        tables: tables.filter(|name| is_shared(&normalized(name))).collect(),
        variables: found.variables.into_keys().collect(),
        parameters: found.parameters.into_keys().collect(),
        pandas,
    }
}

/// The name that the cell's result gets: `-- result: name` on a line of its own, before everything
/// else.
#[must_use]
pub fn result_name(source: &str) -> Option<(String, Span)> {
    let mut start = 0;
    for line in source.split_inclusive('\n') {
        let text = line.trim();
        let Some(comment) = text.strip_prefix("--") else {
            if text.is_empty() {
                start += line.len();
                continue;
            }
            return None;
        };
        if let Some(name) = comment.trim().strip_prefix(RESULT).map(str::trim) {
            let at = start + line.rfind(name)?;
            let is_name = is_identifier(name);
            return is_name.then(|| (name.to_owned(), span(at, at + name.len())));
        }
        start += line.len();
    }
    None
}

/// The source with another name for the result; without one if the name is empty.
#[must_use]
pub fn with_result_name(source: &str, name: &str) -> String {
    match (result_name(source), name) {
        (Some((_, place)), "") => {
            let start = source[..place.start as usize]
                .rfind('\n')
                .map_or(0, |at| at + 1);
            let rest = &source[place.end as usize..];
            let rest = rest.strip_prefix('\n').unwrap_or(rest);
            format!("{}{rest}", &source[..start])
        }
        (Some((_, place)), name) => {
            let (start, end) = (place.start as usize, place.end as usize);
            format!("{}{name}{}", &source[..start], &source[end..])
        }
        (None, "") => source.to_owned(),
        (None, name) => format!("-- {RESULT} {name}\n{source}"),
    }
}

/// Whether a text has the form of a name in Python. A word of Python's own has it too: a table may be
/// called `class`.
#[must_use]
pub fn is_identifier(text: &str) -> bool {
    identifiers::is_identifier(text) || is_keyword(text)
}

fn span(start: usize, end: usize) -> Span {
    let offset = |at| u32::try_from(at).unwrap_or(u32::MAX);
    Span {
        start: offset(start),
        end: offset(end),
    }
}

/// Where lines and columns of the parser are in bytes.
struct Places<'a> {
    source: &'a str,
    /// Where each line begins, and whether it is ASCII.
    lines: Vec<(usize, bool)>,
}

impl<'a> Places<'a> {
    fn new(source: &'a str) -> Self {
        let mut start = 0;
        let lines = source.split_inclusive('\n').map(|line| {
            let begin = start;
            start += line.len();
            (begin, line.is_ascii())
        });
        let lines = lines.collect();
        Self { source, lines }
    }

    fn offset(&self, place: Location) -> usize {
        let line = usize::try_from(place.line).unwrap_or(1).saturating_sub(1);
        let column = usize::try_from(place.column).unwrap_or(1).saturating_sub(1);
        let end = self.source.len();
        let (start, is_ascii) = self.lines.get(line).copied().unwrap_or((end, true));
        if is_ascii || column > LONGEST {
            // Nobody looks for a name so far out in a line.
            let at = (start + column).min(end);
            return (start..=at)
                .rev()
                .find(|at| self.source.is_char_boundary(*at))
                .unwrap_or(start);
        }
        let mut letters = self.source[start..].char_indices();
        letters
            .nth(column)
            .map_or(self.source.len(), |(at, _)| start + at)
    }

    fn span(&self, from: Location, to: Location) -> Span {
        let start = self.offset(from);
        span(start, self.offset(to).max(start))
    }
}

fn find(source: &str) -> Found {
    let places = Places::new(source);
    let mut found = Found {
        result: result_name(source),
        ..Found::default()
    };
    let tokens = match Tokenizer::new(&dialect::Sqlite, source).tokenize_with_location() {
        Ok(tokens) => tokens,
        Err(error) => {
            let start = places.offset(error.location);
            found.error = Some(SyntaxError {
                message: error.message,
                span: span(start, (start + 1).min(source.len())),
            });
            return found;
        }
    };
    let result = found.result.as_ref().map(|(name, _)| name.as_str());
    found.meaning = meaning::sql(source, &tokens, result);
    find_parameters(&tokens, &places, &mut found);
    if !find_unclosed(&tokens, &places, &mut found) {
        return found;
    }
    let is_blank = |token: &TokenWithSpan| matches!(token.token, Token::Whitespace(_));
    let tokens: Vec<TokenWithSpan> = tokens
        .into_iter()
        .filter(|token| !is_blank(token))
        .collect();
    for statement in statement::split(&tokens) {
        for table in statement::tables(statement) {
            let place = places.span(table.place.start, table.place.end);
            match table.is {
                Use::Reads => found.read(table.name, place),
                Use::Makes => make(&mut found.tables, table.name, place),
                Use::Attaches => make(&mut found.databases, table.name, place),
            }
        }
    }
    found
}

fn find_parameters(tokens: &[TokenWithSpan], places: &Places, found: &mut Found) {
    let mut note = |name: &str, span: Span| {
        if is_identifier(name) {
            let places = found.parameters.entry(name.to_owned());
            places.or_default().push(span);
        }
    };
    for pair in tokens.windows(2) {
        if let (Token::Colon, Token::Word(word)) = (&pair[0].token, &pair[1].token)
            && pair[0].span.end == pair[1].span.start
        {
            note(
                &word.value,
                places.span(pair[1].span.start, pair[1].span.end),
            );
        }
    }
    for token in tokens {
        if let Token::Placeholder(text) = &token.token
            && let Some(name) = text.strip_prefix(':')
        {
            let place = places.span(token.span.start, token.span.end);
            let start = place.start + 1;
            note(name, Span { start, ..place });
        }
    }
}

/// Notes the first bracket that has no other half. Returns whether they are not nested too deeply.
fn find_unclosed(tokens: &[TokenWithSpan], places: &Places, found: &mut Found) -> bool {
    let mut open: Vec<&TokenWithSpan> = Vec::new();
    let mut wrong = None;
    for token in tokens {
        match token.token {
            Token::LParen if open.len() >= DEEPEST => {
                found.error = Some(SyntaxError {
                    message: TOO_DEEP.to_owned(),
                    span: places.span(token.span.start, token.span.end),
                });
                return false;
            }
            Token::LParen => open.push(token),
            Token::RParen if open.pop().is_none() => wrong = wrong.or(Some((token, "opened"))),
            _ => {}
        }
    }
    let wrong = wrong.or_else(|| open.first().map(|token| (*token, "closed")));
    if let Some((token, what)) = wrong {
        found.error = Some(SyntaxError {
            message: format!("this bracket is never {what}"),
            span: places.span(token.span.start, token.span.end),
        });
    }
    true
}

fn make(list: &mut BTreeMap<String, Vec<Span>>, name: String, span: Span) {
    if is_identifier(&name) {
        list.entry(name).or_default().push(span);
    }
}

impl Found {
    fn read(&mut self, name: String, span: Span) {
        let mut own = self.tables.iter_mut().chain(&mut self.databases);
        let own = own.find(|(own, _)| is_same_table(own, &name));
        if let Some((_, places)) = own {
            places.push(span);
        } else if is_identifier(&name) {
            self.variables.entry(name).or_default().push(span);
        }
    }
}
