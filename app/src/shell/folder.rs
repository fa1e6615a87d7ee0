//! The folder that Python works in: the files of the notebook are put there at every start, those that lie
//! beside it on its site when a cell names them, and what cells make there can be kept.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::rc::{Rc, Weak};
use std::sync::Arc;

use engine::files::{MOST_FILE, named, path};
use engine::outputs::Buffers;
use engine::session::KernelId;
use engine::{Edit, Event, Format};
use js_sys::Uint8Array;
use leptos::prelude::*;
use protocol::{Answer, BufferIndex, FromWorker, Refusal, Response, ToWorker};
use wasm_bindgen_futures::spawn_local;

use super::cells::update;
use super::requests::RequestId;
use super::{Shell, files, later};
use crate::files::{Chosen, Found};
use crate::page::{FileRow, Host};
use crate::store::{PATIENCE, Store};
use crate::{browser, fetch};

/// Where the files of the site's lessons are, and where a notebook is taken to be of which nothing else
/// is known.
const LESSONS: &str = "notebooks/";
/// The most that the files of a notebook hold that go into a page with it, in bytes.
const MOST_IN_PAGE: f64 = 50e6;
/// Which files there are.
const LIST: &str = "notebooks/files.json";

/// What is known of the folder, and what waits for it.
pub struct Folder {
    /// The folder of the site that the notebook is from; it ends with `/`, unless it is the topmost.
    pub beside: String,
    /// The files of the site that this Python was given, or that are not to be had.
    given: BTreeSet<String>,
    /// What is to be posted once the files have come that the first of them names; `None` if nothing waits.
    waiting: Option<VecDeque<ToWorker>>,
    /// Files that are being read from Python, by the numbers of the newest requests.
    reads: BTreeMap<u32, Read>,
    newest_read: u32,
}

/// What is done with a file that was read, or with the sentence why it was not.
type OnRead = Box<dyn FnOnce(&Shell, Result<Uint8Array, String>)>;

/// A file that is being read from Python.
struct Read {
    file: String,
    parts: Vec<Arc<[u8]>>,
    got: u32,
    respond: OnRead,
}

impl Default for Folder {
    fn default() -> Self {
        Self {
            beside: LESSONS.to_owned(),
            given: BTreeSet::new(),
            waiting: None,
            reads: BTreeMap::new(),
            newest_read: 0,
        }
    }
}

impl Folder {
    /// Another Python starts: its folder is empty.
    pub fn forget_python(&mut self) {
        self.given.clear();
        self.waiting = None;
        self.reads.clear();
    }
}

thread_local! {
    /// The files of the site's lessons, by path, once somebody has asked; none where the site has no list.
    static SITE: RefCell<Option<Rc<BTreeMap<String, f64>>>> = const { RefCell::new(None) };
}

async fn site_files() -> Rc<BTreeMap<String, f64>> {
    if let Some(known) = SITE.with_borrow(Clone::clone) {
        return known;
    }
    let list = fetch::list(LIST).await.ok();
    let list = list.and_then(|text| serde_json::from_str(&text).ok());
    let list: Rc<BTreeMap<String, f64>> = Rc::new(list.unwrap_or_default());
    SITE.with_borrow_mut(|known| *known = Some(list.clone()));
    list
}

fn write(file: &str) -> ToWorker {
    ToWorker::Write {
        file: file.to_owned(),
        buffer: BufferIndex(0),
    }
}

impl Shell {
    // To Python.

    /// Posts to the kernel, once the files are there that a run names.
    pub(super) fn post(&self, message: ToWorker) {
        if let Some(waiting) = &mut self.folder.borrow_mut().waiting {
            return waiting.push_back(message);
        }
        let wanted = match &message {
            ToWorker::Run(request) => self.wanted_files(&request.source),
            _ => Vec::new(),
        };
        if wanted.is_empty() {
            return self.kernel.borrow().post(&message, &[]);
        }
        self.folder.borrow_mut().waiting = Some(VecDeque::from([message]));
        let (itself, id) = (self.itself.clone(), self.session.borrow().kernel_id());
        spawn_local(bring(itself, id, wanted));
    }

