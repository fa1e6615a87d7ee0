//! What the components read and what they may ask for: signals, actions and requests.
//!
//! Components never set a signal of this page; they call [`Page::act`]. The shell owns the
//! session, and sets a cell's signals only when that cell changed.

use std::rc::{Rc, Weak};
use std::sync::Arc;

use engine::analysis::Span;
use engine::diagnostic::Severity;
use engine::fixes::Way;
use engine::markdown::Pictures;
use engine::outputs::Picture;
use engine::packages::elsewhere::Fetching;
use engine::recorder::Story;
use engine::session::Phase;
use engine::{
    Cell, CellView, Diagnostic, Edit, Hidden, Kind, Layout, Mode, Need, Notebook, OutputView,
    Patience, Problem, Reversal,
};
use leptos::prelude::*;
use protocol::{Answer, CellId, Held, RunId, Variable};
use serde::{Deserialize, Serialize};

use crate::browser;
use crate::store::Store;
use crate::widgets::Values;

/// The open notebook as the page shows it.
#[derive(Debug, Clone, Copy)]
pub struct Page {
    /// The notebook's title.
    pub title: RwSignal<String>,
    /// Whether dependents run by themselves.
    pub mode: RwSignal<Mode>,
    /// Whether Python starts as soon as the notebook opens.
    pub eager: RwSignal<bool>,
    /// Whether it is shown as an app: what its cells put out, without code and tools.
    pub app: RwSignal<bool>,
    /// How it is arranged as an app.
    pub layout: RwSignal<Layout>,
    /// The cells in document order; set only when cells come, go or move.
    pub cells: RwSignal<Vec<CellSignals>>,
    /// How the kernel is.
    pub kernel: RwSignal<KernelView>,
    /// Whether the newest edit is stored.
    pub saved: RwSignal<Saved>,
    /// How far the person's last run is; `None` when nothing runs, or not long enough to tell.
    pub progress: RwSignal<Option<Progress>>,
    /// What Stop would cost, for its button; `None` when nothing runs.
    pub stop: RwSignal<Option<StopCost>>,
    /// What the visually hidden status region says.
    pub spoken: RwSignal<String>,
    /// A sentence to the person, with an undo where there is one.
    pub notice: RwSignal<Option<Notice>>,
    /// Whether the keyboard's undo means what was just done to cells: nothing was typed since.
    pub undoes_cells: RwSignal<bool>,
    /// The cell that is selected by keyboard or pointer.
    pub selected: RwSignal<Option<CellId>>,
    /// Whether something was run or typed here: a notebook that is only looked at gets no hints.
    pub has_worked: RwSignal<bool>,
    /// Whether the site's packages are known.
    pub knows_packages: RwSignal<bool>,
    /// The person's newest copy of what is shown, while it is only looked at.
    pub copy: RwSignal<Option<Listed>>,
    /// Whether it is, or will be, a copy of an original.
    pub has_original: RwSignal<bool>,
    /// Whether nothing in it was analysed, as it stopped the page when it was opened.
    pub unanalysed: RwSignal<bool>,
    /// Whether this tab writes the notebook.
    pub role: RwSignal<Role>,
    /// Where the widgets stand.
    pub widgets: Values,
    /// The variables in Python, once somebody has asked for them; and how many more there are.
    pub variables: RwSignal<Option<(Vec<Variable>, u32)>>,
    /// Whether the variables are looked at.
    pub watches_variables: RwSignal<bool>,
    /// The files of the notebook and of the folder that Python works in.
    pub files: RwSignal<Vec<FileRow>>,
    /// Whether the files are looked at.
    pub watches_files: RwSignal<bool>,
    /// A place in a cell's source, in bytes, that is to be shown and selected.
    pub target: RwSignal<Option<(CellId, Span)>>,
    /// The name that is to be renamed.
    pub renaming: RwSignal<Option<Renaming>>,
    /// What carries out the actions and answers the requests; the page has one thread.
    host: StoredValue<Weak<dyn Host>, LocalStorage>,
}

