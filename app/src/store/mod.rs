//! Notebooks in this browser: a snapshot and a journal of edits each, in `IndexedDB`.
//!
//! Three databases: what people wrote (`rivulet`), its history (`rivulet-history`), and outputs
//! (`rivulet-outputs`), which may vanish. Every record carries a checksum. Everything read back is
//! checked: a record that is broken is set aside in the history database and skipped.

mod history;
mod sealed;
mod writer;

use std::rc::Rc;

use engine::session::{Stored, remember};
use engine::{Document, Edit, Evaluation, Notebook};
use idb::{Database, DatabaseEvent, Factory, KeyRange, ObjectStoreParams, Query, TransactionMode};
use js_sys::Array;
use protocol::CellId;
use serde::{Deserialize, Serialize};
use wasm_bindgen::prelude::*;

use crate::page::Listed;
pub use history::Version;
use sealed::{json, seal, unseal};
pub use writer::{Unsaved, Writer};

/// The databases' names and versions never change.
const NOTEBOOKS: &str = "rivulet";
const HISTORY: &str = "rivulet-history";
const OUTPUTS: &str = "rivulet-outputs";
/// The number of the record in the outputs database that says which cells are to run; others have the
/// numbers of their cells.
const PLAN: u32 = 0;
/// A journal entry by which a tab that takes over keeps the one before from writing.
const FENCE: &str = "fence";

const DAMAGED: &str = "This notebook's record is damaged. What you see is its newest version in the history, with the edits after it that could be read.";

/// The stored form of a notebook; what has been edited since is in the journal.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct Snapshot {
    notebook: Notebook,
    /// The number of the last journal entry that is in the notebook.
    entry: u32,
    /// When it was last edited: milliseconds since 1970.
    edited: f64,
    /// When it was put into the bin.
    #[serde(default)]
    deleted: Option<f64>,
    /// Where it came from, if it is a copy.
    #[serde(default)]
    origin: Option<Origin>,
    /// What undo would apply, the next one last.
    #[serde(default)]
    undo: Vec<Edit>,
}

/// Where a notebook came from: a link or a file of the site.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Origin {
    /// The notebook as it was opened.
    pub notebook: Notebook,
}

/// One entry of the journal.
#[derive(Debug, Serialize, Deserialize)]
struct Entry {
    #[serde(flatten)]
    edit: Edit,
    /// Whether it took back the newest edit that could be undone.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    undoes: bool,
}

/// The three databases.
#[derive(Debug, Clone)]
pub struct Store {
    notebooks: Rc<Database>,
    history: Rc<Database>,
    outputs: Rc<Database>,
}

/// A notebook as it was stored.
pub struct Opened {
    /// The notebook with every edit of the journal.
    pub notebook: Notebook,
    /// What can be undone, and what is known of its cells' last runs.
    pub stored: Stored,
    /// Its writer.
    pub writer: Writer,
    /// What was broken, as a sentence; empty if nothing was.
    pub trouble: String,
}

fn sentence(error: &idb::Error) -> String {
    format!("This browser does not store notebooks: {error}.")
}

impl Store {
    /// Opens the databases. The error is a sentence.
    pub async fn open() -> Result<Self, String> {
        let notebooks = open(NOTEBOOKS, &["notebooks", "journal"]).await;
        let history = open(HISTORY, &["versions", "broken"]).await;
        let outputs = open(OUTPUTS, &["outputs"]).await;
        Ok(Self {
            notebooks: Rc::new(notebooks.map_err(|error| sentence(&error))?),
            history: Rc::new(history.map_err(|error| sentence(&error))?),
            outputs: Rc::new(outputs.map_err(|error| sentence(&error))?),
        })
    }

    async fn snapshots(&self) -> Result<Vec<(String, Snapshot)>, String> {
        let read = async {
            let names = ["notebooks"];
            let transaction = self
                .notebooks
                .transaction(&names, TransactionMode::ReadOnly)?;
            let store = transaction.object_store("notebooks")?;
            let values = store.get_all(None, None)?;
            let keys = store.get_all_keys(None, None)?;
            // In the order in which they were asked: an answer that nobody awaits yet is lost.
            let values = values.await?;
            Ok((keys.await?, values))
        };
        let (keys, values) = read.await.map_err(|error| sentence(&error))?;
        let pairs = keys.into_iter().zip(values);
        Ok(pairs
            .filter_map(|(key, value)| Some((key.as_string()?, unseal(&value)?)))
            .collect())
    }

