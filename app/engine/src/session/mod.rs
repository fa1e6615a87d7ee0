//! A notebook session: everything that happens comes in as an [`Event`], and what must then be
//! done goes out as [`Effect`]s.
//!
//! Stored are facts only: the notebook, each cell's last evaluation, what a person asked to run, what
//! was posted to the kernel, and how the kernel is. [`Session::handle`] applies an event to the facts;
//! then [`settle`](Session::settle), in one place, derives what follows: what will run, what cannot,
//! what is to be posted, and which cells look different now. A cell's status is derived in `view.rs`,
//! so that no message can set one.
//!
//! Several runs may be posted ahead of the one that Python executes, so that a long cascade does
//! not wait for the page between two cells. The kernel works through them in order, and skips those
//! that need one that failed; what does not fit any more is taken back by `Cancel`.

mod absent;
mod check;
mod code;
mod edit;
mod event;
mod kernel;
mod life;
mod open;
mod plan;
mod settle;
mod states;
mod story;
mod unread;
mod view;
mod wanted;
mod widgets;

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use protocol::{CellId, FromWorker, Outside, RunId, ToWorker};

use crate::analysis::Analysis;
use crate::diagnostic::{Diagnostic, Problem};
use crate::evaluation::{Cause, Evaluation, Inputs};
use crate::graph::Graph;
use crate::notebook::{Edit, Notebook};
use crate::outputs::{Collector, OutputView};
use crate::packages::{Catalog, Package};
use crate::status::{CellView, Culprit, Need};

use code::Code;
pub use edit::remember;
pub use event::{Effect, Event, KernelId, Plan, Settled, Stored};
use life::State;
pub use life::{KernelLife, Step};
use settle::Changed;
pub use story::Change;
pub use unread::LONG;
use wanted::Wanted;
pub(crate) use widgets::told;
use widgets::{Moves, Values};
pub use widgets::{Phase, SLOW_MS};

/// How many runs may be with the kernel at once: one that runs, and those posted ahead.
pub const WINDOW: usize = 128;

/// A notebook session.
#[derive(Debug)]
pub struct Session {
    notebook: Notebook,
    code: BTreeMap<CellId, Code>,
    graph: Graph,
    catalog: Catalog,
    /// Whether the site's list of packages has come.
    knows_packages: bool,
    kernel: KernelId,
    state: State,
    next_run: RunId,
    /// The newest run whose end is known; runs end in the order of their ids.
    newest_ended: RunId,
    /// The last run of each cell that has ended.
    evaluations: BTreeMap<CellId, Evaluation>,
    /// The evaluations of cells that were deleted: they come back with their cells.
    removed: BTreeMap<CellId, Evaluation>,
    /// Cells that were to run when the page was closed, and have not run since.
    interrupted: BTreeSet<CellId>,
    /// The cells whose last run failed.
    failed: BTreeSet<CellId>,
    /// The cells that are turned off.
    disabled: BTreeSet<CellId>,
    /// Cells that will run since a person asked.
    wanted: Wanted,
    /// Runs posted to the kernel, oldest first; only the first may have started.
    flights: VecDeque<Flight>,
    /// The `Cancel` that waits for its answer; nothing is posted meanwhile.
    cancel: Option<u32>,
    next_cancel: u32,
    /// Packages that this kernel has.
    packages: BTreeSet<String>,
    /// Packages that could not be got, with the reason as a sentence; they are tried again when a person
    /// runs something.
    unavailable: BTreeMap<String, String>,
    /// Packages on their way.
    installing: BTreeSet<String>,
    /// Names that a cell's last run bound in this kernel and that its code binds no more: they go
    /// before anything else runs, so that nothing can read them.
    leftovers: BTreeSet<String>,
    /// Cells that are gone, and that this kernel still has something of.
    dropped: BTreeSet<CellId>,
    /// Cells that cannot run, and why. Derived; `check.rs` compares it with the plain derivation.
    blocked: BTreeMap<CellId, Culprit>,
    /// The view last shown of each cell, to tell only differences. Derived, likewise.
    shown: BTreeMap<CellId, CellView>,
    /// What the store was told of the plan that is under way.
    stored_plan: Option<Plan>,
    undo: Vec<Edit>,
    /// Cells whose newest code was not read yet.
    unread: BTreeSet<CellId>,
    /// How what each cell's last run put out goes on, should a task that it left behind put out more.
    collectors: BTreeMap<CellId, Collector>,
    /// No code is looked into, so that nothing depends on anything.
    unanalysed: bool,
    /// The values that widgets were moved to.
    moves: Moves,
    /// What the kernel must be told before the next run is posted.
    posts: Vec<ToWorker>,
    episode: Settled,
}

