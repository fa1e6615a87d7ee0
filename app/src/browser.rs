//! Small functions of the browser.

use std::pin::Pin;
use std::task::Poll;

use engine::notebook::Fingerprint;
use js_sys::{Function, Object, Reflect};
use wasm_bindgen::prelude::*;
use web_sys::{Document, Url, Window};

/// The page's window.
pub fn window() -> Window {
    web_sys::window().expect("the page runs in a window, not in a worker")
}

/// The page's document.
pub fn document() -> Document {
    window()
        .document()
        .expect("the page's window has a document")
}

/// Milliseconds since the page began.
pub fn now() -> f64 {
    window().performance().map_or(0.0, |clock| clock.now())
}

/// Milliseconds since 1970, by the same clock as [`now`]: it never goes back.
pub fn date() -> f64 {
    let clock = window().performance();
    clock.map_or(0.0, |clock| clock.time_origin() + clock.now())
}

/// Records a moment in the browser's User Timing, with the run where there is one.
pub fn mark(name: &str, run: Option<f64>) {
    let Some(performance) = web_sys::window().and_then(|window| window.performance()) else {
        return;
    };
    let (options, detail) = (Object::new(), Object::new());
    if let Some(run) = run {
        let _ = Reflect::set(&detail, &"run".into(), &run.into());
    }
    let _ = Reflect::set(&options, &"detail".into(), &detail);
    // A browser that keeps no marks loses nothing but them.
    if let Ok(function) = Reflect::get(&performance, &"mark".into()) {
        let _ = function
            .unchecked_ref::<Function>()
            .call2(&performance, &name.into(), &options);
    }
}

/// Bytes as lower-case hexadecimal digits.
pub fn hexadecimal(bytes: &[u8]) -> String {
    let digits = bytes.iter().flat_map(|byte| [byte >> 4, byte & 15]);
    let digits = digits.filter_map(|digit| char::from_digit(u32::from(digit), 16));
    digits.collect()
}

/// Whether nobody is looking: then no frame comes, and timers come late.
pub fn is_hidden() -> bool {
    document().hidden()
}

/// Whether a `pageshow` is of a page that the browser kept for its Back button.
pub fn is_kept(pageshow: &web_sys::Event) -> bool {
    Reflect::get(pageshow, &"persisted".into()).is_ok_and(|kept| kept.is_truthy())
}

#[wasm_bindgen]
extern "C" {
    #[wasm_bindgen(js_name = rivuletMove)]
    fn move_to(address: &str);

    #[wasm_bindgen(js_name = rivuletLink)]
    fn taken_link() -> Option<String>;
}

/// Sets the address without loading anything.
pub fn replace_address(address: &str) {
    move_to(address);
}

/// The fragment with a notebook that the page was opened with, with its `#`. It is in no address any more
/// (`public/address.js`); empty where the browser has not kept it over a reload.
pub fn link() -> Option<String> {
    taken_link()
}

/// A parameter of the page's address.
pub fn parameter(name: &str) -> Option<String> {
    let search = web_sys::window()?.location().search().ok()?;
    web_sys::UrlSearchParams::new_with_str(&search)
        .ok()?
        .get(name)
}

/// What an address has behind it that shows a notebook as an app.
pub const APP: &str = "&mode=app";

/// Whether the address asks for an app.
pub fn is_app() -> bool {
    parameter("mode").as_deref() == Some("app")
}

/// Has the address ask for an app, or no longer.
pub fn set_app(is_app: bool) {
    let location = window().location();
    let search = location.search().unwrap_or_default();
    let Ok(parameters) = web_sys::UrlSearchParams::new_with_str(&search) else {
        return;
    };
    parameters.delete("mode");
    if is_app {
        parameters.set("mode", "app");
    }
    let state = window().history().and_then(|history| {
        let address = format!("{}?{}", home(), String::from(parameters.to_string()));
        history.replace_state_with_url(&history.state()?, "", Some(&address))
    });
    // Without a history the address stays as it is, and the page shows what was asked for.
    let _ = state;
}

