//! What the page asks Python beside running cells: about variables and names.

use serde::{Deserialize, Serialize};

/// A question. Answering it runs no code of the notebook but what shows a value.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "ask", rename_all = "snake_case")]
pub enum Question {
    /// Which variables there are.
    Variables {
        /// Tells of these only.
        names: Option<Vec<String>>,
        /// Tells of no more than these many.
        limit: u32,
    },
    /// How this may go on.
    Complete {
        /// The dotted expression left of the cursor, for instance `df.he`.
        code: String,
    },
    /// Which files stand in the folder that cells run in.
    Files,
    /// Rows of a table that was shown as a grid.
    Rows {
        /// What the grid calls it.
        table: String,
        /// The column that it is sorted by, and whether from the largest on.
        sort: Option<(u32, bool)>,
        /// Only rows that hold this text in a cell; empty for all.
        search: String,
        /// The first row, from 0, of those that are left.
        first: u32,
        /// How many rows.
        count: u32,
        /// The first column.
        first_column: u32,
    },
    /// What this is.
    Help {
        /// A dotted name, for instance `df.head`.
        code: String,
    },
}

/// What Python answers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "answer", rename_all = "snake_case")]
pub enum Answer {
    /// The variables.
    Variables {
        /// The variables, by name.
        variables: Vec<Variable>,
        /// How many more there are.
        hidden: u32,
    },
    /// The files.
    Files {
        /// The files, by path.
        files: Vec<WorkFile>,
        /// How many more there are.
        hidden: u32,
    },
    /// How it may go on.
    Completions {
        /// The best ones.
        completions: Vec<Completion>,
    },
    /// Rows of a table.
    Rows {
        /// How many rows the view has.
        total: u32,
        /// The first one, from 0.
        first: u32,
        /// The cells, column by column.
        columns: Vec<Vec<Cell>>,
    },
    /// There are no rows to be had.
    NoRows {
        /// Whether sorting and searching takes too long; else the table is not kept any more.
        slow: bool,
    },
    /// What it is.
    Help {
        /// The name.
        title: String,
        /// Its parameters as written; may be empty.
        signature: String,
        /// The first lines of its documentation; may be empty.
        text: String,
        /// What kind of thing it is; may be empty.
        #[serde(rename = "type")]
        kind: String,
    },
}

/// A cell of a table.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Cell {
    /// Its text.
    Text(String),
    /// The word for what is missing.
    Missing([String; 1]),
}

/// A variable of the notebook.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Variable {
    /// Its name.
    pub name: String,
    /// Its type, for instance `DataFrame`.
    #[serde(rename = "type")]
    pub kind: String,
    /// How large it is, for people; may be empty.
    pub size: String,
    /// Its value on one line, cut short.
    pub value: String,
}

/// A file of the folder that cells run in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct WorkFile {
    /// Its path from there.
    pub path: String,
    /// Its size in bytes.
    pub size: u64,
    /// Whether a cell has made or changed it.
    pub written: bool,
}

/// A way to go on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Completion {
    /// The name.
    pub name: String,
    /// What it is: `function`, `class`, `module` and so on.
    pub kind: String,
}
