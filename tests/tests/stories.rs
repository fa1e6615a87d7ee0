//! Stories told as text: cells, what the person does, and the transcript of what ran and what each
//! frame painted.
//!
//! In a story every step of the kernel takes one frame. A line of the transcript is one frame that
//! painted something: `2 queued` is cell 2; `*` marks a stale one. `ran:` lists the runs that ended.

use std::fmt::Write;

use engine::packages::Catalog;
use engine::session::{KernelId, KernelLife, Phase, Stored};
use engine::{Edit, Effect, Event, Mode, Patience, Presenter, Session};
use protocol::{CellId, FromWorker, Held, Output, ToWorker, WidgetId};
use tests::kernel::Pretended;

struct Story {
    session: Session,
    presenter: Presenter,
    kernel: Option<(KernelId, Pretended)>,
    ran: Vec<String>,
    transcript: String,
    /// What the kernel has said and the page has not heard yet, while its messages are held up.
    held_up: Option<Vec<Event>>,
}

impl Story {
    fn dispatch(&mut self, event: Event) {
        let mut events = vec![event];
        while let Some(event) = events.pop() {
            let effects = self.session.handle(event);
            assert_eq!(self.session.check(), Ok(()));
            for effect in effects {
                match effect {
                    Effect::StartKernel(id) => {
                        self.kernel = Some((id, Pretended::default()));
                        let python = "3".to_owned();
                        events.push(Event::Kernel(id, FromWorker::Ready { python }, Vec::new()));
                    }
                    Effect::Post(message) => {
                        let answer = self.post(message);
                        match &mut self.held_up {
                            Some(held_up) => held_up.extend(answer),
                            None => events.extend(answer),
                        }
                    }
                    Effect::Show(cell, view) => self.presenter.push(cell, view),
                    Effect::Ended(cell, _, outcome) => {
                        let failed = outcome != protocol::Outcome::Success;
                        self.ran
                            .push(format!("{}{}", cell.0, if failed { "!" } else { "" }));
                    }
                    _ => {}
                }
            }
        }
    }

    fn post(&mut self, message: ToWorker) -> Option<Event> {
        let (id, kernel) = self.kernel.as_mut()?;
        let answer = kernel.receive(message)?;
        Some(Event::Kernel(*id, answer, Vec::new()))
    }

    /// One frame, then one step of the kernel.
    fn frame(&mut self) {
        let painted = self.presenter.frame();
        if !painted.is_empty() {
            let words = painted.iter().map(|(cell, view)| {
                let stale = if view.stale { "*" } else { "" };
                format!("{} {}{stale}", cell.0, view.status().word())
            });
            let _ = writeln!(self.transcript, "{}", words.collect::<Vec<_>>().join(", "));
        }
        if let Some((id, kernel)) = &mut self.kernel {
            let id = *id;
            for said in kernel.step() {
                let event = Event::Kernel(id, said, Vec::new());
                match &mut self.held_up {
                    Some(events) => events.push(event),
                    None => self.dispatch(event),
                }
            }
        }
    }

    fn settle(&mut self) {
        while self.session.is_active() || self.presenter.is_due() {
            self.frame();
        }
        if !self.ran.is_empty() {
            let _ = writeln!(self.transcript, "ran: {}", self.ran.join(" "));
            self.ran.clear();
        }
    }

