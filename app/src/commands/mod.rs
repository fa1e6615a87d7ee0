//! What a person can do by a key, and from the list of all commands: one table, from which the keys, the
//! list of commands and the list of keys are made.

pub mod control;
pub mod keys;

/// Something that a person can do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Command {
    Edit,
    Run,
    RunAndGoOn,
    RunAndInsert,
    Previous,
    Next,
    ExtendUp,
    ExtendDown,
    SelectAll,
    AddAbove,
    AddBelow,
    Cut,
    Copy,
    PasteBelow,
    PasteAbove,
    Undo,
    Delete,
    Duplicate,
    MoveUp,
    MoveDown,
    ToPython,
    ToSql,
    ToText,
    ToRaw,
    ReadResult,
    RunAll,
    RunStale,
    Stop,
    Restart,
    TellSaved,
    Rename,
    Share,
    Dependencies,
    Variables,
    Files,
    AddFile,
    History,
    ShowAsApp,
    SwitchMode,
    SwitchStart,
    PrepareOffline,
    SavePercent,
    SaveJupyter,
    SaveMarkdown,
    SaveHtml,
    SaveZip,
    Commands,
    Keys,
}

impl Command {
    /// Its words.
    pub fn title(self) -> &'static str {
        let entry = ENTRIES.iter().find(|entry| entry.command == self);
        entry.map_or("", |entry| entry.title)
    }
}

/// Where a command's keys count.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// At the cell itself.
    Cell,
    /// At the cell itself, and in its text. Where the editor has the key for itself, it carries it out.
    CellAndText,
    /// Everywhere.
    Notebook,
}

/// A command as a person finds it.
#[derive(Debug)]
pub struct Entry {
    /// The command.
    pub command: Command,
    /// Its words.
    pub title: &'static str,
    /// Its keys, each one stroke or two: `Mod` is Ctrl, and the command key of a Mac.
    pub keys: &'static [&'static str],
    /// Where they count.
    pub place: Place,
}

const fn entry(
    command: Command,
    title: &'static str,
    keys: &'static [&'static str],
    place: Place,
) -> Entry {
    Entry {
        command,
        title,
        keys,
        place,
    }
}

/// All commands, in the order of the list of keys.
pub const ENTRIES: &[Entry] = {
    use Command as C;
    use Place::{Cell, CellAndText, Notebook};
    &[
        entry(
            C::RunAndGoOn,
            "Run cell and go on",
            &["Shift+Enter"],
            CellAndText,
        ),
        entry(C::Run, "Run cell", &["Mod+Enter"], CellAndText),
        entry(
            C::RunAndInsert,
            "Run cell and add one below",
            &["Alt+Enter"],
            CellAndText,
        ),
        entry(C::Edit, "Edit cell", &["Enter"], Cell),
        entry(C::Previous, "Go to the cell above", &["ArrowUp", "k"], Cell),
        entry(C::Next, "Go to the cell below", &["ArrowDown", "j"], Cell),
        entry(
            C::ExtendUp,
            "Select the cell above too",
            &["Shift+ArrowUp", "Shift+k"],
            Cell,
        ),
        entry(
            C::ExtendDown,
            "Select the cell below too",
            &["Shift+ArrowDown", "Shift+j"],
            Cell,
        ),
        entry(C::SelectAll, "Select all cells", &["Mod+a"], Cell),
        entry(C::AddAbove, "Add cell above", &["a"], Cell),
        entry(C::AddBelow, "Add cell below", &["b"], Cell),
        entry(C::Cut, "Cut cells", &["x"], Cell),
        entry(C::Copy, "Copy cells", &["c"], Cell),
        entry(C::PasteBelow, "Paste cells below", &["v"], Cell),
        entry(C::PasteAbove, "Paste cells above", &["Shift+v"], Cell),
        entry(C::Undo, "Undo last change of cells", &["z"], Cell),
        entry(C::Delete, "Delete cells", &["d d"], Cell),
        entry(C::Duplicate, "Duplicate cell", &[], Cell),
        entry(C::MoveUp, "Move cells up", &["Alt+ArrowUp"], Cell),
        entry(C::MoveDown, "Move cells down", &["Alt+ArrowDown"], Cell),
        entry(C::ToPython, "Turn into Python", &["y"], Cell),
        entry(C::ToSql, "Turn into SQL", &["s"], Cell),
        entry(C::ToText, "Turn into text", &["m"], Cell),
        entry(C::ToRaw, "Turn into raw text", &["r"], Cell),
        entry(C::ReadResult, "Read the result aloud", &["Shift+o"], Cell),
        entry(C::Stop, "Stop", &["i i"], Cell),
        entry(C::Restart, "Restart Python", &["0 0"], Cell),
        entry(C::TellSaved, "Is it saved?", &["Mod+s"], Notebook),
        entry(
            C::Commands,
            "All commands",
            &["Mod+Shift+p", "F1"],
            Notebook,
        ),
        entry(C::Keys, "All keys", &["?"], Cell),
        entry(C::RunAll, "Run all", &[], Notebook),
        entry(C::RunStale, "Run stale cells", &[], Notebook),
        entry(C::Rename, "Rename the notebook", &[], Notebook),
        entry(C::Share, "Share", &[], Notebook),
        entry(C::Dependencies, "Dependencies", &[], Notebook),
        entry(C::Variables, "Variables", &[], Notebook),
        entry(C::Files, "Files", &[], Notebook),
        entry(C::AddFile, "Add a file (CSV, database)", &[], Notebook),
        entry(C::History, "History", &[], Notebook),
        entry(C::ShowAsApp, "Show as an app", &[], Notebook),
        entry(
            C::SwitchMode,
            "Run dependents by themselves, or not",
            &[],
            Notebook,
        ),
        entry(
            C::SwitchStart,
            "Start Python when this opens, or not",
            &[],
            Notebook,
        ),
        entry(C::PrepareOffline, "Prepare for offline", &[], Notebook),
        entry(C::SavePercent, "Save as .py", &[], Notebook),
        entry(C::SaveJupyter, "Save as .ipynb", &[], Notebook),
        entry(C::SaveMarkdown, "Save as .md", &[], Notebook),
        entry(C::SaveHtml, "Save as .html", &[], Notebook),
        entry(C::SaveZip, "Save as .zip, with its files", &[], Notebook),
    ]
};
