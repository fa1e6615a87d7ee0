//! What the kernel's messages change, and its loss.
//!
//! A message about a run counts only if it fits the run at the front: only the first of the
//! posted runs may start, and only the one that started may put out or end. Anything else is
//! late, repeated or forged, and finds nothing to change.

use std::collections::{BTreeMap, BTreeSet};

use protocol::{
    BootStep, CellId, FromWorker, MOST_REQUESTS, Names, Outcome, Output, Request, RunId,
};

use super::absent::is_import;
use super::widgets::holds;
use super::{Changed, Effect, Flight, KernelId, Reason, Session, State, Step};
use crate::analysis::sql::is_identifier;
use crate::evaluation::Evaluation;
use crate::gate;
use crate::outputs::{Buffers, Collector, Outputs, Picture, illustrate};
use crate::status::Need;

const UNPACKED: &str = "Its file could not be unpacked.";
const LOST_ANSWER: &str = "Python's answer was lost. Run the cell again.";

impl Session {
    pub(super) fn receive(
        &mut self,
        message: FromWorker,
        buffers: &Buffers,
        changed: &mut Changed,
    ) {
        match message {
            FromWorker::Booting { step } => self.state.set_step(Some(Step {
                what: match step {
                    BootStep::Python => "Starting Python".to_owned(),
                },
                bytes: None,
            })),
            FromWorker::Ready { .. } => {
                if let State::Starting { .. } = self.state {
                    self.state = State::Up {
                        step: None,
                        silent: false,
                    };
                    changed.all = true;
                }
            }
            FromWorker::Installed { packages } => {
                self.packages.extend(
                    packages
                        .iter()
                        .filter(|name| self.installing.contains(*name))
                        .cloned(),
                );
                self.packages_arrived(&packages, changed);
            }
            FromWorker::InstallFailed { packages } => {
                let failed = packages
                    .iter()
                    .filter(|name| self.installing.contains(*name));
                let failed = failed.map(|name| (name.clone(), UNPACKED.to_owned()));
                self.unavailable.extend(failed);
                self.packages_arrived(&packages, changed);
            }
            FromWorker::Started { run, at } => self.start_run(run, at, changed),
            FromWorker::Output {
                run,
                output:
                    Output::Set {
                        widgets,
                        moved,
                        own,
                    },
            } => {
                if let Some(cell) = self.cell_of_run(run) {
                    self.states_set(cell, &widgets, moved, own, changed);
                }
            }
            FromWorker::Output { run, output } => {
                if let Some(first) = self.flights.front_mut()
                    && first.run == run
                    && first.has_started()
                {
                    first.collector.take(output, buffers);
                    let cell = first.cell;
                    changed.emit(Effect::Output(cell));
                } else {
                    self.add_late(run, output, buffers, changed);
                }
            }
            FromWorker::Request {
                run,
                request,
                asked,
            } => self.take_request(run, request, asked, buffers, changed),
            FromWorker::Finished {
                run,
                outcome,
                took_ms,
                names,
            } => {
                if self.running().is_some_and(|(_, running)| running == run)
                    && let Some(flight) = self.flights.pop_front()
                {
                    self.newest_ended = run;
                    self.end_run(flight, outcome, took_ms, names, changed);
                } else if run > self.newest_ended && run < self.next_run {
                    // It ran, and what should have come before this message did not come.
                    self.lose_kernel(LOST_ANSWER, changed);
                }
            }
            FromWorker::Cancelled {
                cancel,
                from,
                began,
            } => {
                if self.cancel == Some(cancel) {
                    self.cancel = None;
                    self.cancelled(from, began, changed);
                }
            }
            FromWorker::Pong { seen, busy, .. } => {
                if let (Some(seen), false) = (seen, busy) {
                    self.reconcile(seen, changed);
                }
            }
            // Files are the page's alone.
            FromWorker::Content { .. } => {}
            FromWorker::Answer { ask, answer } => changed.emit(Effect::Answer(ask, answer)),
            FromWorker::Died { reason } => self.lose_kernel(&gate::death(reason), changed),
        }
    }

    /// The kernel has taken back what it had not begun by then.
    fn cancelled(&mut self, from: RunId, began: Option<RunId>, changed: &mut Changed) {
        if let (Some(began), Some(first)) = (began, self.flights.front()) {
            if first.run < began {
                // It has gone past a run whose end is not known here.
                return self.lose_kernel(LOST_ANSWER, changed);
            }
            self.start_run(began, 0.0, changed);
        }
        self.take_back(from, changed);
    }

