//! Markdown with the code in fences: text between the fences is a text cell, each fence a code cell.
//!
//! Two neighbouring text cells are parted by a comment, and a text cell that holds a fence of its
//! own is put between two comments, so that every notebook reads back as it was. The title and the
//! options stand in the front matter (<https://jekyllrb.com/docs/front-matter/>).

use std::fmt::Write;

use crate::notebook::{Hidden, Kind, Layout, Mode, Notebook};

const CELL: &str = "<!-- cell -->";
const TEXT: &str = "<!-- text -->";
const TEXT_END: &str = "<!-- end of text -->";
const OFF: &str = "<!-- turned off -->";
/// Before a text whose braces are text.
const LITERAL: &str = "<!-- braces are text -->";
/// Before a cell of which something is not shown, with what that is.
const HIDDEN: [&str; 2] = ["<!-- hidden: ", " -->"];
const RULE: &str = "---";
/// The language of a fence that holds an SQL cell; plain `sql` is a listing in a text.
const SQL: &str = "{sql}";
/// That of a fence that holds a raw cell, as `MyST` has it.
const RAW: &str = "{raw-cell}";

/// Reads a Markdown file; any text is a notebook.
#[must_use]
pub fn read(text: &str, default_title: &str) -> Notebook {
    let text = super::normalise(text);
    let lines: Vec<&str> = text.split('\n').collect();
    let mut notebook = Notebook::new(default_title);
    let (front, body) = front_matter(&lines);
    let mut has_title = false;
    for line in front {
        if let Some(title) = line.strip_prefix("title:") {
            notebook.title = unquote(title.trim());
            has_title = true;
        } else if *line == "rivulet: lazy" {
            notebook.mode = Mode::Lazy;
        } else if *line == "rivulet-python: at once" {
            notebook.eager = true;
        } else if let Some(word) = line.strip_prefix("rivulet-layout: ") {
            notebook.layout = Layout::of(word).unwrap_or_default();
        }
    }
    let mut reader = Reader {
        notebook,
        text: Vec::new(),
        disabled: false,
        hidden: Hidden::default(),
        // Jupytext and MyST say in the front matter that the text is for Jupyter.
        is_literal: front
            .iter()
            .any(|line| ["jupytext:", "jupyter:", "kernelspec:"].contains(&line.trim_end())),
        literal: false,
    };
    let mut at = 0;
    while at < body.len() {
        at += reader.step(&body[at..]);
    }
    reader.end_text(false);
    let mut notebook = reader.notebook;
    if let (false, Some(title)) = (has_title, super::heading(&notebook)) {
        notebook.title = title;
    }
    notebook
}

/// Writes a notebook as Markdown, which [`read`] reads back.
#[must_use]
pub fn write(notebook: &Notebook) -> String {
    let title = serde_json::to_string(&notebook.title).unwrap_or_default();
    let mut text = format!("{RULE}\ntitle: {title}\n");
    if notebook.mode == Mode::Lazy {
        text.push_str("rivulet: lazy\n");
    }
    if notebook.eager {
        text.push_str("rivulet-python: at once\n");
    }
    if notebook.layout != Layout::default() {
        let _ = writeln!(text, "rivulet-layout: {}", notebook.layout.word());
    }
    text.push_str(RULE);
    text.push('\n');
    let mut before = Kind::Python;
    for cell in notebook.cells() {
        text.push('\n');
        if cell.disabled {
            let _ = writeln!(text, "{OFF}");
        }
        if !cell.hidden.is_none() {
            let [before, after] = HIDDEN;
            let _ = writeln!(text, "{before}{}{after}", words_of(cell.hidden));
        }
        if cell.kind == Kind::Markdown && cell.literal {
            let _ = writeln!(text, "{LITERAL}");
        }
        match cell.kind {
            Kind::Python | Kind::Sql | Kind::Raw => {
                let fence = "`".repeat(3.max(longest_fence(&cell.source) + 1));
                // An empty cell has no line, a cell of one empty line has two.
                let source = &cell.source;
                let end = if source.is_empty() { "" } else { "\n" };
                let language = match cell.kind {
                    Kind::Sql => SQL,
                    Kind::Raw => RAW,
                    Kind::Python | Kind::Markdown => "python",
                };
                let _ = writeln!(text, "{fence}{language}\n{source}{end}{fence}");
            }
            Kind::Markdown if is_plain(&cell.source) => {
                if before == Kind::Markdown {
                    let _ = writeln!(text, "{CELL}\n");
                }
                let _ = writeln!(text, "{}", cell.source);
            }
            Kind::Markdown => {
                let _ = writeln!(text, "{TEXT}\n{}\n{TEXT_END}", escape(&cell.source));
            }
        }
        before = cell.kind;
    }
    text
}

