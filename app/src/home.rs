//! What the home page shows and what a person can do there: the notebooks of this browser, those
//! in the bin, and the samples of the site. The components read its signals and call its methods.

use engine::formats::samples::{self, Sample};
use gloo_events::EventListener;
use leptos::prelude::*;
use send_wrapper::SendWrapper;
use wasm_bindgen_futures::spawn_local;
use web_sys::FileList;

use crate::page::Listed;
use crate::shell::Files;
use crate::store::{PATIENCE, Store, abandon_reading};
use crate::{browser, fetch, files};

/// The store: `None` until it is open, an error where it cannot be.
pub type Opening = RwSignal<Option<Result<Store, String>>, LocalStorage>;

/// A sentence at the foot of the page.
#[derive(Debug, Clone, PartialEq)]
pub struct Note {
    /// The sentence.
    pub text: String,
    /// The notebook that Undo takes out of the bin.
    pub undo: Option<String>,
}

/// The home page's state.
#[derive(Debug, Clone, Copy)]
pub struct Home {
    store: Opening,
    /// The notebooks, last edited first.
    pub notebooks: RwSignal<Vec<Listed>>,
    /// Those in the bin, last deleted first.
    pub bin: RwSignal<Vec<Listed>>,
    /// The samples of the site.
    pub samples: RwSignal<Vec<Sample>>,
    /// What went wrong; empty if nothing did.
    pub trouble: RwSignal<String>,
    /// What was just done.
    pub note: RwSignal<Option<Note>>,
    /// Whether the browser has promised not to clear what is stored.
    pub is_persistent: RwSignal<bool>,
    /// The number of the newest listing; what an older one brings is no longer wanted.
    listing: StoredValue<u32>,
    /// What was read from files before the store was open.
    arrived: StoredValue<Vec<Result<files::Found, String>>, LocalStorage>,
}

/// The most that files of notebooks hold in one archive, in bytes.
const MOST_IN_ONE: f64 = 300e6;

/// Stores a notebook that came in as a file, with its files.
async fn add(store: &Store, found: files::Found) -> Result<String, String> {
    let key = store.add(&found.document).await?;
    let mut problem = None;
    let mut kept = Files::default();
    for file in &found.files {
        if let Err(refusal) = kept.room_for(&file.name, f64::from(file.bytes.length())) {
            problem = Some(refusal);
            continue;
        }
        kept.put(&file.name, file.bytes.clone());
        if let Err(unsaved) = store.write_file(&key, &file.name, &file.bytes).await {
            problem = Some(format!(
                "{} could not be kept: {}",
                file.name,
                unsaved.sentence()
            ));
        }
    }
    problem.map_or(Ok(key), Err)
}

impl Home {
    /// The home page of a store, which is listed once it is open.
    pub fn new(store: Opening) -> Self {
        let home = Self {
            store,
            notebooks: RwSignal::new(Vec::new()),
            bin: RwSignal::new(Vec::new()),
            samples: RwSignal::new(Vec::new()),
            trouble: RwSignal::new(String::new()),
            note: RwSignal::new(None),
            is_persistent: RwSignal::new(true),
            listing: StoredValue::new(0),
            arrived: StoredValue::new_local(Vec::new()),
        };
        Effect::new(move || {
            match store.get() {
                Some(Ok(_)) => {
                    home.answers();
                    spawn_local(home.refresh());
                }
                Some(Err(message)) => home.trouble.set(format!(
                    "{message} Notebooks open and run, but are not kept."
                )),
                None => return,
            }
            if home.arrived.with_value(|arrived| !arrived.is_empty()) {
                home.add_arrived();
            }
        });
        home.watch_leaving();
        spawn_local(home.load_samples());
        spawn_local(async move {
            home.is_persistent.set(browser::is_persistent().await);
        });
        home
    }

    /// Gives a notebook another title.
    pub fn rename(self, key: &str, title: String) {
        if !title.trim().is_empty() {
            self.change(key, Some(title), false);
        }
    }

    /// Puts a notebook into the bin.
    pub fn delete(self, listed: &Listed) {
        let key = listed.key.clone();
        let text = format!("\u{201c}{}\u{201d} is in the bin.", listed.title);
        self.with_store(async move |store| {
            store.change(&key, None, true).await?;
            // Not before it is so: the page may be closed in the next moment.
            let undo = Some(key);
            self.note.set(Some(Note { text, undo }));
            Ok(())
        });
    }

    /// Takes a notebook out of the bin.
    pub fn restore(self, key: &str) {
        self.note.set(None);
        self.change(key, None, false);
    }

    /// Deletes a notebook for good.
    pub fn destroy(self, key: String) {
        self.with_store(async move |store| store.destroy(&key).await);
    }

    /// Takes away the sentence at the foot of the page.
    pub fn dismiss(self) {
        self.note.set(None);
    }

    /// Adds the notebooks in files that the person chose or dropped. A single one is opened.
    pub fn add_files(self, files: FileList) {
        spawn_local(async move {
            let mut documents = files::read_all(&files).await;
            self.arrived
                .update_value(|arrived| arrived.append(&mut documents));
            self.add_arrived();
        });
    }

