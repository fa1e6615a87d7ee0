//! What is typed: a number, a line, a text, a day.

use engine::session::Phase;
use engine::widgets::Description;
use leptos::html::{Input, Textarea};
use leptos::prelude::*;
use serde_json::{Value, json};

use super::handle::Handle;
use super::name_of;
use super::slider::{number as whole, shown};

/// The longest text that is typed, in UTF-16 units; Python takes no longer one.
const MOST: f64 = 60_000.0;

/// A number in a box, which may be empty.
pub fn number(description: &Description, handle: Handle) -> AnyView {
    let input = NodeRef::<Input>::new();
    let (start, stop) = (description.number("start"), description.number("stop"));
    let by = description
        .number("step")
        .map_or_else(|| "any".to_owned(), |step| step.to_string());
    let wrong = RwSignal::new(None::<String>);
    let take = {
        let handle = handle.clone();
        move |phase: Phase| {
            let Some(input) = input.get_untracked() else {
                return;
            };
            let text = input.value();
            let value = input.value_as_number();
            let is_empty = text.is_empty() && input.check_validity();
            let is_low = start.is_some_and(|start| value < start);
            let is_high = stop.is_some_and(|stop| value > stop);
            if is_empty {
                wrong.set(None);
                handle.put(Value::Null, phase);
            } else if value.is_nan() || is_low || is_high {
                wrong.set(Some(limits(start, stop)));
            } else {
                wrong.set(None);
                handle.put(whole(value), phase);
            }
        }
    };
    let typed = {
        let (take, waits) = (take.clone(), description.is("debounce"));
        move |_| {
            if !waits {
                take(Phase::Moving);
            }
        }
    };
    let done = move |_| take(Phase::Released);
    let standing = handle.clone();
    let words = move || {
        let value = standing.get().as_f64();
        // What was typed stays as it was typed: "1." is 1, and is not at its end.
        let typed = input
            .get_untracked()
            .filter(|input| Some(input.value_as_number()) == value);
        typed.map_or_else(
            || value.map(shown).unwrap_or_default(),
            |input| input.value(),
        )
    };
    view! {
        <div class="widget" class:wide=description.is("full_width")>
            <label class="widget-field">
                <span class="widget-label" class:hidden=description.label.is_empty()>{name_of(description)}</span>
                <input type="number" data-widget="number" node_ref=input min=start max=stop step=by
                    prop:value=words
                    aria-invalid=move || wrong.get().map(|_| "true")
                    disabled=move || handle.is_fixed()
                    on:input=typed on:change=done />
            </label>
            <span class="widget-wrong" role="alert">{move || wrong.get()}</span>
        </div>
    }
    .into_any()
}

fn limits(start: Option<f64>, stop: Option<f64>) -> String {
    match (start, stop) {
        (Some(start), Some(stop)) => format!("a number from {} to {}", shown(start), shown(stop)),
        (Some(start), None) => format!("a number from {} on", shown(start)),
        (None, Some(stop)) => format!("a number up to {}", shown(stop)),
        (None, None) => "a number".to_owned(),
    }
}

fn text_of(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

/// Hands on the text that stands in a box.
fn taking(handle: Handle, text: impl Fn() -> Option<String> + Clone) -> impl Fn(Phase) + Clone {
    move |phase| {
        if let Some(text) = text() {
            handle.put(json!(text), phase);
        }
    }
}

/// Takes each letter, unless the widget waits for the end of the typing.
fn typing<E>(take: impl Fn(Phase), waits: bool) -> impl Fn(E) {
    move |_| {
        if !waits {
            take(Phase::Moving);
        }
    }
}

/// A line of text.
pub fn line(description: &Description, handle: Handle) -> AnyView {
    let kind = match description.text("type") {
        "password" => "password",
        "email" => "email",
        "url" => "url",
        _ => "text",
    };
    let input = NodeRef::<Input>::new();
    let take = taking(handle.clone(), move || {
        input.get_untracked().map(|input| input.value())
    });
    let typed = typing(take.clone(), description.is("debounce"));
    let standing = handle.clone();
    view! {
        <div class="widget" class:wide=description.is("full_width")>
            <label class="widget-field">
                <span class="widget-label" class:hidden=description.label.is_empty()>{name_of(description)}</span>
                <input type=kind data-widget="text" node_ref=input autocomplete="off"
                    placeholder=description.text("placeholder").to_owned()
                    maxlength=description.number("max_length").unwrap_or(MOST)
                    prop:value=move || text_of(&standing.get())
                    disabled=move || handle.is_fixed()
                    on:input=typed on:change=move |_| take(Phase::Released) />
            </label>
        </div>
    }
    .into_any()
}

/// A text of several lines.
pub fn area(description: &Description, handle: Handle) -> AnyView {
    let input = NodeRef::<Textarea>::new();
    let take = taking(handle.clone(), move || {
        input.get_untracked().map(|input| input.value())
    });
    let typed = typing(take.clone(), description.is("debounce"));
    let standing = handle.clone();
    view! {
        <div class="widget" class:wide=description.is("full_width")>
            <label class="widget-field over">
                <span class="widget-label" class:hidden=description.label.is_empty()>{name_of(description)}</span>
                <textarea data-widget="text_area" node_ref=input
                    rows=description.number("rows").unwrap_or(4.0).clamp(1.0, 100.0)
                    placeholder=description.text("placeholder").to_owned()
                    maxlength=description.number("max_length").unwrap_or(MOST)
                    prop:value=move || text_of(&standing.get())
                    disabled=move || handle.is_fixed()
                    on:input=typed on:change=move |_| take(Phase::Released)></textarea>
            </label>
        </div>
    }
    .into_any()
}

/// A day.
pub fn date(description: &Description, handle: Handle) -> AnyView {
    let input = NodeRef::<Input>::new();
    let taken = {
        let handle = handle.clone();
        move |_| {
            let Some(input) = input
                .get_untracked()
                .filter(web_sys::HtmlInputElement::check_validity)
            else {
                return;
            };
            let text = input.value();
            let value = if text.is_empty() {
                Value::Null
            } else {
                json!(text)
            };
            handle.put(value, Phase::Released);
        }
    };
    let limit =
        |name: &str| Some(description.text(name).to_owned()).filter(|text| !text.is_empty());
    let standing = handle.clone();
    view! {
        <div class="widget" class:wide=description.is("full_width")>
            <label class="widget-field">
                <span class="widget-label" class:hidden=description.label.is_empty()>{name_of(description)}</span>
                <input type="date" data-widget="date" node_ref=input min=limit("start") max=limit("stop")
                    prop:value=move || text_of(&standing.get())
                    disabled=move || handle.is_fixed()
                    on:change=taken />
            </label>
        </div>
    }
    .into_any()
}
