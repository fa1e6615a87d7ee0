//! The flight recorder: what a person did, why each cell ran for it, and when each of its states
//! happened and was painted.
//!
//! It looks on: [`Recorder::record`] takes each event with the effects that it had, in the one order in
//! which they happen, and [`Recorder::painted`] what each frame has painted. Nothing depends on it, and
//! it holds no more than the last acts of a person.

mod meter;
mod phrases;
mod plan;
mod recording;
mod story;

use std::collections::{BTreeMap, VecDeque};

use protocol::{CellId, FromWorker, Outcome, RunId, ToWorker};

use crate::evaluation::word;
use crate::notebook::Edit;
use crate::session::{Effect, Event, Phase, Session, told};
use crate::status::{CellView, Culprit, Shown, Status};

pub use meter::Meter;
pub use phrases::{act as act_words, because};
pub use recording::{
    Act, ActId, Doing, End, MOST_ACTS, MOST_OF_ACT, MOST_RUNS, Painted, Recording, Trace, Via,
};
pub use story::Story;

/// How many durations of each cell are held.
const DURATIONS: usize = 3;
/// How many ways of one cell may be under way or unpainted; older ones are not looked at any more.
const LIVE: usize = 8;
/// How far the kernel's clock may be from the page's, in milliseconds, to be believed.
const SKEW: f64 = 1_000.0;

/// What an event is to the recorder; taken down before the session takes the event.
#[derive(Debug, Clone, PartialEq)]
pub enum Cue {
    /// A person acts.
    Act(Doing),
    /// A run starts, at this time of the kernel's clock.
    Started(RunId, f64),
    /// A run ends.
    Ended(RunId),
    /// Something else.
    Other,
}

/// What has happened and was painted since the notebook was opened.
#[derive(Debug, Default)]
pub struct Recorder {
    recording: Recording,
    /// How many runs it holds.
    runs: usize,
    acts: u64,
    cells: BTreeMap<CellId, Track>,
    meter: meter::Counts,
    /// Grows with everything that is recorded.
    revision: u64,
}

/// What is known of a cell.
#[derive(Debug, Default)]
struct Track {
    /// Its ways that are under way, or whose end is not painted; oldest first.
    live: VecDeque<Place>,
    newest: Option<Place>,
    /// How long its last runs took, newest first, and whether they reached their end.
    took: VecDeque<(f64, bool)>,
    states: meter::States,
}

/// The place of a trace: its act, and its index there.
type Place = (ActId, usize);

impl Cue {
    /// What an event is to the recorder.
    #[must_use]
    pub fn of(event: &Event, session: &Session) -> Self {
        match event {
            Event::Run(cell) => Self::Act(Doing::Ran(*cell)),
            Event::RunAll => Self::Act(Doing::RanAll),
            Event::RunStale => Self::Act(Doing::RanStale),
            Event::Stop => Self::Act(Doing::Stopped),
            Event::Restart => Self::Act(Doing::Restarted),
            Event::Undo => Self::Act(Doing::Undid),
            Event::Move(held, phase) => Self::Act(Doing::Moved {
                widget: held.widget,
                name: session.widget_name(held.widget),
                value: match phase {
                    Phase::Pressed => String::new(),
                    Phase::Moving | Phase::Released => told(Some(held)),
                },
            }),
            Event::Edit(edit) => Self::Act(Doing::Edited(edited(edit))),
            Event::Kernel(_, FromWorker::Started { run, at }, _) => Self::Started(*run, *at),
            Event::Kernel(_, FromWorker::Finished { run, .. }, _) => Self::Ended(*run),
            _ => Self::Other,
        }
    }
}

fn edited(edit: &Edit) -> Option<CellId> {
    match edit {
        Edit::Source { cell, .. } | Edit::Kind { cell, .. } | Edit::Disabled { cell, .. } => {
            Some(*cell)
        }
        Edit::Insert { cell, .. } => Some(cell.id),
        _ => None,
    }
}

