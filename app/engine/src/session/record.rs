//! What is remembered of a cell's last run: enough to say whether its output is stale.

use std::collections::{BTreeMap, BTreeSet};

use protocol::{CellId, Outcome, RunId};
use serde::{Deserialize, Serialize};

use super::KernelId;
use crate::notebook::Fingerprint;

/// What a run read: its code, and which value of each parent.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Inputs {
    /// The code; `None` only in a record from outside that lacks it.
    pub code: Option<Fingerprint>,
    /// For each parent the run that made its value (see [`Record::value`]).
    pub parents: BTreeMap<CellId, Option<RunId>>,
}

/// A cell's last run.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Record {
    /// The run.
    pub run: RunId,
    /// The run that first made this value. A run that only restores a value in a new kernel,
    /// from the same inputs, passes it on, so that nothing downstream becomes stale.
    pub value: RunId,
    /// What it read.
    pub inputs: Inputs,
    /// The names that it made for everybody.
    pub definitions: BTreeSet<String>,
    /// Those of them that its code does not say.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub found: BTreeSet<String>,
    /// Names that its code says and that it did not make.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub missing: BTreeSet<String>,
    /// How it ended.
    pub result: Result,
    /// How long it took by the kernel's clock, in milliseconds.
    pub took_ms: f64,
    /// The kernel that has its value; `None` if that one was before this session.
    #[serde(skip)]
    pub kernel: Option<KernelId>,
}

/// How a run ended, without what the output shows of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Result {
    /// It reached its end.
    Success,
    /// It raised an exception of this class.
    Error(String),
    /// The person stopped it.
    Stopped,
    /// Python was lost under it.
    KernelLost,
}

impl Result {
    /// The word that the page shows for a failure.
    #[must_use]
    pub fn word(&self) -> &str {
        match self {
            Self::Success => "",
            Self::Error(name) => name,
            Self::Stopped => "stopped",
            Self::KernelLost => "Python restarted",
        }
    }
}

impl From<&Outcome> for Result {
    fn from(outcome: &Outcome) -> Self {
        match outcome {
            Outcome::Success => Self::Success,
            Outcome::Error(error) => Self::Error(error.name.clone()),
            Outcome::Stopped => Self::Stopped,
            Outcome::KernelLost { .. } => Self::KernelLost,
        }
    }
}
