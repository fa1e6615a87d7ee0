//! What each action of the person does: most are an edit of the notebook, some with a sentence and an
//! undo.

use std::rc::Rc;
use std::sync::Arc;

use engine::analysis::Span;
use engine::diagnostic::Severity;
use engine::fixes::Way;
use engine::session::Phase;
use engine::{Cell, Edit, Event, Kind, Problem, Reversal, clipboard, fixes};
use gloo_timers::callback::Timeout;
use leptos::prelude::*;
use protocol::{CellId, Held, Outside, Response};
use wasm_bindgen_futures::spawn_local;

use super::cells::update;
use super::{PAUSE, Shell, files, later, names, sources};
use crate::browser;
use crate::embed;
use crate::page::{Action, Host, Renaming};

/// Edits that are taken back together.
fn together(mut edits: Vec<Edit>) -> Edit {
    match edits.len() {
        1 => edits.remove(0),
        _ => Edit::Group { edits },
    }
}

impl Shell {
    #[expect(clippy::too_many_lines, reason = "a line or a few for each action")]
    pub(super) fn carry_out(&self, action: Action) {
        if self.follows() && !action.is_harmless() {
            return self.note(
                "This notebook is open in another tab. Work here instead, to change or run it.",
            );
        }
        let runs = matches!(
            action,
            Action::Run(_) | Action::RunAll | Action::RunStale | Action::MoveWidget(..)
        );
        if let (true, Err(refusal)) = (runs, embed::allows_run()) {
            return self.warn(refusal);
        }
        if action.is_work() {
            update(self.page.has_worked, true);
        }
        if !action.is_of_typing() {
            self.read_code();
        }
        let edit = |edit| self.dispatch(Event::Edit(edit));
        match action {
            Action::Run(cell) => self.run(Event::Run(cell)),
            Action::RunAll => self.run(Event::RunAll),
            Action::MoveWidget(held, phase) => self.move_widget(held, phase),
            Action::SetPatience(cell, patience) => edit(Edit::Patience { cell, patience }),
            Action::ChooseFiles(list, done) => {
                let added = later(&self.itself, move |shell: &Self, chosen| {
                    done.set(shell.keep_files(chosen));
                });
                spawn_local(async move { added(crate::files::chosen(&list).await) });
            }
            Action::RunStale => self.run(Event::RunStale),
            Action::Stop => self.dispatch(Event::Stop),
            Action::Restart => self.dispatch(Event::Restart),
            Action::Permit(id, allows) => self.permit(id, allows),
            Action::AskSizes(id) => self.fetch_sizes(id),
            Action::Answer(id, text) => self.respond(id, Response::Input { text }, &[]),
            Action::Type(cell, source) => {
                self.page.undoes_cells.set(false);
                self.set_source(cell, source);
            }
            Action::Add(kind, at) => self.add(kind, "", at),
            Action::Delete(cells) => self.delete(&cells),
            Action::Move(cells, by) => self.move_cells(&cells, by),
            Action::Paste(at, cells) => self.paste(at, &cells),
            Action::Duplicate(cell) => self.duplicate(cell),
            Action::SetKind(cells, kind) => {
                let edits = cells.into_iter().map(|cell| Edit::Kind { cell, kind });
                edit(together(edits.collect()));
            }
            Action::SetLiteral(cell, literal) => edit(Edit::Literal { cell, literal }),
            Action::Disable(cell, disabled) => edit(Edit::Disabled { cell, disabled }),
            Action::SetHidden(cell, hidden) => edit(Edit::Hidden { cell, hidden }),
            Action::SetLayout(layout) => edit(Edit::Layout { layout }),
            Action::ShowAsApp(is_app) => {
                browser::set_app(is_app);
                update(self.page.app, is_app);
            }
            Action::Rename(title) => edit(Edit::Title { title }),
            Action::SetMode(mode) => edit(Edit::Mode { mode }),
            Action::SetEager(eager) => edit(Edit::Eager { eager }),
            Action::Fix(cell, problem, way) => self.fix(cell, &problem, way),
            Action::Refuse(text) => self.warn(text),
            Action::Say(text) => self.note(&text),
            Action::Speak(text) => self.page.spoken.set(text),
            // A tab that follows runs no scripts.
            Action::Illustrate(..) if self.follows() => {}
            Action::Illustrate(cell, run, at, picture) => {
                self.dispatch(Event::Picture(cell, run, at, picture));
            }
            Action::Rewrite(change) => edit(change),
            Action::AddFile => {
                crate::files::choose(later(&self.itself, |shell, chosen| match chosen {
                    Ok(file) => shell.add_file(&file),
                    Err(message) => shell.warn(message),
                }));
            }
            Action::AddFiles(list) => {
                let added = later(&self.itself, |shell: &Self, chosen| shell.add_files(chosen));
                spawn_local(async move { added(crate::files::chosen(&list).await) });
            }
            Action::WatchFiles(watches) => {
                self.page.watches_files.set(watches);
                self.list_files();
            }
            Action::KeepFile(file) => self.keep_made_file(&file),
            Action::DownloadFile(file) => self.download_file(&file),
            Action::DeleteFile(file) => self.delete_file(&file),
            Action::RenameFile(old, new) => self.rename_file(&old, &new),
            // Where the names stand in code that was not read yet nobody knows.
            Action::Point(_) if self.session.borrow().has_unread() => {}
            Action::Point(place) => {
                let (session, cells) = (self.session.borrow(), self.cells.borrow());
                self.pointer.borrow_mut().point(place, &session, &cells);
            }
            Action::GoTo(cell, at) => self.go_to(cell, at),
            Action::Show(cell, span) => self.show(cell, span),
            Action::TargetShown => self.page.target.set(None),
            Action::BeginRename(cell, at) => self.begin_rename(cell, at),
            Action::EndRename(name) => self.rename(name),
            Action::WatchVariables(watches) => {
                self.page.watches_variables.set(watches);
                self.list_variables();
            }
            Action::Undo => self.undo(),
            Action::TakeBack(reversal) => self.take_back(&reversal),
            Action::Dismiss => self.page.notice.set(None),
            Action::Select(cell) => update(self.page.selected, cell),
            Action::Save(format) => self.save(format),
            Action::SaveZip => self.save_zip(),
            Action::Replace(notebook) => {
                self.take_version("before it was replaced");
                let text = "The earlier version is back.".to_owned();
                self.change(Edit::Replace { notebook }, text);
            }
            Action::PutBack(at, cell) => edit(Edit::Insert { at, cell }),
            Action::Reset(cell) => self.reset(cell),
            Action::PrepareOffline => self.prepare_offline(),
            Action::TakeOver => {
                if let Some(key) = self.saver.borrow().key() {
                    crate::tabs::take_over(&key);
                }
            }
        }
    }

