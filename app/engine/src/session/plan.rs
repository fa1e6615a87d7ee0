//! What will run: asked for by a person, followed through the graph, posted in order.

use std::collections::{BTreeMap, BTreeSet};

use protocol::{CellId, RunId, RunRequest, Task, ToWorker};

use super::{Changed, Collector, Effect, Flight, KernelId, Reason, Session, State, WINDOW};
use crate::analysis::{markdown, sql};
use crate::notebook::{Cell, Kind, Mode};
use crate::packages::requirements::Requirement;
use crate::packages::{Package, extras};
use crate::status::Culprit;

impl Session {
    /// A person runs these cells.
    pub(super) fn request(
        &mut self,
        cells: impl IntoIterator<Item = CellId>,
        changed: &mut Changed,
    ) {
        let cells: Vec<CellId> = cells
            .into_iter()
            .filter(|id| self.can_be_requested(*id))
            .collect();
        if cells.is_empty() {
            return;
        }
        self.episode.asked.extend(&cells);
        self.unavailable.clear();
        for id in &cells {
            let mut posted = self.flights.iter_mut();
            // A cell that is waiting its turn with the kernel will run anyway.
            let waits = posted.find(|flight| flight.cell == *id && !flight.has_started());
            match waits {
                Some(flight) => flight.reason = Reason::Requested,
                None => self.want(*id, Reason::Requested),
            }
        }
        if self.state.is_down() {
            self.start_kernel(changed);
        }
        changed.plan = true;
    }

    pub(super) fn request_all(&mut self, changed: &mut Changed) {
        let cells: Vec<CellId> = self.graph.order().to_vec();
        self.request(cells, changed);
        self.episode.asked.clear();
    }

    pub(super) fn request_stale(&mut self, changed: &mut Changed) {
        let cells = self.graph.order().iter().copied();
        let cells: Vec<CellId> = cells.filter(|id| self.needs_run(*id)).collect();
        self.request(cells, changed);
        self.episode.asked.clear();
    }

