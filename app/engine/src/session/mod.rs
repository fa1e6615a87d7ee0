//! A notebook session: everything that happens comes in as an [`Event`], and what must then be
//! done goes out as [`Effect`]s.
//!
//! Stored are facts only: the notebook, what each cell's last run read and how it ended, what a
//! person asked to run, and what was posted to the kernel. A cell's status is derived from them
//! in `view.rs`, so that no message can set one.
//!
//! Several runs may be posted ahead of the one that Python executes, so that a long cascade does
//! not wait for the page between two cells. The kernel works through them in order; what has not
//! started is taken back by `Cancel` when an edit or a failure makes it wrong.

mod edit;
mod event;
mod kernel;
mod plan;
mod record;
mod view;
mod wanted;

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::Arc;

use protocol::{CellId, RunId};

use crate::analysis::{self, Analysis};
use crate::diagnostic::{Diagnostic, Problem};
use crate::graph::{Graph, Touched};
use crate::notebook::{Edit, Fingerprint, Notebook};
use crate::packages::Catalog;
use crate::status::{CellView, Culprit};

pub use edit::remember;
pub use event::{Effect, Event, KernelId, KernelState, Settled};
pub use record::{Inputs, Record, Result};
use wanted::Wanted;

/// How many runs may be with the kernel at once: one that runs, and those posted ahead.
pub const WINDOW: usize = 128;

/// A notebook session.
#[derive(Debug)]
pub struct Session {
    notebook: Notebook,
    code: BTreeMap<CellId, Code>,
    graph: Graph,
    catalog: Catalog,
    kernel: KernelId,
    state: KernelState,
    next_run: RunId,
    /// The newest run whose end was heard; runs end in the order of their ids.
    newest_ended: RunId,
    records: BTreeMap<CellId, Record>,
    /// The cells whose last run failed.
    failed: BTreeSet<CellId>,
    /// The cells that are turned off.
    disabled: BTreeSet<CellId>,
    /// Cells that will run since a person asked.
    wanted: Wanted,
    /// Runs posted to the kernel, oldest first; only the first may have started.
    flights: VecDeque<Flight>,
    /// Whether a `Cancel` waits for its answer; nothing is posted meanwhile.
    cancelling: bool,
    /// How many runs of this kernel have failed; it drops what was posted with a lower count.
    failures: u32,
    /// Packages that this kernel has, or could not get.
    packages: BTreeSet<String>,
    /// Packages on their way.
    installing: BTreeSet<String>,
    /// Names that a cell's last run made in this kernel and that its code makes no more: they go
    /// before anything else runs, so that nothing can read them.
    leftovers: BTreeSet<String>,
    /// Cells that are gone, and that this kernel still keeps something for.
    dropped: BTreeSet<CellId>,
    /// Cells that cannot run, and why: derived anew when the graph or a failure changes.
    blocked: BTreeMap<CellId, Culprit>,
    /// The view last told of each cell, to tell only changes.
    told: BTreeMap<CellId, CellView>,
    undo: Vec<Edit>,
    episode: Settled,
}

/// A cell's source as the graph knows it.
#[derive(Debug)]
struct Code {
    fingerprint: Fingerprint,
    /// The last good one: a syntax error changes nothing but the diagnostics.
    analysis: Arc<Analysis>,
    /// What the graph knows: also what a run of this very code was found to make.
    known: Arc<Analysis>,
}

/// Why a cell will run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Reason {
    /// A child needs a value that this kernel does not have.
    Restores,
    /// A parent runs.
    Follows,
    /// A person asked for this very cell.
    Asked,
}

/// A run that was posted and has not ended.
#[derive(Debug)]
struct Flight {
    run: RunId,
    cell: CellId,
    reason: Reason,
    started: bool,
    /// What it reads: taken down when it was posted.
    inputs: Inputs,
    /// What it makes for everybody.
    definitions: BTreeSet<String>,
    /// The cell was edited while it was shown as queued, so it is owed a run of the newest code.
    outdated: bool,
}

impl Session {
    /// Opens a notebook with what is known of earlier runs.
    ///
    /// Records of cells that are not in the notebook are ignored.
    #[must_use]
    pub fn open(
        mut notebook: Notebook,
        records: BTreeMap<CellId, Record>,
        catalog: Catalog,
    ) -> Self {
        notebook.reindex();
        let newest = records
            .values()
            .map(|record| record.run.max(record.value))
            .max();
        let mut session = Self {
            notebook,
            code: BTreeMap::new(),
            graph: Graph::default(),
            catalog,
            kernel: KernelId(0),
            state: KernelState::Off,
            next_run: RunId(newest.map_or(1, |run| run.0.saturating_add(1))),
            newest_ended: RunId(0),
            records,
            failed: BTreeSet::new(),
            disabled: BTreeSet::new(),
            wanted: Wanted::default(),
            flights: VecDeque::new(),
            cancelling: false,
            failures: 0,
            packages: BTreeSet::new(),
            installing: BTreeSet::new(),
            leftovers: BTreeSet::new(),
            dropped: BTreeSet::new(),
            blocked: BTreeMap::new(),
            told: BTreeMap::new(),
            undo: Vec::new(),
            episode: Settled::default(),
        };
        for record in session.records.values_mut() {
            record.kernel = None;
        }
        let cells: Vec<CellId> = session
            .notebook
            .cells()
            .iter()
            .map(|cell| cell.id)
            .collect();
        session
            .records
            .retain(|id, _| session.notebook.place(*id).is_some());
        session.note_failed();
        for id in cells {
            session.analyse(id);
        }
        session.build_graph();
        session
    }

