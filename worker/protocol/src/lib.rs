//! What the page and the kernel say to each other: ids, and two enums of messages.
//!
//! On the wire a message is the array `[seal, json, buffer, buffer, ...]`: a secret that says what the
//! message may be about, the enum as JSON text, then the `ArrayBuffer`s that it names by
//! [`BufferIndex`]. The page makes a seal for each kernel and one for each run, and sends the latter
//! with the run; the host alone knows them, never Python. The kernel speaks first
//! ([`FromWorker::Ready`]); every message about a run carries its [`RunId`].
#![warn(missing_docs)]

mod ask;
mod death;
mod ids;
mod output;
mod request;
mod task;
mod widget;

pub use ask::{Answer, Cell, Completion, Filter, Only, Question, TableView, Variable, WorkFile};
pub use death::{BootStep, DeathReason};
pub use ids::{BufferIndex, CellId, DisplayId, RunId, WidgetId};
pub use output::{Bundle, Data, Outcome, Output, PythonError, Stream, TracebackEntry};
pub use request::{
    MOST_ADDRESS, MOST_HEADER_BYTES, MOST_HEADERS, MOST_PROMPT, MOST_REQUESTS, Refusal, Request,
    Response,
};
pub use task::{Names, Piece, Task};
pub use widget::{Held, MOST_ARGUMENTS, MOST_HOLDS, MOST_SET, MOST_VALUE, MOST_WIDGETS};

use serde::{Deserialize, Serialize};

/// The longest JSON text of one message of the kernel, in bytes or UTF-16 units.
pub const MOST_TEXT: usize = 10 << 20;
/// The most that the buffers of one message of the kernel hold, in bytes.
pub const MOST_BYTES: usize = 10 << 20;
/// The most buffers of one message of the kernel.
pub const MOST_BUFFERS: usize = 40;

/// What the page asks of the kernel. The kernel works through them one by one, in order.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
// Where pointers are small, as in the page, the lint sees nothing to expect.
#[allow(
    clippy::large_enum_variant,
    reason = "nearly every message is a run, and each is sent as soon as it is made"
)]
pub enum ToWorker {
    /// Unpacks these wheels, which the page has fetched and verified. Answered by `Installed`.
    Install {
        /// The wheels, dependencies first.
        wheels: Vec<Wheel>,
    },
    /// Runs a cell once. Answered by `Started`, any number of `Output`, and `Finished`. A run that
    /// needs one that has failed, or that was skipped for that reason, is skipped in silence: the
    /// page draws the same conclusion from the `Finished` of the failed one.
    Run(RunRequest),
    /// Takes back this run and every later one that has not started. Answered by `Cancelled`.
    Cancel {
        /// The identity of this request, repeated in the answer.
        cancel: u32,
        /// The first run that is no longer wanted.
        from: RunId,
    },
    /// Deletes names from Python's `__main__` (their cell is gone). No answer.
    Forget {
        /// The names.
        names: Vec<String>,
    },
    /// Moves a widget to a value. No answer: what reads it is run after this.
    Move {
        /// The widget.
        widget: WidgetId,
        /// The value; `None` for the one that it was made with.
        held: Option<Held>,
    },
    /// Puts a file into the folder that cells run in. No answer.
    Write {
        /// Its path from there.
        file: String,
        /// Its bytes.
        buffer: BufferIndex,
    },
    /// Deletes a file of the folder that cells run in. No answer.
    Remove {
        /// Its path from there.
        file: String,
    },
    /// Reads a part of a file of the folder that cells run in. Answered by `Content`.
    Read {
        /// Repeated in the answer.
        read: u32,
        /// Its path from there.
        file: String,
        /// From which byte on.
        from: u32,
    },
    /// Lets go of all that is kept for a cell that is gone: its tables above all. No answer.
    Drop {
        /// The cell.
        cell: CellId,
    },
    /// Asks what Python knows. Answered by `Answer` between two runs.
    Ask {
        /// Repeated in the answer.
        ask: u32,
        /// The question.
        question: Question,
    },
    /// Responds to a `Request` of a run. No answer.
    Respond {
        /// The run.
        run: RunId,
        /// The number from the `Request`.
        request: u32,
        /// The response.
        response: Response,
    },
    /// So many outputs of this kernel are on the screen, or nobody looks. The next run waits until not
    /// too many are on their way. No answer.
    Painted {
        /// How many since the kernel started.
        outputs: u32,
    },
    /// Asks for a sign of life. Answered by `Pong` between two runs.
    Ping {
        /// Repeated in the answer.
        ping: u32,
    },
}

