//! The percent format: a notebook as a plain Python script, `# %%` before each cell.
//!
//! Source: the cell markers of Spyder, VS Code and Jupytext
//! (<https://jupytext.readthedocs.io/en/latest/formats-scripts.html#the-percent-format>), and those that
//! Jupyter itself writes (`# In[3]:`). The notebook's title is in a line `# rivulet: title=...`. What a
//! script cannot say otherwise stands behind the marker as `key="value"`, so that every notebook reads
//! back as it was.

mod front;
mod header;
mod magics;
#[cfg(test)]
mod tests;

use std::fmt::Write;

use serde_json::{Map, Value, json};

use crate::notebook::{Cell, Kind, Layout, Mode, Notebook};
use front::Front;
use header::Header;

const TITLE: &str = "# rivulet: title=";
const LAZY: &str = "# rivulet: mode=lazy";
const EAGER: &str = "# rivulet: python=at once";
/// Before the word for the layout as an app.
const LAYOUT: &str = "# rivulet: layout=";
/// What only `IPython` understands is in comments.
const MAGICS: &str = "# rivulet: magics=comments";
/// Braces in texts are text where a cell does not say otherwise.
const LITERAL: &str = "# rivulet: braces=text";
const MARKER: &str = "# %%";
/// Before a line of a cell that would read as a marker.
const ESCAPE: &str = "# rivulet-line: ";
/// Under this name is kept what stands before the cells and is not read.
const EXTRA: &str = "percent";

/// Reads a script; any text is a notebook. A script without markers is one cell.
#[must_use]
pub fn read(text: &str, default_title: &str) -> Notebook {
    let text = super::normalise(text);
    let lines: Vec<&str> = text.split('\n').collect();
    let front = Front::read(&lines);
    let mut rest = &lines[front.count..];
    let mut notebook = Notebook::new(default_title);
    let mut how = How {
        is_own: false,
        is_literal: front.metadata.is_some(),
        has_magics: true,
    };
    let blank = rest.iter().take_while(|line| line.is_empty()).count();
    let blank = if front.count > 0 { blank } else { 0 };
    let title = rest.get(blank).and_then(|line| line.strip_prefix(TITLE));
    keep_front(front, &mut notebook);
    if let Some(title) = title {
        title.trim().clone_into(&mut notebook.title);
        how = How {
            is_own: true,
            is_literal: false,
            has_magics: false,
        };
        rest = &rest[blank + 1..];
        while let Some(line) = rest.first() {
            match *line {
                LAZY => notebook.mode = Mode::Lazy,
                EAGER => notebook.eager = true,
                MAGICS => how.has_magics = true,
                LITERAL => how.is_literal = true,
                line => match line.strip_prefix(LAYOUT).and_then(Layout::of) {
                    Some(layout) => notebook.layout = layout,
                    None => break,
                },
            }
            rest = &rest[1..];
        }
    }
    let blocks = Block::all(rest);
    // A script without a marker is no notebook's.
    how.has_magics &= how.is_own || blocks.len() > 1;
    let is_script = !how.is_own && blocks.iter().any(|block| block.is_numbered);
    how.is_literal |= is_script;
    for (at, block) in blocks.iter().enumerate() {
        let (code, texts) = if is_script {
            block.split(at == 0)
        } else {
            (&*block.lines, Vec::new())
        };
        // What stands before the first marker is a cell only if there is something in it.
        if at > 0 || code.iter().any(|line| !line.is_empty()) {
            block.header.cell(code, how, &mut notebook);
        }
        for text in texts {
            Header::parse("[markdown]").cell(text, how, &mut notebook);
        }
    }
    let is_of_jupyter = is_script || notebook.extra.contains_key("ipynb");
    if let (false, true, Some(title)) = (how.is_own, is_of_jupyter, super::heading(&notebook)) {
        notebook.title = title;
    }
    notebook
}

/// Writes a notebook as a script, which [`read`] reads back: with the metadata of Jupyter's files.
#[must_use]
pub fn write(notebook: &Notebook) -> String {
    write_with(notebook, true)
}

/// Writes what a link holds: cells, title and options.
#[must_use]
pub fn write_short(notebook: &Notebook) -> String {
    write_with(notebook, false)
}

