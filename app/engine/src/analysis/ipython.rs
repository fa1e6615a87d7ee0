//! Cells as `IPython` takes them: magics, shell lines, help, prompts and a common indent.
//!
//! Such a source becomes Python of the same length, so that every place found in it is a place in what
//! the person wrote: what only `IPython` understands is blanked, and the code that a magic runs stays
//! where it is. A form feed stands before code whose line began with something else, as it takes the
//! indentation back to nothing (<https://docs.python.org/3/reference/lexical_analysis.html#indentation>).
//!
//! Source: `IPython.core.inputtransformer2`.

use std::collections::BTreeSet;
use std::ops::Range;

use super::{Analysis, Reference, Span, depth};

/// A cell of which every part that `IPython` alone understands is masked.
#[derive(Debug)]
pub(super) struct Masked {
    /// Python, as long as the source.
    pub text: String,
    /// What was masked, in the source.
    pub removed: Vec<Range<usize>>,
    /// What `%timeit` runs: its names are nobody's.
    scratch: Vec<Range<usize>>,
    /// The names that magics themselves bind.
    binds: Vec<(String, Span)>,
    /// The lines, from 0, that are commands.
    commands: Vec<Range<usize>>,
}

/// The magics that run Python, with the letters of their options that a value may follow.
const RUNNING: [(&str, &str); 4] = [
    ("time", ""),
    ("timeit", "nrp"),
    ("prun", "lsTD"),
    ("memit", "rt"),
];

/// Masks a cell; `None` where there is nothing in it that Python would not take.
pub(super) fn mask(source: &str) -> Option<Masked> {
    let first = source
        .split_inclusive('\n')
        .find(|line| !line.trim().is_empty())?;
    let is_plain = !source.contains(['%', '!', '?'])
        && !first.starts_with([' ', '\t'])
        && !source.contains(">>>")
        && !source.contains("In [");
    if is_plain {
        return None;
    }
    let mut masker = Masker {
        source,
        text: source.as_bytes().to_vec(),
        lines: lines(source),
        found: Masked {
            text: String::new(),
            removed: Vec::new(),
            scratch: Vec::new(),
            binds: Vec::new(),
            commands: Vec::new(),
        },
    };
    masker.strip_indent();
    masker.strip_prompts();
    let body = masker.cell_magics();
    masker.statements(body);
    let Masker {
        text, mut found, ..
    } = masker;
    if found.removed.is_empty() {
        return None;
    }
    found.text = String::from_utf8(text).ok()?;
    Some(found)
}

/// The lines of a cell, from 0, that only `IPython` takes.
pub(crate) fn commands(source: &str) -> BTreeSet<usize> {
    let is_python = super::plain(source, source).syntax_error.is_none();
    let masked = if is_python { None } else { mask(source) };
    let lines = masked.into_iter().flat_map(|masked| masked.commands);
    lines.flatten().collect()
}

/// Whether a cell begins with a magic that takes all of it, and not as Python.
pub(crate) fn is_foreign(source: &str) -> bool {
    let mut rest = source.trim_start();
    while let Some(line) = rest.strip_prefix("%%") {
        let name = &line[..word(line)];
        if name.is_empty() || line[name.len()..].starts_with('?') {
            return false;
        }
        if name != "capture" && !RUNNING.iter().any(|(known, _)| *known == name) {
            return true;
        }
        rest = line
            .split_once('\n')
            .map_or("", |(_, rest)| rest)
            .trim_start();
    }
    false
}

/// The text of a module that a cell writes to a file: `%%writefile helper.py`.
pub(super) fn written_module(source: &str) -> Option<&str> {
    let (line, text) = source.trim_start().split_once('\n')?;
    let mut words = line.split_whitespace();
    let is_writing = matches!(words.next(), Some("%%writefile" | "%%file"));
    let name = words.next_back()?;
    let is_module = name.rsplit_once('.').is_some_and(|(_, end)| end == "py");
    (is_writing && is_module).then_some(text)
}

