//! Fetches a file of the site with progress, and verifies what came.

use std::fmt::Write;

use js_sys::{ArrayBuffer, Reflect, Uint8Array};
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;
use web_sys::{ReadableStreamDefaultReader, Response};

use crate::manifest::Listed;

/// Fetches a file; `progress` is told of each piece's size in bytes. The error is a sentence.
pub async fn fetch(file: &Listed, progress: impl Fn(f64)) -> Result<ArrayBuffer, String> {
    let name = file.path.split('?').next().unwrap_or(&file.path);
    let bytes = read(&file.path, file.size, progress)
        .await
        .map_err(|reason| format!("{name} could not be fetched: {reason}"))?;
    let digest = sha256(&bytes)
        .await
        .ok_or("this browser cannot verify files here; use https")?;
    if digest != file.sha256 {
        return Err(format!(
            "{name} is not the file that this page was built with. Reload the page; if that does \
             not help, the site's files were mixed up or changed on the way."
        ));
    }
    Ok(bytes.buffer())
}

async fn read(path: &str, size: f64, progress: impl Fn(f64)) -> Result<Uint8Array, String> {
    let window = web_sys::window().ok_or("the page is gone")?;
    let response = JsFuture::from(window.fetch_with_str(path))
        .await
        .map_err(|_| "the site did not answer. Are you offline?".to_owned())?;
    let response: Response = response.dyn_into().map_err(|_| "no response".to_owned())?;
    if !response.ok() {
        return Err(format!("the site answered {}", response.status()));
    }
    let body = response.body().ok_or("the response was empty")?;
    let reader: ReadableStreamDefaultReader = body.get_reader().unchecked_into();
    // The manifest knows the size, so the bytes land where they stay.
    let bytes = Uint8Array::new_with_length(to_u32(size));
    let mut at = 0_u32;
    loop {
        let piece = JsFuture::from(reader.read())
            .await
            .map_err(|_| "the connection broke".to_owned())?;
        let value = Reflect::get(&piece, &"value".into()).unwrap_or_default();
        let Ok(value) = value.dyn_into::<Uint8Array>() else {
            break;
        };
        if at + value.length() > bytes.length() {
            return Err("it is longer than it should be".to_owned());
        }
        bytes.set(&value, at);
        at += value.length();
        progress(f64::from(value.length()));
    }
    if at == bytes.length() {
        Ok(bytes)
    } else {
        Err("it arrived cut short".to_owned())
    }
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "sizes of files come from the build and are far below 4 GB"
)]
fn to_u32(size: f64) -> u32 {
    size as u32
}

async fn sha256(bytes: &Uint8Array) -> Option<String> {
    let subtle = web_sys::window()?.crypto().ok()?.subtle();
    let digest = subtle
        .digest_with_str_and_buffer_source("SHA-256", bytes)
        .ok()?;
    let digest = JsFuture::from(digest).await.ok()?;
    let digest = Uint8Array::new(&digest).to_vec();
    let mut text = String::with_capacity(64);
    for byte in digest {
        let _ = write!(text, "{byte:02x}");
    }
    Some(text)
}
