//! What is wrong with a cell: which of it is said now, in sentences, and the ways out.

use engine::{Diagnostic, Problem, Status, words};
use leptos::prelude::*;

use super::sentence::code_words;
use super::status::go_to;
use crate::page::{Action, CellSignals, Names, Page};

/// The exceptions by which Python itself says that a text does not parse.
const SYNTAX_ERRORS: [&str; 3] = ["SyntaxError", "IndentationError", "TabError"];

/// What is wrong with a cell and is to be said now. What comes and goes with every letter waits until the
/// person does not type.
pub fn shown(page: Page, cell: CellSignals, is_calm: bool) -> Vec<Diagnostic> {
    let may_hint = is_calm && page.has_worked.get() && page.knows_packages.get();
    cell.names.with(|names| {
        let is_broken = is_broken(names);
        let is_said = |found: &&Diagnostic| match &found.problem {
            Problem::Syntax { .. } => is_calm,
            // Of a text that does not parse, the names are those of an older one.
            problem if problem.is_about_unknown_names() => may_hint && !is_broken,
            problem => is_calm || !problem.is_hint(),
        };
        names.diagnostics.iter().filter(is_said).cloned().collect()
    })
}

/// Whether the cell's text does not parse, so that all else that is known of it is known of an older one.
pub fn is_broken(names: &Names) -> bool {
    let mut found = names.diagnostics.iter();
    found.any(|found| is_syntax(&found.problem))
}

/// The words for a pointer that rests on the place. Those of a syntax error stand below the text, and
/// once is enough.
pub fn words_at_its_place(page: Page, found: &Diagnostic) -> String {
    if is_syntax(&found.problem) {
        return String::new();
    }
    words::problem(&found.problem, |id| page.number_of(id))
}

/// Whether it is the syntax error.
pub fn is_syntax(problem: &Problem) -> bool {
    matches!(problem, Problem::Syntax { .. })
}

/// Whether the cell has run as it is, and its output says what is wrong with the text.
fn is_said_by_python(cell: CellSignals) -> bool {
    let has_failed = cell
        .view
        .with(|view| view.status() == Status::Error && !view.stale);
    has_failed
        && cell.outputs.with(|outputs| {
            let error = outputs.error.as_ref();
            error.is_some_and(|error| SYNTAX_ERRORS.contains(&error.name.as_str()))
        })
}

/// What is wrong with the cell, in sentences, and the ways out.
#[component]
pub fn Problems(page: Page, cell: CellSignals, is_calm: ReadSignal<bool>) -> impl IntoView {
    let sentences = Memo::new(move |_| {
        // Numbers in the sentences change when cells move.
        page.cells.track();
        let by_python = is_said_by_python(cell);
        let shown = shown(page, cell, is_calm.get()).into_iter();
        let shown = shown.filter(|found| !by_python || !is_syntax(&found.problem));
        let sentences = shown.map(|found| {
            let text = words::problem(&found.problem, |id| page.number_of(id));
            (text, found.problem)
        });
        sentences.collect::<Vec<_>>()
    });
    view! {
        // One that stays keeps its buttons, so that a click on one of them is not lost.
        <For each=move || sentences.get() key=|(text, _)| text.clone() let((text, problem))>
            <Sentence page cell text problem />
        </For>
    }
}

#[component]
fn Sentence(page: Page, cell: CellSignals, text: String, problem: Problem) -> impl IntoView {
    let host = page.host();
    let fixes = host.map_or_else(Vec::new, |host| host.fixes(&problem));
    let fixed = problem.clone();
    let buttons = fixes.into_iter().map(move |(way, text)| {
        let problem = fixed.clone();
        let fix = move |_| page.act(Action::Fix(cell.id, problem.clone(), way));
        view! { <button class="button small fix" on:click=fix>{code_words(&text)}</button> }
    });
    let is_note = matches!(
        problem,
        Problem::Found { .. }
            | Problem::Unknown { .. }
            | Problem::Missing { .. }
            | Problem::OtherVersion { .. }
            | Problem::Absent { .. }
    );
    view! {
        <div data-part="diagnostic" class="diagnostic" class:note=is_note>
            <p>{code_words(&text)}</p>
            <CyclePath page problem />
            {buttons.collect_view()}
        </div>
    }
}

/// The cells of a cycle in a row, each a way to its cell, with the names that go from one to the next.
#[component]
fn CyclePath(page: Page, problem: Problem) -> impl IntoView {
    let Problem::Cycle { path, names } = problem else {
        return None;
    };
    let first = path.first().copied();
    let steps = path.into_iter().zip(names).map(move |(id, name)| {
        let number = move || page.number_of(id);
        view! {
            <button class="cycle-cell" aria-label=move || format!("Go to cell {}", number()) on:click=move |_| go_to(id)>
                {number}
            </button>
            <span class="cycle-name">{name} " \u{2192}"</span>
        }
    });
    let last =
        first.map(|id| view! { <span class="cycle-cell">{move || page.number_of(id)}</span> });
    Some(view! { <p class="cycle">{steps.collect_view()}{last}</p> })
}
