//! Measures how deeply code is nested, so that no parser and no walk runs out of stack.
//!
//! The measure is an upper bound, taken on the lexer's own tokens before anything recursive begins:
//! every token that can put the parser one level deeper counts until a token comes that no expression
//! goes on behind. What was written to the left of a long chain lies below the whole chain, so that
//! the depth of a bracket that is closed still counts for the rest of its expression.
//!
//! Weights are in links of a chain (`a.b.c`, `1 + 2 + 3`), the smallest step of a walk over the tree.
//! They and [`MOST`] were measured in WebAssembly in Chromium, where the stack is smaller than that of
//! any native thread: in the release build 2,720 links fill it, or 528 brackets, 416 calls, 624 signs,
//! 304 f-strings, 576 blocks. A development build takes nearly twice as much for a link (1,472 of them
//! fill the stack) and less for everything else. `tests/browser/depth.test.mjs` holds the bound against
//! every form of the grammar, in the release build with two fifths of the stack taken by something else.

use std::collections::BTreeSet;

use ruff_python_ast::token::TokenKind;
use ruff_python_parser::Mode;
use ruff_python_parser::lexer::lex;

use super::{Span, SyntaxError};

/// The depth that is analysed: less than half of what the stack takes, which is 210 brackets or 1,230
/// links. `CPython` itself refuses more than 200 brackets.
const MOST: u32 = 1_260;

/// How many blocks may be in one another, as in `CPython`.
const BLOCKS: usize = 100;

/// A bracket, an f-string or a prefix, for which the parser calls itself.
const LEVEL: u32 = 6;

/// The same for `**`, `else`, `lambda` and `async`, which take less.
const STEP: u32 = 3;

/// The operators of an expression for which the parser may call itself: there are as many precedences.
const PRECEDENCES: u32 = 12;

/// What is said of code that is nested too deeply.
pub const TOO_DEEP: &str = "This cell is nested too deeply to be analysed; Python may still run it";

/// Why the source must not be given to a parser, if it must not.
pub(super) fn refusal(source: &str) -> Option<SyntaxError> {
    if source.len().saturating_mul(LEVEL as usize) <= MOST as usize {
        return None;
    }
    if widths(source) > BLOCKS {
        return Some(too_deep(first(source, |head| widths(head) > BLOCKS)));
    }
    match measure(source) {
        Measured::Flat => None,
        Measured::Deep(token) => Some(too_deep(first(source, |head| tokens(head) > token))),
        Measured::Unsure(token) => (all_of(source) > MOST).then(|| SyntaxError {
            message: "something in an f-string is never closed".to_owned(),
            span: first(source, |head| tokens(head) > token),
        }),
    }
}

fn too_deep(span: Span) -> SyntaxError {
    SyntaxError {
        message: TOO_DEEP.to_owned(),
        span,
    }
}

/// The letter with which the head of a source becomes what it stays from then on.
fn first(source: &str, is: impl Fn(&str) -> bool) -> Span {
    let offset = |at: usize| u32::try_from(at).unwrap_or(u32::MAX);
    let letters: Vec<(usize, char)> = source.char_indices().collect();
    let at = letters.partition_point(|(at, letter)| !is(&source[..at + letter.len_utf8()]));
    let (start, letter) = letters.get(at).copied().unwrap_or((source.len(), ' '));
    Span {
        start: offset(start),
        end: offset((start + letter.len_utf8()).min(source.len())),
    }
}

/// How many different indentations there are: blocks are never deeper, wherever the parser, after an
/// error, takes a line for a statement.
fn widths(source: &str) -> usize {
    let lines = source.split(['\n', '\r']);
    let widths = lines.map(|line| {
        let blank = |letter: &char| matches!(letter, ' ' | '\t' | '\u{c}');
        line.chars().take_while(blank).count()
    });
    widths.collect::<BTreeSet<usize>>().len()
}

