//! The kernel's hand: starts Python, posts to it, has packages fetched, and knows what the session does
//! not: the step of the start, and what was the trouble.

use engine::Session;
use engine::packages::Package;
use engine::session::{KernelId, KernelState};
use js_sys::ArrayBuffer;
use protocol::ToWorker;

use crate::kernel::{Kernel, KernelEvent, Silence};
use crate::page::{KernelView, KernelWord};

/// What is said while Python is busy with a question for long.
const LONG_QUESTION: &str = "Python has been busy for ten seconds with showing a value. It may come to an end by itself; a restart ends it.";

/// The hand; a tab that follows has none.
pub struct KernelHand {
    kernel: Kernel,
    /// The step that the kernel is at, and the share of it that is done.
    step: (String, Option<f64>),
    /// What happened, where it is dead.
    trouble: String,
    silence: Silence,
}

impl KernelHand {
    pub fn new(on_event: impl Fn(KernelEvent) + 'static) -> Self {
        Self {
            kernel: Kernel::new(on_event),
            step: (String::new(), None),
            trouble: String::new(),
            silence: Silence::None,
        }
    }

    pub fn start(&mut self, id: KernelId) {
        self.trouble.clear();
        self.silence = Silence::None;
        self.step_ended();
        self.kernel.start(id);
    }

    /// Ends Python, and shows that there is none.
    pub fn end(&mut self) {
        self.trouble.clear();
        self.silence = Silence::None;
        self.step_ended();
        self.kernel.end();
    }

    pub fn post(&self, message: &ToWorker, buffers: &[ArrayBuffer]) {
        self.kernel.post(message, buffers);
    }

    pub fn fetch(&self, id: KernelId, packages: Vec<Package>) {
        self.kernel.install(id, packages);
    }

    /// Whether it has questions enough to answer.
    pub fn has_questions(&self) -> bool {
        self.kernel.has_questions()
    }

    pub fn step_began(&mut self, step: String) {
        self.step = (step, None);
    }

    pub fn step_ended(&mut self) {
        self.step = (String::new(), None);
    }

    /// So many bytes of something have come.
    pub fn fetched(&mut self, what: &str, done: f64, total: f64) {
        let mb = |bytes: f64| format!("{:.1}", bytes / 1e6);
        let text = format!("{what} {} of {} MB", mb(done), mb(total));
        self.step = (text, Some(done / total.max(1.0)));
    }

    pub fn was_lost(&mut self, why: &str) {
        why.clone_into(&mut self.trouble);
    }

    pub fn is_silent(&mut self, silence: Silence) {
        self.silence = silence;
    }

    /// How the kernel is shown; `is_due` where its last outcome is not painted yet.
    pub fn view(&self, session: &Session, is_due: bool) -> KernelView {
        let is_busy = session.is_active() || is_due;
        let (state, trouble) = match (session.kernel_state(), self.silence) {
            (KernelState::Off, _) => (KernelWord::Off, ""),
            (KernelState::Starting, _) => (KernelWord::Starting, ""),
            (KernelState::Lost, _) => (KernelWord::Dead, self.trouble.as_str()),
            (KernelState::Ready, Silence::Question) => (KernelWord::Unresponsive, LONG_QUESTION),
            (KernelState::Ready, Silence::Worker) => (KernelWord::Unresponsive, ""),
            (KernelState::Ready, Silence::None) if is_busy => (KernelWord::Busy, ""),
            (KernelState::Ready, Silence::None) => (KernelWord::Idle, ""),
        };
        let (step, share) = self.step.clone();
        KernelView {
            state,
            step,
            share,
            trouble: trouble.to_owned(),
        }
    }
}
