//! The text of a file, in whatever encoding it was saved: UTF-8, UTF-16 with its mark, or else
//! Windows-1252, of which Latin-1 is a part (<https://encoding.spec.whatwg.org/#windows-1252>).

/// What the bytes 0x80 to 0x9f mean; those that mean nothing stay what they are.
const UPPER: &str = "€\u{81}‚ƒ„…†‡ˆ‰Š‹Œ\u{8d}Ž\u{8f}\u{90}‘’“”•–—˜™š›œ\u{9d}žŸ";

/// The text of a file; `None` if it is none.
#[must_use]
pub fn text(bytes: &[u8]) -> Option<String> {
    let sixteen = |order: fn([u8; 2]) -> u16, bytes: &[u8]| {
        let units = bytes.chunks_exact(2).map(|pair| order([pair[0], pair[1]]));
        let letters = char::decode_utf16(units);
        letters
            .map(|letter| letter.unwrap_or(char::REPLACEMENT_CHARACTER))
            .collect::<String>()
    };
    match bytes {
        [0xff, 0xfe, rest @ ..] => return Some(sixteen(u16::from_le_bytes, rest)),
        [0xfe, 0xff, rest @ ..] => return Some(sixteen(u16::from_be_bytes, rest)),
        _ => {}
    }
    if let Ok(text) = std::str::from_utf8(bytes) {
        return Some(text.to_owned());
    }
    if bytes.contains(&0) {
        return None;
    }
    let upper: Vec<char> = UPPER.chars().collect();
    let letter = |byte: &u8| match byte {
        0x80..=0x9f => upper[usize::from(byte - 0x80)],
        _ => char::from(*byte),
    };
    Some(bytes.iter().map(letter).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_usual_encoding_is_read() {
        for (bytes, expected) in [
            (&b"# caf\xe9 \x80 \x99"[..], Some("# café € ™")),
            ("\u{feff}é".as_bytes(), Some("\u{feff}é")),
            (b"\xff\xfex\0\xe9\0", Some("xé")),
            (b"\xfe\xff\0x\xd8\0", Some("x\u{fffd}")),
            (b"", Some("")),
            (b"\x80PNG\0", None),
        ] {
            assert_eq!(text(bytes).as_deref(), expected, "{bytes:?}");
        }
        assert_eq!(UPPER.chars().count(), 32);
    }
}
