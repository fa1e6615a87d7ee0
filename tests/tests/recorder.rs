//! The flight recorder through what a person does: what each cell's card says, how often each state
//! happened and was painted, and that what is held stays bounded.

use engine::packages::Catalog;
use engine::recorder::{Cue, Doing, End, MOST_ACTS, MOST_RUNS, Recorder, Via, act_words, because};
use engine::session::{KernelId, Phase, Stored};
use engine::{Edit, Effect, Event, Mode, Presenter, Session};
use protocol::{CellId, FromWorker, Held, RunId, ToWorker, WidgetId};
use tests::kernel::Pretended;

/// When the notebook is opened, in milliseconds since 1970.
const BEGAN: f64 = 1_000_000.0;

struct Desk {
    session: Session,
    presenter: Presenter,
    recorder: Recorder,
    kernel: Option<(KernelId, Pretended)>,
    now: f64,
    /// Whether Python starts at once.
    starts: bool,
}

impl Desk {
    fn open(sources: &[&str]) -> Self {
        let mut desk = Self {
            session: tests::open(sources.iter().copied()),
            presenter: Presenter::default(),
            recorder: Recorder::default(),
            kernel: None,
            now: BEGAN,
            starts: true,
        };
        let cells = desk.session.notebook().cells().to_vec();
        for cell in cells {
            let view = desk.session.view(cell.id);
            desk.recorder.told(cell.id, &view);
            desk.presenter.push(cell.id, view);
        }
        desk.frame();
        desk
    }

    fn dispatch(&mut self, event: Event) {
        let mut events = vec![event];
        while let Some(event) = events.pop() {
            self.now += 1.0;
            let cue = Cue::of(&event, &self.session);
            let effects = self.session.handle(event);
            self.recorder
                .record(&cue, &effects, &self.session, self.now);
            for effect in effects {
                match effect {
                    Effect::StartKernel(id) => {
                        self.kernel = Some((id, Pretended::default()));
                        if self.starts {
                            let python = "3".to_owned();
                            events.push(Event::Kernel(
                                id,
                                FromWorker::Ready { python },
                                Vec::new(),
                            ));
                        }
                    }
                    Effect::Post(message) => events.extend(self.post(message)),
                    Effect::Show(cell, view) => {
                        self.recorder.told(cell, &view);
                        self.presenter.push(cell, view);
                    }
                    _ => {}
                }
            }
        }
        for id in self.gone() {
            self.presenter.forget(id);
            self.recorder.forget(id);
        }
    }

    fn gone(&self) -> Vec<CellId> {
        let traces = self.recorder.recording().traces();
        let cells = traces.map(|trace| trace.cell);
        cells
            .filter(|id| self.session.notebook().cell(*id).is_none())
            .collect()
    }

    fn post(&mut self, message: ToWorker) -> Option<Event> {
        let (id, kernel) = self.kernel.as_mut()?;
        let answer = kernel.receive(message)?;
        Some(Event::Kernel(*id, answer, Vec::new()))
    }

    fn frame(&mut self) {
        self.now += 16.0;
        let painted = self.presenter.frame();
        self.recorder.painted(&painted, self.now);
        let meter = self.meter();
        assert!(meter.is_kept(), "{meter:?}");
    }

    fn meter(&self) -> engine::recorder::Meter {
        self.recorder
            .meter(self.presenter.passed(), self.presenter.waiting())
    }

    /// One step of the kernel.
    fn step(&mut self) {
        if let Some((id, kernel)) = &mut self.kernel {
            let id = *id;
            for said in kernel.step() {
                // It has the same clock, and a run takes a millisecond.
                let said = match said {
                    FromWorker::Started { run, .. } => FromWorker::Started { run, at: self.now },
                    said => said,
                };
                self.dispatch(Event::Kernel(id, said, Vec::new()));
            }
        }
    }

    fn settle(&mut self) {
        while self.session.is_active() || self.presenter.is_due() {
            self.step();
            self.frame();
        }
    }

