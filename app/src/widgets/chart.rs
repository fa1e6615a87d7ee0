//! A chart in which a person selects: drawn in an output frame, which tells what is selected.

use engine::session::Phase;
use engine::widgets::Description;
use leptos::prelude::*;
use protocol::RunId;
use serde_json::Value;

use super::Bench;
use super::handle::{Handle, Way};
use crate::editor::Scripted;
use crate::outputs::{InFrame, RunHere, Selects, chart_of};

/// The hold that an output has of its chart, as far as it is one. What describes it follows its cell's runs.
pub fn selects(described: Memo<Option<Description>>) -> Option<Selects> {
    let bench = use_context::<Bench>()?;
    let handle = Memo::new_with_compare(
        move |_| {
            described
                .get()
                .map(|told| Handle::of(&told, &Way::page(bench)))
        },
        |_, _| true,
    );
    Some(Selects {
        held: Signal::derive(move || {
            let handle = handle.get();
            handle.map_or_else(|| "null".to_owned(), |handle| handle.get().to_string())
        }),
        put: Callback::new(move |(selection, is_held): (String, bool)| {
            let value = serde_json::from_str::<Value>(&selection);
            if let (Some(handle), Ok(value)) = (handle.get_untracked(), value) {
                let phase = if is_held {
                    Phase::Moving
                } else {
                    Phase::Released
                };
                handle.put(value, phase);
            }
        }),
    })
}

/// A chart that stands in something else.
pub fn chart(description: &Description, way: &Way) -> AnyView {
    let forms: Vec<_> = description
        .forms
        .iter()
        .map(|(mime, text)| (mime.clone(), text.as_str().into()))
        .collect();
    let Some((renderer, (mime, text))) = chart_of(&forms) else {
        return view! { <p class="quiet">"There is no chart in this widget that can be drawn."</p> }
            .into_any();
    };
    let scripted = Scripted {
        renderer,
        mime: mime.clone(),
        text: text.clone(),
        alt: description.label.as_str().into(),
        runs: use_context::<RunHere>().is_some_and(|RunHere(is_own)| is_own.get_untracked()),
        run: RunId(0),
        data: description.text("data").to_owned(),
    };
    let described = description.clone();
    let selects = selects(Memo::new(move |_| Some(described.clone())));
    view! {
        <InFrame scripted=Signal::stored(scripted) library=way.bench.library
            picture=Signal::stored(None) keep=Callback::new(|_| ()) selects=selects />
    }
    .into_any()
}
