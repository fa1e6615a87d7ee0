//! Where the widgets of the notebook stand: one signal a widget.

use std::collections::BTreeMap;

use leptos::prelude::*;
use protocol::{Held, WidgetId};

/// The values that widgets were moved to.
#[derive(Debug, Clone, Copy)]
pub struct Values(StoredValue<BTreeMap<WidgetId, ArcRwSignal<Option<Held>>>>);

impl Values {
    pub fn new(held: &[Held]) -> Self {
        let values = Self(StoredValue::new(BTreeMap::new()));
        values.show(held);
        values
    }

    /// The signal of a widget. It lives as long as the page, whatever control has asked for it first.
    pub fn of(self, widget: WidgetId) -> ArcRwSignal<Option<Held>> {
        let signal = self.0.try_update_value(|all| {
            let entry = all.entry(widget);
            entry.or_insert_with(|| ArcRwSignal::new(None)).clone()
        });
        signal.unwrap_or_else(|| ArcRwSignal::new(None))
    }

    /// A widget was moved, in this tab or by an undo.
    pub fn set(self, widget: WidgetId, held: Option<Held>) {
        let signal = self.of(widget);
        if signal.with_untracked(|old| *old != held) {
            signal.set(held);
        }
    }

    /// These are all that were moved.
    pub fn show(self, held: &[Held]) {
        let known: Vec<WidgetId> = self.0.with_value(|all| all.keys().copied().collect());
        for widget in known {
            if !held.iter().any(|held| held.widget == widget) {
                self.set(widget, None);
            }
        }
        for held in held {
            self.set(held.widget, Some(held.clone()));
        }
    }
}