/// The weight of all that could nest, were nothing ever closed and no text a string.
fn all_of(source: &str) -> u32 {
    const WORDS: [&str; 11] = [
        "and", "async", "await", "else", "for", "if", "in", "is", "lambda", "not", "yield",
    ];
    let is_letter = |letter: char| letter == '_' || letter.is_alphanumeric();
    let words = source.split(|letter| !is_letter(letter));
    let words = words.filter(|word| WORDS.contains(word)).count();
    let harmless = |letter: &char| b",;:#_)]}\\".contains(&(*letter as u8));
    let marks = source.chars().filter(char::is_ascii_punctuation);
    let marks = marks.filter(|mark| !harmless(mark)).count();
    u32::try_from(words + marks).map_or(u32::MAX, |count| count.saturating_mul(LEVEL))
}

/// What the measure says, with the number of the token that decided it.
enum Measured {
    Flat,
    Deep(usize),
    /// An f-string is not written as it should be, and the parser may take other parts of the source
    /// for code than the lexer does.
    Unsure(usize),
}

fn measure(source: &str) -> Measured {
    let mut lexer = lex(source, Mode::Module);
    let mut gauge = Gauge::new();
    loop {
        let kind = lexer.next_token();
        gauge.take(kind);
        if gauge.depth() > MOST {
            return Measured::Deep(gauge.token);
        }
        if kind == TokenKind::EndOfFile {
            let open = gauge.string().map(|level| level.token);
            return match gauge.unsure.or(open) {
                Some(token) => Measured::Unsure(token),
                None => Measured::Flat,
            };
        }
        gauge.token += usize::from(is_seen(kind));
    }
}

/// How many tokens there are.
fn tokens(source: &str) -> usize {
    let mut lexer = lex(source, Mode::Module);
    let mut count = 0;
    loop {
        let kind = lexer.next_token();
        count += usize::from(is_seen(kind));
        if kind == TokenKind::EndOfFile {
            return count;
        }
    }
}

/// Whether a token stands in the source by itself, and is counted.
fn is_seen(kind: TokenKind) -> bool {
    use TokenKind as T;
    !matches!(
        kind,
        T::Newline | T::NonLogicalNewline | T::Indent | T::Dedent | T::EndOfFile
    )
}

/// What is open at a place of the source.
struct Gauge {
    /// The brackets around this place; the code outside of all of them first.
    levels: Vec<Level>,
    /// The weight of all levels but the innermost.
    around: u32,
    before: TokenKind,
    /// Whether the token before ends an operand, behind which an operator may come.
    is_operand: bool,
    /// The number of the token.
    token: usize,
    /// The first token from which on the parser may read on differently.
    unsure: Option<usize>,
}

/// A bracket, and what is known of the expression in it that the place belongs to.
struct Level {
    /// The token that closes it.
    closes: TokenKind,
    /// The number of the token that opened it.
    token: usize,
    /// The weight of the expression's own operators so far.
    own: u32,
    /// The binary operators so far.
    links: u32,
    /// The depth of the deepest bracket in it that is closed.
    below: u32,
    /// The depth of the deepest expression before it.
    deepest: u32,
    /// Lambdas whose parameters are not at their end: a comma ends nothing.
    lambdas: u32,
    /// Conditionals without their `else`: what comes next is taken for it.
    ifs: u32,
    /// Whether there was a `yield`, whose value may be a list with commas.
    yields: bool,
}

impl Level {
    fn new(closes: TokenKind, token: usize) -> Self {
        Self {
            closes,
            token,
            own: 0,
            links: 0,
            below: 0,
            deepest: 0,
            lambdas: 0,
            ifs: 0,
            yields: false,
        }
    }

    /// An expression has ended, and another one begins.
    fn reset(&mut self) {
        *self = Self {
            deepest: self.depth(),
            ..Self::new(self.closes, self.token)
        };
    }

    fn depth(&self) -> u32 {
        self.deepest.max(self.own + self.below)
    }
}

