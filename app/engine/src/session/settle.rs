//! What follows from an event: derived here and nowhere else, in one order. What is wanted; what
//! cannot run; what is posted; what the page must be told.

use std::collections::{BTreeMap, BTreeSet};

use protocol::CellId;

use super::{Effect, Plan, Session};
use crate::graph::Touched;
use crate::status::Culprit;

/// How many of those next in line are told their place.
pub(super) const PLACES: usize = 3;

/// What an event has changed, as far as what is derived depends on it. Whoever changes facts says so
/// here; nobody derives anything by himself.
#[derive(Debug, Default)]
pub(super) struct Changed {
    effects: Vec<Effect>,
    /// The cells whose view may be another.
    pub cells: BTreeSet<CellId>,
    /// Whether every cell's view may be another.
    pub all: bool,
    /// The cells whose last run now ends otherwise than before.
    pub outcomes: BTreeSet<CellId>,
    /// Whether it may be another matter which cells can run.
    pub blocking: bool,
    /// Whether what is to run may not fit any more.
    pub plan: bool,
    /// The cells whose names or diagnostics may be others.
    pub names: Touched,
}

impl Changed {
    /// An effect of the event itself.
    pub fn emit(&mut self, effect: Effect) {
        self.effects.push(effect);
    }
}

impl Session {
    /// Brings everything that is derived up to date with the facts, and returns what is to be done.
    pub(super) fn settle(&mut self, mut changed: Changed) -> Vec<Effect> {
        self.take_up_moves(&mut changed);
        if changed.plan {
            self.derive_due(&mut changed);
            self.make_plan(&mut changed);
            changed.blocking = true;
            changed.all = true;
        }
        self.settle_blocked(&mut changed);
        self.post_runs(&mut changed);
        self.store_plan(&mut changed);
        self.show_differences(&mut changed);
        let Changed {
            mut effects, names, ..
        } = changed;
        if !names.is_empty() {
            effects.push(Effect::Names(names));
        }
        effects
    }

    fn settle_blocked(&mut self, changed: &mut Changed) {
        if changed.blocking {
            let now = self.derive_blocked();
            let differs = |id: &&CellId| self.blocked.get(*id) != now.get(*id);
            let both = self.blocked.keys().chain(now.keys());
            changed.cells.extend(both.filter(differs));
            self.blocked = now;
        } else if !changed.outcomes.is_empty() {
            let mut concerned = self.graph.descendants(changed.outcomes.iter().copied());
            concerned.extend(&changed.outcomes);
            for id in self.graph.upwards(concerned) {
                let now = self.culprit(id);
                if self.blocked.get(&id) != now.as_ref() {
                    changed.cells.insert(id);
                    match now {
                        Some(culprit) => self.blocked.insert(id, culprit),
                        None => self.blocked.remove(&id),
                    };
                }
            }
        }
    }

    /// Which cells cannot run, and why. Parents come before children, except in cycles, whose cells
    /// have diagnostics of their own.
    pub(super) fn derive_blocked(&self) -> BTreeMap<CellId, Culprit> {
        let sources = self.graph.blocked().chain(self.disabled.iter().copied());
        let mut concerned: BTreeSet<CellId> = sources.chain(self.failing()).collect();
        concerned.extend(self.graph.descendants(concerned.iter().copied()));
        let mut blocked = BTreeMap::new();
        for id in self.graph.upwards(concerned) {
            if let Some(culprit) = self.culprit_among(&blocked, id) {
                blocked.insert(id, culprit);
            }
        }
        blocked
    }

    fn culprit(&self, id: CellId) -> Option<Culprit> {
        self.culprit_among(&self.blocked, id)
    }

    fn culprit_among(&self, blocked: &BTreeMap<CellId, Culprit>, id: CellId) -> Option<Culprit> {
        if self.graph.is_blocked(id) {
            return Some(Culprit::Diagnostic);
        }
        if self.disabled.contains(&id) {
            return Some(Culprit::Disabled(id));
        }
        let mut parents = self.graph.parents(id).map(|(parent, _)| parent);
        parents.find_map(|parent| match blocked.get(&parent) {
            Some(Culprit::Diagnostic) => Some(Culprit::Wrong(parent)),
            Some(culprit) => Some(culprit.clone()),
            None => self.failure(parent),
        })
    }

    /// How a cell's last run failed, unless it will run again.
    fn failure(&self, id: CellId) -> Option<Culprit> {
        use protocol::Outcome::{Error, KernelLost, Stopped, Success};
        let last = self.evaluations.get(&id)?;
        match last.outcome {
            Success => None,
            _ if self.is_pending(id) => None,
            Error(_) => Some(Culprit::Failed(id)),
            Stopped => Some(Culprit::Stopped(id)),
            KernelLost { .. } => Some(Culprit::Lost(id)),
        }
    }

    /// The cells whose last run failed and that will not run again by themselves.
    fn failing(&self) -> impl Iterator<Item = CellId> {
        let failed = self.failed.iter().copied();
        failed.filter(|id| !self.is_pending(*id))
    }

    /// Has the store know which cells are to run, where it does not yet.
    fn store_plan(&mut self, changed: &mut Changed) {
        if !changed.plan || !self.is_active() {
            return;
        }
        let posted = self.flights.iter().map(|flight| flight.cell);
        let pending: BTreeSet<CellId> = posted.chain(self.wanted.cells()).collect();
        let from = match &self.stored_plan {
            Some(known) if pending.is_subset(&known.cells) => return,
            Some(known) => known.from,
            None => {
                let first = self.flights.front();
                first.map_or(self.next_run, |first| first.run)
            }
        };
        let known = self.stored_plan.take();
        let cells = known.map(|known| known.cells).unwrap_or_default();
        let plan = Plan {
            from,
            cells: cells.into_iter().chain(pending).collect(),
        };
        self.stored_plan = Some(plan.clone());
        changed.emit(Effect::Plan(plan));
    }

    /// Tells the page of those cells whose view is another than the one last shown.
    fn show_differences(&mut self, changed: &mut Changed) {
        let mut cells = std::mem::take(&mut changed.cells);
        if changed.all {
            cells = self.notebook.cells().iter().map(|cell| cell.id).collect();
        } else {
            // The places of those next in line change with every step.
            cells.extend(self.line().take(PLACES));
        }
        for id in self.graph.upwards(cells) {
            let view = self.view(id);
            if self.shown.get(&id) != Some(&view) {
                self.shown.insert(id, view.clone());
                changed.emit(Effect::Show(id, view));
            }
        }
    }
}
