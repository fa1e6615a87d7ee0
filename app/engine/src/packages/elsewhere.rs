//! Packages that come from other sites, in words: the question for them, and how far they have come.
//!
//! Sizes are what other sites say, or nothing is known of them: then nothing is said.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::requirements::{Requirement, normalized};

/// Where a package comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// Pyodide's own, on its CDN.
    Cdn,
    /// The index of everybody's.
    Index,
}

/// A package that is wanted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wanted {
    /// Its normalised name.
    pub name: String,
    /// Where it comes from.
    pub place: Place,
    /// How large its file is, in bytes.
    pub size: Option<u64>,
}

/// No package is larger; who says so is not believed.
const MOST_SIZE: u64 = 1_000_000_000;

/// A size as JavaScript counts it; what is none is zero.
#[must_use]
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a size that cannot be becomes the nearest that can"
)]
pub fn bytes(size: f64) -> u64 {
    size as u64
}

/// An amount of bytes for people: `35 KB`, `8.1 MB`.
#[must_use]
#[expect(clippy::cast_precision_loss, reason = "one decimal place is shown")]
pub fn amount(bytes: u64) -> String {
    match bytes {
        0..1_000 => format!("{bytes} bytes"),
        1_000..999_500 => format!("{:.0} KB", bytes as f64 / 1e3),
        _ => format!("{:.1} MB", bytes as f64 / 1e6),
    }
}

/// What the person is asked.
#[must_use]
pub fn question(wanted: &[Wanted]) -> String {
    if wanted.is_empty() {
        return "This notebook asks for packages that this site serves, and may need others from elsewhere (Pyodide's CDN, PyPI) with them.".to_owned();
    }
    let shown: Vec<String> = wanted.iter().map(described).collect();
    let (need, them) = if wanted.len() == 1 {
        ("it needs", "it")
    } else {
        ("they need", "them")
    };
    format!(
        "This notebook needs {}, and what {need}. This site does not serve {them}.",
        listed(&shown)
    )
}

fn described(wanted: &Wanted) -> String {
    let place = match wanted.place {
        Place::Cdn => "CDN",
        Place::Index => "PyPI",
    };
    match wanted.size.filter(|size| (1..MOST_SIZE).contains(size)) {
        Some(size) => format!("{} ({place}, {})", wanted.name, amount(size)),
        None => format!("{} ({place})", wanted.name),
    }
}

/// The names of the packages that requirements ask for, each once, as the index writes them.
///
/// # Errors
/// One of them names no package: why, as a sentence. Nothing of its text is to be shown.
pub fn names(requirements: &[String]) -> Result<Vec<String>, String> {
    let mut names = Vec::new();
    for text in requirements {
        let Some(one) = Requirement::parse(text) else {
            return Err(
                "Only packages by their names, as in polars or polars>=1, come from elsewhere."
                    .to_owned(),
            );
        };
        if !names.contains(&one.name) {
            names.push(one.name);
        }
    }
    Ok(names)
}

/// Several things, as a sentence lists them.
#[must_use]
pub fn listed(parts: &[String]) -> String {
    match parts {
        [first @ .., one, last] => [first, &[format!("{one} and {last}")]].concat().join(", "),
        _ => parts.concat(),
    }
}

#[derive(Deserialize)]
struct Project {
    files: Vec<File>,
}

#[derive(Deserialize)]
struct File {
    filename: String,
    #[serde(default)]
    size: Option<u64>,
    /// `false`, `true` or why.
    #[serde(default)]
    yanked: serde_json::Value,
}

/// How large the newest wheel is that every Python can use, as the index lists a project's files
/// (PEP 691 and PEP 700). It lists them oldest first.
#[must_use]
pub fn size_in_index(listing: &[u8]) -> Option<u64> {
    let project: Project = serde_json::from_slice(listing).ok()?;
    let mut files = project.files.iter().rev();
    let is_wheel = |file: &&File| {
        file.filename.ends_with("-none-any.whl")
            && matches!(
                file.yanked,
                serde_json::Value::Null | serde_json::Value::Bool(false)
            )
    };
    files.find(is_wheel)?.size
}

/// What is fetched of a file at an address.
#[must_use]
pub fn file_of(address: &str) -> String {
    let path = address.split(['?', '#']).next().unwrap_or(address);
    let mut parts = path.split('/').rev().filter(|part| !part.is_empty());
    let file = parts.next().unwrap_or_default();
    let file = file.strip_suffix(".metadata").unwrap_or(file);
    let package = file.strip_suffix(".whl").or(file.strip_suffix(".bin"));
    let shown = match package {
        // The name and the version of a wheel.
        Some(wheel) => wheel.splitn(3, '-').take(2).collect::<Vec<_>>().join(" "),
        None => file.to_owned(),
    };
    shown.chars().take(80).collect()
}