impl Recorder {
    /// Takes in an event by its effects; `session` is as it is after it, and `at` is the page's time.
    pub fn record(&mut self, cue: &Cue, effects: &[Effect], session: &Session, at: f64) {
        let begun = match cue {
            Cue::Act(what) if is_act(what, effects) => Some(self.begin(what.clone(), at)),
            _ => None,
        };
        let mut planned = Vec::new();
        for effect in effects {
            match effect {
                Effect::Show(cell, view)
                    if view.status() == Status::Queued && self.waiting(*cell).is_none() =>
                {
                    planned.push(*cell);
                }
                // It is queued as before.
                Effect::Show(_, view) if view.status() == Status::Queued => {}
                Effect::Show(cell, view) => self.changed(*cell, view, cue, at),
                Effect::Ended(cell, run, outcome) => {
                    self.ended(*cell, *run, outcome, session, at);
                }
                Effect::Structure => self.drop_deleted(session, at),
                _ => {}
            }
        }
        plan::plan(self, &planned, begun, session, at);
        for effect in effects {
            if let Effect::Post(ToWorker::Run(request)) = effect {
                if self.waiting(request.cell).is_none() {
                    // It is posted again while it still runs.
                    plan::plan(self, &[request.cell], begun, session, at);
                }
                self.posted(request.cell, request.run, at);
            }
        }
    }

    /// This was told to the page as the state of a cell.
    pub fn told(&mut self, cell: CellId, view: &CellView) {
        let track = self.cells.entry(cell).or_default();
        self.meter.happened += u64::from(track.states.tell(view));
    }

    /// A frame has painted these states of cells.
    pub fn painted(&mut self, views: &[(CellId, CellView)], at: f64) {
        for (cell, view) in views {
            let track = self.cells.entry(*cell).or_default();
            self.meter.painted += u64::from(track.states.show(view));
            self.note_painted(*cell, view, at);
        }
    }

    /// A cell is gone: should it come back, its states begin anew.
    pub fn forget(&mut self, cell: CellId) {
        if let Some(track) = self.cells.get_mut(&cell) {
            track.states = meter::States::default();
        }
    }

    /// What was recorded.
    #[must_use]
    pub fn recording(&self) -> &Recording {
        &self.recording
    }

    /// Grows with everything that is recorded.
    #[must_use]
    pub fn revision(&self) -> u64 {
        self.revision
    }

    /// How many states happened and how many of them were painted; the presenter says how many it passed
    /// over and how many wait.
    #[must_use]
    pub fn meter(&self, passed: u64, waiting: u64) -> Meter {
        Meter {
            happened: self.meter.happened,
            painted: self.meter.painted,
            passed,
            waiting,
        }
    }

    /// The newest way of a cell through an act.
    #[must_use]
    pub fn newest(&self, cell: CellId) -> Option<(&Act, &Trace)> {
        let (act, index) = self.cells.get(&cell)?.newest?;
        let act = self.recording.act(act)?;
        Some((act, act.traces.get(index)?))
    }

    /// How long the last runs of a cell took, newest first, and whether they reached their end.
    pub fn took(&self, cell: CellId) -> impl Iterator<Item = (f64, bool)> {
        let track = self.cells.get(&cell);
        track.into_iter().flat_map(|track| &track.took).copied()
    }

    /// The newest act that had cells run.
    #[must_use]
    pub fn last_act(&self) -> Option<&Act> {
        let mut acts = self.recording.acts.iter().rev();
        acts.find(|act| !act.traces.is_empty())
    }

    /// A person's act begins, or goes on: a drag is one until its cells run.
    fn begin(&mut self, what: Doing, at: f64) -> ActId {
        self.revision += 1;
        if let Some(last) = self.recording.acts.back_mut() {
            let is_same = match (&last.what, &what) {
                (Doing::Moved { widget: one, .. }, Doing::Moved { widget: other, .. }) => {
                    one == other
                }
                _ => false,
            };
            if is_same && last.traces.iter().all(|trace| trace.posted.is_none()) {
                last.what = what;
                return last.id;
            }
            if last.traces.is_empty() && !last.is_mark() {
                self.recording.acts.pop_back();
            }
        }
        self.acts += 1;
        let id = ActId(self.acts);
        self.recording.acts.push_back(Act {
            id,
            at,
            what,
            traces: Vec::new(),
        });
        self.keep_bounds();
        id
    }

