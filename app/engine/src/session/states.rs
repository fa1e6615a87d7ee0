//! What follows when code has set a state: which cells run for it, without going round in circles.
//!
//! The value itself is Python's; here is only known how often each was set. A cell is never run for what its
//! own run has led to: each that runs knows the cells whose runs have led to it ([`States::led`]), and these
//! are not run for what it sets. They are stale instead, which is the truth.

use std::collections::{BTreeMap, BTreeSet};

use protocol::{CellId, MOST_SET, WidgetId};

use super::{Changed, Phase, Reason, Session};
use crate::notebook::{Fingerprint, Mode};

/// What is known of states.
#[derive(Debug, Default)]
pub(super) struct States {
    /// How often each was set by what this kernel ran.
    sets: BTreeMap<WidgetId, u64>,
    /// For each cell the cells whose runs have led to its run, while what a person asked for goes on.
    led: BTreeMap<CellId, BTreeSet<CellId>>,
}

impl States {
    /// Which value a state has, among those that it has had.
    pub fn value(&self, state: WidgetId) -> Option<Fingerprint> {
        let sets = self.sets.get(&state)?;
        Some(Fingerprint::of("state").and(&sets.to_le_bytes()))
    }

    /// All is done: what comes next begins anew.
    pub fn settled(&mut self) {
        self.led.clear();
    }
}

impl Session {
    /// Code of this cell has set states: in its run, or in a function that one of its widgets called
    /// (`moved`), where `own` says whether the cell itself runs too.
    pub(super) fn states_set(
        &mut self,
        cell: CellId,
        states: &[WidgetId],
        moved: bool,
        own: bool,
        changed: &mut Changed,
    ) {
        if !self.is_active() {
            self.moves.causes.clear();
            self.moves.states.settled();
        }
        let mut leading = BTreeSet::new();
        if !moved {
            let before = self.moves.states.led.get(&cell);
            leading.extend(before.into_iter().flatten().copied());
            leading.insert(cell);
        }
        let mut readers = BTreeSet::new();
        for state in states.iter().take(MOST_SET) {
            if self.notebook.cell(state.cell()).is_none() {
                continue;
            }
            *self.moves.states.sets.entry(*state).or_default() += 1;
            let reading = self.readers(*state);
            if reading.contains(&cell) && !own {
                self.knows(cell, *state);
            }
            let cause = self.cause(*state);
            if !self.moves.causes.contains(&cause) {
                self.moves.causes.push(cause);
            }
            readers.extend(reading);
        }
        changed.cells.extend(&readers);
        readers.retain(|id| !leading.contains(id) && (own || *id != cell) && !self.is_posted(*id));
        if readers.is_empty() || self.notebook.mode == Mode::Lazy {
            return;
        }
        let reached = self.reached(&readers, Phase::Released);
        let fenced = self.fenced_by(&readers, Phase::Released);
        self.moves.fenced.extend(&fenced);
        changed.cells.extend(&fenced);
        for id in &reached {
            let led = self.moves.states.led.entry(*id).or_default();
            led.extend(&leading);
        }
        for id in readers.intersection(&reached) {
            self.moves.unfence(*id);
            self.want(*id, Reason::Moved);
        }
        changed.plan = true;
    }

    /// The cell that sets a state knows its value, and is not stale for that.
    fn knows(&mut self, cell: CellId, state: WidgetId) {
        let Some(value) = self.moves.states.value(state) else {
            return;
        };
        let mut flights = self.flights.iter_mut();
        if let Some(flight) = flights.find(|flight| flight.cell == cell && flight.has_started()) {
            flight.inputs.widgets.insert(state, value);
        } else if let Some(last) = self.evaluations.get_mut(&cell)
            && let Some(inputs) = &mut last.inputs
        {
            inputs.widgets.insert(state, value);
        }
    }
}
