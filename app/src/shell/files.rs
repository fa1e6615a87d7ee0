//! Files: those that are kept with the notebook, and those that the notebook is saved as.

use std::collections::BTreeMap;

use engine::files::{MOST_ALL, MOST_FILE, MOST_FILES};
use engine::formats::{html, ipynb, markdown, percent};
use engine::{Document, Format, Kind, Session, analysis, fixes};
use js_sys::Uint8Array;
use wasm_bindgen_futures::spawn_local;

use crate::files::Chosen;

/// The files that are kept with the notebook.
#[derive(Default)]
pub struct Files(BTreeMap<String, Kept>);

struct Kept {
    size: f64,
    /// Its bytes, where they are not stored yet or cannot be.
    bytes: Option<Uint8Array>,
}

impl Files {
    /// Whether there is room for a file; a sentence if not.
    pub fn room_for(&self, name: &str, size: f64) -> Result<(), String> {
        if size > MOST_FILE {
            let most = MOST_FILE / 1e6;
            return Err(format!(
                "\u{201c}{name}\u{201d} is larger than {most:.0} MB, more than a notebook keeps of one file."
            ));
        }
        let others = self.0.iter().filter(|(other, _)| *other != name);
        let (count, all) = others.fold((0, 0.0), |(count, all), (_, kept)| {
            (count + 1, all + kept.size)
        });
        if all + size > MOST_ALL {
            let most = MOST_ALL / 1e6;
            return Err(format!(
                "There is no room for \u{201c}{name}\u{201d}: the files of a notebook hold {most:.0} MB at most. Delete some of them first."
            ));
        }
        if count >= MOST_FILES {
            return Err(format!(
                "There is no room for \u{201c}{name}\u{201d}: a notebook has {MOST_FILES} files at most. Delete some of them first."
            ));
        }
        Ok(())
    }

    /// Takes a file in, in the place of one of that name.
    pub fn put(&mut self, name: &str, bytes: Uint8Array) {
        let kept = Kept {
            size: f64::from(bytes.length()),
            bytes: Some(bytes),
        };
        self.0.insert(name.to_owned(), kept);
    }

    /// These files are stored, by name and size.
    pub fn recall(&mut self, stored: BTreeMap<String, f64>) {
        for (name, size) in stored {
            self.0.entry(name).or_insert(Kept { size, bytes: None });
        }
    }

    /// This file is stored, so that nobody needs to hold its bytes.
    pub fn stored(&mut self, name: &str, bytes: &Uint8Array) {
        // Another may have come under this name meanwhile.
        if let Some(kept) = self.0.get_mut(name)
            && let Some(held) = &kept.bytes
            && js_sys::Object::is(held, bytes)
        {
            kept.bytes = None;
        }
    }

    pub fn remove(&mut self, name: &str) -> bool {
        self.0.remove(name).is_some()
    }

    pub fn has(&self, name: &str) -> bool {
        self.0.contains_key(name)
    }

    /// The bytes of a file that is not stored.
    pub fn bytes(&self, name: &str) -> Option<Uint8Array> {
        self.0.get(name)?.bytes.clone()
    }

    pub fn names(&self) -> Vec<String> {
        self.0.keys().cloned().collect()
    }

    /// The names and sizes.
    pub fn sizes(&self) -> impl Iterator<Item = (&String, f64)> {
        self.0.iter().map(|(name, kept)| (name, kept.size))
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

/// Hands the person the notebook as a file; its own files go with it where the format can take them.
pub fn save(
    document: Document,
    format: Format,
    files: impl Future<Output = Vec<Chosen>> + 'static,
) {
    spawn_local(async move {
        let text = match format {
            Format::Percent => percent::write(&document.notebook),
            Format::Jupyter => ipynb::write(&document),
            Format::Markdown => markdown::write(&document.notebook),
            Format::Html => crate::files::attach(page(&document).await, &files.await),
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
