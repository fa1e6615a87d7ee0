//! For what each cell runs that is planned: the person's act, and the name by which it follows.

use std::collections::BTreeSet;

use protocol::CellId;

use super::{Doing, Place, Recorder, Trace, Via};
use crate::recorder::ActId;
use crate::session::{Reason, Session};

/// The depth of a cell whose reason is not known yet.
const UNKNOWN: u32 = u32::MAX;

/// Records that these cells will run, parents first; for `begun`, where that is what a person does now.
pub(super) fn plan(
    recorder: &mut Recorder,
    cells: &[CellId],
    begun: Option<ActId>,
    session: &Session,
    at: f64,
) {
    let mut planned = Vec::with_capacity(cells.len());
    for cell in cells {
        let reason = session.reason(*cell).unwrap_or(Reason::Follows);
        let act = begun.unwrap_or_else(|| recorder.act_for(*cell, reason, session, at));
        let mut trace = Trace::planned(*cell, at);
        trace.depth = UNKNOWN;
        if let Some(place) = recorder.push(act, trace) {
            planned.push((*cell, reason, place));
        }
    }
    for (cell, reason, place) in planned
        .iter()
        .filter(|(_, reason, _)| *reason != Reason::Restores)
    {
        let found = match reason {
            Reason::Requested | Reason::Restores => None,
            Reason::Moved => {
                let widget = recorder.widget_read(*cell, *place, session);
                widget.or_else(|| recorder.parent_read(*cell, *place, session))
            }
            Reason::Follows => recorder.parent_read(*cell, *place, session),
        };
        recorder.set_via(*place, found);
    }
    let restored = planned.iter().rev();
    for (cell, _, place) in restored.filter(|(_, reason, _)| *reason == Reason::Restores) {
        let found = recorder.child_in_need(*cell, *place, session);
        recorder.set_via(*place, found);
    }
    recorder.keep_bounds();
}

impl Recorder {
    /// What a person has done that makes a cell run only now.
    fn act_for(&mut self, cell: CellId, reason: Reason, session: &Session, at: f64) -> ActId {
        let found = match reason {
            Reason::Moved => self.move_for(cell, session),
            Reason::Requested => {
                let last = self.cells.get(&cell).and_then(|track| track.newest);
                let last = last.map(|(act, _)| act);
                let mut acts = self.recording.acts.iter().rev();
                let asked = acts.find(|act| Some(act.id) > last && act.what.asks(cell));
                // It was edited while it waited, and had started before that could be taken back.
                let asked = asked.map(|act| act.id);
                Some(asked.unwrap_or_else(|| self.begin(Doing::Edited(Some(cell)), at)))
            }
            Reason::Follows => {
                let parents = session.graph().parents(cell).map(|(parent, _)| parent);
                self.newest_act(parents)
            }
            Reason::Restores => self.newest_act(session.graph().children(cell)),
        };
        let newest = || self.recording.acts.back().map(|act| act.id);
        found
            .or_else(newest)
            .unwrap_or_else(|| self.begin(Doing::Edited(None), at))
    }

    /// The newest move of a widget that the cell reads, or that a cell runs for which it reads.
    fn move_for(&self, cell: CellId, session: &Session) -> Option<ActId> {
        let mut acts = self.recording.acts.iter().rev();
        let read = acts.find(|act| match act.what {
            Doing::Moved { widget, .. } => session.reads_widget(cell, widget).is_some(),
            _ => false,
        });
        let parents = session.graph().parents(cell).map(|(parent, _)| parent);
        read.map(|act| act.id).or_else(|| self.newest_act(parents))
    }

    fn newest_act(&self, cells: impl Iterator<Item = CellId>) -> Option<ActId> {
        let places = cells.filter_map(|cell| self.cells.get(&cell)?.newest);
        places.map(|(act, _)| act).max()
    }

    fn set_via(&mut self, place: Place, found: Option<(Via, u32)>) {
        if let Some(trace) = self.trace_mut(place) {
            (trace.via, trace.depth) = found.unwrap_or((Via::Asked, 0));
        }
    }

    /// The name by which a cell reads the widget that was moved.
    fn widget_read(&self, cell: CellId, (act, _): Place, session: &Session) -> Option<(Via, u32)> {
        let Doing::Moved { widget, .. } = self.recording.act(act)?.what else {
            return None;
        };
        let (cell, name) = session.reads_widget(cell, widget)?;
        Some((Via::Widget { cell, name }, 0))
    }

    /// The cell of the same act, nearest to what the person did, that this one reads.
    fn parent_read(&self, cell: CellId, (act, _): Place, session: &Session) -> Option<(Via, u32)> {
        let parents = session.graph().parents(cell);
        let found = parents
            .filter_map(|(parent, names)| Some((self.depth_in(parent, act)?, parent, names)));
        let (depth, cell, names) = found.min_by_key(|(depth, _, _)| *depth)?;
        let name = first(names);
        Some((Via::Reads { cell, name }, depth + 1))
    }

    /// The cell of the same act, nearest to what the person did, that needs this one.
    fn child_in_need(
        &self,
        cell: CellId,
        (act, _): Place,
        session: &Session,
    ) -> Option<(Via, u32)> {
        let children = session.graph().children(cell);
        let found = children.filter_map(|child| Some((self.depth_in(child, act)?, child)));
        let (depth, child) = found.min_by_key(|(depth, _)| *depth)?;
        let mut parents = session.graph().parents(child);
        let read = parents.find(|(parent, _)| *parent == cell);
        let name = read.map(|(_, names)| first(names)).unwrap_or_default();
        Some((Via::Needed { cell: child, name }, depth + 1))
    }

    /// How far a cell is from what the person did, if it runs for this act and that is known.
    fn depth_in(&self, cell: CellId, act: ActId) -> Option<u32> {
        let place = self.cells.get(&cell)?.newest?;
        let depth = self.trace(place).filter(|_| place.0 == act)?.depth;
        (depth < UNKNOWN).then_some(depth)
    }
}

impl Doing {
    /// Whether it asks for this very cell.
    fn asks(&self, cell: CellId) -> bool {
        match self {
            Self::Ran(asked) => *asked == cell,
            Self::RanAll | Self::RanStale => true,
            _ => false,
        }
    }
}

fn first(names: &BTreeSet<String>) -> String {
    names.first().cloned().unwrap_or_default()
}
