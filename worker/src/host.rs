//! Ties the queue, Python and the wire together; yields to the wire between two runs.

use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, VecDeque};
use std::rc::Rc;

use js_sys::{Array, ArrayBuffer, Function, Object, Promise};
use protocol::{
    BootStep, CellId, DeathReason, FromWorker, MOST_BUFFERS, MOST_BYTES, MOST_REQUESTS, MOST_TEXT,
    Outcome, Output, Refusal, Request, Response, RunId, RunRequest, Stream, ToWorker, Wheel,
};
use wasm_bindgen::prelude::*;

use crate::pace::Pace;
use crate::python::{Ended, Python, parse, sentence};
use crate::queue::{Queue, Task};

/// How many turns of the event loop lie between two runs. Messages of the page that came while Python
/// ran are on their way through the browser when the run ends, a step or two behind our own wake-up;
/// among them may be the `Cancel` of what would run next.
const TURNS: u32 = 3;

/// What a run may put out beside tails, in bytes and in values: more than our Python lets through, so
/// that only what goes past that is dropped here.
const RUN_BYTES: usize = 24 << 20;
const RUN_VALUES: usize = 220;

/// What a run has put out so far beside tails.
#[derive(Default)]
struct Spent {
    bytes: usize,
    values: usize,
    /// It was said that no more is shown.
    is_told: bool,
}

/// How much of what is thrown at the end of Python is told in the cell that ran, in characters.
const MOST_DETAIL: usize = 2_000;

#[wasm_bindgen]
extern "C" {
    /// The private port (`js/wire.js`).
    #[derive(Clone)]
    pub type Wire;

    #[wasm_bindgen(method)]
    fn send(this: &Wire, seal: &str, text: &str, buffers: &Array);

    #[wasm_bindgen(method)]
    fn listen(this: &Wire, message: &Function, turn: &Function);

    #[wasm_bindgen(method)]
    fn wake(this: &Wire);

    #[wasm_bindgen(method)]
    fn sleep(this: &Wire, milliseconds: f64);
}

/// The one host of this worker.
pub struct Host {
    wire: Wire,
    /// What the page knows this kernel by.
    seal: String,
    /// What it knows each run by that waits or goes on.
    seals: RefCell<BTreeMap<RunId, String>>,
    /// The run of each cell that has ended last: a task that it left behind may put out more.
    ended: RefCell<BTreeMap<CellId, RunId>>,
    /// What the page knows these runs by.
    late_seals: RefCell<BTreeMap<RunId, String>>,
    queue: RefCell<Queue>,
    pace: RefCell<Pace>,
    /// The bytes and the values that each run has put out.
    spent: RefCell<BTreeMap<RunId, Spent>>,
    /// The buffers of the `Install` and `Write` messages that wait, in order.
    buffers: RefCell<VecDeque<Array>>,
    /// What gives their responses to the requests of the run that goes on.
    requests: RefCell<BTreeMap<u32, Function>>,
    newest_request: Cell<u32>,
    python: RefCell<Option<Rc<Python>>>,
    now: Function,
    dead: Cell<bool>,
    /// How many turns are left before the next run may begin.
    turns: Cell<u32>,
}

impl Host {
    /// Starts Python and listens.
    pub fn start(wire: Wire, bridge: JsValue, pieces: Object, seal: String, now: Function) {
        die_with_panics(wire.clone(), seal.clone());
        let host = Rc::new(Self {
            wire,
            seal,
            seals: RefCell::default(),
            ended: RefCell::default(),
            late_seals: RefCell::default(),
            queue: RefCell::default(),
            pace: RefCell::default(),
            spent: RefCell::default(),
            buffers: RefCell::default(),
            requests: RefCell::default(),
            newest_request: Cell::default(),
            python: RefCell::default(),
            now,
            dead: Cell::new(false),
            turns: Cell::new(0),
        });
        let receiver = host.clone();
        let message: Closure<dyn Fn(JsValue)> = Closure::new(move |data| receiver.receive(&data));
        let woken = host.clone();
        let turn: Closure<dyn Fn()> = Closure::new(move || woken.clone().step());
        host.wire.listen(
            message.as_ref().unchecked_ref(),
            turn.as_ref().unchecked_ref(),
        );
        // They live as long as the worker.
        message.forget();
        turn.forget();
        wasm_bindgen_futures::spawn_local(host.boot(bridge, pieces));
    }

