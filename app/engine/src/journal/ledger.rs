//! What the writer of one notebook knows: which records an edit needs, and whether all is stored.
//!
//! Writes may be under way in any number and may fail in any order. What failed is owed: it goes
//! into the next transaction, and until that has landed nothing says "Saved".

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::history::{Version, due};
use super::record::{Entry, Origin, Snapshot, fingerprint};
use super::{Opened, Summary, Whole, Writes, seal};
use crate::notebook::{Edit, Fingerprint, Notebook};

/// After so many edits the journal is folded into a new snapshot.
const FOLD: u32 = 500;
/// Nor does it grow larger than this, or than eight snapshots, in bytes.
const FOLD_BYTES: usize = 2_000_000;
/// When more is owed than this, in bytes, a whole snapshot is smaller.
const OWED_BYTES: usize = 1_000_000;

/// One transaction that was begun.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Ticket(u64);

/// An edit, and the notebook as it is after it.
#[derive(Debug, Clone, Copy)]
pub struct Change<'a> {
    /// The edit.
    pub edit: &'a Edit,
    /// Whether it took back the newest edit that could be undone.
    pub undoes: bool,
    /// The notebook after it.
    pub notebook: &'a Notebook,
    /// What can be undone after it.
    pub undo: &'a [Edit],
    /// Milliseconds since 1970.
    pub now: f64,
}

/// Why an edit is not stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Unsaved {
    /// Another tab writes this notebook now.
    Overtaken,
    /// There is no room.
    Full,
    /// Something else, as the browser says it.
    Refused(String),
}

/// Whether the newest edit is stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Saved {
    /// Nothing was stored yet.
    Untouched,
    /// Something is under way, and nothing is known to be lost.
    Saving,
    /// Everything is stored.
    Done,
    /// Something is not stored, and nothing under way would mend that.
    Failed(Unsaved),
}

/// What the writer of one notebook knows.
#[derive(Debug)]
pub struct Ledger {
    /// The last number that was taken.
    entry: u32,
    /// The entries that folding would take, and their bytes.
    since: (u32, usize),
    /// The size of the last snapshot, in bytes; 0 if it is not known.
    whole_bytes: usize,
    /// The title in the snapshot, which is what the home page changes.
    title: Option<String>,
    /// Whether the next edit stores the whole notebook: it is new, or its records were damaged.
    needs_whole: bool,
    /// Numbers that stay taken when the journal is folded.
    fences: BTreeSet<u32>,
    origin: Option<Origin>,
    origin_fingerprint: Option<Fingerprint>,
    /// When the last version was taken.
    versioned: f64,
    fold_after: u32,
    tickets: u64,
    under_way: BTreeMap<Ticket, Writes>,
    owed: Writes,
    /// The highest number of a snapshot that has landed.
    landed: u32,
    /// Why the last write failed.
    why: Option<Unsaved>,
    /// Whether room is being made on a full disk.
    makes_room: bool,
}

impl Unsaved {
    /// From the name of a browser's error.
    #[must_use]
    pub fn of(name: &str) -> Self {
        match name {
            "ConstraintError" => Self::Overtaken,
            "QuotaExceededError" => Self::Full,
            reason => Self::Refused(reason.to_owned()),
        }
    }

    /// The sentence for people.
    #[must_use]
    pub fn sentence(&self) -> String {
        match self {
            Self::Overtaken => "This notebook was taken over by another tab.".to_owned(),
            Self::Full => "This browser has no room left for notebooks. Free some space on the device, or delete notebooks that you do not need.".to_owned(),
            Self::Refused(reason) => format!("The last change was not stored ({reason})."),
        }
    }
}

impl Ledger {
    /// Of a notebook that is not stored yet; `origin` is what it will be a copy of.
    #[must_use]
    pub fn new(origin: Option<Origin>) -> Self {
        Self {
            entry: 0,
            since: (0, 0),
            whole_bytes: 0,
            title: None,
            needs_whole: true,
            fences: BTreeSet::new(),
            origin_fingerprint: origin.as_ref().map(|origin| fingerprint(&origin.notebook)),
            origin,
            versioned: 0.0,
            fold_after: FOLD,
            tickets: 0,
            under_way: BTreeMap::new(),
            owed: Writes::default(),
            landed: 0,
            why: None,
            makes_room: false,
        }
    }

    /// Of a notebook that was read.
    #[must_use]
    pub fn opened(opened: &Opened) -> Self {
        Self {
            entry: opened.entry,
            since: opened.journal,
            whole_bytes: opened.whole_bytes,
            title: Some(opened.title.clone()),
            needs_whole: !opened.damage.is_none() || opened.deleted.is_some(),
            fences: opened.fences.clone(),
            ..Self::new(opened.origin.clone())
        }
    }

    /// Folds the journal after so many edits.
    #[must_use]
    pub fn folding_after(mut self, edits: u32) -> Self {
        self.fold_after = edits;
        self
    }

    /// What the notebook is a copy of.
    #[must_use]
    pub fn origin(&self) -> Option<&Origin> {
        self.origin.as_ref()
    }

    /// What an edit writes, with all that is owed.
    #[must_use]
    pub fn edit(&mut self, change: &Change<'_>) -> (Ticket, Writes) {
        self.entry += 1;
        let mut own = Writes::default();
        if self.title.is_some() {
            let entry: Arc<str> = seal(&Entry {
                edit: change.edit.clone(),
                undoes: change.undoes,
            })
            .into();
            self.since.0 += 1;
            self.since.1 += entry.len();
            own.entries.insert(self.entry, entry);
        }
        if self.is_whole_due(change.notebook) {
            own.whole = Some(self.whole(change));
        }
        own.summary = Some(seal(&self.summary(change)).into());
        let mut writes = std::mem::take(&mut self.owed);
        writes.merge(own);
        (self.begin(&writes), writes)
    }

