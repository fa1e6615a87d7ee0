//! Carries out the commands.

use engine::analysis::Span;
use engine::clipboard;
use engine::{Cell, Format, Kind, Mode};
use leptos::prelude::*;
use protocol::CellId;
use wasm_bindgen::JsCast;
use wasm_bindgen_futures::spawn_local;

use super::{Command, Entry, Place};
use crate::browser;
use crate::page::{Action, Page, Saved};
use crate::selection::{Selection, article};

/// How much of a result is read aloud, in characters.
const MOST_SPOKEN: usize = 1_000;

/// What is opened beside the notebook, or over it.
#[derive(Debug, Clone, Copy, Default)]
pub struct Panels {
    /// Sharing it.
    pub sharing: RwSignal<bool>,
    /// Its earlier versions.
    pub history: RwSignal<bool>,
    /// The map of dependencies.
    pub map: RwSignal<bool>,
    /// All commands.
    pub commands: RwSignal<bool>,
    /// All keys.
    pub keys: RwSignal<bool>,
}

/// What carries out commands.
#[derive(Debug, Clone, Copy)]
pub struct Control {
    /// The page.
    pub page: Page,
    /// The cells that they are done to.
    pub selection: Selection,
    /// What they open.
    pub panels: Panels,
    /// The cells that were cut or copied, and their text.
    copied: StoredValue<(Vec<Cell>, String)>,
    /// When the newest change was stored, as a time of day.
    saved_at: StoredValue<Option<String>>,
}

impl Control {
    /// Commands for a page.
    pub fn new(page: Page) -> Self {
        let saved_at = StoredValue::new(None);
        Effect::new(move |before: Option<Saved>| {
            let saved = page.saved.get();
            if saved == Saved::Done && before == Some(Saved::Saving) {
                let now = js_sys::Date::new_0().to_locale_time_string("default");
                saved_at.set_value(Some(String::from(now)));
            }
            saved
        });
        Self {
            page,
            selection: Selection::new(page),
            panels: Panels::default(),
            copied: StoredValue::new((Vec::new(), String::new())),
            saved_at,
        }
    }

    /// Whether a command can be carried out now.
    pub fn offers(self, entry: &Entry) -> bool {
        let is_about_cells = entry.place != Place::Notebook
            && !matches!(
                entry.command,
                Command::Keys | Command::Stop | Command::Restart | Command::Undo
            );
        match entry.command {
            Command::Stop => self.page.stop.with_untracked(Option::is_some),
            Command::PasteAbove | Command::PasteBelow => {
                self.copied.with_value(|(cells, _)| !cells.is_empty())
            }
            Command::Commands => false,
            _ => !is_about_cells || self.selection.current().is_some(),
        }
    }

    /// Carries out a command.
    pub fn perform(self, command: Command) {
        let (page, selection) = (self.page, self.selection);
        match command {
            Command::Edit => return selection.edit(),
            Command::Previous => drop(selection.step(-1)),
            Command::Next => drop(selection.step(1)),
            Command::ExtendUp => selection.extend(-1),
            Command::ExtendDown => selection.extend(1),
            Command::SelectAll => selection.extend_to_all(),
            Command::Run => self.run_selected(),
            Command::RunAndGoOn => {
                self.run_selected();
                self.go_on();
            }
            Command::RunAndInsert => {
                self.run_selected();
                return self.add(1);
            }
            Command::AddAbove => return self.add(0),
            Command::AddBelow => return self.add(1),
            Command::Cut => {
                self.copy();
                page.act(Action::Delete(selection.cells()));
            }
            Command::Copy => self.copy(),
            Command::PasteBelow => self.paste_copied(1),
            Command::PasteAbove => self.paste_copied(0),
            Command::Undo => {
                selection.await_cells();
                page.act(Action::Undo);
            }
            Command::Delete => page.act(Action::Delete(selection.cells())),
            Command::Duplicate => {
                if let Some(current) = selection.current() {
                    page.act(Action::Duplicate(current));
                }
            }
            Command::MoveUp => page.act(Action::Move(selection.cells(), -1)),
            Command::MoveDown => page.act(Action::Move(selection.cells(), 1)),
            Command::ToPython => self.turn_into(Kind::Python),
            Command::ToSql => self.turn_into(Kind::Sql),
            Command::ToText => self.turn_into(Kind::Markdown),
            Command::ToRaw => self.turn_into(Kind::Raw),
            Command::ReadResult => self.read_result(),
            Command::TellSaved => self.tell_saved(),
            Command::Rename => focus_title(),
            _ => return self.perform_with_notebook(command),
        }
        selection.keep_keyboard();
    }

