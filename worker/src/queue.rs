//! What the page asked for and the kernel has not done yet, in order. Pure.

use std::collections::VecDeque;

use protocol::{FromWorker, RunId, RunRequest, ToWorker};

/// The messages that wait, and what is known of the runs that were done.
#[derive(Debug, Default)]
pub struct Queue {
    waiting: VecDeque<ToWorker>,
    /// The newest run that was asked for.
    seen: Option<RunId>,
    /// The newest run that has begun.
    began: Option<RunId>,
    /// How many runs have failed.
    failures: u32,
    /// Whether a run is going on.
    running: bool,
}

/// What to do next.
#[derive(Debug, PartialEq)]
pub enum Task {
    /// Say this.
    Say(FromWorker),
    /// Run this cell, and call [`Queue::ended`] afterwards.
    Run(RunRequest),
    /// Do what this message asks; neither a `Run` nor a `Ping` nor a `Cancel`.
    Do(ToWorker),
}

impl Queue {
    /// Takes in a message. Some are answered at once.
    #[must_use]
    pub fn push(&mut self, message: ToWorker) -> Option<FromWorker> {
        match message {
            ToWorker::Cancel { from } => {
                let is_cancelled = |message: &ToWorker| matches!(message, ToWorker::Run(request) if request.run >= from);
                self.waiting.retain(|message| !is_cancelled(message));
                Some(FromWorker::Cancelled {
                    from,
                    began: self.began,
                })
            }
            message => {
                if let ToWorker::Run(request) = &message {
                    self.seen = self.seen.max(Some(request.run));
                }
                self.waiting.push_back(message);
                None
            }
        }
    }

    /// The next thing to do, if no run is going on.
    pub fn next(&mut self) -> Option<Task> {
        while !self.running {
            match self.waiting.pop_front()? {
                // The page posted it before it could know of a failure: what it reads may be
                // missing now.
                ToWorker::Run(request) if request.failures < self.failures => {}
                ToWorker::Run(request) => {
                    self.running = true;
                    self.began = Some(request.run);
                    return Some(Task::Run(request));
                }
                ToWorker::Ping { ping } => {
                    return Some(Task::Say(FromWorker::Pong {
                        ping,
                        seen: self.seen,
                        busy: self.waiting.iter().any(|m| matches!(m, ToWorker::Run(_))),
                        failures: self.failures,
                    }));
                }
                message => return Some(Task::Do(message)),
            }
        }
        None
    }

    /// The run that was going on has ended.
    pub fn ended(&mut self, failed: bool) {
        self.running = false;
        self.failures += u32::from(failed);
    }

    /// Whether there is nothing to do now.
    #[must_use]
    pub fn is_idle(&self) -> bool {
        self.running || self.waiting.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use protocol::CellId;

    use super::*;

    fn run(run: u64, failures: u32) -> ToWorker {
        ToWorker::Run(RunRequest {
            run: RunId(run),
            cell: CellId(1),
            failures,
            ..RunRequest::default()
        })
    }

    /// Pushes the messages, then runs all: the runs in `failing` fail.
    fn ran(messages: Vec<ToWorker>, failing: &[u64]) -> Vec<u64> {
        let mut queue = Queue::default();
        for message in messages {
            let _ = queue.push(message);
        }
        let mut ran = Vec::new();
        while let Some(task) = queue.next() {
            if let Task::Run(request) = task {
                ran.push(request.run.0);
                queue.ended(failing.contains(&request.run.0));
            }
        }
        ran
    }

    #[test]
    fn runs_go_in_order() {
        assert_eq!(ran(vec![run(1, 0), run(2, 0), run(3, 0)], &[]), [1, 2, 3]);
    }

    #[test]
    fn a_cancelled_run_and_all_later_ones_do_not_run() {
        let cancel = ToWorker::Cancel { from: RunId(2) };
        let messages = vec![run(1, 0), run(2, 0), run(3, 0), cancel, run(4, 0)];
        assert_eq!(ran(messages, &[]), [1, 4]);
    }

    #[test]
    fn what_was_posted_before_a_failure_was_known_does_not_run() {
        assert_eq!(ran(vec![run(1, 0), run(2, 0), run(3, 1)], &[1]), [1, 3]);
    }

    #[test]
    fn nothing_starts_while_a_run_is_going_on() {
        let mut queue = Queue::default();
        let _ = queue.push(run(1, 0));
        let _ = queue.push(ToWorker::Ping { ping: 1 });
        assert!(matches!(queue.next(), Some(Task::Run(_))));
        assert_eq!(queue.next(), None);
        queue.ended(false);
        let pong = FromWorker::Pong {
            ping: 1,
            seen: Some(RunId(1)),
            busy: false,
            failures: 0,
        };
        assert_eq!(queue.next(), Some(Task::Say(pong)));
    }
}
