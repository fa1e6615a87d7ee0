//! Where a key goes in a grid, as in a spreadsheet.

use web_sys::KeyboardEvent;

use super::Place;

/// The cell that a key goes to; `None` if it goes nowhere. Row 0 is the head, `last` the last row.
pub fn next(
    event: &KeyboardEvent,
    (row, column): Place,
    last: usize,
    columns: usize,
    page: usize,
) -> Option<Place> {
    if event.alt_key() || columns == 0 {
        return None;
    }
    let is_far = event.ctrl_key() || event.meta_key();
    let end = columns - 1;
    let place = match event.key().as_str() {
        "ArrowDown" => (if is_far { last } else { row + 1 }, column),
        "ArrowUp" => (if is_far { 1 } else { row.saturating_sub(1) }, column),
        "ArrowRight" => (row, if is_far { end } else { column + 1 }),
        "ArrowLeft" => (row, if is_far { 0 } else { column.saturating_sub(1) }),
        "PageDown" => (row + page, column),
        "PageUp" => (row.saturating_sub(page).max(1), column),
        "Home" if is_far => (1, 0),
        "End" if is_far => (last, end),
        "Home" => (row, 0),
        "End" => (row, end),
        _ => return None,
    };
    Some((place.0.min(last), place.1.min(end)))
}
