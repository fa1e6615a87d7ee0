//! The shell: owns an open notebook's session. Events go in by [`Shell::dispatch`]; its effects are
//! carried out by hands, each with its own state, and here is the one place that knows them all.
//!
//! Nothing here waits for the screen but painting itself: messages are handled as they come, also
//! while the page is hidden.

mod actions;
mod cells;
mod fetching;
mod files;
mod folder;
mod hold;
mod kernel;
mod names;
mod network;
pub mod open;
mod painter;
mod permissions;
mod questions;
mod requests;
mod saver;
mod sources;
mod speech;
mod tabs;

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::rc::{Rc, Weak};
use std::sync::Arc;

use engine::diagnostic::Severity;
use engine::fixes::{self, Way};
use engine::outputs::Buffers;
use engine::packages::Catalog;
use engine::recorder::{Cue, Recorder, Story};
use engine::session::{Settled, Stored};
use engine::{
    CellView, Document, Edit, Effect, Evaluation, Event, Notebook, OutputView, Problem, Reversal,
    Session,
};
use gloo_events::EventListener;
use gloo_timers::callback::{Interval, Timeout};
use js_sys::ArrayBuffer;
use leptos::prelude::*;
use protocol::{Answer, CellId, FromWorker, Question, Request, Response, ToWorker};
use wasm_bindgen_futures::spawn_local;

use crate::broker;
use crate::browser;
use crate::embed::{self, Place};
use crate::kernel::{KernelEvent, Silence};
use crate::page::{
    Action, Asked, Host, Listed, Notice, Page, Progress, Respond, Role, Saved, StopCost,
};
use crate::store::{Origin, Store, Unsaved, Writer};
use crate::tabs::{Channel, TabMessage};
use cells::{Cells, update};
use fetching::Fetches;
pub use files::Files;
use folder::Folder;
use hold::{Hold, Verdict};
use kernel::KernelHand;
use names::Pointer;
use network::Wanted;
use painter::Painter;
use permissions::Permissions;
use questions::Questions;
use requests::{RequestId, Requests};
use saver::Saver;
use sources::Described;
use speech::Speech;
use tabs::{Received, Tab, Views};

/// How often what only time brings is looked after, in milliseconds: the time that a run takes.
const TICK: u32 = 100;
/// After how many of these times outputs are stored and "still running" is said.
const SLOW: u32 = 4;
/// How long nothing must be typed before long code is read, in milliseconds.
const PAUSE: u32 = 300;

/// The shell of an open notebook.
pub struct Shell {
    /// Itself, for what comes later.
    itself: Weak<Self>,
    pub page: Page,
    session: RefCell<Session>,
    cells: RefCell<Cells>,
    painter: RefCell<Painter>,
    recorder: RefCell<Recorder>,
    saver: RefCell<Saver>,
    kernel: RefCell<KernelHand>,
    tab: RefCell<Tab>,
    hold: RefCell<Hold>,
    files: RefCell<Files>,
    folder: RefCell<Folder>,
    /// Whether it is known what is stored beside the notebook.
    has_recalled: Cell<bool>,
    questions: RefCell<Questions>,
    requests: RefCell<Requests>,
    permissions: RefCell<Permissions>,
    /// Where packages come from, for the kernel, where the person is still asked.
    described: RefCell<BTreeMap<RequestId, Described>>,
    fetches: RefCell<Fetches>,
    pointer: RefCell<Pointer>,
    speech: RefCell<Speech>,
    ticks: Cell<u32>,
    /// Reads long code once the typing pauses.
    reading: RefCell<Option<Timeout>>,
    _clock: Interval,
    _listeners: [EventListener; 2],
}

/// What a shell starts with.
pub struct Start {
    pub session: Session,
    /// `None` where the browser stores nothing.
    pub writer: Option<Writer>,
    pub saved: Saved,
    pub role: Role,
    /// The person's newest copy of what is opened.
    pub copy: Option<Listed>,
    /// What it will be a copy of, where nothing writes it yet.
    pub origin: Option<Origin>,
}

impl Shell {
    /// Takes over a session and shows it.
    pub fn start(start: Start) -> Rc<Self> {
        let shell = Rc::new_cyclic(|itself| Self::new(itself, start));
        shell.show_all(&BTreeMap::new());
        shell.paint();
        let is_own = embed::place() == Place::Own;
        if shell.page.eager.get_untracked() && is_own && !shell.follows() {
            shell.dispatch(Event::Restart);
        }
        shell
    }

