//! A notebook's line in the index: what the home page lists, without parsing whole notebooks.
//!
//! The index is a cache. A line that is missing or damaged is made anew from the notebook's records.

use serde::{Deserialize, Serialize};

use super::record::{Snapshot, fingerprint};
use super::{Opened, Raw, seal};
use crate::notebook::{Fingerprint, Notebook};

/// A notebook's line in the index.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Summary {
    /// Its title.
    pub title: String,
    /// The number of its cells.
    pub cells: usize,
    /// When it was last edited: milliseconds since 1970.
    pub edited: f64,
    /// When it was put into the bin.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub deleted: Option<f64>,
    /// Of what it is a copy.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub origin: Option<Fingerprint>,
}

impl Summary {
    /// Of a notebook that was read.
    #[must_use]
    pub fn of(opened: &Opened) -> Self {
        let origin = opened.origin.as_ref();
        Self {
            title: opened.notebook.title.clone(),
            cells: opened.notebook.cells().len(),
            edited: opened.edited,
            deleted: opened.deleted,
            origin: origin.map(|origin| fingerprint(&origin.notebook)),
        }
    }

    /// What stands for a notebook whose records cannot be read.
    #[must_use]
    pub fn unreadable() -> Self {
        Self {
            title: "Damaged notebook".to_owned(),
            cells: 0,
            edited: 0.0,
            deleted: None,
            origin: None,
        }
    }

    /// Whether it is a copy of this notebook.
    #[must_use]
    pub fn is_copy_of(&self, original: Fingerprint) -> bool {
        self.origin == Some(original)
    }

    /// The fingerprint by which copies of a notebook are found.
    #[must_use]
    pub fn fingerprint(notebook: &Notebook) -> Fingerprint {
        fingerprint(notebook)
    }
}

/// A snapshot and its line in the index, with another title or another place (in the bin, or not).
/// Where the snapshot is damaged, the line alone says that it is in the bin.
#[must_use]
pub fn amended(
    snapshot: Option<&Raw>,
    line: Option<&Raw>,
    title: Option<String>,
    deleted: Option<f64>,
) -> (Option<String>, String) {
    let known = line.and_then(Raw::unseal::<Summary>);
    let Some(mut snapshot) = snapshot.and_then(Raw::unseal::<Snapshot>) else {
        let line = known.unwrap_or_else(Summary::unreadable);
        return (None, seal(&Summary { deleted, ..line }));
    };
    let origin = snapshot.origin.as_ref();
    let mut line = known.unwrap_or_else(|| Summary {
        title: snapshot.notebook.title.clone(),
        cells: snapshot.notebook.cells().len(),
        edited: snapshot.edited,
        deleted,
        origin: origin.map(|origin| fingerprint(&origin.notebook)),
    });
    if let Some(title) = title {
        line.title.clone_from(&title);
        snapshot.notebook.title = title;
    }
    line.deleted = deleted;
    snapshot.deleted = deleted;
    (Some(seal(&snapshot)), seal(&line))
}
