//! Which cells a person is at: the one that has, or last had, the keyboard, and those selected with it.
//!
//! The keyboard is in the text of a cell, which is edited, or at the cell itself, where keys are commands.

use leptos::prelude::*;
use protocol::CellId;
use wasm_bindgen::JsCast;
use web_sys::{Element, HtmlElement, ScrollIntoViewOptions, ScrollLogicalPosition};

use crate::browser;
use crate::page::{Action, Page};

/// The selected cells; they always follow one another.
#[derive(Debug, Clone, Copy)]
pub struct Selection {
    page: Page,
    /// The cell that has, or last had, the keyboard.
    current: RwSignal<Option<CellId>>,
    /// The other end of what is selected; `None` where only the current cell is.
    anchor: RwSignal<Option<CellId>>,
    /// The cell whose text is to be edited.
    edited: RwSignal<Option<CellId>>,
    /// The order of the cells when it was looked at last.
    order: StoredValue<Vec<CellId>>,
    /// Whether the next cells that come get the keyboard.
    awaits: StoredValue<bool>,
}

impl Selection {
    /// Nothing is selected yet.
    pub fn new(page: Page) -> Self {
        let selection = Self {
            page,
            current: RwSignal::new(None),
            anchor: RwSignal::new(None),
            edited: RwSignal::new(None),
            order: StoredValue::new(Vec::new()),
            awaits: StoredValue::new(false),
        };
        Effect::new(move || selection.follow_cells());
        selection
    }

    /// The cell that has, or last had, the keyboard.
    pub fn current(self) -> Option<CellId> {
        self.current.get_untracked()
    }

    /// The selected cells in the order of the notebook.
    pub fn cells(self) -> Vec<CellId> {
        let order = self.ids();
        let Some((first, last)) = self.ends(&order) else {
            return Vec::new();
        };
        order[first..=last].to_vec()
    }

    /// Whether a cell is selected together with others; tracked.
    pub fn is_among_several(self, id: CellId) -> bool {
        if self.anchor.get().is_none() {
            return false;
        }
        self.current.track();
        let order = self
            .page
            .cells
            .with(|cells| cells.iter().map(|cell| cell.id).collect::<Vec<_>>());
        let place = order.iter().position(|one| *one == id);
        let ends = self.ends(&order).filter(|(first, last)| first < last);
        matches!((place, ends), (Some(at), Some((first, last))) if (first..=last).contains(&at))
    }

    /// The cell whose text is to be edited; tracked.
    pub fn edited(self) -> Option<CellId> {
        self.edited.get()
    }

    /// The keyboard has come to a cell; to the cell itself, or to something in it.
    pub fn arrive(self, id: CellId, is_itself: bool) {
        if self.current() != Some(id) || !is_itself {
            self.anchor.set(None);
        }
        if self.current() != Some(id) {
            self.current.set(Some(id));
        }
        if is_itself {
            // No text is to have it, not even that of a cell that comes back.
            self.page.act(Action::Select(None));
        }
    }

    /// Gives the keyboard to a cell, and selects it alone.
    pub fn move_to(self, id: CellId) {
        self.anchor.set(None);
        self.current.set(Some(id));
        self.edited.set(None);
        self.page.act(Action::Select(None));
        give_keyboard(id);
    }

    /// Gives the keyboard to the cell so many places below; tells whether there is one.
    pub fn step(self, by: isize) -> bool {
        let target = self.at_distance(by);
        if let Some(target) = target {
            self.move_to(target);
        }
        target.is_some()
    }

    /// Gives the keyboard to the first cell.
    pub fn go_to_first(self) {
        if let Some(first) = self.ids().first() {
            self.move_to(*first);
        }
    }

    /// Selects one more cell above or below, or one less.
    pub fn extend(self, by: isize) {
        let (Some(current), Some(target)) = (self.current(), self.at_distance(by)) else {
            return;
        };
        let anchor = self.anchor.get_untracked().unwrap_or(current);
        self.current.set(Some(target));
        self.anchor
            .set(Some(anchor).filter(|anchor| *anchor != target));
        give_keyboard(target);
    }