fn write_with(notebook: &Notebook, with_metadata: bool) -> String {
    let is_text = |cell: &&Cell| cell.kind == Kind::Markdown;
    let texts = notebook.cells().iter().filter(is_text);
    let (literal, others): (Vec<&Cell>, Vec<&Cell>) = texts.partition(|cell| cell.literal);
    let is_literal = literal.len() > others.len();
    let cells = notebook.cells().iter();
    let cells: Vec<(String, bool)> = cells
        .map(|cell| write_cell(cell, is_literal, with_metadata))
        .collect();
    let title = notebook.title.replace(['\n', '\r'], " ");
    let mut text = if with_metadata {
        front_of(notebook)
    } else {
        String::new()
    };
    let _ = writeln!(text, "{TITLE}{title}");
    let options = [
        (notebook.mode == Mode::Lazy, LAZY),
        (notebook.eager, EAGER),
        (cells.iter().any(|(_, has_magics)| *has_magics), MAGICS),
        (is_literal, LITERAL),
    ];
    for (_, line) in options.iter().filter(|(is_set, _)| *is_set) {
        let _ = writeln!(text, "{line}");
    }
    if notebook.layout != Layout::default() {
        let _ = writeln!(text, "{LAYOUT}{}", notebook.layout.word());
    }
    for (cell, _) in cells {
        text.push('\n');
        text.push_str(&cell);
    }
    text
}

/// How the cells of a script are read.
#[derive(Debug, Clone, Copy)]
struct How {
    /// Whether this page wrote it.
    is_own: bool,
    /// Whether braces in texts are text.
    is_literal: bool,
    /// Whether comments may be commands of `IPython`.
    has_magics: bool,
}

/// A cell as it stands in a script.
#[derive(Debug, Default)]
struct Block<'a> {
    header: Header,
    /// Whether Jupyter wrote its marker, with the number of a run.
    is_numbered: bool,
    lines: Vec<&'a str>,
}

impl<'a> Block<'a> {
    /// What stands before the first marker, and then a block for each marker.
    fn all(lines: &[&'a str]) -> Vec<Self> {
        let mut blocks = vec![Self::default()];
        for line in lines {
            if let Some((rest, is_numbered)) = marker(line) {
                blocks.push(Self {
                    header: Header::parse(rest),
                    is_numbered,
                    lines: Vec::new(),
                });
            } else if let Some(block) = blocks.last_mut() {
                block.lines.push(line);
            }
        }
        blocks
    }

    /// The code, and the texts behind it, which Jupyter writes as comments without a marker.
    fn split(&self, is_first: bool) -> (&[&'a str], Vec<&[&'a str]>) {
        let lines = &self.lines;
        let code = lines
            .iter()
            .rposition(|line| !line.is_empty() && !line.starts_with('#'));
        let begin = match code {
            Some(code) => {
                let more = lines[code + 1..].iter();
                code + 1 + more.take_while(|line| !line.is_empty()).count()
            }
            None if is_first => 0,
            // A cell of nothing but a comment.
            None => {
                let blank = lines.iter().take_while(|line| line.is_empty()).count();
                let more = lines[blank..].iter();
                blank + more.take_while(|line| !line.is_empty()).count()
            }
        };
        let rest = &lines[begin..];
        let gap = rest.iter().take_while(|line| line.is_empty()).count();
        if gap < 2 && !(is_first && code.is_none()) {
            return (lines, Vec::new());
        }
        let texts = rest.split(|line| line.is_empty());
        let texts = texts.filter(|text| !text.is_empty()).collect();
        (&lines[..begin], texts)
    }
}

fn keep_front(front: Front, notebook: &mut Notebook) {
    if !front.kept.is_empty() {
        notebook.extra.insert(EXTRA.to_owned(), front.kept.into());
    }
    if let Some(metadata) = front.metadata {
        let kept = json!({ "metadata": metadata });
        notebook.extra.insert("ipynb".to_owned(), kept);
    }
    if let Some(others) = front.others {
        let title = others.lines().find_map(|line| line.strip_prefix("title:"));
        if let Some(title) = title {
            title
                .trim()
                .trim_matches(['"', '\''])
                .clone_into(&mut notebook.title);
        }
        notebook.push(Kind::Raw, &others);
    }
}

fn front_of(notebook: &Notebook) -> String {
    let kept = notebook.extra.get(EXTRA).and_then(Value::as_str);
    let mut text = kept.unwrap_or("").to_owned();
    let kept = notebook.extra.get("ipynb");
    let metadata = kept.and_then(|kept| kept.get("metadata")?.as_object());
    if let Some(metadata) = metadata {
        text.push_str(&front::write(metadata));
    }
    if !text.is_empty() {
        text.push('\n');
    }
    text
}

/// A cell with its marker, and whether there are commands in it as comments.
fn write_cell(cell: &Cell, is_literal: bool, with_metadata: bool) -> (String, bool) {
    let header = Header::of(cell, is_literal, with_metadata);
    if cell.kind != Kind::Python {
        return (block(header, &magics::comment_all(&cell.source)), false);
    }
    let mut forms = Vec::new();
    if let Some((name, options, body)) = magics::language(&cell.source) {
        let header = Header {
            language: Some((name.to_owned(), options.to_owned())),
            ..header.clone()
        };
        forms.push((header, magics::comment_all(body)));
    }
    forms.push((header.clone(), magics::comment(&cell.source)));
    // The first form that reads back as it was.
    let form = forms.into_iter().find_map(|(header, body)| {
        let text = block(header, &body);
        reads_as(&text, &cell.source).then_some((text, body))
    });
    if let Some((text, body)) = form {
        return (text, body != *cell.source);
    }
    let header = Header {
        verbatim: true,
        ..header
    };
    (block(header, &cell.source), false)
}

fn reads_as(block: &str, source: &str) -> bool {
    let how = How {
        is_own: true,
        is_literal: false,
        has_magics: true,
    };
    let lines: Vec<&str> = block.split('\n').collect();
    match Block::all(&lines).as_slice() {
        [_, block] => block.header.source(&block.lines, how) == source,
        _ => false,
    }
}

/// A marker with the lines behind it.
fn block(mut header: Header, body: &str) -> String {
    let trimmed = body.trim_start_matches('\n');
    let before = body.len() - trimmed.len();
    let after = trimmed.len() - trimmed.trim_end_matches('\n').len();
    header.blank = (before, after);
    let mut text = format!("{MARKER}{header}\n");
    for line in body.split('\n') {
        let is_marker = marker(line).is_some() || line.starts_with(ESCAPE);
        let _ = writeln!(text, "{}{line}", if is_marker { ESCAPE } else { "" });
    }
    text
}

impl Header {
    /// Adds the cell to a notebook.
    fn cell(&self, lines: &[&str], how: How, notebook: &mut Notebook) {
        let cell = notebook.push(self.kind, &self.source(lines, how));
        cell.disabled = self.disabled;
        if self.kind == Kind::Markdown {
            cell.literal = self.literal.unwrap_or(how.is_literal);
        }
        let mut metadata: Map<String, Value> = self.metadata.clone();
        super::options::take(&mut metadata, cell);
        if !metadata.is_empty() {
            let kept = json!({ "metadata": metadata });
            cell.extra.insert("ipynb".to_owned(), kept);
        }
    }

