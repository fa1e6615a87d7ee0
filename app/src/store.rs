//! Notebooks in this browser: a snapshot and a journal of edits each, in `IndexedDB`.
//!
//! An edit is written in a transaction that begins in the same task as the edit, so that closing
//! the tab right after a keystroke loses nothing. Outputs live in a database of their own, since
//! they may vanish and source may not. Everything read back is checked: a record that is broken
//! is left where it is and skipped.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::rc::Rc;

use engine::session::Record;
use engine::{Edit, Notebook, Outputs};
use idb::{Database, DatabaseEvent, Factory, KeyRange, ObjectStoreParams, Query, TransactionMode};
use js_sys::Array;
use protocol::CellId;
use serde::{Deserialize, Serialize};
use wasm_bindgen::prelude::*;

use crate::page::Listed;

/// The databases' names and versions never change.
const NOTEBOOKS: &str = "rivulet";
const OUTPUTS: &str = "rivulet-outputs";
/// After so many edits the journal is folded into a new snapshot.
const FOLD: u32 = 500;

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
}

/// What is stored of a cell's last run.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Kept {
    /// The engine's record of it.
    pub record: Record,
    /// What it put out.
    pub outputs: Outputs,
}

/// The two databases.
#[derive(Debug, Clone)]
pub struct Store {
    notebooks: Rc<Database>,
    outputs: Rc<Database>,
}

/// The writer of one notebook.
#[derive(Debug)]
pub struct Writer {
    store: Store,
    key: RefCell<Option<String>>,
    entry: Cell<u32>,
    since_fold: Cell<u32>,
}

/// A notebook as it was stored.
pub struct Opened {
    /// The notebook with every edit of the journal.
    pub notebook: Notebook,
    /// What is known of its cells' last runs.
    pub kept: BTreeMap<CellId, Kept>,
    /// Its writer.
    pub writer: Writer,
    /// Journal entries that could not be read or applied.
    pub broken: usize,
}

fn sentence(error: &idb::Error) -> String {
    format!("This browser does not store notebooks: {error}.")
}

impl Store {
    /// Opens the databases. The error is a sentence.
    pub async fn open() -> Result<Self, String> {
        let notebooks = open(NOTEBOOKS, &["notebooks", "journal"]).await;
        let outputs = open(OUTPUTS, &["outputs"]).await;
        Ok(Self {
            notebooks: Rc::new(notebooks.map_err(|error| sentence(&error))?),
            outputs: Rc::new(outputs.map_err(|error| sentence(&error))?),
        })
    }

    /// The notebooks that are not in the bin, last edited first.
    pub async fn list(&self) -> Result<Vec<Listed>, String> {
        let read = async {
            let transaction = self
                .notebooks
                .transaction(&["notebooks"], TransactionMode::ReadOnly)?;
            let store = transaction.object_store("notebooks")?;
            let values = store.get_all(None, None)?;
            let keys = store.get_all_keys(None, None)?;
            // In the order in which they were asked: an answer that nobody awaits yet is lost.
            let values = values.await?;
            Ok((keys.await?, values))
        };
        let (keys, values) = read.await.map_err(|error| sentence(&error))?;
        let mut listed: Vec<Listed> = keys
            .into_iter()
            .zip(values)
            .filter_map(|(key, value)| {
                let snapshot: Snapshot = parse(&value)?;
                Some(Listed {
                    key: key.as_string()?,
                    title: snapshot.notebook.title.clone(),
                    cells: snapshot.notebook.cells().len(),
                    edited: snapshot.edited,
                })
                .filter(|_| snapshot.deleted.is_none())
            })
            .collect();
        listed.sort_by(|one, other| other.edited.total_cmp(&one.edited));
        Ok(listed)
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
        let (snapshot, entries, keys) = read.await.map_err(|error| sentence(&error))?;
        let Some(snapshot) = snapshot else {
            return Ok(None);
        };
        let Some(snapshot) = parse::<Snapshot>(&snapshot).filter(|s| s.notebook.is_sound()) else {
            return Err("This notebook's record is damaged. It was left as it is.".to_owned());
        };
        let mut notebook = snapshot.notebook;
        let (mut last, mut broken, mut since_fold) = (snapshot.entry, 0, 0);
        for (entry, key) in entries.into_iter().zip(keys) {
            let Some(number) = number_of(&key).filter(|number| *number > snapshot.entry) else {
                continue;
            };
            last = last.max(number);
            since_fold += 1;
            let applied = parse::<Edit>(&entry).and_then(|edit| notebook.apply(edit).ok());
            broken += usize::from(applied.is_none());
        }
        let kept = self.kept(key).await.unwrap_or_default();
        Ok(Some(Opened {
            notebook,
            kept,
            writer: Writer {
                store: self.clone(),
                key: RefCell::new(Some(key.to_owned())),
                entry: Cell::new(last),
                since_fold: Cell::new(since_fold),
            },
            broken,
        }))
    }

    async fn kept(&self, key: &str) -> Result<BTreeMap<CellId, Kept>, idb::Error> {
        let transaction = self
            .outputs
            .transaction(&["outputs"], TransactionMode::ReadOnly)?;
        let store = transaction.object_store("outputs")?;
        let values = store.get_all(Some(all_of(key)?), None)?;
        let keys = store.get_all_keys(Some(all_of(key)?), None)?;
        let (values, keys) = (values.await?, keys.await?);
        let pairs = keys.into_iter().zip(values);
        Ok(pairs
            .filter_map(|(key, value)| Some((CellId(number_of(&key)?), parse(&value)?)))
            .collect())
    }