    /// The paths in a source that may be files of the site that this Python does not have.
    fn wanted_files(&self, source: &str) -> Vec<String> {
        let (folder, own) = (self.folder.borrow(), self.files.borrow());
        let list = SITE.with_borrow(Clone::clone);
        let is_wanted = |file: &String| {
            let is_listed = |list: &Rc<BTreeMap<String, f64>>| {
                let full = format!("{}{file}", folder.beside);
                full.strip_prefix(LESSONS)
                    .is_some_and(|file| list.contains_key(file))
            };
            !folder.given.contains(file) && !own.has(file) && list.as_ref().is_none_or(is_listed)
        };
        named(source).into_iter().filter(is_wanted).collect()
    }

    /// Python has started: it gets the notebook's files before anything else, then its start is told.
    pub(super) fn kernel_ready(&self, id: KernelId, message: FromWorker) {
        let place = self.saver.borrow().place();
        let names = self.files.borrow().names();
        if names.is_empty() && (place.is_none() || self.has_recalled.get()) {
            return self.tell_ready(id, message);
        }
        let itself = self.itself.clone();
        spawn_local(async move {
            hand_over(itself.clone(), id, place).await;
            if let Some(shell) = itself.upgrade() {
                shell.tell_ready(id, message);
            }
        });
    }

    fn tell_ready(&self, id: KernelId, message: FromWorker) {
        self.before_message(&message);
        self.dispatch(Event::Kernel(id, message, Vec::new()));
    }

    /// Python opens a file that it does not have: perhaps it lies beside the notebook on its site.
    pub(super) fn want_file(&self, id: RequestId, file: &str) {
        let missing = move |shell: &Self, sentence: String| {
            shell.refuse(id, Refusal::Missing, sentence);
        };
        let Some(file) = path(file) else {
            return missing(self, "There is no such file.".to_owned());
        };
        let address = browser::own_path(&format!(
            "{}{}",
            self.folder.borrow().beside,
            encoded(&file)
        ));
        let itself = self.itself.clone();
        spawn_local(async move {
            let fetched = fetch::beside(&address.unwrap_or_default(), MOST_FILE).await;
            let Some(shell) = itself.upgrade() else {
                return;
            };
            match fetched {
                Ok(bytes) => {
                    shell.folder.borrow_mut().given.insert(file);
                    let body = BufferIndex(0);
                    shell.respond(id, Response::File { body }, &[copy_of(&bytes)]);
                }
                Err(sentence) => missing(&shell, sentence),
            }
        });
    }

    /// The notebook is of this folder of the site.
    pub fn set_folder(&self, beside: String) {
        self.folder.borrow_mut().beside = beside;
    }

    // The notebook's files.

    /// Keeps a file with the notebook. Whether there was room.
    pub(super) fn keep_file(&self, file: &Chosen) -> bool {
        let Chosen { name, bytes } = file;
        let room = self
            .files
            .borrow()
            .room_for(name, f64::from(bytes.length()));
        if let Err(refusal) = room {
            self.warn(refusal);
            return false;
        }
        self.files.borrow_mut().put(name, bytes.clone());
        if self.session.borrow().is_kernel_up() {
            self.kernel.borrow().post(&write(name), &[copy_of(bytes)]);
        }
        if self.saver.borrow().key().is_some() {
            self.store_file(name);
        } else {
            // The whole notebook is stored by its first edit, whatever that changes, and its files with it.
            let title = self.page.title.get_untracked();
            self.journal(&Edit::Title { title }, false);
        }
        self.list_files();
        true
    }

