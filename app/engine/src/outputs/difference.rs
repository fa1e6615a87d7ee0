//! What has changed between two states of a cell's outputs, so that a tab that follows another one is
//! told of that and not of everything again.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::Item;

/// One change of a list of outputs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Change {
    /// Only so many items are left.
    Keep(usize),
    /// This text is added to the printed text at this place.
    Append(usize, Arc<str>),
    /// This item is at this place now; the end if it is beyond.
    Put(usize, Item),
}

/// The changes that lead from one list of outputs to another.
#[must_use]
pub fn difference(old: &[Item], new: &[Item]) -> Vec<Change> {
    let mut changes = Vec::new();
    if old.len() > new.len() {
        changes.push(Change::Keep(new.len()));
    }
    for (at, item) in new.iter().enumerate() {
        match old.get(at) {
            Some(before) if before == item => {}
            Some(before) => changes.push(match added(before, item) {
                Some(text) => Change::Append(at, text.into()),
                None => Change::Put(at, item.clone()),
            }),
            None => changes.push(Change::Put(at, item.clone())),
        }
    }
    changes
}

/// The text that was printed after what was there before, where nothing else has changed.
fn added<'a>(before: &Item, now: &'a Item) -> Option<&'a str> {
    match (before, now) {
        (
            Item::Text {
                stream: one,
                text: old,
            },
            Item::Text {
                stream: other,
                text: new,
            },
        ) if one == other => new.strip_prefix(&**old),
        _ => None,
    }
}

/// Makes these changes. A change that does not fit is left out: it came from outside.
pub fn apply(items: &mut Vec<Item>, changes: Vec<Change>) {
    for change in changes {
        match change {
            Change::Keep(count) => items.truncate(count),
            Change::Append(at, more) => {
                if let Some(Item::Text { text, .. }) = items.get_mut(at) {
                    *text = format!("{text}{more}").into();
                }
            }
            Change::Put(at, item) => match items.get_mut(at) {
                Some(place) => *place = item,
                None => items.push(item),
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use protocol::Stream;

    use super::*;

    fn text(text: &str) -> Item {
        Item::Text {
            stream: Stream::Stdout,
            text: text.into(),
        }
    }

    fn value(text: &str) -> Item {
        Item::Value {
            forms: vec![("text/plain".to_owned(), text.into())],
            beside: None,
        }
    }

    #[test]
    fn text_that_grows_is_told_by_what_was_added() {
        assert_eq!(
            difference(&[value("1"), text("a")], &[value("1"), text("ab")]),
            [Change::Append(1, "b".into())]
        );
        assert_eq!(difference(&[text("a")], &[text("a")]), []);
    }

    #[test]
    fn the_changes_between_two_lists_lead_from_one_to_the_other() {
        let lists = [
            vec![],
            vec![text("a")],
            vec![text("ab"), value("1")],
            vec![value("1"), text("ab"), value("2")],
            vec![text("b"), value("2")],
        ];
        for old in &lists {
            for new in &lists {
                let mut items = old.clone();
                apply(&mut items, difference(old, new));
                assert_eq!(&items, new, "from {old:?}");
            }
        }
    }

    #[test]
    fn a_change_that_does_not_fit_changes_nothing() {
        let mut items = vec![value("1")];
        apply(
            &mut items,
            vec![Change::Append(0, "x".into()), Change::Append(7, "y".into())],
        );
        assert_eq!(items, [value("1")]);
    }
}
