//! Takes in what one run puts out, within the page's bounds.

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use protocol::{Bundle, Data, DisplayId, Output, Stream};

use super::{Item, Outputs, Picture, illustrate};
use crate::ansi::{self, Step};

/// How many lines of a stream are shown from its begin.
pub const FIRST_LINES: usize = 500;
/// How many of a longer stream are shown from its end.
pub const LAST_LINES: usize = 500;
/// The longest line that is shown whole, in bytes.
const LINE_BYTES: usize = 64 << 10;
/// What stands at the end of a line that is not shown whole.
const CUT: &str = "\u{2026} [line cut]";
/// A line with backspaces is brought to what it shows when it is longer than this, in bytes.
const SPINNER_BYTES: usize = 4 << 10;
/// The largest form of a value, in bytes.
pub const FORM_BYTES: usize = 5 << 20;
/// The most that is kept of a run, in bytes.
pub const RUN_BYTES: usize = 20 << 20;
/// How many values a run may show.
pub const OUTPUTS: usize = 200;
/// How many stretches of text a run may show, of two streams that take turns.
const TEXTS: usize = 1_000;
/// A longer text goes on in another item, so that adding to it costs the same however much there is.
const ITEM_BYTES: usize = 64 << 10;
/// The most that is shown of the end of a long stream, in bytes.
const TAIL_BYTES: usize = 4 << 20;
/// How many forms of a value are looked at.
const FORMS: usize = 40;

/// The binary parts of a message, as its [`Data::Buffer`]s count them.
pub type Buffers = Vec<Arc<[u8]>>;

/// What a run has put out so far.
#[derive(Debug, Default)]
pub struct Collector {
    outputs: Outputs,
    printed: BTreeMap<Stream, Printed>,
    /// The bytes of all items but the tails.
    bytes: usize,
    values: usize,
    texts: usize,
    /// The items of each value that may be shown anew.
    displays: BTreeMap<DisplayId, Vec<usize>>,
    /// What comes next takes the place of all that is here.
    clear_waits: bool,
    /// All that was here was cleared away, so that it is no longer what was put out before.
    was_cleared: bool,
    /// Outputs and bytes of text that were left out.
    dropped_values: usize,
    dropped_bytes: usize,
    /// The item that says what was left out.
    note: Option<usize>,
}

/// A stream's own state.
#[derive(Debug, Default)]
struct Printed {
    /// Lines that are shown from the begin.
    lines: usize,
    /// The item that the stream's text is added to, as long as no other comes in between.
    item: Option<usize>,
    line: Line,
    tail: Option<Tail>,
}

/// The line that a stream is printing.
#[derive(Debug, Default)]
struct Line {
    /// Where it begins in its item's text, in bytes.
    start: usize,
    /// The line as it was printed, but for what was overwritten twice.
    raw: String,
    /// The lines after it, where it was gone back to; each with its begin.
    below: String,
}

/// What is shown of a stream that is too long to be shown whole.
#[derive(Debug)]
struct Tail {
    item: usize,
    lines: VecDeque<String>,
    hidden: u64,
    /// The last line, that has not ended yet.
    open: String,
    /// The bytes of all these lines.
    bytes: usize,
}

