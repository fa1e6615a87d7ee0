//! The buttons beside a problem, and renaming: what they make of the cells, and that one undo takes it
//! back.

use engine::fixes::{Way, edit, rename, ways};
use engine::{Event, Problem, Session};
use protocol::CellId;

fn sources(session: &Session) -> Vec<String> {
    let cells = session.notebook().cells().iter();
    cells.map(|cell| cell.source.to_string()).collect()
}

/// All buttons of a cell, each with the problem beside it.
fn buttons(session: &Session, id: CellId) -> Vec<(Problem, Way, String)> {
    let found = session.diagnostics(id).into_iter();
    let buttons = found.flat_map(|found| {
        let ways = ways(session, &found.problem).into_iter();
        let problem = found.problem;
        ways.map(move |(way, text)| (problem.clone(), way, text))
    });
    buttons.collect()
}

/// The button with this text makes other cells of these, and undo takes it back.
fn check(before: &[&str], cell: u32, text: &str, after: &[&str]) {
    let mut session = tests::open(before.iter().copied());
    let offered = buttons(&session, CellId(cell));
    let button = offered.iter().find(|(_, _, said)| said == text);
    let Some((problem, way, _)) = button else {
        panic!("{before:?} offers {offered:?}");
    };
    let edit = edit(&session, CellId(cell), problem, *way);
    let edit = edit.unwrap_or_else(|refusal| panic!("{before:?}: {refusal}"));
    let _ = session.handle(Event::Edit(edit));
    assert_eq!(sources(&session), after);
    let _ = session.handle(Event::Undo);
    assert_eq!(sources(&session), before, "after undo");
}

#[test]
fn a_button_does_what_it_says_and_undo_takes_it_back() {
    for (before, cell, text, after) in [
        // Rebinding.
        (
            &["df = 1", "df = df + 2\nprint(df)", "df"][..],
            2,
            "Give it a name of its own",
            &["df = 1", "df_2 = df + 2\nprint(df_2)", "df"][..],
        ),
        (
            &["x = 1", "x += 1 * 2\nx += 3"],
            2,
            "Give it a name of its own",
            &["x = 1", "x_2 = x + (1 * 2)\nx_2 += 3"],
        ),
        (
            &["x = 1\nx_2 = 0", "x = [x for y in z if x]"],
            2,
            "Give it a name of its own",
            &["x = 1\nx_2 = 0", "x_3 = [x for y in z if x]"],
        ),
        (
            &["x = 1", "if x:\n    x = x + 1"],
            2,
            "Merge with cell 1",
            &["x = 1\nif x:\n    x = x + 1"],
        ),
        // Ambiguous references.
        (
            &["x = 1\nprint(x)", "x = 2\ny = x", "x"],
            3,
            "Use cell 1's",
            &["x = 1\nprint(x)", "_x = 2\ny = _x", "x"],
        ),
        (
            &["x = 1", "x = 2\n_x = 3", "x", "x = 4"],
            3,
            "Use cell 1's",
            &["x = 1", "x_2 = 2\n_x = 3", "x", "_x = 4"],
        ),
        (
            &["import a\na", "a = 1", "a"],
            3,
            "Use cell 2's",
            &["import a as _a\n_a", "a = 1", "a"],
        ),
        (
            &["x = 1", "x = 2\n", "x"],
            3,
            "Merge cells 1 and 2",
            &["x = 1\nx = 2", "x"],
        ),
        // What is meant.
        (
            &["length = 1", "print(lenght + lenght)"],
            2,
            "Change to `length`",
            &["length = 1", "print(length + length)"],
        ),
        (
            &["pirnt('ü', pirnt)"],
            1,
            "Change to `print`",
            &["print('ü', print)"],
        ),
    ] {
        check(before, cell, text, after);
    }
}

#[test]
fn a_name_with_an_underscore_is_shared_by_a_button() {
    for (before, cell, text, after) in [
        (
            &[
                "def _clean(t): return t\n_clean(1)",
                "print(_clean('a'))",
                "_clean",
            ][..],
            2,
            "Share it as `clean`",
            &[
                "def clean(t): return t\nclean(1)",
                "print(clean('a'))",
                "clean",
            ][..],
        ),
        (
            &[
                "__version__ = '1'\nversion = 2",
                "print(__version__, __name__)",
            ],
            2,
            "Share it as `version_2`",
            &["version_2 = '1'\nversion = 2", "print(version_2, __name__)"],
        ),
        (
            &["_list = 1", "_list = 2", "_list"],
            3,
            "Share cell 2's as `shared`",
            &["_list = 1", "shared = 2", "shared"],
        ),
    ] {
        check(before, cell, text, after);
    }
}

