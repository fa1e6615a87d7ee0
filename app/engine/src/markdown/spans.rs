//! Which parts of a text are no prose: code, HTML, the addresses of links, and formulas: `$a$`,
//! `$$a$$`, `\(a\)`, `\[a\]`, and the environments of LaTeX that stand for themselves.
//!
//! Code goes by the parser, formulas by one walk over what it leaves. The walk never goes back: where a
//! formula could end is looked up in lists that are made once, so that it is linear too.

use std::collections::BTreeMap;
use std::ops::Range;

use pulldown_cmark::{Event, LinkType, Options, Parser, Tag, TagEnd};

use super::Formula;

/// No further than this many bytes is a formula's end looked for.
const FAR: usize = 10_000;
/// The environments that are formulas without any delimiters.
const ENVIRONMENTS: [&str; 9] = [
    "equation",
    "equation*",
    "align",
    "align*",
    "alignat",
    "alignat*",
    "gather",
    "gather*",
    "CD",
];

/// A part of a text that is no prose.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Span {
    /// Its bytes.
    pub range: Range<usize>,
    /// What it is.
    pub kind: Kind,
}

/// What a part of a text is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Kind {
    /// Code, in a line or in lines of its own.
    Code,
    /// HTML, or the address of a link.
    Markup,
    /// A formula.
    Formula {
        /// The formula.
        formula: Formula,
        /// Whether it has its lines for itself.
        is_block: bool,
    },
}

/// What is read beside `CommonMark`.
pub(super) fn options() -> Options {
    Options::ENABLE_TABLES
        | Options::ENABLE_STRIKETHROUGH
        | Options::ENABLE_TASKLISTS
        | Options::ENABLE_FOOTNOTES
}

/// The parts of a text that are no prose, in order; none overlaps another.
#[must_use]
pub fn spans(text: &str) -> Vec<Span> {
    let (masks, tables) = masks(text);
    Walk::new(text, masks, tables).walk()
}

/// The code and markup of a text, and its tables, by the parser.
fn masks(text: &str) -> (Vec<Span>, Vec<Range<usize>>) {
    let mut masks: Vec<Span> = Vec::new();
    let mut tables = Vec::new();
    // The links that are open, and where what they show ends.
    let mut links: Vec<usize> = Vec::new();
    for (event, range) in Parser::new_ext(text, options()).into_offset_iter() {
        let kind = match &event {
            Event::Start(Tag::CodeBlock(_)) | Event::Code(_) => Some(Kind::Code),
            Event::Html(_) | Event::InlineHtml(_) => Some(Kind::Markup),
            Event::Start(Tag::Link { link_type, .. }) => {
                links.push(range.start);
                let is_bare = matches!(link_type, LinkType::Autolink | LinkType::Email);
                is_bare.then_some(Kind::Markup)
            }
            _ => None,
        };
        match &event {
            Event::Start(Tag::Table(_)) => tables.push(range.clone()),
            Event::End(TagEnd::Link) => {
                let shown = links.pop().unwrap_or(range.end).max(range.start);
                masks.push(Span {
                    range: shown..range.end,
                    kind: Kind::Markup,
                });
                continue;
            }
            _ => {}
        }
        if !matches!(event, Event::Start(_)) {
            links.fill(range.end);
        }
        // A block of HTML comes line by line.
        if let Some(last) = masks.last_mut()
            && matches!(event, Event::Html(_))
            && last.kind == Kind::Markup
            && last.range.end == range.start
        {
            last.range.end = range.end;
            continue;
        }
        masks.extend(kind.map(|kind| Span { range, kind }));
    }
    masks.sort_by_key(|mask| mask.range.start);
    (masks, tables)
}

/// Where formulas can end, and what they may not go over; each list in order.
#[derive(Default)]
struct Ends {
    dollars: Vec<usize>,
    /// Two dollars.
    pairs: Vec<usize>,
    /// `\)`.
    round: Vec<usize>,
    /// `\]`.
    square: Vec<usize>,
    /// Breaks before blank lines.
    blank: Vec<usize>,
}

impl Ends {
    /// Those of a text outside of its code, its HTML and the addresses of its links.
    fn of(text: &str, masks: &[Span]) -> Self {
        let bytes = text.as_bytes();
        let mut ends = Self::default();
        let mut at = 0;
        let mut line_is_blank = None;
        let mut masks = masks.iter().peekable();
        while let Some(byte) = bytes.get(at) {
            while masks.next_if(|mask| mask.range.end <= at).is_some() {}
            if *byte != b'\n' && masks.peek().is_some_and(|mask| mask.range.start <= at) {
                line_is_blank = line_is_blank.filter(|_| matches!(byte, b' ' | b'\t'));
                at += 1;
                continue;
            }
            match byte {
                b'\n' => {
                    ends.blank.extend(line_is_blank);
                    line_is_blank = Some(at);
                }
                b' ' | b'\t' => {}
                _ => line_is_blank = None,
            }
            match byte {
                b'\\' => {
                    match bytes.get(at + 1) {
                        Some(b')') => ends.round.push(at),
                        Some(b']') => ends.square.push(at),
                        Some(b'\n') => {
                            // The break counts by itself.
                            at += 1;
                            continue;
                        }
                        _ => {}
                    }
                    at += 1;
                }
                b'$' => {
                    ends.dollars.push(at);
                    if bytes.get(at + 1) == Some(&b'$') {
                        ends.pairs.push(at);
                    }
                }
                _ => {}
            }
            at += 1;
        }
        ends
    }
}

