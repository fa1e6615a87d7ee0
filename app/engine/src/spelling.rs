//! Names that look alike.

use strsim::osa_distance;

/// The one of the names that is nearest, if it is near enough to be meant: few letters must be put in,
/// left out, replaced or swapped with the next one.
#[must_use]
pub fn nearest<'a>(name: &str, names: impl Iterator<Item = &'a str>) -> Option<String> {
    let length = name.chars().count();
    let most = match length {
        0..=2 => return None,
        3..=5 => 1,
        _ => 2,
    };
    let near =
        names.filter(|other| *other != name && other.chars().count().abs_diff(length) <= most);
    let near = near.map(|other| (osa_distance(name, other), other));
    let near = near.filter(|(distance, _)| *distance <= most);
    near.min().map(|(_, other)| other.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slip_is_understood_and_another_word_is_not() {
        let names = ["price", "apples", "print", "total"];
        for (name, expected) in [
            ("prcie", Some("price")),
            ("pirnt", Some("print")),
            ("aples", Some("apples")),
            ("totals", Some("total")),
            ("px", None),
            ("banana", None),
            ("total", None),
        ] {
            assert_eq!(
                nearest(name, names.into_iter()).as_deref(),
                expected,
                "{name}"
            );
        }
    }
}
