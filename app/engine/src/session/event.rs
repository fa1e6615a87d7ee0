//! What comes into a session and what goes out of it.

use protocol::{Answer, CellId, FromWorker, Held, Outcome, Request, RunId, ToWorker};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

use super::life::Step;
use super::widgets::Phase;
use crate::evaluation::Evaluation;
use crate::graph::Touched;
use crate::notebook::Edit;
use crate::outputs::{Buffers, Picture};
use crate::packages::{Catalog, Package};
use crate::status::{CellView, Need};

/// A kernel from its start to its end. Never used again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct KernelId(pub u32);

/// What is known of a notebook beside its cells when it is opened.
#[derive(Debug, Clone, Default)]
pub struct Stored {
    /// The last evaluations of its cells.
    pub evaluations: BTreeMap<CellId, Evaluation>,
    /// What was to run when the page closed.
    pub plan: Option<Plan>,
    /// The edits that undo would apply, the next one last.
    pub undo: Vec<Edit>,
    /// No code is looked into: the notebook stopped the page when it was opened.
    pub unanalysed: bool,
}

/// The cells that are to run since a person asked. It is stored while they run, so that a page that is
/// closed in the middle opens as what it is.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Plan {
    /// No run of the plan is older than this one.
    pub from: RunId,
    /// The cells.
    pub cells: BTreeSet<CellId>,
}

/// Everything that can happen to a session.
#[derive(Debug, Clone)]
pub enum Event {
    /// The person changed the notebook.
    Edit(Edit),
    /// The typing in a long cell has paused: its code is read now.
    Read,
    /// The person takes back the last deletion, move or change of options.
    Undo,
    /// The person moves a widget to this value.
    Move(Held, Phase),
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
    /// This kernel sent a message, with these binary parts.
    Kernel(KernelId, FromWorker, Buffers),
    /// Something is being fetched for this kernel: its own files, or packages.
    Progress(KernelId, Step),
    /// Whether this kernel owes an answer for longer than it should.
    Silent(KernelId, bool),
    /// A run's request waits for the person to do this; for nothing of theirs any more.
    Needs(RunId, u32, Option<Need>),
    /// The page has responded to a run's request.
    Responded(RunId, u32),
    /// The output of this cell's run at this place has drawn itself, and this is its picture.
    Picture(CellId, RunId, usize, Picture),
    /// This kernel is gone; what happened, as one sentence.
    KernelLost(KernelId, String),
    /// These packages could not be fetched for this kernel; why, as a sentence. Python will say which import
    /// fails.
    PackagesFailed(KernelId, Vec<String>, String),
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
    /// What the cell shows of its runs ([`Session::output_view`](super::Session::output_view)) is
    /// another than before.
    Output(CellId),
    /// The cell's run asks for this, with these binary parts; it waits for the response to its request of
    /// this number, unless it ends first.
    Request(CellId, RunId, u32, Request, Buffers),
    /// The cell's run has ended so.
    Ended(CellId, RunId, Outcome),
    /// The cell's evaluation ([`Session::evaluation`](super::Session::evaluation)) is another than
    /// before, or is gone: store that.
    Evaluation(CellId),
    /// These cells are to run now: store that until [`Effect::Settled`].
    Plan(Plan),
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
    /// The cells that were to run and cannot, as one that they depend on failed.
    pub blocked: Vec<CellId>,
    /// Whether the person stopped it.
    pub stopped: bool,
}
