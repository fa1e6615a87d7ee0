//! The files panel: what is kept with the notebook, what cells have made beside it, and what can be done
//! with each.

use engine::packages::elsewhere::{amount, bytes};
use leptos::html::Input;
use leptos::prelude::*;
use wasm_bindgen::JsCast;
use wasm_bindgen::prelude::Closure;

use super::icons::{self, Icon};
use super::menu::{Entry, Menu};
use super::panel::Panel;
use crate::page::{Action, FileRow, Page};

/// The panel, beside the notebook.
#[component]
pub fn Files(page: Page) -> impl IntoView {
    let close = Callback::new(move |()| page.act(Action::WatchFiles(false)));
    view! {
        <Panel title="Files" is_open=page.watches_files close>
            <Lists page />
        </Panel>
    }
}

#[component]
fn Lists(page: Page) -> impl IntoView {
    let chooser = NodeRef::<Input>::new();
    let chosen = move |_| {
        if let Some(input) = chooser.get_untracked()
            && let Some(files) = input.files().filter(|files| files.length() > 0)
        {
            page.act(Action::AddFiles(files));
        }
    };
    let choose = move |_| {
        if let Some(input) = chooser.get_untracked() {
            // The same file again is a choice, too.
            input.set_value("");
            input.click();
        }
    };
    let rows = move |is_kept: bool| {
        let rows = page.files.get().into_iter();
        rows.filter(move |row| row.is_kept == is_kept)
            .collect::<Vec<_>>()
    };
    let has = move |is_kept: bool| {
        page.files
            .with(|rows| rows.iter().any(|row| row.is_kept == is_kept))
    };
    view! {
        <div class="panel-scroll files">
            <input type="file" multiple hidden node_ref=chooser on:change=chosen />
            <button class="button" on:click=choose>
                <Icon path=icons::PLUS />
                "Add files"
            </button>
            <p class="quiet">"Or drop them on the page. Python and SQL read them by their names. They stay on this device."</p>
            <Show when=move || has(true)>
                <ul aria-label="Kept with the notebook">
                    <For each=move || rows(true) key=|row| (row.name.clone(), row.is_written, row.size.to_bits()) let:row>
                        <Row page row />
                    </For>
                </ul>
            </Show>
            <Show when=move || has(false)>
                <h3>"Made by cells"</h3>
                <p class="quiet">"Gone when Python ends, unless you keep them."</p>
                <ul aria-label="Made by cells">
                    <For each=move || rows(false) key=|row| (row.name.clone(), row.size.to_bits()) let:row>
                        <Row page row />
                    </For>
                </ul>
            </Show>
        </div>
    }
}

#[component]
fn Row(page: Page, row: FileRow) -> impl IntoView {
    let FileRow {
        name,
        size,
        is_kept,
        is_written,
    } = row;
    let renaming = RwSignal::new(false);
    let field = NodeRef::<Input>::new();
    Effect::new(move || {
        if let Some(field) = field.get() {
            let _ = field.focus();
            field.select();
        }
    });
    let act = {
        let name = name.clone();
        move |action: fn(String) -> Action| {
            let name = name.clone();
            move || page.act(action(name.clone()))
        }
    };
    let old = name.clone();
    let renamed = move |event: web_sys::SubmitEvent| {
        event.prevent_default();
        if let Some(field) = field.get_untracked() {
            renaming.set(false);
            page.act(Action::RenameFile(old.clone(), field.value()));
        }
    };
    let keep = act(Action::KeepFile);
    let keep_words = if is_kept { "Keep the change" } else { "Keep" };
    let keep_label = format!("{keep_words}: {name}");
    let shown = name.clone();
    let download = StoredValue::new(act(Action::DownloadFile));
    let delete = StoredValue::new(act(Action::DeleteFile));
    let file = name.clone();
    view! {
        <li data-file=file>
            <Show
                when=move || renaming.get()
                fallback={
                    let shown = shown.clone();
                    move || view! { <span class="file-name">{shown.clone()}</span> }
                }
            >
                <form
                    class="file-name"
                    on:submit=renamed.clone()
                    on:keydown=move |event| if event.key() == "Escape" { renaming.set(false) }
                >
                    <input node_ref=field aria-label="New name" prop:value=name.clone() spellcheck="false" autocomplete="off" />
                </form>
            </Show>
            <span class="size">{amount(bytes(size))}</span>
            {is_written.then(|| view! {
                <button class="button small" aria-label=keep_label on:click=move |_| keep()>{keep_words}</button>
            })}
            <Menu name="File actions">
                <Entry text="Download" act=move || download.with_value(|act| act()) />
                <Show when=move || is_kept>
                    <Entry text="Rename" act=move || renaming.set(true) />
                </Show>
                <Entry text="Delete" danger=true act=move || delete.with_value(|act| act()) />
            </Menu>
        </li>
    }
}

/// Takes in what is dropped on the page, and pictures that are pasted where no text is meant.
pub fn watch_page(page: Page) {
    let Some(window) = web_sys::window() else {
        return;
    };
    let take = move |data: Option<web_sys::DataTransfer>| {
        let files = data
            .and_then(|data| data.files())
            .filter(|files| files.length() > 0);
        let is_some = files.is_some();
        if let Some(files) = files {
            page.act(Action::AddFiles(files));
        }
        is_some
    };
    let holds_files = |event: &web_sys::DragEvent| {
        event
            .data_transfer()
            .is_some_and(|data| data.types().includes(&"Files".into(), 0))
    };
    let over = move |event: web_sys::DragEvent| {
        if holds_files(&event) {
            event.prevent_default();
        }
    };
    let dropped = move |event: web_sys::DragEvent| {
        if holds_files(&event) {
            event.prevent_default();
            event.stop_propagation();
            take(event.data_transfer());
        }
    };
    let pasted = move |event: web_sys::ClipboardEvent| {
        let data = event.clipboard_data();
        let is_text = data
            .as_ref()
            .is_some_and(|data| data.types().includes(&"text/plain".into(), 0));
        if !is_text && take(data) {
            event.prevent_default();
            event.stop_propagation();
        }
    };
    let over = Closure::<dyn Fn(web_sys::DragEvent)>::new(over);
    let dropped = Closure::<dyn Fn(web_sys::DragEvent)>::new(dropped);
    let pasted = Closure::<dyn Fn(web_sys::ClipboardEvent)>::new(pasted);
    let listeners = [
        ("dragover", over.into_js_value()),
        ("drop", dropped.into_js_value()),
        ("paste", pasted.into_js_value()),
    ];
    for (event, function) in &listeners {
        // Before the editors, which would take a file's bytes for text.
        let _ =
            window.add_event_listener_with_callback_and_bool(event, function.unchecked_ref(), true);
    }
    let listeners = send_wrapper::SendWrapper::new(listeners);
    on_cleanup(move || {
        if let Some(window) = web_sys::window() {
            for (event, function) in listeners.take() {
                let function = function.unchecked_ref();
                let _ = window.remove_event_listener_with_callback_and_bool(event, function, true);
            }
        }
    });
}
