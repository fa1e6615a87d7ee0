//! Carries out what the session asks for.

use engine::Effect;
use engine::session::KernelState;
use protocol::Outcome;

#[expect(clippy::wildcard_imports, reason = "one driver in several files")]
use super::*;
use crate::page::{KernelWord, Made};
use crate::store::{Kept, Unsaved};
use crate::tabs::News;

impl Driver {
    pub(super) fn perform(&self, effect: Effect) {
        match effect {
            Effect::StartKernel(id) => {
                self.trouble.borrow_mut().clear();
                self.is_silent.set(false);
                *self.step.borrow_mut() = (String::new(), None);
                self.with_kernel(|kernel| kernel.start(id));
            }
            Effect::Post(message) => self.with_kernel(|kernel| kernel.post(&message, &[])),
            Effect::Fetch(packages) => {
                let id = self.session.borrow().kernel_id();
                self.with_kernel(|kernel| kernel.install(id, packages));
            }
            // A tab that follows shows what the writer shows.
            Effect::Show(..) if self.follows() => {}
            Effect::Show(cell, view) => self.presenter.borrow_mut().push(cell, view),
            Effect::Output(cell, run, output) => self.take_output(cell, run, output),
            Effect::Ended(cell, run, outcome) => {
                let mut outputs = self.outputs.borrow_mut();
                let shown = outputs.entry(cell).or_default();
                if shown.run != run {
                    *shown = Outputs {
                        run,
                        ..Outputs::default()
                    };
                }
                if let Outcome::Error(error) = outcome {
                    shown.error = Some(error);
                }
                self.unpainted.borrow_mut().insert(cell);
                self.unstored.borrow_mut().insert(cell);
            }
            Effect::Journal { edit, undoes } => self.journal(&edit, undoes),
            Effect::Structure => self.show_structure(),
            Effect::Names(cells) => self.show_names(cells),
            Effect::Answer(ask, answer) => self.answered(ask, answer),
            Effect::Settled(settled) => self.settled(&settled),
        }
    }

    fn with_kernel(&self, act: impl FnOnce(&Kernel)) {
        if let Some(kernel) = &*self.kernel.borrow() {
            act(kernel);
        }
    }

    /// Begins to store the edit in this very task.
    fn journal(&self, edit: &Edit, undoes: bool) {
        let Some(writer) = self.writer.as_ref().filter(|_| !self.follows()) else {
            return;
        };
        let was_stored = writer.key().is_some();
        let session = self.session.borrow();
        let saved = writer.edit(edit, undoes, session.notebook(), session.undoable());
        drop(session);
        self.tell(|| News::Edit(edit.clone()));
        if let (false, Some(key)) = (was_stored, writer.key()) {
            // From now on the address names the stored notebook, so that a reload finds it.
            crate::browser::replace_address(&format!("?n={key}"));
            self.unstored
                .borrow_mut()
                .extend(self.outputs.borrow().keys());
            self.became_stored(&key);
        }
        self.saving.set(self.saving.get() + 1);
        if self.page.saved.get_untracked() != Saved::Saving {
            self.page.saved.set(Saved::Saving);
        }
        let (page, saving) = (self.page, self.saving.clone());
        let driver = self.weak.clone();
        spawn_local(async move {
            let result = saved.await;
            let left = saving.get().saturating_sub(1);
            saving.set(left);
            match result {
                Err(Unsaved::Overtaken) => {
                    if let Some(driver) = driver.upgrade() {
                        driver.overtaken();
                    }
                }
                Err(unsaved) => page.saved.set(Saved::Failed(unsaved.sentence())),
                Ok(()) if left == 0 => page.saved.set(Saved::Done),
                Ok(()) => {}
            }
        });
    }

    fn settled(&self, settled: &Settled) {
        self.keep_outputs();
        self.ask_variables();
        self.run_began.set(None);
        let text = match (settled.ran.as_slice(), settled.failed.first()) {
            _ if settled.stopped => "Stopped.".to_owned(),
            ([], _) => return,
            (_, Some(failed)) => {
                let outputs = self.outputs.borrow();
                let error = outputs
                    .get(failed)
                    .and_then(|outputs| outputs.error.as_ref());
                let first = error.map_or_else(
                    || "Python was lost".to_owned(),
                    |error| {
                        format!(
                            "{}: {}",
                            error.name,
                            error.message.lines().next().unwrap_or("")
                        )
                    },
                );
                format!("Cell {}: {first}", self.page.number_of(*failed))
            }
            ([cell], None) => format!("Cell {} is done.", self.page.number_of(*cell)),
            (cells, None) => format!("{} cells are done.", cells.len()),
        };
        self.page.spoken.set(text);
    }

    /// Stores the outputs that are new.
    pub(super) fn keep_outputs(&self) {
        let Some(writer) = self.writer.as_ref().filter(|writer| writer.key().is_some()) else {
            return;
        };
        let session = self.session.borrow();
        let outputs = self.outputs.borrow();
        let kept: Vec<(CellId, Kept)> = std::mem::take(&mut *self.unstored.borrow_mut())
            .into_iter()
            .filter_map(|cell| {
                let (record, outputs) =
                    (session.record(cell)?.clone(), outputs.get(&cell)?.clone());
                Some((cell, Kept { record, outputs }))
            })
            .collect();
        if !kept.is_empty() {
            writer.keep(&kept);
        }
    }