    fn run(&mut self, cell: u32) {
        self.dispatch(Event::Run(CellId(cell)));
        self.settle();
    }

    fn write(&mut self, cell: u32, source: &str) {
        let (cell, source) = (CellId(cell), source.into());
        self.dispatch(Event::Edit(Edit::Source { cell, source }));
    }

    fn drag(&mut self, cell: u32, value: i32, phase: Phase) {
        self.dispatch(Event::Move(held(cell, value), phase));
    }

    /// What the card of a cell says.
    fn card(&self, cell: u32) -> String {
        let notebook = self.session.notebook();
        let number = |id| notebook.place(id).map_or(0, |at| at + 1);
        let story = self.recorder.story(&self.session, CellId(cell), &number);
        let mut lines = vec![story.status];
        lines.extend(story.why);
        if !story.took.is_empty() {
            lines.push(format!("took {}", story.took));
        }
        lines.join("\n")
    }

    #[track_caller]
    fn says(&self, cell: u32, expect: &[&str]) {
        assert_eq!(self.card(cell), expect.join("\n"));
    }
}

fn held(cell: u32, value: i32) -> Held {
    Held {
        widget: WidgetId::new(CellId(cell), 0),
        arguments: String::new(),
        value: value.into(),
    }
}

#[test]
fn a_cell_says_by_which_names_it_came_to_run() {
    let mut desk = Desk::open(&["a = (1)", "b = (a)", "c = (b)", "d = (2)"]);
    desk.says(
        3,
        &[
            "It has not run.",
            "It runs when you run it, or when a cell runs that it reads from.",
        ],
    );
    desk.run(1);
    desk.says(
        1,
        &[
            "It ran to its end in 1 ms.",
            "It ran because you ran it.",
            "took 1 ms",
        ],
    );
    desk.says(
        2,
        &[
            "It ran to its end in 1 ms.",
            "It ran because you ran cell 1, and this cell reads `a` from cell 1.",
            "took 1 ms",
        ],
    );
    desk.says(3, &[
        "It ran to its end in 1 ms.",
        "It ran because you ran cell 1, and cell 2 reads `a` from cell 1, and this cell reads `b` from cell 2.",
        "took 1 ms",
    ]);
    desk.run(4);
    desk.says(3, &[
        "It ran to its end in 1 ms.",
        "It ran because you ran cell 1, and cell 2 reads `a` from cell 1, and this cell reads `b` from cell 2.",
        "It did not run when you ran cell 4: it reads nothing that this has changed.",
        "took 1 ms",
    ]);
}

#[test]
fn of_several_ways_the_shortest_is_told() {
    let mut desk = Desk::open(&["a = (1)", "b = (a)", "c = (b)", "d = (c + a)"]);
    desk.dispatch(Event::RunAll);
    desk.settle();
    desk.says(
        4,
        &[
            "It ran to its end in 1 ms.",
            "It ran because you ran all cells.",
            "took 1 ms",
        ],
    );
    desk.run(1);
    assert!(
        desk.card(4)
            .contains("because you ran cell 1, and this cell reads `a` from cell 1.")
    );
}

#[test]
fn of_a_long_chain_the_ends_are_told() {
    let sources: Vec<String> = (1..=1000)
        .map(|at| match at {
            1 => "v1 = (1)".to_owned(),
            at => format!("v{at} = (v{})", at - 1),
        })
        .collect();
    let sources: Vec<&str> = sources.iter().map(String::as_str).collect();
    let mut desk = Desk::open(&sources);
    desk.run(1);
    let card = desk.card(1000);
    assert!(
        card.contains(
            "because you ran cell 1, and cell 2 reads `v1` from cell 1, and cell 3 reads `v2` from cell 2, \
             and so on through 995 cells, and cell 999 reads `v998` from cell 998, and this cell reads `v999` from cell 999."
        ),
        "{card}"
    );
}

