//! Files that the person chooses or drops, and files that the page hands out.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use engine::Document;
use engine::files::MOST_FILE;
use engine::formats::{self, attachments, ipynb, records};
use js_sys::{Array, Function, Object, Reflect, Uint8Array};
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;
use web_sys::{Blob, BlobPropertyBag, File, FileList, HtmlElement, HtmlInputElement, Url};

/// The largest file with a notebook that is read, in bytes.
const MAX_FILE: f64 = 200e6;
/// The largest archive that is read, in bytes: larger than any that is made here.
const MAX_ARCHIVE: f64 = 600e6;
/// The most that the files of an archive may hold together, in bytes.
const MAX_INSIDE: f64 = 800e6;

#[wasm_bindgen]
extern "C" {
    /// The files of an archive by name, as far as `wanted` takes their names. Throws where it is
    /// broken, or holds more than `limit` bytes.
    #[wasm_bindgen(js_namespace = rivuletEditor, js_name = unzip, catch)]
    fn unpack(bytes: &Uint8Array, limit: f64, wanted: &Function) -> Result<Object, JsValue>;

    /// An archive of files by name.
    #[wasm_bindgen(js_namespace = rivuletEditor, js_name = zip, catch)]
    fn pack(files: &Object) -> Result<Uint8Array, JsValue>;
}

/// Hands the person a file.
pub fn save(title: &str, extension: &str, mime: &str, content: &[u8]) {
    let name = format!("{}{extension}", file_name(title));
    give(&Array::of1(&Uint8Array::from(content)), &name, mime);
}

/// Hands the person a file that came in parts.
pub fn save_parts(title: &str, extension: &str, mime: &str, parts: &Array) {
    let name = format!("{}{extension}", file_name(title));
    give(parts, &name, mime);
}

fn give(parts: &Array, name: &str, mime: &str) {
    let options = BlobPropertyBag::new();
    options.set_type(mime);
    let hand_out = || -> Option<()> {
        let blob = Blob::new_with_u8_array_sequence_and_options(parts, &options).ok()?;
        let url = Url::create_object_url_with_blob(&blob).ok()?;
        let link = web_sys::window()?.document()?.create_element("a").ok()?;
        link.set_attribute("href", &url).ok()?;
        link.set_attribute("download", name).ok()?;
        link.dyn_into::<HtmlElement>().ok()?.click();
        Url::revoke_object_url(&url).ok()
    };
    if hand_out().is_none() {
        web_sys::console::warn_1(&"The file could not be made.".into());
    }
}

/// Hands the person a file under its own name.
pub fn hand_out(name: &str, bytes: &Uint8Array) {
    let name = name.rsplit('/').next().unwrap_or(name);
    give(&Array::of1(bytes), name, "application/octet-stream");
}

/// A title as a file name that every system takes.
fn file_name(title: &str) -> String {
    let allowed = |c: char| c.is_alphanumeric() || matches!(c, '-' | '_' | ' ');
    let name: String = title
        .chars()
        .map(|c| if allowed(c) { c } else { '-' })
        .take(80)
        .collect();
    let name = name.trim();
    if name.is_empty() {
        "notebook".to_owned()
    } else {
        name.to_owned()
    }
}

/// The notebooks in chosen files, and a sentence for each file that holds none.
pub async fn read_all(files: &FileList) -> Vec<Result<Found, String>> {
    let mut found = Vec::new();
    for at in 0..files.length() {
        if let Some(file) = files.item(at) {
            match read(&file).await {
                Ok(documents) => found.extend(documents),
                Err(message) => found.push(Err(message)),
            }
        }
    }
    found
}

/// A notebook, with the files that came with it.
#[derive(Debug)]
pub struct Found {
    pub document: Document,
    pub files: Vec<Chosen>,
}

impl From<Document> for Found {
    fn from(document: Document) -> Self {
        Self {
            document,
            files: Vec::new(),
        }
    }
}

/// A file that the person chose.
#[derive(Debug, Clone)]
pub struct Chosen {
    /// Its name, as Python takes it.
    pub name: String,
    /// Its bytes.
    pub bytes: Uint8Array,
}

