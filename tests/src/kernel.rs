//! A pretended kernel: the worker's own queue, with a corner of Python behind it, one small step at a
//! time.

use std::collections::{BTreeMap, BTreeSet};

use protocol::{
    FromWorker, Names, Outcome, Output, PythonError, RunId, RunRequest, Stream, ToWorker,
};
use worker::queue::{Queue, Task};

use crate::language::{self, Namespace};

/// A kernel from its start to its end.
#[derive(Debug, Default)]
pub struct Pretended {
    /// The values of `__main__`.
    pub names: Namespace,
    /// The packages that are there.
    pub packages: BTreeSet<String>,
    /// What each run bound for everybody.
    pub bound: BTreeMap<RunId, Namespace>,
    queue: Queue,
    running: Option<RunRequest>,
}

impl Pretended {
    /// Takes in a message; some are answered at once.
    pub fn receive(&mut self, message: ToWorker) -> Option<FromWorker> {
        self.queue.push(message)
    }

    /// The run that is going on.
    #[must_use]
    pub fn running(&self) -> Option<RunId> {
        self.queue.running()
    }

    /// Does the next thing, and posts what comes of it.
    pub fn step(&mut self) -> Vec<FromWorker> {
        if let Some(request) = self.running.take() {
            return self.finish(&request);
        }
        match self.queue.next_task() {
            Some(Task::Run(request)) => {
                let run = request.run;
                self.running = Some(request);
                vec![FromWorker::Started { run, at: 0.0 }]
            }
            Some(Task::Post(message)) => vec![message],
            Some(Task::Do(ToWorker::Forget { names })) => {
                self.names.retain(|name, _| !names.contains(name));
                Vec::new()
            }
            Some(Task::Do(ToWorker::Install { wheels })) => {
                let packages: Vec<String> = wheels.into_iter().map(|wheel| wheel.package).collect();
                self.packages.extend(packages.iter().cloned());
                vec![FromWorker::Installed { packages }]
            }
            Some(Task::Do(_)) | None => Vec::new(),
        }
    }

    /// Whether there is nothing left to do.
    #[must_use]
    pub fn is_idle(&self) -> bool {
        self.queue.is_empty()
    }

    fn finish(&mut self, request: &RunRequest) -> Vec<FromWorker> {
        let run = request.run;
        let (outcome, names) = self.execute(request);
        self.queue.ended(outcome != Outcome::Success);
        let output = Output::Text {
            stream: Stream::Stdout,
            text: format!("{run}\n"),
        };
        vec![
            FromWorker::Output { run, output },
            FromWorker::Finished {
                run,
                outcome,
                took_ms: 1.0,
                names,
            },
        ]
    }

    fn execute(&mut self, request: &RunRequest) -> (Outcome, Names) {
        match language::execute(&request.source, &request.own, &mut self.names) {
            Ok(mut bound) => {
                let values = bound.iter();
                let values = values.filter_map(|name| self.names.get_key_value(name));
                let values = values.map(|(name, value)| (name.clone(), value.clone()));
                self.bound.insert(request.run, values.collect());
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
