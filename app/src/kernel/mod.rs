//! The page's side of the kernel: makes its frame, hands over what it needs, receives and watches.
//!
//! The frame and its worker are untrusted: user code runs there. Their messages are taken only
//! from the right window or port, and pass the gate (`engine::gate`); anything else is dropped.

mod frame;
mod watch;

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use engine::gate::{self, Gate, Offence, Refusal, Size};
use engine::outputs::Buffers;
use engine::packages::Package;
use engine::session::{KernelId, Step};
use js_sys::{Array, ArrayBuffer, Reflect, Uint8Array};
use protocol::{BufferIndex, FromWorker, ToWorker, Wheel};
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::spawn_local;
use web_sys::{MessageChannel, MessageEvent, MessagePort};

use crate::manifest::{Listed, manifest};
use crate::{browser, editor, fetch};
use frame::Frame;
use watch::Watch;

/// The longest text that may be a seal, in UTF-16 units.
const LONGEST_SEAL: u32 = 64;

/// What happens to the page's kernel.
pub enum KernelEvent {
    /// Something is being fetched for the kernel.
    Progress(KernelId, Step),
    /// Whether the kernel owes an answer for longer than it should, from now on.
    Silent(KernelId, Silence),
    /// The kernel sent this message, with these binary parts.
    Message(KernelId, FromWorker, Buffers),
    /// The kernel is gone, or never came; why, as one sentence.
    Lost(KernelId, String),
    /// Packages could not be fetched; why, as one sentence.
    PackagesFailed(KernelId, Vec<String>, String),
}

/// What the kernel owes for longer than it should.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Silence {
    /// Nothing.
    #[default]
    None,
    /// A sign of life.
    Worker,
    /// The answer to a question: the code of a value may be what takes so long.
    Question,
}

/// The page's kernel: at most one worker at a time, in one frame.
#[derive(Clone)]
pub struct Kernel(Rc<Inner>);

struct Inner {
    frame: RefCell<Option<Frame>>,
    port: RefCell<Option<MessagePort>>,
    /// The door to the kernel that runs.
    gate: RefCell<Option<Gate>>,
    /// The kernel's own seal.
    seal: RefCell<String>,
    /// How many outputs of this kernel have come, and of how many it was told that they are painted.
    outputs: Cell<u32>,
    acknowledged: Cell<u32>,
    /// The one that is starting or runs.
    current: Cell<Option<KernelId>>,
    watch: RefCell<Watch>,
    /// What was last said of its silence.
    silence: Cell<Silence>,
    on_event: Box<dyn Fn(KernelEvent)>,
}

impl Kernel {
    /// A kernel that is not started yet.
    pub fn new(on_event: impl Fn(KernelEvent) + 'static) -> Self {
        let kernel = Self(Rc::new(Inner {
            frame: RefCell::default(),
            port: RefCell::default(),
            gate: RefCell::default(),
            seal: RefCell::default(),
            outputs: Cell::default(),
            acknowledged: Cell::default(),
            current: Cell::default(),
            watch: RefCell::default(),
            silence: Cell::default(),
            on_event: Box::new(on_event),
        }));
        watch::every_second(kernel.clone());
        kernel
    }

    /// Starts Python; ends the one before, if there is one.
    pub fn start(&self, id: KernelId) {
        self.end();
        self.0.silence.set(Silence::None);
        self.0.current.set(Some(id));
        let kernel = self.clone();
        spawn_local(async move {
            if let Err(message) = kernel.clone().begin(id).await {
                kernel.lost(id, &message);
            }
        });
    }

    /// Ends Python at once, also one that is only about to start.
    pub fn end(&self) {
        self.0.current.set(None);
        self.0.watch.borrow_mut().ended();
        if let Some(port) = self.0.port.borrow_mut().take() {
            port.set_onmessage(None);
            port.close();
        }
        if editor::is_held() {
            // An output's script holds the thread that this frame shares, and takes no message. Without
            // any frame in it that thread ends.
            if let Some(frame) = self.0.frame.borrow_mut().take() {
                frame.remove();
            }
            editor::release();
        } else if let Some(frame) = &*self.0.frame.borrow() {
            frame.stop();
        }
    }

