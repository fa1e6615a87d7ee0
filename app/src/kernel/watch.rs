//! Notices when the kernel does not answer. Busy is not silent: a worker that runs Python or answers
//! a question answers no ping, but its frame does, and what keeps it busy is known.

use gloo_timers::callback::Interval;
use protocol::{FromWorker, ToWorker};

use super::frame::Frame;
use super::{Kernel, KernelEvent, Silence};
use crate::editor;

/// How many seconds without an answer are taken as the end.
const PATIENCE: u32 = 3;
/// After how many seconds a question that has no answer is spoken of. Its end is the person's to
/// decide: what it waits for may be a value's own code, and a restart costs all values.
const LONG_QUESTION: u32 = 10;

/// What is known of the kernel's life.
#[derive(Debug, Default)]
pub struct Watch {
    alive: bool,
    ready: bool,
    /// Python executes something, so the worker cannot answer.
    busy: bool,
    /// Questions that were posted and not answered.
    questions: u32,
    /// The first ping whose answer shows that all questions were dealt with, also those to which
    /// Python had nothing to say.
    after_questions: u32,
    ping: u32,
    pong: u32,
    /// Seconds that the worker and the frame owe an answer, and that a question waits.
    worker_silent: u32,
    frame_silent: u32,
    question_waits: u32,
    frame_ping: u32,
}

/// What a second that has passed shows.
struct Findings {
    /// A ping to post.
    ping: Option<u32>,
    worker_is_dead: bool,
    frame_is_dead: bool,
    silence: Silence,
}

impl Watch {
    pub fn started(&mut self) {
        *self = Self {
            alive: true,
            ping: self.ping,
            pong: self.ping,
            frame_ping: self.frame_ping,
            ..Self::default()
        };
    }

    pub fn ended(&mut self) {
        self.alive = false;
    }

    /// Whether more questions would only pile up.
    pub fn has_questions(&self) -> bool {
        self.questions > 2
    }

    pub fn posted(&mut self, message: &ToWorker) {
        match message {
            // Unpacking takes long, and is answered.
            ToWorker::Install { .. } => self.busy = true,
            ToWorker::Ask { .. } => {
                self.questions += 1;
                self.after_questions = self.ping + 1;
            }
            _ => {}
        }
    }

    pub fn received(&mut self, message: &FromWorker) {
        self.worker_silent = 0;
        self.question_waits = 0;
        match message {
            FromWorker::Ready { .. } => self.ready = true,
            FromWorker::Started { .. } => self.busy = true,
            FromWorker::Finished { .. }
            | FromWorker::Installed { .. }
            | FromWorker::InstallFailed { .. } => self.busy = false,
            FromWorker::Answer { .. } => self.questions = self.questions.saturating_sub(1),
            FromWorker::Pong { ping, .. } => {
                self.pong = *ping;
                if *ping >= self.after_questions {
                    self.questions = 0;
                }
            }
            _ => {}
        }
    }

    /// A second has passed, in which the frame has answered its pings up to this one.
    fn tick(&mut self, frame_answered: u32) -> Findings {
        let answered = frame_answered >= self.frame_ping;
        self.frame_silent = if answered { 0 } else { self.frame_silent + 1 };
        self.frame_ping += 1;
        let owes = self.ready && !self.busy && self.pong != self.ping;
        let is_asked = self.questions > 0;
        self.worker_silent = if owes && !is_asked {
            self.worker_silent + 1
        } else {
            0
        };
        self.question_waits = if owes && is_asked {
            self.question_waits + 1
        } else {
            0
        };
        let pings = self.ready && self.pong == self.ping;
        if pings {
            self.ping += 1;
        }
        let silence = if self.worker_silent.max(self.frame_silent) + 1 >= PATIENCE {
            Silence::Worker
        } else if self.question_waits >= LONG_QUESTION {
            Silence::Question
        } else {
            Silence::None
        };
        Findings {
            ping: pings.then_some(self.ping),
            worker_is_dead: self.worker_silent >= PATIENCE,
            frame_is_dead: self.frame_silent >= PATIENCE,
            silence,
        }
    }

    /// Timers of a hidden page come late, so nobody's silence can be told.
    fn forgive(&mut self) {
        (self.worker_silent, self.frame_silent, self.question_waits) = (0, 0, 0);
    }
}

impl Kernel {
    /// A second has passed.
    fn tick(&self) {
        // A part of a page that is off screen gets no frames, and nothing may wait for one for ever.
        self.painted();
        if crate::browser::is_hidden() {
            return self.0.watch.borrow_mut().forgive();
        }
        if !self.0.watch.borrow().alive {
            return;
        }
        let findings = {
            let mut watch = self.0.watch.borrow_mut();
            let frame = self.0.frame.borrow();
            let answered = frame.as_ref().map_or(u32::MAX, Frame::answered);
            if frame.is_some() && answered >= watch.frame_ping {
                editor::release();
            } else if editor::is_held() {
                // The worker has a thread of its own, and goes on.
                watch.frame_silent = 0;
            }
            let findings = watch.tick(answered);
            if let Some(frame) = &*frame {
                frame.ping(watch.frame_ping);
            }
            findings
        };
        if self.0.silence.replace(findings.silence) != findings.silence
            && let Some(id) = self.0.current.get()
        {
            (self.0.on_event)(KernelEvent::Silent(id, findings.silence));
        }
        if findings.frame_is_dead {
            self.frame_lost();
        } else if findings.worker_is_dead {
            self.current_lost("Python does not answer any more.");
        } else if let Some(ping) = findings.ping {
            self.post(&ToWorker::Ping { ping }, &[]);
        }
    }
}

/// Watches the kernel for as long as the page lives.
pub fn every_second(kernel: Kernel) {
    Interval::new(1000, move || kernel.tick()).forget();
}
