//! An evaluation: a run of a cell, what it read, how it ended and what it put out. One thing: it is
//! shown, stored, exported and replaced as a whole.

use std::collections::{BTreeMap, BTreeSet};

use protocol::{CellId, Outcome, PythonError, RunId, WidgetId};
use serde::{Deserialize, Serialize};

use crate::notebook::Fingerprint;
use crate::outputs::{Item, OutputView, Outputs};
use crate::session::KernelId;

/// What a run read: its code, and which value of each parent.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Inputs {
    /// The code and the cell's kind; `None` only where they are not known.
    pub code: Option<Fingerprint>,
    /// For each parent the run that made its value (see [`Evaluation::value`]).
    pub parents: BTreeMap<CellId, Option<RunId>>,
    /// For each widget that it reads and that was moved, which value.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub widgets: BTreeMap<WidgetId, Fingerprint>,
}

/// A widget that was moved, as the reason of a run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cause {
    /// A name that holds it; empty where none is known.
    pub name: String,
    /// Its value, on one short line.
    pub value: String,
}

/// A run of a cell that has ended.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Evaluation {
    /// The run.
    pub run: RunId,
    /// The run that first made this value. A run that only restores a value in a new kernel,
    /// from the same inputs, passes it on, so that nothing downstream becomes stale.
    pub value: RunId,
    /// What it read; `None` where it came with a file that does not say: then it counts as what the
    /// cell would read when the file is opened.
    pub inputs: Option<Inputs>,
    /// The names that it bound for everybody.
    #[serde(default)]
    pub definitions: BTreeSet<String>,
    /// Those of them that its code does not say.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub found: BTreeSet<String>,
    /// Names that its code says and that it did not bind.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub missing: BTreeSet<String>,
    /// How it ended.
    pub outcome: Outcome,
    /// How long it took by the kernel's clock, in milliseconds; 0 where it is not known.
    #[serde(default)]
    pub took_ms: f64,
    /// When it ended by the kernel's clock, in milliseconds since 1970, where it is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ended_at: Option<f64>,
    /// The widgets whose moves made it run, where it was they.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub because: Vec<Cause>,
    /// The names that hold widgets after it, each with the widgets.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub holds: BTreeMap<String, BTreeSet<WidgetId>>,
    /// What it put out.
    #[serde(default)]
    pub outputs: Outputs,
    /// The kernel that has its value; `None` if that one was before this session.
    #[serde(skip)]
    pub kernel: Option<KernelId>,
}

impl Evaluation {
    /// An evaluation of which only its outputs are known: it came with a file.
    #[must_use]
    pub fn of_file(items: Vec<Item>, error: Option<PythonError>) -> Self {
        Self {
            run: RunId(0),
            value: RunId(0),
            inputs: None,
            definitions: BTreeSet::new(),
            found: BTreeSet::new(),
            missing: BTreeSet::new(),
            outcome: error.map_or(Outcome::Success, Outcome::Error),
            took_ms: 0.0,
            ended_at: None,
            because: Vec::new(),
            holds: BTreeMap::new(),
            outputs: Outputs { items },
            kernel: None,
        }
    }

    /// Reads an evaluation as it is stored, in this form or in that of before evaluations were one
    /// thing. `None` if it is neither.
    #[must_use]
    pub fn read(json: &str) -> Option<Self> {
        let evaluation = serde_json::from_str(json).ok();
        evaluation.or_else(|| {
            serde_json::from_str::<before::Kept>(json)
                .ok()
                .map(Self::from)
        })
    }

    /// Whether the run reached its end.
    #[must_use]
    pub fn succeeded(&self) -> bool {
        self.outcome == Outcome::Success
    }

    /// The exception that ended it.
    #[must_use]
    pub fn error(&self) -> Option<&PythonError> {
        match &self.outcome {
            Outcome::Error(error) => Some(error),
            _ => None,
        }
    }

    /// What its cell shows of it.
    #[must_use]
    pub fn view(&self) -> OutputView {
        OutputView {
            run: self.run,
            items: self.outputs.items.clone(),
            error: self.error().cloned(),
            is_own: self.kernel.is_some(),
        }
    }
}

/// The word that the page shows for a failure.
#[must_use]
pub fn word(outcome: &Outcome) -> &str {
    match outcome {
        Outcome::Success => "",
        Outcome::Error(error) => &error.name,
        Outcome::Stopped => "stopped",
        Outcome::KernelLost { .. } => "Python restarted",
    }
}

