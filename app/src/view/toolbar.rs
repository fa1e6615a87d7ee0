//! A row of buttons is one stop of the Tab key; the arrow keys go from one to the next.

use wasm_bindgen::JsCast;
use web_sys::{Element, HtmlElement, KeyboardEvent};

/// Moves the keyboard among the buttons and links of the row that the event is in.
pub fn on_key(event: &KeyboardEvent) {
    let Some(target) = event
        .target()
        .and_then(|target| target.dyn_into::<Element>().ok())
    else {
        return;
    };
    let is_in = |selector| target.closest(selector).ok().flatten().is_some();
    if is_in("input, select, textarea, .menu-entries") || event.alt_key() || event.ctrl_key() {
        return;
    }
    let row = event
        .current_target()
        .and_then(|row| row.dyn_into::<Element>().ok());
    let buttons = row.map(|row| buttons(&row)).unwrap_or_default();
    let here = buttons.iter().position(|button| **button == target);
    let (Some(here), Some(last)) = (here, buttons.len().checked_sub(1)) else {
        return;
    };
    let to = match event.key().as_str() {
        "ArrowRight" => (here + 1).min(last),
        "ArrowLeft" => here.saturating_sub(1),
        "Home" => 0,
        "End" => last,
        _ => return,
    };
    event.prevent_default();
    let _ = buttons[to].focus();
}

/// The buttons and links of a row that can be reached, in their order.
pub fn buttons(row: &Element) -> Vec<HtmlElement> {
    let Ok(found) = row.query_selector_all("button:not(:disabled), a[href]") else {
        return Vec::new();
    };
    let elements =
        (0..found.length()).filter_map(|at| found.get(at)?.dyn_into::<HtmlElement>().ok());
    let is_entry =
        |element: &HtmlElement| element.closest(".menu-entries").ok().flatten().is_some();
    let is_shown = |element: &HtmlElement| element.offset_width() > 0;
    elements
        .filter(|element| !is_entry(element) && is_shown(element))
        .collect()
}
