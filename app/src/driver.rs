//! Owns the session: events in, effects carried out, and at each frame what the presenter commits.
//!
//! This is the only place that sets the page's signals. Nothing here waits for the screen but
//! painting itself: messages are handled as they come, also while the page is hidden.

mod added;
mod asks;
mod effects;
mod frames;
mod names;
mod outputs;
mod tabs;

use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use engine::packages::{Catalog, Package};
use engine::session::Settled;
use engine::{CellView, Edit, Event, Kind, Outputs, Presenter, Session, diagnostic::Severity};
use js_sys::ArrayBuffer;
use leptos::prelude::*;
use protocol::{CellId, FromWorker, Output};
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::spawn_local;

use crate::kernel::{Kernel, KernelEvent};
use crate::page::{Action, CellSignals, Doors, Names, Notice, Page, Role, Saved};
use crate::store::Writer;
use crate::tabs::Channel;

type OnFrame = Closure<dyn Fn(f64)>;

/// The one driver of an open notebook.
pub struct Driver {
    /// Itself, for what comes later.
    weak: std::rc::Weak<Self>,
    /// Owns the signals, so that they outlive the components that read them.
    owner: Owner,
    pub page: Page,
    session: RefCell<Session>,
    presenter: RefCell<Presenter>,
    cells: RefCell<BTreeMap<CellId, CellSignals>>,
    outputs: RefCell<BTreeMap<CellId, Outputs>>,
    /// Cells whose newest outputs are not painted.
    unpainted: RefCell<BTreeSet<CellId>>,
    /// Cells whose newest outputs are not stored.
    unstored: RefCell<BTreeSet<CellId>>,
    /// The buffers of the message that is being handled.
    buffers: RefCell<Vec<ArrayBuffer>>,
    kernel: RefCell<Option<Kernel>>,
    writer: Option<Writer>,
    /// What joins this notebook's tabs, once it is stored.
    channel: RefCell<Option<Channel>>,
    /// Whether other tabs follow this one.
    is_followed: Cell<bool>,
    /// Whether the kernel owes an answer for longer than it should.
    is_silent: Cell<bool>,
    frame_asked: Cell<bool>,
    on_frame: RefCell<Option<OnFrame>>,
    /// When the person's last run began, and whether "still running" was said of it.
    run_began: Cell<Option<f64>>,
    said_running: Cell<bool>,
    /// The cell that was painted as running last and still is, and since when.
    painted_running: Cell<Option<(CellId, f64)>>,
    step: RefCell<(String, Option<f64>)>,
    trouble: RefCell<String>,
    /// The files that were added for Python, by name.
    added: RefCell<BTreeMap<String, js_sys::Uint8Array>>,
    /// The cells in which a name is lit up.
    lit: RefCell<Vec<CellId>>,
    /// The questions to Python that wait for their answers.
    asks: RefCell<asks::Asks>,
    /// How many stored edits are not yet safe.
    saving: Rc<Cell<usize>>,
}

/// Milliseconds since the page began.
pub fn now() -> f64 {
    let performance = web_sys::window().and_then(|window| window.performance());
    performance.map_or(0.0, |performance| performance.now())
}