    fn source(&self, lines: &[&str], how: How) -> String {
        let lines = lines
            .iter()
            .map(|line| line.strip_prefix(ESCAPE).unwrap_or(line));
        let text = lines.collect::<Vec<_>>().join("\n");
        let text = text.trim_matches('\n');
        match self.kind {
            Kind::Python => {
                let (before, after) = self.blank;
                let text = format!("{}{text}{}", "\n".repeat(before), "\n".repeat(after));
                match &self.language {
                    Some((name, options)) => {
                        magics::of_language(name, options, &magics::uncomment_all(&text))
                    }
                    None if how.has_magics && !self.verbatim => {
                        magics::uncomment(&text, how.is_own)
                    }
                    None => text,
                }
            }
            Kind::Sql => magics::uncomment_all(text),
            Kind::Markdown | Kind::Raw => {
                docstring(text).unwrap_or_else(|| magics::uncomment_all(text))
            }
        }
    }
}

/// The text of a cell that is written as a string.
fn docstring(text: &str) -> Option<String> {
    let text = text.trim();
    let quoted = text.strip_prefix(['r', 'R']).unwrap_or(text);
    ["\"\"\"", "'''"].into_iter().find_map(|quotes| {
        let inner = quoted.strip_prefix(quotes)?.strip_suffix(quotes)?;
        Some(inner.trim_matches('\n').to_owned())
    })
}

/// What stands behind the marker that a line is, and whether Jupyter wrote it with the number of a run.
fn marker(line: &str) -> Option<(&str, bool)> {
    let rest = line.strip_prefix('#')?.trim_start_matches([' ', '\t']);
    if let Some(rest) = rest.strip_prefix("%%") {
        // Spyder's cells inside of cells have more signs. `# %%timeit` is a comment like any other.
        let rest = rest.trim_start_matches('%');
        let is_end = rest.is_empty() || rest.starts_with([' ', '\t', '[']);
        return is_end.then_some((rest, false));
    }
    if let Some(number) = rest.strip_prefix("In").map(str::trim_start) {
        let is_number = |letter: char| letter.is_ascii_digit() || letter == ' ';
        let after = number.strip_prefix('[')?.trim_start_matches(is_number);
        let is_end = matches!(after.trim_end(), "]" | "]:");
        return is_end.then_some(("", true));
    }
    match rest.trim_end() {
        "<codecell>" => Some(("", false)),
        "<markdowncell>" => Some(("[markdown]", false)),
        "<rawcell>" => Some(("[raw]", false)),
        _ => None,
    }
}