/// The address of the home page, without parameters and fragment.
pub fn home() -> String {
    let location = web_sys::window().map(|window| window.location());
    let part =
        |part: Option<Result<String, JsValue>>| part.and_then(Result::ok).unwrap_or_default();
    let origin = part(location.as_ref().map(web_sys::Location::origin));
    let path = part(location.as_ref().map(web_sys::Location::pathname));
    format!("{origin}{path}")
}

/// What the page was opened with: its address, and which notebook was in its fragment.
pub fn address() -> String {
    let search = window().location().search().unwrap_or_default();
    let link = link().map(|fragment| format!("#{:x}", Fingerprint::of(&fragment).0));
    format!("{}{search}{}", home(), link.unwrap_or_default())
}

/// Opens another page of this site.
pub fn go(address: &str) {
    if let Some(window) = web_sys::window() {
        let _ = window.location().set_href(address);
    }
}

/// Puts a text on the clipboard; tells whether it is there. A browser may have none, or refuse.
pub async fn copy(text: &str) -> bool {
    let clipboard = Reflect::get(&window().navigator(), &"clipboard".into());
    let clipboard = clipboard.ok().filter(JsValue::is_object);
    let Some(clipboard) = clipboard.map(JsCast::unchecked_into::<web_sys::Clipboard>) else {
        return false;
    };
    let written = wasm_bindgen_futures::JsFuture::from(clipboard.write_text(text));
    written.await.is_ok()
}

/// Opens this page anew.
pub fn reload() {
    let _ = window().location().reload();
}

/// Whether the browser has promised not to clear this site's data by itself.
pub async fn is_persistent() -> bool {
    let Some(window) = web_sys::window() else {
        return false;
    };
    let asked = window.navigator().storage().persisted();
    match asked {
        Ok(promise) => wasm_bindgen_futures::JsFuture::from(promise)
            .await
            .is_ok_and(|answer| answer.is_truthy()),
        Err(_) => false,
    }
}

/// Asks the browser not to clear this site's data by itself. It may refuse.
pub fn ask_persistence() {
    if let Some(window) = web_sys::window() {
        let _ = window.navigator().storage().persist();
    }
}

/// What a future gives within so many milliseconds; `None` where it takes longer. It can be awaited on.
pub async fn within<F: Future + Unpin>(time: u32, future: &mut F) -> Option<F::Output> {
    let mut over = std::pin::pin!(gloo_timers::future::TimeoutFuture::new(time));
    std::future::poll_fn(|context| {
        if let Poll::Ready(value) = Pin::new(&mut *future).poll(context) {
            return Poll::Ready(Some(value));
        }
        over.as_mut().poll(context).map(|()| None)
    })
    .await
}

/// The address of a file of this site; `None` if it is of another one.
pub fn own_path(file: &str) -> Option<String> {
    let document = web_sys::window()?.document()?;
    let base = document.base_uri().ok()??;
    let url = Url::new_with_base(file, &base).ok()?;
    let own = Url::new(&base).ok()?;
    (url.origin() == own.origin() && url.protocol() == own.protocol()).then(|| url.href())
}

/// The folder of a file of this site, from the folder of this page on; `None` if it lies elsewhere.
pub fn folder_of(address: &str) -> Option<String> {
    let base = document().base_uri().ok()??;
    let own = base
        .split(['?', '#'])
        .next()?
        .rsplit_once('/')?
        .0
        .to_owned()
        + "/";
    let path = address.strip_prefix(&own)?;
    Some(
        path.rsplit_once('/')
            .map_or_else(String::new, |(folder, _)| format!("{folder}/")),
    )
}

/// Calls `act` once the next frame is painted.
pub fn after_paint(act: impl FnOnce() + 'static) {
    let painted = Closure::once_into_js(act);
    let Some(window) = web_sys::window() else {
        return;
    };
    let on_frame = Closure::once_into_js(move || {
        // A task after the frame's callbacks runs when the frame is done.
        if let Some(window) = web_sys::window() {
            let _ = window.set_timeout_with_callback(painted.unchecked_ref());
        }
    });
    let _ = window.request_animation_frame(on_frame.unchecked_ref());
}
