//! The promise meter: how many states happened, and how many of them were painted.

use protocol::RunId;
use serde::{Deserialize, Serialize};

use crate::status::{CellView, Status};

/// How the promise is kept that every state is painted.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Meter {
    /// States that happened.
    pub happened: u64,
    /// Those that were painted.
    pub painted: u64,
    /// Those that were over before a frame could paint them, as their cell had run again, or was gone.
    pub passed: u64,
    /// Those that the next frames will paint.
    pub waiting: u64,
}

/// What the recorder counts itself.
#[derive(Debug, Default)]
pub(super) struct Counts {
    pub happened: u64,
    pub painted: u64,
}

type State = (Status, Option<RunId>);

/// The state of a cell that was told last, and the one that was painted last.
#[derive(Debug, Default)]
pub(super) struct States {
    told: Option<State>,
    shown: Option<State>,
}

impl Meter {
    /// Whether every state was painted that was not over before a frame could.
    #[must_use]
    pub fn is_kept(&self) -> bool {
        self.happened == self.painted + self.passed + self.waiting
    }
}

impl States {
    /// Whether this is another state than the one told last.
    pub fn tell(&mut self, view: &CellView) -> bool {
        let state = state(view);
        self.told.replace(state) != Some(state)
    }

    /// Whether this is another state than the one painted last.
    pub fn show(&mut self, view: &CellView) -> bool {
        let state = state(view);
        self.shown.replace(state) != Some(state)
    }
}

fn state(view: &CellView) -> State {
    (view.status(), view.shown.run())
}
