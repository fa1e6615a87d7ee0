//! A cell's text: shown as it is at once, and as an editor once the cell comes near.

use std::rc::Rc;
use std::sync::Arc;

use engine::Kind;
use leptos::html::Div;
use leptos::prelude::*;
use wasm_bindgen::JsCast;

use super::problems;
use crate::commands::control::Control;
use crate::editor::{Asks, Editor, Library, Told, byte_offset, utf16_span};
use crate::page::{Action, CellSignals, Page, Role};

/// The text of a cell. `done` is called when the person has finished with it: run (and whether to
/// go on to the next cell), or left.
#[component]
pub fn Code(
    page: Page,
    cell: CellSignals,
    library: Library,
    is_near: ReadSignal<bool>,
    is_calm: ReadSignal<bool>,
    done: Callback<Option<bool>>,
) -> impl IntoView {
    let control = expect_context::<Control>();
    let area = NodeRef::<Div>::new();
    let editor = RwSignal::new_local(None::<Editor>);
    let wants_keyboard = move || page.selected.get() == Some(cell.id);
    Effect::new(move || {
        let Some(area) = area.get() else {
            return;
        };
        let wanted = is_near.get() || wants_keyboard();
        if wanted && library.is_ready() && editor.with_untracked(Option::is_none) {
            let tell = move |told| hear(control, cell, done, told);
            let source = cell.source.get_untracked();
            let kind = cell.kind.get_untracked();
            let label = format!("Cell {} {}", cell.number.get_untracked(), kind.word());
            let asks = asks(page, cell);
            let made = Editor::new(&area, &source, kind.word(), &label, hint(kind), asks, tell);
            editor.set(Some(made));
        }
    });
    let with = move |act: &dyn Fn(&Editor)| {
        editor.with(|editor| {
            if let Some(editor) = editor {
                act(editor);
            }
        });
    };
    Effect::new(move || {
        let source = cell.source.get();
        with(&|editor| {
            if *editor.text() != *source {
                editor.replace(&source);
            }
        });
    });
    Effect::new(move || {
        let label = format!("Cell {} {}", cell.number.get(), cell.kind.get().word());
        with(&|editor| editor.set_label(&label));
    });
    Effect::new(move || {
        let kind = cell.kind.get();
        with(&|editor| editor.set_kind(kind.word()));
    });
    Effect::new(move || {
        let follows = page.role.get() == Role::Follows;
        with(&|editor| editor.set_read_only(follows));
    });
    let error_line = Memo::new(move |_| error_line(cell));
    Effect::new(move || {
        let line = error_line.get();
        with(&|editor| editor.mark_line(line));
    });
    Effect::new(move || {
        let spans = spans(page, cell, is_calm.get());
        with(&|editor| editor.mark_spans(&spans));
    });
    Effect::new(move || {
        let mut places = cell.uses.get();
        if cell.names.with(problems::is_broken) {
            // They are those of an older text.
            places.clear();
        }
        let source = cell.source.get_untracked();
        let places = places.into_iter().map(|(span, makes)| {
            let (from, to) = utf16_span(&source, span.start as usize, span.end as usize);
            (from, to, makes)
        });
        let places: Vec<_> = places.collect();
        with(&|editor| editor.light_up(&places));
    });
    Effect::new(move || {
        let target = page.target.get().filter(|(id, _)| *id == cell.id);
        if let (Some((_, span)), true) = (target, editor.with(Option::is_some)) {
            let source = cell.source.get_untracked();
            let (from, to) = utf16_span(&source, span.start as usize, span.end as usize);
            with(&|editor| editor.select(from, to));
            page.act(Action::TargetShown);
        }
    });
    Effect::new(move || {
        if wants_keyboard() && !has_keyboard(area) {
            with(&Editor::focus);
        }
    });
    on_cleanup(move || {
        if let Some(editor) = editor.try_update(Option::take).flatten() {
            editor.destroy();
        }
    });
    let shows_text = move || editor.with(Option::is_none);
    view! {
        <div data-part="editor" class="code" id=format!("code-{}", cell.id) node_ref=area>
            <Show when=shows_text>
                <pre class="code-before" on:click=move |_| page.act(Action::Select(Some(cell.id)))>
                    {move || cell.source.get().to_string()}
                    "\n"
                </pre>
            </Show>
        </div>
    }
}

