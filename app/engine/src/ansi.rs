//! Printed text as pieces of one look: ANSI colours, and carriage returns that overwrite a line.
//!
//! Source: ECMA-48 (5th edition): 5.3 to 5.6 for the form of sequences and strings, 8.3 for those that
//! colour a line, erase it or move in it. Every other one is taken out, with what it says.

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
        let (sequence, after) = rest[at..].split_at(escape_length(&rest[at..]));
        if let Some((parameters, 'm')) = control(sequence) {
            apply(&mut look, parameters);
        }
        rest = after;
    }
    add(&mut found, rest, look);
    found
}

/// The parameters and the last letter of a control sequence, such as `\x1b[1;31m`.
fn control(sequence: &str) -> Option<(&str, char)> {
    let inner = sequence.strip_prefix("\u{1b}[")?;
    let command = inner.chars().next_back()?;
    let parameters = &inner[..inner.len() - command.len_utf8()];
    ('\u{40}'..='\u{7e}')
        .contains(&command)
        .then_some((parameters, command))
}

/// How long the escape sequence is that a text begins with, in bytes; one that is cut off takes the rest
/// of its line.
fn escape_length(text: &str) -> usize {
    let rest = &text[1..];
    let inner = match rest.bytes().next() {
        None | Some(b'\n') => 0,
        Some(b'[') => {
            let is_inside = |byte: &u8| (0x20..=0x3f).contains(byte);
            let inside = rest.bytes().skip(1).take_while(is_inside).count();
            let ends = rest.as_bytes().get(1 + inside);
            let is_whole = ends.is_some_and(|byte| (0x40..=0x7e).contains(byte));
            1 + inside + usize::from(is_whole)
        }
        // A string: a window's title, the address of a link. Ends with a bell or a sign of its own.
        Some(b']' | b'P' | b'X' | b'^' | b'_') => {
            let end = rest.find(['\u{7}', '\u{1b}', '\n']);
            let end = end.unwrap_or(rest.len());
            match &rest.as_bytes()[end..] {
                [b'\x07', ..] => end + 1,
                [b'\x1b', b'\\', ..] => end + 2,
                // The next sequence, or the next line, ends it as well.
                _ => end,
            }
        }
        Some(0x20..=0x2f) => {
            let more = rest.bytes().take_while(|byte| (0x20..=0x2f).contains(byte));
            let more = more.count();
            let last = rest[more..].chars().next().filter(|last| *last != '\n');
            more + last.map_or(0, char::len_utf8)
        }
        Some(_) => rest.chars().next().map_or(0, char::len_utf8),
    };
    1 + inner
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

/// What leaves a line for another one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// Nothing does.
    None,
    /// Its end.
    End,
    /// So many lines up.
    Up(usize),
    /// So many lines down, of those that are there.
    Down(usize),
    /// What is below is taken away.
    EraseBelow,
}

/// The most lines that a sequence goes up or down.
const MOST_LINES: usize = 100;

/// A text up to where it leaves its first line, how it leaves it, and what comes then.
#[must_use]
pub fn step(text: &str) -> (&str, Step, &str) {
    let mut at = 0;
    while let Some(found) = text[at..].find(['\n', '\u{1b}']) {
        at += found;
        if text[at..].starts_with('\n') {
            return (&text[..at], Step::End, &text[at + 1..]);
        }
        let end = at + escape_length(&text[at..]);
        if let Some((parameters, command)) = control(&text[at..end]) {
            let count = parameters.parse().unwrap_or(1).clamp(1, MOST_LINES);
            let step = match command {
                'A' | 'F' => Some(Step::Up(count)),
                'B' | 'E' => Some(Step::Down(count)),
                'J' if matches!(parameters, "" | "0") => Some(Step::EraseBelow),
                _ => None,
            };
            if let Some(step) = step {
                return (&text[..at], step, &text[end..]);
            }
        }
        at = end;
    }
    (text, Step::None, "")
}

/// Applies carriage returns, backspaces and moves in a line as a terminal does: what follows overwrites
/// the line from its begin, or from a character before, and what is not overwritten stays.
#[must_use]
pub fn overwrite(text: &str) -> String {
    if !is_rewritten(text) {
        return text.to_owned();
    }
    let lines = text.split('\n').map(overwrite_line);
    lines.collect::<Vec<_>>().join("\n")
}

/// Whether something in a text goes back over what was there, or takes it away.
fn is_rewritten(text: &str) -> bool {
    text.contains(['\r', '\u{8}'])
        || text.match_indices('\u{1b}').any(|(at, _)| {
            let sequence = &text[at..at + escape_length(&text[at..])];
            control(sequence).is_some_and(|(_, command)| "CDGKPX".contains(command))
        })
}

/// The farthest that a sequence moves to in a line.
const FARTHEST: usize = 16 << 10;

