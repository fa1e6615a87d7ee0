//! The card that tells the story of a cell's status: what it is, why, and how long its last runs took.
//! It opens by pointer, by keyboard and by tap, and is made only then.

use std::time::Duration;

use engine::words;
use leptos::html::{Button, Div};
use leptos::leptos_dom::helpers::{TimeoutHandle, set_timeout_with_handle};
use leptos::prelude::*;
use wasm_bindgen::JsCast;
use web_sys::{
    Element, FocusEvent, KeyboardEvent, MouseEvent, Node, PointerEvent, ScrollIntoViewOptions,
    ScrollLogicalPosition,
};

use super::sentence::code_words;
use crate::browser;
use crate::page::{CellSignals, Page};

/// How long a pointer must rest on a status before its card opens, and be away before it closes.
const REST: Duration = Duration::from_millis(250);

/// Whether the card of a status is open, and by what.
#[derive(Clone, Copy)]
pub struct Opening {
    by_pointer: RwSignal<bool>,
    by_keyboard: RwSignal<bool>,
    by_press: RwSignal<bool>,
    /// What happens once the pointer has rested.
    resting: StoredValue<Option<TimeoutHandle>>,
}

impl Opening {
    pub fn new() -> Self {
        Self {
            by_pointer: RwSignal::new(false),
            by_keyboard: RwSignal::new(false),
            by_press: RwSignal::new(false),
            resting: StoredValue::new(None),
        }
    }

    pub fn is_open(self) -> bool {
        self.by_pointer.get() || self.by_keyboard.get() || self.by_press.get()
    }

    fn is_open_untracked(self) -> bool {
        let open = [self.by_pointer, self.by_keyboard, self.by_press];
        open.iter().any(RwSignal::get_untracked)
    }

    fn close(self) {
        self.stop_resting();
        for by in [self.by_pointer, self.by_keyboard, self.by_press] {
            by.try_set(false);
        }
    }

    fn stop_resting(self) {
        let before = self.resting.try_update_value(Option::take).flatten();
        if let Some(before) = before {
            before.clear();
        }
    }

    /// The pointer has come to the status or its card, or has left both. A finger taps instead.
    pub fn point(self, event: &PointerEvent, is_here: bool) {
        if event.pointer_type() != "mouse" {
            return;
        }
        self.stop_resting();
        let rested = move || {
            self.by_pointer.try_set(is_here);
        };
        self.resting
            .set_value(set_timeout_with_handle(rested, REST).ok());
    }

    /// The button has the keyboard.
    pub fn focus(self) {
        self.by_keyboard.set(true);
    }

    /// The status was pressed, its button or beside it: the card stays open until it is pressed again.
    pub fn tap(self, event: &MouseEvent, button: NodeRef<Button>) {
        let target = event
            .target()
            .and_then(|target| target.dyn_into::<Element>().ok());
        let pressed = target.and_then(|target| target.closest("button").ok().flatten());
        let Some(button) = button.get_untracked() else {
            return;
        };
        if pressed.is_some_and(|pressed| !button.is_same_node(Some(&pressed))) {
            // The way to the cell that is named.
            return;
        }
        // Some browsers give a pressed button no keyboard.
        let _ = button.focus();
        if self.by_press.get_untracked() {
            self.close();
        } else {
            self.by_press.set(true);
        }
    }

    /// The keyboard has gone elsewhere.
    pub fn blur(self, event: &FocusEvent, area: NodeRef<Div>) {
        let to = event
            .related_target()
            .and_then(|target| target.dyn_into::<Node>().ok());
        let area = area.try_get_untracked().flatten();
        if !area.is_some_and(|area| area.contains(to.as_ref())) {
            self.by_keyboard.try_set(false);
            self.by_press.try_set(false);
        }
    }

    /// Escape closes the card; the keyboard stays where it is.
    pub fn key(self, event: &KeyboardEvent) {
        if event.key() == "Escape" && self.is_open_untracked() {
            // The next one leads to the cell.
            event.prevent_default();
            self.close();
        }
    }
}

/// The card.
#[component]
pub fn StoryCard(page: Page, cell: CellSignals, #[prop(into)] id: String) -> impl IntoView {
    let story = Memo::new(move |_| {
        // It is told anew when the cell's state is painted anew, or cells come, go or move.
        cell.view.track();
        cell.names.track();
        page.cells.track();
        page.kernel.track();
        let host = page.host()?;
        host.story(cell.id)
    });
    let body = move || {
        let Some(story) = story.get() else {
            return view! {
                <p>"Another tab runs this notebook. Why its cells run, that tab can say."</p>
            }
            .into_any();
        };
        let took = (!story.took.is_empty()).then(|| {
            let several = story.took.contains(", ");
            let what = if several { "Last runs: " } else { "Last run: " };
            view! { <p class="story-took">{what} {story.took.clone()}</p> }
        });
        let why = story
            .why
            .iter()
            .map(|sentence| view! { <p>{code_words(sentence)}</p> });
        view! {
            <p class="story-status">{code_words(&story.status)}</p>
            {why.collect_view()}
            {took}
        }
        .into_any()
    };
    let card = NodeRef::<Div>::new();
    Effect::new(move || {
        let Some(card) = card.get() else {
            return;
        };
        // Whoever has asked for it sees all of it; a pointer that rests there moves nothing.
        let active = browser::document().active_element();
        let asked = card.parent_element().zip(active);
        if asked.is_some_and(|(place, active)| place.contains(Some(&active))) {
            let options = ScrollIntoViewOptions::new();
            options.set_block(ScrollLogicalPosition::Nearest);
            card.scroll_into_view_with_scroll_into_view_options(&options);
        }
    });
    let elapsed = move || {
        let elapsed = cell.elapsed.get()?;
        Some(view! { <p class="story-took">"So far: " {words::ticking(elapsed)}</p> })
    };
    view! {
        <div class="story" node_ref=card id=id role="group" aria-label="About this status" data-part="story">
            {body}
            {elapsed}
        </div>
    }
}