    fn act(&mut self, line: &str) {
        let (verb, rest) = line.split_once(' ').unwrap_or((line, ""));
        let (number, text) = rest.split_once(' ').unwrap_or((rest, ""));
        let cell = CellId(number.parse().unwrap_or(0));
        let edit = |edit| Event::Edit(edit);
        match verb {
            "run" => self.dispatch(Event::Run(cell)),
            "run-all" => self.dispatch(Event::RunAll),
            "run-stale" => self.dispatch(Event::RunStale),
            "stop" => self.dispatch(Event::Stop),
            "restart" => self.dispatch(Event::Restart),
            "undo" => self.dispatch(Event::Undo),
            "frame" => self.frame(),
            "settle" => self.settle(),
            "hold-up" => self.held_up = Some(Vec::new()),
            "deliver" => {
                for event in self.held_up.take().into_iter().flatten() {
                    self.dispatch(event);
                }
            }
            "write" => self.dispatch(edit(Edit::Source {
                cell,
                source: text.replace("; ", "\n").into(),
            })),
            "delete" => self.dispatch(edit(Edit::Delete { cell })),
            "disable" => self.dispatch(edit(Edit::Disabled {
                cell,
                disabled: true,
            })),
            "enable" => self.dispatch(edit(Edit::Disabled {
                cell,
                disabled: false,
            })),
            "drag" | "drop" => {
                let phase = if verb == "drag" {
                    Phase::Moving
                } else {
                    Phase::Released
                };
                self.dispatch(Event::Move(held(cell, text), phase));
            }
            "slow" => {
                let kernel = &mut self.kernel.as_mut().expect("Python has started").1;
                kernel.took.insert(cell, 3_000.0);
            }
            "sets" | "press" | "press-own" => self.set_states(verb, cell, text),
            "patience" => {
                let patience = match text {
                    "release" => Patience::Release,
                    "always" => Patience::Always,
                    _ => Patience::Ask,
                };
                self.dispatch(edit(Edit::Patience { cell, patience }));
            }
            "reopen" => {
                let evaluations = self.session.evaluations().clone();
                let stored = Stored {
                    evaluations,
                    ..Stored::default()
                };
                let notebook = self.session.notebook().clone();
                self.session = Session::open(notebook, stored, Catalog::default());
                self.kernel = None;
            }
            "because" => {
                let last = self.session.evaluation(cell).expect("it has run");
                let causes = last.because.iter();
                let causes: Vec<_> = causes
                    .map(|one| format!("{}={}", one.name, one.value))
                    .collect();
                let _ = writeln!(self.transcript, "{} because {}", cell.0, causes.join(" "));
            }
            "moves" => {
                let (_, kernel) = self.kernel.as_ref().expect("Python has started");
                let _ = writeln!(self.transcript, "moves: {}", kernel.moves.join(" "));
            }
            "value" => {
                let (_, kernel) = self.kernel.as_ref().expect("Python has started");
                let value = kernel.names.get(rest).map_or("nothing", String::as_str);
                let _ = writeln!(self.transcript, "{rest} is {value}");
            }
            "held" => {
                let is_held = self.session.view(cell).held;
                let _ = writeln!(
                    self.transcript,
                    "{} {}",
                    cell.0,
                    if is_held { "asks" } else { "does not ask" }
                );
            }
            "lazy" => self.dispatch(edit(Edit::Mode { mode: Mode::Lazy })),
            "die" => {
                let id = self.kernel.take().map_or(KernelId(0), |(id, _)| id);
                self.dispatch(Event::KernelLost(id, "It died.".to_owned()));
                assert!(matches!(self.session.kernel(), KernelLife::Lost { .. }));
            }
            _ => panic!("no such act: {line}"),
        }
    }

    /// What has to do with states: each is named by the cell that makes it.
    fn set_states(&mut self, verb: &str, cell: CellId, text: &str) {
        if verb == "sets" {
            let kernel = &mut self.kernel.as_mut().expect("Python has started").1;
            let states = text
                .split(' ')
                .map(|one| CellId(one.parse().expect("a cell")));
            kernel.sets.insert(cell, states.collect());
            return;
        }
        let run = self.session.evaluation(cell).expect("it has run").run;
        let state = CellId(text.parse().expect("a cell"));
        let output = Output::Set {
            widgets: vec![WidgetId::new(state, 0)],
            moved: true,
            own: verb == "press-own",
        };
        let id = self.kernel.as_ref().expect("Python has started").0;
        let message = FromWorker::Output { run, output };
        self.dispatch(Event::Kernel(id, message, Vec::new()));
    }
}

