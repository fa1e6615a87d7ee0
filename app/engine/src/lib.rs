//! The notebook, its dependency graph, the scheduler and the presenter.
//!
//! Pure: events in ([`Session::handle`]), effects out; no browser, no clock, no randomness.
//! Facts are stored (code, runs, outcomes, what a person asked for); everything else, a cell's
//! status above all, is derived from them.
#![warn(missing_docs)]

pub mod address;
pub mod analysis;
pub mod ansi;
pub mod clipboard;
pub mod compare;
pub mod diagnostic;
pub mod evaluation;
pub mod files;
pub mod fixes;
pub mod formats;
pub mod gate;
pub mod graph;
pub mod grid;
pub mod journal;
pub mod layout;
pub mod link;
pub mod markdown;
pub mod notebook;
pub mod outputs;
pub mod packages;
pub mod presenter;
pub mod recorder;
pub mod reversal;
pub mod session;
pub mod spelling;
pub mod status;
pub mod widgets;
pub mod words;

pub use diagnostic::{Diagnostic, Problem};
pub use evaluation::{Evaluation, Inputs};
pub use formats::{Document, Format};
pub use graph::Graph;
pub use notebook::{
    Cell, Edit, EditError, Fingerprint, Hidden, Kind, Layout, Mode, Notebook, Patience,
};
pub use outputs::{Item, OutputView, Outputs};
pub use presenter::Presenter;
pub use reversal::Reversal;
pub use session::{Effect, Event, Session};
pub use status::{CellView, Culprit, Need, Shown, Status, Waiting};
