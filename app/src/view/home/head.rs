//! The head of the home page: what this is, a new notebook, and files to be opened.

use leptos::html::Input;
use leptos::prelude::*;

use crate::home::Home;
use crate::view::icons::Mark;

/// The head of the home page.
#[component]
pub fn Head(home: Home) -> impl IntoView {
    let chooser = NodeRef::<Input>::new();
    let choose = move |_| {
        if let Some(input) = chooser.get_untracked() {
            // The same file may be chosen again.
            input.set_value("");
            input.click();
        }
    };
    let chosen = move |_| {
        let files = chooser.get_untracked().and_then(|input| input.files());
        if let Some(files) = files {
            home.add_files(files);
        }
    };
    view! {
        <header class="start-head">
            <h1><Mark /> "Rivulet"</h1>
            <p>"A reactive Python notebook in your browser. Run a cell, and every cell that depends on it runs too. Nothing leaves this device."</p>
            <div class="row">
                <a class="button primary" href="?new">"New notebook"</a>
                <button class="button" on:click=choose>"Open files"</button>
                <input
                    class="spoken"
                    type="file"
                    multiple
                    tabindex="-1"
                    aria-label="Notebook files"
                    accept=".py,.ipynb,.md,.json,.html,.htm,.zip"
                    node_ref=chooser
                    on:change=chosen
                />
            </div>
        </header>
    }
}
