//! The packages that a cell asks for by name: in a `# /// script` header (PEP 723), by `%pip install` and
//! its kin. Calls of `micropip.install` are found by the walk of the analysis.
//!
//! What packages these need in turn is decided elsewhere: for the site's by pip when the site is built.

use std::fmt;
use std::str::FromStr;

use super::{extras, marker};
use pep440_rs::{Version, VersionSpecifiers};

/// A package that is asked for: `altair`, `pandas[excel]>=2,<3`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Requirement {
    /// Its name, normalised as the index does it.
    pub name: String,
    /// The parts of it that are wanted besides, normalised: `excel`.
    pub extras: Vec<String>,
    /// Which versions will do, as written: `>=2,<3`. Empty for any.
    pub versions: String,
    /// Whether it is asked for whenever the cell runs, and not in an `if`.
    pub is_sure: bool,
}

impl fmt::Display for Requirement {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            name,
            extras,
            versions,
            is_sure: _,
        } = self;
        if extras.is_empty() {
            write!(out, "{name}{versions}")
        } else {
            write!(out, "{name}[{}]{versions}", extras.join(","))
        }
    }
}

/// A project's name as the index writes it: `Foo_Bar` is `foo-bar`
/// (<https://packaging.python.org/en/latest/specifications/name-normalization/>).
#[must_use]
pub fn normalized(name: &str) -> String {
    let mut normal = String::with_capacity(name.len());
    for letter in name.chars() {
        if !matches!(letter, '-' | '_' | '.') {
            normal.push(letter.to_ascii_lowercase());
        } else if !normal.ends_with('-') {
            normal.push('-');
        }
    }
    normal
}

impl Requirement {
    /// Reads `name[extras]>=1,<2; marker`. `None` for an address, a file or nonsense, which name no package
    /// of the site, and for what only another Python needs.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let (text, condition) = text.split_once(';').unwrap_or((text, ""));
        if !marker::holds(condition) {
            return None;
        }
        let text = text.trim();
        let is_letter = |letter: char| letter.is_ascii_alphanumeric() || "-_.".contains(letter);
        let (name, rest) = text.split_at(text.len() - text.trim_start_matches(is_letter).len());
        let ends_well = |end: Option<char>| end.is_some_and(|end| end.is_ascii_alphanumeric());
        if !ends_well(name.chars().next()) || !ends_well(name.chars().last()) {
            return None;
        }
        let rest = rest.trim_start();
        let (extras, rest) = match rest.strip_prefix('[') {
            Some(extras) => extras.split_once(']')?,
            None => ("", rest),
        };
        let extras = extras.split(',').map(str::trim);
        let extras: Vec<&str> = extras.filter(|extra| !extra.is_empty()).collect();
        if !extras.iter().all(|extra| extra.chars().all(is_letter)) {
            return None;
        }
        let rest = rest.trim();
        let rest = rest
            .strip_prefix('(')
            .and_then(|rest| rest.strip_suffix(')'))
            .unwrap_or(rest);
        let is_file = [".whl", ".gz", ".zip", ".txt"]
            .iter()
            .any(|end| name.ends_with(end));
        // What follows is a version, or this is `name @ https://…`, `folder/`, `git+https://…`.
        if is_file || !rest.is_empty() && !rest.starts_with(['<', '>', '=', '!', '~']) {
            return None;
        }
        Some(Self {
            name: normalized(name),
            extras: extras.into_iter().map(normalized).collect(),
            versions: rest.trim().to_owned(),
            is_sure: true,
        })
    }

    /// The names of the packages of the site that it needs, as far as the site serves them: its own, and what
    /// its extras need.
    #[must_use]
    pub fn names(&self) -> Vec<&str> {
        let mut names = vec![self.name.as_str()];
        for needed in extras::named(self) {
            names.push(needed);
        }
        names
    }

    /// Whether a version will do. What cannot be read asks for nothing.
    #[must_use]
    pub fn allows(&self, version: &str) -> bool {
        // conda writes `numpy=1.26` for any 1.26.
        let is_conda = self.versions.starts_with('=') && !self.versions.starts_with("==");
        let versions = match self.versions.strip_prefix('=') {
            Some(version) if is_conda => format!("=={}.*", version.trim()),
            _ => self.versions.clone(),
        };
        match (
            VersionSpecifiers::from_str(&versions),
            Version::from_str(version),
        ) {
            (Ok(allowed), Ok(version)) => allowed.contains(&version),
            _ => true,
        }
    }
}

