//! An open notebook: its bar, its cells, and what it has to say.

use engine::{Format, Kind, Layout, Mode};
use leptos::prelude::*;
use send_wrapper::SendWrapper;
use wasm_bindgen::JsCast;
use wasm_bindgen::prelude::Closure;

use super::app_bar::AppBar;
use super::cell::{CellCard, Insert};
use super::date::when;
use super::files::{Files, watch_page};
use super::history::History;
use super::icons::{self, Icon, Mark};
use super::keys::Keys;
use super::lazy::Lazy;
use super::map::Map;
use super::menu::{Entry, Menu};
use super::notice::Notices;
use super::palette::Palette;
use super::rename::Rename;
use super::share::Share;
use super::toolbar;
use super::variables::Variables;
use crate::browser;
use crate::commands::Command;
use crate::commands::control::Control;
use crate::editor::Library;
use crate::embed::{self, Place};
use crate::page::{Action, KernelWord, Page, Role, Saved};
use crate::widgets::Bench;

/// The page of a notebook.
#[component]
pub fn NotebookView(page: Page, library: Library) -> impl IntoView {
    provide_context(Lazy::new());
    provide_context(Bench { page, library });
    watch_undo(page);
    watch_page(page);
    let control = Control::new(page);
    provide_context(control);
    super::keyboard::watch(control);
    if browser::parameter("new").is_some() && !page.app.get_untracked() {
        // A new notebook is there to be written in.
        let first = page
            .cells
            .with_untracked(|cells| cells.first().map(|cell| cell.id));
        page.act(Action::Select(first));
    }
    let panels = control.panels;
    let is_embedded = browser::parameter("embed").is_some();
    let main = NodeRef::<leptos::html::Main>::new();
    Effect::new(move || {
        if let Some(main) = main.get().filter(|_| embed::place() == Place::Embedded) {
            embed::watch(&main);
            if page.app.get_untracked() {
                embed::post_height(&main);
            }
        }
    });
    let is_empty = move || page.cells.with(Vec::is_empty);
    view! {
        <main class="notebook" node_ref=main class:embed=is_embedded class:app=move || page.app.get() data-layout=move || page.layout.get().word() data-kernel=move || page.kernel.with(|kernel| kernel.state.word())>
            <a class="skip" href="#cells" on:click=move |event| {
                event.prevent_default();
                control.selection.go_to_first();
            }>"Go to the first cell"</a>
            <Show when=move || page.app.get() fallback=move || view! { <Bar control /> }>
                <AppBar page is_embedded />
            </Show>
            <Troubles page />
            <div class="cells" id="cells">
                <Show when=move || !is_empty() && !page.app.get()>
                    <Insert page at=Signal::derive(|| 0) />
                </Show>
                <Show when=is_empty>
                    <div class="empty">
                        <p>"This notebook has no cells."</p>
                        <button
                            class="button primary"
                            on:click=move |_| page.act(Action::Add(Kind::Python, 0))
                        >
                            "Add Python cell"
                        </button>
                    </div>
                </Show>
                <For each=move || page.cells.get() key=|cell| cell.id let:cell>
                    <CellCard page cell library />
                </For>
            </div>
            <Notices page />
            <Map page open=panels.map />
            <Variables page />
            <Files page />
            <Rename page />
            <Share page open=panels.sharing />
            <History page open=panels.history />
            <Palette control />
            <Keys control />
            <div class="spoken" role="status" aria-live="polite">{move || page.spoken.get()}</div>
        </main>
    }
}

/// Ctrl+Z right after cells were changed as a whole takes that back, wherever the keyboard is; beside the
/// texts it never reaches into one of them, as the browser's own undo would.
fn watch_undo(page: Page) {
    let key = move |event: web_sys::KeyboardEvent| {
        let is_undo =
            (event.ctrl_key() || event.meta_key()) && !event.shift_key() && event.key() == "z";
        if !is_undo {
            return;
        }
        let target = event
            .target()
            .and_then(|target| target.dyn_into::<web_sys::Element>().ok());
        let writes = target.is_some_and(|target| {
            target
                .closest("input, textarea, [contenteditable]")
                .ok()
                .flatten()
                .is_some()
        });
        if page.undoes_cells.get_untracked() {
            page.act(Action::Undo);
        } else if writes {
            return;
        }
        event.prevent_default();
        event.stop_propagation();
    };
    let heard = Closure::<dyn Fn(web_sys::KeyboardEvent)>::new(key);
    let Some(window) = web_sys::window() else {
        return;
    };
    let function = heard.as_ref().unchecked_ref();
    let _ = window.add_event_listener_with_callback_and_bool("keydown", function, true);
    let heard = SendWrapper::new(heard);
    on_cleanup(move || {
        let heard = heard.take();
        if let Some(window) = web_sys::window() {
            let function = heard.as_ref().unchecked_ref();
            let _ = window.remove_event_listener_with_callback_and_bool("keydown", function, true);
        }
    });
}

