//! What a run put out, as it is shown, stored and written to files.

use std::sync::Arc;

use protocol::{PythonError, RunId, Stream};
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// What one run put out, in order.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Outputs {
    /// The run.
    pub run: RunId,
    /// The pieces.
    pub items: Vec<Item>,
    /// The exception that ended the run.
    pub error: Option<PythonError>,
}

/// One piece of output.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
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
        /// What the file that it came from said beside it and nobody here reads; kept for the way
        /// back. An object.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        beside: Option<Arc<Value>>,
    },
}

impl Outputs {
    /// Whether there is nothing to show.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.items.is_empty() && self.error.is_none()
    }
}