/// The first widget of a cell, moved to a number.
fn held(cell: CellId, value: &str) -> Held {
    Held {
        widget: WidgetId::new(cell, 0),
        arguments: "same".to_owned(),
        value: value.parse::<i64>().expect("a number").into(),
    }
}

/// `cells` are `name = (words)` lines, one a cell; `acts` are separated by `|`.
#[track_caller]
fn check(cells: &[&str], acts: &str, expected: &str) {
    let mut story = Story {
        session: tests::open(cells.iter().copied()),
        presenter: Presenter::default(),
        kernel: None,
        ran: Vec::new(),
        transcript: String::new(),
        held_up: None,
    };
    // The page shows a notebook as it opens.
    for cell in story.session.notebook().cells() {
        let view = story.session.view(cell.id);
        if view.status() != engine::Status::Idle {
            story.presenter.push(cell.id, view);
        }
    }
    for act in acts.split('|').map(str::trim) {
        story.act(act);
    }
    let lines = |text: &str| {
        text.trim()
            .lines()
            .map(|line| line.trim().to_owned())
            .collect::<Vec<_>>()
            .join("\n")
    };
    assert_eq!(
        lines(&story.transcript),
        lines(expected),
        "\n{}",
        story.transcript
    );
}

#[test]
fn dependents_wait_at_once_and_run_one_by_one() {
    check(
        &["a = (1)", "b = (a)", "c = (a)"],
        "run-all | settle | run 1 | settle",
        "
         1 queued, 2 queued, 3 queued
         1 running
         1 success, 2 queued, 3 queued
         2 running, 3 queued
         2 success
         3 running
         3 success
         ran: 1 2 3
         1 queued, 2 queued, 3 queued
         1 running
         1 success, 2 queued, 3 queued
         2 running, 3 queued
         2 success
         3 running
         3 success
         ran: 1 2 3
         ",
    );
}

#[test]
fn a_failure_blocks_its_descendants_only_and_mending_it_frees_them() {
    check(
        &["a = (1)", "b = (a, boom)", "c = (b)", "d = (a)"],
        "run-all | settle | write 2 b = (a) | run 2 | settle",
        "
         1 queued, 2 queued, 3 queued, 4 queued
         1 running
         1 success, 2 queued, 4 queued
         2 running, 4 queued
         2 error, 3 blocked, 4 queued
         4 running
         4 success
         ran: 1 2! 4
         2 queued, 3 queued
         2 running
         2 success, 3 queued
         3 running
         3 success
         ran: 2 3
         ",
    );
}

#[test]
fn typing_in_a_running_cell_leaves_it_running_and_makes_it_stale() {
    check(
        &["a = (1)", "b = (a)"],
        "run 1 | frame | write 1 a = (2) | settle",
        "
         1 queued, 2 queued
         1 running
         1 success*, 2 queued
         2 running
         2 success
         ran: 1 2
         ",
    );
}

#[test]
fn a_cell_that_is_queued_and_edited_runs_the_newest_code() {
    check(
        &["a = (1)", "b = (a)"],
        "run 1 | frame | write 2 b = (a, 2) | settle",
        "
         1 queued, 2 queued
         1 running
         1 success, 2 queued
         2 running
         2 success
         ran: 1 2
         ",
    );
}

#[test]
fn a_lost_kernel_is_an_error_of_the_running_cell_and_a_run_restores_ancestors() {
    check(
        &["a = (1)", "b = (a)", "c = (b)"],
        "run-all | settle | run 2 | frame | die | settle | run 3 | settle",
        "
         1 queued, 2 queued, 3 queued
         1 running
         1 success, 2 queued
         2 running
         2 success, 3 queued
         3 running
         3 success
         ran: 1 2 3
         2 queued, 3 queued
         1 success, 2 running, 3 blocked*
         2 error
         ran: 2!
         1 queued, 2 queued, 3 queued
         1 running
         1 success, 2 queued
         2 running
         2 success, 3 queued
         3 running
         3 success
         ran: 1 2 3
         ",
    );
}