/// Why a cell will run, the weakest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Reason {
    /// A child needs a value that this kernel does not have.
    Restores,
    /// A widget was moved that it, or a cell that it depends on, reads.
    Moved,
    /// A parent runs.
    Follows,
    /// A person asked for this very cell.
    Requested,
}

/// A run that was posted and has not ended.
#[derive(Debug)]
struct Flight {
    run: RunId,
    cell: CellId,
    reason: Reason,
    /// When it started by the kernel's clock, in milliseconds since 1970; `None` before.
    started: Option<f64>,
    /// The runs before it that it needs the values of.
    needs: Vec<RunId>,
    /// What it reads: taken down when it was posted.
    inputs: Inputs,
    /// Where widgets stand when it runs: what was posted before it says so.
    values: Values,
    /// What its code says that it binds for everybody.
    definitions: BTreeSet<String>,
    /// The same, with what the last run of this code was found to bind: what others may count on.
    promised: BTreeSet<String>,
    /// Names that Python was told to delete once this run is over: it leaves none of them.
    forgotten: BTreeSet<String>,
    /// It reads what it should not: code from before an edit, or a name that no code makes any more. So
    /// its cell is owed another run.
    outdated: bool,
    /// What it has asked the page for and waits for, by number; and what the person must do for it.
    requests: BTreeMap<u32, Option<Need>>,
    /// The widgets that were moved, where that is its reason.
    because: Vec<Cause>,
    /// What it has put out.
    collector: Collector,
}

impl Flight {
    fn has_started(&self) -> bool {
        self.started.is_some()
    }

    /// What it waits for that is up to the person.
    fn needs_person(&self) -> Option<Need> {
        self.requests.values().flatten().next().copied()
    }

    /// These names are deleted after it.
    fn forget(&mut self, names: &BTreeSet<String>) {
        self.definitions.retain(|name| !names.contains(name));
        self.promised.retain(|name| !names.contains(name));
        self.forgotten.extend(names.iter().cloned());
    }
}

impl Session {
    fn empty(notebook: Notebook, catalog: Catalog) -> Self {
        Self {
            notebook,
            code: BTreeMap::new(),
            graph: Graph::default(),
            knows_packages: !catalog.is_empty(),
            catalog,
            kernel: KernelId(0),
            state: State::Off,
            next_run: RunId(1),
            newest_ended: RunId(0),
            evaluations: BTreeMap::new(),
            removed: BTreeMap::new(),
            interrupted: BTreeSet::new(),
            failed: BTreeSet::new(),
            disabled: BTreeSet::new(),
            wanted: Wanted::default(),
            flights: VecDeque::new(),
            cancel: None,
            next_cancel: 1,
            packages: BTreeSet::new(),
            unavailable: BTreeMap::new(),
            installing: BTreeSet::new(),
            leftovers: BTreeSet::new(),
            dropped: BTreeSet::new(),
            blocked: BTreeMap::new(),
            shown: BTreeMap::new(),
            stored_plan: None,
            undo: Vec::new(),
            unread: BTreeSet::new(),
            collectors: BTreeMap::new(),
            unanalysed: false,
            moves: Moves::default(),
            posts: Vec::new(),
            episode: Settled::default(),
        }
    }

    /// Takes in one event, and returns what must now be done for the new state to hold, in order.
    #[must_use]
    pub fn handle(&mut self, event: Event) -> Vec<Effect> {
        let was_active = self.is_active();
        let mut effects = Vec::new();
        if let Some(start) = self.missed_start(&event) {
            effects = self.handle_one(start);
        }
        effects.extend(self.handle_one(event));
        if was_active && !self.is_active() {
            self.stored_plan = None;
            effects.push(Effect::Settled(self.end_episode()));
        }
        effects
    }

    fn handle_one(&mut self, event: Event) -> Vec<Effect> {
        let mut changed = Changed::default();
        if self.has_unread() && !self.leaves_unread(&event) {
            self.read_unread(&mut changed);
        }
        self.apply(event, &mut changed);
        self.settle(changed)
    }

