//! A module that is cut into cells, in any order, leaves the same names with the same values as the
//! module itself: the real engine plans, and the kernel's Python part runs in a real `CPython`.

use std::io::{BufRead, BufReader, Write};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use engine::{Edit, Effect, Event, Session};
use protocol::{CellId, FromWorker, Names, Outcome, ToWorker};
use serde::Deserialize;
use serde_json::{Value, json};
use tests::random::Random;

const MODULES: u64 = 2_000;

struct Python {
    process: Child,
    to: ChildStdin,
    from: BufReader<ChildStdout>,
}

impl Python {
    fn start() -> Self {
        let script = concat!(env!("CARGO_MANIFEST_DIR"), "/python/drive.py");
        let mut process = Command::new("python3")
            .arg(script)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap_or_else(|error| panic!("python3: {error}"));
        let to = process.stdin.take().unwrap_or_else(|| panic!("no input"));
        let from = process.stdout.take().unwrap_or_else(|| panic!("no output"));
        Self {
            process,
            to,
            from: BufReader::new(from),
        }
    }

    fn ask(&mut self, line: &Value) -> Value {
        writeln!(self.to, "{line}").unwrap_or_else(|error| panic!("{error}"));
        let mut answer = String::new();
        self.from
            .read_line(&mut answer)
            .unwrap_or_else(|error| panic!("{error}"));
        serde_json::from_str(&answer).unwrap_or_else(|error| panic!("{error}: {answer}"))
    }
}

impl Drop for Python {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

#[derive(Deserialize)]
struct Ended {
    outcome: Outcome,
    #[serde(flatten)]
    names: Names,
}

/// Runs every cell of a session in a Python of its own.
fn run_all(session: &mut Session, python: &mut Python) {
    python.ask(&json!(["start"]));
    run(session, python, Event::RunAll);
}

/// Runs what an event wants, and returns the runs in their order: the cell's number, and `!` where it
/// failed.
fn run(session: &mut Session, python: &mut Python, event: Event) -> String {
    let mut ran = Vec::new();
    let mut events = vec![event];
    while let Some(event) = events.pop() {
        let mut next = Vec::new();
        for effect in session.handle(event) {
            let said = match effect {
                Effect::StartKernel(_) => vec![FromWorker::Ready {
                    python: "3".to_owned(),
                }],
                Effect::Post(ToWorker::Run(request)) => {
                    let answer = python.ask(&json!(["run", request]));
                    let ended: Ended =
                        serde_json::from_value(answer).unwrap_or_else(|error| panic!("{error}"));
                    let failed = ended.outcome != Outcome::Success;
                    let number = session
                        .notebook()
                        .place(request.cell)
                        .map_or(0, |at| at + 1);
                    ran.push(format!("{number}{}", if failed { "!" } else { "" }));
                    vec![FromWorker::Finished {
                        run: request.run,
                        outcome: ended.outcome,
                        took_ms: 1.0,
                        names: ended.names,
                    }]
                }
                Effect::Post(ToWorker::Forget { names }) => {
                    python.ask(&json!(["forget", names]));
                    Vec::new()
                }
                _ => Vec::new(),
            };
            let kernel = session.kernel_id();
            next.extend(
                said.into_iter()
                    .map(|said| Event::Kernel(kernel, said, Vec::new())),
            );
        }
        // What was said first is heard first.
        events.splice(0..0, next.into_iter().rev());
    }
    assert!(!session.is_active(), "everything ran");
    ran.join(" ")
}

fn write(session: &mut Session, cell: u32, source: &str) {
    let (cell, source) = (CellId(cell), source.into());
    let _ = session.handle(Event::Edit(Edit::Source { cell, source }));
}

#[test]
fn functions_of_two_cells_call_each_other_and_their_caller_follows_both() {
    let mut python = Python::start();
    let mut session = tests::mixed(&[
        "assert (is_even(10), is_even(7)) == (True, False)",
        "def is_even(n):\n    return True if n == 0 else is_odd(n - 1)",
        "def is_odd(n):\n    return False if n == 0 else is_even(n - 1)",
        "a = b + 1",
        "b = a + 1",
        "'apart'",
    ]);
    python.ask(&json!(["start"]));
    assert_eq!(run(&mut session, &mut python, Event::RunAll), "2 3 1 6");
    // The caller reads `is_even` only, and needs `is_odd` all the same.
    write(
        &mut session,
        3,
        "def is_odd(n):\n    return n > 0 and is_even(n - 1)",
    );
    let again = Event::Run(CellId(3));
    assert_eq!(run(&mut session, &mut python, again), "3 1");
    assert_eq!(run(&mut session, &mut python, Event::RunStale), "");
    // In a new Python it needs both again.
    python.ask(&json!(["start"]));
    assert_eq!(run(&mut session, &mut python, Event::Restart), "");
    let caller = Event::Run(CellId(1));
    assert_eq!(run(&mut session, &mut python, caller), "2 3 1");
}

#[test]
fn a_table_is_read_in_any_case_after_the_cell_that_makes_it() {
    let mut python = Python::start();
    let mut session = tests::mixed(&[
        "sql SELECT NAME FROM pupil",
        "sql CREATE TABLE Pupil (name TEXT); INSERT INTO PUPIL VALUES ('Ada')",
        "assert len(Pupil) == 1",
        "sql WITH pupil AS (SELECT * FROM main.PUPIL) SELECT * FROM pupil",
    ]);
    python.ask(&json!(["start"]));
    assert_eq!(run(&mut session, &mut python, Event::RunAll), "2 1 3 4");
    let source = "CREATE TABLE Pupil (name TEXT); INSERT INTO pupil VALUES ('Bob')";
    write(&mut session, 2, source);
    let again = Event::Run(CellId(2));
    assert_eq!(run(&mut session, &mut python, again), "2 1 3 4");
}

#[test]
fn a_handler_s_name_leaves_another_cell_s_alone() {
    let mut python = Python::start();
    let mut session = tests::mixed(&[
        "from math import e",
        "try:\n    1 / 0\nexcept ZeroDivisionError as e:\n    str(e)",
        "assert round(e, 3) == 2.718",
    ]);
    python.ask(&json!(["start"]));
    for (event, ran) in [
        (Event::RunAll, "1 2 3"),
        (Event::Run(CellId(2)), "2"),
        (Event::Run(CellId(3)), "3"),
    ] {
        assert_eq!(run(&mut session, &mut python, event), ran);
    }
}

/// What a name of a module stands for.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Sort {
    Number,
    List,
    Function,
    Class,
    Module,
}

