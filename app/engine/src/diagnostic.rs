//! What is wrong with a cell's code or its place in the graph, in the user's words.

use protocol::CellId;
use serde::{Deserialize, Serialize};

use crate::analysis::Span;

/// One thing that is wrong, on one cell.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Diagnostic {
    /// What is wrong.
    pub problem: Problem,
    /// Where in the cell's source; empty where it concerns the whole cell.
    pub spans: Vec<Span>,
}

/// What can be wrong with a cell before it runs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Problem {
    /// The code does not parse. The last good analysis stays in force, and the cell may be run,
    /// which shows Python's own message.
    Syntax {
        /// The parser's message.
        message: String,
    },
    /// The cell reads a name that several cells define, each for itself.
    Ambiguous {
        /// The name.
        name: String,
        /// The other cells that define it, in document order.
        others: Vec<CellId>,
    },
    /// Several cells create a table of this name, and there is one database.
    TwoTables {
        /// The table.
        name: String,
        /// The other cells that create it, in document order.
        others: Vec<CellId>,
    },
    /// The cell reads a name that another cell defines, and defines it again.
    Rebinding {
        /// The name.
        name: String,
        /// The cell that owns it.
        owner: CellId,
    },
    /// Nobody defines this name: no cell, no import, not Python itself. The cell may be run, which
    /// shows Python's own message.
    Undefined {
        /// The name.
        name: String,
        /// A name that there is and that looks much like it.
        meant: Option<String>,
    },
    /// The cell reads a name that begins with an underscore, which is another cell's own.
    Private {
        /// The name.
        name: String,
        /// The cells that have it, in document order.
        owners: Vec<CellId>,
    },
    /// The cell reads a name before it defines it, and no other cell defines it.
    TooEarly {
        /// The name.
        name: String,
    },
    /// Nobody knows what names this binds before it has run.
    Unknown {
        /// What binds them, as written: `from math import *`.
        how: String,
    },
    /// The last run bound names that the code does not say.
    Found {
        /// The names.
        names: Vec<String>,
    },
    /// The last run did not bind names that the code says.
    Missing {
        /// The names.
        names: Vec<String>,
    },
    /// A package that the cell asks for is there in another version than it says.
    OtherVersion {
        /// What is asked for, as written: `pandas<2`.
        asked: String,
        /// What there is: `pandas 3.0.2`.
        served: String,
    },
    /// A package, or a part of Python, is not there.
    Absent {
        /// Its name.
        name: String,
        /// Why.
        why: Absence,
    },
    /// The cell reads a name of a cell that is turned off.
    TurnedOff {
        /// The name.
        name: String,
        /// The cell that is turned off.
        owner: CellId,
    },
    /// The cells wait for each other.
    Cycle {
        /// The cells of the cycle; each reads a name of the one before it, the first of the last.
        path: Vec<CellId>,
        /// The names: `names[i]` is defined by `path[i]` and read by the next cell of the path.
        names: Vec<String>,
    },
}

/// Why a package is not there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Absence {
    /// The site has it, and nothing that can be seen before the run asks for it.
    Unfetched {
        /// The module that it brings.
        module: String,
    },
    /// It was asked for and could not be fetched.
    Failed {
        /// Why, as a sentence.
        reason: String,
    },
    /// The site does not have it.
    Nowhere,
    /// It is a part of Python that a browser does not run.
    Standard,
}

impl Problem {
    /// Whether the cell cannot run because of it.
    #[must_use]
    pub fn blocks(&self) -> bool {
        !self.is_hint()
    }

    /// Whether it lets the cell run, and may go away while the person types on.
    #[must_use]
    pub fn is_hint(&self) -> bool {
        matches!(
            self,
            Self::Syntax { .. }
                | Self::Undefined { .. }
                | Self::Private { .. }
                | Self::TooEarly { .. }
                | Self::Unknown { .. }
                | Self::Found { .. }
                | Self::Missing { .. }
                | Self::OtherVersion { .. }
                | Self::Absent { .. }
                | Self::TurnedOff { .. }
        )
    }

    /// Whether it is a hint about names that nobody is known to define: too early to say before the
    /// site's packages are known and something was run or typed.
    #[must_use]
    pub fn is_about_unknown_names(&self) -> bool {
        matches!(
            self,
            Self::Undefined { .. }
                | Self::Private { .. }
                | Self::TooEarly { .. }
                | Self::Unknown { .. }
        )
    }
}

/// How serious a notice to the person is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Severity {
    /// For information.
    Note,
    /// Something does not work as it should.
    Warning,
}
