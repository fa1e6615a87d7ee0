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

impl Change {
    /// How much it holds, in bytes.
    #[must_use]
    pub fn size(&self) -> usize {
        match self {
            Self::Keep(_) => 0,
            Self::Append(_, text) => text.len(),
            Self::Put(_, item) => item.size(),
        }
    }
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
            Some(before) if is_same(before, item) => {}
            Some(before) => changes.push(match added(before, item) {
                Some(text) => Change::Append(at, text.into()),
                None => Change::Put(at, item.clone()),
            }),
            None => changes.push(Change::Put(at, item.clone())),
        }
    }
    changes
}

/// Whether two items are alike; those that share their content are, and it is not read again.
fn is_same(one: &Item, other: &Item) -> bool {
    match (one, other) {
        (Item::Value { forms, .. }, Item::Value { forms: others, .. })
            if forms.len() == others.len() =>
        {
            let mut pairs = forms.iter().zip(others);
            pairs.all(|((mime, text), (other, same))| mime == other && Arc::ptr_eq(text, same))
                || one == other
        }
        (
            Item::Text { text, stream },
            Item::Text {
                text: same,
                stream: other,
            },
        ) if Arc::ptr_eq(text, same) => stream == other,
        _ => one == other,
    }
}

/// Changes in portions: each of one change at least, and of about so many bytes.
#[must_use]
pub fn portions(changes: Vec<Change>, bytes: usize) -> Vec<Vec<Change>> {
    let mut portions: Vec<Vec<Change>> = Vec::new();
    let mut room = 0;
    for change in changes {
        let size = change.size();
        if let Some(portion) = portions.last_mut().filter(|_| size <= room) {
            portion.push(change);
        } else {
            portions.push(vec![change]);
            room = bytes;
        }
        room = room.saturating_sub(size);
    }
    portions
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
    fn portions_are_together_all_changes_in_order() {
        let new: Vec<Item> = (1..40).map(|at| value(&"x".repeat(at * 10))).collect();
        let portions = portions(difference(&[], &new), 500);
        assert!(portions.len() > 5);
        let most = |portion: &Vec<Change>| portion.len() == 1 || portion.len() * 10 <= 500;
        assert!(portions.iter().all(most));
        let mut items = Vec::new();
        for portion in portions {
            apply(&mut items, portion);
        }
        assert_eq!(items, new);
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
