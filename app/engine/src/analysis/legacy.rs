//! Statements of Python 2, of which the error says what `CPython` itself says.

use super::{Span, SyntaxError};

/// What is wrong at a place, if a `print` or `exec` without brackets stands before it.
pub(super) fn statement(source: &str, error: Span) -> Option<SyntaxError> {
    let before = source.get(..error.start as usize)?;
    let line = before.rfind('\n').map_or(0, |at| at + 1);
    let head = before[line..].trim_end();
    let word = ["print", "exec"].into_iter().find(|word| {
        head.strip_suffix(word).is_some_and(|rest| {
            !rest.ends_with(|letter: char| {
                letter == '_' || letter == '.' || letter.is_alphanumeric()
            })
        })
    })?;
    let end = source[error.start as usize..].find('\n');
    let end = end.map_or(source.len(), |at| error.start as usize + at);
    Some(SyntaxError {
        message: format!("Missing parentheses in call to '{word}'. Did you mean {word}(...)?"),
        span: Span {
            start: u32::try_from(line + head.len() - word.len()).unwrap_or(u32::MAX),
            end: u32::try_from(end).unwrap_or(u32::MAX),
        },
    })
}