    fn start_run(&mut self, run: RunId, at: f64, changed: &mut Changed) {
        if let Some(first) = self.flights.front_mut()
            && first.run == run
            && !first.has_started()
        {
            first.started = Some(at);
            let (cell, values) = (first.cell, first.values.clone());
            changed.cells.insert(cell);
            // By now every value has come that it reads, and with them the widgets that they hold.
            let read = self.widgets_read(cell, &values);
            if let Some(first) = self.flights.front_mut() {
                first.inputs.widgets = read;
            }
            self.moves.unfence(cell);
        }
    }

    /// The run that goes on asks the page for something.
    fn take_request(
        &mut self,
        run: RunId,
        request: u32,
        asked: Request,
        buffers: &Buffers,
        changed: &mut Changed,
    ) {
        if let Some(first) = self.flights.front_mut()
            && first.run == run
            && first.has_started()
            && first.requests.len() < MOST_REQUESTS
            && !first.requests.contains_key(&request)
        {
            let need = matches!(asked, Request::Input { .. }).then_some(Need::Input);
            first.requests.insert(request, need);
            let cell = first.cell;
            changed.cells.insert(cell);
            changed.emit(Effect::Request(cell, run, request, asked, buffers.clone()));
        }
    }

    /// Whether a request still has no response, and its run goes on.
    #[must_use]
    pub fn is_open(&self, run: RunId, request: u32) -> bool {
        let first = self.flights.front().filter(|first| first.run == run);
        first.is_some_and(|first| first.requests.contains_key(&request))
    }

    /// A request waits for the person, or does no longer.
    pub(super) fn waits_for_person(
        &mut self,
        run: RunId,
        request: u32,
        need: Option<Need>,
        changed: &mut Changed,
    ) {
        if let Some(first) = self.flights.front_mut()
            && first.run == run
            && let Some(known) = first.requests.get_mut(&request)
        {
            *known = need;
            changed.cells.insert(first.cell);
        }
    }

    /// A request has its response.
    pub(super) fn responded(&mut self, run: RunId, request: u32, changed: &mut Changed) {
        if let Some(first) = self.flights.front_mut()
            && first.run == run
            && first.requests.remove(&request).is_some()
        {
            changed.cells.insert(first.cell);
        }
    }

    /// The cell of the run that goes on, or whose evaluation this run is.
    fn cell_of_run(&self, run: RunId) -> Option<CellId> {
        let first = self.flights.front();
        let flying = first.filter(|first| first.run == run && first.has_started());
        let mut evaluations = self.evaluations.iter();
        let is_last = |last: &Evaluation| last.run == run && last.kernel == Some(self.kernel);
        let ended = || {
            evaluations
                .find(|(_, last)| is_last(last))
                .map(|(id, _)| *id)
        };
        flying.map(|first| first.cell).or_else(ended)
    }

    /// A run that has ended puts out more. Counts only where it is still its cell's evaluation.
    fn add_late(&mut self, run: RunId, output: Output, buffers: &Buffers, changed: &mut Changed) {
        let kernel = Some(self.kernel);
        let mut evaluations = self.evaluations.iter_mut();
        let found = evaluations.find(|(_, last)| last.run == run && last.kernel == kernel);
        if let Some((cell, last)) = found
            && let Some(collector) = self.collectors.get_mut(cell)
        {
            collector.take(output, buffers);
            last.outputs.items = collector.items();
            changed.emit(Effect::Output(*cell));
            changed.emit(Effect::Evaluation(*cell));
        }
    }

    /// An output has handed back its picture. Counts only where its run is still what its cell shows.
    pub(super) fn illustrate(
        &mut self,
        cell: CellId,
        run: RunId,
        at: usize,
        picture: &Picture,
        changed: &mut Changed,
    ) {
        let mut flights = self.flights.iter_mut();
        if let Some(flight) = flights.find(|flight| flight.run == run && flight.cell == cell) {
            if flight.collector.illustrate(at, picture) {
                changed.emit(Effect::Output(cell));
            }
            return;
        }
        let Some(last) = self.evaluations.get_mut(&cell) else {
            return;
        };
        let item = last.outputs.items.get_mut(at);
        if last.run == run && item.is_some_and(|item| illustrate(item, picture)) {
            // What the run still puts out is added to what is here.
            if let Some(collector) = self.collectors.get_mut(&cell) {
                collector.illustrate(at, picture);
            }
            changed.emit(Effect::Output(cell));
            changed.emit(Effect::Evaluation(cell));
        }
    }

