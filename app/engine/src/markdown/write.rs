//! Writes a text as HTML. Formulas are taken out before the parser sees the text, and a mark that no
//! text can have stands for each, so that what is in them is never read as Markdown.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt::Write;

use pulldown_cmark::{
    Alignment, CodeBlockKind, CowStr, Event, HeadingLevel, LinkType, Parser, Tag, TagEnd,
};

use super::spans::{Kind, options, spans};
use super::{Formula, Place, Written, links, place};

/// Around the number of a formula. These two are no characters: no text may have them.
const OPEN: char = '\u{fdd0}';
const CLOSE: char = '\u{fdd1}';

/// Elements in elements: the browser needs ever longer for them, and nobody reads such a text.
const DEEPEST: usize = 100;
const LONGEST_TITLE: usize = 400;
/// What Markdown itself takes for blank; other spaces are somebody's layout.
const BLANK: [char; 3] = [' ', '\t', '\n'];

/// Whether a letter is one of those that stand for a formula.
pub fn is_mark(letter: char) -> bool {
    letter == OPEN || letter == CLOSE
}

/// Markdown as HTML that is not harmless yet. `key` is in the places, and nothing that a text could
/// know. What is nested too deeply is shown as it was written.
#[must_use]
pub fn markdown(text: &str, key: &str) -> Written {
    let cleaned = text.replace(is_mark, "\u{fffd}");
    let (marked, formulas) = take_out(&cleaned);
    let events = read(&marked);
    let mut depth = 0_usize;
    let is_deep = events.iter().any(|event| {
        match event {
            Event::Start(_) => depth += 1,
            Event::End(_) => depth = depth.saturating_sub(1),
            _ => {}
        }
        depth > DEEPEST
    });
    if is_deep {
        return Written {
            html: format!("<pre>{}</pre>", escape(text)),
            places: Vec::new(),
        };
    }
    let mut writer = Writer::new(&formulas, key, &events);
    writer.write_all(&events);
    writer.write_notes();
    Written {
        html: writer.html,
        places: writer.places,
    }
}

struct Marked {
    formula: Formula,
    is_block: bool,
}

/// The text with marks for its formulas.
fn take_out(text: &str) -> (String, Vec<Marked>) {
    let mut marked = String::with_capacity(text.len());
    let mut formulas = Vec::new();
    let mut done = 0;
    for span in spans(text) {
        let Kind::Formula { formula, is_block } = span.kind else {
            continue;
        };
        marked.push_str(text.get(done..span.range.start).unwrap_or_default());
        // At the begin of a line it ends whatever goes on there.
        let is_apart = is_block && (marked.is_empty() || marked.ends_with('\n'));
        if is_apart && !marked.is_empty() {
            marked.push('\n');
        }
        // Writing to a text cannot fail.
        let _ = write!(marked, "{OPEN}{}{CLOSE}", formulas.len());
        if is_apart {
            marked.push_str("\n\n");
        }
        formulas.push(Marked { formula, is_block });
        done = span.range.end;
    }
    marked.push_str(text.get(done..).unwrap_or_default());
    (marked, formulas)
}

/// The events of a text; texts that follow each other are one, and so are lines of HTML.
fn read(marked: &str) -> Vec<Event<'_>> {
    let mut events: Vec<Event<'_>> = Vec::new();
    let (mut text, mut html) = (String::new(), String::new());
    for event in Parser::new_ext(marked, options()) {
        match event {
            Event::Text(piece) => text.push_str(&piece),
            Event::Html(line) => html.push_str(&line),
            event => {
                events.extend(taken(&mut text).map(Event::Text));
                events.extend(taken(&mut html).map(Event::Html));
                events.push(event);
            }
        }
    }
    // Nothing is left: every text and every line stands in a block, whose end comes after it.
    events
}

fn taken<'a>(text: &mut String) -> Option<CowStr<'a>> {
    (!text.is_empty()).then(|| std::mem::take(text).into())
}

