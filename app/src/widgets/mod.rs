//! Widgets: real form controls for the values that people move.
//!
//! A control is built once from its description, and stays as long as that is the same: when its cell runs
//! again it keeps the keyboard, and the pointer that drags it. Where a widget stands is one signal of the
//! page, which all controls of the widget follow.

mod arrange;
mod chart;
mod choices;
mod entry;
mod form;
mod handle;
mod live;
mod others;
mod slider;
mod table;
mod text;
mod values;

use std::sync::Arc;

use engine::Fingerprint;
use engine::widgets::Description;
use leptos::prelude::*;

use crate::editor::Library;
use crate::page::Page;
pub use chart::selects;
pub use engine::widgets::MIME;
pub use handle::Handle;
use handle::Way;
pub use text::Slotted;
pub use values::Values;

/// What controls are built with: provided by the notebook's view.
#[derive(Clone, Copy)]
pub struct Bench {
    pub page: Page,
    pub library: Library,
}

/// What tells a widget's output from others; `None` for what is none. Texts with widgets in them are all
/// one thing: their parts follow.
pub fn fingerprint(forms: &[(String, Arc<str>)]) -> Option<Fingerprint> {
    let form = |mime: &str| {
        forms
            .iter()
            .find(|(name, _)| name == mime)
            .map(|(_, text)| text)
    };
    let text = form(MIME)?;
    let is_text = form("text/markdown").is_some();
    Some(if is_text {
        Fingerprint(1)
    } else if text.starts_with(LIVE) {
        Fingerprint(2)
    } else {
        Fingerprint::of(text)
    })
}

/// What a value says of a widget, where it is one.
pub fn description_of(forms: &[(String, Arc<str>)]) -> Option<Description> {
    let (_, text) = forms.iter().find(|(mime, _)| mime == MIME)?;
    Description::read(text)
}

/// How the description of what code changes while it is shown begins.
const LIVE: &str = r#"{"kind": "live""#;

/// The name of those controls that have no label, by kind.
fn name_of(description: &Description) -> String {
    if !description.label.is_empty() {
        return description.label.clone();
    }
    let words = description.kind.replace('_', " ");
    let mut letters = words.chars();
    match letters.next() {
        Some(first) => first.to_uppercase().chain(letters).collect(),
        None => words,
    }
}

/// The control, or the arrangement of some, that a run has put out.
#[component]
pub fn Widget(text: Signal<Arc<str>>) -> impl IntoView {
    let first = text.get_untracked();
    if first.starts_with(LIVE)
        && let Some(description) = live::read(move || text.get())
    {
        return view! { <div class="widgets"><live::Live description /></div> }.into_any();
    }
    let read = Description::read(&first);
    match (read, use_context::<Bench>()) {
        (Some(description), Some(bench)) => {
            view! { <div class="widgets">{build(&description, &Way::page(bench))}</div> }.into_any()
        }
        _ => view! { <p class="quiet">"This widget cannot be shown: its description is damaged or too large."</p> }
            .into_any(),
    }
}

/// Builds what is described.
fn build(description: &Description, way: &Way) -> AnyView {
    let handle = || Handle::of(description, way);
    match description.kind.as_str() {
        "slider" => slider::one(description, &handle()),
        "range_slider" => slider::two(description, &handle()),
        "number" => entry::number(description, handle()),
        "text" => entry::line(description, handle()),
        "text_area" => entry::area(description, handle()),
        "date" => entry::date(description, handle()),
        "checkbox" | "switch" => choices::yes_or_no(description, handle()),
        "dropdown" => choices::dropdown(description, handle()),
        "radio" => choices::radio(description, &handle()),
        "multiselect" => choices::several(description, &handle()),
        "button" => others::button(description, handle()),
        "refresh" => others::refresh(description, handle(), way.bench),
        "file" => others::file(description, handle(), way.bench),
        "download" => others::download(description),
        "table" => table::table(description, handle(), way),
        "progress" => others::progress(description),
        "chart" => chart::chart(description, way),
        "live" | "anywidget" => live::still(description),
        "form" => form::form(description, way),
        "tabs" => arrange::tabs(description, handle(), way),
        "hstack" | "vstack" => arrange::stack(description, way),
        "group" => arrange::group(description, way),
        "accordion" => arrange::accordion(description, way),
        "callout" => arrange::callout(description, way),
        "stat" => arrange::stat(description),
        "output" => arrange::output(description, way),
        kind => {
            let kind: String = kind.chars().take(40).collect();
            view! { <p class="quiet">{format!("There is no widget \u{201c}{kind}\u{201d} here.")}</p> }
                .into_any()
        }
    }
}
