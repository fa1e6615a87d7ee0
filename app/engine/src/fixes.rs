//! What a person can do about a problem with one click, and renaming: edits of several cells at once.

use std::sync::Arc;

use protocol::CellId;
/// Whether a word is one of Python's own.
pub use ruff_python_stdlib::keyword::is_keyword;

use crate::analysis::sql::is_identifier;
use crate::analysis::{Analysis, Span, is_builtin, normalized, same_in_sql};
use crate::diagnostic::{Absence, Diagnostic, Problem};
use crate::notebook::{Edit, Kind};
use crate::session::Session;

/// How many cells are offered to choose from.
const CHOICES: usize = 4;

/// A fix of a problem.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Way {
    /// The name gets another name in this cell.
    CallIt,
    /// This cell's code is put behind that of the cell whose name it is.
    MergeWithOwner,
    /// The name of this cell is the one that is meant; the others make theirs private.
    Use(CellId),
    /// The cells that make the name become one.
    MergeMakers,
    /// The name becomes the one that may have been meant.
    Change,
    /// The cell is turned on.
    TurnOn,
    /// The cell imports the module.
    Import,
}

/// The fixes of a problem of a cell, each with the words for its button.
#[must_use]
pub fn ways(session: &Session, problem: &Problem) -> Vec<(Way, String)> {
    let number = |id: CellId| number(session, id);
    match problem {
        Problem::Rebinding { owner, .. } => vec![
            (Way::CallIt, "Give it a name of its own".to_owned()),
            (
                Way::MergeWithOwner,
                format!("Merge with cell {}", number(*owner)),
            ),
        ],
        Problem::Ambiguous { others, .. } => {
            let uses = others.iter().take(CHOICES);
            let uses = uses.map(|id| (Way::Use(*id), format!("Use cell {}'s", number(*id))));
            let mut fixes: Vec<_> = uses.collect();
            if let [one, other] = others.as_slice() {
                let text = format!("Merge cells {} and {}", number(*one), number(*other));
                fixes.push((Way::MergeMakers, text));
            }
            fixes
        }
        Problem::TwoTables { .. } => vec![(Way::CallIt, "Give it a name of its own".to_owned())],
        Problem::Private { name, owners } => {
            let uses = owners.iter().take(CHOICES).map(|owner| {
                let new = shared_name(session, name, &sharing(session, name, owners));
                let text = match owners.as_slice() {
                    [_] => format!("Share it as `{new}`"),
                    _ => format!("Share cell {}'s as `{new}`", number(*owner)),
                };
                (Way::Use(*owner), text)
            });
            uses.collect()
        }
        Problem::Undefined {
            meant: Some(meant), ..
        } => vec![(Way::Change, format!("Change to `{meant}`"))],
        Problem::Absent {
            why: Absence::Unfetched { module },
            ..
        } => vec![(Way::Import, format!("Write `import {module}`"))],
        Problem::TurnedOff { owner, .. } => {
            vec![(Way::TurnOn, format!("Turn cell {} on", number(*owner)))]
        }
        _ => Vec::new(),
    }
}

