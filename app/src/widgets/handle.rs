//! What a control reads and moves: where its widget stands, and what takes a new value.

use std::collections::BTreeMap;

use engine::session::Phase;
use engine::widgets::Description;
use leptos::prelude::*;
use protocol::{Held, WidgetId};
use serde_json::Value;

use super::Bench;
use crate::page::{Action, Role};

/// Where moves go: to the page, or to the form around the control.
#[derive(Clone)]
pub struct Way {
    pub bench: Bench,
    /// What stands in the controls of the form, by widget.
    pub form: Option<BTreeMap<WidgetId, ArcRwSignal<Value>>>,
}

impl Way {
    pub fn page(bench: Bench) -> Self {
        Self { bench, form: None }
    }
}

/// A control's hold of its widget.
#[derive(Clone)]
pub struct Handle {
    bench: Bench,
    widget: Option<WidgetId>,
    arguments: String,
    first: Value,
    held: ArcRwSignal<Option<Held>>,
    inside: Option<ArcRwSignal<Value>>,
    is_off: bool,
}

impl Handle {
    pub fn of(description: &Description, way: &Way) -> Self {
        let widget = description.widget;
        let page = way.bench.page;
        let inside = way.form.as_ref().zip(widget);
        Self {
            bench: way.bench,
            widget,
            arguments: description.arguments.clone(),
            first: description.value.clone(),
            held: widget.map_or_else(|| ArcRwSignal::new(None), |widget| page.widgets.of(widget)),
            inside: inside.and_then(|(form, widget)| form.get(&widget).cloned()),
            is_off: description.is("disabled"),
        }
    }

    /// Where the widget stands.
    pub fn get(&self) -> Value {
        if let Some(inside) = &self.inside {
            return inside.get();
        }
        self.held.with(|held| match held {
            Some(held) if held.arguments == self.arguments => held.value.clone(),
            _ => self.first.clone(),
        })
    }

    /// The same, for what does not follow it.
    pub fn now(&self) -> Value {
        untrack(|| self.get())
    }

    /// The person has moved it.
    pub fn put(&self, value: Value, phase: Phase) {
        if let Some(inside) = &self.inside {
            return inside.set(value);
        }
        let Some(widget) = self.widget else {
            return;
        };
        let held = Held {
            widget,
            arguments: self.arguments.clone(),
            value,
        };
        self.bench.page.act(Action::MoveWidget(held, phase));
        if self.bench.page.role.get_untracked() == Role::Follows {
            // It stays where the other tab has it, and so does the control.
            self.held.update(|_| {});
        }
    }

    /// Whether it cannot be moved: its code says so, another tab writes the notebook, or it stands in no
    /// cell.
    pub fn is_fixed(&self) -> bool {
        self.is_off || self.widget.is_none() || self.bench.page.role.get() == Role::Follows
    }
}
