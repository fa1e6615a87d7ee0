//! What the graph says of names that nobody makes, and that it says the same however it came about.

use std::collections::BTreeSet;
use std::sync::Arc;

use engine::{Edit, Effect, Event, Graph, Kind, Problem, Session, words};
use protocol::CellId;
use tests::random::Random;

/// The hints on the cells, as people read them: `cell: text`.
fn hints(sources: &[&str]) -> Vec<String> {
    let session = tests::open(sources.iter().copied());
    let cells = session.notebook().cells();
    let number = |id: CellId| session.notebook().place(id).map_or(0, |at| at + 1);
    let told = cells.iter().flat_map(|cell| {
        let found = session.diagnostics(cell.id);
        let hints = found.into_iter().filter(|found| {
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

/// A cell of a few lines that make, read, rebind, import or hide a few names.
fn some_source(random: &mut Random) -> (Kind, String) {
    const NAMES: [&str; 6] = ["a", "b", "c", "d", "e", "f"];
    let one = NAMES[random.below(NAMES.len())];
    let other = NAMES[random.below(NAMES.len())];
    let line = match random.below(16) {
        0..=3 => format!("{one} = 1"),
        4..=7 => format!("{one} = {other}"),
        8 => format!("{one} += {other}"),
        9 => format!("import {one}"),
        10 => format!("import {one}.part"),
        11 => format!("_{one} = {other}"),
        12 => format!("def {one}(): return {other}"),
        13 => format!("from {one} import *"),
        14 => {
            return (
                Kind::Sql,
                format!("CREATE TABLE {one} AS SELECT * FROM {other}"),
            );
        }
        _ => return (Kind::Markdown, format!("{{{one}}} and {other}")),
    };
    let more = match random.below(3) {
        0 => format!("\n{other} = 2"),
        1 => format!("\nprint({one}, {other})"),
        _ => String::new(),
    };
    (Kind::Python, line + &more)
}

/// What a graph says of each cell.
fn all_of(session: &Session, graph: &Graph) -> Vec<String> {
    let cells = session.notebook().cells().iter();
    let cells = cells.filter(|cell| graph.contains(cell.id));
    let told = cells.map(|cell| {
        let id = cell.id;
        let made = session.analysis(id).map(|found| found.definitions.keys());
        let exports: Vec<_> = made
            .into_iter()
            .flatten()
            .filter(|name| graph.exports(id, name))
            .collect();
        format!(
            "{id} reads {:?}, gives to {:?}, makes {exports:?}, {} {:?}",
            graph.parents(id).collect::<Vec<_>>(),
            graph.children(id).collect::<Vec<_>>(),
            graph.is_blocked(id),
            graph.diagnostics(id),
        )
    });
    told.chain([format!("{:?}", graph.order())]).collect()
}

#[test]
fn a_graph_kept_up_edit_by_edit_is_the_one_that_is_built_anew() {
    for seed in 0..3_000 {
        let mut random = Random::new(seed);
        let mut session = tests::open([]);
        // What the page was told of each cell.
        let mut told: Vec<String> = Vec::new();
        for _ in 0..40 {
            let cells = session.notebook().cells();
            let count = cells.len();
            let some = (count > 0).then(|| cells[random.below(count.max(1))].id);
            let (kind, source) = some_source(&mut random);
            let edit = match (random.below(10), some) {
                (0..=2, _) | (_, None) => Edit::Insert {
                    at: random.below(count + 1),
                    cell: session.notebook().new_cell(kind, &source),
                },
                (3, Some(cell)) => Edit::Delete { cell },
                (4, Some(cell)) => Edit::Move {
                    cell,
                    to: random.below(count),
                },
                (5, Some(cell)) => Edit::Kind { cell, kind },
                (_, Some(cell)) => Edit::Source {
                    cell,
                    source: source.into(),
                },
            };
            let effects = session.handle(Event::Edit(edit));
            let concerned: BTreeSet<CellId> = effects
                .into_iter()
                .filter_map(|effect| match effect {
                    Effect::Names(cells) => Some(cells),
                    _ => None,
                })
                .flatten()
                .collect();
            let mut now = all_of(&session, session.graph());
            now.pop();
            let is_told = |line: &&String| {
                let mut known = concerned.iter();
                told.contains(line) || known.any(|id| line.starts_with(&format!("{id} ")))
            };
            assert_eq!(
                now.iter().find(|line| !is_told(line)),
                None,
                "seed {seed}: {told:#?}"
            );
            told = now;
            let cells = session.notebook().cells().iter();
            let cells: Vec<(CellId, Arc<_>)> = cells
                .filter_map(|cell| Some((cell.id, Arc::new(session.analysis(cell.id)?.clone()))))
                .collect();
            let fresh = Graph::build(&cells);
            assert_eq!(
                all_of(&session, session.graph()),
                all_of(&session, &fresh),
                "seed {seed}"
            );
        }
    }
}

#[test]
fn a_chain_of_ten_thousand_cells_needs_no_deep_stack() {
    let sources: Vec<String> = (0..10_000)
        .map(|at| {
            if at == 9_999 {
                "n9999 = n0".to_owned()
            } else {
                format!("n{at} = n{}", at + 1)
            }
        })
        .collect();
    // As little as a browser gives.
    let thread = std::thread::Builder::new().stack_size(256 * 1024);
    let built = thread.spawn(move || {
        let mut session = tests::open(sources.iter().map(String::as_str));
        assert!(
            session.graph().is_in_cycle(CellId(1)),
            "all wait for each other"
        );
        let source = "n9999 = 1".into();
        let _ = session.handle(Event::Edit(Edit::Source {
            cell: CellId(10_000),
            source,
        }));
        assert_eq!(session.graph().order().first(), Some(&CellId(10_000)));
        let _ = session.handle(Event::RunAll);
    });
    let built = built.map(std::thread::JoinHandle::join);
    assert!(matches!(built, Ok(Ok(()))), "it came to an end");
}
