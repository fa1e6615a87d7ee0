//! What arranges widgets and other values.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use engine::session::Phase;
use engine::widgets::Description;
use leptos::prelude::*;
use serde_json::json;
use wasm_bindgen::JsCast;

use super::handle::{Handle, Way};
use super::text::Slotted;
use super::{MIME, build, name_of};
use crate::outputs::{Given, RunHere, value};

/// What a panel of tabs is called by its tab.
static PANELS: AtomicU32 = AtomicU32::new(0);

fn items(description: &Description, way: &Way) -> Vec<AnyView> {
    description
        .items
        .iter()
        .map(|item| build(item, way))
        .collect()
}

/// Beside each other, or below each other.
pub fn stack(description: &Description, way: &Way) -> AnyView {
    let class = if description.kind == "hstack" {
        "widget-row"
    } else {
        "widget-column"
    };
    let justify = match description.text("justify") {
        "center" => "center",
        "end" => "end",
        "space-between" => "space-between",
        "space-around" => "space-around",
        _ => "start",
    };
    let align = match description.text("align") {
        "start" => "start",
        "end" => "end",
        "center" => "center",
        _ => "stretch",
    };
    let gap = description.number("gap").unwrap_or(0.5).clamp(0.0, 10.0);
    view! {
        <div class=class style:justify-content=justify style:align-items=align style:gap=format!("{gap}rem")>
            {items(description, way)}
        </div>
    }
    .into_any()
}

/// Widgets under one name.
pub fn group(description: &Description, way: &Way) -> AnyView {
    view! {
        <fieldset class="widget-group">
            {(!description.label.is_empty()).then(|| view! { <legend class="widget-label">{description.label.clone()}</legend> })}
            {items(description, way)}
        </fieldset>
    }
    .into_any()
}

/// Values that fold.
pub fn accordion(description: &Description, way: &Way) -> AnyView {
    let name = format!("widget-fold-{}", PANELS.fetch_add(1, Ordering::Relaxed));
    // Of folds with one name the browser opens one at a time.
    let name = (!description.is("multiple")).then_some(name);
    let titles = description.texts("titles");
    let folds: Vec<_> = titles
        .into_iter()
        .zip(items(description, way))
        .map(|(title, item)| {
            view! { <details class="widget-fold" name=name.clone()><summary>{title}</summary>{item}</details> }
        })
        .collect();
    view! { <div class="widget-column">{folds}</div> }.into_any()
}

/// Something that stands out.
pub fn callout(description: &Description, way: &Way) -> AnyView {
    let style = match description.text("style") {
        "info" => "info",
        "success" => "success",
        "warn" => "warn",
        "danger" => "danger",
        _ => "neutral",
    };
    view! { <div class="widget-callout" role="note" data-style=style>{items(description, way)}</div> }
        .into_any()
}

/// One number or text, large.
pub fn stat(description: &Description) -> AnyView {
    let text = |name: &str| description.text(name).to_owned();
    let value = description.value.as_str().unwrap_or_default().to_owned();
    view! {
        <dl class="widget-stat" class:bordered=description.is("bordered")>
            <dt>{description.label.clone()}</dt>
            <dd>{value}</dd>
            <dd class="quiet">{text("caption")}</dd>
        </dl>
    }
    .into_any()
}

/// A value that is no widget.
pub fn output(description: &Description, way: &Way) -> AnyView {
    let forms: Vec<(String, Arc<str>)> = description
        .forms
        .iter()
        .map(|(mime, text)| (mime.clone(), text.as_str().into()))
        .collect();
    if let [(mime, text)] = forms.as_slice()
        && mime == "text/plain"
    {
        return view! { <p class="widget-text">{text.to_string()}</p> }.into_any();
    }
    let form = |mime: &str| {
        forms
            .iter()
            .find(|(name, _)| name == mime)
            .map(|(_, text)| text.clone())
    };
    if let (Some(text), Some(slots)) = (form("text/markdown"), form(MIME)) {
        let pictures = Signal::stored(Arc::default());
        let (text, slots, bench) = (Signal::stored(text), Signal::stored(slots), way.bench);
        return view! { <Slotted text slots library=bench.library pictures bench /> }.into_any();
    }
    value(&Given {
        forms,
        library: way.bench.library,
        pictures: Arc::default(),
        is_own: use_context::<RunHere>().is_some_and(|RunHere(is_own)| is_own.get_untracked()),
        // Pictures are kept of what is an output by itself.
        picture: Signal::stored(None),
        keep: Callback::new(|_| ()),
    })
}

/// Values of which one is in view.
pub fn tabs(description: &Description, handle: Handle, way: &Way) -> AnyView {
    let titles = description.texts("titles");
    let first = PANELS.fetch_add(u32::try_from(titles.len()).unwrap_or(1), Ordering::Relaxed);
    let chosen = {
        let (handle, titles) = (handle.clone(), titles.clone());
        Memo::new(move |_| {
            let value = handle.get();
            let at = value
                .as_str()
                .and_then(|title| titles.iter().position(|one| one == title));
            at.unwrap_or(0)
        })
    };
    let count = titles.len();
    let choose = {
        let titles = titles.clone();
        move |at: usize| {
            if let Some(title) = titles.get(at) {
                handle.put(json!(title), Phase::Released);
            }
        }
    };
    let keyed = {
        let choose = choose.clone();
        move |event: leptos::ev::KeyboardEvent| {
            let at = chosen.get_untracked();
            let to = match event.key().as_str() {
                "ArrowRight" => (at + 1) % count,
                "ArrowLeft" => (at + count - 1) % count,
                "Home" => 0,
                "End" => count - 1,
                _ => return,
            };
            event.prevent_default();
            choose(to);
            let list = event
                .current_target()
                .and_then(|list| list.dyn_into::<web_sys::Element>().ok());
            let tab = list.and_then(|list| list.children().item(u32::try_from(to).unwrap_or(0)));
            if let Some(tab) = tab.and_then(|tab| tab.dyn_into::<web_sys::HtmlElement>().ok()) {
                let _ = tab.focus();
            }
        }
    };
    let id = move |at: usize| format!("widget-panel-{}", u64::from(first) + at as u64);
    let heads: Vec<_> = titles
        .into_iter()
        .enumerate()
        .map(|(at, title)| {
            let choose = choose.clone();
            view! {
                <button type="button" role="tab" class="widget-tab" data-widget="tabs" aria-controls=id(at)
                    aria-selected=move || (chosen.get() == at).to_string()
                    tabindex=move || if chosen.get() == at { "0" } else { "-1" }
                    on:click=move |_| choose(at)>
                    {title}
                </button>
            }
        })
        .collect();
    let panels: Vec<_> = items(description, way)
        .into_iter()
        .enumerate()
        .map(|(at, item)| {
            view! { <div role="tabpanel" id=id(at) hidden=move || chosen.get() != at>{item}</div> }
        })
        .collect();
    view! {
        <div class="widget-tabs">
            <div role="tablist" aria-label=name_of(description) on:keydown=keyed>{heads}</div>
            {panels}
        </div>
    }
    .into_any()
}
