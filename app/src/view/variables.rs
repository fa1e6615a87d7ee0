//! The variables panel: what Python has, where it was made, and a way there.

use leptos::prelude::*;
use protocol::Variable;

use super::panel::Panel;
use super::status::go_to;
use crate::page::{Action, Page};

/// The panel, beside the notebook. Python is asked only while it is open, and when it has nothing to
/// run.
#[component]
pub fn Variables(page: Page) -> impl IntoView {
    let close = Callback::new(move |()| page.act(Action::WatchVariables(false)));
    view! {
        <Panel title="Variables" is_open=page.watches_variables close>
            <List page />
        </Panel>
    }
}

#[component]
fn List(page: Page) -> impl IntoView {
    let rows = move || {
        let (variables, hidden) = page.variables.get()?;
        if variables.is_empty() {
            return None;
        }
        let rows = variables
            .into_iter()
            .map(|variable| view! { <Row page variable /> });
        let more = (hidden > 0)
            .then(|| view! { <p class="hidden-lines">{hidden} " more are not shown"</p> });
        Some(view! {
            <table class="variables">
                <thead>
                    <tr><th>"Name"</th><th>"Type"</th><th>"Value"</th><th>"Cell"</th></tr>
                </thead>
                <tbody>{rows.collect_view()}</tbody>
            </table>
            {more}
        })
    };
    let has_rows = move || {
        page.variables.with(|known| {
            known
                .as_ref()
                .is_some_and(|(variables, _)| !variables.is_empty())
        })
    };
    view! {
        <div class="panel-scroll">
            {rows}
            <Show when=move || !has_rows()>
                <p class="panel-empty">"There is nothing in Python yet. Run a cell, and its names are here."</p>
            </Show>
        </div>
    }
}

#[component]
fn Row(page: Page, variable: Variable) -> impl IntoView {
    let Variable {
        name,
        kind,
        size,
        value,
    } = variable;
    let maker = page.cells.with(|cells| {
        let makes = |cell: &&crate::page::CellSignals| {
            cell.names.with(|names| {
                names
                    .definitions
                    .iter()
                    .any(|made| made.name == name && !made.is_local)
            })
        };
        cells.iter().find(makes).map(|cell| cell.id)
    });
    let link = maker.map(|id| {
        let label = move || format!("Go to cell {}", page.number_of(id));
        view! { <button class="link" aria-label=label on:click=move |_| go_to(id)>{move || page.number_of(id)}</button> }
    });
    let shown = name.clone();
    let size = (!size.is_empty()).then(|| view! { <span class="size">{size}</span> });
    view! {
        <tr data-variable=name>
            <th scope="row">{shown}</th>
            <td class="type">{kind} " " {size}</td>
            <td class="value" title=value.clone()>{value.clone()}</td>
            <td class="maker">{link}</td>
        </tr>
    }
}