    fn fix(&self, cell: CellId, problem: &Problem, way: Way) {
        let change = fixes::edit(&self.session.borrow(), cell, problem, way);
        match change {
            Ok(change) => self.change(change, "The cells were changed.".to_owned()),
            Err(refusal) => self.warn(refusal),
        }
    }

    /// Shows where the name at a place is made.
    fn go_to(&self, cell: CellId, at: u32) {
        let target = names::target(&self.session.borrow(), cell, at);
        if let Some((cell, span)) = target {
            self.show(cell, span);
        }
    }

    fn show(&self, cell: CellId, span: Span) {
        self.page.selected.set(Some(cell));
        self.page.target.set(Some((cell, span)));
    }

    fn begin_rename(&self, cell: CellId, at: u32) {
        match names::renaming(&self.session.borrow(), cell, at) {
            Ok(renaming) => self.page.renaming.set(Some(renaming)),
            Err(refusal) => self.note(&refusal),
        }
    }

    fn delete(&self, cells: &[CellId]) {
        let text = match cells {
            [] => return,
            [cell] => format!("Cell {} was deleted.", self.page.number_of(*cell)),
            more => format!("{} cells were deleted.", more.len()),
        };
        let edits = cells.iter().map(|cell| Edit::Delete { cell: *cell });
        self.change(together(edits.collect()), text);
    }

