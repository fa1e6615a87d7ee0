//! A stand-in for `unicode_names2` in ruff's parser: the table of all Unicode names would be 400 KB
//! of the page, for a text that the analysis never looks at. Python itself reads `\N{...}`, and says
//! so if the name is wrong.
#![warn(missing_docs)]

/// The character that stands for every name.
///
/// # Examples
/// ```
/// assert!(unicode_names2::character("GREEK SMALL LETTER ALPHA").is_some());
/// assert!(unicode_names2::character("").is_none());
/// ```
#[must_use]
pub fn character(name: &str) -> Option<char> {
    (!name.is_empty()).then_some(char::REPLACEMENT_CHARACTER)
}
