//! Decides what the address asks for: a stored notebook, a file of this site, a new one, or home.

use std::rc::Rc;

use engine::{Document, Kind, Notebook, link};
use gloo_events::EventListener;
use leptos::prelude::*;
use send_wrapper::SendWrapper;
use wasm_bindgen_futures::spawn_local;

use super::home::HomeView;
use super::icons::Mark;
use super::notebook::NotebookView;
use crate::browser;
use crate::editor::Library;
use crate::home::Opening;
use crate::shell::{Shell, open};
use crate::store::Store;

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
}

fn route() -> Route {
    if let Some(fragment) = browser::remembered().filter(|text| link::is_link(text)) {
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
    // Before any frame is made: what is in a frame can see the address.
    let fragment = browser::fragment();
    if link::is_link(&fragment) {
        browser::hide_fragment(&fragment);
    }
    reload_on_new_fragment();
    let library = Library::load();
    let shown = RwSignal::new(Shown::Loading);
    let store: Opening = RwSignal::new_local(None);
    spawn_local(async move {
        let route = route();
        if route == Route::Home {
            shown.set(Shown::Home);
        }
        let opened = Store::open().await;
        store.set(Some(opened.clone()));
        let notebook = match route {
            Route::Home => return,
            Route::New => {
                let notebook = Notebook::from_sources("Untitled", [(Kind::Python, "")]);
                Ok(open::unstored(Document::of(notebook), opened, false).await)
            }
            Route::File(file) => open::file(&file, opened).await,
            Route::Link(fragment) => match link::decode(&fragment) {
                Ok(notebook) => Ok(open::unstored(Document::of(notebook), opened, true).await),
                Err(error) => Err(error.to_string()),
            },
            Route::Stored(key) => open::stored(&key, opened).await,
        };
        match notebook {
            Ok(shell) => {
                shown.set(Shown::Notebook(SendWrapper::new(shell.clone())));
                shell.load_catalog().await;
            }
            Err(message) => shown.set(Shown::Trouble(message)),
        }
    });
    Effect::new(move || {
        if let Shown::Notebook(_) = &*shown.read() {
            browser::after_paint(|| {
                crate::panic::opened();
                browser::mark("rivulet:notebook-painted", None);
            });
        }
    });
    browser::after_paint(|| {
        browser::mark("rivulet:shell-painted", None);
        spawn_local(async {
            // What the person waits for comes first.
            gloo_timers::future::TimeoutFuture::new(2000).await;
            crate::offline::register().await;
        });
    });
    view! {
        {move || match shown.get() {
            Shown::Loading => view! { <main class="start" data-kernel="off" aria-busy="true"></main> }.into_any(),
            Shown::Home => view! { <HomeView store /> }.into_any(),
            Shown::Notebook(shell) => view! { <NotebookView page=shell.page library /> }.into_any(),
            Shown::Trouble(message) => view! { <Trouble message /> }.into_any(),
        }}
    }
}

#[component]
fn Trouble(message: String) -> impl IntoView {
    view! {
        <main class="start" data-kernel="off">
            <header class="start-head">
                <h1><Mark /> "Rivulet"</h1>
                <p role="alert">{message}</p>
                <a class="button primary" href="./">"All notebooks"</a>
            </header>
        </main>
    }
}

/// A link that is pasted over the open page only changes its fragment: open it as a new page.
fn reload_on_new_fragment() {
    let changed = |_: &web_sys::Event| {
        if link::is_link(&browser::fragment()) {
            browser::reload();
        }
    };
    EventListener::new(&browser::window(), "hashchange", changed).forget();
}
