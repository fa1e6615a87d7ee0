//! What a run put out. Text, images and errors are built here as elements; HTML passes the
//! sanitiser; an SVG is shown as an image, where nothing in it can run or load anything.
//!
//! Each output is an element of its own, known by its run and its place, and changes only if it does.

use std::sync::Arc;

use engine::markdown::Pictures;
use engine::{Fingerprint, Item, OutputView};
use leptos::html::Div;
use leptos::prelude::*;
use protocol::{PythonError, RunId, Stream};

use super::printed::{MOST_BYTES, Printed};
use crate::editor::{Form, Library, Shown};
use crate::page::CellSignals;
use crate::widgets::{self, Slotted, Widget};

/// Told by the kernel beside an image: its size on the page.
const SIZE: &str = "application/vnd.rivulet.size+json";

/// How many lines of text are shown without a scroll bar.
const LONG: usize = 30;
/// About so many letters are a line.
const LINE: usize = 100;

/// A cell's outputs in one box, which scrolls as a whole where there is much text. Of a run that goes on
/// for longer the end stays in view, unless the reader has scrolled away from it.
#[component]
pub fn OutputArea(cell: CellSignals, is_old: Signal<bool>, library: Library) -> impl IntoView {
    let area = NodeRef::<Div>::new();
    let is_long = Memo::new(move |_| cell.outputs.with(is_long));
    let follows = StoredValue::new(Follows::default());
    let grew = Callback::new(move |()| {
        let run = cell.outputs.with_untracked(|outputs| outputs.run);
        let is_slow = cell.elapsed.get_untracked().is_some();
        if let Some(area) = area.get_untracked()
            && follows.with_value(|follows| follows.goes_on(run, is_slow))
        {
            area.set_scroll_top(area.scroll_height());
            let top = area.scroll_top();
            follows.set_value(Follows {
                run,
                is_away: false,
                top,
            });
        }
    });
    let scrolled = move |_| {
        if let Some(area) = area.get_untracked() {
            let (top, below) = (
                area.scroll_top(),
                area.scroll_height() - area.client_height(),
            );
            follows.update_value(|follows| follows.scrolled(top, below));
        }
    };
    let label = move || {
        is_long
            .get()
            .then(|| format!("Output of cell {}", cell.number.get()))
    };
    view! {
        <div
            data-part="output"
            class="output"
            class:old=is_old
            class:long=is_long
            node_ref=area
            // What scrolls can be reached by the keyboard.
            tabindex=move || is_long.get().then_some("0")
            role=move || is_long.get().then_some("group")
            aria-label=label
            on:scroll=scrolled
        >
            <OutputList outputs=cell.outputs library grew />
        </div>
    }
}

/// Whether the box of a cell's outputs follows their end.
#[derive(Default)]
struct Follows {
    /// The run whose end was followed last.
    run: RunId,
    /// Whether the reader has scrolled away from it.
    is_away: bool,
    /// Where the box was scrolled to.
    top: i32,
}

impl Follows {
    /// Whether to go on to the end of what this run has put out. What was there at once is read from
    /// its begin.
    fn goes_on(&self, run: RunId, is_slow: bool) -> bool {
        if self.run == run {
            !self.is_away
        } else {
            is_slow
        }
    }

    fn scrolled(&mut self, top: i32, lowest: i32) {
        // A box that has grown is not at its end and was not scrolled either.
        if top + 4 >= lowest {
            self.is_away = false;
        } else if top < self.top {
            self.is_away = true;
        }
        self.top = top;
    }
}

/// Whether so much text was put out that it is read in a box that scrolls.
fn is_long(outputs: &Arc<OutputView>) -> bool {
    let mut left = LONG;
    let mut fills = |text: &str| {
        for line in text.lines() {
            left = left.saturating_sub(1 + line.len() / LINE);
            if left == 0 {
                return true;
            }
        }
        false
    };
    let is_full = outputs.items.iter().any(|item| match item {
        Item::Text { text, .. } | Item::Tail { text, .. } => fills(text),
        Item::Value { forms, .. } => match forms.as_slice() {
            [(mime, text)] if mime == "text/plain" => fills(text),
            _ => false,
        },
    });
    let error = outputs.error.as_ref();
    is_full || error.is_some_and(|error| fills(&error.traceback))
}

/// How much is new in the page in one frame, in bytes.
const FRAME_BYTES: usize = 256 << 10;
/// What an output costs besides its bytes.
const OUTPUT_BYTES: usize = 8 << 10;
/// How much a cell shows before it folds; what is built only when it is near counts little.
const FOLD_BYTES: usize = 2 << 20;

/// Which of a cell's outputs are in the page.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
struct Revealed {
    run: RunId,
    /// The first so many.
    count: usize,
    bytes: usize,
    /// Whether as many are there as may be.
    is_folded: bool,
}