/// The first of these places from `at` on, if it is not far.
fn next(places: &[usize], at: usize) -> Option<usize> {
    let found = *places.get(places.partition_point(|place| *place < at))?;
    (found - at < FAR).then_some(found)
}

struct Walk<'a> {
    text: &'a str,
    masks: Vec<Span>,
    tables: Vec<Range<usize>>,
    ends: Ends,
    /// Where each environment ends next, as far as it was looked for; `None` if it does not.
    environments: BTreeMap<&'static str, Option<usize>>,
    /// How many masks lie behind.
    mask: usize,
    found: Vec<Span>,
}

impl<'a> Walk<'a> {
    fn new(text: &'a str, masks: Vec<Span>, tables: Vec<Range<usize>>) -> Self {
        Self {
            text,
            ends: Ends::of(text, &masks),
            masks,
            tables,
            environments: BTreeMap::new(),
            mask: 0,
            found: Vec::new(),
        }
    }

    fn walk(mut self) -> Vec<Span> {
        let bytes = self.text.as_bytes();
        let mut at = 0;
        while at < bytes.len() {
            while self
                .masks
                .get(self.mask)
                .is_some_and(|mask| mask.range.end <= at)
            {
                self.mask += 1;
            }
            if let Some(mask) = self.masks.get(self.mask)
                && mask.range.start <= at
            {
                let range = at..mask.range.end;
                at = range.end;
                let kind = mask.kind.clone();
                self.found.push(Span { range, kind });
                continue;
            }
            let formula = match bytes.get(at) {
                Some(b'$') => self.dollar(at),
                Some(b'\\') => self.backslash(at),
                _ => None,
            };
            if let Some((end, mut formula)) = formula {
                let is_block = self.has_lines(at, end, &formula);
                formula.tex = self.unquoted(at, &formula.tex);
                let kind = Kind::Formula { formula, is_block };
                self.found.push(Span {
                    range: at..end,
                    kind,
                });
                at = end;
                continue;
            }
            at += match bytes.get(at) {
                Some(b'\\') => 2,
                Some(b'$') if self.rest(at).starts_with("$$") => 2,
                _ => 1,
            };
        }
        self.found
    }

