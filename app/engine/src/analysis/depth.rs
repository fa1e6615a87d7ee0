//! Refuses code that is nested so deeply that a recursive parser or walk would run out of stack.
//!
//! The check reads bytes, not syntax; it leaves out comments and strings, but for those with
//! expressions inside (`f"…"`, `t"…"`), which can be nested too. `CPython` itself refuses 200 open
//! brackets and 100 indents.

use super::Span;

/// Open brackets at once.
const BRACKETS: u32 = 150;
/// Operators, dots and prefix words in one expression, where each may be one level of a tree.
const CHAIN: u32 = 600;
/// Columns of indentation.
const INDENT: u32 = 800;

/// Where the source is nested too deeply, if it is.
pub(super) fn too_deep(source: &str) -> Option<Span> {
    let (mut brackets, mut chain, mut indent) = (0_u32, 0_u32, 0_u32);
    let mut at_start = true;
    let bytes = source.as_bytes();
    let mut at = 0;
    while let Some(byte) = bytes.get(at).copied() {
        let length = passive(bytes, at);
        if length > 0 {
            at += length;
            at_start = false;
            continue;
        }
        at += 1;
        match byte {
            b'(' | b'[' | b'{' => {
                brackets += 1;
                chain += 1;
            }
            b')' | b']' | b'}' => brackets = brackets.saturating_sub(1),
            b'\n' => {
                at_start = true;
                indent = 0;
                // A line break ends an expression unless it is inside brackets.
                if brackets == 0 {
                    chain = 0;
                }
                continue;
            }
            b',' | b';' => chain = 0,
            b' ' | b'\t' if at_start => indent += 1,
            b'+' | b'-' | b'*' | b'/' | b'%' | b'@' | b'&' | b'|' | b'^' | b'~' | b'.' | b'<'
            | b'>' | b'=' | b':' => chain += 1,
            b' ' => chain += u32::from(is_prefix_word(&bytes[..at - 1])),
            _ => {}
        }
        at_start &= matches!(byte, b' ' | b'\t');
        if brackets > BRACKETS || chain > CHAIN || indent > INDENT {
            let start = u32::try_from(at - 1).unwrap_or(u32::MAX);
            return Some(Span {
                start,
                end: start.saturating_add(1),
            });
        }
    }
    None
}

/// The length of a comment, or of a string without expressions, that begins here; else 0.
fn passive(bytes: &[u8], at: usize) -> usize {
    let rest = &bytes[at..];
    let quote = match rest.first() {
        Some(b'#') => {
            return rest
                .iter()
                .position(|byte| *byte == b'\n')
                .unwrap_or(rest.len());
        }
        Some(quote @ (b'"' | b'\'')) => *quote,
        _ => return 0,
    };
    let prefix = bytes[..at]
        .iter()
        .rev()
        .take_while(|byte| byte.is_ascii_alphabetic());
    if prefix.take(3).any(|byte| b"fFtT".contains(byte)) {
        return 0;
    }
    let is_long = rest.get(1) == Some(&quote) && rest.get(2) == Some(&quote);
    let width = if is_long { 3 } else { 1 };
    let mut end = width;
    while end < rest.len() {
        match rest[end] {
            b'\\' => end += 2,
            b'\n' if !is_long => return end,
            byte if byte == quote && (!is_long || rest[end..].starts_with(&[quote; 3])) => {
                return end + width;
            }
            _ => end += 1,
        }
    }
    rest.len()
}

fn is_prefix_word(before: &[u8]) -> bool {
    [
        &b"not"[..],
        b"await",
        b"lambda",
        b"if",
        b"else",
        b"and",
        b"or",
        b"in",
        b"is",
    ]
    .iter()
    .any(|word| before.ends_with(word))
}
