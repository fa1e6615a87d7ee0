//! What the kernel says, and its loss.
//!
//! A message about a run counts only if it fits the run at the front: only the first of the
//! posted runs may start, and only the one that started may put out or end. Anything else is
//! late, repeated or forged, and finds nothing to change.

use std::collections::BTreeSet;

use protocol::{FromWorker, Names, Outcome, RunId};

use super::{Effect, Flight, KernelState, Reason, Record, Result, Session};
use crate::analysis::sql::is_identifier;
use crate::graph::Touched;
use crate::notebook::Mode;

const LOST_ANSWER: &str = "Python's answer was lost. Run the cell again.";

impl Session {
    pub(super) fn hear(&mut self, message: FromWorker, effects: &mut Vec<Effect>) {
        match message {
            FromWorker::Booting { .. } => {}
            FromWorker::Ready { .. } => {
                if self.state == KernelState::Starting {
                    self.state = KernelState::Ready;
                    self.tell_all(effects);
                }
            }
            FromWorker::Installed { packages } | FromWorker::InstallFailed { packages, .. } => {
                self.packages_came(packages, effects);
            }
            FromWorker::Started { run, .. } => self.started(run, effects),
            FromWorker::Output { run, output } => {
                if let Some((cell, running)) = self.running()
                    && running == run
                {
                    effects.push(Effect::Output(cell, run, output));
                }
            }
            FromWorker::Finished {
                run,
                outcome,
                took_ms,
                names,
            } => {
                // Whoever ends has started, also if the word of it was lost.
                self.started(run, effects);
                if self.running().is_some_and(|(_, running)| running == run)
                    && let Some(flight) = self.flights.pop_front()
                {
                    self.newest_ended = run;
                    self.ended(flight, outcome, took_ms, names, effects);
                } else if run > self.newest_ended && run < self.next_run {
                    // It ran, and what should have come before this word did not come.
                    self.lose_kernel(LOST_ANSWER, effects);
                }
            }
            FromWorker::Cancelled { from, began } => {
                if self.cancelling {
                    self.cancelling = false;
                    self.cancelled(from, began, effects);
                }
            }
            FromWorker::Pong {
                seen,
                busy,
                failures,
                ..
            } => {
                if let (Some(seen), false) = (seen, busy) {
                    self.failures = failures;
                    self.reconcile(seen, effects);
                }
            }
            FromWorker::Answer { ask, answer } => effects.push(Effect::Answer(ask, answer)),
            FromWorker::Died { message } => self.lose_kernel(&message, effects),
        }
    }

    /// The kernel has taken back what it had not begun by then.
    fn cancelled(&mut self, from: RunId, began: Option<RunId>, effects: &mut Vec<Effect>) {
        if let (Some(began), Some(first)) = (began, self.flights.front()) {
            if first.run < began {
                // It has gone past a run whose end was not heard.
                return self.lose_kernel(LOST_ANSWER, effects);
            }
            self.started(began, effects);
        }
        self.take_back(from, effects);
    }

    fn started(&mut self, run: RunId, effects: &mut Vec<Effect>) {
        if let Some(first) = self.flights.front_mut()
            && first.run == run
            && !first.started
        {
            first.started = true;
            let cell = first.cell;
            self.tell([cell], effects);
            self.tell_front(effects);
        }
    }

