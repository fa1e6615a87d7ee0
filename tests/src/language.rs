//! A corner of Python that the tests can run themselves: `name = (a, b, 3)`, one a line.
//!
//! A value is its own history: the text of the right side with each name replaced by its value, so
//! that a value made from old inputs cannot look like one made from new ones. A name that nobody
//! made raises `NameError`; `boom` is such a name always.

use std::collections::BTreeMap;

/// The values of names.
pub type Namespace = BTreeMap<String, String>;

/// One assignment: the name, and the words of its right side.
#[must_use]
pub fn assignments(source: &str) -> Vec<(String, Vec<String>)> {
    let parse = |line: &str| {
        let (name, value) = line.split_once('=')?;
        let words = value
            .split([' ', ',', '(', ')'])
            .filter(|word| !word.is_empty());
        Some((name.trim().to_owned(), words.map(str::to_owned).collect()))
    };
    source.lines().filter_map(parse).collect()
}

/// Whether a word of a right side is a name.
#[must_use]
pub fn is_name(word: &str) -> bool {
    word.starts_with(|first: char| first.is_ascii_alphabetic())
}

/// Runs a source; the error is the name that nobody made.
pub fn execute(source: &str, names: &mut Namespace) -> Result<(), String> {
    for (name, words) in assignments(source) {
        let mut value = String::from("(");
        for word in words {
            let part = if is_name(&word) {
                names.get(&word).ok_or(word)?.clone()
            } else {
                word
            };
            value.push_str(&part);
            value.push(',');
        }
        value.push(')');
        names.insert(name, value);
    }
    Ok(())
}
