//! The head of a column: its name and type, how it is sorted, a small histogram, and the way to its panel.

use engine::words::thousands;
use leptos::prelude::*;
use wasm_bindgen::JsCast;
use web_sys::{Element, PointerEvent};

use super::rows::Facts;
use super::{Grid, track};

/// The size of a histogram's drawing.
const BARS: (f64, f64) = (100.0, 24.0);

#[component]
pub fn Head(grid: Grid, column: usize) -> impl IntoView {
    let place = (0, column);
    let (name, type_name) = grid.table.with_value(|table| {
        let told = &table.columns[column];
        (told.name.clone(), told.type_name.clone())
    });
    let facts = Memo::new(move |_| {
        grid.rows
            .facts
            .with(|all| all.get(&column).cloned().flatten())
    });
    let order = move || {
        grid.rows.view.with(|view| match view.sort {
            Some((by, down)) if by as usize == column => {
                if down {
                    "descending"
                } else {
                    "ascending"
                }
            }
            _ => "none",
        })
    };
    let is_filtered = move || {
        grid.rows
            .view
            .with(|view| view.filters.iter().any(|one| one.column as usize == column))
    };
    let kind = type_name.clone();
    let title = move || {
        let missing = facts.with(|facts| facts.as_ref().map_or(0, |facts| facts.missing));
        match missing {
            0 => kind.clone(),
            some => format!("{kind}, {} missing", thousands(u64::from(some))),
        }
    };
    let clicked = move |_| {
        grid.go(place, false);
        grid.sort(column);
    };
    let opened = move |event: leptos::ev::MouseEvent| {
        event.stop_propagation();
        grid.go(place, false);
        grid.panel.update(|open| {
            *open = if *open == Some(column) {
                None
            } else {
                Some(column)
            }
        });
    };
    let label = format!(
        "More on {}",
        if name.is_empty() { "the index" } else { &name }
    );
    view! {
        <th role="columnheader" scope="col" id=grid.id(place) class="grid-head" aria-colindex=column + 1 aria-sort=order title=title
            style=move || track(grid, column) class:at=move || grid.at.get() == place class:filtered=is_filtered
            on:click=clicked>
            <span class="grid-name">{name}</span>
            <span class="grid-type" data-type=type_name></span>
            <button type="button" class="grid-more" tabindex="-1" aria-label=label aria-expanded=move || (grid.panel.get() == Some(column)).to_string()
                on:click=opened></button>
            {grid.has_bars.then(|| view! { <span class="grid-bars">{move || facts.get().map(|facts| bars(&facts))}</span> })}
            <Edge grid column />
        </th>
    }
}

/// The right edge of a head, which is dragged to make the column wider.
#[component]
fn Edge(grid: Grid, column: usize) -> impl IntoView {
    let begun = StoredValue::new(None::<f64>);
    let down = move |event: PointerEvent| {
        event.stop_propagation();
        event.prevent_default();
        if let Some(edge) = event
            .target()
            .and_then(|target| target.dyn_into::<Element>().ok())
        {
            let _ = edge.set_pointer_capture(event.pointer_id());
        }
        let (_, width) = grid.widths.with_untracked(|widths| widths.of(column));
        begun.set_value(Some(width - f64::from(event.client_x())));
    };
    let moved = move |event: PointerEvent| {
        if let Some(begun) = begun.get_value() {
            grid.widths
                .update(|widths| widths.set(column, begun + f64::from(event.client_x())));
        }
    };
    view! {
        <span class="grid-edge" aria-hidden="true" on:pointerdown=down on:pointermove=moved
            on:pointerup=move |_| begun.set_value(None) on:pointercancel=move |_| begun.set_value(None)
            on:click=move |event| event.stop_propagation()></span>
    }
}

/// A small histogram, for the eye; the panel has the numbers.
fn bars(facts: &Facts) -> AnyView {
    let highest = facts.bars.iter().copied().max().unwrap_or(0);
    if highest == 0 {
        let words = facts.lines.iter().find(|(name, _)| name == "distinct");
        let words = words.map(|(name, count)| format!("{count} {name}"));
        return view! { <span class="grid-distinct">{words}</span> }.into_any();
    }
    let width = BARS.0 / facts.bars.len() as f64;
    let path: Vec<String> = facts
        .bars
        .iter()
        .enumerate()
        .filter(|(_, count)| **count > 0)
        .map(|(at, count)| {
            // What is there is seen, however little it is.
            let height = (f64::from(*count) / f64::from(highest) * BARS.1).max(1.0);
            let (left, top) = (at as f64 * width, BARS.1 - height);
            format!(
                "M{left:.2} {top:.2}h{:.2}v{height:.2}h-{:.2}z",
                width * 0.85,
                width * 0.85
            )
        })
        .collect();
    view! {
        <svg viewBox=format!("0 0 {} {}", BARS.0, BARS.1) preserveAspectRatio="none" aria-hidden="true"><path d=path.concat() /></svg>
    }
    .into_any()
}
