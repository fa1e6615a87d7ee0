//! Decides what the address asks for: a stored notebook, a file of this site, a new one, or home.

use std::rc::Rc;

use engine::{Document, Kind, Notebook, link};
use leptos::prelude::*;
use send_wrapper::SendWrapper;
use wasm_bindgen_futures::spawn_local;

use super::home::HomeView;
use super::icons::Mark;
use super::notebook::NotebookView;
use crate::editor::Library;
use crate::embed::{self, Place};
use crate::home::Opening;
use crate::shell::{Shell, open};
use crate::store::{PATIENCE, Store};
use crate::{browser, offline};

/// Why nothing is stored inside of another site's page.
const EMBEDDED: &str = "Inside of another site\u{2019}s page nothing is stored.";

/// What is said where another tab has got a newer release of the site.
const NEW_RELEASE: &str = "A new version of Rivulet has come. It is there when you reload this page; until then everything here works on.";

/// Why a link does not open that the page was opened with before.
const LINK_GONE: &str =
    "This browser has not kept what was in the link that was open here. Open the link again.";

/// What is said where what the site answers is not its page.
const KEPT_RELEASE: &str =
    "This is Rivulet as it is kept on this device; your notebooks are here, and work.";

/// What the address asks for.
#[derive(Debug, Clone, PartialEq)]
enum Route {
    Home,
    New,
    Stored(String),
    File(String),
    /// A notebook in the address's fragment.
    Link(String),
}

/// What there is to see.
#[derive(Clone)]
enum Shown {
    Loading,
    Home,
    Notebook(SendWrapper<Rc<Shell>>),
    Trouble(String),
    /// The storage has not answered so far; what it has is shown once it does.
    Waiting,
}

fn route() -> Route {
    if let Some(fragment) = browser::link() {
        Route::Link(fragment)
    } else if let Some(key) = browser::parameter("n") {
        Route::Stored(key)
    } else if let Some(file) = browser::parameter("open") {
        Route::File(file)
    } else if browser::parameter("new").is_some() {
        Route::New
    } else {
        Route::Home
    }
}

/// The whole page.
#[component]
pub fn App() -> impl IntoView {
    let place = embed::place();
    let asks_for_own = matches!(route(), Route::Home | Route::Stored(_));
    if place == Place::Foreign || (place == Place::Embedded && asks_for_own) {
        browser::after_paint(|| browser::mark("rivulet:shell-painted", None));
        return view! { <OwnTab /> }.into_any();
    }
    let library = Library::load();
    let shown = RwSignal::new(Shown::Loading);
    let store: Opening = RwSignal::new_local(None);
    // Why what is shown is not the newest of the site.
    let refusal = RwSignal::new(None);
    Effect::new(move || {
        if let (Some(refusal), Shown::Notebook(shell)) = (refusal.get(), &*shown.read()) {
            shell.warn(refusal);
        }
    });
    spawn_local(async move {
        let route = route();
        if route == Route::Home {
            shown.set(Shown::Home);
        }
        let mut opening = Box::pin(async move {
            match place {
                Place::Own => Store::open().await,
                _ => Err(EMBEDDED.to_owned()),
            }
        });
        let opened = match &route {
            // Without the storage there is nothing of it to be shown.
            Route::Stored(key) => {
                let key = key.clone();
                let mut reading = Box::pin(async move { open::stored(&key, opening.await).await });
                if let Some(read) = browser::within(PATIENCE, &mut reading).await {
                    return show(shown, read).await;
                }
                shown.set(Shown::Waiting);
                return show(shown, reading.await).await;
            }
            _ => browser::within(PATIENCE, &mut opening).await,
        };
        let late = opened.is_none().then_some(opening);
        let opened = opened.unwrap_or_else(|| Err(Store::silent()));
        store.set(Some(opened.clone()));
        let notebook = match route {
            Route::Home | Route::Stored(_) => {
                if let Some(late) = late {
                    store.set(Some(late.await));
                }
                return;
            }
            Route::New => {
                let notebook = Notebook::from_sources("Untitled", [(Kind::Python, "")]);
                Ok(open::unstored(Document::of(notebook), opened, false).await)
            }
            Route::File(file) => open::file(&file, opened).await,
            Route::Link(fragment) if fragment.is_empty() => Err(LINK_GONE.to_owned()),
            Route::Link(fragment) => match link::decode(&fragment) {
                Ok(notebook) => Ok(open::unstored(Document::of(notebook), opened, true).await),
                Err(error) => Err(error.to_string()),
            },
        };
        if let (Ok(shell), Some(late)) = (&notebook, late) {
            let shell = shell.clone();
            spawn_local(async move {
                match late.await {
                    Ok(store) => shell.join(&store),
                    Err(message) => shell.stays_unsaved(message),
                }
            });
        }
        show(shown, notebook).await;
    });
    Effect::new(move || {
        if let Shown::Notebook(_) = &*shown.read() {
            browser::after_paint(|| {
                crate::panic::opened();
                browser::mark("rivulet:notebook-painted", None);
            });
        }
    });
    browser::after_paint(move || meet_worker(place, refusal));
    view! {
        {move || match shown.get() {
            Shown::Loading => view! { <main class="start" data-kernel="off" aria-busy="true"></main> }.into_any(),
            Shown::Home => view! { <HomeView store refusal /> }.into_any(),
            Shown::Notebook(shell) => view! { <NotebookView page=shell.page library /> }.into_any(),
            Shown::Trouble(message) => view! { <Trouble message /> }.into_any(),
            Shown::Waiting => {
                let message = format!("{} This notebook opens as soon as it does. Closing the other tabs of this site, or restarting the browser, may help.", Store::silent());
                view! { <Trouble message /> }.into_any()
            }
        }}
    }
    .into_any()
}

