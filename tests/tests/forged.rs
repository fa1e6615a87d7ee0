//! A cell that runs says 100,000 things in the kernel's name: of every type and size, with forged ids,
//! wrong seals and names of prototypes. None of it panics, none changes another cell, and what the
//! kernel itself says afterwards still counts.

use engine::gate::{Gate, Refusal, Size};
use engine::packages::Catalog;
use engine::session::{KernelLife, Stored};
use engine::{Effect, Event, Kind, Notebook, Session, Status};
use protocol::{CellId, FromWorker, RunId, ToWorker};
use tests::random::Random;

const MESSAGES: usize = 100_000;
/// So many in one kernel, which the gate's patience allows.
const IN_ONE_KERNEL: usize = 100;
const KERNEL_SEAL: &str = "0123456789abcdef0123456789abcdef";

/// A notebook of which the first cell has run, the second runs and the third waits in the kernel.
struct World {
    session: Session,
    gate: Gate,
    now: f64,
    /// What was posted, with its seal.
    posted: Vec<(RunId, String)>,
}

impl World {
    fn new() -> Self {
        let sources = ["a = 1", "b = a + 1", "c = a + 2"];
        let cells = sources.into_iter().map(|source| (Kind::Python, source));
        let notebook = Notebook::from_sources("test", cells);
        let mut world = Self {
            session: Session::open(notebook, Stored::default(), Catalog::default()),
            gate: Gate::new(KERNEL_SEAL.to_owned(), 0.0),
            now: 0.0,
            posted: Vec::new(),
        };
        world.dispatch(Event::RunAll);
        world.say(KERNEL_SEAL, r#"{"type":"ready","python":"3"}"#);
        world.start(0);
        world.output(0, "first");
        world.finish(0);
        world.start(1);
        world
    }

    fn dispatch(&mut self, event: Event) {
        for effect in self.session.handle(event) {
            if let Effect::Post(ToWorker::Run(request)) = effect {
                let seal = format!("seal of {}", request.run);
                self.gate
                    .posted(request.run, request.cell, seal.clone(), self.now);
                self.posted.push((request.run, seal));
            }
        }
        assert_eq!(self.session.check(), Ok(()));
    }

    /// Something comes on the kernel's port.
    fn say(&mut self, seal: &str, text: &str) -> Option<Refusal> {
        self.now += 50.0;
        let size = Size {
            text: text.len(),
            ..Size::default()
        };
        let subject = match self.gate.weigh(seal, size, self.now) {
            Ok(subject) => subject,
            Err(refusal) => return Some(refusal),
        };
        match self.gate.read(subject, text) {
            Ok(message) => {
                let id = self.session.kernel_id();
                self.dispatch(Event::Kernel(id, message, Vec::new()));
                None
            }
            Err(refusal) => Some(refusal),
        }
    }

    fn say_of(&mut self, at: usize, words: impl Fn(RunId) -> String) {
        let (run, seal) = self.posted[at].clone();
        assert_eq!(self.say(&seal, &words(run)), None);
    }

    fn start(&mut self, at: usize) {
        self.say_of(at, |run| {
            format!(r#"{{"type":"started","run":{},"at":1}}"#, run.0)
        });
    }

    fn output(&mut self, at: usize, text: &str) {
        self.say_of(at, |run| output(&run.0.to_string(), text));
    }

    fn finish(&mut self, at: usize) {
        self.say_of(at, |run| {
            finished(&run.0.to_string(), r#"{"result":"success"}"#)
        });
    }

    /// What the first and the third cell show and are.
    fn others(&self) -> String {
        let of = |cell| {
            (
                self.session.view(CellId(cell)),
                self.session.output_view(CellId(cell)),
                self.session.evaluation(CellId(cell)).cloned(),
            )
        };
        format!("{:?}", (of(1), of(3)))
    }
}

fn output(run: &str, text: &str) -> String {
    format!(
        r#"{{"type":"output","run":{run},"output":{{"kind":"text","stream":"stdout","text":"{text}"}}}}"#
    )
}

fn finished(run: &str, outcome: &str) -> String {
    format!(r#"{{"type":"finished","run":{run},"outcome":{outcome},"took_ms":1,"names":{{}}}}"#)
}

/// Words in the kernel's name.
fn lie(random: &mut Random) -> String {
    let runs = [
        "0",
        "1",
        "2",
        "3",
        "4",
        "18446744073709551615",
        "-1",
        "1.5",
        "1e308",
        "\"2\"",
        "null",
        "[2]",
        "{\"__proto__\":2}",
    ];
    let run = runs[random.below(runs.len())];
    let strings = [
        "Enter your password",
        "__proto__",
        "constructor",
        "toString",
        "\\u0000",
        "\\ud800",
        "\\\"",
        "<script>alert(1)</script>",
    ];
    let string = strings[random.below(strings.len())];
    let numbers = ["0", "-1", "1e308", "1e-308", "4294967296", "null", "true"];
    let number = numbers[random.below(numbers.len())];
    let mut text = match random.below(20) {
        0 => format!(r#"{{"type":"booting","step":"{string}"}}"#),
        1 => format!(r#"{{"type":"ready","python":"{string}"}}"#),
        2 => format!(r#"{{"type":"installed","packages":["{string}"]}}"#),
        3 => format!(r#"{{"type":"install_failed","packages":["{string}"],"message":"{string}"}}"#),
        4 => format!(r#"{{"type":"started","run":{run},"at":{number}}}"#),
        5 | 6 => output(run, string),
        7 => format!(
            r#"{{"type":"output","run":{run},"output":{{"kind":"value","bundle":{{"{string}":{{"buffer":{number}}}}}}}}}"#
        ),
        8 => format!(
            r#"{{"type":"output","run":{run},"output":{{"kind":"tail","stream":"stderr","hidden_lines":{number},"text":"{string}"}}}}"#
        ),
        9 => finished(run, r#"{"result":"success"}"#),
        10 => finished(
            run,
            &format!(r#"{{"result":"kernel_lost","message":"{string}"}}"#),
        ),
        11 => finished(run, r#"{"result":"stopped"}"#),
        12 => finished(
            run,
            &format!(
                r#"{{"result":"error","name":"{string}","message":"","traceback":"","entries":[{{"cell":{number},"line":{number}}}]}}"#
            ),
        ),
        13 => format!(
            r#"{{"type":"finished","run":{run},"outcome":{{"result":"success"}},"took_ms":{number},"names":{{"bound":["a","c","{string}"],"missing":["a"],"deleted":["a","c"]}}}}"#
        ),
        14 => format!(r#"{{"type":"cancelled","cancel":{number},"from":{run},"began":{run}}}"#),
        15 => format!(r#"{{"type":"pong","ping":{number},"seen":{run},"busy":false}}"#),
        16 => format!(r#"{{"type":"died","message":"{string}"}}"#),
        17 => r#"{"type":"died","reason":"crashed"}"#.to_owned(),
        18 => format!(
            r#"{{"type":"answer","ask":{number},"answer":{{"answer":"help","title":"{string}","signature":"","text":"","type":""}}}}"#
        ),
        _ => format!(
            "{}{}",
            "[".repeat(random.below(300)),
            "]".repeat(random.below(300))
        ),
    };
    match random.below(8) {
        // Cut, doubled, with a byte changed, or one of many.
        0 => {
            let at = random.below(text.len() + 1);
            text.truncate(
                (0..=at)
                    .rev()
                    .find(|at| text.is_char_boundary(*at))
                    .unwrap_or(0),
            );
        }
        1 => text = format!("{text}{text}"),
        2 => {
            let at = random.below(text.len());
            let mut bytes = text.into_bytes();
            bytes[at] = u8::try_from(random.below(128)).unwrap_or(0);
            text = String::from_utf8_lossy(&bytes).into_owned();
        }
        3 => {
            text = text.replacen(
                '{',
                &format!(r#"{{"__proto__":{{"run":{run}}},"{string}":{number},"#),
                1,
            );
        }
        4 if random.chance(2) => text = output(run, &string.repeat(100_000)),
        _ => {}
    }
    text
}

fn forged_seal(random: &mut Random) -> String {
    match random.below(6) {
        0 => String::new(),
        1 => KERNEL_SEAL.to_uppercase(),
        2 => KERNEL_SEAL[..31].to_owned(),
        3 => format!("seal of r{}", random.below(1_000) + 10),
        4 => "__proto__".to_owned(),
        _ => "f".repeat(random.below(64)),
    }
}

#[test]
fn words_without_a_seal_change_nothing_at_all() {
    let mut random = Random::new(1);
    for _ in 0..MESSAGES / 2 / IN_ONE_KERNEL {
        let mut world = World::new();
        let before = format!("{:?}", world.session);
        for _ in 0..IN_ONE_KERNEL {
            let text = lie(&mut random);
            let refusal = world.say(&forged_seal(&mut random), &text);
            assert_eq!(refusal, Some(Refusal::Dropped), "{text}");
        }
        assert_eq!(format!("{:?}", world.session), before);
        assert_eq!(world.gate.refused() as usize, IN_ONE_KERNEL);
        // What the kernel itself says still counts.
        world.finish(1);
        world.start(2);
        world.finish(2);
        assert!((1..=3).all(|id| world.session.view(CellId(id)).status() == Status::Success));
    }
}

#[test]
fn words_under_the_seal_of_a_run_change_that_run_alone() {
    let mut random = Random::new(2);
    let mut ended = 0;
    for _ in 0..MESSAGES / 2 / IN_ONE_KERNEL {
        let mut world = World::new();
        let (_, own) = world.posted[1].clone();
        let mut before = world.others();
        let mut has_ended = false;
        for _ in 0..IN_ONE_KERNEL {
            let text = lie(&mut random);
            let _ = world.say(&own, &text);
            if !has_ended && world.session.running().is_none() {
                // It has said of itself that it ended, and that it bound or deleted names, as any cell
                // can: what the others are may follow from that; then nothing more does.
                has_ended = true;
                ended += 1;
                assert_eq!(world.session.evaluation(CellId(3)), None, "{text}");
                let first = world.session.output_view(CellId(1));
                assert_eq!(first.items.len(), 1, "{text}");
                before = world.others();
            }
            assert_eq!(world.others(), before, "{text}");
            assert_ne!(
                world.session.running().map(|(cell, _)| cell),
                Some(CellId(3))
            );
            let is_lost = matches!(world.session.kernel(), KernelLife::Lost { .. });
            assert!(!is_lost, "{text}");
        }
    }
    assert!(ended > 100, "the lies are good ones: {ended}");
}

#[test]
fn what_comes_after_the_end_of_a_run_is_added_to_its_evaluation_and_to_no_other() {
    let mut world = World::new();
    let text_of = |world: &World, cell| {
        let view = world.session.output_view(CellId(cell));
        format!("{:?}", view.items)
    };
    // Cell 2 runs, and a task of cell 1 prints.
    let before = text_of(&world, 2);
    world.output(0, "late");
    assert!(text_of(&world, 1).contains("firstlate"));
    assert_eq!(text_of(&world, 2), before);
    assert_eq!(world.session.view(CellId(1)).status(), Status::Success);
    assert!(!world.session.view(CellId(1)).stale);
    world.say_of(0, |run| {
        format!(
            r#"{{"type":"output","run":{},"output":{{"kind":"clear","wait":false}}}}"#,
            run.0
        )
    });
    world.output(0, "alone");
    assert!(!text_of(&world, 1).contains("first"));
    let stored = world.session.evaluation(CellId(1));
    assert!(stored.is_some_and(|last| format!("{:?}", last.outputs).contains("alone")));
    // The cell runs anew, and the old task goes on.
    world.finish(1);
    world.start(2);
    world.finish(2);
    world.dispatch(Event::Run(CellId(1)));
    world.start(3);
    world.output(0, "old task");
    world.output(3, "second");
    world.finish(3);
    let (run, seal) = world.posted[0].clone();
    let late = world.say(&seal, &output(&run.0.to_string(), "old task"));
    assert_eq!(late, Some(Refusal::Dropped));
    assert!(text_of(&world, 1).contains("second") && !text_of(&world, 1).contains("old task"));
}

#[test]
fn a_kernel_that_was_replaced_is_not_heard() {
    let mut world = World::new();
    let (run, seal) = world.posted[1].clone();
    let old = world.session.kernel_id();
    world.dispatch(Event::Stop);
    world.gate = Gate::new("another".to_owned(), world.now);
    assert_eq!(
        world.say(&seal, &output(&run.0.to_string(), "late")),
        Some(Refusal::Dropped)
    );
    let late = serde_json::from_str::<FromWorker>(&output(&run.0.to_string(), "late"));
    let before = world.others();
    world.dispatch(Event::Kernel(
        old,
        late.expect("it is a message"),
        Vec::new(),
    ));
    assert_eq!(world.others(), before);
}