struct Reader<'a> {
    notebook: Notebook,
    text: Vec<&'a str>,
    /// Whether the next cell is turned off.
    disabled: bool,
    /// What of the next cell is not shown.
    hidden: Hidden,
    /// Whether braces are text where nothing is said.
    is_literal: bool,
    /// Whether they are in the next text.
    literal: bool,
}

impl<'a> Reader<'a> {
    /// Takes one line, or one fence, or one framed text. Returns how many lines that was.
    fn step(&mut self, lines: &[&'a str]) -> usize {
        let line = lines[0];
        if let Some((ticks, language)) = fence(line) {
            let is_end = |line: &&str| {
                let end = line.trim();
                end.len() >= ticks && end.chars().all(|c| c == '`')
            };
            let end = lines[1..].iter().position(is_end);
            let count = end.map_or(lines.len(), |end| end + 2);
            let inner = &lines[1..end.map_or(lines.len(), |end| end + 1)];
            let kind = match language {
                SQL => Some(Kind::Sql),
                RAW => Some(Kind::Raw),
                _ => is_python(language).then_some(Kind::Python),
            };
            if let Some(kind) = kind {
                self.end_text(false);
                self.push(kind, &inner.join("\n"));
            } else {
                self.text.extend(&lines[..count]);
            }
            return count;
        }
        match line {
            CELL => self.end_text(false),
            OFF => {
                self.end_text(false);
                self.disabled = true;
            }
            LITERAL => {
                self.end_text(false);
                self.literal = true;
            }
            TEXT => {
                self.end_text(false);
                let end = lines
                    .iter()
                    .position(|line| *line == TEXT_END)
                    .unwrap_or(lines.len());
                let inner = lines[1..end].iter().map(|line| {
                    line.strip_prefix('\\')
                        .filter(|rest| rest.ends_with(TEXT_END))
                        .unwrap_or(line)
                });
                let text = inner.collect::<Vec<_>>().join("\n");
                self.push(Kind::Markdown, &text);
                return end + 1;
            }
            line => match hidden(line) {
                Some(hidden) => {
                    self.end_text(false);
                    self.hidden = hidden;
                }
                None => self.text.push(line),
            },
        }
        1
    }

    /// A text cell ends here, if one has begun.
    fn end_text(&mut self, even_if_empty: bool) {
        let text = self.text.join("\n");
        self.text.clear();
        let text = text.trim_matches('\n');
        if !text.trim().is_empty() || even_if_empty {
            self.push(Kind::Markdown, text);
        }
    }

    fn push(&mut self, kind: Kind, source: &str) {
        let disabled = std::mem::take(&mut self.disabled);
        let hidden = std::mem::take(&mut self.hidden);
        let literal = std::mem::take(&mut self.literal) || self.is_literal;
        let cell = self.notebook.push(kind, source);
        cell.disabled = disabled;
        cell.hidden = hidden;
        cell.literal = kind == Kind::Markdown && literal;
    }
}

/// What is not shown, in words: "code, output, app".
fn words_of(hidden: Hidden) -> String {
    let parts = [
        (hidden.code, "code"),
        (hidden.output, "output"),
        (hidden.app, "app"),
    ];
    let words = parts.into_iter().filter(|(is_set, _)| *is_set);
    words.map(|(_, word)| word).collect::<Vec<_>>().join(", ")
}

/// What a line says is not shown of the next cell, if it says that.
fn hidden(line: &str) -> Option<Hidden> {
    let [before, after] = HIDDEN;
    let words = line.strip_prefix(before)?.strip_suffix(after)?;
    let mut hidden = Hidden::default();
    for word in words.split(", ") {
        *match word {
            "code" => &mut hidden.code,
            "output" => &mut hidden.output,
            "app" => &mut hidden.app,
            _ => return None,
        } = true;
    }
    Some(hidden)
}

fn front_matter<'a, 'b>(lines: &'b [&'a str]) -> (&'b [&'a str], &'b [&'a str]) {
    let none = (&lines[..0], lines);
    if lines.first() != Some(&RULE) {
        return none;
    }
    let end = lines[1..].iter().position(|line| *line == RULE);
    end.map_or(none, |end| (&lines[1..=end], &lines[end + 2..]))
}