/// The edit that fixes a problem of a cell, worked out from the cells as they are now. The error
/// is a sentence.
pub fn edit(session: &Session, id: CellId, problem: &Problem, way: Way) -> Result<Edit, String> {
    let gone = || "This has changed meanwhile; look at the cell again.".to_owned();
    let is_there = |found: &Diagnostic| found.problem == *problem;
    if !session.diagnostics(id).iter().any(is_there) {
        return Err(gone());
    }
    match (problem, way) {
        (Problem::Rebinding { name, .. }, Way::CallIt) => rebind(session, id, name),
        (Problem::Rebinding { owner, .. }, Way::MergeWithOwner) => merge(session, &[*owner, id]),
        (Problem::Ambiguous { name, others }, Way::Use(chosen)) => {
            let rest = others.iter().copied().filter(|other| *other != chosen);
            set_aside(session, rest.collect(), name)
        }
        (Problem::Ambiguous { others, .. }, Way::MergeMakers) => merge(session, others),
        (Problem::Private { name, owners }, Way::Use(owner)) => {
            let new = shared_name(session, name, &sharing(session, name, owners));
            let readers = match owners.as_slice() {
                [_] => session.graph().private_readers(name),
                _ => vec![id],
            };
            let cells = readers.into_iter().chain([owner]);
            replace(session, name, &places(session, cells, name), &new)
        }
        (Problem::TwoTables { name, .. }, Way::CallIt) => {
            let places = session.analysis(id).map(|found| found.own_places_of(name));
            let new = fresh_name(session, &[id], name, 2);
            replace(session, name, &[(id, places.unwrap_or_default())], &new)
        }
        (
            Problem::Undefined {
                name,
                meant: Some(meant),
            },
            Way::Change,
        ) => replace(session, name, &places(session, [id], name), meant),
        (
            Problem::Absent {
                why: Absence::Unfetched { module },
                ..
            },
            Way::Import,
        ) => {
            let cell = session.notebook().cell(id).ok_or_else(gone)?;
            // A magic for the whole cell stays its first line.
            let magics = cell.source.split_inclusive('\n');
            let magics = magics.take_while(|line| line.starts_with("%%"));
            let (magics, rest) = cell.source.split_at(magics.map(str::len).sum());
            let source = format!("{magics}import {module}\n{rest}");
            Ok(Edit::Sources {
                sources: vec![(id, source.into())],
            })
        }
        (Problem::TurnedOff { owner, .. }, Way::TurnOn) => Ok(Edit::Disabled {
            cell: *owner,
            disabled: false,
        }),
        _ => Err(gone()),
    }
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
                let defines = own.is_some_and(|own| own.contains_key(name));
                *other == id || !defines || graph.exports(*other, name)
            })
            .collect()
    }
}

/// Renames a name of a cell in all cells that share it. The error is a sentence.
pub fn rename(session: &Session, id: CellId, old: &str, new: &str) -> Result<Edit, String> {
    let old = session.graph().resolve(id, old);
    let new = &normalized(new.trim());
    if new.is_empty() {
        return Err("Write the new name first.".to_owned());
    }
    if !is_identifier(new) || is_keyword(new) {
        return Err(format!("`{new}` cannot be a name in Python."));
    }
    if new == old {
        return Err(format!("`{old}` has this name already."));
    }
    let cells = sharers(session, id, old);
    if cells.len() > 1 && new.starts_with('_') {
        return Err(format!(
            "`{new}` begins with `_`, so no other cell could read it. Choose another name."
        ));
    }
    if session.graph().is_known(new) {
        return Err(format!(
            "Other cells use `{new}` already. Choose a name that is free."
        ));
    }
    for cell in &cells {
        let is_sql = session
            .notebook()
            .cell(*cell)
            .is_some_and(|cell| cell.kind == Kind::Sql);
        if is_sql && SQL_WORDS.contains(&new.to_uppercase().as_str()) {
            return Err(format!(
                "`{new}` is a word of SQL, and cell {} is written in it. Choose another name.",
                number(session, *cell)
            ));
        }
        if source(session, *cell).is_some_and(|text| has_word(&text, new)) {
            return Err(format!(
                "Cell {} uses `{new}` already. Choose a name that is free.",
                number(session, *cell)
            ));
        }
    }
    replace(session, old, &places(session, cells, old), new)
}

/// All cells in which a name stands that begins with an underscore.
fn sharing(session: &Session, name: &str, owners: &[CellId]) -> Vec<CellId> {
    let readers = session.graph().private_readers(name);
    readers.into_iter().chain(owners.iter().copied()).collect()
}

/// A name without underscores that no cell shares and none of these cells uses.
fn shared_name(session: &Session, name: &str, cells: &[CellId]) -> String {
    let bare = name.trim_matches('_');
    let is_name = is_identifier(bare) && !is_keyword(bare) && !is_builtin(bare);
    fresh_name(session, cells, if is_name { bare } else { "shared" }, 1)
}

