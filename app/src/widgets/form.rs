//! A form: what its controls say counts once the person submits it.

use std::collections::BTreeMap;

use engine::session::Phase;
use engine::widgets::Description;
use leptos::prelude::*;
use serde_json::Value;

use super::handle::{Handle, Way};
use super::{build, name_of};

pub fn form(description: &Description, way: &Way) -> AnyView {
    let handle = Handle::of(description, way);
    let leaves = description.leaves();
    let sent = handle.now();
    let first: Vec<Value> = leaves.iter().map(|leaf| leaf.value.clone()).collect();
    let inside: Vec<ArcRwSignal<Value>> = first
        .iter()
        .enumerate()
        .map(|(at, first)| ArcRwSignal::new(sent.get(at).unwrap_or(first).clone()))
        .collect();
    let by_widget: BTreeMap<_, _> = leaves
        .iter()
        .zip(&inside)
        .filter_map(|(leaf, signal)| Some((leaf.widget?, signal.clone())))
        .collect();
    let own = Way {
        bench: way.bench,
        form: Some(by_widget),
    };
    // Where another tab or an undo has moved it, its controls follow.
    {
        let (handle, inside) = (handle.clone(), inside.clone());
        Effect::new(move || {
            let sent = handle.get();
            for (at, signal) in inside.iter().enumerate() {
                if let Some(value) = sent.get(at) {
                    signal.set(value.clone());
                }
            }
        });
    }
    let differs = {
        let (handle, inside) = (handle.clone(), inside.clone());
        Memo::new(move |_| {
            let sent = handle.get();
            let mut inside = inside.iter().enumerate();
            inside.any(|(at, signal)| signal.with(|value| sent.get(at) != Some(value)))
        })
    };
    let clears = description.is("clear");
    let submit = {
        let handle = handle.clone();
        move |event: leptos::ev::SubmitEvent| {
            event.prevent_default();
            let values: Vec<Value> = inside.iter().map(GetUntracked::get_untracked).collect();
            handle.put(Value::Array(values), Phase::Released);
            if clears {
                for (signal, first) in inside.iter().zip(&first) {
                    signal.set(first.clone());
                }
            }
        }
    };
    let off = description.is("disabled");
    let items: Vec<_> = description
        .items
        .iter()
        .map(|item| build(item, &own))
        .collect();
    let words = match description.text("submit") {
        "" => "Submit".to_owned(),
        words => words.to_owned(),
    };
    view! {
        <form class="widget-form" class:bordered=description.is("bordered") data-widget="form"
            aria-label=name_of(description) on:submit=submit>
            {(!description.label.is_empty()).then(|| view! { <p class="widget-label">{description.label.clone()}</p> })}
            {items}
            <button type="submit" class="button widget-button" disabled=move || off || handle.is_fixed()>{words}</button>
            <span class="quiet">{move || differs.get().then_some("not submitted yet")}</span>
        </form>
    }
    .into_any()
}