    /// A run has come to its end: writes its record, and plans what follows from it.
    fn ended(
        &mut self,
        flight: Flight,
        outcome: Outcome,
        took_ms: f64,
        names: Names,
        effects: &mut Vec<Effect>,
    ) {
        let cell = flight.cell;
        let found = found(names.bound, &flight.definitions);
        let missing: BTreeSet<String> = names
            .missing
            .into_iter()
            .take(FOUND)
            .filter(|name| flight.definitions.contains(name))
            .collect();
        let failed = outcome != Outcome::Success;
        if failed {
            // The kernel drops every run that was posted before this failure was known.
            self.failures += 1;
        }
        if self.notebook.cell(cell).is_none() || !self.code.contains_key(&cell) {
            // Deleted while it ran: what it made goes after it.
            self.leftovers.extend(flight.definitions);
            self.leftovers.extend(found);
            if failed {
                self.take_back(RunId(0), effects);
            }
            return;
        }
        let result = Result::from(&outcome);
        let value = self.value_of(&flight);
        let record = Record {
            run: flight.run,
            value,
            inputs: flight.inputs,
            definitions: flight
                .definitions
                .into_iter()
                .chain(found.clone())
                .collect(),
            found,
            missing,
            result,
            took_ms: if took_ms.is_finite() {
                took_ms.max(0.0)
            } else {
                0.0
            },
            kernel: Some(self.kernel),
        };
        if failed {
            self.failed.insert(cell);
        } else {
            self.failed.remove(&cell);
        }
        let made = record.definitions.clone();
        let old = self.records.insert(cell, record);
        if let Some(old) = old.as_ref().filter(|old| old.kernel == Some(self.kernel)) {
            let gone = old.definitions.difference(&made);
            self.leftovers.extend(gone.cloned());
        }
        self.overwrite(cell);
        self.deleted(cell, names.deleted, effects);
        let was_missing = old.as_ref().is_some_and(|old| !old.missing.is_empty());
        if was_missing || self.missing(cell).is_some() {
            effects.push(Effect::Names(Touched::from([cell])));
        }
        let touched = self.learn_found(cell);
        self.note_leftovers(cell);
        effects.push(Effect::Ended(cell, flight.run, outcome));
        self.episode.ran.push(cell);
        if failed {
            self.episode.failed.push(cell);
        }
        if flight.outdated {
            self.want(cell, Reason::Asked);
            if self.notebook.mode == Mode::Reactive {
                for id in self.graph.descendants([cell]) {
                    self.want(id, Reason::Follows);
                }
            }
        }
        if !touched.is_empty() {
            self.found_more(cell, flight.reason, touched, effects);
        }
        if failed {
            self.take_back(RunId(0), effects);
        } else if flight.outdated || old.is_some_and(|old| old.result != Result::Success) {
            self.settle_plans(effects);
        } else {
            let children = self.graph.children(cell);
            let touched: Vec<_> = children.chain([cell]).collect();
            self.tell(touched, effects);
            self.tell_front(effects);
        }
    }

    /// What a run was found to make has taken the place of other cells' values.
    fn overwrite(&mut self, cell: protocol::CellId) {
        let found = self.records.get(&cell).map(|record| record.found.clone());
        for name in found.into_iter().flatten() {
            for (_, record) in self.records.iter_mut().filter(|(id, _)| **id != cell) {
                record.definitions.remove(&name);
            }
        }
    }

    /// A run has deleted names of other cells: their values are gone.
    fn deleted(&mut self, cell: protocol::CellId, names: Vec<String>, effects: &mut Vec<Effect>) {
        for name in names.into_iter().take(FOUND) {
            let mut others = self.records.iter_mut().filter(|(id, _)| **id != cell);
            let owner =
                others.find_map(|(id, record)| record.definitions.remove(&name).then_some(*id));
            if let Some(owner) = owner {
                self.tell([owner], effects);
            }
        }
    }

    /// A run has made names that its code does not say: what reads them follows it.
    fn found_more(
        &mut self,
        cell: protocol::CellId,
        reason: Reason,
        touched: Touched,
        effects: &mut Vec<Effect>,
    ) {
        if self.notebook.mode == Mode::Reactive && reason != Reason::Restores {
            for id in self.graph.descendants([cell]) {
                self.want(id, Reason::Follows);
            }
        }
        self.replan(touched, effects);
    }

