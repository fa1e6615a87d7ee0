//! Addresses that stand in a text as they are, which GitHub makes links of (the extension "autolinks"
//! of its Markdown).

/// What an address begins with.
const BEGINS: [&str; 3] = ["https://", "http://", "www."];

/// The text in pieces: each with whether it is an address.
pub fn pieces(text: &str) -> Vec<(&str, bool)> {
    let mut pieces = Vec::new();
    let mut done = 0;
    let mut at = 0;
    while let Some(rest) = text.get(at..).filter(|rest| !rest.is_empty()) {
        let Some(found) = rest.find(['h', 'w']) else {
            break;
        };
        let start = at + found;
        at = start + 1;
        let before = text
            .get(..start)
            .and_then(|before| before.chars().next_back());
        if before.is_some_and(|letter| letter.is_alphanumeric() || "/.-@".contains(letter)) {
            continue;
        }
        let rest = text.get(start..).unwrap_or_default();
        let Some(begin) = BEGINS.into_iter().find(|begin| rest.starts_with(begin)) else {
            continue;
        };
        // Before its end is looked for, which may be far: what has no host is no address.
        let inside = rest.get(begin.len()..).unwrap_or_default();
        let is_end = |letter: char| ends(letter) || "/?#:".contains(letter);
        let host = inside.split(is_end).next().unwrap_or_default();
        let is_host = !host.is_empty() && (begin != "www." || host.contains('.'));
        let length = if is_host { length(rest) } else { 0 };
        if length <= begin.len() {
            at += host.len();
            continue;
        }
        pieces.push((text.get(done..start).unwrap_or_default(), false));
        pieces.push((rest.get(..length).unwrap_or_default(), true));
        done = start + length;
        at = done;
    }
    pieces.push((text.get(done..).unwrap_or_default(), false));
    pieces.retain(|(piece, _)| !piece.is_empty());
    pieces
}

/// Whether an address ends before this letter.
fn ends(letter: char) -> bool {
    letter.is_whitespace() || letter == '<' || super::write::is_mark(letter)
}

/// The bytes of the address that a text begins with: without what ends a sentence, and without a
/// bracket that was opened before it.
fn length(text: &str) -> usize {
    let mut length = text.find(ends).unwrap_or(text.len());
    let (mut open, mut closed) = (0_usize, 0_usize);
    for byte in text.bytes().take(length) {
        open += usize::from(byte == b'(');
        closed += usize::from(byte == b')');
    }
    while let Some(last) = text.as_bytes().get(length.wrapping_sub(1)) {
        match last {
            b'?' | b'!' | b'.' | b',' | b':' | b'*' | b'_' | b'~' | b'"' | b'\'' | b';' => {}
            b')' if closed > open => closed -= 1,
            _ => break,
        }
        length -= 1;
    }
    length
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, expected: &[&str]) {
        let found = pieces(text)
            .into_iter()
            .filter(|(_, is_address)| *is_address);
        let found: Vec<&str> = found.map(|(piece, _)| piece).collect();
        assert_eq!(found, expected);
    }

    #[test]
    fn addresses_end_before_the_end_of_a_sentence() {
        check("see https://a.b/c_d?e=f#g.", &["https://a.b/c_d?e=f#g"]);
        check(
            "(https://a.b/c) and (https://a.b/c(d))",
            &["https://a.b/c", "https://a.b/c(d)"],
        );
        check(
            "www.a.b, http://localhost:8000",
            &["www.a.b", "http://localhost:8000"],
        );
        check("https:// www. xhttp://a.b h w", &[]);
        check("é https://a.b/é", &["https://a.b/é"]);
    }
}
