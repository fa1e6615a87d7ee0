//! What the page asked for and the kernel has not done yet, in order. Pure.

use std::collections::{BTreeSet, VecDeque};

use protocol::{FromWorker, RunId, RunRequest, ToWorker};

/// How many runs that failed or were skipped are remembered. More than the page posts ahead, so that
/// a run posted before the page could know of a failure finds it here.
const REMEMBERED: usize = 1_000;

/// The messages that wait, and what is known of the runs that were done.
#[derive(Debug, Default)]
pub struct Queue {
    waiting: VecDeque<ToWorker>,
    /// The newest run that was asked for.
    seen: Option<RunId>,
    /// The newest run that has begun.
    began: Option<RunId>,
    /// The run that is going on.
    running: Option<RunId>,
    /// Runs that failed, and runs that were skipped since they needed one of these.
    failed: BTreeSet<RunId>,
}

/// What to do next.
#[derive(Debug, PartialEq)]
pub enum Task {
    /// Post this.
    Post(FromWorker),
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
            ToWorker::Cancel { cancel, from } => {
                let is_cancelled = |message: &ToWorker| matches!(message, ToWorker::Run(request) if request.run >= from);
                self.waiting.retain(|message| !is_cancelled(message));
                Some(FromWorker::Cancelled {
                    cancel,
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
    pub fn next_task(&mut self) -> Option<Task> {
        while self.running.is_none() {
            match self.waiting.pop_front()? {
                ToWorker::Run(request) if self.is_in_vain(&request) => self.fail(request.run),
                ToWorker::Run(request) => {
                    self.running = Some(request.run);
                    self.began = Some(request.run);
                    return Some(Task::Run(request));
                }
                ToWorker::Ping { ping } => {
                    return Some(Task::Post(FromWorker::Pong {
                        ping,
                        seen: self.seen,
                        busy: self.waiting.iter().any(|m| matches!(m, ToWorker::Run(_))),
                    }));
                }
                message => return Some(Task::Do(message)),
            }
        }
        None
    }

    /// Whether a run needs a value that an earlier run did not make.
    fn is_in_vain(&self, request: &RunRequest) -> bool {
        request.needs.iter().any(|run| self.failed.contains(run))
    }

    fn fail(&mut self, run: RunId) {
        self.failed.insert(run);
        while self.failed.len() > REMEMBERED {
            self.failed.pop_first();
        }
    }

    /// The run that was going on has ended.
    pub fn ended(&mut self, failed: bool) {
        if let Some(run) = self.running.take()
            && failed
        {
            self.fail(run);
        }
    }

    /// Whether the next thing to do is a run.
    #[must_use]
    pub fn begins_run(&self) -> bool {
        self.running.is_none() && matches!(self.waiting.front(), Some(ToWorker::Run(_)))
    }

    /// The run that is going on.
    #[must_use]
    pub fn running(&self) -> Option<RunId> {
        self.running
    }

    /// Whether there is nothing to do now.
    #[must_use]
    pub fn is_idle(&self) -> bool {
        self.running.is_some() || self.waiting.is_empty()
    }

    /// Whether nothing waits and nothing is going on.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.running.is_none() && self.waiting.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use protocol::CellId;

    use super::*;

    fn run(run: u64, needs: &[u64]) -> ToWorker {
        ToWorker::Run(RunRequest {
            run: RunId(run),
            cell: CellId(1),
            needs: needs.iter().copied().map(RunId).collect(),
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
        while let Some(task) = queue.next_task() {
            if let Task::Run(request) = task {
                ran.push(request.run.0);
                queue.ended(failing.contains(&request.run.0));
            }
        }
        ran
    }

    #[test]
    fn runs_go_in_order() {
        assert_eq!(
            ran(vec![run(1, &[]), run(2, &[1]), run(3, &[])], &[]),
            [1, 2, 3]
        );
    }

    #[test]
    fn a_cancelled_run_and_all_later_ones_do_not_run() {
        let cancel = ToWorker::Cancel {
            cancel: 1,
            from: RunId(2),
        };
        let messages = vec![run(1, &[]), run(2, &[]), run(3, &[]), cancel, run(4, &[])];
        assert_eq!(ran(messages, &[]), [1, 4]);
    }

    #[test]
    fn a_failure_drops_only_the_runs_that_need_it() {
        let messages = vec![
            run(1, &[]),
            run(2, &[1]),
            run(3, &[]),
            run(4, &[2]),
            run(5, &[3]),
        ];
        assert_eq!(ran(messages, &[1]), [1, 3, 5]);
    }

    #[test]
    fn what_is_posted_after_a_failure_and_before_it_is_known_does_not_run() {
        let mut queue = Queue::default();
        let _ = queue.push(run(1, &[]));
        assert!(matches!(queue.next_task(), Some(Task::Run(_))));
        queue.ended(true);
        assert_eq!(queue.next_task(), None);
        let _ = queue.push(run(2, &[1]));
        assert_eq!(queue.next_task(), None);
        assert!(queue.is_empty());
    }

    #[test]
    fn nothing_starts_while_a_run_is_going_on() {
        let mut queue = Queue::default();
        let _ = queue.push(run(1, &[]));
        let _ = queue.push(ToWorker::Ping { ping: 1 });
        assert!(matches!(queue.next_task(), Some(Task::Run(_))));
        assert_eq!(queue.next_task(), None);
        queue.ended(false);
        let pong = FromWorker::Pong {
            ping: 1,
            seen: Some(RunId(1)),
            busy: false,
        };
        assert_eq!(queue.next_task(), Some(Task::Post(pong)));
    }
}
