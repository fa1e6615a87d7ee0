//! Fetches files of the site by `public/verify.js`, which the page's start and the service worker use
//! as well: it takes nothing but what the build made, and says what came in its place.

use js_sys::{ArrayBuffer, Promise, Reflect, Uint8Array};
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;

use crate::manifest::Listed;

#[wasm_bindgen]
extern "C" {
    #[wasm_bindgen(js_name = rivuletFetch)]
    fn fetch_verified(
        path: &str,
        size: f64,
        sha256: &str,
        progress: &Closure<dyn Fn(f64)>,
    ) -> Promise;

    #[wasm_bindgen(js_name = rivuletLesson)]
    fn fetch_lesson(path: &str, most: f64) -> Promise;
}

/// The longest notebook file that is opened by its address, in bytes.
const MAX_LESSON: f64 = 50e6;
/// The largest file of the site that is a list, in bytes.
const MAX_LIST: f64 = 1e6;

/// Fetches a file of the build's list; `progress` is told of each piece's size in bytes, and of a
/// negative one where it begins anew. The error is a sentence.
pub async fn file(file: &Listed, progress: impl Fn(f64) + 'static) -> Result<ArrayBuffer, String> {
    let progress = Closure::new(progress);
    let fetched = fetch_verified(&file.path, file.size, &file.sha256, &progress);
    let fetched = JsFuture::from(fetched)
        .await
        .map_err(|error| sentence(&error))?;
    Ok(fetched.unchecked_into())
}

/// Fetches a text of the build's list. The error is a sentence.
pub async fn text(listed: &Listed) -> Result<String, String> {
    let bytes = file(listed, |_| {}).await?;
    String::from_utf8(Uint8Array::new(&bytes).to_vec())
        .map_err(|_| format!("{} is not text.", listed.path))
}

/// Fetches a notebook by its address. It may be edited where it is, so that its hash is not known.
pub async fn lesson(path: &str) -> Result<Vec<u8>, String> {
    fetch_bytes(path, MAX_LESSON).await
}

/// Fetches a list of what may be edited where it is.
pub async fn list(path: &str) -> Result<String, String> {
    let bytes = fetch_bytes(path, MAX_LIST).await?;
    engine::formats::text(&bytes).ok_or_else(|| format!("{path} is not text."))
}

async fn fetch_bytes(path: &str, most: f64) -> Result<Vec<u8>, String> {
    let fetched = JsFuture::from(fetch_lesson(path, most)).await;
    let bytes = fetched.map_err(|error| sentence(&error))?;
    Ok(Uint8Array::new(&bytes).to_vec())
}

fn sentence(error: &JsValue) -> String {
    let message = Reflect::get(error, &"message".into()).unwrap_or_default();
    message
        .as_string()
        .unwrap_or_else(|| "A file of this site could not be fetched.".to_owned())
}
