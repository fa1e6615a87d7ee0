//! The rows of a table that a person has chosen, where it is a widget.

use std::collections::BTreeSet;

use engine::session::Phase;
use leptos::prelude::*;
use serde_json::json;

use super::rows::Rows;
use crate::widgets::Handle;

/// The most rows that are chosen one by one.
const MOST: usize = 10_000;

/// What is chosen, by where rows stand in the table itself.
#[derive(Clone)]
pub struct Chosen {
    handle: Handle,
    /// Whether several rows can be chosen.
    pub is_multi: bool,
}

impl Chosen {
    pub fn new(handle: Handle, is_multi: bool) -> Self {
        Self { handle, is_multi }
    }

    /// Where the chosen rows stand.
    pub fn all(&self) -> BTreeSet<u32> {
        let value = self.handle.get();
        let rows = value.as_array().into_iter().flatten();
        rows.filter_map(|row| u32::try_from(row.as_u64()?).ok())
            .collect()
    }

    /// Whether a row of the view is chosen.
    pub fn has(&self, rows: &Rows, row: usize) -> bool {
        rows.place(row)
            .is_some_and(|place| self.all().contains(&place))
    }

    /// Chooses a row of the view, or gives it up. Whether it could.
    pub fn toggle(&self, rows: &Rows, row: usize) -> bool {
        let Some(place) = untrack(|| rows.place(row)) else {
            return false;
        };
        let mut all = untrack(|| self.all());
        if !all.remove(&place) {
            if !self.is_multi {
                all.clear();
            }
            if all.len() >= MOST {
                return false;
            }
            all.insert(place);
        }
        self.put(&all);
        true
    }

    /// Gives all up.
    pub fn clear(&self) {
        self.put(&BTreeSet::new());
    }

    fn put(&self, all: &BTreeSet<u32>) {
        if !untrack(|| self.handle.is_fixed()) {
            self.handle.put(json!(all), Phase::Released);
        }
    }
}