    /// Stores all that belongs to the notebook and is only here: it has just got its place.
    pub(super) fn store_attachments(&self) {
        self.has_recalled.set(true);
        self.store_permissions();
        for name in self.files.borrow().names() {
            self.store_file(&name);
        }
        let Some((store, key)) = self.saver.borrow().place() else {
            return;
        };
        let beside = self.folder.borrow().beside.clone();
        if beside != LESSONS {
            spawn_local(async move { store.remember_folder(&key, &beside).await });
        }
    }

    fn store_file(&self, name: &str) {
        let bytes = self.files.borrow().bytes(name);
        let (Some((store, key)), Some(bytes)) = (self.saver.borrow().place(), bytes) else {
            return;
        };
        let (itself, name) = (self.itself.clone(), name.to_owned());
        spawn_local(async move {
            let stored = store.write_file(&key, &name, &bytes).await;
            let Some(shell) = itself.upgrade() else {
                return;
            };
            match stored {
                Ok(()) => shell.files.borrow_mut().stored(&name, &bytes),
                Err(unsaved) => shell.warn(format!(
                    "{name} is there until this page is closed, but it could not be kept: {}",
                    unsaved.sentence()
                )),
            }
        });
    }

    /// Recalls what belongs to a notebook that was stored before: what is allowed, and its files.
    pub fn recall_attachments(self: &Rc<Self>) {
        let Some((store, key)) = self.saver.borrow().place() else {
            return;
        };
        let itself = Rc::downgrade(self);
        spawn_local(async move {
            let allowed = store.permissions(&key).await;
            let files = store.files(&key).await;
            let beside = store.folder(&key).await;
            let Some(shell) = itself.upgrade() else {
                return;
            };
            shell.permissions.borrow_mut().allow(allowed);
            if !beside.is_empty() {
                shell.folder.borrow_mut().beside = beside;
            }
            match files {
                Ok(files) => shell.files.borrow_mut().recall(files),
                Err(message) => shell.warn(message),
            }
            shell.has_recalled.set(true);
            shell.list_files();
        });
    }

    /// Deletes a file, from the notebook and from Python.
    pub(super) fn delete_file(&self, name: &str) {
        let was_kept = self.files.borrow_mut().remove(name);
        if self.session.borrow().is_kernel_up() {
            let file = name.to_owned();
            self.kernel.borrow().post(&ToWorker::Remove { file }, &[]);
        }
        if let (true, Some((store, key))) = (was_kept, self.saver.borrow().place()) {
            let name = name.to_owned();
            spawn_local(async move {
                if let Err(unsaved) = store.delete_file(&key, &name).await {
                    let text = format!("{name} was not deleted: {}", unsaved.sentence());
                    web_sys::console::warn_1(&text.into());
                }
            });
        }
        self.list_files();
    }

    /// Gives a kept file another name.
    pub(super) fn rename_file(&self, old: &str, new: &str) {
        let new = engine::files::name(new.trim());
        if new == old {
            return;
        }
        let is_made = |rows: &Vec<FileRow>| rows.iter().any(|row| row.name == new);
        if self.files.borrow().has(&new) || self.page.files.with_untracked(is_made) {
            return self.warn(format!("There is a file \u{201c}{new}\u{201d} already."));
        }
        let old = old.to_owned();
        self.with_bytes(&old.clone(), move |shell, bytes| match bytes {
            Ok(bytes) => shell.store_renamed(old, new, bytes),
            Err(message) => shell.warn(message),
        });
    }

    /// Stores a file under its new name, and only then gives up the old one.
    fn store_renamed(&self, old: String, new: String, bytes: Uint8Array) {
        let place = self.saver.borrow().place();
        let itself = self.itself.clone();
        spawn_local(async move {
            let stored = match &place {
                Some((store, key)) => store.rename_file(key, [&old, &new], &bytes).await,
                None => Ok(()),
            };
            let Some(shell) = itself.upgrade() else {
                return;
            };
            if let Err(unsaved) = stored {
                return shell.warn(format!("{old} keeps its name: {}", unsaved.sentence()));
            }
            {
                let mut files = shell.files.borrow_mut();
                files.remove(&old);
                files.put(&new, bytes.clone());
                if place.is_some() {
                    files.stored(&new, &bytes);
                }
            }
            if shell.session.borrow().is_kernel_up() {
                let kernel = shell.kernel.borrow();
                kernel.post(&ToWorker::Remove { file: old }, &[]);
                kernel.post(&write(&new), &[copy_of(&bytes)]);
            }
            shell.list_files();
        });
    }

