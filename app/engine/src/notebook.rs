//! The notebook: cells in order, and the edits that change it.
//!
//! An edit carries code, order and options; it has no room for a status, so that no edit can
//! change one. Every edit that was applied gives its inverse: undo is applying that.

use std::collections::BTreeMap;
use std::sync::Arc;

use protocol::{CellId, Held, WidgetId};
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// The most cells that a link or a file may hold.
pub const MOST_CELLS: usize = 2_000;

/// The most widgets whose values a notebook keeps.
pub const MOST_HELD: usize = 2_000;

/// What a file said that nobody here reads, by the format that it came from; kept for the way back.
pub type Extra = BTreeMap<String, Value>;

/// What a cell holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// Python code.
    #[default]
    Python,
    /// SQL, run by `SQLite` inside the kernel.
    Sql,
    /// Markdown text; run by the kernel only if there are values to put into it.
    Markdown,
    /// Text for another program, such as a publisher's: shown as it is, never run.
    Raw,
}

impl Kind {
    /// The word, as in the page's `data-kind`.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Python => "python",
            Self::Sql => "sql",
            Self::Markdown => "markdown",
            Self::Raw => "raw",
        }
    }

    /// Whether the kernel runs it as code.
    #[must_use]
    pub fn is_code(self) -> bool {
        matches!(self, Self::Python | Self::Sql)
    }
}

/// Whether the cells that depend on a cell run with it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Mode {
    /// They run.
    #[default]
    Reactive,
    /// They only become stale.
    Lazy,
}

/// What of a cell is not shown to a reader. Whether it runs does not depend on it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Hidden {
    /// Its code is folded.
    pub code: bool,
    /// What it puts out is folded, and not shown in an app.
    pub output: bool,
    /// All of it is left out of an app.
    pub app: bool,
}

impl Hidden {
    /// Whether all of the cell is shown.
    #[must_use]
    pub fn is_none(&self) -> bool {
        *self == Self::default()
    }
}

/// What is done with a cell whose last run took long, when a widget was moved that it depends on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Patience {
    /// The person is asked.
    #[default]
    Ask,
    /// It runs once the widget is let go.
    Release,
    /// It runs at once, as any other.
    Always,
}

impl Patience {
    #[expect(clippy::trivially_copy_pass_by_ref, reason = "serde calls it so")]
    fn is_default(&self) -> bool {
        *self == Self::default()
    }
}

/// How an app arranges what its cells show.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Layout {
    /// One below the other, as wide as a text is read well.
    #[default]
    Narrow,
    /// One below the other, as wide as the window.
    Wide,
    /// Beside each other, as many as the window holds.
    Columns,
}

impl Layout {
    /// Every layout.
    pub const ALL: [Self; 3] = [Self::Narrow, Self::Wide, Self::Columns];

    /// The word for it in files.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Narrow => "narrow",
            Self::Wide => "wide",
            Self::Columns => "columns",
        }
    }

    /// The layout of a word in a file.
    #[must_use]
    pub fn of(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|layout| layout.word() == word)
    }
}

/// One cell.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cell {
    /// Its identity.
    pub id: CellId,
    /// What it holds.
    pub kind: Kind,
    /// Its source, with `\n` between lines.
    pub source: Arc<str>,
    /// Whether it and its descendants are left out of runs.
    #[serde(default)]
    pub disabled: bool,
    /// Whether braces in its Markdown are text, as for every other tool, and not values.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub literal: bool,
    /// What of it is not shown to a reader.
    #[serde(default, skip_serializing_if = "Hidden::is_none")]
    pub hidden: Hidden,
    /// What is done with it, where it is slow, when a widget was moved.
    #[serde(default, skip_serializing_if = "Patience::is_default")]
    pub patience: Patience,
    /// What the file that it came from said beside it.
    #[serde(default, skip_serializing_if = "Extra::is_empty")]
    pub extra: Extra,
}

impl Cell {
    /// The pictures that it holds itself, by name: each an object of its data by MIME type.
    #[must_use]
    pub fn attachments(&self) -> Option<&serde_json::Map<String, Value>> {
        self.extra.get("ipynb")?.get("attachments")?.as_object()
    }
}

/// A stable hash of a cell's source: equal sources are equal code, also after an undo or a reload.
#[derive(
    Debug, Clone, Copy, Default, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize,
)]
#[serde(transparent)]
pub struct Fingerprint(pub u64);

impl Fingerprint {
    /// FNV-1a, 64 bits (<http://www.isthe.com/chongo/tech/comp/fnv/>).
    #[must_use]
    pub fn of(source: &str) -> Self {
        Self(0xcbf2_9ce4_8422_2325).and(source.as_bytes())
    }