impl Collector {
    /// Whether nothing was put out yet.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.outputs.is_empty() && !self.was_cleared
    }

    /// What was put out so far.
    #[must_use]
    pub fn items(&self) -> Vec<Item> {
        let mut items = self.outputs.items.clone();
        // A tail is put together when somebody looks, and not with each line.
        for (stream, printed) in &self.printed {
            if let Some(tail) = &printed.tail
                && let Some(item) = items.get_mut(tail.item)
            {
                *item = tail.item_of(*stream);
            }
        }
        items
    }

    fn size(&self) -> usize {
        let tails = self.printed.values().filter_map(|one| one.tail.as_ref());
        self.bytes + tails.map(|tail| tail.bytes).sum::<usize>()
    }

    /// Takes in one more output.
    pub fn take(&mut self, output: Output, buffers: &Buffers) {
        let is_new = !matches!(
            output,
            Output::Update { .. } | Output::Clear { .. } | Output::Set { .. }
        );
        if is_new && self.clear_waits {
            self.clear();
        }
        match output {
            Output::Text { stream, text } => self.print(stream, &text),
            Output::Tail {
                stream,
                hidden_lines,
                text,
            } => self.replace_tail(stream, hidden_lines, &text),
            Output::Value { bundle, display } => self.show(bundle, display, buffers),
            Output::Update { display, bundle } => self.show_anew(display, bundle, buffers),
            Output::Clear { wait: true } => self.clear_waits = true,
            Output::Clear { wait: false } => self.clear(),
            // That shows nothing.
            Output::Set { .. } => {}
        }
        self.say_what_is_left_out();
    }

    fn print(&mut self, stream: Stream, text: &str) {
        let mut rest = text;
        while !rest.is_empty() {
            let printed = self.printed.entry(stream).or_default();
            let is_apart = printed
                .item
                .is_none_or(|at| at + 1 != self.outputs.items.len());
            if printed.lines >= FIRST_LINES
                || printed.tail.is_some()
                || (self.texts >= TEXTS && is_apart)
            {
                return self.print_to_tail(stream, rest);
            }
            if self.size() + rest.len() > RUN_BYTES {
                self.dropped_bytes += rest.len();
                return;
            }
            let (line, step, after) = ansi::step(rest);
            rest = after;
            self.print_line(stream, line, step);
        }
    }

    /// Adds to the line that the stream is printing, and perhaps leaves it.
    fn print_line(&mut self, stream: Stream, piece: &str, step: Step) {
        let last = self.outputs.items.len().checked_sub(1);
        let printed = self.printed.entry(stream).or_default();
        let goes_on = |at: &usize| {
            let is_long = matches!(self.outputs.items.get(*at), Some(Item::Text { text, .. }) if text.len() > ITEM_BYTES);
            Some(*at) == last
                && !(is_long && printed.line.raw.is_empty() && printed.line.below.is_empty())
        };
        let at = if let Some(at) = printed.item.filter(goes_on) {
            at
        } else {
            let text = Arc::from("");
            self.texts += usize::from(printed.item.is_none() || printed.item != last);
            self.outputs.items.push(Item::Text { stream, text });
            printed.item = Some(self.outputs.items.len() - 1);
            printed.line = Line::default();
            self.outputs.items.len() - 1
        };
        let Some(Item::Text { text, .. }) = self.outputs.items.get_mut(at) else {
            return;
        };
        let before = text.len();
        printed.line.add(piece);
        let mut shown = String::with_capacity(before + piece.len() + 1);
        shown.push_str(&text[..printed.line.start]);
        shown.push_str(&ansi::overwrite(&printed.line.raw));
        shown.push_str(&printed.line.below);
        match step {
            Step::None => {}
            Step::End if printed.line.below.is_empty() => {
                shown.push('\n');
                printed.lines += 1;
                printed.line = Line {
                    start: shown.len(),
                    ..Line::default()
                };
            }
            Step::End => {
                printed.line.go_down(&shown);
                // What a bar that went has blanked is no line of its own.
                let Line { start, raw, .. } = &mut printed.line;
                if raw.bytes().all(|letter| letter == b' ') {
                    shown.replace_range(*start..*start + raw.len(), "");
                    raw.clear();
                }
            }
            Step::Up(count) => (0..count).for_each(|_| printed.line.go_up(&shown)),
            Step::Down(count) => (0..count).for_each(|_| printed.line.go_down(&shown)),
            Step::EraseBelow => {
                let from = shown.len() - printed.line.below.len();
                printed.line.below.retain(|letter| letter == '\n');
                shown.truncate(from);
                shown.push_str(&printed.line.below);
            }
        }
        self.bytes = (self.bytes + shown.len()).saturating_sub(before);
        *text = shown.into();
    }

    fn print_to_tail(&mut self, stream: Stream, text: &str) {
        let room = RUN_BYTES.saturating_sub(self.size());
        if text.len() > room.max(TAIL_BYTES) {
            self.dropped_bytes += text.len();
            return;
        }
        self.tail_of(stream).add(text, room.min(TAIL_BYTES));
    }

    /// The kernel keeps the tail of this stream itself: this is how it is now.
    fn replace_tail(&mut self, stream: Stream, hidden: u64, text: &str) {
        let tail = self.tail_of(stream);
        tail.lines.clear();
        tail.open.clear();
        tail.bytes = 0;
        tail.hidden = hidden;
        let room = RUN_BYTES.saturating_sub(self.size());
        self.tail_of(stream).add(text, room);
    }

    /// The stream's tail; it is made if there is none.
    fn tail_of(&mut self, stream: Stream) -> &mut Tail {
        let items = &mut self.outputs.items;
        let printed = self.printed.entry(stream).or_default();
        printed.tail.get_or_insert_with(|| {
            let tail = Tail {
                item: items.len(),
                lines: VecDeque::new(),
                hidden: 0,
                open: String::new(),
                bytes: 0,
            };
            items.push(tail.item_of(stream));
            tail
        })
    }

    /// Whatever was put out, and what it counted, is no more.
    fn clear(&mut self) {
        *self = Self {
            was_cleared: true,
            ..Self::default()
        };
    }

    fn show(&mut self, bundle: Bundle, display: Option<DisplayId>, buffers: &Buffers) {
        let item = item_of(bundle, buffers);
        if self.values >= OUTPUTS || self.size() + item.size() > RUN_BYTES {
            self.dropped_values += 1;
            return;
        }
        self.values += 1;
        self.bytes += item.size();
        if let Some(display) = display {
            let items = self.displays.entry(display).or_default();
            items.push(self.outputs.items.len());
        }
        self.outputs.items.push(item);
    }

    fn show_anew(&mut self, display: DisplayId, bundle: Bundle, buffers: &Buffers) {
        let item = item_of(bundle, buffers);
        for at in self.displays.get(&display).cloned().unwrap_or_default() {
            let before = self.outputs.items.get(at).map_or(0, Item::size);
            if self.size() + item.size() > RUN_BYTES + before {
                self.dropped_values += 1;
            } else {
                self.put(at, item.clone());
            }
        }
    }

    /// Says at the end what was left out, where something was.
    fn say_what_is_left_out(&mut self) {
        if self.dropped_values == 0 && self.dropped_bytes == 0 {
            return;
        }
        let mut left_out = Vec::new();
        if self.dropped_values > 0 {
            left_out.push(format!("{} more outputs", self.dropped_values));
        }
        if self.dropped_bytes > 0 {
            left_out.push(format!("{:.1} MB of text", megabytes(self.dropped_bytes)));
        }
        let text = format!(
            "[{} of this run are not shown: the most is {OUTPUTS} outputs and {:.0} MB.]\n",
            left_out.join(" and "),
            megabytes(RUN_BYTES)
        );
        let item = Item::Text {
            stream: Stream::Stderr,
            text: text.into(),
        };
        if let Some(at) = self.note {
            return self.put(at, item);
        }
        self.note = Some(self.outputs.items.len());
        self.bytes += item.size();
        self.outputs.items.push(item);
    }

    /// Puts the picture of an output beside its forms. Whether there is such an output, and room.
    pub fn illustrate(&mut self, at: usize, picture: &Picture) -> bool {
        let Some(mut item) = self.outputs.items.get(at).cloned() else {
            return false;
        };
        let has_room = self.size() + picture.text.len() <= RUN_BYTES;
        let is_done = has_room && illustrate(&mut item, picture);
        if is_done {
            self.put(at, item);
        }
        is_done
    }

    fn put(&mut self, at: usize, item: Item) {
        if let Some(place) = self.outputs.items.get_mut(at) {
            self.bytes = (self.bytes + item.size()).saturating_sub(place.size());
            *place = item;
        }
    }
}