    fn new(itself: &Weak<Self>, start: Start) -> Self {
        let owner = Owner::new();
        let host: Weak<dyn Host> = itself.clone();
        let notebook = start.session.notebook();
        let page = owner.with(|| Page::new(notebook, start.saved, start.role, host));
        page.copy.set(start.copy);
        let saver = Saver::new(start.writer, start.origin);
        page.has_original.set(saver.origin().is_some());
        let channel = saver.key().and_then(|key| Self::channel(itself, &key));
        let tab = match start.role {
            Role::Writes => Tab::writer(channel),
            Role::Follows => Tab::follower(channel, views(&start.session)),
        };
        let listeners = [
            on_document(itself, "visibilitychange", |shell, _| {
                // A frame that was requested before the page was hidden may never come.
                shell.painter.borrow_mut().frame_came();
                shell.refresh();
            }),
            on_window(itself, "pageshow", |shell, event| {
                if browser::is_kept(event) {
                    shell.came_back();
                }
            }),
        ];
        Self {
            itself: itself.clone(),
            page,
            session: RefCell::new(start.session),
            cells: RefCell::new(Cells::new(page, owner)),
            painter: RefCell::new({
                let frame = later(itself, |shell, ()| {
                    shell.painter.borrow_mut().frame_came();
                    shell.paint();
                });
                Painter::new(move || frame(()))
            }),
            recorder: RefCell::default(),
            saver: RefCell::new(saver),
            kernel: RefCell::new(KernelHand::new(later(itself, Self::kernel_event))),
            tab: RefCell::new(tab),
            hold: RefCell::new(Hold::new()),
            files: RefCell::default(),
            folder: RefCell::default(),
            has_recalled: Cell::new(false),
            questions: RefCell::default(),
            requests: RefCell::default(),
            permissions: RefCell::default(),
            described: RefCell::default(),
            fetches: RefCell::default(),
            pointer: RefCell::default(),
            speech: RefCell::default(),
            ticks: Cell::new(0),
            reading: RefCell::default(),
            _clock: {
                let tick = later(itself, |shell, ()| shell.tick());
                Interval::new(TICK, move || tick(()))
            },
            _listeners: listeners,
        }
    }

    /// Gets the list of the site's packages, which only a run needs.
    pub async fn load_catalog(&self) {
        match open::packages().await {
            Ok(packages) => {
                self.dispatch(Event::Catalog(
                    Catalog::new(packages).reaching_out(sources::are_built()),
                ));
                self.page.knows_packages.set(true);
            }
            Err(message) => self.warn(message),
        }
    }

    // Events and effects.

    /// Takes in an event, and carries out what follows from it.
    pub fn dispatch(&self, event: Event) {
        let cue = Cue::of(&event, &self.session.borrow());
        let effects = self.session.borrow_mut().handle(event);
        if !self.follows() {
            let (session, now) = (self.session.borrow(), browser::date());
            let mut recorder = self.recorder.borrow_mut();
            recorder.record(&cue, &effects, &session, now);
        }
        for effect in effects {
            self.perform(effect);
        }
        self.refresh();
    }

