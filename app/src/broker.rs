//! Asks other sites, through a frame of its own: the page itself may ask its own site alone.
//!
//! The frame has no origin, so that no cookies go with what it asks for, and a policy of its own: it
//! reaches the sites that it was made for, and so does what they lead on to. It is made when it is first
//! needed, and anew when there are other sites. Whether the person allows them is not decided here:
//! whoever calls [`fetch`] has asked. What no page should ask for (`engine::address`) is refused here,
//! for everybody.

use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use engine::address::{self, Address};
use gloo_events::EventListener;
use js_sys::{
    Array, ArrayBuffer, Function, Object, Promise, Reflect, Uint8Array, encode_uri_component,
};
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;
use web_sys::{HtmlIFrameElement, MessageEvent, Url, Window};

use crate::browser;
use crate::manifest::manifest;

/// How long a site may take altogether, in milliseconds.
const PATIENCE: u32 = 60_000;
/// How much longer the frame may take to say so, in milliseconds: it looks for a while whether a site that
/// refuses is there at all. Later than that it is dead, as when the browser has ended its process.
const GRACE: u32 = 15_000;
/// How long the frame may take to start.
const START: u32 = 15_000;

/// What is asked for.
#[derive(Debug, Clone)]
pub struct Request {
    /// The address; see [`check`].
    pub url: String,
    /// `GET` or `POST`.
    pub method: String,
    /// Names and values. The browser leaves out what is its own to say.
    pub headers: Vec<(String, String)>,
    /// What is sent.
    pub body: Option<Uint8Array>,
    /// The most that is taken, in bytes.
    pub most: f64,
    /// The sites that it may be led on to, besides its own: what is no origin of a site is none.
    pub sites: Vec<String>,
}

/// What a site has answered; also an error of its own, such as 404.
#[derive(Debug, Clone)]
pub struct Response {
    /// The address that answered, after redirects.
    pub url: String,
    /// The status, for instance 200.
    pub status: u16,
    /// Its words; empty with newer protocols.
    pub reason: String,
    /// The headers that the site shows to others.
    pub headers: Vec<(String, String)>,
    /// The bytes.
    pub bytes: ArrayBuffer,
}

/// Why there is no answer.
#[derive(Debug, Clone, PartialEq)]
pub enum Failure {
    /// The address is none that a notebook may ask for; why, as a sentence.
    Forbidden(String),
    /// This site was built without a way to others.
    Off,
    /// The frame did not start.
    Broken,
    /// The frame is dead.
    Silent,
    /// The site is there, and does not let pages of other sites read it (CORS).
    OtherSite(String),
    /// The site leads on to another that this notebook may not ask.
    LedOn(String),
    /// The site was not reached.
    Unreachable(String),
    /// The site took longer than a minute.
    TooLate(String),
    /// More came than was to be taken: so many bytes.
    TooLarge(String, f64),
}

impl Failure {
    /// The same as one or two sentences.
    pub fn sentence(&self) -> String {
        match self {
            Self::Forbidden(sentence) => sentence.clone(),
            Self::Off => "This site was built so that notebooks reach no other sites.".to_owned(),
            Self::Broken => "The part of this page that reads other sites did not start: this site, or a filter in between, does not let it.".to_owned(),
            Self::Silent => "The part of this page that reads other sites has stopped: the browser may have ended it. Run the cell again, and it is started anew.".to_owned(),
            Self::OtherSite(host) => format!("{host} does not let pages of other sites read it (it sends no CORS header for this address). Download the file and add it to the notebook, or put it beside the notebook."),
            Self::LedOn(host) => format!("{host} leads on to another site (a redirect), and the browser does not say to which, so that you cannot be asked. Open the address in a tab of its own, and write into the code the address where it ends."),
            Self::Unreachable(host) => format!("{host} could not be reached. Is the address right, and is there a network?"),
            Self::TooLate(host) => format!("{host} took longer than {} seconds.", PATIENCE / 1000),
            Self::TooLarge(host, most) => format!("What {host} sends is larger than the {:.0} MB that are taken.", most / 1e6),
        }
    }
}

/// An address that may be asked for, in parts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// The whole address, without a fragment.
    pub url: String,
    /// What leave is given for: scheme, host and port.
    pub origin: String,
    /// The host with its port, for people.
    pub host: String,
}