#[test]
fn stop_ends_what_runs_and_drops_what_waits() {
    check(
        &["a = (1)", "b = (a)"],
        "run 1 | frame | stop | settle | run 2 | settle",
        "
         1 queued, 2 queued
         1 running, 2 blocked
         1 error
         ran: 1!
         1 queued, 2 queued
         1 running
         1 success, 2 queued
         2 running
         2 success
         ran: 1 2
         ",
    );
}

#[test]
fn in_lazy_mode_descendants_only_become_stale() {
    check(
        &["a = (1)", "b = (a)"],
        "run-all | settle | lazy | run 1 | settle | run-stale | settle",
        "
         1 queued, 2 queued
         1 running
         1 success, 2 queued
         2 running
         2 success
         ran: 1 2
         1 queued
         1 running
         1 success, 2 success*
         ran: 1
         2 queued
         2 running
         2 success
         ran: 2
         ",
    );
}

#[test]
fn a_disabled_cell_and_its_descendants_stay_out() {
    check(
        &["a = (1)", "b = (a)", "c = (b)"],
        "disable 2 | run-all | settle | enable 2 | run 3 | settle",
        "
         1 queued, 2 blocked, 3 blocked
         1 running
         1 success
         ran: 1
         2 idle, 3 idle
         2 queued, 3 queued
         2 running, 3 queued
         2 success, 3 running
         3 success
         ran: 2 3
         ",
    );
}

#[test]
fn a_name_that_goes_is_gone_for_its_readers() {
    check(
        &["a = (1)", "b = (a)"],
        "run-all | settle | delete 1 | settle | run 2 | settle | undo | run 2 | settle",
        "
         1 queued, 2 queued
         1 running
         1 success, 2 queued
         2 running
         2 success
         ran: 1 2
         2 success*
         2 queued
         2 running
         2 error
         ran: 2!
         1 queued, 2 queued
         1 running
         1 success, 2 queued
         2 running
         2 success
         ran: 1 2
         ",
    );
}

#[test]
fn whoever_reads_a_name_of_two_cells_is_blocked_until_one_gives_way() {
    check(
        &["a = (1)", "a = (2)", "b = (a)", "c = (1)"],
        "run-all | settle | write 2 d = (2) | run 3 | settle",
        "
         1 queued, 2 queued, 3 blocked, 4 queued
         1 running, 2 queued, 4 queued
         1 success
         2 running, 4 queued
         2 success
         4 running
         4 success
         ran: 1 2 4
         1 queued, 2 success*, 3 idle
         1 running, 3 queued
         1 success, 3 queued
         3 running
         3 success
         ran: 1 3
         ",
    );
}

#[test]
fn a_moved_widget_runs_what_reads_it_and_not_its_own_cell() {
    check(
        &["n = (slider)", "a = (n)", "b = (a)", "c = (1)"],
        "run-all | settle | drop 1 7 | settle | value b | because 3 | because 4",
        "
        1 queued, 2 queued, 3 queued, 4 queued
        1 running, 4 queued
        1 success, 2 queued
        2 running, 4 queued
        2 success, 3 queued
        3 running, 4 queued
        3 success
        4 running
        4 success
        ran: 1 2 3 4
        2 queued, 3 queued
        2 running
        2 success, 3 queued
        3 running
        3 success
        ran: 2 3
        b is (((w1.0=7,),),)
        3 because n=7
        4 because
        ",
    );
}

#[test]
fn a_widget_keeps_its_value_when_its_cell_runs_again_and_python_is_another() {
    check(
        &["n = (slider)", "a = (n)"],
        "run-all | settle | drop 1 7 | settle | run 1 | settle | value a | restart | run 2 | settle | value a",
        "
        1 queued, 2 queued
        1 running
        1 success, 2 queued
        2 running
        2 success
        ran: 1 2
        2 queued
        2 running
        2 success
        ran: 2
        1 queued, 2 queued
        1 running
        1 success, 2 queued
        2 running
        2 success
        ran: 1 2
        a is ((w1.0=7,),)
        1 queued, 2 queued
        1 running
        1 success, 2 queued
        2 running
        2 success
        ran: 1 2
        a is ((w1.0=7,),)
        ",
    );
}