    fn perform(&self, effect: Effect) {
        match effect {
            // A tab that follows has no Python, shows what the writer shows, and stores nothing.
            Effect::StartKernel(_)
            | Effect::Post(_)
            | Effect::Fetch(_)
            | Effect::Request(..)
            | Effect::Show(..)
            | Effect::Evaluation(_)
            | Effect::Plan(_)
                if self.follows() => {}
            Effect::StartKernel(id) => {
                self.cells
                    .borrow()
                    .ids()
                    .into_iter()
                    .for_each(|cell| self.forget_fetches(cell));
                self.questions.borrow_mut().give_up();
                self.requests.borrow_mut().clear(&self.cells.borrow());
                self.described.borrow_mut().clear();
                self.folder.borrow_mut().forget_python();
                self.kernel.borrow_mut().start(id);
            }
            Effect::Post(message) => self.post(message),
            Effect::Fetch(packages) => {
                let id = self.session.borrow().kernel_id();
                self.kernel.borrow().fetch(id, packages);
            }
            Effect::Show(cell, view) => self.push_views([(cell, view)]),
            Effect::Output(cell) => self.painter.borrow_mut().push_output(cell),
            Effect::Request(cell, run, request, asked, buffers) => {
                self.take_request(cell, (run, request), asked, &buffers);
            }
            Effect::Ended(cell, run, _) => {
                let cells = self.cells.borrow();
                self.requests.borrow_mut().ended(cell, run, &cells);
                drop(cells);
                self.described.borrow_mut().retain(|id, _| id.0 != run);
                self.forget_fetches(cell);
            }
            Effect::Evaluation(cell) => self.saver.borrow_mut().push_evaluation(cell),
            Effect::Plan(plan) => {
                let session = self.session.borrow();
                self.saver.borrow_mut().store_plan(plan, &session);
            }
            Effect::Journal { edit, undoes } => {
                self.show_widgets(&edit);
                self.journal(&edit, undoes);
            }
            Effect::Structure => self.show_structure(),
            Effect::Names(cells) => {
                self.cells
                    .borrow()
                    .show_names(&self.session.borrow(), cells);
            }
            Effect::Answer(ask, answer) => self.questions.borrow_mut().answered(ask, answer),
            Effect::Settled(settled) => self.settled(&settled),
        }
    }

    /// Shows where widgets stand after an edit: the page is told of what was moved elsewhere.
    fn show_widgets(&self, edit: &Edit) {
        match edit {
            Edit::Widget { widget, held } => self.page.widgets.set(*widget, held.clone()),
            Edit::Replace { .. } | Edit::Group { .. } => {
                self.page
                    .widgets
                    .show(self.session.borrow().notebook().widgets());
            }
            _ => {}
        }
    }

    fn settled(&self, settled: &Settled) {
        self.saver.borrow_mut().settle(&self.session.borrow());
        self.list_variables();
        self.list_files();
        self.speech.borrow_mut().run_ended();
        let number = |id| self.page.number_of(id);
        let session = self.session.borrow();
        let outcome = |id| Some(session.evaluation(id)?.outcome.clone());
        if let Some(text) = speech::summary(settled, number, outcome) {
            self.page.spoken.set(text);
        }
    }

    // What is said.

    /// Warns the person.
    pub fn warn(&self, text: String) {
        self.notify(Severity::Warning, text, None);
    }

    fn note(&self, text: &str) {
        self.notify(Severity::Note, text.to_owned(), None);
    }

    fn notify(&self, severity: Severity, text: String, undo: Option<Reversal>) {
        self.page.notice.set(Some(Notice {
            severity,
            text,
            undo,
        }));
    }

    // Showing.

    /// Shows what has changed: in the next frame, or at once if nobody is looking, since then no frame
    /// comes.
    fn refresh(&self) {
        if browser::is_hidden() {
            self.paint();
        } else {
            self.painter.borrow_mut().request_frame();
        }
    }

    fn paint(&self) {
        let outputs = |id| self.output(id);
        let painted = self
            .painter
            .borrow_mut()
            .paint(&self.cells.borrow(), &outputs);
        if !painted.views.is_empty() {
            let mut recorder = self.recorder.borrow_mut();
            recorder.painted(&painted.views, browser::date());
        }
        self.tab.borrow_mut().share_painted(painted);
        self.show_kernel();
        if self.painter.borrow().has_more() {
            self.refresh();
        } else {
            self.kernel.borrow().painted();
        }
    }

    /// Shows the session as if nothing of it had been shown; cells as they are in another tab, where
    /// that is known.
    fn show_all(&self, elsewhere: &BTreeMap<CellId, CellView>) {
        self.show_structure();
        let (session, cells) = (self.session.borrow(), self.cells.borrow());
        let ids = cells.ids();
        let view = |id: &CellId| {
            let elsewhere = elsewhere.get(id).cloned();
            elsewhere.unwrap_or_else(|| session.view(*id))
        };
        self.push_views(ids.iter().map(|id| (*id, view(id))));
        for id in &ids {
            self.painter.borrow_mut().push_output(*id);
        }
        cells.show_names(&session, ids);
    }

    fn show_structure(&self) {
        let session = self.session.borrow();
        let change = self.cells.borrow_mut().show_structure(&session);
        let mut painter = self.painter.borrow_mut();
        for id in change.came {
            painter.push_output(id);
        }
        for id in change.gone {
            painter.forget(id);
            self.recorder.borrow_mut().forget(id);
        }
    }

