//! The list of a site's notebooks, `notebooks/index.json`. Whoever runs the site may edit it where it
//! is, so it is checked here by what it says and not by a hash.

use serde::Deserialize;

/// More notebooks than anybody reads through.
const MOST: usize = 1000;
/// The longest file name, title or sentence, in characters.
const LONGEST: usize = 500;

/// A notebook file of the site.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Sample {
    /// Its file, relative to `notebooks/`.
    pub file: String,
    /// Its title.
    pub title: String,
    /// What it is about, in one sentence.
    #[serde(default)]
    pub about: String,
}

/// Reads the list. The error is a sentence.
pub fn read(text: &str) -> Result<Vec<Sample>, String> {
    let refuse = |why: String| {
        format!("The site's list of notebooks, notebooks/index.json, cannot be read: {why}.")
    };
    let samples: Vec<Sample> =
        serde_json::from_str(text).map_err(|error| refuse(error.to_string()))?;
    if samples.len() > MOST {
        return Err(refuse(format!("it has more than {MOST} notebooks")));
    }
    for Sample { file, title, about } in &samples {
        let is_long = |text: &String| text.chars().count() > LONGEST;
        if [file, title, about].into_iter().any(is_long) {
            return Err(refuse(format!(
                "one of its texts has more than {LONGEST} characters"
            )));
        }
        // A link of the home page leads to nothing but the site's own notebooks.
        let leaves = file.starts_with('/')
            || file.contains(['\\', ':', '?', '#'])
            || file.split('/').any(|part| part == "..");
        if leaves || !super::is_readable(file) {
            return Err(refuse(format!(
                "\u{201c}{file}\u{201d} is no notebook file of its folder"
            )));
        }
    }
    Ok(samples)
}
