//! Stories told as text: cells, what the person does, and the transcript of what ran and what each
//! frame painted.
//!
//! In a story every step of the kernel takes one frame. A line of the transcript is one frame that
//! painted something: `2 queued` is cell 2; `*` marks a stale one. `ran:` lists the runs that ended.

use std::fmt::Write;

use engine::session::{KernelId, KernelLife};
use engine::{Edit, Effect, Event, Mode, Presenter, Session};
use protocol::{CellId, FromWorker, ToWorker};
use tests::kernel::Pretended;

struct Story {
    session: Session,
    presenter: Presenter,
    kernel: Option<(KernelId, Pretended)>,
    ran: Vec<String>,
    transcript: String,
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
                    Effect::Post(message) => events.extend(self.post(message)),
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
                self.dispatch(Event::Kernel(id, said, Vec::new()));
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
            "undo" => self.dispatch(Event::Undo),
            "frame" => self.frame(),
            "settle" => self.settle(),
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
            "lazy" => self.dispatch(edit(Edit::Mode { mode: Mode::Lazy })),
            "die" => {
                let id = self.kernel.take().map_or(KernelId(0), |(id, _)| id);
                self.dispatch(Event::KernelLost(id, "It died.".to_owned()));
                assert!(matches!(self.session.kernel(), KernelLife::Lost { .. }));
            }
            _ => panic!("no such act: {line}"),
        }
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
