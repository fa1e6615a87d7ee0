//! JSON as Python writes it: with bare `NaN` and `Infinity`, halves of letters and other oddities, which a
//! strict reader refuses and the whole file with them.

use serde_json::Value;

/// As deep as this it is read; what is deeper becomes `null`. The strict reader's own bound is 128.
const DEEPEST: usize = 110;

/// Reads JSON. The error says where the text is none, with all oddities forgiven.
pub(super) fn parse(text: &str) -> Result<Value, serde_json::Error> {
    serde_json::from_str(text).or_else(|_| serde_json::from_str(&strict(text)))
}

/// The text as a strict reader takes it, line by line as before: numbers that are none are `null`, and a
/// half of a letter is U+FFFD.
fn strict(text: &str) -> String {
    let mut to = String::with_capacity(text.len() + 64);
    let (mut at, mut depth) = (0, 0_usize);
    while let Some(rest) = text.get(at..).filter(|rest| !rest.is_empty()) {
        let first = rest.chars().next().unwrap_or(' ');
        let is_kept = depth <= DEEPEST;
        match first {
            '"' => {
                let end = string(rest, if is_kept { Some(&mut to) } else { None });
                at += end;
                continue;
            }
            '[' | '{' => {
                depth += 1;
                if depth <= DEEPEST {
                    to.push(first);
                } else if depth == DEEPEST + 1 {
                    to.push_str("null");
                }
            }
            ']' | '}' => {
                if is_kept {
                    to.push(first);
                }
                depth = depth.saturating_sub(1);
            }
            '-' | '+' | '.' | '0'..='9' | 'A'..='Z' | 'a'..='z' => {
                let is_part =
                    |letter: char| letter.is_ascii_alphanumeric() || "+-.".contains(letter);
                let end = rest.len() - rest.trim_start_matches(is_part).len();
                let word = &rest[..end];
                if is_kept {
                    let is_no_number = matches!(
                        word,
                        "NaN" | "-NaN" | "Infinity" | "-Infinity" | "+Infinity"
                    ) || word
                        .starts_with(['-', '0', '1', '2', '3', '4', '5', '6', '7', '8', '9'])
                        && word.parse::<f64>().is_ok_and(f64::is_infinite);
                    to.push_str(if is_no_number { "null" } else { word });
                }
                at += end;
                continue;
            }
            _ if is_kept || first == '\n' => to.push(first),
            _ => {}
        }
        at += first.len_utf8();
    }
    to
}

/// Copies a string, which the text begins with; returns its bytes in the text.
fn string(text: &str, mut to: Option<&mut String>) -> usize {
    let mut put = |part: &str| {
        if let Some(to) = &mut to {
            to.push_str(part);
        }
    };
    put("\"");
    let mut at = 1;
    while let Some(letter) = text[at..].chars().next() {
        let rest = &text[at..];
        match letter {
            '"' => {
                put("\"");
                return at + 1;
            }
            '\\' => {
                let length = match half(rest) {
                    Some(first) if (0xd800..0xdc00).contains(&first) => {
                        let second = rest.get(6..).and_then(half);
                        if second.is_some_and(|second| (0xdc00..0xe000).contains(&second)) {
                            put(&rest[..12]);
                            at += 12;
                        } else {
                            put("\\ufffd");
                            at += 6;
                        }
                        continue;
                    }
                    Some(0xdc00..0xe000) => {
                        put("\\ufffd");
                        at += 6;
                        continue;
                    }
                    _ => 1 + rest[1..].chars().next().map_or(0, char::len_utf8),
                };
                put(&rest[..length]);
                at += length;
            }
            // A tab or a line's end that nobody wrote as one.
            '\0'..' ' => {
                put(&format!("\\u{:04x}", u32::from(letter)));
                at += 1;
            }
            _ => {
                let end = rest.find(|letter| letter == '"' || letter == '\\' || letter < ' ');
                let end = end.unwrap_or(rest.len());
                put(&rest[..end]);
                at += end;
            }
        }
    }
    at
}

/// The number of a `\uXXXX` that a text begins with.
fn half(text: &str) -> Option<u32> {
    let digits = text.strip_prefix("\\u")?.get(..4)?;
    u32::from_str_radix(digits, 16).ok()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_python_writes_is_read() {
        for (text, expected) in [
            (
                "[NaN, -Infinity, Infinity, 1e999, -1.5, \"NaN\"]",
                json!([null, null, null, null, -1.5, "NaN"]),
            ),
            (
                r#"["\ud83d", "\ude00x", "\ud83d\ude00", "\\ud83d", NaN]"#,
                json!(["\u{fffd}", "\u{fffd}x", "😀", "\\ud83d", null]),
            ),
            ("{\"a\": \"x\ty\nz é\"}", json!({ "a": "x\ty\nz é" })),
        ] {
            assert_eq!(parse(text).ok(), Some(expected), "{text}");
        }
        let deep = format!("[1, {}2{}, 3]", "[".repeat(5_000), "]".repeat(5_000));
        assert_eq!(
            parse(&deep).ok().and_then(|value| value.get(2).cloned()),
            Some(json!(3))
        );
        for text in ["", "[", "{\"a\": nan}", "\"\\ud8", "[1,]", "{\"a\": \"é"] {
            assert!(parse(text).is_err(), "{text}");
        }
        let error = parse("{\n  \"a\": NaN,\n  b\n}").map_err(|error| error.line());
        assert_eq!(error, Err(3));
    }
}
