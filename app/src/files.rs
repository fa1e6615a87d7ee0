//! Files that the person chooses or drops, and files that the page hands out.

use engine::Document;
use engine::formats::{self, ipynb, records};
use js_sys::{Array, Function, Object, Reflect, Uint8Array};
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;
use web_sys::{Blob, BlobPropertyBag, File, FileList, HtmlElement, HtmlInputElement, Url};

/// The largest file that is read, in bytes.
const MAX_FILE: f64 = 200e6;
/// The most that the files of an archive may hold together, in bytes.
const MAX_INSIDE: f64 = 400e6;

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
    let options = BlobPropertyBag::new();
    options.set_type(mime);
    let parts = Array::of1(&Uint8Array::from(content));
    let hand_out = || -> Option<()> {
        let blob = Blob::new_with_u8_array_sequence_and_options(&parts, &options).ok()?;
        let url = Url::create_object_url_with_blob(&blob).ok()?;
        let link = web_sys::window()?.document()?.create_element("a").ok()?;
        link.set_attribute("href", &url).ok()?;
        link.set_attribute("download", &format!("{}{extension}", file_name(title)))
            .ok()?;
        link.dyn_into::<HtmlElement>().ok()?.click();
        Url::revoke_object_url(&url).ok()
    };
    if hand_out().is_none() {
        web_sys::console::warn_1(&"The file could not be made.".into());
    }
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
pub async fn read_all(files: &FileList) -> Vec<Result<Document, String>> {
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

/// A file that the person chose.
#[derive(Debug)]
pub struct Chosen {
    /// Its name.
    pub name: String,
    /// Its bytes.
    pub bytes: Uint8Array,
}

/// The largest file that is handed to Python, in bytes.
const MAX_ADDED: f64 = 100e6;

/// Asks the person for a file of any kind. The error is a sentence.
pub fn choose(chosen: impl Fn(Result<Chosen, String>) + 'static) {
    let document = web_sys::window().and_then(|window| window.document());
    let input = document.and_then(|document| document.create_element("input").ok());
    let Some(input) = input.and_then(|input| input.dyn_into::<HtmlInputElement>().ok()) else {
        return;
    };
    input.set_type("file");
    let asked = input.clone();
    let chosen = std::rc::Rc::new(chosen);
    let changed = Closure::once_into_js(move || {
        let Some(file) = asked.files().and_then(|files| files.item(0)) else {
            return;
        };
        let chosen = chosen.clone();
        wasm_bindgen_futures::spawn_local(async move {
            let name = file.name();
            let read = async {
                if file.size() > MAX_ADDED {
                    return Err(format!(
                        "\u{201c}{name}\u{201d} is larger than 100 MB, more than Python can take here."
                    ));
                }
                let bytes = JsFuture::from(file.array_buffer()).await;
                let bytes = bytes.map_err(|_| {
                    format!("\u{201c}{name}\u{201d} could not be read. Is it still there?")
                })?;
                Ok(Uint8Array::new(&bytes))
            };
            chosen(read.await.map(|bytes| Chosen {
                name: name.clone(),
                bytes,
            }));
        });
    });
    input.set_onchange(Some(changed.unchecked_ref()));
    input.click();
}

async fn read(file: &File) -> Result<Vec<Result<Document, String>>, String> {
    let name = file.name();
    if file.size() > MAX_FILE {
        return Err(format!(
            "\u{201c}{name}\u{201d} is larger than 200 MB, more than a notebook can be."
        ));
    }
    let bytes = JsFuture::from(file.array_buffer()).await;
    let bytes = bytes
        .map_err(|_| format!("\u{201c}{name}\u{201d} could not be read. Is it still there?"))?;
    let bytes = Uint8Array::new(&bytes);
    if name.to_ascii_lowercase().ends_with(".zip") {
        return unzip(&name, &bytes);
    }
    Ok(parse(&name, &bytes.to_vec()))
}

/// The notebooks in a file: one, unless it holds the records of a browser's notebooks.
fn parse(name: &str, bytes: &[u8]) -> Vec<Result<Document, String>> {
    let is_json = name.to_ascii_lowercase().ends_with(".json");
    let text = std::str::from_utf8(bytes).ok().filter(|_| is_json);
    let records = text.and_then(records::read);
    records.unwrap_or_else(|| vec![formats::read_bytes(name, bytes)])
}

fn unzip(name: &str, bytes: &Uint8Array) -> Result<Vec<Result<Document, String>>, String> {
    let broken = |_| format!("\u{201c}{name}\u{201d} is not a whole .zip file.");
    let wanted: Closure<dyn Fn(String) -> bool> =
        // macOS puts a shadow of each file beside it.
        Closure::new(|name: String| formats::is_readable(&name) && !name.contains("__MACOSX"));
    let unpacked = unpack(bytes, MAX_INSIDE, wanted.as_ref().unchecked_ref()).map_err(broken)?;
    let entries = Object::entries(&unpacked);
    let found = entries.iter().flat_map(|pair| {
        let pair: Array = pair.unchecked_into();
        let inner = pair.get(0).as_string().unwrap_or_default();
        parse(&inner, &Uint8Array::new(&pair.get(1)).to_vec())
    });
    let found: Vec<_> = found.collect();
    if found.is_empty() {
        return Err(format!("\u{201c}{name}\u{201d} holds no notebooks."));
    }
    Ok(found)
}

/// All of these notebooks, with their outputs, as one archive of Jupyter notebooks.
pub fn zip(documents: &[Document]) -> Option<Vec<u8>> {
    let files = Object::new();
    let mut names = std::collections::BTreeSet::new();
    for document in documents {
        let title = file_name(&document.notebook.title);
        let others = (2..).map(|count| format!("{title} ({count})"));
        let mut candidates = std::iter::once(title.clone()).chain(others);
        let name = candidates.find(|name| names.insert(name.to_lowercase()))?;
        let text = ipynb::write(document);
        let bytes = Uint8Array::from(text.as_bytes());
        Reflect::set(&files, &format!("{name}.ipynb").into(), &bytes).ok()?;
    }
    Some(pack(&files).ok()?.to_vec())
}
