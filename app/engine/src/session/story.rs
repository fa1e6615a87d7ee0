//! What a session knows of why its cells run, wait, or are stale: for the recorder and for the person
//! who asks. Everything here is derived from the facts when it is asked for.

use protocol::{CellId, WidgetId};

use super::{Reason, Session};

/// Something that is another than it was when a cell ran last.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Change {
    /// Its code.
    Code,
    /// The value of a cell that it reads, by these names.
    Value {
        /// The cell that makes them.
        cell: CellId,
        /// The names.
        names: Vec<String>,
    },
    /// Which cells it reads.
    Parents,
    /// Where a widget stands that it reads.
    Widget {
        /// A name that holds it; may be empty.
        name: String,
    },
    /// Other cells read a name of it that was its own when it ran.
    Shared,
}

impl Session {
    /// Why a cell will run or runs; `None` if it does neither.
    #[must_use]
    pub fn reason(&self, id: CellId) -> Option<Reason> {
        let posted = || {
            let mut flights = self.flights.iter().rev();
            let flight = flights.find(|flight| flight.cell == id);
            flight.map(|flight| flight.reason)
        };
        let due = || self.moves.is_due(id).then_some(Reason::Moved);
        self.wanted.reason(id).or_else(posted).or_else(due)
    }

    /// What is another than it was when the cell ran last.
    #[must_use]
    pub fn changes(&self, id: CellId) -> Vec<Change> {
        let Some(last) = self.evaluations.get(&id) else {
            return Vec::new();
        };
        let Some(read) = &last.inputs else {
            return Vec::new();
        };
        let now = self.inputs_now(id, false);
        let mut changes = Vec::new();
        if read.code != now.code {
            changes.push(Change::Code);
        }
        if !read.parents.keys().eq(now.parents.keys()) {
            changes.push(Change::Parents);
        }
        for (parent, names) in self.graph.parents(id) {
            let before = read.parents.get(&parent);
            if before.is_some() && before != now.parents.get(&parent) {
                changes.push(Change::Value {
                    cell: parent,
                    names: names.iter().cloned().collect(),
                });
            }
        }
        let moved = now.widgets.iter();
        let moved = moved.filter(|(widget, value)| read.widgets.get(widget) != Some(value));
        let left = read.widgets.keys();
        let left = left.filter(|widget| !now.widgets.contains_key(widget));
        for widget in moved.map(|(widget, _)| widget).chain(left) {
            changes.push(Change::Widget {
                name: self.widget_name(*widget),
            });
        }
        if self
            .exports(id)
            .any(|name| !last.definitions.contains(name))
        {
            changes.push(Change::Shared);
        }
        changes
    }

    /// The first cell that a waiting cell needs and that has not ended, with a name that it reads.
    #[must_use]
    pub fn awaited(&self, id: CellId) -> Option<(CellId, String)> {
        let mut parents = self.graph.parents(id);
        let (parent, names) = parents.find(|(parent, _)| self.is_pending(*parent))?;
        Some((parent, names.first().cloned().unwrap_or_default()))
    }

    /// The packages that are on their way.
    #[must_use]
    pub fn awaited_packages(&self) -> Vec<String> {
        self.installing.iter().cloned().collect()
    }

    /// A name that holds the widget; empty where none is known.
    #[must_use]
    pub fn widget_name(&self, widget: WidgetId) -> String {
        let mut holds = self.evaluations.values().flat_map(|last| &last.holds);
        let name = holds.find(|(_, all)| all.contains(&widget));
        name.map(|(name, _)| name.clone()).unwrap_or_default()
    }

    /// The name by which a cell reads a widget of another cell, and the cell that makes the name.
    #[must_use]
    pub fn reads_widget(&self, id: CellId, widget: WidgetId) -> Option<(CellId, String)> {
        self.graph.parents(id).find_map(|(parent, names)| {
            let holds = &self.evaluations.get(&parent)?.holds;
            let holds = |name: &&String| {
                let held = holds.get(*name);
                held.is_some_and(|all| all.contains(&widget))
            };
            Some((parent, names.iter().find(holds)?.clone()))
        })
    }
}
