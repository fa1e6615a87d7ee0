//! A table whose rows are chosen.

use engine::grid::Table;
use engine::widgets::Description;
use leptos::prelude::*;

use super::handle::{Handle, Way};
use super::name_of;
use crate::outputs::{Chosen, TableGrid};

pub fn table(description: &Description, handle: Handle, way: &Way) -> AnyView {
    let told = description.more.get("table").map(ToString::to_string);
    let Some(table) = told.and_then(|text| Table::read(&text)) else {
        return view! { <p class="quiet">"This table cannot be shown: its description is damaged or too large."</p> }
            .into_any();
    };
    let label = (!description.label.is_empty())
        .then(|| view! { <span class="widget-label">{name_of(description)}</span> });
    let page = way.bench.page;
    let grid = match description.text("selection") {
        "" => view! { <TableGrid table page /> }.into_any(),
        selection => {
            let chosen = Chosen::new(handle, selection == "multi");
            view! { <TableGrid table page chosen /> }.into_any()
        }
    };
    view! { <div class="widget wide" data-widget="table">{label}{grid}</div> }.into_any()
}
