//! The writer of one notebook. An edit is written in a transaction that begins in the same task as
//! the edit, so that closing the tab right after a keystroke loses nothing.
//!
//! Entries of the journal are numbered, and adding one whose number is taken aborts its
//! transaction: where two tabs write, the second one's edit is refused inside the database, and
//! nothing is overwritten.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use engine::session::Plan;
use engine::{Edit, Evaluation, Notebook};
use idb::{KeyRange, Query, TransactionMode};
use js_sys::{Promise, Reflect};
use protocol::CellId;
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;

use super::{Entry, FENCE, Origin, PLAN, Snapshot, Store, Version, pair, seal};

/// After so many edits the journal is folded into a new snapshot.
const FOLD: u32 = 500;
/// After so many milliseconds an edit takes a new version.
const VERSION: f64 = 600_000.0;

/// The writer of one notebook.
#[derive(Debug)]
pub struct Writer {
    store: Store,
    key: RefCell<Option<String>>,
    origin: Option<Origin>,
    entry: Cell<u32>,
    since_fold: Cell<u32>,
    /// When the last version was taken.
    versioned: Cell<f64>,
    /// Whether an edit could not be stored: what comes after it must not build on it.
    torn: Rc<Cell<bool>>,
}

/// Why an edit is not stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Unsaved {
    /// Another tab writes this notebook now.
    Overtaken,
    /// There is no room.
    Full,
    /// Something else, as the browser says it.
    Refused(String),
}

impl Unsaved {
    /// The sentence for people.
    pub fn sentence(&self) -> String {
        match self {
            Self::Overtaken => "This notebook was taken over by another tab.".to_owned(),
            Self::Full => "This browser has no room left for notebooks. Free some space on the device, or delete notebooks that you do not need.".to_owned(),
            Self::Refused(reason) => format!("The last change was not stored ({reason})."),
        }
    }

    fn of(reason: &str) -> Self {
        match reason {
            "ConstraintError" => Self::Overtaken,
            "QuotaExceededError" => Self::Full,
            reason => Self::Refused(reason.to_owned()),
        }
    }
}

impl Writer {
    pub(super) fn new(store: Store, origin: Option<Origin>) -> Self {
        Self {
            store,
            key: RefCell::new(None),
            origin,
            entry: Cell::new(0),
            since_fold: Cell::new(0),
            versioned: Cell::new(0.0),
            torn: Rc::default(),
        }
    }

    pub(super) fn opened(
        store: Store,
        key: &str,
        entry: u32,
        since_fold: u32,
        origin: Option<Origin>,
    ) -> Self {
        Self {
            store,
            key: RefCell::new(Some(key.to_owned())),
            origin,
            entry: Cell::new(entry),
            since_fold: Cell::new(since_fold),
            versioned: Cell::new(0.0),
            torn: Rc::default(),
        }
    }

    /// The notebook's key, once it is stored.
    pub fn key(&self) -> Option<String> {
        self.key.borrow().clone()
    }

    /// The store.
    pub fn store(&self) -> &Store {
        &self.store
    }

    /// What the notebook is a copy of.
    pub fn origin(&self) -> Option<&Origin> {
        self.origin.as_ref()
    }

