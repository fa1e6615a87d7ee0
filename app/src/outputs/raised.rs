//! An exception.

use leptos::prelude::*;
use protocol::PythonError;

use super::text::long_text;
use crate::editor::Library;

/// So much of an exception's message stands above the way to it, in characters.
const MESSAGE: usize = 1_000;

/// An exception: its last line first, then the way to it.
#[component]
pub fn Raised(error: PythonError, library: Library) -> impl IntoView {
    let PythonError {
        name,
        message,
        traceback,
        ..
    } = error;
    let message = match message.char_indices().nth(MESSAGE) {
        Some((end, _)) => format!("{}\u{2026}", &message[..end]),
        None => message,
    };
    let has_message = !message.is_empty();
    view! {
        <div data-part="error" class="raised">
            <p class="raised-line">
                <strong>{name}</strong>
                {has_message.then(|| view! { ": " {message} })}
            </p>
            {long_text("traceback", traceback.trim_end().into(), library)}
        </div>
    }
}
