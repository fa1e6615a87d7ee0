//! From records to a notebook: the snapshot, and on it the edits of the journal in their order.
//!
//! Where the snapshot is damaged or missing, the newest version of the history that is whole
//! stands in for it; that takes a second look into the store, so reading has two steps.

use std::collections::{BTreeMap, BTreeSet};

use super::history::Version;
use super::record::{Entry, Origin, Snapshot, is_sound};
use super::{FENCE, Raw};
use crate::notebook::{Edit, Notebook};
use crate::session::remember;

/// No journal is longer: a larger number was not written here.
const NUMBERS: u32 = 1 << 31;

/// The records of one notebook.
#[derive(Debug, Clone, PartialEq)]
pub struct Records {
    /// Its snapshot; `None` if there is none.
    pub snapshot: Option<Raw>,
    /// Its journal, in any order: each entry with its number, where its key has one.
    pub journal: Vec<(Option<u32>, Raw)>,
}

/// What the records of a notebook gave.
#[derive(Debug)]
pub enum Reading {
    /// The notebook.
    Opened(Box<Opened>),
    /// There is no whole snapshot: the versions of the history are needed.
    Damaged(Damaged),
}

/// Records without a whole snapshot.
#[derive(Debug)]
pub struct Damaged(Records);

/// A notebook that cannot be recovered; its records are left as they are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Lost;

/// A notebook as its records say it is.
#[derive(Debug, Clone)]
pub struct Opened {
    /// The notebook with every edit of the journal.
    pub notebook: Notebook,
    /// What can be undone, the next one last.
    pub undo: Vec<Edit>,
    /// What it is a copy of.
    pub origin: Option<Origin>,
    /// When its snapshot was written: milliseconds since 1970.
    pub edited: f64,
    /// When it was put into the bin.
    pub deleted: Option<f64>,
    /// What was damaged.
    pub damage: Damage,
    /// The number of the last journal entry.
    pub(super) entry: u32,
    /// All entries that are stored, but for fences, and their bytes.
    pub(super) journal: (u32, usize),
    /// The size of the snapshot, in bytes.
    pub(super) whole_bytes: usize,
    /// The numbers of the fences.
    pub(super) fences: BTreeSet<u32>,
    /// The title in the snapshot.
    pub(super) title: String,
}

/// What was damaged.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Damage {
    /// The snapshot: a version stands in for it.
    pub snapshot: bool,
    /// The entries of the journal that could not be read, by their places in [`Records::journal`].
    pub entries: Vec<usize>,
    /// How many entries are not there at all.
    pub gaps: u32,
}

impl Lost {
    /// The sentence for people.
    #[must_use]
    pub fn sentence(self) -> &'static str {
        "This notebook's record is damaged, and there is no earlier version of it. It was left as it is."
    }
}

impl Damage {
    /// Whether everything was whole.
    #[must_use]
    pub fn is_none(&self) -> bool {
        *self == Self::default()
    }

    /// The sentence for people; empty if everything was whole.
    #[must_use]
    pub fn sentence(&self) -> String {
        let lost = self.entries.len() + self.gaps as usize;
        match (self.snapshot, lost) {
            (true, _) => "This notebook's record is damaged. What you see is its newest version in the history, with the edits after it that could be read.".to_owned(),
            (false, 0) => String::new(),
            (false, 1) => "1 stored change of this notebook could not be read; it was set aside, and everything else is here.".to_owned(),
            (false, lost) => format!("{lost} stored changes of this notebook could not be read; they were set aside, and everything else is here."),
        }
    }
}

/// Reads a notebook from its records.
#[must_use]
pub fn read(records: Records) -> Reading {
    let record = records.snapshot.as_ref();
    let snapshot = record.and_then(Raw::unseal::<Snapshot>);
    let is_sound = |of: &Snapshot| of.notebook.is_sound() && of.entry < NUMBERS;
    let Some(snapshot) = snapshot.filter(is_sound) else {
        return Reading::Damaged(Damaged(records));
    };
    let mut opened = replay(snapshot, &records.journal, false);
    opened.whole_bytes = record.map_or(0, Raw::len);
    Reading::Opened(Box::new(opened))
}