    /// Of what was hashed so far and these bytes.
    #[must_use]
    pub fn and(self, bytes: &[u8]) -> Self {
        Self(bytes.iter().fold(self.0, |hash, byte| {
            (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3)
        }))
    }
}

/// A notebook: what is saved, shared and undone.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Notebook {
    /// Its title.
    pub title: String,
    /// Whether dependents run by themselves.
    #[serde(default)]
    pub mode: Mode,
    /// Whether Python starts as soon as the notebook opens, and not only when something needs it.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub eager: bool,
    /// How it is arranged as an app.
    #[serde(default, skip_serializing_if = "is_default")]
    pub layout: Layout,
    /// What the file that it came from said beside it.
    #[serde(default, skip_serializing_if = "Extra::is_empty")]
    pub extra: Extra,
    /// The values that its widgets were moved to, by widget.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    widgets: Vec<Held>,
    cells: Vec<Cell>,
    /// The id of the next new cell: larger than every id that was ever given.
    next: u32,
    #[serde(skip)]
    index: Index,
}

/// Where each cell is, so that finding one does not take longer in a long notebook. Follows from the
/// cells: it is not stored, and two notebooks do not differ by it.
#[derive(Debug, Clone, Default)]
struct Index(BTreeMap<CellId, usize>);

impl PartialEq for Index {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}

impl Eq for Index {}

/// One change to a notebook.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "edit", rename_all = "snake_case")]
pub enum Edit {
    /// Puts a cell at a place, 0 being the top. Its id must be new, or that of a deleted cell.
    Insert {
        /// The place; the end if it is beyond.
        at: usize,
        /// The cell.
        cell: Cell,
    },
    /// Deletes a cell.
    Delete {
        /// The cell.
        cell: CellId,
    },
    /// Moves a cell to a place, counted without it.
    Move {
        /// The cell.
        cell: CellId,
        /// The place; the end if it is beyond.
        to: usize,
    },
    /// Replaces a cell's source.
    Source {
        /// The cell.
        cell: CellId,
        /// The new source.
        source: Arc<str>,
    },
    /// Replaces the sources of several cells: a name was renamed in all of them.
    Sources {
        /// The cells, each with its new source.
        sources: Vec<(CellId, Arc<str>)>,
    },
    /// Several edits, one after the other, that are taken back together.
    Group {
        /// The edits.
        edits: Vec<Edit>,
    },
    /// Changes what a cell holds.
    Kind {
        /// The cell.
        cell: CellId,
        /// The new kind.
        kind: Kind,
    },
    /// Leaves a cell out of runs, or takes it in again.
    Disabled {
        /// The cell.
        cell: CellId,
        /// Whether it is left out.
        disabled: bool,
    },
    /// Sets whether braces in a text are text, or values.
    Literal {
        /// The cell.
        cell: CellId,
        /// Whether they are text.
        literal: bool,
    },
    /// Sets what of a cell is not shown to a reader.
    Hidden {
        /// The cell.
        cell: CellId,
        /// What is not shown.
        hidden: Hidden,
    },
    /// Renames the notebook.
    Title {
        /// The new title.
        title: String,
    },
    /// Sets whether Python starts as soon as the notebook opens.
    Eager {
        /// Whether it does.
        eager: bool,
    },
    /// Sets how the notebook is arranged as an app.
    Layout {
        /// The new layout.
        layout: Layout,
    },
    /// Puts other content in the place of everything: an earlier version, or the original.
    Replace {
        /// The new content.
        notebook: Box<Notebook>,
    },
    /// Sets whether dependents run by themselves.
    Mode {
        /// The new mode.
        mode: Mode,
    },
    /// Says what is done with a slow cell when a widget was moved.
    Patience {
        /// The cell.
        cell: CellId,
        /// What is done.
        patience: Patience,
    },
    /// A widget was moved.
    Widget {
        /// The widget.
        widget: WidgetId,
        /// Its value; `None` for the one that it is made with.
        held: Option<Held>,
    },
}

/// Why an edit could not be applied. The notebook is then as it was.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EditError {
    /// There is no such cell.
    NoSuchCell(CellId),
    /// There is a cell with this id already.
    Exists(CellId),
}