    /// Takes the next number, so that whoever wrote before cannot write again.
    #[must_use]
    pub fn fence(&mut self) -> (Ticket, Writes) {
        self.entry += 1;
        self.fences.insert(self.entry);
        let mut writes = std::mem::take(&mut self.owed);
        writes.entries.insert(self.entry, super::FENCE.into());
        (self.begin(&writes), writes)
    }

    /// A transaction has ended.
    pub fn ended(&mut self, ticket: Ticket, result: Result<(), Unsaved>) {
        let Some(mut writes) = self.under_way.remove(&ticket) else {
            return;
        };
        match result {
            Ok(()) => {
                if let Some(number) = writes.whole_number() {
                    self.landed = self.landed.max(number);
                    self.owed.settle(number);
                }
            }
            Err(why) => {
                // What a later snapshot holds, landed or under way, is not owed by itself.
                let later = self.under_way.values().filter_map(Writes::whole_number);
                writes.cover(later.max().unwrap_or(0));
                writes.settle(self.landed);
                self.owed.merge(writes);
                self.why = Some(why);
            }
        }
    }

    /// Whether room must be made before what is owed is tried again. True for one caller at a time,
    /// who then calls [`Self::again`] and at the end [`Self::made_room`].
    #[must_use]
    pub fn makes_room(&mut self) -> bool {
        let is_full = self.why == Some(Unsaved::Full) && !self.owed.is_empty();
        is_full && !std::mem::replace(&mut self.makes_room, true)
    }

    /// About how many bytes are owed.
    #[must_use]
    pub fn owed_bytes(&self) -> usize {
        self.owed.bytes()
    }

    /// What is owed, to be tried again; `None` if nothing is, or trying is of no use.
    #[must_use]
    pub fn again(&mut self) -> Option<(Ticket, Writes)> {
        if self.owed.is_empty() || self.why == Some(Unsaved::Overtaken) {
            return None;
        }
        let writes = std::mem::take(&mut self.owed);
        Some((self.begin(&writes), writes))
    }

    /// No more room can be made, or no more is needed.
    pub fn made_room(&mut self) {
        self.makes_room = false;
    }

    /// Whether the newest edit is stored.
    #[must_use]
    pub fn saved(&self) -> Saved {
        match &self.why {
            Some(Unsaved::Overtaken) => Saved::Failed(Unsaved::Overtaken),
            Some(why) if !self.owed.is_empty() && !self.makes_room => Saved::Failed(why.clone()),
            _ if self.makes_room || !self.under_way.is_empty() => Saved::Saving,
            _ if self.title.is_none() => Saved::Untouched,
            _ => Saved::Done,
        }
    }

    /// Whether an edit at this time takes a version.
    #[must_use]
    pub fn is_version_due(&self, now: f64) -> bool {
        due(self.versioned, now)
    }

    /// A version of the notebook as it is now.
    #[must_use]
    pub fn version(&mut self, reason: &str, notebook: &Notebook, now: f64) -> Version {
        self.versioned = now;
        Version {
            at: now,
            reason: reason.to_owned(),
            entry: self.entry,
            notebook: notebook.clone(),
        }
    }

    fn begin(&mut self, writes: &Writes) -> Ticket {
        self.tickets += 1;
        let ticket = Ticket(self.tickets);
        self.under_way.insert(ticket, writes.clone());
        ticket
    }

    fn is_whole_due(&self, notebook: &Notebook) -> bool {
        let limit = FOLD_BYTES.max(self.whole_bytes.saturating_mul(8));
        self.needs_whole
            || self.since.0 > self.fold_after
            || self.since.1 > limit
            || self.title.as_deref() != Some(&notebook.title)
            || self.owed.bytes() > OWED_BYTES
    }

    fn whole(&mut self, change: &Change<'_>) -> Whole {
        let snapshot: Arc<str> = seal(&Snapshot {
            notebook: change.notebook.clone(),
            entry: self.entry,
            edited: change.now,
            deleted: None,
            origin: self.origin.clone(),
            undo: change.undo.to_vec(),
        })
        .into();
        self.whole_bytes = snapshot.len();
        self.title = Some(change.notebook.title.clone());
        self.needs_whole = false;
        let folds = self.since.0 > self.fold_after || self.since.1 > FOLD_BYTES;
        let folded = if folds { self.fold() } else { Vec::new() };
        Whole {
            number: self.entry,
            snapshot,
            folded,
        }
    }

    /// What goes when the journal is folded: everything but this entry and the fences. A tab that
    /// was overtaken wants the number of a fence next, and must find it taken for ever.
    fn fold(&mut self) -> Vec<(u32, u32)> {
        self.since = (0, 0);
        let mut first = 0;
        let mut ranges = Vec::new();
        for taken in self.fences.iter().copied().chain([self.entry]) {
            if first < taken {
                ranges.push((first, taken - 1));
            }
            first = taken + 1;
        }
        ranges
    }

    fn summary(&self, change: &Change<'_>) -> Summary {
        Summary {
            title: change.notebook.title.clone(),
            cells: change.notebook.cells().len(),
            edited: change.now,
            deleted: None,
            origin: self.origin_fingerprint,
        }
    }
}
