//! Decides what each frame paints, so that no state is skipped and none waits long.
//!
//! The engine tells each state as it happens; the presenter keeps those that were not painted
//! yet, and on each frame commits at most one for each cell. `running` therefore stays up for a
//! whole frame before the outcome replaces it, and any number of cells move in one frame.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use protocol::CellId;

use crate::status::{CellView, Status};

/// The states of a cell that a run goes through: as many as can be waiting to be painted.
const DEPTH: usize = 3;

/// What has been painted, and what is still to be.
#[derive(Debug, Default)]
pub struct Presenter {
    cells: BTreeMap<CellId, Track>,
    /// The cells that have something to paint.
    due: BTreeSet<CellId>,
}

#[derive(Debug, Default)]
struct Track {
    presented: Option<CellView>,
    /// States after `presented`, oldest first; two neighbours always differ in status or run.
    waiting: VecDeque<CellView>,
}

impl Presenter {
    /// Takes in the newest state of a cell.
    pub fn push(&mut self, cell: CellId, view: CellView) {
        self.cells.entry(cell).or_default().push(view);
        self.due.insert(cell);
    }

    /// A frame begins: returns at most one new state for each cell, to be painted in this frame.
    #[must_use]
    pub fn frame(&mut self) -> Vec<(CellId, CellView)> {
        let mut painted = Vec::new();
        for cell in std::mem::take(&mut self.due) {
            let Some(track) = self.cells.get_mut(&cell) else {
                continue;
            };
            if let Some(view) = track.waiting.pop_front() {
                track.presented = Some(view.clone());
                painted.push((cell, view));
            }
            if !track.waiting.is_empty() {
                self.due.insert(cell);
            }
        }
        painted
    }

    /// Nobody is looking (the page is hidden): returns every state that was not painted, in the
    /// order of each cell, all at once.
    #[must_use]
    pub fn flush(&mut self) -> Vec<(CellId, CellView)> {
        let mut painted = Vec::new();
        while !self.due.is_empty() {
            painted.extend(self.frame());
        }
        painted
    }

    /// Whether the next frame has something to paint.
    #[must_use]
    pub fn is_due(&self) -> bool {
        !self.due.is_empty()
    }

    /// What is painted of a cell now.
    #[must_use]
    pub fn presented(&self, cell: CellId) -> Option<&CellView> {
        self.cells.get(&cell)?.presented.as_ref()
    }

    /// A cell is gone.
    pub fn forget(&mut self, cell: CellId) {
        self.cells.remove(&cell);
        self.due.remove(&cell);
    }
}

impl Track {
    fn push(&mut self, view: CellView) {
        let newest = self.waiting.back_mut();
        match newest {
            // Only the particulars changed ("waits for Python" is now "next"): no new state.
            Some(newest) if is_same_state(newest, &view) => *newest = view,
            _ => {
                // A change of particulars alone is not worth a frame of its own.
                let presented = self.presented.as_ref();
                if let ([only], Some(presented)) = (self.waiting.make_contiguous(), presented)
                    && is_same_state(only, presented)
                {
                    self.waiting.clear();
                }
                self.waiting.push_back(view);
            }
        }
        // A cell that runs again faster than frames come keeps its newest run.
        while self.waiting.len() > DEPTH && self.shorten() {}
    }

    /// Drops states that need not be painted any more; `false` if each of them must be.
    fn shorten(&mut self) -> bool {
        let length = self.waiting.len();
        let (one, between, other) = (
            &self.waiting[length - 3],
            &self.waiting[length - 2],
            &self.waiting[length - 1],
        );
        if is_same_state(one, other) && between.status() != Status::Running {
            // A plan that came to nothing before it could be painted.
            self.waiting.drain(length - 3..length - 1);
            return true;
        }
        let Some(cut) = (1..length).find(|cut| self.may_begin_at(*cut)) else {
            return false;
        };
        self.waiting.drain(..cut);
        true
    }

    /// Whether the states from here on can follow what is painted: they begin as a run does, and
    /// the newest run is whole.
    fn may_begin_at(&self, cut: usize) -> bool {
        let runs = |view: &&CellView| view.status() == Status::Running;
        let newest = self
            .waiting
            .iter()
            .rev()
            .find(runs)
            .and_then(|view| view.shown.run());
        let mut left = self.waiting.range(cut..);
        let keeps_newest = newest.is_none()
            || left
                .clone()
                .any(|view| view.status() == Status::Running && view.shown.run() == newest);
        let begins = matches!(self.waiting[cut].status(), Status::Queued | Status::Running);
        begins
            && keeps_newest
            && left.all(|view| {
                let run = view.shown.run();
                let mut all = self.waiting.range(cut..).filter(runs);
                run.is_none() || all.any(|running| running.shown.run() == run)
            })
    }
}

fn is_same_state(one: &CellView, other: &CellView) -> bool {
    one.status() == other.status() && one.shown.run() == other.shown.run()
}