/// The places of a name in each of these cells.
fn places(
    session: &Session,
    cells: impl IntoIterator<Item = CellId>,
    name: &str,
) -> Vec<(CellId, Vec<Span>)> {
    let cells = cells.into_iter().map(|cell| {
        let found = session.analysis(cell).map(|found| found.places(name));
        (cell, found.unwrap_or_default())
    });
    cells.collect()
}

/// Words that `SQLite` takes for no table (<https://www.sqlite.org/lang_keywords.html>).
const SQL_WORDS: [&str; 40] = [
    "ADD",
    "ALL",
    "ALTER",
    "AND",
    "AS",
    "BETWEEN",
    "CASE",
    "CHECK",
    "COLLATE",
    "CREATE",
    "DEFAULT",
    "DELETE",
    "DISTINCT",
    "DROP",
    "ELSE",
    "EXCEPT",
    "EXISTS",
    "FROM",
    "GROUP",
    "HAVING",
    "IN",
    "INDEX",
    "INSERT",
    "INTERSECT",
    "INTO",
    "IS",
    "JOIN",
    "LIMIT",
    "NOT",
    "NULL",
    "ON",
    "OR",
    "ORDER",
    "SELECT",
    "SET",
    "TABLE",
    "UNION",
    "UPDATE",
    "VALUES",
    "WHERE",
];

fn number(session: &Session, id: CellId) -> usize {
    session.notebook().place(id).map_or(0, |at| at + 1)
}

fn source(session: &Session, id: CellId) -> Option<Arc<str>> {
    session.notebook().cell(id).map(|cell| cell.source.clone())
}