    /// Adds what was read from files as soon as the store is open.
    fn add_arrived(self) {
        match self.store.get_untracked() {
            // It is still being opened.
            None => {}
            Some(Err(message)) if message == Store::silent() => self
                .trouble
                .set(format!("{message} The files are added as soon as it does.")),
            Some(Err(_)) => {
                self.arrived.set_value(Vec::new());
                let text =
                    "This browser does not keep notebooks, so that no file can be opened here.";
                self.trouble.set(text.to_owned());
            }
            Some(Ok(store)) => spawn_local(self.add(store)),
        }
    }

    async fn add(self, store: Store) {
        let mut documents = Vec::new();
        self.arrived
            .update_value(|arrived| documents.append(arrived));
        let (mut keys, mut problems) = (Vec::new(), Vec::new());
        for document in documents {
            let added = match document {
                Ok(found) => add(&store, found).await,
                Err(message) => Err(message),
            };
            match added {
                Ok(key) => keys.push(key),
                Err(message) => problems.push(message),
            }
        }
        self.trouble.set(problems.join(" "));
        if let ([key], true) = (keys.as_slice(), problems.is_empty()) {
            return browser::go(&format!("?n={key}"));
        }
        // What is said to be there is in the list.
        self.refresh().await;
        match keys.len() {
            0 => {}
            1 => self.say("1 notebook was added.".to_owned()),
            more => self.say(format!("{more} notebooks were added.")),
        }
    }

    /// Hands the person all notebooks as one archive.
    pub fn back_up(self) {
        self.with_store(async move |store| {
            let mut documents = Vec::new();
            let mut problems = Vec::new();
            let mut room = MOST_IN_ONE;
            for listed in self.notebooks.get_untracked() {
                match store.document(&listed.key).await {
                    Ok(Some(document)) => {
                        let mut found = files::Found::from(document);
                        let sizes = store.files(&listed.key).await.unwrap_or_default();
                        if sizes.values().sum::<f64>() > room {
                            problems.push(format!("The files of \u{201c}{}\u{201d} do not fit in one archive with the others; open it, and save it as .zip.", listed.title));
                        } else {
                            room -= sizes.values().sum::<f64>();
                            found.files = store.all_files(&listed.key).await;
                        }
                        documents.push(found);
                    }
                    Ok(None) => {}
                    // The others are in the archive.
                    Err(message) => {
                        problems.push(format!("\u{201c}{}\u{201d}: {message}", listed.title));
                    }
                }
            }
            let bytes = files::zip(&documents).ok_or("The archive could not be made.")?;
            files::save("Rivulet notebooks", ".zip", "application/zip", &bytes);
            if problems.is_empty() {
                Ok(())
            } else {
                Err(problems.join(" "))
            }
        });
    }

    fn change(self, key: &str, title: Option<String>, deleted: bool) {
        let key = key.to_owned();
        self.with_store(async move |store| store.change(&key, title, deleted).await);
    }

    /// Does something with the store, and lists its notebooks anew.
    fn with_store(self, act: impl AsyncFnOnce(Store) -> Result<(), String> + 'static) {
        let Some(Ok(store)) = self.store.get_untracked() else {
            return;
        };
        spawn_local(async move {
            if let Err(message) = act(store).await {
                self.trouble.set(message);
            }
            self.refresh().await;
        });
    }

    async fn refresh(self) {
        let Some(Ok(store)) = self.store.get_untracked() else {
            return;
        };
        let number = self.listing.get_value() + 1;
        self.listing.set_value(number);
        let mut listing = Box::pin(store.list(false));
        let mut listed = browser::within(PATIENCE, &mut listing).await;
        if listed.is_none() {
            self.trouble.set(Store::silent());
            listed = Some(listing.await);
            self.answers();
        }
        let bin = store.list(true).await;
        if self.listing.get_value() != number {
            return;
        }
        match listed {
            Some(Ok(listed)) => self.notebooks.set(listed),
            Some(Err(message)) => self.trouble.set(message),
            None => {}
        }
        self.bin.set(bin.unwrap_or_default());
    }

    /// A page that is left lets go of the store; one that comes back by the Back button lists anew what
    /// may have changed meanwhile.
    fn watch_leaving(self) {
        let window = browser::window();
        let left = EventListener::new(&window, "pagehide", |_| abandon_reading());
        let came_back = EventListener::new(&window, "pageshow", move |event| {
            if browser::is_kept(event) {
                // Perhaps that of a list whose reading ended with leaving.
                self.trouble.set(String::new());
                spawn_local(self.refresh());
            }
        });
        let listeners = SendWrapper::new([left, came_back]);
        on_cleanup(move || drop(listeners));
    }

    /// The storage answers: that it did not is no trouble any more.
    fn answers(self) {
        if self
            .trouble
            .with_untracked(|said| said.starts_with(&Store::silent()))
        {
            self.trouble.set(String::new());
        }
    }

    async fn load_samples(self) {
        let text = fetch::list("notebooks/index.json").await;
        match text.and_then(|text| samples::read(&text)) {
            Ok(samples) => self.samples.set(samples),
            Err(message) => self.trouble.set(message),
        }
    }

    fn say(self, text: String) {
        self.note.set(Some(Note { text, undo: None }));
    }
}