    /// Moves cells by one place; where they are several, the cell in their way goes to their other end.
    fn move_cells(&self, cells: &[CellId], by: i32) {
        let edit = {
            let session = self.session.borrow();
            let notebook = session.notebook();
            let place = |id: Option<&CellId>| id.and_then(|id| notebook.place(*id));
            let (Some(first), Some(last)) = (place(cells.first()), place(cells.last())) else {
                return;
            };
            let (from, to) = if by < 0 {
                (first.checked_sub(1), last)
            } else {
                (last.checked_add(1), first)
            };
            let other = from.and_then(|from| Some((from, notebook.cells().get(from)?)));
            other.map(|(from, other)| match cells {
                [cell] => Edit::Move {
                    cell: *cell,
                    to: from,
                },
                _ => Edit::Move { cell: other.id, to },
            })
        };
        if let Some(edit) = edit {
            self.dispatch(Event::Edit(edit));
            self.page.undoes_cells.set(true);
        }
    }

    fn paste(&self, at: usize, cells: &[Cell]) {
        let cells = clipboard::renumbered(cells, self.session.borrow().notebook());
        let places = at..;
        let edits = places
            .zip(cells)
            .map(|(at, cell)| Edit::Insert { at, cell });
        self.dispatch(Event::Edit(together(edits.collect())));
        self.page.undoes_cells.set(true);
    }

    fn run(&self, event: Event) {
        self.dispatch(event);
        if self.session.borrow().is_active() {
            self.speech.borrow_mut().run_began();
        }
    }

    /// A widget is where the person has it at once; what reads it follows.
    fn move_widget(&self, held: Held, phase: Phase) {
        self.page.widgets.set(held.widget, Some(held.clone()));
        if phase == Phase::Released {
            self.page.undoes_cells.set(true);
        }
        self.run(Event::Move(held, phase));
    }

    pub(super) fn set_source(&self, cell: CellId, source: Arc<str>) {
        self.dispatch(Event::Edit(Edit::Source {
            cell,
            source: source.clone(),
        }));
        self.cells.borrow().show_source(cell, source);
        let has_unread = self.session.borrow().has_unread();
        // The timer of before ends with being replaced.
        *self.reading.borrow_mut() = has_unread.then(|| {
            let read = later(&self.itself, |shell, ()| shell.read_code());
            Timeout::new(PAUSE, move || read(()))
        });
    }

    /// Reads code whose reading was put off while it was typed.
    fn read_code(&self) {
        if self.session.borrow().has_unread() {
            self.dispatch(Event::Read);
        }
    }

    fn duplicate(&self, cell: CellId) {
        let session = self.session.borrow();
        let found = session.notebook().cell(cell).cloned();
        let (Some(cell), Some(at)) = (found, session.notebook().place(cell)) else {
            return;
        };
        let new = session.notebook().new_cell(cell.kind, "");
        drop(session);
        self.insert(Cell { id: new.id, ..cell }, at + 1);
    }

    fn add(&self, kind: Kind, source: &str, at: usize) {
        let cell = self.session.borrow().notebook().new_cell(kind, source);
        self.insert(cell, at);
    }

    fn insert(&self, cell: Cell, at: usize) {
        let id = cell.id;
        self.dispatch(Event::Edit(Edit::Insert { at, cell }));
        self.page.selected.set(Some(id));
    }

    /// Keeps a file, and adds a cell that opens it.
    fn add_file(&self, file: &crate::files::Chosen) {
        if !self.keep_file(file) {
            return;
        }
        let session = self.session.borrow();
        let (kind, source) = files::opening(&session, &file.name);
        let at = session.notebook().cells().len();
        drop(session);
        self.add(kind, &source, at);
        self.note_kept(&file.name);
    }

    /// Keeps files, and shows them.
    fn add_files(&self, chosen: Vec<Result<crate::files::Chosen, String>>) {
        let names = self.keep_files(chosen);
        if !names.is_empty() {
            self.page.watches_files.set(true);
            self.list_files();
            self.note_kept(&names.join(", "));
        }
    }

    /// Keeps files, and gives the names of those that are kept.
    fn keep_files(&self, chosen: Vec<Result<crate::files::Chosen, String>>) -> Vec<String> {
        let mut names = Vec::new();
        for file in chosen {
            match file {
                Ok(file) if self.keep_file(&file) => names.push(file.name),
                Ok(_) => {}
                Err(message) => self.warn(message),
            }
        }
        names
    }