#[test]
fn every_offered_way_out_of_a_blocked_cell_is_one() {
    for cells in [
        &["x = 1", "x = x + 1"][..],
        &["x = 1", "x += 1"],
        &["x = 1", "x = 2", "x"],
        &["def f(): return 1", "f = f()", "f"],
        &["import a", "a = 1", "a.b"],
        &["for i in y: print(i)", "for i in z: i", "i", "y = z = []"],
    ] {
        let blocked = |session: &Session| {
            let cells = session.notebook().cells().iter();
            let blocked = cells.filter(|cell| session.graph().is_blocked(cell.id));
            blocked.map(|cell| cell.id).collect::<Vec<_>>()
        };
        let session = tests::open(cells.iter().copied());
        for id in blocked(&session) {
            let offered = buttons(&session, id);
            assert!(!offered.is_empty(), "{cells:?}");
            for (problem, way, text) in offered {
                let mut session = tests::open(cells.iter().copied());
                let edit = edit(&session, id, &problem, way);
                let edit = edit.unwrap_or_else(|refusal| panic!("{cells:?} {text}: {refusal}"));
                let _ = session.handle(Event::Edit(edit));
                assert!(
                    !blocked(&session).contains(&id),
                    "{cells:?} {text}: {:?}",
                    sources(&session)
                );
            }
        }
    }
}

#[test]
fn a_name_is_renamed_in_every_cell_that_means_it() {
    for (before, cell, old, new, after) in [
        (
            &[
                "x = 1\nprint(x)",
                "def f(y):\n    return x + y\nf'{x} {x!r}'",
                "a.x = {'x': x}\nf(x=x)",
            ][..],
            1,
            "x",
            "width",
            &[
                "width = 1\nprint(width)",
                "def f(y):\n    return width + y\nf'{width} {width!r}'",
                "a.x = {'x': width}\nf(x=width)",
            ][..],
        ),
        (
            &[
                "def f():\n    global n\n    n = 1\nn = 0\ndel n",
                "lambda n: n",
                "[n for n in range(3)]",
            ],
            1,
            "n",
            "count",
            &[
                "def f():\n    global count\n    count = 1\ncount = 0\ndel count",
                "lambda n: n",
                "[n for n in range(3)]",
            ],
        ),
        (
            &["import numpy\nfrom math import pi", "numpy.pi + pi"],
            2,
            "numpy",
            "np",
            &["import numpy as np\nfrom math import pi", "np.pi + pi"],
        ),
        (
            &["import numpy\nfrom math import pi", "numpy.pi + pi"],
            2,
            "pi",
            "half",
            &[
                "import numpy\nfrom math import pi as half",
                "numpy.pi + half",
            ],
        ),
        // Each cell's own.
        (&["i = 1\ni", "i = 2"], 1, "i", "j", &["j = 1\nj", "i = 2"]),
        (
            &["_i = 1\n_i", "_i = 2"],
            2,
            "_i",
            "_j",
            &["_i = 1\n_i", "_j = 2"],
        ),
        (
            &["größe = 'ü'\nprint('🦀', größe)", "größe"],
            2,
            "größe",
            "länge",
            &["länge = 'ü'\nprint('🦀', länge)", "länge"],
        ),
        // Python reads both as one name.
        (
            &["ﬁle = 1\nﬁle", "file"],
            2,
            "file",
            "data",
            &["data = 1\ndata", "data"],
        ),
    ] {
        let mut session = tests::open(before.iter().copied());
        let edit = rename(&session, CellId(cell), old, new);
        let edit = edit.unwrap_or_else(|error| panic!("{before:?}: {error}"));
        let _ = session.handle(Event::Edit(edit));
        assert_eq!(sources(&session), after);
        let _ = session.handle(Event::Undo);
        assert_eq!(sources(&session), before, "after undo");
    }
}

#[test]
fn a_name_that_would_mean_something_else_is_refused_with_a_sentence() {
    for (cells, new, refusal) in [
        (&["x = 1"][..], "2x", "`2x` cannot be a name in Python."),
        (&["x = 1"], "class", "`class` cannot be a name in Python."),
        (&["x = 1"], "", "Write the new name first."),
        (&["x = 1"], "x", "`x` has this name already."),
        (
            &["x = 1", "y = 1"],
            "y",
            "Other cells use `y` already. Choose a name that is free.",
        ),
        (
            &["x = 1", "sum([1])"],
            "sum",
            "Other cells use `sum` already. Choose a name that is free.",
        ),
        (
            &["x = 1", "def f(y): return x + y"],
            "y",
            "Cell 2 uses `y` already. Choose a name that is free.",
        ),
        (
            &["x = 1", "x"],
            "_x",
            "`_x` begins with `_`, so no other cell could read it. Choose another name.",
        ),
        (
            &["import x.part\nx"],
            "z",
            "Cell 1 imports a part of a package under this name, which cannot be renamed.",
        ),
    ] {
        let session = tests::open(cells.iter().copied());
        assert_eq!(
            rename(&session, CellId(1), "x", new),
            Err(refusal.to_owned())
        );
    }
}