impl Line {
    /// Goes back to the line above, at its end, if there is one; `shown` is the text of the whole item.
    fn go_up(&mut self, shown: &str) {
        let Some(end) = self.start.checked_sub(1) else {
            return;
        };
        let start = shown[..end].rfind('\n').map_or(0, |at| at + 1);
        self.go_to(start, end, shown);
    }

    /// Goes on to the line below, at its end, if there is one.
    fn go_down(&mut self, shown: &str) {
        if self.below.is_empty() {
            return;
        }
        let start = shown.len() - self.below.len() + 1;
        let end = shown[start..]
            .find('\n')
            .map_or(shown.len(), |at| start + at);
        self.go_to(start, end, shown);
    }

    fn go_to(&mut self, start: usize, end: usize, shown: &str) {
        *self = Self {
            start,
            raw: shown[start..end].to_owned(),
            below: shown[end..].to_owned(),
        };
    }

    /// Adds what is printed next. What a carriage return overwrites is dropped, so that a progress bar
    /// does not grow; what is longer than a line may be is dropped too.
    fn add(&mut self, piece: &str) {
        if self.raw.len() > SPINNER_BYTES && self.raw.contains('\u{8}') {
            self.raw = ansi::overwrite(&self.raw);
        }
        let room = LINE_BYTES.saturating_sub(self.raw.len());
        if piece.contains('\r') || self.raw.contains('\r') {
            self.raw.push_str(piece);
            if let Some(last) = self.raw.rfind('\r') {
                let base = ansi::overwrite(&self.raw[..last]);
                self.raw = format!("{base}{}", &self.raw[last..]);
            }
            let end = floor(&self.raw, 2 * LINE_BYTES);
            self.raw.truncate(end);
        } else if piece.len() > room {
            if room > 0 {
                self.raw.push_str(&piece[..floor(piece, room)]);
                self.raw.push_str(CUT);
                // Full, so that nothing more is added and the note stands once.
                while self.raw.len() < LINE_BYTES {
                    self.raw.push(' ');
                }
            }
        } else {
            self.raw.push_str(piece);
        }
    }
}

