//! Widgets that code changes while they are shown: what of them is another is built anew, and nothing else,
//! so that a slider can be dragged while what stands beside it follows.

use engine::widgets::Description;
use leptos::prelude::*;
use protocol::RunId;

use super::chart::selects;
use super::handle::Way;
use super::{Bench, build};
use crate::editor::Scripted;
use crate::outputs::{InFrame, RunHere};

/// What of a description tells its element from others: what is of the same kind follows.
fn kind_of(description: &Description) -> String {
    match description.kind.as_str() {
        "hstack" | "vstack" => description.kind.clone(),
        "anywidget" => {
            let number = description.widget.map_or(0, |widget| widget.0);
            format!("anywidget {number}")
        }
        _ => String::new(),
    }
}

/// A widget that follows its description.
#[component]
pub fn Live(description: Memo<Description>) -> AnyView {
    let Some(bench) = use_context::<Bench>() else {
        return ().into_any();
    };
    let kind = description.with_untracked(|told| told.kind.clone());
    match kind.as_str() {
        "hstack" | "vstack" | "live" => stack(description, &kind),
        "anywidget" => {
            let scripted = Signal::derive(move || description.with(scripted));
            let selects = selects(Memo::new(move |_| Some(description.get())));
            view! {
                <InFrame scripted library=bench.library picture=Signal::stored(None)
                    keep=Callback::new(|_| ()) selects=selects />
            }
            .into_any()
        }
        _ => {
            let shown = move || description.with(|told| build(told, &Way::page(bench)));
            view! { <div class="widget-live">{shown}</div> }.into_any()
        }
    }
}

fn stack(description: Memo<Description>, kind: &str) -> AnyView {
    let (class, align) = if kind == "hstack" {
        ("widget-row", "center")
    } else {
        ("widget-column", "stretch")
    };
    let items = move || {
        description.with(|told| {
            let items = told.items.iter().enumerate();
            items
                .map(|(at, item)| (at, kind_of(item)))
                .collect::<Vec<_>>()
        })
    };
    view! {
        <div class=class style:align-items=align style:gap="0.5rem">
            <For each=items key=Clone::clone let((at, _))>
                {item(description, at)}
            </For>
        </div>
    }
    .into_any()
}

fn item(description: Memo<Description>, at: usize) -> AnyView {
    let Some(first) = description.with_untracked(|told| told.items.get(at).cloned()) else {
        return ().into_any();
    };
    let description = Memo::new(move |before: Option<&Description>| {
        let before = || before.cloned().unwrap_or_else(|| first.clone());
        description.with(|told| told.items.get(at).cloned().unwrap_or_else(before))
    });
    view! { <Live description /> }.into_any()
}

/// A widget of anywidget, as its frame is told of it.
fn scripted(description: &Description) -> Scripted {
    let told = serde_json::to_string(&description.more).unwrap_or_default();
    let is_own = use_context::<RunHere>().is_some_and(|RunHere(is_own)| is_own.get());
    Scripted {
        renderer: "anywidget",
        mime: "application/vnd.jupyter.widget-view+json".to_owned(),
        text: told.into(),
        alt: description.label.as_str().into(),
        runs: is_own,
        run: RunId(0),
        data: String::new(),
    }
}

/// The same where the description stays as it is: in something that is built anew when it changes.
pub fn still(description: &Description) -> AnyView {
    let description = description.clone();
    view! { <Live description=Memo::new(move |_| description.clone()) /> }.into_any()
}

/// The description in an output's form, while it can be read.
pub fn read(
    text: impl Fn() -> std::sync::Arc<str> + Send + Sync + 'static,
) -> Option<Memo<Description>> {
    let first = Description::read(&text())?;
    Some(Memo::new(move |before: Option<&Description>| {
        let before = || before.cloned().unwrap_or_else(|| first.clone());
        Description::read(&text()).unwrap_or_else(before)
    }))
}
