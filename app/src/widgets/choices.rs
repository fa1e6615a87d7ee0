//! What is chosen: yes or no, one of several, some of several.

use std::sync::atomic::{AtomicU32, Ordering};

use engine::session::Phase;
use engine::widgets::Description;
use leptos::html::{Input, Select};
use leptos::prelude::*;
use serde_json::{Value, json};

use super::handle::Handle;
use super::name_of;

/// From so many options on there is a box to search them.
const MANY: usize = 12;

/// Two groups of radio buttons of one widget, in two places of the page, have names of their own.
static GROUPS: AtomicU32 = AtomicU32::new(0);

/// A box with a tick, or a switch.
pub fn yes_or_no(description: &Description, handle: Handle) -> AnyView {
    let input = NodeRef::<Input>::new();
    let is_switch = description.kind == "switch";
    let kind = if is_switch { "switch" } else { "checkbox" };
    let taken = {
        let handle = handle.clone();
        move |_| {
            if let Some(input) = input.get_untracked() {
                handle.put(json!(input.checked()), Phase::Released);
            }
        }
    };
    let standing = handle.clone();
    view! {
        <div class="widget">
            <label class="widget-field tick" class:switch=is_switch>
                <input type="checkbox" data-widget=kind node_ref=input
                    role=is_switch.then_some("switch")
                    prop:checked=move || standing.get().as_bool().unwrap_or(false)
                    disabled=move || handle.is_fixed()
                    on:change=taken />
                <span class="widget-label" class:hidden=description.label.is_empty()>{name_of(description)}</span>
            </label>
        </div>
    }
    .into_any()
}

/// One of several, in a list that folds.
pub fn dropdown(description: &Description, handle: Handle) -> AnyView {
    let select = NodeRef::<Select>::new();
    let options = description.texts("options");
    // Options are told by their places: one may be an empty text.
    let place = {
        let (handle, options) = (handle.clone(), options.clone());
        Memo::new(move |_| {
            let value = handle.get();
            let at = value
                .as_str()
                .and_then(|text| options.iter().position(|one| one == text));
            at.map(|at| at.to_string()).unwrap_or_default()
        })
    };
    let taken = {
        let (handle, options) = (handle.clone(), options.clone());
        move |_| {
            let at = select
                .get_untracked()
                .and_then(|select| select.value().parse::<usize>().ok());
            let value = at
                .and_then(|at| options.get(at))
                .map_or(Value::Null, |text| json!(text));
            handle.put(value, Phase::Released);
        }
    };
    let none = description.is("allow_none").then(|| {
        view! { <option value="" selected=move || place.get().is_empty()>"\u{2013}"</option> }
    });
    let entries: Vec<_> = options
        .into_iter()
        .enumerate()
        .map(|(at, text)| {
            let at = at.to_string();
            let own = at.clone();
            view! { <option value=at selected=move || place.get() == own>{text}</option> }
        })
        .collect();
    view! {
        <div class="widget" class:wide=description.is("full_width")>
            <label class="widget-field">
                <span class="widget-label" class:hidden=description.label.is_empty()>{name_of(description)}</span>
                <select data-widget="dropdown" node_ref=select
                    prop:value=move || place.get()
                    disabled=move || handle.is_fixed()
                    on:change=taken>
                    {none}
                    {entries}
                </select>
            </label>
        </div>
    }
    .into_any()
}

/// One of several, all in view.
pub fn radio(description: &Description, handle: &Handle) -> AnyView {
    let name = format!("widget-{}", GROUPS.fetch_add(1, Ordering::Relaxed));
    let options: Vec<_> = description
        .texts("options")
        .into_iter()
        .map(|text| {
            let (own, moved) = (text.clone(), text.clone());
            let (standing, taking, fixed) = (handle.clone(), handle.clone(), handle.clone());
            view! {
                <label class="widget-field tick">
                    <input type="radio" data-widget="radio" name=name.clone()
                        prop:checked=move || standing.get().as_str() == Some(&own)
                        disabled=move || fixed.is_fixed()
                        on:change=move |_| taking.put(json!(moved), Phase::Released) />
                    <span>{text}</span>
                </label>
            }
        })
        .collect();
    view! {
        <fieldset class="widget choices" class:inline=description.is("inline") role="radiogroup">
            <legend class="widget-label" class:hidden=description.label.is_empty()>{name_of(description)}</legend>
            {options}
        </fieldset>
    }
    .into_any()
}

/// Any number of several.
pub fn several(description: &Description, handle: &Handle) -> AnyView {
    let options = description.texts("options");
    let most = description.number("max_selections");
    let sought = RwSignal::new(String::new());
    let chosen = {
        let handle = handle.clone();
        Memo::new(move |_| {
            let value = handle.get();
            let texts = value
                .as_array()
                .into_iter()
                .flatten()
                .filter_map(Value::as_str);
            texts.map(str::to_owned).collect::<Vec<_>>()
        })
    };
    let is_full = Memo::new(move |_| {
        chosen.with(|chosen| most.is_some_and(|most| chosen.len() as f64 >= most))
    });
    let search = (options.len() > MANY).then(|| {
        view! {
            <input type="search" class="widget-search" placeholder="Find"
                aria-label=format!("Find in {}", name_of(description))
                on:input:target=move |event| sought.set(event.target().value().to_lowercase()) />
        }
    });
    let all = options.clone();
    let entries: Vec<_> = options
        .into_iter()
        .map(|text| {
            let (own, low) = (text.clone(), text.to_lowercase());
            let is_on = Memo::new(move |_| chosen.with(|chosen| chosen.contains(&own)));
            let own = text.clone();
            let (taking, all, fixed) = (handle.clone(), all.clone(), handle.clone());
            let input = NodeRef::<Input>::new();
            let taken = move |_| {
                let is_ticked = input.get_untracked().is_some_and(|input| input.checked());
                let before = chosen.get_untracked();
                // In the order of the options, whatever was ticked first.
                let now = all.iter().filter(|one| if **one == own { is_ticked } else { before.contains(one) });
                taking.put(json!(now.collect::<Vec<_>>()), Phase::Released);
            };
            view! {
                <label class="widget-field tick" hidden=move || sought.with(|sought| !low.contains(sought))>
                    <input type="checkbox" data-widget="multiselect" node_ref=input
                        prop:checked=move || is_on.get()
                        disabled=move || fixed.is_fixed() || (is_full.get() && !is_on.get())
                        on:change=taken />
                    <span>{text}</span>
                </label>
            }
        })
        .collect();
    view! {
        <fieldset class="widget choices" class:wide=description.is("full_width")>
            <legend class="widget-label" class:hidden=description.label.is_empty()>{name_of(description)}</legend>
            {search}
            <div class="widget-list">{entries}</div>
            {most.map(|most| view! { <p class="quiet">{format!("At most {most}.")}</p> })}
        </fieldset>
    }
    .into_any()
}
