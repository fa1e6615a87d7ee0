//! What the graph says of names that nobody makes.

use engine::{Problem, words};
use protocol::CellId;

/// The hints on the cells, as people read them: `cell: text`.
fn hints(sources: &[&str]) -> Vec<String> {
    let session = tests::open(sources.iter().copied());
    let cells = session.notebook().cells();
    let number = |id: CellId| session.notebook().place(id).map_or(0, |at| at + 1);
    let told = cells.iter().flat_map(|cell| {
        let found = session.graph().diagnostics(cell.id).iter();
        let hints = found.filter(|found| {
            matches!(
                found.problem,
                Problem::Undefined { .. } | Problem::TooEarly { .. }
            )
        });
        hints.map(move |found| {
            assert!(!found.problem.blocks(), "a hint lets the cell run");
            assert!(!found.spans.is_empty(), "a hint says where");
            format!(
                "{}: {}",
                number(cell.id),
                words::problem(&found.problem, number)
            )
        })
    });
    told.collect()
}

#[test]
fn a_name_that_nobody_makes_is_told_with_what_may_be_meant() {
    for (sources, expected) in [
        (
            &["price = 4", "prcie * 2"][..],
            vec!["2: Nothing here makes `prcie`. Did you mean `price`?"],
        ),
        (&["total"], vec!["1: Nothing here makes `total`."]),
        (
            &["def f(): return undefined_name"],
            vec!["1: Nothing here makes `undefined_name`."],
        ),
        (
            &["pirnt(1)"],
            vec!["1: Nothing here makes `pirnt`. Did you mean `print`?"],
        ),
        (
            &["x += 1"],
            vec!["1: `x` is read here before this cell makes it, and no other cell makes it."],
        ),
        // Made elsewhere, by Python, by an import, or perhaps by what cannot be known.
        (&["b", "b = 1"], vec![]),
        (&["print(len([]))\ndisplay(1)\n__name__"], vec![]),
        (&["import math", "math.pi"], vec![]),
        (&["from math import *", "pi"], vec![]),
        (&["exec('y = 1')", "y"], vec![]),
        (&["def f(): return later\nlater = 1"], vec![]),
        (&["_own = 1\n_own"], vec![]),
    ] {
        assert_eq!(hints(sources), expected, "{sources:?}");
    }
}
