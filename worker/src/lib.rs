//! The kernel: a web worker that hosts Pyodide, takes `ToWorker` messages and posts `FromWorker`.
//!
//! It is compiled for the browser's worker alone, started by `js/start.js` with a private port.
//! `queue.rs` decides what to do next and is pure; `python.rs` calls into Python.
#![warn(missing_docs)]

mod host;
mod python;
pub mod queue;

use js_sys::Object;
use wasm_bindgen::prelude::*;
use web_sys::MessagePort;

/// Starts the kernel, which posts `Ready` on the port when Python has started.
///
/// `pieces` holds what the page fetched: the compiled `module` of Pyodide and the `stdlib` zip.
#[wasm_bindgen]
pub fn start(port: MessagePort, pieces: Object) {
    console_error_panic_hook::set_once();
    host::Host::start(port, pieces);
}
