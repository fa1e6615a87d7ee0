//! The hold on the notebook's lock, in the tab that writes it. A browser may let go of the lock while
//! it keeps the page aside for its Back button: a lock that was lost is acquired again, and only if
//! another tab has it is that one the writer.

use crate::tabs::Lock;

/// The requests for the lock, by their numbers.
pub struct Hold {
    newest: u32,
    /// The newest request that was granted.
    held: u32,
    /// The newest request whose lock was taken away.
    lost: u32,
    under_way: Option<UnderWay>,
}

/// A request that is not answered yet.
struct UnderWay {
    /// Whether a lock was taken away since it was made: it may have been refused for that very lock.
    lost_since: bool,
}

/// What follows from an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// The lock is held again.
    Regained,
    /// Nothing: it was held all the time.
    Unchanged,
    /// It must be asked for once more.
    Unclear,
    /// Another tab has it.
    Taken,
}

impl Hold {
    /// The lock was acquired by request 1, or none is needed.
    pub fn new() -> Self {
        Self {
            newest: 1,
            held: 1,
            lost: 0,
            under_way: None,
        }
    }

    /// Begins a request, unless one is under way. Returns its number.
    pub fn request(&mut self) -> Option<u32> {
        if self.under_way.is_some() {
            return None;
        }
        self.under_way = Some(UnderWay { lost_since: false });
        self.newest += 1;
        Some(self.newest)
    }

    /// A request was answered.
    pub fn answered(&mut self, request: u32, lock: Lock) -> Verdict {
        let lost_since = self.under_way.take().is_some_and(|asked| asked.lost_since);
        match lock {
            Lock::Free | Lock::Stolen => {
                self.held = request;
                Verdict::Regained
            }
            Lock::Refused if self.lost < self.held => Verdict::Unchanged,
            Lock::Refused if lost_since => Verdict::Unclear,
            Lock::Refused => Verdict::Taken,
        }
    }

    /// The lock of a request was taken away.
    pub fn lost(&mut self, request: u32) {
        self.lost = self.lost.max(request);
        if let Some(asked) = &mut self.under_way {
            asked.lost_since = true;
        }
    }
}