    /// Hands the person a file.
    pub(super) fn download_file(&self, name: &str) {
        let name = name.to_owned();
        self.with_bytes(&name.clone(), move |shell, bytes| match bytes {
            Ok(bytes) => crate::files::hand_out(&name, &bytes),
            Err(message) => shell.warn(message),
        });
    }

    /// Keeps a file that a cell has made or changed.
    pub(super) fn keep_made_file(&self, file: &str) {
        let name = file.to_owned();
        self.read_from_python(file, move |shell, bytes| match bytes {
            Ok(bytes) => {
                if shell.keep_file(&Chosen { name, bytes }) {
                    shell.list_files();
                }
            }
            Err(message) => shell.warn(message),
        });
    }

    /// Hands the person the notebook as a file.
    pub(super) fn save(&self, format: Format) {
        let all: f64 = self.files.borrow().sizes().map(|(_, size)| size).sum();
        if format == Format::Html && all > MOST_IN_PAGE {
            self.warn(format!("The page does not carry the files of this notebook: they are larger than {:.0} MB together. Save it as .zip instead.", MOST_IN_PAGE / 1e6));
            return files::save(self.document(), format, async { Vec::new() });
        }
        files::save(self.document(), format, self.all_files());
    }

    /// Hands the person the notebook and its files as an archive.
    pub(super) fn save_zip(&self) {
        let (document, files) = (self.document(), self.all_files());
        let failed = later(&self.itself, |shell: &Self, ()| {
            shell.warn("The archive could not be made.".to_owned());
        });
        spawn_local(async move {
            let title = document.notebook.title.clone();
            let files = files.await;
            match crate::files::zip(&[Found { document, files }]) {
                Some(bytes) => crate::files::save(&title, ".zip", "application/zip", &bytes),
                None => failed(()),
            }
        });
    }