    /// Shows how the kernel is, what Stop would cost, and how far a long run is.
    fn show_kernel(&self) {
        let session = self.session.borrow();
        // Idle is not announced before the last outcome is painted.
        let is_due = self.painter.borrow().is_due();
        let view = self.kernel.borrow().view(session.kernel(), is_due);
        update(self.page.kernel, view);
        let is_active = session.is_active();
        let stop = is_active.then(|| StopCost {
            values: session.values(),
        });
        update(self.page.stop, stop);
        let (done, left) = session.progress();
        let planned = done + left;
        let is_told = is_active && planned > 1 && self.speech.borrow().is_long();
        update(
            self.page.progress,
            is_told.then_some(Progress { done, planned }),
        );
    }

    /// Looks after what only time brings.
    fn tick(&self) {
        // A tab that follows asks for more; one that has gone, or is of an older release, does not.
        self.tab.borrow_mut().send_next();
        self.painter.borrow().show_elapsed(&self.cells.borrow());
        self.ticks.set(self.ticks.get().wrapping_add(1));
        if !self.ticks.get().is_multiple_of(SLOW) {
            return;
        }
        self.store_evaluations();
        if self.saver.borrow().is_slow(browser::now()) {
            let text = format!("{} Your last changes are not stored yet.", Store::silent());
            update(self.page.saved, Saved::Failed(text));
        }
        if self.session.borrow().is_active() {
            // What the person is asked is not talked over.
            let is_asked = !self.requests.borrow().is_empty();
            if let (false, Some(text)) = (is_asked, self.speech.borrow_mut().tick()) {
                self.page.spoken.set(text.to_owned());
            }
            self.refresh();
        }
    }

    // The kernel.

    fn kernel_event(&self, event: KernelEvent) {
        match event {
            KernelEvent::Progress(id, step) => self.dispatch(Event::Progress(id, step)),
            KernelEvent::Message(id, message @ FromWorker::Ready { .. }, _) => {
                self.kernel_ready(id, message);
            }
            KernelEvent::Message(_, FromWorker::Content { read, size }, buffers) => {
                self.receive_content(read, size, buffers);
            }
            KernelEvent::Message(id, message, buffers) => {
                self.before_message(&message);
                self.dispatch(Event::Kernel(id, message, buffers));
            }
            KernelEvent::Silent(id, silence) => {
                self.kernel.borrow_mut().is_silent(silence);
                self.dispatch(Event::Silent(id, silence != Silence::None));
            }
            KernelEvent::Lost(id, message) => self.dispatch(Event::KernelLost(id, message)),
            KernelEvent::PackagesFailed(id, packages, message) => {
                self.warn(message.clone());
                self.dispatch(Event::PackagesFailed(id, packages, message));
            }
        }
    }

    fn before_message(&self, message: &FromWorker) {
        match message {
            FromWorker::Ready { .. } => {
                browser::mark("rivulet:kernel-ready", None);
                crate::offline::keep_what_was_fetched();
            }
            FromWorker::Installed { .. } => crate::offline::keep_what_was_fetched(),
            FromWorker::InstallFailed { packages } => {
                // Names that the page asked for; others are not repeated.
                let session = self.session.borrow();
                let names: Vec<String> = session.installing(packages).cloned().collect();
                drop(session);
                if !names.is_empty() {
                    let names = names.join(", ");
                    self.warn(format!("{names} could not be unpacked, so that an import of it fails. Run the cell again; if that does not help, reload the page."));
                }
            }
            _ => {}
        }
    }

    /// A run asks for something.
    fn take_request(&self, cell: CellId, id: RequestId, asked: Request, buffers: &Buffers) {
        match asked {
            Request::Input { prompt, secret } => {
                let question = crate::page::Question::Input { prompt, secret };
                self.ask_person(cell, Asked { id, question }, None);
            }
            Request::Fetch {
                url,
                method,
                headers,
                body,
            } => {
                let wanted = Wanted {
                    url,
                    method,
                    headers,
                    body,
                };
                self.want_site(cell, id, wanted, buffers);
            }
            Request::File { path } => self.want_file(id, &path),
            Request::Packages { names } => self.want_packages(cell, id, &names),
            Request::Wheel { url, sha256 } => self.want_wheel(cell, id, url, sha256),
        }
    }

