//! The records of a browser's notebooks as they are stored, in one file. The page writes it where the
//! app itself did not start (`public/salvage.js`), so it holds what the databases hold, damage included.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::Value;

use super::Document;
use crate::journal::{self, Raw, Reading, Records};

/// What the file says it is.
const MARK: &str = "records";

/// The file: of each store its records, as pairs of key and value.
#[derive(Deserialize)]
struct File {
    rivulet: String,
    #[serde(default)]
    notebooks: Vec<(Value, Value)>,
    #[serde(default)]
    journal: Vec<(Value, Value)>,
    #[serde(default)]
    versions: Vec<(Value, Value)>,
}

/// What the file has of one notebook.
struct Found {
    records: Records,
    versions: Vec<Raw>,
}

impl Default for Found {
    fn default() -> Self {
        let records = Records {
            snapshot: None,
            journal: Vec::new(),
        };
        Self {
            records,
            versions: Vec::new(),
        }
    }
}

/// The notebooks in such a file, but for those in the bin; a sentence for each that cannot be read.
/// `None` if it is another file.
#[must_use]
pub fn read(text: &str) -> Option<Vec<Result<Document, String>>> {
    let file: File = serde_json::from_str(text).ok()?;
    if file.rivulet != MARK {
        return None;
    }
    let mut found: BTreeMap<String, Found> = BTreeMap::new();
    for (key, value) in file.notebooks {
        // Keys that are lists are of the index, which follows from the rest.
        if let Value::String(key) = key {
            found.entry(key).or_default().records.snapshot = Some(raw(value));
        }
    }
    for (key, value) in file.journal {
        if let Some((key, number)) = numbered(&key) {
            let number = number
                .as_u64()
                .and_then(|number| u32::try_from(number).ok());
            let journal = &mut found.entry(key).or_default().records.journal;
            journal.push((number, raw(value)));
        }
    }
    for (key, value) in file.versions {
        if let Some((key, _)) = numbered(&key) {
            found.entry(key).or_default().versions.push(raw(value));
        }
    }
    Some(found.into_values().filter_map(open).collect())
}

fn open(found: Found) -> Option<Result<Document, String>> {
    let opened = match journal::read(found.records) {
        Reading::Opened(opened) => Ok(Some(opened)),
        Reading::Damaged(damaged) => damaged.recover(&found.versions),
    };
    match opened {
        Ok(opened) => {
            let opened = opened?;
            let is_binned = opened.deleted.is_some();
            (!is_binned).then_some(Ok(Document::of(opened.notebook)))
        }
        Err(lost) => Some(Err(lost.sentence().to_owned())),
    }
}

/// The notebook and the number of a record's key.
fn numbered(key: &Value) -> Option<(String, &Value)> {
    match key.as_array()?.as_slice() {
        [Value::String(key), number] if number.is_number() => Some((key.clone(), number)),
        _ => None,
    }
}

fn raw(value: Value) -> Raw {
    match value {
        Value::String(text) => Raw(Some(text)),
        _ => Raw(None),
    }
}
