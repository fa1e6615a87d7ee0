//! What only `IPython` understands, in a script that Python runs: as comments, as Jupytext writes them
//! (<https://jupytext.readthedocs.io/en/latest/formats-scripts.html#magic-commands>).
//!
//! A comment that would read as such a command is one sign deeper, so that all reads back as it was.

use crate::analysis::ipython::{State, commands, is_foreign, is_path};

/// The magics whose cells Jupytext marks as cells of another language.
const LANGUAGES: [&str; 12] = [
    "R",
    "bash",
    "sh",
    "html",
    "javascript",
    "js",
    "latex",
    "markdown",
    "perl",
    "ruby",
    "script",
    "svg",
];

/// A cell of another language: its language, what stands behind it, and its body.
pub(super) fn language(source: &str) -> Option<(&str, &str, &str)> {
    let (first, body) = source.strip_prefix("%%")?.split_once('\n')?;
    let (name, options) = first.split_once(' ').unwrap_or((first, ""));
    LANGUAGES.contains(&name).then_some((name, options, body))
}

/// The source of such a cell.
pub(super) fn of_language(name: &str, options: &str, body: &str) -> String {
    let space = if options.is_empty() { "" } else { " " };
    format!("%%{name}{space}{options}\n{body}")
}

/// Every line as a comment.
pub(super) fn comment_all(text: &str) -> String {
    let lines = text.split('\n').map(|line| match line {
        "" => "#".to_owned(),
        line => format!("# {line}"),
    });
    lines.collect::<Vec<_>>().join("\n")
}

pub(super) fn uncomment_all(text: &str) -> String {
    let lines = text.split('\n').map(bare);
    lines.collect::<Vec<_>>().join("\n")
}

/// A line without the sign of a comment.
fn bare(line: &str) -> &str {
    line.strip_prefix("# ")
        .or_else(|| line.strip_prefix('#'))
        .unwrap_or(line)
}

/// A source with its commands as comments.
pub(super) fn comment(source: &str) -> String {
    if is_foreign(source) {
        return comment_all(source);
    }
    let commands = commands(source);
    let mut state = State::default();
    let mut goes_on = false;
    let lines = source.split('\n').enumerate().map(|(number, line)| {
        let is_command =
            commands.contains(&number) || state.is_outside() && is_commented(line, true);
        if !is_command && !goes_on {
            state.scan(line);
            return line.to_owned();
        }
        let indent = if goes_on { 0 } else { indent(line) };
        goes_on = line.ends_with('\\');
        format!("{}# {}", &line[..indent], &line[indent..])
    });
    lines.collect::<Vec<_>>().join("\n")
}

/// The source whose commands are comments here. `is_own` if this page wrote it.
pub(super) fn uncomment(text: &str, is_own: bool) -> String {
    if text.split('\n').all(|line| line.starts_with('#')) {
        let all = uncomment_all(text);
        if is_foreign(&all) {
            return all;
        }
    }
    let mut state = State::default();
    let mut goes_on = false;
    let mut is_first = true;
    let lines = text.split('\n').map(|line| {
        // A magic of the whole cell is one at its begin; elsewhere others mean a comment.
        let is_misplaced = !is_own && !is_first && is_for_cell(line);
        is_first &= line.trim().is_empty();
        let is_command = state.is_outside() && !is_misplaced && is_commented(line, is_own);
        if !is_command && !goes_on {
            state.scan(line);
            return line.to_owned();
        }
        let indent = if goes_on { 0 } else { indent(line) };
        goes_on = line.ends_with('\\');
        format!("{}{}", &line[..indent], bare(&line[indent..]))
    });
    lines.collect::<Vec<_>>().join("\n")
}

/// Whether a comment holds a magic of a whole cell, such as `%%time`.
fn is_for_cell(line: &str) -> bool {
    let text = line.trim_start_matches([' ', '\t', '#']);
    text.starts_with("%%")
}

fn indent(line: &str) -> usize {
    line.len() - line.trim_start_matches([' ', '\t']).len()
}

/// Whether a line is a command in a comment. Of what others wrote, a question is no command.
fn is_commented(line: &str, is_own: bool) -> bool {
    let Some(mut rest) = line[indent(line)..].strip_prefix('#') else {
        return false;
    };
    loop {
        rest = rest.strip_prefix(' ').unwrap_or(rest);
        match rest.strip_prefix('#') {
            Some(deeper) => rest = deeper,
            None => break,
        }
    }
    let begins = |text: &str, sign: char| {
        let word = text.trim_start_matches(sign);
        let is_letter = |letter: char| letter.is_alphabetic() || letter == '_';
        word.len() < text.len() && text.len() - word.len() <= 2 && word.starts_with(is_letter)
    };
    let is_shell = |text: &str| {
        let word = text.trim_start_matches('!');
        let is_begin = |letter: char| letter.is_alphanumeric() || "._~$/\\{\"'".contains(letter);
        word.len() < text.len()
            && if is_own {
                text.len() > 1
            } else {
                word.starts_with(is_begin)
            }
    };
    let is_assigned = rest.split_once('=').is_some_and(|(name, value)| {
        let value = value.trim_start_matches([' ', '\t']);
        let is_name = |letter: char| letter.is_alphanumeric() || "_.,[]()*: \t\"'".contains(letter);
        !name.trim().is_empty()
            && name.chars().all(is_name)
            && (begins(value, '%') || value.starts_with('!') && value.len() > 1)
    });
    let asked = rest.trim_end().trim_end_matches(';').trim_end();
    let name = asked.trim_end_matches('?');
    let is_pattern = |letter: char| letter.is_alphanumeric() || "_.*".contains(letter);
    let is_help = is_own
        && name.len() < asked.len()
        && !name.is_empty()
        && (is_path(name) || name.chars().all(is_pattern));
    begins(rest, '%')
        || is_shell(rest)
        || is_own && rest.starts_with('?')
        || begins(rest, '?')
        || is_assigned
        || is_help
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn commands_are_comments_as_jupytext_writes_them() {
        for (source, text) in [
            ("%matplotlib inline\nx = 1", "# %matplotlib inline\nx = 1"),
            ("%%time\nx = 1", "# %%time\nx = 1"),
            (
                "if x:\n    !pip install \\\n  y\nz",
                "if x:\n    # !pip install \\\n#   y\nz",
            ),
            ("files = !ls\nx?", "# files = !ls\n# x?"),
            (
                "%%writefile a.py\n\nx = 1",
                "# %%writefile a.py\n#\n# x = 1",
            ),
            ("# %time x", "# # %time x"),
            ("s = '''\n# %time\n'''\n!ls", "s = '''\n# %time\n'''\n# !ls"),
            ("# a 5 % share\n#!/x\nx = 1", "# a 5 % share\n# #!/x\nx = 1"),
        ] {
            assert_eq!(comment(source), text);
            assert_eq!(uncomment(text, true), source);
        }
        assert_eq!(
            uncomment("# why?\n# ! careful\n# %load x", false),
            "# why?\n# ! careful\n%load x"
        );
    }
}
