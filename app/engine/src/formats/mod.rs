//! Notebooks as files: percent scripts, Jupyter, marimo, Markdown, HTML, and our own JSON. Pure.
//!
//! Reading takes any bytes and gives a [`Document`] or a sentence that says what is wrong with the
//! file. What a file says that nobody here reads is kept beside the cell and written back.

pub mod attachments;
mod bytes;
pub mod html;
pub mod ipynb;
mod json;
pub mod marimo;
pub mod markdown;
mod options;
pub mod percent;
pub mod records;
pub mod samples;

use std::collections::BTreeMap;

use protocol::CellId;
use serde::{Deserialize, Serialize};

use crate::evaluation::{Evaluation, before};
use crate::notebook::{Kind, MOST_CELLS, Notebook};
pub use bytes::text;

/// A notebook with the last evaluations of its cells.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(from = "Saved")]
pub struct Document {
    /// The notebook.
    pub notebook: Notebook,
    /// The last evaluations of the cells that ran. [`Session::open`](crate::Session::open) makes their
    /// ids fit together.
    pub evaluations: BTreeMap<CellId, Evaluation>,
}

/// A document as files hold it: those of before had outputs alone.
#[derive(Deserialize)]
struct Saved {
    notebook: Notebook,
    #[serde(default)]
    evaluations: BTreeMap<CellId, Evaluation>,
    #[serde(default)]
    outputs: BTreeMap<CellId, before::Shown>,
}

impl From<Saved> for Document {
    fn from(saved: Saved) -> Self {
        let mut evaluations = saved.evaluations;
        for (cell, shown) in saved.outputs {
            evaluations.entry(cell).or_insert_with(|| shown.into());
        }
        Self {
            notebook: saved.notebook,
            evaluations,
        }
    }
}

/// The formats that are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// A Python script with `# %%` before each cell.
    Percent,
    /// A Jupyter notebook, nbformat 4.5.
    Jupyter,
    /// Markdown with the code in fences.
    Markdown,
    /// A page of its own that reads without script.
    Html,
}

impl Format {
    /// The file name's end, with its dot.
    #[must_use]
    pub fn extension(self) -> &'static str {
        match self {
            Self::Percent => ".py",
            Self::Jupyter => ".ipynb",
            Self::Markdown => ".md",
            Self::Html => ".html",
        }
    }

    /// The MIME type.
    #[must_use]
    pub fn mime(self) -> &'static str {
        match self {
            Self::Percent => "text/x-python",
            Self::Jupyter => "application/x-ipynb+json",
            Self::Markdown => "text/markdown",
            Self::Html => "text/html",
        }
    }
}

/// The file names that can be read, for a file picker and for sentences.
pub const READABLE: [&str; 6] = [".py", ".ipynb", ".md", ".json", ".html", ".htm"];

/// Whether the name is that of a file that can be read.
#[must_use]
pub fn is_readable(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    READABLE.iter().any(|end| name.ends_with(end))
}

/// Reads a file by its name and its bytes. The error is a sentence about the file.
pub fn read_bytes(name: &str, bytes: &[u8]) -> Result<Document, String> {
    let text = text(bytes).ok_or_else(|| {
        format!("\u{201c}{name}\u{201d} cannot be opened. It is not a text, as a notebook must be.")
    })?;
    read(name, &text)
}

/// Reads a file by its name and content. The error is a sentence about the file.
pub fn read(name: &str, text: &str) -> Result<Document, String> {
    let (stem, end) = split_name(name);
    let text = normalise(text);
    let document = match end.as_str() {
        "py" => Ok(match marimo::read(&text, &stem) {
            Some(notebook) => Document::of(notebook),
            None => Document::of(percent::read(&text, &stem)),
        }),
        "md" => Ok(Document::of(markdown::read(&text, &stem))),
        "ipynb" => ipynb::read(&text, &stem),
        "json" => read_json(&text, &stem),
        "html" | "htm" => html::read(&text),
        _ => Err(format!(
            "It is not a notebook file: its name must end with {}.",
            READABLE[..5].join(", ")
        )),
    };
    let document = document
        .map_err(|problem| format!("\u{201c}{name}\u{201d} cannot be opened. {problem}"))?;
    let cells = document.notebook.cells().len();
    if cells > MOST_CELLS {
        return Err(format!(
            "\u{201c}{name}\u{201d} cannot be opened. It has {cells} cells, and a notebook may have {MOST_CELLS}: make several files of it."
        ));
    }
    if document.notebook.is_sound() {
        Ok(document)
    } else {
        Err(format!(
            "\u{201c}{name}\u{201d} cannot be opened. Two of its cells have the same number."
        ))
    }
}

impl Document {
    /// A notebook whose cells put out nothing.
    #[must_use]
    pub fn of(notebook: Notebook) -> Self {
        Self {
            notebook,
            evaluations: BTreeMap::new(),
        }
    }
}

/// Our own JSON, or Jupyter's under another name.
fn read_json(text: &str, stem: &str) -> Result<Document, String> {
    if let Ok(document) = serde_json::from_str::<Document>(text) {
        return Ok(document);
    }
    ipynb::read(text, stem)
}

/// The name without folders and end, and the end in small letters.
fn split_name(name: &str) -> (String, String) {
    let file = name.rsplit(['/', '\\']).next().unwrap_or(name);
    match file.rsplit_once('.') {
        Some((stem, end)) if !stem.is_empty() => (stem.to_owned(), end.to_ascii_lowercase()),
        _ => (file.to_owned(), String::new()),
    }
}

/// A file's text: no byte order mark comes first, and lines end with `\n`.
fn normalise(text: &str) -> String {
    unix_lines(text.strip_prefix('\u{feff}').unwrap_or(text))
}

fn unix_lines(text: &str) -> String {
    text.replace("\r\n", "\n").replace('\r', "\n")
}

/// The first heading of a text, as a title.
fn heading(notebook: &Notebook) -> Option<String> {
    let mut texts = notebook.cells().iter().take(3);
    let first = texts.find(|cell| cell.kind == Kind::Markdown)?;
    let line = first.source.lines().find(|line| !line.trim().is_empty())?;
    let title = line.trim_start().strip_prefix("# ")?.trim();
    (!title.is_empty()).then(|| title.chars().take(200).collect())
}
