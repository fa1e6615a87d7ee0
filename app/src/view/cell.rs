//! One cell: its rail, its text, what is wrong with it, what it put out.

use std::time::Duration;

use engine::analysis::{markdown, sql};
use engine::words::{self, thousands};
use engine::{Edit, Kind, Patience, Shown, Status};
use leptos::html::Article;
use leptos::leptos_dom::helpers::{TimeoutHandle, set_timeout_with_handle};
use leptos::prelude::*;
use wasm_bindgen::JsCast;
use wasm_bindgen::prelude::Closure;
use web_sys::{FocusEvent, Node};

use super::asked::AskedArea;
use super::code::Code;
use super::fetching::FetchingArea;
use super::hidden::{Fold, HiddenEntries, Parts};
use super::icons::{self, Icon};
use super::lazy::Lazy;
use super::menu::{Entry, Menu};
use super::problems::Problems;
use super::status::{StatusLine, go_to};
use super::toolbar;
use crate::commands::control::Control;
use crate::editor::{Form, Library};
use crate::outputs::{Foreign, Keep, OutputArea, OutputList};
use crate::page::{Action, CellSignals, Definition, Names, Page};

/// How long after the last letter hints are shown.
const CALM: Duration = Duration::from_millis(800);
/// How many of the names that a cell makes, or reads, are shown beside it.
const MOST_CHIPS: usize = 40;
/// How many of them the page names to machines.
const MOST_NAMES: usize = 1_000;

