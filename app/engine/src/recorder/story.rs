//! The story of a cell's status, for the card: what it is, why, and how long its last runs took.

use protocol::CellId;

use super::phrases::{self, Number, because};
use super::{Act, Doing, Recorder, Trace};
use crate::notebook::Mode;
use crate::session::{Change, Session};
use crate::status::{CellView, Culprit, Need, Shown, Waiting};
use crate::words;

/// The story of a cell's status. Names are between backticks.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Story {
    /// What the cell's status is, as one sentence.
    pub status: String,
    /// Why, as sentences.
    pub why: Vec<String>,
    /// How long its last runs took, newest first: "12 ms, 9 ms, 3.1 s (failed)". May be empty.
    pub took: String,
}

/// What a story is told from.
struct Teller<'a> {
    session: &'a Session,
    recorder: &'a Recorder,
    number: Number<'a>,
    id: CellId,
    view: CellView,
}

impl Recorder {
    /// The story of a cell's status now. `number` gives a cell's number for people, 0 where it is gone.
    #[must_use]
    pub fn story(&self, session: &Session, id: CellId, number: Number) -> Story {
        let teller = Teller {
            session,
            recorder: self,
            number,
            id,
            view: session.view(id),
        };
        teller.tell()
    }
}

impl Teller<'_> {
    fn tell(&self) -> Story {
        let mut why = Vec::new();
        let status = match &self.view.shown {
            Shown::Idle => {
                why.push(
                    "It runs when you run it, or when a cell runs that it reads from.".to_owned(),
                );
                "It has not run.".to_owned()
            }
            Shown::Queued(waiting) => {
                why.extend(self.reason("It will run"));
                self.waits(waiting)
            }
            Shown::Running { needs, .. } => {
                why.extend(self.reason("It runs"));
                match needs {
                    None => "Python runs it now.",
                    Some(Need::Input) => "It runs, and waits for the line that it asks you for.",
                    Some(Need::Permission) => {
                        "It runs, and waits for you to allow what it asks for."
                    }
                }
                .to_owned()
            }
            Shown::Success { took_ms, .. } => {
                why.extend(self.ran());
                if *took_ms > 0.0 {
                    format!("It ran to its end in {}.", words::duration(*took_ms))
                } else {
                    "It ran to its end.".to_owned()
                }
            }
            Shown::Error { word, .. } => {
                why.extend(self.ran());
                match word.as_str() {
                    "stopped" => "It was stopped.".to_owned(),
                    "Python restarted" => "Python was lost while it ran.".to_owned(),
                    name => format!("It ended with `{name}`."),
                }
            }
            Shown::Blocked(culprit) => self.blocked(culprit, &mut why),
        };
        Story {
            status,
            why,
            took: self.took(),
        }
    }

    fn cell(&self, id: CellId) -> String {
        phrases::cell(id, self.number)
    }

    /// Why it runs, ran or will run, by what is recorded.
    fn reason(&self, verb: &str) -> Option<String> {
        let (act, trace) = self.recorder.newest(self.id)?;
        Some(self.reason_of(verb, act, trace))
    }

    fn reason_of(&self, verb: &str, act: &Act, trace: &Trace) -> String {
        format!("{verb} because {}.", because(act, trace, self.number))
    }

    /// What it waits for.
    fn waits(&self, waiting: &Waiting) -> String {
        match waiting {
            Waiting::Python => "It waits for Python to start.".to_owned(),
            Waiting::Packages => {
                let names = self.session.awaited_packages();
                format!("It waits for packages: {}.", names.join(", "))
            }
            Waiting::Parent => match self.session.awaited(self.id) {
                Some((parent, name)) => {
                    let runs = self
                        .session
                        .running()
                        .is_some_and(|(cell, _)| cell == parent);
                    let state = if runs { "runs now" } else { "waits itself" };
                    let cell = self.cell(parent);
                    format!("It waits for {cell}, which makes `{name}` and {state}.")
                }
                None => "It waits for a cell that it reads from.".to_owned(),
            },
            Waiting::Turn(place) => {
                let busy = self.session.running().map(|(cell, _)| {
                    let cell = self.cell(cell);
                    format!(" Python runs one cell at a time, and now {cell}.")
                });
                let place = match place {
                    0 => "It waits for its turn.".to_owned(),
                    1 => "It is next.".to_owned(),
                    place => format!("It is {} in line.", words::ordinal(*place)),
                };
                place + &busy.unwrap_or_default()
            }
        }
    }

    /// Why it ran last, and why it has not run since.
    fn ran(&self) -> Vec<String> {
        let last = self.session.evaluation(self.id);
        let run = self.view.shown.run();
        let recorded = self.recorder.newest(self.id);
        let own = recorded.filter(|(_, trace)| trace.run == run && trace.run.is_some());
        let mut why = Vec::new();
        if let Some((act, trace)) = own {
            why.push(self.reason_of("It ran", act, trace));
        } else if self.view.restored {
            let moved = last.and_then(|last| last.because.first());
            let moved = moved.filter(|cause| !cause.name.is_empty());
            why.push(match moved {
                Some(cause) => format!(
                    "It ran before Python was started for this page, because `{}` was moved to {}.",
                    cause.name, cause.value
                ),
                None => "It ran before Python was started for this page.".to_owned(),
            });
        } else if recorded.is_none() {
            why.push("It ran longer ago than is recorded.".to_owned());
        }
        if self.view.interrupted {
            why.push("It was running, or was to run, when the page was closed.".to_owned());
        }
        if self.view.stale {
            why.extend(self.stale());
        } else if own.is_none_or(|(act, _)| {
            self.recorder
                .last_act()
                .is_some_and(|last| last.id != act.id)
        }) {
            why.extend(self.not_run());
        }
        why
    }

    /// Why it did not run with what ran last.
    fn not_run(&self) -> Option<String> {
        let last = self.recorder.last_act()?;
        if last.traces.iter().any(|trace| trace.cell == self.id) {
            return None;
        }
        let did = phrases::act(&last.what, self.number);
        let which = match last.what {
            Doing::Moved { .. } => "this has moved",
            _ => "this has changed",
        };
        Some(format!(
            "It did not run when {did}: it reads nothing that {which}."
        ))
    }

    /// What has changed since it ran, and why it did not run for that.
    fn stale(&self) -> Vec<String> {
        let changes = self.session.changes(self.id);
        let mut why: Vec<String> = changes
            .iter()
            .take(3)
            .map(|change| self.change(change))
            .collect();
        if self.view.held {
            why.push("It did not run by itself, as its last run took over two seconds. Run it when you like.".to_owned());
        } else if self.session.notebook().mode == Mode::Lazy {
            why.push("In this notebook cells do not run by themselves when others change. Run it to bring it up to date.".to_owned());
        } else if changes.contains(&Change::Code) {
            why.push("Typing runs nothing. Run it to bring it up to date.".to_owned());
        } else {
            why.push("Run it to bring it up to date.".to_owned());
        }
        why
    }

    fn change(&self, change: &Change) -> String {
        match change {
            Change::Code => "Its code was changed since.".to_owned(),
            Change::Value { cell, names } => {
                let names = names.iter().take(3).map(|name| format!("`{name}`"));
                let names: Vec<String> = names.collect();
                format!(
                    "{} from {} is newer than what it read.",
                    names.join(", "),
                    self.cell(*cell)
                )
            }
            Change::Parents => "It reads from other cells than when it ran.".to_owned(),
            Change::Widget { name } if name.is_empty() => {
                "A widget was moved since that it reads.".to_owned()
            }
            Change::Widget { name } => format!("`{name}` was moved since."),
            Change::Shared => {
                "Another cell reads a name from it that was its own when it ran.".to_owned()
            }
        }
    }

    fn blocked(&self, culprit: &Culprit, why: &mut Vec<String>) -> String {
        let by = |id: &CellId, how: &str| {
            let cell = self.cell(*id);
            format!("It cannot run: it depends on {cell}, which {how}.")
        };
        let (status, way) = match culprit {
            Culprit::Diagnostic => {
                let found = self.session.diagnostics(self.id);
                let wrong = found.iter().filter(|one| one.problem.blocks());
                why.extend(
                    wrong
                        .take(2)
                        .map(|one| words::problem(&one.problem, self.number)),
                );
                return "It cannot run as it is written.".to_owned();
            }
            Culprit::Disabled(id) if *id == self.id => {
                return "It is turned off, and runs for nobody.".to_owned();
            }
            Culprit::Failed(id) => (
                by(id, "failed"),
                "Once that one succeeds, this one runs, too.",
            ),
            Culprit::Stopped(id) => (
                by(id, "was stopped"),
                "Run this one, and that one runs first.",
            ),
            Culprit::Lost(id) => (
                by(id, "ran when Python was lost"),
                "Run this one, and that one runs first.",
            ),
            Culprit::Wrong(id) => (by(id, "cannot run as it is written"), ""),
            Culprit::Disabled(id) => (by(id, "is turned off"), ""),
        };
        if !way.is_empty() {
            why.push(way.to_owned());
        }
        status
    }

    fn took(&self) -> String {
        let recorded: Vec<String> = self
            .recorder
            .took(self.id)
            .map(|(ms, succeeded)| {
                let failed = if succeeded { "" } else { " (failed)" };
                format!("{}{failed}", words::duration(ms))
            })
            .collect();
        if !recorded.is_empty() {
            return recorded.join(", ");
        }
        let last = self.session.evaluation(self.id);
        let known = last.filter(|last| last.took_ms > 0.0);
        known.map_or_else(String::new, |last| words::duration(last.took_ms))
    }
}
