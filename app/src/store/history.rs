//! Versions of notebooks in the history database. Which are taken and which go is the engine's.

use engine::journal::{Newest, Raw, Unsaved, Version, outdated, seal};
use idb::Query;
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::spawn_local;

use super::records::{
    all_of, commit, index_key, numbered, pair, raw, reading, settled, warn, writing,
};
use super::{Store, sentence};

/// How much is freed for a version on a full disk, in bytes.
const ROOM: usize = 4_000_000;

impl Store {
    /// The versions of a notebook, newest first.
    pub async fn versions(&self, key: &str) -> Result<Vec<Version>, String> {
        let read = self.raw_versions(key).await;
        let values = read.map_err(|error| sentence(&error))?;
        let mut versions: Vec<Version> = values.iter().filter_map(Raw::unseal).collect();
        versions.sort_by(|one, other| other.at.total_cmp(&one.at));
        Ok(versions)
    }

    pub(super) async fn raw_versions(&self, key: &str) -> Result<Vec<Raw>, idb::Error> {
        let store = reading(&self.history, "versions")?;
        let values = store.get_all(Some(all_of(key)?), None)?.await?;
        Ok(values.iter().map(raw).collect())
    }

    /// Takes a version, unless the newest one is the same notebook. Best effort.
    pub fn take_version(&self, key: &str, version: Version) {
        let (store, key) = (self.clone(), key.to_owned());
        spawn_local(async move {
            let mut stored = store.add_version(&key, &version).await;
            if stored == Err(Unsaved::Full) && store.evict_outputs(&key, ROOM).await {
                stored = store.add_version(&key, &version).await;
            }
            if let Err(unsaved) = stored {
                warn("A version was not stored", &unsaved.sentence());
            }
        });
    }

    async fn add_version(&self, key: &str, version: &Version) -> Result<(), Unsaved> {
        let refused = |error: idb::Error| Unsaved::of(&error.to_string());
        let times = self.version_times(key).await.map_err(refused)?;
        let newest = Newest::of(version);
        let before = self.newest_version(key, &times).await.map_err(refused)?;
        if before.is_some_and(|before| before.notebook == newest.notebook) {
            return Ok(());
        }
        let write = || {
            let (transaction, versions) = writing(&self.history, "versions")?;
            versions.put(&seal(version).into(), Some(&pair(key, version.at)))?;
            versions.put(&seal(&newest).into(), Some(&index_key(key)))?;
            for at in outdated(&times, version.at) {
                versions.delete(Query::Key(pair(key, at)))?;
            }
            commit(transaction)
        };
        settled(write()).await
    }

    /// When the versions of a notebook were taken.
    async fn version_times(&self, key: &str) -> Result<Vec<f64>, idb::Error> {
        let store = reading(&self.history, "versions")?;
        let keys = store.get_all_keys(Some(all_of(key)?), None)?.await?;
        let times = keys.iter().filter_map(numbered);
        Ok(times.map(|(_, at)| at).collect())
    }

    /// What the newest version is: by the index, or else by reading that one.
    async fn newest_version(&self, key: &str, times: &[f64]) -> Result<Option<Newest>, idb::Error> {
        let get = async |at: JsValue| -> Result<Option<Raw>, idb::Error> {
            let store = reading(&self.history, "versions")?;
            let value = store.get(at)?.await?;
            Ok(value.map(|value| raw(&value)))
        };
        let record = get(index_key(key)).await?;
        if let Some(known) = Newest::known(record.as_ref(), times) {
            return Ok(Some(known));
        }
        let Some(at) = times.iter().copied().max_by(f64::total_cmp) else {
            return Ok(None);
        };
        let version = get(pair(key, at)).await?;
        let version = version.and_then(|raw| raw.unseal::<Version>());
        Ok(version.map(|version| Newest::of(&version)))
    }
}
