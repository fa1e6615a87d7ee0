//! The pictures that a text holds itself, as Jupyter keeps what was pasted into a cell: `attachment:name`.

use serde_json::{Map, Value};

/// Pictures by name, as addresses that hold all of their data.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Pictures {
    addresses: Vec<(String, String)>,
    /// What they were made from.
    of: Map<String, Value>,
}

impl Pictures {
    /// Those of a cell.
    #[must_use]
    pub fn of(attachments: Option<&Map<String, Value>>) -> Self {
        let of = attachments.cloned().unwrap_or_default();
        let addresses = of
            .iter()
            .filter_map(|(name, forms)| Some((name.clone(), address(forms)?)));
        Self {
            addresses: addresses.collect(),
            of,
        }
    }

    /// Whether they are those of these attachments.
    #[must_use]
    pub fn is_of(&self, attachments: Option<&Map<String, Value>>) -> bool {
        attachments.map_or(self.of.is_empty(), |attachments| *attachments == self.of)
    }

    /// The names, each with the address.
    pub fn addresses(&self) -> impl Iterator<Item = (&str, &str)> {
        let all = self.addresses.iter();
        all.map(|(name, address)| (name.as_str(), address.as_str()))
    }
}

/// The first picture among the forms of an attachment.
fn address(forms: &Value) -> Option<String> {
    let is_letter = |letter: char| letter.is_ascii_alphanumeric() || "+-.".contains(letter);
    forms.as_object()?.iter().find_map(|(mime, data)| {
        let kind = mime.strip_prefix("image/")?;
        // In one piece, or in lines.
        let text: String = match data {
            Value::String(text) => text.split_ascii_whitespace().collect(),
            Value::Array(lines) => {
                let lines = lines.iter().filter_map(Value::as_str);
                lines.flat_map(str::split_ascii_whitespace).collect()
            }
            _ => return None,
        };
        let is_data = |byte: u8| byte.is_ascii_alphanumeric() || b"+/=".contains(&byte);
        let is_whole = !text.is_empty() && text.bytes().all(is_data);
        (is_whole && kind.chars().all(is_letter)).then(|| format!("data:{mime};base64,{text}"))
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn only_pictures_have_an_address() {
        let attachments = json!({
            "a.png": { "text/plain": "x", "image/png": ["iVBO\n", "Rw0K"] }, "b": { "image/svg+xml": " PHN2Zz4= " },
            "c": { "image/png": "\"><script>" }, "d": { "image/x\"": "AAAA" }, "e": { "text/html": "AAAA" }, "f": 3,
        });
        let pictures = Pictures::of(attachments.as_object());
        let found: Vec<(&str, &str)> = pictures.addresses().collect();
        let expected = [
            ("a.png", "data:image/png;base64,iVBORw0K"),
            ("b", "data:image/svg+xml;base64,PHN2Zz4="),
        ];
        assert_eq!(found, expected);
        assert!(pictures.is_of(attachments.as_object()) && !pictures.is_of(None));
    }
}
