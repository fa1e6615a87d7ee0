//! A corner of Python that the tests can run themselves: `name = (a, b, 3)`, `name += (a)` and
//! `import name`, one a line.
//!
//! A value is its own history: the text of the right side with each name replaced by its value, so
//! that a value made from old inputs cannot look like one made from new ones. A name that nobody
//! made raises `NameError`; `boom` is such a name always. `exec("a = (1)")` makes a name that no
//! analysis can know.

use std::collections::BTreeMap;

/// The word for a widget of the cell that has it.
pub const SLIDER: &str = "slider";

/// The values of names.
pub type Namespace = BTreeMap<String, String>;

/// One assignment: the name, and the words of its right side.
#[must_use]
pub fn assignments(source: &str) -> Vec<(String, Vec<String>)> {
    let parse = |line: &str| {
        if let Some(module) = line.strip_prefix("import ") {
            return Some((module.trim().to_owned(), Vec::new()));
        }
        let (name, value) = line.split_once('=')?;
        if name.contains('(') {
            return None;
        }
        if let Some(name) = name.trim().strip_suffix('+') {
            let name = name.trim().to_owned();
            let words = value.split([' ', ',', '(', ')']);
            let words = words.filter(|word| !word.is_empty()).map(str::to_owned);
            return Some((name.clone(), std::iter::once(name).chain(words).collect()));
        }
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
    word.starts_with(|first: char| first.is_ascii_alphabetic() || first == '_')
}

/// Runs a source; the error is the name that nobody made. `own` names stay with this run. Returns the
/// names that it bound for everybody.
pub fn execute(source: &str, own: &[String], names: &mut Namespace) -> Result<Vec<String>, String> {
    let mut local = Namespace::new();
    let mut bound = Vec::new();
    for line in source.lines() {
        let hidden = line
            .strip_prefix("exec(\"")
            .and_then(|line| line.strip_suffix("\")"));
        for (name, words) in assignments(hidden.unwrap_or(line)) {
            let mut value = String::from("(");
            for word in words {
                let part = if is_name(&word) {
                    let found = local.get(&word).or_else(|| names.get(&word));
                    found.ok_or(word)?.clone()
                } else {
                    word
                };
                value.push_str(&part);
                value.push(',');
            }
            value.push(')');
            if own.contains(&name) {
                local.insert(name, value);
            } else {
                bound.push(name.clone());
                names.insert(name, value);
            }
        }
    }
    Ok(bound)
}
