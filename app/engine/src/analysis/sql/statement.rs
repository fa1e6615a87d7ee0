//! Which words of a statement name tables.
//!
//! The grammar of `SQLite` (<https://www.sqlite.org/lang.html>) names a table behind few words: `FROM`,
//! `JOIN`, a comma of a `FROM` list, `INTO`, `UPDATE`, `IN`, and `TABLE` or `VIEW` of `CREATE`, `ALTER` and
//! `DROP`. Names that `WITH` makes are tables for their own query only.

use std::collections::BTreeSet;

use sqlparser::tokenizer::{Span, Token, TokenWithSpan};

use crate::analysis::same_in_sql;

/// A table that a statement names.
#[derive(Debug)]
pub(super) struct Table {
    pub name: String,
    pub place: Span,
    pub is: Use,
}

/// What a statement does with a table.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Use {
    /// It reads or changes it.
    Reads,
    /// It makes it.
    Makes,
    /// It opens a database under this name.
    Attaches,
}

/// Cuts tokens into statements; the semicolons inside of a trigger end none.
pub(super) fn split(tokens: &[TokenWithSpan]) -> Vec<&[TokenWithSpan]> {
    let mut statements = Vec::new();
    let mut start = 0;
    for (at, token) in tokens.iter().enumerate() {
        let statement = &tokens[start..at];
        if token.token == Token::SemiColon
            && (!is_trigger(statement) || statement.last().is_some_and(|last| is(last, "END")))
        {
            statements.push(statement);
            start = at + 1;
        }
    }
    statements.push(&tokens[start..]);
    statements
}

fn is_trigger(statement: &[TokenWithSpan]) -> bool {
    let mut words = statement.iter().take(3);
    words.next().is_some_and(|first| is(first, "CREATE")) && words.any(|word| is(word, "TRIGGER"))
}

/// The tables that a statement names, those that it makes last.
pub(super) fn tables(statement: &[TokenWithSpan]) -> Vec<Table> {
    let mut scan = Scan {
        tokens: statement,
        with: Vec::new(),
        found: Vec::new(),
    };
    scan.statement();
    scan.found.sort_by_key(|table| table.is);
    scan.found
}

/// Words that end a list of tables.
const ENDS: [&str; 17] = [
    "WHERE",
    "GROUP",
    "HAVING",
    "WINDOW",
    "UNION",
    "EXCEPT",
    "INTERSECT",
    "ORDER",
    "LIMIT",
    "RETURNING",
    "SET",
    "SELECT",
    "VALUES",
    "DO",
    "BEGIN",
    "DEFAULT",
    "OFFSET",
];

/// Words that may stand where a table or its other name could, and are neither.
const NO_NAMES: [&str; 6] = ["SELECT", "VALUES", "WITH", "SET", "LATERAL", "NOT"];

struct Scan<'a> {
    tokens: &'a [TokenWithSpan],
    /// The names that `WITH` makes around this place, in small letters.
    with: Vec<BTreeSet<String>>,
    found: Vec<Table>,
}

fn is(token: &TokenWithSpan, word: &str) -> bool {
    matches!(&token.token, Token::Word(found) if found.quote_style.is_none() && found.value.eq_ignore_ascii_case(word))
}