/// The shell, as the components know it.
pub trait Host {
    /// Carries out what the person wants.
    fn act(&self, action: Action);
    /// Asks Python.
    fn ask_python(&self, question: protocol::Question, respond: Respond);
    /// The fixes of a problem, each with the words for its button.
    fn fixes(&self, problem: &Problem) -> Vec<(Way, String)>;
    /// The notebook as it is now.
    fn notebook(&self) -> Notebook;
    /// The notebook that this one is a copy of.
    fn original(&self) -> Option<Notebook>;
    /// The deleted cells that can be put back, newest first, each with its place.
    fn deleted_cells(&self) -> Vec<(usize, Cell)>;
    /// The names of the files that are kept with it.
    fn files(&self) -> Vec<String>;
    /// The story of a cell's status; `None` in a tab that follows, which knows it by sight only.
    fn story(&self, cell: CellId) -> Option<Story>;
    /// Where the notebook is stored: the store, and its key in it.
    fn stored_at(&self) -> Option<(Store, String)>;
}

/// Takes Python's answer; `None` if it is not there, or has something to run.
pub type Respond = Box<dyn FnOnce(Option<Answer>)>;

/// One cell as the page shows it.
#[derive(Debug, Clone, Copy)]
pub struct CellSignals {
    /// Its identity.
    pub id: CellId,
    /// Its place, from 1.
    pub number: RwSignal<usize>,
    /// What it holds.
    pub kind: RwSignal<Kind>,
    /// Whether there is something in it to run.
    pub is_code: RwSignal<bool>,
    /// Whether braces in its text are text.
    pub literal: RwSignal<bool>,
    /// The pictures that it holds itself.
    pub pictures: RwSignal<Arc<Pictures>>,
    /// Its source. Set by the shell when it changed in another way than by typing in its editor.
    pub source: RwSignal<Arc<str>>,
    /// Whether it is left out of runs.
    pub disabled: RwSignal<bool>,
    /// What of it is not shown to a reader.
    pub hidden: RwSignal<Hidden>,
    /// Its presented status.
    pub view: RwSignal<CellView>,
    /// What the analysis says of it.
    pub names: RwSignal<Names>,
    /// Where the name stands that is pointed at, in bytes; `true` where it is defined.
    pub uses: RwSignal<Vec<(Span, bool)>>,
    /// What is shown of its runs.
    pub outputs: RwSignal<Arc<OutputView>>,
    /// What its run asks the person, and waits for.
    pub asked: RwSignal<Option<Asked>>,
    /// What its run fetches from elsewhere.
    pub fetching: RwSignal<Fetching>,
    /// Milliseconds since it was painted as running, from half a second on; `None` before, and when
    /// it does not run.
    pub elapsed: RwSignal<Option<f64>>,
}

impl CellSignals {
    /// A cell that has not run.
    pub fn new(cell: &Cell) -> Self {
        Self {
            id: cell.id,
            number: RwSignal::new(0),
            kind: RwSignal::new(cell.kind),
            is_code: RwSignal::new(cell.kind.is_code()),
            literal: RwSignal::new(cell.literal),
            pictures: RwSignal::new(Arc::new(Pictures::of(cell.attachments()))),
            source: RwSignal::new(cell.source.clone()),
            disabled: RwSignal::new(cell.disabled),
            hidden: RwSignal::new(cell.hidden),
            view: RwSignal::new(CellView::idle()),
            names: RwSignal::new(Names::default()),
            uses: RwSignal::new(Vec::new()),
            outputs: RwSignal::new(Arc::default()),
            asked: RwSignal::new(None),
            fetching: RwSignal::default(),
            elapsed: RwSignal::new(None),
        }
    }
}

/// What a run asks the person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Asked {
    /// The run, and the number of its request.
    pub id: (RunId, u32),
    /// The question.
    pub question: Question,
}

/// A file of the notebook, or of the folder that Python works in.
#[derive(Debug, Clone, PartialEq)]
pub struct FileRow {
    /// Its path from there.
    pub name: String,
    /// Its size in bytes.
    pub size: f64,
    /// Whether it is kept with the notebook.
    pub is_kept: bool,
    /// Whether a cell has made it, or changed it since.
    pub is_written: bool,
}

