//! A panic stops the page where everybody sees it.
//!
//! `public/stopped.js` does the work, and hears of a stack that ran out by itself: after either of them
//! nothing in Rust is to be relied on.

use wasm_bindgen::prelude::*;

#[wasm_bindgen]
extern "C" {
    #[wasm_bindgen(js_name = rivuletStop)]
    fn stop();

    #[wasm_bindgen(js_name = rivuletOpening)]
    fn mark_opening(what: &str) -> bool;

    #[wasm_bindgen(js_name = rivuletOpened)]
    fn mark_opened();
}

/// Remembers that this notebook is being opened. Tells whether that stopped the page before.
pub fn opening(what: &str) -> bool {
    mark_opening(what)
}

/// The notebook is open, and painted.
pub fn opened() {
    mark_opened();
}

/// From now on a panic is told in the console, and stops the page.
pub fn watch() {
    std::panic::set_hook(Box::new(|panic| {
        console_error_panic_hook::hook(panic);
        stop();
    }));
}