    /// The start of a run that ends, where the message of it was lost: whoever ends has run, and is
    /// shown so.
    fn missed_start(&self, event: &Event) -> Option<Event> {
        let Event::Kernel(id, FromWorker::Finished { run, .. }, _) = event else {
            return None;
        };
        let first = self.flights.front()?;
        let start = FromWorker::Started { run: *run, at: 0.0 };
        let is_missed = first.run == *run && !first.has_started();
        is_missed.then(|| Event::Kernel(*id, start, Vec::new()))
    }

    fn apply(&mut self, event: Event, changed: &mut Changed) {
        if let Event::Kernel(id, ..)
        | Event::Progress(id, _)
        | Event::Silent(id, _)
        | Event::KernelLost(id, _)
        | Event::PackagesFailed(id, ..) = &event
            && *id != self.kernel
        {
            return;
        }
        match event {
            Event::Edit(edit) => self.edit(edit, changed),
            // What waited was read before.
            Event::Read => {}
            Event::Undo => self.undo(changed),
            Event::Move(held, phase) => self.moved(held, phase, changed),
            Event::Run(cell) => self.request([cell], changed),
            Event::RunAll => self.request_all(changed),
            Event::RunStale => self.request_stale(changed),
            Event::Stop => self.stop(changed),
            Event::Restart => self.restart(changed),
            Event::Catalog(catalog) => self.set_catalog(catalog, changed),
            Event::Kernel(_, message, buffers) => self.receive(message, &buffers, changed),
            Event::Progress(_, step) => self.state.set_step(Some(step)),
            Event::Silent(_, is_silent) => {
                if let State::Up { silent, .. } = &mut self.state {
                    *silent = is_silent;
                }
            }
            Event::Needs(run, request, need) => self.waits_for_person(run, request, need, changed),
            Event::Responded(run, request) => self.responded(run, request, changed),
            Event::Picture(cell, run, at, picture) => {
                self.illustrate(cell, run, at, &picture, changed);
            }
            Event::KernelLost(_, why) => self.lose_kernel(&why, changed),
            Event::PackagesFailed(_, packages, why) => {
                let failed = packages.iter().map(|name| (name.clone(), why.clone()));
                self.unavailable.extend(failed);
                self.packages_arrived(&packages, changed);
            }
        }
    }

    fn end_episode(&mut self) -> Settled {
        let mut ended = std::mem::take(&mut self.episode);
        ended.blocked.retain(|id| self.blocked.contains_key(id));
        ended.blocked.sort_unstable();
        ended.blocked.dedup();
        ended
    }

    /// The notebook.
    #[must_use]
    pub fn notebook(&self) -> &Notebook {
        &self.notebook
    }

    /// The dependency graph of its cells.
    #[must_use]
    pub fn graph(&self) -> &Graph {
        &self.graph
    }

    /// What the last good analysis says of a cell.
    #[must_use]
    pub fn analysis(&self, id: CellId) -> Option<&Analysis> {
        self.code.get(&id).map(|code| &*code.known)
    }

    /// What is wrong with a cell, or worth knowing of it.
    #[must_use]
    pub fn diagnostics(&self, id: CellId) -> Vec<Diagnostic> {
        let mut found = self.graph.diagnostics(id);
        if let Some(names) = self.missing(id) {
            found.push(Diagnostic {
                problem: Problem::Missing { names },
                spans: Vec::new(),
            });
        }
        found.extend(
            self.package_problems(id)
                .into_iter()
                .map(|problem| Diagnostic {
                    problem,
                    spans: Vec::new(),
                }),
        );
        for (parent, names) in self.graph.parents(id) {
            if self.disabled.contains(&parent)
                && let Some(name) = names.first()
            {
                let places = self.analysis(id).map(|analysis| analysis.places(name));
                found.push(Diagnostic {
                    problem: Problem::TurnedOff {
                        name: name.clone(),
                        owner: parent,
                    },
                    spans: places.unwrap_or_default(),
                });
            }
        }
        found
    }

    /// The packages of the site that the notebook needs, dependencies first.
    #[must_use]
    pub fn packages_needed(&self) -> Vec<Package> {
        let mut needed: Vec<Package> = Vec::new();
        let mut seen = BTreeSet::new();
        for id in self.code.keys() {
            let more = self.packages_of(*id, &seen);
            seen.extend(more.iter().map(|package| package.name.clone()));
            needed.extend(more);
        }
        needed
    }

