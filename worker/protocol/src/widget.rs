//! Values that people move: a slider, a text box, a list of choices.
//!
//! A widget is known by its cell and by how many widgets the cell's run had made before it, so that the
//! same code makes the same widgets again, in the next run and after a reload.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::{CellId, WidgetId};

/// The most widgets that one run makes.
pub const MOST_WIDGETS: u32 = 2_000;
/// The longest value of a widget, in bytes of JSON.
pub const MOST_VALUE: usize = 256 << 10;
/// The longest text that tells a widget's arguments from others, in bytes.
pub const MOST_ARGUMENTS: usize = 64;
/// The most states that are told at once of having been set.
pub const MOST_SET: usize = 1_000;
/// The most pairs of a name and a widget that one run tells.
pub const MOST_HOLDS: usize = 4_000;

/// The value that a widget was moved to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Held {
    /// The widget.
    pub widget: WidgetId,
    /// Tells the arguments that the widget was made with from others: a value is kept while they are the
    /// same.
    pub arguments: String,
    /// The value, as the page says it; Python validates it.
    pub value: Value,
}

impl Held {
    /// Whether it is within the bounds of the protocol.
    #[must_use]
    pub fn is_sound(&self) -> bool {
        self.arguments.len() <= MOST_ARGUMENTS
            && self.widget.place() < MOST_WIDGETS
            && self.value.to_string().len() <= MOST_VALUE
    }
}

impl WidgetId {
    /// Places are counted within so many.
    const PLACES: u64 = 1 << 20;

    /// The widget that a cell's run makes after so many others.
    #[must_use]
    pub fn new(cell: CellId, place: u32) -> Self {
        Self(u64::from(cell.0) * Self::PLACES + u64::from(place) % Self::PLACES)
    }

    /// The cell that makes it.
    #[must_use]
    pub fn cell(self) -> CellId {
        CellId(u32::try_from(self.0 / Self::PLACES).unwrap_or(u32::MAX))
    }

    /// How many widgets the cell's run made before it.
    #[must_use]
    pub fn place(self) -> u32 {
        u32::try_from(self.0 % Self::PLACES).unwrap_or(u32::MAX)
    }
}