/// The last entries of the notebook's menu.
const MENU: [Command; 13] = [
    Command::Restart,
    Command::Undo,
    Command::AddFile,
    Command::Files,
    Command::History,
    Command::PrepareOffline,
    Command::Commands,
    Command::Keys,
    Command::SavePercent,
    Command::SaveJupyter,
    Command::SaveMarkdown,
    Command::SaveHtml,
    Command::SaveZip,
];

#[component]
fn Bar(control: Control) -> impl IntoView {
    let Control { page, panels, .. } = control;
    let mode = Signal::derive(move || match page.mode.get() {
        Mode::Reactive => "Do not run dependents by themselves".to_owned(),
        Mode::Lazy => "Run dependents by themselves".to_owned(),
    });
    let start = Signal::derive(move || {
        if page.eager.get() {
            "Start Python only when needed".to_owned()
        } else {
            "Start Python when this opens".to_owned()
        }
    });
    let perform = move |command| move || control.perform(command);
    let entry =
        move |command: Command| view! { <Entry text=command.title() act=perform(command) /> };
    // One stop of Tab for all buttons: the arrow keys go from one to the next.
    view! {
        <header class="bar" on:keydown=move |event| toolbar::on_key(&event)>
            <a class="home" href="./" tabindex="-1" aria-label="All notebooks" title="All notebooks">
                <Mark />
            </a>
            <input
                class="title"
                aria-label="Notebook title"
                prop:value=move || page.title.get()
                on:change=move |event| page.act(Action::Rename(event_target_value(&event)))
            />
            <SavedWord page />
            <KernelLine page />
            <div class="bar-buttons" role="toolbar" aria-label="Notebook">
                <Show when=move || page.stop.get().is_some()>
                    <StopButton page />
                </Show>
                <button
                    class="button primary"
                    aria-label="Run all"
                    on:click=move |_| control.perform(Command::RunAll)
                >
                    <Icon path=icons::RUN_ALL />
                    <span class="wide">"Run all"</span>
                </button>
                <button
                    class="button square"
                    tabindex="-1"
                    aria-label="Dependencies"
                    title="Dependencies"
                    aria-pressed=move || panels.map.get().to_string()
                    on:click=move |_| control.perform(Command::Dependencies)
                >
                    <Icon path=icons::GRAPH />
                </button>
                <button
                    class="button square"
                    tabindex="-1"
                    aria-label="Variables"
                    title="Variables"
                    aria-pressed=move || page.watches_variables.get().to_string()
                    on:click=move |_| control.perform(Command::Variables)
                >
                    <Icon path=icons::TABLE />
                </button>
                <button class="button" tabindex="-1" aria-label="Share" on:click=move |_| control.perform(Command::Share)>
                    <Icon path=icons::SHARE />
                    <span class="wide">"Share"</span>
                </button>
                <Menu name="Notebook actions" is_stop=false>
                    {entry(Command::ShowAsApp)}
                    <LayoutEntries page />
                    {entry(Command::RunStale)}
                    <Entry text=mode act=perform(Command::SwitchMode) />
                    <Entry text=start act=perform(Command::SwitchStart) />
                    {MENU.map(entry).collect_view()}
                </Menu>
            </div>
        </header>
    }
}

/// Stop, with what it costs.
#[component]
pub fn StopButton(page: Page) -> impl IntoView {
    let cost = move || {
        let values = page.stop.get().map_or(0, |cost| cost.values);
        match values {
            0 => "restarts Python".to_owned(),
            1 => "restarts Python, 1 cell will rerun when needed".to_owned(),
            more => format!("restarts Python, {more} cells will rerun when needed"),
        }
    };
    view! {
        <button
            class="button stop"
            aria-label="Stop"
            aria-describedby="stop-cost"
            title=cost
            on:click=move |_| page.act(Action::Stop)
        >
            <Icon path=icons::STOP />
            "Stop"
            <span class="cost" id="stop-cost">{cost}</span>
        </button>
    }
}

