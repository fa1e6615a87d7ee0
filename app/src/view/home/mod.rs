//! The home page: the notebooks of this browser, the samples of this site, the bin.

mod entry;
mod head;

use leptos::prelude::*;

use super::icons::{self, Icon};
use crate::home::{Home, Opening};
use entry::{Deleted, Row, SampleEntry};
use head::Head;

/// The home page.
#[component]
pub fn HomeView(
    store: Opening,
    /// Why what is shown is not the newest of the site.
    refusal: RwSignal<Option<String>>,
) -> impl IntoView {
    let home = Home::new(store);
    let dropped = move |event: web_sys::DragEvent| {
        event.prevent_default();
        let files = event.data_transfer().and_then(|data| data.files());
        if let Some(files) = files.filter(|files| files.length() > 0) {
            home.add_files(files);
        }
    };
    view! {
        <main
            class="start"
            data-kernel="off"
            on:dragover=move |event| event.prevent_default()
            on:drop=dropped
        >
            <Head home />
            {move || refusal.get().map(|text| view! { <p class="trouble" role="alert">{text}</p> })}
            {move || {
                let text = home.trouble.get();
                (!text.is_empty()).then(|| view! { <p class="trouble" role="alert">{text}</p> })
            }}
            <Notebooks home />
            <section aria-labelledby="samples">
                <h2 id="samples">"Samples"</h2>
                <ul class="shelf">
                    <For each=move || home.samples.get() key=|sample| sample.file.clone() let:sample>
                        <SampleEntry sample />
                    </For>
                </ul>
            </section>
            <Bin home />
            <Foot home />
        </main>
    }
}

#[component]
fn Notebooks(home: Home) -> impl IntoView {
    let is_kept = "They are kept in this browser, on this device only. ";
    let may_go = "They are kept in this browser, on this device only, and it may clear them: Safari after seven days without a visit, a private window when it closes, a school computer when you sign out. ";
    view! {
        <section aria-labelledby="yours">
            <h2 id="yours">"In this browser"</h2>
            <Show
                when=move || !home.notebooks.with(Vec::is_empty)
                fallback=|| view! { <p class="quiet">"Notebooks that you write are kept here."</p> }
            >
                <ul class="shelf">
                    <For
                        each=move || home.notebooks.get()
                        key=|listed| (listed.key.clone(), listed.title.clone())
                        let:listed
                    >
                        <Row home listed />
                    </For>
                </ul>
                <p class="quiet keep">
                    {move || if home.is_persistent.get() { is_kept } else { may_go }}
                    <button class="link" on:click=move |_| home.back_up()>
                        "Save a copy of everything (.zip)"
                    </button>
                </p>
            </Show>
        </section>
    }
}

#[component]
fn Bin(home: Home) -> impl IntoView {
    view! {
        <Show when=move || !home.bin.with(Vec::is_empty)>
            <section aria-labelledby="bin">
                <h2 id="bin">"Bin"</h2>
                <ul class="shelf">
                    <For each=move || home.bin.get() key=|listed| listed.key.clone() let:listed>
                        <Deleted home listed />
                    </For>
                </ul>
            </section>
        </Show>
    }
}

/// What was just done, with Undo where there is one.
#[component]
fn Foot(home: Home) -> impl IntoView {
    move || {
        home.note.get().map(|note| {
            let undo = note.undo.map(|key| {
                view! {
                    <button class="button" on:click=move |_| home.restore(&key)>
                        "Undo"
                    </button>
                }
            });
            view! {
                <div class="toast" role="status">
                    <p>{note.text}</p>
                    {undo}
                    <button
                        class="button quiet square"
                        aria-label="Dismiss"
                        on:click=move |_| home.dismiss()
                    >
                        <Icon path=icons::CLOSE />
                    </button>
                </div>
            }
        })
    }
}