impl Gauge {
    fn new() -> Self {
        Self {
            levels: vec![Level::new(TokenKind::EndOfFile, 0)],
            around: 0,
            before: TokenKind::Newline,
            is_operand: false,
            token: 0,
            unsure: None,
        }
    }

    fn depth(&self) -> u32 {
        self.around + self.top().own + self.top().below
    }

    fn top(&self) -> &Level {
        &self.levels[self.levels.len() - 1]
    }

    fn inner(&mut self) -> &mut Level {
        let last = self.levels.len() - 1;
        &mut self.levels[last]
    }

    /// The outermost f-string around this place.
    fn string(&self) -> Option<&Level> {
        self.levels.iter().find(|level| is_string_end(level.closes))
    }

    /// Notes that something at this place is wrong, which matters inside of an f-string.
    fn doubt(&mut self) {
        if self.unsure.is_none() && self.string().is_some() {
            self.unsure = Some(self.token);
        }
    }

    fn take(&mut self, kind: TokenKind) {
        use TokenKind as T;
        if self.begins_statement(kind) {
            self.doubt();
        }
        match kind {
            T::Comment | T::NonLogicalNewline | T::Indent | T::Dedent | T::EndOfFile => {
                let may_be_open = kind == T::NonLogicalNewline || kind == T::EndOfFile;
                if may_be_open && self.before == T::String {
                    self.doubt();
                }
                return;
            }
            T::Newline | T::Semi => self.end_statement(),
            T::Comma => self.comma(),
            T::Colon => {
                let level = self.inner();
                level.lambdas = level.lambdas.saturating_sub(1);
                self.is_operand = false;
            }
            T::Lpar | T::Lsqb | T::Lbrace | T::FStringStart | T::TStringStart => self.open(kind),
            T::Rpar | T::Rsqb | T::Rbrace | T::FStringEnd | T::TStringEnd => self.close(kind),
            T::Plus | T::Minus | T::Star | T::DoubleStar | T::Tilde | T::Not
                if !self.is_operand =>
            {
                // `is not` is one operator.
                let is_prefix = kind != T::Not || self.before != T::Is;
                self.inner().own += u32::from(is_prefix) * LEVEL;
            }
            T::Yield | T::Await | T::Lambda | T::Async => self.prefix(kind),
            T::DoubleStar => self.infix(STEP),
            T::If => {
                self.inner().ifs += 1;
                self.link();
            }
            T::Else => {
                let level = self.inner();
                level.ifs = level.ifs.saturating_sub(1);
                self.infix(STEP);
            }
            T::From | T::For => {
                if self.is_operand {
                    self.end_operand();
                }
                self.is_operand = false;
            }
            T::Unknown | T::Question => {
                self.doubt();
                self.is_operand = false;
            }
            T::FStringMiddle | T::TStringMiddle | T::Equal | T::Rarrow | T::Exclamation => {
                self.is_operand = false;
            }
            _ if kind.as_augmented_assign_operator().is_some() => self.is_operand = false,
            _ if kind.is_operator() && kind != T::Ellipsis => self.link(),
            _ => self.operand(kind),
        }
        self.before = kind;
    }

    /// Whether the parser may take this token for the begin of a statement, and leave all brackets.
    fn begins_statement(&self, kind: TokenKind) -> bool {
        use TokenKind as T;
        match kind {
            T::If | T::For | T::Async | T::At => !self.is_operand && self.before != T::Async,
            T::And
            | T::Or
            | T::Not
            | T::In
            | T::Is
            | T::Else
            | T::Lambda
            | T::Await
            | T::Yield
            | T::From
            | T::True
            | T::False
            | T::None => false,
            _ => kind.is_non_soft_keyword(),
        }
    }

    fn comma(&mut self) {
        let level = self.inner();
        if level.lambdas == 0 && !level.yields {
            level.reset();
        }
        self.is_operand = false;
    }

    /// A token that no expression goes on with comes behind an operand. Tells whether it is over.
    fn end_operand(&mut self) -> bool {
        let level = self.inner();
        if level.ifs > 0 {
            level.ifs -= 1;
            return false;
        }
        if level.lambdas == 0 && !level.yields {
            level.reset();
        }
        true
    }