/// The entries that choose how the app is arranged: the layouts that it does not have.
#[component]
fn LayoutEntries(page: Page) -> impl IntoView {
    let text = |layout| match layout {
        Layout::Narrow => "App: one column",
        Layout::Wide => "App: as wide as the window",
        Layout::Columns => "App: several columns",
    };
    move || {
        let others = Layout::ALL
            .into_iter()
            .filter(|layout| *layout != page.layout.get());
        let entries = others.map(|layout| {
            view! { <Entry text=text(layout) act=move || page.act(Action::SetLayout(layout)) /> }
        });
        entries.collect_view()
    }
}

#[component]
fn SavedWord(page: Page) -> impl IntoView {
    let word = move || match page.saved.get() {
        Saved::Untouched => "",
        Saved::Saving => "Saving",
        Saved::Done => "Saved",
        Saved::Failed(_) => "Not saved",
    };
    view! { <span class="saved" data-saved=word>{word}</span> }
}

/// How Python is, or how far the run is.
#[component]
pub fn KernelLine(page: Page) -> impl IntoView {
    let text = move || {
        let kernel = page.kernel.get();
        if !kernel.step.is_empty() {
            return kernel.step;
        }
        if let Some(progress) = page.progress.get() {
            return format!("{} of {}", progress.done, progress.planned);
        }
        match kernel.state {
            KernelWord::Off => "Python is off",
            KernelWord::Starting => "Starting Python",
            KernelWord::Idle => "Python is ready",
            KernelWord::Busy => "Running",
            KernelWord::Unresponsive => "Python does not answer",
            KernelWord::Dead => "Python has ended",
        }
        .to_owned()
    };
    let share = move || {
        let kernel = page.kernel.with(|kernel| kernel.share);
        let run = page
            .progress
            .get()
            .map(|run| run.done as f64 / run.planned.max(1) as f64);
        kernel.or(run)
    };
    view! {
        <span class="kernel" data-state=move || page.kernel.with(|kernel| kernel.state.word())>
            <span class="kernel-dot" aria-hidden="true"></span>
            <span class="kernel-text">{text}</span>
            {move || share().map(|share| {
                let width = format!("width:{:.1}%", share.clamp(0.0, 1.0) * 100.0);
                view! { <span class="kernel-share" aria-hidden="true"><span style=width></span></span> }
            })}
        </span>
    }
}

/// What stays on the page until it is dealt with.
#[component]
fn Troubles(page: Page) -> impl IntoView {
    let is_embedded = embed::place() == Place::Embedded;
    view! {
        <Show when=move || is_embedded>
            <div class="notice-line" data-notice="embedded">
                <p>"Nothing runs until you run it, and nothing that you change here is kept."</p>
                <a class="button" href=embed::own_address() target="_blank" rel="noopener">"Open in its own tab"</a>
            </div>
        </Show>
        <Show when=move || !page.app.get() && page.has_original.get() && page.saved.get() == Saved::Untouched>
            <div class="notice-line" data-notice="preview">
                <p>"Nothing runs until you run it. Your first change makes a copy of your own in this browser."</p>
                {move || page.copy.get().map(|copy| view! {
                    <a class="button" href=format!("?n={}", copy.key)>
                        "Open my copy of " {when(copy.edited)}
                    </a>
                })}
            </div>
        </Show>
        <Show when=move || page.unanalysed.get()>
            <div class="notice-line" role="status" data-notice="unanalysed">
                <p>"This notebook stopped the page when it was opened. Nothing in it was analysed."</p>
                <button class="button" on:click=move |_| browser::reload()>
                    "Analyse it"
                </button>
            </div>
        </Show>
        <Show when=move || page.role.get() == Role::Follows>
            <div class="notice-line" role="status" data-notice="follows">
                <p>"This notebook is open in another tab. Here you see what happens there."</p>
                <button class="button" on:click=move |_| page.act(Action::TakeOver)>
                    "Work here instead"
                </button>
            </div>
        </Show>
        {move || {
            let kernel = page.kernel.get();
            (!kernel.trouble.is_empty()).then(|| view! {
                <div class="trouble" role="alert" data-trouble="kernel">
                    <p>{kernel.trouble} " Your code and your outputs are safe; values are made again when a run needs them."</p>
                    <button class="button" on:click=move |_| page.act(Action::Restart)>
                        "Restart Python"
                    </button>
                </div>
            })
        }}
        {move || match page.saved.get() {
            // The line above says so, too.
            Saved::Failed(_) if is_embedded => None,
            Saved::Failed(message) => Some(view! {
                <div class="trouble" role="alert" data-trouble="saved">
                    <p>{message} " You can go on working; keep a copy before you close this page."</p>
                    <button class="button" on:click=move |_| page.act(Action::Save(Format::Jupyter))>
                        "Save a copy (.ipynb)"
                    </button>
                </div>
            }),
            _ => None,
        }}
    }
}
