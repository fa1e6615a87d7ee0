//! What a person can do about a problem with one click, and renaming: edits of several cells at once.

use std::sync::Arc;

use protocol::CellId;

use crate::analysis::sql::is_identifier;
use crate::analysis::{Analysis, Span};
use crate::diagnostic::Problem;
use crate::notebook::{Edit, Kind};
use crate::session::Session;

/// How many cells are offered to choose from.
const CHOICES: usize = 4;

/// A way out of a problem.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fix {
    /// What it does, for a button.
    pub text: String,
    /// The edit that does it.
    pub edit: Edit,
}

/// The ways out of a problem of a cell. `number` tells a cell's number for people.
#[must_use]
pub fn fixes(session: &Session, id: CellId, problem: &Problem) -> Vec<Fix> {
    let number = |id: CellId| session.notebook().place(id).map_or(0, |at| at + 1);
    let mut fixes = Vec::new();
    let mut offer = |text: String, edit: Option<Edit>| {
        if let Some(edit) = edit {
            fixes.push(Fix { text, edit });
        }
    };
    match problem {
        Problem::Rebinding { name, owner } => {
            let new = fresh_name(session, name);
            offer(
                format!("Call it `{new}` here"),
                rebind(session, id, name, &new),
            );
            let text = format!("Merge with cell {}", number(*owner));
            offer(text, merge(session, &[*owner, id]));
        }
        Problem::Ambiguous { name, others } => {
            for chosen in others.iter().take(CHOICES) {
                let rest = others.iter().copied().filter(|other| other != chosen);
                let text = format!("Use cell {}'s", number(*chosen));
                offer(text, set_aside(session, rest.collect(), name));
            }
            if let [one, other] = others.as_slice() {
                let text = format!("Merge cells {} and {}", number(*one), number(*other));
                offer(text, merge(session, &[*one, *other]));
            }
        }
        Problem::TwoTables { name, .. } => {
            let new = fresh_name(session, name);
            let text = format!("Call it `{new}` here");
            offer(
                text,
                replace(session, &[(id, own_places(session, id, name))], &new).ok(),
            );
        }
        Problem::Undefined {
            name,
            meant: Some(meant),
        } => {
            let places = session.analysis(id).map(|found| found.places(name));
            let places = vec![(id, places.unwrap_or_default())];
            offer(
                format!("Change to `{meant}`"),
                replace(session, &places, meant).ok(),
            );
        }
        Problem::TurnedOff { owner, .. } => {
            let edit = Edit::Disabled {
                cell: *owner,
                disabled: false,
            };
            offer(format!("Turn cell {} on", number(*owner)), Some(edit));
        }
        _ => {}
    }
    fixes
}

/// The cells in which a name means what it means in this cell: all of them if it is everybody's, this
/// one if it is its own.
#[must_use]
pub fn sharers(session: &Session, id: CellId, name: &str) -> Vec<CellId> {
    let graph = session.graph();
    let is_own = session.analysis(id).is_some_and(|found| {
        found.private.contains_key(name)
            || found.definitions.contains_key(name) && !graph.exports(id, name)
    });
    if is_own {
        vec![id]
    } else {
        let mut cells = graph.everybody(name);
        if !cells.contains(&id) {
            cells.push(id);
        }
        cells
            .into_iter()
            .filter(|other| {
                let own = session.analysis(*other).map(|found| &found.definitions);
                let makes = own.is_some_and(|made| made.contains_key(name));
                *other == id || !makes || graph.exports(*other, name)
            })
            .collect()
    }
}

/// Renames a name of a cell in all cells that share it. The error is a sentence.
pub fn rename(session: &Session, id: CellId, old: &str, new: &str) -> Result<Edit, String> {
    let new = new.trim();
    if !is_identifier(new) || is_keyword(new) {
        return Err(format!("`{new}` cannot be a name in Python."));
    }
    if new == old {
        return Err(format!("`{old}` has this name already."));
    }
    let cells = sharers(session, id, old);
    if session.graph().is_made(new) {
        return Err(format!(
            "Another cell makes `{new}` already. Choose a name that is free."
        ));
    }
    let places = cells.into_iter().map(|cell| {
        let found = session.analysis(cell).map(|found| found.places(old));
        (cell, found.unwrap_or_default())
    });
    replace(session, &places.collect::<Vec<_>>(), new)
}

/// The words that cannot be names.
const KEYWORDS: &str = "False None True and as assert async await break class continue def del elif else \
    except finally for from global if import in is lambda nonlocal not or pass raise return try while with yield";

fn is_keyword(word: &str) -> bool {
    KEYWORDS
        .split_ascii_whitespace()
        .any(|keyword| keyword == word)
}

/// A name like this one that no cell uses.
fn fresh_name(session: &Session, name: &str) -> String {
    let is_free = |new: &String| {
        !session.graph().is_made(new)
            && !session
                .notebook()
                .cells()
                .iter()
                .any(|cell| has_word(&cell.source, new))
    };
    let mut numbered = (2..).map(|number| format!("{name}_{number}"));
    numbered
        .find(is_free)
        .unwrap_or_else(|| format!("{name}_new"))
}

/// Whether a word stands anywhere in a text.
fn has_word(text: &str, word: &str) -> bool {
    let is_letter = |letter: char| letter == '_' || letter.is_alphanumeric();
    text.match_indices(word).any(|(at, _)| {
        let before = text[..at].chars().next_back().is_some_and(is_letter);
        let after = text[at + word.len()..]
            .chars()
            .next()
            .is_some_and(is_letter);
        !before && !after
    })
}

