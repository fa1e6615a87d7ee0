//! The analysis against `CPython`: its symbol table and its bytecode judge the same cells.
//!
//! `tests/oracle/oracle.py` says what is asked. The environment names files with `CPython`'s answers,
//! a line of JSON for each cell (`make native` makes them).

use std::collections::BTreeSet;
use std::fs;

use engine::analysis::{self, Analysis};
use serde::Deserialize;

/// What `CPython` says of a cell.
#[derive(Debug, Deserialize)]
struct Judged {
    source: String,
    /// Bound at module scope anywhere, by the symbol table.
    bound: BTreeSet<String>,
    /// Read at module scope anywhere, by the symbol table.
    read: BTreeSet<String>,
    /// Read by the module's own instructions before any that binds it.
    early: BTreeSet<String>,
    /// Read by code inside the module's.
    later: BTreeSet<String>,
    awaits: bool,
}

/// Where the analysis differs from `CPython`, in words.
fn disagreements(judged: &Judged, found: &Analysis) -> Vec<String> {
    let mut told = Vec::new();
    let mut tell = |what: &str, names: Vec<&String>| {
        if !names.is_empty() {
            told.push(format!("{what}: {names:?}"));
        }
    };
    let private = |name: &&String| name.starts_with('_');
    let defined: BTreeSet<String> = found.definitions.keys().cloned().collect();
    let deleted: BTreeSet<String> = found.deletions.keys().cloned().collect();
    let referenced: BTreeSet<String> = found.references.keys().cloned().collect();
    // A name that is deleted, or bound by `except … as` alone, is gone when the cell ends.
    let temporary =
        |name: &&String| deleted.contains(*name) || is_handler_name(&judged.source, name);
    let bound = judged
        .bound
        .iter()
        .filter(|name| !private(name) && !temporary(name));
    tell(
        "not defined",
        bound.filter(|name| !defined.contains(*name)).collect(),
    );
    tell(
        "defined, but CPython does not bind it",
        defined.difference(&judged.bound).collect(),
    );
    tell("referenced, but CPython does not read it", {
        let reads = |name: &&String| {
            judged.read.contains(*name) || deleted.contains(*name) || judged.early.contains(*name)
        };
        referenced.iter().filter(|name| !reads(name)).collect()
    });
    // What is read and never bound here must be a reference; so must what is read too early.
    let free = judged
        .read
        .difference(&judged.bound)
        .filter(|name| !private(name));
    tell(
        "not referenced",
        free.filter(|name| !referenced.contains(*name)).collect(),
    );
    let early = judged.early.iter().filter(|name| !private(name));
    tell(
        "read too early, but not referenced",
        early.filter(|name| !referenced.contains(*name)).collect(),
    );
    // And nothing that is bound before every read of it.
    let needless = |name: &&String| {
        judged.bound.contains(*name)
            && !judged.early.contains(*name)
            && !judged.later.contains(*name)
            && !deleted.contains(*name)
    };
    tell(
        "referenced, though bound before",
        referenced.iter().filter(needless).collect(),
    );
    if found.top_level_await != judged.awaits {
        told.push(format!("awaits: {}", judged.awaits));
    }
    told
}

fn is_handler_name(source: &str, name: &str) -> bool {
    source.contains(&format!(" as {name}:"))
}

fn judge_file(variable: &str, at_least: usize) {
    let Some(path) = std::env::var_os(variable) else {
        println!("{variable} is not set: run `make test`");
        return;
    };
    let text = fs::read_to_string(path).unwrap_or_default();
    let (mut count, mut wrong) = (0, Vec::new());
    for line in text.lines() {
        let judged: Judged =
            serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {line}"));
        let found = analysis::python(&judged.source);
        count += 1;
        if let Some(error) = &found.syntax_error {
            wrong.push(format!(
                "does not parse: {}\n{}",
                error.message, judged.source
            ));
            continue;
        }
        let told = disagreements(&judged, &found);
        if !told.is_empty() {
            wrong.push(format!("{}\n{}", told.join("; "), judged.source));
        }
    }
    let shown: Vec<String> = wrong
        .iter()
        .take(12)
        .map(|text| text.chars().take(900).collect())
        .collect();
    println!("{count} cells judged, {} disagreements", wrong.len());
    assert!(
        wrong.is_empty(),
        "{} of {count} cells:\n\n{}",
        wrong.len(),
        shown.join("\n\n----\n\n")
    );
    assert!(count >= at_least, "only {count} cells");
}

#[test]
fn the_machine_s_python_agrees_on_the_standard_library() {
    judge_file("RIVULET_ORACLE", 2_000);
}

#[test]
fn pyodide_s_python_agrees_on_the_standard_library() {
    judge_file("RIVULET_ORACLE_314", 2_000);
}
