//! Files: those that the person adds for Python and SQL, which are kept in this page, handed to every
//! Python that starts in it and sent nowhere; and those that the notebook is saved as.

use std::collections::BTreeMap;

use engine::formats::{html, ipynb, markdown, percent};
use engine::{Document, Format, Kind, Session, analysis, fixes};
use js_sys::{ArrayBuffer, Uint8Array};
use protocol::{BufferIndex, ToWorker};
use wasm_bindgen_futures::spawn_local;

use crate::files::Chosen;

/// The files that were added, by name.
#[derive(Default)]
pub struct Files(BTreeMap<String, Uint8Array>);

impl Files {
    pub fn add(&mut self, file: Chosen) {
        self.0.insert(file.name, file.bytes);
    }

    /// The message that hands a file to Python.
    pub fn write(&self, name: &str) -> Option<(ToWorker, ArrayBuffer)> {
        // The kernel's copy is its own: buffers are handed over, not shared.
        let bytes = self.0.get(name)?;
        let copy = bytes.slice(0, bytes.length()).buffer();
        let message = ToWorker::Write {
            file: name.to_owned(),
            buffer: BufferIndex(0),
        };
        Some((message, copy))
    }

    /// The messages that hand all files to a Python that has just started.
    pub fn write_all(&self) -> impl Iterator<Item = (ToWorker, ArrayBuffer)> {
        self.0.keys().filter_map(|name| self.write(name))
    }
}

/// Names that SQL gives a meaning of its own, or that are too general for a file.
const TAKEN: [&str; 9] = [
    "main", "temp", "order", "group", "table", "index", "select", "values", "where",
];

/// A cell that opens a file of this name.
pub fn opening(session: &Session, name: &str) -> (Kind, String) {
    let (stem, ending) = name.rsplit_once('.').unwrap_or((name, ""));
    let variable = variable(session, stem);
    let quoted = name.replace('\\', "-").replace('\'', "\\'");
    match ending.to_lowercase().as_str() {
        "db" | "sqlite" | "sqlite3" => {
            let quoted = name.replace('\'', "''");
            let tables = "SELECT name, sql FROM";
            let source = format!(
                "ATTACH '{quoted}' AS {variable};\n{tables} {variable}.sqlite_master WHERE type IN ('table', 'view')"
            );
            (Kind::Sql, source)
        }
        "csv" | "tsv" if session.graph().has_owner("pd") => (
            Kind::Python,
            format!("{variable} = pd.read_csv('{quoted}')\n{variable}"),
        ),
        "csv" | "tsv" => (
            Kind::Python,
            format!("import rivulet\n\n{variable} = rivulet.read_csv('{quoted}')\n{variable}"),
        ),
        _ => (
            Kind::Python,
            format!("{variable} = open('{quoted}', 'rb').read()\nlen({variable})"),
        ),
    }
}

/// A name for what is in a file: its own as far as that is a name, and one that no cell defines.
fn variable(session: &Session, stem: &str) -> String {
    let lower = stem.to_lowercase();
    let letters = lower.chars().map(|letter| {
        if letter.is_alphanumeric() {
            letter
        } else {
            '_'
        }
    });
    let mut variable: String = letters.collect();
    let is_other = fixes::is_keyword(&variable)
        || analysis::is_builtin(&variable)
        || TAKEN.contains(&variable.as_str());
    if is_other || !variable.starts_with(char::is_alphabetic) {
        variable.insert_str(0, "file_");
    }
    let others = (2..).map(|number| format!("{variable}_{number}"));
    let mut candidates = std::iter::once(variable.clone()).chain(others);
    let free = candidates.find(|name| !session.graph().is_made(name));
    free.unwrap_or(variable)
}

/// Hands the person the notebook as a file.
pub fn save(document: Document, format: Format) {
    spawn_local(async move {
        let text = match format {
            Format::Percent => percent::write(&document.notebook),
            Format::Jupyter => ipynb::write(&document),
            Format::Markdown => markdown::write(&document.notebook),
            Format::Html => page(&document).await,
        };
        let title = &document.notebook.title;
        crate::files::save(title, format.extension(), format.mime(), text.as_bytes());
    });
}

async fn page(document: &Document) -> String {
    if has_formulas(document) {
        crate::editor::wait_for_maths().await;
    }
    let link = engine::link::encode(&document.notebook);
    // Mail programs and file viewers cut longer addresses.
    let live = (link.len() < 30_000).then(|| format!("{}{link}", crate::browser::home()));
    let help = html::Help {
        markdown: &crate::editor::harmless_markdown,
        latex: &crate::editor::harmless_latex,
        sanitise: &crate::editor::harmless_html,
        live,
    };
    html::write(document, &help)
}

/// Whether there may be formulas in the texts and outputs.
fn has_formulas(document: &Document) -> bool {
    let is_one = |text: &str| text.contains(['$', '\\']);
    let mut cells = document.notebook.cells().iter();
    let evaluations = document.evaluations.values();
    let mut items = evaluations.flat_map(|evaluation| &evaluation.outputs.items);
    cells.any(|cell| cell.kind == Kind::Markdown && is_one(&cell.source))
        || items.any(|item| match item {
            engine::Item::Value { forms, .. } => forms
                .iter()
                .any(|(mime, _)| mime == "text/latex" || mime == "text/markdown"),
            _ => false,
        })
}
