//! A panic stops the page where everybody sees it.
//!
//! `public/stopped.js` does the work, and hears of a stack that ran out by itself: after either of them
//! nothing in Rust is to be relied on.

use wasm_bindgen::prelude::*;

#[wasm_bindgen]
extern "C" {
    #[wasm_bindgen(js_name = rivuletStop)]
    fn stop();
}

/// From now on a panic is told in the console, and stops the page.
pub fn watch() {
    std::panic::set_hook(Box::new(|panic| {
        console_error_panic_hook::hook(panic);
        stop();
    }));
}
