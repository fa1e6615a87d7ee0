//! What a run puts out, and how it ends.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::{BufferIndex, CellId, DisplayId, WidgetId};

/// One thing that a run put out, in the order in which it did.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Output {
    /// Text that was printed, to be added to what the stream has shown so far.
    Text {
        /// Which stream.
        stream: Stream,
        /// The text; lines end with `\n`, ANSI colours are kept.
        text: String,
    },
    /// The stream has passed its cap: replaces what an earlier `Tail` of this stream showed.
    Tail {
        /// Which stream.
        stream: Stream,
        /// How many lines between the first ones and `text` are not shown.
        hidden_lines: u64,
        /// The newest lines.
        text: String,
    },
    /// A value: the cell's last expression, `display()`, or a figure.
    Value {
        /// The value in each form that Python offered.
        bundle: Bundle,
        /// What a later [`Self::Update`] calls it; `None` if there will be none.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        display: Option<DisplayId>,
    },
    /// A value in the place of all those that this run has shown by this name.
    Update {
        /// Their name.
        display: DisplayId,
        /// The value.
        bundle: Bundle,
    },
    /// All that the run has put out so far goes.
    Clear {
        /// It stays until there is something to show in its place.
        wait: bool,
    },
    /// Code of the run's cell has set these states: what reads them runs. Nothing is shown of it.
    Set {
        /// The states, numbered as widgets.
        widgets: Vec<WidgetId>,
        /// Whether it was a function that a widget of the cell called, and not the cell's own run.
        #[serde(default)]
        moved: bool,
        /// Whether the cell itself runs for it, too, if it reads one of them.
        #[serde(default)]
        own: bool,
    },
}

/// A value by MIME type, for instance `text/plain` and `image/png`.
pub type Bundle = BTreeMap<String, Data>;

/// The content of one MIME type.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Data {
    /// Text types.
    Text(String),
    /// Binary types, such as images.
    Buffer(BufferIndex),
}

/// One of Python's two output streams.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Stream {
    /// `sys.stdout`
    Stdout,
    /// `sys.stderr`
    Stderr,
}

/// How a run ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "result", rename_all = "snake_case")]
pub enum Outcome {
    /// It reached its end.
    Success,
    /// It raised.
    Error(PythonError),
    /// The person stopped it.
    Stopped,
    /// Python was lost under it.
    KernelLost {
        /// What happened, as one sentence.
        message: String,
    },
}

/// An exception that ended a run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PythonError {
    /// The exception's class, for instance `ZeroDivisionError`.
    pub name: String,
    /// Its message, for instance `division by zero`. May be empty.
    pub message: String,
    /// The traceback as Python prints it, without frames of ours.
    pub traceback: String,
    /// The traceback's entries that are in cells, outermost first.
    pub entries: Vec<TracebackEntry>,
}

/// A line of a cell that an exception went through.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TracebackEntry {
    /// The cell.
    pub cell: CellId,
    /// The line in the cell's source, from 1.
    pub line: u32,
}
