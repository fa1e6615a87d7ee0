//! What will run: asked for by a person, followed through the graph, posted in order.

use std::collections::BTreeSet;

use protocol::{CellId, RunId, RunRequest, Task, ToWorker};

use super::{Effect, Flight, Inputs, KernelState, Reason, Session, WINDOW};
use crate::analysis::{markdown, sql};
use crate::notebook::{Cell, Kind, Mode};
use crate::session::KernelId;
use crate::status::Culprit;

impl Session {
    /// A person runs these cells.
    pub(super) fn ask(
        &mut self,
        cells: impl IntoIterator<Item = CellId>,
        effects: &mut Vec<Effect>,
    ) {
        let cells: Vec<CellId> = cells
            .into_iter()
            .filter(|id| self.can_be_asked(*id))
            .collect();
        if cells.is_empty() {
            return;
        }
        self.episode.asked.extend(&cells);
        for id in &cells {
            let mut posted = self.flights.iter_mut();
            // A cell that is waiting its turn with the kernel will run anyway.
            if let Some(flight) = posted.find(|flight| flight.cell == *id && !flight.started) {
                flight.reason = Reason::Asked;
            } else {
                self.want(*id, Reason::Asked);
            }
        }
        if self.notebook.mode == Mode::Reactive {
            for id in self.graph.descendants(cells) {
                let mut flights = self.flights.iter();
                if !flights.any(|flight| flight.cell == id && !flight.started) {
                    self.want(id, Reason::Follows);
                }
            }
        }
        self.want_missing_ancestors();
        if !self.flights.is_empty() {
            self.cancel_if_overtaken(effects);
        }
        if matches!(self.state, KernelState::Off | KernelState::Lost) {
            self.start_kernel(effects);
        }
        self.derive_blocked();
        self.tell_all(effects);
    }

    pub(super) fn ask_all(&mut self, effects: &mut Vec<Effect>) {
        let cells: Vec<CellId> = self.graph.order().to_vec();
        self.ask(cells, effects);
        self.episode.asked.clear();
    }

    pub(super) fn ask_stale(&mut self, effects: &mut Vec<Effect>) {
        let cells = self.graph.order().iter().copied();
        let cells: Vec<CellId> = cells.filter(|id| self.needs_run(*id)).collect();
        self.ask(cells, effects);
        self.episode.asked.clear();
    }

    fn can_be_asked(&self, id: CellId) -> bool {
        self.code.contains_key(&id)
            && matches!(self.blocked.get(&id), None | Some(Culprit::Failed(_)))
    }

    /// Plans a run, unless the graph forbids it. The strongest reason stays.
    pub(super) fn want(&mut self, id: CellId, reason: Reason) {
        if let Some(index) = self.graph.index(id)
            && !self.graph.is_blocked(id)
            && !self.disabled.contains(&id)
        {
            self.wanted.add(id, index, reason);
        }
    }

    pub(super) fn unwant(&mut self, cells: impl IntoIterator<Item = CellId>) {
        for id in cells {
            self.wanted.remove(id);
        }
    }

    /// Whether the cell will run or is running.
    pub(super) fn is_pending(&self, id: CellId) -> bool {
        self.wanted.contains(id) || self.flights.iter().any(|flight| flight.cell == id)
    }

    /// Plans every ancestor of a planned cell whose value this kernel does not have, and drops
    /// the cells that an ancestor keeps from running for good.
    pub(super) fn want_missing_ancestors(&mut self) {
        let flying: BTreeSet<CellId> = self.flights.iter().map(|flight| flight.cell).collect();
        let mut seen = BTreeSet::new();
        let mut todo: Vec<CellId> = self.wanted.cells().collect();
        while let Some(id) = todo.pop() {
            if !seen.insert(id) {
                continue;
            }
            let missing: Vec<CellId> = self
                .graph
                .parents(id)
                .filter(|(parent, names)| !flying.contains(parent) && self.lacks(*parent, names))
                .map(|(parent, _)| parent)
                .collect();
            for parent in missing {
                self.want(parent, Reason::Restores);
                todo.push(parent);
            }
        }
        self.drop_what_cannot_run();
    }

    /// Whether the kernel does not have these names of a cell.
    fn lacks(&self, parent: CellId, names: &BTreeSet<String>) -> bool {
        let present = |record| self.is_present(record);
        !self
            .records
            .get(&parent)
            .filter(|record| present(record))
            .is_some_and(|record| names.iter().all(|name| record.definitions.contains(name)))
    }

    /// Drops planned cells that would read a value that nobody will make.
    fn drop_what_cannot_run(&mut self) {
        for id in self.wanted.cells().collect::<Vec<_>>() {
            let lost = self
                .graph
                .parents(id)
                .any(|(parent, names)| !self.is_pending(parent) && self.lacks(parent, names));
            if lost {
                self.wanted.remove(id);
            }
        }
    }