#[test]
fn a_drag_is_taken_back_in_one_step_and_what_reads_the_widget_runs() {
    check(
        &["n = (slider)", "a = (n)"],
        "run-all | settle | drag 1 1 | settle | drag 1 2 | settle | drop 1 3 | settle | value a | undo | settle | value a",
        "
        1 queued, 2 queued
        1 running
        1 success, 2 queued
        2 running
        2 success
        ran: 1 2
        2 queued
        2 running
        2 success
        ran: 2
        2 queued
        2 running
        2 success
        ran: 2
        2 queued
        2 running
        2 success
        ran: 2
        a is ((w1.0=3,),)
        2 queued
        2 running
        2 success
        ran: 2
        a is ((w1.0=first,),)
        ",
    );
}

#[test]
fn a_restored_widget_that_is_moved_starts_python_and_restores_what_is_needed() {
    check(
        &["n = (slider)", "x = (2)", "a = (n, x)", "z = (3)"],
        "run-all | settle | reopen | drop 1 4 | settle | value a",
        "
        1 queued, 2 queued, 3 queued, 4 queued
        1 running, 2 queued, 4 queued
        1 success
        2 running, 4 queued
        2 success, 3 queued
        3 running, 4 queued
        3 success
        4 running
        4 success
        ran: 1 2 3 4
        1 queued, 2 queued, 3 queued
        1 running, 2 queued
        1 success
        2 running
        2 success, 3 queued
        3 running
        3 success
        ran: 1 2 3
        a is ((w1.0=4,),(2,),)
        ",
    );
}

#[test]
fn a_widget_that_is_moved_while_its_reader_waits_is_read_where_it_is_then() {
    check(
        &["n = (slider)", "a = (n)", "b = (a)"],
        "run-all | settle | run 1 | frame | drop 1 5 | settle | value b",
        "
        1 queued, 2 queued, 3 queued
        1 running
        1 success, 2 queued
        2 running
        2 success, 3 queued
        3 running
        3 success
        ran: 1 2 3
        1 queued, 2 queued, 3 queued
        1 running
        1 success, 2 queued
        2 running
        2 success, 3 queued
        3 running
        3 success
        ran: 1 2 3
        b is (((w1.0=5,),),)
        ",
    );
}

#[test]
fn in_lazy_mode_a_moved_widget_makes_its_readers_stale() {
    check(
        &["n = (slider)", "a = (n)"],
        "run-all | settle | lazy | drop 1 4 | settle | run-stale | settle | value a",
        "
        1 queued, 2 queued
        1 running
        1 success, 2 queued
        2 running
        2 success
        ran: 1 2
        2 success*
        2 queued
        2 running
        2 success
        ran: 2
        a is ((w1.0=4,),)
        ",
    );
}

#[test]
fn a_slow_cell_is_asked_for_before_a_widget_reruns_it() {
    check(
        &["n = (slider)", "a = (n)", "slow = (a)", "c = (slow)"],
        "run-all | slow 3 | settle | drop 1 4 | settle | held 3 | held 4 | run 3 | settle | held 3 | value c",
        "
        1 queued, 2 queued, 3 queued, 4 queued
        1 running
        1 success, 2 queued
        2 running
        2 success, 3 queued
        3 running
        3 success, 4 queued
        4 running
        4 success
        ran: 1 2 3 4
        2 queued, 3 success
        2 running
        2 success, 3 success*
        ran: 2
        3 asks
        4 does not ask
        3 queued, 4 queued
        3 running
        3 success, 4 queued
        4 running
        4 success
        ran: 3 4
        3 does not ask
        c is ((((w1.0=4,),),),)
        ",
    );
}

