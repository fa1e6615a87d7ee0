//! All outputs of a cell, as many of them as a frame has time for. Each is an element of its own, known by
//! its run and its place, and changes only if it does.

use std::sync::Arc;

use engine::markdown::Pictures;
use engine::outputs::{Picture, SIZE, is_scripted};
use engine::words::thousands;
use engine::{Fingerprint, Item, OutputView};
use leptos::prelude::*;
use protocol::{RunId, Stream};

use super::framed::alt;
use super::printed::MOST_BYTES;
use super::{Fold, Given, InFrame, Printed, Raised, RunHere, chart_of, value};
use crate::editor::{Library, Scripted};
use crate::widgets::{self, Slotted, Widget};

/// Takes the picture that the scripts of a run's output at a place have left.
pub type Keep = Callback<(RunId, usize, Picture)>;

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
    keep: Keep,
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
            {show(block, outputs, library, grew, pictures, keep)}
        </For>
        <Show when=move || revealed.get().is_folded>
            <Fold words=Signal::derive(move || format!("{} more outputs are not shown yet.", thousands(hidden() as u64)))
                more=move || fold.update(|fold| *fold += FOLD_BYTES) />
        </Show>
        {move || error.get().map(|error| view! { <Raised error library /> })}
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
    /// A widget, or a text with some in it, told from others by what it is made of: the same is not built
    /// anew when its cell runs again, and keeps the keyboard.
    Widget(Fingerprint),
    /// A chart, by what draws it: its frame stays when its cell runs again.
    Chart(&'static str),
}

impl BlockKind {
    /// Whether its element stays when its cell runs again.
    fn stays(self) -> bool {
        matches!(self, Self::Widget(_) | Self::Chart(_))
    }
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
            BlockKind::Chart(renderer) => renderer,
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
                Item::Value { forms, .. } => match chart_of(forms) {
                    Some((renderer, _)) => BlockKind::Chart(renderer),
                    None => widgets::fingerprint(forms).map_or(BlockKind::Value, BlockKind::Widget),
                },
            };
            let goes_on = matches!(kind, BlockKind::Printed(_))
                && blocks.last().is_some_and(|(last, _)| last.kind == kind);
            if !goes_on {
                let run = if kind.stays() { RunId(0) } else { outputs.run };
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
        let all = if outputs.run == self.run || self.kind.stays() {
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
    keep: Keep,
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
            let is_own = Memo::new(move |_| outputs.with(|outputs| outputs.is_own));
            provide_context(RunHere(is_own));
            let text = followed(widgets::MIME);
            if form("text/markdown").is_some() {
                let markdown = followed("text/markdown");
                view! { <Slotted text=markdown slots=text library pictures /> }.into_any()
            } else {
                view! { <Widget text=text.into() /> }.into_any()
            }
        }
        BlockKind::Chart(renderer) => show_chart(block, renderer, outputs, library, keep),
        BlockKind::Value => {
            // A picture that comes while its output is shown changes nothing of that.
            let forms = Memo::new(move |_| first().map(without_picture));
            let picture = Signal::derive(move || first().as_ref().and_then(picture_of));
            let is_own = Memo::new(move |_| outputs.with(|outputs| outputs.is_own));
            let keep = Callback::new(move |picture| keep.run((block.run, block.at, picture)));
            let shown = move || {
                forms.get().map(|forms| {
                    value(&Given {
                        forms,
                        library,
                        pictures: pictures.get(),
                        is_own: is_own.get(),
                        picture: Memo::new(move |_| picture.get()).into(),
                        keep,
                    })
                })
            };
            view! { {shown} }.into_any()
        }
    }
}

/// Shows a chart, whose frame follows its cell's runs.
fn show_chart(
    block: Block,
    renderer: &'static str,
    outputs: RwSignal<Arc<OutputView>>,
    library: Library,
    keep: Keep,
) -> AnyView {
    let first = move || outputs.with(|outputs| block.items(outputs).next().cloned());
    let before = StoredValue::new(None::<Scripted>);
    let scripted = Memo::new(move |_| {
        let shown = outputs.with(|outputs| {
            let item = block.items(outputs).next()?;
            chart(item, renderer, outputs)
        });
        // What comes in its place, if it is none, has an element of its own.
        if let Some(shown) = shown {
            before.set_value(Some(shown));
        }
        before.get_value()
    });
    let described = Memo::new(move |_| match first() {
        Some(Item::Value { forms, .. }) => widgets::description_of(&forms),
        _ => None,
    });
    let selects = described
        .with_untracked(Option::is_some)
        .then(|| widgets::selects(described))
        .flatten();
    let picture = Memo::new(move |_| first().as_ref().and_then(picture_of));
    let keep = Callback::new(move |picture| {
        let run = outputs.with_untracked(|outputs| outputs.run);
        keep.run((run, block.at, picture));
    });
    let Some(first) = scripted.get_untracked() else {
        return ().into_any();
    };
    let scripted = Signal::derive(move || scripted.get().unwrap_or_else(|| first.clone()));
    let picture = picture.into();
    view! { <InFrame scripted library picture keep selects=selects /> }.into_any()
}

/// A chart as it is drawn.
fn chart(item: &Item, renderer: &'static str, outputs: &OutputView) -> Option<Scripted> {
    let Item::Value { forms, .. } = item else {
        return None;
    };
    let (own, (mime, text)) = chart_of(forms)?;
    let plain = forms.iter().find(|(mime, _)| mime == "text/plain");
    let plain = plain.map(|(_, text)| text.clone()).unwrap_or_default();
    let data = widgets::description_of(forms);
    let data = data.map(|told| told.text("data").to_owned());
    (own == renderer).then(|| Scripted {
        renderer,
        mime: mime.clone(),
        text: text.clone(),
        alt: alt(plain),
        runs: outputs.is_own,
        run: outputs.run,
        data: data.unwrap_or_default(),
    })
}

/// The forms of a value but for the picture that its scripts left.
fn without_picture(item: Item) -> Vec<(String, Arc<str>)> {
    let Item::Value { mut forms, .. } = item else {
        return Vec::new();
    };
    if is_scripted(&forms) {
        forms.retain(|(mime, _)| !is_of_picture(mime));
    }
    forms
}

fn is_of_picture(mime: &str) -> bool {
    mime.starts_with("image/") || mime == SIZE
}

fn picture_of(item: &Item) -> Option<Picture> {
    let Item::Value { forms, .. } = item else {
        return None;
    };
    is_scripted(forms).then(|| Picture::beside(forms)).flatten()
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