    /// What the cells need that the site does not serve.
    #[must_use]
    pub fn outside_needed(&self) -> Vec<Outside> {
        let mut needed: Vec<Outside> = Vec::new();
        for code in self.code.values() {
            let (imports, asked) = (&code.analysis.sure_imports, &code.analysis.requirements);
            for one in self.catalog.outside(imports, asked) {
                if !needed.contains(&one) {
                    needed.push(one);
                }
            }
        }
        needed
    }

    /// The names that the last run of this very code did not bind, though the code says them.
    fn missing(&self, id: CellId) -> Option<Vec<String>> {
        let last = self.evaluations.get(&id)?;
        let ran = last.inputs.as_ref().and_then(|read| read.code);
        let is_current = ran == Some(self.code.get(&id)?.fingerprint) && !last.missing.is_empty();
        is_current.then(|| last.missing.iter().cloned().collect())
    }

    /// A cell's last run that has ended.
    #[must_use]
    pub fn evaluation(&self, id: CellId) -> Option<&Evaluation> {
        self.evaluations.get(&id)
    }

    /// The last runs of all cells that have run.
    #[must_use]
    pub fn evaluations(&self) -> &BTreeMap<CellId, Evaluation> {
        &self.evaluations
    }

    /// What a cell shows: what the run that goes on has put out, once there is something, and else its
    /// evaluation.
    #[must_use]
    pub fn output_view(&self, id: CellId) -> OutputView {
        let running = self.flights.front().filter(|first| first.cell == id);
        if let Some(flight) = running.filter(|first| !first.collector.is_empty()) {
            return OutputView {
                run: flight.run,
                items: flight.collector.items(),
                error: None,
                is_own: true,
            };
        }
        self.evaluations
            .get(&id)
            .map(Evaluation::view)
            .unwrap_or_default()
    }

    /// How the kernel is.
    #[must_use]
    pub fn kernel(&self) -> KernelLife {
        self.state.life(self.is_active())
    }

    /// Whether the kernel takes messages.
    #[must_use]
    pub fn is_kernel_up(&self) -> bool {
        self.state.is_up()
    }

    /// The kernel that is current; messages of others are ignored.
    #[must_use]
    pub fn kernel_id(&self) -> KernelId {
        self.kernel
    }

    /// Those of these packages that are on their way.
    pub fn installing<'a>(&'a self, packages: &'a [String]) -> impl Iterator<Item = &'a String> {
        let mut names = packages.iter().take(self.installing.len());
        std::iter::from_fn(move || names.find(|name| self.installing.contains(*name)))
    }

    /// The run that Python executes now, and its cell.
    #[must_use]
    pub fn running(&self) -> Option<(CellId, RunId)> {
        let first = self.flights.front().filter(|flight| flight.has_started())?;
        Some((first.cell, first.run))
    }

    /// Whether cells run or will run.
    #[must_use]
    pub fn is_active(&self) -> bool {
        !self.wanted.is_empty() || !self.flights.is_empty() || self.moves.is_waiting()
    }

    /// How many cells have run since the person asked, and how many are still to.
    #[must_use]
    pub fn progress(&self) -> (usize, usize) {
        (
            self.episode.ran.len(),
            self.wanted.len() + self.flights.len(),
        )
    }

    /// How many cells have a value in this kernel, which a restart would lose.
    #[must_use]
    pub fn values(&self) -> usize {
        let evaluations = self.evaluations.values();
        evaluations.filter(|last| self.is_present(last)).count()
    }

    /// The edits that [`Event::Undo`] would apply, the next one last.
    #[must_use]
    pub fn undoable(&self) -> &[Edit] {
        &self.undo
    }

    /// Whether this kernel has the value of an evaluation.
    fn is_present(&self, last: &Evaluation) -> bool {
        last.kernel == Some(self.kernel) && last.succeeded()
    }

    fn note_disabled(&mut self) {
        let cells = self.notebook.cells().iter();
        let disabled = cells.filter(|cell| cell.disabled);
        self.disabled = disabled.map(|cell| cell.id).collect();
        let failed = self
            .evaluations
            .iter()
            .filter(|(_, last)| !last.succeeded());
        self.failed = failed.map(|(id, _)| *id).collect();
    }
}