    async fn boot(self: Rc<Self>, bridge: JsValue, pieces: Object) {
        self.post(&FromWorker::Booting {
            step: BootStep::Python,
        });
        let host = self.clone();
        let died: Closure<dyn Fn(String, f64, String)> =
            Closure::new(move |how: String, code: f64, what: String| {
                host.die(reason(&how, code, &what), &what);
            });
        let host = self.clone();
        let output: Closure<dyn Fn(String, String, Array)> =
            Closure::new(move |run: String, text: String, buffers: Array| {
                host.put_out(&run, &text, &buffers);
            });
        let host = self.clone();
        let request: Closure<dyn Fn(String, String, Array) -> Promise> =
            Closure::new(move |run: String, text: String, buffers: Array| {
                host.ask_page(&run, &text, &buffers)
            });
        let started = Python::start(
            bridge,
            &pieces,
            died.as_ref().unchecked_ref(),
            output.as_ref().unchecked_ref(),
            request.as_ref().unchecked_ref(),
        )
        .await;
        died.forget();
        output.forget();
        request.forget();
        match started {
            Ok(python) => {
                let version = python.version();
                *self.python.borrow_mut() = Some(Rc::new(python));
                self.post(&FromWorker::Ready { python: version });
                self.wake();
            }
            Err(error) => self.die(DeathReason::NotStarted, &sentence(&error)),
        }
    }

