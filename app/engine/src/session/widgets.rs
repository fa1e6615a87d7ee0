//! What follows when a widget was moved: which cells read it, and which of them run now.
//!
//! Stored are the values that what runs reads ([`Moves::current`]), and at most one newer value of each
//! widget that waits. A value waits while the cells run that the one before has set going; so a drag never
//! makes a queue, and what runs reads one value from its first cell to its last.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use protocol::{CellId, Held, MOST_HOLDS, ToWorker, WidgetId};

use super::edit::remember;
use super::states::States;
use super::{Changed, Effect, Reason, Session};
use crate::evaluation::Cause;
use crate::notebook::{Edit, Fingerprint, Mode, Patience};

/// From so many milliseconds of its last run on, a cell is not rerun unasked when a widget was moved.
pub const SLOW_MS: f64 = 2_000.0;

/// How long a value is told as a reason, in characters.
const MOST_TOLD: usize = 60;

/// Whether a widget is still being moved.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Phase {
    /// More values will follow: it is dragged, or typed into.
    Moving,
    /// The person has let go of it: this is the value to keep.
    Released,
    /// It was pressed, or has ticked: the value counts how often, and is not kept.
    Pressed,
}

/// Where widgets stand.
pub(super) type Values = Arc<BTreeMap<WidgetId, Held>>;

/// What is known of the widgets that were moved.
#[derive(Debug, Default)]
pub(super) struct Moves {
    /// The value of each widget that what runs now, or next, reads.
    current: Values,
    /// Newer values, and whether their widgets were let go.
    waiting: BTreeMap<WidgetId, (Option<Held>, Phase)>,
    /// The cells that will run once these are taken up. Derived from them.
    due: BTreeSet<CellId>,
    /// The slow cells that were left out of the last cascade, and what they wait for.
    pub(super) fenced: BTreeSet<CellId>,
    /// What the last cascade runs for.
    pub(super) causes: Vec<Cause>,
    /// What is known of states, which code sets.
    pub(super) states: States,
}

impl Moves {
    pub fn opened(widgets: &[Held]) -> Self {
        let current = widgets.iter().map(|held| (held.widget, held.clone()));
        Self {
            current: Arc::new(current.collect()),
            ..Self::default()
        }
    }

    pub fn causes(&self) -> Vec<Cause> {
        self.causes.clone()
    }

    /// Whether the cell will run for a value that waits.
    pub fn is_due(&self, id: CellId) -> bool {
        self.due.contains(&id)
    }

    /// The kernel is gone, and with it every state.
    pub fn forget_states(&mut self) {
        self.states = States::default();
    }

    pub fn is_waiting(&self) -> bool {
        !self.waiting.is_empty()
    }

    /// Whether the cell is slow, was left out for that reason, and has not run since.
    pub fn is_fenced(&self, id: CellId) -> bool {
        self.fenced.contains(&id)
    }

    pub fn unfence(&mut self, id: CellId) {
        self.fenced.remove(&id);
    }

    /// A cell is gone: should it come back, its widgets stand where they were let go.
    pub fn leave(&mut self, cell: CellId, kept: &[Held]) {
        self.fenced.remove(&cell);
        self.due.remove(&cell);
        self.waiting.retain(|widget, _| widget.cell() != cell);
        let current = Arc::make_mut(&mut self.current);
        current.retain(|widget, _| widget.cell() != cell);
        let own = kept.iter().filter(|held| held.widget.cell() == cell);
        current.extend(own.map(|held| (held.widget, held.clone())));
    }

    /// The values of a cell's own widgets.
    pub fn of(&self, cell: CellId) -> Vec<Held> {
        let own = WidgetId::new(cell, 0)..WidgetId::new(CellId(cell.0.saturating_add(1)), 0);
        self.current
            .range(own)
            .map(|(_, held)| held.clone())
            .collect()
    }

    /// The values that a run reads which is posted now.
    pub fn values(&self) -> Values {
        self.current.clone()
    }

    /// Says whether it was another before.
    fn set(&mut self, widget: WidgetId, held: Option<&Held>) -> bool {
        let before = match held {
            Some(held) => Arc::make_mut(&mut self.current).insert(widget, held.clone()),
            None => Arc::make_mut(&mut self.current).remove(&widget),
        };
        before.as_ref() != held
    }
}