/// Asks the person for a file of any kind. The error is a sentence.
pub fn choose(chosen: impl Fn(Result<Chosen, String>) + 'static) {
    let document = web_sys::window().and_then(|window| window.document());
    let input = document.and_then(|document| document.create_element("input").ok());
    let Some(input) = input.and_then(|input| input.dyn_into::<HtmlInputElement>().ok()) else {
        return;
    };
    input.set_type("file");
    let asked = input.clone();
    let chosen = Rc::new(chosen);
    let changed = Closure::once_into_js(move || {
        let Some(file) = asked.files().and_then(|files| files.item(0)) else {
            return;
        };
        let chosen = chosen.clone();
        wasm_bindgen_futures::spawn_local(async move { chosen(read_chosen(&file).await) });
    });
    input.set_onchange(Some(changed.unchecked_ref()));
    input.click();
}

/// The files of a list, each as it was chosen.
pub async fn chosen(files: &FileList) -> Vec<Result<Chosen, String>> {
    let mut found = Vec::new();
    for at in 0..files.length() {
        if let Some(file) = files.item(at) {
            found.push(read_chosen(&file).await);
        }
    }
    found
}

async fn read_chosen(file: &File) -> Result<Chosen, String> {
    let name = file.name();
    if file.size() > MOST_FILE {
        return Err(format!(
            "\u{201c}{name}\u{201d} is larger than {:.0} MB, more than a notebook keeps of one file.",
            MOST_FILE / 1e6
        ));
    }
    let bytes = JsFuture::from(file.array_buffer()).await;
    let bytes = bytes
        .map_err(|_| format!("\u{201c}{name}\u{201d} could not be read. Is it still there?"))?;
    Ok(Chosen {
        name: engine::files::name(&name),
        bytes: Uint8Array::new(&bytes),
    })
}

async fn read(file: &File) -> Result<Vec<Result<Found, String>>, String> {
    let name = file.name();
    let is_archive = name.to_ascii_lowercase().ends_with(".zip");
    let most = if is_archive { MAX_ARCHIVE } else { MAX_FILE };
    if file.size() > most {
        return Err(format!(
            "\u{201c}{name}\u{201d} is larger than {:.0} MB, more than can be opened here.",
            most / 1e6
        ));
    }
    let bytes = JsFuture::from(file.array_buffer()).await;
    let bytes = bytes
        .map_err(|_| format!("\u{201c}{name}\u{201d} could not be read. Is it still there?"))?;
    let bytes = Uint8Array::new(&bytes);
    if is_archive {
        return unzip(&name, &bytes);
    }
    Ok(parse(&name, &bytes.to_vec()))
}

/// The notebooks in a file: one, unless it holds the records of a browser's notebooks.
fn parse(name: &str, bytes: &[u8]) -> Vec<Result<Found, String>> {
    let is_json = name.to_ascii_lowercase().ends_with(".json");
    let text = std::str::from_utf8(bytes).ok();
    let records = text.filter(|_| is_json).and_then(records::read);
    if let Some(records) = records {
        let records = records.into_iter();
        return records.map(|read| read.map(Found::from)).collect();
    }
    let read = formats::read_bytes(name, bytes);
    vec![read.map(|document| Found {
        document,
        files: attached(bytes),
    })]
}

/// The files in a page that was saved from Rivulet.
pub fn attached(page: &[u8]) -> Vec<Chosen> {
    let page = std::str::from_utf8(page).unwrap_or_default();
    let files = attachments::attached(page).into_iter();
    let files = files.map(|(name, bytes)| Chosen {
        name,
        bytes: Uint8Array::from(&*bytes),
    });
    files.collect()
}

/// A page with these files in it.
pub fn attach(page: String, files: &[Chosen]) -> String {
    let files = files.iter();
    let files = files.map(|file| (file.name.clone(), file.bytes.to_vec()));
    attachments::attach(page, &files.collect())
}