/// The requirements that stand in a source beside its Python: its header, and its lines for pip.
/// `is_text` says of a byte offset whether it is inside of a string.
#[must_use]
pub fn beside(source: &str, is_text: impl Fn(usize) -> bool) -> Vec<Requirement> {
    let mut found = Vec::new();
    if source.contains("# /// script") {
        found.extend(in_header(source));
    }
    if !source.contains("install") {
        return found;
    }
    let mut start = 0;
    let mut command = String::new();
    // What stands deeper than the first line is in a block, which may not be reached.
    let indent = |line: &str| line.len() - line.trim_start_matches([' ', '\t']).len();
    let margin = source.lines().find(|line| !line.trim().is_empty());
    let margin = margin.map_or(0, indent);
    let named = |command: &str| {
        let is_sure = indent(command) <= margin;
        let sure = move |one| Requirement { is_sure, ..one };
        in_command(command).into_iter().map(sure)
    };
    for line in source.split_inclusive('\n') {
        let is_first = command.is_empty();
        if !is_first || !is_text(start) {
            command.push_str(line.trim_end());
            if command.ends_with('\\') {
                command.pop();
                start += line.len();
                continue;
            }
            found.extend(named(&command));
        }
        command.clear();
        start += line.len();
    }
    found.extend(named(&command));
    found
}

/// The dependencies of a `# /// script` header (PEP 723).
fn in_header(source: &str) -> Vec<Requirement> {
    let lines = source.lines().map(str::trim_end);
    let header = lines.skip_while(|line| *line != "# /// script").skip(1);
    let header = header.take_while(|line| line.starts_with('#') && *line != "# ///");
    let header: Vec<&str> = header
        .map(|line| line[1..].strip_prefix(' ').unwrap_or(&line[1..]))
        .collect();
    let header = header.join("\n");
    let list = header.lines().scan(0, |at, line| {
        let start = *at;
        *at += line.len() + 1;
        Some((start, line))
    });
    let mut list = list.filter_map(|(start, line)| {
        let value = line.trim_start().strip_prefix("dependencies")?;
        let value = value.trim_start().strip_prefix('=')?;
        let open = value.trim_start().strip_prefix('[')?;
        Some(start + line.len() - open.len())
    });
    let Some(start) = list.next() else {
        return Vec::new();
    };
    let strings = toml_strings(header.get(start..).unwrap_or_default());
    strings
        .iter()
        .filter_map(|text| Requirement::parse(text))
        .collect()
}

/// The strings of a TOML array, up to its end.
fn toml_strings(text: &str) -> Vec<String> {
    let mut found = Vec::new();
    let mut letters = text.chars();
    while let Some(letter) = letters.next() {
        match letter {
            ']' => break,
            '#' => {
                letters.by_ref().find(|letter| *letter == '\n');
            }
            '"' | '\'' => {
                let string = letters.by_ref().take_while(|next| *next != letter);
                found.push(string.collect());
            }
            _ => {}
        }
    }
    found
}

/// Options of pip and conda that a value follows.
const WITH_VALUE: [&str; 14] = [
    "-r",
    "--requirement",
    "-c",
    "--constraint",
    "--channel",
    "-i",
    "--index-url",
    "--extra-index-url",
    "-f",
    "--find-links",
    "-t",
    "--target",
    "-n",
    "-e",
];

/// The requirements of `%pip install …`, `!pip install …`, `%conda install …` and their kin; of any other
/// line there are none.
#[must_use]
pub fn in_command(line: &str) -> Vec<Requirement> {
    let line = line.trim_start();
    let is_command = line.starts_with(['%', '!']) || line.starts_with("pip ");
    let rest = line.trim_start_matches(['%', '!']);
    let words = words(rest);
    let installs = words.iter().position(|word| word == "install");
    let Some(at) = installs.filter(|_| is_command) else {
        return Vec::new();
    };
    // `pip`, `python -m pip`, `uv pip`, `{sys.executable} -m pip`, `mamba`.
    let tool = |word: &String| {
        let word = word.rsplit('/').next().unwrap_or(word);
        ["pip", "conda", "mamba", "micromamba"]
            .iter()
            .any(|tool| word.strip_prefix(tool).is_some_and(is_version))
    };
    if at == 0 || !tool(&words[at - 1]) {
        return Vec::new();
    }
    let mut found = Vec::new();
    let mut words = words.into_iter().skip(at + 1);
    while let Some(word) = words.next() {
        if WITH_VALUE.contains(&word.as_str()) {
            words.next();
        } else if !word.starts_with('-') {
            found.extend(Requirement::parse(&word));
        }
    }
    found
}

/// Whether this is what may follow `pip` in its name: nothing, `3`, `3.14`.
fn is_version(text: &str) -> bool {
    text.chars()
        .all(|letter| letter.is_ascii_digit() || letter == '.')
}