impl Driver {
    /// Takes over a session and shows it.
    pub fn start(
        session: Session,
        outputs: BTreeMap<CellId, Outputs>,
        writer: Option<Writer>,
        stored: Saved,
        role: Role,
    ) -> Rc<Self> {
        let owner = Owner::new();
        let driver = Rc::new_cyclic(|itself: &std::rc::Weak<Self>| {
            // Callbacks must be `Send`; the page has one thread.
            let weak = send_wrapper::SendWrapper::new(itself.clone());
            let actions = owner.with(|| {
                Callback::new(move |action| {
                    if let Some(driver) = weak.upgrade() {
                        driver.act(action);
                    }
                })
            });
            let weak = send_wrapper::SendWrapper::new(itself.clone());
            let asks = owner.with(|| {
                Callback::new(move |(question, heard)| {
                    if let Some(driver) = weak.upgrade() {
                        driver.ask(question, heard);
                    }
                })
            });
            let weak = send_wrapper::SendWrapper::new(itself.clone());
            let ways = owner.with(|| {
                Callback::new(move |problem| {
                    let driver = weak.upgrade();
                    let ways = driver
                        .map(|driver| engine::fixes::ways(&driver.session.borrow(), &problem));
                    ways.unwrap_or_default()
                })
            });
            Self {
                weak: itself.clone(),
                page: owner.with(|| {
                    Page::new(
                        session.notebook(),
                        stored,
                        role,
                        actions,
                        Doors { asks, ways },
                    )
                }),
                owner,
                session: RefCell::new(session),
                presenter: RefCell::default(),
                cells: RefCell::default(),
                unpainted: RefCell::new(outputs.keys().copied().collect()),
                outputs: RefCell::new(outputs),
                unstored: RefCell::default(),
                buffers: RefCell::default(),
                kernel: RefCell::default(),
                writer,
                channel: RefCell::default(),
                is_followed: Cell::new(false),
                is_silent: Cell::new(false),
                frame_asked: Cell::new(false),
                on_frame: RefCell::default(),
                run_began: Cell::new(None),
                said_running: Cell::new(false),
                painted_running: Cell::new(None),
                step: RefCell::default(),
                trouble: RefCell::default(),
                added: RefCell::default(),
                lit: RefCell::default(),
                asks: RefCell::default(),
                saving: Rc::default(),
            }
        });
        driver.show_structure();
        let ids: Vec<CellId> = driver.cells.borrow().keys().copied().collect();
        driver.show_names(ids.iter().copied());
        for id in ids {
            let view = driver.session.borrow().view(id);
            driver.presenter.borrow_mut().push(id, view);
        }
        driver.paint();
        let heard = Rc::downgrade(&driver);
        let kernel = Kernel::new(move |event| {
            if let Some(driver) = heard.upgrade() {
                driver.hear(event);
            }
        });
        *driver.kernel.borrow_mut() = Some(kernel);
        driver.watch_time();
        driver.join_tabs();
        let origin = driver.writer.as_ref().and_then(Writer::origin);
        driver.page.has_original.set(origin.is_some());
        if driver.page.eager.get_untracked() && !driver.follows() {
            driver.dispatch(Event::Restart);
        }
        driver
    }

    /// The site's packages are known.
    pub fn set_catalog(&self, packages: Vec<Package>) {
        self.dispatch(Event::Catalog(Catalog::new(packages)));
    }

    fn act(&self, action: Action) {
        if self.follows() && !action.is_harmless() {
            let text =
                "This notebook is open in another tab. Work here instead, to change or run it.";
            return self.notify(Severity::Note, text.to_owned(), false);
        }
        let edit = |edit| self.dispatch(Event::Edit(edit));
        match action {
            Action::Run(cell) => self.person_runs(Event::Run(cell)),
            Action::RunAll => self.person_runs(Event::RunAll),
            Action::RunStale => self.person_runs(Event::RunStale),
            Action::Stop => self.dispatch(Event::Stop),
            Action::Restart => self.dispatch(Event::Restart),
            Action::Type(cell, source) => {
                self.page.undoes_cells.set(false);
                edit(Edit::Source {
                    cell,
                    source: source.clone(),
                });
                if let Some(signals) = self.cells.borrow().get(&cell) {
                    effects::update(signals.source, source);
                }
            }
            Action::Add(kind, at) => self.add(kind, "", at),
            Action::Delete(cell) => {
                let number = self.page.number_of(cell);
                edit(Edit::Delete { cell });
                self.notify(Severity::Note, format!("Cell {number} was deleted."), true);
            }
            Action::Move(cell, by) => {
                let place = self.session.borrow().notebook().place(cell);
                if let Some(to) = place.and_then(|at| at.checked_add_signed(by as isize)) {
                    edit(Edit::Move { cell, to });
                }
            }
            Action::Duplicate(cell) => {
                let found = self.session.borrow().notebook().cell(cell).cloned();
                let place = self.session.borrow().notebook().place(cell);
                if let (Some(cell), Some(at)) = (found, place) {
                    self.add(cell.kind, &cell.source, at + 1);
                }
            }
            Action::SetKind(cell, kind) => edit(Edit::Kind { cell, kind }),
            Action::Disable(cell, disabled) => edit(Edit::Disabled { cell, disabled }),
            Action::Rename(title) => edit(Edit::Title { title }),
            Action::SetMode(mode) => edit(Edit::Mode { mode }),
            Action::SetEager(eager) => edit(Edit::Eager { eager }),
            Action::Fix(cell, problem, way) => self.fix(cell, &problem, way),
            Action::Refuse(text) => self.warn(text),
            Action::Rewrite(change) => edit(change),
            Action::AddFile => self.choose_file(),
            Action::Point(place) => self.point(place),
            Action::GoTo(cell, at) => self.go_to_name(cell, at),
            Action::AskName(cell, at) => self.ask_name(cell, at),
            Action::GiveName(name) => self.give_name(name),
            Action::WatchVariables(watches) => {
                self.page.watches_variables.set(watches);
                self.ask_variables();
            }
            Action::Undo => {
                self.page.notice.set(None);
                self.page.undoes_cells.set(false);
                if self.session.borrow().undoable().is_empty() {
                    let text = "There is nothing to take back but what was typed; the editor's own undo does that.";
                    return self.notify(Severity::Note, text.to_owned(), false);
                }
                self.dispatch(Event::Undo);
            }
            Action::Dismiss => self.page.notice.set(None),
            Action::Select(cell) => {
                if self.page.selected.get_untracked() != cell {
                    self.page.selected.set(cell);
                }
            }
            Action::Save(format) => self.save_file(format),
            Action::Replace(notebook) => {
                self.take_version("before it was replaced");
                edit(Edit::Replace { notebook });
                self.notify(
                    Severity::Note,
                    "The earlier version is back.".to_owned(),
                    true,
                );
            }
            Action::PutBack(at, cell) => edit(Edit::Insert { at, cell }),
            Action::Reset(cell) => self.reset(cell),
            Action::PrepareOffline => self.prepare_offline(),
            Action::TakeOver => {
                if let Some(key) = self.key() {
                    crate::tabs::take_over(&key);
                }
            }
        }
    }

