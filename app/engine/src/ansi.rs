//! Printed text as pieces of one look: ANSI colours, and carriage returns that overwrite a line.
//!
//! Source: ECMA-48 (5th edition), 8.3.117 SGR. Every other escape sequence is taken out.

/// A piece of text of one look.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Piece {
    /// The text, without escape sequences.
    pub text: String,
    /// Its look.
    pub look: Look,
}

/// Colours and weight of a piece.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Look {
    /// One of the 16 named colours, 0 to 15.
    pub colour: Option<u8>,
    /// The colour behind the text, 0 to 15.
    pub background: Option<u8>,
    /// Bold.
    pub bold: bool,
    /// Italic.
    pub italic: bool,
    /// Underlined.
    pub underline: bool,
}

/// Splits text into pieces. Anything is text; what is no known sequence is left out.
#[must_use]
pub fn pieces(text: &str) -> Vec<Piece> {
    let text = overwrite(text);
    if !text.contains('\u{1b}') {
        return if text.is_empty() {
            Vec::new()
        } else {
            vec![Piece {
                text,
                look: Look::default(),
            }]
        };
    }
    let mut found: Vec<Piece> = Vec::new();
    let mut look = Look::default();
    let mut rest = text.as_str();
    while let Some(at) = rest.find('\u{1b}') {
        add(&mut found, &rest[..at], look);
        rest = &rest[at + 1..];
        let Some(sequence) = rest.strip_prefix('[') else {
            // A two-character sequence.
            rest = rest
                .get(rest.chars().next().map_or(0, char::len_utf8)..)
                .unwrap_or("");
            continue;
        };
        let Some(end) = sequence.find(|c: char| ('\u{40}'..='\u{7e}').contains(&c)) else {
            return found;
        };
        if sequence.as_bytes()[end] == b'm' {
            apply(&mut look, &sequence[..end]);
        }
        rest = &sequence[end + 1..];
    }
    add(&mut found, rest, look);
    found
}

fn add(found: &mut Vec<Piece>, text: &str, look: Look) {
    if text.is_empty() {
        return;
    }
    match found.last_mut() {
        Some(last) if last.look == look => last.text.push_str(text),
        _ => found.push(Piece {
            text: text.to_owned(),
            look,
        }),
    }
}

fn apply(look: &mut Look, parameters: &str) {
    let mut numbers = parameters
        .split([';', ':'])
        .map(|part| part.parse::<u8>().unwrap_or(0));
    while let Some(number) = numbers.next() {
        match number {
            0 => *look = Look::default(),
            1 => look.bold = true,
            3 => look.italic = true,
            4 => look.underline = true,
            22 => look.bold = false,
            23 => look.italic = false,
            24 => look.underline = false,
            30..=37 => look.colour = Some(number - 30),
            39 => look.colour = None,
            40..=47 => look.background = Some(number - 40),
            49 => look.background = None,
            90..=97 => look.colour = Some(number - 90 + 8),
            100..=107 => look.background = Some(number - 100 + 8),
            38 | 48 => {
                let chosen = match numbers.next() {
                    Some(5) => numbers.next().map(nearest_of_256),
                    Some(2) => {
                        let mut channel = || numbers.next().unwrap_or(0);
                        Some(nearest(channel(), channel(), channel()))
                    }
                    _ => None,
                };
                if number == 38 {
                    look.colour = chosen;
                } else {
                    look.background = chosen;
                }
            }
            _ => {}
        }
    }
}

/// The named colour nearest to one of xterm's 256.
fn nearest_of_256(index: u8) -> u8 {
    match index {
        0..=15 => index,
        16..=231 => {
            let cube = index - 16;
            let level = |digit: u8| if digit == 0 { 0 } else { 55 + digit * 40 };
            nearest(level(cube / 36), level(cube / 6 % 6), level(cube % 6))
        }
        grey => nearest(
            8 + (grey - 232) * 10,
            8 + (grey - 232) * 10,
            8 + (grey - 232) * 10,
        ),
    }
}

