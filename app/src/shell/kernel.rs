//! The kernel's hand: starts Python, posts to it, has packages fetched, and shows how it is.

use engine::packages::Package;
use engine::session::{KernelId, KernelLife, Step};
use js_sys::ArrayBuffer;
use protocol::ToWorker;

use crate::kernel::{Kernel, KernelEvent, Silence};
use crate::page::{KernelView, KernelWord};

/// What is said while Python is busy with a question for long.
const LONG_QUESTION: &str = "Python has been busy for ten seconds with showing a value. It may come to an end by itself; a restart ends it.";

/// The hand; a tab that follows has none.
pub struct KernelHand {
    kernel: Kernel,
    /// What it owes for longer than it should.
    silence: Silence,
}

impl KernelHand {
    pub fn new(on_event: impl Fn(KernelEvent) + 'static) -> Self {
        Self {
            kernel: Kernel::new(on_event),
            silence: Silence::None,
        }
    }

    pub fn start(&mut self, id: KernelId) {
        self.silence = Silence::None;
        self.kernel.start(id);
    }

    /// Ends Python.
    pub fn end(&mut self) {
        self.silence = Silence::None;
        self.kernel.end();
    }

    pub fn post(&self, message: &ToWorker, buffers: &[ArrayBuffer]) {
        self.kernel.post(message, buffers);
    }

    pub fn fetch(&self, id: KernelId, packages: Vec<Package>) {
        self.kernel.install(id, packages);
    }

    /// All that has come is on the screen, or nobody looks.
    pub fn painted(&self) {
        self.kernel.painted();
    }

    /// Whether it has questions enough to answer.
    pub fn has_questions(&self) -> bool {
        self.kernel.has_questions()
    }

    pub fn is_silent(&mut self, silence: Silence) {
        self.silence = silence;
    }

    /// How the kernel is shown; `is_due` where its last outcome is not painted yet.
    pub fn view(&self, life: KernelLife, is_due: bool) -> KernelView {
        let (state, step, trouble) = match life {
            KernelLife::Off => (KernelWord::Off, None, String::new()),
            KernelLife::Starting { step } => (KernelWord::Starting, step, String::new()),
            KernelLife::Ready if is_due => (KernelWord::Busy, None, String::new()),
            KernelLife::Ready => (KernelWord::Idle, None, String::new()),
            KernelLife::Busy { step } => (KernelWord::Busy, step, String::new()),
            KernelLife::Silent => (KernelWord::Unresponsive, None, self.trouble()),
            KernelLife::Lost { why } => (KernelWord::Dead, None, why),
        };
        let bytes = step.as_ref().and_then(|step| step.bytes);
        KernelView {
            state,
            step: step.as_ref().map(words).unwrap_or_default(),
            share: bytes.map(|(done, total)| done / total.max(1.0)),
            trouble,
        }
    }

    fn trouble(&self) -> String {
        match self.silence {
            Silence::Question => LONG_QUESTION.to_owned(),
            Silence::None | Silence::Worker => String::new(),
        }
    }
}

fn words(step: &Step) -> String {
    let mb = |bytes: f64| format!("{:.1}", bytes / 1e6);
    match step.bytes {
        Some((done, total)) => format!("{} {} of {} MB", step.what, mb(done), mb(total)),
        None => step.what.clone(),
    }
}