/// A module of statements that define each name once.
fn module(random: &mut Random) -> Vec<String> {
    let mut names: Vec<(String, Sort)> = vec![("v0".to_owned(), Sort::Number)];
    let mut statements = vec!["v0 = 7".to_owned()];
    for at in 1..=2 + random.below(12) {
        let number = number(random, &names);
        let other = self::number(random, &names);
        // Names with an underscore are each cell's own; in the module they are distinct too.
        let new = format!("v{at}");
        let (sort, statement) = match random.below(15) {
            0 | 1 => (Sort::Number, format!("{new} = {number} + {other}")),
            2 => (
                Sort::Function,
                format!("def {new}(x, y={number}):\n    return x + y + {other}"),
            ),
            3 => (
                Sort::Function,
                format!("{new} = lambda x: [x for _ in range(2)][0] * {number} % 1000"),
            ),
            4 => (
                Sort::List,
                format!("{new} = [i + {number} for i in range(3) if i != {other} % 3]"),
            ),
            5 => (
                Sort::Class,
                format!(
                    "class {new}:\n    y = {number}\n    def get(self):\n        return {other}"
                ),
            ),
            6 => (Sort::Module, format!("import math as {new}")),
            7 => (
                Sort::Number,
                format!("if {number} > 50:\n    {new} = {other}\nelse:\n    {new} = -1"),
            ),
            8 => (
                Sort::Number,
                format!("_t{at} = {number}\n{new} = _t{at} % 97"),
            ),
            9 => (
                Sort::Number,
                format!("{new} = 0\nfor _i in range(3):\n    {new} += _i * {number}"),
            ),
            10 => (
                Sort::Number,
                format!("{new} = len(f'{{{number}:>5}}{{{other}!r}}')"),
            ),
            11 => (
                Sort::Number,
                format!(
                    "try:\n    {new} = {number} // 0\nexcept ZeroDivisionError as _e:\n    {new} = {other}"
                ),
            ),
            12 => (
                Sort::Number,
                format!(
                    "match {number} % 3:\n    case 0:\n        {new} = 1\n    case _rest:\n        {new} = _rest + {other}"
                ),
            ),
            13 => (
                Sort::Number,
                format!(
                    "def _helper{at}(x):\n    return x - {number}\n{new} = _helper{at}({other})"
                ),
            ),
            _ => (
                Sort::Function,
                format!("_base{at} = {number}\ndef {new}(x):\n    return x * _base{at} + {other}"),
            ),
        };
        names.push((new, sort));
        statements.push(statement);
    }
    statements
}

/// An expression for a number, made from what there is.
fn number(random: &mut Random, names: &[(String, Sort)]) -> String {
    let (name, sort) = &names[random.below(names.len())];
    match sort {
        Sort::Number => name.clone(),
        Sort::List => format!("sum({name})"),
        Sort::Function => format!("{name}({})", random.below(9)),
        Sort::Class => format!("{name}().get()"),
        Sort::Module => format!("{name}.floor(2.5)"),
    }
}

#[test]
fn a_module_in_cells_leaves_what_the_module_leaves() {
    let mut python = Python::start();
    for seed in 0..MODULES {
        let mut random = Random::new(seed);
        let statements = module(&mut random);
        // Neighbours are put into one cell, and the cells are shuffled.
        let mut cells: Vec<String> = Vec::new();
        for statement in &statements {
            match cells.last_mut() {
                Some(cell) if random.chance(30) => *cell = format!("{cell}\n{statement}"),
                _ => cells.push(statement.clone()),
            }
        }
        for at in (1..cells.len()).rev() {
            cells.swap(at, random.below(at + 1));
        }
        let mut session = tests::open(cells.iter().map(String::as_str));
        run_all(&mut session, &mut python);
        let failed: Vec<_> = session
            .notebook()
            .cells()
            .iter()
            .filter(|cell| session.view(cell.id).status() != engine::Status::Success)
            .collect();
        assert!(
            failed.is_empty(),
            "seed {seed}: {failed:#?}\n{}",
            statements.join("\n")
        );
        let differences = python.ask(&json!(["compare", statements.join("\n")]));
        assert_eq!(
            differences,
            json!([]),
            "seed {seed}:\n{}",
            cells.join("\n# ---\n")
        );
    }
}