/// A cell of the notebook.
#[expect(clippy::too_many_lines, reason = "mostly the elements themselves")]
#[component]
pub fn CellCard(page: Page, cell: CellSignals, library: Library) -> impl IntoView {
    let id = cell.id;
    let status = Memo::new(move |_| cell.view.with(engine::CellView::status));
    let is_stale = Memo::new(move |_| cell.view.with(|view| view.stale));
    let is_restored = Memo::new(move |_| cell.view.with(|view| view.restored));
    let is_code = Memo::new(move |_| cell.is_code.get());
    let is_text = Memo::new(move |_| cell.kind.get() == Kind::Markdown);
    let has_literal_values = Memo::new(move |_| {
        cell.literal.get() && cell.source.with(|source| markdown::has_values(source))
    });
    let label = move || {
        cell.names
            .with(|names| words::label(cell.number.get(), &made(names), status.get()))
    };
    let keep: Keep = Callback::new(move |(run, at, picture)| {
        page.act(Action::Illustrate(id, run, at, picture));
    });
    let article = NodeRef::<Article>::new();
    let is_near = watch_place(article);
    let is_calm = watch_typing(cell);
    let editing = RwSignal::new(cell.source.with_untracked(|source| source.is_empty()));
    let control = expect_context::<Control>();
    Effect::new(move || {
        // A cell that was added or chosen is there to be written in.
        if page.selected.get() == Some(id) && is_new(cell) {
            editing.set(true);
        }
    });
    let parts = Parts::of(page, cell, editing);
    let done = Callback::new(move |run: Option<bool>| {
        let Some(moves) = run else {
            // The keyboard goes from the text to the cell.
            if let Some(article) = article.get_untracked() {
                let _ = article.focus();
            }
            return;
        };
        if cell.is_code.get_untracked() {
            page.act(Action::Run(id));
        }
        if cell.kind.get_untracked() == Kind::Markdown {
            editing.set(false);
        }
        if moves {
            control.go_on_from(id);
        }
    });
    let left = move |event: FocusEvent| {
        let to = event
            .related_target()
            .and_then(|target| target.dyn_into::<Node>().ok());
        // The card may be gone by now: deleting it takes the keyboard from it.
        let article = article.try_get_untracked().flatten();
        let stays = article.is_some_and(|article| article.contains(to.as_ref()));
        let is_blank = cell
            .source
            .with_untracked(|source| source.trim().is_empty());
        if !stays && !is_blank {
            // Closing moves what is below: the button that was pressed there gets its click first.
            after_click(move || {
                let has_keyboard = article_has_keyboard(id);
                if !has_keyboard {
                    editing.try_set(false);
                }
            });
        }
    };
    let edit = move || {
        if !parts.tools.get_untracked() {
            return;
        }
        // What has the keyboard goes with the shown text, and would take the keyboard from the cell.
        if let Some(article) = article.get_untracked() {
            let _ = article.focus();
        }
        editing.set(true);
        page.act(Action::Select(None));
        page.act(Action::Select(Some(id)));
    };
    Effect::new(move || {
        if control.selection.edited() == Some(id) {
            edit();
        }
    });
    view! {
        <article
            class="cell"
            class:text=move || is_text.get() && !is_code.get()
            class:disabled=move || cell.disabled.get()
            class:selected=move || control.selection.is_among_several(id)
            class:far=move || !is_near.get()
            style=("--lines", move || cell.source.with(|source| source.lines().count().max(1).to_string()))
            node_ref=article
            id=format!("cell-{id}")
            tabindex=move || if parts.tools.get() { "0" } else { "-1" }
            hidden=move || !parts.any.get()
            data-cell=id.to_string()
            data-kind=move || cell.kind.get().word()
            data-status=move || status.get().word()
            data-stale=move || is_stale.get().to_string()
            data-restored=move || is_restored.get().to_string()
            data-definitions=move || cell.names.with(|names| made(names).join(" "))
            data-references=move || cell.names.with(|names| read(names).join(" "))
            aria-label=label
            on:focusin=move |event| {
                let article = article.get_untracked().map(web_sys::EventTarget::from);
                control.selection.arrive(id, event.target() == article);
            }
            on:focusout=left
        >
            <div class="rail" aria-hidden="true"></div>
            <Show when=move || parts.trouble.get()>
                <StatusLine page cell status />
            </Show>
            <Show when=move || parts.tools.get()>
            <div class="cell-bar" role="toolbar" aria-label="Cell" on:keydown=move |event| toolbar::on_key(&event)>
                <Show when=move || is_code.get()>
                    <button
                        class="button quiet square run"
                        data-part="run"
                        tabindex="-1"
                        aria-label="Run cell"
                        title="Run cell (Shift+Enter)"
                        on:click=move |_| page.act(Action::Run(id))
                    >
                        <Icon path=icons::RUN />
                    </button>
                </Show>
                <span class="number" aria-hidden="true">{move || cell.number.get()}</span>
                <Show when=move || cell.kind.get() == Kind::Sql>
                    <ResultName page cell />
                </Show>
                <Show when=move || cell.kind.get() == Kind::Raw>
                    <span class="chip" title="For other programs: kept as it is, and never run">"raw text"</span>
                </Show>
                <Chips cell />
                <Show when=move || is_code.get()>
                    <StatusLine page cell status />
                </Show>
                <Show when=move || is_text.get() && has_literal_values.get()>
                    <button
                        class="button quiet small edit"
                        tabindex="-1"
                        title="Braces are text here, as in Jupyter. This puts Python's values in their place."
                        on:click=move |_| page.act(Action::SetLiteral(id, false))
                    >
                        "Show values for { }"
                    </button>
                </Show>
                <Show when=move || is_text.get() && !editing.get()>
                    <button class="button quiet small edit" tabindex="-1" on:click=move |_| edit()>"Edit text"</button>
                </Show>
                <CellMenu page cell />
            </div>
            </Show>
            <Fold parts is_output=false />
            <Show when=move || parts.code.get()>
                <Code page cell library is_near is_calm done />
            </Show>
            <Show when=move || is_text.get() && parts.output.get() && !parts.code.get()>
                <Rendered cell library keep edit />
            </Show>
            <Show when=move || parts.tools.get()>
                <Problems page cell is_calm />
            </Show>
            <HeldBack page cell />
            <Fold parts is_output=true />
            <Show when=move || !is_text.get() && parts.output.get()>
                <OutputArea cell library keep is_old=Signal::derive(move || is_old(status.get()) || is_stale.get()) />
            </Show>
            <AskedArea page cell article />
            <FetchingArea cell />
            <Show when=move || parts.tools.get()>
                <Insert page at=cell.number.into() />
            </Show>
        </article>
    }
}

