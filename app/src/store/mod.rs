//! Notebooks in this browser, in `IndexedDB`. What records say and which ones an edit needs is the
//! engine's (`engine::journal`); here they are read and written, and no more.
//!
//! Four databases: what people wrote (`rivulet`), its history (`rivulet-history`), outputs
//! (`rivulet-outputs`), which may vanish, and files and permissions (`rivulet-attachments`). Beside the records of notebooks stand small ones, under
//! keys that begin with "index", that say what is in the large ones: lists read those alone. They
//! are a cache, and are made anew where they are missing.

mod attachments;
mod history;
mod index;
mod outputs;
mod records;
mod room;
mod writer;

use std::cell::RefCell;
use std::rc::Rc;

use engine::journal::{self, Damage, Ledger, Raw, Reading, Records};
use engine::session::Stored;
use engine::{Document, Edit, Notebook};
use idb::{Database, Query, TransactionMode};
use wasm_bindgen::prelude::*;

pub use engine::journal::{Origin, Unsaved};
pub use records::abandon_reading;
use records::{all_of, index_key, index_of, number_of, raw, settled, warn, writing};
pub use writer::Writer;

/// The databases' names and versions never change.
const NOTEBOOKS: &str = "rivulet";
const HISTORY: &str = "rivulet-history";
const OUTPUTS: &str = "rivulet-outputs";

/// The databases.
#[derive(Debug, Clone)]
pub struct Store {
    notebooks: Rc<Database>,
    history: Rc<Database>,
    outputs: Rc<Database>,
    /// Opened when it is first needed.
    attachments: Rc<RefCell<Option<Rc<Database>>>>,
}

/// A notebook as it was stored.
pub struct Opened {
    /// The notebook with every edit of the journal.
    pub notebook: Notebook,
    /// What can be undone, and what is known of its cells' last runs.
    pub stored: Stored,
    /// Its writer.
    pub writer: Writer,
    /// What was broken, as a sentence; empty if nothing was.
    pub trouble: String,
}

/// The records of a notebook as the database has them, for what must be set aside.
struct Found {
    snapshot: Option<JsValue>,
    entries: Vec<JsValue>,
    keys: Vec<JsValue>,
}

fn sentence(error: &idb::Error) -> String {
    format!("This browser does not store notebooks: {error}.")
}

/// How long the databases may take to answer before the page goes on without them, in milliseconds.
pub const PATIENCE: u32 = 3000;

impl Store {
    /// What is said where the databases have not answered in that time.
    pub fn silent() -> String {
        "This browser's storage does not answer; perhaps another tab of this site holds it."
            .to_owned()
    }

    /// Opens the databases. The error is a sentence.
    pub async fn open() -> Result<Self, String> {
        let notebooks = records::open(NOTEBOOKS, &["notebooks", "journal"]).await;
        let history = records::open(HISTORY, &["versions", "broken"]).await;
        let outputs = records::open(OUTPUTS, &["outputs"]).await;
        Ok(Self {
            notebooks: Rc::new(notebooks.map_err(|error| sentence(&error))?),
            history: Rc::new(history.map_err(|error| sentence(&error))?),
            outputs: Rc::new(outputs.map_err(|error| sentence(&error))?),
            attachments: Rc::default(),
        })
    }

    /// Reads a notebook and what its cells last put out. `None` if there is no such notebook.
    pub async fn read(&self, key: &str) -> Result<Option<Opened>, String> {
        let Some(opened) = self.read_notebook(key).await? else {
            return Ok(None);
        };
        let writer = Writer::new(self.clone(), Some(key), Ledger::opened(&opened));
        Ok(Some(Opened {
            trouble: opened.damage.sentence(),
            notebook: opened.notebook,
            stored: Stored {
                undo: opened.undo,
                ..self.runs(key).await.unwrap_or_default()
            },
            writer,
        }))
    }

    /// Reads a notebook from its records, or as far as its history has it.
    async fn read_notebook(&self, key: &str) -> Result<Option<Box<journal::Opened>>, String> {
        let found = self.find(key).await.map_err(|error| sentence(&error))?;
        let opened = match journal::read(found.records()) {
            Reading::Opened(opened) => opened,
            Reading::Damaged(damaged) => {
                let versions = self.raw_versions(key).await.unwrap_or_default();
                let recovered = damaged.recover(&versions);
                match recovered.map_err(|lost| lost.sentence().to_owned())? {
                    Some(opened) => opened,
                    None => return Ok(None),
                }
            }
        };
        self.set_aside(key, &found, &opened.damage);
        Ok(Some(opened))
    }

    async fn find(&self, key: &str) -> Result<Found, idb::Error> {
        let names = ["notebooks", "journal"];
        let transaction = self
            .notebooks
            .transaction(&names, TransactionMode::ReadOnly)?;
        let notebooks = transaction.object_store("notebooks")?;
        let journal = transaction.object_store("journal")?;
        let snapshot = notebooks.get(JsValue::from_str(key))?;
        let entries = journal.get_all(Some(all_of(key)?), None)?;
        let keys = journal.get_all_keys(Some(all_of(key)?), None)?;
        // In the order in which they were asked: an answer that nobody awaits yet is lost.
        Ok(Found {
            snapshot: snapshot.await?,
            entries: entries.await?,
            keys: keys.await?,
        })
    }

