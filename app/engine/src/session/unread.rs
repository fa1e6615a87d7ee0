//! Code so long that reading it takes longer than a letter may: it is read once the typing pauses, or
//! before anything but typing happens.

use protocol::{CellId, FromWorker};

use super::{Changed, Event, Session};
use crate::notebook::Edit;

/// From so many bytes on a cell's code is not read at each letter; a cell of everyday work has a
/// twentieth of that.
pub const LONG: usize = 50_000;

impl Session {
    /// Whether code waits to be read: [`Event::Read`] is due when the typing pauses, and before the
    /// session is asked what code says.
    #[must_use]
    pub fn has_unread(&self) -> bool {
        !self.unread.is_empty()
    }

    /// Whether the reading of this cell is put off, now that its code is another.
    pub(super) fn puts_off(&mut self, id: CellId) -> bool {
        let cell = self.notebook.cell(id);
        let is_long = cell.is_some_and(|cell| cell.source.len() > LONG);
        // What was never read shows nothing yet.
        let puts_off = is_long && self.code.contains_key(&id) && !self.unanalysed;
        if puts_off {
            self.unread.insert(id);
        }
        puts_off
    }

    /// Whether an event can be handled while code waits: typing on in that code, and what neither
    /// begins nor ends a run.
    pub(super) fn leaves_unread(&self, event: &Event) -> bool {
        match event {
            Event::Edit(Edit::Source { cell, .. }) => self.unread.contains(cell),
            Event::Progress(..) | Event::Silent(..) | Event::Picture(..) => true,
            Event::Kernel(_, message, _) => matches!(
                message,
                FromWorker::Booting { .. } | FromWorker::Output { .. } | FromWorker::Answer { .. }
            ),
            _ => false,
        }
    }

    pub(super) fn read_unread(&mut self, changed: &mut Changed) {
        let unread = std::mem::take(&mut self.unread);
        self.code_changed(unread, changed);
    }
}