    fn receive(&self, data: &JsValue) {
        let Some((seal, message, buffers)) = parse(data) else {
            return;
        };
        match &message {
            ToWorker::Install { .. } | ToWorker::Write { .. } => {
                self.buffers.borrow_mut().push_back(buffers);
            }
            ToWorker::Run(request) => {
                self.seals.borrow_mut().insert(request.run, seal);
            }
            ToWorker::Respond {
                run,
                request,
                response,
            } => return self.respond(*run, *request, response, &buffers),
            ToWorker::Painted { outputs } => {
                self.pace.borrow_mut().painted(*outputs);
                return self.wake();
            }
            _ => {}
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
        if self.waits_for_the_page() {
            return;
        }
        let task = self.queue.borrow_mut().next_task();
        match task {
            None => return,
            Some(Task::Post(message)) => self.post(&message),
            Some(Task::Do(ToWorker::Forget { names })) => {
                if let Err(error) = python.forget(&names) {
                    self.crash(&error);
                }
            }
            Some(Task::Do(ToWorker::Ask { ask, question })) => match python.ask(&question) {
                Ok(Some(answer)) => self.post(&FromWorker::Answer { ask, answer }),
                Ok(None) => {}
                Err(error) => self.crash(&error),
            },
            Some(Task::Do(ToWorker::Drop { cell })) => {
                self.drop_seal(cell);
                if let Err(error) = python.drop_cell(cell) {
                    self.crash(&error);
                }
            }
            Some(Task::Do(message @ ToWorker::Move { .. })) => {
                let message = serde_json::to_string(&message).unwrap_or_default();
                if let Err(error) = python.move_widget(&message) {
                    self.crash(&error);
                }
            }
            Some(Task::Do(ToWorker::Write { file, buffer })) => {
                let buffers = self.buffers.borrow_mut().pop_front().unwrap_or_default();
                // What could not be written is missed by the cell that reads it, which says so.
                let _ = python.put(&file, &buffers.get(buffer.0));
            }
            Some(Task::Do(ToWorker::Remove { file })) => {
                // One that is not there any more is as was asked for.
                let _ = python.remove(&file);
            }
            Some(Task::Do(ToWorker::Read { read, file, from })) => {
                self.post_file(&python, read, &file, from);
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
            Ok(Ended {
                outcome: outcome @ (Outcome::Success | Outcome::Error(_)),
                names,
            }) => {
                let failed = outcome != Outcome::Success;
                let took_ms = self.clock() - began;
                self.post(&FromWorker::Finished {
                    run,
                    outcome,
                    took_ms,
                    names,
                });
                self.keep_seal(request.cell, run);
                self.queue.borrow_mut().ended(failed);
                self.give_up_requests();
                self.turns.set(TURNS);
                self.wake();
            }
            Ok(_) => self.die(DeathReason::Crashed, ""),
            // Everything that Python raises is an outcome, so this is the interpreter's end.
            Err(error) => self.crash(&error),
        }
    }

    /// This run of this cell has ended, and is the one of its runs that may still put out. What was posted
    /// before it has ended or was skipped.
    fn keep_seal(&self, cell: CellId, run: RunId) {
        self.drop_seal(cell);
        let seal = self.seals.borrow_mut().remove(&run);
        if let Some(seal) = seal {
            self.late_seals.borrow_mut().insert(run, seal);
            self.ended.borrow_mut().insert(cell, run);
        }
        self.seals.borrow_mut().retain(|other, _| *other > run);
    }

    /// No run of this cell that has ended may put out any more.
    fn drop_seal(&self, cell: CellId) {
        if let Some(run) = self.ended.borrow_mut().remove(&cell) {
            self.late_seals.borrow_mut().remove(&run);
            self.spent.borrow_mut().remove(&run);
        }
    }

    /// Python puts something out: `text` is the JSON of an `Output`. Counts only for the run that goes
    /// on and the last of each cell, and waits where the page could not keep up.
    fn put_out(&self, run: &str, text: &str, buffers: &Array) {
        let Some(run) = run.parse().ok().map(RunId) else {
            return;
        };
        let is_running = self.queue.borrow().running() == Some(run);
        if !is_running && !self.late_seals.borrow().contains_key(&run) {
            return;
        }
        let Ok(output) = serde_json::from_str::<Output>(text) else {
            return;
        };
        let is_value = matches!(output, Output::Value { .. });
        // What comes in the place of something else is bounded by what it takes the place of.
        let is_in_place = matches!(
            output,
            Output::Tail { .. } | Output::Update { .. } | Output::Set { .. }
        );
        let is_clear = matches!(output, Output::Clear { .. });
        let mut text = json_of(run, output);
        let mut bytes: usize = buffers.iter().map(|buffer| size_of(&buffer)).sum();
        let mut buffers = buffers.clone();
        let is_large = text.len() > MOST_TEXT || bytes > MOST_BYTES;
        if is_large || buffers.length() as usize > MOST_BUFFERS {
            let note = note("[What this cell puts out here is too large to be shown.]\n");
            (text, bytes, buffers) = (json_of(run, note), 0, Array::new());
        }
        let mut size = text.len() + bytes;
        let mut all_spent = self.spent.borrow_mut();
        let all_spent = all_spent.entry(run).or_default();
        if is_clear {
            *all_spent = Spent::default();
        }
        let bytes_then = all_spent.bytes + if is_in_place { 0 } else { size };
        let values_then = all_spent.values + usize::from(is_value);
        let is_spent = bytes_then > RUN_BYTES || values_then > RUN_VALUES;
        if (is_spent && all_spent.is_told) || self.dead.get() {
            return;
        }
        if is_spent {
            all_spent.is_told = true;
            let note =
                note("[What this cell puts out from here on is not shown: it is too much.]\n");
            (text, buffers) = (json_of(run, note), Array::new());
            size = text.len();
        } else {
            (all_spent.bytes, all_spent.values) = (bytes_then, values_then);
        }
        let wait = self.pace.borrow_mut().wait(self.clock());
        if wait > 0.0 {
            self.wire.sleep(wait);
        }
        self.pace.borrow_mut().left(size);
        self.send(Some(run), &text, &buffers);
    }

    /// The code of a run asks the page for something: `text` is the JSON of a `Request`. Only the run that
    /// goes on can; `run` is empty where it is not known, as in JavaScript. The promise is always kept, with
    /// the JSON of a `Response` and its buffers.
    fn ask_page(&self, run: &str, text: &str, buffers: &Array) -> Promise {
        let running = self.queue.borrow().running();
        let running = running.filter(|running| run.is_empty() || run.parse() == Ok(running.0));
        let Some(run) = running.filter(|_| !self.dead.get()) else {
            return refused("Only a cell that is running can ask for this.");
        };
        let bytes: usize = buffers.iter().map(|buffer| size_of(&buffer)).sum();
        if buffers.length() > 1 || bytes > MOST_BYTES {
            return refused("A cell can send at most 10 MB.");
        }
        if self.requests.borrow().len() >= MOST_REQUESTS {
            return refused("Too many requests at once: wait for some of them before the next.");
        }
        let asked = serde_json::from_str::<Request>(text).ok();
        let Some(asked) = asked.filter(Request::is_sound) else {
            return refused(
                "This request is none that the page takes: its address, its headers or its text are too long.",
            );
        };
        let request = self.newest_request.get().wrapping_add(1);
        self.newest_request.set(request);
        let promise = Promise::new(&mut |resolve, _| {
            self.requests.borrow_mut().insert(request, resolve);
        });
        let message = FromWorker::Request {
            run,
            request,
            asked,
        };
        let text = serde_json::to_string(&message).unwrap_or_default();
        self.send(Some(run), &text, buffers);
        promise
    }

    /// The page responds to a request of the run that goes on.
    fn respond(&self, run: RunId, request: u32, response: &Response, buffers: &Array) {
        if self.queue.borrow().running() != Some(run) {
            return;
        }
        let waiting = self.requests.borrow_mut().remove(&request);
        if let Some(resolve) = waiting {
            let _ = resolve.call1(&JsValue::NULL, &responded(response, buffers));
        }
    }

    /// The run has ended: nothing that it asked for comes any more.
    fn give_up_requests(&self) {
        let open = self.requests.take();
        for resolve in open.into_values() {
            let response = refusal("The cell that asked for this has ended.");
            let _ = resolve.call1(&JsValue::NULL, &responded(&response, &Array::new()));
        }
    }

    fn post_file(&self, python: &Python, read: u32, file: &str, from: u32) {
        let part = python.read(file, f64::from(from));
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "a file of this memory is smaller than that"
        )]
        let size = part.as_ref().map_or(0, |(size, _)| *size as u32);
        let text = serde_json::to_string(&FromWorker::Content { read, size });
        let buffers: Array = part.into_iter().map(|(_, part)| part).collect();
        self.send(None, &text.unwrap_or_default(), &buffers);
    }