/// Whether an address may be asked for at all.
pub fn check(url: &str) -> Result<Place, Failure> {
    let forbidden = |sentence: &str| Failure::Forbidden(sentence.to_owned());
    let parsed = Url::new(url).map_err(|_| {
        let shown: String = url.chars().take(200).collect();
        Failure::Forbidden(format!(
            "\u{201c}{shown}\u{201d} is no whole address. One begins with https://"
        ))
    })?;
    parsed.set_hash("");
    let (scheme, host) = (parsed.protocol(), parsed.hostname());
    let address = Address {
        scheme: &scheme,
        host: &host,
        has_credentials: !parsed.username().is_empty() || !parsed.password().is_empty(),
    };
    let page = browser::window().location().hostname().unwrap_or_default();
    address::check(address, &page).map_err(|trouble| forbidden(trouble.sentence()))?;
    Ok(Place {
        url: parsed.href(),
        origin: parsed.origin(),
        host: parsed.host(),
    })
}

/// Whether this site was built with a way to others.
pub fn is_built() -> bool {
    manifest().is_ok_and(|manifest| manifest.broker.is_some())
}

/// Asks another site. `progress` is told how many bytes have come, and of how many where that is known.
pub async fn fetch(
    request: &Request,
    progress: impl Fn(f64, Option<f64>) + 'static,
) -> Result<Response, Failure> {
    let place = check(&request.url)?;
    let sites = sites(&place, &request.sites);
    let policy = sites.iter().cloned().collect::<Vec<_>>().join(" ");
    let broker = broker(policy).await?;
    let answer = broker.ask(&place, request, Box::new(progress));
    let (number, answer) = answer.map_err(|_| Failure::Broken)?;
    let mut answer = JsFuture::from(answer);
    let Some(answer) = browser::within(PATIENCE + GRACE, &mut answer).await else {
        broker.waiting.borrow_mut().remove(&number);
        forget(&broker);
        return Err(Failure::Silent);
    };
    let host = place.host;
    match answer {
        Ok(answer) => {
            let response = response(&answer).ok_or(Failure::Broken)?;
            // It may have led on to an address that nobody would have been asked for. The frame's policy
            // keeps it from that; what it brings all the same is not looked at.
            if !sites.contains(&check(&response.url)?.origin) {
                return Err(Failure::LedOn(host));
            }
            Ok(response)
        }
        Err(failure) => Err(match failure.as_string().as_deref() {
            Some("late") => Failure::TooLate(host),
            Some("large") => Failure::TooLarge(host, request.most),
            Some("other site") => Failure::OtherSite(host),
            Some("led on") => Failure::LedOn(host),
            _ => Failure::Unreachable(host),
        }),
    }
}

/// The sites that a frame for this reaches, as its policy has them.
fn sites(place: &Place, sites: &[String]) -> BTreeSet<String> {
    let others = sites
        .iter()
        .filter_map(|site| Some(check(site).ok()?.origin));
    others.chain([place.origin.clone()]).collect()
}

/// Takes how many bytes have come, and of how many where that is known.
type Progress = Box<dyn Fn(f64, Option<f64>)>;

/// A request on its way.
struct Waiting {
    resolve: Function,
    reject: Function,
    progress: Progress,
}

/// The frame, once it has said hello.
struct Broker {
    /// The sites that it reaches.
    policy: String,
    element: HtmlIFrameElement,
    window: Window,
    newest: Cell<u32>,
    waiting: Rc<RefCell<BTreeMap<u32, Waiting>>>,
    /// Receives what the frame says.
    _listener: EventListener,
}

impl Drop for Broker {
    fn drop(&mut self) {
        self.element.remove();
    }
}

thread_local! {
    /// The newest frame; earlier ones go with the last answer that they owe.
    static BROKER: RefCell<Option<Rc<Broker>>> = const { RefCell::new(None) };
}

async fn broker(policy: String) -> Result<Rc<Broker>, Failure> {
    let there = BROKER.with_borrow(Clone::clone);
    if let Some(broker) = there.filter(|broker| broker.policy == policy) {
        return Ok(broker);
    }
    let manifest = manifest().map_err(|_| Failure::Broken)?;
    let address = manifest.broker.as_ref().ok_or(Failure::Off)?;
    let made = Broker::start(address, policy)
        .await
        .map_err(|_| Failure::Broken)?;
    // Two that were asked for at once are one too many, and do no harm.
    let made = Rc::new(made);
    BROKER.with_borrow_mut(|broker| *broker = Some(made.clone()));
    Ok(made)
}

/// Has the next request make a frame of its own. This one goes with the last that waits for it.
fn forget(dead: &Rc<Broker>) {
    BROKER.with_borrow_mut(|newest| {
        if newest
            .as_ref()
            .is_some_and(|newest| Rc::ptr_eq(newest, dead))
        {
            *newest = None;
        }
    });
}