fn unquote(text: &str) -> String {
    serde_json::from_str(text).unwrap_or_else(|_| text.trim_matches('\'').to_owned())
}

/// The number of backticks and the word behind them, if a fence begins here.
fn fence(line: &str) -> Option<(usize, &str)> {
    let rest = line.trim_start_matches('`');
    let ticks = line.len() - rest.len();
    (ticks >= 3 && !rest.contains('`')).then_some((ticks, rest.trim()))
}

fn is_python(language: &str) -> bool {
    let word = language.trim_start_matches('{');
    let word = word.split([' ', ',', '}']).next().unwrap_or("");
    matches!(word, "python" | "py" | "python3" | "code-cell" | ".python")
}

fn longest_fence(source: &str) -> usize {
    let ticks = source.split('\n').map(|line| {
        let line = line.trim_start();
        line.len() - line.trim_start_matches('`').len()
    });
    ticks.max().unwrap_or(0)
}

/// Whether a text reads back as it is when it is written without a frame.
fn is_plain(source: &str) -> bool {
    let lines: Vec<&str> = source.split('\n').collect();
    let ours = |line: &&str| {
        matches!(*line, CELL | TEXT | TEXT_END | OFF | LITERAL)
            || hidden(line).is_some()
            || fence(line).is_some()
    };
    !source.trim().is_empty()
        && !source.starts_with('\n')
        && !source.ends_with('\n')
        && !lines.iter().any(ours)
}

fn escape(source: &str) -> String {
    let lines = source.split('\n').map(|line| {
        if line.trim_start_matches('\\') == TEXT_END {
            format!("\\{line}")
        } else {
            line.to_owned()
        }
    });
    lines.collect::<Vec<_>>().join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_lesson_in_markdown_is_a_notebook() {
        let text = "# Waves\n\nText.\n\n```python\nx = 1\n```\n\n```{code-cell} ipython3\ny = x\n```\nMore:\n\n```bash\nls\n```\n";
        let notebook = read(text, "file");
        let cells: Vec<(Kind, &str)> = notebook
            .cells()
            .iter()
            .map(|cell| (cell.kind, &*cell.source))
            .collect();
        let expected = [
            (Kind::Markdown, "# Waves\n\nText."),
            (Kind::Python, "x = 1"),
            (Kind::Python, "y = x"),
            (Kind::Markdown, "More:\n\n```bash\nls\n```"),
        ];
        assert_eq!(
            (notebook.title.as_str(), cells.as_slice()),
            ("Waves", &expected[..])
        );
    }

    #[test]
    fn every_text_reads_back() {
        let fence = "```python\nx\n```";
        let texts = [
            "",
            "\n",
            "a\n\n",
            fence,
            "````\n```\n````",
            TEXT,
            TEXT_END,
            "\\<!-- end of text -->",
            OFF,
            LITERAL,
            "<!-- hidden: code -->",
            "---",
            "~~~",
        ];
        for text in texts {
            let cells = [
                (Kind::Markdown, text),
                (Kind::Python, text),
                (Kind::Markdown, "b"),
                (Kind::Markdown, text),
            ];
            let notebook = Notebook::from_sources("\"Q\": 'x'", cells);
            assert_eq!(read(&write(&notebook), "other"), notebook, "{text:?}");
        }
    }
}
