//! Paints: on each animation frame one state of each cell at most, and the outputs of the runs that
//! are painted.

use std::collections::BTreeSet;
use std::sync::Arc;

use engine::{CellView, OutputView, Presenter, Status};
use leptos::prelude::*;
use protocol::{CellId, RunId};
use wasm_bindgen::prelude::*;

use super::cells::{Cells, update};
use crate::browser::{self, now};

/// How much the outputs may weigh that are painted in one frame, in bytes: what comes after a full one
/// waits for the next, so that a press never waits for all the outputs of a notebook.
const FRAME_BYTES: usize = 1 << 20;
/// What an output weighs besides its bytes.
const OUTPUT_BYTES: usize = 4 << 10;

/// From how many milliseconds on a run's time is shown.
const TICKS_FROM: f64 = 500.0;

/// What is painted, and what is still to be.
pub struct Painter {
    presenter: Presenter,
    /// Cells whose newest outputs are not painted.
    unpainted: BTreeSet<CellId>,
    /// Whether some of them wait only for a frame that has room.
    was_full: bool,
    /// The cell that was painted as running last and still is, and since when.
    running: Option<(CellId, f64)>,
    is_requested: bool,
    on_frame: Closure<dyn Fn(f64)>,
}

/// What was painted at once.
#[derive(Default)]
pub struct Painted {
    pub views: Vec<(CellId, CellView)>,
    pub outputs: Vec<(CellId, Arc<OutputView>)>,
}

impl Painter {
    pub fn new(on_frame: impl Fn() + 'static) -> Self {
        Self {
            presenter: Presenter::default(),
            unpainted: BTreeSet::new(),
            was_full: false,
            running: None,
            is_requested: false,
            on_frame: Closure::new(move |_| on_frame()),
        }
    }

    /// This is now the state of a cell.
    pub fn push(&mut self, cell: CellId, view: CellView) {
        self.presenter.push(cell, view);
    }

    /// A cell has put something out.
    pub fn push_output(&mut self, cell: CellId) {
        self.unpainted.insert(cell);
    }

    pub fn forget(&mut self, cell: CellId) {
        self.presenter.forget(cell);
    }

    /// Whether the next frame has something to paint.
    pub fn has_more(&self) -> bool {
        self.is_due() || self.was_full
    }

    /// Whether a state waits to be painted.
    pub fn is_due(&self) -> bool {
        self.presenter.is_due()
    }

    pub fn request_frame(&mut self) {
        if !self.is_requested
            && let Some(window) = web_sys::window()
        {
            self.is_requested = true;
            let _ = window.request_animation_frame(self.on_frame.as_ref().unchecked_ref());
        }
    }

    /// The frame that was requested has come, or never will.
    pub fn frame_came(&mut self) {
        self.is_requested = false;
    }

    /// Paints the next state of each cell; all states if nobody is looking.
    pub fn paint(
        &mut self,
        cells: &Cells,
        outputs: &dyn Fn(CellId) -> Option<Arc<OutputView>>,
    ) -> Painted {
        let hidden = browser::is_hidden();
        let mut views = if hidden {
            self.presenter.flush()
        } else {
            self.presenter.frame()
        };
        // What is nowhere on the page is not said to be painted.
        views.retain(|(id, view)| self.paint_view(cells, *id, view));
        Painted {
            views,
            outputs: self.paint_outputs(cells, outputs, hidden),
        }
    }

    /// Says whether the cell is there.
    fn paint_view(&mut self, cells: &Cells, id: CellId, view: &CellView) -> bool {
        let Some(cell) = cells.get(id) else {
            return false;
        };
        let state = |view: &CellView| (view.status(), view.shown.run());
        if cell.view.with_untracked(state) != state(view) {
            if view.status() == Status::Running {
                self.running = Some((id, now()));
            } else if self.running.is_some_and(|(cell, _)| cell == id) {
                self.running = None;
            }
            update(cell.elapsed, None);
            let name = format!("rivulet:cell:{id}:{}", view.status().word());
            browser::mark(&name, view.shown.run().map(|run| run.0 as f64));
        }
        update(cell.view, view.clone());
        true
    }

    fn paint_outputs(
        &mut self,
        cells: &Cells,
        outputs: &dyn Fn(CellId) -> Option<Arc<OutputView>>,
        hidden: bool,
    ) -> Vec<(CellId, Arc<OutputView>)> {
        let (mut painted, mut weight) = (Vec::new(), 0);
        self.was_full = false;
        for id in std::mem::take(&mut self.unpainted) {
            if weight > FRAME_BYTES && !hidden {
                self.was_full = true;
                self.unpainted.insert(id);
                continue;
            }
            let (Some(cell), Some(newest)) = (cells.get(id), outputs(id)) else {
                continue;
            };
            if is_blank(&newest) && cell.outputs.with_untracked(|old| is_blank(old)) {
                continue;
            }
            if hidden || self.shows(id, newest.run) {
                weight += weight_of(&newest);
                cell.outputs.set(newest.clone());
                painted.push((id, newest));
            } else {
                self.unpainted.insert(id);
            }
        }
        painted
    }

    /// Whether a run, or a later one of the cell, is painted. A cell that is queued or blocked again
    /// tells of no run, and shows the newest.
    fn shows(&self, id: CellId, run: RunId) -> bool {
        let painted = self.presenter.presented(id);
        painted.is_none_or(|view| view.shown.run().is_none_or(|painted| painted >= run))
    }

    /// Shows how long the cell has been running that is painted so.
    pub fn show_elapsed(&self, cells: &Cells) {
        if let Some((id, since)) = self.running
            && let Some(cell) = cells.get(id)
            && now() - since >= TICKS_FROM
        {
            cell.elapsed.set(Some(now() - since));
        }
    }
}

fn weight_of(view: &OutputView) -> usize {
    let items = view.items.iter();
    items.map(|item| OUTPUT_BYTES + item.size()).sum()
}

fn is_blank(view: &OutputView) -> bool {
    view.items.is_empty() && view.error.is_none()
}
