//! The home page: the notebooks of this browser, the samples of this site.

use leptos::prelude::*;
use serde::Deserialize;
use wasm_bindgen_futures::spawn_local;

use super::icons::{self, Icon};
use super::menu::{Entry, Menu};
use super::notebook::Mark;
use crate::page::Listed;
use crate::store::Store;

/// A notebook file of the site, as `notebooks/index.json` lists it.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct Sample {
    /// Its file, relative to `notebooks/`.
    pub file: String,
    /// Its title.
    pub title: String,
    /// What it is about, in one sentence.
    pub about: String,
}

/// A notebook that was put into the bin a moment ago.
#[derive(Debug, Clone, PartialEq)]
struct Binned {
    key: String,
    title: String,
}

/// The home page.
#[expect(clippy::too_many_lines, reason = "mostly the elements themselves")]
#[component]
pub fn Home(store: RwSignal<Option<Result<Store, String>>, LocalStorage>) -> impl IntoView {
    let notebooks = RwSignal::new(Vec::<Listed>::new());
    let samples = RwSignal::new(Vec::<Sample>::new());
    let trouble = RwSignal::new(String::new());
    let binned = RwSignal::new(None::<Binned>);
    let list = move || {
        let Some(Ok(store)) = store.get() else {
            return;
        };
        spawn_local(async move {
            match store.list().await {
                Ok(listed) => notebooks.set(listed),
                Err(message) => trouble.set(message),
            }
        });
    };
    Effect::new(move || {
        if let Some(Err(message)) = store.get() {
            trouble.set(format!(
                "{message} Notebooks open and run, but they are gone when you leave."
            ));
        }
        list();
    });
    spawn_local(async move {
        match crate::browser::fetch_text("notebooks/index.json").await {
            Ok(text) => samples.set(serde_json::from_str(&text).unwrap_or_default()),
            Err(message) => trouble.set(message),
        }
    });
    let change = move |key: String, title: Option<String>, deleted: bool| {
        let Some(Ok(store)) = store.get_untracked() else {
            return;
        };
        spawn_local(async move {
            if let Err(message) = store.change(&key, title, deleted).await {
                trouble.set(message);
            }
            list();
        });
    };
    let delete = move |listed: &Listed| {
        binned.set(Some(Binned {
            key: listed.key.clone(),
            title: listed.title.clone(),
        }));
        change(listed.key.clone(), None, true);
    };
    view! {
        <main class="start" data-kernel="off">
            <header class="start-head">
                <h1><Mark /> "Rivulet"</h1>
                <p>"A reactive Python notebook in your browser. Run a cell, and every cell that depends on it runs too. Nothing leaves this device."</p>
                <a class="button primary" href="?new">"New notebook"</a>
            </header>
            {move || {
                let text = trouble.get();
                (!text.is_empty()).then(|| view! { <p class="trouble" role="alert">{text}</p> })
            }}
            <section aria-labelledby="yours">
                <h2 id="yours">"In this browser"</h2>
                <Show
                    when=move || !notebooks.with(Vec::is_empty)
                    fallback=|| view! { <p class="quiet">"Notebooks that you write are kept here."</p> }
                >
                    <ul class="shelf">
                        <For each=move || notebooks.get() key=|listed| (listed.key.clone(), listed.title.clone()) let:listed>
                            <Row listed change delete />
                        </For>
                    </ul>
                </Show>
            </section>
            <section aria-labelledby="samples">
                <h2 id="samples">"Samples"</h2>
                <ul class="shelf">
                    <For each=move || samples.get() key=|sample| sample.file.clone() let:sample>
                        <li class="entry">
                            <a class="entry-link" href=format!("?open=notebooks/{}", sample.file)>
                                <strong>{sample.title}</strong>
                                <span>{sample.about}</span>
                            </a>
                        </li>
                    </For>
                </ul>
            </section>
            {move || binned.get().map(|gone| {
                let key = gone.key.clone();
                let undo = move |_| {
                    change(key.clone(), None, false);
                    binned.set(None);
                };
                view! {
                    <div class="toast" role="status">
                        <p>"\u{201c}" {gone.title} "\u{201d} was deleted."</p>
                        <button class="button" on:click=undo>"Undo"</button>
                        <button
                            class="button quiet square"
                            aria-label="Dismiss"
                            on:click=move |_| binned.set(None)
                        >
                            <Icon path=icons::CLOSE />
                        </button>
                    </div>
                }
            })}
        </main>
    }
}

#[component]
fn Row(
    listed: Listed,
    change: impl Fn(String, Option<String>, bool) + Copy + Send + Sync + 'static,
    delete: impl Fn(&Listed) + Copy + Send + Sync + 'static,
) -> impl IntoView {
    let renaming = RwSignal::new(false);
    let key = listed.key.clone();
    let rename = Callback::new(move |title: String| {
        renaming.set(false);
        if !title.trim().is_empty() {
            change(key.clone(), Some(title), false);
        }
    });
    let title = StoredValue::new(listed.title.clone());
    let cells = if listed.cells == 1 {
        "1 cell".to_owned()
    } else {
        format!("{} cells", listed.cells)
    };
    let about = format!("{cells} · edited {}", when(listed.edited));
    let href = format!("?n={}", listed.key);
    let gone = StoredValue::new(listed);
    view! {
        <li class="entry">
            <Show
                when=move || renaming.get()
                fallback={
                    let (href, about) = (href.clone(), about.clone());
                    move || view! {
                        <a class="entry-link" href=href.clone()>
                            <strong>{title.get_value()}</strong>
                            <span>{about.clone()}</span>
                        </a>
                    }
                }
            >
                <input
                    class="title"
                    aria-label="New title"
                    autofocus
                    prop:value=title.get_value()
                    on:change=move |event| rename.run(event_target_value(&event))
                />
            </Show>
            <Menu name="Notebook actions">
                <Entry text="Rename" act=move || renaming.set(true) />
                <Entry text="Delete" danger=true act=move || gone.with_value(delete) />
            </Menu>
        </li>
    }
}

/// A date as people here write it.
fn when(milliseconds: f64) -> String {
    let date = js_sys::Date::new(&milliseconds.into());
    let options = js_sys::Object::new();
    for (name, value) in [
        ("day", "numeric"),
        ("month", "short"),
        ("hour", "2-digit"),
        ("minute", "2-digit"),
    ] {
        let _ = js_sys::Reflect::set(&options, &name.into(), &value.into());
    }
    String::from(date.to_locale_string("default", &options))
}
