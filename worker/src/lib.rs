//! The kernel: a web worker that hosts Pyodide, takes `ToWorker` messages and posts `FromWorker`.
//!
//! It is compiled for the browser's worker alone, started by `js/start.js` with a private port.
//! `queue.rs` decides what to do next, `pace.rs` how fast outputs leave, and both are pure; `python.rs`
//! calls into Python. User code runs in the same worker, so that what the page says beyond the run that
//! goes on (the runs that wait, and every seal) stays in this module's own memory, and what is called
//! on the way is taken or fixed before any cell runs (`js/wire.js`, `js/lock.js`).
#![warn(missing_docs)]

mod host;
pub mod pace;
mod python;
pub mod queue;

use js_sys::{Function, Object};
use wasm_bindgen::prelude::*;

/// Starts the kernel, which posts `Ready` on the wire when Python has started.
///
/// `pieces` holds what the page fetched: the compiled `module` of Pyodide and the `stdlib` zip; `seal`
/// is what the page knows the kernel by, and `now` its clock.
#[wasm_bindgen]
pub fn start(wire: JsValue, bridge: JsValue, pieces: Object, seal: String, now: Function) {
    host::Host::start(wire.unchecked_into(), bridge, pieces, seal, now);
}