    fn perform_with_notebook(self, command: Command) {
        let Self { page, panels, .. } = self;
        match command {
            Command::RunAll => page.act(Action::RunAll),
            Command::RunStale => page.act(Action::RunStale),
            Command::Stop => page.act(Action::Stop),
            Command::Restart => page.act(Action::Restart),
            Command::Share => panels.sharing.set(true),
            Command::Dependencies => {
                let opens = !panels.map.get_untracked();
                self.close_panels();
                panels.map.set(opens);
            }
            Command::Variables => {
                let opens = !page.watches_variables.get_untracked();
                self.close_panels();
                page.act(Action::WatchVariables(opens));
            }
            Command::Files => {
                self.close_panels();
                page.act(Action::WatchFiles(true));
            }
            Command::AddFile => page.act(Action::AddFile),
            Command::History => panels.history.set(true),
            Command::ShowAsApp => {
                self.close_panels();
                page.act(Action::ShowAsApp(true));
            }
            Command::SwitchMode => page.act(Action::SetMode(match page.mode.get_untracked() {
                Mode::Reactive => Mode::Lazy,
                Mode::Lazy => Mode::Reactive,
            })),
            Command::SwitchStart => page.act(Action::SetEager(!page.eager.get_untracked())),
            Command::PrepareOffline => page.act(Action::PrepareOffline),
            Command::SavePercent => page.act(Action::Save(Format::Percent)),
            Command::SaveJupyter => page.act(Action::Save(Format::Jupyter)),
            Command::SaveMarkdown => page.act(Action::Save(Format::Markdown)),
            Command::SaveHtml => page.act(Action::Save(Format::Html)),
            Command::SaveZip => page.act(Action::SaveZip),
            Command::Commands => panels.commands.set(true),
            Command::Keys => panels.keys.set(true),
            _ => {}
        }
    }

    /// Goes on from a cell whose text was edited: to the next text that is shown to be edited, or the next
    /// cell; at the end, a new cell is made.
    pub fn go_on_from(self, id: CellId) {
        let cells = self.page.cells.get_untracked();
        let at = self.page.number_of(id);
        match cells.get(at) {
            Some(next) if is_edited_in_place(next.id) => {
                self.page.act(Action::Select(Some(next.id)));
            }
            Some(next) => self.selection.move_to(next.id),
            None => self.page.act(Action::Add(Kind::Python, at)),
        }
    }

    /// Takes the keyboard from the text of a cell to that of the one above (-1) or below (1), or to that cell
    /// itself. Beyond the first and the last cell there is nowhere to go.
    pub fn cross(self, id: CellId, by: i32) {
        let at = self.page.number_of(id).checked_add_signed(by as isize);
        let cells = self.page.cells.get_untracked();
        let Some(next) = at.and_then(|number| cells.get(number.checked_sub(1)?)) else {
            return;
        };
        if is_edited_in_place(next.id) {
            let end = next.source.with_untracked(|source| source.len());
            let place = if by < 0 {
                u32::try_from(end).unwrap_or(u32::MAX)
            } else {
                0
            };
            self.page.act(Action::Show(
                next.id,
                Span {
                    start: place,
                    end: place,
                },
            ));
        } else {
            self.selection.move_to(next.id);
        }
    }

    /// The text of the selected cells, which are kept to be pasted; `None` where the keyboard is at none.
    pub fn copied_text(self) -> Option<String> {
        let ids = self.selection.cells();
        let notebook = self.page.host()?.notebook();
        let cells: Vec<Cell> = ids
            .iter()
            .filter_map(|id| notebook.cell(*id).cloned())
            .collect();
        let text = clipboard::write(&cells);
        self.copied.set_value((cells, text.clone()));
        Some(text)
    }

    /// Puts the cells of a text below the selected ones.
    pub fn paste_text(self, text: &str) {
        let own = self
            .copied
            .with_value(|(cells, copied)| (copied == text).then(|| cells.clone()));
        match own.map_or_else(|| clipboard::read(text), Ok) {
            Ok(cells) => self.insert(cells, 1),
            Err(refusal) => self.page.act(Action::Refuse(refusal)),
        }
    }