/// Does something at once, or once the press of a button that goes on has come to its end.
fn after_click(act: impl FnOnce() + 'static) {
    let document = web_sys::window().and_then(|window| window.document());
    let pressed = document.and_then(|document| document.query_selector(":active").ok().flatten());
    if pressed.is_none() {
        return act();
    }
    let act = std::rc::Rc::new(std::cell::Cell::new(Some(act)));
    let ended = Closure::<dyn Fn()>::new(move || {
        if let Some(act) = act.take() {
            // The click itself comes right after the release.
            let _ = set_timeout_with_handle(act, Duration::ZERO);
        }
    });
    if let Some(window) = web_sys::window() {
        let options = web_sys::AddEventListenerOptions::new();
        options.set_once(true);
        for event in ["pointerup", "pointercancel", "keyup", "blur"] {
            let function = ended.as_ref().unchecked_ref();
            let _ = window.add_event_listener_with_callback_and_add_event_listener_options(
                event, function, &options,
            );
        }
    }
    // It goes with its listeners, by the browser's own garbage collection.
    let _ = ended.into_js_value();
}

fn article_has_keyboard(id: protocol::CellId) -> bool {
    let document = web_sys::window().and_then(|window| window.document());
    let active = document.and_then(|document| document.active_element());
    let article = active.and_then(|active| active.closest("article").ok().flatten());
    article.is_some_and(|article| article.get_attribute("data-cell") == Some(id.to_string()))
}

/// Whether the cell is near the visible part of the page.
fn watch_place(article: NodeRef<Article>) -> ReadSignal<bool> {
    let (is_near, set_near) = signal(false);
    let lazy = StoredValue::new(expect_context::<Lazy>());
    Effect::new(move || {
        if let Some(article) = article.get() {
            lazy.with_value(|lazy| {
                lazy.watch(&article, move |near| {
                    set_near.try_set(near);
                });
            });
        }
    });
    on_cleanup(move || {
        if let Some(article) = article.try_get_untracked().flatten() {
            lazy.try_with_value(|lazy| lazy.unwatch(&article));
        }
    });
    is_near
}

/// The names that a cell makes, as the page's contract has them.
fn made(names: &Names) -> Vec<String> {
    let made = names.definitions.iter().take(MOST_NAMES);
    made.map(|made| made.name.clone()).collect()
}

fn read(names: &Names) -> Vec<String> {
    let mut read: Vec<String> = names
        .references
        .iter()
        .map(|(name, _)| name.clone())
        .collect();
    read.dedup();
    read
}

/// Whether the person has not typed here for a moment: hints that come and go with every letter wait
/// for it.
fn watch_typing(cell: CellSignals) -> ReadSignal<bool> {
    let (is_calm, set_calm) = signal(true);
    let waiting = StoredValue::new(None::<TimeoutHandle>);
    Effect::new(move |before: Option<()>| {
        cell.source.track();
        if before.is_none() {
            return;
        }
        if let Some(waiting) = waiting.get_value() {
            waiting.clear();
        }
        set_calm.set(false);
        let calm = move || {
            set_calm.try_set(true);
        };
        waiting.set_value(set_timeout_with_handle(calm, CALM).ok());
    });
    is_calm
}

