//! Keys: which stroke an event of the keyboard is, which command it calls, and how it is written.

use leptos::prelude::*;
use web_sys::KeyboardEvent;

use super::{Command, ENTRIES, Entry, Place};

/// How long the second stroke of two may come after the first, in milliseconds.
const TWO_STROKES: f64 = 1_000.0;

/// The first of two strokes, and when it came.
#[derive(Debug, Clone, Copy)]
pub struct Strokes(StoredValue<Option<(String, f64)>>);

impl Default for Strokes {
    fn default() -> Self {
        Self(StoredValue::new(None))
    }
}

impl Strokes {
    /// The command of a stroke in one of these places, if it has one there.
    pub fn command(self, event: &KeyboardEvent, places: &[Place]) -> Option<Command> {
        let stroke = stroke(event)?;
        let now = event.time_stamp();
        let first = self
            .0
            .get_value()
            .filter(|(_, at)| now - at < TWO_STROKES)
            .map(|(first, _)| format!("{first} {stroke}"));
        self.0.set_value(None);
        let here = || ENTRIES.iter().filter(|entry| places.contains(&entry.place));
        let of = |keys: &str| here().find(|entry| entry.keys.contains(&keys));
        if let Some(entry) = first.as_deref().and_then(of).or_else(|| of(&stroke)) {
            return Some(entry.command);
        }
        let begins = |keys: &&str| {
            let mut strokes = keys.split(' ');
            strokes.next() == Some(&stroke) && strokes.next().is_some()
        };
        if !event.repeat() && here().any(|entry| entry.keys.iter().any(begins)) {
            self.0.set_value(Some((stroke, now)));
        }
        None
    }
}

/// A stroke as the table writes it; `None` for a modifier alone, and within a word that is composed.
fn stroke(event: &KeyboardEvent) -> Option<String> {
    let key = event.key();
    let is_modifier = matches!(
        key.as_str(),
        "Shift" | "Control" | "Alt" | "Meta" | "AltGraph" | "CapsLock" | "Dead" | "Process"
    );
    if is_modifier || event.is_composing() {
        return None;
    }
    let is_letter = key.chars().count() == 1;
    let key = if is_letter { key.to_lowercase() } else { key };
    // On many keyboards other signs need Shift.
    let shift = event.shift_key() && (!is_letter || key.chars().all(char::is_alphabetic));
    let mut stroke = String::new();
    for (is_held, name) in [
        (event.ctrl_key() || event.meta_key(), "Mod+"),
        (event.alt_key(), "Alt+"),
        (shift, "Shift+"),
    ] {
        if is_held {
            stroke.push_str(name);
        }
    }
    Some(stroke + &key)
}

/// The keys of a command as they are written for people: "Ctrl+Enter", "d d".
pub fn written(entry: &Entry) -> Vec<String> {
    let is_mac = browser_is_mac();
    let keys = entry.keys.iter();
    keys.map(|keys| {
        let strokes = keys.split(' ').map(|stroke| written_stroke(stroke, is_mac));
        strokes.collect::<Vec<_>>().join(" ")
    })
    .collect()
}

fn written_stroke(stroke: &str, is_mac: bool) -> String {
    let parts = stroke.split('+').map(|part| match part {
        "Mod" if is_mac => "\u{2318}".to_owned(),
        "Mod" => "Ctrl".to_owned(),
        "ArrowUp" => "\u{2191}".to_owned(),
        "ArrowDown" => "\u{2193}".to_owned(),
        letter if letter.len() == 1 && stroke.len() > 1 => letter.to_uppercase(),
        other => other.to_owned(),
    });
    parts.collect::<Vec<_>>().join("+")
}

fn browser_is_mac() -> bool {
    let platform = crate::browser::window().navigator().platform();
    platform.is_ok_and(|platform| platform.starts_with("Mac") || platform.starts_with("iP"))
}