    fn install(&self, python: &Python, wheels: &[Wheel]) {
        let buffers = self.buffers.borrow_mut().pop_front().unwrap_or_default();
        let packages = wheels.iter().map(|wheel| wheel.package.clone()).collect();
        for wheel in wheels {
            if python.unpack(&buffers.get(wheel.buffer.0)).is_err() {
                return self.post(&FromWorker::InstallFailed { packages });
            }
        }
        self.post(&FromWorker::Installed { packages });
    }

    /// Something was thrown that is no exception of Python's.
    fn crash(&self, error: &JsValue) {
        let what = sentence(error);
        self.die(reason("crashed", 0.0, &what), &what);
    }

    /// Nothing more can be done; the page is told once. What is known beyond the reason stands in the
    /// cell that ran.
    fn die(&self, reason: DeathReason, what: &str) {
        if self.dead.get() {
            return;
        }
        let running = self.queue.borrow().running();
        if let (Some(run), false) = (running, what.is_empty()) {
            let detail: String = what.chars().take(MOST_DETAIL).collect();
            let output = Output::Text {
                stream: Stream::Stderr,
                text: format!("{detail}\n"),
            };
            self.post(&FromWorker::Output { run, output });
        }
        self.post(&FromWorker::Died { reason });
        self.dead.set(true);
    }

    fn post(&self, message: &FromWorker) {
        let run = match message {
            FromWorker::Started { run, .. }
            | FromWorker::Output { run, .. }
            | FromWorker::Request { run, .. }
            | FromWorker::Finished { run, .. } => Some(*run),
            _ => None,
        };
        let text = serde_json::to_string(message).unwrap_or_default();
        self.send(run, &text, &Array::new());
    }