/// The name that the result of an SQL cell gets.
#[component]
fn ResultName(page: Page, cell: CellSignals) -> impl IntoView {
    let name = move || {
        let found = cell.source.with(|source| sql::result_name(source));
        found.map(|(name, _)| name).unwrap_or_default()
    };
    let change = move |event| {
        let source = cell.source.get_untracked();
        let wanted = event_target_value(&event);
        let wanted = wanted.trim();
        let is_name = sql::is_identifier(wanted) && !engine::fixes::is_keyword(wanted);
        if !wanted.is_empty() && !is_name {
            page.act(Action::Refuse(format!(
                "\u{201c}{wanted}\u{201d} cannot be a name in Python."
            )));
            return;
        }
        let new = sql::with_result_name(&source, wanted);
        let sources = vec![(cell.id, new.into())];
        page.act(Action::Rewrite(Edit::Sources { sources }));
    };
    view! {
        <label class="result-name">
            "Result"
            <input
                placeholder="name"
                aria-label="Name of the result in Python"
                spellcheck="false"
                size="12"
                prop:value=name
                on:change=change
            />
        </label>
    }
}

/// What the cell makes and what it reads of others; each leads to the other end.
#[component]
fn Chips(cell: CellSignals) -> impl IntoView {
    let chips = move || {
        let (definitions, references) = cell.names.with(|names| {
            let made: Vec<Definition> =
                names.definitions.iter().take(MOST_CHIPS).cloned().collect();
            let read = names.references.iter().take(MOST_CHIPS).cloned();
            (made, read.collect::<Vec<_>>())
        });
        let all = cell
            .names
            .with(|names| names.definitions.len() + names.references.len());
        let more = all - definitions.len() - references.len();
        let made = definitions.into_iter().map(|Definition { name, reader, is_local }| match reader {
            Some(reader) => {
                let title = format!("Go to a cell that reads {name}");
                view! { <button class="chip" tabindex="-1" aria-label=title.clone() title=title on:click=move |_| go_to(reader)>{name}</button> }.into_any()
            }
            None if is_local => {
                let title = format!("Several cells make {name}: each has its own");
                view! { <span class="chip own" title=title>{name}</span> }.into_any()
            }
            None => view! { <span class="chip">{name}</span> }.into_any(),
        });
        let read = references.into_iter().map(|(name, maker)| {
            let title = format!("Go to the cell that makes {name}");
            view! { <button class="chip reads" tabindex="-1" aria-label=title.clone() title=title on:click=move |_| go_to(maker)>{name}</button> }.into_any()
        });
        let more = (more > 0).then(|| {
            view! { <span class="chip">{format!("and {} more", thousands(more as u64))}</span> }
        });
        (made.chain(read).collect_view(), more)
    };
    view! { <span class="chips">{chips}</span> }
}

/// From `queued` on, what is shown was made by an earlier run.
fn is_old(status: Status) -> bool {
    matches!(status, Status::Queued | Status::Blocked)
}

fn is_new(cell: CellSignals) -> bool {
    cell.source.with_untracked(|source| source.is_empty())
}

/// A text cell that is not being edited: with its values, once they were worked out.
#[component]
fn Rendered(
    cell: CellSignals,
    library: Library,
    keep: Keep,
    edit: impl Fn() + Copy + Send + Sync + 'static,
) -> impl IntoView {
    let text = move || cell.source.get().to_string();
    let form = move || Form {
        pictures: cell.pictures.get(),
        ..Form::new("markdown", cell.source.get())
    };
    let has_values = move || {
        cell.is_code.get()
            && cell
                .outputs
                .with(|outputs| !outputs.items.is_empty() || outputs.error.is_some())
    };
    let is_old = move || cell.view.with(|view| is_old(view.status()) || view.stale);
    view! {
        <div data-part="output" class="output" class:old=move || has_values() && is_old() on:dblclick=move |_| edit()>
            <Show
                when=move || library.is_ready()
                fallback=move || view! { <pre class="plain">{text()}</pre> }
            >
                <Show
                    when=has_values
                    fallback=move || view! { <Foreign form=Signal::derive(form) library /> }
                >
                    <OutputList outputs=cell.outputs library keep grew=Callback::new(|()| {}) pictures=cell.pictures />
                </Show>
            </Show>
        </div>
    }
}