    fn run_selected(self) {
        for id in self.selection.cells() {
            let is_code = self.page.cells.with_untracked(|cells| {
                let cell = cells.iter().find(|cell| cell.id == id);
                cell.is_some_and(|cell| cell.is_code.get_untracked())
            });
            if is_code {
                self.page.act(Action::Run(id));
            }
        }
    }

    fn go_on(self) {
        let count = self.page.cells.with_untracked(Vec::len);
        if !self.selection.step(1) && self.selection.current().is_some() {
            self.page.act(Action::Add(Kind::Python, count));
        }
    }

    /// Adds a cell above the selected ones, or below.
    fn add(self, below: usize) {
        let at = self.place(below);
        self.page.act(Action::Add(Kind::Python, at));
    }

    /// The place above the selected cells (0), or below (1).
    fn place(self, below: usize) -> usize {
        let cells = self.selection.cells();
        let number = |id: Option<&CellId>| id.map_or(0, |id| self.page.number_of(*id));
        if below == 0 {
            number(cells.first()).saturating_sub(1)
        } else {
            number(cells.last())
        }
    }

    fn copy(self) {
        let Some(text) = self.copied_text() else {
            return;
        };
        // Where the browser refuses, they can still be pasted here.
        spawn_local(async move {
            let _ = browser::copy(&text).await;
        });
    }

    fn paste_copied(self, below: usize) {
        let cells = self.copied.with_value(|(cells, _)| cells.clone());
        if cells.is_empty() {
            return self.page.act(Action::Refuse(
                "No cell was cut or copied here. Ctrl+V pastes what comes from elsewhere."
                    .to_owned(),
            ));
        }
        self.insert(cells, below);
    }

    fn insert(self, cells: Vec<Cell>, below: usize) {
        if !cells.is_empty() {
            let at = self.place(below);
            self.selection.await_cells();
            self.page.act(Action::Paste(at, cells));
        }
    }

    fn turn_into(self, kind: Kind) {
        self.page.act(Action::SetKind(self.selection.cells(), kind));
    }

    fn read_result(self) {
        let result = self.selection.current().and_then(article);
        let parts = result.and_then(|article| {
            let parts = article.query_selector_all("[data-part=\"output\"], [data-part=\"error\"]");
            parts.ok()
        });
        let mut text = String::new();
        for part in parts
            .iter()
            .flat_map(|parts| (0..parts.length()).filter_map(|at| parts.get(at)))
        {
            let part = part.unchecked_into::<web_sys::HtmlElement>();
            text.push_str(&part.inner_text());
            text.push(' ');
        }
        let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
        let text: String = if text.is_empty() {
            "This cell shows no result.".to_owned()
        } else {
            text.chars().take(MOST_SPOKEN).collect()
        };
        // The same words are read again only where they were gone.
        self.page.act(Action::Speak(String::new()));
        let page = self.page;
        request_animation_frame(move || page.act(Action::Speak(text)));
    }

    fn tell_saved(self) {
        let at = self.saved_at.get_value();
        let text = match (self.page.saved.get_untracked(), at) {
            (Saved::Failed(why), _) => return self.page.act(Action::Refuse(why)),
            (Saved::Untouched, _) => {
                "Nothing was changed yet. Your first change is saved by itself, in this browser."
                    .to_owned()
            }
            (Saved::Saving, _) => "Saving.".to_owned(),
            (Saved::Done, None) => "Everything is saved in this browser.".to_owned(),
            (Saved::Done, Some(at)) => {
                format!("Everything is saved in this browser, the last change at {at}.")
            }
        };
        self.page.act(Action::Say(text));
    }

    fn close_panels(self) {
        self.panels.map.set(false);
        self.page.act(Action::WatchVariables(false));
        self.page.act(Action::WatchFiles(false));
    }
}

/// Whether the text of a cell is shown as an editor, without being asked for.
fn is_edited_in_place(id: CellId) -> bool {
    let code = article(id).and_then(|article| {
        article
            .query_selector("[data-part=\"editor\"]")
            .ok()
            .flatten()
    });
    code.is_some()
}

fn focus_title() {
    let title = browser::document()
        .query_selector(".bar .title")
        .ok()
        .flatten();
    if let Some(title) = title.and_then(|title| title.dyn_into::<web_sys::HtmlInputElement>().ok())
    {
        let _ = title.focus();
        title.select();
    }
}
