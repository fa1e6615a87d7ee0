//! What the page builds of a widget: read from what a run put out, and bounded.
//!
//! A description comes from the kernel and may be forged: it is text and numbers, of which the page makes
//! controls of its own. Nothing in it is markup.

use std::collections::BTreeMap;

use protocol::{MOST_ARGUMENTS, WidgetId};
use serde::Deserialize;
use serde_json::{Map, Value};

/// The MIME type of a description.
pub const MIME: &str = "application/vnd.rivulet.widget+json";

/// The most descriptions that stand in one, itself counted.
const MOST: usize = 2_000;
/// The most options of all lists of choices in one.
const MOST_OPTIONS: usize = 20_000;
/// How deep descriptions may stand in each other.
const DEEPEST: usize = 12;
/// The longest label, in characters.
const LONGEST: usize = 2_000;

/// A widget, or an arrangement of some, as the page builds it.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Description {
    /// What it is: `slider`, `hstack` and so on.
    pub kind: String,
    /// The widget, where it can be moved.
    #[serde(default)]
    pub widget: Option<WidgetId>,
    /// Tells its arguments from others.
    #[serde(default)]
    pub arguments: String,
    /// The value that it was made with.
    #[serde(default)]
    pub value: Value,
    /// What stands beside it.
    #[serde(default)]
    pub label: String,
    /// What stands in it.
    #[serde(default)]
    pub items: Vec<Description>,
    /// A value that is no widget, by MIME type.
    #[serde(default)]
    pub forms: BTreeMap<String, String>,
    /// What else is said of a kind.
    #[serde(flatten)]
    pub more: Map<String, Value>,
}

impl Description {
    /// Reads a description; `None` where it is none, or too large.
    #[must_use]
    pub fn read(text: &str) -> Option<Self> {
        let mut read: Self = serde_json::from_str(text).ok()?;
        let (mut left, mut options) = (MOST, MOST_OPTIONS);
        read.bound(&mut left, &mut options, DEEPEST).then_some(read)
    }

    /// Cuts what is too long; whether it is within the bounds.
    fn bound(&mut self, left: &mut usize, options: &mut usize, depth: usize) -> bool {
        let listed = ["options", "steps", "titles"].iter();
        let listed: usize = listed.map(|name| self.list(name).len()).sum();
        if *left == 0 || depth == 0 || self.arguments.len() > MOST_ARGUMENTS || listed > *options {
            return false;
        }
        *left -= 1;
        *options -= listed;
        if let Some((end, _)) = self.label.char_indices().nth(LONGEST) {
            self.label.truncate(end);
        }
        let mut items = self.items.iter_mut();
        items.all(|item| item.bound(left, options, depth - 1))
    }

    fn list(&self, name: &str) -> &[Value] {
        let list = self.more.get(name).and_then(Value::as_array);
        list.map_or(&[], Vec::as_slice)
    }

    /// A number of this name.
    #[must_use]
    pub fn number(&self, name: &str) -> Option<f64> {
        self.more.get(name)?.as_f64()
    }

    /// A text of this name; empty where there is none.
    #[must_use]
    pub fn text(&self, name: &str) -> &str {
        let text = self.more.get(name).and_then(Value::as_str);
        text.unwrap_or_default()
    }

    /// Whether something is so; not, where nothing is said.
    #[must_use]
    pub fn is(&self, name: &str) -> bool {
        self.more
            .get(name)
            .and_then(Value::as_bool)
            .unwrap_or(false)
    }

    /// The texts of a list of this name.
    #[must_use]
    pub fn texts(&self, name: &str) -> Vec<String> {
        let texts = self.list(name).iter().filter_map(Value::as_str);
        texts.map(str::to_owned).collect()
    }

    /// The numbers of a list of this name.
    #[must_use]
    pub fn numbers(&self, name: &str) -> Vec<f64> {
        self.list(name).iter().filter_map(Value::as_f64).collect()
    }

    /// The widgets that stand in a form, in the order in which their values are sent.
    #[must_use]
    pub fn leaves(&self) -> Vec<&Self> {
        let mut found = Vec::new();
        for item in &self.items {
            if item.widget.is_some() {
                found.push(item);
            } else {
                found.extend(item.leaves());
            }
        }
        found
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_description_is_read_with_what_its_kind_says() {
        let text = r#"{"kind":"slider","widget":1048577,"arguments":"ab","value":3,"label":"n","start":0,"stop":10,"debounce":false}"#;
        let read = Description::read(text).expect("it is one");
        let id = read.widget.expect("it has a number");
        assert_eq!((id.cell().0, id.place()), (1, 1));
        assert_eq!(
            (read.number("stop"), read.is("debounce")),
            (Some(10.0), false)
        );
        assert_eq!(read.label, "n");
    }

    #[test]
    fn what_is_too_large_or_too_deep_is_none() {
        let many = r#"{"kind":"x"},"#.repeat(MOST);
        let text = format!(
            r#"{{"kind":"hstack","items":[{}]}}"#,
            many.trim_end_matches(',')
        );
        assert_eq!(Description::read(&text), None);
        let deep = r#"{"kind":"hstack","items":["#.repeat(DEEPEST)
            + r#"{"kind":"x"}"#
            + &"]}".repeat(DEEPEST);
        assert_eq!(Description::read(&deep), None);
        let options = r#""a","#.repeat(MOST_OPTIONS + 1);
        let text = format!(
            r#"{{"kind":"radio","options":[{}]}}"#,
            options.trim_end_matches(',')
        );
        assert_eq!(Description::read(&text), None);
        assert_eq!(Description::read("[1]"), None);
        assert_eq!(Description::read(r#"{"kind":1}"#), None);
    }

    #[test]
    fn the_widgets_of_a_form_are_those_that_python_counts() {
        let text = r#"{"kind":"form","widget":1,"items":[{"kind":"group","items":[
            {"kind":"text","widget":2},{"kind":"group","items":[{"kind":"number","widget":3}]}]}]}"#;
        let read = Description::read(text).expect("it is one");
        let leaves: Vec<_> = read
            .leaves()
            .iter()
            .map(|leaf| leaf.kind.as_str())
            .collect();
        assert_eq!(leaves, ["text", "number"]);
    }
}