/// Whether an address lies below one of these, all as a browser's URL parser writes them: without steps
/// upwards, for that parser has taken them. What a server may read as such a step is none of it.
#[must_use]
pub fn is_below(address: &str, bases: &[String]) -> bool {
    let lower = address.to_ascii_lowercase();
    let has_more = address.contains(['?', '#', '\\'])
        || ["%2f", "%5c", "%2e"]
            .iter()
            .any(|step| lower.contains(step));
    let below = |base: &String| {
        let base = format!("{}/", base.trim_end_matches('/'));
        address.starts_with(&base)
    };
    !has_more
        && !address.split('/').any(|part| matches!(part, "." | ".."))
        && bases.iter().any(below)
}

/// How many of the oldest files have to go so that the others are no more and no larger altogether than
/// these; `sizes` are in bytes, oldest first. The newest stays.
#[must_use]
pub fn surplus(sizes: &[u64], most: u64, most_files: usize) -> usize {
    let (mut sum, mut count) = (0_u64, 0);
    for size in sizes.iter().rev() {
        sum = sum.saturating_add(*size);
        if count > 0 && (sum > most || count >= most_files) {
            break;
        }
        count += 1;
    }
    sizes.len() - count
}

/// Whether an address is that of a wheel of this package.
#[must_use]
pub fn is_wheel_of(address: &str, name: &str) -> bool {
    let file = address.rsplit('/').next().unwrap_or(address);
    let project = file
        .strip_suffix(".whl")
        .and_then(|wheel| wheel.split('-').next());
    project.is_some_and(|project| normalized(project) == name)
}

/// What a run fetches at the moment.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Fetching {
    files: BTreeMap<u32, Piece>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Piece {
    what: String,
    done: u64,
    total: Option<u64>,
}

impl Fetching {
    /// This request fetches this from now on.
    pub fn begin(&mut self, request: u32, what: String) {
        let piece = Piece {
            what,
            done: 0,
            total: None,
        };
        self.files.insert(request, piece);
    }

    /// So many bytes have come, and of how many where that is known.
    pub fn advance(&mut self, request: u32, done: u64, total: Option<u64>) {
        if let Some(piece) = self.files.get_mut(&request) {
            piece.done = done;
            piece.total = total.filter(|total| (done..MOST_SIZE).contains(total) && *total > 0);
        }
    }

    /// This request is done.
    pub fn end(&mut self, request: u32) {
        self.files.remove(&request);
    }