    /// Takes in one event, and returns what must now be done for the new state to hold, in order.
    #[must_use]
    pub fn handle(&mut self, event: Event) -> Vec<Effect> {
        let mut effects = Vec::new();
        let was_active = self.is_active();
        match event {
            Event::Edit(edit) => self.edit(edit, &mut effects),
            Event::Undo => self.undo(&mut effects),
            Event::Run(cell) => self.ask([cell], &mut effects),
            Event::RunAll => self.ask_all(&mut effects),
            Event::RunStale => self.ask_stale(&mut effects),
            Event::Stop => self.stop(&mut effects),
            Event::Restart => self.restart(&mut effects),
            Event::Catalog(catalog) => self.catalog = catalog,
            Event::Kernel(kernel, message) => {
                if kernel == self.kernel {
                    self.hear(message, &mut effects);
                }
            }
            Event::KernelLost(kernel, message) => {
                if kernel == self.kernel {
                    self.lose_kernel(&message, &mut effects);
                }
            }
            Event::PackagesFailed(kernel, packages) => {
                if kernel == self.kernel {
                    self.packages_came(packages, &mut effects);
                }
            }
        }
        self.pump(&mut effects);
        if was_active && !self.is_active() {
            effects.push(Effect::Settled(std::mem::take(&mut self.episode)));
        }
        effects
    }

    /// The notebook.
    #[must_use]
    pub fn notebook(&self) -> &Notebook {
        &self.notebook
    }

    /// The dependency graph of its Python cells.
    #[must_use]
    pub fn graph(&self) -> &Graph {
        &self.graph
    }

    /// What the last good analysis says of a Python cell.
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

    /// The packages of the site that the notebook's imports need, dependencies first.
    #[must_use]
    pub fn packages_needed(&self) -> Vec<crate::packages::Package> {
        let imports = self.code.values().flat_map(|code| &code.analysis.imports);
        let needed = self.catalog.needed(imports, &BTreeSet::new());
        needed.into_iter().cloned().collect()
    }

    /// The names that the last run of this very code did not make, though the code says them.
    fn missing(&self, id: CellId) -> Option<Vec<String>> {
        let record = self.records.get(&id)?;
        let ran = self.code.get(&id)?.fingerprint;
        let is_current = record.inputs.code == Some(ran) && !record.missing.is_empty();
        is_current.then(|| record.missing.iter().cloned().collect())
    }

    /// What is known of a cell's last run.
    #[must_use]
    pub fn record(&self, id: CellId) -> Option<&Record> {
        self.records.get(&id)
    }

    /// How the kernel is, as far as the session knows.
    #[must_use]
    pub fn kernel_state(&self) -> KernelState {
        self.state
    }

    /// The kernel that is current; messages of others are ignored.
    #[must_use]
    pub fn kernel_id(&self) -> KernelId {
        self.kernel
    }

    /// The run that Python executes now, and its cell.
    #[must_use]
    pub fn running(&self) -> Option<(CellId, RunId)> {
        let first = self.flights.front().filter(|flight| flight.started)?;
        Some((first.cell, first.run))
    }

    /// Whether cells run or will run.
    #[must_use]
    pub fn is_active(&self) -> bool {
        !self.wanted.is_empty() || !self.flights.is_empty()
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
        let records = self.records.values();
        records.filter(|record| self.is_present(record)).count()
    }

    /// The edits that [`Event::Undo`] would apply, the next one last.
    #[must_use]
    pub fn undoable(&self) -> &[Edit] {
        &self.undo
    }

    /// Takes over what could be undone when the notebook was open last.
    pub fn set_undoable(&mut self, undo: Vec<Edit>) {
        self.undo = undo;
    }

    /// Takes the outputs that came with a notebook for those of its code as it is: these cells ran,
    /// in some Python before this session, and ended so. Cells with a record of their own keep it.
    pub fn adopt(&mut self, ended: &BTreeMap<CellId, Result>) {
        for id in self.graph.order().to_vec() {
            let (Some(result), Some(code)) = (ended.get(&id), self.code.get(&id)) else {
                continue;
            };
            if self.records.contains_key(&id) {
                continue;
            }
            let run = self.next_run;
            self.next_run = RunId(run.0 + 1);
            let record = Record {
                run,
                value: run,
                inputs: self.inputs_now(id, false),
                definitions: code.known.definitions.keys().cloned().collect(),
                found: BTreeSet::new(),
                missing: BTreeSet::new(),
                result: result.clone(),
                took_ms: 0.0,
                kernel: None,
            };
            self.records.insert(id, record);
        }
        self.note_failed();
        self.derive_blocked();
    }

