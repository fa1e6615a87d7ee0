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
        /// What was made of it.
        view: TableView,
        /// The first row, from 0, of those that are left.
        first: u32,
        /// How many rows.
        count: u32,
        /// The first column.
        first_column: u32,
    },
    /// What is known of a column of such a table.
    Column {
        /// What the grid calls the table.
        table: String,
        /// The column, from 0.
        column: u32,
    },
    /// A part of such a table as a file.
    Export {
        /// What the grid calls it.
        table: String,
        /// What was made of it.
        view: TableView,
        /// `csv`, `tsv`, `xlsx` or `parquet`.
        format: String,
        /// The first row, from 0, of those that are left.
        first: u32,
        /// How many rows.
        count: u32,
        /// The first column.
        first_column: u32,
        /// The column behind the last one.
        last_column: u32,
        /// Whether the names of the columns come first.
        names: bool,
        /// Where the part begins: 0, or what the part before said.
        at: u32,
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
        /// The first column, from 0.
        first_column: u32,
        /// Where these rows stand in the table itself.
        places: Vec<u32>,
        /// The cells, column by column.
        columns: Vec<Vec<Cell>>,
    },
    /// What is known of a column.
    Column {
        /// Facts with their names, for instance the mean.
        facts: Vec<(String, String)>,
        /// How high the bars of its histogram are.
        bars: Vec<u32>,
        /// Its smallest value, where the bars begin.
        low: String,
        /// Its largest value, where the bars end.
        high: String,
        /// Its most frequent values, and how often each comes.
        top: Vec<(String, u32)>,
        /// How many values are missing.
        missing: u32,
    },
    /// A part of a table as a file.
    Part {
        /// Text; of a file that is none, base64.
        text: String,
        /// Where the next part begins; nothing after the last one.
        next: Option<u32>,
    },
    /// It is being made: ask again.
    Later,
    /// There is nothing to be had.
    NoRows {
        /// Why; nothing where the table is not kept any more.
        why: String,
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

/// What a person has made of a table.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct TableView {
    /// The column that it is sorted by, and whether from the largest on.
    pub sort: Option<(u32, bool)>,
    /// Only rows that hold this text in a cell; empty for all.
    pub search: String,
    /// Only rows that pass these, by column.
    pub filters: Vec<Filter>,
}

/// Lets only some rows pass.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Filter {
    /// The column, from 0.
    pub column: u32,
    /// What its cell must be.
    pub only: Only,
}

/// What a cell must be.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "by", rename_all = "snake_case")]
pub enum Only {
    /// Missing.
    Missing,
    /// Not missing.
    Present,
    /// A text that holds this one, in any case.
    Contains {
        /// The text.
        text: String,
    },
    /// One of these, as they are written.
    Values {
        /// The values.
        values: Vec<String>,
    },
    /// A number or a time between two others, both counted in, as a person writes them; empty for no end.
    Between {
        /// The smallest.
        low: String,
        /// The largest.
        high: String,
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