    /// Whether nothing is fetched.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.files.is_empty()
    }

    /// What is fetched.
    #[must_use]
    pub fn what(&self) -> String {
        let mut files = self.files.values();
        match (files.next(), files.len()) {
            (Some(one), 0) => one.what.clone(),
            (Some(one), more) => format!("{} and {more} more", one.what),
            (None, _) => String::new(),
        }
    }

    /// How far it is, in words; empty before the first byte.
    #[must_use]
    pub fn words(&self) -> String {
        let (done, total) = self.sums();
        match total {
            Some(total) => format!("{} of {}", amount(done), amount(total)),
            None if done > 0 => amount(done),
            None => String::new(),
        }
    }

    /// Which part of it has come, from 0 to 1, where that is known.
    #[must_use]
    #[expect(clippy::cast_precision_loss, reason = "a share of a bar")]
    pub fn share(&self) -> Option<f64> {
        let (done, total) = self.sums();
        total.map(|total| done as f64 / total as f64)
    }

    /// What has come of all, and what all are, if every one is known.
    fn sums(&self) -> (u64, Option<u64>) {
        let done = self.files.values().map(|piece| piece.done).sum();
        let totals: Option<Vec<u64>> = self.files.values().map(|piece| piece.total).collect();
        let total = totals
            .map(|totals| totals.iter().sum())
            .filter(|sum| *sum > 0);
        (done, total)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wanted(name: &str, place: Place, size: Option<u64>) -> Wanted {
        let name = name.to_owned();
        Wanted { name, place, size }
    }

    #[track_caller]
    fn check(wanted: &[Wanted], expected: &str) {
        assert_eq!(question(wanted), expected);
    }

    #[test]
    fn the_question_says_where_packages_come_from_and_how_large_they_are() {
        let polars = wanted("polars", Place::Cdn, Some(8_123_000));
        let tabulate = wanted("tabulate", Place::Index, Some(35_252));
        check(
            &[polars.clone(), tabulate.clone()],
            "This notebook needs polars (CDN, 8.1 MB) and tabulate (PyPI, 35 KB), and what they need. This site does not serve them.",
        );
        check(
            &[polars, tabulate, wanted("emoji", Place::Index, None)],
            "This notebook needs polars (CDN, 8.1 MB), tabulate (PyPI, 35 KB) and emoji (PyPI), and what they need. This site does not serve them.",
        );
    }

    #[test]
    fn only_names_stand_in_the_question() {
        let names = |texts: &[&str]| {
            let texts: Vec<String> = texts.iter().map(|text| (*text).to_owned()).collect();
            names(&texts)
        };
        assert_eq!(
            names(&["Foo_Bar[x]>=1", "foo.bar", "b"]),
            Ok(vec!["foo-bar".to_owned(), "b".to_owned()])
        );
        for text in [
            "",
            "nothing. Press Allow, all is well",
            "a\nb",
            "https://x/a.whl",
            "\u{202e}a",
        ] {
            let refused = names(&["polars", text]);
            assert!(
                refused.is_err_and(|why| why.starts_with("Only packages by their names")),
                "{text}"
            );
        }
    }

    #[test]
    fn of_sizes_that_cannot_be_nothing_is_said() {
        for size in [None, Some(0), Some(u64::MAX)] {
            check(
                &[wanted("polars", Place::Cdn, size)],
                "This notebook needs polars (CDN), and what it needs. This site does not serve it.",
            );
        }
    }

    #[test]
    fn the_index_says_the_size_of_the_newest_wheel() {
        let listing = br#"{"files": [
            {"filename": "a-1.0-py3-none-any.whl", "size": 1000, "yanked": false},
            {"filename": "a-2.0-py3-none-any.whl", "size": 2000},
            {"filename": "a-2.0.tar.gz", "size": 9000},
            {"filename": "a-3.0-py3-none-any.whl", "size": 3000, "yanked": "broken"}
        ]}"#;
        assert_eq!(size_in_index(listing), Some(2000));
        for listing in [
            "<!doctype html>",
            "{}",
            r#"{"files": [{"filename": "a-1-py3-none-any.whl", "size": -1}]}"#,
        ] {
            assert_eq!(size_in_index(listing.as_bytes()), None, "{listing}");
        }
    }

    #[test]
    fn a_file_is_called_by_its_package() {
        for (address, expected) in [
            (
                "https://x/y/tabulate-0.9.0-py3-none-any.whl",
                "tabulate 0.9.0",
            ),
            ("https://x/y/a_b-1.2-py3-none-any.whl.metadata", "a_b 1.2"),
            ("https://x/simple/tabulate/", "tabulate"),
            ("packages/numpy-2.0.bin?v=12345678", "numpy 2.0"),
        ] {
            assert_eq!(file_of(address), expected);
        }
    }

    #[test]
    fn a_wheel_is_of_its_package() {
        let address = "https://x/f/Flask_Login-0.6-py3-none-any.whl";
        assert!(is_wheel_of(address, "flask-login"));
        assert!(!is_wheel_of(address, "flask"));
        assert!(!is_wheel_of(&format!("{address}.metadata"), "flask-login"));
    }

    #[test]
    fn only_what_lies_below_a_base_is_of_it() {
        let bases = ["https://cdn/pyodide/v1/full/", "https://index/simple"].map(str::to_owned);
        for address in [
            "https://cdn/pyodide/v1/full/a-1-py3-none-any.whl",
            "https://cdn/pyodide/v1/full/torch-2.0%2Bcpu-py3-none-any.whl",
            "https://index/simple/a/",
        ] {
            assert!(is_below(address, &bases), "{address}");
        }
        for address in [
            "https://cdn/npm/evil/x.js",
            "https://cdn/pyodide/v1/full/../../../npm/evil/x.js",
            "https://cdn/pyodide/v1/full/%2e%2E/x.js",
            "https://cdn/pyodide/v1/full/..%2F..%2fx.js",
            "https://cdn/pyodide/v1/full/a.whl?to=evil",
            "https://cdn/pyodide/v1/full/a.whl#evil",
            "https://cdn/pyodide/v1/fuller/a.whl",
            "https://index/simpler/a/",
            "https://index/simple",
            "https://index.evil/simple/a/",
        ] {
            assert!(!is_below(address, &bases), "{address}");
        }
    }

    #[test]
    fn the_oldest_files_go_first() {
        assert_eq!(surplus(&[], 10, 5), 0);
        assert_eq!(surplus(&[4, 3, 3], 10, 5), 0);
        assert_eq!(surplus(&[4, 3, 4], 10, 5), 1);
        assert_eq!(surplus(&[1, 1, 1, 1], 10, 3), 1);
        assert_eq!(surplus(&[1, 20], 10, 5), 1, "the newest stays");
        assert_eq!(surplus(&[1, u64::MAX, 1], 10, 5), 2);
    }

    #[test]
    fn progress_is_a_sum_and_says_no_more_than_is_known() {
        let mut fetching = Fetching::default();
        fetching.begin(1, "polars 1.0".to_owned());
        assert_eq!(
            (fetching.what(), fetching.words()),
            ("polars 1.0".to_owned(), String::new())
        );
        fetching.advance(1, 2_000_000, Some(8_000_000));
        assert_eq!(fetching.words(), "2.0 MB of 8.0 MB");
        assert_eq!(fetching.share(), Some(0.25));
        fetching.begin(2, "tabulate 0.9.0".to_owned());
        assert_eq!(fetching.what(), "polars 1.0 and 1 more");
        assert_eq!(
            (fetching.words(), fetching.share()),
            ("2.0 MB".to_owned(), None)
        );
        // A total that is smaller than what has come is none.
        fetching.advance(2, 5_000, Some(10));
        assert_eq!(fetching.share(), None);
        fetching.end(1);
        assert_eq!(fetching.words(), "5 KB");
        fetching.end(2);
        assert!(fetching.is_empty());
    }
}