/// The forms of before evaluations were one thing, which stores and files still hold.
pub(crate) mod before {
    use super::{
        BTreeMap, BTreeSet, CellId, Deserialize, Evaluation, Fingerprint, Inputs, Item, Outcome,
        Outputs, PythonError, RunId,
    };

    /// A record of a run and, beside it, what the cell put out.
    #[derive(Debug, Deserialize)]
    pub struct Kept {
        record: Record,
        outputs: Shown,
    }

    #[derive(Debug, Deserialize)]
    struct Record {
        run: RunId,
        value: RunId,
        inputs: InputsBefore,
        definitions: BTreeSet<String>,
        #[serde(default)]
        found: BTreeSet<String>,
        #[serde(default)]
        missing: BTreeSet<String>,
        result: Ended,
        took_ms: f64,
    }

    #[derive(Debug, Deserialize)]
    struct InputsBefore {
        code: Option<Fingerprint>,
        parents: BTreeMap<CellId, Option<RunId>>,
    }

    #[derive(Debug, Deserialize)]
    #[serde(rename_all = "snake_case")]
    enum Ended {
        Success,
        Error(String),
        Stopped,
        KernelLost,
    }

    /// What a cell put out, with the run that it is of.
    #[derive(Debug, Deserialize)]
    pub struct Shown {
        run: RunId,
        items: Vec<Item>,
        error: Option<PythonError>,
    }

    impl From<Shown> for Evaluation {
        fn from(shown: Shown) -> Self {
            Self::of_file(shown.items, shown.error)
        }
    }

    impl From<Kept> for Evaluation {
        fn from(kept: Kept) -> Self {
            let Kept { record, outputs } = kept;
            // Where a page was closed in the middle of a run, the outputs are of that run and the
            // record is of the one before: half an output is no result.
            let is_whole = outputs.run == record.run;
            let outcome = match (record.result, outputs.error) {
                (Ended::Success, _) => Outcome::Success,
                (Ended::Error(_), Some(error)) if is_whole => Outcome::Error(error),
                (Ended::Error(name), _) => Outcome::Error(PythonError {
                    name,
                    message: String::new(),
                    traceback: String::new(),
                    entries: Vec::new(),
                }),
                (Ended::Stopped, _) => Outcome::Stopped,
                (Ended::KernelLost, _) => Outcome::KernelLost {
                    message: String::new(),
                },
            };
            let inputs = Inputs {
                code: record.inputs.code,
                parents: record.inputs.parents,
                widgets: BTreeMap::new(),
            };
            Self {
                run: record.run,
                value: record.value,
                inputs: Some(inputs),
                definitions: record.definitions,
                found: record.found,
                missing: record.missing,
                outcome,
                took_ms: record.took_ms,
                ended_at: None,
                because: Vec::new(),
                holds: BTreeMap::new(),
                outputs: Outputs {
                    items: if is_whole { outputs.items } else { Vec::new() },
                },
                kernel: None,
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use protocol::Stream;

    use super::*;

    const BEFORE: &str = r#"{"record":{"run":7,"value":5,"inputs":{"code":12,"parents":{"1":3}},
        "definitions":["a"],"result":"success","took_ms":2.5},
        "outputs":{"run":7,"items":[{"item":"text","stream":"stdout","text":"hi\n"}],"error":null}}"#;

    #[test]
    fn an_evaluation_is_the_same_after_a_round_trip_as_json() {
        let items = vec![Item::Text {
            stream: Stream::Stdout,
            text: "hi\n".into(),
        }];
        let evaluation = Evaluation {
            run: RunId(3),
            inputs: Some(Inputs::default()),
            ..Evaluation::of_file(items, None)
        };
        let json = serde_json::to_string(&evaluation).unwrap_or_default();
        assert_eq!(Evaluation::read(&json), Some(evaluation));
    }

    #[test]
    fn a_record_of_before_opens_as_an_evaluation() {
        let Some(evaluation) = Evaluation::read(BEFORE) else {
            panic!("it does not open");
        };
        assert_eq!((evaluation.run, evaluation.value), (RunId(7), RunId(5)));
        assert!(evaluation.succeeded());
        assert_eq!(evaluation.outputs.items.len(), 1);
    }

    #[test]
    fn outputs_of_a_run_that_had_not_ended_are_no_result() {
        let half = BEFORE.replace(r#""outputs":{"run":7"#, r#""outputs":{"run":8"#);
        let evaluation = Evaluation::read(&half);
        assert!(evaluation.is_some_and(|evaluation| evaluation.outputs.is_empty()));
        assert_eq!(Evaluation::read(r#"{"record":1}"#), None);
    }
}