#[test]
fn a_slow_cell_runs_when_the_widget_is_let_go_where_that_was_chosen() {
    check(
        &["n = (slider)", "slow = (n)"],
        "run-all | slow 2 | settle | patience 2 release | drag 1 4 | settle | held 2 | drop 1 4 | settle | value slow",
        "
        1 queued, 2 queued
        1 running
        1 success, 2 queued
        2 running
        2 success
        ran: 1 2
        2 success*
        2 asks
        2 queued
        2 running
        2 success
        ran: 2
        slow is ((w1.0=4,),)
        ",
    );
}

#[test]
fn a_slow_cell_runs_with_every_move_where_that_was_chosen() {
    check(
        &["n = (slider)", "slow = (n)"],
        "run-all | slow 2 | settle | patience 2 always | drag 1 4 | settle | value slow",
        "
        1 queued, 2 queued
        1 running
        1 success, 2 queued
        2 running
        2 success
        ran: 1 2
        2 queued
        2 running
        2 success
        ran: 2
        slow is ((w1.0=4,),)
        ",
    );
}

#[test]
fn stop_ends_a_drag_and_what_reads_the_widget_is_not_shown_as_current() {
    check(
        &["n = (slider)", "a = (n)", "b = (a)"],
        "run-all | settle | drag 1 1 | frame | drop 1 2 | stop | settle | run 3 | settle | value b",
        "
        1 queued, 2 queued, 3 queued
        1 running
        1 success, 2 queued
        2 running
        2 success, 3 queued
        3 running
        3 success
        ran: 1 2 3
        2 queued, 3 queued
        1 success, 2 success*, 3 success
        1 queued, 2 queued, 3 queued
        1 running
        1 success, 2 queued
        2 running
        2 success, 3 queued
        3 running
        3 success
        ran: 1 2 3
        b is (((w1.0=2,),),)
        ",
    );
}

#[test]
fn a_moved_widget_runs_nothing_for_a_cell_that_is_turned_off() {
    check(
        &["n = (slider)", "a = (n)", "b = (a)"],
        "run-all | settle | disable 2 | drop 1 3 | settle",
        "
        1 queued, 2 queued, 3 queued
        1 running
        1 success, 2 queued
        2 running
        2 success, 3 queued
        3 running
        3 success
        ran: 1 2 3
        2 blocked*, 3 blocked
        ",
    );
}

#[test]
fn of_a_drag_one_value_is_with_the_kernel_and_the_newest_waits() {
    let drag: Vec<String> = (1..=200).map(|at| format!("drag 1 {at}")).collect();
    let acts = format!(
        "run-all | settle | {} | drop 1 200 | settle | moves | value b",
        drag.join(" | ")
    );
    check(
        &["n = (slider)", "a = (n)", "b = (a)"],
        &acts,
        "
        1 queued, 2 queued, 3 queued
        1 running
        1 success, 2 queued
        2 running
        2 success, 3 queued
        3 running
        3 success
        ran: 1 2 3
        2 queued, 3 queued
        2 running
        2 queued
        3 running
        2 queued, 3 queued
        2 running
        2 success, 3 queued
        3 running
        3 success
        ran: 2 3 2 3
        moves: w1.0=1 w1.0=200
        b is (((w1.0=200,),),)
        ",
    );
}

#[test]
fn what_reads_a_state_runs_when_a_cell_has_set_it_and_the_cell_that_set_it_does_not() {
    check(
        &["s = (slider)", "a = (s)", "b = (s)", "c = (b)"],
        "run-all | settle | sets 2 1 | run 2 | settle | because 3 | because 4",
        "
         1 queued, 2 queued, 3 queued, 4 queued
         1 running
         1 success, 2 queued, 3 queued
         2 running, 3 queued
         2 success
         3 running
         3 success, 4 queued
         4 running
         4 success
         ran: 1 2 3 4
         2 queued
         2 running
         2 success, 3 queued, 4 queued
         3 running
         3 success, 4 queued
         4 running
         4 success
         ran: 2 3 4
         3 because s=
         4 because s=
         ",
    );
}

