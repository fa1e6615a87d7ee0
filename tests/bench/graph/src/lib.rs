//! The graph's benchmark as WebAssembly; `bench.mjs` holds the clock.

use tests::edits::{KINDS, Large};
use wasm_bindgen::prelude::*;

/// A large notebook.
#[wasm_bindgen]
#[derive(Debug)]
pub struct Notebook(Large);

#[wasm_bindgen]
impl Notebook {
    /// Opens a notebook of so many cells.
    #[wasm_bindgen(constructor)]
    #[must_use]
    pub fn new(count: u32) -> Self {
        Self(Large::open(count))
    }

    /// Makes an edit of a kind, so many times.
    pub fn edit(&mut self, kind: usize, times: u32) {
        if let Some((kind, _)) = KINDS.get(kind) {
            for _ in 0..times {
                std::hint::black_box(self.0.edit(*kind));
            }
        }
    }
}

/// The words for the kinds of edits.
#[wasm_bindgen]
#[must_use]
pub fn kinds() -> Vec<String> {
    KINDS.iter().map(|(_, word)| (*word).to_owned()).collect()
}

/// Megabytes of memory that the module has taken.
#[wasm_bindgen]
#[must_use]
pub fn held() -> f64 {
    let memory: js_sys::WebAssembly::Memory = wasm_bindgen::memory().unchecked_into();
    let bytes: js_sys::ArrayBuffer = memory.buffer().unchecked_into();
    f64::from(bytes.byte_length()) / 1e6
}