    /// Whether it has questions enough to answer.
    pub fn has_questions(&self) -> bool {
        self.0.watch.borrow().has_questions()
    }

    /// Posts a message to the kernel.
    pub fn post(&self, message: &ToWorker, buffers: &[ArrayBuffer]) {
        let Ok(text) = serde_json::to_string(message) else {
            return;
        };
        self.0.watch.borrow_mut().posted(message);
        let seal = match message {
            ToWorker::Run(request) => {
                let seal = match seal() {
                    Ok(seal) => seal,
                    Err(message) => return self.current_lost(&message),
                };
                if let Some(gate) = &mut *self.0.gate.borrow_mut() {
                    gate.posted(request.run, request.cell, seal.clone(), browser::now());
                }
                seal
            }
            _ => self.0.seal.borrow().clone(),
        };
        let parts = Array::of2(&JsValue::from_str(&seal), &JsValue::from_str(&text));
        let transfer = Array::new();
        for buffer in buffers {
            parts.push(buffer);
            transfer.push(buffer);
        }
        if let Some(port) = &*self.0.port.borrow() {
            // It fails only for a buffer that is gone, which this page never posts twice.
            let _ = port.post_message_with_transferable(&parts, &transfer);
        }
    }

    /// All that has come is on the screen, or nobody looks: the kernel may send more.
    pub fn painted(&self) {
        let outputs = self.0.outputs.get();
        if self.0.acknowledged.replace(outputs) != outputs {
            self.post(&ToWorker::Painted { outputs }, &[]);
        }
    }

    /// Fetches and verifies packages, and posts them as one `Install`.
    pub fn install(&self, id: KernelId, packages: Vec<Package>) {
        let kernel = self.clone();
        spawn_local(async move {
            let names: Vec<String> = packages
                .iter()
                .map(|package| package.name.clone())
                .collect();
            let files: Vec<(String, Listed)> = packages.iter().map(listed).collect();
            let fetched = kernel.fetch_all(id, &files).await;
            if kernel.0.current.get() != Some(id) {
                return;
            }
            match fetched {
                Ok(buffers) => {
                    let wheels = packages.into_iter().zip(0..).map(|(package, index)| Wheel {
                        package: package.name,
                        file: package.wheel,
                        buffer: BufferIndex(index),
                    });
                    let wheels = wheels.collect();
                    kernel.post(&ToWorker::Install { wheels }, &buffers);
                }
                Err(message) => {
                    (kernel.0.on_event)(KernelEvent::PackagesFailed(id, names, message));
                }
            }
        });
    }

    async fn begin(self, id: KernelId) -> Result<(), String> {
        let has_pieces = self
            .0
            .frame
            .borrow()
            .as_ref()
            .is_some_and(Frame::has_pieces);
        let pieces = if has_pieces {
            None
        } else {
            Some(self.fetch_pieces(id).await?)
        };
        if self.0.current.get() != Some(id) {
            return Ok(());
        }
        if self.0.frame.borrow().is_none() {
            let frame = Frame::create(&manifest()?.frame).await?;
            *self.0.frame.borrow_mut() = Some(frame);
        }
        if self.0.current.get() != Some(id) {
            return Ok(());
        }
        let secret = seal()?;
        *self.0.gate.borrow_mut() = Some(Gate::new(secret.clone(), browser::now()));
        self.0.seal.borrow_mut().clone_from(&secret);
        self.0.outputs.set(0);
        self.0.acknowledged.set(0);
        let channel = MessageChannel::new().map_err(|_| "This browser has no MessageChannel.")?;
        let port = channel.port1();
        let kernel = self.clone();
        let received: Closure<dyn Fn(MessageEvent)> =
            Closure::new(move |event: MessageEvent| kernel.receive(id, &event.data()));
        // Setting the handler also starts the port, which listening alone would not.
        port.set_onmessage(Some(received.as_ref().unchecked_ref()));
        // The listener goes with its port.
        received.forget();
        let kernel = self.clone();
        if let Some(frame) = &*self.0.frame.borrow() {
            frame.start(pieces, &channel.port2(), &secret, move || {
                kernel.lost(id, "Python could not start in this browser.");
            })?;
        }
        *self.0.port.borrow_mut() = Some(port);
        self.0.watch.borrow_mut().started();
        Ok(())
    }

