//! Decides what each frame paints, so that no state is skipped and none waits long.
//!
//! The engine tells each state as it happens; the presenter keeps those that were not painted
//! yet, and on each frame commits at most one for each cell. `running` therefore stays up for a
//! whole frame before the outcome replaces it, and any number of cells move in one frame.
//!
//! Across cells, starts are committed in the order in which they happened, and so are ends: a cell is
//! never painted as running before the cell whose end allowed it to run. Both may share a frame, so a
//! cascade does not take longer for it.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use protocol::{CellId, RunId};

use crate::status::{CellView, Status};

/// The states of a cell that a run goes through: as many as can be waiting to be painted.
const DEPTH: usize = 3;

/// What has been painted, and what is still to be.
#[derive(Debug, Default)]
pub struct Presenter {
    cells: BTreeMap<CellId, Track>,
    /// The cells that have something to paint.
    due: BTreeSet<CellId>,
    /// How many states were taken in.
    pushed: u64,
    /// How many states were over before a frame could paint them.
    passed: u64,
}

#[derive(Debug, Default)]
struct Track {
    presented: Option<CellView>,
    /// States after `presented`, oldest first; two neighbours always differ in status or run.
    waiting: VecDeque<State>,
}

/// A state of a cell that was not painted yet.
#[derive(Debug)]
struct State {
    view: CellView,
    /// Its place among all states of all cells.
    order: u64,
    /// Whether it was another state than the one before when it came, and not only its particulars.
    is_new: bool,
}

/// What happened to a cell, as far as other cells wait for it on the screen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Step {
    Starts,
    Ends,
}

/// The oldest start and the oldest end that cannot be painted in this frame, as an older state of
/// their cells comes first.
#[derive(Debug, Default)]
struct Held {
    start: Option<u64>,
    end: Option<u64>,
}

impl Presenter {
    /// Takes in the newest state of a cell.
    pub fn push(&mut self, cell: CellId, view: CellView) {
        self.pushed += 1;
        let state = State {
            view,
            order: self.pushed,
            is_new: true,
        };
        self.passed += self.cells.entry(cell).or_default().push(state);
        self.due.insert(cell);
    }

