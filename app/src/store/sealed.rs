//! Records as texts with a checksum before them: 16 hexadecimal digits, then JSON.

use engine::Fingerprint;
use serde::{Deserialize, Serialize};
use wasm_bindgen::JsValue;

/// The record as it is stored.
pub fn seal(value: &impl Serialize) -> JsValue {
    let json = serde_json::to_string(value).unwrap_or_default();
    JsValue::from_str(&format!("{:016x}{json}", Fingerprint::of(&json).0))
}

/// The record, if it is whole. One of before there were checksums begins with a brace.
pub fn unseal<T: for<'a> Deserialize<'a>>(value: &JsValue) -> Option<T> {
    let text = value.as_string()?;
    if text.starts_with('{') {
        return serde_json::from_str(&text).ok();
    }
    let (sum, json) = text.split_at_checked(16)?;
    let is_whole = u64::from_str_radix(sum, 16).ok()? == Fingerprint::of(json).0;
    is_whole.then(|| serde_json::from_str(json).ok()).flatten()
}