    /// The end of a statement: only the parameters of a lambda go on behind it.
    fn end_statement(&mut self) {
        let level = self.inner();
        if level.lambdas == 0 {
            level.reset();
        }
        self.is_operand = false;
    }

    fn infix(&mut self, weight: u32) {
        self.inner().own += weight;
        self.is_operand = false;
    }

    fn link(&mut self) {
        let level = self.inner();
        let weight = if level.links < PRECEDENCES { STEP } else { 1 };
        level.links += 1;
        self.infix(weight);
    }

    fn prefix(&mut self, kind: TokenKind) {
        if self.is_operand {
            self.end_operand();
        }
        let level = self.inner();
        match kind {
            TokenKind::Yield => level.yields = true,
            TokenKind::Lambda => level.lambdas += 1,
            _ => {}
        }
        let is_short = matches!(kind, TokenKind::Lambda | TokenKind::Async);
        self.infix(if is_short { STEP } else { LEVEL });
    }

    /// A name, a literal, or a word that the parser takes for a name where one must be.
    fn operand(&mut self, kind: TokenKind) {
        let is_beside = kind == TokenKind::String && self.is_behind_string();
        let is_new = self.is_operand && !is_beside && self.end_operand();
        // `x return -y`: behind a word that begins a statement comes an operand.
        self.is_operand = !is_new || !kind.is_non_soft_keyword() || kind.is_singleton();
    }

    /// Strings side by side are one.
    fn is_behind_string(&self) -> bool {
        self.before == TokenKind::String || is_string_end(self.before)
    }

    fn open(&mut self, kind: TokenKind) {
        use TokenKind as T;
        let is_postfix = self.is_operand || self.before == T::Dot;
        match kind {
            T::Lpar | T::Lsqb if is_postfix => self.link(),
            T::FStringStart | T::TStringStart if self.is_behind_string() => {}
            _ if self.is_operand => {
                self.end_operand();
            }
            _ => {}
        }
        let closes = match kind {
            T::Lpar => T::Rpar,
            T::Lsqb => T::Rsqb,
            T::Lbrace => T::Rbrace,
            T::FStringStart => T::FStringEnd,
            _ => T::TStringEnd,
        };
        self.around += self.top().own + LEVEL;
        self.levels.push(Level::new(closes, self.token));
        self.is_operand = false;
    }

    fn close(&mut self, kind: TokenKind) {
        if self.top().closes == kind
            && let Some(closed) = self.levels.pop()
        {
            self.around -= self.top().own + LEVEL;
            let level = self.inner();
            if closed.lambdas > 0 || closed.yields {
                // In the list of a `yield`, and in the parameters of a lambda, the parser may have
                // skipped the bracket, and may skip what closes it.
                level.own += closed.own + LEVEL;
                level.lambdas += closed.lambdas;
                level.yields |= closed.yields;
            }
            level.below = level.below.max(closed.depth() + LEVEL);
        } else {
            // The bracket that it does not fit stays open here: the parser may go on in it.
            self.doubt();
        }
        self.is_operand = true;
    }
}

fn is_string_end(kind: TokenKind) -> bool {
    matches!(kind, TokenKind::FStringEnd | TokenKind::TStringEnd)
}

/// The greatest depth that is measured in a source, and whether nothing in it is doubtful.
#[cfg(test)]
pub(super) fn deepest(source: &str) -> (u32, bool) {
    let mut lexer = lex(source, Mode::Module);
    let mut gauge = Gauge::new();
    let mut deepest = 0;
    loop {
        let kind = lexer.next_token();
        gauge.take(kind);
        deepest = deepest.max(gauge.depth());
        if kind == TokenKind::EndOfFile {
            return (deepest, gauge.unsure.is_none() && gauge.string().is_none());
        }
        gauge.token += usize::from(is_seen(kind));
    }
}