#[test]
fn a_widget_is_told_by_the_name_that_is_read() {
    let mut desk = Desk::open(&[
        "n = (slider)",
        "twice = (n + n)",
        "last = (twice)",
        "o = (1)",
    ]);
    desk.dispatch(Event::RunAll);
    desk.settle();
    desk.drag(1, 5, Phase::Released);
    desk.settle();
    desk.says(
        2,
        &[
            "It ran to its end in 1 ms.",
            "It ran because you moved `n` to 5, which this cell reads as `n`.",
            "took 1 ms, 1 ms",
        ],
    );
    assert!(desk.card(3).contains(
        "because you moved `n` to 5, which cell 2 reads as `n`, and this cell reads `twice` from cell 2."
    ));
    assert!(desk.card(1).contains("It ran because you ran all cells.\nIt did not run when you moved `n` to 5: it reads nothing that this has moved."));
    assert!(
        desk.card(4)
            .contains("It did not run when you moved `n` to 5")
    );
}

#[test]
fn a_drag_is_one_act_until_its_cells_run_and_every_state_is_painted_or_passed_over() {
    let mut desk = Desk::open(&["n = (slider)", "a = (n)", "b = (a)"]);
    desk.dispatch(Event::RunAll);
    desk.settle();
    for value in 0..200 {
        desk.drag(1, value, Phase::Moving);
        desk.step();
        if value % 7 == 0 {
            desk.frame();
        }
    }
    desk.drag(1, 199, Phase::Released);
    desk.settle();
    let meter = desk.meter();
    assert!(meter.is_kept() && meter.waiting == 0, "{meter:?}");
    assert!(
        meter.passed > 0,
        "frames were rare, so that runs were passed over: {meter:?}"
    );
    let acts = &desk.recorder.recording().acts;
    assert!(acts.len() <= MOST_ACTS);
    assert!(
        acts.iter().rev().skip(1).all(|act| !act.traces.is_empty()),
        "{acts:?}"
    );
    assert!(
        desk.card(3).contains("because you moved `n` to 199"),
        "{}",
        desk.card(3)
    );
    assert!(
        desk.recorder
            .recording()
            .traces()
            .all(|trace| trace.ended.is_some())
    );
}

#[test]
fn a_value_that_python_lost_is_told_as_the_reason() {
    let mut desk = Desk::open(&["a = (1)", "b = (a)", "c = (b)"]);
    desk.dispatch(Event::RunAll);
    desk.settle();
    desk.dispatch(Event::Restart);
    desk.settle();
    desk.run(3);
    desk.says(1, &[
        "It ran to its end in 1 ms.",
        "It ran because you ran cell 3, and cell 3 needs `b` from cell 2, which Python did not have, \
         and cell 2 needs `a` from this cell, which Python did not have.",
        "took 1 ms, 1 ms",
    ]);
}

#[test]
fn a_waiting_cell_says_what_for() {
    let mut desk = Desk::open(&["a = (1)", "b = (a)", "c = (1)"]);
    desk.starts = false;
    desk.dispatch(Event::RunAll);
    desk.says(
        2,
        &[
            "It waits for Python to start.",
            "It will run because you ran all cells.",
        ],
    );
    let python = "3".to_owned();
    let id = desk.session.kernel_id();
    desk.dispatch(Event::Kernel(id, FromWorker::Ready { python }, Vec::new()));
    desk.step();
    desk.says(
        1,
        &["Python runs it now.", "It runs because you ran all cells."],
    );
    desk.says(
        2,
        &[
            "It waits for cell 1, which makes `a` and runs now.",
            "It will run because you ran all cells.",
        ],
    );
    desk.says(
        3,
        &[
            "It is 2nd in line. Python runs one cell at a time, and now cell 1.",
            "It will run because you ran all cells.",
        ],
    );
}