impl Tail {
    /// Adds text, of which the last lines stay: so many, and within `most` bytes.
    fn add(&mut self, text: &str, most: usize) {
        for piece in text.split_inclusive('\n') {
            let before = self.open.len();
            let room = (2 * LINE_BYTES).saturating_sub(before);
            self.open.push_str(&piece[..floor(piece, room)]);
            self.bytes += self.open.len() - before;
            if piece.ends_with('\n') {
                self.end_line(most);
            }
        }
    }

    fn end_line(&mut self, most: usize) {
        // A full one may have had more.
        let is_full = self.open.len() + 4 > 2 * LINE_BYTES;
        let line = ansi::overwrite(self.open.trim_end_matches('\n'));
        let end = floor(&line, LINE_BYTES);
        let cut = if is_full || end < line.len() { CUT } else { "" };
        let line = format!("{}{cut}\n", &line[..end]);
        self.bytes = self.bytes.saturating_sub(self.open.len()) + line.len();
        self.open.clear();
        self.lines.push_back(line);
        while self.lines.len() > LAST_LINES || (self.bytes > most && self.lines.len() > 1) {
            let gone = self.lines.pop_front().unwrap_or_default();
            self.bytes = self.bytes.saturating_sub(gone.len());
            self.hidden = self.hidden.saturating_add(1);
        }
    }

    fn item_of(&self, stream: Stream) -> Item {
        let mut text: String = self.lines.iter().map(String::as_str).collect();
        text.push_str(&ansi::overwrite(&self.open));
        Item::Tail {
            stream,
            hidden_lines: self.hidden,
            text: text.into(),
        }
    }
}

/// A value with the forms that are not too large, of which one at least stays.
fn item_of(bundle: Bundle, buffers: &Buffers) -> Item {
    let mut forms: Vec<(String, Arc<str>)> = Vec::new();
    let mut too_large = Vec::new();
    for (mime, data) in bundle.into_iter().take(FORMS) {
        let size = match &data {
            Data::Text(text) => text.len(),
            Data::Buffer(index) => buffers.get(index.0 as usize).map_or(0, |bytes| bytes.len()),
        };
        if size > FORM_BYTES {
            too_large.push(format!("{mime} of {:.1} MB", megabytes(size)));
            continue;
        }
        let content: Arc<str> = match data {
            Data::Text(text) => text.into(),
            Data::Buffer(index) => match buffers.get(index.0 as usize) {
                Some(bytes) => STANDARD.encode(bytes).into(),
                None => continue,
            },
        };
        forms.push((mime, content));
    }
    if !too_large.is_empty() && forms.is_empty() {
        let text = format!(
            "[{} is not shown: the most is {:.0} MB.]",
            too_large.join(", "),
            megabytes(FORM_BYTES)
        );
        forms.push(("text/plain".to_owned(), text.into()));
    }
    Item::Value {
        forms,
        beside: None,
    }
}

/// The largest index up to `at` that lies between two characters.
fn floor(text: &str, at: usize) -> usize {
    let mut end = at.min(text.len());
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    end
}

fn megabytes(bytes: usize) -> f64 {
    bytes as f64 / f64::from(1 << 20)
}

#[cfg(test)]
mod tests {
    use protocol::BufferIndex;

    use super::*;

