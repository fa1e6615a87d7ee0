//! What came from elsewhere for packages and stays on this device, so that it is there without a network.
//! Only a help: where the browser keeps nothing, nothing is missed but that.

use engine::packages::elsewhere;
use js_sys::{Array, ArrayBuffer, Promise, Reflect, Uint8Array};
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;
use web_sys::{Blob, Cache, Headers, Request, Response, ResponseInit};

use crate::browser;

const NAME: &str = "rivulet packages";
/// So much is kept, in bytes and in files; the oldest goes first.
const MOST: u64 = 500_000_000;
const MOST_FILES: usize = 2_000;
/// The header that says how many bytes a file has.
const SIZE: &str = "content-length";

async fn cache() -> Option<Cache> {
    let caches = browser::window().caches().ok()?;
    Some(
        JsFuture::from(caches.open(NAME))
            .await
            .ok()?
            .unchecked_into(),
    )
}

/// What was kept for an address.
pub async fn get(url: &str) -> Option<ArrayBuffer> {
    let found = JsFuture::from(cache().await?.match_with_str(url))
        .await
        .ok()?;
    let response: Response = found.dyn_into().ok()?;
    let bytes = JsFuture::from(response.array_buffer().ok()?).await.ok()?;
    bytes.dyn_into().ok()
}

/// The addresses from which something is kept.
pub async fn addresses() -> Vec<String> {
    let Some(cache) = cache().await else {
        return Vec::new();
    };
    let Ok(keys) = JsFuture::from(cache.keys()).await else {
        return Vec::new();
    };
    let keys: Array = keys.unchecked_into();
    keys.iter()
        .map(|key| key.unchecked_into::<Request>().url())
        .collect()
}

/// Keeps what came from an address.
pub async fn put(url: &str, bytes: &ArrayBuffer) {
    let Some(cache) = cache().await else {
        return;
    };
    let Ok(response) = response(bytes) else {
        return;
    };
    // A full disk keeps it from being kept, and from nothing else.
    if JsFuture::from(cache.put_with_str(url, &response))
        .await
        .is_ok()
    {
        let _ = make_room(&cache).await;
    }
}

fn response(bytes: &ArrayBuffer) -> Result<Response, JsValue> {
    let copy = Uint8Array::new(bytes).slice(0, bytes.byte_length());
    let headers = Headers::new()?;
    headers.set(SIZE, &bytes.byte_length().to_string())?;
    let about = ResponseInit::new();
    about.set_headers(&headers);
    Response::new_with_opt_js_u8_array_and_init(Some(&copy), &about)
}

/// Lets go of the oldest where there is too much.
async fn make_room(cache: &Cache) -> Result<(), JsValue> {
    // Both lists are in the order in which the files came.
    let keys: Array = JsFuture::from(cache.keys()).await?.unchecked_into();
    let files: Array = JsFuture::from(cache.match_all()).await?.unchecked_into();
    let mut sizes = Vec::new();
    for file in files.iter() {
        sizes.push(size(file.unchecked_into()).await?);
    }
    let surplus = elsewhere::surplus(&sizes, MOST, MOST_FILES);
    for key in keys.iter().take(surplus) {
        JsFuture::from(cache.delete_with_request(key.unchecked_ref())).await?;
    }
    Ok(())
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "the size of a file is a whole number"
)]
async fn size(file: Response) -> Result<u64, JsValue> {
    let said = file.headers().get(SIZE)?;
    if let Some(size) = said.and_then(|said| said.parse().ok()) {
        return Ok(size);
    }
    // An earlier release has kept it.
    let blob: Blob = JsFuture::from(file.blob()?).await?.unchecked_into();
    Ok(blob.size() as u64)
}

/// The sha256 of bytes in lower-case hexadecimal; `None` where the browser has no way to tell.
pub async fn sha256(bytes: &ArrayBuffer) -> Option<String> {
    let crypto = browser::window().crypto().ok()?;
    let subtle = Reflect::get(&crypto, &"subtle".into()).ok()?;
    let digest: js_sys::Function = Reflect::get(&subtle, &"digest".into())
        .ok()?
        .dyn_into()
        .ok()?;
    let digest: Promise = digest
        .call2(&subtle, &"SHA-256".into(), bytes)
        .ok()?
        .dyn_into()
        .ok()?;
    let digest = Uint8Array::new(&JsFuture::from(digest).await.ok()?).to_vec();
    Some(browser::hexadecimal(&digest))
}
