//! The history dialog: earlier versions, what changed since, and the way back.

use engine::Notebook;
use engine::compare::{CellChange, Sign, What, compare};
use leptos::prelude::*;
use wasm_bindgen_futures::spawn_local;

use super::date::when;
use super::dialog::Dialog;
use crate::page::{Action, Page};

/// A version as the dialog lists it.
#[derive(Debug, Clone, PartialEq)]
struct Listed {
    name: String,
    reason: String,
    notebook: Notebook,
}

/// The dialog.
#[component]
pub fn History(page: Page, open: RwSignal<bool>) -> impl IntoView {
    view! {
        <Dialog open title="History">
            <HistoryBody page open />
        </Dialog>
    }
}

#[component]
fn HistoryBody(page: Page, open: RwSignal<bool>) -> impl IntoView {
    let versions = RwSignal::new(None::<Vec<Listed>>);
    let chosen = RwSignal::new(None::<usize>);
    let host = page.host()?;
    let current = StoredValue::new(host.notebook());
    let deleted = host.deleted_cells();
    let original = host.original().map(|notebook| Listed {
        name: "The original".to_owned(),
        reason: "as it was opened".to_owned(),
        notebook,
    });
    let stored = host.stored_at();
    spawn_local(async move {
        let mut listed = Vec::new();
        if let Some((store, key)) = stored {
            let found = store.versions(&key).await.unwrap_or_default();
            listed.extend(found.into_iter().map(|version| Listed {
                name: when(version.at),
                reason: version.reason,
                notebook: version.notebook,
            }));
        }
        listed.extend(original);
        versions.try_set(Some(listed));
    });
    let restore = move |notebook: Notebook| {
        page.act(Action::Replace(Box::new(notebook)));
        open.set(false);
    };
    Some(view! {
        {(!deleted.is_empty()).then(|| view! {
            <h3>"Deleted cells"</h3>
            <ul class="versions">
                {deleted.into_iter().map(|(at, cell)| {
                    let first = cell.source.lines().next().unwrap_or("(empty)").to_owned();
                    view! {
                        <li class="version-row">
                            <code>{first}</code>
                            <button
                                class="button small"
                                on:click=move |_| {
                                    page.act(Action::PutBack(at, cell.clone()));
                                    open.set(false);
                                }
                            >
                                "Put back"
                            </button>
                        </li>
                    }
                }).collect_view()}
            </ul>
            <h3>"Versions"</h3>
        })}
        {move || match versions.get() {
            None => view! { <p class="quiet">"Looking for versions"</p> }.into_any(),
            Some(list) if list.is_empty() => view! { <p class="quiet">"There is no earlier version. Versions are kept from the first edit on, for at least 30 days."</p> }.into_any(),
            Some(list) => list.into_iter().enumerate().map(|(at, listed)| {
                let is_open = move || chosen.get() == Some(at);
                let notebook = StoredValue::new(listed.notebook);
                view! {
                    <div class="version">
                        <button
                            class="version-head"
                            aria-expanded=move || is_open().to_string()
                            on:click=move |_| chosen.set((!is_open()).then_some(at))
                        >
                            <strong>{listed.name}</strong>
                            <span>{listed.reason}</span>
                        </button>
                        <Show when=is_open>
                            <Comparison
                                changes=notebook.with_value(|old| current.with_value(|new| compare(old, new)))
                            />
                            <button class="button" on:click=move |_| restore(notebook.get_value())>
                                "Restore this version"
                            </button>
                        </Show>
                    </div>
                }
            }).collect_view().into_any(),
        }}
    })
}

/// What is different now, cell by cell.
#[component]
fn Comparison(changes: Vec<CellChange>) -> impl IntoView {
    if changes.is_empty() {
        return view! { <p class="quiet">"The same as now."</p> }.into_any();
    }
    let changes = changes.into_iter().map(|change| {
        let word = match change.what {
            What::Added => "Added since",
            What::Removed => "Deleted since",
            What::Changed => "Changed since",
            What::Moved => "Moved since",
        };
        let lines = change.lines.into_iter().map(|line| {
            let (class, sign) = match line.sign {
                Sign::Same => ("same", " "),
                Sign::Minus => ("minus", "-"),
                Sign::Plus => ("plus", "+"),
            };
            view! { <span class=class>{sign} " " {line.text} "\n"</span> }
        });
        let lines = lines.collect_view();
        view! { <p class="change">{word}</p> <pre class="diff">{lines}</pre> }
    });
    view! { <div class="changes" data-part="changes">{changes.collect_view()}</div> }.into_any()
}