impl Scan<'_> {
    fn is(&self, at: usize, word: &str) -> bool {
        self.tokens.get(at).is_some_and(|token| is(token, word))
    }

    fn is_any(&self, at: usize, words: &[&str]) -> bool {
        words.iter().any(|word| self.is(at, word))
    }

    fn token(&self, at: usize) -> Option<&Token> {
        self.tokens.get(at).map(|token| &token.token)
    }

    /// The place behind the bracket that closes the one at this place.
    fn behind(&self, open: usize) -> usize {
        let mut depth = 0_usize;
        for at in open..self.tokens.len() {
            match self.tokens[at].token {
                Token::LParen => depth += 1,
                Token::RParen => depth = depth.saturating_sub(1),
                _ => {}
            }
            if depth == 0 {
                return at + 1;
            }
        }
        self.tokens.len()
    }

    fn statement(&mut self) {
        let mut at = 0;
        if self.is(at, "EXPLAIN") {
            at += if self.is(at + 1, "QUERY") { 3 } else { 1 };
        }
        let end = self.tokens.len();
        if self.is(at, "ATTACH") {
            let named = (at..end).find(|at| self.is(*at, "AS"));
            if let Some(named) = named {
                self.name(named + 1, Use::Attaches);
            }
            return;
        }
        if self.is_any(at, &["DETACH", "VACUUM", "PRAGMA"]) {
            return;
        }
        if !self.is_any(at, &["CREATE", "DROP", "ALTER"]) {
            return self.query(at, end);
        }
        let creates = self.is(at, "CREATE");
        let alters = self.is(at, "ALTER");
        at += 1;
        while self.is_any(at, &["TEMP", "TEMPORARY", "VIRTUAL", "UNIQUE"]) {
            at += 1;
        }
        let is_table = self.is_any(at, &["TABLE", "VIEW"]);
        let is_index = self.is_any(at, &["INDEX", "TRIGGER"]);
        at += 1;
        while self.is_any(at, &["IF", "NOT", "EXISTS"]) {
            at += 1;
        }
        if is_table {
            at = self.name(at, if creates { Use::Makes } else { Use::Reads });
        }
        for next in at..end {
            if is_index && creates && self.is(next, "ON") {
                // Of an index, or of a trigger; `ON CONFLICT` comes later.
                self.name(next + 1, Use::Reads);
                return self.query(next + 1, end);
            }
            if alters && self.is(next, "RENAME") && self.is(next + 1, "TO") {
                self.name(next + 2, Use::Makes);
            }
            if creates && is_table && self.is(next, "AS") {
                return self.query(next + 1, end);
            }
            if creates && is_table && self.is(next, "REFERENCES") {
                self.name(next + 1, Use::Reads);
            }
        }
    }

    /// Reads a name with its schema, and notes it. Returns the place behind it.
    fn name(&mut self, at: usize, mut is: Use) -> usize {
        let Some(Token::Word(first)) = self.token(at) else {
            return at;
        };
        if first.quote_style.is_none() && NO_NAMES.iter().any(|word| self.is(at, word)) {
            return at;
        }
        let (mut last, mut end) = (at, at + 1);
        let mut has_schema = false;
        if let (Some(Token::Period), Some(Token::Word(_))) =
            (self.token(at + 1), self.token(at + 2))
        {
            (last, end) = (at + 2, at + 3);
            has_schema = true;
            if !self.is_any(at, &["MAIN", "TEMP"]) {
                // A table of a database that was attached: what is read is the database.
                (last, is) = (at, Use::Reads);
            }
        }
        let is_made = is != Use::Reads;
        let is_function =
            !is_made && self.token(end) == Some(&Token::LParen) && !self.is_insert(at);
        let token = &self.tokens[last];
        if let (Token::Word(word), false) = (&token.token, is_function) {
            let lower = same_in_sql(&word.value);
            // `main.orders` is the table, whatever `WITH` calls `orders`.
            let is_with = !has_schema && self.with.iter().any(|names| names.contains(&lower));
            if is_made || !is_with && !lower.starts_with("sqlite_") && !lower.starts_with("pragma_")
            {
                let (name, place) = (word.value.clone(), token.span);
                self.found.push(Table { name, place, is });
            }
        }
        end
    }

    /// Whether the name at this place may be followed by a list of columns.
    fn is_insert(&self, at: usize) -> bool {
        at.checked_sub(1)
            .is_some_and(|before| self.is_any(before, &["INTO", "REFERENCES", "ON"]))
    }

    /// Scans a query, or what stands in brackets, from one place to another.
    fn query(&mut self, start: usize, end: usize) {
        self.with.push(BTreeSet::new());
        let mut at = start;
        // In a list of tables, and whether the next name is one.
        let (mut in_list, mut expects) = (false, false);
        while at < end {
            let is_distinct = at > start && self.is(at - 1, "DISTINCT");
            if self.token(at) == Some(&Token::LParen) {
                let close = self.behind(at);
                let inner = close.saturating_sub(1).min(end);
                if expects && in_list {
                    self.list(at + 1, inner);
                } else {
                    self.query(at + 1, inner);
                }
                expects = false;
                at = close;
            } else if self.is(at, "WITH") {
                at = self.with(at + 1, end);
            } else if self.is(at, "FROM") && !is_distinct || self.is(at, "JOIN") {
                (in_list, expects) = (true, true);
                at += 1;
            } else if in_list && self.token(at) == Some(&Token::Comma) {
                expects = true;
                at += 1;
            } else if self.is(at, "INTO") || self.is(at, "IN") {
                at = self.name(at + 1, Use::Reads).max(at + 1);
            } else if self.is(at, "UPDATE") && (at == start || !self.is(at - 1, "DO")) {
                at += 1;
                if self.is(at, "OR") {
                    at += 2;
                }
                // Of a trigger: `BEFORE UPDATE OF column ON table`.
                if !self.is_any(at, &["OF", "ON"]) {
                    at = self.name(at, Use::Reads).max(at);
                }
            } else if expects {
                expects = false;
                let next = self.name(at, Use::Reads);
                at = next.max(at + 1);
            } else {
                if self.is_any(at, &ENDS) {
                    in_list = false;
                }
                at += 1;
            }
        }
        self.with.pop();
    }

    /// What stands in the brackets of a list of tables: a query, or tables.
    fn list(&mut self, start: usize, end: usize) {
        if self.is_any(start, &["SELECT", "WITH", "VALUES"]) {
            return self.query(start, end);
        }
        self.with.push(BTreeSet::new());
        let mut at = start;
        let mut expects = true;
        while at < end {
            if self.token(at) == Some(&Token::LParen) {
                let close = self.behind(at);
                let inner = close.saturating_sub(1).min(end);
                if expects {
                    self.list(at + 1, inner);
                } else {
                    self.query(at + 1, inner);
                }
                expects = false;
                at = close;
            } else if expects {
                expects = false;
                at = self.name(at, Use::Reads).max(at + 1);
            } else {
                expects = self.token(at) == Some(&Token::Comma) || self.is(at, "JOIN");
                at += 1;
            }
        }
        self.with.pop();
    }

    /// Notes the names that `WITH` makes, and scans their queries.
    fn with(&mut self, start: usize, end: usize) -> usize {
        let mut at = start;
        if self.is(at, "RECURSIVE") {
            at += 1;
        }
        let mut bodies = Vec::new();
        while at < end {
            let Some(Token::Word(word)) = self.token(at) else {
                break;
            };
            let name = same_in_sql(&word.value);
            if let Some(names) = self.with.last_mut() {
                names.insert(name);
            }
            at += 1;
            if self.token(at) == Some(&Token::LParen) {
                at = self.behind(at);
            }
            while self.is_any(at, &["AS", "NOT", "MATERIALIZED"]) {
                at += 1;
            }
            if self.token(at) != Some(&Token::LParen) {
                break;
            }
            let close = self.behind(at);
            bodies.push((at + 1, close.saturating_sub(1).min(end)));
            at = close;
            if self.token(at) != Some(&Token::Comma) {
                break;
            }
            at += 1;
        }
        for (from, to) in bodies {
            self.query(from, to);
        }
        at
    }
}