impl Broker {
    async fn start(address: &str, policy: String) -> Result<Self, JsValue> {
        let document = browser::document();
        let element: HtmlIFrameElement = document.create_element("iframe")?.unchecked_into();
        // The sandbox must be there before the document is, and allows nothing but scripts.
        for (name, value) in [
            ("sandbox", "allow-scripts"),
            ("aria-hidden", "true"),
            ("tabindex", "-1"),
            ("title", "Other sites"),
            ("class", "kernel-frame"),
            (
                "src",
                &format!("{address}#{}", encode_uri_component(&policy)),
            ),
        ] {
            element.set_attribute(name, value)?;
        }
        document
            .body()
            .ok_or(JsValue::NULL)?
            .append_child(&element)?;
        let window = element.content_window().ok_or(JsValue::NULL)?;
        let waiting: Rc<RefCell<BTreeMap<u32, Waiting>>> = Rc::default();
        let mut listener = None;
        let hello = Promise::new(&mut |resolve, _| {
            let (window, waiting) = (window.clone(), waiting.clone());
            listener = Some(EventListener::new(
                &browser::window(),
                "message",
                move |event| {
                    let event: &MessageEvent = event.unchecked_ref();
                    let is_own = event
                        .source()
                        .is_some_and(|source| Object::is(&source, &window));
                    let data = event.data();
                    if !is_own || get(&data, "rivulet").as_string().as_deref() != Some("broker") {
                        return;
                    }
                    if get(&data, "hello").is_truthy() {
                        let _ = resolve.call0(&JsValue::NULL);
                    } else {
                        receive(&waiting, &data);
                    }
                },
            ));
        });
        let mut hello = JsFuture::from(hello);
        if browser::within(START, &mut hello).await.is_none() {
            element.remove();
            return Err(JsValue::NULL);
        }
        Ok(Self {
            policy,
            element,
            window,
            newest: Cell::new(0),
            waiting,
            _listener: listener.ok_or(JsValue::NULL)?,
        })
    }

    fn ask(
        &self,
        place: &Place,
        request: &Request,
        progress: Progress,
    ) -> Result<(u32, Promise), JsValue> {
        let number = self.newest.get().wrapping_add(1);
        self.newest.set(number);
        let headers: Array = request
            .headers
            .iter()
            .map(|(name, value)| Array::of2(&name.into(), &value.into()))
            .collect();
        let message = Object::new();
        for (name, value) in [
            ("number", number.into()),
            ("url", place.url.as_str().into()),
            ("method", request.method.as_str().into()),
            ("headers", headers.into()),
            (
                "body",
                request.body.clone().map_or(JsValue::UNDEFINED, Into::into),
            ),
            ("most", request.most.into()),
            ("milliseconds", PATIENCE.into()),
        ] {
            Reflect::set(&message, &name.into(), &value)?;
        }
        let mut progress = Some(progress);
        let answer = Promise::new(&mut |resolve, reject| {
            if let Some(progress) = progress.take() {
                let waiting = Waiting {
                    resolve,
                    reject,
                    progress,
                };
                self.waiting.borrow_mut().insert(number, waiting);
            }
        });
        // The frame has an opaque origin, which no target origin but `*` names.
        self.window.post_message(&message, "*")?;
        Ok((number, answer))
    }
}

fn receive(waiting: &RefCell<BTreeMap<u32, Waiting>>, data: &JsValue) {
    let number = get(data, "number").as_f64().unwrap_or(0.0);
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "a number that is no request's finds none"
    )]
    let number = number as u32;
    if let Some(size) = get(data, "progress").as_f64() {
        let total = get(data, "total").as_f64().filter(|total| *total >= size);
        if let Some(one) = waiting.borrow().get(&number) {
            (one.progress)(size, total);
        }
        return;
    }
    let Some(one) = waiting.borrow_mut().remove(&number) else {
        return;
    };
    let (answer, failure) = (get(data, "answer"), get(data, "failure"));
    let _ = if answer.is_object() {
        one.resolve.call1(&JsValue::NULL, &answer)
    } else {
        one.reject.call1(&JsValue::NULL, &failure)
    };
}

fn response(answer: &JsValue) -> Option<Response> {
    let text = |name: &str| get(answer, name).as_string();
    let headers = get(answer, "headers").dyn_into::<Array>().ok()?;
    let headers = headers.iter().filter_map(|pair| {
        let pair = pair.dyn_into::<Array>().ok()?;
        Some((pair.get(0).as_string()?, pair.get(1).as_string()?))
    });
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "bounded in the same line"
    )]
    let status = get(answer, "status").as_f64()?.clamp(0.0, 999.0) as u16;
    Some(Response {
        url: text("url")?,
        status,
        reason: text("statusText").unwrap_or_default(),
        headers: headers.collect(),
        bytes: get(answer, "bytes").dyn_into().ok()?,
    })
}

fn get(of: &JsValue, name: &str) -> JsValue {
    Reflect::get(of, &name.into()).unwrap_or_default()
}