    /// The kernel will not start this run nor any later one: those that are still fit are planned
    /// again. What reads a cell that has failed is not, unless that cell itself will run again.
    fn take_back(&mut self, from: RunId, effects: &mut Vec<Effect>) {
        let is_taken = |flight: &Flight| flight.run >= from && !flight.started;
        let keep = self
            .flights
            .iter()
            .position(is_taken)
            .unwrap_or(self.flights.len());
        for flight in self.flights.split_off(keep) {
            self.want(flight.cell, flight.reason);
        }
        let failing: Vec<_> = self.failing().collect();
        let lost = self.graph.descendants(failing);
        let restoring: Vec<_> = self.wanted.cells().collect();
        for id in restoring {
            if lost.contains(&id) {
                self.unwant([id]);
            }
        }
        self.settle_plans(effects);
    }

    fn settle_plans(&mut self, effects: &mut Vec<Effect>) {
        self.want_missing_ancestors();
        self.derive_blocked();
        self.tell_all(effects);
    }

    /// The kernel has nothing to do and has seen this run: an answer that has not come by now was
    /// lost, and nobody knows what this Python holds.
    fn reconcile(&mut self, seen: RunId, effects: &mut Vec<Effect>) {
        if self.flights.front().is_some_and(|first| first.run <= seen) {
            self.lose_kernel(LOST_ANSWER, effects);
        }
        self.cancelling &= !self.flights.is_empty();
    }

    pub(super) fn packages_came(&mut self, packages: Vec<String>, effects: &mut Vec<Effect>) {
        for package in packages {
            if self.installing.remove(&package) {
                self.packages.insert(package);
            }
        }
        if self.installing.is_empty() {
            self.tell_front(effects);
        }
    }

    /// Ends what runs and drops what waits. The kernel is replaced only if it has work.
    pub(super) fn stop(&mut self, effects: &mut Vec<Effect>) {
        if !self.is_active() {
            return;
        }
        self.episode.stopped = true;
        let has_work = !self.flights.is_empty() || !self.installing.is_empty();
        if has_work {
            // Nothing more is for the kernel that goes.
            self.state = KernelState::Starting;
        }
        self.drop_plans(&Outcome::Stopped, effects);
        if has_work {
            self.start_kernel(effects);
        }
        self.derive_blocked();
        self.tell_all(effects);
    }

    /// Replaces the kernel; what ran is stopped.
    pub(super) fn restart(&mut self, effects: &mut Vec<Effect>) {
        self.state = KernelState::Starting;
        self.drop_plans(&Outcome::Stopped, effects);
        self.start_kernel(effects);
        self.derive_blocked();
        self.tell_all(effects);
    }

    /// Python is gone by itself.
    pub(super) fn lose_kernel(&mut self, message: &str, effects: &mut Vec<Effect>) {
        if matches!(self.state, KernelState::Off | KernelState::Lost) {
            return;
        }
        let message = message.to_owned();
        self.state = KernelState::Lost;
        self.drop_plans(&Outcome::KernelLost { message }, effects);
        self.cancelling = false;
        self.installing.clear();
        self.packages.clear();
        self.leftovers.clear();
        self.dropped.clear();
        // No kernel has this id: every value is gone.
        self.kernel = super::KernelId(self.kernel.0 + 1);
        self.derive_blocked();
        self.tell_all(effects);
    }

    fn drop_plans(&mut self, outcome: &Outcome, effects: &mut Vec<Effect>) {
        self.wanted.clear();
        let flights = std::mem::take(&mut self.flights);
        if let Some(mut flight) = flights.into_iter().next()
            && flight.started
        {
            // Whatever the cell was owed is dropped with the rest.
            flight.outdated = false;
            self.ended(flight, outcome.clone(), 0.0, Names::default(), effects);
        }
        self.wanted.clear();
    }
}

/// The longest name, in bytes.
const LONGEST: usize = 200;

/// How many names beyond those in the code are kept of a run.
const FOUND: usize = 2_000;

/// The names that a run was found to make beyond what its code says.
fn found(bound: Vec<String>, definitions: &BTreeSet<String>) -> BTreeSet<String> {
    let is_name =
        |name: &String| name.len() <= LONGEST && !name.starts_with('_') && is_identifier(name);
    let new = bound.into_iter().take(FOUND);
    new.filter(|name| is_name(name) && !definitions.contains(name))
        .collect()
}
