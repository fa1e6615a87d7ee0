//! What of a cell is not shown: folded in the notebook, where it can be looked at, and left out of the app.

use engine::packages::elsewhere::Fetching;
use engine::{Hidden, Kind, Status};
use leptos::prelude::*;

use super::menu::Entry;
use crate::page::{Action, CellSignals, Page};

/// Which parts of a cell are shown.
#[derive(Clone, Copy)]
pub struct Parts {
    /// Its text, to be edited.
    pub code: Memo<bool>,
    /// What it put out.
    pub output: Memo<bool>,
    /// What changes it: its bar, its menu, the places for new cells.
    pub tools: Memo<bool>,
    /// Its status alone, where the tools that show it are not there but it matters to a reader.
    pub trouble: Memo<bool>,
    /// Anything at all.
    pub any: Memo<bool>,
    /// Hidden code, and hidden output, is looked at for now.
    peeks: [RwSignal<bool>; 2],
    cell: CellSignals,
}

impl Parts {
    /// The parts of a cell; `editing` whether its text is being edited.
    pub fn of(page: Page, cell: CellSignals, editing: RwSignal<bool>) -> Self {
        let [code_peeks, output_peeks] = [RwSignal::new(false), RwSignal::new(false)];
        let is_text = move || cell.kind.get() == Kind::Markdown;
        let status = move || cell.view.with(engine::CellView::status);
        let hidden = move || cell.hidden.get();
        let tools = Memo::new(move |_| !page.app.get());
        let code = Memo::new(move |_| {
            let is_shown = !hidden().code || code_peeks.get();
            tools.get() && (if is_text() { editing.get() } else { is_shown })
        });
        let output = Memo::new(move |_| {
            if tools.get() {
                return !hidden().output || output_peeks.get();
            }
            !hidden().output && !hidden().app
        });
        let trouble = Memo::new(move |_| {
            let is_unseen = status() == Status::Error && !output.get();
            !tools.get() && (status() == Status::Blocked || is_unseen)
        });
        let any = Memo::new(move |_| {
            let shows = || {
                let has_output = cell
                    .outputs
                    .with(|outputs| !outputs.items.is_empty() || outputs.error.is_some());
                output.get() && (is_text() || has_output)
            };
            let waits = cell.asked.with(Option::is_some) || !cell.fetching.with(Fetching::is_empty);
            tools.get() || trouble.get() || waits || shows()
        });
        Self {
            code,
            output,
            tools,
            trouble,
            any,
            peeks: [code_peeks, output_peeks],
            cell,
        }
    }

    /// Whether there is a fold in the place of the code, and of the output.
    fn folds(self) -> [bool; 2] {
        let hidden = self.cell.hidden.get();
        let is_code = self.cell.kind.get() != Kind::Markdown;
        let has_tools = self.tools.get();
        [
            has_tools && hidden.code && is_code,
            has_tools && hidden.output,
        ]
    }
}

/// In the place of hidden code, or output: that there is some, and a look at it.
#[component]
pub fn Fold(parts: Parts, #[prop(into)] is_output: bool) -> impl IntoView {
    let at = usize::from(is_output);
    let peeks = parts.peeks[at];
    let [shows, hides] = if is_output {
        ["Show hidden output", "Fold hidden output"]
    } else {
        ["Show hidden code", "Fold hidden code"]
    };
    view! {
        <Show when=move || parts.folds()[at]>
            <button
                class="button quiet small folded"
                aria-expanded=move || peeks.get().to_string()
                on:click=move |_| peeks.update(|peeks| *peeks = !*peeks)
            >
                {move || if peeks.get() { hides } else { shows }}
            </button>
        </Show>
    }
}

/// The entries of a cell's menu that choose what is hidden.
#[component]
pub fn HiddenEntries(page: Page, cell: CellSignals) -> impl IntoView {
    let is_code = move || cell.kind.get() != Kind::Markdown;
    let entry = move |[hide, show]: [&'static str; 2], part: fn(&mut Hidden) -> &mut bool| {
        let text = Signal::derive(move || {
            let is_hidden = *part(&mut cell.hidden.get());
            if is_hidden { show } else { hide }.to_owned()
        });
        let turn = move || {
            let mut hidden = cell.hidden.get_untracked();
            let is_hidden = part(&mut hidden);
            *is_hidden = !*is_hidden;
            page.act(Action::SetHidden(cell.id, hidden));
        };
        view! { <Entry text act=turn /> }
    };
    view! {
        <Show when=is_code>
            {entry(["Hide code", "Do not hide code"], |hidden| &mut hidden.code)}
            {entry(["Hide output", "Do not hide output"], |hidden| &mut hidden.output)}
        </Show>
        {entry(["Leave out of the app", "Show in the app"], |hidden| &mut hidden.app)}
    }
}