impl Edit {
    /// Whether it replaces the source of a cell, among others.
    #[must_use]
    pub fn rewrites(&self, id: CellId) -> bool {
        match self {
            Self::Source { cell, .. } => *cell == id,
            Self::Sources { sources } => sources.iter().any(|(cell, _)| *cell == id),
            Self::Group { edits } => edits.iter().any(|edit| edit.rewrites(id)),
            _ => false,
        }
    }
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde calls it so")]
fn is_default(layout: &Layout) -> bool {
    *layout == Layout::default()
}

impl Default for Notebook {
    fn default() -> Self {
        Self::new("Untitled")
    }
}

impl Notebook {
    /// An empty notebook.
    #[must_use]
    pub fn new(title: &str) -> Self {
        Self {
            title: title.to_owned(),
            mode: Mode::default(),
            eager: false,
            layout: Layout::default(),
            extra: Extra::new(),
            widgets: Vec::new(),
            cells: Vec::new(),
            next: 1,
            index: Index::default(),
        }
    }

    /// A notebook of these cells, which get the ids 1, 2, 3 and so on.
    #[must_use]
    pub fn from_sources<'a>(
        title: &str,
        sources: impl IntoIterator<Item = (Kind, &'a str)>,
    ) -> Self {
        let mut notebook = Self::new(title);
        for (kind, source) in sources {
            notebook.push(kind, source);
        }
        notebook
    }

    /// Adds a new cell at the end, and returns it to be completed.
    pub fn push(&mut self, kind: Kind, source: &str) -> &mut Cell {
        let cell = self.new_cell(kind, source);
        self.next = cell.id.0.saturating_add(1);
        let at = self.cells.len();
        self.index.0.insert(cell.id, at);
        self.cells.push(cell);
        &mut self.cells[at]
    }

    /// The cells in document order.
    #[must_use]
    pub fn cells(&self) -> &[Cell] {
        &self.cells
    }

    /// A cell by its id.
    #[must_use]
    pub fn cell(&self, id: CellId) -> Option<&Cell> {
        self.cells.get(self.place(id)?)
    }

    /// A cell's place, 0 being the top.
    #[must_use]
    pub fn place(&self, id: CellId) -> Option<usize> {
        if self.index.0.len() == self.cells.len() {
            return self.index.0.get(&id).copied();
        }
        // One that was just read from outside has no index yet.
        self.cells.iter().position(|cell| cell.id == id)
    }

    /// Notes anew where each cell is.
    pub(crate) fn reindex(&mut self) {
        let places = self.cells.iter().enumerate();
        self.index.0 = places.map(|(at, cell)| (cell.id, at)).collect();
    }

    /// A cell with an id that was never used here, for an [`Edit::Insert`].
    #[must_use]
    pub fn new_cell(&self, kind: Kind, source: &str) -> Cell {
        Cell {
            id: CellId(self.next),
            kind,
            source: Arc::from(source.replace("\r\n", "\n").replace('\r', "\n")),
            disabled: false,
            literal: false,
            hidden: Hidden::default(),
            patience: Patience::default(),
            extra: Extra::new(),
        }
    }

    /// Whether the ids are distinct and the next one is new: what a record from outside must be.
    #[must_use]
    pub fn is_sound(&self) -> bool {
        let mut ids: Vec<u32> = self.cells.iter().map(|cell| cell.id.0).collect();
        ids.sort_unstable();
        ids.windows(2).all(|pair| pair[0] < pair[1])
            && ids.last().is_none_or(|last| *last < self.next)
    }

    /// Applies an edit, and returns the edit that undoes it.
    pub fn apply(&mut self, edit: Edit) -> Result<Edit, EditError> {
        let moves = matches!(
            edit,
            Edit::Insert { .. } | Edit::Delete { .. } | Edit::Move { .. } | Edit::Replace { .. }
        );
        let inverse = self.change(edit)?;
        if moves {
            self.reindex();
        }
        Ok(inverse)
    }