    /// Lets the oldest acts go.
    fn keep_bounds(&mut self) {
        let acts = &mut self.recording.acts;
        while acts.len() > MOST_ACTS || (self.runs > MOST_RUNS && acts.len() > 1) {
            let gone = acts.pop_front();
            self.runs -= gone.map_or(0, |act| act.traces.len());
        }
    }

    fn push(&mut self, act: ActId, trace: Trace) -> Option<Place> {
        let cell = trace.cell;
        let index = self.act_mut(act)?.add(trace)?;
        self.runs += 1;
        let known = self.cells.entry(cell).or_default();
        known.newest = Some((act, index));
        known.live.push_back((act, index));
        if known.live.len() > LIVE {
            known.live.pop_front();
        }
        self.revision += 1;
        Some((act, index))
    }

    fn act_mut(&mut self, id: ActId) -> Option<&mut Act> {
        let acts = &mut self.recording.acts;
        let at = acts.binary_search_by_key(&id, |act| act.id).ok()?;
        acts.get_mut(at)
    }

    fn trace_mut(&mut self, (act, index): Place) -> Option<&mut Trace> {
        self.act_mut(act)?.traces.get_mut(index)
    }

    fn trace(&self, (act, index): Place) -> Option<&Trace> {
        self.recording.act(act)?.traces.get(index)
    }

    /// The newest way of a cell that is under way, or whose end is not painted, and that is such.
    fn live(&self, cell: CellId, is_such: impl Fn(&Trace) -> bool) -> Option<Place> {
        let mut live = self.cells.get(&cell)?.live.iter().rev().copied();
        live.find(|place| self.trace(*place).is_some_and(&is_such))
    }

    fn waiting(&self, cell: CellId) -> Option<Place> {
        self.live(cell, Trace::waits)
    }

    fn of_run(&self, cell: CellId, run: RunId) -> Option<Place> {
        self.live(cell, |trace| trace.run == Some(run))
    }

    fn posted(&mut self, cell: CellId, run: RunId, at: f64) {
        let place = self.waiting(cell);
        if let Some(trace) = place.and_then(|place| self.trace_mut(place)) {
            (trace.run, trace.posted) = (Some(run), Some(at));
            self.revision += 1;
        }
    }

    /// A cell is now in another state than queued.
    fn changed(&mut self, cell: CellId, view: &CellView, cue: &Cue, at: f64) {
        if let Shown::Running { run, .. } = view.shown {
            let told = match cue {
                Cue::Started(started, told) if *started == run => *told,
                // The message of its start was lost.
                _ => at,
            };
            let place = self.of_run(cell, run);
            if let Some(trace) = place.and_then(|place| self.trace_mut(place))
                && trace.started.is_none()
            {
                trace.started = Some(if (told - at).abs() < SKEW { told } else { at });
                self.revision += 1;
            }
            return;
        }
        let end = match &view.shown {
            Shown::Blocked(culprit) => End::Blocked(culprit_of(culprit)),
            _ => End::Dropped,
        };
        while let Some(place) = self.waiting(cell) {
            self.end_at(place, at, end.clone());
        }
    }

    fn ended(&mut self, cell: CellId, run: RunId, outcome: &Outcome, session: &Session, at: f64) {
        let Some(place) = self.of_run(cell, run) else {
            return;
        };
        let Some(started) = self.trace(place).and_then(|trace| trace.started) else {
            return;
        };
        let end = match outcome {
            Outcome::Success => End::Success,
            Outcome::Error(_) => End::Error(word(outcome).chars().take(phrases::NAME).collect()),
            Outcome::Stopped => End::Stopped,
            Outcome::KernelLost { .. } => End::Lost,
        };
        let took = session.evaluation(cell).filter(|last| last.run == run);
        let took = took.map_or(0.0, |last| last.took_ms);
        let by_kernel = started + took;
        // Only Python itself says how long it took; it is not believed that it ends after it has ended.
        let is_told = matches!(end, End::Success | End::Error(_)) && by_kernel < at + SKEW;
        let ended = if is_told { by_kernel } else { at.max(started) };
        if is_told && let Some(track) = self.cells.get_mut(&cell) {
            track.took.push_front((took, end == End::Success));
            track.took.truncate(DURATIONS);
        }
        self.end_at(place, ended, end);
    }