    /// Selects all cells.
    pub fn extend_to_all(self) {
        let order = self.ids();
        if let (Some(first), Some(last)) = (order.first(), order.last()) {
            self.current.set(Some(*last));
            self.anchor.set(Some(*first).filter(|first| first != last));
            give_keyboard(*last);
        }
    }

    /// Has the text of the current cell edited.
    pub fn edit(self) {
        self.anchor.set(None);
        self.edited.set(None);
        self.edited.set(self.current());
    }

    /// Cells that come of what is done now get the keyboard.
    pub fn await_cells(self) {
        self.awaits.set_value(true);
        request_animation_frame(move || self.awaits.set_value(false));
    }

    /// Gives the keyboard back to the current cell, where it is nowhere.
    pub fn keep_keyboard(self) {
        if let Some(current) = self.current() {
            request_animation_frame(move || {
                if is_nowhere() && self.current() == Some(current) {
                    give_keyboard(current);
                }
            });
        }
    }

    /// Cells have come, gone or moved: the keyboard stays, or goes to the cell that is now in the place.
    fn follow_cells(self) {
        let order = self
            .page
            .cells
            .with(|cells| cells.iter().map(|cell| cell.id).collect::<Vec<_>>());
        let before = self.order.get_value();
        self.order.set_value(order.clone());
        let came = order.iter().find(|id| !before.contains(id));
        if let (Some(came), true) = (came, self.awaits.get_value()) {
            self.awaits.set_value(false);
            let came = *came;
            self.anchor.set(None);
            self.current.set(Some(came));
            return request_animation_frame(move || {
                // The next key may have gone on from there.
                if self.current() == Some(came) {
                    give_keyboard(came);
                }
            });
        }
        let Some(current) = self.current() else {
            return;
        };
        if !order.contains(&current) {
            let place = before.iter().position(|id| *id == current);
            let later = before.iter().skip(place.unwrap_or_default());
            let mut left = later.filter(|id| order.contains(id));
            let next = left.next().or(order.last()).copied();
            self.anchor.set(None);
            self.current.set(next);
        }
        if self
            .anchor
            .with_untracked(|anchor| anchor.is_some_and(|id| !order.contains(&id)))
        {
            self.anchor.set(None);
        }
        self.keep_keyboard();
    }

    fn ids(self) -> Vec<CellId> {
        self.page
            .cells
            .with_untracked(|cells| cells.iter().map(|cell| cell.id).collect())
    }

    fn ends(self, order: &[CellId]) -> Option<(usize, usize)> {
        let place = |id: CellId| order.iter().position(|one| *one == id);
        let current = place(self.current()?)?;
        let anchor = self.anchor.get_untracked().and_then(place);
        let anchor = anchor.unwrap_or(current);
        Some((current.min(anchor), current.max(anchor)))
    }

    fn at_distance(self, by: isize) -> Option<CellId> {
        let order = self.ids();
        let place = order.iter().position(|id| Some(*id) == self.current())?;
        order.get(place.checked_add_signed(by)?).copied()
    }
}

/// The element of a cell.
pub fn article(id: CellId) -> Option<HtmlElement> {
    let selector = format!("article[data-cell=\"{id}\"]");
    let found = browser::document().query_selector(&selector).ok()??;
    found.dyn_into().ok()
}

/// Gives the keyboard to a cell itself.
fn give_keyboard(id: CellId) {
    if let Some(article) = article(id) {
        let _ = article.focus();
        let options = ScrollIntoViewOptions::new();
        options.set_block(ScrollLogicalPosition::Nearest);
        article.scroll_into_view_with_scroll_into_view_options(&options);
    }
}

/// Whether nothing has the keyboard.
fn is_nowhere() -> bool {
    let active = browser::document().active_element();
    active.is_none_or(|active: Element| active.tag_name() == "BODY")
}