    /// Everything that the frame needs, as the object that `shell.js` takes.
    async fn fetch_pieces(&self, id: KernelId) -> Result<JsValue, String> {
        let manifest = manifest()?;
        let files = manifest.kernel()?.into_iter();
        let files: Vec<(String, Listed)> = files.map(|file| ("Python".to_owned(), file)).collect();
        let buffers = self.fetch_all(id, &files).await?;
        let [scripts @ .., host, module, stdlib] = buffers.as_slice() else {
            return Err("This site was not built completely.".to_owned());
        };
        let pieces = js_sys::Object::new();
        let lock = js_sys::JSON::parse(&manifest.lock.to_string()).unwrap_or_default();
        for (name, value) in [
            ("scripts", scripts.iter().collect::<Array>().into()),
            ("host", host.into()),
            ("module", module.into()),
            ("stdlib", stdlib.into()),
            ("lock", lock),
        ] {
            let _ = Reflect::set(&pieces, &name.into(), &value);
        }
        Ok(pieces.into())
    }

    /// Fetches files side by side, and reports how far they are.
    async fn fetch_all(
        &self,
        id: KernelId,
        files: &[(String, Listed)],
    ) -> Result<Vec<ArrayBuffer>, String> {
        let total: f64 = files.iter().map(|(_, file)| file.size).sum();
        let done = Rc::new(Cell::new(0.0));
        let fetched: Array = files
            .iter()
            .map(|(what, file)| {
                let (what, file, done, kernel) =
                    (what.clone(), file.clone(), done.clone(), self.clone());
                wasm_bindgen_futures::future_to_promise(async move {
                    let package = file.path.starts_with("packages/").then(|| what.clone());
                    let progress = move |bytes: f64| {
                        done.set(done.get() + bytes);
                        let step = Step {
                            what: what.clone(),
                            bytes: Some((done.get(), total)),
                        };
                        (kernel.0.on_event)(KernelEvent::Progress(id, step));
                    };
                    let buffer = fetch::file(&file, progress).await;
                    let about = |message: String| match package {
                        Some(name) => format!("The package {name} is refused. {message}"),
                        None => message,
                    };
                    buffer
                        .map(JsValue::from)
                        .map_err(|message| about(message).into())
                })
            })
            .collect();
        let all = wasm_bindgen_futures::JsFuture::from(js_sys::Promise::all(&fetched));
        let all = all
            .await
            .map_err(|error| error.as_string().unwrap_or_default())?;
        Ok(Array::from(&all)
            .iter()
            .map(JsCast::unchecked_into)
            .collect())
    }

    fn receive(&self, id: KernelId, data: &JsValue) {
        if self.0.current.get() != Some(id) {
            return;
        }
        let taken = self.let_in(data);
        let (message, buffers) = match taken {
            Ok(taken) => taken,
            Err(refusal) => return self.refused(id, refusal),
        };
        self.0.watch.borrow_mut().received(&message);
        match &message {
            FromWorker::Died { .. } => self.end(),
            FromWorker::Output { .. } => self.0.outputs.set(self.0.outputs.get() + 1),
            _ => {}
        }
        (self.0.on_event)(KernelEvent::Message(id, message, buffers));
    }