    fn end_at(&mut self, place: Place, at: f64, end: End) {
        if let Some(trace) = self.trace_mut(place) {
            trace.ended = Some((at, end));
            self.revision += 1;
        }
    }

    /// Cells that were deleted, or hold nothing to run any more, do not run.
    fn drop_deleted(&mut self, session: &Session, at: f64) {
        let cells = self.cells.iter();
        let gone =
            cells.filter(|(id, track)| !track.live.is_empty() && session.analysis(**id).is_none());
        let gone: Vec<CellId> = gone.map(|(id, _)| *id).collect();
        for cell in gone {
            while let Some(place) = self.live(cell, |trace| trace.ended.is_none()) {
                self.end_at(place, at, End::Dropped);
            }
        }
    }

    /// Notes when a state of a run was painted.
    fn note_painted(&mut self, cell: CellId, view: &CellView, at: f64) {
        let Some(track) = self.cells.get(&cell).filter(|track| !track.live.is_empty()) else {
            return;
        };
        let (status, run) = (view.status(), view.shown.run());
        let is_shown = |trace: &Trace| match status {
            // The same again tells only for what it waits; that of one that has ended is of the next.
            Status::Queued => {
                let is_over = trace.ended.is_some() && trace.painted.queued.is_some();
                trace.painted.running.is_none() && !is_over
            }
            Status::Running => trace.run == run,
            _ if run.is_some() && trace.run == run => trace.ended.is_some(),
            // It did not run, and shows again what it showed before, or why it cannot.
            _ => trace.started.is_none() && trace.ended.is_some(),
        };
        let places = track.live.iter().copied();
        let mut found = places
            .enumerate()
            .filter(|(_, place)| self.trace(*place).is_some_and(is_shown));
        let Some((index, place)) = found.next() else {
            return;
        };
        drop(found);
        let ends = !matches!(status, Status::Queued | Status::Running);
        if let Some(track) = self.cells.get_mut(&cell) {
            // What comes before it was passed over; what has come to its end is done.
            track.live.drain(..index + usize::from(ends));
        }
        if let Some(trace) = self.trace_mut(place) {
            let frame = match status {
                Status::Queued => &mut trace.painted.queued,
                Status::Running => &mut trace.painted.running,
                _ => &mut trace.painted.ended,
            };
            frame.get_or_insert(at);
            self.revision += 1;
        }
    }
}

/// Whether an event is recorded as an act. Typing is none by itself, nor is Stop where nothing runs.
fn is_act(what: &Doing, effects: &[Effect]) -> bool {
    let queues = |effect: &Effect| matches!(effect, Effect::Show(_, view) if view.status() == Status::Queued);
    match what {
        Doing::Edited(_) | Doing::Undid => effects.iter().any(queues),
        Doing::Stopped => !effects.is_empty(),
        Doing::Ran(_)
        | Doing::RanAll
        | Doing::RanStale
        | Doing::Moved { .. }
        | Doing::Restarted => true,
    }
}

impl Act {
    /// Adds a trace, where there is room for one more, and returns its index.
    fn add(&mut self, trace: Trace) -> Option<usize> {
        let index = self.traces.len();
        (index < MOST_OF_ACT).then(|| {
            self.traces.push(trace);
            index
        })
    }
}

fn culprit_of(culprit: &Culprit) -> Option<CellId> {
    match culprit {
        Culprit::Diagnostic => None,
        Culprit::Failed(id)
        | Culprit::Stopped(id)
        | Culprit::Lost(id)
        | Culprit::Wrong(id)
        | Culprit::Disabled(id) => Some(*id),
    }
}