#[test]
fn a_cell_that_did_not_run_says_why_not() {
    let mut desk = Desk::open(&[
        "a = (1)",
        "b = (a + missing)",
        "c = (b)",
        "d = (1)",
        "e = (d)",
    ]);
    desk.dispatch(Event::RunAll);
    desk.settle();
    desk.says(
        2,
        &[
            "It ended with `NameError`.",
            "It ran because you ran all cells.",
            "took 1 ms (failed)",
        ],
    );
    desk.says(
        3,
        &[
            "It cannot run: it depends on cell 2, which failed.",
            "Once that one succeeds, this one runs, too.",
        ],
    );
    desk.dispatch(Event::Edit(Edit::Disabled {
        cell: CellId(5),
        disabled: true,
    }));
    desk.says(5, &["It is turned off, and runs for nobody.", "took 1 ms"]);
    desk.dispatch(Event::Edit(Edit::Disabled {
        cell: CellId(5),
        disabled: false,
    }));
    desk.dispatch(Event::Edit(Edit::Mode { mode: Mode::Lazy }));
    desk.run(4);
    desk.says(5, &[
        "It ran to its end in 1 ms.",
        "It ran because you ran all cells.",
        "`d` from cell 4 is newer than what it read.",
        "In this notebook cells do not run by themselves when others change. Run it to bring it up to date.",
        "took 1 ms",
    ]);
    desk.write(1, "a = (2)");
    desk.says(1, &[
        "It ran to its end in 1 ms.",
        "It ran because you ran all cells.",
        "Its code was changed since.",
        "In this notebook cells do not run by themselves when others change. Run it to bring it up to date.",
        "took 1 ms",
    ]);
    desk.dispatch(Event::Edit(Edit::Mode {
        mode: Mode::Reactive,
    }));
    assert!(
        desk.card(1)
            .contains("Typing runs nothing. Run it to bring it up to date.")
    );
    desk.write(4, "d = (c)\nc = (d)");
    assert!(
        desk.card(4).starts_with("It cannot run as it is written."),
        "{}",
        desk.card(4)
    );
}

#[test]
fn a_cell_that_was_edited_while_it_ran_says_so() {
    let mut desk = Desk::open(&["a = (1)", "b = (a)"]);
    desk.dispatch(Event::RunAll);
    desk.step();
    desk.write(2, "b = (a + a)");
    desk.settle();
    // It was taken back and posted anew, for the same act.
    desk.says(
        2,
        &[
            "It ran to its end in 1 ms.",
            "It ran because you ran all cells.",
            "took 1 ms",
        ],
    );
}

#[test]
fn stop_ends_what_runs_and_drops_what_waits() {
    let mut desk = Desk::open(&["a = (1)", "b = (a)", "c = (1)"]);
    desk.dispatch(Event::RunAll);
    desk.step();
    desk.frame();
    desk.dispatch(Event::Stop);
    desk.settle();
    let recording = desk.recorder.recording().clone();
    let end = |id: u32| {
        let mut traces = recording.acts[0].traces.iter();
        let trace = traces.find(|trace| trace.cell == CellId(id))?;
        Some(trace.ended.clone()?.1)
    };
    assert_eq!(end(1), Some(End::Stopped));
    assert_eq!(end(2), Some(End::Blocked(Some(CellId(1)))));
    assert_eq!(end(3), Some(End::Dropped));
    assert_eq!(recording.acts[1].what, Doing::Stopped);
    desk.says(1, &["It was stopped.", "It ran because you ran all cells."]);
    let meter = desk.meter();
    assert!(
        meter.is_kept() && meter.passed == 0 && meter.waiting == 0,
        "{meter:?}"
    );
}

