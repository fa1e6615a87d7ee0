//! What one transaction writes of a notebook.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::FENCE;

/// What one transaction writes, whole or not at all.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Writes {
    /// Entries of the journal by their numbers. Each is *added*: where a number is taken, another
    /// tab writes this notebook, and the transaction must fail.
    pub entries: BTreeMap<u32, Arc<str>>,
    /// Numbers of entries that a snapshot made needless. They are added as well, as fences: what
    /// is never taken could be taken by another tab, unnoticed.
    pub claims: BTreeSet<u32>,
    /// The whole notebook.
    pub whole: Option<Whole>,
    /// Its line in the index.
    pub summary: Option<Arc<str>>,
}

/// A snapshot to be written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Whole {
    /// The number of the last entry that is in it.
    pub number: u32,
    /// The record.
    pub snapshot: Arc<str>,
    /// Ranges of numbers (first, last) whose entries are in the snapshot and go.
    pub folded: Vec<(u32, u32)>,
}

impl Writes {
    /// Whether there is nothing to write that would be missed.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty() && self.whole.is_none()
    }

    /// About how many bytes it needs.
    #[must_use]
    pub fn bytes(&self) -> usize {
        let entries: usize = self.entries.values().map(|entry| entry.len()).sum();
        let whole = self.whole.as_ref().map_or(0, |whole| whole.snapshot.len());
        entries + whole + self.summary.as_ref().map_or(0, |text| text.len())
    }

    /// The number of its snapshot, if it has one.
    pub(super) fn whole_number(&self) -> Option<u32> {
        self.whole.as_ref().map(|whole| whole.number)
    }

    /// Takes in what was to be written before it, after it or at the same time.
    pub(super) fn merge(&mut self, other: Self) {
        if other.summary.is_some() && other.last() >= self.last() {
            self.summary = other.summary;
        }
        if other.whole.as_ref().map(|whole| whole.number) > self.whole_number() {
            self.whole = other.whole;
        }
        self.entries.extend(other.entries);
        self.claims.extend(other.claims);
        if let Some(number) = self.whole_number() {
            // The entry of the snapshot's own number stays: it says which tab may write it.
            self.cover(number.saturating_sub(1));
        }
    }

    /// Entries up to this number are in a snapshot that is to be written: their numbers are enough.
    pub(super) fn cover(&mut self, number: u32) {
        let Self {
            entries, claims, ..
        } = self;
        entries.retain(|entry, text| {
            let stays = *entry > number || **text == *FENCE;
            if !stays {
                claims.insert(*entry);
            }
            stays
        });
        self.whole.take_if(|whole| whole.number <= number);
    }

    /// Entries up to this number are in a snapshot that was written, and so is a higher number.
    pub(super) fn settle(&mut self, number: u32) {
        self.cover(number);
        self.claims.retain(|claim| *claim > number);
    }

    fn last(&self) -> Option<u32> {
        self.entries.keys().last().copied().max(self.whole_number())
    }
}
