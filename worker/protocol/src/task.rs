//! How a cell's source is run, and what a run did to names.

use serde::{Deserialize, Serialize};

use crate::WidgetId;

/// How to run a cell's source.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Task {
    /// It is Python.
    #[default]
    Python,
    /// It is Markdown with values in it: works the values out and shows the whole text.
    Markdown {
        /// The text, in order.
        pieces: Vec<Piece>,
    },
    /// It is SQL.
    Sql {
        /// The Python name that the last result gets.
        result: Option<String>,
        /// The Python variables that the statements may read as tables.
        variables: Vec<String>,
        /// The Python variables that are bound to the parameters `:name`.
        parameters: Vec<String>,
        /// The tables and views that the statements make.
        tables: Vec<String>,
        /// Whether the notebook uses pandas, so that the result is a data frame.
        pandas: bool,
    },
}

/// A part of a Markdown text.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Piece {
    /// Text as it is.
    Text {
        /// The text.
        text: String,
    },
    /// The value of a Python expression.
    Value {
        /// The expression.
        expression: String,
        /// `r`, `s` or `a`, as after `!` in an f-string; may be empty.
        conversion: String,
        /// The format, as after `:` in an f-string; may be empty.
        spec: String,
        /// The line of the cell's source that it stands in, from 1.
        line: u32,
    },
}

/// What a run did to names otherwise than its code says.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Names {
    /// Names for everybody that it bound and the code does not say.
    #[serde(default)]
    pub bound: Vec<String>,
    /// Names that the code says and that are not there after the run.
    #[serde(default)]
    pub missing: Vec<String>,
    /// Names of other cells that it deleted.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub deleted: Vec<String>,
    /// Names for everybody that hold widgets, themselves or somewhere in them, each with the widgets.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub widgets: Vec<(String, Vec<WidgetId>)>,
}