#[test]
fn a_cell_that_does_not_parse_is_not_rewritten() {
    let mut session = tests::open(["x = 1", "print(x)"]);
    let typed = |source: &str| engine::Edit::Source {
        cell: CellId(2),
        source: source.into(),
    };
    let _ = session.handle(Event::Edit(typed("if print(x)")));
    let refusal =
        "Cell 2 does not parse yet. Mend it first, so that nothing in it is changed by mistake.";
    assert_eq!(
        rename(&session, CellId(1), "x", "y"),
        Err(refusal.to_owned())
    );
}

#[test]
fn a_button_that_was_shown_for_older_text_changes_the_newest() {
    let mut session = tests::open(["x = 1", "x = 2", "x"]);
    let (problem, way, _) = buttons(&session, CellId(3)).swap_remove(0);
    let typed = engine::Edit::Source {
        cell: CellId(2),
        source: "x = 2222  # typed since".into(),
    };
    let _ = session.handle(Event::Edit(typed));
    let edit =
        edit(&session, CellId(3), &problem, way).unwrap_or_else(|refusal| panic!("{refusal}"));
    let _ = session.handle(Event::Edit(edit.clone()));
    assert_eq!(sources(&session)[1], "_x = 2222  # typed since");
    // Where the problem is gone, so is the button's edit.
    let again = engine::fixes::edit(&session, CellId(3), &problem, way);
    assert!(again.is_err());
}

#[test]
fn typing_after_a_rename_is_not_taken_back_with_it() {
    let mut session = tests::open(["x = 1", "x"]);
    let edit = rename(&session, CellId(1), "x", "y").unwrap_or_else(|error| panic!("{error}"));
    let _ = session.handle(Event::Edit(edit));
    let typed = engine::Edit::Source {
        cell: CellId(1),
        source: "y = 1  # typed since".into(),
    };
    let _ = session.handle(Event::Edit(typed));
    let _ = session.handle(Event::Undo);
    assert_eq!(sources(&session), ["y = 1  # typed since", "y"]);
}

#[test]
fn a_table_is_renamed_in_whatever_letters_it_is_written() {
    let mut session = tests::open(["print(Pupil)"]);
    for (at, source) in [
        "CREATE TABLE Pupil (x); SELECT * FROM PUPIL",
        "SELECT * FROM pupil",
    ]
    .into_iter()
    .enumerate()
    {
        let cell = session.notebook().new_cell(engine::Kind::Sql, source);
        let _ = session.handle(Event::Edit(engine::Edit::Insert { at, cell }));
    }
    for (cell, old) in [(2, "Pupil"), (3, "pupil"), (1, "Pupil")] {
        let edit = rename(&session, CellId(cell), old, "child");
        let edit = edit.unwrap_or_else(|refusal| panic!("{refusal}"));
        let _ = session.handle(Event::Edit(edit));
        assert_eq!(
            sources(&session),
            [
                "CREATE TABLE child (x); SELECT * FROM child",
                "SELECT * FROM child",
                "print(child)"
            ]
        );
        let _ = session.handle(Event::Undo);
    }
}

#[test]
fn a_name_is_renamed_in_cells_for_ipython_too() {
    let before = [
        "%%time\nroots = [1]",
        "%time print(roots)\n!echo {roots} $roots ROOTS",
        "%%capture roots_2\nx = %timeit -o sum(roots)\nroots?",
        ">>> y = roots\n... roots",
        "%%bash\necho roots",
    ];
    let mut session = tests::open(before);
    let edit =
        rename(&session, CellId(4), "roots", "r").unwrap_or_else(|refusal| panic!("{refusal}"));
    let _ = session.handle(Event::Edit(edit));
    let after = [
        "%%time\nr = [1]",
        "%time print(r)\n!echo {r} $r ROOTS",
        "%%capture roots_2\nx = %timeit -o sum(r)\nr?",
        ">>> y = r\n... r",
        "%%bash\necho roots",
    ];
    assert_eq!(sources(&session), after);
    let edit =
        rename(&session, CellId(3), "roots_2", "out").unwrap_or_else(|refusal| panic!("{refusal}"));
    let _ = session.handle(Event::Edit(edit));
    assert!(sources(&session)[2].starts_with("%%capture out\n"));
}

#[test]
fn a_cell_with_a_command_for_all_of_it_is_merged_with_none() {
    let session = tests::open(["x = 1", "%%time\nx = x + 1"]);
    let offered = buttons(&session, CellId(2));
    let (problem, way, _) = offered
        .iter()
        .find(|(_, _, text)| text == "Merge with cell 1")
        .unwrap_or_else(|| panic!("{offered:?}"));
    let refused = edit(&session, CellId(2), problem, *way).expect_err("two commands");
    assert!(
        refused.contains("Cell 2 begins with a command"),
        "{refused}"
    );
}