fn nearest(red: u8, green: u8, blue: u8) -> u8 {
    let bit = |channel: u8, value: u8| if channel > 95 { value } else { 0 };
    let bright = red.max(green).max(blue) > 200;
    bit(red, 1) + bit(green, 2) + bit(blue, 4) + if bright { 8 } else { 0 }
}

/// Applies carriage returns and backspaces as a terminal does: what follows overwrites the line from
/// its begin, or from a character before, and what is not overwritten stays.
#[must_use]
pub fn overwrite(text: &str) -> String {
    if !text.contains(['\r', '\u{8}']) {
        return text.to_owned();
    }
    let lines = text.split('\n').map(overwrite_line);
    lines.collect::<Vec<_>>().join("\n")
}

fn overwrite_line(line: &str) -> String {
    if !line.contains(['\r', '\u{8}']) {
        return line.to_owned();
    }
    // Each shown character, with the escape sequences that stand before it.
    let mut cells: Vec<String> = Vec::new();
    let (mut at, mut escape) = (0_usize, String::new());
    let mut letters = line.chars().peekable();
    while let Some(letter) = letters.next() {
        match letter {
            '\r' => at = 0,
            '\u{8}' => at = at.saturating_sub(1),
            '\u{1b}' => {
                escape.push(letter);
                let is_sequence = letters.peek() == Some(&'[');
                for next in letters.by_ref() {
                    escape.push(next);
                    let is_last = next != '[' && ('\u{40}'..='\u{7e}').contains(&next);
                    if !is_sequence || is_last {
                        break;
                    }
                }
                // "Erase the line from here on", as progress bars do.
                if escape.ends_with("[K") || escape.ends_with("[0K") {
                    cells.truncate(at);
                    escape.clear();
                }
            }
            letter => {
                let mut cell = std::mem::take(&mut escape);
                cell.push(letter);
                match cells.get_mut(at) {
                    Some(place) => *place = cell,
                    None => cells.push(cell),
                }
                at += 1;
            }
        }
    }
    cells.push(escape);
    cells.concat()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(text: &str) -> String {
        let mark = |piece: Piece| {
            let mut look = String::new();
            if piece.look.bold {
                look.push('b');
            }
            if let Some(colour) = piece.look.colour {
                look.push_str(&colour.to_string());
            }
            format!("<{look}>{}", piece.text)
        };
        pieces(text).into_iter().map(mark).collect()
    }

    #[test]
    fn colours_and_weights_become_pieces() {
        let cases = [
            ("plain", "<>plain"),
            ("", ""),
            ("\u{1b}[31mred\u{1b}[0m not", "<1>red<> not"),
            ("\u{1b}[1;92mok\u{1b}[m.", "<b10>ok<>."),
            ("\u{1b}[38;5;196mx", "<9>x"),
            ("\u{1b}[38;2;0;128;0mx", "<2>x"),
            ("a\u{1b}[2Jb", "<>ab"),
            ("cut \u{1b}[3", "<>cut "),
            ("\u{1b}", ""),
            ("\u{1b}é!", "<>!"),
        ];
        for (text, expected) in cases {
            assert_eq!(shown(text), expected, "{text:?}");
        }
    }

    #[test]
    fn a_carriage_return_overwrites_its_line() {
        let cases = [
            ("10%\r50%\r100%\r\ndone", "<>100%\ndone"),
            ("0123456789\rend", "<>end3456789"),
            ("loading 10%\rloading 100%", "<>loading 100%"),
            ("a|\u{8}/\u{8}-\u{8}.", "<>a."),
            ("\u{1b}[31mred\u{1b}[0m\rb", "<>bed"),
            ("long line\r\u{1b}[Kshort", "<>short"),
            ("\u{8}\u{8}x", "<>x"),
        ];
        for (text, expected) in cases {
            assert_eq!(shown(text), expected, "{text:?}");
        }
    }
}