    fn slice(&self, range: Range<usize>) -> &'a str {
        self.text.get(range).unwrap_or_default()
    }

    /// The text from a place on.
    fn rest(&self, at: usize) -> &'a str {
        self.slice(at..self.text.len())
    }

    fn formula(&self, range: Range<usize>, tex: &str, display: bool) -> (usize, Formula) {
        let end = range.end;
        let formula = Formula {
            raw: self.slice(range).to_owned(),
            tex: tex.to_owned(),
            display,
        };
        (end, formula)
    }

    fn dollar(&self, at: usize) -> Option<(usize, Formula)> {
        if self.rest(at).starts_with("$$") {
            return self.delimited(at, &self.ends.pairs, true);
        }
        // GitHub's own way has backticks inside of the dollars; others belong to code.
        if let Some(mask) = self.masks.get(self.mask)
            && mask.range.start == at + 1
            && mask.kind == Kind::Code
        {
            let code = self.slice(mask.range.clone());
            let tex = code.strip_prefix('`')?.strip_suffix('`')?;
            let closes = self.rest(mask.range.end).starts_with('$');
            let is_one = !tex.is_empty() && !tex.contains('`');
            return (closes && is_one).then(|| self.formula(at..mask.range.end + 1, tex, false));
        }
        // The rule of pandoc, so that prices stay prices: there is no space inside of the dollars, and
        // no digit after them.
        let end = next(&self.ends.dollars, at + 1)?;
        let tex = self.slice(at + 1..end);
        let after = self.rest(end + 1).chars().next();
        let is_price = tex.starts_with(char::is_whitespace)
            || tex.ends_with(char::is_whitespace)
            || after.is_some_and(|after| after.is_ascii_digit());
        let is_none = tex.is_empty()
            || is_price
            || tex.contains('`')
            || self.is_blank_within(at + 1, end)
            || !self.fits_table(at, end + 1);
        (!is_none).then(|| self.formula(at..end + 1, tex, false))
    }

    fn backslash(&mut self, at: usize) -> Option<(usize, Formula)> {
        match self.text.as_bytes().get(at + 1)? {
            b'(' => self.delimited(at, &self.ends.round, false),
            b'[' => self.delimited(at, &self.ends.square, true),
            b'b' => self.environment(at),
            _ => None,
        }
    }

    /// A formula between two delimiters of two bytes.
    fn delimited(&self, at: usize, closings: &[usize], display: bool) -> Option<(usize, Formula)> {
        let end = next(closings, at + 2)?;
        let tex = self.slice(at + 2..end);
        let first_line = tex.split('\n').next().unwrap_or_default();
        let is_apart = display
            && tex.contains('\n')
            && first_line.trim().is_empty()
            && self.prefix(at).is_some();
        if tex.trim().is_empty() || (!is_apart && self.is_blank_within(at + 2, end)) {
            return None;
        }
        // A link whose brackets are escaped is no formula.
        let after = self.rest(end + 2);
        if self.slice(at..at + 2) == "\\[" && after.starts_with(['[', '(', ':']) {
            return None;
        }
        if !self.fits_table(at, end + 2) {
            return None;
        }
        Some(self.formula(at..end + 2, tex, display))
    }

    fn environment(&mut self, at: usize) -> Option<(usize, Formula)> {
        self.prefix(at)?;
        let rest = self.rest(at);
        let name = rest.strip_prefix("\\begin{")?;
        let name = ENVIRONMENTS.into_iter().find(|known| {
            name.strip_prefix(known)
                .is_some_and(|rest| rest.starts_with('}'))
        })?;
        let closing = format!("\\end{{{name}}}");
        let known = self.environments.get(name).copied();
        let end = match known {
            Some(end) if end.is_none_or(|end| end >= at) => end,
            _ => {
                let end = rest.find(&closing).map(|end| at + end);
                self.environments.insert(name, end);
                end
            }
        };
        let end = end.filter(|end| end - at < FAR)? + closing.len();
        let raw = self.slice(at..end);
        let is_whole = self.rest_of_line(end).trim().is_empty();
        is_whole.then(|| self.formula(at..end, raw, true))
    }

    fn is_blank_within(&self, from: usize, to: usize) -> bool {
        next(&self.ends.blank, from).is_some_and(|blank| blank < to)
    }

    /// In a table a formula stays in its line, and one with a bar has an end that can be told from that
    /// of a price.
    fn fits_table(&self, from: usize, to: usize) -> bool {
        let behind = self.tables.partition_point(|table| table.end <= from);
        if self
            .tables
            .get(behind)
            .is_none_or(|table| table.start > from)
        {
            return true;
        }
        let text = self.slice(from..to);
        let before = self.slice(0..from).chars().next_back();
        let after = self.rest(to).chars().next();
        let opens = before.is_none_or(|letter| letter.is_whitespace() || "|([".contains(letter));
        let closes =
            after.is_none_or(|letter| letter.is_whitespace() || "|.,;:)]".contains(letter));
        !text.contains('\n') && (!text.contains('|') || (opens && closes))
    }

    /// Whether a formula has its lines for itself.
    fn has_lines(&self, at: usize, end: usize, formula: &Formula) -> bool {
        formula.display && self.prefix(at).is_some() && self.rest_of_line(end).trim().is_empty()
    }

    fn rest_of_line(&self, at: usize) -> &'a str {
        let rest = self.rest(at);
        // Longer than any formula has after it, and not to the end of a text that is one line.
        let near = rest
            .as_bytes()
            .iter()
            .take(80)
            .position(|byte| *byte == b'\n');
        let end = near.unwrap_or(rest.len().min(80));
        rest.get(..end).unwrap_or("x")
    }

    /// What stands before a place in its line, if that is only the marks of quotes and spaces.
    fn prefix(&self, at: usize) -> Option<&'a str> {
        let before = self.slice(0..at);
        let prefix = before.len()
            - before
                .bytes()
                .rev()
                .take_while(|byte| matches!(byte, b' ' | b'\t' | b'>'))
                .count();
        let starts = prefix == 0 || before.as_bytes().get(prefix - 1) == Some(&b'\n');
        starts.then(|| self.slice(prefix..at))
    }

    /// The TeX of a formula without the marks of the quotes that it stands in.
    fn unquoted(&self, at: usize, tex: &str) -> String {
        let prefix = self.prefix(at).unwrap_or_default();
        let depth = prefix.matches('>').count();
        let mut lines = tex.split('\n');
        let mut unquoted = lines.next().unwrap_or_default().to_owned();
        for mut line in lines {
            for _ in 0..depth {
                let rest = line.trim_start().strip_prefix('>').unwrap_or(line);
                line = rest.strip_prefix(' ').unwrap_or(rest);
            }
            unquoted.push('\n');
            unquoted.push_str(line);
        }
        unquoted.trim().to_owned()
    }
}