    fn text(text: &str) -> Output {
        Output::Text {
            stream: Stream::Stdout,
            text: text.to_owned(),
        }
    }

    fn warning(text: &str) -> Output {
        Output::Text {
            stream: Stream::Stderr,
            text: text.to_owned(),
        }
    }

    fn html(content: String) -> Output {
        let bundle = [("text/html".to_owned(), Data::Text(content))];
        Output::Value {
            bundle: bundle.into(),
            display: None,
        }
    }

    fn plain(text: &str) -> Bundle {
        [("text/plain".to_owned(), Data::Text(text.to_owned()))].into()
    }

    fn named(display: u32, text: &str) -> Output {
        Output::Value {
            bundle: plain(text),
            display: Some(DisplayId(display)),
        }
    }

    fn update(display: u32, text: &str) -> Output {
        Output::Update {
            display: DisplayId(display),
            bundle: plain(text),
        }
    }

    fn collected(outputs: impl IntoIterator<Item = Output>) -> Vec<Item> {
        let mut collector = Collector::default();
        for output in outputs {
            collector.take(output, &Vec::new());
        }
        collector.items()
    }

    #[track_caller]
    fn check(outputs: impl IntoIterator<Item = Output>, expected: &[&str]) {
        let items = collected(outputs);
        let shown: Vec<String> = items
            .iter()
            .map(|item| match item {
                Item::Text { text, .. } => text.to_string(),
                Item::Tail {
                    hidden_lines, text, ..
                } => format!("{hidden_lines} hidden: {text}"),
                Item::Value { forms, .. } if forms[0].0 == "text/plain" => forms[0].1.to_string(),
                Item::Value { forms, .. } => format!("<{}>", forms[0].0),
            })
            .collect();
        assert_eq!(shown, expected);
    }

    #[test]
    fn printed_pieces_are_one_text() {
        check([text("a"), text("b\n"), text("c")], &["ab\nc"]);
    }

    #[test]
    fn two_streams_and_values_keep_their_order() {
        check(
            [
                text("1\n"),
                warning("2\n"),
                text("3\n"),
                html("x".to_owned()),
                text("4\n"),
            ],
            &["1\n", "2\n", "3\n", "<text/html>", "4\n"],
        );
    }

    #[test]
    fn a_value_is_shown_anew_in_every_place_of_its_name() {
        check(
            [
                named(1, "0 %"),
                text("a\n"),
                named(2, "other"),
                named(1, "50 %"),
                update(1, "100 %"),
                update(3, "nobody's"),
            ],
            &["100 %", "a\n", "other", "100 %"],
        );
        let updates = (0..1_000).map(|at| update(1, &at.to_string()));
        check([named(1, "")].into_iter().chain(updates), &["999"]);
        let large = "x".repeat(4 << 20);
        let full = (0..5).map(|at| named(at, &large));
        let mut items = collected(full.chain([update(1, "small"), update(2, &large)]));
        assert_eq!(items.len(), 5);
        assert_eq!(items.remove(1).size(), 5);
    }

    #[test]
    fn what_is_cleared_goes_when_it_should() {
        let clear = |wait| Output::Clear { wait };
        check([text("a\n"), clear(true)], &["a\n"]);
        check([text("a\n"), clear(true), text("b")], &["b"]);
        check([text("a\n"), clear(false)], &[]);
        check([named(1, "a"), clear(true), update(1, "b")], &["b"]);
        check(
            [named(1, "a"), clear(true), text("c"), update(1, "b")],
            &["c"],
        );
        let mut collector = Collector::default();
        collector.take(clear(true), &Vec::new());
        assert!(collector.is_empty(), "what was there before stays");
        collector.take(clear(false), &Vec::new());
        assert!(!collector.is_empty(), "what was there before is gone");
    }

    #[test]
    fn what_was_cleared_counts_against_no_bound() {
        let clear = Output::Clear { wait: true };
        let value = html("x".repeat(1 << 20));
        let steps =
            (0..1_000).flat_map(|at| [clear.clone(), text(&format!("{at}\n")), value.clone()]);
        check(steps, &["999\n", "<text/html>"]);
    }