/// The words of a shell's line, up to where another command or a comment begins.
fn words(line: &str) -> Vec<String> {
    let mut words = Vec::new();
    let mut word: Option<String> = None;
    let mut quote = None;
    for letter in line.chars() {
        match (quote, letter) {
            (Some(open), _) if letter == open => quote = None,
            (None, '"' | '\'') => {
                quote = Some(letter);
                word.get_or_insert_default();
            }
            (None, letter) if letter.is_whitespace() => words.extend(word.take()),
            (None, '#') if word.is_none() => break,
            (None, ';' | '|' | '&') => break,
            // `2>/dev/null`; but what a version must be is part of a word: `numpy>=2`.
            (None, '>') if word.as_deref().is_none_or(is_version) => {
                word = None;
                break;
            }
            _ => word.get_or_insert_default().push(letter),
        }
    }
    words.extend(word);
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(source: &str, expected: &[&str]) {
        let found = beside(source, |_| false);
        let found: Vec<String> = found.into_iter().map(|one| one.to_string()).collect();
        assert_eq!(found, expected, "{source}");
    }

    #[test]
    fn lines_for_pip_name_packages() {
        check("%pip install altair", &["altair"]);
        check("!pip install -q x y==1.2", &["x", "y==1.2"]);
        check(
            "import a\n  !pip3 install -qU 'Foo_Bar>=2, <3' # for later\nb = 1",
            &["foo-bar>=2, <3"],
        );
        check(
            "%pip install \\\n  pandas[excel]~=2.0 \\\n  tqdm\nx",
            &["pandas[excel]~=2.0", "tqdm"],
        );
        check(
            "!python -m pip install --upgrade pip wheel 2>/dev/null",
            &["pip", "wheel"],
        );
        check(
            "!{sys.executable} -m pip install rich && echo done",
            &["rich"],
        );
        check(
            "%conda install -c conda-forge -y numpy=1.26",
            &["numpy=1.26"],
        );
        check("!pip install a > /dev/null; pip install b", &["a"]);
        check("!uv pip install polars", &["polars"]);
        check("pip install polars", &["polars"]);
    }

    #[test]
    fn other_lines_name_none() {
        check(
            "x = 'pip install altair'\n# !pip install a\nprint('%pip install b')",
            &[],
        );
        check(
            "!pip uninstall -y numpy\n%pip list\n!apt-get install graphviz",
            &[],
        );
        check(
            "%pip install git+https://example.org/x.git ./here x.whl -r requirements.txt -e .",
            &[],
        );
        check("%pip install https://example.org/x-1-py3-none-any.whl", &[]);
        check("%pip install", &[]);
    }

    #[test]
    fn extras_are_part_of_what_is_asked_for() {
        check(
            "%pip install 'dask[DataFrame, array_x]>=2024' httpx[http2] six[]",
            &["dask[dataframe,array-x]>=2024", "httpx[http2]", "six"],
        );
        check("%pip install 'a[b;c]' 'a[b'", &[]);
    }

    #[test]
    fn a_line_inside_of_a_string_is_text() {
        let found = beside("'''\n%pip install a\n'''", |at| at == 4);
        assert_eq!(found, []);
    }

    #[test]
    fn a_script_header_names_packages() {
        check(
            "# /// script\n# requires-python = \">=3.12\"\n# dependencies = [\n#   \"pandas<3\",\n#   'rich', # colours\n# ]\n# ///\nimport pandas",
            &["pandas<3", "rich"],
        );
        check(
            "# /// script\n# dependencies = [\"a\", \"b ; python_version > '3'\"]\n# ///",
            &["a", "b"],
        );
        check("# /// script\n# ///\n# dependencies = ['a']", &[]);
        check("# /// other\n# dependencies = ['a']\n# ///", &[]);
        check("# /// script\n# dependencies = [", &[]);
    }

    #[test]
    fn versions_are_compared_by_pythons_rules() {
        let allows =
            |text: &str, version: &str| Requirement::parse(text).map(|one| one.allows(version));
        assert_eq!(allows("a", "1"), Some(true));
        assert_eq!(allows("a>=1.10", "1.9"), Some(false));
        assert_eq!(allows("a[b] ~= 1.2", "1.9"), Some(true));
        assert_eq!(allows("a (<2,!=1.5)", "1.5"), Some(false));
        assert_eq!(allows("a==1.2.*", "1.2.9"), Some(true));
        assert_eq!(allows("a=1.2", "1.2.9"), Some(true));
        assert_eq!(allows("a=1.2", "1.3"), Some(false));
        assert_eq!(
            allows("a>=", "1"),
            Some(true),
            "what cannot be read asks for nothing"
        );
        assert_eq!(allows("-a", "1"), None);
        assert_eq!(allows("ä", "1"), None);
        assert_eq!(allows("", "1"), None);
    }
}
