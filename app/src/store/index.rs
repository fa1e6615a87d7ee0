//! The index of notebooks: what the home page lists, and where copies of an original are found.

use std::collections::{BTreeMap, BTreeSet};

use engine::Notebook;
use engine::journal::{Summary, seal};
use wasm_bindgen::prelude::*;

use super::records::{self, index_key, numbered, raw, reading, warn, writing};
use super::{Store, sentence};
use crate::page::Listed;

impl Store {
    /// The notebooks, last edited first: those that are in the bin, or those that are not.
    pub async fn list(&self, deleted: bool) -> Result<Vec<Listed>, String> {
        let lines = self.lines().await?.into_iter();
        let lines = lines.filter(|(_, line)| line.deleted.is_some() == deleted);
        Ok(listed(lines))
    }

    /// The person's copies of what was opened from a link or a file, last edited first.
    pub async fn copies_of(&self, original: &Notebook) -> Vec<Listed> {
        let original = Summary::fingerprint(original);
        let lines = self.lines().await.unwrap_or_default().into_iter();
        let copies = lines.filter(|(_, line)| line.deleted.is_none() && line.is_copy_of(original));
        listed(copies)
    }

    /// Each notebook's line in the index.
    async fn lines(&self) -> Result<BTreeMap<String, Summary>, String> {
        let read = async {
            let store = reading(&self.notebooks, "notebooks")?;
            let keys = store.get_all_keys(None, None)?.await?;
            Ok((keys, records::index(&store).await?))
        };
        let (keys, lines) = read.await.map_err(|error: idb::Error| sentence(&error))?;
        let lines = lines.into_iter();
        let mut known: BTreeMap<String, Summary> = lines
            .filter_map(|(parts, line)| Some((parts.get(0).as_string()?, line.unseal()?)))
            .collect();
        let mut there: BTreeSet<String> = keys.iter().filter_map(JsValue::as_string).collect();
        // A notebook whose own record is gone is still in its history.
        there.extend(self.notebooks_with_versions().await.unwrap_or_default());
        let mut all = BTreeMap::new();
        for key in there {
            let line = match known.remove(&key) {
                Some(line) => line,
                None => self.index_anew(&key).await,
            };
            all.insert(key, line);
        }
        Ok(all)
    }

    async fn notebooks_with_versions(&self) -> Result<BTreeSet<String>, idb::Error> {
        let keys = reading(&self.history, "versions")?.get_all_keys(None, None)?;
        let keys = keys.await?;
        Ok(keys
            .iter()
            .filter_map(numbered)
            .map(|(key, _)| key)
            .collect())
    }

    /// Makes a notebook's line from its records.
    async fn index_anew(&self, key: &str) -> Summary {
        let Ok(Some(opened)) = self.read_notebook(key).await else {
            return Summary::unreadable();
        };
        let line = Summary::of(&opened);
        let write = async {
            let (transaction, store) = writing(&self.notebooks, "notebooks")?;
            // A tab that edits it may have been faster.
            let there = store.get(index_key(key))?.await?;
            let is_whole = |value: &JsValue| raw(value).unseal::<Summary>().is_some();
            if !there.as_ref().is_some_and(is_whole) {
                store.put(&seal(&line).into(), Some(&index_key(key)))?;
            }
            transaction.commit().map(|_| ())
        };
        if let Err(error) = write.await {
            warn("The index was not written", &error);
        }
        line
    }
}

fn listed(lines: impl Iterator<Item = (String, Summary)>) -> Vec<Listed> {
    let mut listed: Vec<Listed> = lines
        .map(|(key, line)| Listed {
            key,
            title: line.title,
            cells: line.cells,
            edited: line.deleted.unwrap_or(line.edited),
        })
        .collect();
    listed.sort_by(|one, other| other.edited.total_cmp(&one.edited));
    listed
}
