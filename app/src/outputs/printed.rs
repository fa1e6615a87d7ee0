//! Printed text in the page. What is on the screen already stays: text that grows is added to, so that
//! a reader keeps the place and the selection.

use std::sync::Arc;

use engine::ansi::{self, Look, Piece};
use leptos::html::Pre;
use leptos::prelude::*;
use protocol::Stream;
use web_sys::{Element, Node, Text};

use super::Fold;

/// How much is added in one frame: bytes, and pieces of one look.
const STEP: Room = Room {
    bytes: 32 << 10,
    pieces: 500,
};
/// How many such steps are taken before the text folds, and each time that it is opened.
const STEPS: usize = 10;
/// How many bytes are in the page before the text folds.
pub const MOST_BYTES: usize = STEPS * STEP.bytes;

#[derive(Debug, Clone, Copy)]
struct Room {
    bytes: usize,
    pieces: usize,
}

/// A stretch of one stream. `text` gives as many of its first bytes as asked for, and how many there
/// are; `grew` is called after each change.
#[component]
pub fn Printed<T>(stream: Stream, text: Arc<T>, grew: Callback<()>) -> impl IntoView
where
    T: Fn(usize) -> (String, usize) + Send + Sync + 'static,
{
    let name = match stream {
        Stream::Stdout => "stdout",
        Stream::Stderr => "stderr",
    };
    let element = NodeRef::<Pre>::new();
    let painted = StoredValue::new_local(Painted::default());
    let steps = RwSignal::new(1_usize);
    let fold = RwSignal::new(STEPS);
    let text = Memo::new(move |_| text(steps.get() * STEP.bytes));
    // How many bytes there are in all, where not all are shown.
    let folded = RwSignal::new(None::<usize>);
    // A page that is hidden gets no frames: one is asked for at a time.
    let is_planned = StoredValue::new(false);
    Effect::new(move || {
        let Some(element) = element.get() else {
            return;
        };
        let most = steps.get() * STEP.pieces;
        let is_cut = text.with(|(text, length)| {
            let mut is_cut = text.len() < *length;
            painted.update_value(|painted| is_cut |= painted.show(&element, text, most));
            is_cut.then_some(*length)
        });
        let may_go_on = steps.get() < fold.get();
        if is_cut.is_some() && may_go_on && !is_planned.get_value() {
            is_planned.set_value(true);
            request_animation_frame(move || {
                is_planned.try_update_value(|is_planned| *is_planned = false);
                let most = fold.try_get_untracked().unwrap_or_default();
                steps.try_update(|steps| *steps = (*steps + 1).min(most));
            });
        }
        let now = is_cut.filter(|_| !may_go_on);
        if folded.get_untracked() != now {
            folded.set(now);
        }
        grew.run(());
    });
    let words = move || {
        let (shown, all) = (steps.get() * STEP.bytes, folded.get().unwrap_or(0));
        if shown < all {
            let (shown, all) = (kilobytes(shown), kilobytes(all));
            format!(
                "This output is too large to show at once. Here are the first {shown} of {all}."
            )
        } else {
            "This output has too many colours to show at once.".to_owned()
        }
    };
    view! {
        <pre data-part="stdout" data-stream=name class="printed" node_ref=element></pre>
        <Show when=move || folded.get().is_some()>
            <Fold words=Signal::derive(words) more=move || fold.update(|fold| *fold += 10 * STEPS) />
        </Show>
    }
}

fn kilobytes(bytes: usize) -> String {
    if bytes < 1_000_000 {
        format!("{} kB", bytes / 1_000)
    } else {
        format!("{}.{} MB", bytes / 1_000_000, bytes / 100_000 % 10)
    }
}

/// What an element holds now: sections of some lines. The first stands in the element itself, and each
/// of the others in a box of its own, so that a line more does not lay out the whole text anew.
#[derive(Default)]
struct Painted(Vec<Section>);

struct Section {
    holder: Element,
    pieces: Vec<PaintedPiece>,
}

struct PaintedPiece {
    look: Look,
    shown: String,
    text: Text,
    /// What stands in the holder: the text, or the span around it.
    node: Node,
}

/// A section ends with the line that makes it as long as this, in bytes.
const SECTION: usize = 12 << 10;

impl Painted {
    /// Shows the first `most` pieces of a text; whether there are more.
    fn show(&mut self, element: &Element, text: &str, most: usize) -> bool {
        let mut pieces = ansi::pieces(text.strip_suffix('\n').unwrap_or(text));
        let is_cut = pieces.len() > most;
        pieces.truncate(most);
        let mut count = 0;
        for pieces in sections(pieces) {
            if count == self.0.len() {
                match Section::new(element, count == 0) {
                    Some(section) => self.0.push(section),
                    None => break,
                }
            }
            self.0[count].show(pieces);
            count += 1;
        }
        // The first holder is the element itself.
        for gone in self.0.drain(count.max(1).min(self.0.len())..) {
            gone.holder.remove();
        }
        if count == 0
            && let Some(first) = self.0.first_mut()
        {
            first.show(Vec::new());
        }
        is_cut
    }
}

