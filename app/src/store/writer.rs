//! The writer of one notebook. An edit is written in a transaction that begins in the same task as
//! the edit, so that closing the tab right after a keystroke loses nothing.
//!
//! Entries of the journal are numbered, and adding one whose number is taken aborts its
//! transaction: where two tabs write, the second one's edit is refused inside the database, and
//! nothing is overwritten.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use engine::journal::{Change, FENCE, Ledger, Saved, Ticket, Writes};
use engine::session::Plan;
use engine::{Edit, Evaluation, Notebook};
use idb::{Transaction, TransactionMode};
use protocol::CellId;
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::spawn_local;

use super::outputs::Runs;
use super::records::{commit, index_key, pair, range, settled};
use super::{Origin, Store, Unsaved};

/// How much is freed first on a full disk, in bytes.
const ROOM: usize = 1_000_000;

/// The writer of one notebook.
#[derive(Debug)]
pub struct Writer {
    store: Store,
    key: RefCell<Option<String>>,
    origin: Option<Origin>,
    ledger: Rc<RefCell<Ledger>>,
    /// Whether outputs of cells that are gone were looked for.
    swept: Cell<bool>,
}

impl Writer {
    pub(super) fn new(store: Store, key: Option<&str>, ledger: Ledger) -> Self {
        Self {
            store,
            key: RefCell::new(key.map(str::to_owned)),
            origin: ledger.origin().cloned(),
            ledger: Rc::new(RefCell::new(ledger)),
            swept: Cell::new(false),
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

    /// Begins to store an edit, now; the future ends when it is safe, or when it is known that
    /// something of the notebook is not. The first edit stores the whole notebook (`notebook` and
    /// `undo` are as they are after the edit).
    pub fn edit(
        &self,
        edit: &Edit,
        undoes: bool,
        notebook: &Notebook,
        undo: &[Edit],
    ) -> impl Future<Output = Result<(), Unsaved>> + 'static {
        let key = self.key.borrow_mut().get_or_insert_with(new_key).clone();
        let now = js_sys::Date::now();
        let (ticket, writes) = self.ledger.borrow_mut().edit(&Change {
            edit,
            undoes,
            notebook,
            undo,
            now,
        });
        let begun = self.store.begin(&key, &writes);
        if self.ledger.borrow().is_version_due(now) {
            self.take_version("edited", notebook);
        }
        self.sweep(&key, edit, notebook);
        let (store, ledger) = (self.store.clone(), self.ledger.clone());
        async move {
            let ended = settled(begun).await;
            ledger.borrow_mut().ended(ticket, ended);
            // Not in the condition: what it borrows would be borrowed in the block as well.
            let is_full = ledger.borrow_mut().makes_room();
            if is_full {
                store.make_room(&key, &ledger).await;
            }
            match ledger.borrow().saved() {
                Saved::Failed(unsaved) => Err(unsaved),
                _ => Ok(()),
            }
        }
    }

    /// Keeps whoever wrote before from writing again: takes the journal's next number.
    pub async fn fence(&self) -> Result<(), Unsaved> {
        let key = self.key().unwrap_or_default();
        let (ticket, writes) = self.ledger.borrow_mut().fence();
        let ended = self.store.fence(&key, &writes).await;
        self.ledger.borrow_mut().ended(ticket, ended.clone());
        ended
    }

    /// Takes a version of the notebook for its history.
    pub fn take_version(&self, reason: &str, notebook: &Notebook) {
        let Some(key) = self.key() else {
            return;
        };
        let now = js_sys::Date::now();
        let version = self.ledger.borrow_mut().version(reason, notebook, now);
        self.store.take_version(&key, version);
    }

    /// Stores the last evaluations of cells, or that there is none, and which cells are to run now.
    /// Best effort: outputs may vanish.
    pub fn keep<'a>(
        &self,
        evaluations: impl IntoIterator<Item = (CellId, Option<&'a Evaluation>)>,
        plan: Option<&Plan>,
    ) {
        if let Some(key) = self.key() {
            let runs = Runs::new(evaluations, plan);
            let begun = self.store.put_runs(&key, &runs);
            let store = self.store.clone();
            spawn_local(async move { store.keep(&key, &runs, begun).await });
        }
    }

    /// Deletes the outputs of cells that are gone: after an edit that may take cells away, and once
    /// for what an earlier page left behind.
    fn sweep(&self, key: &str, edit: &Edit, notebook: &Notebook) {
        let removes = matches!(
            edit,
            Edit::Delete { .. } | Edit::Replace { .. } | Edit::Group { .. }
        );
        if removes || !self.swept.replace(true) {
            let (store, key) = (self.store.clone(), key.to_owned());
            let notebook = notebook.clone();
            spawn_local(async move { store.sweep_outputs(key, notebook).await });
        }
    }
}

impl Store {
    /// Begins a transaction of a notebook's writes. Its commit is asked for now, since a page that
    /// is closed in the next moment could not ask any more.
    fn begin(
        &self,
        key: &str,
        writes: &Writes,
    ) -> Result<impl Future<Output = Result<(), Unsaved>> + use<>, idb::Error> {
        let names = ["notebooks", "journal"];
        let transaction = self
            .notebooks
            .transaction(&names, TransactionMode::ReadWrite)?;
        if let Err(error) = request(&transaction, key, writes) {
            // What was asked for so far must not be stored by itself.
            let _ = transaction.abort();
            return Err(error);
        }
        commit(transaction)
    }

