//! Names that look alike.

/// The one of the names that is nearest, if it is near enough to be meant.
#[must_use]
pub fn nearest<'a>(name: &str, names: impl Iterator<Item = &'a str>) -> Option<String> {
    let most = match name.chars().count() {
        0..=2 => return None,
        3..=5 => 1,
        _ => 2,
    };
    let near = names.filter(|other| *other != name).filter_map(|other| {
        let distance = distance(name, other, most)?;
        Some((distance, other))
    });
    near.min().map(|(_, other)| other.to_owned())
}

/// How many letters must be put in, left out, replaced or swapped with the next one; `None` if more
/// than `most` (optimal string alignment, Damerau 1964).
fn distance(one: &str, other: &str, most: usize) -> Option<usize> {
    let (one, other): (Vec<char>, Vec<char>) = (one.chars().collect(), other.chars().collect());
    if one.len().abs_diff(other.len()) > most {
        return None;
    }
    let mut rows = vec![(0..=other.len()).collect::<Vec<usize>>()];
    for i in 1..=one.len() {
        let mut row = vec![i];
        for j in 1..=other.len() {
            let change = usize::from(one[i - 1] != other[j - 1]);
            let mut best = (rows[i - 1][j] + 1)
                .min(row[j - 1] + 1)
                .min(rows[i - 1][j - 1] + change);
            if i > 1 && j > 1 && one[i - 1] == other[j - 2] && one[i - 2] == other[j - 1] {
                best = best.min(rows[i - 2][j - 2] + 1);
            }
            row.push(best);
        }
        rows.push(row);
    }
    let distance = rows[one.len()][other.len()];
    (distance <= most).then_some(distance)
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
