//! The dependency panel: the cells as a drawing, live, each of them a way to its cell.

use std::collections::BTreeMap;

use engine::layout;
use leptos::prelude::*;
use protocol::CellId;

use super::panel::Panel;
use super::status::go_to;
use crate::page::{CellSignals, Page};

/// The size of a cell in the drawing and the room between two, in CSS pixels.
const WIDTH: f64 = 108.0;
const HEIGHT: f64 = 28.0;
const GAP_X: f64 = 12.0;
const GAP_Y: f64 = 30.0;
const EDGE: f64 = 8.0;
/// As many cells stand side by side as the panel has room for; a wider layer takes several rows.
const COLUMNS: usize = 3;

/// A drawing of the graph.
#[derive(Debug, Clone, PartialEq, Default)]
struct Drawing {
    width: f64,
    height: f64,
    /// Each cell with its left upper corner.
    cells: Vec<(CellSignals, f64, f64)>,
    /// The edges: parent, child and path.
    edges: Vec<(CellId, CellId, String)>,
}

impl Drawing {
    /// The path of all edges, or of those of one cell.
    fn path(&self, of: Option<CellId>) -> String {
        let edges = self.edges.iter();
        let wanted = edges.filter(|(from, to, _)| of.is_none_or(|id| *from == id || *to == id));
        wanted.map(|(_, _, path)| path.as_str()).collect()
    }
}

impl PartialEq for CellSignals {
    fn eq(&self, other: &Self) -> bool {
        self.id == other.id
    }
}

/// The panel, beside the notebook.
#[component]
pub fn Map(page: Page, open: RwSignal<bool>) -> impl IntoView {
    let close = Callback::new(move |()| open.set(false));
    view! {
        <Panel title="Dependencies" is_open=open close>
            <Graph page />
        </Panel>
    }
}

#[component]
fn Graph(page: Page) -> impl IntoView {
    let drawing = Memo::new(move |_| draw(page));
    // The cell under the pointer or with the keyboard: its edges are drawn over the others.
    let hot = RwSignal::new(None::<CellId>);
    let lit = move || {
        let hot = hot.get()?;
        Some(drawing.with(|drawing| drawing.path(Some(hot))))
    };
    let size = move || drawing.with(|drawing| (drawing.width, drawing.height));
    view! {
        <div class="map-scroll">
            <svg
                class="map"
                role="group"
                aria-label="Graph of the cells"
                width=move || size().0
                viewBox=move || format!("0 0 {} {}", size().0, size().1)
            >
                <path class="map-edges" class:dim=move || hot.get().is_some() d=move || drawing.with(|drawing| drawing.path(None)) />
                <path class="map-edges lit" d=move || lit().unwrap_or_default() />
                {move || drawing.get().cells.into_iter().map(|(cell, x, y)| view! { <Node cell x y hot /> }).collect_view()}
            </svg>
        </div>
    }
}

#[component]
fn Node(cell: CellSignals, x: f64, y: f64, hot: RwSignal<Option<CellId>>) -> impl IntoView {
    let status = Memo::new(move |_| cell.view.with(engine::CellView::status));
    let text = move || {
        let names = cell.names.with(|names| {
            let names = names.definitions.iter().map(|made| made.name.as_str());
            names.take(3).collect::<Vec<_>>().join(" ")
        });
        let text = format!("{} {names}", cell.number.get());
        let short: String = text.chars().take(11).collect();
        if short.len() < text.len() {
            format!("{short}…")
        } else {
            text
        }
    };
    let label = move || format!("Go to cell {}, {}", cell.number.get(), status.get().word());
    let key = move |event: web_sys::KeyboardEvent| {
        if event.key() == "Enter" || event.key() == " " {
            event.prevent_default();
            go_to(cell.id);
        }
    };
    view! {
        <g
            class="map-node"
            role="button"
            tabindex="0"
            aria-label=label
            data-status=move || status.get().word()
            transform=format!("translate({x} {y})")
            on:click=move |_| go_to(cell.id)
            on:keydown=key
            on:pointerenter=move |_| hot.set(Some(cell.id))
            on:pointerleave=move |_| hot.set(None)
            on:focus=move |_| hot.set(Some(cell.id))
            on:blur=move |_| hot.set(None)
        >
            <rect width=WIDTH height=HEIGHT rx="7" />
            <rect class="map-rail" width="4" height=HEIGHT - 8.0 x="5" y="4" rx="2" />
            <text x="15" y=HEIGHT / 2.0 + 4.5>{text}</text>
        </g>
    }
}

/// Lays the cells out; follows every change of cells and names.
fn draw(page: Page) -> Drawing {
    let cells: Vec<CellSignals> = page.cells.get();
    let cells: Vec<CellSignals> = cells
        .into_iter()
        .filter(|cell| cell.is_code.get())
        .collect();
    let parents = |cell: &CellSignals| {
        let mut makers: Vec<CellId> = cell
            .names
            .with(|names| names.references.iter().map(|(_, maker)| *maker).collect());
        makers.sort_unstable();
        makers.dedup();
        makers
    };
    let list: Vec<(CellId, Vec<CellId>)> =
        cells.iter().map(|cell| (cell.id, parents(cell))).collect();
    let layers = layout::layers(&list);
    let rows: Vec<&[CellId]> = layers
        .iter()
        .flat_map(|layer| layer.chunks(COLUMNS))
        .collect();
    let widest = rows.iter().map(|row| row.len()).max().unwrap_or(0) as f64;
    let width = widest * (WIDTH + GAP_X) - GAP_X + 2.0 * EDGE;
    let mut places = BTreeMap::new();
    for (row, layer) in rows.iter().enumerate() {
        let row_width = layer.len() as f64 * (WIDTH + GAP_X) - GAP_X;
        for (column, id) in layer.iter().enumerate() {
            let x = (width - row_width) / 2.0 + column as f64 * (WIDTH + GAP_X);
            places.insert(*id, (x, EDGE + row as f64 * (HEIGHT + GAP_Y)));
        }
    }
    let mut edges = Vec::new();
    for (id, parents) in &list {
        for parent in parents {
            if let (Some((x1, y1)), Some((x2, y2))) = (places.get(parent), places.get(id)) {
                let (x1, y1, x2) = (x1 + WIDTH / 2.0, y1 + HEIGHT, x2 + WIDTH / 2.0);
                let bend = ((y2 - y1) / 2.0).max(GAP_Y / 2.0);
                let (out, into) = (y1 + bend, y2 - bend);
                edges.push((
                    *parent,
                    *id,
                    format!("M{x1} {y1}C{x1} {out} {x2} {into} {x2} {y2}"),
                ));
            }
        }
    }
    Drawing {
        width: width.max(0.0),
        height: rows.len() as f64 * (HEIGHT + GAP_Y) - GAP_Y + 2.0 * EDGE,
        cells: cells
            .into_iter()
            .filter_map(|cell| places.get(&cell.id).map(|(x, y)| (cell, *x, *y)))
            .collect(),
        edges,
    }
}
