//! The home page: the notebooks of this browser, the samples of this site.

use leptos::html;
use leptos::prelude::*;
use serde::Deserialize;
use wasm_bindgen_futures::spawn_local;

use super::date::when;
use super::icons::{self, Icon, Mark};
use super::menu::{Entry, Menu};
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

/// A sentence at the foot of the page, and the notebook that Undo takes out of the bin.
#[derive(Debug, Clone, PartialEq)]
struct Said {
    text: String,
    undo: Option<String>,
}

/// The home page.
#[expect(clippy::too_many_lines, reason = "mostly the elements themselves")]
#[component]
pub fn Home(store: RwSignal<Option<Result<Store, String>>, LocalStorage>) -> impl IntoView {
    let notebooks = RwSignal::new(Vec::<Listed>::new());
    let samples = RwSignal::new(Vec::<Sample>::new());
    let trouble = RwSignal::new(String::new());
    let bin = RwSignal::new(Vec::<Listed>::new());
    let said = RwSignal::new(None::<Said>);
    let is_safe = RwSignal::new(true);
    let list = move || {
        let Some(Ok(store)) = store.get() else {
            return;
        };
        spawn_local(async move {
            match store.list(false).await {
                Ok(listed) => notebooks.set(listed),
                Err(message) => trouble.set(message),
            }
            bin.set(store.list(true).await.unwrap_or_default());
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
        said.set(Some(Said {
            text: format!("\u{201c}{}\u{201d} is in the bin.", listed.title),
            undo: Some(listed.key.clone()),
        }));
        change(listed.key.clone(), None, true);
    };
    let destroy = move |key: String| {
        let Some(Ok(store)) = store.get_untracked() else {
            return;
        };
        spawn_local(async move {
            if let Err(message) = store.destroy(&key).await {
                trouble.set(message);
            }
            list();
        });
    };
    let say = move |text: String| said.set(Some(Said { text, undo: None }));
    let take_in = move |files: web_sys::FileList| {
        spawn_local(async move {
            let found = crate::files::read_all(&files).await;
            let Some(Ok(store)) = store.get_untracked() else {
                return trouble.set(
                    "This browser does not keep notebooks, so that no file can be opened here."
                        .to_owned(),
                );
            };
            let (mut keys, mut problems) = (Vec::new(), Vec::new());
            for document in found {
                let added = match document {
                    Ok(document) => store.add(&document).await,
                    Err(message) => Err(message),
                };
                match added {
                    Ok(key) => keys.push(key),
                    Err(message) => problems.push(message),
                }
            }
            trouble.set(problems.join(" "));
            match keys.as_slice() {
                [key] if problems.is_empty() => crate::browser::go(&format!("?n={key}")),
                [] => {}
                [_] => say("1 notebook was added.".to_owned()),
                more => say(format!("{} notebooks were added.", more.len())),
            }
            list();
        });
    };
    let back_up = move || {
        let Some(Ok(store)) = store.get_untracked() else {
            return;
        };
        spawn_local(async move {
            let mut documents = Vec::new();
            for listed in notebooks.get_untracked() {
                match store.document(&listed.key).await {
                    Ok(document) => documents.extend(document),
                    Err(message) => trouble.set(message),
                }
            }
            match crate::files::zip(&documents) {
                Some(bytes) => {
                    crate::files::save("Rivulet notebooks", ".zip", "application/zip", &bytes);
                }
                None => trouble.set("The archive could not be made.".to_owned()),
            }
        });
    };
    spawn_local(async move {
        is_safe.set(crate::browser::is_persistent().await);
    });
    let chooser = NodeRef::<html::Input>::new();
    let chosen = move |_| {
        let Some(input) = chooser.get_untracked() else {
            return;
        };
        if let Some(files) = input.files() {
            take_in(files);
        }
    };
    let dropped = move |event: web_sys::DragEvent| {
        event.prevent_default();
        let files = event.data_transfer().and_then(|data| data.files());
        if let Some(files) = files.filter(|files| files.length() > 0) {
            take_in(files);
        }
    };
    view! {
        <main
            class="start"
            data-kernel="off"
            on:dragover=move |event| event.prevent_default()
            on:drop=dropped
        >
            <header class="start-head">
                <h1><Mark /> "Rivulet"</h1>
                <p>"A reactive Python notebook in your browser. Run a cell, and every cell that depends on it runs too. Nothing leaves this device."</p>
                <div class="row">
                    <a class="button primary" href="?new">"New notebook"</a>
                    <button
                        class="button"
                        on:click=move |_| {
                            if let Some(input) = chooser.get_untracked() {
                                input.set_value("");
                                input.click();
                            }
                        }
                    >
                        "Open files"
                    </button>
                    <input
                        class="spoken"
                        type="file"
                        multiple
                        tabindex="-1"
                        aria-label="Notebook files"
                        accept=".py,.ipynb,.md,.json,.html,.htm,.zip"
                        node_ref=chooser
                        on:change=chosen
                    />
                </div>
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
                    <p class="quiet keep">
                        {move || if is_safe.get() {
                            "They are kept in this browser, on this device only. "
                        } else {
                            "They are kept in this browser, on this device only, and it may clear them: Safari after seven days without a visit, a private window when it closes, a school computer when you sign out. "
                        }}
                        <button class="link" on:click=move |_| back_up()>"Save a copy of everything (.zip)"</button>
                    </p>
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
            <Show when=move || !bin.with(Vec::is_empty)>
                <section aria-labelledby="bin">
                    <h2 id="bin">"Bin"</h2>
                    <ul class="shelf">
                        <For each=move || bin.get() key=|listed| listed.key.clone() let:listed>
                            <Deleted listed change destroy />
                        </For>
                    </ul>
                </section>
            </Show>
            {move || said.get().map(|now| {
                let undo = now.undo.map(|key| view! {
                    <button
                        class="button"
                        on:click=move |_| {
                            change(key.clone(), None, false);
                            said.set(None);
                        }
                    >
                        "Undo"
                    </button>
                });
                view! {
                    <div class="toast" role="status">
                        <p>{now.text}</p>
                        {undo}
                        <button
                            class="button quiet square"
                            aria-label="Dismiss"
                            on:click=move |_| said.set(None)
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

/// A notebook in the bin.
#[component]
fn Deleted(
    listed: Listed,
    change: impl Fn(String, Option<String>, bool) + Copy + Send + Sync + 'static,
    destroy: impl Fn(String) + Copy + Send + Sync + 'static,
) -> impl IntoView {
    let (back, gone) = (listed.key.clone(), listed.key);
    view! {
        <li class="entry">
            <span class="entry-link">
                <strong>{listed.title}</strong>
                <span>"deleted " {when(listed.edited)}</span>
            </span>
            <button class="button" on:click=move |_| change(back.clone(), None, false)>"Restore"</button>
            <button class="button quiet" on:click=move |_| destroy(gone.clone())>"Delete for good"</button>
        </li>
    }
}