#[test]
fn times_come_in_the_order_in_which_things_happen() {
    let mut desk = Desk::open(&["a = (1)", "b = (a)", "c = (b)"]);
    desk.run(1);
    let act = &desk.recorder.recording().acts[0];
    assert_eq!(act_words(&act.what, &|id| id.0 as usize), "you ran cell 1");
    for trace in &act.traces {
        let (ended, end) = trace.ended.clone().expect("it has ended");
        assert_eq!(end, End::Success);
        let times = [
            Some(trace.planned),
            trace.posted,
            trace.started,
            Some(ended),
            trace.painted.ended,
        ];
        let times: Vec<f64> = times
            .into_iter()
            .map(|time| time.expect("it is known"))
            .collect();
        assert!(times.is_sorted(), "{times:?}");
        let frames = [
            trace.painted.queued,
            trace.painted.running,
            trace.painted.ended,
        ];
        let frames: Vec<f64> = frames
            .into_iter()
            .map(|time| time.expect("it was painted"))
            .collect();
        assert!(
            frames.windows(2).all(|two| two[0] < two[1]),
            "one frame each: {frames:?}"
        );
    }
    assert_eq!(
        act.traces[2].via,
        Via::Reads {
            cell: CellId(2),
            name: "b".to_owned()
        }
    );
    assert!(because(act, &act.traces[2], &|id| id.0 as usize).starts_with("you ran cell 1"));
}

#[test]
fn a_kernel_whose_clock_is_wrong_is_not_believed() {
    let mut desk = Desk::open(&["a = (1)"]);
    desk.dispatch(Event::Run(CellId(1)));
    let id = desk.session.kernel_id();
    let run = RunId(1);
    desk.dispatch(Event::Kernel(
        id,
        FromWorker::Started { run, at: 1e300 },
        Vec::new(),
    ));
    let (_, trace) = desk.recorder.newest(CellId(1)).expect("it is recorded");
    assert_eq!(trace.started, Some(desk.now));
}

#[test]
fn what_is_held_is_bounded() {
    let sources: Vec<String> = (0..400).map(|at| format!("v{at} = (1)")).collect();
    let sources: Vec<&str> = sources.iter().map(String::as_str).collect();
    let mut desk = Desk::open(&sources);
    for _ in 0..20 {
        desk.dispatch(Event::RunAll);
        desk.settle();
    }
    let recording = desk.recorder.recording();
    assert!(recording.traces().count() <= MOST_RUNS);
    assert!(recording.acts.len() > 5);
    for _ in 0..80 {
        desk.run(1);
    }
    let recording = desk.recorder.recording();
    assert_eq!(recording.acts.len(), MOST_ACTS);
    assert_eq!(recording.traces().count(), MOST_ACTS);
    // What is gone is not made up.
    assert!(
        desk.card(2).contains("It ran longer ago than is recorded."),
        "{}",
        desk.card(2)
    );
}

#[test]
fn a_cell_of_an_earlier_session_says_so() {
    let mut desk = Desk::open(&["n = (slider)", "a = (n)"]);
    desk.dispatch(Event::RunAll);
    desk.settle();
    desk.drag(1, 5, Phase::Released);
    desk.settle();
    let stored = Stored {
        evaluations: desk.session.evaluations().clone(),
        ..Stored::default()
    };
    let notebook = desk.session.notebook().clone();
    desk.session = Session::open(notebook, stored, Catalog::default());
    desk.recorder = Recorder::default();
    desk.says(
        2,
        &[
            "It ran to its end in 1 ms.",
            "It ran before Python was started for this page, because `n` was moved to 5.",
            "took 1 ms",
        ],
    );
}

#[test]
fn a_deleted_cell_waits_no_more() {
    let mut desk = Desk::open(&["a = (1)", "b = (a)"]);
    desk.dispatch(Event::RunAll);
    desk.dispatch(Event::Edit(Edit::Delete { cell: CellId(2) }));
    desk.settle();
    let traces: Vec<_> = desk.recorder.recording().traces().collect();
    assert_eq!(
        traces[1].ended.as_ref().map(|(_, end)| end),
        Some(&End::Dropped)
    );
    let meter = desk.meter();
    assert!(meter.is_kept() && meter.waiting == 0, "{meter:?}");
}