impl Revealed {
    /// Some more of them, as many as a frame has time for; up to the fold.
    fn and_more(before: Option<Self>, blocks: &[(Block, usize)], run: RunId, fold: usize) -> Self {
        let mut now = before
            .filter(|before| before.run == run)
            .unwrap_or_default();
        now.run = run;
        now.is_folded = false;
        now.count = now.count.min(blocks.len());
        let mut left = FRAME_BYTES;
        for (_, size) in &blocks[now.count..] {
            if now.bytes > fold {
                now.is_folded = true;
                break;
            }
            let cost = OUTPUT_BYTES + size;
            if left < cost && left < FRAME_BYTES {
                break;
            }
            left = left.saturating_sub(cost);
            now.count += 1;
            now.bytes += size;
        }
        now
    }
}

/// All outputs of a cell. `grew` is called when a text or an error was added to.
#[component]
pub fn OutputList(
    outputs: RwSignal<Arc<OutputView>>,
    library: Library,
    grew: Callback<()>,
    /// The pictures that a text holds itself.
    #[prop(optional, into)]
    pictures: Signal<Arc<Pictures>>,
) -> impl IntoView {
    let blocks = Memo::new(move |_| outputs.with(|outputs| Block::all(outputs)));
    let error = Memo::new(move |_| outputs.with(|outputs| outputs.error.clone()));
    let frame = RwSignal::new(0_u32);
    let fold = RwSignal::new(FOLD_BYTES);
    let revealed = Memo::new(move |before: Option<&Revealed>| {
        frame.track();
        let run = outputs.with(|outputs| outputs.run);
        blocks.with(|blocks| Revealed::and_more(before.copied(), blocks, run, fold.get()))
    });
    let is_whole = Memo::new(move |_| revealed.get().count == blocks.with(Vec::len));
    let is_revealing = StoredValue::new(false);
    Effect::new(move || {
        let is_on_its_way = !is_whole.get() && !revealed.get().is_folded;
        if is_on_its_way && !is_revealing.get_value() {
            is_revealing.set_value(true);
            request_animation_frame(move || {
                is_revealing.try_update_value(|is_revealing| *is_revealing = false);
                frame.try_update(|frame| *frame += 1);
            });
        }
    });
    // A page that is hidden gets no frames: one is asked for at a time.
    let is_planned = StoredValue::new(false);
    Effect::new(move || {
        blocks.track();
        error.track();
        revealed.track();
        if is_planned.get_value() {
            return;
        }
        is_planned.set_value(true);
        // What is new stands in the page by then.
        request_animation_frame(move || {
            is_planned.try_update_value(|is_planned| *is_planned = false);
            grew.try_run(());
        });
    });
    let shown = move || {
        let count = revealed.get().count;
        blocks.with(|blocks| {
            blocks
                .iter()
                .take(count)
                .map(|(block, _)| *block)
                .collect::<Vec<_>>()
        })
    };
    let hidden = move || blocks.with(Vec::len) - revealed.get().count.min(blocks.with(Vec::len));
    view! {
        <For each=shown key=|block| block.key() let:block>
            {show(block, outputs, library, grew, pictures)}
        </For>
        <Show when=move || revealed.get().is_folded>
            <Fold words=Signal::derive(move || format!("{} more outputs are not shown yet.", thousands(hidden() as u64)))
                more=move || fold.update(|fold| *fold += FOLD_BYTES) />
        </Show>
        {move || error.get().map(|error| view! { <Raised error library /> })}
    }
}

/// Says that there is more than is shown, and shows it.
#[component]
pub fn Fold(
    words: Signal<String>,
    more: impl Fn() + Copy + Send + Sync + 'static,
) -> impl IntoView {
    view! {
        <div class="fold">
            <span>{words}</span>
            <button class="button small" on:click=move |_| more()>"Show the rest"</button>
        </div>
    }
}

/// What the library shows in an element of its own.
#[component]
pub fn Foreign(#[prop(into)] form: Signal<Form>, library: Library) -> impl IntoView {
    let host = NodeRef::<Div>::new();
    let shown = StoredValue::new_local(None::<Shown>);
    let end = move || {
        if let Some(shown) = shown.try_update_value(Option::take).flatten() {
            shown.end();
        }
    };
    Effect::new(move || {
        let Some(host) = host.get().filter(|_| library.is_ready()) else {
            return;
        };
        end();
        form.with(|form| shown.set_value(Some(form.show(&host))));
    });
    on_cleanup(end);
    view! { <div class="value" node_ref=host></div> }
}

/// One output on the page: where it begins in its run, and what it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Block {
    run: RunId,
    at: usize,
    kind: BlockKind,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum BlockKind {
    /// Pieces of one stream, one after the other.
    Printed(Stream),
    /// The end of a stream that is too long.
    Tail(Stream),
    Value,
    /// A widget, or a text with some in it, told from others by what it is made of: the same is not built
    /// anew when its cell runs again, and keeps the keyboard.
    Widget(Fingerprint),
}

