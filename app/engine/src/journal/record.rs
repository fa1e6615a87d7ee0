//! The records of a notebook itself: its snapshot, and the edits after it.

use serde::{Deserialize, Serialize};

use crate::notebook::{Edit, Fingerprint, Notebook};

/// The stored form of a notebook; what has been edited since is in the journal.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Snapshot {
    pub notebook: Notebook,
    /// The number of the last journal entry that is in the notebook.
    pub entry: u32,
    /// When it was last edited: milliseconds since 1970.
    pub edited: f64,
    /// When it was put into the bin.
    #[serde(default)]
    pub deleted: Option<f64>,
    /// Where it came from, if it is a copy.
    #[serde(default)]
    pub origin: Option<Origin>,
    /// What undo would apply, the next one last.
    #[serde(default)]
    pub undo: Vec<Edit>,
}

/// Where a notebook came from: a link or a file of the site.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Origin {
    /// The notebook as it was opened.
    pub notebook: Notebook,
}

/// One entry of the journal.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Entry {
    #[serde(flatten)]
    pub edit: Edit,
    /// Whether it took back the newest edit that could be undone.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub undoes: bool,
}

/// A notebook's content as one number: equal numbers are equal notebooks.
pub(super) fn fingerprint(notebook: &Notebook) -> Fingerprint {
    Fingerprint::of(&serde_json::to_string(notebook).unwrap_or_default())
}

/// Whether a notebook stays sound under an edit from outside, wherever it is applied.
pub(super) fn is_sound(edit: &Edit) -> bool {
    match edit {
        // The next new cell needs an id as well.
        Edit::Insert { cell, .. } => cell.id.0 < u32::MAX,
        Edit::Replace { notebook } => notebook.is_sound(),
        Edit::Group { edits } => edits.iter().all(is_sound),
        _ => true,
    }
}
