//! Ties the queue, Python and the port together; yields to the port between two runs.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use js_sys::{Array, Function, Object, Reflect};
use protocol::{FromWorker, Outcome, RunRequest, ToWorker, Wheel};
use wasm_bindgen::prelude::*;
use web_sys::{MessageChannel, MessageEvent, MessagePort};

use crate::python::{Ended, Python, parse, sentence};
use crate::queue::{Queue, Task};

/// The one host of this worker.
pub struct Host {
    port: MessagePort,
    /// Posting to ourselves runs the next task after the messages that have come meanwhile.
    wake: MessagePort,
    queue: RefCell<Queue>,
    /// The buffers of the `Install` and `Write` messages that wait, in order.
    buffers: RefCell<std::collections::VecDeque<Array>>,
    python: RefCell<Option<Rc<Python>>>,
    now: Function,
    dead: Cell<bool>,
    /// How many turns are left before the next run may begin.
    turns: Cell<u32>,
}

/// How many turns of the event loop lie between two runs. Messages of the page that came while Python
/// ran are on their way through the browser when the run ends, a step or two behind our own wake-up;
/// among them may be the `Cancel` of what would run next.
const TURNS: u32 = 3;

impl Host {
    /// Starts Python and listens.
    pub fn start(port: MessagePort, pieces: Object) {
        let Ok(channel) = MessageChannel::new() else {
            return;
        };
        let get = |name: &str| Reflect::get(&pieces, &name.into()).unwrap_or_default();
        let host = Rc::new(Self {
            port,
            wake: channel.port1(),
            queue: RefCell::default(),
            buffers: RefCell::default(),
            python: RefCell::default(),
            now: get("now").unchecked_into(),
            dead: Cell::new(false),
            turns: Cell::new(0),
        });
        let woken = host.clone();
        listen(&channel.port2(), move |_| woken.clone().step());
        let receiver = host.clone();
        listen(&host.port, move |event| receiver.receive(&event.data()));
        let bridge = get("bridge");
        wasm_bindgen_futures::spawn_local(host.boot(bridge, pieces));
    }

    async fn boot(self: Rc<Self>, bridge: JsValue, pieces: Object) {
        self.post(&FromWorker::Booting {
            step: "Starting Python".to_owned(),
        });
        let host = self.clone();
        let died: Closure<dyn Fn(String)> = Closure::new(move |message| host.die(message));
        let started = Python::start(bridge, &pieces, died.as_ref().unchecked_ref()).await;
        died.forget();
        match started {
            Ok(python) => {
                let version = python.version();
                *self.python.borrow_mut() = Some(Rc::new(python));
                self.post(&FromWorker::Ready { python: version });
                self.wake();
            }
            Err(error) => self.die(format!("Python could not start: {}", sentence(&error))),
        }
    }

    fn receive(&self, data: &JsValue) {
        let Some((message, buffers)) = parse(data) else {
            return;
        };
        if matches!(message, ToWorker::Install { .. } | ToWorker::Write { .. }) {
            self.buffers.borrow_mut().push_back(buffers);
        }
        let answer = self.queue.borrow_mut().push(message);
        if let Some(answer) = answer {
            self.post(&answer);
        }
        self.wake();
    }

    fn step(self: Rc<Self>) {
        let Some(python) = self.python.borrow().clone() else {
            return;
        };
        if let Some(left) = self.turns.get().checked_sub(1) {
            self.turns.set(left);
            return self.wake();
        }
        let task = self.queue.borrow_mut().next_task();
        match task {
            None => return,
            Some(Task::Post(message)) => self.post(&message),
            Some(Task::Do(ToWorker::Forget { names })) => {
                if let Err(error) = python.forget(&names) {
                    self.die(format!("Python crashed: {}", sentence(&error)));
                }
            }
            Some(Task::Do(ToWorker::Ask { ask, question })) => match python.ask(&question) {
                Ok(Some(answer)) => self.post(&FromWorker::Answer { ask, answer }),
                Ok(None) => {}
                Err(error) => self.die(format!("Python crashed: {}", sentence(&error))),
            },
            Some(Task::Do(ToWorker::Drop { cell })) => {
                if let Err(error) = python.drop_cell(cell) {
                    self.die(format!("Python crashed: {}", sentence(&error)));
                }
            }
            Some(Task::Do(ToWorker::Write { file, buffer })) => {
                let buffers = self.buffers.borrow_mut().pop_front().unwrap_or_default();
                // What could not be written is missed by the cell that reads it, which says so.
                let _ = python.put(&file, &buffers.get(buffer.0));
            }
            Some(Task::Do(ToWorker::Install { wheels })) => self.install(&python, &wheels),
            Some(Task::Do(_)) => {}
            Some(Task::Run(request)) => {
                wasm_bindgen_futures::spawn_local(self.run(python, request));
                return;
            }
        }
        self.wake();
    }

    async fn run(self: Rc<Self>, python: Rc<Python>, request: RunRequest) {
        let run = request.run;
        let began = self.clock();
        self.post(&FromWorker::Started { run, at: began });
        let text = serde_json::to_string(&request).unwrap_or_default();
        match python.run(&text).await {
            Ok(Ended { outcome, names }) => {
                let failed = outcome != Outcome::Success;
                let took_ms = self.clock() - began;
                self.post(&FromWorker::Finished {
                    run,
                    outcome,
                    took_ms,
                    names,
                });
                self.queue.borrow_mut().ended(failed);
                self.turns.set(TURNS);
                self.wake();
            }
            // Everything that Python raises is an outcome, so this is the interpreter's end.
            Err(error) => self.die(format!("Python crashed: {}", sentence(&error))),
        }
    }

    fn install(&self, python: &Python, wheels: &[Wheel]) {
        let buffers = self.buffers.borrow_mut().pop_front().unwrap_or_default();
        let packages = wheels.iter().map(|wheel| wheel.package.clone()).collect();
        for wheel in wheels {
            if let Err(error) = python.unpack(&buffers.get(wheel.buffer.0)) {
                let message = format!("{} could not be unpacked: {}", wheel.file, sentence(&error));
                return self.post(&FromWorker::InstallFailed { packages, message });
            }
        }
        self.post(&FromWorker::Installed { packages });
    }

    /// Nothing more can be done; the page is told once.
    fn die(&self, message: String) {
        if !self.dead.replace(true) {
            self.post_now(&FromWorker::Died { message });
        }
    }

    fn post(&self, message: &FromWorker) {
        if !self.dead.get() {
            self.post_now(message);
        }
    }

    fn post_now(&self, message: &FromWorker) {
        let text = serde_json::to_string(message).unwrap_or_default();
        let parts = Array::of1(&JsValue::from_str(&text));
        // A port that is closed belongs to a page that is gone.
        let _ = self.port.post_message(&parts);
    }

    fn wake(&self) {
        if !self.queue.borrow().is_idle() && !self.dead.get() {
            let _ = self.wake.post_message(&JsValue::NULL);
        }
    }

    /// Milliseconds since 1970 by a clock that user code cannot replace.
    fn clock(&self) -> f64 {
        let now = self.now.call0(&JsValue::NULL).ok();
        now.and_then(|now| now.as_f64()).unwrap_or(0.0)
    }
}

fn listen(port: &MessagePort, on: impl Fn(MessageEvent) + 'static) {
    let on: Closure<dyn Fn(MessageEvent)> = Closure::new(on);
    // Setting the handler also starts the port.
    port.set_onmessage(Some(on.as_ref().unchecked_ref()));
    // The listener lives as long as the worker.
    on.forget();
}
