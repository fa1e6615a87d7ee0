//! How `SQLite` writes names. sqlparser's own `SQLiteDialect` says the same, and would bring its whole
//! parser into the page.

use std::any::TypeId;

use sqlparser::dialect::{Dialect, SQLiteDialect};

/// The letters of `SQLite` (<https://www.sqlite.org/draft/tokenreq.html>).
#[derive(Debug)]
pub(super) struct Sqlite;

impl Dialect for Sqlite {
    fn dialect(&self) -> TypeId {
        TypeId::of::<SQLiteDialect>()
    }

    fn is_delimited_identifier_start(&self, letter: char) -> bool {
        matches!(letter, '`' | '"' | '[')
    }

    fn is_identifier_start(&self, letter: char) -> bool {
        letter == '_' || letter.is_ascii_alphabetic() || !letter.is_ascii()
    }

    fn is_identifier_part(&self, letter: char) -> bool {
        self.is_identifier_start(letter) || letter.is_ascii_digit() || letter == '$'
    }
}
