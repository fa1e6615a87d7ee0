//! What the visually hidden status region says of the run that the person started.

use engine::session::Settled;
use protocol::{CellId, Outcome};

use crate::browser::now;

/// After how many milliseconds a run counts as long.
const LONG: f64 = 700.0;
/// After how many milliseconds it is said once that it still runs.
const STILL: f64 = 1000.0;

/// The person's last run.
#[derive(Default)]
pub struct Speech {
    began: Option<f64>,
    said_running: bool,
}

impl Speech {
    pub fn run_began(&mut self) {
        *self = Self {
            began: Some(now()),
            said_running: false,
        };
    }

    pub fn run_ended(&mut self) {
        self.began = None;
    }

    /// Whether the run takes long enough to tell how far it is.
    pub fn is_long(&self) -> bool {
        self.has_run_for(LONG)
    }

    /// Some time has passed.
    pub fn tick(&mut self) -> Option<&'static str> {
        let says = !self.said_running && self.has_run_for(STILL);
        self.said_running |= says;
        says.then_some("Still running.")
    }

    fn has_run_for(&self, milliseconds: f64) -> bool {
        self.began.is_some_and(|began| now() - began > milliseconds)
    }
}

/// What is said at the end of a run.
pub fn summary(
    settled: &Settled,
    number: impl Fn(CellId) -> usize,
    outcome: impl Fn(CellId) -> Option<Outcome>,
) -> Option<String> {
    if settled.stopped {
        return Some("Stopped.".to_owned());
    }
    let Some(failed) = settled.failed.first() else {
        return match settled.ran.as_slice() {
            [] => None,
            [cell] => Some(format!("Cell {} is done.", number(*cell))),
            cells => Some(format!("{} cells are done.", cells.len())),
        };
    };
    let counts = [
        (settled.ran.len() - settled.failed.len(), "done"),
        (settled.failed.len(), "failed"),
        (settled.blocked.len(), "blocked"),
    ];
    let counts = counts.iter().filter(|(count, _)| *count > 0);
    let counts: Vec<String> = counts
        .map(|(count, word)| format!("{count} {word}"))
        .collect();
    let reason = match outcome(*failed) {
        Some(Outcome::Error(error)) => {
            let line = error.message.lines().next().unwrap_or("");
            format!("{}: {line}", error.name)
        }
        _ => "Python was lost".to_owned(),
    };
    let counts = counts.join(", ");
    Some(format!("{counts}; cell {}: {reason}", number(*failed)))
}
