//! What belongs to a notebook besides its text: what the person has allowed it, and its files. It is in a
//! database of its own, which is opened once something of it is needed.

use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use engine::journal::{Unsaved, seal};
use idb::{Database, Query, TransactionMode};
use js_sys::{Array, Uint8Array};
use wasm_bindgen::prelude::*;

use super::records::{self, commit, pair, range, raw, reading, settled, warn, writing};
use super::{Store, sentence};
use crate::files::Chosen;

/// The database's name and version never change.
const ATTACHMENTS: &str = "rivulet-attachments";
/// Its stores: the bytes of files, their sizes, and what is allowed.
const STORES: &[&str] = &["files", "sizes", "permissions"];

impl Store {
    /// The database.
    pub(super) async fn attachments(&self) -> Result<Rc<Database>, idb::Error> {
        let known = self.attachments.borrow().clone();
        if let Some(known) = known {
            return Ok(known);
        }
        let opened = Rc::new(records::open(ATTACHMENTS, STORES).await?);
        *self.attachments.borrow_mut() = Some(opened.clone());
        Ok(opened)
    }

    /// What the person has allowed a notebook; nothing where that cannot be read.
    pub async fn permissions(&self, key: &str) -> BTreeSet<String> {
        let read = async {
            let database = self.attachments().await?;
            let value = reading(&database, "permissions")?.get(Query::Key(pair(key, ALLOWED)))?;
            value.await
        };
        match read.await {
            Ok(value) => value
                .and_then(|value: JsValue| raw(&value).unseal())
                .unwrap_or_default(),
            Err(error) => {
                warn("What is allowed could not be read", &error);
                BTreeSet::new()
            }
        }
    }

    /// Remembers what the person has allowed a notebook. Best effort: else they are asked again.
    pub async fn remember_permissions(&self, key: &str, allowed: &BTreeSet<String>) {
        let write = async {
            let database = self.attachments().await?;
            let (transaction, store) = writing(&database, "permissions")?;
            store.put(&seal(allowed).into(), Some(&pair(key, ALLOWED)))?;
            commit(transaction)
        };
        if let Err(unsaved) = settled(write.await).await {
            warn("What is allowed was not stored", &unsaved.sentence());
        }
    }
}

/// The files of a notebook: where it stands on its site, for those that are beside it there, and how large
/// each of its own is.
impl Store {
    /// The folder of the site that the notebook was opened from; empty where it is not known.
    pub async fn folder(&self, key: &str) -> String {
        let read = async {
            let database = self.attachments().await?;
            let value = reading(&database, "permissions")?.get(Query::Key(pair(key, FOLDER)))?;
            value.await
        };
        let value = read.await.ok().flatten();
        value
            .and_then(|value: JsValue| raw(&value).unseal())
            .unwrap_or_default()
    }

    /// Remembers that folder.
    pub async fn remember_folder(&self, key: &str, folder: &str) {
        let write = async {
            let database = self.attachments().await?;
            let (transaction, store) = writing(&database, "permissions")?;
            let value = seal(&folder.to_owned());
            store.put(&value.into(), Some(&pair(key, FOLDER)))?;
            commit(transaction)
        };
        if let Err(unsaved) = settled(write.await).await {
            warn("The notebook's folder was not stored", &unsaved.sentence());
        }
    }

    /// The sizes of a notebook's files, by name. The error is a sentence.
    pub async fn files(&self, key: &str) -> Result<BTreeMap<String, f64>, String> {
        let read = async {
            let database = self.attachments().await?;
            let store = reading(&database, "sizes")?;
            let keys = store.get_all_keys(Some(names_of(key)?), None)?;
            let sizes = store.get_all(Some(names_of(key)?), None)?;
            // In the order in which they were asked: an answer that nobody awaits yet is lost.
            let (keys, sizes) = (keys.await?, sizes.await?);
            let named = keys.iter().zip(&sizes).filter_map(|(key, size)| {
                let name = Array::from(key).get(1).as_string()?;
                Some((name, size.as_f64()?))
            });
            Ok(named.collect())
        };
        read.await.map_err(|error: idb::Error| sentence(&error))
    }

