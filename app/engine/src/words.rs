//! The user's words: for statuses, for what is wrong, for times. Pure, so that they are tested as text.

use protocol::CellId;

use crate::analysis::TOO_DEEP;
use crate::diagnostic::{Absence, Problem};
use crate::status::{Culprit, Need, Shown, Status, Waiting};

/// The word or two shown beside a cell's status. `number` gives a cell's number for people.
#[must_use]
pub fn status(shown: &Shown, number: impl Fn(CellId) -> usize) -> String {
    match shown {
        Shown::Idle => String::new(),
        Shown::Queued(Waiting::Python) => "waits for Python".to_owned(),
        Shown::Queued(Waiting::Packages) => "waits for packages".to_owned(),
        Shown::Queued(Waiting::Turn(1)) => "next".to_owned(),
        Shown::Queued(Waiting::Turn(place @ 2..)) => format!("{} in line", ordinal(*place)),
        Shown::Queued(Waiting::Parent | Waiting::Turn(_)) => "waiting".to_owned(),
        Shown::Running { needs, .. } => match needs {
            None => "running".to_owned(),
            Some(Need::Input) => "running, waits for input".to_owned(),
            Some(Need::Permission) => "running, asks you".to_owned(),
        },
        // It came with the notebook, and nobody knows how long it took.
        Shown::Success { took_ms, .. } if *took_ms <= 0.0 => "done".to_owned(),
        Shown::Success { took_ms, .. } => duration(*took_ms),
        Shown::Error { word, .. } => word.clone(),
        Shown::Blocked(culprit) => blocked(culprit, number),
    }
}

fn blocked(culprit: &Culprit, number: impl Fn(CellId) -> usize) -> String {
    match culprit {
        Culprit::Diagnostic => "cannot run".to_owned(),
        Culprit::Failed(cell) => format!("blocked: cell {} failed", number(*cell)),
        Culprit::Stopped(cell) => format!("blocked: cell {} was stopped", number(*cell)),
        Culprit::Lost(cell) => format!("blocked: Python was lost in cell {}", number(*cell)),
        Culprit::Wrong(cell) => format!("blocked: cell {} cannot run", number(*cell)),
        Culprit::Disabled(cell) => format!("cell {} is turned off", number(*cell)),
    }
}

/// The cell whose fault it is that this one cannot run, where it is another.
#[must_use]
pub fn culprit(shown: &Shown) -> Option<CellId> {
    match shown {
        Shown::Blocked(
            Culprit::Failed(id)
            | Culprit::Stopped(id)
            | Culprit::Lost(id)
            | Culprit::Wrong(id)
            | Culprit::Disabled(id),
        ) => Some(*id),
        _ => None,
    }
}

/// A cell's accessible name: its number, what it makes, its status.
#[must_use]
pub fn label(number: usize, definitions: &[String], status: Status) -> String {
    let mut parts = vec![format!("Cell {number}")];
    match definitions {
        [] => {}
        [_] | [_, _] | [_, _, _] => parts.push(definitions.join(" ")),
        [first, second, rest @ ..] => {
            parts.push(format!("{first} {second} and {} more", rest.len()));
        }
    }
    parts.push(status.word().to_owned());
    parts.join(", ")
}

/// What is wrong, and what to do, as one or two sentences.
#[must_use]
pub fn problem(problem: &Problem, number: impl Fn(CellId) -> usize) -> String {
    match problem {
        Problem::Syntax { message } if message == TOO_DEEP => format!("{message}."),
        Problem::Syntax { message } => {
            let end = if message.ends_with('?') { "" } else { "." };
            format!("This does not parse yet: {message}{end}")
        }
        Problem::Ambiguous { name, others } => format!(
            "`{name}` is made by {}, so nobody knows which one is meant here. Choose one, or rename \
             the others.",
            cells(others, number)
        ),
        Problem::TwoTables { name, others } => format!(
            "A table `{name}` is also made by {}, and there is one database for all. Rename it in all \
             but one.",
            cells(others, number)
        ),
        Problem::Unknown { how } => format!("What `{how}` makes is known once this cell has run."),
        Problem::Found { names } => {
            format!(
                "This run also made {}, which other cells may read.",
                some(names)
            )
        }
        Problem::Missing { names } => format!("This run did not make {}.", some(names)),
        Problem::OtherVersion { asked, served } => {
            format!("`{asked}` is asked for here. This site has {served}, which is used.")
        }
        Problem::Absent { name, why } => match why {
            Absence::Unfetched { module } => format!(
                "This site has the package `{name}`. Write `import {module}` into the cell, and it is fetched."
            ),
            Absence::Failed { reason } => format!(
                "The package `{name}` could not be fetched. {reason} Run the cell again to try again."
            ),
            Absence::Nowhere => format!(
                "This site does not have the package `{name}`. Whoever builds the site can add it."
            ),
            Absence::Standard => {
                format!("`{name}` is a part of Python that does not run in a browser.")
            }
        },
        Problem::TurnedOff { name, owner } => format!(
            "`{name}` is made by cell {}, which is turned off.",
            number(*owner)
        ),
        Problem::Undefined { name, meant } => {
            let meant = meant
                .as_ref()
                .map(|meant| format!(" Did you mean `{meant}`?"));
            format!("Nothing here makes `{name}`.{}", meant.unwrap_or_default())
        }
        Problem::Private { name, owners } => format!(
            "Names that begin with `_` belong to their own cell, and `{name}` is made by {}. Rename it \
             without the `_` to read it here.",
            cells(owners, number)
        ),
        Problem::TooEarly { name } => {
            format!("`{name}` is read here before this cell makes it, and no other cell makes it.")
        }
        Problem::Rebinding { name, owner } => format!(
            "`{name}` belongs to cell {}, and this cell reads it and makes it again. Give the new value \
             a name of its own, for instance `{name}_2`.",
            number(*owner)
        ),
        Problem::Cycle { path, names } => {
            let steps = path.iter().zip(names);
            let steps =
                steps.map(|(cell, name)| format!("cell {} makes `{name}` for", number(*cell)));
            let steps: Vec<String> = steps.collect();
            let first = path.first().map_or(0, |cell| number(*cell));
            format!(
                "These cells wait for each other: {} cell {first}. Merge two of them, or rename a name.",
                steps.join(" ")
            )
        }
    }
}

