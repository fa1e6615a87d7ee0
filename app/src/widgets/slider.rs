//! Sliders: one number, or two.

use engine::session::Phase;
use engine::widgets::Description;
use leptos::html::Input;
use leptos::prelude::*;
use serde_json::{Value, json};

use super::handle::Handle;
use super::name_of;

/// What a number looks like, as short as it is exact.
pub fn shown(number: f64) -> String {
    // What a step of 0.1 makes of 0.30000000000000004.
    let rounded = format!("{number:.10}");
    let short = rounded.trim_end_matches('0').trim_end_matches('.');
    if short.is_empty() || short == "-" || short == "-0" {
        "0".to_owned()
    } else {
        short.to_owned()
    }
}

/// A number as JSON: a whole one where it is.
pub fn number(value: f64) -> Value {
    #[expect(
        clippy::cast_possible_truncation,
        reason = "it is whole, and small enough"
    )]
    if value.fract() == 0.0 && value.abs() < 9e15 {
        json!(value as i64)
    } else {
        json!(value)
    }
}

#[derive(Clone)]
struct Scale {
    start: f64,
    stop: f64,
    step: f64,
    steps: Vec<f64>,
}

impl Scale {
    fn of(description: &Description) -> Self {
        let start = description.number("start").unwrap_or(0.0);
        Self {
            start,
            stop: description.number("stop").unwrap_or(start + 1.0),
            step: description.number("step").unwrap_or(1.0),
            steps: description.numbers("steps"),
        }
    }

    fn words(&self, raw: f64) -> String {
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "it is a place in a list, or none"
        )]
        let own = self.steps.get(raw.max(0.0) as usize);
        shown(own.copied().unwrap_or(raw))
    }
}

/// One number that is dragged.
pub fn one(description: &Description, handle: &Handle) -> AnyView {
    let scale = Scale::of(description);
    let input = NodeRef::<Input>::new();
    let waits = description.is("debounce");
    let standing = {
        let handle = handle.clone();
        let start = scale.start;
        Memo::new(move |_| handle.get().as_f64().unwrap_or(start))
    };
    let read = move || input.get_untracked().map(|input| input.value_as_number());
    // What is shown beside it follows the thumb, also where Python waits for its release.
    let dragged = RwSignal::new(None::<f64>);
    let moved = {
        let handle = handle.clone();
        move |_| {
            if let Some(value) = read() {
                dragged.set(Some(value));
                if !waits {
                    handle.put(number(value), Phase::Moving);
                }
            }
        }
    };
    let released = {
        let handle = handle.clone();
        move |_| {
            dragged.set(None);
            if let Some(value) = read() {
                handle.put(number(value), Phase::Released);
            }
        }
    };
    let words = {
        let scale = scale.clone();
        Memo::new(move |_| scale.words(dragged.get().unwrap_or_else(|| standing.get())))
    };
    let fixed = handle.clone();
    let box_beside = description.is("include_input").then(|| {
        let handle = handle.clone();
        let Scale { start, stop, step, .. } = scale;
        let label = name_of(description);
        let input = NodeRef::<Input>::new();
        let typed = move |_| {
            if let Some(input) = input.get_untracked() {
                let value = input.value_as_number();
                if (start..=stop).contains(&value) {
                    handle.put(number(value), Phase::Released);
                } else {
                    input.set_value(&shown(standing.get_untracked()));
                }
            }
        };
        view! {
            <input type="number" class="widget-number" node_ref=input min=start max=stop step=step aria-label=label
                prop:value=move || shown(standing.get()) on:change=typed />
        }
    });
    view! {
        <div class="widget" class:wide=description.is("full_width") class:upright=description.text("orientation") == "vertical">
            <label class="widget-field">
                <span class="widget-label" class:hidden=description.label.is_empty()>{name_of(description)}</span>
                <input
                    type="range" data-widget="slider" node_ref=input
                    min=scale.start max=scale.stop step=scale.step
                    prop:value=move || standing.get().to_string()
                    aria-valuetext=move || words.get()
                    disabled=move || fixed.is_fixed()
                    on:input=moved on:change=released
                />
            </label>
            {box_beside}
            {description.is("show_value").then(|| view! { <output class="widget-value">{words}</output> })}
        </div>
    }
    .into_any()
}

/// Two numbers, each with a thumb of its own.
pub fn two(description: &Description, handle: &Handle) -> AnyView {
    let scale = Scale::of(description);
    let (start, stop) = (scale.start, scale.stop);
    let waits = description.is("debounce");
    let inputs = [NodeRef::<Input>::new(), NodeRef::<Input>::new()];
    let standing = {
        let handle = handle.clone();
        Memo::new(move |_| {
            let value = handle.get();
            let at = |at: usize| value.get(at).and_then(Value::as_f64);
            (at(0).unwrap_or(start), at(1).unwrap_or(stop))
        })
    };
    let dragged = RwSignal::new(None::<(f64, f64)>);
    let both = Memo::new(move |_| dragged.get().unwrap_or_else(|| standing.get()));
    let thumb = |at: usize, name: &str| {
        let handle = handle.clone();
        // A thumb cannot pass the other one: it stops there.
        let read = move || {
            let input = inputs[at].get_untracked()?;
            let (low, high) = both.get_untracked();
            let value = input.value_as_number();
            let pair = if at == 0 {
                (value.min(high), high)
            } else {
                (low, value.max(low))
            };
            let own = if at == 0 { pair.0 } else { pair.1 };
            if input.value_as_number() > own || input.value_as_number() < own {
                input.set_value(&own.to_string());
            }
            Some(pair)
        };
        let moved = {
            let handle = handle.clone();
            move |_| {
                if let Some((low, high)) = read() {
                    dragged.set(Some((low, high)));
                    if !waits {
                        handle.put(json!([number(low), number(high)]), Phase::Moving);
                    }
                }
            }
        };
        let released = {
            let handle = handle.clone();
            move |_| {
                let pair = read();
                dragged.set(None);
                if let Some((low, high)) = pair {
                    handle.put(json!([number(low), number(high)]), Phase::Released);
                }
            }
        };
        let words = scale.clone();
        let own = move || if at == 0 { both.get().0 } else { both.get().1 };
        view! {
            <input
                type="range" data-widget="range_slider" node_ref=inputs[at]
                min=start max=stop step=scale.step
                aria-label=format!("{}, {name}", name_of(description))
                prop:value=move || own().to_string()
                aria-valuetext=move || words.words(own())
                disabled=move || handle.is_fixed()
                on:input=moved on:change=released
            />
        }
    };
    let share = move |number: f64| (number - start) / (stop - start) * 100.0;
    let words = {
        let scale = scale.clone();
        move || {
            let (low, high) = both.get();
            format!("{} \u{2013} {}", scale.words(low), scale.words(high))
        }
    };
    view! {
        <div class="widget" class:wide=description.is("full_width")>
            <div class="widget-field" role="group" aria-label=name_of(description)>
                <span class="widget-label" class:hidden=description.label.is_empty()>{name_of(description)}</span>
                <span class="widget-range"
                    style:--low=move || format!("{}%", share(both.get().0))
                    style:--high=move || format!("{}%", share(both.get().1))>
                    {thumb(0, "from")}
                    {thumb(1, "to")}
                </span>
            </div>
            {description.is("show_value").then(|| view! { <output class="widget-value">{words}</output> })}
        </div>
    }
    .into_any()
}
