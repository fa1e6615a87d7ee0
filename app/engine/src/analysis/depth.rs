//! Refuses code that is nested so deeply that a recursive parser or walk would run out of stack.
//!
//! The check reads bytes, not syntax: it may count what stands in a string, so the limits are
//! far above what people write. `CPython` itself refuses 200 open brackets and 100 indents.

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
    for (at, byte) in source.bytes().enumerate() {
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
            b' ' => chain += u32::from(is_prefix_word(&source.as_bytes()[..at])),
            _ => {}
        }
        at_start &= matches!(byte, b' ' | b'\t');
        if brackets > BRACKETS || chain > CHAIN || indent > INDENT {
            let start = u32::try_from(at).unwrap_or(u32::MAX);
            return Some(Span {
                start,
                end: start.saturating_add(1),
            });
        }
    }
    None
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
