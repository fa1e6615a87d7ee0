//! Notebooks of many cells, and the edits whose way to the graph is measured.

use engine::{Edit, Event, Session};
use protocol::CellId;

/// A session of a large notebook.
#[derive(Debug)]
pub struct Large {
    session: Session,
    count: u32,
    made: u32,
}

/// What is edited, in a cell in the middle.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A letter that changes no name.
    Letter,
    /// A name that nobody reads comes.
    NewName,
    /// The cell's name goes and comes back: its readers lose it and find it again.
    Rename,
    /// A second cell makes a name that every cell reads, and then does not.
    Shared,
}

/// All kinds, each with its word.
pub const KINDS: [(Kind, &str); 4] = [
    (Kind::Letter, "a letter"),
    (Kind::NewName, "a new name"),
    (Kind::Rename, "a rename"),
    (Kind::Shared, "read by all"),
];

impl Large {
    /// Opens a notebook in which each cell reads one before it, one far above, and a name of the first.
    #[must_use]
    pub fn open(count: u32) -> Self {
        let sources: Vec<String> = (0..count)
            .map(|at| match at {
                0 => "n0 = 1\ndf = 2".to_owned(),
                at => format!("n{at} = n{} + n{} + df", at - 1, at / 2),
            })
            .collect();
        Self {
            session: crate::open(sources.iter().map(String::as_str)),
            count,
            made: 0,
        }
    }

    /// Makes one edit, and returns how many effects it had.
    pub fn edit(&mut self, kind: Kind) -> usize {
        self.made += 1;
        let middle = self.count / 2;
        let (before, made) = (middle - 1, self.made);
        let line = format!("n{middle} = n{before} + n{} + df", middle / 2);
        let source = match (kind, made % 2) {
            (Kind::Letter, _) => format!("{line}  # {made}"),
            (Kind::NewName, _) => format!("{line}\nextra_{made} = 2"),
            (Kind::Rename, 1) => format!("other_{line}"),
            (Kind::Shared, 1) => format!("n{middle} = n{before}\ndf = 3"),
            (Kind::Rename | Kind::Shared, _) => line,
        };
        let cell = CellId(middle + 1);
        let source = source.into();
        self.session
            .handle(Event::Edit(Edit::Source { cell, source }))
            .len()
    }
}