    #[test]
    fn bars_inside_of_bars_stay_on_their_lines() {
        let mut collector = Collector::default();
        let mut print = |text: &str| {
            let (stream, text) = (Stream::Stderr, text.to_owned());
            collector.take(Output::Text { stream, text }, &Vec::new());
        };
        // As tqdm prints them, by way of the kernel.
        print("outer 0%\n");
        print("inner 0%\u{1b}[1A\n\rinner 50%\u{1b}[1A");
        print("\router 50%\n\rinner 99%\u{1b}[1A\router 99%\n");
        print("\r         \rend\nnext");
        print("\u{1b}[2A!\u{1b}[Jxy\n?");
        let shown: Vec<Item> = collector.items();
        let [Item::Text { text, .. }] = shown.as_slice() else {
            panic!("{shown:?}");
        };
        assert_eq!(&**text, "outer 99%!xy\n?\n");
        assert_eq!(collector.size(), text.len());
    }

    #[test]
    fn a_bar_that_goes_leaves_no_line() {
        let mut collector = Collector::default();
        let text = "outer 0%\ninner\u{1b}[1A\n\r     \u{1b}[1A\router 99%\n".to_owned();
        let stream = Stream::Stderr;
        collector.take(Output::Text { stream, text }, &Vec::new());
        let shown = collector.items();
        assert!(
            matches!(shown.as_slice(), [Item::Text { text, .. }] if &**text == "outer 99%\n"),
            "{shown:?}"
        );
        assert_eq!(collector.size(), "outer 99%\n".len());
    }

    #[test]
    fn a_progress_bar_is_one_line_whatever_pieces_it_comes_in() {
        let pieces = (0..=1000).map(|at| text(&format!("\r{at:04}/1000")));
        check(pieces.chain([text("\ndone\n")]), &["1000/1000\ndone\n"]);
        check(
            [text("10%\r5"), text("0%"), text("\r"), text("100%\n")],
            &["100%\n"],
        );
        check([text("windows\r\nnext")], &["windows\nnext"]);
    }

    #[test]
    fn of_a_long_stream_the_first_and_the_last_lines_are_shown() {
        let lines: Vec<String> = (0..10_000).map(|at| at.to_string()).collect();
        let lines = lines.join("\n") + "\n";
        let items = collected([text(&lines[..20_000]), text(&lines[20_000..])]);
        let [
            Item::Text { text: first, .. },
            Item::Tail {
                hidden_lines,
                text: last,
                ..
            },
        ] = &items[..]
        else {
            panic!("{items:?}");
        };
        assert_eq!(first.lines().count(), FIRST_LINES);
        assert_eq!(last.lines().count(), LAST_LINES);
        assert_eq!(*hidden_lines, 9_000);
        assert!(first.starts_with("0\n") && last.ends_with("\n9999\n"));
    }

    #[test]
    fn a_tail_of_the_kernel_replaces_the_one_before() {
        let tail = |hidden_lines, text: &str| Output::Tail {
            stream: Stream::Stdout,
            hidden_lines,
            text: text.to_owned(),
        };
        check(
            [
                text("0\n"),
                tail(0, "1\n"),
                html("x".to_owned()),
                tail(5, "6\n7\n"),
            ],
            &["0\n", "5 hidden: 6\n7\n", "<text/html>"],
        );
    }

    #[test]
    fn two_streams_that_take_turns_within_a_line_are_bounded() {
        let turns = (0..20_000).flat_map(|_| [text("out"), warning("err")]);
        let items = collected(turns);
        assert!(items.len() <= TEXTS + 2, "{}", items.len());
        let tails = items
            .iter()
            .filter(|item| matches!(item, Item::Tail { .. }));
        assert_eq!(tails.count(), 2);
    }

    #[test]
    fn a_long_text_goes_on_in_items_that_are_one_text() {
        let line = format!("{}\n", "x".repeat(1_000));
        let items = collected((0..400).map(|_| text(&line)));
        let whole: String = items
            .iter()
            .map(|item| match item {
                Item::Text { text, .. } => text.to_string(),
                item => panic!("{item:?}"),
            })
            .collect();
        assert_eq!(whole, line.repeat(400));
        assert!(items.iter().all(|item| item.size() < ITEM_BYTES + 2_000));
    }