    fn note_kept(&self, names: &str) {
        let is_stored = self.saver.borrow().writer().is_some();
        let until = if is_stored {
            "with this notebook"
        } else {
            "until this page is closed"
        };
        self.note(&format!(
            "{names}: kept {until}, for Python and SQL. It stays on this device."
        ));
    }

    fn rename(&self, name: Option<String>) {
        let Some(renaming) = self.page.renaming.get_untracked() else {
            return;
        };
        let Some(new) = name else {
            return self.page.renaming.set(None);
        };
        let change = fixes::rename(&self.session.borrow(), renaming.cell, &renaming.name, &new);
        match change {
            Ok(change) => {
                self.page.renaming.set(None);
                let text = format!("`{}` is now called `{}`.", renaming.name, new.trim());
                self.change(change, text);
            }
            Err(refusal) => {
                let refused = Renaming {
                    refusal,
                    ..renaming
                };
                self.page.renaming.set(Some(refused));
            }
        }
    }

    /// Makes a change and says so, with an undo of just this change.
    fn change(&self, change: Edit, text: String) {
        let undo = Reversal::of(&change, self.session.borrow().notebook());
        self.dispatch(Event::Edit(change));
        self.page.undoes_cells.set(true);
        self.notify(Severity::Note, text, undo);
    }

    fn take_back(&self, reversal: &Reversal) {
        self.page.notice.set(None);
        self.page.undoes_cells.set(false);
        let edit = reversal.edit(self.session.borrow().notebook());
        match edit {
            Some(edit) => self.dispatch(Event::Edit(edit)),
            None => self.warn(
                "This was changed again meanwhile, so it is left as it is. History has the earlier versions."
                    .to_owned(),
            ),
        }
    }

    fn undo(&self) {
        self.page.notice.set(None);
        self.page.undoes_cells.set(false);
        if self.session.borrow().undoable().is_empty() {
            return self.note(
                "There is nothing to take back but what was typed; the editor's own undo does that.",
            );
        }
        self.dispatch(Event::Undo);
        // Moves are taken back one after the other: nobody types between two of them.
        let session = self.session.borrow();
        let is_move = matches!(session.undoable().last(), Some(Edit::Widget { .. }));
        self.page.undoes_cells.set(is_move);
    }

    /// Puts a cell back to what it was in the original.
    fn reset(&self, id: CellId) {
        let original = self.original();
        let source = original.and_then(|original| Some(original.cell(id)?.source.clone()));
        let Some(source) = source else {
            return self.note("The original has no such cell.");
        };
        self.take_version("before a cell was reset");
        self.set_source(id, source);
    }

    fn prepare_offline(&self) {
        let (mut packages, outside, outputs) = {
            let session = self.session.borrow();
            let last = session.evaluations().values();
            let outputs: Vec<_> = last.map(|last| last.outputs.clone()).collect();
            (session.packages_needed(), session.outside_needed(), outputs)
        };
        let files = self.files();
        // A module may be a file of the notebook's.
        let is_elsewhere = |one: &Outside| {
            let file = one.module.as_ref().map(|module| format!("{module}.py"));
            !file.is_some_and(|file| files.contains(&file))
        };
        let outside: Vec<Outside> = outside.into_iter().filter(is_elsewhere).collect();
        let may = self.may_bring_packages();
        let itself = self.itself.clone();
        let say = later(&itself, |shell: &Self, (severity, text)| {
            shell.notify(severity, text, None);
        });
        let say = Rc::new(say);
        let progress = say.clone();
        spawn_local(async move {
            let step = move |done, total| {
                let text =
                    format!("Keeping this notebook's files on the device: {done} of {total}");
                progress((Severity::Note, text));
            };
            let ready =
                "Ready for offline: this notebook opens and runs on this device without a network.";
            let lacking = sources::keep(&outside, may, &mut packages).await;
            let renderers = crate::offline::renderers(&packages, outputs.iter());
            say(
                match crate::offline::keep_all(&packages, &renderers, step).await {
                    Ok(()) if lacking.is_empty() => (Severity::Note, ready.to_owned()),
                    Ok(()) => (Severity::Warning, sources::missing_packages(&lacking)),
                    Err(message) => (Severity::Warning, message),
                },
            );
        });
    }
}
