//! The entries of the home page's lists: a notebook, one in the bin, a sample.

use engine::formats::samples::Sample;
use leptos::prelude::*;

use crate::home::Home;
use crate::page::Listed;
use crate::view::date::when;
use crate::view::menu::{Entry, Menu};

/// A notebook of this browser.
#[component]
pub fn Row(home: Home, listed: Listed) -> impl IntoView {
    let renaming = RwSignal::new(false);
    let listed = StoredValue::new(listed);
    let title = move || listed.with_value(|listed| listed.title.clone());
    let rename = move |title: String| {
        renaming.set(false);
        listed.with_value(|listed| home.rename(&listed.key, title));
    };
    view! {
        <li class="entry">
            <Show
                when=move || renaming.get()
                fallback=move || view! { <RowLink listed=listed.get_value() /> }
            >
                <input
                    class="title"
                    aria-label="New title"
                    autofocus
                    prop:value=title()
                    on:change=move |event| rename(event_target_value(&event))
                />
            </Show>
            <Menu name="Notebook actions">
                <Entry text="Rename" act=move || renaming.set(true) />
                <Entry
                    text="Delete"
                    danger=true
                    act=move || listed.with_value(|listed| home.delete(listed))
                />
            </Menu>
        </li>
    }
}

#[component]
fn RowLink(listed: Listed) -> impl IntoView {
    let cells = match listed.cells {
        1 => "1 cell".to_owned(),
        count => format!("{count} cells"),
    };
    view! {
        <a class="entry-link" href=format!("?n={}", listed.key)>
            <strong>{listed.title}</strong>
            <span>{format!("{cells} · edited {}", when(listed.edited))}</span>
        </a>
    }
}

/// A notebook in the bin.
#[component]
pub fn Deleted(home: Home, listed: Listed) -> impl IntoView {
    let (back, gone) = (listed.key.clone(), listed.key);
    view! {
        <li class="entry">
            <span class="entry-link">
                <strong>{listed.title}</strong>
                <span>"deleted " {when(listed.edited)}</span>
            </span>
            <button class="button" on:click=move |_| home.restore(&back)>"Restore"</button>
            <button class="button quiet" on:click=move |_| home.destroy(gone.clone())>
                "Delete for good"
            </button>
        </li>
    }
}

/// A notebook of the site.
#[component]
pub fn SampleEntry(sample: Sample) -> impl IntoView {
    view! {
        <li class="entry">
            <a class="entry-link" href=format!("?open=notebooks/{}", sample.file)>
                <strong>{sample.title}</strong>
                <span>{sample.about}</span>
            </a>
        </li>
    }
}