impl Masked {
    /// Takes back what is no binding of the cell, and adds those of magics.
    pub(super) fn complete(&self, found: &mut Analysis) {
        let is_scratch = |span: &Span| {
            let at = span.start as usize;
            self.scratch.iter().any(|range| range.contains(&at))
        };
        let mut lost = Vec::new();
        found.definitions.retain(|name, spans| {
            spans.retain(|span| !is_scratch(span));
            if spans.is_empty() {
                lost.push(name.clone());
            }
            !spans.is_empty()
        });
        found.augmented.retain(|(name, _)| !is_scratch(name));
        for name in lost {
            found.imported.remove(&name);
            let spans = found.uses.remove(&name).unwrap_or_default();
            let spans: Vec<Span> = spans.into_iter().filter(|span| !is_scratch(span)).collect();
            if !spans.is_empty() {
                let read = found.references.entry(name).or_insert(Reference {
                    spans: Vec::new(),
                    deferred: false,
                    late: false,
                });
                read.spans.extend(spans);
            }
        }
        for (name, span) in &self.binds {
            if name.starts_with('_') {
                found.private.entry(name.clone()).or_default().push(*span);
            } else {
                found
                    .definitions
                    .entry(name.clone())
                    .or_default()
                    .push(*span);
            }
        }
    }
}

/// Where the lines are, without their ends.
fn lines(source: &str) -> Vec<Range<usize>> {
    let mut lines = Vec::new();
    let mut start = 0;
    for line in source.split('\n') {
        lines.push(start..start + line.len());
        start += line.len() + 1;
    }
    lines
}

struct Masker<'a> {
    source: &'a str,
    text: Vec<u8>,
    /// What is left of each line: it begins behind an indent and a prompt.
    lines: Vec<Range<usize>>,
    found: Masked,
}