impl Block {
    fn key(self) -> (RunId, usize, &'static str, u64) {
        let mut made_of = 0;
        let kind = match self.kind {
            BlockKind::Printed(Stream::Stdout) => "stdout",
            BlockKind::Printed(Stream::Stderr) => "stderr",
            BlockKind::Tail(Stream::Stdout) => "tail of stdout",
            BlockKind::Tail(Stream::Stderr) => "tail of stderr",
            BlockKind::Value => "value",
            BlockKind::Widget(fingerprint) => {
                made_of = fingerprint.0;
                "widget"
            }
        };
        (self.run, self.at, kind, made_of)
    }

    /// All of them, each with about as many bytes as it puts in the page at once.
    fn all(outputs: &OutputView) -> Vec<(Self, usize)> {
        let mut blocks: Vec<(Self, usize)> = Vec::new();
        for (at, item) in outputs.items.iter().enumerate() {
            let kind = match item {
                Item::Text { stream, .. } => BlockKind::Printed(*stream),
                Item::Tail { stream, .. } => BlockKind::Tail(*stream),
                Item::Value { forms, .. } => {
                    widgets::fingerprint(forms).map_or(BlockKind::Value, BlockKind::Widget)
                }
            };
            let goes_on = matches!(kind, BlockKind::Printed(_))
                && blocks.last().is_some_and(|(last, _)| last.kind == kind);
            if !goes_on {
                let is_widget = matches!(kind, BlockKind::Widget(_));
                let run = if is_widget { RunId(0) } else { outputs.run };
                blocks.push((Self { run, at, kind }, 0));
            }
            if let Some((_, size)) = blocks.last_mut() {
                *size = (*size + item.size()).min(MOST_BYTES);
            }
        }
        blocks
    }

    /// What is in it now; empty once it is another run's turn.
    fn items(self, outputs: &OutputView) -> impl Iterator<Item = &Item> {
        let is_widget = matches!(self.kind, BlockKind::Widget(_));
        let all = if outputs.run == self.run || is_widget {
            outputs.items.get(self.at..)
        } else {
            None
        };
        let mut items = all.unwrap_or_default().iter();
        let first = items.next();
        let rest = items.take_while(move |item| match (item, self.kind) {
            (Item::Text { stream, .. }, BlockKind::Printed(own)) => *stream == own,
            _ => false,
        });
        first.into_iter().chain(rest)
    }
}

fn show(
    block: Block,
    outputs: RwSignal<Arc<OutputView>>,
    library: Library,
    grew: Callback<()>,
    pictures: Signal<Arc<Pictures>>,
) -> AnyView {
    // As much of it as may be shown, and how long all is.
    let text = Arc::new(move |most: usize| {
        outputs.with(|outputs| {
            let texts = block.items(outputs).map(|item| match item {
                Item::Text { text, .. } | Item::Tail { text, .. } => &**text,
                Item::Value { .. } => "",
            });
            first_of(texts, most)
        })
    });
    let first = move || outputs.with(|outputs| block.items(outputs).next().cloned());
    match block.kind {
        BlockKind::Printed(stream) => view! { <Printed stream text grew /> }.into_any(),
        BlockKind::Tail(stream) => {
            let hidden = Memo::new(move |_| match first() {
                Some(Item::Tail { hidden_lines, .. }) => hidden_lines,
                _ => 0,
            });
            view! {
                {move || (hidden.get() > 0).then(|| view! {
                    <p class="hidden-lines">{thousands(hidden.get())} " lines are not shown"</p>
                })}
                <Printed stream text grew />
            }
            .into_any()
        }
        BlockKind::Widget(_) => {
            let form = move |mime: &'static str| match first() {
                Some(Item::Value { forms, .. }) => {
                    let mut forms = forms.into_iter();
                    forms.find(|(name, _)| name == mime).map(|(_, text)| text)
                }
                _ => None,
            };
            // What comes in its place, if it is another, has an element of its own.
            let followed = move |mime: &'static str| {
                Memo::new(move |before: Option<&Arc<str>>| {
                    let before = || before.cloned().unwrap_or_default();
                    form(mime).unwrap_or_else(before)
                })
            };
            let text = followed(widgets::MIME);
            if form("text/markdown").is_some() {
                let markdown = followed("text/markdown");
                view! { <Slotted text=markdown slots=text library pictures /> }.into_any()
            } else {
                view! { <Widget text=text.get_untracked() /> }.into_any()
            }
        }
        BlockKind::Value => {
            let item = Memo::new(move |_| first());
            let shown = move || match item.get() {
                Some(Item::Value { forms, .. }) => Some(value(&forms, library, pictures.get())),
                _ => None,
            };
            view! { {shown} }.into_any()
        }
    }
}