/// What is being written.
struct Writer<'a> {
    formulas: &'a [Marked],
    key: &'a str,
    html: String,
    places: Vec<Place>,
    /// The events of each footnote, by its name in lower case.
    notes: BTreeMap<String, &'a [Event<'a>]>,
    /// What is said of each, once somebody refers to it.
    titles: BTreeMap<String, String>,
    /// The notes that were referred to, in this order.
    order: Vec<String>,
    numbers: BTreeMap<String, usize>,
    alignments: Vec<Alignment>,
    column: usize,
    is_head: bool,
    has_body: bool,
    /// Where the paragraph that is open began.
    paragraph: Option<usize>,
    /// How many elements are open in it.
    inside: usize,
    /// How many links are open.
    links: usize,
}

impl<'a> Writer<'a> {
    fn new(formulas: &'a [Marked], key: &'a str, events: &'a [Event<'a>]) -> Self {
        Self {
            formulas,
            key,
            html: String::new(),
            places: Vec::new(),
            notes: notes(events),
            titles: BTreeMap::new(),
            order: Vec::new(),
            numbers: BTreeMap::new(),
            alignments: Vec::new(),
            column: 0,
            is_head: false,
            has_body: false,
            paragraph: None,
            inside: 0,
            links: 0,
        }
    }

    fn write_all(&mut self, events: &'a [Event<'a>]) {
        let mut at = 0;
        while let Some(event) = events.get(at) {
            let rest = events.get(at + 1..).unwrap_or_default();
            at += 1 + self.write(event, rest);
        }
    }

    /// Writes an event; returns how many of those that follow were written with it.
    fn write(&mut self, event: &Event<'a>, rest: &'a [Event<'a>]) -> usize {
        match event {
            Event::Start(Tag::CodeBlock(kind)) => {
                let end = end_of(rest);
                self.code(kind, rest.get(..end).unwrap_or_default());
                return end + 1;
            }
            Event::Start(Tag::Image {
                dest_url, title, ..
            }) => {
                let end = end_of(rest);
                let alt = self.plain(rest.get(..end).unwrap_or_default());
                self.image(dest_url, title, &alt);
                return end + 1;
            }
            // Written where somebody refers to it.
            Event::Start(Tag::FootnoteDefinition(_)) => return end_of(rest) + 1,
            Event::Start(tag) => self.start(tag, rest),
            Event::End(tag) => self.end(*tag),
            Event::Text(text) => self.text(text),
            Event::Code(code) => {
                let code = escape(&self.raw(code)).into_owned();
                let _ = write!(self.html, "<code>{code}</code>");
            }
            Event::Html(html) | Event::InlineHtml(html) => {
                let html = self.raw(html).into_owned();
                self.html.push_str(&html);
            }
            Event::InlineMath(tex) | Event::DisplayMath(tex) => self.text(tex),
            Event::FootnoteReference(name) => self.reference(name),
            Event::SoftBreak => self.html.push('\n'),
            Event::HardBreak => self.html.push_str("<br>\n"),
            Event::Rule => self.html.push_str("<hr>\n"),
            Event::TaskListMarker(done) => {
                self.put(Place::Task { done: *done });
                self.html.push(' ');
            }
        }
        0
    }

    fn start(&mut self, tag: &Tag<'a>, rest: &[Event<'a>]) {
        self.inside += usize::from(is_inline(tag.to_end()));
        match tag {
            Tag::Paragraph => {
                self.html.push_str("<p>");
                self.paragraph = Some(self.html.len());
            }
            Tag::Heading { level, .. } => {
                let _ = write!(self.html, "<h{}>", number(*level));
            }
            Tag::BlockQuote(_) => self.html.push_str("<blockquote>\n"),
            Tag::List(None) => self.html.push_str("<ul>\n"),
            Tag::List(Some(1)) => self.html.push_str("<ol>\n"),
            Tag::List(Some(first)) => {
                let _ = writeln!(self.html, "<ol start=\"{first}\">");
            }
            Tag::Item => {
                let is_task = matches!(
                    rest,
                    [Event::TaskListMarker(_), ..]
                        | [Event::Start(Tag::Paragraph), Event::TaskListMarker(_), ..]
                );
                let item = if is_task {
                    "<li class=\"task-list-item\">"
                } else {
                    "<li>"
                };
                self.html.push_str(item);
            }
            Tag::Table(alignments) => {
                self.alignments.clone_from(alignments);
                self.has_body = false;
                // A table that is too wide moves in a box of its own.
                self.html.push_str("<div class=\"scroll\"><table>\n");
            }
            Tag::TableHead => {
                (self.is_head, self.column) = (true, 0);
                self.html.push_str("<thead>\n<tr>\n");
            }
            Tag::TableRow => {
                if !std::mem::replace(&mut self.has_body, true) {
                    self.html.push_str("<tbody>");
                }
                self.column = 0;
                self.html.push_str("<tr>\n");
            }
            Tag::TableCell => {
                let name = if self.is_head { "th" } else { "td" };
                let align = match self.alignments.get(self.column) {
                    Some(Alignment::Left) => " align=\"left\"",
                    Some(Alignment::Center) => " align=\"center\"",
                    Some(Alignment::Right) => " align=\"right\"",
                    _ => "",
                };
                let _ = write!(self.html, "<{name}{align}>");
            }
            Tag::Emphasis => self.html.push_str("<em>"),
            Tag::Strong => self.html.push_str("<strong>"),
            Tag::Strikethrough => self.html.push_str("<del>"),
            Tag::Link {
                link_type,
                dest_url,
                title,
                ..
            } => {
                self.links += 1;
                let scheme = if *link_type == LinkType::Email {
                    "mailto:"
                } else {
                    ""
                };
                let address = self.raw(dest_url).into_owned();
                let _ = write!(self.html, "<a href=\"{scheme}{}\"", escape(&address));
                self.title(title);
                self.html.push('>');
            }
            _ => {}
        }
    }

    fn end(&mut self, tag: TagEnd) {
        self.inside -= usize::from(is_inline(tag)).min(self.inside);
        let text = match tag {
            TagEnd::Paragraph => return self.end_paragraph(),
            TagEnd::Heading(level) => {
                let _ = writeln!(self.html, "</h{}>", number(level));
                return;
            }
            TagEnd::BlockQuote(_) => "</blockquote>\n",
            TagEnd::List(false) => "</ul>\n",
            TagEnd::List(true) => "</ol>\n",
            TagEnd::Item => "</li>\n",
            TagEnd::Table if self.has_body => "</tbody></table></div>\n",
            TagEnd::Table => "</table></div>\n",
            TagEnd::TableHead => {
                self.is_head = false;
                "</tr>\n</thead>\n"
            }
            TagEnd::TableRow => "</tr>\n",
            TagEnd::TableCell => {
                self.column += 1;
                if self.is_head { "</th>\n" } else { "</td>\n" }
            }
            TagEnd::Emphasis => "</em>",
            TagEnd::Strong => "</strong>",
            TagEnd::Strikethrough => "</del>",
            TagEnd::Link => {
                self.links = self.links.saturating_sub(1);
                "</a>"
            }
            _ => "",
        };
        self.html.push_str(text);
    }

    /// Ends a paragraph; one that has nothing in it was none.
    fn end_paragraph(&mut self) {
        let Some(start) = self.paragraph.take() else {
            return;
        };
        let end = self.html.trim_end_matches(BLANK).len().max(start);
        self.html.truncate(end);
        if end == start {
            self.html.truncate(start - "<p>".len());
        } else {
            self.html.push_str("</p>\n");
        }
    }

    /// Text, with the formulas in it, and with links where it has addresses.
    fn text(&mut self, text: &str) {
        let mut rest = text;
        while let Some((before, number, after)) = split_mark(rest) {
            self.linked(before);
            self.formula(number);
            rest = after;
        }
        self.linked(rest);
    }

    fn linked(&mut self, text: &str) {
        // A break that is left of a paragraph which a formula has ended.
        let begins = self.paragraph == Some(self.html.len());
        let text = if begins {
            text.trim_start_matches(BLANK)
        } else {
            text
        };
        if self.links > 0 {
            self.html.push_str(&escape(text));
            return;
        }
        for (piece, is_address) in links::pieces(text) {
            let piece = escape(piece);
            if is_address {
                let scheme = if piece.starts_with("www.") {
                    "http://"
                } else {
                    ""
                };
                let _ = write!(self.html, "<a href=\"{scheme}{piece}\">{piece}</a>");
            } else {
                self.html.push_str(&piece);
            }
        }
    }

    fn formula(&mut self, number: usize) {
        let Some(marked) = self.formulas.get(number) else {
            return;
        };
        let formula = Place::Formula(marked.formula.clone());
        // Emphasis over a formula with lines of its own is rare: then it stays in its line.
        if marked.is_block && self.paragraph.is_some() && self.inside == 0 {
            self.end_paragraph();
            self.html.push_str("<p>");
            self.put(formula);
            self.html.push_str("</p>\n<p>");
            self.paragraph = Some(self.html.len());
        } else {
            self.put(formula);
        }
    }

    fn put(&mut self, what: Place) {
        let place = place(self.key, self.places.len());
        self.html.push_str(&place);
        self.places.push(what);
    }

    fn code(&mut self, kind: &CodeBlockKind<'_>, inner: &[Event<'_>]) {
        let mut text = String::new();
        for event in inner {
            if let Event::Text(part) = event {
                text.push_str(&self.raw(part));
            }
        }
        let about = match kind {
            CodeBlockKind::Fenced(about) => self.raw(about).into_owned(),
            CodeBlockKind::Indented => String::new(),
        };
        let is_name = |letter: char| letter.is_ascii_alphanumeric() || "_+#-".contains(letter);
        let language = about
            .split(|letter| !is_name(letter))
            .find(|word| !word.is_empty())
            .unwrap_or_default()
            .to_ascii_lowercase();
        if text.ends_with('\n') {
            text.pop();
        }
        if language == "math" {
            self.html.push_str("<p>");
            self.put(Place::Formula(Formula {
                raw: format!("```math\n{text}\n```"),
                tex: text,
                display: true,
            }));
            self.html.push_str("</p>\n");
            return;
        }
        self.html.push_str("<pre><code>");
        self.put(Place::Code { text, language });
        self.html.push_str("\n</code></pre>\n");
    }

    fn image(&mut self, address: &str, title: &str, alt: &str) {
        let address = self.raw(address).into_owned();
        let _ = write!(
            self.html,
            "<img src=\"{}\" alt=\"{}\"",
            escape(&address),
            escape(alt)
        );
        self.title(title);
        self.html.push('>');
    }

    fn title(&mut self, title: &str) {
        if !title.is_empty() {
            let title = self.raw(title).into_owned();
            let _ = write!(self.html, " title=\"{}\"", escape(&title));
        }
    }

    fn reference(&mut self, name: &str) {
        let name = name.to_lowercase();
        let Some(note) = self.notes.get(&name).copied() else {
            return;
        };
        let next = self.order.len() + 1;
        let number = *self.numbers.entry(name.clone()).or_insert(next);
        if number == next {
            self.order.push(name.clone());
        }
        if !self.titles.contains_key(&name) {
            let words = self.plain(note);
            let words: Vec<&str> = words.split_whitespace().collect();
            let mut title = words.join(" ");
            if let Some((at, _)) = title.char_indices().nth(LONGEST_TITLE) {
                title.truncate(at);
                title.push('…');
            }
            self.titles.insert(name.clone(), title);
        }
        let title = self.titles.get(&name).map_or("", String::as_str);
        let _ = write!(
            self.html,
            "<sup class=\"footnote\" title=\"{}\">{number}</sup>",
            escape(title)
        );
    }

    /// The notes that were referred to; one may refer to others.
    fn write_notes(&mut self) {
        let mut at = 0;
        while let Some(name) = self.order.get(at) {
            let head = if at == 0 {
                "<section class=\"footnotes\"><ol>\n<li>"
            } else {
                "<li>"
            };
            let note = self.notes.get(name).copied().unwrap_or_default();
            self.html.push_str(head);
            self.write_all(note);
            self.html.push_str("</li>\n");
            at += 1;
        }
        if at > 0 {
            self.html.push_str("</ol></section>\n");
        }
    }

    /// The words of a text without its marks.
    fn plain(&self, events: &[Event<'_>]) -> String {
        let mut words = String::new();
        for event in events {
            match event {
                Event::Text(text)
                | Event::Code(text)
                | Event::Html(text)
                | Event::InlineHtml(text) => words.push_str(&self.raw(text)),
                Event::SoftBreak | Event::HardBreak | Event::End(TagEnd::Paragraph) => {
                    words.push(' ');
                }
                _ => {}
            }
        }
        words
    }

    /// A text with its formulas as they were written.
    fn raw<'t>(&self, text: &'t str) -> Cow<'t, str> {
        if !text.contains(OPEN) {
            return text.into();
        }
        let mut raw = String::new();
        let mut rest = text;
        while let Some((before, number, after)) = split_mark(rest) {
            raw.push_str(before);
            if let Some(marked) = self.formulas.get(number) {
                raw.push_str(&marked.formula.raw);
            }
            rest = after;
        }
        raw.push_str(rest);
        raw.into()
    }
}