impl<'a> Masker<'a> {
    fn line(&self, number: usize) -> &'a str {
        self.lines
            .get(number)
            .map_or("", |range| &self.source[range.clone()])
    }

    fn first(&self) -> usize {
        let is_blank = |range: &&Range<usize>| self.source[(*range).clone()].trim().is_empty();
        self.lines.iter().take_while(is_blank).count()
    }

    /// Blanks a part; lines stay lines.
    fn blank(&mut self, range: Range<usize>) {
        for byte in &mut self.text[range.clone()] {
            if *byte != b'\n' {
                *byte = b' ';
            }
        }
        if !range.is_empty() {
            self.found.removed.push(range);
        }
    }

    /// Takes the first bytes of a line away.
    fn strip(&mut self, number: usize, count: usize) {
        let start = self.lines[number].start;
        if count > 0 {
            self.blank(start..start + count);
            self.text[start + count - 1] = b'\x0c';
            self.lines[number].start += count;
        }
    }

    /// The indent of the first line is taken from all lines that have it.
    fn strip_indent(&mut self) {
        let first = self.line(self.first());
        let indent = &first[..first.len() - first.trim_start_matches([' ', '\t']).len()];
        if indent.is_empty() {
            return;
        }
        for number in 0..self.lines.len() {
            if self.line(number).starts_with(indent) {
                self.strip(number, indent.len());
            }
        }
    }

    fn strip_prompts(&mut self) {
        let first = self.first();
        let (one, two) = (self.line(first), self.line(first + 1));
        if starts_prompt(one, ">>>").is_some() || classic(two).is_some() {
            for number in first..self.lines.len() {
                self.strip(number, classic(self.line(number)).unwrap_or(0));
            }
        }
        let (one, two) = (self.line(first), self.line(first + 1));
        if numbered(one).is_some() || numbered(two).is_some() {
            for number in first..self.lines.len() {
                self.strip(number, numbered(self.line(number)).unwrap_or(0));
            }
        }
    }

    /// Masks the magics at the top of the cell; returns the line from which on there is Python.
    fn cell_magics(&mut self) -> usize {
        let mut at = self.first();
        loop {
            let line = self.line(at);
            let Some(rest) = line.strip_prefix("%%") else {
                return at;
            };
            let name = &rest[..word(rest)];
            let range = self.lines[at].clone();
            self.found.commands.push(at..at + 1);
            let after = range.start + 2 + name.len();
            if name.is_empty() || rest[name.len()..].starts_with('?') {
                self.blank(range);
                return at + 1;
            }
            match name {
                "capture" => {
                    let mut at = after;
                    for word in self.source[after..range.end].split([' ', '\t', '\r']) {
                        if is_identifier(word) {
                            let span = Span {
                                start: offset(at),
                                end: offset(at + word.len()),
                            };
                            self.found.binds.push((super::normalized(word), span));
                            break;
                        }
                        at += word.len() + 1;
                    }
                    self.blank(range);
                }
                "timeit" => {
                    let code = self.code(after, range.end, "nrp");
                    self.strip(at, code - range.start);
                    let end = self.source.len();
                    self.found.scratch.push(code..end);
                    if code < range.end {
                        return at;
                    }
                }
                _ if RUNNING.iter().any(|(known, _)| *known == name) => self.blank(range),
                _ => {
                    let end = self.source.len();
                    self.blank(range.start..end);
                    self.found.commands.push(at..self.lines.len());
                    return self.lines.len();
                }
            }
            at += 1;
            while at < self.lines.len() && self.line(at).trim().is_empty() {
                at += 1;
            }
        }
    }

    /// Where the code of a magic begins, behind its options.
    fn code(&self, from: usize, end: usize, with_value: &str) -> usize {
        // Options stand on the first line.
        let line = self.source[from..end].find('\n');
        let end = line.map_or(end, |line| from + line);
        let mut at = from;
        loop {
            let rest = &self.source[at..end];
            at += rest.len() - rest.trim_start_matches([' ', '\t']).len();
            let rest = &self.source[at..end];
            let option = rest.split([' ', '\t']).next().unwrap_or("");
            let is_option = option.len() > 1
                && option.starts_with('-')
                && option[1..]
                    .starts_with(|letter: char| letter.is_ascii_alphabetic() || letter == '-');
            if !is_option {
                return at;
            }
            at += option.len();
            // `-n 10`: the value is a word of its own.
            if option.len() == 2 && with_value.contains(&option[1..]) {
                let rest = &self.source[at..end];
                at += rest.len() - rest.trim_start_matches([' ', '\t']).len();
                let value = self.source[at..end].split([' ', '\t']).next().unwrap_or("");
                at += value.len();
            }
        }
    }

    /// Whether anything stands there before the line ends.
    fn is_in_line(&self, at: usize, end: usize) -> bool {
        at < end && !self.source[at..].starts_with(['\r', '\n'])
    }

    /// Masks what stands in lines: from here on statements are Python, or for `IPython`.
    fn statements(&mut self, from: usize) {
        let mut state = State::default();
        let mut at = from;
        while at < self.lines.len() {
            let range = self.lines[at].clone();
            let mut start = range.start;
            if state.is_outside() {
                let last = self.continued(at);
                let end = self.lines[last].end;
                let escaped = self.escape(range.start, end);
                if escaped.is_some() {
                    self.found.commands.push(at..last + 1);
                }
                match escaped {
                    Some(None) => {
                        at = last + 1;
                        continue;
                    }
                    Some(Some(code)) => start = code,
                    None => {}
                }
            }
            if let Some(assigned) = state.scan(&self.source[start..range.end]) {
                let last = self.continued(at);
                self.assigned(start + assigned, self.lines[last].end);
                self.found.commands.push(at..last + 1);
                state = State::default();
                at = last;
            }
            at += 1;
        }
    }

    /// The last line of a command that goes on behind backslashes.
    fn continued(&self, from: usize) -> usize {
        let mut at = from;
        while self.line(at).trim_end_matches('\r').ends_with('\\') && at + 1 < self.lines.len() {
            at += 1;
        }
        at
    }

    /// Masks a command at the begin of a statement. `None` if there is none; else where the code that it
    /// runs begins, if it runs any.
    #[expect(
        clippy::option_option,
        reason = "no command, a command, or one that runs code"
    )]
    fn escape(&mut self, start: usize, end: usize) -> Option<Option<usize>> {
        let line = &self.source[start..end];
        let command = line.trim_start_matches([' ', '\t', '\x0c']);
        let at = start + line.len() - command.len();
        if let Some(rest) = command.strip_prefix('%') {
            let name = &rest[..word(rest)];
            if let Some((_, with_value)) = RUNNING.iter().find(|(known, _)| *known == name) {
                let code = self.code(at + 1 + name.len(), end, with_value);
                let is_help = rest[name.len()..].starts_with('?');
                if !is_help && self.is_in_line(code, end) {
                    if name == "timeit" {
                        self.found.scratch.push(code..end);
                    }
                    self.uncover(start, at, code);
                    return Some(Some(code));
                }
            }
            let is_cell_magic = rest.starts_with('%');
            return (is_cell_magic || !name.is_empty()).then(|| self.replace(at, end));
        }
        if command.starts_with('!') && command.len() > 1 {
            return Some(self.replace(at, end));
        }
        if command.starts_with('?') {
            let name = command.trim_start_matches('?').trim();
            if is_path(name) {
                let code = at + command.len() - command.trim_start_matches(['?', ' ']).len();
                self.uncover(start, at, code);
                return Some(Some(code));
            }
            return Some(self.replace(at, end));
        }
        let shown = command.trim_end().trim_end_matches(';').trim_end();
        let name = shown.trim_end_matches('?');
        if name.len() < shown.len() {
            if is_path(name) {
                self.blank(at + name.len()..end);
                return Some(None);
            }
            let is_pattern = |letter: char| letter.is_alphanumeric() || "_.*".contains(letter);
            if !name.is_empty() && name.chars().all(is_pattern) {
                return Some(self.replace(at, end));
            }
        }
        None
    }

    /// Masks a magic or a shell line whose result gets a name.
    fn assigned(&mut self, at: usize, end: usize) {
        let command = &self.source[at..end];
        if let Some(rest) = command.strip_prefix('%') {
            let name = &rest[..word(rest)];
            if let Some((_, with_value)) = RUNNING.iter().find(|(known, _)| *known == name) {
                let code = self.code(at + 1 + name.len(), end, with_value);
                if self.is_in_line(code, end) {
                    return self.blank(at..code);
                }
            }
        }
        self.replace(at, end);
    }

    /// Blanks what stands before code, which keeps the indentation of its line.
    fn uncover(&mut self, start: usize, command: usize, code: usize) {
        let indent: Vec<u8> = self.text[start..command].to_vec();
        self.blank(start..code);
        self.text[code - indent.len() - 1] = b'\x0c';
        self.text[code - indent.len()..code].copy_from_slice(&indent);
    }

    /// Puts something that does nothing in the place of a command, but for the values in it.
    fn replace(&mut self, at: usize, end: usize) -> Option<usize> {
        let values = values(&self.source[at..end]);
        self.blank(at..end);
        for byte in &mut self.text[at..end] {
            *byte = b' ';
        }
        self.text[at] = b'0';
        for Value { comma, text } in values {
            self.text[at + comma] = b',';
            let place = at + text.start..at + text.end;
            self.text[place.clone()].copy_from_slice(&self.source.as_bytes()[place]);
        }
        None
    }
}