#[test]
fn cells_that_set_each_others_states_do_not_run_in_circles() {
    check(
        &["s = (slider)", "t = (slider)", "a = (s)", "b = (t)"],
        "run-all | settle | sets 3 2 | sets 4 1 | run 3 | settle",
        "
         1 queued, 2 queued, 3 queued, 4 queued
         1 running, 2 queued
         1 success, 3 queued
         2 running, 3 queued
         2 success, 4 queued
         3 running, 4 queued
         3 success
         4 running
         4 success
         ran: 1 2 3 4
         3 queued
         3 running
         3 success, 4 queued
         4 running
         3 success*, 4 success
         ran: 3 4
         ",
    );
}

#[test]
fn a_function_of_a_widget_that_sets_a_state_runs_what_reads_it() {
    check(
        &["s = (slider)", "a = (s)", "b = (s)"],
        "run-all | settle | press 2 1 | settle | press-own 2 1 | settle | lazy | press 2 1 | settle",
        "
         1 queued, 2 queued, 3 queued
         1 running
         1 success, 2 queued, 3 queued
         2 running, 3 queued
         2 success
         3 running
         3 success
         ran: 1 2 3
         3 queued
         3 running
         3 success
         ran: 3
         2 queued, 3 queued
         2 running, 3 queued
         2 success
         3 running
         3 success
         ran: 2 3
         3 success*
         ",
    );
}

#[test]
fn what_a_running_cell_makes_by_code_that_was_changed_is_read_by_nobody() {
    check(
        &["a = (1)", "b = (a)"],
        "run 1 | frame | write 1 z = (1) | settle | value a",
        "
        1 queued, 2 queued
        1 running, 2 queued
        1 success*
        2 running
        2 error
        ran: 1 2!
        a is nothing
        ",
    );
}

#[test]
fn what_a_cell_made_by_code_that_was_changed_goes_before_the_next_cell_reads_it() {
    check(
        &["exec(\"a = (1)\")", "b = (a)", "c = (1)"],
        "run 1 | run 2 | frame | hold-up | frame | write 1 z = (1) | frame | deliver | settle | value a",
        "
        1 queued, 2 queued
        1 running, 2 queued
        1 success*
        2 running
        2 error
        ran: 1 2!
        a is nothing
        ",
    );
}

#[test]
fn a_deletion_takes_nothing_that_a_running_cell_makes() {
    check(
        &["a = (1)", "b = (a)", "c = (9)"],
        "run-all | settle | run 1 | frame | write 1 z = (1) | delete 3 | write 1 a = (1) | settle | value a",
        "
        1 queued, 2 queued, 3 queued
        1 running, 3 queued
        1 success, 2 queued
        2 running, 3 queued
        2 success
        3 running
        3 success
        ran: 1 2 3
        1 queued, 2 queued
        1 running, 2 queued
        1 success, 2 queued
        2 running
        2 success
        ran: 1 2
        a is (1,)
        ",
    );
}

#[test]
fn a_name_that_is_nobodys_for_a_moment_is_there_for_its_readers() {
    check(
        &["a = (1)", "b = (a)", "c = (9)"],
        "run-all | settle | write 1 z = (1) | write 1 a = (1) | write 2 b = (2) | run 1 | frame | write 3 a = (3) | run 2 | write 3 c = (9) | write 2 b = (a) | run 2 | settle | value b",
        "
        1 queued, 2 queued, 3 queued
        1 running, 3 queued
        1 success, 2 queued
        2 running, 3 queued
        2 success
        3 running
        3 success
        ran: 1 2 3
        1 queued, 2 success*
        1 running, 2 queued, 3 success*
        1 queued
        1 running
        1 success, 2 queued
        2 running
        2 success
        ran: 1 1 2
        b is ((1,),)
        ",
    );
}