/// Cuts after lines.
fn sections(pieces: Vec<Piece>) -> Vec<Vec<Piece>> {
    let mut sections: Vec<Vec<Piece>> = Vec::new();
    let (mut length, mut is_at_line) = (SECTION, true);
    for Piece { text, look } in pieces {
        for line in text.split_inclusive('\n') {
            if length >= SECTION && is_at_line {
                sections.push(Vec::new());
                length = 0;
            }
            length += line.len();
            is_at_line = line.ends_with('\n');
            let Some(section) = sections.last_mut() else {
                continue;
            };
            match section.last_mut().filter(|last| last.look == look) {
                Some(last) => last.text.push_str(line),
                None => section.push(Piece {
                    text: line.to_owned(),
                    look,
                }),
            }
        }
    }
    sections
}

impl Section {
    fn new(element: &Element, is_first: bool) -> Option<Self> {
        let mut holder = element.clone();
        if !is_first {
            holder = web_sys::window()?.document()?.create_element("span").ok()?;
            holder.set_class_name("lines");
            element.append_child(&holder).ok()?;
        }
        Some(Self {
            holder,
            pieces: Vec::new(),
        })
    }

    fn show(&mut self, pieces: Vec<Piece>) {
        let alike = self.pieces.iter().zip(&pieces);
        let alike = alike.take_while(|(old, new)| old.look == new.look).count();
        for gone in self.pieces.drain(alike..) {
            let _ = self.holder.remove_child(&gone.node);
        }
        let mut pieces = pieces.into_iter();
        for (old, new) in self.pieces.iter_mut().zip(pieces.by_ref()) {
            old.rewrite(new.text);
        }
        // In the element itself other sections may follow.
        let next = self.pieces.last().map_or_else(
            || self.holder.first_child(),
            |last| last.node.next_sibling(),
        );
        for new in pieces {
            if let Some(new) = PaintedPiece::new(new) {
                let _ = self.holder.insert_before(&new.node, next.as_ref());
                self.pieces.push(new);
            }
        }
    }
}

impl PaintedPiece {
    fn new(piece: Piece) -> Option<Self> {
        let document = web_sys::window()?.document()?;
        let text = document.create_text_node(&piece.text);
        let mut node: Node = text.clone().into();
        if piece.look != Look::default() {
            let span = document.create_element("span").ok()?;
            span.set_class_name(&classes(piece.look));
            span.append_child(&text).ok()?;
            node = span.into();
        }
        Some(Self {
            look: piece.look,
            shown: piece.text,
            text,
            node,
        })
    }

    fn rewrite(&mut self, new: String) {
        if self.shown == new {
            return;
        }
        let change = Change::between(&self.shown, &new);
        let units = |text: &str| u32::try_from(text.encode_utf16().count()).unwrap_or(u32::MAX);
        let cut = units(&self.shown[..change.cut]);
        let kept = units(&self.shown[change.cut..change.keep]);
        let _ = self.text.delete_data(0, cut);
        let _ = self
            .text
            .replace_data(kept, u32::MAX, &new[change.keep - change.cut..]);
        self.shown = new;
    }
}

/// How an old text becomes a new one: without its bytes up to `cut` and those from `keep` on, with the
/// rest of the new one behind.
#[derive(Debug, PartialEq, Eq)]
struct Change {
    cut: usize,
    keep: usize,
}

impl Change {
    fn between(old: &str, new: &str) -> Self {
        let same = old.bytes().zip(new.bytes());
        let same = same.take_while(|(old, new)| old == new).count();
        let same = (0..=same)
            .rev()
            .find(|at| old.is_char_boundary(*at) && new.is_char_boundary(*at));
        let same = same.unwrap_or(0);
        let moved = (!old[..same].contains('\n'))
            .then(|| moved_up(old, new))
            .flatten();
        match moved {
            // The first lines have left, as those of a long print do.
            Some(cut) => Self {
                cut,
                keep: old.len(),
            },
            None => Self { cut: 0, keep: same },
        }
    }
}

/// Where in the old text the line begins from which on the new text goes on.
fn moved_up(old: &str, new: &str) -> Option<usize> {
    let begins = old.match_indices('\n').map(|(at, _)| at + 1);
    let mut begins = begins.filter(|at| *at < old.len());
    begins.find(|at| new.starts_with(&old[*at..]))
}

fn classes(look: Look) -> String {
    let mut classes = Vec::new();
    if let Some(colour) = look.colour {
        classes.push(format!("ansi-{colour}"));
    }
    if let Some(colour) = look.background {
        classes.push(format!("ansi-on-{colour}"));
    }
    for (has, name) in [
        (look.bold, "ansi-bold"),
        (look.italic, "ansi-italic"),
        (look.underline, "ansi-underline"),
    ] {
        if has {
            classes.push(name.to_owned());
        }
    }
    classes.join(" ")
}