fn source(session: &Session, id: CellId) -> Option<Arc<str>> {
    session.notebook().cell(id).map(|cell| cell.source.clone())
}

fn own_places(session: &Session, id: CellId, name: &str) -> Vec<Span> {
    let found = session.analysis(id);
    found
        .map(|found| found.own_places_of(name))
        .unwrap_or_default()
}

/// Puts a name in these places of cells.
fn replace(session: &Session, places: &[(CellId, Vec<Span>)], new: &str) -> Result<Edit, String> {
    let mut sources = Vec::new();
    for (id, spans) in places {
        let (Some(text), Some(found)) = (source(session, *id), session.analysis(*id)) else {
            continue;
        };
        if spans.is_empty() {
            continue;
        }
        let number = session.notebook().place(*id).map_or(0, |at| at + 1);
        if has_word(&text, new) && !is_defined_elsewhere(session, new) {
            return Err(format!(
                "Cell {number} uses `{new}` already. Choose a name that is free."
            ));
        }
        let written = write(&text, spans, found, new);
        let written = written.ok_or_else(|| {
            format!("Cell {number} imports a part of a package under this name, which cannot be renamed.")
        })?;
        sources.push((*id, Arc::from(written)));
    }
    if sources.is_empty() {
        return Err("There is nothing to rename.".to_owned());
    }
    Ok(Edit::Sources { sources })
}

/// Whether the new name is one to be meant, not one to be made.
fn is_defined_elsewhere(session: &Session, name: &str) -> bool {
    session.graph().has_owner(name) || crate::analysis::is_builtin(name)
}

fn write(text: &str, spans: &[Span], found: &Analysis, new: &str) -> Option<String> {
    let mut written = String::with_capacity(text.len());
    let mut end = 0;
    for span in spans {
        let (from, to) = (span.start as usize, span.end as usize);
        written.push_str(text.get(end..from)?);
        let old = text.get(from..to)?;
        if found.bare_imports.contains(span) {
            if old.contains('.') {
                return None;
            }
            written.push_str(old);
            written.push_str(" as ");
        }
        written.push_str(new);
        end = to;
    }
    written.push_str(text.get(end..)?);
    Some(written)
}

/// Gives what a cell makes of another's name a name of its own: `x += 1` becomes `x_2 = x + (1)`.
fn rebind(session: &Session, id: CellId, name: &str, new: &str) -> Option<Edit> {
    let text = source(session, id)?;
    let found = session.analysis(id)?;
    let reads = found.references.get(name).map(|read| read.spans.clone());
    let reads = reads.unwrap_or_default();
    // Each change is a range and what comes in its place.
    let mut changes: Vec<(usize, usize, String)> = Vec::new();
    for (target, value) in &found.augmented {
        let (from, to) = (target.start as usize, target.end as usize);
        if text.get(from..to) != Some(name) || !reads.contains(target) {
            continue;
        }
        let (start, end) = (value.start as usize, value.end as usize);
        let between = text.get(to..start)?;
        let operator = between.trim().strip_suffix('=')?.to_owned();
        changes.push((
            from,
            end,
            format!("{new} = {name} {operator} ({})", text.get(start..end)?),
        ));
    }
    let is_taken = |span: &Span, changes: &[(usize, usize, String)]| {
        let mut taken = changes.iter();
        taken.any(|(from, to, _)| *from <= span.start as usize && span.end as usize <= *to)
    };
    for span in found.own_places_of(name) {
        if !is_taken(&span, &changes) && !reads.contains(&span) {
            if found.bare_imports.contains(&span) {
                return None;
            }
            changes.push((span.start as usize, span.end as usize, new.to_owned()));
        }
    }
    changes.sort_unstable();
    let mut written = String::new();
    let mut end = 0;
    for (from, to, put) in changes {
        written.push_str(text.get(end..from)?);
        written.push_str(&put);
        end = to;
    }
    written.push_str(text.get(end..)?);
    Some(Edit::Sources {
        sources: vec![(id, written.into())],
    })
}

/// Makes a name private in these cells, so that it is no longer meant by others.
fn set_aside(session: &Session, cells: Vec<CellId>, name: &str) -> Option<Edit> {
    let mut sources = Vec::new();
    for id in cells {
        let text = source(session, id)?;
        let private = format!("_{name}");
        let new = if has_word(&text, &private) {
            fresh_name(session, name)
        } else {
            private
        };
        let found = session.analysis(id)?;
        let written = write(&text, &found.places(name), found, &new)?;
        sources.push((id, Arc::from(written)));
    }
    Some(Edit::Sources { sources })
}

/// Puts the code of Python cells into the first of them, in document order.
fn merge(session: &Session, cells: &[CellId]) -> Option<Edit> {
    let notebook = session.notebook();
    let mut cells = cells.to_vec();
    cells.sort_by_key(|id| notebook.place(*id));
    let sources: Option<Vec<&str>> = cells
        .iter()
        .map(|id| {
            let cell = notebook
                .cell(*id)
                .filter(|cell| cell.kind == Kind::Python)?;
            Some(cell.source.trim_end())
        })
        .collect();
    let first = *cells.first()?;
    let mut edits = vec![Edit::Source {
        cell: first,
        source: sources?.join("\n").into(),
    }];
    edits.extend(cells[1..].iter().map(|cell| Edit::Delete { cell: *cell }));
    Some(Edit::Group { edits })
}
