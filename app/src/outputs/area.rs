//! A cell's outputs in one box, which scrolls as a whole where there is much text.

use std::sync::Arc;

use engine::{Item, OutputView};
use leptos::html::Div;
use leptos::prelude::*;
use protocol::RunId;

use super::{Keep, OutputList};
use crate::editor::Library;
use crate::page::CellSignals;

/// How many lines of text are shown without a scroll bar.
const LONG: usize = 30;
/// About so many letters are a line.
const LINE: usize = 100;

/// A cell's outputs in one box, which scrolls as a whole where there is much text. Of a run that goes on
/// for longer the end stays in view, unless the reader has scrolled away from it.
#[component]
pub fn OutputArea(
    cell: CellSignals,
    is_old: Signal<bool>,
    library: Library,
    keep: Keep,
) -> impl IntoView {
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
            <OutputList outputs=cell.outputs library grew keep />
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
