//! What a run put out. Text, images and errors are built here as elements; HTML passes the
//! sanitiser; an SVG is shown as an image, where nothing in it can run or load anything.
//!
//! Each output is an element of its own, known by its run and its place, and changes only if it does.

use std::sync::Arc;

use engine::{Item, OutputView};
use leptos::html::Div;
use leptos::prelude::*;
use protocol::{PythonError, RunId, Stream};

use super::printed::Printed;
use crate::editor::Library;
use crate::page::CellSignals;

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
    let is_long = Memo::new(move |_| cell.outputs.with(text_lines) > LONG);
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

fn text_lines(outputs: &Arc<OutputView>) -> usize {
    let lines = |text: &str| {
        text.lines()
            .map(|line| 1 + line.len() / LINE)
            .sum::<usize>()
    };
    let items = outputs.items.iter().map(|item| match item {
        Item::Text { text, .. } | Item::Tail { text, .. } => lines(text),
        Item::Value { forms, .. } => match forms.as_slice() {
            [(mime, text)] if mime == "text/plain" => lines(text),
            _ => 0,
        },
    });
    let error = outputs.error.as_ref();
    items.sum::<usize>() + error.map_or(0, |error| lines(&error.traceback))
}

/// All outputs of a cell. `grew` is called when a text or an error was added to.
#[component]
pub fn OutputList(
    outputs: RwSignal<Arc<OutputView>>,
    library: Library,
    grew: Callback<()>,
) -> impl IntoView {
    let blocks = Memo::new(move |_| outputs.with(|outputs| Block::all(outputs)));
    let error = Memo::new(move |_| outputs.with(|outputs| outputs.error.clone()));
    Effect::new(move || {
        blocks.track();
        error.track();
        // What is new stands in the page by then.
        request_animation_frame(move || {
            grew.try_run(());
        });
    });
    view! {
        <For each=move || blocks.get() key=|block| block.key() let:block>
            {show(block, outputs, library, grew)}
        </For>
        {move || error.get().map(|error| view! { <Raised error /> })}
    }
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
}

impl Block {
    fn key(self) -> (RunId, usize, &'static str) {
        let kind = match self.kind {
            BlockKind::Printed(Stream::Stdout) => "stdout",
            BlockKind::Printed(Stream::Stderr) => "stderr",
            BlockKind::Tail(Stream::Stdout) => "tail of stdout",
            BlockKind::Tail(Stream::Stderr) => "tail of stderr",
            BlockKind::Value => "value",
        };
        (self.run, self.at, kind)
    }

    fn all(outputs: &OutputView) -> Vec<Self> {
        let mut blocks: Vec<Self> = Vec::new();
        for (at, item) in outputs.items.iter().enumerate() {
            let kind = match item {
                Item::Text { stream, .. } => BlockKind::Printed(*stream),
                Item::Tail { stream, .. } => BlockKind::Tail(*stream),
                Item::Value { .. } => BlockKind::Value,
            };
            let goes_on = matches!(kind, BlockKind::Printed(_))
                && blocks.last().is_some_and(|last| last.kind == kind);
            if !goes_on {
                let run = outputs.run;
                blocks.push(Self { run, at, kind });
            }
        }
        blocks
    }

    /// What is in it now; empty once it is another run's turn.
    fn items(self, outputs: &OutputView) -> impl Iterator<Item = &Item> {
        let all = if outputs.run == self.run {
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
) -> AnyView {
    let text = move |outputs: &Arc<OutputView>| {
        let texts = block.items(outputs).map(|item| match item {
            Item::Text { text, .. } | Item::Tail { text, .. } => &**text,
            Item::Value { .. } => "",
        });
        texts.collect::<String>()
    };
    let first = move || outputs.with(|outputs| block.items(outputs).next().cloned());
    match block.kind {
        BlockKind::Printed(stream) => {
            let text = Memo::new(move |_| outputs.with(text));
            view! { <Printed stream text grew /> }.into_any()
        }
        BlockKind::Tail(stream) => {
            let text = Memo::new(move |_| outputs.with(text));
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
        BlockKind::Value => {
            let item = Memo::new(move |_| first());
            let shown = move || match item.get() {
                Some(Item::Value { forms, .. }) => Some(value(&forms, library)),
                _ => None,
            };
            view! { {shown} }.into_any()
        }
    }
}

fn value(forms: &[(String, Arc<str>)], library: Library) -> AnyView {
    let form = |mime: &str| {
        forms
            .iter()
            .find(|(name, _)| name == mime)
            .map(|(_, text)| text.clone())
    };
    let plain = form("text/plain").unwrap_or_default();
    if let Some(html) = form("text/html") {
        return view! { <div class="rich" inner_html=move || library.html(&html)></div> }
            .into_any();
    }
    if let Some(svg) = form("image/svg+xml") {
        let data = js_sys::encode_uri_component(&svg);
        let source = format!("data:image/svg+xml;charset=utf-8,{}", String::from(data));
        return view! { <img class="figure" src=source alt=plain.to_string() /> }.into_any();
    }
    for mime in ["image/png", "image/jpeg"] {
        if let Some(data) = form(mime) {
            let size = form(SIZE).and_then(|size| serde_json::from_str(&size).ok());
            let size: Option<Size> = size;
            let source = format!("data:{mime};base64,{data}");
            return view! {
                <img
                    class="figure"
                    src=source
                    alt=plain.to_string()
                    width=size.as_ref().map(|size| size.width)
                    height=size.as_ref().map(|size| size.height)
                />
            }
            .into_any();
        }
    }
    if let Some(text) = form("text/markdown") {
        return view! { <div class="rich prose" inner_html=move || library.markdown(&text)></div> }
            .into_any();
    }
    if let Some(text) = form("text/latex") {
        return view! { <div class="rich prose" inner_html=move || library.latex(&text)></div> }
            .into_any();
    }
    view! { <pre class="plain">{plain.to_string()}</pre> }.into_any()
}

#[derive(serde::Deserialize)]
struct Size {
    width: u32,
    height: u32,
}

/// An exception: its last line first, then the way to it.
#[component]
fn Raised(error: PythonError) -> impl IntoView {
    let PythonError {
        name,
        message,
        traceback,
        ..
    } = error;
    let has_message = !message.is_empty();
    view! {
        <div data-part="error" class="raised">
            <p class="raised-line">
                <strong>{name}</strong>
                {has_message.then(|| view! { ": " {message} })}
            </p>
            <pre class="traceback">{traceback.trim_end().to_owned()}</pre>
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