    /// Puts records that cannot be read where they do no harm.
    fn set_aside(&self, key: &str, found: &Found, damage: &Damage) {
        let snapshot = found.snapshot.iter().filter(|_| damage.snapshot);
        let snapshot = snapshot.map(|value| ("snapshot".to_owned(), value));
        let entries = damage.entries.iter().filter_map(|at| {
            let number = found.keys.get(*at).and_then(number_of);
            let name = number.map_or_else(|| format!("entry {at}"), |number| number.to_string());
            Some((name, found.entries.get(*at)?))
        });
        let broken: Vec<(String, &JsValue)> = snapshot.chain(entries).collect();
        if broken.is_empty() {
            return;
        }
        let write = || -> Result<(), idb::Error> {
            let (transaction, store) = writing(&self.history, "broken")?;
            for (name, value) in broken {
                store.put(value, Some(&JsValue::from_str(&format!("{key}/{name}"))))?;
            }
            transaction.commit().map(|_| ())
        };
        if let Err(error) = write() {
            warn("A damaged record was not set aside", &error);
        }
    }

    /// Everything of a notebook that goes into a file.
    pub async fn document(&self, key: &str) -> Result<Option<Document>, String> {
        Ok(self.read(key).await?.map(|opened| Document {
            notebook: opened.notebook,
            evaluations: opened.stored.evaluations,
        }))
    }

    /// The writer of a notebook that is not stored yet; `origin` is what it will be a copy of.
    pub fn new_writer(&self, origin: Option<Origin>) -> Writer {
        Writer::new(self.clone(), None, Ledger::new(origin))
    }

    /// Stores a notebook that came in as a file. Returns its key.
    pub async fn add(&self, document: &Document) -> Result<String, String> {
        let writer = self.new_writer(None);
        let title = document.notebook.title.clone();
        writer
            .edit(&Edit::Title { title }, false, &document.notebook, &[])
            .await
            .map_err(|unsaved| unsaved.sentence())?;
        let evaluations = document.evaluations.iter();
        let evaluations = evaluations.map(|(id, evaluation)| (*id, Some(evaluation)));
        writer.keep(evaluations, None);
        writer
            .key()
            .ok_or_else(|| "The notebook got no place in this browser.".to_owned())
    }

    /// Changes a stored notebook without opening it: its title, or whether it is in the bin.
    pub async fn change(
        &self,
        key: &str,
        title: Option<String>,
        deleted: bool,
    ) -> Result<(), String> {
        let deleted = deleted.then(js_sys::Date::now);
        let change = async {
            let (transaction, store) = writing(&self.notebooks, "notebooks")?;
            let snapshot = store.get(JsValue::from_str(key))?;
            let line = store.get(index_key(key))?;
            let snapshot = snapshot.await?.map(|value| raw(&value));
            let line = line.await?.map(|value| raw(&value));
            let (snapshot, line) =
                journal::amended(snapshot.as_ref(), line.as_ref(), title, deleted);
            if let Some(snapshot) = snapshot {
                store.put(&snapshot.into(), Some(&JsValue::from_str(key)))?;
            }
            store.put(&line.into(), Some(&index_key(key)))?;
            records::commit(transaction)
        };
        let changed = settled(change.await).await;
        changed.map_err(|unsaved| unsaved.sentence())
    }

    /// Deletes a notebook for good, with its history and outputs. Itself goes last: where the
    /// browser is closed in the middle, it is still listed.
    pub async fn destroy(&self, key: &str) -> Result<(), String> {
        let records = |key: &str| -> Result<[Query; 2], idb::Error> {
            Ok([all_of(key)?, Query::Key(index_key(key))])
        };
        let attachments = self.attachments().await;
        let attachments = attachments.map_err(|error| sentence(&error))?;
        let permissions = || delete(&attachments, "permissions", [all_of(key)?]);
        let outputs = || delete(&self.outputs, "outputs", [all_of(key)?, index_of(key)?]);
        let history = || delete(&self.history, "versions", records(key)?);
        let notebook = || {
            let [journal, line] = records(key)?;
            let names = ["notebooks", "journal"];
            let transaction = self
                .notebooks
                .transaction(&names, TransactionMode::ReadWrite)?;
            let notebooks = transaction.object_store("notebooks")?;
            notebooks.delete(Query::Key(JsValue::from_str(key)))?;
            notebooks.delete(line)?;
            transaction.object_store("journal")?.delete(journal)?;
            records::commit(transaction)
        };
        let destroy = async {
            settled(permissions()).await?;
            settled(outputs()).await?;
            settled(history()).await?;
            settled(notebook()).await
        };
        destroy.await.map_err(|unsaved| unsaved.sentence())
    }
}

/// Deletes records of a store.
fn delete(
    database: &Database,
    store: &str,
    records: impl IntoIterator<Item = Query>,
) -> Result<impl Future<Output = Result<(), Unsaved>> + 'static, idb::Error> {
    let (transaction, store) = writing(database, store)?;
    for record in records {
        store.delete(record)?;
    }
    records::commit(transaction)
}

impl Found {
    fn records(&self) -> Records {
        let numbers = self.keys.iter().map(number_of);
        let entries = self.entries.iter().map(raw);
        Records {
            snapshot: self.snapshot.as_ref().map(raw),
            journal: numbers.zip(entries).collect::<Vec<(Option<u32>, Raw)>>(),
        }
    }
}