/// Whether an element stands in a line.
fn is_inline(tag: TagEnd) -> bool {
    use TagEnd::{Emphasis, Link, Strikethrough, Strong};
    matches!(tag, Emphasis | Link | Strikethrough | Strong)
}

/// The footnotes of a text; the first of several with one name is meant, as with links.
fn notes<'a>(events: &'a [Event<'a>]) -> BTreeMap<String, &'a [Event<'a>]> {
    let mut notes = BTreeMap::new();
    for (at, event) in events.iter().enumerate() {
        if let Event::Start(Tag::FootnoteDefinition(name)) = event {
            let rest = events.get(at + 1..).unwrap_or_default();
            let note = rest.get(..end_of(rest)).unwrap_or_default();
            notes.entry(name.to_lowercase()).or_insert(note);
        }
    }
    notes
}

/// Where the end is of what has just begun.
fn end_of(events: &[Event<'_>]) -> usize {
    let mut depth = 1_usize;
    let end = events.iter().position(|event| {
        match event {
            Event::Start(_) => depth += 1,
            Event::End(_) => depth -= 1,
            _ => {}
        }
        depth == 0
    });
    end.unwrap_or(events.len())
}

/// The text before the first mark, the number in it, and the text after it.
fn split_mark(text: &str) -> Option<(&str, usize, &str)> {
    let (before, rest) = text.split_once(OPEN)?;
    let (number, after) = rest.split_once(CLOSE)?;
    Some((before, number.parse().ok()?, after))
}

fn number(level: HeadingLevel) -> u8 {
    match level {
        HeadingLevel::H1 => 1,
        HeadingLevel::H2 => 2,
        HeadingLevel::H3 => 3,
        HeadingLevel::H4 => 4,
        HeadingLevel::H5 => 5,
        HeadingLevel::H6 => 6,
    }
}

/// Text for HTML, also inside of quotes.
fn escape(text: &str) -> Cow<'_, str> {
    if !text.contains(['&', '<', '>', '"', '\'']) {
        return text.into();
    }
    let mut escaped = String::with_capacity(text.len() + 16);
    for letter in text.chars() {
        match letter {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            _ => escaped.push(letter),
        }
    }
    escaped.into()
}