/// Python that stands in a command: `{expression}`, `$name`.
struct Value {
    /// The byte before it, where a comma can stand.
    comma: usize,
    text: Range<usize>,
}

/// How many values a command may have, and how long each is, in bytes.
const MOST_VALUES: usize = 100;
const LONGEST_VALUE: usize = 1_000;

fn values(command: &str) -> Vec<Value> {
    let mut found: Vec<Value> = Vec::new();
    let mut at = 1;
    for _ in 0..MOST_VALUES {
        let next = command.get(at..).and_then(|rest| rest.find(['{', '$']));
        let Some(from) = next.map(|next| at + next) else {
            break;
        };
        let is_free = found.last().is_none_or(|last| last.text.end < from);
        at = from + 1;
        let rest = &command[at..];
        if command[from..].starts_with('$') {
            let name = &rest[..identifier(rest)];
            // Names in capitals are the shell's.
            if name.starts_with(|letter: char| letter.is_lowercase()) {
                found.push(Value {
                    comma: from,
                    text: at..at + name.len(),
                });
                at += name.len();
            }
        } else if let Some(close) = rest
            .bytes()
            .take(LONGEST_VALUE)
            .position(|byte| byte == b'}')
        {
            let end = at + close + 1;
            if is_free && from > 1 && is_set(&command[from..end]) {
                found.push(Value {
                    comma: from - 1,
                    text: from..end,
                });
                at = end;
            }
        }
    }
    // A comma must not be half of a letter.
    found.retain(|value| {
        command.is_char_boundary(value.comma) && command.as_bytes()[value.comma].is_ascii()
    });
    found
}

/// Whether braces with something in them are Python, of one line.
fn is_set(text: &str) -> bool {
    let is_flat = !text.contains('\n') && depth::refusal(text).is_none();
    is_flat
        && ruff_python_parser::parse_expression(text)
            .is_ok_and(|parsed| parsed.syntax().body.is_set_expr())
}

/// What is open at a place: brackets, and a string of several lines.
#[derive(Default)]
pub(crate) struct State {
    brackets: usize,
    string: Option<&'static str>,
    /// Whether the line before ends with a backslash.
    goes_on: bool,
}