/// Says that a widget was moved and that the cell waits, as it takes long; with ways to go on.
#[component]
fn HeldBack(page: Page, cell: CellSignals) -> impl IntoView {
    let id = cell.id;
    let is_held = Memo::new(move |_| cell.view.with(|view| view.held));
    let took = move || {
        cell.view.with(|view| match &view.shown {
            Shown::Success { took_ms, .. } | Shown::Error { took_ms, .. } => {
                words::duration(*took_ms)
            }
            _ => "more than two seconds".to_owned(),
        })
    };
    let choose = move |patience: Patience| {
        page.act(Action::SetPatience(id, patience));
        page.act(Action::Run(id));
    };
    view! {
        <Show when=move || is_held.get()>
            <div class="held" role="group" aria-label="This cell takes long">
                <span>"A widget was moved that this cell reads. Its last run took " {took} ", so it waits."</span>
                <button class="button small" on:click=move |_| page.act(Action::Run(id))>"Run it now"</button>
                <button class="button small quiet" on:click=move |_| choose(Patience::Release)>"Run when let go"</button>
                <button class="button small quiet" on:click=move |_| choose(Patience::Always)>"Always run"</button>
            </div>
        </Show>
    }
}

#[component]
fn CellMenu(page: Page, cell: CellSignals) -> impl IntoView {
    let id = cell.id;
    let turns = [
        (Kind::Python, "Turn into Python"),
        (Kind::Sql, "Turn into SQL"),
        (Kind::Markdown, "Turn into text"),
        (Kind::Raw, "Turn into raw text"),
    ];
    let turns = move || {
        let others = turns
            .into_iter()
            .filter(|(kind, _)| *kind != cell.kind.get());
        let entries = others.map(
            |(kind, text)| view! { <Entry text act=move || page.act(Action::SetKind(vec![id], kind)) /> },
        );
        entries.collect_view()
    };
    let has_values = Memo::new(move |_| {
        cell.kind.get() == Kind::Markdown
            && !cell.literal.get()
            && cell.source.with(|source| markdown::has_values(source))
    });
    let switch = Signal::derive(move || {
        if cell.disabled.get() {
            "Turn on"
        } else {
            "Turn off"
        }
        .to_owned()
    });
    view! {
        <Menu name="Cell actions" is_stop=false>
            <Entry text="Move up" act=move || page.act(Action::Move(vec![id], -1)) />
            <Entry text="Move down" act=move || page.act(Action::Move(vec![id], 1)) />
            <Entry text="Duplicate cell" act=move || page.act(Action::Duplicate(id)) />
            {turns}
            <Show when=move || has_values.get()>
                <Entry
                    text="Leave braces as text"
                    act=move || page.act(Action::SetLiteral(id, true))
                />
            </Show>
            <Entry
                text=switch
                act=move || page.act(Action::Disable(id, !cell.disabled.get_untracked()))
            />
            <HiddenEntries page cell />
            <Show when=move || page.has_original.get()>
                <Entry text="Reset to the original" act=move || page.act(Action::Reset(id)) />
            </Show>
            <Entry text="Delete cell" danger=true act=move || page.act(Action::Delete(vec![id])) />
        </Menu>
    }
}

/// A place where a cell can be put: the top (0), or below the cell of this number.
#[component]
pub fn Insert(page: Page, at: Signal<usize>) -> impl IntoView {
    let kinds = [
        (Kind::Python, "Python", "Python cell"),
        (Kind::Sql, "SQL", "SQL cell"),
        (Kind::Markdown, "Text", "text cell"),
    ];
    let buttons = kinds.map(|(kind, text, name)| {
        let add = move |_| page.act(Action::Add(kind, at.get_untracked()));
        let name = move || match at.get() {
            0 => format!("Add {name} at the top"),
            _ => format!("Add {name} below"),
        };
        view! {
            <button class="button quiet small" tabindex="-1" aria-label=name on:click=add>
                <Icon path=icons::PLUS />
                {text}
            </button>
        }
    });
    view! { <div class="insert">{buttons}</div> }
}