    /// A run has come to its end: it becomes its cell's evaluation, and what follows from it is noted.
    fn end_run(
        &mut self,
        flight: Flight,
        outcome: Outcome,
        took_ms: f64,
        names: Names,
        changed: &mut Changed,
    ) {
        let (cell, run) = (flight.cell, flight.run);
        let failed = outcome != Outcome::Success;
        let mut found = found(names.bound, &flight.definitions);
        found.retain(|name| !flight.forgotten.contains(name));
        changed.cells.insert(cell);
        changed.cells.extend(self.graph.children(cell));
        if self.notebook.cell(cell).is_none() || !self.code.contains_key(&cell) {
            // Deleted while it ran: what it bound goes after it.
            self.leftovers.extend(flight.definitions);
            self.leftovers.extend(found);
            self.dropped.insert(cell);
            self.outdate_readers_of_leftovers();
            if failed {
                self.drop_dependents(run, cell, changed);
            }
            changed.plan = true;
            return;
        }
        let (outdated, reason) = (flight.outdated, flight.reason);
        let promised = flight.promised.clone();
        let (mut last, collector) =
            self.evaluation_of(flight, outcome.clone(), took_ms, found, names.missing);
        last.holds = holds(names.widgets, &last.definitions);
        self.collectors.insert(cell, collector);
        let had_failed = self.failed.contains(&cell);
        if failed {
            self.failed.insert(cell);
        } else {
            self.failed.remove(&cell);
        }
        if failed || had_failed {
            changed.outcomes.insert(cell);
        }
        self.replace_evaluation(cell, last, changed);
        self.lose_deleted(cell, names.deleted, changed);
        self.interrupted.remove(&cell);
        let touched = self.learn_found(cell);
        self.note_leftovers(cell);
        changed.plan |= self.outdate_readers_of_leftovers();
        // What others count on has not come.
        let bound = self.evaluations.get(&cell).map(|last| &last.definitions);
        changed.plan |= bound.is_some_and(|bound| !promised.is_subset(bound));
        changed.emit(Effect::Ended(cell, run, outcome));
        self.episode.ran.push(cell);
        if failed {
            self.episode.failed.push(cell);
        }
        if outdated {
            // It was edited while it waited, and is owed a run of the newest code.
            self.want(cell, Reason::Requested);
            changed.plan = true;
        }
        if failed {
            self.drop_dependents(run, cell, changed);
        }
        if !touched.is_empty() {
            // The run bound names that its code does not say: what reads them follows it.
            if self.notebook.mode == crate::notebook::Mode::Reactive && reason != Reason::Restores {
                for id in self.graph.descendants([cell]) {
                    self.want(id, Reason::Follows);
                }
            }
            changed.plan = true;
            changed.blocking = true;
            changed.cells.extend(&touched);
            changed.names.extend(touched);
        }
    }

    fn evaluation_of(
        &self,
        flight: Flight,
        outcome: Outcome,
        took_ms: f64,
        found: BTreeSet<String>,
        missing: Vec<String>,
    ) -> (Evaluation, Collector) {
        let took_ms = if took_ms.is_finite() {
            took_ms.clamp(0.0, LONGEST_RUN)
        } else {
            0.0
        };
        let missing = missing
            .into_iter()
            .take(FOUND)
            .filter(|name| flight.definitions.contains(name));
        let started = flight.started.filter(|at| (1.0..1e15).contains(at));
        let evaluation = Evaluation {
            run: flight.run,
            value: self.value_of(&flight),
            definitions: flight.definitions.iter().chain(&found).cloned().collect(),
            missing: missing.collect(),
            found,
            outcome,
            took_ms,
            ended_at: started.map(|at| at + took_ms),
            because: flight.because,
            holds: BTreeMap::new(),
            inputs: Some(flight.inputs),
            outputs: Outputs {
                items: flight.collector.items(),
            },
            kernel: Some(self.kernel),
        };
        (evaluation, flight.collector)
    }

    fn replace_evaluation(&mut self, cell: CellId, last: Evaluation, changed: &mut Changed) {
        // What a run was found to bind has taken the place of other cells' values.
        for name in &last.found {
            for (_, other) in self.evaluations.iter_mut().filter(|(id, _)| **id != cell) {
                changed.plan |= other.definitions.remove(name);
            }
        }
        let bound = last.definitions.clone();
        let old = self.evaluations.insert(cell, last);
        let said = old
            .as_ref()
            .is_some_and(|old| !old.missing.is_empty() || is_import(&old.outcome));
        if let Some(old) = old.filter(|old| old.kernel == Some(self.kernel)) {
            let gone = old.definitions.difference(&bound);
            self.leftovers.extend(gone.cloned());
        }
        if said || self.missing(cell).is_some() || self.lacks_module(cell) {
            changed.names.insert(cell);
        }
        changed.emit(Effect::Output(cell));
        changed.emit(Effect::Evaluation(cell));
    }