    /// Reads `[seal, json, buffer, ...]`, as far as the gate lets it in: nothing of it is copied before
    /// it was weighed.
    fn let_in(&self, data: &JsValue) -> Result<(FromWorker, Buffers), Refusal> {
        let mut gate = self.0.gate.borrow_mut();
        let gate = gate.as_mut().ok_or(Refusal::Dropped)?;
        let Some((seal, text, buffers)) = parts(data) else {
            return Err(gate.refuse());
        };
        let size = Size {
            text: text.length() as usize,
            buffers: buffers.len(),
            bytes: buffers
                .iter()
                .map(|buffer| buffer.byte_length() as usize)
                .sum(),
        };
        let subject = gate.weigh(&seal, size, browser::now())?;
        let message = gate.read(subject, &String::from(text))?;
        let buffers = buffers.iter();
        let buffers = buffers.map(|buffer| Uint8Array::new(buffer).to_vec().into());
        Ok((message, buffers.collect()))
    }

    /// Something came that is no message of the kernel's.
    fn refused(&self, id: KernelId, refusal: Refusal) {
        let count = self.0.gate.borrow().as_ref().map_or(0, Gate::refused);
        // Not each of a flood, which would slow the page down.
        if count.is_power_of_two() {
            let text = format!("Refused messages of this kernel that fit no run: {count}.");
            web_sys::console::warn_1(&text.into());
        }
        if let Refusal::End(offence) = refusal {
            self.offends(id, offence);
        }
    }

    fn offends(&self, id: KernelId, offence: Offence) {
        self.lost(id, gate::offence(offence));
    }

    fn lost(&self, id: KernelId, message: &str) {
        if self.0.current.get() == Some(id) {
            self.end();
            (self.0.on_event)(KernelEvent::Lost(id, message.to_owned()));
        }
    }

    fn current_lost(&self, message: &str) {
        if let Some(id) = self.0.current.get() {
            self.lost(id, message);
        }
    }

    /// The frame itself is gone: the next start makes another.
    fn frame_lost(&self) {
        if let Some(frame) = self.0.frame.borrow_mut().take() {
            frame.remove();
        }
        self.current_lost(
            "The part of the page that Python runs in is gone; perhaps it needed too much memory.",
        );
    }
}

/// Where a package lies on the site.
pub fn listed(package: &Package) -> (String, Listed) {
    let file = Listed {
        path: format!(
            "packages/{}?v={}",
            package.file,
            &package.sha256.get(..8).unwrap_or("")
        ),
        size: package.size as f64,
        sha256: package.sha256.clone(),
    };
    (package.name.clone(), file)
}

/// The parts of a message: its seal, its text and its buffers; nothing is copied but the seal.
fn parts(data: &JsValue) -> Option<(String, js_sys::JsString, Vec<ArrayBuffer>)> {
    let parts = data.dyn_ref::<Array>()?;
    let text = |at| parts.get(at).dyn_into::<js_sys::JsString>().ok();
    let seal = text(0).filter(|seal| seal.length() <= LONGEST_SEAL)?;
    // A list without end is not walked: one buffer more than may be is too many already.
    let most = u32::try_from(protocol::MOST_BUFFERS).unwrap_or(0) + 3;
    let buffers = (2..parts.length().min(most)).map(|at| parts.get(at).dyn_into().ok());
    Some((
        String::from(seal),
        text(1)?,
        buffers.collect::<Option<_>>()?,
    ))
}

/// A secret that nobody guesses.
fn seal() -> Result<String, String> {
    let mut bytes = [0_u8; 16];
    let filled = browser::window()
        .crypto()
        .and_then(|crypto| crypto.get_random_values_with_u8_array(&mut bytes));
    if filled.is_err() {
        return Err("This browser has no random numbers that Python could be started safely with. Use another browser.".to_owned());
    }
    Ok(browser::hexadecimal(&bytes))
}
