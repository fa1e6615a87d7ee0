//! The keyboard and the clipboard at the cells themselves, and the keys that count everywhere.

use leptos::prelude::*;
use send_wrapper::SendWrapper;
use wasm_bindgen::JsCast;
use wasm_bindgen::prelude::{Closure, JsValue};
use web_sys::{ClipboardEvent, Element, KeyboardEvent};

use crate::browser;
use crate::commands::control::Control;
use crate::commands::keys::Strokes;
use crate::commands::{Command, Place};

/// Where the keyboard is.
enum At {
    /// At a cell itself.
    Cell,
    /// In the text of a cell.
    Text,
    /// In the bar of a cell.
    Tools,
    Elsewhere,
}

/// Listens to the keyboard and the clipboard for as long as the notebook is shown.
pub fn watch(control: Control) {
    let strokes = Strokes::default();
    let key = Closure::<dyn Fn(KeyboardEvent)>::new(move |event| on_key(control, strokes, &event));
    let copy = Closure::<dyn Fn(ClipboardEvent)>::new(move |event| on_copy(control, &event));
    let paste = Closure::<dyn Fn(ClipboardEvent)>::new(move |event| on_paste(control, &event));
    let listeners = [
        ("keydown", key.into_js_value()),
        ("cut", copy.as_ref().clone()),
        ("copy", copy.into_js_value()),
        ("paste", paste.into_js_value()),
    ];
    let window = browser::window();
    for (event, function) in &listeners {
        let _ = window.add_event_listener_with_callback(event, function.unchecked_ref());
    }
    let listeners = SendWrapper::new(listeners);
    on_cleanup(move || {
        for (event, function) in listeners.take() {
            let function: JsValue = function;
            let _ = browser::window()
                .remove_event_listener_with_callback(event, function.unchecked_ref());
        }
    });
}

fn on_key(control: Control, strokes: Strokes, event: &KeyboardEvent) {
    if event.default_prevented() || !is_open(control) {
        return;
    }
    let at = place(
        event
            .target()
            .and_then(|target| target.dyn_into().ok())
            .as_ref(),
    );
    let places: &[Place] = match at {
        At::Cell => &[Place::Cell, Place::CellAndText, Place::Notebook],
        At::Text => &[Place::CellAndText, Place::Notebook],
        At::Tools if event.key() == "Escape" => {
            if let Some(current) = control.selection.current() {
                control.selection.move_to(current);
            }
            return event.prevent_default();
        }
        At::Tools | At::Elsewhere => &[Place::Notebook],
    };
    if let Some(command) = strokes.command(event, places) {
        event.prevent_default();
        control.perform(command);
    }
}

fn on_copy(control: Control, event: &ClipboardEvent) {
    if !is_for_cells(control) {
        return;
    }
    let data = event.clipboard_data();
    if let (Some(data), Some(text)) = (data, control.copied_text()) {
        event.prevent_default();
        let _ = data.set_data("text/plain", &text);
        if event.type_() == "cut" {
            // They are on the clipboard by now.
            control.perform(Command::Delete);
        }
    }
}

fn on_paste(control: Control, event: &ClipboardEvent) {
    let text = event
        .clipboard_data()
        .and_then(|data| data.get_data("text/plain").ok());
    if let Some(text) = text.filter(|_| is_for_cells(control)) {
        event.prevent_default();
        control.paste_text(&text);
    }
}

/// Whether the notebook is there to be worked in, with nothing over it.
fn is_open(control: Control) -> bool {
    let dialog = browser::document().query_selector("dialog[open]");
    !control.page.app.get_untracked() && dialog.is_ok_and(|dialog| dialog.is_none())
}

/// Whether the clipboard is used at a cell itself, and not for words that are marked in the page.
fn is_for_cells(control: Control) -> bool {
    let active = browser::document().active_element();
    let marks_words = browser::window().get_selection().ok().flatten();
    let marks_words = marks_words.is_some_and(|marked| !marked.is_collapsed());
    is_open(control) && matches!(place(active.as_ref()), At::Cell) && !marks_words
}

fn place(target: Option<&Element>) -> At {
    let Some(target) = target else {
        return At::Elsewhere;
    };
    let is_in = |selector| target.closest(selector).ok().flatten().is_some();
    if target.matches("article[data-cell]").unwrap_or_default() {
        At::Cell
    } else if is_in("article[data-cell] [data-part=\"editor\"]") {
        At::Text
    } else if is_in(".cell-bar") && !is_in(".menu:has([aria-expanded=\"true\"])") {
        At::Tools
    } else {
        At::Elsewhere
    }
}