    /// Sends what is about this run, or about the kernel.
    fn send(&self, run: Option<RunId>, text: &str, buffers: &Array) {
        if self.dead.get() {
            return;
        }
        let (seals, late) = (self.seals.borrow(), self.late_seals.borrow());
        let seal = run.map_or(Some(&self.seal), |run| {
            seals.get(&run).or_else(|| late.get(&run))
        });
        if let Some(seal) = seal {
            self.wire.send(seal, text, buffers);
        }
    }

    /// Whether the next run would bring what the page cannot show yet.
    fn waits_for_the_page(&self) -> bool {
        self.queue.borrow().begins_run() && self.pace.borrow().is_ahead()
    }

    fn wake(&self) {
        if !self.queue.borrow().is_idle() && !self.dead.get() && !self.waits_for_the_page() {
            self.wire.wake();
        }
    }

    /// Milliseconds since 1970 by a clock that user code cannot replace.
    fn clock(&self) -> f64 {
        let now = self.now.call0(&JsValue::NULL).ok();
        now.and_then(|now| now.as_f64()).unwrap_or(0.0)
    }
}

/// A sentence of the host's own, among what a run puts out.
fn note(text: &str) -> Output {
    Output::Text {
        stream: Stream::Stderr,
        text: text.to_owned(),
    }
}

fn json_of(run: RunId, output: Output) -> String {
    serde_json::to_string(&FromWorker::Output { run, output }).unwrap_or_default()
}

fn refusal(sentence: &str) -> Response {
    Response::Refused {
        why: Refusal::Forbidden,
        sentence: sentence.to_owned(),
    }
}

fn refused(sentence: &str) -> Promise {
    Promise::resolve(&responded(&refusal(sentence), &Array::new()))
}

/// A response as Python and the bridge take it: its JSON, then its buffers.
fn responded(response: &Response, buffers: &Array) -> JsValue {
    let text = serde_json::to_string(response).unwrap_or_default();
    let parts = Array::of1(&JsValue::from_str(&text));
    for buffer in buffers.iter() {
        parts.push(&buffer);
    }
    parts.into()
}

fn size_of(buffer: &JsValue) -> usize {
    let buffer = buffer.dyn_ref::<ArrayBuffer>();
    buffer.map_or(usize::MAX / 64, |buffer| buffer.byte_length() as usize)
}

/// Why Python is gone, by how its end was noticed and what was said.
fn reason(how: &str, code: f64, what: &str) -> DeathReason {
    let says = |words: &[&str]| {
        let what = what.to_lowercase();
        words.iter().any(|word| what.contains(word))
    };
    #[expect(
        clippy::cast_possible_truncation,
        reason = "an exit code that is none is nobody's concern"
    )]
    match how {
        "exited" => DeathReason::Exited { code: code as i32 },
        "closed" => DeathReason::Closed,
        _ if says(&["call stack", "too much recursion", "stack overflow"]) => {
            DeathReason::StackOverflow
        }
        _ if says(&[
            "out of memory",
            "oom",
            "enlarge memory",
            "allocation failed",
        ]) =>
        {
            DeathReason::OutOfMemory
        }
        "aborted" => DeathReason::Aborted,
        _ => DeathReason::Crashed,
    }
}

/// A panic of the host itself is the kernel's end too, which the page would else wait for.
fn die_with_panics(wire: Wire, seal: String) {
    thread_local! {
        static LAST: RefCell<Option<(Wire, String)>> = const { RefCell::new(None) };
    }
    LAST.with(|last| *last.borrow_mut() = Some((wire, seal)));
    std::panic::set_hook(Box::new(|panic| {
        console_error_panic_hook::hook(panic);
        let died = FromWorker::Died {
            reason: DeathReason::Crashed,
        };
        let text = serde_json::to_string(&died).unwrap_or_default();
        LAST.with(|last| {
            if let Ok(last) = last.try_borrow()
                && let Some((wire, seal)) = &*last
            {
                wire.send(seal, &text, &Array::new());
            }
        });
    }));
}