    /// Posts as many planned runs as may be with the kernel, parents first.
    pub(super) fn pump(&mut self, effects: &mut Vec<Effect>) {
        if self.state != KernelState::Ready || self.cancelling || !self.installing.is_empty() {
            return;
        }
        if !self.wanted.is_empty() {
            self.forget_leftovers(effects);
        }
        while self.flights.len() < WINDOW {
            let Some((_, id, reason)) = self.wanted.first() else {
                return;
            };
            let Some(code) = self.code.get(&id) else {
                self.unwant([id]);
                continue;
            };
            let mut imports = code.analysis.imports.clone();
            if self
                .notebook
                .cell(id)
                .is_some_and(|cell| cell.kind == Kind::Sql)
                && self.uses_pandas()
            {
                imports.insert("pandas".to_owned());
            }
            let needed = self.catalog.needed(&imports, &self.packages);
            if !needed.is_empty() {
                // Packages come when nothing runs, so that their import is nobody's surprise.
                if self.flights.is_empty() {
                    self.installing = needed.iter().map(|package| package.name.clone()).collect();
                    effects.push(Effect::Fetch(needed.into_iter().cloned().collect()));
                    self.tell_front(effects);
                }
                return;
            }
            self.wanted.remove(id);
            self.post(id, reason, effects);
        }
    }

    fn post(&mut self, id: CellId, reason: Reason, effects: &mut Vec<Effect>) {
        let (Some(cell), Some(code)) = (self.notebook.cell(id), self.code.get(&id)) else {
            return;
        };
        let run = self.next_run;
        self.next_run = RunId(run.0 + 1);
        let made = code.analysis.definitions.keys();
        let (makes, local): (Vec<&String>, Vec<&String>) =
            made.partition(|name| self.graph.exports(id, name));
        let definitions: BTreeSet<String> = makes.iter().copied().cloned().collect();
        let own = code.analysis.private.keys().chain(local);
        let request = RunRequest {
            run,
            cell: id,
            label: format!("Cell {}", self.notebook.place(id).map_or(0, |at| at + 1)),
            source: cell.source.to_string(),
            failures: self.failures,
            own: own.cloned().collect(),
            makes: match cell.kind {
                // A database that it attaches is no name in Python.
                Kind::Sql => Vec::new(),
                _ => makes.into_iter().cloned().collect(),
            },
            dynamic: code.analysis.is_dynamic(),
            task: self.task(cell),
        };
        let inputs = self.inputs_now(id, true);
        effects.push(Effect::Post(ToWorker::Run(request)));
        self.flights.push_back(Flight {
            run,
            cell: id,
            reason,
            started: false,
            inputs,
            definitions,
            outdated: false,
        });
    }

    /// How the kernel runs a cell's source.
    fn task(&self, cell: &Cell) -> Task {
        match cell.kind {
            Kind::Python => Task::Python,
            Kind::Markdown => Task::Markdown {
                pieces: markdown::pieces(&cell.source),
            },
            Kind::Sql => sql::task(&cell.source, self.uses_pandas(), |name| {
                self.graph.exports(cell.id, name)
            }),
        }
    }

    fn uses_pandas(&self) -> bool {
        let mut codes = self.code.values();
        codes.any(|code| code.analysis.imports.contains("pandas"))
    }

    /// What a run of the cell would read; with `ahead`, after the runs that are posted already.
    pub(super) fn inputs_now(&self, id: CellId, ahead: bool) -> Inputs {
        let parents = self.graph.parents(id).map(|(parent, _)| {
            let mut flights = self.flights.iter().rev();
            let flight = flights.find(|flight| ahead && flight.cell == parent);
            let posted = flight.map(|flight| self.value_of(flight));
            let made = self.records.get(&parent).map(|record| record.value);
            (parent, posted.or(made))
        });
        Inputs {
            code: self.code.get(&id).map(|code| code.fingerprint),
            parents: parents.collect(),
        }
    }

    /// The value that a run makes: a new one, or the one that it restores from the same inputs.
    pub(super) fn value_of(&self, flight: &Flight) -> RunId {
        let old = self.records.get(&flight.cell).filter(|record| {
            flight.reason == Reason::Restores
                && record.result == super::Result::Success
                && record.inputs == flight.inputs
        });
        old.map_or(flight.run, |record| record.value)
    }

    /// Takes back every run that was posted and has not started.
    pub(super) fn cancel(&mut self, effects: &mut Vec<Effect>) {
        if self.cancelling || self.state != KernelState::Ready {
            return;
        }
        if let Some(first) = self.flights.iter().find(|flight| !flight.started) {
            self.cancelling = true;
            effects.push(Effect::Post(ToWorker::Cancel { from: first.run }));
        }
    }

    /// A cell is planned that belongs before one that was posted already.
    fn cancel_if_overtaken(&mut self, effects: &mut Vec<Effect>) {
        let first = self.wanted.first().map(|(index, _, _)| index);
        let mut waiting = self.flights.iter().filter(|flight| !flight.started);
        let last = waiting
            .next_back()
            .and_then(|flight| self.graph.index(flight.cell));
        if first < last && first.is_some() {
            self.cancel(effects);
        }
    }

    pub(super) fn start_kernel(&mut self, effects: &mut Vec<Effect>) {
        self.kernel = KernelId(self.kernel.0 + 1);
        self.state = KernelState::Starting;
        self.cancelling = false;
        self.failures = 0;
        self.leftovers.clear();
        self.dropped.clear();
        self.packages.clear();
        self.installing.clear();
        effects.push(Effect::StartKernel(self.kernel));
    }
}