fn hint(kind: Kind) -> &'static str {
    match kind {
        Kind::Python => "Python",
        Kind::Sql => "SQL",
        Kind::Markdown => "Text, with Markdown",
        Kind::Raw => "Text for another program, kept as it is",
    }
}

fn hear(control: Control, cell: CellSignals, done: Callback<Option<bool>>, told: Told) {
    let page = control.page;
    match told {
        Told::Changed(source) => page.act(Action::Type(cell.id, Arc::clone(&source))),
        Told::Run(moves) => done.run(Some(moves)),
        Told::Left => done.run(None),
        Told::Focused => page.act(Action::Select(Some(cell.id))),
        Told::Out(by) => control.cross(cell.id, by),
        Told::Points(at) => page.act(Action::Point(at.map(|at| (cell.id, byte(cell, at))))),
        Told::GoesTo(at) => page.act(Action::GoTo(cell.id, byte(cell, at))),
        Told::Renames(at) => page.act(Action::BeginRename(cell.id, byte(cell, at))),
    }
}

fn byte(cell: CellSignals, units: u32) -> u32 {
    cell.source
        .with_untracked(|source| byte_offset(source, units))
}

/// What the cell's editor may ask for.
fn asks(page: Page, cell: CellSignals) -> Asks {
    Asks {
        names: Rc::new(move |written| known_names(page, cell, written)),
        python: Rc::new(move |question, heard| {
            if let Some(host) = page.host() {
                host.ask_python(question, heard);
            }
        }),
    }
}

/// How many names are offered: who has more writes the begin of one.
const MOST_NAMES: usize = 1_000;

/// The names that can be read in a cell, each with where it is made. Where there are too many, those
/// that begin as what is `written`, and of them the first.
fn known_names(page: Page, here: CellSignals, written: &str) -> Vec<(String, String)> {
    let cells = page.cells.get_untracked();
    let count = |cell: &CellSignals| cell.names.with_untracked(|names| names.definitions.len());
    let are_few = cells.iter().map(count).sum::<usize>() <= MOST_NAMES;
    let mut known = Vec::new();
    for cell in cells {
        let number = cell.number.get_untracked();
        cell.names.with_untracked(|names| {
            let readable = names.definitions.iter();
            let readable = readable.filter(|made| !made.is_local || cell.id == here.id);
            let readable = readable.filter(|made| are_few || made.name.starts_with(written));
            let readable = readable.take(MOST_NAMES.saturating_sub(known.len()));
            known.extend(readable.map(|made| (made.name.clone(), format!("cell {number}"))));
        });
    }
    known
}

fn has_keyboard(area: NodeRef<Div>) -> bool {
    let document = web_sys::window().and_then(|window| window.document());
    let active = document.and_then(|document| document.active_element());
    area.get_untracked()
        .is_some_and(|area| area.contains(active.as_ref().map(JsCast::unchecked_ref)))
}

/// The line of this cell that the last exception went through, while it fits the code.
fn error_line(cell: CellSignals) -> u32 {
    let is_current = cell
        .view
        .with(|view| view.status() == engine::Status::Error && !view.stale);
    if !is_current {
        return 0;
    }
    cell.outputs.with(|outputs| {
        let entries = outputs.error.as_ref().map(|error| error.entries.as_slice());
        let mut entries = entries.unwrap_or_default().iter().rev();
        entries
            .find(|entry| entry.cell == cell.id)
            .map_or(0, |entry| entry.line)
    })
}

/// Where something is wrong, in UTF-16 units, with the words for a pointer that rests there.
fn spans(page: Page, cell: CellSignals, is_calm: bool) -> Vec<(u32, u32, String)> {
    let shown = problems::shown(page, cell, is_calm);
    // Places are those in the text when it was analysed; after that they move with it.
    let source = cell.source.get_untracked();
    let of = |diagnostic: &engine::Diagnostic| {
        let text = problems::words_at_its_place(page, diagnostic);
        let spans = diagnostic.spans.iter().map(|span| {
            let (from, to) = utf16_span(&source, span.start as usize, span.end as usize);
            (from, to, text.clone())
        });
        spans.collect::<Vec<_>>()
    };
    // Where a text does not parse, all else that is known of it has its places in an older one.
    let is_broken = cell.names.with(problems::is_broken);
    let placed = shown.iter();
    let placed = placed.filter(|found| !is_broken || problems::is_syntax(&found.problem));
    placed.flat_map(of).collect()
}