impl Damaged {
    /// Whether there is a snapshot, which is then to be set aside.
    #[must_use]
    pub fn has_snapshot(&self) -> bool {
        self.0.snapshot.is_some()
    }

    /// Puts the newest whole version in the place of the snapshot. `None` if nothing says that
    /// there ever was such a notebook.
    pub fn recover(self, versions: &[Raw]) -> Result<Option<Box<Opened>>, Lost> {
        let versions = versions.iter().filter_map(Raw::unseal::<Version>);
        let is_sound = |of: &Version| of.notebook.is_sound() && of.entry < NUMBERS;
        let sound = versions.filter(is_sound);
        let Some(newest) = sound.max_by(|one, other| one.at.total_cmp(&other.at)) else {
            let is_nothing = self.0.snapshot.is_none() && self.0.journal.is_empty();
            return if is_nothing { Ok(None) } else { Err(Lost) };
        };
        let snapshot = Snapshot {
            notebook: newest.notebook,
            entry: newest.entry,
            edited: newest.at,
            deleted: None,
            origin: None,
            undo: Vec::new(),
        };
        Ok(Some(Box::new(replay(snapshot, &self.0.journal, true))))
    }
}

fn replay(snapshot: Snapshot, journal: &[(Option<u32>, Raw)], stands_in: bool) -> Opened {
    let mut opened = Opened {
        title: snapshot.notebook.title.clone(),
        notebook: snapshot.notebook,
        undo: snapshot.undo.into_iter().filter(is_sound).collect(),
        origin: snapshot.origin.filter(|origin| origin.notebook.is_sound()),
        edited: snapshot.edited,
        deleted: snapshot.deleted,
        damage: Damage {
            snapshot: stands_in,
            ..Damage::default()
        },
        entry: snapshot.entry,
        journal: (0, 0),
        whole_bytes: 0,
        fences: BTreeSet::new(),
    };
    opened.notebook.reindex();
    let mut numbered = BTreeMap::new();
    for (at, (number, value)) in journal.iter().enumerate() {
        match number.filter(|number| *number < NUMBERS) {
            Some(number) => drop(numbered.insert(number, (at, value))),
            None => opened.damage.entries.push(at),
        }
    }
    let after = numbered.split_off(&(snapshot.entry + 1));
    for (number, (_, value)) in numbered {
        opened.count(number, value);
    }
    for (seen, (number, (at, value))) in (1..).zip(after) {
        let is_fence = opened.count(number, value);
        opened.entry = number;
        if is_fence || opened.apply_record(value).is_some() {
            opened.damage.gaps = number - snapshot.entry - seen;
        } else {
            opened.damage.entries.push(at);
        }
    }
    if stands_in {
        // A version may be older than what was folded since.
        opened.damage.gaps = 0;
    }
    opened
}

impl Opened {
    /// Notes that a record is there. Whether it is a fence.
    fn count(&mut self, number: u32, value: &Raw) -> bool {
        let is_fence = value.0.as_deref() == Some(FENCE);
        if is_fence {
            self.fences.insert(number);
        } else {
            self.journal.0 += 1;
            self.journal.1 += value.len();
        }
        is_fence
    }

    fn apply_record(&mut self, value: &Raw) -> Option<()> {
        let entry = value.unseal::<Entry>()?;
        is_sound(&entry.edit).then(|| self.apply(entry)).flatten()
    }

    fn apply(&mut self, entry: Entry) -> Option<()> {
        if !entry.undoes {
            let inverse = self.notebook.apply(entry.edit).ok()?;
            remember(&mut self.undo, inverse);
            return Some(());
        }
        // What no longer fitted was passed over, and is not in the journal.
        let undone = self.undo.iter().rposition(|undo| *undo == entry.edit);
        self.notebook.apply(entry.edit).ok()?;
        let left = undone.unwrap_or(self.undo.len().saturating_sub(1));
        self.undo.truncate(left);
        Some(())
    }
}