impl Session {
    /// A person has moved a widget.
    pub(super) fn moved(&mut self, held: Held, phase: Phase, changed: &mut Changed) {
        let widget = held.widget;
        if !held.is_sound() || self.notebook.cell(widget.cell()).is_none() {
            return;
        }
        let held = Some(held);
        if phase == Phase::Released && self.notebook.held(widget) != held.as_ref() {
            let edit = Edit::Widget {
                widget,
                held: held.clone(),
            };
            if let Some(inverse) = self.journal_move(edit, false, changed) {
                remember(&mut self.undo, inverse);
            }
        }
        self.take_in(widget, held, phase, changed);
    }

    /// A person takes back a move: what reads the widget runs, as if it had been moved there.
    pub(super) fn move_back(
        &mut self,
        widget: WidgetId,
        held: Option<Held>,
        changed: &mut Changed,
    ) -> Option<Edit> {
        let edit = Edit::Widget {
            widget,
            held: held.clone(),
        };
        let inverse = self.journal_move(edit, true, changed)?;
        self.take_in(widget, held, Phase::Released, changed);
        Some(inverse)
    }

    fn journal_move(&mut self, edit: Edit, undoes: bool, changed: &mut Changed) -> Option<Edit> {
        let inverse = self.notebook.apply(edit.clone()).ok()?;
        changed.emit(Effect::Journal { edit, undoes });
        Some(inverse)
    }

    fn take_in(
        &mut self,
        widget: WidgetId,
        held: Option<Held>,
        phase: Phase,
        changed: &mut Changed,
    ) {
        changed.plan = true;
        self.moves.waiting.insert(widget, (held, phase));
        // Whether it must wait, `settle` finds out.
        self.derive_due(changed);
    }

    /// Whether cells are with the kernel that the last move has set going.
    fn is_cascading(&self) -> bool {
        let mut flights = self.flights.iter();
        flights.any(|flight| flight.reason == Reason::Moved)
            || !self.flights.is_empty() && self.wanted.has(Reason::Moved)
    }

    /// Takes up the values that wait, once nothing runs any more for those before.
    pub(super) fn take_up_moves(&mut self, changed: &mut Changed) {
        if !self.moves.is_waiting() || self.is_cascading() {
            return;
        }
        let waiting = std::mem::take(&mut self.moves.waiting);
        self.moves.due.clear();
        self.moves.causes.clear();
        let (mut readers, mut unknown) = (BTreeSet::new(), BTreeSet::new());
        for (widget, (held, phase)) in waiting {
            let is_new = self.adopt(widget, held, changed);
            let reading = self.readers(widget);
            if is_new {
                self.moves.causes.push(self.cause(widget));
                if self.is_lost(widget) {
                    // Which names hold it, only a run of its cell can tell.
                    unknown.insert(widget.cell());
                }
            }
            let reached = self.reached(&reading, phase);
            let fenced = self.fenced_by(&reading, phase);
            if is_new {
                self.moves.fenced.extend(&fenced);
                readers.extend(reached);
            } else {
                // It was let go where it is: what waits for that runs now.
                let released = reached.into_iter();
                readers.extend(released.filter(|id| self.moves.is_fenced(*id)));
            }
        }
        changed.plan = true;
        changed.cells.extend(&self.moves.fenced);
        if self.notebook.mode == Mode::Lazy {
            return;
        }
        readers.extend(unknown);
        for id in &readers {
            self.moves.unfence(*id);
            self.want(*id, Reason::Moved);
        }
        if self.state.is_down() && !self.wanted.is_empty() {
            self.start_kernel(changed);
        }
    }

    /// The values that wait count from now on, and nothing runs for them.
    pub(super) fn give_up_moves(&mut self, changed: &mut Changed) {
        self.moves.due.clear();
        for (widget, (held, _)) in std::mem::take(&mut self.moves.waiting) {
            self.adopt(widget, held, changed);
        }
    }

