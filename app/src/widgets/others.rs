//! What is pressed, what ticks, what is chosen from the device or saved on it, and how far a loop is.

use std::time::Duration;

use base64::Engine as _;
use engine::session::Phase;
use engine::widgets::Description;
use js_sys::Uint8Array;
use leptos::html::Input;
use leptos::prelude::*;
use serde_json::json;

use super::handle::Handle;
use super::slider::shown;
use super::{Bench, name_of};
use crate::page::{Action, KernelWord, Role};
use crate::{browser, files};

/// A button.
pub fn button(description: &Description, handle: Handle) -> AnyView {
    let style = match description.text("style") {
        "success" => "success",
        "warn" => "warn",
        "danger" => "danger",
        _ => "neutral",
    };
    let off = description.is("disabled");
    let fixed = handle.clone();
    let pressed = move |_| {
        let presses = handle.now().as_u64().unwrap_or(0);
        handle.put(json!(presses + 1), Phase::Pressed);
    };
    view! {
        <div class="widget" class:wide=description.is("full_width")>
            <button type="button" class="button widget-button" data-widget="button" data-style=style
                disabled=move || off || fixed.is_fixed()
                on:click=pressed>
                {name_of(description)}
            </button>
        </div>
    }
    .into_any()
}

/// Counts on by itself, while the page is in view and Python has nothing to do.
pub fn refresh(description: &Description, handle: Handle, bench: Bench) -> AnyView {
    let seconds = description
        .number("seconds")
        .unwrap_or(1.0)
        .clamp(0.2, 86_400.0);
    let is_on = RwSignal::new(true);
    let page = bench.page;
    let count = {
        let handle = handle.clone();
        move || {
            let count = handle.now().as_u64().unwrap_or(0);
            handle.put(json!(count + 1), Phase::Pressed);
        }
    };
    let tick = {
        let count = count.clone();
        move || {
            // It starts nothing: a person's run comes first, and is waited for.
            let is_free = page
                .kernel
                .with_untracked(|kernel| kernel.state == KernelWord::Idle);
            let writes = page.role.get_untracked() == Role::Writes;
            if is_on.get_untracked() && is_free && writes && !browser::is_hidden() {
                count();
            }
        }
    };
    if let Ok(interval) = set_interval_with_handle(tick, Duration::from_secs_f64(seconds)) {
        on_cleanup(move || interval.clear());
    }
    let words = format!("every {} s", shown(seconds));
    view! {
        <div class="widget">
            <button type="button" class="button widget-button" data-widget="refresh"
                disabled=move || handle.is_fixed()
                on:click=move |_| count()>
                {name_of(description)}
            </button>
            <label class="widget-field tick">
                <input type="checkbox" prop:checked=move || is_on.get()
                    on:change:target=move |event| is_on.set(event.target().checked()) />
                <span>{words}</span>
            </label>
        </div>
    }
    .into_any()
}

/// Files of the person's device, which are kept with the notebook.
pub fn file(description: &Description, handle: Handle, bench: Bench) -> AnyView {
    let input = NodeRef::<Input>::new();
    let accept = description.texts("filetypes").join(",");
    let kept = RwSignal::new(Vec::<String>::new());
    let taken = move |_| {
        let list = input.get_untracked().and_then(|input| input.files());
        if let Some(list) = list.filter(|list| list.length() > 0) {
            bench.page.act(Action::ChooseFiles(list, kept));
        }
    };
    // What reads the files runs once they are there.
    {
        let handle = handle.clone();
        Effect::new(move || {
            let names = kept.get();
            if !names.is_empty() {
                handle.put(json!(names), Phase::Released);
            }
        });
    }
    let standing = handle.clone();
    let names = move || {
        let value = standing.get();
        let names = value
            .as_array()
            .into_iter()
            .flatten()
            .filter_map(|name| name.as_str());
        names.map(str::to_owned).collect::<Vec<_>>().join(", ")
    };
    view! {
        <div class="widget">
            <label class="widget-field">
                <span class="widget-label" class:hidden=description.label.is_empty()>{name_of(description)}</span>
                <input type="file" data-widget="file" node_ref=input accept=accept multiple=description.is("multiple")
                    disabled=move || handle.is_fixed()
                    on:change=taken />
            </label>
            <span class="widget-value">{names}</span>
        </div>
    }
    .into_any()
}

/// A button that saves something on the device.
pub fn download(description: &Description) -> AnyView {
    let name = description.text("filename").to_owned();
    let data = description.text("data").to_owned();
    let save = move |_| {
        if let Ok(bytes) = base64::engine::general_purpose::STANDARD.decode(&data) {
            files::hand_out(&name, &Uint8Array::from(bytes.as_slice()));
        }
    };
    view! {
        <div class="widget">
            <button type="button" class="button widget-button" data-widget="download" on:click=save>{name_of(description)}</button>
        </div>
    }
    .into_any()
}

/// How far a loop is, how fast, and how long it will take.
pub fn progress(description: &Description) -> AnyView {
    let done = description.number("done").unwrap_or(0.0);
    let total = description.number("total");
    let seconds = description.number("seconds").unwrap_or(0.0);
    let is_running = description.text("state") == "running";
    let of = total.map_or_else(
        || shown(done),
        |total| format!("{} of {}", shown(done), shown(total)),
    );
    let rate = if seconds > 0.0 { done / seconds } else { 0.0 };
    let speed = (rate > 0.0).then(|| {
        if rate >= 1.0 {
            format!("{rate:.1} a second")
        } else {
            format!("{:.1} s each", 1.0 / rate)
        }
    });
    let left = total
        .filter(|_| is_running && rate > 0.0)
        .map(|total| (total - done).max(0.0) / rate);
    let time = match left {
        Some(left) => format!("{} left", time(left)),
        None if seconds >= 0.1 => time(seconds),
        None => String::new(),
    };
    let words: Vec<String> = [Some(of), speed, Some(time)]
        .into_iter()
        .flatten()
        .filter(|words| !words.is_empty())
        .collect();
    let caption = description.text("caption").to_owned();
    let state = description
        .text("state")
        .chars()
        .take(20)
        .collect::<String>();
    // Without a total it moves by itself while it runs, and is full at its end.
    let value = match total {
        Some(total) if total > 0.0 => Some((done / total).clamp(0.0, 1.0)),
        _ => (!is_running).then_some(1.0),
    };
    view! {
        <div class="widget wide progress-bar" data-state=state>
            <label class="widget-field over">
                <span class="widget-label" class:hidden=description.label.is_empty()>{name_of(description)}</span>
                <progress data-widget="progress" value=value></progress>
            </label>
            <span class="widget-value">{words.join(" \u{00b7} ")}</span>
            {(!caption.is_empty()).then(|| view! { <span class="quiet">{caption}</span> })}
        </div>
    }
    .into_any()
}

/// A time for people.
fn time(seconds: f64) -> String {
    if seconds < 60.0 {
        format!("{seconds:.1} s")
    } else if seconds < 3600.0 {
        format!(
            "{:.0} min {:02.0} s",
            (seconds / 60.0).floor(),
            (seconds % 60.0).floor()
        )
    } else {
        format!(
            "{:.0} h {:02.0} min",
            (seconds / 3600.0).floor(),
            (seconds % 3600.0 / 60.0).floor()
        )
    }
}