#[test]
fn what_depends_on_a_cell_that_is_turned_off_follows_no_other_parent() {
    check(
        &["a = (1)", "b = (2)", "c = (a, b)"],
        "run-all | settle | disable 1 | run 2 | settle",
        "
        1 queued, 2 queued, 3 queued
        1 running, 2 queued
        1 success
        2 running
        2 success, 3 queued
        3 running
        3 success
        ran: 1 2 3
        1 blocked, 2 queued, 3 blocked
        2 running
        2 success, 3 blocked*
        ran: 2
        ",
    );
}

#[test]
fn what_depends_on_a_cell_that_is_wrong_follows_no_other_parent() {
    check(
        &["x = (1)", "a = (x)", "b = (2)", "c = (a, b)", "d = (1)"],
        "run-all | settle | write 5 x = (2) | run 3 | settle",
        "
        1 queued, 2 queued, 3 queued, 4 queued, 5 queued
        1 running, 3 queued
        1 success, 2 queued
        2 running, 3 queued, 5 queued
        2 success
        3 running, 5 queued
        3 success, 4 queued
        4 running, 5 queued
        4 success
        5 running
        5 success
        ran: 1 2 3 4 5
        2 blocked*, 3 queued, 4 blocked, 5 success*
        3 running
        3 success, 4 blocked*
        ran: 3
        ",
    );
}

#[test]
fn what_waits_for_a_cell_that_is_turned_off_while_it_runs_does_not_run() {
    check(
        &["a = (1)", "b = (a)"],
        "run 1 | frame | disable 1 | settle",
        "
        1 queued, 2 queued
        1 running, 2 blocked
        1 blocked
        ran: 1
        ",
    );
}

#[test]
fn what_a_deleted_cell_made_while_it_ran_goes_with_it() {
    check(
        &["a = (1)", "b = (a)"],
        "run 1 | frame | delete 1 | settle | value a",
        "
        1 queued, 2 queued
        1 running, 2 queued
        2 running
        2 error
        ran: 2!
        a is nothing
        ",
    );
}

#[test]
fn a_moved_widget_does_not_run_what_depends_on_a_cell_that_is_turned_off_too() {
    check(
        &["n = (slider)", "a = (1)", "b = (n, a)", "c = (n)"],
        "run-all | settle | disable 2 | drop 1 3 | settle",
        "
        1 queued, 2 queued, 3 queued, 4 queued
        1 running, 2 queued
        1 success, 4 queued
        2 running, 4 queued
        2 success, 3 queued
        3 running, 4 queued
        3 success
        4 running
        4 success
        ran: 1 2 3 4
        2 blocked, 3 blocked*, 4 queued
        4 running
        4 success
        ran: 4
        ",
    );
}

#[test]
fn a_widget_that_is_moved_in_the_first_run_of_its_cell_is_read_where_it_is_then() {
    check(
        &["n = (slider)", "a = (n)"],
        "run 1 | frame | drop 1 5 | settle | value a",
        "
        1 queued, 2 queued
        1 running
        1 success, 2 queued
        2 running
        2 success
        ran: 1 2
        a is ((w1.0=5,),)
        ",
    );
}

#[test]
fn a_value_that_a_posted_run_makes_for_its_cell_alone_is_made_again_for_its_readers() {
    check(
        &["a = (1)", "c = (2)", "b = (3)"],
        "run 1 | settle | write 2 a = (2) | run 1 | run 3 | frame | delete 2 | write 3 b = (a) | settle | value b",
        "
        1 queued
        1 running
        1 success
        ran: 1
        1 queued, 3 queued
        1 running, 3 queued
        1 queued
        1 running
        1 success, 3 queued
        3 running
        3 success
        ran: 1 1 3
        b is ((1,),)
        ",
    );
}

#[test]
fn a_move_that_waits_goes_with_the_cell_of_its_widget() {
    check(
        &["n = (slider)", "a = (n)"],
        "run-all | settle | drag 1 1 | frame | drop 1 2 | delete 1 | settle",
        "
        1 queued, 2 queued
        1 running
        1 success, 2 queued
        2 running
        2 success
        ran: 1 2
        2 queued
        2 running
        2 error
        ran: 2!
        ",
    );
}