    /// The writer of a notebook that is not stored yet.
    pub fn new_writer(&self) -> Writer {
        Writer {
            store: self.clone(),
            key: RefCell::new(None),
            entry: Cell::new(0),
            since_fold: Cell::new(0),
        }
    }

    /// Changes a stored notebook without opening it: its title, or whether it is in the bin.
    pub async fn change(
        &self,
        key: &str,
        title: Option<String>,
        deleted: bool,
    ) -> Result<(), String> {
        let change = async {
            let transaction = self
                .notebooks
                .transaction(&["notebooks"], TransactionMode::ReadWrite)?;
            let store = transaction.object_store("notebooks")?;
            let key = JsValue::from_str(key);
            if let Some(mut snapshot) = store
                .get(key.clone())?
                .await?
                .and_then(|value| parse::<Snapshot>(&value))
            {
                snapshot.deleted = deleted.then(js_sys::Date::now);
                if let Some(title) = title {
                    snapshot.notebook.title = title;
                }
                store.put(&json(&snapshot), Some(&key))?;
            }
            transaction.await
        };
        change.await.map(|_| ()).map_err(|error| sentence(&error))
    }
}

impl Writer {
    /// The notebook's key, once it is stored.
    pub fn key(&self) -> Option<String> {
        self.key.borrow().clone()
    }

    /// Begins to store an edit, now; the future ends when it is safe. The first edit stores the
    /// whole notebook (`notebook` is as it is after the edit).
    pub fn edit(
        &self,
        edit: &Edit,
        notebook: &Notebook,
    ) -> impl Future<Output = Result<(), String>> + 'static {
        let begun = self.begin(edit, notebook);
        async move {
            match begun.map_err(|error| sentence(&error))?.await {
                Ok(result) if result.is_committed() => Ok(()),
                Ok(_) => Err("This browser has no room left for notebooks.".to_owned()),
                Err(error) => Err(format!(
                    "The last change was not stored ({error}). If this notebook is open in another \
                     tab, reload this one."
                )),
            }
        }
    }

    fn begin(
        &self,
        edit: &Edit,
        notebook: &Notebook,
    ) -> Result<idb::TransactionFuture, idb::Error> {
        let names = ["notebooks", "journal"];
        let database = &self.store.notebooks;
        let transaction = database.transaction(&names, TransactionMode::ReadWrite)?;
        let entry = self.entry.get() + 1;
        let is_new = self.key.borrow().is_none();
        let key = self.key.borrow_mut().get_or_insert_with(new_key).clone();
        if !is_new {
            // `add` fails where another tab has written the same entry: neither edit is lost.
            let journal = transaction.object_store("journal")?;
            journal.add(&json(edit), Some(&pair(&key, entry)))?;
        }
        let folds = self.since_fold.get() >= FOLD;
        let renamed = matches!(
            edit,
            Edit::Title { .. } | Edit::Insert { .. } | Edit::Delete { .. }
        );
        if is_new || folds || renamed {
            let snapshot = Snapshot {
                notebook: notebook.clone(),
                entry,
                edited: js_sys::Date::now(),
                deleted: None,
            };
            let store = transaction.object_store("notebooks")?;
            store.put(&json(&snapshot), Some(&JsValue::from_str(&key)))?;
        }
        if folds {
            let old = KeyRange::bound(&pair(&key, 0), &pair(&key, entry), None, None)?;
            transaction
                .object_store("journal")?
                .delete(Query::KeyRange(old))?;
        }
        self.entry.set(entry);
        self.since_fold
            .set(if folds { 0 } else { self.since_fold.get() + 1 });
        // Asked for now, since a page that is closed in the next moment could not ask any more.
        Ok(transaction.commit()?.into_future())
    }

    /// Stores what cells put out last. Best effort: outputs may vanish.
    pub fn keep(&self, kept: &[(CellId, Kept)]) {
        let Some(key) = self.key() else {
            return;
        };
        let write = || -> Result<(), idb::Error> {
            let database = &self.store.outputs;
            let transaction = database.transaction(&["outputs"], TransactionMode::ReadWrite)?;
            let store = transaction.object_store("outputs")?;
            for (cell, kept) in kept {
                store.put(&json(kept), Some(&pair(&key, cell.0)))?;
            }
            transaction.commit().map(|_| ())
        };
        if let Err(error) = write() {
            web_sys::console::warn_1(&format!("Outputs were not stored: {error}").into());
        }
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

fn new_key() -> String {
    let random = || (js_sys::Math::random() * 36.0_f64.powi(5)).floor();
    let digits = |value: f64| js_sys::Number::from(value).to_string_with_radix(36);
    let text = |value| digits(value).map(String::from).unwrap_or_default();
    format!("{}{}", text(random()), text(random()))
}

fn pair(key: &str, number: u32) -> JsValue {
    Array::of2(&JsValue::from_str(key), &JsValue::from(number)).into()
}

fn all_of(key: &str) -> Result<Query, idb::Error> {
    let range = KeyRange::bound(&pair(key, 0), &pair(key, u32::MAX), None, None)?;
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

fn json(value: &impl Serialize) -> JsValue {
    JsValue::from_str(&serde_json::to_string(value).unwrap_or_default())
}

fn parse<T: for<'a> Deserialize<'a>>(value: &JsValue) -> Option<T> {
    serde_json::from_str(&value.as_string()?).ok()
}
