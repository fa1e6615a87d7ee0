//! Decides what the address asks for: a stored notebook, a file of this site, a new one, or home.

use std::collections::BTreeMap;
use std::rc::Rc;

use engine::packages::{Catalog, Package};
use engine::{Kind, Notebook, Session};
use leptos::prelude::*;
use send_wrapper::SendWrapper;
use wasm_bindgen_futures::spawn_local;

use super::home::Home;
use super::notebook::{Mark, NotebookView};
use crate::browser;
use crate::driver::Driver;
use crate::editor::Library;
use crate::page::Saved;
use crate::store::{Opened, Store};

/// What the address asks for.
#[derive(Debug, Clone, PartialEq)]
enum Route {
    Home,
    New,
    Stored(String),
    File(String),
}

/// What there is to see.
#[derive(Clone)]
enum Shown {
    Loading,
    Home,
    Notebook(SendWrapper<Rc<Driver>>),
    Trouble(String),
}

type Opening = RwSignal<Option<Result<Store, String>>, LocalStorage>;

fn route() -> Route {
    if let Some(key) = browser::parameter("n") {
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
            Route::New => Ok(make(
                Notebook::from_sources("Untitled", [(Kind::Python, "")]),
                opened,
            )),
            Route::File(file) => open_file(&file, opened).await,
            Route::Stored(key) => open_stored(&key, opened).await,
        };
        match notebook {
            Ok(driver) => {
                driver.connect();
                shown.set(Shown::Notebook(SendWrapper::new(driver.clone())));
                load_catalog(&driver).await;
            }
            Err(message) => shown.set(Shown::Trouble(message)),
        }
    });
    Effect::new(move || {
        if let Shown::Notebook(_) = &*shown.read() {
            browser::after_paint(|| browser::mark("rivulet:notebook-painted", None));
        }
    });
    browser::after_paint(|| browser::mark("rivulet:shell-painted", None));
    view! {
        {move || match shown.get() {
            Shown::Loading => view! { <main class="start" data-kernel="off" aria-busy="true"></main> }.into_any(),
            Shown::Home => view! { <Home store /> }.into_any(),
            Shown::Notebook(driver) => view! { <NotebookView page=driver.page library /> }.into_any(),
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

/// A notebook that is not stored yet.
fn make(notebook: Notebook, store: Result<Store, String>) -> Rc<Driver> {
    let (writer, saved) = match store {
        Ok(store) => (Some(store.new_writer()), Saved::Untouched),
        Err(message) => (None, Saved::Failed(message)),
    };
    let session = Session::open(notebook, BTreeMap::new(), Catalog::default());
    Driver::start(session, BTreeMap::new(), writer, saved)
}

async fn open_file(file: &str, store: Result<Store, String>) -> Result<Rc<Driver>, String> {
    let path = browser::own_path(file)
        .ok_or_else(|| format!("\u{201c}{file}\u{201d} is not a file of this site. Only files of this site open by ?open=."))?;
    let is_python = path
        .split(['?', '#'])
        .next()
        .is_some_and(|path| path.to_ascii_lowercase().ends_with(".py"));
    if !is_python {
        return Err(format!(
            "\u{201c}{file}\u{201d} is not a .py file. Only Python files with `# %%` cells open by ?open=."
        ));
    }
    let text = browser::fetch_text(&path).await?;
    let name = path
        .rsplit('/')
        .next()
        .unwrap_or("notebook")
        .trim_end_matches(".py");
    Ok(make(engine::formats::percent::read(&text, name), store))
}

async fn open_stored(key: &str, store: Result<Store, String>) -> Result<Rc<Driver>, String> {
    let store = store?;
    let opened = store.read(key).await?;
    let Some(Opened {
        notebook,
        kept,
        writer,
        broken,
    }) = opened
    else {
        return Err("This browser has no such notebook. It may have been made in another browser, or this browser's data was cleared.".to_owned());
    };
    let mut records = BTreeMap::new();
    let mut outputs = BTreeMap::new();
    for (cell, kept) in kept {
        records.insert(cell, kept.record);
        outputs.insert(cell, kept.outputs);
    }
    let session = Session::open(notebook, records, Catalog::default());
    let driver = Driver::start(session, outputs, Some(writer), Saved::Done);
    if broken > 0 {
        driver.warn(format!(
            "{broken} stored changes of this notebook could not be read, and were left out."
        ));
    }
    Ok(driver)
}

/// The packages of the site, which only a run needs.
async fn load_catalog(driver: &Driver) {
    let list = async {
        let path = &crate::manifest::manifest()?.packages.path;
        let text = browser::fetch_text(path).await?;
        serde_json::from_str::<Vec<Package>>(&text)
            .map_err(|error| format!("The site's list of packages is damaged ({error})."))
    };
    match list.await {
        Ok(packages) => driver.set_catalog(packages),
        Err(message) => driver.warn(message),
    }
}
