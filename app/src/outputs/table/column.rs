//! The panel of a column: what Python says of it, and the filters that its kind has.

use std::sync::Arc;

use engine::grid::Kind;
use engine::words::thousands;
use leptos::ev::KeyboardEvent;
use leptos::html::Input;
use leptos::prelude::*;
use protocol::{Filter, Only};

use super::Grid;
use super::rows::{Facts, small};

#[component]
pub fn Panel(grid: Grid) -> impl IntoView {
    // One that is open is not built anew by what is filtered in it.
    let open = Memo::new(move |_| grid.panel.get());
    move || open.get().map(|column| view! { <Open grid column /> })
}

#[component]
fn Open(grid: Grid, column: usize) -> impl IntoView {
    let (name, kind) = grid.table.with_value(|table| {
        let told = &table.columns[column];
        (told.name.clone(), told.kind)
    });
    let name = if name.is_empty() {
        "index".to_owned()
    } else {
        name
    };
    let facts = Memo::new(move |_| {
        grid.rows
            .facts
            .with(|all| all.get(&column).cloned().flatten())
    });
    let close = move || {
        grid.panel.set(None);
        if let Some(scroller) = grid.scroller.get_untracked() {
            let _ = scroller.focus();
        }
    };
    let pressed = move |event: KeyboardEvent| {
        if event.key() == "Escape" {
            event.stop_propagation();
            event.prevent_default();
            close();
        }
    };
    let sort = move |down: bool| grid.change(|view| view.sort = Some((small(column), down)));
    let has_filter = move || {
        grid.rows
            .view
            .with(|view| view.filters.iter().any(|one| one.column as usize == column))
    };
    let clear = move |_| {
        grid.change(|view| view.filters.retain(|one| one.column as usize != column));
        // Its fields are empty again.
        grid.panel.set(None);
        grid.panel.set(Some(column));
    };
    let range = matches!(kind, Kind::Number | Kind::Time)
        .then(|| view! { <Between grid column is_time=kind == Kind::Time /> });
    let contains = matches!(kind, Kind::Text | Kind::Other | Kind::Category)
        .then(|| view! { <Contains grid column /> });
    let label = format!("Column {name}");
    let first = NodeRef::<leptos::html::Button>::new();
    Effect::new(move || {
        if let Some(first) = first.get() {
            let _ = first.focus();
        }
    });
    view! {
        <section class="grid-panel" role="dialog" aria-label=label on:keydown=pressed>
            <header>
                <strong>{name}</strong>
                <button type="button" class="button small" node_ref=first on:click=move |_| sort(false)>"Sort up"</button>
                <button type="button" class="button small" on:click=move |_| sort(true)>"Sort down"</button>
                <Show when=has_filter><button type="button" class="button small" on:click=clear>"Clear filter"</button></Show>
                <button type="button" class="button small" aria-label="Close" on:click=move |_| close()>"\u{2715}"</button>
            </header>
            <div class="grid-filters">
                {range}
                {contains}
                <Missing grid column />
                {move || facts.get().filter(|facts| is_short(kind, facts)).map(|facts| view! { <Values grid column facts /> })}
            </div>
            <dl class="grid-facts">
                {move || facts.get().map(|facts| facts.lines.iter().map(|(name, fact)| {
                    view! { <div><dt>{name.clone()}</dt><dd>{fact.clone()}</dd></div> }
                }).collect_view())}
            </dl>
        </section>
    }
}

/// Whether a column's values are so few that they are offered one by one.
fn is_short(kind: Kind, facts: &Facts) -> bool {
    let most = match kind {
        Kind::Bool | Kind::Category => 50,
        Kind::Text => 30,
        _ => 0,
    };
    !facts.top.is_empty() && facts.top.len() <= most
}

/// Replaces a column's filter of one sort; nothing takes it away.
fn put(grid: Grid, column: usize, is_same: fn(&Only) -> bool, only: Option<Only>) {
    grid.change(|view| {
        view.filters
            .retain(|one| one.column as usize != column || !is_same(&one.only));
        view.filters.extend(only.map(|only| Filter {
            column: small(column),
            only,
        }));
    });
}