    /// Goes a way out of a problem.
    fn fix(&self, cell: CellId, problem: &engine::Problem, way: engine::fixes::Way) {
        let change = engine::fixes::edit(&self.session.borrow(), cell, problem, way);
        match change {
            Ok(change) => {
                self.dispatch(Event::Edit(change));
                let text = "The cells were changed.".to_owned();
                self.notify(Severity::Note, text, true);
            }
            Err(refusal) => self.warn(refusal),
        }
    }

    /// Puts a cell back to what it was in the original.
    fn reset(&self, id: CellId) {
        let origin = self.writer.as_ref().and_then(Writer::origin);
        let Some(source) = origin.and_then(|origin| Some(origin.notebook.cell(id)?.source.clone()))
        else {
            return self.notify(
                Severity::Note,
                "The original has no such cell.".to_owned(),
                false,
            );
        };
        self.take_version("before a cell was reset");
        self.dispatch(Event::Edit(Edit::Source {
            cell: id,
            source: source.clone(),
        }));
        if let Some(signals) = self.cells.borrow().get(&id) {
            effects::update(signals.source, source);
        }
    }

    /// The deleted cells that can be put back, newest first, each with its place.
    pub fn deleted_cells(&self) -> Vec<(usize, engine::Cell)> {
        let session = self.session.borrow();
        let deleted = session
            .undoable()
            .iter()
            .rev()
            .filter_map(|edit| match edit {
                Edit::Insert { at, cell } => Some((*at, cell.clone())),
                _ => None,
            });
        let gone = deleted.filter(|(_, cell)| session.notebook().cell(cell.id).is_none());
        gone.collect()
    }

    /// Takes a version for the history.
    pub fn take_version(&self, reason: &str) {
        if let Some(writer) = &self.writer {
            writer.take_version(reason, self.session.borrow().notebook());
        }
    }

    /// The notebook as it is now.
    pub fn notebook(&self) -> engine::Notebook {
        self.session.borrow().notebook().clone()
    }

    /// The notebook with what its cells put out last.
    pub fn document(&self) -> engine::Document {
        engine::Document {
            notebook: self.notebook(),
            outputs: self.outputs.borrow().clone(),
        }
    }

    fn prepare_offline(&self) {
        let packages = self.session.borrow().packages_needed();
        let mut paths: Vec<String> = packages
            .iter()
            .map(|package| crate::kernel::listed(package).1.path)
            .collect();
        match crate::manifest::manifest() {
            Ok(files) => {
                let own = [&files.host, &files.module, &files.stdlib, &files.packages];
                let own = own.into_iter().chain(&files.scripts);
                paths.extend(own.map(|file| file.path.clone()));
            }
            Err(message) => return self.warn(message),
        }
        let driver = self.weak.clone();
        let say = move |severity, text| {
            if let Some(driver) = driver.upgrade() {
                driver.notify(severity, text, false);
            }
        };
        let progress = say.clone();
        spawn_local(async move {
            let step = move |done, total| {
                progress(
                    Severity::Note,
                    format!("Keeping this notebook's files on the device: {done} of {total}"),
                );
            };
            match crate::offline::keep(&paths, step).await {
                Ok(()) => say(
                    Severity::Note,
                    "Ready for offline: this notebook opens and runs on this device without a network.".to_owned(),
                ),
                Err(message) => say(Severity::Warning, message),
            }
        });
    }

    /// The writer, in the tab that has it.
    pub fn writer(&self) -> Option<&Writer> {
        self.writer.as_ref()
    }

    fn key(&self) -> Option<String> {
        self.writer.as_ref().and_then(Writer::key)
    }