    /// Asks the person in the cell.
    fn ask_person(&self, cell: CellId, asked: Asked, request: Option<broker::Request>) {
        let number = self.page.number_of(cell);
        self.page.spoken.set(requests::words(number, &asked));
        let cells = self.cells.borrow();
        self.requests.borrow_mut().ask(cell, asked, request, &cells);
    }

    /// Responds to a request of a run.
    fn respond(&self, id: RequestId, response: Response, buffers: &[ArrayBuffer]) {
        let (run, request) = id;
        self.requests.borrow_mut().close(id, &self.cells.borrow());
        let message = ToWorker::Respond {
            run,
            request,
            response,
        };
        self.kernel.borrow().post(&message, buffers);
        self.dispatch(Event::Responded(run, request));
    }

    /// Lists the variables anew, if somebody looks at them.
    fn list_variables(&self) {
        if !self.page.watches_variables.get_untracked() {
            return;
        }
        let page = self.page;
        let question = Question::Variables {
            names: None,
            limit: questions::VARIABLES,
        };
        self.ask_python(
            question,
            Box::new(move |answer| {
                if let Some(Answer::Variables { variables, hidden }) = answer {
                    page.variables.set(Some((variables, hidden)));
                }
            }),
        );
    }

    // What is stored.

    /// Begins to store an edit in this very task.
    fn journal(&self, edit: &Edit, undoes: bool) {
        if self.follows() {
            return;
        }
        let was_stored = self.saver.borrow().key().is_some();
        let saving = self
            .saver
            .borrow_mut()
            .edit(edit, undoes, &self.session.borrow());
        let Some(saving) = saving else {
            return;
        };
        self.tab.borrow().share(|| TabMessage::Edit(edit.clone()));
        let key = self.saver.borrow().key();
        if let (false, Some(key)) = (was_stored, key) {
            self.became_stored(key);
        }
        update(self.page.saved, Saved::Saving);
        let ended = later(&self.itself, Self::save_ended);
        spawn_local(async move { ended(saving.await) });
    }

    fn save_ended(&self, result: Result<(), Unsaved>) {
        if result == Err(Unsaved::Overtaken) {
            return self.overtaken();
        }
        self.saver.borrow_mut().ended(result);
        if !self.follows() {
            update(self.page.saved, self.saver.borrow().state());
        }
    }

    /// The browser's storage answers after all: what was edited so far is stored, as a notebook of its
    /// own, and so is what follows.
    pub fn join(&self, store: &Store) {
        if self.saver.borrow().writer().is_some() {
            return;
        }
        let has_unwritten = self.saver.borrow_mut().join(store);
        update(self.page.saved, Saved::Untouched);
        if has_unwritten {
            // The first edit stores the whole notebook, whatever it changes itself.
            let title = self.page.title.get_untracked();
            self.journal(&Edit::Title { title }, false);
        }
    }

    /// The browser's storage cannot be had, for another reason than was said before.
    pub fn stays_unsaved(&self, message: String) {
        if self.saver.borrow().writer().is_none() {
            update(self.page.saved, Saved::Failed(message));
        }
    }

    /// A new notebook has got its key: nobody else knows it, so the lock is free.
    fn became_stored(&self, key: String) {
        // From now on the address names the stored notebook, so that a reload finds it.
        let mode = if browser::is_app() { browser::APP } else { "" };
        browser::replace_address(&format!("?n={key}{mode}"));
        browser::ask_persistence();
        self.evaluations_changed(self.cells.borrow().ids());
        self.store_attachments();
        *self.tab.borrow_mut() = Tab::writer(Self::channel(&self.itself, &key));
        let itself = self.itself.clone();
        spawn_local(async move {
            let lost = later(&itself, |shell: &Self, ()| shell.lock_lost(1));
            crate::tabs::acquire(&key, false, move || lost(())).await;
        });
    }

    fn store_evaluations(&self) {
        self.saver
            .borrow_mut()
            .store_evaluations(&self.session.borrow());
    }

    /// What these cells were opened with is another now: opening has made it whole.
    fn evaluations_changed(&self, cells: impl IntoIterator<Item = CellId>) {
        for cell in cells {
            self.saver.borrow_mut().push_evaluation(cell);
        }
    }

    /// Takes a version for the history.
    pub fn take_version(&self, reason: &str) {
        let session = self.session.borrow();
        self.saver.borrow().take_version(reason, session.notebook());
    }