    /// Begins to store an edit, now; the future ends when it is safe. The first edit stores the
    /// whole notebook (`notebook` and `undo` are as they are after the edit).
    pub fn edit(
        &self,
        edit: &Edit,
        undoes: bool,
        notebook: &Notebook,
        undo: &[Edit],
    ) -> impl Future<Output = Result<(), Unsaved>> + 'static {
        let begun = self.begin(edit, undoes, notebook, undo);
        if js_sys::Date::now() - self.versioned.get() > VERSION {
            self.take_version("edited", notebook);
        }
        let torn = self.torn.clone();
        async move {
            let ended = match begun {
                Ok((transaction, is_whole)) => transaction.await.map(|()| is_whole),
                Err(error) => Err(Unsaved::of(&error.to_string())),
            };
            match ended {
                Ok(is_whole) => torn.set(torn.get() && !is_whole),
                Err(_) => torn.set(true),
            }
            ended.map(|_| ())
        }
    }

    /// Begins the transaction of an edit. Returns its end, and whether it holds the whole notebook.
    fn begin(
        &self,
        edit: &Edit,
        undoes: bool,
        notebook: &Notebook,
        undo: &[Edit],
    ) -> Result<(impl Future<Output = Result<(), Unsaved>> + 'static, bool), idb::Error> {
        let names = ["notebooks", "journal"];
        let database = &self.store.notebooks;
        let transaction = database.transaction(&names, TransactionMode::ReadWrite)?;
        let entry = self.entry.get() + 1;
        let is_new = self.key.borrow().is_none();
        let key = self.key.borrow_mut().get_or_insert_with(new_key).clone();
        let journal = transaction.object_store("journal")?;
        if !is_new {
            let edit = edit.clone();
            journal.add(
                &seal(&Entry { edit, undoes }),
                Some(&pair(&key, f64::from(entry))),
            )?;
        }
        let folds = self.since_fold.get() >= FOLD;
        let renamed = matches!(
            edit,
            Edit::Title { .. } | Edit::Insert { .. } | Edit::Delete { .. }
        );
        let is_whole = is_new || folds || renamed || self.torn.get();
        if is_whole {
            let snapshot = Snapshot {
                notebook: notebook.clone(),
                entry,
                edited: js_sys::Date::now(),
                deleted: None,
                origin: self.origin.clone(),
                undo: undo.to_vec(),
            };
            let store = transaction.object_store("notebooks")?;
            store.put(&seal(&snapshot), Some(&JsValue::from_str(&key)))?;
        }
        if folds {
            // The newest entry stays: its number keeps a tab that was overtaken from writing.
            let old = KeyRange::bound(
                &pair(&key, 0.0),
                &pair(&key, f64::from(entry - 1)),
                None,
                None,
            )?;
            journal.delete(Query::KeyRange(old))?;
        }
        self.entry.set(entry);
        self.since_fold
            .set(if folds { 0 } else { self.since_fold.get() + 1 });
        // Asked for now, since a page that is closed in the next moment could not ask any more.
        Ok((commit(transaction)?, is_whole))
    }

    /// Keeps whoever wrote before from writing again: takes the journal's next number.
    pub async fn fence(&self) -> Result<(), Unsaved> {
        let fence = || -> Result<_, idb::Error> {
            let entry = self.entry.get() + 1;
            let key = self.key.borrow().clone().unwrap_or_default();
            let names = ["journal"];
            let transaction = self
                .store
                .notebooks
                .transaction(&names, TransactionMode::ReadWrite)?;
            let journal = transaction.object_store("journal")?;
            journal.add(
                &JsValue::from_str(FENCE),
                Some(&pair(&key, f64::from(entry))),
            )?;
            self.entry.set(entry);
            commit(transaction)
        };
        fence()
            .map_err(|error| Unsaved::of(&error.to_string()))?
            .await
    }

    /// Takes a version of the notebook for its history.
    pub fn take_version(&self, reason: &str, notebook: &Notebook) {
        let Some(key) = self.key() else {
            return;
        };
        let at = js_sys::Date::now();
        self.versioned.set(at);
        let version = Version {
            at,
            reason: reason.to_owned(),
            entry: self.entry.get(),
            notebook: notebook.clone(),
        };
        self.store.take_version(&key, version);
    }

    /// Stores the last evaluations of cells, or that there is none, and which cells are to run now.
    /// Best effort: outputs may vanish.
    pub fn keep<'a>(
        &self,
        evaluations: impl IntoIterator<Item = (CellId, Option<&'a Evaluation>)>,
        plan: Option<&Plan>,
    ) {
        let Some(key) = self.key() else {
            return;
        };
        let write = || -> Result<(), idb::Error> {
            let database = &self.store.outputs;
            let transaction = database.transaction(&["outputs"], TransactionMode::ReadWrite)?;
            let store = transaction.object_store("outputs")?;
            for (cell, evaluation) in evaluations {
                let at = pair(&key, f64::from(cell.0));
                match evaluation {
                    Some(evaluation) => drop(store.put(&seal(evaluation), Some(&at))?),
                    None => drop(store.delete(Query::Key(at))?),
                }
            }
            let at = pair(&key, f64::from(PLAN));
            match plan {
                Some(plan) => drop(store.put(&seal(plan), Some(&at))?),
                None => drop(store.delete(Query::Key(at))?),
            }
            transaction.commit().map(|_| ())
        };
        if let Err(error) = write() {
            web_sys::console::warn_1(&format!("Outputs were not stored: {error}").into());
        }
    }
}

/// Asks for the transaction to be committed now. The future ends when it was, or was not: only the
/// transaction's own end says so, since a request may succeed and its transaction fail.
fn commit(
    mut transaction: idb::Transaction,
) -> Result<impl Future<Output = Result<(), Unsaved>> + 'static, idb::Error> {
    let ended = Promise::new(&mut |resolve, _| {
        let committed = resolve.clone();
        transaction.on_complete(move |_| {
            let _ = committed.call1(&JsValue::NULL, &JsValue::NULL);
        });
        transaction.on_abort(move |event| {
            let get = |of: &JsValue, name: &str| Reflect::get(of, &name.into()).unwrap_or_default();
            let error = event.target().map(|target| get(&target, "error"));
            let name = error
                .map(|error| get(&error, "name"))
                .and_then(|name| name.as_string());
            let name = name.unwrap_or_else(|| "QuotaExceededError".to_owned());
            let _ = resolve.call1(&JsValue::NULL, &name.into());
        });
    });
    let transaction = transaction.commit()?;
    Ok(async move {
        let reason = JsFuture::from(ended).await;
        drop(transaction);
        match reason.ok().and_then(|reason| reason.as_string()) {
            Some(reason) => Err(Unsaved::of(&reason)),
            None => Ok(()),
        }
    })
}

fn new_key() -> String {
    let random = || (js_sys::Math::random() * 36.0_f64.powi(5)).floor();
    let digits = |value: f64| js_sys::Number::from(value).to_string_with_radix(36);
    let text = |value| digits(value).map(String::from).unwrap_or_default();
    format!("{}{}", text(random()), text(random()))
}