    fn change(&mut self, edit: Edit) -> Result<Edit, EditError> {
        Ok(match edit {
            Edit::Insert { at, cell } => {
                if self.cell(cell.id).is_some() {
                    return Err(EditError::Exists(cell.id));
                }
                let id = cell.id;
                self.next = self.next.max(id.0.saturating_add(1));
                self.cells.insert(at.min(self.cells.len()), cell);
                Edit::Delete { cell: id }
            }
            Edit::Delete { cell } => {
                let at = self.place(cell).ok_or(EditError::NoSuchCell(cell))?;
                let cell = self.cells.remove(at);
                Edit::Insert { at, cell }
            }
            Edit::Move { cell, to } => {
                let from = self.place(cell).ok_or(EditError::NoSuchCell(cell))?;
                let moved = self.cells.remove(from);
                self.cells.insert(to.min(self.cells.len()), moved);
                Edit::Move { cell, to: from }
            }
            Edit::Source { cell, source } => {
                let target = self.cell_mut(cell)?;
                let source = std::mem::replace(&mut target.source, source);
                Edit::Source { cell, source }
            }
            Edit::Sources { mut sources } => {
                for (cell, _) in &sources {
                    self.place(*cell).ok_or(EditError::NoSuchCell(*cell))?;
                }
                for (cell, source) in &mut sources {
                    std::mem::swap(&mut self.cell_mut(*cell)?.source, source);
                }
                sources.reverse();
                Edit::Sources { sources }
            }
            Edit::Group { edits } => {
                let before = self.clone();
                let mut inverses = Vec::with_capacity(edits.len());
                for edit in edits {
                    match self.apply(edit) {
                        Ok(inverse) => inverses.push(inverse),
                        Err(error) => {
                            *self = before;
                            return Err(error);
                        }
                    }
                }
                inverses.reverse();
                Edit::Group { edits: inverses }
            }
            Edit::Kind { cell, kind } => {
                let target = self.cell_mut(cell)?;
                let kind = std::mem::replace(&mut target.kind, kind);
                Edit::Kind { cell, kind }
            }
            Edit::Disabled { cell, disabled } => {
                let target = self.cell_mut(cell)?;
                let disabled = std::mem::replace(&mut target.disabled, disabled);
                Edit::Disabled { cell, disabled }
            }
            Edit::Literal { cell, literal } => Edit::Literal {
                literal: std::mem::replace(&mut self.cell_mut(cell)?.literal, literal),
                cell,
            },
            Edit::Hidden { cell, hidden } => Edit::Hidden {
                hidden: std::mem::replace(&mut self.cell_mut(cell)?.hidden, hidden),
                cell,
            },
            Edit::Layout { layout } => Edit::Layout {
                layout: std::mem::replace(&mut self.layout, layout),
            },
            Edit::Title { title } => Edit::Title {
                title: std::mem::replace(&mut self.title, title),
            },
            Edit::Replace { notebook } => {
                let mut new = *notebook;
                // An id is never given twice, whatever was there before.
                new.next = new.next.max(self.next);
                let old = std::mem::replace(self, new);
                Edit::Replace {
                    notebook: Box::new(old),
                }
            }
            Edit::Eager { eager } => Edit::Eager {
                eager: std::mem::replace(&mut self.eager, eager),
            },
            Edit::Mode { mode } => Edit::Mode {
                mode: std::mem::replace(&mut self.mode, mode),
            },
            Edit::Patience { cell, patience } => {
                let target = self.cell_mut(cell)?;
                let patience = std::mem::replace(&mut target.patience, patience);
                Edit::Patience { cell, patience }
            }
            Edit::Widget { widget, held } => Edit::Widget {
                widget,
                held: self.hold(widget, held),
            },
        })
    }

    /// The values that widgets were moved to.
    #[must_use]
    pub fn widgets(&self) -> &[Held] {
        &self.widgets
    }

    /// The value that a widget was moved to.
    #[must_use]
    pub fn held(&self, widget: WidgetId) -> Option<&Held> {
        self.widgets.iter().find(|held| held.widget == widget)
    }

    /// Takes the values of widgets that came with a file, as far as they are sound.
    pub fn hold_all(&mut self, widgets: impl IntoIterator<Item = Held>) {
        for held in widgets.into_iter().take(MOST_HELD) {
            if held.is_sound() {
                self.hold(held.widget, Some(held));
            }
        }
    }

    /// Drops values of widgets that are too large or too many: a notebook may come from anywhere.
    pub(crate) fn drop_unsound(&mut self) {
        let widgets = std::mem::take(&mut self.widgets);
        self.hold_all(widgets);
    }

    /// Replaces the value of a widget, and gives the one before.
    fn hold(&mut self, widget: WidgetId, held: Option<Held>) -> Option<Held> {
        let at = self.widgets.iter().position(|held| held.widget == widget);
        let before = at.map(|at| self.widgets.remove(at));
        // What was moved last stands last, so that the oldest goes where there are too many.
        self.widgets.extend(held);
        if self.widgets.len() > MOST_HELD {
            self.widgets.remove(0);
        }
        before
    }

    fn cell_mut(&mut self, id: CellId) -> Result<&mut Cell, EditError> {
        let at = self.place(id).ok_or(EditError::NoSuchCell(id))?;
        self.cells.get_mut(at).ok_or(EditError::NoSuchCell(id))
    }
}