    /// Writes a fence. It must be the journal's last number: where there is a higher one, there is
    /// more to be read.
    async fn fence(&self, key: &str, writes: &Writes) -> Result<(), Unsaved> {
        let last = writes.entries.keys().last().copied().unwrap_or(0);
        let fence = async {
            let names = ["notebooks", "journal"];
            let database = &self.notebooks;
            let transaction = database.transaction(&names, TransactionMode::ReadWrite)?;
            let journal = transaction.object_store("journal")?;
            let later = range(&pair(key, f64::from(last) + 1.0), &pair(key, f64::MAX))?;
            let later = journal.get_all_keys(Some(later), Some(1))?.await?;
            if !later.is_empty() {
                let _ = transaction.abort();
                return Ok(None);
            }
            request(&transaction, key, writes)?;
            Ok(Some(commit(transaction)?))
        };
        match fence.await {
            Ok(Some(ending)) => ending.await,
            Ok(None) => Err(Unsaved::Overtaken),
            Err(error) => Err(Unsaved::of(&idb::Error::to_string(&error))),
        }
    }

    /// Makes room on a full disk, more and more of it, until what is owed is stored or nothing is
    /// left that may go.
    async fn make_room(&self, key: &str, ledger: &RefCell<Ledger>) {
        let mut bytes = ledger.borrow().owed_bytes().saturating_mul(2).max(ROOM);
        loop {
            let made = self.evict(key, bytes).await;
            if let Some((ticket, writes)) = again(ledger) {
                let ended = settled(self.begin(key, &writes)).await;
                let is_full = ended == Err(Unsaved::Full);
                ledger.borrow_mut().ended(ticket, ended);
                if made && is_full {
                    bytes = bytes.saturating_mul(4);
                    continue;
                }
            }
            break;
        }
        ledger.borrow_mut().made_room();
    }
}

/// Asks for all of a notebook's writes.
fn request(transaction: &Transaction, key: &str, writes: &Writes) -> Result<(), idb::Error> {
    let notebooks = transaction.object_store("notebooks")?;
    let journal = transaction.object_store("journal")?;
    let entries = writes
        .entries
        .iter()
        .map(|(number, entry)| (number, &**entry));
    let claims = writes.claims.iter().map(|number| (number, FENCE));
    for (number, entry) in entries.chain(claims) {
        let at = pair(key, f64::from(*number));
        journal.add(&JsValue::from_str(entry), Some(&at))?;
    }
    if let Some(whole) = &writes.whole {
        let snapshot = JsValue::from_str(&whole.snapshot);
        notebooks.put(&snapshot, Some(&JsValue::from_str(key)))?;
        for (first, last) in &whole.folded {
            let (first, last) = (pair(key, f64::from(*first)), pair(key, f64::from(*last)));
            journal.delete(range(&first, &last)?)?;
        }
    }
    if let Some(line) = &writes.summary {
        notebooks.put(&JsValue::from_str(line), Some(&index_key(key)))?;
    }
    Ok(())
}

fn again(ledger: &RefCell<Ledger>) -> Option<(Ticket, Writes)> {
    ledger.borrow_mut().again()
}

fn new_key() -> String {
    let random = || (js_sys::Math::random() * 36.0_f64.powi(5)).floor();
    let digits = |value: f64| js_sys::Number::from(value).to_string_with_radix(36);
    let text = |value| digits(value).map(String::from).unwrap_or_default();
    format!("{}{}", text(random()), text(random()))
}
