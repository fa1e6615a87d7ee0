//! Values in Markdown: `{expression}` stands for what the expression is worth.
//!
//! Braces in code, in formulas and behind a backslash are text, as is everything that is no Python
//! expression or reads no name.

use protocol::Piece;
use ruff_python_ast::{Expr, InterpolatedStringElement, ModModule, PySourceType, Stmt};
use ruff_text_size::Ranged;

use super::{Analysis, depth, python};
use crate::markdown::{Kind, Span, spans};
use crate::notebook::Fingerprint;

/// The longest expression, in bytes.
const LONGEST: usize = 1_000;

/// How many braces of a text are looked at.
const MOST: usize = 2_000;

/// A place in a text where a value goes.
struct Place {
    /// The byte of the opening brace.
    start: usize,
    /// The byte after the closing one.
    end: usize,
    /// Where the expression itself begins.
    inner: usize,
    expression: String,
    conversion: String,
    spec: String,
}

/// Analyses the source of a Markdown cell; `None` if there are no values in it.
#[must_use]
pub fn markdown(source: &str) -> Option<Analysis> {
    let places = places(source);
    if places.is_empty() {
        return None;
    }
    let mut analysis = Analysis {
        meaning: Fingerprint::of(source),
        ..Analysis::default()
    };
    for place in places {
        let found = python(&place.expression);
        let shift = |span: &super::Span| super::Span {
            start: span.start + offset(place.inner),
            end: span.end + offset(place.inner),
        };
        for (name, read) in found.references {
            let entry = analysis.references.entry(name).or_default();
            entry.spans.extend(read.spans.iter().map(shift));
        }
        for (name, spans) in found.private_reads {
            let entry = analysis.private_reads.entry(name).or_default();
            entry.extend(spans.iter().map(shift));
        }
    }
    Some(analysis)
}

/// Whether values would be put into a text.
#[must_use]
pub fn has_values(source: &str) -> bool {
    !places(source).is_empty()
}

/// The text in pieces: what stands as it is, and what is worked out.
#[must_use]
pub fn pieces(source: &str) -> Vec<Piece> {
    let mut pieces = Vec::new();
    let (mut end, mut lines) = (0, 1);
    let text = |from: usize, to: usize, pieces: &mut Vec<Piece>| {
        if from < to {
            let text = source[from..to].to_owned();
            pieces.push(Piece::Text { text });
        }
    };
    for place in places(source) {
        text(end, place.start, &mut pieces);
        lines += source[end..place.start].matches('\n').count();
        pieces.push(Piece::Value {
            expression: place.expression,
            conversion: place.conversion,
            spec: place.spec,
            line: offset(lines),
        });
        end = place.end;
    }
    text(end, source.len(), &mut pieces);
    pieces
}

fn offset(at: usize) -> u32 {
    u32::try_from(at).unwrap_or(u32::MAX)
}

fn places(source: &str) -> Vec<Place> {
    let mut found = Vec::new();
    if !source.contains('{') {
        return found;
    }
    let is_text = |span: &Span| matches!(span.kind, Kind::Markup);
    let mut spans = spans(source)
        .into_iter()
        .filter(|span| !is_text(span))
        .peekable();
    let mut tries = MOST;
    let mut at = 0;
    while let Some(rest) = source.get(at..).filter(|rest| !rest.is_empty()) {
        while spans.next_if(|span| span.range.end <= at).is_some() {}
        if let Some(span) = spans.next_if(|span| span.range.start <= at) {
            at = span.range.end;
            continue;
        }
        let first = rest.chars().next().unwrap_or(' ');
        match first {
            '\\' => at += 1 + escaped(&rest[1..]),
            // As in x^{2} and x_{n}, which people write without dollars too.
            '^' | '_' if rest[1..].starts_with('{') => at += 2,
            '{' if tries == 0 => at += 1,
            '{' => match value(rest, &mut tries) {
                Some(mut place) => {
                    place.start = at;
                    place.inner += at;
                    at += place.end;
                    place.end = at;
                    found.push(place);
                }
                None => at += 1,
            },
            _ => at += first.len_utf8(),
        }
    }
    found
}

/// The bytes of what a backslash escapes: one letter, or a command of TeX with its brace.
fn escaped(rest: &str) -> usize {
    let word = rest.len()
        - rest
            .trim_start_matches(|letter: char| letter.is_ascii_alphabetic())
            .len();
    if word > 0 && rest[word..].starts_with('{') {
        return word + 1;
    }
    rest.chars().next().map_or(0, char::len_utf8)
}

/// The value that begins with this brace; places are counted from it.
fn value(rest: &str, tries: &mut usize) -> Option<Place> {
    let rest = head(rest, LONGEST);
    let line = rest.split('\n').next().unwrap_or(rest);
    *tries = tries.saturating_sub(1);
    // The first closing brace with which it is an expression: braces can be in it too.
    let closing = line.match_indices('}').map(|(at, _)| at);
    for close in closing.take(8) {
        let inner = &line[1..close];
        if let Some(place) = parse(inner) {
            return Some(Place {
                end: close + 1,
                ..place
            });
        }
    }
    None
}

/// The first bytes of a text, to the end of a letter.
fn head(text: &str, most: usize) -> &str {
    let end = (0..=most.min(text.len()))
        .rev()
        .find(|at| text.is_char_boundary(*at));
    &text[..end.unwrap_or(0)]
}

/// Reads what stands between the braces as an f-string would.
fn parse(inner: &str) -> Option<Place> {
    const BEFORE: &str = "f'''{";
    let text = format!("{BEFORE}{inner}}}'''");
    if depth::refusal(&text).is_some() {
        return None;
    }
    let parsed = ruff_python_parser::parse_unchecked_source(&text, PySourceType::Python);
    if !parsed.errors().is_empty() || inner.contains("'''") {
        return None;
    }
    let ModModule { body, .. } = parsed.syntax();
    let [Stmt::Expr(statement)] = body.as_slice() else {
        return None;
    };
    let Expr::FString(string) = &*statement.value else {
        return None;
    };
    let mut elements = string.value.elements();
    let (Some(InterpolatedStringElement::Interpolation(found)), None) =
        (elements.next(), elements.next())
    else {
        return None;
    };
    if found.debug_text.is_some() {
        return None;
    }
    let range = found.expression.range();
    let expression = text.get(range.start().to_usize()..range.end().to_usize())?;
    let analysis = python(expression);
    if analysis.references.is_empty() || analysis.syntax_error.is_some() {
        return None;
    }
    let mut spec = String::new();
    for part in found.format_spec.iter().flat_map(|spec| &spec.elements) {
        spec.push_str(&part.as_literal()?.value);
    }
    Some(Place {
        start: 0,
        end: 0,
        inner: range.start().to_usize() - BEFORE.len() + 1,
        expression: expression.to_owned(),
        conversion: found
            .conversion
            .to_char()
            .map(String::from)
            .unwrap_or_default(),
        spec,
    })
}
