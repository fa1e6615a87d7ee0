//! What comes into a session and what goes out of it.

use protocol::{Answer, CellId, FromWorker, Outcome, Output, RunId, ToWorker};

use crate::graph::Touched;
use crate::notebook::Edit;
use crate::packages::{Catalog, Package};
use crate::status::CellView;

/// A kernel from its start to its end. Never used again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct KernelId(pub u32);

/// How the kernel is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KernelState {
    /// Not started.
    Off,
    /// Starting: nothing may be posted yet.
    Starting,
    /// Ready for messages.
    Ready,
    /// Gone, and not started again.
    Lost,
}

/// Everything that can happen to a session.
#[derive(Debug, Clone)]
pub enum Event {
    /// The person changed the notebook.
    Edit(Edit),
    /// The person takes back the last deletion, move or change of options.
    Undo,
    /// The person runs a cell.
    Run(CellId),
    /// The person runs every cell.
    RunAll,
    /// The person runs the cells that are stale, failed or never ran.
    RunStale,
    /// The person stops what runs and drops what waits.
    Stop,
    /// The person starts Python anew.
    Restart,
    /// The list of the site's packages has arrived.
    Catalog(Catalog),
    /// This kernel says something.
    Kernel(KernelId, FromWorker),
    /// This kernel is gone; what happened, as one sentence.
    KernelLost(KernelId, String),
    /// These packages could not be fetched for this kernel. Python will say which import fails.
    PackagesFailed(KernelId, Vec<String>),
}

/// What must be done after an event.
#[derive(Debug, Clone, PartialEq)]
pub enum Effect {
    /// Start a kernel; end the one before, if there is one. Its messages come as
    /// [`Event::Kernel`] with this id.
    StartKernel(KernelId),
    /// Post this to the kernel.
    Post(ToWorker),
    /// Fetch and verify these packages, then post them as one `Install`.
    Fetch(Vec<Package>),
    /// This is now the state of the cell: show it, through the presenter.
    Show(CellId, CellView),
    /// The cell's run has put this out.
    Output(CellId, RunId, Output),
    /// The cell's run has ended; its record is the session's newest of that cell.
    Ended(CellId, RunId, Outcome),
    /// An edit was applied: store it.
    Journal {
        /// The edit.
        edit: Edit,
        /// Whether it took back the newest of [`Session::undoable`](super::Session::undoable).
        undoes: bool,
    },
    /// Cells came, went, moved or changed otherwise than by typing.
    Structure,
    /// The names or the diagnostics of these cells may have changed.
    Names(Touched),
    /// Python has answered this question of the page.
    Answer(u32, Answer),
    /// All that a person asked for is done.
    Settled(Settled),
}

/// What was done of what a person asked for.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Settled {
    /// The cells that a person asked for by name.
    pub asked: Vec<CellId>,
    /// The cells that ran to an end, in order.
    pub ran: Vec<CellId>,
    /// Those of them that failed.
    pub failed: Vec<CellId>,
    /// Whether the person stopped it.
    pub stopped: bool,
}
