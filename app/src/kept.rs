//! What came from elsewhere for packages and stays on this device, so that it is there without a network.
//! Only a help: where the browser keeps nothing, nothing is missed but that.

use js_sys::{Array, ArrayBuffer, Promise, Reflect, Uint8Array};
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;
use web_sys::{Cache, Request, Response};

use crate::browser;

const NAME: &str = "rivulet packages";

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
    let copy = Uint8Array::new(bytes).slice(0, bytes.byte_length());
    if let Ok(response) = Response::new_with_opt_js_u8_array(Some(&copy)) {
        // A full disk keeps it from being kept, and from nothing else.
        let _ = JsFuture::from(cache.put_with_str(url, &response)).await;
    }
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
