//! The percent format: a notebook as a plain Python script, `# %%` before each cell.
//!
//! Source: the cell markers of Spyder, VS Code and Jupytext
//! (<https://jupytext.readthedocs.io/en/latest/formats-scripts.html#the-percent-format>). The
//! notebook's title is in a first line `# rivulet: title=...`.

use std::fmt::Write;

use crate::notebook::{Kind, Notebook};

const TITLE: &str = "# rivulet: title=";
const MARKER: &str = "# %%";

/// Reads a script; any text is a notebook. A script without markers is one cell.
#[must_use]
pub fn read(text: &str, default_title: &str) -> Notebook {
    let text = text.replace("\r\n", "\n");
    let text = text.strip_prefix('\u{feff}').unwrap_or(&text);
    let mut title = default_title.to_owned();
    let mut cells: Vec<(Kind, Vec<&str>)> = vec![(Kind::Python, Vec::new())];
    for (number, line) in text.lines().enumerate() {
        if let (0, Some(given)) = (number, line.strip_prefix(TITLE)) {
            given.trim().clone_into(&mut title);
        } else if let Some(rest) = marker(line) {
            let kind = if rest.contains("[markdown]") || rest.contains("[md]") {
                Kind::Markdown
            } else {
                Kind::Python
            };
            cells.push((kind, Vec::new()));
        } else if let Some((_, lines)) = cells.last_mut() {
            lines.push(line);
        }
    }
    let sources: Vec<(Kind, String)> = cells
        .into_iter()
        .enumerate()
        .map(|(at, (kind, lines))| (at, kind, source(kind, &lines)))
        // What stands before the first marker is a cell only if there is something in it.
        .filter(|(at, _, source)| *at > 0 || !source.is_empty())
        .map(|(_, kind, source)| (kind, source))
        .collect();
    Notebook::from_sources(
        &title,
        sources
            .iter()
            .map(|(kind, source)| (*kind, source.as_str())),
    )
}

/// Writes a notebook as a script, which [`read`] reads back.
#[must_use]
pub fn write(notebook: &Notebook) -> String {
    let title = notebook.title.replace(['\n', '\r'], " ");
    let mut text = format!("{TITLE}{title}\n");
    for cell in notebook.cells() {
        match cell.kind {
            Kind::Python => {
                let _ = write!(text, "\n{MARKER}\n{}\n", cell.source);
            }
            Kind::Markdown => {
                let _ = writeln!(text, "\n{MARKER} [markdown]");
                for line in cell.source.lines() {
                    let _ = writeln!(text, "{}", format!("# {line}").trim_end());
                }
            }
        }
    }
    text
}

fn marker(line: &str) -> Option<&str> {
    let rest = line.strip_prefix(MARKER)?;
    // `# %%timeit` is a comment like any other.
    (rest.is_empty() || rest.starts_with([' ', '\t', '['])).then_some(rest)
}

fn source(kind: Kind, lines: &[&str]) -> String {
    let lines = lines.iter().map(|line| match kind {
        Kind::Python => line,
        Kind::Markdown => line
            .strip_prefix("# ")
            .or_else(|| line.strip_prefix('#'))
            .unwrap_or(line),
    });
    let text = lines.collect::<Vec<_>>().join("\n");
    text.trim_matches('\n').trim_end().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_script_reads_back_as_it_was_written() {
        let notebook = Notebook::from_sources(
            "A title",
            [
                (Kind::Markdown, "# Heading\n\ntext"),
                (Kind::Python, "x = 1\n\n\nprint(x)"),
                (Kind::Python, ""),
                (Kind::Python, "# a comment\ny = x"),
            ],
        );
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