    /// The notebooks, last edited first: those that are in the bin, or those that are not.
    pub async fn list(&self, deleted: bool) -> Result<Vec<Listed>, String> {
        let snapshots = self.snapshots().await?.into_iter();
        let mut listed: Vec<Listed> = snapshots
            .filter(|(_, snapshot)| snapshot.deleted.is_some() == deleted)
            .map(|(key, snapshot)| Listed {
                key,
                title: snapshot.notebook.title.clone(),
                cells: snapshot.notebook.cells().len(),
                edited: snapshot.deleted.unwrap_or(snapshot.edited),
            })
            .collect();
        listed.sort_by(|one, other| other.edited.total_cmp(&one.edited));
        Ok(listed)
    }

    /// The person's copies of what was opened from a link or a file, last edited first.
    pub async fn copies_of(&self, original: &Notebook) -> Vec<Listed> {
        let snapshots = self.snapshots().await.unwrap_or_default().into_iter();
        let mut copies: Vec<Listed> = snapshots
            .filter(|(_, snapshot)| {
                let origin = snapshot.origin.as_ref();
                snapshot.deleted.is_none()
                    && origin.is_some_and(|origin| origin.notebook == *original)
            })
            .map(|(key, snapshot)| Listed {
                key,
                title: snapshot.notebook.title.clone(),
                cells: snapshot.notebook.cells().len(),
                edited: snapshot.edited,
            })
            .collect();
        copies.sort_by(|one, other| other.edited.total_cmp(&one.edited));
        copies
    }

    /// Reads a notebook and what its cells last put out. `None` if there is no such notebook.
    pub async fn read(&self, key: &str) -> Result<Option<Opened>, String> {
        let read = async {
            let names = ["notebooks", "journal"];
            let transaction = self
                .notebooks
                .transaction(&names, TransactionMode::ReadOnly)?;
            let snapshot = transaction
                .object_store("notebooks")?
                .get(JsValue::from_str(key))?;
            let journal = transaction.object_store("journal")?;
            let entries = journal.get_all(Some(all_of(key)?), None)?;
            let keys = journal.get_all_keys(Some(all_of(key)?), None)?;
            Ok((snapshot.await?, entries.await?, keys.await?))
        };
        let (value, entries, keys) = read.await.map_err(|error| sentence(&error))?;
        let Some(value) = value else {
            return Ok(None);
        };
        let mut trouble = String::new();
        let sound = unseal::<Snapshot>(&value).filter(|snapshot| snapshot.notebook.is_sound());
        let snapshot = if let Some(snapshot) = sound {
            snapshot
        } else {
            self.set_aside(key, "snapshot", &value);
            DAMAGED.clone_into(&mut trouble);
            self.newest_version(key).await?
        };
        let (mut notebook, mut undo) = (snapshot.notebook, snapshot.undo);
        let (mut last, mut broken, mut since_fold) = (snapshot.entry, 0, 0);
        for (value, number) in entries.into_iter().zip(keys) {
            let Some(number) = number_of(&number).filter(|number| *number > snapshot.entry) else {
                continue;
            };
            last = last.max(number);
            since_fold += 1;
            if value.as_string().as_deref() == Some(FENCE) {
                continue;
            }
            let applied = unseal::<Entry>(&value)
                .and_then(|entry| Some((notebook.apply(entry.edit).ok()?, entry.undoes)));
            match applied {
                Some((_, true)) => {
                    undo.pop();
                }
                Some((inverse, false)) => remember(&mut undo, inverse),
                None => {
                    broken += 1;
                    self.set_aside(key, &number.to_string(), &value);
                }
            }
        }
        if broken > 0 && trouble.is_empty() {
            trouble = format!(
                "{broken} stored changes of this notebook could not be read; they were set aside, and everything else is here."
            );
        }
        let runs = self.runs(key).await.unwrap_or_default();
        Ok(Some(Opened {
            notebook,
            stored: Stored { undo, ..runs },
            writer: Writer::opened(self.clone(), key, last, since_fold, snapshot.origin),
            trouble,
        }))
    }

    /// What stands in for a snapshot that is damaged.
    async fn newest_version(&self, key: &str) -> Result<Snapshot, String> {
        let versions = self.versions(key).await.unwrap_or_default();
        let newest = versions.into_iter().next();
        let version = newest.ok_or("This notebook's record is damaged, and there is no earlier version of it. It was left as it is.")?;
        Ok(Snapshot {
            notebook: version.notebook,
            entry: version.entry,
            edited: version.at,
            deleted: None,
            origin: None,
            undo: Vec::new(),
        })
    }

