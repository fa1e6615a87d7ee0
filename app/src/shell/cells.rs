//! The cells as the page shows them: their signals, each set only when what it holds has changed.

use std::collections::BTreeMap;
use std::sync::Arc;

use engine::markdown::Pictures;
use engine::{CellView, Session};
use leptos::prelude::*;
use protocol::CellId;

use crate::page::{CellSignals, Definition, Names, Page};

/// The signals of the cells.
pub struct Cells {
    page: Page,
    /// Owns the signals, so that they outlive the components that read them.
    owner: Owner,
    signals: BTreeMap<CellId, CellSignals>,
}

/// Which cells came and which went.
#[derive(Default)]
pub struct Change {
    pub came: Vec<CellId>,
    pub gone: Vec<CellId>,
}

impl Cells {
    pub fn new(page: Page, owner: Owner) -> Self {
        Self {
            page,
            owner,
            signals: BTreeMap::new(),
        }
    }

    pub fn get(&self, id: CellId) -> Option<&CellSignals> {
        self.signals.get(&id)
    }

    pub fn ids(&self) -> Vec<CellId> {
        self.signals.keys().copied().collect()
    }

    /// The views that are painted.
    pub fn views(&self) -> BTreeMap<CellId, CellView> {
        let cells = self.signals.iter();
        cells
            .map(|(id, cell)| (*id, cell.view.get_untracked()))
            .collect()
    }

    /// Shows which cells there are, in which order, with their options; and those of the notebook.
    pub fn show_structure(&mut self, session: &Session) -> Change {
        let notebook = session.notebook();
        let mut change = Change::default();
        let mut cells = Vec::with_capacity(notebook.cells().len());
        for (at, cell) in notebook.cells().iter().enumerate() {
            let signals = self.signals.entry(cell.id).or_insert_with(|| {
                change.came.push(cell.id);
                self.owner.with(|| CellSignals::new(cell))
            });
            update(signals.number, at + 1);
            update(signals.kind, cell.kind);
            update(signals.source, cell.source.clone());
            update(signals.disabled, cell.disabled);
            update(signals.literal, cell.literal);
            update(signals.hidden, cell.hidden);
            let attachments = cell.attachments();
            if signals
                .pictures
                .with_untracked(|shown| !shown.is_of(attachments))
            {
                signals.pictures.set(Arc::new(Pictures::of(attachments)));
            }
            show_kind(signals, session.analysis(cell.id).is_some());
            cells.push(*signals);
        }
        let gone = self.signals.keys().copied();
        change.gone = gone.filter(|id| notebook.cell(*id).is_none()).collect();
        for id in &change.gone {
            self.signals.remove(id);
        }
        update(self.page.title, notebook.title.clone());
        update(self.page.mode, notebook.mode);
        update(self.page.eager, notebook.eager);
        update(self.page.layout, notebook.layout);
        let ids = |cells: &[CellSignals]| cells.iter().map(|cell| cell.id).collect::<Vec<_>>();
        let shown = self.page.cells;
        if shown.with_untracked(|old| ids(old) != ids(&cells)) {
            shown.set(cells);
        }
        change
    }

    /// Shows what the analysis says of these cells.
    pub fn show_names(&self, session: &Session, cells: impl IntoIterator<Item = CellId>) {
        for id in cells {
            if let Some(signals) = self.signals.get(&id) {
                show_kind(signals, session.analysis(id).is_some());
                update(signals.names, names(session, id));
            }
        }
    }

    /// Shows a source that was not typed in the cell's editor.
    pub fn show_source(&self, id: CellId, source: Arc<str>) {
        if let Some(signals) = self.signals.get(&id) {
            update(signals.source, source);
        }
    }
}

fn show_kind(cell: &CellSignals, is_code: bool) {
    update(cell.is_code, is_code);
    if !is_code {
        update(cell.view, CellView::idle());
    }
}

fn names(session: &Session, id: CellId) -> Names {
    let graph = session.graph();
    let analysis = session.analysis(id).into_iter();
    let definitions = analysis.flat_map(|analysis| analysis.definitions.keys());
    let definitions = definitions.map(|name| Definition {
        name: name.clone(),
        reader: graph.first_reader(id, name),
        is_local: !graph.exports(id, name),
    });
    let parents = graph.parents(id);
    let mut references: Vec<(String, CellId)> = parents
        .flat_map(|(parent, names)| names.iter().map(move |name| (name.clone(), parent)))
        .collect();
    references.sort_unstable();
    Names {
        definitions: definitions.collect(),
        references,
        diagnostics: session.diagnostics(id),
    }
}

/// Sets a signal only if it changes.
pub fn update<T: PartialEq + Send + Sync + 'static>(signal: RwSignal<T>, value: T) {
    if signal.with_untracked(|old| *old != value) {
        signal.set(value);
    }
}
