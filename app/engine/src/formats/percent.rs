//! The percent format: a notebook as a plain Python script, `# %%` before each cell.
//!
//! Source: the cell markers of Spyder, VS Code and Jupytext
//! (<https://jupytext.readthedocs.io/en/latest/formats-scripts.html#the-percent-format>). The
//! notebook's title is in a first line `# rivulet: title=...`. What a script cannot say otherwise
//! stands behind the marker as `key="value"`, so that every notebook reads back as it was.

use std::fmt::Write;

use crate::notebook::{Cell, Kind, Mode, Notebook};

const TITLE: &str = "# rivulet: title=";
const LAZY: &str = "# rivulet: mode=lazy";
const EAGER: &str = "# rivulet: python=at once";
const MARKER: &str = "# %%";
/// Before a line of a cell that would read as a marker.
const ESCAPE: &str = "# rivulet-line: ";

/// Reads a script; any text is a notebook. A script without markers is one cell.
#[must_use]
pub fn read(text: &str, default_title: &str) -> Notebook {
    let text = super::normalise(text);
    let mut title = None;
    let (mut mode, mut eager) = (Mode::Reactive, false);
    let mut cells: Vec<(Header, Vec<&str>)> = vec![(Header::default(), Vec::new())];
    for (number, line) in text.split('\n').enumerate() {
        if let (0, Some(given)) = (number, line.strip_prefix(TITLE)) {
            title = Some(given.trim().to_owned());
        } else if number < 3 && title.is_some() && cells.len() == 1 && line == LAZY {
            mode = Mode::Lazy;
        } else if number < 3 && title.is_some() && cells.len() == 1 && line == EAGER {
            eager = true;
        } else if let Some(rest) = marker(line) {
            cells.push((Header::parse(rest), Vec::new()));
        } else if let Some((_, lines)) = cells.last_mut() {
            lines.push(line);
        }
    }
    let mut notebook = Notebook::new(title.as_deref().unwrap_or(default_title));
    notebook.mode = mode;
    notebook.eager = eager;
    for (at, (header, lines)) in cells.iter().enumerate() {
        let source = header.source(lines);
        // What stands before the first marker is a cell only if there is something in it.
        if at > 0 || !source.is_empty() {
            let cell = notebook.push(header.kind, &source);
            cell.disabled = header.disabled;
        }
    }
    notebook
}

/// Writes a notebook as a script, which [`read`] reads back.
#[must_use]
pub fn write(notebook: &Notebook) -> String {
    let title = notebook.title.replace(['\n', '\r'], " ");
    let mut text = format!("{TITLE}{title}\n");
    if notebook.mode == Mode::Lazy {
        let _ = writeln!(text, "{LAZY}");
    }
    if notebook.eager {
        let _ = writeln!(text, "{EAGER}");
    }
    for cell in notebook.cells() {
        let header = Header::of(cell);
        let _ = writeln!(text, "\n{MARKER}{header}");
        for line in cell.source.split('\n') {
            let line = match cell.kind {
                Kind::Python => line.to_owned(),
                Kind::Sql | Kind::Markdown if line.is_empty() => "#".to_owned(),
                Kind::Sql | Kind::Markdown => format!("# {line}"),
            };
            let is_marker = marker(&line).is_some() || line.starts_with(ESCAPE);
            let _ = writeln!(text, "{}{line}", if is_marker { ESCAPE } else { "" });
        }
    }
    text
}

/// What stands behind a marker.
#[derive(Debug, Default)]
struct Header {
    kind: Kind,
    disabled: bool,
    /// Empty lines that belong to the cell, before and after its text.
    blank: (usize, usize),
}

impl Header {
    fn of(cell: &Cell) -> Self {
        let trimmed = cell.source.trim_start_matches('\n');
        let before = cell.source.len() - trimmed.len();
        let after = trimmed.len() - trimmed.trim_end_matches('\n').len();
        Self {
            kind: cell.kind,
            disabled: cell.disabled,
            blank: match cell.kind {
                Kind::Python => (before, after),
                Kind::Sql | Kind::Markdown => (0, 0),
            },
        }
    }

