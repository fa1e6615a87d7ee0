//! What runs put out: taken in piece by piece within bounds, shown, stored and written to files.
//!
//! A [`Collector`] takes in what the kernel says of one run. It joins printed text, applies carriage
//! returns, and keeps the page's own bounds, whatever the kernel does; what it leaves out is said in
//! the outputs themselves.

mod collector;
mod difference;
mod picture;

use std::sync::Arc;

use protocol::{PythonError, RunId, Stream};
use serde::{Deserialize, Serialize};
use serde_json::Value;

pub use collector::{Buffers, Collector, FIRST_LINES, FORM_BYTES, LAST_LINES, OUTPUTS, RUN_BYTES};
pub use difference::{Change, apply, difference, portions};
pub(crate) use picture::illustrate;
pub use picture::{PICTURE_BYTES, Picture, SCRIPTED, SIZE, is_scripted, needs_scripts};

/// What one run put out, in order.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Outputs {
    /// The pieces.
    pub items: Vec<Item>,
}

/// One piece of output.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "item", rename_all = "snake_case")]
pub enum Item {
    /// Printed text, possibly with ANSI colours.
    Text {
        /// Which stream.
        stream: Stream,
        /// The text.
        text: Arc<str>,
    },
    /// The end of a stream that was too long to show whole.
    Tail {
        /// Which stream.
        stream: Stream,
        /// The number of lines left out before it.
        hidden_lines: u64,
        /// The text.
        text: Arc<str>,
    },
    /// A value: `(MIME type, content)`; text as it is, binary types (images) as base64.
    Value {
        /// The forms, by MIME type in alphabetic order.
        forms: Vec<(String, Arc<str>)>,
        /// What the file that it came from said beside it and nobody here reads; written back to a
        /// file of that kind. An object.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        beside: Option<Arc<Value>>,
    },
}

/// What a cell shows of a run: of the one that goes on, or of the last one that ended.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct OutputView {
    /// The run.
    pub run: RunId,
    /// What it put out.
    pub items: Vec<Item>,
    /// The exception that ended it.
    pub error: Option<PythonError>,
    /// Whether it was run in this session, so that its scripts may run too.
    pub is_own: bool,
}

impl Outputs {
    /// Whether there is nothing to show.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.items.is_empty()
    }
}

impl Item {
    /// How much it holds, in bytes.
    #[must_use]
    pub fn size(&self) -> usize {
        match self {
            Self::Text { text, .. } | Self::Tail { text, .. } => text.len(),
            Self::Value { forms, .. } => forms.iter().map(|(_, content)| content.len()).sum(),
        }
    }
}
