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
        // A cell that runs again faster than frames come keeps its newest run, from a state that
        // a run may begin with.
        while self.waiting.len() > DEPTH {
            let begins = |view: &CellView| matches!(view.status(), Status::Queued | Status::Running);
            let newer = self.waiting.iter().skip(1).position(begins);
            let drop = newer.map_or(self.waiting.len() - DEPTH, |at| at + 1);
            self.waiting.drain(..drop);
        }
    }
}

fn is_same_state(one: &CellView, other: &CellView) -> bool {
    one.status() == other.status() && one.shown.run() == other.shown.run()
}
