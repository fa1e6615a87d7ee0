//! What is stored of a cell's last run.

use serde::{Deserialize, Serialize};

use crate::outputs::Outputs;
use crate::session::Record;

/// What is stored of a cell's last run.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Kept {
    /// The engine's record of it.
    pub record: Record,
    /// What it put out.
    pub outputs: Outputs,
}