fn unzip(name: &str, bytes: &Uint8Array) -> Result<Vec<Result<Found, String>>, String> {
    let broken = |_| format!("\u{201c}{name}\u{201d} is not a whole .zip file.");
    let names = Rc::new(RefCell::new(BTreeSet::new()));
    let seen = names.clone();
    let look: Closure<dyn Fn(String) -> bool> = Closure::new(move |name: String| {
        seen.borrow_mut().insert(name);
        false
    });
    unpack(bytes, MAX_INSIDE, look.as_ref().unchecked_ref()).map_err(broken)?;
    // A notebook that was saved with its files has a folder of its own.
    let homes: BTreeSet<String> = names
        .borrow()
        .iter()
        .filter_map(|name| home(name))
        .collect();
    let is_ours = {
        let homes = homes.clone();
        move |name: &str| home_of(name, &homes).is_some()
    };
    let wanted: Closure<dyn Fn(String) -> bool> = Closure::new(move |name: String| {
        // macOS puts a shadow of each file beside it.
        (formats::is_readable(&name) || is_ours(&name)) && !name.contains("__MACOSX")
    });
    let unpacked = unpack(bytes, MAX_INSIDE, wanted.as_ref().unchecked_ref()).map_err(broken)?;
    let mut found = Vec::new();
    let mut files: BTreeMap<String, Vec<(String, Uint8Array)>> = BTreeMap::new();
    for pair in Object::entries(&unpacked).iter() {
        let pair: Array = pair.unchecked_into();
        let inner = pair.get(0).as_string().unwrap_or_default();
        let bytes = Uint8Array::new(&pair.get(1));
        let folder = home_of(&inner, &homes);
        match folder {
            Some(folder) if home(&inner).as_ref() != Some(folder) => {
                let inside = inner[folder.len()..].to_owned();
                files
                    .entry(folder.clone())
                    .or_default()
                    .push((inside, bytes));
            }
            folder => {
                let read = parse(&inner, &bytes.to_vec()).into_iter();
                found.extend(read.map(|read| (folder.cloned(), read)));
            }
        }
    }
    if found.is_empty() {
        return Err(format!("\u{201c}{name}\u{201d} holds no notebooks."));
    }
    let found = found.into_iter().map(|(folder, read)| {
        let mut read = read?;
        let own = folder.and_then(|folder| files.get(&folder));
        for (path, bytes) in own.into_iter().flatten() {
            let is_small = f64::from(bytes.length()) <= MOST_FILE;
            if let Some(name) = engine::files::path(path).filter(|_| is_small) {
                let bytes = bytes.clone();
                read.files.push(Chosen { name, bytes });
            }
        }
        Ok(read)
    });
    Ok(found.collect())
}

/// The topmost of these folders that a file of an archive is in.
fn home_of<'a>(name: &str, homes: &'a BTreeSet<String>) -> Option<&'a String> {
    let mut ends = name.match_indices('/');
    ends.find_map(|(at, _)| homes.get(&name[..=at]))
}

/// The folder of a notebook in an archive that has it for itself: `Lesson/` of `Lesson/Lesson.ipynb`.
fn home(name: &str) -> Option<String> {
    let (folder, file) = name.rsplit_once('/')?;
    let stem = file.strip_suffix(".ipynb")?;
    (folder == stem).then(|| format!("{folder}/"))
}

/// All of these notebooks, with their outputs and files, as one archive of Jupyter notebooks. One that has
/// files has a folder of its own with them, so that Jupyter finds them, too.
pub fn zip(found: &[Found]) -> Option<Vec<u8>> {
    let files = Object::new();
    let mut names = BTreeSet::new();
    for Found {
        document,
        files: own,
    } in found
    {
        let title = file_name(&document.notebook.title);
        let others = (2..).map(|count| format!("{title} ({count})"));
        let mut candidates = std::iter::once(title.clone()).chain(others);
        // A file of the notebook may be called like the notebook itself.
        let taken: BTreeSet<String> = own.iter().map(|file| file.name.to_lowercase()).collect();
        let is_free = |name: &String| !taken.contains(&format!("{}.ipynb", name.to_lowercase()));
        let name = candidates.find(|name| is_free(name) && names.insert(name.to_lowercase()))?;
        let text = ipynb::write(document);
        let bytes = Uint8Array::from(text.as_bytes());
        let folder = if own.is_empty() {
            String::new()
        } else {
            format!("{name}/")
        };
        Reflect::set(&files, &format!("{folder}{name}.ipynb").into(), &bytes).ok()?;
        for file in own {
            let path = format!("{folder}{}", file.name);
            Reflect::set(&files, &path.into(), &file.bytes).ok()?;
        }
    }
    Some(pack(&files).ok()?.to_vec())
}