/// The column's filter of one sort, as it is.
fn now(grid: Grid, column: usize, is_same: fn(&Only) -> bool) -> Option<Only> {
    grid.rows.view.with_untracked(|view| {
        let mut own = view
            .filters
            .iter()
            .filter(|one| one.column as usize == column);
        own.find(|one| is_same(&one.only))
            .map(|one| one.only.clone())
    })
}

fn is_between(only: &Only) -> bool {
    matches!(only, Only::Between { .. })
}

fn is_contains(only: &Only) -> bool {
    matches!(only, Only::Contains { .. })
}

fn is_values(only: &Only) -> bool {
    matches!(only, Only::Values { .. })
}

fn is_missing(only: &Only) -> bool {
    matches!(only, Only::Missing | Only::Present)
}

#[component]
fn Between(grid: Grid, column: usize, is_time: bool) -> impl IntoView {
    let (from, to) = (NodeRef::<Input>::new(), NodeRef::<Input>::new());
    let (first, last) = match now(grid, column, is_between) {
        Some(Only::Between { low, high }) => (low, high),
        _ => (String::new(), String::new()),
    };
    let typed = move |_| {
        let of = |input: NodeRef<Input>| {
            input
                .get_untracked()
                .map(|input| input.value())
                .unwrap_or_default()
        };
        let (low, high) = (of(from).trim().to_owned(), of(to).trim().to_owned());
        let only = (!low.is_empty() || !high.is_empty()).then_some(Only::Between { low, high });
        put(grid, column, is_between, only);
    };
    let kind = if is_time { "date" } else { "text" };
    let mode = (!is_time).then_some("decimal");
    view! {
        <label>"From " <input type=kind inputmode=mode node_ref=from value=first on:change=typed /></label>
        <label>"to " <input type=kind inputmode=mode node_ref=to value=last on:change=typed /></label>
    }
}

#[component]
fn Contains(grid: Grid, column: usize) -> impl IntoView {
    let first = match now(grid, column, is_contains) {
        Some(Only::Contains { text }) => text,
        _ => String::new(),
    };
    let typed = move |event| {
        let text = event_target_value(&event);
        put(
            grid,
            column,
            is_contains,
            (!text.is_empty()).then_some(Only::Contains { text }),
        );
    };
    view! { <label>"Contains " <input type="text" value=first on:change=typed /></label> }
}

#[component]
fn Missing(grid: Grid, column: usize) -> impl IntoView {
    let first = match now(grid, column, is_missing) {
        Some(Only::Missing) => "missing",
        Some(Only::Present) => "present",
        _ => "",
    };
    let chosen = move |event| {
        let only = match event_target_value(&event).as_str() {
            "missing" => Some(Only::Missing),
            "present" => Some(Only::Present),
            _ => None,
        };
        put(grid, column, is_missing, only);
    };
    view! {
        <label>"Missing values "
            <select on:change=chosen>
                <option value="" selected=first.is_empty()>"with the others"</option>
                <option value="missing" selected=first == "missing">"only these"</option>
                <option value="present" selected=first == "present">"left out"</option>
            </select>
        </label>
    }
}

#[component]
fn Values(grid: Grid, column: usize, facts: Arc<Facts>) -> impl IntoView {
    let first = match now(grid, column, is_values) {
        Some(Only::Values { values }) => values,
        _ => Vec::new(),
    };
    let chosen = StoredValue::new(first);
    let rows = facts.top.iter().map(|(value, count)| {
        let own = value.clone();
        let is_on = chosen.with_value(|chosen| chosen.contains(value));
        let ticked = move |event| {
            chosen.update_value(|chosen| {
                chosen.retain(|one| *one != own);
                if event_target_checked(&event) {
                    chosen.push(own.clone());
                }
            });
            let values = chosen.get_value();
            put(
                grid,
                column,
                is_values,
                (!values.is_empty()).then_some(Only::Values { values }),
            );
        };
        let words = if value.is_empty() {
            "(empty)".to_owned()
        } else {
            value.clone()
        };
        view! {
            <label class="grid-value">
                <input type="checkbox" checked=is_on on:change=ticked />
                <span>{words}</span> <span class="grid-count">{thousands(u64::from(*count))}</span>
            </label>
        }
    });
    view! { <fieldset class="grid-values"><legend>"Only these"</legend>{rows.collect_view()}</fieldset> }
}