/// What is asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Question {
    /// To type a line.
    Input {
        /// For what.
        prompt: String,
        /// Whether it is not to be seen.
        secret: bool,
    },
    /// To allow that packages come from elsewhere.
    Packages {
        /// Which, from where and how large, in words.
        text: String,
        /// Whether their sizes are known.
        sizes: Sizes,
    },
    /// To allow that another site is asked.
    Site {
        /// What is asked for.
        url: String,
        /// The site, by its host.
        host: String,
        /// What leave is given for: scheme, host and port.
        origin: String,
        /// Whether something is sent there.
        sends: bool,
    },
}

/// Whether it is known how large the packages are that are wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sizes {
    /// Not of all, and nobody was asked: that alone would tell another site of this notebook.
    Unasked,
    /// The other sites are asked.
    Asked,
    /// As far as they are to be known.
    Known,
}

impl Asked {
    /// What the person must do.
    pub fn need(&self) -> Need {
        match self.question {
            Question::Input { .. } => Need::Input,
            Question::Packages { .. } | Question::Site { .. } => Need::Permission,
        }
    }

    /// The question as a text.
    pub fn text(&self) -> String {
        match &self.question {
            Question::Input { prompt, .. } => prompt.clone(),
            Question::Packages { text, .. } => text.clone(),
            Question::Site { host, .. } => format!("it wants to read from {host}"),
        }
    }
}

/// What the analysis says of a cell.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Names {
    /// The names that it defines.
    pub definitions: Vec<Definition>,
    /// The names of other cells that it reads, each with the cell that defines it.
    pub references: Vec<(String, CellId)>,
    /// What is wrong with it.
    pub diagnostics: Vec<Diagnostic>,
}

/// A name that a cell defines.
#[derive(Debug, Clone, PartialEq)]
pub struct Definition {
    /// The name.
    pub name: String,
    /// The first other cell that reads it.
    pub reader: Option<CellId>,
    /// Whether it is local to the cell, as several cells define it and no other reads it.
    pub is_local: bool,
}

/// A name that is to be renamed.
#[derive(Debug, Clone, PartialEq)]
pub struct Renaming {
    /// The cell from which it is renamed.
    pub cell: CellId,
    /// The name.
    pub name: String,
    /// In how many cells it stands.
    pub cells: usize,
    /// Why the last try was refused; may be empty.
    pub refusal: String,
}

/// How the kernel is, in words.
#[derive(Debug, Clone, PartialEq)]
pub struct KernelView {
    /// The word for `data-kernel`.
    pub state: KernelWord,
    /// The step that it is at: "Python 6.1 of 9.8 MB", "loading numpy 3.0 of 6.9 MB". May be empty.
    pub step: String,
    /// The share of the step that is done, 0 to 1, where it is known.
    pub share: Option<f64>,
    /// What happened, where it is dead or does not answer. May be empty.
    pub trouble: String,
}

/// The words of `main[data-kernel]`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KernelWord {
    /// Not started.
    Off,
    /// Starting.
    Starting,
    /// Ready, with nothing to do.
    Idle,
    /// Running a cell or loading packages.
    Busy,
    /// Does not answer.
    Unresponsive,
    /// Gone.
    Dead,
}

impl KernelWord {
    /// The word, as in the page's `data-kernel`.
    pub fn word(self) -> &'static str {
        match self {
            Self::Off => "off",
            Self::Starting => "starting",
            Self::Idle => "idle",
            Self::Busy => "busy",
            Self::Unresponsive => "unresponsive",
            Self::Dead => "dead",
        }
    }
}

/// Whether the newest edit is stored in this browser.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Saved {
    /// Nothing was edited yet; this notebook is not stored (a sample, until its first edit).
    Untouched,
    /// A transaction is under way.
    Saving,
    /// The transaction of the newest edit has completed.
    Done,
    /// It cannot be stored; why.
    Failed(String),
}

/// What a tab is to its notebook.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    /// It is the one that writes it.
    Writes,
    /// Another tab writes it; this one shows what that one shows.
    Follows,
}

/// How far a run is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Progress {
    /// Cells that are done.
    pub done: usize,
    /// Cells that were planned.
    pub planned: usize,
}

/// What Stop would cost.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct StopCost {
    /// How many cells have values in Python now, which will rerun when needed.
    pub values: usize,
}