    /// What a cell shows of its runs.
    fn output(&self, id: CellId) -> Option<Arc<OutputView>> {
        match &*self.tab.borrow() {
            Tab::Writer { .. } => Some(Arc::new(self.session.borrow().output_view(id))),
            Tab::Follower { outputs, .. } => outputs.get(&id).cloned(),
        }
    }

    /// The notebook with the last evaluations of its cells; in a tab that follows, with what it shows
    /// of them.
    fn document(&self) -> Document {
        let evaluations = match &*self.tab.borrow() {
            Tab::Writer { .. } => self.session.borrow().evaluations().clone(),
            Tab::Follower { outputs, .. } => evaluations(outputs),
        };
        Document {
            notebook: self.notebook(),
            evaluations,
        }
    }

    // The other tabs.

    pub fn follows(&self) -> bool {
        self.tab.borrow().follows()
    }

    fn channel(itself: &Weak<Self>, key: &str) -> Option<Channel> {
        Channel::open(key, later(itself, Self::tab_message))
    }

    fn tab_message(&self, message: TabMessage) {
        let received = self.tab.borrow_mut().receive(message);
        match received {
            Received::Nothing => return,
            Received::SendNext => return self.tab.borrow_mut().send_next(),
            Received::SendState => {
                let (notebook, shown) = (self.notebook(), self.cells.borrow().views());
                let outputs = views(&self.session.borrow());
                return self.tab.borrow_mut().share_state(notebook, shown, outputs);
            }
            Received::Open(notebook, views) => {
                *self.session.borrow_mut() =
                    Session::open(notebook, Stored::default(), Catalog::default());
                self.page
                    .widgets
                    .show(self.session.borrow().notebook().widgets());
                self.show_all(&views);
            }
            Received::Edit(Edit::Source { cell, source }) => self.set_source(cell, source),
            Received::Edit(edit) => self.dispatch(Event::Edit(edit)),
            Received::Views(views) => self.push_views(views),
            Received::Output(cell) => self.painter.borrow_mut().push_output(cell),
        }
        self.refresh();
    }

    fn push_views(&self, views: impl IntoIterator<Item = (CellId, CellView)>) {
        let (mut painter, mut recorder) = (self.painter.borrow_mut(), self.recorder.borrow_mut());
        for (cell, view) in views {
            recorder.told(cell, &view);
            painter.push(cell, view);
        }
    }

    /// The page is back from where the browser keeps pages for its Back button.
    fn came_back(&self) {
        self.tab.borrow().rejoin();
        self.check_lock();
    }

    /// The lock of a request was taken away: by another tab, or by the browser.
    fn lock_lost(&self, request: u32) {
        self.hold.borrow_mut().lost(request);
        self.check_lock();
    }

    /// Acquires the lock again if it is free. If another tab has it, that one writes from now on.
    fn check_lock(&self) {
        let Some(key) = self.saver.borrow().key().filter(|_| !self.follows()) else {
            return;
        };
        let Some(request) = self.hold.borrow_mut().request() else {
            return;
        };
        let itself = self.itself.clone();
        spawn_local(async move {
            let lost = later(&itself, move |shell: &Self, ()| shell.lock_lost(request));
            let lock = crate::tabs::acquire(&key, false, move || lost(())).await;
            if let Some(shell) = itself.upgrade() {
                let verdict = shell.hold.borrow_mut().answered(request, lock);
                match verdict {
                    Verdict::Regained => shell.lock_regained().await,
                    Verdict::Unchanged => {}
                    Verdict::Unclear => shell.check_lock(),
                    Verdict::Taken => shell.overtaken(),
                }
            }
        });
    }

    /// The lock was free, but another tab may have written meanwhile and be gone: then this page is an
    /// older one, and opens anew.
    async fn lock_regained(&self) {
        let writer = self.saver.borrow().writer().cloned();
        if let Some(writer) = writer
            && writer.fence().await == Err(Unsaved::Overtaken)
        {
            self.take_version("in the tab that was overtaken");
            browser::reload();
        }
    }

