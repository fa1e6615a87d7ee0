//! Notices when the kernel does not answer. Busy is not silent: a worker that runs Python answers
//! no ping, but its frame does, and it has said that it started.

use protocol::{FromWorker, ToWorker};
use wasm_bindgen::prelude::*;

use super::Kernel;

/// How many seconds without an answer are taken as the end.
const PATIENCE: u32 = 3;

/// What is known of the kernel's life.
#[derive(Debug, Default)]
pub struct Watch {
    alive: bool,
    ready: bool,
    /// Python executes something, so the worker cannot answer.
    busy: bool,
    ping: u32,
    pong: u32,
    /// Seconds that the worker and the frame owe an answer.
    worker_silent: u32,
    frame_silent: u32,
    frame_ping: u32,
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

    pub fn posted(&mut self, message: &ToWorker) {
        // Unpacking takes long, and is answered.
        self.busy |= matches!(message, ToWorker::Install { .. });
    }

    pub fn heard(&mut self, message: &FromWorker) {
        self.worker_silent = 0;
        match message {
            FromWorker::Ready { .. } => self.ready = true,
            FromWorker::Started { .. } => self.busy = true,
            FromWorker::Finished { .. }
            | FromWorker::Installed { .. }
            | FromWorker::InstallFailed { .. } => self.busy = false,
            FromWorker::Pong { ping, .. } => self.pong = *ping,
            _ => {}
        }
    }
}

impl Kernel {
    /// A second has passed.
    fn tick(&self) {
        if crate::browser::is_hidden() {
            // Timers of a hidden page come late, so nobody's silence can be told.
            let mut watch = self.0.watch.borrow_mut();
            (watch.worker_silent, watch.frame_silent) = (0, 0);
            return;
        }
        let (ask_worker, dead_worker, dead_frame) = {
            let mut watch = self.0.watch.borrow_mut();
            if !watch.alive {
                return;
            }
            let frame = self.0.frame.borrow();
            let answered = frame
                .as_ref()
                .is_none_or(|frame| frame.answered() >= watch.frame_ping);
            watch.frame_silent = if answered { 0 } else { watch.frame_silent + 1 };
            watch.frame_ping += 1;
            if let Some(frame) = &*frame {
                frame.ping(watch.frame_ping);
            }
            let owes = watch.ready && !watch.busy && watch.pong != watch.ping;
            watch.worker_silent = if owes { watch.worker_silent + 1 } else { 0 };
            let ask = watch.ready && watch.pong == watch.ping;
            if ask {
                watch.ping += 1;
            }
            (
                ask.then_some(watch.ping),
                watch.worker_silent >= PATIENCE,
                watch.frame_silent >= PATIENCE,
            )
        };
        let is_silent = {
            let watch = self.0.watch.borrow();
            watch.worker_silent.max(watch.frame_silent) + 1 >= PATIENCE
        };
        if self.0.is_silent.replace(is_silent) != is_silent {
            (self.0.on_event)(super::KernelEvent::Silent(is_silent));
        }
        if dead_frame {
            self.frame_lost();
        } else if dead_worker {
            let id = self.0.current.get();
            self.lost(id, "Python does not answer any more.");
        } else if let Some(ping) = ask_worker {
            self.post(&ToWorker::Ping { ping }, &[]);
        }
    }
}

/// Watches the kernel for as long as the page lives.
pub fn every_second(kernel: Kernel) {
    let tick: Closure<dyn Fn()> = Closure::new(move || kernel.tick());
    if let Some(window) = web_sys::window() {
        let function = tick.as_ref().unchecked_ref();
        let _ = window.set_interval_with_callback_and_timeout_and_arguments_0(function, 1000);
    }
    tick.forget();
}
