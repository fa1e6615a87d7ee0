//! What joins the tabs of this browser that show one notebook: a Web Lock, which one of them holds to
//! write it, and a `BroadcastChannel`, by which the others follow.
//!
//! A holder learns that its lock was stolen, but one that is frozen learns it late: what keeps it
//! from writing then is the journal's numbering (see `store/writer.rs`).

use std::cell::Cell;
use std::collections::BTreeMap;
use std::rc::Rc;

use engine::outputs::{self, Change};
use engine::{CellView, Edit, Notebook, OutputView};
use js_sys::{Function, Object, Promise, Reflect};
use protocol::{CellId, PythonError, RunId};
use serde::{Deserialize, Serialize};
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;
use web_sys::{BroadcastChannel, MessageEvent};

use crate::browser;

/// About how much is sent at once, in bytes.
pub const PORTION: usize = 512 << 10;

/// Remembers over a reload which notebook is to be taken over.
const TAKE: &str = "rivulet-take";

/// What the tabs of a notebook send each other.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TabMessage {
    /// A writer has come: whoever follows joins it.
    Announce,
    /// A follower has come: the writer sends its `State`.
    Join,
    /// A follower has taken in a portion of the outputs, and has time for the next.
    More,
    /// The whole notebook as the writer shows it.
    State {
        /// Code, order and options.
        notebook: Notebook,
        /// The presented states.
        views: BTreeMap<CellId, CellView>,
        /// What the cells show of their runs, as far as it does not follow.
        outputs: BTreeMap<CellId, OutputChange>,
        /// How many portions of the outputs follow, each when it is asked for.
        #[serde(default)]
        portions: usize,
    },
    /// The notebook was edited.
    Edit(Edit),
    /// These states were painted.
    Views(Vec<(CellId, CellView)>),
    /// What a cell shows of its runs was painted, and has changed so.
    Output(CellId, OutputChange),
}

/// How what a cell shows of its runs differs from what was sent before.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct OutputChange {
    run: RunId,
    changes: Vec<Change>,
    error: Option<PythonError>,
}

impl OutputChange {
    /// The change from one view to another.
    pub fn between(old: &OutputView, new: &OutputView) -> Self {
        Self {
            run: new.run,
            changes: outputs::difference(&old.items, &new.items),
            error: new.error.clone(),
        }
    }

    /// The same change in portions: none of them takes long to send or to take in.
    pub fn portions(self) -> Vec<Self> {
        let Self {
            run,
            changes,
            error,
        } = self;
        let mut portions = outputs::portions(changes, PORTION);
        if portions.is_empty() {
            portions.push(Vec::new());
        }
        let portions = portions.into_iter().map(|changes| Self {
            run,
            changes,
            error: error.clone(),
        });
        portions.collect()
    }

    /// About how much there is to send.
    pub fn bytes(&self) -> usize {
        self.changes.iter().map(Change::size).sum()
    }

    /// Makes the change.
    pub fn apply(self, view: &mut OutputView) {
        view.run = self.run;
        outputs::apply(&mut view.items, self.changes);
        view.error = self.error;
    }
}

fn name(key: &str) -> String {
    format!("rivulet:{key}")
}

/// The channel of a notebook.
#[derive(Debug)]
pub struct Channel {
    channel: BroadcastChannel,
    /// Lives as long as the channel calls it.
    _received: Closure<dyn Fn(MessageEvent)>,
}

impl Channel {
    /// Opens it; `receive` is called with what other tabs send.
    pub fn open(key: &str, receive: impl Fn(TabMessage) + 'static) -> Option<Self> {
        let channel = BroadcastChannel::new(&name(key)).ok()?;
        let received: Closure<dyn Fn(MessageEvent)> = Closure::new(move |event: MessageEvent| {
            let text = event.data().as_string().unwrap_or_default();
            if let Ok(message) = serde_json::from_str(&text) {
                receive(message);
            }
        });
        channel.set_onmessage(Some(received.as_ref().unchecked_ref()));
        Some(Self {
            channel,
            _received: received,
        })
    }

    /// Sends to the others.
    pub fn send(&self, message: &TabMessage) {
        if let Ok(text) = serde_json::to_string(message) {
            let _ = self.channel.post_message(&JsValue::from_str(&text));
        }
    }
}

impl Drop for Channel {
    fn drop(&mut self) {
        self.channel.set_onmessage(None);
        self.channel.close();
    }
}

/// Whether this tab may write.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lock {
    /// It holds the lock, which nobody held.
    Free,
    /// It holds the lock, which it may have taken from another tab.
    Stolen,
    /// Another tab holds it.
    Refused,
}

/// Acquires the lock of a notebook, which is held until the page goes. `lost` is called once if it is
/// taken away: stolen by another tab, or let go by a browser that put the page aside.
pub async fn acquire(key: &str, steals: bool, lost: impl FnOnce() + 'static) -> Lock {
    let granted = if steals { Lock::Stolen } else { Lock::Free };
    let Some((locks, request)) = locks() else {
        // Without locks the journal's numbering alone keeps tabs apart.
        return granted;
    };
    let options = Object::new();
    let option = if steals { "steal" } else { "ifAvailable" };
    let _ = Reflect::set(&options, &option.into(), &JsValue::TRUE);
    let mut lost = Some(lost);
    let answered = Promise::new(&mut |resolve, _| {
        let is_held = Rc::new(Cell::new(false));
        let (answer, holds) = (resolve.clone(), is_held.clone());
        let callback = Closure::once_into_js(move |lock: JsValue| -> JsValue {
            holds.set(!lock.is_null());
            let _ = answer.call1(&JsValue::NULL, &holds.get().into());
            if holds.get() {
                Promise::new(&mut |_, _| {}).into()
            } else {
                JsValue::UNDEFINED
            }
        });
        let request = request.call3(&locks, &name(key).into(), &options, &callback);
        let (Ok(request), Some(lost)) = (request, lost.take()) else {
            let _ = resolve.call1(&JsValue::NULL, &JsValue::FALSE);
            return;
        };
        // A request that is rejected after it was granted has lost its lock.
        let rejected: Closure<dyn FnMut(JsValue)> = Closure::once(move |_: JsValue| {
            let _ = resolve.call1(&JsValue::NULL, &JsValue::FALSE);
            if is_held.get() {
                lost();
            }
        });
        let _ = request.unchecked_into::<Promise>().catch(&rejected);
        // It goes with its promise, by the browser's own garbage collection.
        let _ = rejected.into_js_value();
    });
    match JsFuture::from(answered).await {
        Ok(held) if held.is_truthy() => granted,
        _ => Lock::Refused,
    }
}

fn locks() -> Option<(JsValue, Function)> {
    let navigator = browser::window().navigator();
    let locks = Reflect::get(&navigator, &"locks".into()).ok()?;
    let request = Reflect::get(&locks, &"request".into()).ok()?;
    Some((locks, request.dyn_into().ok()?))
}

/// Opens the notebook again, as its writer.
pub fn take_over(key: &str) {
    if let Ok(Some(storage)) = browser::window().session_storage() {
        let _ = storage.set_item(TAKE, key);
    }
    browser::reload();
}

/// Whether this page was opened by [`take_over`]; it says so once.
pub fn takes_over(key: &str) -> bool {
    let flag = || -> Option<String> {
        let storage = browser::window().session_storage().ok()??;
        let key = storage.get_item(TAKE).ok()?;
        let _ = storage.remove_item(TAKE);
        key
    };
    flag().as_deref() == Some(key)
}
