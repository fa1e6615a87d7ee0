//! JSON that has no other form.

use super::Renderer;
use super::text::long_text;

pub static RENDERER: Renderer = Renderer {
    takes: &["application/json"],
    show: |given, _, text| {
        let value = serde_json::from_str::<serde_json::Value>(text).ok();
        let pretty = value.and_then(|value| serde_json::to_string_pretty(&value).ok());
        let text = pretty.map_or_else(|| text.clone(), Into::into);
        Ok(long_text("text", text, given.library))
    },
};
