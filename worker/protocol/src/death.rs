//! What is said of the kernel's start and end. Enums, since a sentence from where user code runs would
//! stand outside of its cell; the page has the words.

use serde::{Deserialize, Serialize};

/// A step of the kernel's start.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum BootStep {
    /// Python's interpreter starts.
    Python,
}

/// Why Python cannot go on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DeathReason {
    /// It could not start.
    NotStarted,
    /// It exited, as by `os._exit`.
    Exited {
        /// The exit code.
        code: i32,
    },
    /// It aborted, as by `os.abort`.
    Aborted,
    /// It ran out of stack in C code, as by showing what is nested too deeply.
    StackOverflow,
    /// It ran out of memory.
    OutOfMemory,
    /// Its worker was closed from inside.
    Closed,
    /// The interpreter crashed otherwise.
    Crashed,
}