    /// The files of the notebook, as far as they can be read.
    fn all_files(&self) -> impl Future<Output = Vec<Chosen>> + 'static {
        let place = self.saver.borrow().place();
        let kept = self.files.borrow();
        let names = kept.names().into_iter();
        let files: Vec<(String, Option<Uint8Array>)> = names
            .map(|name| {
                let bytes = kept.bytes(&name);
                (name, bytes)
            })
            .collect();
        async move {
            let mut found = Vec::new();
            for (name, mut bytes) in files {
                if let (None, Some((store, key))) = (&bytes, &place) {
                    bytes = store.read_file(key, &name).await.ok().flatten();
                }
                if let Some(bytes) = bytes {
                    found.push(Chosen { name, bytes });
                }
            }
            found
        }
    }

    /// Takes in the files that came with a notebook that is not stored yet.
    pub fn take_files(&self, files: Vec<Chosen>) {
        for Chosen { name, bytes } in files {
            let room = self
                .files
                .borrow()
                .room_for(&name, f64::from(bytes.length()));
            match room {
                Ok(()) => self.files.borrow_mut().put(&name, bytes),
                Err(refusal) => self.warn(refusal),
            }
        }
    }

    /// Calls `act` with the bytes of a file: the notebook's, else Python's.
    fn with_bytes(
        &self,
        name: &str,
        act: impl FnOnce(&Self, Result<Uint8Array, String>) + 'static,
    ) {
        if let Some(bytes) = self.files.borrow().bytes(name) {
            return act(self, Ok(bytes));
        }
        let place = self.saver.borrow().place();
        let (true, Some((store, key))) = (self.files.borrow().has(name), place) else {
            return self.read_from_python(name, act);
        };
        let (itself, name) = (self.itself.clone(), name.to_owned());
        spawn_local(async move {
            let read = store.read_file(&key, &name).await;
            if let Some(shell) = itself.upgrade() {
                let gone = || format!("{name} is not there any more.");
                act(&shell, read.and_then(|bytes| bytes.ok_or_else(gone)));
            }
        });
    }

    /// Reads a file of Python's folder, part by part: between two runs, Python has other things to do.
    fn read_from_python(
        &self,
        file: &str,
        act: impl FnOnce(&Self, Result<Uint8Array, String>) + 'static,
    ) {
        if !self.session.borrow().is_kernel_up() {
            return act(self, Err(format!("{file} is in a Python that has ended.")));
        }
        let read = Read {
            file: file.to_owned(),
            parts: Vec::new(),
            got: 0,
            respond: Box::new(act),
        };
        self.read_on(read);
    }

    fn read_on(&self, reading: Read) {
        let mut folder = self.folder.borrow_mut();
        folder.newest_read = folder.newest_read.wrapping_add(1);
        let read = folder.newest_read;
        let message = ToWorker::Read {
            read,
            file: reading.file.clone(),
            from: reading.got,
        };
        folder.reads.insert(read, reading);
        drop(folder);
        self.kernel.borrow().post(&message, &[]);
    }

    /// Python has read a part of a file.
    pub(super) fn receive_content(&self, read: u32, size: u32, buffers: Buffers) {
        let reading = self.folder.borrow_mut().reads.remove(&read);
        let Some(mut reading) = reading else {
            return;
        };
        let most = MOST_FILE / 1e6;
        let file = &reading.file;
        let Some(part) = buffers.into_iter().next() else {
            let sentence = format!("{file} cannot be read; perhaps it is not there any more.");
            return (reading.respond)(self, Err(sentence));
        };
        if f64::from(size) > MOST_FILE {
            let sentence =
                format!("{file} is larger than {most:.0} MB, more than can be kept of one file.");
            return (reading.respond)(self, Err(sentence));
        }
        let length = u32::try_from(part.len()).unwrap_or(u32::MAX);
        reading.got = reading.got.saturating_add(length);
        reading.parts.push(part);
        if reading.got < size && length > 0 {
            return self.read_on(reading);
        }
        let whole = Uint8Array::new_with_length(reading.got);
        let mut at = 0;
        for part in &reading.parts {
            whole.set(&Uint8Array::from(&**part), at);
            at += u32::try_from(part.len()).unwrap_or(0);
        }
        (reading.respond)(self, Ok(whole));
    }

    /// Lists the files anew, if somebody looks at them.
    pub(super) fn list_files(&self) {
        if !self.page.watches_files.get_untracked() {
            return;
        }
        let kept: Vec<FileRow> = {
            let files = self.files.borrow();
            let rows = files.sizes().map(|(name, size)| FileRow {
                name: name.clone(),
                size,
                is_kept: true,
                is_written: false,
            });
            rows.collect()
        };
        let page = self.page;
        let known = page.files.get_untracked();
        let is_made =
            |row: &FileRow| !row.is_kept && !kept.iter().any(|kept| kept.name == row.name);
        let made = known.into_iter().filter(is_made);
        let old: Vec<FileRow> = kept.iter().cloned().chain(made).collect();
        update(page.files, old);
        self.ask_python(
            protocol::Question::Files,
            Box::new(move |answer| {
                if let Some(Answer::Files { files, .. }) = answer {
                    update(page.files, merged(kept, files));
                }
            }),
        );
    }
}

/// The notebook's files, marked where a cell has changed them, and those that cells have made.
fn merged(mut kept: Vec<FileRow>, found: Vec<protocol::WorkFile>) -> Vec<FileRow> {
    for file in found.into_iter().filter(|file| file.written) {
        match kept.iter_mut().find(|row| row.name == file.path) {
            Some(row) => row.is_written = true,
            None => kept.push(FileRow {
                name: file.path,
                size: file.size as f64,
                is_kept: false,
                is_written: true,
            }),
        }
    }
    kept
}

