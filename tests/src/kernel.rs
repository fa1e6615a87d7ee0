//! A pretended kernel: the worker's own queue, with a corner of Python behind it, one small step at a
//! time.
//!
//! The word `slider` is a widget, the first of its cell: as a value it is where it stands, and the names
//! that are made of it in its cell hold it.

use std::collections::{BTreeMap, BTreeSet};

use protocol::{
    CellId, FromWorker, Held, Names, Outcome, Output, PythonError, RunId, RunRequest, Stream,
    ToWorker, WidgetId,
};
use worker::queue::{Queue, Task};

use crate::language::{self, Namespace, SLIDER};

/// A kernel from its start to its end.
#[derive(Debug, Default)]
pub struct Pretended {
    /// The values of `__main__`.
    pub names: Namespace,
    /// The packages that are there.
    pub packages: BTreeSet<String>,
    /// What each run bound for everybody.
    pub bound: BTreeMap<RunId, Namespace>,
    /// How long a run takes, in milliseconds; 1 where nothing is said.
    pub took: BTreeMap<CellId, f64>,
    /// The values that widgets were moved to, in the order in which they came.
    pub moves: Vec<String>,
    /// The states that the runs of a cell set, each by the cell that makes it.
    pub sets: BTreeMap<CellId, Vec<CellId>>,
    /// Where each widget stands, as a value, and the names that hold it.
    widgets: BTreeMap<WidgetId, (String, Vec<String>)>,
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
            Some(Task::Do(ToWorker::Move { widget, held })) => {
                self.place(widget, held.as_ref());
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
        let set = self.sets.get(&request.cell).map(|states| Output::Set {
            widgets: states
                .iter()
                .map(|state| WidgetId::new(*state, 0))
                .collect(),
            moved: false,
            own: false,
        });
        let outputs = [Some(output), set].into_iter().flatten();
        let mut said: Vec<FromWorker> = outputs
            .map(|output| FromWorker::Output { run, output })
            .collect();
        said.push(FromWorker::Finished {
            run,
            outcome,
            took_ms: self.took.get(&request.cell).copied().unwrap_or(1.0),
            names,
        });
        said
    }

    /// Moves a widget: what its cell has made of it stands there, too.
    fn place(&mut self, widget: WidgetId, held: Option<&Held>) {
        let now = standing(widget, held);
        self.moves.push(now.clone());
        if let Some((before, names)) = self.widgets.get_mut(&widget) {
            for name in names {
                if let Some(value) = self.names.get_mut(name) {
                    *value = value.replacen(before.as_str(), &now, 1);
                }
            }
            *before = now;
        }
    }

    fn execute(&mut self, request: &RunRequest) -> (Outcome, Names) {
        let widget = WidgetId::new(request.cell, 0);
        let held = request.widgets.iter().find(|held| held.widget == widget);
        let stands = standing(widget, held);
        self.names.insert(SLIDER.to_owned(), stands.clone());
        let executed = language::execute(&request.source, &request.own, &mut self.names);
        self.names.remove(SLIDER);
        match executed {
            Ok(mut bound) => {
                let made = language::assignments(&request.source).into_iter();
                let made = made.filter(|(_, words)| words.iter().any(|word| word == SLIDER));
                let holding: Vec<String> = made
                    .map(|(name, _)| name)
                    .filter(|name| bound.contains(name))
                    .collect();
                self.widgets.insert(widget, (stands, holding.clone()));
                let values = bound.iter();
                let values = values.filter_map(|name| self.names.get_key_value(name));
                let values = values.map(|(name, value)| (name.clone(), value.clone()));
                self.bound.insert(request.run, values.collect());
                bound.retain(|name| !request.makes.contains(name));
                let names = Names {
                    bound,
                    widgets: holding
                        .into_iter()
                        .map(|name| (name, vec![widget]))
                        .collect(),
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

/// Where a widget stands, as the value of the word.
#[must_use]
pub fn standing(widget: WidgetId, held: Option<&Held>) -> String {
    let value = held.map_or_else(|| "first".to_owned(), |held| held.value.to_string());
    format!("{widget}={value}")
}
