//! The line before a cell: `# %% title [kind] key=value`, with values in JSON, as Jupytext has it.

use serde_json::{Map, Value};

use crate::notebook::{Cell, Kind};

/// How many places of a line are tried for the first option.
const TRIES: usize = 100;
/// Options with a meaning of their own, which no metadata can have.
const OWN: [&str; 6] = [
    "disabled",
    "blank",
    "braces",
    "verbatim",
    "language",
    "magic_args",
];
/// The longest metadata of a cell that is written, in bytes.
const LONGEST: usize = 4_096;

/// What stands behind a marker.
#[derive(Debug, Default, Clone)]
pub(super) struct Header {
    pub kind: Kind,
    pub disabled: bool,
    /// Empty lines that belong to the cell, before and after its text.
    pub blank: (usize, usize),
    /// Whether braces in the text are text, where that is said.
    pub literal: Option<bool>,
    /// Whether the lines are the source as it is, whatever they look like.
    pub verbatim: bool,
    /// The language of the cell and what stands behind it.
    pub language: Option<(String, String)>,
    /// All else that is said of the cell.
    pub metadata: Map<String, Value>,
}

impl Header {
    pub fn parse(rest: &str) -> Self {
        let (head, options) = options(rest);
        let mut header = Self {
            kind: Kind::Python,
            ..Self::default()
        };
        let kinds = [
            ("[markdown]", Kind::Markdown),
            ("[md]", Kind::Markdown),
            ("[raw]", Kind::Raw),
            ("[sql]", Kind::Sql),
            ("[code]", Kind::Python),
        ];
        let mut title = head.to_owned();
        if let Some((word, kind)) = kinds.into_iter().find(|(word, _)| head.contains(word)) {
            header.kind = kind;
            title = head.replacen(word, "", 1);
        }
        let title = title.trim();
        if !title.is_empty() {
            header.metadata.insert("title".to_owned(), title.into());
        }
        let (mut language, mut magic_args) = (None, String::new());
        for (name, value) in options {
            let text = value.as_str().unwrap_or("").to_owned();
            match name.as_str() {
                "disabled" => header.disabled = text == "true",
                "verbatim" => header.verbatim = text == "true",
                "blank" => {
                    let count =
                        |text: &str| text.parse::<usize>().map_or(0, |count| count.min(1000));
                    let pair = text.split_once(',');
                    header.blank =
                        pair.map_or((0, 0), |(before, after)| (count(before), count(after)));
                }
                "braces" => header.literal = Some(text == "text"),
                "language" => language = Some(text),
                "magic_args" => magic_args = text,
                _ => {
                    header.metadata.insert(name, value);
                }
            }
        }
        header.language = language.map(|name| (name, magic_args));
        header
    }

    /// What is said of a cell, but for how its text is written.
    pub fn of(cell: &Cell, is_literal: bool, with_metadata: bool) -> Self {
        let metadata = cell
            .extra
            .get("ipynb")
            .and_then(|kept| kept.get("metadata"));
        let metadata = metadata
            .and_then(Value::as_object)
            .filter(|_| with_metadata);
        let mut metadata = metadata.cloned().unwrap_or_default();
        metadata.retain(|name, _| is_name(name) && !OWN.contains(&name.as_str()));
        if Value::Object(metadata.clone()).to_string().len() > LONGEST {
            metadata.clear();
        }
        super::super::options::write(&mut metadata, false, cell.hidden);
        let is_other = cell.kind == Kind::Markdown && cell.literal != is_literal;
        Self {
            kind: cell.kind,
            disabled: cell.disabled,
            literal: is_other.then_some(cell.literal),
            metadata,
            ..Self::default()
        }
    }
}