/// Brings the files of the site that a run names, then posts what waits for them.
async fn bring(itself: Weak<Shell>, id: KernelId, wanted: Vec<String>) {
    let list = site_files().await;
    for file in wanted {
        let Some(shell) = itself.upgrade() else {
            return;
        };
        let full = format!("{}{file}", shell.folder.borrow().beside);
        let size = full.strip_prefix(LESSONS).and_then(|file| list.get(file));
        let address = browser::own_path(&encoded(&full));
        drop(shell);
        let mut fetched = None;
        if let (Some(size), Some(address)) = (size, address)
            && *size <= MOST_FILE
        {
            // What could not be fetched is missed by the cell that opens it, which says so.
            fetched = fetch::beside(&address, MOST_FILE).await.ok();
        }
        let Some(shell) = itself.upgrade() else {
            return;
        };
        if shell.session.borrow().kernel_id() != id {
            return;
        }
        // The person may have added one of this name meanwhile.
        if let Some(bytes) = fetched.filter(|_| !shell.files.borrow().has(&file)) {
            shell
                .kernel
                .borrow()
                .post(&write(&file), &[copy_of(&bytes)]);
        }
        shell.folder.borrow_mut().given.insert(file);
    }
    let Some(shell) = itself.upgrade() else {
        return;
    };
    if shell.session.borrow().kernel_id() == id {
        let waiting = shell.folder.borrow_mut().waiting.take();
        for message in waiting.into_iter().flatten() {
            shell.post(message);
        }
    }
}

/// Hands the notebook's files to a Python that has just started, also those that are added meanwhile. A store
/// that does not answer keeps nobody from running cells.
async fn hand_over(itself: Weak<Shell>, id: KernelId, place: Option<(Store, String)>) {
    let mut wanted = match &place {
        // Those that were stored before may not be recalled yet.
        Some((store, key)) => {
            let listed = browser::within(PATIENCE, &mut Box::pin(store.files(key))).await;
            let listed = listed.and_then(Result::ok).unwrap_or_default();
            listed.into_keys().collect()
        }
        None => BTreeSet::new(),
    };
    let mut handed = BTreeSet::new();
    let mut missing = Vec::new();
    loop {
        let Some(shell) = itself.upgrade() else {
            return;
        };
        wanted.extend(shell.files.borrow().names());
        let Some(name) = wanted.difference(&handed).next().cloned() else {
            if !missing.is_empty() {
                let missing = missing.join(", ");
                shell.warn(format!("This browser's storage did not give these files, so that Python does not have them: {missing}. Restart Python to try again."));
            }
            return;
        };
        handed.insert(name.clone());
        let mut bytes = shell.files.borrow().bytes(&name);
        drop(shell);
        if let (None, Some((store, key))) = (&bytes, &place) {
            // One that is silent once is not asked for each of the others.
            if missing.is_empty() {
                let mut read = Box::pin(store.read_file(key, &name));
                let read = browser::within(PATIENCE, &mut read).await;
                bytes = read.and_then(Result::ok).flatten();
            }
            if bytes.is_none() {
                missing.push(name.clone());
            }
        }
        let Some(shell) = itself.upgrade() else {
            return;
        };
        if shell.session.borrow().kernel_id() != id {
            return;
        }
        if let Some(bytes) = bytes {
            shell
                .kernel
                .borrow()
                .post(&write(&name), &[copy_of(&bytes)]);
        }
    }
}

/// The kernel's copy is its own: buffers are handed over, not shared.
fn copy_of(bytes: &Uint8Array) -> js_sys::ArrayBuffer {
    bytes.slice(0, bytes.length()).buffer()
}

/// A path as a part of an address.
fn encoded(path: &str) -> String {
    let parts = path
        .split('/')
        .map(|part| js_sys::encode_uri_component(part).into());
    parts.collect::<Vec<String>>().join("/")
}