    /// The notebook's widgets may have other values than before, by another way than being moved.
    pub(super) fn adopt_all(&mut self, changed: &mut Changed) {
        self.moves.waiting.clear();
        self.moves.due.clear();
        let now = Moves::opened(self.notebook.widgets()).current;
        let known: BTreeSet<WidgetId> = self
            .moves
            .current
            .keys()
            .chain(now.keys())
            .copied()
            .collect();
        for widget in known {
            self.adopt(widget, now.get(&widget).cloned(), changed);
        }
    }

    /// From now on this is the value that is read; the kernel is told where it has the widget. Says whether
    /// it was another before.
    fn adopt(&mut self, widget: WidgetId, held: Option<Held>, changed: &mut Changed) -> bool {
        if !self.moves.set(widget, held.as_ref()) {
            return false;
        }
        let cell = widget.cell();
        let has_it = self
            .evaluations
            .get(&cell)
            .is_some_and(|last| last.kernel == Some(self.kernel));
        let comes = self.flights.iter().any(|flight| flight.cell == cell);
        let mut readers = self.readers(widget);
        if comes {
            // Which names hold it, only the end of that run can tell.
            readers.extend(self.graph.descendants([cell]));
        }
        self.outdate(&readers, changed);
        if self.state.is_up() && (has_it || comes) {
            self.posts.push(ToWorker::Move { widget, held });
        }
        true
    }

    /// What is posted of these cells and has not started reads an older value than it should.
    fn outdate(&mut self, cells: &BTreeSet<CellId>, changed: &mut Changed) {
        for flight in &mut self.flights {
            if cells.contains(&flight.cell) && !flight.has_started() {
                flight.outdated = true;
            }
        }
        changed.cells.extend(cells);
        changed.plan |= self.is_active();
    }

    /// The cells that read a name which holds the widget, without the one that makes it.
    pub(super) fn readers(&self, widget: WidgetId) -> BTreeSet<CellId> {
        let mut readers = BTreeSet::new();
        for (holder, last) in &self.evaluations {
            let holds = |name: &String| {
                last.holds
                    .get(name)
                    .is_some_and(|all| all.contains(&widget))
            };
            if !last.holds.keys().any(holds) {
                continue;
            }
            for child in self.graph.children(*holder) {
                let mut parents = self.graph.parents(child);
                let reads =
                    parents.any(|(parent, names)| parent == *holder && names.iter().any(holds));
                if reads && child != widget.cell() {
                    readers.insert(child);
                }
            }
        }
        readers
    }

    /// Whether it is not known which names hold the widget: its results came with a file.
    fn is_lost(&self, widget: WidgetId) -> bool {
        let last = self.evaluations.get(&widget.cell());
        last.is_some_and(|last| last.kernel.is_none() && last.holds.is_empty())
            && self.graph.children(widget.cell()).next().is_some()
    }

    /// The widget as a reason.
    pub(super) fn cause(&self, widget: WidgetId) -> Cause {
        let is_state = self.moves.states.value(widget).is_some();
        Cause {
            name: self.widget_name(widget),
            value: match self.moves.current.get(&widget) {
                None if is_state => String::new(),
                held => told(held),
            },
        }
    }

    /// Whether a move leaves the cell as it is, since it takes long.
    fn is_held_back(&self, id: CellId, phase: Phase) -> bool {
        let last = self.evaluations.get(&id);
        let is_slow = last.is_some_and(|last| last.took_ms > SLOW_MS);
        let patience = self.notebook.cell(id).map(|cell| cell.patience);
        is_slow
            && match patience.unwrap_or_default() {
                Patience::Ask => true,
                Patience::Release => phase == Phase::Moving,
                Patience::Always => false,
            }
    }

    /// Of these cells and all that follow them, those that run with a move: slow ones, and
    /// what depends on them, are left out.
    pub(super) fn reached(&self, of: &BTreeSet<CellId>, phase: Phase) -> BTreeSet<CellId> {
        let mut found = BTreeSet::new();
        let barred = self.barred();
        let mut todo: Vec<CellId> = of.iter().copied().collect();
        while let Some(id) = todo.pop() {
            let is_left_out = self.is_held_back(id, phase) || barred.contains(&id);
            if !is_left_out && found.insert(id) {
                todo.extend(self.graph.children(id));
            }
        }
        found
    }