    /// Another tab writes the notebook from now on. What this tab could not store any more is kept as a
    /// version.
    fn overtaken(&self) {
        if self.follows() {
            return;
        }
        self.take_version("in the tab that was overtaken");
        self.kernel.borrow_mut().end();
        self.questions.borrow_mut().give_up();
        self.requests.borrow_mut().clear(&self.cells.borrow());
        self.described.borrow_mut().clear();
        let stopped = self.session.borrow_mut().handle(Event::Stop);
        self.push_views(stopped.into_iter().filter_map(|effect| match effect {
            Effect::Show(cell, view) => Some((cell, view)),
            _ => None,
        }));
        let outputs = views(&self.session.borrow());
        self.tab.borrow_mut().become_follower(outputs);
        // Nothing runs here any more, and there is no Python.
        let session = Session::open(self.notebook(), Stored::default(), Catalog::default());
        *self.session.borrow_mut() = session;
        self.page.role.set(Role::Follows);
        update(self.page.saved, Saved::Done);
        self.refresh();
    }
}

impl Host for Shell {
    fn act(&self, action: Action) {
        self.carry_out(action);
    }

    fn ask_python(&self, question: Question, respond: Respond) {
        let session = self.session.borrow();
        let is_free = session.is_kernel_up() && !session.is_active();
        if !is_free || self.follows() || self.kernel.borrow().has_questions() {
            return respond(None);
        }
        let message = self.questions.borrow_mut().ask(question, respond);
        self.kernel.borrow().post(&message, &[]);
    }

    fn fixes(&self, problem: &Problem) -> Vec<(Way, String)> {
        fixes::ways(&self.session.borrow(), problem)
    }

    fn notebook(&self) -> Notebook {
        self.session.borrow().notebook().clone()
    }

    fn original(&self) -> Option<Notebook> {
        let saver = self.saver.borrow();
        saver.origin().map(|origin| origin.notebook.clone())
    }

    fn deleted_cells(&self) -> Vec<(usize, engine::Cell)> {
        let session = self.session.borrow();
        let undoable = session.undoable().iter().rev();
        let deleted = undoable.filter_map(|edit| match edit {
            Edit::Insert { at, cell } => Some((*at, cell.clone())),
            _ => None,
        });
        deleted
            .filter(|(_, cell)| session.notebook().cell(cell.id).is_none())
            .collect()
    }

    fn files(&self) -> Vec<String> {
        self.files.borrow().names()
    }

    fn story(&self, cell: CellId) -> Option<Story> {
        if self.follows() {
            return None;
        }
        let session = self.session.borrow();
        let number = |id| session.notebook().place(id).map_or(0, |at| at + 1);
        Some(self.recorder.borrow().story(&session, cell, &number))
    }

    fn stored_at(&self) -> Option<(Store, String)> {
        self.saver.borrow().place()
    }
}

/// What the cells show of their runs.
fn views(session: &Session) -> Views {
    let cells = session.notebook().cells().iter();
    cells
        .map(|cell| (cell.id, Arc::new(session.output_view(cell.id))))
        .collect()
}

/// What a tab that follows knows of evaluations.
fn evaluations(shown: &Views) -> BTreeMap<CellId, Evaluation> {
    let shown = shown.iter();
    let shown = shown.filter(|(_, view)| !view.items.is_empty() || view.error.is_some());
    shown
        .map(|(id, view)| {
            (
                *id,
                Evaluation::of_file(view.items.clone(), view.error.clone()),
            )
        })
        .collect()
}

/// A function for later; it does nothing once the shell is gone.
fn later<T>(shell: &Weak<Shell>, act: impl Fn(&Shell, T) + 'static) -> impl Fn(T) + 'static {
    let shell = shell.clone();
    move |value| {
        if let Some(shell) = shell.upgrade() {
            act(&shell, value);
        }
    }
}

fn on_window(
    shell: &Weak<Shell>,
    event: &'static str,
    act: impl Fn(&Shell, &web_sys::Event) + 'static,
) -> EventListener {
    listen(&browser::window(), shell, event, act)
}

fn on_document(
    shell: &Weak<Shell>,
    event: &'static str,
    act: impl Fn(&Shell, &web_sys::Event) + 'static,
) -> EventListener {
    listen(&browser::document(), shell, event, act)
}

fn listen(
    target: &web_sys::EventTarget,
    shell: &Weak<Shell>,
    event: &'static str,
    act: impl Fn(&Shell, &web_sys::Event) + 'static,
) -> EventListener {
    let shell = shell.clone();
    EventListener::new(target, event, move |event| {
        if let Some(shell) = shell.upgrade() {
            act(&shell, event);
        }
    })
}
