//! What of a source counts for its result: its tokens. Comments, blank lines and spaces do not, so that
//! an edit of nothing else leaves a cell current.
//!
//! Only texts of tokens are hashed, as fingerprints are stored: numbers of the parser's own would change
//! with its version. Where the lexer may not have understood the source, all of it counts.

use ruff_python_ast::token::{Token, TokenKind};
use ruff_text_size::{Ranged, TextRange, TextSize};
use sqlparser::tokenizer::{Location, Token as SqlToken, TokenWithSpan};

use crate::notebook::Fingerprint;

/// Behind each token, so that two of them are not one longer one.
const END: &[u8] = &[0];

fn start() -> Fingerprint {
    Fingerprint::of("")
}

/// Of Python without a syntax error.
pub(super) fn python(source: &str, tokens: &[Token]) -> Fingerprint {
    let mut meaning = start();
    // The formatted string around this place: where it starts, and how many are open.
    let (mut string_start, mut open) = (TextSize::default(), 0_u32);
    for token in tokens {
        let text = |range: TextRange| source.get(range.to_std_range()).unwrap_or_default();
        let counted = match token.kind() {
            TokenKind::IpyEscapeCommand | TokenKind::Unknown => return Fingerprint::of(source),
            TokenKind::FStringStart | TokenKind::TStringStart => {
                if open == 0 {
                    string_start = token.start();
                }
                open += 1;
                continue;
            }
            TokenKind::FStringEnd | TokenKind::TStringEnd => {
                open = open.saturating_sub(1);
                // All of it, as `f"{x = }"` shows its own text.
                text(TextRange::new(string_start, token.end()))
            }
            TokenKind::Comment | TokenKind::NonLogicalNewline | TokenKind::EndOfFile => continue,
            TokenKind::Newline => "\n",
            TokenKind::Indent => "\t",
            TokenKind::Dedent => "\r",
            _ => text(token.range()),
        };
        if open == 0 {
            meaning = meaning.and(counted.as_bytes()).and(END);
        }
    }
    meaning
}

/// Of SQL that can be read, whose result gets this name.
pub(super) fn sql(source: &str, tokens: &[TokenWithSpan], result: Option<&str>) -> Fingerprint {
    let result = result.unwrap_or_default();
    let mut meaning = start().and(result.as_bytes()).and(END);
    let mut reader = Reader::new(source);
    for token in tokens {
        let from = reader.go_to(token.span.start);
        let to = reader.go_to(token.span.end);
        if !matches!(token.token, SqlToken::Whitespace(_)) {
            let text = source.get(from..to).unwrap_or_default();
            meaning = meaning.and(text.as_bytes()).and(END);
        }
    }
    meaning
}

/// Goes through a text once, and knows line, column and byte of where it is.
struct Reader<'a> {
    letters: std::str::Chars<'a>,
    length: usize,
    place: Location,
}

impl<'a> Reader<'a> {
    fn new(source: &'a str) -> Self {
        Self {
            letters: source.chars(),
            length: source.len(),
            place: Location { line: 1, column: 1 },
        }
    }

    /// Goes on to a place, and returns its byte.
    fn go_to(&mut self, place: Location) -> usize {
        while self.place < place
            && let Some(letter) = self.letters.next()
        {
            if letter == '\n' {
                self.place.line += 1;
                self.place.column = 1;
            } else {
                self.place.column += 1;
            }
        }
        self.length - self.letters.as_str().len()
    }
}