    /// The slow cells at which a move from these cells on stops.
    pub(super) fn fenced_by(&self, readers: &BTreeSet<CellId>, phase: Phase) -> BTreeSet<CellId> {
        let reached = self.reached(readers, phase);
        let next = reached.iter().flat_map(|id| self.graph.children(*id));
        let all = readers.iter().copied().chain(next);
        all.filter(|id| !reached.contains(id) && self.is_held_back(*id, phase))
            .collect()
    }

    /// What follows a cell that runs for a move, without what is left out of it.
    pub(super) fn want_what_moves(&mut self) {
        let flights = self.flights.iter();
        let flying = flights.filter(|flight| flight.reason == Reason::Moved);
        let flying = flying.map(|flight| flight.cell);
        let mut todo: Vec<CellId> = self.wanted.of(Reason::Moved).chain(flying).collect();
        if todo.is_empty() {
            return;
        }
        let barred = self.barred();
        let mut seen = BTreeSet::new();
        while let Some(id) = todo.pop() {
            for child in self.graph.children(id).collect::<Vec<_>>() {
                let is_left_out = self.moves.is_fenced(child) || barred.contains(&child);
                if !is_left_out && seen.insert(child) {
                    if !self.is_posted(child) {
                        self.want(child, Reason::Moved);
                    }
                    todo.push(child);
                }
            }
        }
    }

    /// Derives which cells the values that wait will set going.
    pub(super) fn derive_due(&mut self, changed: &mut Changed) {
        let mut due = BTreeSet::new();
        if self.notebook.mode == Mode::Reactive {
            for (widget, (held, phase)) in &self.moves.waiting {
                if self.moves.current.get(widget) != held.as_ref() {
                    let reached = self.reached(&self.readers(*widget), *phase);
                    due.extend(reached);
                }
            }
        }
        changed
            .cells
            .extend(due.symmetric_difference(&self.moves.due));
        self.moves.due = due;
    }

    /// Which of these values of other cells' widgets a run of the cell reads.
    pub(super) fn widgets_read(
        &self,
        id: CellId,
        values: &Values,
    ) -> BTreeMap<WidgetId, Fingerprint> {
        let mut read = BTreeMap::new();
        for (parent, names) in self.graph.parents(id) {
            let Some(last) = self.evaluations.get(&parent) else {
                continue;
            };
            let held = names
                .iter()
                .filter_map(|name| last.holds.get(name))
                .flatten();
            for widget in held.filter(|widget| widget.cell() != id) {
                let value = self.moves.states.value(*widget).or_else(|| {
                    let held = values.get(widget)?;
                    let value = Fingerprint::of(&held.value.to_string());
                    Some(value.and(held.arguments.as_bytes()))
                });
                if let Some(value) = value {
                    read.insert(*widget, value);
                }
            }
        }
        read
    }

    /// What a cell that is left out of moves waits for; `None` for others.
    #[must_use]
    pub fn is_held(&self, id: CellId) -> bool {
        self.moves.is_fenced(id) && !self.is_pending(id)
    }
}

/// Where a widget stands, on one short line.
pub(crate) fn told(held: Option<&Held>) -> String {
    let value = held.map_or_else(
        || "its first value".to_owned(),
        |held| held.value.to_string(),
    );
    match value.char_indices().nth(MOST_TOLD) {
        Some((end, _)) => format!("{}\u{2026}", &value[..end]),
        None => value,
    }
}

/// The names that a run says hold widgets, as far as that is believed: names for everybody that it
/// bound.
pub(super) fn holds(
    told: Vec<(String, Vec<WidgetId>)>,
    bound: &BTreeSet<String>,
) -> BTreeMap<String, BTreeSet<WidgetId>> {
    let mut left = MOST_HOLDS;
    let mut holds = BTreeMap::new();
    for (name, widgets) in told.into_iter().take(MOST_HOLDS) {
        if bound.contains(&name) {
            let widgets: BTreeSet<WidgetId> = widgets.into_iter().take(left).collect();
            left -= widgets.len();
            if !widgets.is_empty() {
                holds.insert(name, widgets);
            }
        }
    }
    holds
}
