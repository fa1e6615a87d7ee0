//! One writer for each notebook among the tabs of this browser, by a Web Lock; and what the tabs
//! tell each other, by a `BroadcastChannel`. Other tabs follow the writer, and may take over.
//!
//! A lock that is stolen tells its holder, but a holder that is frozen hears it late: what keeps it
//! from writing then is the journal's numbering (see `store/writer.rs`).

use std::collections::BTreeMap;

use engine::{CellView, Edit, Notebook, Outputs};
use js_sys::{Function, Object, Promise, Reflect};
use protocol::CellId;
use serde::{Deserialize, Serialize};
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;
use web_sys::{BroadcastChannel, MessageEvent};

/// Remembers over a reload which notebook is to be taken over.
const TAKE: &str = "rivulet-take";

/// What one tab tells the others of a notebook.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum News {
    /// A writer has come: whoever follows says `Hello`.
    Anyone,
    /// A tab has come that follows: the writer answers with `All`.
    Hello,
    /// The whole notebook as the writer shows it.
    All {
        /// Code, order and options.
        notebook: Notebook,
        /// The presented states.
        views: BTreeMap<CellId, CellView>,
        /// What the cells put out last.
        outputs: BTreeMap<CellId, Outputs>,
    },
    /// The notebook was edited.
    Edit(Edit),
    /// These states were painted.
    Views(Vec<(CellId, CellView)>),
    /// This is what a cell has put out.
    Outputs(CellId, Outputs),
}

fn name(key: &str) -> String {
    format!("rivulet:{key}")
}

/// The channel of a notebook.
#[derive(Debug)]
pub struct Channel {
    channel: BroadcastChannel,
    /// Lives as long as the channel calls it.
    _heard: Closure<dyn Fn(MessageEvent)>,
}

impl Channel {
    /// Opens it; `hear` is called with what other tabs say.
    pub fn open(key: &str, hear: impl Fn(News) + 'static) -> Option<Self> {
        let channel = BroadcastChannel::new(&name(key)).ok()?;
        let heard: Closure<dyn Fn(MessageEvent)> = Closure::new(move |event: MessageEvent| {
            let text = event.data().as_string().unwrap_or_default();
            if let Ok(news) = serde_json::from_str(&text) {
                hear(news);
            }
        });
        channel.set_onmessage(Some(heard.as_ref().unchecked_ref()));
        Some(Self {
            channel,
            _heard: heard,
        })
    }

    /// Tells the others.
    pub fn tell(&self, news: &News) {
        if let Ok(text) = serde_json::to_string(news) {
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

/// Asks to be the writer. `lost` is called when another tab has taken over. `None` if another tab
/// writes; else whether that tab was made to stop.
pub async fn claim(key: &str, lost: impl Fn() + 'static) -> Option<bool> {
    let steals = take_flag() == Some(key.to_owned());
    let Some((locks, request)) = locks() else {
        // Without locks the journal's numbering alone keeps tabs apart.
        return Some(steals);
    };
    let options = Object::new();
    let option = if steals { "steal" } else { "ifAvailable" };
    let _ = Reflect::set(&options, &option.into(), &JsValue::TRUE);
    let granted = Promise::new(&mut |granted, _| {
        let got: Closure<dyn FnMut(JsValue) -> JsValue> = Closure::once(move |lock: JsValue| {
            let has_lock = !lock.is_null();
            let _ = granted.call1(&JsValue::NULL, &has_lock.into());
            if has_lock {
                // Held until this page goes, or another one steals it.
                Promise::new(&mut |_, _| {}).into()
            } else {
                JsValue::UNDEFINED
            }
        });
        let asked = request.call3(&locks, &name(key).into(), &options, &got.into_js_value());
        if let Ok(asked) = asked {
            rejected(&asked.unchecked_into());
        }
    });
    let asked = JsFuture::from(granted).await;
    LOST.with(|slot| *slot.borrow_mut() = Some(Box::new(lost)));
    asked.ok()?.is_truthy().then_some(steals)
}

thread_local! {
    /// What to do when the lock is stolen.
    static LOST: std::cell::RefCell<Option<Box<dyn Fn()>>> = const { std::cell::RefCell::new(None) };
}

/// A request that is rejected after it was granted was stolen.
fn rejected(asked: &Promise) {
    let stolen: Closure<dyn FnMut(JsValue)> = Closure::once(|_: JsValue| {
        let lost = LOST.with(|slot| slot.borrow_mut().take());
        if let Some(lost) = lost {
            lost();
        }
    });
    let _ = asked.catch(&stolen);
    stolen.forget();
}

fn locks() -> Option<(JsValue, Function)> {
    let navigator = web_sys::window()?.navigator();
    let locks = Reflect::get(&navigator, &"locks".into()).ok()?;
    let request = Reflect::get(&locks, &"request".into()).ok()?;
    Some((locks, request.dyn_into().ok()?))
}

/// Opens the notebook again, as its writer.
pub fn take_over(key: &str) {
    if let Some(window) = web_sys::window() {
        if let Ok(Some(storage)) = window.session_storage() {
            let _ = storage.set_item(TAKE, key);
        }
        let _ = window.location().reload();
    }
}

fn take_flag() -> Option<String> {
    let storage = web_sys::window()?.session_storage().ok()??;
    let key = storage.get_item(TAKE).ok()?;
    let _ = storage.remove_item(TAKE);
    key
}
