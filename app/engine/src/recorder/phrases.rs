//! A recording in words: what the person did, and the chain of names from there to a cell.

use std::collections::BTreeMap;

use protocol::CellId;

use super::{Act, Doing, Trace, Via};

/// The longest name that is told, in characters.
pub(super) const NAME: usize = 80;
/// A chain is told whole up to so many cells after the first; of a longer one the ends are told.
const WHOLE: usize = 6;
/// How many cells are told of each end of a long chain.
const ENDS: usize = 2;

/// How cells are called: by their numbers.
pub type Number<'a> = &'a dyn Fn(CellId) -> usize;

/// What the person did, as it follows "because": "you ran cell 2".
#[must_use]
pub fn act(what: &Doing, number: Number) -> String {
    match what {
        Doing::Ran(id) => format!("you ran {}", cell(*id, number)),
        Doing::RanAll => "you ran all cells".to_owned(),
        Doing::RanStale => "you ran the stale cells".to_owned(),
        Doing::Moved { name, value, .. } => match (name.as_str(), value.as_str()) {
            ("", _) => "you moved a widget".to_owned(),
            (name, "") => format!("you pressed `{name}`"),
            (name, value) => format!("you moved `{name}` to {value}"),
        },
        Doing::Edited(Some(id)) => format!("you edited {}", cell(*id, number)),
        Doing::Edited(None) => "you changed the notebook".to_owned(),
        Doing::Undid => "you took a change back".to_owned(),
        Doing::Stopped => "you pressed Stop".to_owned(),
        Doing::Restarted => "Python was started".to_owned(),
    }
}

/// Why a cell ran: the chain of names from the person's act to it, as it follows "because".
#[must_use]
pub fn because(of: &Act, trace: &Trace, number: Number) -> String {
    let chain = chain(of, trace);
    let own = trace.cell;
    let called = |id: CellId| {
        if id == own {
            "this cell".to_owned()
        } else {
            cell(id, number)
        }
    };
    let mut text = match &of.what {
        Doing::Ran(id) if *id == own => "you ran it".to_owned(),
        Doing::Edited(Some(id)) if *id == own => "you edited it while it waited".to_owned(),
        what => act(what, number),
    };
    let length = chain.len();
    let left = length.saturating_sub(ENDS);
    for (at, step) in chain.iter().enumerate() {
        let is_told = length <= WHOLE || !(ENDS..left).contains(&at);
        let own = called(step.cell);
        let more = match &step.via {
            Via::Asked => String::new(),
            _ if !is_told && at > ENDS => String::new(),
            _ if !is_told => format!(", and so on through {} cells", left - ENDS),
            Via::Widget { name, .. } => format!(", which {own} reads as `{name}`"),
            Via::Reads { cell, name } => {
                format!(", and {own} reads `{name}` from {}", called(*cell))
            }
            Via::Needed { cell, name } => {
                let needs = called(*cell);
                format!(", and {needs} needs `{name}` from {own}, which Python did not have")
            }
        };
        text.push_str(&more);
    }
    text
}

/// The cells from the first that does not run by itself to this one.
fn chain<'a>(act: &'a Act, last: &'a Trace) -> Vec<&'a Trace> {
    let traces = act.traces.iter();
    let mut by_cell: BTreeMap<CellId, &Trace> = BTreeMap::new();
    for trace in traces {
        by_cell.insert(trace.cell, trace);
    }
    let mut chain = vec![last];
    let mut step = last;
    while let Via::Reads { cell, .. } | Via::Needed { cell, .. } = &step.via
        && let Some(before) = by_cell.get(cell)
        // Of what is read from a file nobody knows whether it comes to an end.
        && before.depth < step.depth
    {
        chain.push(before);
        step = before;
    }
    chain.retain(|step| step.via != Via::Asked);
    chain.reverse();
    chain
}

/// A cell by its number.
#[must_use]
pub fn cell(id: CellId, number: Number) -> String {
    match number(id) {
        0 => "a deleted cell".to_owned(),
        number => format!("cell {number}"),
    }
}