    /// A frame begins: returns at most one new state for each cell, to be painted in this frame.
    #[must_use]
    pub fn frame(&mut self) -> Vec<(CellId, CellView)> {
        let due = std::mem::take(&mut self.due);
        let tracks = due.iter().filter_map(|cell| self.cells.get(cell));
        let mut held = Held::default();
        for state in tracks.flat_map(|track| track.waiting.iter().skip(1)) {
            held.add(state);
        }
        let mut painted = Vec::new();
        for cell in due {
            let Some(track) = self.cells.get_mut(&cell) else {
                continue;
            };
            if let Some(state) = track.waiting.pop_front_if(|state| !held.holds(state)) {
                let presented = track.presented.as_ref();
                if state.is_new && presented.is_some_and(|view| is_same_state(view, &state.view)) {
                    // What lay between was passed over, and so the screen shows nothing new.
                    self.passed += 1;
                }
                track.presented = Some(state.view.clone());
                painted.push((cell, state.view));
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
        if let Some(track) = self.cells.remove(&cell) {
            self.passed += track.unpainted();
        }
        self.due.remove(&cell);
    }

    /// How many states were over before a frame could paint them: their cell had run again, or was gone.
    #[must_use]
    pub fn passed(&self) -> u64 {
        self.passed
    }

    /// How many states the next frames will paint.
    #[must_use]
    pub fn waiting(&self) -> u64 {
        let tracks = self.due.iter().filter_map(|cell| self.cells.get(cell));
        tracks.map(Track::unpainted).sum()
    }
}

impl State {
    fn step(&self) -> Option<Step> {
        match self.view.status() {
            Status::Running => Some(Step::Starts),
            Status::Success | Status::Error => Some(Step::Ends),
            Status::Idle | Status::Queued | Status::Blocked => None,
        }
    }

    fn run(&self) -> Option<RunId> {
        self.view.shown.run()
    }

    fn is_running(&self) -> bool {
        self.view.status() == Status::Running
    }
}

impl Held {
    fn slot(&mut self, step: Step) -> &mut Option<u64> {
        match step {
            Step::Starts => &mut self.start,
            Step::Ends => &mut self.end,
        }
    }

    fn add(&mut self, state: &State) {
        if let Some(step) = state.step() {
            let oldest = self.slot(step);
            *oldest = Some(oldest.map_or(state.order, |oldest| oldest.min(state.order)));
        }
    }

    /// Whether the state must wait for an older one of another cell.
    fn holds(&mut self, state: &State) -> bool {
        let step = state.step();
        step.is_some_and(|step| self.slot(step).is_some_and(|oldest| oldest < state.order))
    }
}

impl Track {
    /// Takes in a state, and returns how many are passed over for it.
    fn push(&mut self, mut state: State) -> u64 {
        let newest = self.waiting.back().map(|newest| &newest.view);
        let before = newest.or(self.presented.as_ref());
        state.is_new = before.is_none_or(|before| !is_same_state(before, &state.view));
        let unpainted = self.unpainted() + u64::from(state.is_new);
        match self.waiting.back_mut() {
            // Only the particulars changed ("waits for Python" is now "next"): no new state.
            Some(newest) if is_same_state(&newest.view, &state.view) => newest.view = state.view,
            _ => {
                // A change of particulars alone is not worth a frame of its own.
                let presented = self.presented.as_ref();
                if let ([only], Some(presented)) = (self.waiting.make_contiguous(), presented)
                    && is_same_state(&only.view, presented)
                {
                    self.waiting.clear();
                }
                self.waiting.push_back(state);
            }
        }
        // A cell that runs again faster than frames come keeps its newest run.
        while self.waiting.len() > DEPTH && self.shorten() {}
        unpainted - self.unpainted()
    }

    /// How many states wait to be painted.
    fn unpainted(&self) -> u64 {
        self.waiting
            .iter()
            .map(|state| u64::from(state.is_new))
            .sum()
    }

    /// Drops states that need not be painted any more; `false` if each of them must be.
    fn shorten(&mut self) -> bool {
        let length = self.waiting.len();
        let (one, between, other) = (
            &self.waiting[length - 3],
            &self.waiting[length - 2],
            &self.waiting[length - 1],
        );
        if is_same_state(&one.view, &other.view) && !between.is_running() {
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
        let mut runs = self.waiting.iter().rev().filter(|state| state.is_running());
        let newest = runs.next().and_then(State::run);
        let left = || self.waiting.range(cut..);
        let runs_as =
            |run: Option<RunId>| left().any(|state| state.is_running() && state.run() == run);
        let begins = matches!(
            self.waiting[cut].view.status(),
            Status::Queued | Status::Running
        );
        begins
            && (newest.is_none() || runs_as(newest))
            && left().all(|state| state.run().is_none() || runs_as(state.run()))
    }
}

fn is_same_state(one: &CellView, other: &CellView) -> bool {
    one.status() == other.status() && one.shown.run() == other.shown.run()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::status::{Shown, Waiting};

    fn view(shown: Shown) -> CellView {
        CellView {
            shown,
            ..CellView::idle()
        }
    }

    fn queued() -> CellView {
        view(Shown::Queued(Waiting::Parent))
    }

    fn running(run: u64) -> CellView {
        view(Shown::Running {
            run: RunId(run),
            needs: None,
        })
    }

    fn success(run: u64) -> CellView {
        let (run, took_ms) = (RunId(run), 1.0);
        view(Shown::Success { run, took_ms })
    }

    /// Pushes states of cells, and returns what each frame paints: "1 running, 2 queued".
    fn frames(states: impl IntoIterator<Item = (u32, CellView)>) -> Vec<String> {
        let mut presenter = Presenter::default();
        for (cell, view) in states {
            presenter.push(CellId(cell), view);
        }
        let mut frames = Vec::new();
        while presenter.is_due() {
            let painted = presenter.frame().into_iter();
            let words = painted.map(|(cell, view)| format!("{} {}", cell.0, view.status().word()));
            frames.push(words.collect::<Vec<_>>().join(", "));
        }
        frames
    }

    #[test]
    fn a_child_is_not_painted_as_running_before_its_parent() {
        let states = [
            (1, queued()),
            (1, running(1)),
            (1, success(1)),
            (2, running(2)),
        ];
        assert_eq!(
            frames(states),
            ["1 queued", "1 running, 2 running", "1 success"]
        );
    }

    #[test]
    fn a_child_is_not_painted_as_done_before_its_parent() {
        let states = [
            (1, queued()),
            (1, running(1)),
            (1, success(1)),
            (2, success(2)),
        ];
        assert_eq!(
            frames(states),
            ["1 queued", "1 running", "1 success, 2 success"]
        );
    }

    #[test]
    fn a_cascade_of_a_thousand_cells_takes_three_frames() {
        let plan = (1..=1000).map(|cell| (cell, queued()));
        let runs = (1..=1000).flat_map(|cell| {
            let run = u64::from(cell);
            [(cell, running(run)), (cell, success(run))]
        });
        assert_eq!(frames(plan.chain(runs)).len(), 3);
    }
}
