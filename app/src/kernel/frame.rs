//! The opaque-origin frame that owns the worker, and what the page says to its shell.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use gloo_events::EventListener;
use gloo_timers::callback::Interval;
use js_sys::{Array, Object, Promise, Reflect};
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;
use web_sys::{HtmlIFrameElement, MessageEvent, MessagePort, Window};

/// How often is looked whether a frame that has not said hello is still there, in milliseconds, and how
/// many times at most.
const LOOK: u32 = 500;
const LOOKS: u32 = 30;

/// What to call when the frame says that it cannot go on.
type OnFailure = Rc<RefCell<Option<Box<dyn Fn()>>>>;

/// A frame whose shell has said hello.
pub struct Frame {
    element: HtmlIFrameElement,
    window: Window,
    has_pieces: Cell<bool>,
    on_failure: OnFailure,
    /// The number of the newest ping that was answered.
    answered: Rc<Cell<u32>>,
    /// Receives what the frame says, until it is dropped.
    _listener: EventListener,
}

impl Frame {
    /// Makes the frame, and waits for its shell.
    pub async fn create(document: &str) -> Result<Self, String> {
        let broken = |_| "This browser cannot make the frame that Python runs in.".to_owned();
        let page = web_sys::window().ok_or("the page is gone")?;
        let body = page
            .document()
            .and_then(|document| document.body())
            .ok_or("no body")?;
        let element = page
            .document()
            .ok_or("no document")?
            .create_element("iframe");
        let element: HtmlIFrameElement = element.map_err(broken)?.unchecked_into();
        // The sandbox must be there before the document is, and allows nothing but scripts.
        for (name, value) in [
            ("sandbox", "allow-scripts"),
            ("aria-hidden", "true"),
            ("tabindex", "-1"),
            ("title", "Python"),
            ("class", "kernel-frame"),
            ("srcdoc", document),
        ] {
            element.set_attribute(name, value).map_err(broken)?;
        }
        body.append_child(&element).map_err(broken)?;
        let window = element.content_window().ok_or("the frame has no window")?;
        let answered = Rc::new(Cell::new(0));
        let on_failure: OnFailure = Rc::default();
        let mut listener = None;
        // A frame that is gone gives no event.
        let mut patience = None;
        let hello = Promise::new(&mut |resolve, reject| {
            let (frame, looks) = (element.clone(), Cell::new(0));
            patience = Some(Interval::new(LOOK, move || {
                looks.set(looks.get() + 1);
                if !frame.is_connected() || looks.get() > LOOKS {
                    let _ = reject.call0(&JsValue::NULL);
                }
            }));
            let (window, answered, on_failure) =
                (window.clone(), answered.clone(), on_failure.clone());
            listener = Some(EventListener::new(&page, "message", move |event| {
                let event: &MessageEvent = event.unchecked_ref();
                if event
                    .source()
                    .is_none_or(|source| !Object::is(&source, &window))
                {
                    return;
                }
                let get =
                    |name: &str| Reflect::get(&event.data(), &name.into()).unwrap_or_default();
                match get("rivulet").as_string().as_deref() {
                    Some("hello") => {
                        let _ = resolve.call0(&JsValue::NULL);
                    }
                    Some("pong") => answered.set(number(&get("ping"))),
                    Some("failed") => {
                        if let Some(on_failure) = &*on_failure.borrow() {
                            on_failure();
                        }
                    }
                    _ => {}
                }
            }));
        });
        let greeted = JsFuture::from(hello).await;
        drop(patience);
        if greeted.is_err() {
            element.remove();
            return Err("The part of the page that Python runs in did not start. Try again; if that does not help, reload the page.".to_owned());
        }
        Ok(Self {
            element,
            window,
            has_pieces: Cell::new(false),
            on_failure,
            answered,
            _listener: listener.ok_or("the frame cannot be heard")?,
        })
    }

    /// Whether the frame has all that a worker needs.
    pub fn has_pieces(&self) -> bool {
        self.has_pieces.get()
    }

    /// Starts a worker with its end of the port and the seal that its messages carry; `pieces` only the
    /// first time.
    pub fn start(
        &self,
        pieces: Option<JsValue>,
        port: &MessagePort,
        seal: &str,
        on_failure: impl Fn() + 'static,
    ) -> Result<(), String> {
        *self.on_failure.borrow_mut() = Some(Box::new(on_failure));
        self.has_pieces.set(true);
        let pieces = pieces.unwrap_or(JsValue::UNDEFINED);
        self.say(
            &[
                ("command", "start".into()),
                ("pieces", pieces),
                ("seal", seal.into()),
            ],
            &Array::of1(port),
        )
        .map_err(|_| "The frame that Python runs in does not take messages.".to_owned())
    }

    /// Ends the worker.
    pub fn stop(&self) {
        let _ = self.say(&[("command", "stop".into())], &Array::new());
    }

    /// Asks the frame for a sign of life.
    pub fn ping(&self, ping: u32) {
        let _ = self.say(
            &[("command", "ping".into()), ("ping", ping.into())],
            &Array::new(),
        );
    }

    /// The newest ping that was answered.
    pub fn answered(&self) -> u32 {
        self.answered.get()
    }

    /// Takes the frame out of the page.
    pub fn remove(self) {
        self.element.remove();
    }

    fn say(&self, parts: &[(&str, JsValue)], transfer: &Array) -> Result<(), JsValue> {
        let message = Object::new();
        for (name, value) in parts {
            Reflect::set(&message, &(*name).into(), value)?;
        }
        // The frame has an opaque origin, which no target origin but `*` names.
        self.window
            .post_message_with_transfer(&message, "*", transfer)
    }
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a number that is no ping's matches none"
)]
fn number(value: &JsValue) -> u32 {
    value.as_f64().unwrap_or(0.0) as u32
}
