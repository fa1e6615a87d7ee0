//! The journal of a notebook: what its stored records say, and which records an edit needs.
//!
//! Pure: records come in as texts with their numbers, and what is to be written goes out as
//! [`Writes`], one transaction each; the store carries them out and decides nothing.
//! A notebook is a snapshot and the numbered edits after it. Records come from outside: each is
//! checked by itself, and one that is damaged costs nothing but itself.

mod history;
mod ledger;
mod record;
mod replay;
mod room;
mod sealed;
mod summary;
mod writes;

pub use history::{Newest, Version, due, outdated};
pub use ledger::{Change, Ledger, Saved, Ticket, Unsaved};
pub use record::Origin;
pub use replay::{Damage, Damaged, Lost, Opened, Reading, Records, read};
pub use room::{Place, evict_outputs, evict_versions};
pub use sealed::{Raw, seal};
pub use summary::{Summary, amended};
pub use writes::{Whole, Writes};

/// A journal entry by which a tab that takes over stops the one before from writing.
pub const FENCE: &str = "fence";
