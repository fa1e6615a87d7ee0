//! Makes room on a full disk. What goes, and in which order, is the engine's.

use std::collections::BTreeMap;

use engine::journal::{Place, evict_outputs, evict_versions};
use idb::Query;

use super::Store;
use super::outputs::Line;
use super::records::{
    self, commit, index_pair, number_of, numbered, pair, reading, settled, warn, writing,
};

impl Store {
    /// Deletes outputs to free so many bytes for a notebook, or versions where no outputs are left.
    /// Whether anything went.
    pub(super) async fn evict(&self, own: &str, bytes: usize) -> bool {
        self.evict_outputs(own, bytes).await || self.evict_versions().await
    }

    /// Deletes outputs to free so many bytes for a notebook. Whether any went.
    pub(super) async fn evict_outputs(&self, own: &str, bytes: usize) -> bool {
        let Ok(places) = self.places().await else {
            return false;
        };
        let gone = evict_outputs(places, own, bytes);
        let write = || {
            let (transaction, store) = writing(&self.outputs, "outputs")?;
            for place in &gone {
                store.delete(Query::Key(pair(&place.key, place.cell.into())))?;
                store.delete(Query::Key(index_pair(&place.key, place.cell.into())))?;
            }
            commit(transaction)
        };
        !gone.is_empty() && went(&settled(write()).await)
    }

    async fn evict_versions(&self) -> bool {
        let keys = async {
            let keys = reading(&self.history, "versions")?.get_all_keys(None, None)?;
            keys.await
        };
        let Ok(keys) = keys.await else {
            return false;
        };
        let gone = evict_versions(keys.iter().filter_map(numbered).collect());
        let write = || {
            let (transaction, store) = writing(&self.history, "versions")?;
            for (key, at) in &gone {
                store.delete(Query::Key(pair(key, *at)))?;
            }
            commit(transaction)
        };
        !gone.is_empty() && went(&settled(write()).await)
    }

    /// All stored outputs.
    async fn places(&self) -> Result<Vec<Place>, idb::Error> {
        let store = reading(&self.outputs, "outputs")?;
        let keys = store.get_all_keys(None, None)?.await?;
        let lines = records::index(&store).await?.into_iter();
        let mut known: BTreeMap<(String, u32), Line> = lines
            .filter_map(|(parts, line)| {
                let cell = number_of(&parts)?;
                Some(((parts.get(0).as_string()?, cell), line.unseal()?))
            })
            .collect();
        let places = keys.iter().filter_map(|key| {
            let (name, cell) = (numbered(key)?.0, number_of(key)?);
            let line = known.remove(&(name.clone(), cell)).unwrap_or_default();
            Some(Place {
                key: name,
                cell,
                at: line.at,
                bytes: line.bytes,
            })
        });
        Ok(places.collect())
    }
}

fn went(result: &Result<(), engine::journal::Unsaved>) -> bool {
    if let Err(unsaved) = result {
        warn("No room could be made", &unsaved.sentence());
    }
    result.is_ok()
}
