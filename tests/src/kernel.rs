//! A pretended kernel that keeps the protocol as the real one does, one small step at a time.

use std::collections::VecDeque;

use protocol::{FromWorker, Names, Outcome, PythonError, RunId, RunRequest, ToWorker};

use crate::language::{self, Namespace};

/// A kernel from its start to its end.
#[derive(Debug, Default)]
pub struct Pretended {
    /// The values of `__main__`.
    pub names: Namespace,
    waiting: VecDeque<ToWorker>,
    running: Option<RunRequest>,
    seen: Option<RunId>,
    began: Option<RunId>,
    failures: u32,
}

impl Pretended {
    /// Takes in a message; some are answered at once.
    pub fn hear(&mut self, message: ToWorker) -> Option<FromWorker> {
        if let ToWorker::Cancel { from } = message {
            self.waiting.retain(|waiting| match waiting {
                ToWorker::Run(request) => request.run < from,
                _ => true,
            });
            return Some(FromWorker::Cancelled {
                from,
                began: self.began,
            });
        }
        if let ToWorker::Run(request) = &message {
            self.seen = self.seen.max(Some(request.run));
        }
        self.waiting.push_back(message);
        None
    }

    /// The run that is going on.
    #[must_use]
    pub fn running(&self) -> Option<RunId> {
        self.running.as_ref().map(|request| request.run)
    }

    /// Does the next thing, and says what comes of it.
    pub fn step(&mut self) -> Vec<FromWorker> {
        if let Some(request) = self.running.take() {
            let (outcome, names) = self.execute(&request);
            self.failures += u32::from(outcome != Outcome::Success);
            return vec![FromWorker::Finished {
                run: request.run,
                outcome,
                took_ms: 1.0,
                names,
            }];
        }
        match self.waiting.pop_front() {
            Some(ToWorker::Run(request)) if request.failures < self.failures => Vec::new(),
            Some(ToWorker::Run(request)) => {
                let run = request.run;
                self.running = Some(request);
                self.began = Some(run);
                vec![FromWorker::Started { run, at: 0.0 }]
            }
            Some(ToWorker::Forget { names }) => {
                self.names.retain(|name, _| !names.contains(name));
                Vec::new()
            }
            Some(ToWorker::Ping { ping }) => vec![FromWorker::Pong {
                ping,
                seen: self.seen,
                busy: self
                    .waiting
                    .iter()
                    .any(|message| matches!(message, ToWorker::Run(_))),
                failures: self.failures,
            }],
            Some(
                ToWorker::Install { .. }
                | ToWorker::Write { .. }
                | ToWorker::Drop { .. }
                | ToWorker::Cancel { .. }
                | ToWorker::Ask { .. },
            )
            | None => Vec::new(),
        }
    }

    /// Whether there is nothing left to do.
    #[must_use]
    pub fn is_idle(&self) -> bool {
        self.running.is_none() && self.waiting.is_empty()
    }

    fn execute(&mut self, request: &RunRequest) -> (Outcome, Names) {
        match language::execute(&request.source, &request.own, &mut self.names) {
            Ok(mut bound) => {
                bound.retain(|name| !request.makes.contains(name));
                let names = Names {
                    bound,
                    ..Names::default()
                };
                (Outcome::Success, names)
            }
            Err(name) => {
                let error = PythonError {
                    name: "NameError".to_owned(),
                    message: format!("name '{name}' is not defined"),
                    traceback: String::new(),
                    entries: Vec::new(),
                };
                (Outcome::Error(error), Names::default())
            }
        }
    }
}
