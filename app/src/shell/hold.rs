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
    is_requesting: bool,
}

impl Hold {
    /// The lock was acquired by request 1, or none is needed.
    pub fn new() -> Self {
        Self {
            newest: 1,
            held: 1,
            lost: 0,
            is_requesting: false,
        }
    }

    /// Begins a request, unless one is under way. Returns its number.
    pub fn request(&mut self) -> Option<u32> {
        if self.is_requesting {
            return None;
        }
        self.is_requesting = true;
        self.newest += 1;
        Some(self.newest)
    }

    /// A request was answered.
    pub fn answered(&mut self, request: u32, lock: Lock) {
        self.is_requesting = false;
        if lock != Lock::Refused {
            self.held = request;
        }
    }

    /// The lock of a request was taken away.
    pub fn lost(&mut self, request: u32) {
        self.lost = self.lost.max(request);
    }

    /// Whether the lock is held no more.
    pub fn is_lost(&self) -> bool {
        self.lost >= self.held
    }
}