/// The page is painted: asks the service worker why it is not the newest, and has one where there is none.
fn meet_worker(place: Place, refusal: RwSignal<Option<String>>) {
    browser::mark("rivulet:shell-painted", None);
    spawn_local(async move {
        if let Some(why) = offline::refusal().await {
            refusal.set(Some(format!("{why} {KEPT_RELEASE}")));
        }
    });
    spawn_local(async move {
        // What the person waits for comes first.
        gloo_timers::future::TimeoutFuture::new(2000).await;
        if place == Place::Own {
            offline::register().await;
        }
    });
}

/// Shows a notebook that was opened, or why it was not.
async fn show(shown: RwSignal<Shown>, notebook: Result<Rc<Shell>, String>) {
    match notebook {
        Ok(shell) => {
            shown.set(Shown::Notebook(SendWrapper::new(shell.clone())));
            let told = Rc::downgrade(&shell);
            offline::on_new_release(move || {
                if let Some(shell) = told.upgrade() {
                    shell.warn(NEW_RELEASE.to_owned());
                }
            });
            shell.load_catalog().await;
        }
        Err(message) => shown.set(Shown::Trouble(message)),
    }
}

/// What is shown inside of another site's page by an address that is not meant for that.
#[component]
fn OwnTab() -> impl IntoView {
    view! {
        <main class="start" data-kernel="off">
            <header class="start-head">
                <h1><Mark /> "Rivulet"</h1>
                <p>"This is shown inside of another site\u{2019}s page, where notebooks of yours are neither shown nor run."</p>
                <a class="button primary" href=embed::own_address() target="_blank" rel="noopener">"Open in its own tab"</a>
            </header>
        </main>
    }
}

#[component]
fn Trouble(message: String) -> impl IntoView {
    view! {
        <main class="start" data-kernel="off">
            <header class="start-head">
                <h1><Mark /> "Rivulet"</h1>
                <p role="alert">{message}</p>
                <div class="row">
                    <a class="button primary" href="./">"All notebooks"</a>
                    <a class="button" href="?new">"New notebook"</a>
                </div>
            </header>
        </main>
    }
}