    /// What is known of the last runs of a notebook's cells.
    async fn runs(&self, key: &str) -> Result<Stored, idb::Error> {
        let names = ["outputs"];
        let transaction = self
            .outputs
            .transaction(&names, TransactionMode::ReadOnly)?;
        let store = transaction.object_store("outputs")?;
        let values = store.get_all(Some(all_of(key)?), None)?;
        let keys = store.get_all_keys(Some(all_of(key)?), None)?;
        let (values, keys) = (values.await?, keys.await?);
        let mut stored = Stored::default();
        for (key, value) in keys.into_iter().zip(values) {
            match number_of(&key) {
                Some(PLAN) => stored.plan = unseal(&value),
                Some(id) => {
                    let evaluation = json(&value).and_then(|json| Evaluation::read(&json));
                    stored
                        .evaluations
                        .extend(evaluation.map(|evaluation| (CellId(id), evaluation)));
                }
                None => {}
            }
        }
        Ok(stored)
    }

    /// Everything of a notebook that goes into a file.
    pub async fn document(&self, key: &str) -> Result<Option<Document>, String> {
        Ok(self.read(key).await?.map(|opened| Document {
            notebook: opened.notebook,
            evaluations: opened.stored.evaluations,
        }))
    }

    /// The writer of a notebook that is not stored yet; `origin` is what it will be a copy of.
    pub fn new_writer(&self, origin: Option<Origin>) -> Writer {
        Writer::new(self.clone(), origin)
    }

    /// Stores a notebook that came in as a file. Returns its key.
    pub async fn add(&self, document: &Document) -> Result<String, String> {
        let writer = self.new_writer(None);
        let title = document.notebook.title.clone();
        writer
            .edit(&Edit::Title { title }, false, &document.notebook, &[])
            .await
            .map_err(|unsaved| unsaved.sentence())?;
        let evaluations = document.evaluations.iter();
        let evaluations = evaluations.map(|(id, evaluation)| (*id, Some(evaluation)));
        writer.keep(evaluations, None);
        writer
            .key()
            .ok_or_else(|| "The notebook got no place in this browser.".to_owned())
    }

    /// Changes a stored notebook without opening it: its title, or whether it is in the bin.
    pub async fn change(
        &self,
        key: &str,
        title: Option<String>,
        deleted: bool,
    ) -> Result<(), String> {
        let change = async {
            let names = ["notebooks"];
            let transaction = self
                .notebooks
                .transaction(&names, TransactionMode::ReadWrite)?;
            let store = transaction.object_store("notebooks")?;
            let key = JsValue::from_str(key);
            if let Some(mut snapshot) = store
                .get(key.clone())?
                .await?
                .and_then(|value| unseal::<Snapshot>(&value))
            {
                snapshot.deleted = deleted.then(js_sys::Date::now);
                if let Some(title) = title {
                    snapshot.notebook.title = title;
                }
                store.put(&seal(&snapshot), Some(&key))?;
            }
            transaction.await
        };
        change.await.map(|_| ()).map_err(|error| sentence(&error))
    }

    /// Deletes a notebook for good, with its history and outputs.
    pub async fn destroy(&self, key: &str) -> Result<(), String> {
        let destroy = async {
            let names = ["notebooks", "journal"];
            let transaction = self
                .notebooks
                .transaction(&names, TransactionMode::ReadWrite)?;
            transaction
                .object_store("notebooks")?
                .delete(Query::Key(JsValue::from_str(key)))?;
            transaction.object_store("journal")?.delete(all_of(key)?)?;
            transaction.await?;
            for (database, name) in [(&self.history, "versions"), (&self.outputs, "outputs")] {
                let transaction = database.transaction(&[name], TransactionMode::ReadWrite)?;
                transaction.object_store(name)?.delete(all_of(key)?)?;
                transaction.await?;
            }
            Ok(())
        };
        destroy.await.map_err(|error| sentence(&error))
    }
}

async fn open(name: &str, stores: &'static [&'static str]) -> Result<Database, idb::Error> {
    let mut request = Factory::new()?.open(name, Some(1))?;
    request.on_upgrade_needed(move |event| {
        if let Ok(database) = event.database() {
            for store in stores {
                // If it fails, so do the transactions that name it, with a message.
                let _ = database.create_object_store(store, ObjectStoreParams::new());
            }
        }
    });
    request.await
}

fn pair(key: &str, number: f64) -> JsValue {
    Array::of2(&JsValue::from_str(key), &JsValue::from(number)).into()
}

fn all_of(key: &str) -> Result<Query, idb::Error> {
    let range = KeyRange::bound(&pair(key, 0.0), &pair(key, f64::MAX), None, None)?;
    Ok(Query::KeyRange(range))
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "keys are written by `pair`; another number is no key of ours"
)]
fn number_of(key: &JsValue) -> Option<u32> {
    Some(key.dyn_ref::<Array>()?.get(1).as_f64()? as u32)
}
