//! What belongs to a notebook besides its text: what the person has allowed it, and its files. It is in a
//! database of its own, which is opened once something of it is needed.

use std::collections::BTreeSet;
use std::rc::Rc;

use engine::journal::seal;
use idb::{Database, Query};
use wasm_bindgen::prelude::*;

use super::Store;
use super::records::{self, commit, pair, raw, reading, settled, warn, writing};

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
            let value = reading(&database, "permissions")?.get(Query::Key(pair(key, 0.0)))?;
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
            store.put(&seal(allowed).into(), Some(&pair(key, 0.0)))?;
            commit(transaction)
        };
        if let Err(unsaved) = settled(write.await).await {
            warn("What is allowed was not stored", &unsaved.sentence());
        }
    }
}