/// A sentence to the person.
#[derive(Debug, Clone, PartialEq)]
pub struct Notice {
    /// How serious.
    pub severity: Severity,
    /// The sentence.
    pub text: String,
    /// What Undo beside it takes back, where it is offered: what the sentence says, and nothing else.
    pub undo: Option<Reversal>,
}

/// What a person can ask for.
#[derive(Debug, Clone, PartialEq)]
pub enum Action {
    /// Run a cell and its dependents.
    Run(CellId),
    /// Move a widget.
    MoveWidget(Held, Phase),
    /// What is done with a slow cell when a widget is moved that it reads.
    SetPatience(CellId, Patience),
    /// Keep files of the device, and say here by which names.
    ChooseFiles(web_sys::FileList, RwSignal<Vec<String>>),
    /// Run every cell.
    RunAll,
    /// Run the stale cells and those that have not run.
    RunStale,
    /// Stop what runs, and drop what waits.
    Stop,
    /// Start Python again after it was lost.
    Restart,
    /// Give the line that a run has asked for by this request.
    Answer((RunId, u32), String),
    /// Allow what a run has asked for by this request, or not now.
    Permit((RunId, u32), bool),
    /// Ask how large the packages are that a run wants by this request.
    AskSizes((RunId, u32)),
    /// The source of a cell is now this (typing).
    Type(CellId, Arc<str>),
    /// Add a cell at a place, from 0.
    Add(Kind, usize),
    /// The output of a cell's run at this place has left this picture.
    Illustrate(CellId, RunId, usize, Picture),
    /// Delete cells.
    Delete(Vec<CellId>),
    /// Move cells that follow one another by one place: -1 up, 1 down.
    Move(Vec<CellId>, i32),
    /// Put copies of these cells at a place, from 0.
    Paste(usize, Vec<Cell>),
    /// Duplicate a cell below itself.
    Duplicate(CellId),
    /// Change what cells hold.
    SetKind(Vec<CellId>, Kind),
    /// Leave a cell out of runs, or take it in.
    Disable(CellId, bool),
    /// Take the braces of a text for text, or for values.
    SetLiteral(CellId, bool),
    /// Choose what of a cell is not shown to a reader.
    SetHidden(CellId, Hidden),
    /// Choose how the notebook is arranged as an app.
    SetLayout(Layout),
    /// Show the notebook as an app, or to be edited.
    ShowAsApp(bool),
    /// Rename the notebook.
    Rename(String),
    /// Choose whether dependents run by themselves.
    SetMode(Mode),
    /// Choose whether Python starts as soon as the notebook opens.
    SetEager(bool),
    /// Go a way out of a problem of a cell.
    Fix(CellId, Problem, Way),
    /// Say why something was not done.
    Refuse(String),
    /// Say something that was asked for.
    Say(String),
    /// Have something read aloud, where a screen reader is.
    Speak(String),
    /// Replace sources, as by typing.
    Rewrite(Edit),
    /// Add a file that cells can read.
    AddFile,
    /// Keep these files with the notebook.
    AddFiles(web_sys::FileList),
    /// Look at the files, or no longer.
    WatchFiles(bool),
    /// Keep a file that a cell has made or changed.
    KeepFile(String),
    /// Hand out a file.
    DownloadFile(String),
    /// Delete a file.
    DeleteFile(String),
    /// Give a kept file another name.
    RenameFile(String, String),
    /// Point at what stands at a place of a cell's source, in bytes; at nothing.
    Point(Option<(CellId, u32)>),
    /// Go to where the name at this place is defined, or from there to where it is read.
    GoTo(CellId, u32),
    /// Show a place in the text of a cell, in bytes, and give it the keyboard.
    Show(CellId, Span),
    /// Begin to rename what stands at this place.
    BeginRename(CellId, u32),
    /// Give the new name; `None` gives the renaming up.
    EndRename(Option<String>),
    /// The place to go to is shown.
    TargetShown,
    /// Look at the variables, or no longer.
    WatchVariables(bool),
    /// Undo the last structural edit (a deletion, a move, ...).
    Undo,
    /// Take back what a notice tells of.
    TakeBack(Reversal),
    /// Take away the notice.
    Dismiss,
    /// Select a cell.
    Select(Option<CellId>),
    /// Save the notebook as a file on the person's disk.
    Save(engine::Format),
    /// Save the notebook and its files as an archive.
    SaveZip,
    /// Put this content in the place of everything; the version before stays in the history.
    Replace(Box<Notebook>),
    /// Put a deleted cell back to its place.
    PutBack(usize, Cell),
    /// Put a cell back to what it was in the original.
    Reset(CellId),
    /// Fetch and keep on the device all that the notebook needs.
    PrepareOffline,
    /// Write the notebook in this tab; the tab that does so now follows.
    TakeOver,
}

