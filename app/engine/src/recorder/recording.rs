//! A recording: what a person did, and each cell that ran or was to run for it, with its times. Plain
//! data, as it is exported.
//!
//! All times are milliseconds since 1970: those of starts and ends by the kernel's clock, all others by
//! the page's.

use std::collections::VecDeque;

use protocol::{CellId, RunId, WidgetId};
use serde::{Deserialize, Serialize};

use crate::status::Status;

/// How many of the person's acts are held.
pub const MOST_ACTS: usize = 50;
/// How many runs they hold together, beside those of the newest act.
pub const MOST_RUNS: usize = 5_000;
/// How many runs are held of one act.
pub const MOST_OF_ACT: usize = 10_000;

/// An act, counted from 1 while a notebook is open. Never used again.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize,
)]
#[serde(transparent)]
pub struct ActId(pub u64);

/// The last acts, oldest first.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Recording {
    /// The acts.
    pub acts: VecDeque<Act>,
}

/// What a person did, and what ran for it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Act {
    /// Its identity.
    pub id: ActId,
    /// When.
    pub at: f64,
    /// What.
    pub what: Doing,
    /// The runs, in the order in which they were planned.
    pub traces: Vec<Trace>,
}

/// What a person can do so that cells run, or run no more.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Doing {
    /// Run a cell.
    Ran(CellId),
    /// Run every cell.
    RanAll,
    /// Run what was stale, had failed or never ran.
    RanStale,
    /// Move a widget.
    Moved {
        /// The widget.
        widget: WidgetId,
        /// A name that holds it; may be empty.
        name: String,
        /// Where it stands now, on one short line; empty where it was pressed.
        value: String,
    },
    /// Edit a cell, or another thing of the notebook, while cells were to run.
    Edited(Option<CellId>),
    /// Take something back.
    Undid,
    /// Stop.
    Stopped,
    /// Start Python anew.
    Restarted,
}

/// One cell's way through an act: from the plan to the frame that painted its end.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Trace {
    /// The cell.
    pub cell: CellId,
    /// By which name it came to run.
    pub via: Via,
    /// How many cells stand between it and what the person did.
    pub depth: u32,
    /// When it was planned.
    pub planned: f64,
    /// When its run was posted to the kernel; the last time, where it was taken back.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub posted: Option<f64>,
    /// The run.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub run: Option<RunId>,
    /// When it started, by the kernel's clock.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub started: Option<f64>,
    /// When and how it ended, by the kernel's clock where it ran.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ended: Option<(f64, End)>,
    /// The frames that painted it.
    #[serde(default)]
    pub painted: Painted,
}

/// By which name a cell came to run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Via {
    /// It is what the person did.
    Asked,
    /// It reads the widget that was moved, by this name of this cell.
    Widget {
        /// The cell that makes the name.
        cell: CellId,
        /// The name.
        name: String,
    },
    /// It reads this name of this cell, which runs before it.
    Reads {
        /// The cell.
        cell: CellId,
        /// The name.
        name: String,
    },
    /// This cell, which runs after it, needs this name of it, and Python did not have it.
    Needed {
        /// The cell.
        cell: CellId,
        /// The name.
        name: String,
    },
}

/// How a cell's way ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum End {
    /// Its run reached its end.
    Success,
    /// Its run raised; the exception's name.
    Error(String),
    /// Its run was stopped.
    Stopped,
    /// Python was lost under its run.
    Lost,
    /// It did not run, as another cell failed or cannot run; which, where that is known.
    Blocked(Option<CellId>),
    /// It did not run: it was stopped before, or deleted.
    Dropped,
}

/// When each of its states was painted.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
pub struct Painted {
    /// As queued.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub queued: Option<f64>,
    /// As running.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub running: Option<f64>,
    /// As it ended.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ended: Option<f64>,
}

impl Recording {
    /// An act by its identity.
    #[must_use]
    pub fn act(&self, id: ActId) -> Option<&Act> {
        let at = self.acts.binary_search_by_key(&id, |act| act.id).ok()?;
        self.acts.get(at)
    }

    /// The runs of all acts.
    pub fn traces(&self) -> impl Iterator<Item = &Trace> {
        self.acts.iter().flat_map(|act| &act.traces)
    }
}

impl Act {
    /// When the last thing of it happened that is known.
    #[must_use]
    pub fn end(&self) -> f64 {
        let times = self.traces.iter().flat_map(Trace::times);
        times.fold(self.at, f64::max)
    }

    /// Whether something of it still waits or runs.
    #[must_use]
    pub fn goes_on(&self) -> bool {
        self.traces.iter().any(|trace| trace.ended.is_none())
    }

    /// Whether it says something by itself, without a run.
    #[must_use]
    pub fn is_mark(&self) -> bool {
        matches!(self.what, Doing::Stopped | Doing::Restarted)
    }
}

impl Trace {
    /// A cell that is planned now.
    #[must_use]
    pub fn planned(cell: CellId, at: f64) -> Self {
        Self {
            cell,
            via: Via::Asked,
            depth: 0,
            planned: at,
            posted: None,
            run: None,
            started: None,
            ended: None,
            painted: Painted::default(),
        }
    }

    /// Every time that is known of it.
    pub fn times(&self) -> impl Iterator<Item = f64> {
        let ended = self.ended.as_ref().map(|(at, _)| *at);
        let Painted {
            queued,
            running,
            ended: last,
        } = self.painted;
        let times = [self.posted, self.started, ended, queued, running, last];
        times.into_iter().flatten().chain([self.planned])
    }

    /// How long its run took, in milliseconds.
    #[must_use]
    pub fn took(&self) -> Option<f64> {
        let (ended, _) = self.ended.as_ref()?;
        Some((ended - self.started?).max(0.0))
    }

    /// Whether it has neither started nor ended.
    #[must_use]
    pub fn waits(&self) -> bool {
        self.started.is_none() && self.ended.is_none()
    }

    /// The status that it gives its cell now.
    #[must_use]
    pub fn status(&self) -> Status {
        match (&self.ended, self.started) {
            (Some((_, end)), _) => end.status(),
            (None, Some(_)) => Status::Running,
            (None, None) => Status::Queued,
        }
    }
}

impl End {
    /// The status of a cell whose way ended so.
    #[must_use]
    pub fn status(&self) -> Status {
        match self {
            Self::Success => Status::Success,
            Self::Error(_) | Self::Stopped | Self::Lost => Status::Error,
            Self::Blocked(_) => Status::Blocked,
            Self::Dropped => Status::Idle,
        }
    }
}
