//! One edit that can be taken back by name, whatever was edited after it.

use crate::notebook::{Edit, Notebook};

/// What takes an edit back, as long as nothing has changed what the edit changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reversal {
    inverse: Edit,
    /// What would take the inverse back, while everything is as the edit has left it.
    expected: Edit,
}

impl Reversal {
    /// What will take this edit back; `None` if the edit does not fit the notebook.
    #[must_use]
    pub fn of(edit: &Edit, notebook: &Notebook) -> Option<Self> {
        let mut trial = notebook.clone();
        let inverse = trial.apply(edit.clone()).ok()?;
        let expected = trial.apply(inverse.clone()).ok()?;
        Some(Self { inverse, expected })
    }

    /// The edit to apply now; `None` if that would take back something else too: what was typed there
    /// since, or a cell that has come back in another way.
    #[must_use]
    pub fn edit(&self, notebook: &Notebook) -> Option<Edit> {
        let undone = notebook.clone().apply(self.inverse.clone()).ok()?;
        (undone == self.expected).then(|| self.inverse.clone())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::notebook::Kind;
    use protocol::CellId;

    const FIRST: CellId = CellId(1);
    const SECOND: CellId = CellId(2);

    fn source(cell: CellId, source: &str) -> Edit {
        let source = source.into();
        Edit::Source { cell, source }
    }

    fn renamed(new: &str) -> Edit {
        let sources = vec![
            (FIRST, new.into()),
            (SECOND, format!("print({new})").into()),
        ];
        Edit::Sources { sources }
    }

    /// What the cells are after an edit, edits that follow, and its reversal; `None` if that is refused.
    fn check(done: Edit, later: &[Edit], expected: Option<&[&str]>) {
        let cells = ["a", "b", "c"].map(|text| (Kind::Python, text));
        let mut notebook = Notebook::from_sources("", cells);
        let reversal = Reversal::of(&done, &notebook).expect("the edit fits");
        notebook.apply(done).expect("the edit fits");
        for edit in later {
            notebook.apply(edit.clone()).expect("the edit fits");
        }
        let sources = reversal.edit(&notebook).map(|edit| {
            notebook.apply(edit).expect("a reversal fits");
            let cells = notebook.cells().iter();
            cells.map(|cell| &*cell.source).collect::<Vec<_>>()
        });
        assert_eq!(sources.as_deref(), expected);
    }

    #[test]
    fn a_deleted_cell_comes_back_and_what_was_moved_stays() {
        let moved = Edit::Move { cell: FIRST, to: 1 };
        let deleted = || Edit::Delete { cell: SECOND };
        check(deleted(), &[], Some(&["a", "b", "c"]));
        check(deleted(), &[moved], Some(&["c", "b", "a"]));
        check(deleted(), &[source(FIRST, "x")], Some(&["x", "b", "c"]));
    }

    #[test]
    fn a_cell_that_is_there_again_does_not_come_twice() {
        let mut notebook = Notebook::from_sources("", [(Kind::Python, "a"), (Kind::Python, "b")]);
        let done = Edit::Delete { cell: SECOND };
        let reversal = Reversal::of(&done, &notebook).expect("the edit fits");
        let inverse = notebook.apply(done).expect("the edit fits");
        notebook.apply(inverse).expect("its inverse fits");
        assert_eq!(reversal.edit(&notebook), None);
    }

    #[test]
    fn what_was_typed_since_is_not_taken_back() {
        check(renamed("n"), &[], Some(&["a", "b", "c"]));
        check(
            renamed("n"),
            &[source(CellId(3), "x")],
            Some(&["a", "b", "x"]),
        );
        check(renamed("n"), &[source(FIRST, "x")], None);
        check(renamed("n"), &[Edit::Delete { cell: FIRST }], None);
    }

    #[test]
    fn merged_cells_come_apart_again() {
        let merge = || Edit::Group {
            edits: vec![source(FIRST, "a\nb"), Edit::Delete { cell: SECOND }],
        };
        check(merge(), &[], Some(&["a", "b", "c"]));
        check(merge(), &[source(FIRST, "a\nb\nmore")], None);
    }

    #[test]
    fn an_earlier_version_is_left_again_unless_it_was_changed() {
        let replace = || Edit::Replace {
            notebook: Box::new(Notebook::from_sources("", [(Kind::Python, "old")])),
        };
        check(replace(), &[], Some(&["a", "b", "c"]));
        check(replace(), &[source(FIRST, "new")], None);
    }
}