    /// Shows which cells there are, in which order, and their options.
    pub(super) fn show_structure(&self) {
        let session = self.session.borrow();
        let notebook = session.notebook();
        let mut known = self.cells.borrow_mut();
        let mut cells = Vec::with_capacity(notebook.cells().len());
        for (at, cell) in notebook.cells().iter().enumerate() {
            let signals = known.entry(cell.id).or_insert_with(|| {
                let signals = self.owner.with(|| CellSignals::new(cell));
                self.unpainted.borrow_mut().insert(cell.id);
                signals
            });
            update(signals.number, at + 1);
            update(signals.kind, cell.kind);
            update(signals.source, cell.source.clone());
            update(signals.disabled, cell.disabled);
            cells.push(*signals);
        }
        known.retain(|id, _| notebook.cell(*id).is_some());
        for cell in self.page.cells.get_untracked() {
            if !known.contains_key(&cell.id) {
                self.presenter.borrow_mut().forget(cell.id);
            }
        }
        for cell in &cells {
            let is_code = session.analysis(cell.id).is_some();
            update(cell.is_code, is_code);
            if !is_code {
                update(cell.view, CellView::idle());
            }
        }
        update(self.page.title, notebook.title.clone());
        update(self.page.mode, notebook.mode);
        update(self.page.eager, notebook.eager);
        let ids = |cells: &[CellSignals]| cells.iter().map(|cell| cell.id).collect::<Vec<_>>();
        if self
            .page
            .cells
            .with_untracked(|old| ids(old) != ids(&cells))
        {
            self.page.cells.set(cells);
        }
    }

    /// Shows what the analysis says of these cells.
    pub(super) fn show_names(&self, cells: impl IntoIterator<Item = CellId>) {
        let session = self.session.borrow();
        let graph = session.graph();
        let known = self.cells.borrow();
        for id in cells {
            let Some(signals) = known.get(&id) else {
                continue;
            };
            let analysis = session.analysis(id);
            update(signals.is_code, analysis.is_some());
            if analysis.is_none() {
                update(signals.view, CellView::idle());
            }
            let made = analysis
                .into_iter()
                .flat_map(|found| found.definitions.keys());
            let definitions = made.map(|name| Made {
                name: name.clone(),
                reader: graph.first_reader(id, name),
                is_own: !graph.exports(id, name),
            });
            let parents = graph.parents(id);
            let mut references: Vec<(String, CellId)> = parents
                .flat_map(|(parent, names)| names.iter().map(move |name| (name.clone(), parent)))
                .collect();
            references.sort_unstable();
            let names = Names {
                definitions: definitions.collect(),
                references,
                diagnostics: session.diagnostics(id),
            };
            update(signals.names, names);
        }
    }

    /// Shows how the kernel is.
    #[expect(clippy::similar_names, reason = "state and step are the words")]
    pub(super) fn show_kernel(&self) {
        let session = self.session.borrow();
        let (step, share) = self.step.borrow().clone();
        let active = session.is_active();
        let state = match session.kernel_state() {
            KernelState::Off => KernelWord::Off,
            KernelState::Starting => KernelWord::Starting,
            // Idle is not announced before the last outcome is painted.
            KernelState::Ready if self.is_silent.get() => KernelWord::Unresponsive,
            KernelState::Ready if active || self.presenter.borrow().is_due() => KernelWord::Busy,
            KernelState::Ready => KernelWord::Idle,
            KernelState::Lost => KernelWord::Dead,
        };
        let trouble = self.trouble.borrow().clone();
        update(
            self.page.kernel,
            crate::page::KernelView {
                state,
                step,
                share,
                trouble,
            },
        );
        let stop = active.then(|| crate::page::StopCost {
            values: session.values(),
        });
        update(self.page.stop, stop);
        let (done, left) = session.progress();
        let late = self
            .run_began
            .get()
            .is_some_and(|began| now() - began > 700.0);
        let planned = done + left;
        let progress =
            (active && late && planned > 1).then_some(crate::page::Progress { done, planned });
        update(self.page.progress, progress);
    }

    /// Looks after what only time brings: how long a run takes, "still running", and outputs to be
    /// stored.
    pub(super) fn watch_time(self: &Rc<Self>) {
        let driver = Rc::downgrade(self);
        let ticks = Cell::new(0_u32);
        let tick: Closure<dyn Fn()> = Closure::new(move || {
            let Some(driver) = driver.upgrade() else {
                return;
            };
            ticks.set(ticks.get().wrapping_add(1));
            driver.show_elapsed();
            if ticks.get().is_multiple_of(4) {
                driver.keep_outputs();
                driver.say_running();
            }
        });
        if let Some(window) = web_sys::window() {
            let function = tick.as_ref().unchecked_ref();
            let _ = window.set_interval_with_callback_and_timeout_and_arguments_0(function, 100);
        }
        tick.forget();
    }

    fn show_elapsed(&self) {
        if let Some((id, since)) = self.painted_running.get()
            && let Some(cell) = self.cells.borrow().get(&id)
        {
            let elapsed = now() - since;
            if elapsed >= 500.0 {
                cell.elapsed.set(Some(elapsed));
            }
        }
    }

    fn say_running(&self) {
        if !self.session.borrow().is_active() {
            return;
        }
        let late = self
            .run_began
            .get()
            .is_some_and(|began| now() - began > 1000.0);
        if late && !self.said_running.replace(true) {
            self.page.spoken.set("Still running.".to_owned());
        }
        self.ask_frame();
    }
}

/// Sets a signal only if it changes.
pub(super) fn update<T: PartialEq + Send + Sync + 'static>(signal: RwSignal<T>, value: T) {
    if signal.with_untracked(|old| *old != value) {
        signal.set(value);
    }
}
