//! What changed between two versions of a notebook, cell by cell and line by line.

use protocol::CellId;
use similar::{ChangeTag, TextDiff};

use crate::notebook::{Cell, Notebook};

/// What became of one cell.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CellChange {
    /// The cell.
    pub cell: CellId,
    /// In one word.
    pub what: What,
    /// The lines of both versions, in order; empty where only the place changed.
    pub lines: Vec<Line>,
}

/// What became of a cell, in one word.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum What {
    /// It is only in the newer version.
    Added,
    /// It is only in the older version.
    Removed,
    /// Its text or its options differ.
    Changed,
    /// It stands elsewhere among the cells of both versions.
    Moved,
}

/// One line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    /// Where it is.
    pub sign: Sign,
    /// Its text, without the line's end.
    pub text: String,
}

/// In which version a line is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sign {
    /// In both.
    Same,
    /// Only in the older one.
    Minus,
    /// Only in the newer one.
    Plus,
}

/// Compares two versions: the cells that differ, in the order of the newer one, then those that it
/// has no more.
#[must_use]
pub fn compare(old: &Notebook, new: &Notebook) -> Vec<CellChange> {
    let mut changes = Vec::new();
    let common = |of: &Notebook, other: &Notebook| -> Vec<CellId> {
        let ids = of.cells().iter().map(|cell| cell.id);
        ids.filter(|id| other.cell(*id).is_some()).collect()
    };
    let (before, after) = (common(old, new), common(new, old));
    for cell in new.cells() {
        let Some(was) = old.cell(cell.id) else {
            changes.push(one_sided(cell, What::Added, Sign::Plus));
            continue;
        };
        if *was != *cell {
            changes.push(CellChange {
                cell: cell.id,
                what: What::Changed,
                lines: lines(&was.source, &cell.source),
            });
        } else if neighbour(&before, cell.id) != neighbour(&after, cell.id) {
            changes.push(CellChange {
                cell: cell.id,
                what: What::Moved,
                lines: Vec::new(),
            });
        }
    }
    let gone = old
        .cells()
        .iter()
        .filter(|cell| new.cell(cell.id).is_none());
    changes.extend(gone.map(|cell| one_sided(cell, What::Removed, Sign::Minus)));
    changes
}

/// The cell before it.
fn neighbour(order: &[CellId], id: CellId) -> Option<CellId> {
    let at = order.iter().position(|other| *other == id)?;
    order.get(at.checked_sub(1)?).copied()
}

fn one_sided(cell: &Cell, what: What, sign: Sign) -> CellChange {
    let lines = cell.source.split('\n').map(|text| Line {
        sign,
        text: text.to_owned(),
    });
    CellChange {
        cell: cell.id,
        what,
        lines: lines.collect(),
    }
}

fn lines(old: &str, new: &str) -> Vec<Line> {
    let diff = TextDiff::from_lines(old, new);
    let lines = diff.iter_all_changes().map(|change| Line {
        sign: match change.tag() {
            ChangeTag::Equal => Sign::Same,
            ChangeTag::Delete => Sign::Minus,
            ChangeTag::Insert => Sign::Plus,
        },
        text: change.value().trim_end_matches('\n').to_owned(),
    });
    lines.collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::notebook::{Edit, Kind};

    #[test]
    fn what_changed_is_told_by_cell_and_line() {
        let cells = [
            (Kind::Python, "a = 1\nb = 2"),
            (Kind::Python, "c"),
            (Kind::Python, "d"),
        ];
        let old = Notebook::from_sources("t", cells);
        let mut new = old.clone();
        let added = new.new_cell(Kind::Python, "e");
        for edit in [
            Edit::Source {
                cell: CellId(1),
                source: "a = 1\nb = 3".into(),
            },
            Edit::Delete { cell: CellId(2) },
            Edit::Insert { at: 0, cell: added },
        ] {
            assert!(new.apply(edit).is_ok());
        }
        let told: Vec<(u32, What, String)> = compare(&old, &new)
            .into_iter()
            .map(|change| {
                let sign = |sign| match sign {
                    Sign::Same => ' ',
                    Sign::Minus => '-',
                    Sign::Plus => '+',
                };
                let lines = change
                    .lines
                    .iter()
                    .map(|line| format!("{}{}", sign(line.sign), line.text));
                (
                    change.cell.0,
                    change.what,
                    lines.collect::<Vec<_>>().join("|"),
                )
            })
            .collect();
        let expected = [
            (4, What::Added, "+e".to_owned()),
            (1, What::Changed, " a = 1|-b = 2|+b = 3".to_owned()),
            (2, What::Removed, "-c".to_owned()),
        ];
        assert_eq!(told, expected);
        assert_eq!(compare(&old, &old), []);
    }

    #[test]
    fn a_cell_that_only_moved_is_told_as_moved() {
        let old = Notebook::from_sources("t", [(Kind::Python, "a"), (Kind::Python, "b")]);
        let mut new = old.clone();
        assert!(
            new.apply(Edit::Move {
                cell: CellId(2),
                to: 0
            })
            .is_ok()
        );
        assert!(
            compare(&old, &new)
                .iter()
                .all(|change| change.what == What::Moved)
        );
    }
}
