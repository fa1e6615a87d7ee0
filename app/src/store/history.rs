//! Versions of notebooks: when one is opened, every ten minutes of edits, and before anything that
//! overwrites. At least fifty of each notebook are kept, and all of the last thirty days.

use engine::Notebook;
use idb::{Query, TransactionMode};
use serde::{Deserialize, Serialize};
use wasm_bindgen::JsValue;
use wasm_bindgen_futures::spawn_local;

use super::{Store, all_of, pair, seal, unseal};

/// How many versions are kept in any case.
const KEEP: usize = 50;
/// How long every version is kept, in milliseconds.
const KEEP_FOR: f64 = 30.0 * 24.0 * 3600.0 * 1000.0;

/// A version of a notebook.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Version {
    /// When it was taken: milliseconds since 1970.
    pub at: f64,
    /// Why it was taken, for people ("before restoring").
    pub reason: String,
    /// The number of the last journal entry that is in it.
    pub entry: u32,
    /// The notebook.
    pub notebook: Notebook,
}

impl Store {
    /// The versions of a notebook, newest first.
    pub async fn versions(&self, key: &str) -> Result<Vec<Version>, String> {
        let read = async {
            let transaction = self
                .history
                .transaction(&["versions"], TransactionMode::ReadOnly)?;
            let store = transaction.object_store("versions")?;
            store.get_all(Some(all_of(key)?), None)?.await
        };
        let values = read
            .await
            .map_err(|error: idb::Error| super::sentence(&error))?;
        let mut versions: Vec<Version> = values.iter().filter_map(unseal).collect();
        versions.sort_by(|one, other| other.at.total_cmp(&one.at));
        Ok(versions)
    }

    /// Takes a version, unless the newest one is the same notebook. Best effort.
    pub fn take_version(&self, key: &str, version: Version) {
        let (store, key) = (self.clone(), key.to_owned());
        spawn_local(async move {
            let before = store.versions(&key).await.unwrap_or_default();
            if before
                .first()
                .is_some_and(|newest| newest.notebook == version.notebook)
            {
                return;
            }
            let old = before.iter().skip(KEEP.saturating_sub(1));
            let old = old
                .filter(|old| version.at - old.at > KEEP_FOR)
                .map(|old| old.at);
            let write = || -> Result<(), idb::Error> {
                let transaction = store
                    .history
                    .transaction(&["versions"], TransactionMode::ReadWrite)?;
                let versions = transaction.object_store("versions")?;
                versions.put(&seal(&version), Some(&pair(&key, version.at)))?;
                for at in old {
                    versions.delete(Query::Key(pair(&key, at)))?;
                }
                transaction.commit().map(|_| ())
            };
            if let Err(error) = write() {
                web_sys::console::warn_1(&format!("A version was not stored: {error}").into());
            }
        });
    }

    /// Keeps a record that cannot be read where it does no harm.
    pub(super) fn set_aside(&self, key: &str, name: &str, value: &JsValue) {
        let write = || -> Result<(), idb::Error> {
            let transaction = self
                .history
                .transaction(&["broken"], TransactionMode::ReadWrite)?;
            let broken = transaction.object_store("broken")?;
            broken.put(value, Some(&JsValue::from_str(&format!("{key}/{name}"))))?;
            transaction.commit().map(|_| ())
        };
        if let Err(error) = write() {
            web_sys::console::warn_1(&format!("A broken record was not set aside: {error}").into());
        }
    }
}
