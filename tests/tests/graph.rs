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
                Problem::Undefined { .. } | Problem::TooEarly { .. } | Problem::Private { .. }
            )
        });
        hints.map(move |found| {
            assert!(!found.problem.blocks(), "a hint lets the cell run");
            assert!(found.problem.is_about_unknown_names(), "and can wait");
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
        // Names in Python are compared after NFKC, and tables whatever their case.
        (&["ﬁle = 1", "file", "{ﬁle}"], vec![]),
    ] {
        assert_eq!(hints(sources), expected, "{sources:?}");
    }
}

#[test]
fn a_private_name_of_another_cell_is_told_with_the_cell_that_has_it() {
    let of = |cells: &str, name: &str| {
        format!(
            "Names that begin with `_` belong to their own cell, and `{name}` is made by {cells}. Rename \
             it without the `_` to read it here."
        )
    };
    for (sources, expected) in [
        (
            &["def _clean(text): pass", "print(_clean('a'))"][..],
            vec![format!("2: {}", of("cell 1", "_clean"))],
        ),
        (
            &["def f(): return _x", "_x = 1", "_x = 2"],
            vec![format!("1: {}", of("cells 2 and 3", "_x"))],
        ),
        (
            &["__version__ = '1'", "print(__version__, __name__, __doc__)"],
            vec![format!("2: {}", of("cell 1", "__version__"))],
        ),
        // What cannot be known of other cells cannot be a name like this.
        (
            &["from a import *\n_x = 1", "_x"],
            vec![format!("2: {}", of("cell 1", "_x"))],
        ),
        (&["_x = 1\n_x", "_x = 2", "_, a = 1, 2"], vec![]),
        (
            &["def f(n):\n    def _g(k): return _g(k)\n    return _g(n)"],
            vec![],
        ),
        (&["_x"], vec!["1: Nothing here makes `_x`.".to_owned()]),
        (
            &["_price = 1\n_prcie"],
            vec!["1: Nothing here makes `_prcie`. Did you mean `_price`?".to_owned()],
        ),
        (
            &["_n += 1"],
            vec![
                "1: `_n` is read here before this cell makes it, and no other cell makes it."
                    .to_owned(),
            ],
        ),
        (&["exec('_x = 1')\n_x"], vec![]),
    ] {
        assert_eq!(hints(sources), expected, "{sources:?}");
    }
}

/// Who reads whom, as `child < parents`, and what is told.
fn edges(session: &Session) -> Vec<String> {
    let number = |id: CellId| session.notebook().place(id).map_or(0, |at| at + 1);
    let cells = session.notebook().cells().iter();
    let lines = cells.flat_map(|cell| {
        let parents = session.graph().parents(cell.id);
        let mut parents: Vec<usize> = parents.map(|(parent, _)| number(parent)).collect();
        parents.sort_unstable();
        let edges = format!("{} < {parents:?}", number(cell.id));
        let told = session.diagnostics(cell.id).into_iter().map(move |found| {
            let said = words::problem(&found.problem, number);
            format!("{}: {said}", number(cell.id))
        });
        let edges = (!parents.is_empty()).then_some(edges);
        edges.into_iter().chain(told).collect::<Vec<_>>()
    });
    lines.collect()
}

#[test]
fn a_table_is_the_same_in_any_case_and_a_variable_is_not() {
    for (sources, expected) in [
        (
            &[
                "sql SELECT name FROM pupil",
                "sql CREATE TABLE Pupil (name); INSERT INTO PUPIL VALUES (1)",
                "print(len(Pupil))",
                "sql INSERT INTO PUPIL VALUES (2)",
            ][..],
            vec!["1 < [2]", "3 < [2]", "4 < [2]"],
        ),
        (
            &["Rain = []", "sql SELECT * FROM rain"],
            vec!["2: Nothing here makes `rain`. Did you mean `Rain`?"],
        ),
        (
            &["sql CREATE TABLE Pupil (x)", "print(pupil)"],
            vec!["2: Nothing here makes `pupil`. Did you mean `Pupil`?"],
        ),
        (
            &["sql CREATE TABLE Pupil (x)", "sql CREATE TABLE pupil (x)"],
            vec![
                "1: A table `Pupil` is also made by cell 2, and there is one database for all. Rename \
                 it in all but one.",
                "2: A table `pupil` is also made by cell 1, and there is one database for all. Rename \
                 it in all but one.",
            ],
        ),
        (
            &["sql DROP TABLE IF EXISTS pupil; CREATE TABLE Pupil (x)"],
            vec![],
        ),
        // SQLite knows the capitals of ASCII only.
        (
            &["sql CREATE TABLE Äpfel (x)", "sql SELECT * FROM äpfel"],
            vec!["2: Nothing here makes `äpfel`. Did you mean `Äpfel`?"],
        ),
        (&["ﬁ = 1", "sql SELECT :fi, :ﬁ"], vec!["2 < [1]"]),
    ] {
        assert_eq!(edges(&tests::mixed(sources)), expected, "{sources:?}");
    }
}