/// One run of one cell.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct RunRequest {
    /// The identity of this run: larger than that of every run before it.
    pub run: RunId,
    /// The cell.
    pub cell: CellId,
    /// What a traceback calls the cell's file, for instance `Cell 3`.
    pub label: String,
    /// The cell's source.
    pub source: String,
    /// The runs posted before this one whose values it reads, directly or through other cells, and
    /// whose end the page did not know yet.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub needs: Vec<RunId>,
    /// The names that are the cell's own: they do not go into `__main__`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub own: Vec<String>,
    /// The names that the code says it makes for everybody.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub makes: Vec<String>,
    /// Whether the run may bind names that the code does not say.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub dynamic: bool,
    /// The packages that the source needs and that the site does not serve.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub outside: Vec<Outside>,
    /// The values that the widgets of this cell were moved to.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub widgets: Vec<Held>,
    /// How to run the source.
    #[serde(default)]
    pub task: Task,
}

/// A package that the site does not serve.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Outside {
    /// What is required, as pip writes it: `polars>=1`.
    pub requirement: String,
    /// The module that is imported, where an import asks for it: it may be there after all.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub module: Option<String>,
}

/// A wheel of a Pyodide package.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Wheel {
    /// The package's normalised name, as in `pyodide-lock.json`.
    pub package: String,
    /// The wheel's original file name.
    pub file: String,
    /// Its bytes.
    pub buffer: BufferIndex,
}

/// What the kernel says.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum FromWorker {
    /// A step of the start has begun.
    Booting {
        /// What it does.
        step: BootStep,
    },
    /// Python has started. Nothing may be asked before this.
    Ready {
        /// Python's version, for instance "3.14.2".
        python: String,
    },
    /// The wheels of one `Install` are importable.
    Installed {
        /// Their package names.
        packages: Vec<String>,
    },
    /// A wheel of one `Install` could not be unpacked.
    InstallFailed {
        /// The package names that were asked for.
        packages: Vec<String>,
    },
    /// Python executes this run from now on.
    Started {
        /// The run.
        run: RunId,
        /// Milliseconds on the kernel's clock (`performance.timeOrigin + performance.now()`).
        at: f64,
    },
    /// The run has put something out. It may do so after its end, too, as long as it is the last that
    /// its cell has ended: a task that it left behind prints.
    Output {
        /// The run.
        run: RunId,
        /// What it put out.
        output: Output,
    },
    /// The run asks the page for something, and waits. Answered by `Respond`, unless the run ends first.
    Request {
        /// The run.
        run: RunId,
        /// The identity of this request, repeated in the answer.
        request: u32,
        /// What it asks for.
        asked: Request,
    },
    /// The run has ended.
    Finished {
        /// The run.
        run: RunId,
        /// How it ended.
        outcome: Outcome,
        /// How long it took by the kernel's clock, in milliseconds.
        took_ms: f64,
        /// What it did to names otherwise than its code says.
        #[serde(default)]
        names: Names,
    },
    /// Answers `Cancel`: this run and all later ones that have not started will not run.
    Cancelled {
        /// The identity from the `Cancel`.
        cancel: u32,
        /// The first run that will not run.
        from: RunId,
        /// The newest run that has begun.
        #[serde(default)]
        began: Option<RunId>,
    },
    /// Answers `Ask`.
    Answer {
        /// The number from the `Ask`.
        ask: u32,
        /// The answer.
        answer: Answer,
    },
    /// Answers `Read` with the part, in the one buffer of the message; without one, the file cannot be read.
    Content {
        /// The number from the `Read`.
        read: u32,
        /// The size of the whole file, in bytes.
        size: u32,
    },
    /// A sign of life, given between two runs.
    Pong {
        /// The number from the `Ping`.
        ping: u32,
        /// The newest run asked for that the kernel has seen.
        seen: Option<RunId>,
        /// Whether it has runs left to do.
        busy: bool,
    },
    /// Python cannot go on: it exited or crashed. Nothing follows; what is known beyond the reason was
    /// put out by the run that was going on.
    Died {
        /// What happened.
        reason: DeathReason,
    },
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_is_the_same_after_a_round_trip_as_json() {
        let message = FromWorker::Finished {
            run: RunId(7),
            outcome: Outcome::Success,
            took_ms: 1.5,
            names: Names::default(),
        };
        let text = serde_json::to_string(&message).unwrap_or_default();
        assert_eq!(
            text,
            r#"{"type":"finished","run":7,"outcome":{"result":"success"},"took_ms":1.5,"names":{"bound":[],"missing":[]}}"#
        );
        assert_eq!(
            serde_json::from_str::<FromWorker>(&text).ok(),
            Some(message)
        );
    }
}
