//! Decides what the address asks for: a stored notebook, a file of this site, a new one, or home.

use std::collections::BTreeMap;
use std::rc::Rc;

use engine::packages::{Catalog, Package};
use engine::{Document, Kind, Notebook, Session, formats, link};
use leptos::prelude::*;
use send_wrapper::SendWrapper;
use wasm_bindgen_futures::spawn_local;

use super::home::Home;
use super::notebook::{Mark, NotebookView};
use crate::browser;
use crate::driver::Driver;
use crate::editor::Library;
use crate::page::{Role, Saved};
use crate::store::{Opened, Origin, Store};
use crate::tabs;

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
    Notebook(SendWrapper<Rc<Driver>>),
    Trouble(String),
}

type Opening = RwSignal<Option<Result<Store, String>>, LocalStorage>;

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
                Ok(make(Document::of(notebook), opened, false).await)
            }
            Route::File(file) => open_file(&file, opened).await,
            Route::Link(fragment) => match link::decode(&fragment) {
                Ok(notebook) => Ok(make(Document::of(notebook), opened, true).await),
                Err(error) => Err(error.to_string()),
            },
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
            Shown::Home => view! { <Home store /> }.into_any(),
            Shown::Notebook(driver) => view! { <NotebookView page=driver.page driver library /> }.into_any(),
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

/// A notebook that is not stored yet. What came from elsewhere stays the original of what the
/// person makes of it.
async fn make(document: Document, store: Result<Store, String>, is_original: bool) -> Rc<Driver> {
    let (mut copy, mut writer, mut saved) = (None, None, Saved::Untouched);
    match store {
        Ok(store) => {
            let notebook = &document.notebook;
            if is_original {
                copy = store.copies_of(notebook).await.into_iter().next();
            }
            let origin = is_original.then(|| Origin {
                notebook: notebook.clone(),
            });
            writer = Some(store.new_writer(origin));
        }
        Err(message) => saved = Saved::Failed(message),
    }
    let ended = document.ended();
    let mut session = Session::open(document.notebook, BTreeMap::new(), Catalog::default());
    session.adopt(&ended);
    let driver = Driver::start(session, document.outputs, writer, saved, Role::Writes);
    driver.page.copy.set(copy);
    driver
}

async fn open_file(file: &str, store: Result<Store, String>) -> Result<Rc<Driver>, String> {
    let path = browser::own_path(file)
        .ok_or_else(|| format!("\u{201c}{file}\u{201d} is not a file of this site. Only files of this site open by ?open=."))?;
    let name = path.split(['?', '#']).next().unwrap_or(&path);
    if !formats::is_readable(name) {
        let ends = formats::READABLE[..5].join(", ");
        return Err(format!(
            "\u{201c}{file}\u{201d} is not a notebook file. Files that end with {ends} open by ?open=."
        ));
    }
    let text = browser::fetch_text(&path).await?;
    let document = formats::read(name, &text)?;
    Ok(make(document, store, true).await)
}

async fn open_stored(key: &str, store: Result<Store, String>) -> Result<Rc<Driver>, String> {
    let store = store?;
    let slot: Rc<std::cell::RefCell<std::rc::Weak<Driver>>> = Rc::default();
    let holder = slot.clone();
    let lost = move || {
        if let Some(driver) = holder.borrow().upgrade() {
            driver.overtaken();
        }
    };
    let claimed = tabs::claim(key, lost).await;
    let mut opened = store.read(key).await?;
    if claimed == Some(true) {
        // The tab that wrote before may still have an edit under way: one of the two is first.
        while let Some(known) = &opened
            && known.writer.fence().await == Err(crate::store::Unsaved::Overtaken)
        {
            opened = store.read(key).await?;
        }
    }
    let Some(Opened {
        notebook,
        undo,
        kept,
        writer,
        trouble,
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
    let role = match claimed {
        Some(_) => Role::Writes,
        None => Role::Follows,
    };
    let mut session = Session::open(notebook, records, Catalog::default());
    session.set_undoable(undo);
    let driver = Driver::start(session, outputs, Some(writer), Saved::Done, role);
    *slot.borrow_mut() = Rc::downgrade(&driver);
    if role == Role::Writes {
        driver.take_version("when it was opened");
    }
    if !trouble.is_empty() {
        driver.warn(trouble);
    }
    Ok(driver)
}

/// A link that is pasted over the open page only changes its fragment: open it as a new page.
fn reload_on_new_fragment() {
    use wasm_bindgen::prelude::*;
    let changed: Closure<dyn Fn()> = Closure::new(|| {
        if let (true, Some(window)) = (link::is_link(&browser::fragment()), web_sys::window()) {
            let _ = window.location().reload();
        }
    });
    if let Some(window) = web_sys::window() {
        let function = changed.as_ref().unchecked_ref();
        let _ = window.add_event_listener_with_callback("hashchange", function);
    }
    changed.forget();
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
