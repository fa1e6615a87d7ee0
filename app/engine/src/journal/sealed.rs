//! Records as texts with a checksum before them: 16 hexadecimal digits, then JSON.

use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::notebook::Fingerprint;

/// A record's value as a database gave it: a text, or something else that is none of ours.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Raw(pub Option<String>);

impl Raw {
    /// What is in the record, if it is whole.
    #[must_use]
    pub fn unseal<T: DeserializeOwned>(&self) -> Option<T> {
        serde_json::from_str(self.json()?).ok()
    }

    /// Its JSON, if it is whole. A record of before there were checksums begins with a brace.
    #[must_use]
    pub fn json(&self) -> Option<&str> {
        let text = self.0.as_deref()?;
        if text.starts_with('{') {
            return Some(text);
        }
        let (sum, json) = text.split_at_checked(16)?;
        let is_whole = u64::from_str_radix(sum, 16).ok()? == Fingerprint::of(json).0;
        is_whole.then_some(json)
    }

    /// The length of its text in bytes.
    pub(super) fn len(&self) -> usize {
        self.0.as_ref().map_or(0, String::len)
    }
}

/// The record as it is stored.
#[must_use]
pub fn seal(value: &impl Serialize) -> String {
    // Our records are structs with text keys: they have a JSON form.
    let json = serde_json::to_string(value).unwrap_or_default();
    format!("{:016x}{json}", Fingerprint::of(&json).0)
}