    /// The bytes of a file; `None` if there is none of that name.
    pub async fn read_file(&self, key: &str, name: &str) -> Result<Option<Uint8Array>, String> {
        let read = async {
            let database = self.attachments().await?;
            let value = reading(&database, "files")?.get(Query::Key(named(key, name)))?;
            value.await
        };
        let value: Option<JsValue> = read.await.map_err(|error: idb::Error| sentence(&error))?;
        Ok(value.and_then(|value| value.dyn_into().ok()))
    }

    /// All files of a notebook, as far as they can be read.
    pub async fn all_files(&self, key: &str) -> Vec<Chosen> {
        let names = self.files(key).await.unwrap_or_default().into_keys();
        let mut files = Vec::new();
        for name in names {
            if let Ok(Some(bytes)) = self.read_file(key, &name).await {
                files.push(Chosen { name, bytes });
            }
        }
        files
    }

    /// Stores a file, in the place of one of that name.
    pub async fn write_file(
        &self,
        key: &str,
        name: &str,
        bytes: &Uint8Array,
    ) -> Result<(), Unsaved> {
        let size = f64::from(bytes.length());
        self.change_files(|files, sizes| {
            files.put(bytes, Some(&named(key, name)))?;
            sizes.put(&size.into(), Some(&named(key, name)))?;
            Ok(())
        })
        .await
    }

    /// Gives a file another name, or does nothing.
    pub async fn rename_file(
        &self,
        key: &str,
        [old, new]: [&str; 2],
        bytes: &Uint8Array,
    ) -> Result<(), Unsaved> {
        let size = f64::from(bytes.length());
        self.change_files(|files, sizes| {
            files.put(bytes, Some(&named(key, new)))?;
            sizes.put(&size.into(), Some(&named(key, new)))?;
            files.delete(Query::Key(named(key, old)))?;
            sizes.delete(Query::Key(named(key, old)))?;
            Ok(())
        })
        .await
    }

    /// Deletes a file.
    pub async fn delete_file(&self, key: &str, name: &str) -> Result<(), Unsaved> {
        self.change_files(|files, sizes| {
            files.delete(Query::Key(named(key, name)))?;
            sizes.delete(Query::Key(named(key, name)))?;
            Ok(())
        })
        .await
    }

    /// Deletes all of a notebook's files, and what is allowed to it.
    pub(super) async fn delete_attachments(&self, key: &str) -> Result<(), Unsaved> {
        self.change_files(|files, sizes| {
            files.delete(names_of(key)?)?;
            sizes.delete(names_of(key)?)?;
            Ok(())
        })
        .await?;
        let delete = async {
            let database = self.attachments().await?;
            let (transaction, store) = writing(&database, "permissions")?;
            store.delete(records::all_of(key)?)?;
            commit(transaction)
        };
        settled(delete.await).await
    }

    async fn change_files(
        &self,
        change: impl FnOnce(&idb::ObjectStore, &idb::ObjectStore) -> Result<(), idb::Error>,
    ) -> Result<(), Unsaved> {
        let begun = async {
            let database = self.attachments().await?;
            let names = ["files", "sizes"];
            let transaction = database.transaction(&names, TransactionMode::ReadWrite)?;
            change(
                &transaction.object_store("files")?,
                &transaction.object_store("sizes")?,
            )?;
            commit(transaction)
        };
        settled(begun.await).await
    }
}

/// The numbers of a notebook's records beside its files: what is allowed, and the folder of its site.
const ALLOWED: f64 = 0.0;
/// See [`ALLOWED`].
const FOLDER: f64 = 1.0;

fn named(key: &str, name: &str) -> JsValue {
    Array::of2(&key.into(), &name.into()).into()
}

/// All files of a notebook.
fn names_of(key: &str) -> Result<Query, idb::Error> {
    // Among keys, a list comes after every text.
    let last = Array::of2(&key.into(), &Array::new());
    range(&named(key, ""), &last.into())
}