    fn save_file(&self, format: engine::Format) {
        use engine::Format::{Html, Jupyter, Markdown, Percent};
        use engine::formats::{html, ipynb, markdown, percent};
        let document = self.document();
        let text = match format {
            Percent => percent::write(&document.notebook),
            Jupyter => ipynb::write(&document),
            Markdown => markdown::write(&document.notebook),
            Html => {
                spawn_local(async move {
                    if has_formulas(&document) {
                        crate::editor::wait_for_maths().await;
                    }
                    let link = engine::link::encode(&document.notebook);
                    let help = html::Help {
                        markdown: &crate::editor::harmless_markdown,
                        latex: &crate::editor::harmless_latex,
                        sanitise: &crate::editor::harmless_html,
                        // Mail programs and file viewers cut longer addresses.
                        live: (link.len() < 30_000)
                            .then(|| format!("{}{link}", crate::browser::home())),
                    };
                    save(&document, format, &html::write(&document, &help));
                });
                return;
            }
        };
        save(&document, format, &text);
    }

    fn add(&self, kind: Kind, source: &str, at: usize) {
        let cell = self.session.borrow().notebook().new_cell(kind, source);
        let id = cell.id;
        self.dispatch(Event::Edit(Edit::Insert { at, cell }));
        self.page.selected.set(Some(id));
    }

    fn person_runs(&self, event: Event) {
        self.dispatch(event);
        if self.session.borrow().is_active() {
            self.run_began.set(Some(now()));
            self.said_running.set(false);
        }
    }

    /// Warns the person.
    pub fn warn(&self, text: String) {
        self.notify(Severity::Warning, text, false);
    }

    fn notify(&self, severity: Severity, text: String, undo: bool) {
        if undo {
            self.page.undoes_cells.set(true);
        }
        self.page.notice.set(Some(Notice {
            severity,
            text,
            undo,
        }));
    }

    fn hear(&self, event: KernelEvent) {
        match event {
            KernelEvent::Progress(what, done, total) => {
                let mb = |bytes: f64| format!("{:.1}", bytes / 1e6);
                let text = format!("{what} {} of {} MB", mb(done), mb(total));
                *self.step.borrow_mut() = (text, Some(done / total.max(1.0)));
                self.ask_frame();
            }
            KernelEvent::Message(id, message, buffers) => {
                match &message {
                    FromWorker::Booting { step } => *self.step.borrow_mut() = (step.clone(), None),
                    FromWorker::Ready { .. } => {
                        *self.step.borrow_mut() = (String::new(), None);
                        crate::browser::mark("rivulet:kernel-ready", None);
                        self.hand_over_files();
                        crate::offline::keep_what_was_fetched();
                    }
                    FromWorker::Installed { .. } => {
                        *self.step.borrow_mut() = (String::new(), None);
                        crate::offline::keep_what_was_fetched();
                    }
                    FromWorker::InstallFailed { message, .. } => {
                        self.notify(Severity::Warning, message.clone(), false);
                    }
                    FromWorker::Died { message } => {
                        message.clone_into(&mut self.trouble.borrow_mut());
                    }
                    _ => {}
                }
                *self.buffers.borrow_mut() = buffers;
                self.dispatch(Event::Kernel(id, message));
                self.buffers.borrow_mut().clear();
            }
            KernelEvent::Silent(silent) => {
                self.is_silent.set(silent);
                self.ask_frame();
            }
            KernelEvent::Lost(id, message) => {
                message.clone_into(&mut self.trouble.borrow_mut());
                self.dispatch(Event::KernelLost(id, message));
            }
            KernelEvent::PackagesFailed(id, packages, message) => {
                self.notify(Severity::Warning, message, false);
                *self.step.borrow_mut() = (String::new(), None);
                self.dispatch(Event::PackagesFailed(id, packages));
            }
        }
    }

    fn dispatch(&self, event: Event) {
        let effects = self.session.borrow_mut().handle(event);
        for effect in effects {
            self.perform(effect);
        }
        self.ask_frame();
    }
}

/// Offers a text as a file of this format.
fn save(document: &engine::Document, format: engine::Format, text: &str) {
    let title = &document.notebook.title;
    crate::files::save(title, format.extension(), format.mime(), text.as_bytes());
}

/// Whether there may be formulas in the texts and outputs.
fn has_formulas(document: &engine::Document) -> bool {
    let is_one = |text: &str| text.contains(['$', '\\']);
    let mut cells = document.notebook.cells().iter();
    let mut items = document.outputs.values().flat_map(|outputs| &outputs.items);
    cells.any(|cell| cell.kind == Kind::Markdown && is_one(&cell.source))
        || items.any(|item| match item {
            engine::Item::Value { forms, .. } => forms
                .iter()
                .any(|(mime, _)| mime == "text/latex" || mime == "text/markdown"),
            _ => false,
        })
}