impl State {
    pub(crate) fn is_outside(&self) -> bool {
        self.brackets == 0 && self.string.is_none() && !self.goes_on
    }

    /// Goes through a line. Returns where a command stands whose result is assigned.
    pub(crate) fn scan(&mut self, line: &str) -> Option<usize> {
        let bytes = line.as_bytes();
        let mut at = 0;
        self.goes_on = false;
        while at < bytes.len() {
            if let Some(quotes) = self.string {
                match bytes[at] {
                    b'\\' => at += 1,
                    _ if bytes[at..].starts_with(quotes.as_bytes()) => {
                        self.string = None;
                        at += quotes.len() - 1;
                    }
                    _ => {}
                }
                at += 1;
                continue;
            }
            match bytes[at] {
                b'#' => return None,
                b'\\' if line[at + 1..].trim_end().is_empty() => self.goes_on = true,
                b'(' | b'[' | b'{' => self.brackets += 1,
                b')' | b']' | b'}' => self.brackets = self.brackets.saturating_sub(1),
                b'"' | b'\'' => {
                    let all = ["\"\"\"", "'''", "\"", "'"];
                    let is_here = |quotes: &&&str| bytes[at..].starts_with(quotes.as_bytes());
                    if let Some(quotes) = all.iter().find(is_here) {
                        self.string = Some(quotes);
                        at += quotes.len() - 1;
                    }
                }
                b'=' if self.brackets == 0 => {
                    let is_operator = at == 0 || b"=!<>:+-*/%&|^@".contains(&bytes[at - 1]);
                    let rest = line[at + 1..].trim_start_matches([' ', '\t']);
                    let is_magic = rest.strip_prefix('%').is_some_and(|rest| {
                        rest.starts_with(|letter: char| letter.is_alphabetic() || letter == '%')
                    });
                    let is_shell = rest.starts_with('!') && rest.len() > 1;
                    if !is_operator && (is_magic || is_shell) {
                        return Some(line.len() - rest.len());
                    }
                }
                _ => {}
            }
            at += 1;
        }
        if self.string.is_some_and(|quotes| quotes.len() == 1)
            && !line.trim_end_matches('\r').ends_with('\\')
        {
            // It is never closed: an error that ends with its line.
            self.string = None;
        }
        None
    }
}

/// The bytes of the word that a text begins with: letters, digits, `_` and points.
fn word(text: &str) -> usize {
    let is_letter = |letter: char| letter.is_alphanumeric() || letter == '_' || letter == '.';
    text.len() - text.trim_start_matches(is_letter).len()
}

fn identifier(text: &str) -> usize {
    let is_letter = |letter: char| letter.is_alphanumeric() || letter == '_';
    text.len() - text.trim_start_matches(is_letter).len()
}

fn is_identifier(text: &str) -> bool {
    !text.is_empty()
        && identifier(text) == text.len()
        && !text.starts_with(|letter: char| letter.is_numeric())
}

/// Whether a text is a name with attributes, such as `np.random`.
pub(crate) fn is_path(text: &str) -> bool {
    text.split('.').all(is_identifier)
}

/// The bytes of a prompt of Python's own console.
fn classic(line: &str) -> Option<usize> {
    starts_prompt(line, ">>>").or_else(|| starts_prompt(line, "..."))
}

fn starts_prompt(line: &str, sign: &str) -> Option<usize> {
    let rest = line.strip_prefix(sign)?;
    if rest.starts_with(' ') {
        return Some(sign.len() + 1);
    }
    rest.trim_end_matches('\r').is_empty().then_some(sign.len())
}

/// The bytes of a prompt of `IPython`: `In [3]: ` or `   ...: `.
fn numbered(line: &str) -> Option<usize> {
    if let Some(rest) = line.strip_prefix("In [") {
        let digits = rest.len()
            - rest
                .trim_start_matches(|digit: char| digit.is_ascii_digit())
                .len();
        let is_prompt = digits > 0 && rest[digits..].starts_with("]: ");
        return is_prompt.then_some("In [".len() + digits + "]: ".len());
    }
    let rest = line.trim_start_matches([' ', '\t']);
    let after = rest.trim_start_matches('.');
    let is_prompt = rest.len() - after.len() >= 3 && after.starts_with(':');
    let space = usize::from(after.starts_with(": "));
    is_prompt.then(|| line.len() - after.len() + 1 + space)
}

fn offset(at: usize) -> u32 {
    u32::try_from(at).unwrap_or(u32::MAX)
}