impl Action {
    /// Whether it runs something, or writes in a cell.
    pub fn is_work(&self) -> bool {
        matches!(
            self,
            Self::Run(_)
                | Self::RunAll
                | Self::RunStale
                | Self::MoveWidget(..)
                | Self::Type(..)
                | Self::Rewrite(_)
        )
    }

    /// Whether it comes with typing, and needs nothing of what the code says.
    pub fn is_of_typing(&self) -> bool {
        matches!(
            self,
            Self::Type(..)
                | Self::Point(_)
                | Self::Select(_)
                | Self::Show(..)
                | Self::TargetShown
                | Self::Dismiss
        )
    }

    /// Whether a tab that only follows may do it.
    pub fn is_harmless(&self) -> bool {
        matches!(
            self,
            Self::Select(_)
                | Self::Dismiss
                | Self::Say(_)
                | Self::Speak(_)
                | Self::Save(_)
                | Self::SaveZip
                | Self::PrepareOffline
                | Self::TakeOver
                | Self::Point(_)
                | Self::GoTo(..)
                | Self::Show(..)
                | Self::TargetShown
                | Self::WatchVariables(_)
                | Self::WatchFiles(_)
                | Self::DownloadFile(_)
                | Self::ShowAsApp(_)
        )
    }
}

impl Page {
    /// A page that shows nothing of the notebook yet but its title.
    pub fn new(notebook: &Notebook, saved: Saved, role: Role, host: Weak<dyn Host>) -> Self {
        Self {
            title: RwSignal::new(notebook.title.clone()),
            mode: RwSignal::new(notebook.mode),
            eager: RwSignal::new(notebook.eager),
            app: RwSignal::new(browser::is_app()),
            layout: RwSignal::new(notebook.layout),
            cells: RwSignal::new(Vec::new()),
            kernel: RwSignal::new(KernelView {
                state: KernelWord::Off,
                step: String::new(),
                share: None,
                trouble: String::new(),
            }),
            saved: RwSignal::new(saved),
            progress: RwSignal::new(None),
            stop: RwSignal::new(None),
            spoken: RwSignal::new(String::new()),
            notice: RwSignal::new(None),
            undoes_cells: RwSignal::new(false),
            selected: RwSignal::new(None),
            has_worked: RwSignal::new(false),
            knows_packages: RwSignal::new(false),
            copy: RwSignal::new(None),
            has_original: RwSignal::new(false),
            unanalysed: RwSignal::new(false),
            role: RwSignal::new(role),
            widgets: Values::new(notebook.widgets()),
            variables: RwSignal::new(None),
            watches_variables: RwSignal::new(false),
            files: RwSignal::new(Vec::new()),
            watches_files: RwSignal::new(false),
            target: RwSignal::new(None),
            renaming: RwSignal::new(None),
            host: StoredValue::new_local(host),
        }
    }

    /// Asks for something to be done.
    pub fn act(&self, action: Action) {
        if let Some(host) = self.host() {
            host.act(action);
        }
    }

    /// What answers requests; `None` once the notebook is closed.
    pub fn host(&self) -> Option<Rc<dyn Host>> {
        self.host.try_with_value(Weak::upgrade).flatten()
    }

    /// A cell's number for people, from 1; 0 if it is gone.
    pub fn number_of(&self, id: CellId) -> usize {
        self.cells.with_untracked(|cells| {
            cells
                .iter()
                .position(|cell| cell.id == id)
                .map_or(0, |at| at + 1)
        })
    }
}

/// A notebook of this browser, as the home page lists it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Listed {
    /// Its key in the store, opened by `?n=KEY`.
    pub key: String,
    /// Its title.
    pub title: String,
    /// The number of its cells.
    pub cells: usize,
    /// When it was last edited: milliseconds since 1970.
    pub edited: f64,
}