/// A duration for people: "12 ms", "1.4 s", "2 min 5 s".
#[must_use]
pub fn duration(ms: f64) -> String {
    if ms < 1.0 {
        "under 1 ms".to_owned()
    } else if ms < 999.5 {
        format!("{ms:.0} ms")
    } else if ms < 59_950.0 {
        format!("{:.1} s", ms / 1000.0)
    } else {
        let seconds = (ms / 1000.0).round();
        format!(
            "{:.0} min {:.0} s",
            (seconds / 60.0).floor(),
            seconds % 60.0
        )
    }
}

/// The time that a running cell shows, in tenths below a minute.
#[must_use]
pub fn ticking(ms: f64) -> String {
    if ms < 59_950.0 {
        format!("{:.1} s", (ms / 100.0).floor() / 10.0)
    } else {
        duration(ms)
    }
}

/// The first few of these names.
fn some(names: &[String]) -> String {
    let shown: Vec<String> = names
        .iter()
        .take(5)
        .map(|name| format!("`{name}`"))
        .collect();
    match names.len().saturating_sub(5) {
        0 => shown.join(", "),
        more => format!("{} and {more} more", shown.join(", ")),
    }
}

fn cells(cells: &[CellId], number: impl Fn(CellId) -> usize) -> String {
    let numbers: Vec<usize> = cells.iter().map(|id| number(*id)).collect();
    let noun = if numbers.len() == 1 { "cell" } else { "cells" };
    format!("{noun} {}", list(&numbers))
}

fn list(numbers: &[usize]) -> String {
    let words: Vec<String> = numbers.iter().map(usize::to_string).collect();
    match words.as_slice() {
        [] => String::new(),
        [one] => one.clone(),
        [most @ .., last] => format!("{} and {last}", most.join(", ")),
    }
}

pub(crate) fn ordinal(place: u32) -> String {
    let ending = match (place % 10, place % 100) {
        (1, hundreds) if hundreds != 11 => "st",
        (2, hundreds) if hundreds != 12 => "nd",
        (3, hundreds) if hundreds != 13 => "rd",
        _ => "th",
    };
    format!("{place}{ending}")
}

/// A number with its digits in threes: `12,345`.
#[must_use]
pub fn thousands(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn number(id: CellId) -> usize {
        id.0 as usize
    }

    #[test]
    fn statuses_read_as_the_specification_says() {
        let cases = [
            (Shown::Idle, ""),
            (Shown::Queued(Waiting::Python), "waits for Python"),
            (Shown::Queued(Waiting::Parent), "waiting"),
            (Shown::Queued(Waiting::Turn(1)), "next"),
            (Shown::Queued(Waiting::Turn(2)), "2nd in line"),
            (Shown::Queued(Waiting::Turn(11)), "11th in line"),
            (Shown::Queued(Waiting::Turn(0)), "waiting"),
            (
                Shown::Blocked(Culprit::Failed(CellId(3))),
                "blocked: cell 3 failed",
            ),
        ];
        for (shown, expected) in cases {
            assert_eq!(status(&shown, number), expected);
        }
    }

    #[test]
    fn durations_read_naturally() {
        let cases = [
            (0.2, "under 1 ms"),
            (12.4, "12 ms"),
            (999.6, "1.0 s"),
            (1440.0, "1.4 s"),
            (59_949.0, "59.9 s"),
            (59_960.0, "1 min 0 s"),
            (125_000.0, "2 min 5 s"),
        ];
        for (ms, expected) in cases {
            assert_eq!(duration(ms), expected);
        }
    }

    #[test]
    fn a_label_names_the_cell_what_it_makes_and_its_status() {
        let names = |names: &[&str]| names.iter().map(ToString::to_string).collect::<Vec<_>>();
        assert_eq!(
            label(3, &names(&["plot"]), Status::Error),
            "Cell 3, plot, error"
        );
        assert_eq!(label(1, &[], Status::Idle), "Cell 1, idle");
        assert_eq!(
            label(2, &names(&["a", "b", "c", "d"]), Status::Success),
            "Cell 2, a b and 2 more, success"
        );
    }

    #[test]
    fn a_problem_says_what_is_wrong_and_what_to_do() {
        let ambiguous = Problem::Ambiguous {
            name: "x".to_owned(),
            others: vec![CellId(2), CellId(4)],
        };
        assert_eq!(
            problem(&ambiguous, number),
            "`x` is made by cells 2 and 4, so nobody knows which one is meant here. Choose one, or rename \
             the others."
        );
        let cycle = Problem::Cycle {
            path: vec![CellId(1), CellId(2)],
            names: vec!["a".to_owned(), "b".to_owned()],
        };
        assert_eq!(
            problem(&cycle, number),
            "These cells wait for each other: cell 1 makes `a` for cell 2 makes `b` for cell 1. Merge two \
             of them, or rename a name."
        );
    }
}
