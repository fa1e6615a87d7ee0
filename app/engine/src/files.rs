//! The names of files beside a notebook: which are safe to put into Python's working folder, and which a
//! cell names. Pure text.

use std::collections::BTreeSet;

/// The largest file that is kept with a notebook, in bytes.
pub const MOST_FILE: f64 = 50e6;
/// The most that all files of a notebook may hold, in bytes.
pub const MOST_ALL: f64 = 200e6;
/// How many files a notebook may have.
pub const MOST_FILES: usize = 500;
/// The longest path, in bytes.
const MOST_PATH: usize = 200;
/// The longest ending of a file's name, in bytes.
const MOST_ENDING: usize = 10;

/// A path in its plain form (`./data/../a.csv` is `a.csv`); `None` where it is none below the folder, or
/// has what no file of a notebook needs.
#[must_use]
pub fn path(text: &str) -> Option<String> {
    let is_odd = |letter: char| letter.is_control() || ":*?\"<>|\\".contains(letter);
    if text.len() > MOST_PATH || text.starts_with(['/', '~']) || text.contains(is_odd) {
        return None;
    }
    let mut parts: Vec<&str> = Vec::new();
    for part in text.split('/') {
        match part {
            "" | "." => {}
            ".." => {
                parts.pop()?;
            }
            part => parts.push(part),
        }
    }
    (!parts.is_empty()).then(|| parts.join("/"))
}

/// A file's name as a path of one part, whatever it was called on the device that it comes from.
#[must_use]
pub fn name(text: &str) -> String {
    let last = text.rsplit(['/', '\\']).next().unwrap_or(text);
    let plain: String = last
        .chars()
        .map(|letter| {
            let is_odd = letter.is_control() || ":*?\"<>|~".contains(letter);
            if is_odd { '-' } else { letter }
        })
        .collect();
    // Cut in the middle of the stem: the ending says what it is.
    let (stem, ending) = plain.rsplit_once('.').unwrap_or((&plain, ""));
    let room = MOST_PATH - 1 - ending.len().min(MOST_PATH / 2);
    let mut stem = stem.to_owned();
    while stem.len() > room {
        stem.pop();
    }
    let short = if ending.is_empty() {
        stem
    } else {
        format!("{stem}.{ending}")
    };
    path(&short).unwrap_or_else(|| "file".to_owned())
}

/// The texts between quotes in a source that look like paths of files, in their plain form. Some may be
/// no literals, as where an apostrophe stands in a comment: whoever uses them knows which files there are.
#[must_use]
pub fn named(source: &str) -> BTreeSet<String> {
    let pieces = source.lines().flat_map(|line| {
        let quotes = ['"', '\''].into_iter();
        quotes.flat_map(move |quote| line.split(quote).skip(1))
    });
    let pieces = pieces.filter(|piece| has_ending(piece));
    pieces.filter_map(path).collect()
}

fn has_ending(text: &str) -> bool {
    let last = text.rsplit('/').next().unwrap_or(text);
    last.rsplit_once('.').is_some_and(|(stem, ending)| {
        !stem.is_empty()
            && (1..=MOST_ENDING).contains(&ending.len())
            && ending.bytes().all(|byte| byte.is_ascii_alphanumeric())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_stays_below_its_folder() {
        for (text, expect) in [
            ("a.csv", Some("a.csv")),
            ("./data/a.csv", Some("data/a.csv")),
            ("data//x/../a.csv", Some("data/a.csv")),
            ("Größe 1.csv", Some("Größe 1.csv")),
            ("../a.csv", None),
            ("data/../../a.csv", None),
            ("/etc/passwd", None),
            ("~/a.csv", None),
            ("https://example.org/a.csv", None),
            ("C:\\a.csv", None),
            ("a?b.csv", None),
            ("", None),
            (".", None),
        ] {
            assert_eq!(path(text).as_deref(), expect, "{text}");
        }
        assert_eq!(path(&"a".repeat(201)), None);
    }

    #[test]
    fn a_file_of_any_device_gets_a_name_that_python_takes() {
        assert_eq!(name("C:\\Users\\Ada\\table.csv"), "table.csv");
        assert_eq!(name("what?.csv"), "what-.csv");
        assert_eq!(name(".."), "file");
        let long = name(&format!("{}.csv", "ä".repeat(300)));
        assert!(long.len() <= 200 && long.ends_with("ä.csv"), "{long}");
    }

    #[test]
    fn a_source_names_what_stands_between_quotes() {
        let source = "pd.read_csv(\"data/a.csv\")  # it's 'b.txt', isn't it\nopen('./c.bin'); x = 'a.b c'; y = \"plain\"\nurl = 'https://x.org/d.csv'";
        let found = named(source);
        for expect in ["data/a.csv", "b.txt", "c.bin"] {
            assert!(found.contains(expect), "{expect} in {found:?}");
        }
        for other in ["plain", "a.b c", "https://x.org/d.csv"] {
            assert!(!found.contains(other), "{other} in {found:?}");
        }
    }
}