#[test]
fn a_table_that_comes_and_goes_in_other_letters_moves_its_readers() {
    let mut session = tests::mixed(&["sql SELECT * FROM pupil", "x = 1", "print(PUPIL)"]);
    let undefined = "1: Nothing here makes `pupil`.";
    assert_eq!(edges(&session)[0], undefined);
    let write = |session: &mut Session, source: &str| {
        let (cell, source) = (CellId(2), source.into());
        let _ = session.handle(Event::Edit(Edit::Source { cell, source }));
    };
    let _ = session.handle(Event::Edit(Edit::Kind {
        cell: CellId(2),
        kind: Kind::Sql,
    }));
    write(&mut session, "CREATE TABLE Pupil (x)");
    assert_eq!(edges(&session)[0], "1 < [2]");
    write(&mut session, "CREATE TABLE PUPIL (x)");
    assert_eq!(edges(&session), ["1 < [2]", "3 < [2]"]);
    write(&mut session, "CREATE TABLE people (x)");
    assert_eq!(edges(&session)[0], "1: Nothing here makes `pupil`.");
}

/// The order in which cells run, by their numbers.
fn order(session: &Session) -> Vec<usize> {
    let ids = session.graph().order().iter();
    ids.map(|id| session.notebook().place(*id).map_or(0, |at| at + 1))
        .collect()
}

#[test]
fn functions_that_call_each_other_do_not_wait_and_their_callers_wait_for_all() {
    let even = "def is_even(n):\n    return n == 0 or is_odd(n - 1)";
    let odd = "def is_odd(n):\n    return n > 0 and is_even(n - 1)";
    // Who reads one of them needs both.
    let session = tests::mixed(&["print(is_even(10))", even, odd, "print(is_odd(7))", "x = 1"]);
    assert_eq!(edges(&session), ["1 < [2, 3]", "4 < [2, 3]"]);
    assert_eq!(order(&session), [2, 3, 1, 4, 5]);
    let children: Vec<CellId> = session.graph().children(CellId(2)).collect();
    assert_eq!(children, [CellId(1), CellId(4)]);
    assert!(!session.graph().is_in_cycle(CellId(2)));
    // What they read besides comes before them, and before their callers.
    let session = tests::mixed(&[
        "is_even(2)",
        &format!("{even} * zero"),
        odd,
        "zero = is_zero(0)",
        "def is_zero(n): return n == 0",
    ]);
    assert_eq!(edges(&session), ["1 < [2, 3]", "2 < [4]", "4 < [5]"]);
    assert_eq!(order(&session), [3, 5, 4, 2, 1]);
    // Two such components, one of which calls the other.
    let session = tests::mixed(&[
        "a()",
        "def a(): b()",
        "def b(): a(); c()",
        "def c(): d()",
        "def d(): c()",
    ]);
    assert_eq!(edges(&session), ["1 < [2, 3]", "3 < [4, 5]"]);
    assert_eq!(order(&session), [2, 4, 5, 3, 1]);
    // Methods of classes, and functions that other cells decorate.
    let session = tests::mixed(&[
        "class Lexer:\n    def all(self): return Parser()",
        "from functools import cache",
        "@cache\ndef Parser(): return Lexer()",
    ]);
    assert_eq!(edges(&session), ["3 < [2]"]);
}

#[test]
fn a_cycle_in_which_one_reads_at_once_is_one() {
    for sources in [
        // Values.
        &["a = b + 1", "b = a + 1"][..],
        // Called while the cell runs.
        &["def f(): return g()", "def g(): return f()\ng()"],
        &["def f(): return g()", "def g(): return f()\nx = [g]"],
        &[
            "def f(): return g()",
            "class G:\n    def g(self): f()\nG()",
            "g = 1 + G",
        ],
        // Lambdas, generators and defaults may be used where they stand.
        &["f = lambda: g()", "def g(): return f()"],
        &["f = sum(g(x) for x in [1])", "def g(x): return f"],
        &["def f(x=g()): pass", "def g(): return f()"],
        &["def f(): return g()", "exec('')\ndef g(): return f()"],
        // Through a third.
        &["def f(): return g()", "def g(): return h", "h = f()"],
    ] {
        let session = tests::mixed(sources);
        assert!(session.graph().is_in_cycle(CellId(1)), "{sources:?}");
        assert!(session.graph().is_in_cycle(CellId(2)), "{sources:?}");
    }
    // What is told is the cycle of values, not of the functions beside it.
    let session = tests::mixed(&["def f(): return g() + x", "def g(): return f()", "x = g()"]);
    let told = "These cells wait for each other: cell 1 makes `f` for cell 2 makes `g` for cell 3 makes \
                `x` for cell 1. Merge two of them, or rename a name.";
    assert_eq!(edges(&session)[1], format!("1: {told}"));
}

/// A cell of a few lines that make, read, rebind, import or hide a few names.
fn some_source(random: &mut Random) -> (Kind, String) {
    const NAMES: [&str; 6] = ["a", "b", "c", "d", "e", "f"];
    let in_sql = |random: &mut Random, name: &str| match random.below(2) {
        0 => name.to_uppercase(),
        _ => name.to_owned(),
    };
    let one = NAMES[random.below(NAMES.len())];
    let other = NAMES[random.below(NAMES.len())];
    let line = match random.below(18) {
        0..=3 => format!("{one} = 1"),
        4..=7 => format!("{one} = {other}"),
        8 => format!("{one} += {other}"),
        9 => format!("import {one}"),
        10 => format!("import {one}.part"),
        11 => format!("_{one} = {other}"),
        12 | 13 => format!("def {one}(): return {other}"),
        14 => format!("print(_{one}, _{other})"),
        15 => format!("from {one} import *"),
        16 => {
            let (one, other) = (in_sql(random, one), in_sql(random, other));
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
    for seed in 0..tests::many(3_400) {
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