fn overwrite_line(line: &str) -> String {
    if !is_rewritten(line) {
        return line.to_owned();
    }
    // Each shown character, with the escape sequences that stand before it.
    let mut cells: Vec<String> = Vec::new();
    let (mut at, mut work, mut escape) = (0_usize, WORK, String::new());
    let mut rest = line;
    while let Some(letter) = rest.chars().next() {
        let length = match letter {
            '\u{1b}' => escape_length(rest),
            letter => letter.len_utf8(),
        };
        let (written, after) = rest.split_at(length);
        rest = after;
        match letter {
            '\r' => at = 0,
            '\u{8}' => at = at.saturating_sub(1),
            '\u{1b}' => match control(written) {
                Some((_, 'm')) => escape.push_str(written),
                Some((parameters, command)) => {
                    obey(&mut cells, &mut at, &mut work, parameters, command);
                }
                None => {}
            },
            letter => {
                let mut cell = std::mem::take(&mut escape);
                cell.push(letter);
                while cells.len() < at {
                    cells.push(" ".to_owned());
                }
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

/// How many letters the sequences of one line may blank, take out or move over: a line that has more of
/// that is no progress bar, and the rest of its sequences do nothing.
const WORK: usize = 1 << 20;

/// A sequence that moves in the line or takes some of it away; others do nothing. `work` is what is left
/// of [`WORK`].
fn obey(
    cells: &mut Vec<String>,
    at: &mut usize,
    work: &mut usize,
    parameters: &str,
    command: char,
) {
    let is_number = parameters.len() < 6;
    let number: usize = parameters.parse().ok().filter(|_| is_number).unwrap_or(0);
    let count = number.max(1);
    let cost = match command {
        'C' | 'G' => count.min(FARTHEST),
        'K' if number != 0 => *at + 1,
        'P' => cells.len().saturating_sub(*at),
        'X' => count.min(cells.len()),
        _ => 0,
    };
    if cost > *work {
        return;
    }
    *work -= cost;
    let blank = |cells: &mut Vec<String>, from: usize, to: usize| {
        let to = to.min(cells.len());
        for cell in cells.get_mut(from..to).unwrap_or_default() {
            " ".clone_into(cell);
        }
    };
    match command {
        'C' => *at = at.saturating_add(count).min(FARTHEST),
        'D' => *at = at.saturating_sub(count),
        'G' => *at = (count - 1).min(FARTHEST),
        'K' if number == 0 => cells.truncate(*at),
        'K' if number == 1 => blank(cells, 0, *at + 1),
        'K' => cells.clear(),
        'P' => {
            let to = at.saturating_add(count).min(cells.len());
            cells.drain((*at).min(to)..to);
        }
        'X' => blank(cells, *at, at.saturating_add(count)),
        _ => {}
    }
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
    fn a_line_is_left_by_its_end_and_by_sequences_that_go_up_and_down() {
        for (text, expected) in [
            ("plain", ("plain", Step::None, "")),
            ("\u{1b}[31ma\nb", ("\u{1b}[31ma", Step::End, "b")),
            ("a\u{1b}[Ab", ("a", Step::Up(1), "b")),
            ("a\u{1b}[3A", ("a", Step::Up(3), "")),
            ("a\u{1b}[99999999999999999999A", ("a", Step::Up(1), "")),
            ("a\u{1b}[5000Bb", ("a", Step::Down(100), "b")),
            ("a\u{1b}[J\n", ("a", Step::EraseBelow, "\n")),
            ("a\u{1b}[2Jb", ("a\u{1b}[2Jb", Step::None, "")),
        ] {
            assert_eq!(step(text), expected, "{text:?}");
        }
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
            ("\u{1b}[?25lhidden\u{1b}[?25h", "<>hidden"),
            ("\u{1b}]0;a title\u{7}text", "<>text"),
            (
                "\u{1b}]8;;https://a.b\u{1b}\\link\u{1b}]8;;\u{1b}\\!",
                "<>link!",
            ),
            ("\u{1b}Pq#0\u{1b}\\after", "<>after"),
            ("\u{1b}(Bplain\u{1b}=", "<>plain"),
            ("\u{1b}]cut off\nnext", "<>\nnext"),
            ("\u{1b}]cut off\u{1b}[0mnext", "<>next"),
            ("\u{1b}\nnext", "<>\nnext"),
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
            ("abc\u{1b}[2K\rd", "<>d"),
            ("abc\u{1b}[2Dx", "<>axc"),
            ("abc\u{1b}[1Gx\u{1b}[4Cy", "<>xbc  y"),
            ("abcdef\u{1b}[3G\u{1b}[2P", "<>abef"),
            ("abcdef\u{1b}[3G\u{1b}[2X", "<>ab  ef"),
            ("abc\r\u{1b}[1Cx\u{1b}[1K", "<>   "),
            ("a\u{1b}[999999999999Gb", "<>b"),
            ("1%\u{1b}]0;1%\u{7}\r2%\u{1b}]0;2%\u{7}", "<>2%"),
        ];
        for (text, expected) in cases {
            assert_eq!(shown(text), expected, "{text:?}");
        }
    }

    #[test]
    fn a_long_line_of_sequences_takes_no_longer_than_its_length() {
        for sequence in [
            "\u{1b}[31mx\u{1b}[32my",
            "\u{1b}]0;t\u{7}x",
            "\u{1b}]",
            "x\r",
            "\u{1b}[2Kx",
            "x\u{1b}[1K",
            "\u{1b}[9999Gx\u{1b}[G\u{1b}[K",
        ] {
            // With the square of its length this would take hours.
            let line = sequence.repeat(300_000);
            assert!(pieces(&line).len() <= 600_000, "{sequence:?}");
        }
    }
}
