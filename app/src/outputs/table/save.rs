//! Rows of a grid that leave the page: as a file, or by the clipboard. Python writes them, part by part, while it
//! has nothing else to do.

use std::ops::Range;
use std::rc::Rc;
use std::time::Duration;

use base64::Engine as _;
use engine::words::thousands;
use js_sys::{Array, Uint8Array};
use leptos::prelude::*;
use protocol::{Answer, Question, TableView};
use wasm_bindgen_futures::JsFuture;

use super::rows::{is_up, pause, small};
use crate::files;
use crate::page::Page;

/// The most that is taken into one file, in bytes.
const MOST_BYTES: usize = 400 << 20;
/// The most that goes to the clipboard.
const MOST_COPIED: usize = 20 << 20;
/// What comes at once; what comes after it is spread, as the page's gate wants it (`engine::gate`).
const AT_ONCE: usize = 16 << 20;
const BYTES_A_MS: usize = 5_000;
const AGAIN: u64 = 300;

/// What is wanted.
#[derive(Debug, Clone)]
pub struct Wanted {
    pub table: String,
    pub view: TableView,
    pub rows: Range<usize>,
    pub columns: Range<usize>,
    pub names: bool,
    /// `tsv` goes to the clipboard.
    pub format: &'static str,
    /// What the file is called, without its ending.
    pub name: String,
}

struct Saving {
    wanted: Wanted,
    page: Page,
    note: RwSignal<String>,
    parts: Array,
    bytes: usize,
}

/// Begins; `note` says how far it is.
pub fn save(wanted: Wanted, page: Page, note: RwSignal<String>) {
    let saving = Saving {
        wanted,
        page,
        note,
        parts: Array::new(),
        bytes: 0,
    };
    saving.ask(0);
}

impl Saving {
    fn say(&self, words: String) {
        let _ = self.note.try_set(words);
    }

    fn ask(self, at: u32) {
        let Some(host) = self.page.host() else {
            return;
        };
        let wait = pause();
        if wait > 0.0 {
            return set_timeout(move || self.ask(at), Duration::from_secs_f64(wait / 1e3));
        }
        let wanted = &self.wanted;
        let question = Question::Export {
            table: wanted.table.clone(),
            view: wanted.view.clone(),
            format: wanted.format.to_owned(),
            first: small(wanted.rows.start),
            count: small(wanted.rows.len()),
            first_column: small(wanted.columns.start),
            last_column: small(wanted.columns.end),
            names: wanted.names,
            at,
        };
        host.ask_python(question, Box::new(move |answer| self.answered(at, answer)));
    }

    fn answered(mut self, at: u32, answer: Option<Answer>) {
        // The grid is gone, and who waited for it.
        if self.note.try_get_untracked().is_none() {
            return;
        }
        match answer {
            Some(Answer::Part { text, next }) if next.is_none_or(|next| next > at) => {
                if !self.take(&text) {
                    return self
                        .say("The table is damaged on its way. Run the cell again.".to_owned());
                }
                let most = if self.wanted.format == "tsv" {
                    MOST_COPIED
                } else {
                    MOST_BYTES
                };
                match next {
                    _ if self.bytes > most => {
                        let what = if self.wanted.format == "tsv" {
                            "copied; save it as a file"
                        } else {
                            "saved from here; write it to a file in Python"
                        };
                        self.say(format!(
                            "That is over {} MB, too much to be {what}.",
                            most >> 20
                        ));
                    }
                    Some(next) => {
                        self.say(format!(
                            "{} KB\u{2026}",
                            thousands((self.bytes >> 10) as u64)
                        ));
                        let wait = if self.bytes > AT_ONCE {
                            text.len() / BYTES_A_MS
                        } else {
                            0
                        };
                        self.again(next, wait as u64);
                    }
                    None => self.done(),
                }
            }
            Some(Answer::Later) => self.again(at, 0),
            Some(Answer::NoRows { why }) if !why.is_empty() => self.say(why),
            None if is_up(self.page) => {
                self.say("It goes on when Python has nothing to run.".to_owned());
                self.again(at, AGAIN);
            }
            _ => self.say("Run the cell first: the whole table is with Python.".to_owned()),
        }
    }

    fn again(self, at: u32, wait: u64) {
        set_timeout(move || self.ask(at), Duration::from_millis(wait));
    }

    fn take(&mut self, text: &str) -> bool {
        let bytes = if matches!(self.wanted.format, "csv" | "tsv") {
            text.as_bytes().to_vec()
        } else {
            match base64::engine::general_purpose::STANDARD.decode(text) {
                Ok(bytes) => bytes,
                Err(_) => return false,
            }
        };
        self.bytes += bytes.len();
        self.parts.push(&Uint8Array::from(bytes.as_slice()));
        true
    }

    fn done(self) {
        let rows = thousands(self.wanted.rows.len() as u64);
        if self.wanted.format == "tsv" {
            let bytes: Vec<u8> = self
                .parts
                .iter()
                .flat_map(|part| Uint8Array::from(part).to_vec())
                .collect();
            let text = String::from_utf8_lossy(&bytes).into_owned();
            return copy(text, format!("{rows} rows copied."), self.note);
        }
        let mime = match self.wanted.format {
            "csv" => "text/csv",
            _ => "application/octet-stream",
        };
        files::save_parts(
            &self.wanted.name,
            &format!(".{}", self.wanted.format),
            mime,
            &self.parts,
        );
        self.say(format!("{rows} rows saved."));
    }
}

/// Puts a text into the clipboard, and says so.
pub fn copy(text: String, words: String, note: RwSignal<String>) {
    let clipboard = web_sys::window().map(|window| window.navigator().clipboard());
    let text = Rc::new(text);
    leptos::task::spawn_local(async move {
        let done = match clipboard {
            Some(clipboard) => JsFuture::from(clipboard.write_text(&text)).await.is_ok(),
            None => false,
        };
        let words = if done {
            words
        } else {
            "The browser did not let this be copied. Try again, or save it as a file.".to_owned()
        };
        let _ = note.try_set(words);
    });
}
