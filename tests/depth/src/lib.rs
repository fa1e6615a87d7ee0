//! The engine's readers as WebAssembly, as they run in the page, for texts that are nested deeply.
//!
//! `tests/browser/depth.test.mjs` asks it in a browser, where the stack is smaller than anywhere else,
//! and `tests/browser/markdown.test.mjs` has it read texts.

mod forms;

use engine::analysis;
use wasm_bindgen::prelude::*;

use forms::Form;

/// What reads a text.
#[wasm_bindgen]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reader {
    /// The analysis of a Python cell.
    Python,
    /// The analysis of an SQL cell.
    Sql,
    /// The analysis of a text, and its values.
    Markdown,
    /// The notebook formats.
    File,
}

fn forms_of(reader: Reader) -> &'static [Form] {
    match reader {
        Reader::Python => forms::PYTHON,
        Reader::Sql => forms::SQL,
        Reader::Markdown => forms::MARKDOWN,
        Reader::File => forms::FILES,
    }
}

/// The names of the forms that a reader is tried with.
#[wasm_bindgen]
#[must_use]
pub fn forms(reader: Reader) -> Vec<String> {
    let names = forms_of(reader).iter();
    names.map(|(name, _)| (*name).to_owned()).collect()
}

/// A form, nested so many times.
#[wasm_bindgen]
#[must_use]
pub fn text(reader: Reader, form: usize, times: usize) -> String {
    let form = forms_of(reader).get(form);
    form.map(|(_, write)| write(times)).unwrap_or_default()
}

/// What is said of code that is nested too deeply.
#[wasm_bindgen]
#[must_use]
pub fn refusal() -> String {
    analysis::TOO_DEEP.to_owned()
}

/// Reads a text, with so many kilobytes of Rust's own stack taken by something else. Gives what is
/// wrong with it; empty if nothing is.
#[wasm_bindgen]
#[must_use]
pub fn read(reader: Reader, name: &str, text: &str, taken: u32) -> String {
    if taken > 0 {
        let room = [0_u8; 1024];
        let answer = read(reader, name, text, taken - 1);
        std::hint::black_box(&room);
        return answer;
    }
    let error = match reader {
        Reader::Python => analysis::python(text).syntax_error,
        Reader::Sql => analysis::sql::sql(text).syntax_error,
        Reader::Markdown => {
            std::hint::black_box(analysis::markdown::pieces(text));
            std::hint::black_box(engine::markdown::markdown(text, "key"));
            let found = analysis::markdown::markdown(text);
            found.and_then(|found| found.syntax_error)
        }
        Reader::File => return engine::formats::read(name, text).err().unwrap_or_default(),
    };
    error.map(|error| error.message).unwrap_or_default()
}

/// A text as the page's scripts take it: Markdown, or LaTeX if that is the kind.
#[wasm_bindgen]
#[must_use]
pub fn read_text(kind: &str, text: &str, key: &str) -> String {
    engine::markdown::json(kind == "latex", text, key)
}