impl std::fmt::Display for Header {
    fn fmt(&self, to: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let title = self.metadata.get("title").and_then(Value::as_str);
        // A title that would not read back stands among the options.
        let title = title.filter(|title| {
            let alone = Self::parse(&format!(" {title}"));
            let (kind, metadata) = (alone.kind, alone.metadata);
            let is_same =
                metadata.len() == 1 && metadata.get("title").and_then(Value::as_str) == Some(title);
            is_same && kind == Kind::Python && !title.contains(['\n', '\r', '[', '='])
        });
        if let Some(title) = title {
            write!(to, " {title}")?;
        }
        match self.kind {
            Kind::Python => {}
            Kind::Sql => to.write_str(" [sql]")?,
            Kind::Markdown => to.write_str(" [markdown]")?,
            Kind::Raw => to.write_str(" [raw]")?,
        }
        if self.disabled {
            to.write_str(" disabled=\"true\"")?;
        }
        if let (before, after) = self.blank
            && before + after > 0
        {
            write!(to, " blank=\"{before},{after}\"")?;
        }
        if let Some(literal) = self.literal {
            write!(
                to,
                " braces=\"{}\"",
                if literal { "text" } else { "values" }
            )?;
        }
        if self.verbatim {
            to.write_str(" verbatim=\"true\"")?;
        }
        if let Some((name, options)) = &self.language {
            write!(to, " language={}", Value::from(name.as_str()))?;
            if !options.is_empty() {
                write!(to, " magic_args={}", Value::from(options.as_str()))?;
            }
        }
        let others = self.metadata.iter();
        for (name, value) in others.filter(|(name, _)| *name != "title" || title.is_none()) {
            write!(to, " {name}={value}")?;
        }
        Ok(())
    }
}

fn is_name(text: &str) -> bool {
    text.starts_with(|letter: char| letter == '_' || letter.is_ascii_alphabetic())
        && text
            .chars()
            .all(|letter| letter.is_ascii_alphanumeric() || "_-.".contains(letter))
}

/// What stands before the options, and these.
fn options(rest: &str) -> (&str, Vec<(String, Value)>) {
    let mut words = rest.match_indices([' ', '\t']).map(|(at, _)| at + 1);
    let is_option = |at: &usize| {
        let name = rest[*at..].split('=').next().unwrap_or("");
        name.len() < rest.len() - at && is_name(name)
    };
    let places = std::iter::once(0).chain(&mut words).filter(is_option);
    for at in places.take(TRIES) {
        if let Some(found) = all_options(&rest[at..]) {
            return (&rest[..at], found);
        }
    }
    (rest, Vec::new())
}

/// The options of a text, if it holds nothing else.
fn all_options(text: &str) -> Option<Vec<(String, Value)>> {
    let mut found = Vec::new();
    let mut rest = text.trim();
    while !rest.is_empty() {
        let (name, value) = rest.split_once('=').filter(|(name, _)| is_name(name))?;
        let mut values = serde_json::Deserializer::from_str(value).into_iter::<Value>();
        let parsed = values.next()?.ok()?;
        let after = &value[values.byte_offset()..];
        if !after.is_empty() && !after.starts_with([' ', '\t']) {
            return None;
        }
        found.push((name.to_owned(), parsed));
        rest = after.trim_start();
    }
    Some(found)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_header_is_read_as_jupytext_writes_it() {
        for (text, kind, metadata) in [
            ("", Kind::Python, json!({})),
            (" Load data", Kind::Python, json!({ "title": "Load data" })),
            (
                " [markdown] slideshow={\"slide_type\": \"slide\"}",
                Kind::Markdown,
                json!({ "slideshow": { "slide_type": "slide" } }),
            ),
            (
                " a = 1 tags=[\"x y\"] n=1",
                Kind::Python,
                json!({ "title": "a = 1", "tags": ["x y"], "n": 1 }),
            ),
            (" x=oops", Kind::Python, json!({ "title": "x=oops" })),
            (
                " [md] title=\"[b]\"",
                Kind::Markdown,
                json!({ "title": "[b]" }),
            ),
        ] {
            let header = Header::parse(text);
            assert_eq!(
                (header.kind, Value::Object(header.metadata.clone())),
                (kind, metadata),
                "{text}"
            );
            let again = Header::parse(&header.to_string());
            assert_eq!(
                (again.kind, again.metadata),
                (header.kind, header.metadata),
                "{text}"
            );
        }
    }
}