/// The first `most` bytes of texts that follow each other, and how many there are.
fn first_of<'a>(texts: impl Iterator<Item = &'a str>, most: usize) -> (String, usize) {
    let (mut shown, mut length) = (String::new(), 0);
    for text in texts {
        length += text.len();
        let room = most.saturating_sub(shown.len()).min(text.len());
        let end = (0..=room).rev().find(|at| text.is_char_boundary(*at));
        shown.push_str(&text[..end.unwrap_or(0)]);
    }
    (shown, length)
}

/// A value in the richest form that can be shown.
pub fn value(forms: &[(String, Arc<str>)], library: Library, pictures: Arc<Pictures>) -> AnyView {
    let form = |mime: &str| {
        forms
            .iter()
            .find(|(name, _)| name == mime)
            .map(|(_, text)| text.clone())
    };
    let plain = form("text/plain").unwrap_or_default();
    let mut all = SHOWN
        .iter()
        .filter_map(|(mime, kind)| Some(Form::new(kind, form(mime)?)));
    let mut shown = all.next();
    // The library refuses such a drawing; the same as a picture may stand beside it.
    if shown.as_ref().is_some_and(is_large_drawing) {
        shown = all.find(|form| form.kind.starts_with("image/")).or(shown);
    }
    let Some(mut shown) = shown else {
        let text = if plain.is_empty() {
            without_words(forms)
        } else {
            plain
        };
        return long_text("text", text, library);
    };
    shown.pictures = pictures;
    shown.alt = plain;
    if shown.kind.starts_with("image/") {
        let size = form(SIZE).and_then(|size| serde_json::from_str(&size).ok());
        shown.size = size.map(|Size { width, height }| (width, height));
    }
    view! { <Foreign form=Signal::stored(shown) library /> }.into_any()
}

/// Whether a drawing has more characters or elements than `app/js/pictures.js` lets the browser draw.
fn is_large_drawing(form: &Form) -> bool {
    let elements = || {
        let begins = form.text.as_bytes().windows(2);
        begins
            .filter(|two| two[0] == b'<' && two[1] != b'/')
            .count()
    };
    form.kind == "image/svg+xml" && (form.text.len() > 1_500_000 || elements() > 5_000)
}

/// What is said of a value that has no form for people.
fn without_words(forms: &[(String, Arc<str>)]) -> Arc<str> {
    let is_json = |mime: &str| mime == "application/json";
    if let Some((_, text)) = forms.iter().find(|(mime, _)| is_json(mime)) {
        let value = serde_json::from_str::<serde_json::Value>(text).ok();
        let pretty = value.and_then(|value| serde_json::to_string_pretty(&value).ok());
        return pretty.map_or_else(|| text.clone(), Into::into);
    }
    let mut names = forms.iter().map(|(mime, _)| mime.as_str());
    match names.find(|mime| *mime != SIZE) {
        Some(mime) => format!("This output is of a kind that is not shown here: {mime}.").into(),
        None => "".into(),
    }
}

/// The forms that the library shows, the richest first.
const SHOWN: [(&str, &str); 6] = [
    ("text/html", "html"),
    ("image/svg+xml", "image/svg+xml"),
    ("image/png", "image/png"),
    ("image/jpeg", "image/jpeg"),
    ("text/markdown", "markdown"),
    ("text/latex", "latex"),
];

/// From so many bytes on a text is put in the page in pieces.
const LONG_TEXT: usize = 16 << 10;

fn long_text(kind: &'static str, text: Arc<str>, library: Library) -> AnyView {
    if text.len() > LONG_TEXT {
        return view! { <Foreign form=Signal::stored(Form::new(kind, text)) library /> }.into_any();
    }
    let class = if kind == "text" { "plain" } else { kind };
    view! { <pre class=class>{text.to_string()}</pre> }.into_any()
}

#[derive(serde::Deserialize)]
struct Size {
    width: u32,
    height: u32,
}

/// So much of an exception's message stands above the way to it, in characters.
const MESSAGE: usize = 1_000;

/// An exception: its last line first, then the way to it.
#[component]
fn Raised(error: PythonError, library: Library) -> impl IntoView {
    let PythonError {
        name,
        message,
        traceback,
        ..
    } = error;
    let message = match message.char_indices().nth(MESSAGE) {
        Some((end, _)) => format!("{}\u{2026}", &message[..end]),
        None => message,
    };
    let has_message = !message.is_empty();
    view! {
        <div data-part="error" class="raised">
            <p class="raised-line">
                <strong>{name}</strong>
                {has_message.then(|| view! { ": " {message} })}
            </p>
            {long_text("traceback", traceback.trim_end().into(), library)}
        </div>
    }
}

pub fn thousands(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}