    /// A run has deleted names of other cells: their values are gone.
    fn lose_deleted(&mut self, cell: CellId, names: Vec<String>, changed: &mut Changed) {
        for name in names.into_iter().take(FOUND) {
            let mut others = self.evaluations.iter_mut().filter(|(id, _)| **id != cell);
            let owner = others.find_map(|(id, last)| last.definitions.remove(&name).then_some(*id));
            if let Some(owner) = owner {
                changed.cells.insert(owner);
                changed.plan = true;
            }
        }
    }

    /// The kernel will not start this run nor any later one: those that are still fit are planned
    /// again.
    fn take_back(&mut self, from: RunId, changed: &mut Changed) {
        let is_taken = |flight: &Flight| flight.run >= from && !flight.has_started();
        let first = self.flights.iter().position(is_taken);
        let taken = self.flights.split_off(first.unwrap_or(self.flights.len()));
        for flight in taken {
            self.want(flight.cell, flight.reason);
        }
        changed.plan = true;
    }

    /// The kernel has nothing to do and has seen this run: an answer that has not come by now was
    /// lost, and nobody knows what this Python holds.
    fn reconcile(&mut self, seen: RunId, changed: &mut Changed) {
        if self.flights.front().is_some_and(|first| first.run <= seen) {
            self.lose_kernel(LOST_ANSWER, changed);
        } else if self.cancel.is_some() && self.flights.is_empty() {
            self.cancel = None;
        }
    }

    /// These packages are there, or are known not to be got.
    pub(super) fn packages_arrived(&mut self, packages: &[String], changed: &mut Changed) {
        for package in packages {
            self.installing.remove(package);
        }
        if self.installing.is_empty() {
            self.state.set_step(None);
            changed.all = true;
        }
    }

    /// Ends what runs and drops what waits. The kernel is replaced only if it has work.
    pub(super) fn stop(&mut self, changed: &mut Changed) {
        if !self.is_active() {
            return;
        }
        self.episode.stopped = true;
        let has_work = !self.flights.is_empty() || !self.installing.is_empty();
        self.drop_plans(&Outcome::Stopped, changed);
        if has_work {
            self.start_kernel(changed);
        }
    }

    /// Replaces the kernel; what ran is stopped.
    pub(super) fn restart(&mut self, changed: &mut Changed) {
        self.drop_plans(&Outcome::Stopped, changed);
        self.start_kernel(changed);
    }

    /// Python is gone by itself.
    pub(super) fn lose_kernel(&mut self, why: &str, changed: &mut Changed) {
        if self.state.is_down() {
            return;
        }
        let message = why.to_owned();
        self.state = State::Lost {
            why: why.to_owned(),
        };
        self.drop_plans(&Outcome::KernelLost { message }, changed);
        self.forget_kernel();
        // No kernel has this id: every value is gone.
        self.kernel = KernelId(self.kernel.0 + 1);
    }

    fn drop_plans(&mut self, outcome: &Outcome, changed: &mut Changed) {
        self.give_up_moves(changed);
        let running = self.flights.pop_front().filter(Flight::has_started);
        self.flights.clear();
        let waited: Vec<CellId> = self.wanted.cells().collect();
        self.wanted.clear();
        if let Some(mut flight) = running {
            // Whatever the cell was owed is dropped with the rest.
            flight.outdated = false;
            self.end_run(flight, outcome.clone(), 0.0, Names::default(), changed);
            self.wanted.clear();
        }
        self.episode.blocked.extend(waited);
        changed.plan = false;
        changed.blocking = true;
        changed.all = true;
    }
}

/// The longest name, in bytes.
const LONGEST_NAME: usize = 200;

/// The longest run that is believed, in milliseconds: a year.
const LONGEST_RUN: f64 = 365.0 * 24.0 * 3600.0 * 1000.0;

/// How many names beyond those in the code are taken from a run.
const FOUND: usize = 2_000;

/// The names that a run was found to bind beyond what its code says.
fn found(bound: Vec<String>, definitions: &BTreeSet<String>) -> BTreeSet<String> {
    let is_name =
        |name: &String| name.len() <= LONGEST_NAME && !name.starts_with('_') && is_identifier(name);
    let new = bound.into_iter().take(FOUND);
    new.filter(|name| is_name(name) && !definitions.contains(name))
        .collect()
}
