//! Keys and values of the databases, and the ends of transactions.

use std::cell::RefCell;
use std::collections::VecDeque;
use std::fmt::Display;

use engine::journal::{Raw, Unsaved};
use idb::{
    Database, DatabaseEvent, Factory, KeyRange, ObjectStore, ObjectStoreParams, Query, Transaction,
    TransactionMode,
};
use js_sys::{Array, Promise, Reflect};
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;
use web_sys::IdbTransaction;

/// How many transactions that read are remembered: more than ever go on at once.
const MOST_READING: usize = 8;

thread_local! {
    /// The newest transactions that read, also those that have ended.
    static READING: RefCell<VecDeque<IdbTransaction>> = const { RefCell::new(VecDeque::new()) };
}

/// Before the keys of small records that say what is in the large ones.
const INDEX: &str = "index";

/// Opens a database; versions never change.
pub async fn open(name: &str, stores: &'static [&'static str]) -> Result<Database, idb::Error> {
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

/// One store of a database, to be read.
pub fn reading(database: &Database, store: &str) -> Result<ObjectStore, idb::Error> {
    let transaction = database.transaction(&[store], TransactionMode::ReadOnly)?;
    let store = transaction.object_store(store)?;
    READING.with_borrow_mut(|reading| {
        reading.push_back(transaction.into());
        if reading.len() > MOST_READING {
            reading.pop_front();
        }
    });
    Ok(store)
}

/// Aborts what is being read. A page that a browser puts aside for its Back button in the middle of a
/// transaction would keep every other page from writing, in Safari for ever.
pub fn abandon_reading() {
    for transaction in READING.take() {
        // One that has ended refuses.
        let _ = transaction.abort();
    }
}

/// A transaction that writes one store.
pub fn writing(database: &Database, store: &str) -> Result<(Transaction, ObjectStore), idb::Error> {
    let transaction = database.transaction(&[store], TransactionMode::ReadWrite)?;
    let store = transaction.object_store(store)?;
    Ok((transaction, store))
}

/// The key of a numbered record of a notebook.
pub fn pair(key: &str, number: f64) -> JsValue {
    Array::of2(&key.into(), &number.into()).into()
}

/// All numbered records of a notebook.
pub fn all_of(key: &str) -> Result<Query, idb::Error> {
    range(&pair(key, 0.0), &pair(key, f64::MAX))
}

/// The key of what the index says of a notebook.
pub fn index_key(key: &str) -> JsValue {
    Array::of2(&INDEX.into(), &key.into()).into()
}

/// The key of what the index says of a cell's outputs.
pub fn index_pair(key: &str, cell: f64) -> JsValue {
    Array::of3(&INDEX.into(), &key.into(), &cell.into()).into()
}

/// What the index says of all cells' outputs of a notebook.
pub fn index_of(key: &str) -> Result<Query, idb::Error> {
    range(&index_pair(key, 0.0), &index_pair(key, f64::MAX))
}

/// The whole index of a store: the parts of each key after the first, and the value.
pub async fn index(store: &ObjectStore) -> Result<Vec<(Array, Raw)>, idb::Error> {
    // Among keys, a list comes after every text.
    let last = Array::of2(&INDEX.into(), &Array::new());
    let all = || range(&Array::of1(&INDEX.into()), &last);
    let keys = store.get_all_keys(Some(all()?), None)?;
    let values = store.get_all(Some(all()?), None)?;
    // In the order in which they were asked: an answer that nobody awaits yet is lost.
    let (keys, values) = (keys.await?, values.await?);
    let parts = keys.iter().map(|key| Array::from(key).slice(1, u32::MAX));
    Ok(parts.zip(values.iter().map(raw)).collect())
}

pub fn range(first: &JsValue, last: &JsValue) -> Result<Query, idb::Error> {
    Ok(Query::KeyRange(KeyRange::bound(first, last, None, None)?))
}

/// The notebook and the number of a numbered record's key.
pub fn numbered(key: &JsValue) -> Option<(String, f64)> {
    let parts = key.dyn_ref::<Array>().filter(|parts| parts.length() == 2)?;
    Some((parts.get(0).as_string()?, parts.get(1).as_f64()?))
}

/// The number of a journal entry or a cell; `None` if it is no key of ours.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "checked in the same line"
)]
pub fn number_of(key: &JsValue) -> Option<u32> {
    let (_, number) = numbered(key)?;
    let is_whole = (0.0..=f64::from(u32::MAX)).contains(&number) && number.fract() == 0.0;
    is_whole.then_some(number as u32)
}

/// A value as the engine takes it.
pub fn raw(value: &JsValue) -> Raw {
    Raw(value.as_string())
}

/// What cannot be stored though nobody waits for it.
pub fn warn(what: &str, error: &impl Display) {
    web_sys::console::warn_1(&format!("{what}: {error}").into());
}

/// Asks for the transaction to be committed now. The future ends when it was, or was not: only the
/// transaction's own end says so, since a request may succeed and its transaction fail.
pub fn commit(
    mut transaction: Transaction,
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
            // A browser that gives no reason had no room.
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

/// What a transaction that was begun, or could not be, ends with.
pub async fn settled(
    begun: Result<impl Future<Output = Result<(), Unsaved>>, idb::Error>,
) -> Result<(), Unsaved> {
    match begun {
        Ok(ending) => ending.await,
        Err(error) => Err(Unsaved::of(&error.to_string())),
    }
}