/// A name like this one that no cell shares and these do not use; numbers begin with the first.
fn fresh_name(session: &Session, cells: &[CellId], name: &str, first: u32) -> String {
    let texts: Vec<Arc<str>> = cells.iter().filter_map(|id| source(session, *id)).collect();
    let is_used = |new: &str| texts.iter().any(|text| has_word(text, new));
    let names = (first..).map(|number| match number {
        1 => name.to_owned(),
        _ => format!("{name}_{number}"),
    });
    let mut free = names.filter(|new| !session.graph().is_known(new) && !is_used(new));
    free.next().unwrap_or_else(|| format!("{name}_new"))
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

/// The text of a cell and what is known of it, if that was found in this very text.
fn known(session: &Session, id: CellId) -> Result<(Arc<str>, &Analysis), String> {
    let (Some(text), Some(found)) = (source(session, id), session.analysis(id)) else {
        return Err("The cell is gone.".to_owned());
    };
    if found.syntax_error.is_some() {
        return Err(format!(
            "Cell {} does not parse yet. Mend it first, so that nothing in it is changed by mistake.",
            number(session, id)
        ));
    }
    Ok((text, found))
}

/// Puts a name in these places of cells.
fn replace(
    session: &Session,
    old: &str,
    places: &[(CellId, Vec<Span>)],
    new: &str,
) -> Result<Edit, String> {
    let mut sources = Vec::new();
    for (id, spans) in places.iter().filter(|(_, spans)| !spans.is_empty()) {
        let (text, found) = known(session, *id)?;
        let changes = spans.iter().map(|span| (*span, new.to_owned()));
        let written = write(&text, found, old, changes.collect());
        let written = written.ok_or_else(|| {
            format!(
                "Cell {} imports a part of a package under this name, which cannot be renamed.",
                number(session, *id)
            )
        })?;
        sources.push((*id, Arc::from(written)));
    }
    if sources.is_empty() {
        return Err("There is nothing to rename.".to_owned());
    }
    Ok(Edit::Sources { sources })
}

/// Puts texts in the place of a name; `None` where something else stands there.
fn write(
    text: &str,
    found: &Analysis,
    old: &str,
    mut changes: Vec<(Span, String)>,
) -> Option<String> {
    changes.sort_unstable();
    let mut written = String::with_capacity(text.len());
    let mut end = 0;
    for (span, new) in changes {
        let (from, to) = (span.start as usize, span.end as usize);
        written.push_str(text.get(end..from)?);
        let there = text.get(from..to)?;
        if found.bare_imports.contains(&span) {
            if there != old {
                return None;
            }
            written.push_str(there);
            written.push_str(" as ");
        } else if !as_compared(there).contains(&as_compared(old)) {
            return None;
        }
        written.push_str(&new);
        end = to;
    }
    written.push_str(text.get(end..)?);
    Some(written)
}

/// A name as it is compared: SQL may write it in other letters, and Python in other forms of them.
fn as_compared(text: &str) -> String {
    same_in_sql(&normalized(text))
}

/// Gives what a cell makes of another's name a name of its own: `x += 1` becomes `x_2 = x + (1)`.
fn rebind(session: &Session, id: CellId, name: &str) -> Result<Edit, String> {
    let (text, found) = known(session, id)?;
    let new = fresh_name(session, &[id], name, 2);
    let reads = found.references.get(name).map(|read| read.spans.clone());
    let reads = reads.unwrap_or_default();
    let mut changes: Vec<(Span, String)> = Vec::new();
    for (target, value) in &found.augmented {
        let range = |from: u32, to: u32| text.get(from as usize..to as usize);
        let between = range(target.end, value.start).map(str::trim);
        let operator = between.and_then(|between| between.strip_suffix('='));
        if let (Some(target_text), Some(operator), Some(value_text)) = (
            range(target.start, target.end),
            operator,
            range(value.start, value.end),
        ) && target_text == name
            && reads.contains(target)
        {
            let whole = Span {
                start: target.start,
                end: value.end,
            };
            changes.push((whole, format!("{new} = {name} {operator} ({value_text})")));
        }
    }
    for span in found.own_places_of(name) {
        let mut taken = changes.iter();
        let is_taken = taken.any(|(other, _)| other.start <= span.start && span.end <= other.end);
        if !is_taken && !reads.contains(&span) {
            changes.push((span, new.clone()));
        }
    }
    let written = write(&text, found, name, changes);
    let written = written.ok_or_else(|| format!("`{name}` cannot be renamed here."))?;
    Ok(Edit::Sources {
        sources: vec![(id, written.into())],
    })
}

/// Makes a name private in these cells, so that it is no longer meant by others.
fn set_aside(session: &Session, cells: Vec<CellId>, name: &str) -> Result<Edit, String> {
    let mut sources = Vec::new();
    for id in cells {
        let (text, found) = known(session, id)?;
        let private = format!("_{name}");
        let new = if has_word(&text, &private) {
            fresh_name(session, &[id], name, 2)
        } else {
            private
        };
        let places = found.places(name);
        if places.is_empty() {
            return Err(format!(
                "Cell {} makes `{name}` without naming it, so it cannot be renamed there.",
                number(session, id)
            ));
        }
        let changes = places.into_iter().map(|span| (span, new.clone()));
        let written = write(&text, found, name, changes.collect());
        let written = written.ok_or_else(|| {
            format!(
                "`{name}` cannot be renamed in cell {}.",
                number(session, id)
            )
        })?;
        sources.push((id, Arc::from(written)));
    }
    Ok(Edit::Sources { sources })
}

/// Puts the code of Python cells into the first of them, in document order.
fn merge(session: &Session, cells: &[CellId]) -> Result<Edit, String> {
    let notebook = session.notebook();
    let mut cells = cells.to_vec();
    cells.sort_by_key(|id| notebook.place(*id));
    let mut sources = Vec::new();
    for id in &cells {
        let cell = notebook
            .cell(*id)
            .filter(|cell| cell.kind == Kind::Python)
            .ok_or_else(|| "Only Python cells can be merged.".to_owned())?;
        // A magic that takes the whole cell would take the other's code too, or be none in its middle.
        if cell.source.trim_start().starts_with("%%") {
            let number = number(session, *id);
            return Err(format!(
                "Cell {number} begins with a command for the whole cell (%%). Take that away first."
            ));
        }
        sources.push(cell.source.trim_end());
    }
    let first = *cells
        .first()
        .ok_or_else(|| "The cells are gone.".to_owned())?;
    let mut edits = vec![Edit::Source {
        cell: first,
        source: sources.join("\n").into(),
    }];
    edits.extend(cells[1..].iter().map(|cell| Edit::Delete { cell: *cell }));
    Ok(Edit::Group { edits })
}