    fn is_present(&self, record: &Record) -> bool {
        record.kernel == Some(self.kernel) && record.result == Result::Success
    }

    /// Analyses a cell's source. Returns whether its names or its errors changed.
    fn analyse(&mut self, id: CellId) -> bool {
        let cell = self.notebook.cell(id);
        let found = cell.and_then(|cell| analysis::of(cell.kind, &cell.source));
        let (Some(cell), Some(mut fresh)) = (cell, found) else {
            return self.code.remove(&id).is_some();
        };
        let old = self.code.get(&id);
        if let (Some(error), Some(old)) = (&fresh.syntax_error, old) {
            fresh = Analysis {
                syntax_error: Some(error.clone()),
                meaning: fresh.meaning,
                ..(*old.analysis).clone()
            };
        }
        let code = Code {
            fingerprint: Fingerprint::of(&cell.source),
            known: Arc::default(),
            analysis: Arc::new(fresh),
        };
        let code = self.with_found(id, code);
        let changed = old.is_none_or(|old| !old.known.has_same_names(&code.known));
        self.code.insert(id, code);
        if changed {
            self.note_leftovers(id);
        }
        changed
    }

    /// Adds what a run of this very code was found to make.
    fn with_found(&self, id: CellId, mut code: Code) -> Code {
        let record = self.records.get(&id);
        let ran = record.filter(|record| record.inputs.code == Some(code.fingerprint));
        let differs =
            |record: &&Record| !record.found.is_empty() || !code.analysis.unknowns.is_empty();
        code.known = match ran.filter(differs) {
            Some(record) => Arc::new((*code.analysis).clone().with_found(&record.found)),
            None => code.analysis.clone(),
        };
        code
    }

    /// A run has ended: the graph takes the union of what the code says and what it was found to
    /// make.
    fn learn_found(&mut self, id: CellId) -> Touched {
        let Some(code) = self.code.remove(&id) else {
            return Touched::new();
        };
        let old = code.known.clone();
        let code = self.with_found(id, code);
        let known = code.known.clone();
        self.code.insert(id, code);
        if known.has_same_names(&old) {
            return Touched::new();
        }
        self.graph.set(id, &known)
    }

    fn note_leftovers(&mut self, id: CellId) {
        let (Some(record), Some(code)) = (self.records.get(&id), self.code.get(&id)) else {
            return;
        };
        if record.kernel == Some(self.kernel) {
            let makes = &code.known.definitions;
            let gone = record
                .definitions
                .iter()
                .filter(|name| !makes.contains_key(*name));
            self.leftovers.extend(gone.cloned());
        }
    }

    /// Deletes from Python what no code makes for everybody any more; what another cell claims
    /// stays noted.
    fn forget_leftovers(&mut self, effects: &mut Vec<Effect>) {
        for cell in std::mem::take(&mut self.dropped) {
            effects.push(Effect::Post(protocol::ToWorker::Drop { cell }));
        }
        if self.leftovers.is_empty() {
            return;
        }
        let (kept, gone) = std::mem::take(&mut self.leftovers)
            .into_iter()
            .partition(|name| self.graph.has_owner(name));
        self.leftovers = kept;
        let gone: BTreeSet<String> = gone;
        if gone.is_empty() {
            return;
        }
        for record in self.records.values_mut() {
            record.definitions.retain(|name| !gone.contains(name));
        }
        let names = gone.into_iter().collect();
        effects.push(Effect::Post(protocol::ToWorker::Forget { names }));
    }

    /// The names that a cell makes for everybody.
    fn exports(&self, id: CellId) -> impl Iterator<Item = &String> {
        let made = self.code.get(&id).into_iter();
        let made = made.flat_map(|code| code.known.definitions.keys());
        made.filter(move |name| self.graph.exports(id, name))
    }

    /// Builds the graph of all cells anew.
    fn build_graph(&mut self) {
        let cells = self.notebook.cells().iter();
        let cells: Vec<(CellId, Arc<Analysis>)> = cells
            .filter_map(|cell| Some((cell.id, self.code.get(&cell.id)?.known.clone())))
            .collect();
        self.graph = Graph::build(&cells);
        self.note_disabled();
        self.wanted.sort(&self.graph);
        self.derive_blocked();
    }

    fn note_disabled(&mut self) {
        let cells = self.notebook.cells().iter();
        self.disabled = cells
            .filter(|cell| cell.disabled)
            .map(|cell| cell.id)
            .collect();
    }

    fn note_failed(&mut self) {
        let records = self.records.iter();
        let failed = records.filter(|(_, record)| record.result != Result::Success);
        self.failed = failed.map(|(id, _)| *id).collect();
    }
}
