//! What is shown of a cell: its status, with what belongs to that status inside.

use protocol::{CellId, RunId};
use serde::{Deserialize, Serialize};

/// The seven words of the product, less `stale`, which is independent of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Status {
    /// Has not run with this notebook open or saved.
    Idle,
    /// Will run.
    Queued,
    /// Python is executing it now.
    Running,
    /// Its last run reached its end.
    Success,
    /// Its last run raised, was stopped, or lost its kernel.
    Error,
    /// Cannot run.
    Blocked,
}

impl Status {
    /// The word, as in the page's `data-status`.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Idle => "idle",
            Self::Queued => "queued",
            Self::Running => "running",
            Self::Success => "success",
            Self::Error => "error",
            Self::Blocked => "blocked",
        }
    }
}

/// A cell's status as the page shows it at one moment.
#[expect(
    clippy::struct_excessive_bools,
    reason = "each says something else of the cell, and any of them may hold together"
)]
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct CellView {
    /// The status.
    pub shown: Shown,
    /// Whether its output was made from other code or other inputs than it would read now.
    pub stale: bool,
    /// Whether its output is from an earlier kernel: before a reload or a restart.
    pub restored: bool,
    /// Whether it was to run when the page was closed, and has not run since.
    #[serde(default)]
    pub interrupted: bool,
    /// Whether a widget was moved that it reads, and it waits to be asked for, as it takes long.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub held: bool,
}

/// A status and its particulars.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Shown {
    /// Has not run.
    Idle,
    /// Will run; what it waits for.
    Queued(Waiting),
    /// Python is executing this run.
    Running {
        /// The run.
        run: RunId,
        /// What it waits for, where that is up to the person.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        needs: Option<Need>,
    },
    /// The last run reached its end.
    Success {
        /// The run.
        run: RunId,
        /// How long it took by the kernel's clock, in milliseconds.
        took_ms: f64,
    },
    /// The last run failed.
    Error {
        /// The run.
        run: RunId,
        /// The exception's name, "stopped", or "Python restarted".
        word: String,
        /// How long it took by the kernel's clock, in milliseconds.
        took_ms: f64,
    },
    /// Cannot run, and why.
    Blocked(Culprit),
}

/// What a cell that runs waits for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Need {
    /// For a line that the person types.
    Input,
    /// For the person to allow something.
    Permission,
}

/// What a queued cell waits for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Waiting {
    /// For Python to start.
    Python,
    /// For packages that its imports need.
    Packages,
    /// For a parent to run first.
    Parent,
    /// For its turn; 1 is the next to run.
    Turn(u32),
}

/// Why a cell cannot run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Culprit {
    /// The graph or the code is wrong here: see the cell's diagnostics.
    Diagnostic,
    /// This ancestor's last run failed.
    Failed(CellId),
    /// This ancestor's last run was stopped.
    Stopped(CellId),
    /// Python was lost under this ancestor's last run.
    Lost(CellId),
    /// This ancestor cannot run because of its own diagnostics.
    Wrong(CellId),
    /// This cell, or this ancestor, is disabled.
    Disabled(CellId),
}

impl Shown {
    /// The status without its particulars.
    #[must_use]
    pub fn status(&self) -> Status {
        match self {
            Self::Idle => Status::Idle,
            Self::Queued(_) => Status::Queued,
            Self::Running { .. } => Status::Running,
            Self::Success { .. } => Status::Success,
            Self::Error { .. } => Status::Error,
            Self::Blocked(_) => Status::Blocked,
        }
    }

    /// The run that it tells of, where it tells of one.
    #[must_use]
    pub fn run(&self) -> Option<RunId> {
        match self {
            Self::Running { run, .. } | Self::Success { run, .. } | Self::Error { run, .. } => {
                Some(*run)
            }
            Self::Idle | Self::Queued(_) | Self::Blocked(_) => None,
        }
    }
}

impl CellView {
    /// A cell that has not run.
    #[must_use]
    pub fn idle() -> Self {
        Self {
            shown: Shown::Idle,
            stale: false,
            restored: false,
            interrupted: false,
            held: false,
        }
    }

    /// The status without its particulars.
    #[must_use]
    pub fn status(&self) -> Status {
        self.shown.status()
    }
}
