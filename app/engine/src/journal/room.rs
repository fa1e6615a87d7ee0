//! What goes first where the disk is full: outputs, the oldest first, those of other notebooks
//! before one's own; then old versions. What people wrote never goes.

use std::collections::BTreeMap;

/// What outputs of unknown size are taken for, in bytes.
const UNKNOWN: usize = 100_000;

/// Stored outputs of a cell.
#[derive(Debug, Clone, PartialEq)]
pub struct Place {
    /// The notebook.
    pub key: String,
    /// The number of the cell.
    pub cell: u32,
    /// When their run ended: milliseconds since 1970; 0 where that is not known.
    pub at: f64,
    /// Their bytes; 0 where that is not known.
    pub bytes: usize,
}

/// The outputs that go to free so many bytes for a notebook: as many as it takes, or all.
#[must_use]
pub fn evict_outputs(mut stored: Vec<Place>, own: &str, bytes: usize) -> Vec<Place> {
    stored.sort_by(|one, other| {
        let is_own = |place: &Place| place.key == own;
        let order = is_own(one).cmp(&is_own(other));
        order.then(one.at.total_cmp(&other.at))
    });
    let mut freed = 0;
    stored.retain(|place| {
        let goes = freed < bytes;
        let bytes = if place.bytes == 0 {
            UNKNOWN
        } else {
            place.bytes
        };
        freed = freed.saturating_add(bytes);
        goes
    });
    stored
}

/// The versions that go, by notebook and time: the older half, and never the newest of a notebook,
/// which stands in for a snapshot that gets damaged.
#[must_use]
pub fn evict_versions(versions: Vec<(String, f64)>) -> Vec<(String, f64)> {
    let mut newest = BTreeMap::new();
    for (key, at) in &versions {
        let entry = newest.entry(key.clone()).or_insert(*at);
        *entry = at.max(*entry);
    }
    let mut old: Vec<_> = versions
        .into_iter()
        .filter(|(key, at)| newest.get(key).is_some_and(|newest| at < newest))
        .collect();
    old.sort_by(|(_, one), (_, other)| one.total_cmp(other));
    old.truncate(old.len().div_ceil(2));
    old
}
