//! Markdown as the page shows it: `CommonMark` with GitHub's tables, tasks and strikethrough, footnotes,
//! and formulas. One parser, linear in the length of the text, for what is shown and for the values
//! (`{expression}`) that the analysis finds: [`spans`] is what both go by.
//!
//! What is written here is not harmless yet: the page passes it through its sanitiser. What may have
//! more than a text may (a formula, a task's box) stands apart as a [`Place`], and the page puts it in
//! after the sanitiser.

mod links;
mod pictures;
mod spans;
#[cfg(test)]
mod tests;
mod write;

use serde::Serialize;

pub use pictures::Pictures;
pub use spans::{Kind, Span, spans};
pub use write::markdown;

/// A text as HTML, and what the page puts in.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct Written {
    /// The HTML, not harmless yet. Place 7 is `<span title="KEY-7"></span>`, where KEY is what the
    /// caller has given.
    pub html: String,
    /// What goes into the places, in order.
    pub places: Vec<Place>,
}

/// What the page puts in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "place", rename_all = "snake_case")]
pub enum Place {
    /// A formula.
    Formula(Formula),
    /// The box of a task.
    Task {
        /// Whether it is ticked.
        done: bool,
    },
    /// Code, to be coloured before the sanitiser.
    Code {
        /// The code, without the last line's end.
        text: String,
        /// The first word of what is said about it, in lower case; may be empty.
        language: String,
    },
}

/// A formula of a text.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct Formula {
    /// As the text has it, with its delimiters.
    pub raw: String,
    /// What is to be set.
    pub tex: String,
    /// Whether it stands on a line of its own when it is set.
    pub display: bool,
}

/// Markdown or, if it `is_latex`, LaTeX as JSON of [`Written`], as the page's scripts take it.
#[must_use]
pub fn json(is_latex: bool, text: &str, key: &str) -> String {
    let written = if is_latex {
        latex(text, key)
    } else {
        markdown(text, key)
    };
    serde_json::to_string(&written).unwrap_or_default()
}

/// LaTeX as an output has it: one formula with or without its delimiters, or a text with formulas.
#[must_use]
pub fn latex(text: &str, key: &str) -> Written {
    let inner = text.trim();
    let pairs = [("$$", "$$"), ("$", "$"), ("\\[", "\\]"), ("\\(", "\\)")];
    let found = pairs.into_iter().find_map(|(opening, closing)| {
        let tex = inner.strip_prefix(opening)?.strip_suffix(closing)?;
        (!tex.is_empty()).then_some((opening, tex))
    });
    let (opening, tex) = found.unwrap_or(("$$", text));
    if has_dollar(tex) {
        return markdown(text, key);
    }
    let formula = Formula {
        raw: text.to_owned(),
        tex: tex.to_owned(),
        display: opening != "$" && opening != "\\(",
    };
    Written {
        html: format!("<p>{}</p>", place(key, 0)),
        places: vec![Place::Formula(formula)],
    }
}

/// Whether there is a dollar that no backslash escapes.
fn has_dollar(tex: &str) -> bool {
    let mut bytes = tex.bytes();
    while let Some(byte) = bytes.next() {
        match byte {
            b'\\' => drop(bytes.next()),
            b'$' => return true,
            _ => {}
        }
    }
    false
}

/// The element that stands for a place.
fn place(key: &str, at: usize) -> String {
    format!("<span title=\"{key}-{at}\"></span>")
}
