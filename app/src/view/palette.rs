//! All commands in a list that is searched by typing.

use leptos::html::{Input, Ul};
use leptos::prelude::*;
use web_sys::{KeyboardEvent, ScrollIntoViewOptions, ScrollLogicalPosition};

use super::dialog::Dialog;
use crate::commands::control::Control;
use crate::commands::{ENTRIES, Entry, keys};

/// The list of all commands.
#[component]
pub fn Palette(control: Control) -> impl IntoView {
    let open = control.panels.commands;
    view! {
        <Dialog open title="All commands">
            <Search control />
        </Dialog>
    }
}

#[component]
fn Search(control: Control) -> impl IntoView {
    let open = control.panels.commands;
    let (wanted, set_wanted) = signal(String::new());
    let chosen = RwSignal::new(0_usize);
    let (input, list) = (NodeRef::<Input>::new(), NodeRef::<Ul>::new());
    let offered: Vec<&'static Entry> = ENTRIES
        .iter()
        .filter(|entry| control.offers(entry))
        .collect();
    let found = Memo::new(move |_| {
        let wanted = wanted.get().to_lowercase();
        let places = 0..offered.len();
        let places = places.filter(|at| fits(offered[*at], &wanted));
        places
            .map(|at| place_of(offered[at]))
            .collect::<Vec<usize>>()
    });
    Effect::new(move || {
        if let Some(input) = input.get() {
            let _ = input.focus();
        }
    });
    let perform = move |at: usize| {
        let command = ENTRIES[at].command;
        open.set(false);
        // Once the dialog has given the keyboard back.
        request_animation_frame(move || control.perform(command));
    };
    let key = move |event: KeyboardEvent| {
        let count = found.with_untracked(Vec::len).max(1);
        let to = match event.key().as_str() {
            "ArrowDown" => (chosen.get_untracked() + 1) % count,
            "ArrowUp" => (chosen.get_untracked() + count - 1) % count,
            "Enter" => {
                let at = found.with_untracked(|found| found.get(chosen.get_untracked()).copied());
                event.prevent_default();
                return at.map_or((), perform);
            }
            _ => return,
        };
        event.prevent_default();
        chosen.set(to);
        let option = list
            .get_untracked()
            .and_then(|list| list.children().item(u32::try_from(to).unwrap_or(0)));
        if let Some(option) = option {
            let options = ScrollIntoViewOptions::new();
            options.set_block(ScrollLogicalPosition::Nearest);
            option.scroll_into_view_with_scroll_into_view_options(&options);
        }
    };
    let entries = move || {
        let entries = found.get().into_iter().enumerate();
        let entries = entries.map(|(row, at)| {
            let entry = &ENTRIES[at];
            let keys = keys::written(entry)
                .into_iter()
                .map(|keys| view! { <kbd>{keys}</kbd> });
            view! {
                <li
                    role="option"
                    id=format!("command-{row}")
                    aria-selected=move || (chosen.get() == row).to_string()
                    on:click=move |_| perform(at)
                >
                    <span>{entry.title}</span>
                    <span class="command-keys">{keys.collect_view()}</span>
                </li>
            }
        });
        entries.collect_view()
    };
    view! {
        <div class="palette">
            <input
                type="text"
                role="combobox"
                aria-label="Command"
                aria-expanded="true"
                aria-controls="commands"
                aria-activedescendant=move || format!("command-{}", chosen.get())
                placeholder="Type what you want to do"
                autocomplete="off"
                spellcheck="false"
                node_ref=input
                on:input=move |event| {
                    set_wanted.set(event_target_value(&event));
                    chosen.set(0);
                }
                on:keydown=key
            />
            <ul role="listbox" id="commands" aria-label="Commands" node_ref=list>{entries}</ul>
            <Show when=move || found.with(Vec::is_empty)>
                <p class="quiet-text">"No command is called so."</p>
            </Show>
        </div>
    }
}

/// Whether each word stands in the title.
fn fits(entry: &Entry, wanted: &str) -> bool {
    let title = entry.title.to_lowercase();
    wanted.split_whitespace().all(|word| title.contains(word))
}

fn place_of(entry: &Entry) -> usize {
    let place = ENTRIES.iter().position(|one| one.command == entry.command);
    place.unwrap_or_default()
}
