//! Versions of a notebook: when one is opened, every ten minutes of edits, and before anything that
//! overwrites. At least fifty of each notebook stay, and all of the last thirty days.

use serde::{Deserialize, Serialize};

use super::Raw;
use super::record::fingerprint;
use crate::notebook::{Fingerprint, Notebook};

/// How many versions stay in any case.
const STAY: usize = 50;
/// How long every version stays, in milliseconds.
const STAY_FOR: f64 = 30.0 * 24.0 * 3600.0 * 1000.0;
/// After so many milliseconds an edit takes a new version.
const EVERY: f64 = 600_000.0;

/// A version of a notebook.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Version {
    /// When it was taken: milliseconds since 1970.
    pub at: f64,
    /// Why it was taken, for people ("before restoring").
    pub reason: String,
    /// The number of the last journal entry that is in it.
    pub entry: u32,
    /// The notebook.
    pub notebook: Notebook,
}

/// What is remembered of the newest version, so that the next one is compared without reading it.
/// A cache: it counts only if it is of the version that the store has as its newest.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Newest {
    /// When the version was taken.
    pub at: f64,
    /// Its notebook.
    pub notebook: Fingerprint,
}

impl Newest {
    /// Of a version.
    #[must_use]
    pub fn of(version: &Version) -> Self {
        Self {
            at: version.at,
            notebook: fingerprint(&version.notebook),
        }
    }

    /// From its record, if that is of the newest of these versions (their times).
    #[must_use]
    pub fn known(record: Option<&Raw>, times: &[f64]) -> Option<Self> {
        let known: Self = record?.unseal()?;
        (Some(known.at) == latest(times)).then_some(known)
    }
}

/// Whether an edit at this time takes a version.
#[must_use]
pub fn due(last: f64, now: f64) -> bool {
    now - last > EVERY
}

/// Which of the versions (by their times) go when a new one is taken.
#[must_use]
pub fn outdated(times: &[f64], now: f64) -> Vec<f64> {
    let mut newest_first = times.to_vec();
    newest_first.sort_by(|one, other| other.total_cmp(one));
    let old = newest_first.into_iter().skip(STAY - 1);
    old.filter(|at| now - at > STAY_FOR).collect()
}

/// The time of the newest version.
pub(super) fn latest(times: &[f64]) -> Option<f64> {
    times.iter().copied().max_by(f64::total_cmp)
}