    #[test]
    fn of_a_long_stream_of_long_lines_the_end_is_shown_within_bounds() {
        let line = |at: usize| format!("{at} {}\n", "x".repeat(20_000));
        let items = collected((0..3_000).map(|at| text(&line(at))));
        let size: usize = items.iter().map(Item::size).sum();
        assert!(size <= RUN_BYTES + 1_000, "{size}");
        let Some(Item::Tail {
            hidden_lines, text, ..
        }) = items.last()
        else {
            panic!("no tail");
        };
        assert!(
            text.trim_end()
                .rsplit('\n')
                .next()
                .is_some_and(|last| last.starts_with("2999 "))
        );
        assert_eq!(
            *hidden_lines,
            (3_000 - FIRST_LINES - text.lines().count()) as u64
        );
    }

    #[test]
    fn a_line_that_never_ends_is_cut() {
        let items = collected((0..100).map(|_| text(&"x".repeat(32 << 10))));
        assert!(items[0].size() < LINE_BYTES + 100, "{}", items[0].size());
        assert_eq!(items.len(), 1);
    }

    #[test]
    fn a_line_at_the_end_of_a_long_stream_says_where_it_is_cut() {
        let begin = text(&"\n".repeat(FIRST_LINES));
        for colour in ["", "\u{1b}[31m"] {
            let long = format!("{colour}{}", "x".repeat(3 * LINE_BYTES));
            let items = collected([begin.clone(), text(&long), text("x\nlast\n")]);
            let Some(Item::Tail { text, .. }) = items.last() else {
                panic!("no tail");
            };
            let lines: Vec<&str> = text.lines().collect();
            assert!(
                lines[0].ends_with("xx\u{2026} [line cut]"),
                "{}",
                lines[0].len()
            );
            assert!(lines[0].len() < LINE_BYTES + 100, "{}", lines[0].len());
            assert_eq!(lines[1], "last");
        }
    }

    #[test]
    fn forty_values_of_four_megabytes_are_not_all_kept_and_it_says_so() {
        let items = collected((0..40).map(|_| html("x".repeat(4 << 20))));
        let size: usize = items.iter().map(Item::size).sum();
        assert!(size <= RUN_BYTES + 1_000, "{size}");
        let Some(Item::Text { text, .. }) = items.last() else {
            panic!("no note");
        };
        assert!(text.contains("35 more outputs"), "{text}");
    }

    #[test]
    fn a_form_that_is_too_large_is_left_out_and_the_others_stay() {
        let large = Data::Text("x".repeat(FORM_BYTES + 1));
        let both = [
            ("text/html".to_owned(), large.clone()),
            ("text/plain".to_owned(), Data::Text("small".to_owned())),
        ];
        let items = collected([
            Output::Value {
                bundle: both.into(),
                display: None,
            },
            Output::Value {
                bundle: [("text/html".to_owned(), large)].into(),
                display: None,
            },
        ]);
        let plain = |item: &Item| match item {
            Item::Value { forms, .. } => forms[0].1.to_string(),
            _ => String::new(),
        };
        assert_eq!(plain(&items[0]), "small");
        assert!(plain(&items[1]).contains("text/html of 5.0 MB is not shown"));
    }

    #[test]
    fn of_many_values_two_hundred_are_shown() {
        let items = collected((0..100_000).map(|_| html("1".to_owned())));
        assert_eq!(items.len(), OUTPUTS + 1);
        let Some(Item::Text { text, .. }) = items.last() else {
            panic!("no note");
        };
        assert!(text.contains("99800 more outputs"), "{text}");
    }

    #[test]
    fn what_is_printed_after_the_bounds_were_met_is_counted() {
        let line = format!("{}\n", "x".repeat(60_000));
        let items = collected((0..400).map(|_| text(&line)));
        let size: usize = items.iter().map(Item::size).sum();
        assert!(size <= RUN_BYTES + 1_000, "{size}");
        assert!(matches!(
            items.last(),
            Some(Item::Text {
                stream: Stream::Stderr,
                ..
            })
        ));
    }

    #[test]
    fn binary_forms_are_taken_from_the_buffers() {
        let mut collector = Collector::default();
        let bundle = [
            ("image/png".to_owned(), Data::Buffer(BufferIndex(0))),
            ("image/webp".to_owned(), Data::Buffer(BufferIndex(7))),
        ];
        collector.take(
            Output::Value {
                bundle: bundle.into(),
                display: None,
            },
            &vec![Arc::from([1_u8, 2, 3].as_slice())],
        );
        let forms = vec![("image/png".to_owned(), Arc::from("AQID"))];
        assert_eq!(
            collector.items(),
            [Item::Value {
                forms,
                beside: None
            }]
        );
    }
}