    fn parse(rest: &str) -> Self {
        let value = |key: &str| {
            let (_, value) = rest.split_once(&format!("{key}=\""))?;
            Some(value.split('"').next().unwrap_or(""))
        };
        let blank = value("blank").and_then(|value| value.split_once(','));
        let count = |text: &str| text.parse::<usize>().map_or(0, |count| count.min(1000));
        Self {
            kind: if rest.contains("[markdown]") || rest.contains("[md]") {
                Kind::Markdown
            } else if rest.contains("[sql]") {
                Kind::Sql
            } else {
                Kind::Python
            },
            disabled: value("disabled") == Some("true"),
            blank: blank.map_or((0, 0), |(before, after)| (count(before), count(after))),
        }
    }

    fn source(&self, lines: &[&str]) -> String {
        match self.kind {
            Kind::Python => {
                let lines = lines
                    .iter()
                    .map(|line| line.strip_prefix(ESCAPE).unwrap_or(line));
                let text = lines.collect::<Vec<_>>().join("\n");
                let (before, after) = self.blank;
                let text = text.trim_matches('\n');
                format!("{}{text}{}", "\n".repeat(before), "\n".repeat(after))
            }
            Kind::Sql | Kind::Markdown => {
                let blank = |line: &&&str| line.is_empty();
                let before = lines.iter().take_while(blank).count();
                let after = lines[before..].iter().rev().take_while(blank).count();
                let lines = lines[before..lines.len() - after].iter().map(|line| {
                    let line = line.strip_prefix(ESCAPE).unwrap_or(line);
                    line.strip_prefix("# ")
                        .or_else(|| line.strip_prefix('#'))
                        .unwrap_or(line)
                });
                lines.collect::<Vec<_>>().join("\n")
            }
        }
    }
}

impl std::fmt::Display for Header {
    fn fmt(&self, to: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.kind {
            Kind::Python => {}
            Kind::Sql => to.write_str(" [sql]")?,
            Kind::Markdown => to.write_str(" [markdown]")?,
        }
        if self.disabled {
            to.write_str(" disabled=\"true\"")?;
        }
        if let (before, after) = self.blank
            && before + after > 0
        {
            write!(to, " blank=\"{before},{after}\"")?;
        }
        Ok(())
    }
}

fn marker(line: &str) -> Option<&str> {
    let rest = line.strip_prefix(MARKER)?;
    // `# %%timeit` is a comment like any other.
    (rest.is_empty() || rest.starts_with([' ', '\t', '['])).then_some(rest)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_script_reads_back_as_it_was_written() {
        let mut notebook = Notebook::from_sources(
            "A title",
            [
                (Kind::Markdown, "# Heading\n\ntext  \nmore\n"),
                (Kind::Python, "x = 1\n\n\nprint(x)"),
                (Kind::Sql, "-- result: rows\nSELECT *\n\nFROM people -- %%"),
                (Kind::Python, ""),
                (Kind::Python, "\n\n# %% not a cell\ny = x  \n"),
            ],
        );
        notebook.mode = Mode::Lazy;
        assert_eq!(read(&write(&notebook), "other"), notebook);
    }

    #[test]
    fn text_before_the_first_marker_is_a_cell() {
        let notebook = read("import os\n# %% first\nx = 1\n# %%timeit\n", "file");
        let sources: Vec<&str> = notebook.cells().iter().map(|cell| &*cell.source).collect();
        assert_eq!(sources, ["import os", "x = 1\n# %%timeit"]);
        assert_eq!(notebook.title, "file");
    }

    #[test]
    fn an_empty_file_is_an_empty_notebook() {
        assert!(read("", "file").cells().is_empty());
    }
}