    fn can_be_requested(&self, id: CellId) -> bool {
        self.code.contains_key(&id)
            && matches!(
                self.blocked.get(&id),
                None | Some(Culprit::Failed(_) | Culprit::Stopped(_) | Culprit::Lost(_))
            )
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

    /// Whether the cell will run or is running.
    pub(super) fn is_pending(&self, id: CellId) -> bool {
        self.wanted.contains(id)
            || self.moves.is_due(id)
            || self.flights.iter().any(|flight| flight.cell == id)
    }

    /// Whether a run of the cell is posted and has not started.
    pub(super) fn is_posted(&self, id: CellId) -> bool {
        let mut flights = self.flights.iter();
        flights.any(|flight| flight.cell == id && !flight.has_started())
    }

    /// Makes the plan fit the graph and what is known: what follows a run, what a run needs, and what
    /// cannot run. Takes back what was posted by a plan that does not hold any more.
    pub(super) fn make_plan(&mut self, changed: &mut Changed) {
        if !self.is_active() {
            return;
        }
        self.wanted.sort(&self.graph);
        if self.notebook.mode == Mode::Reactive {
            self.want_what_follows();
            self.want_what_moves();
        }
        let barred = self.barred();
        for id in &barred {
            self.wanted.remove(*id);
        }
        self.want_missing_ancestors(&barred);
        self.drop_what_cannot_run();
        if !self.fits_posted(&barred) {
            self.take_back_posted(changed);
        }
    }

    /// In a reactive notebook, what depends on a cell that runs or will run, runs too.
    fn want_what_follows(&mut self) {
        let flights = self.flights.iter();
        let flying = flights.filter(|flight| flight.reason >= Reason::Follows);
        let planned = self.wanted.requested();
        let sources: Vec<CellId> = planned.chain(flying.map(|flight| flight.cell)).collect();
        for id in self.graph.descendants(sources) {
            if !self.is_posted(id) {
                self.want(id, Reason::Follows);
            }
        }
    }

    /// Plans every ancestor of a planned or posted cell whose value this kernel does not have.
    fn want_missing_ancestors(&mut self, barred: &BTreeSet<CellId>) {
        let waiting = self.flights.iter().filter(|flight| !flight.has_started());
        let waiting = waiting.map(|flight| flight.cell);
        let mut todo: Vec<CellId> = self.wanted.cells().collect();
        todo.extend(waiting.filter(|id| !barred.contains(id)));
        let mut seen = BTreeSet::new();
        while let Some(id) = todo.pop() {
            if !seen.insert(id) {
                continue;
            }
            let missing: Vec<CellId> = self
                .graph
                .parents(id)
                .filter(|(parent, names)| self.will_lack(self.flights.len(), *parent, names))
                .map(|(parent, _)| parent)
                .collect();
            for parent in missing {
                self.want(parent, Reason::Restores);
                todo.push(parent);
            }
        }
    }

    /// Whether the kernel will not have these names of a cell once so many of the posted runs are over:
    /// the newest run of the cell takes the place of what those before it made.
    fn will_lack(&self, after: usize, parent: CellId, names: &BTreeSet<String>) -> bool {
        let mut ahead = self.flights.range(..after).rev();
        match ahead.find(|flight| flight.cell == parent) {
            Some(flight) => !names.is_subset(&flight.promised),
            None => self.lacks(parent, names),
        }
    }

    /// Whether the kernel does not have these names of a cell.
    pub(super) fn lacks(&self, parent: CellId, names: &BTreeSet<String>) -> bool {
        let last = self.evaluations.get(&parent);
        let present = last.filter(|last| self.is_present(last));
        !present.is_some_and(|last| names.iter().all(|name| last.definitions.contains(name)))
    }

    /// The cells that are turned off or that the graph forbids to run, and all that depend on them:
    /// whatever values there are, these are not what the notebook says now.
    pub(super) fn barred(&self) -> BTreeSet<CellId> {
        let sources = self.graph.blocked().chain(self.disabled.iter().copied());
        let mut barred: BTreeSet<CellId> = sources.collect();
        barred.extend(self.graph.descendants(barred.iter().copied()));
        barred
    }

    /// Drops planned cells that would read a value that nobody will make.
    fn drop_what_cannot_run(&mut self) {
        for id in self.wanted.cells().collect::<Vec<_>>() {
            let mut parents = self.graph.parents(id);
            let is_in_vain = parents.any(|(parent, names)| {
                !self.wanted.contains(parent) && self.will_lack(self.flights.len(), parent, names)
            });
            if is_in_vain {
                self.wanted.remove(id);
            }
        }
    }

    /// A run has failed: what depends on it will not run, unless the cell itself will run again. The
    /// kernel skips the same of those that were posted, since they name the runs that they need.
    pub(super) fn drop_dependents(&mut self, run: RunId, cell: CellId, changed: &mut Changed) {
        let mut failed = BTreeSet::from([run]);
        let mut skipped = Vec::new();
        self.flights.retain(|flight| {
            let is_in_vain = flight.needs.iter().any(|need| failed.contains(need));
            if is_in_vain {
                failed.insert(flight.run);
                skipped.push((flight.cell, flight.reason));
            }
            !is_in_vain
        });
        let runs_again = self.wanted.contains(cell);
        let dependents = self.graph.descendants([cell]);
        for (id, reason) in skipped {
            changed.outcomes.insert(id);
            if runs_again || !dependents.contains(&id) {
                // The graph has changed since it was posted, or the cell will run again.
                self.want(id, reason);
                changed.plan = true;
            } else {
                self.episode.blocked.push(id);
            }
        }
        for id in dependents.iter().filter(|_| !runs_again) {
            if self.wanted.contains(*id) {
                self.wanted.remove(*id);
                changed.outcomes.insert(*id);
                self.episode.blocked.push(*id);
            }
        }
        changed.cells.extend(&dependents);
    }

    /// Whether each run that is posted and has not started is one that the plan would post now: of the
    /// newest code, with each parent's value in the kernel or ahead of it, after all that is planned
    /// before it, and not behind a run of code that was changed.
    fn fits_posted(&self, barred: &BTreeSet<CellId>) -> bool {
        let first_wanted = self.wanted.first().map(|(index, _, _)| index);
        let posted = self.flights.iter().enumerate();
        let mut waiting = posted.filter(|(_, flight)| !flight.has_started());
        let runs_old_code = self.runs_old_code();
        waiting.all(|(at, flight)| {
            let index = self.graph.index(flight.cell);
            let is_overtaken = first_wanted.is_some_and(|first| Some(first) < index);
            let is_forbidden = index.is_none() || barred.contains(&flight.cell);
            let parents = self.graph.parents(flight.cell).map(|(parent, _)| parent);
            let reads_the_same = parents.eq(flight.inputs.parents.keys().copied());
            let is_newest = !flight.outdated && !is_overtaken && !is_forbidden;
            is_newest && !runs_old_code && reads_the_same && self.lacking_at(at).is_none()
        })
    }

    /// Whether what runs is code that is not its cell's any more. What it leaves in Python may be nobody's
    /// by now: that must go before another cell can read it.
    pub(super) fn runs_old_code(&self) -> bool {
        let running = self.flights.front().filter(|flight| flight.has_started());
        running.is_some_and(|flight| {
            let code = self.code.get(&flight.cell).map(|code| code.fingerprint);
            code.is_none() || code != flight.inputs.code
        })
    }

    /// A parent, and the names of it, that the posted run at this place reads and that neither the
    /// kernel nor a run ahead of it has.
    pub(super) fn lacking_at(&self, at: usize) -> Option<(CellId, &BTreeSet<String>)> {
        let flight = self.flights.get(at)?;
        let mut parents = self.graph.parents(flight.cell);
        parents.find(|(parent, names)| self.will_lack(at, *parent, names))
    }

    /// Takes back every run that was posted and has not started.
    fn take_back_posted(&mut self, changed: &mut Changed) {
        if self.cancel.is_some() || !self.state.is_up() {
            return;
        }
        if let Some(first) = self.flights.iter().find(|flight| !flight.has_started()) {
            let cancel = self.next_cancel;
            self.next_cancel = self.next_cancel.wrapping_add(1);
            self.cancel = Some(cancel);
            let from = first.run;
            changed.emit(Effect::Post(ToWorker::Cancel { cancel, from }));
        }
    }

    /// Posts as many planned runs as may be with the kernel, parents first.
    pub(super) fn post_runs(&mut self, changed: &mut Changed) {
        if !self.state.is_up() || self.cancel.is_some() || !self.installing.is_empty() {
            return;
        }
        for post in std::mem::take(&mut self.posts) {
            changed.emit(Effect::Post(post));
        }
        if self.runs_old_code() {
            return;
        }
        let is_gone = |id: &CellId| self.notebook.cell(*id).is_none();
        if !self.wanted.is_empty() || self.dropped.iter().any(is_gone) {
            self.forget_leftovers(changed);
        }
        while self.flights.len() < WINDOW {
            let Some((_, id, reason)) = self.wanted.first() else {
                return;
            };
            if !self.code.contains_key(&id) {
                self.wanted.remove(id);
                continue;
            }
            let needed = self.packages_for(id);
            if !needed.is_empty() {
                // Packages come when nothing runs, so that their import is nobody's surprise.
                if self.flights.is_empty() {
                    self.installing = needed.iter().map(|package| package.name.clone()).collect();
                    changed.emit(Effect::Fetch(needed));
                    changed.all = true;
                }
                return;
            }
            self.wanted.remove(id);
            self.post(id, reason, changed);
        }
    }

    /// The packages that a cell's run needs and that are neither there nor known not to be got.
    fn packages_for(&self, id: CellId) -> Vec<Package> {
        let settled = self.packages.iter().chain(self.unavailable.keys());
        self.packages_of(id, &settled.cloned().collect())
    }

    /// The packages that a cell needs beyond these.
    pub(super) fn packages_of(&self, id: CellId, present: &BTreeSet<String>) -> Vec<Package> {
        let Some(code) = self.code.get(&id) else {
            return Vec::new();
        };
        let analysis = &code.analysis;
        let mut imports = analysis.imports.clone();
        let cell = self.notebook.cell(id);
        if cell.is_some_and(|cell| cell.kind == Kind::Sql) && self.uses("pandas") {
            imports.insert("pandas".to_owned());
        }
        let extras = extras::packages(&imports, |module| self.uses(module), &analysis.words);
        let required = analysis.requirements.iter();
        let outside = self
            .catalog
            .outside(&analysis.sure_imports, &analysis.requirements);
        // Which wheels that means, it decides.
        let tool = (!outside.is_empty()).then_some("micropip");
        let names = required
            .flat_map(Requirement::names)
            .chain(extras)
            .chain(tool);
        let needed = self.catalog.needed(&imports, names, present);
        needed.into_iter().cloned().collect()
    }

    fn post(&mut self, id: CellId, reason: Reason, changed: &mut Changed) {
        let (Some(cell), Some(code)) = (self.notebook.cell(id), self.code.get(&id)) else {
            return;
        };
        let run = self.next_run;
        let bound = code.analysis.definitions.keys();
        let (makes, local): (Vec<&String>, Vec<&String>) =
            bound.partition(|name| self.graph.exports(id, name));
        let definitions: BTreeSet<String> = makes.iter().copied().cloned().collect();
        let own = code.analysis.private.keys().chain(local);
        let promised = self.exports(id).cloned().collect();
        let needs = self.needs(id);
        let request = RunRequest {
            run,
            cell: id,
            label: format!("Cell {}", self.notebook.place(id).map_or(0, |at| at + 1)),
            source: cell.source.to_string(),
            needs: needs.clone(),
            own: own.cloned().collect(),
            makes: match cell.kind {
                // A database that it attaches is no name in Python.
                Kind::Sql => Vec::new(),
                _ => makes.into_iter().cloned().collect(),
            },
            dynamic: code.analysis.is_dynamic(),
            outside: self
                .catalog
                .outside(&code.analysis.sure_imports, &code.analysis.requirements),
            widgets: self.moves.of(id),
            task: self.task(cell),
        };
        let inputs = self.inputs_now(id, true);
        self.next_run = RunId(run.0 + 1);
        changed.emit(Effect::Post(ToWorker::Run(request)));
        self.flights.push_back(Flight {
            run,
            cell: id,
            reason,
            started: None,
            needs,
            inputs,
            values: self.moves.values(),
            definitions,
            promised,
            forgotten: BTreeSet::new(),
            outdated: false,
            requests: BTreeMap::new(),
            because: if reason == Reason::Moved {
                self.moves.causes()
            } else {
                Vec::new()
            },
            collector: Collector::default(),
        });
    }

    /// The posted runs that a cell's run depends on, directly or through cells that do not run.
    fn needs(&self, id: CellId) -> Vec<RunId> {
        if self.flights.is_empty() {
            return Vec::new();
        }
        let mut needs = BTreeSet::new();
        let mut seen = BTreeSet::from([id]);
        let mut todo = vec![id];
        while let Some(id) = todo.pop() {
            for (parent, _) in self.graph.parents(id) {
                let mut flights = self.flights.iter().rev();
                if let Some(flight) = flights.find(|flight| flight.cell == parent) {
                    // What that run needs itself, the kernel and the page know already.
                    needs.insert(flight.run);
                } else if seen.insert(parent) {
                    todo.push(parent);
                }
            }
        }
        needs.into_iter().collect()
    }

    /// How the kernel runs a cell's source.
    fn task(&self, cell: &Cell) -> Task {
        match cell.kind {
            Kind::Python => Task::Python,
            Kind::Markdown | Kind::Raw => Task::Markdown {
                pieces: markdown::pieces(&cell.source),
            },
            Kind::Sql => sql::task(&cell.source, self.uses("pandas"), |name| {
                self.graph.exports(cell.id, name)
            }),
        }
    }

    /// Whether any cell imports a module.
    fn uses(&self, module: &str) -> bool {
        let mut codes = self.code.values();
        codes.any(|code| code.analysis.imports.contains(module))
    }

    /// The value that a run makes: a new one, or the one that it restores from the same inputs.
    pub(super) fn value_of(&self, flight: &Flight) -> RunId {
        let mut flights = self.flights.iter().rev();
        let ahead = flights.find(|ahead| ahead.cell == flight.cell && ahead.run < flight.run);
        if let (Reason::Restores, Some(ahead)) = (flight.reason, ahead) {
            // By then that one's value is the one that is there.
            let is_same = ahead.inputs == flight.inputs;
            return if is_same {
                self.value_of(ahead)
            } else {
                flight.run
            };
        }
        let old = self.evaluations.get(&flight.cell).filter(|last| {
            flight.reason == Reason::Restores
                && last.succeeded()
                && last.inputs.as_ref() == Some(&flight.inputs)
        });
        old.map_or(flight.run, |last| last.value)
    }

    pub(super) fn start_kernel(&mut self, changed: &mut Changed) {
        self.kernel = KernelId(self.kernel.0 + 1);
        self.state = State::Starting { step: None };
        self.forget_kernel();
        changed.emit(Effect::StartKernel(self.kernel));
    }

    /// All that is known of a kernel that is gone.
    pub(super) fn forget_kernel(&mut self) {
        self.cancel = None;
        self.posts.clear();
        self.leftovers.clear();
        self.dropped.clear();
        self.packages.clear();
        self.unavailable.clear();
        self.installing.clear();
        self.collectors.clear();
        self.moves.forget_states();
    }
}
