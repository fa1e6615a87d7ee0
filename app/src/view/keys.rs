//! The list of all keys.

use leptos::prelude::*;

use super::dialog::Dialog;
use crate::commands::control::Control;
use crate::commands::{ENTRIES, Place, keys};

/// The list of all keys, with where they count.
#[component]
pub fn Keys(control: Control) -> impl IntoView {
    view! {
        <Dialog open=control.panels.keys title="All keys">
            <p>"Escape leaves the text for the cell itself, where keys are commands. Enter goes back into the text."</p>
            <Table title="Everywhere" places=&[Place::Notebook] />
            <Table title="In the text and at the cell" places=&[Place::CellAndText] />
            <Table title="At the cell" places=&[Place::Cell] />
        </Dialog>
    }
}

#[component]
fn Table(title: &'static str, places: &'static [Place]) -> impl IntoView {
    let entries = ENTRIES.iter().filter(|entry| places.contains(&entry.place));
    let entries = entries.filter(|entry| !entry.keys.is_empty());
    let rows = entries.map(|entry| {
        let keys = keys::written(entry)
            .into_iter()
            .map(|keys| view! { <kbd>{keys}</kbd> });
        view! {
            <tr>
                <td class="command-keys">{keys.collect_view()}</td>
                <td>{entry.title}</td>
            </tr>
        }
    });
    view! {
        <h3>{title}</h3>
        <table class="keys"><tbody>{rows.collect_view()}</tbody></table>
    }
}
