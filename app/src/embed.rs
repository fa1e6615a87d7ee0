//! Where the page is shown: in a tab of its own, or inside of a page of another site. That one may lay
//! something over it, move it under the person's finger, or show it to people who do not know that it is
//! there: so nothing of the person's is shown or stored there, and a run needs a press that was seen.

use std::cell::Cell;

use js_sys::{Array, Reflect};
use wasm_bindgen::prelude::*;
use web_sys::{Element, IntersectionObserver, IntersectionObserverEntry, IntersectionObserverInit};

use crate::browser;

/// For how long the page must have been seen before a press counts, in milliseconds: it may have been
/// uncovered only just now.
const SEEN: f64 = 500.0;
/// How often a browser may say whether something lies over the page, in milliseconds; none allows less.
const DELAY: u32 = 100;

/// Where the page is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// In a tab, or inside of a page of this same site.
    Own,
    /// Inside of a page of another site, by an address that is meant for that.
    Embedded,
    /// Inside of a page of another site, by any other address.
    Foreign,
}

/// Where this page is shown.
pub fn place() -> Place {
    match (is_foreign(), browser::parameter("embed")) {
        (false, _) => Place::Own,
        (true, Some(_)) => Place::Embedded,
        (true, None) => Place::Foreign,
    }
}

/// Whether a page around this one is another site's. Those hide their addresses.
fn is_foreign() -> bool {
    let mut window = browser::window();
    loop {
        let parent = match window.parent() {
            Ok(Some(parent)) if !js_sys::Object::is(&parent, &window) => parent,
            Ok(_) => return false,
            Err(_) => return true,
        };
        if parent.location().href().is_err() {
            return true;
        }
        window = parent;
    }
}

/// The address of this page for a tab of its own.
pub fn own_address() -> String {
    let location = browser::window().location();
    let search = location.search().unwrap_or_default();
    let parameters = web_sys::UrlSearchParams::new_with_str(&search);
    let kept = parameters.map(|parameters| {
        parameters.delete("embed");
        String::from(parameters.to_string())
    });
    let search = match kept.unwrap_or_default() {
        kept if kept.is_empty() => kept,
        kept => format!("?{kept}"),
    };
    let fragment = browser::link().unwrap_or_default();
    format!("{}{search}{fragment}", browser::home())
}

thread_local! {
    /// Since when all of the page that is in the window can be seen; `None` if it cannot, or as long as
    /// the browser has not said so.
    static SEEN_SINCE: Cell<Option<f64>> = const { Cell::new(None) };
}

/// Has the browser say whether anything lies over an element, makes it faint or hides it
/// (`IntersectionObserver` v2, where there is one).
pub fn watch(element: &Element) {
    let knows = knows_covers();
    let seen: Closure<dyn Fn(Array)> = Closure::new(move |entries: Array| {
        let newest: IntersectionObserverEntry = entries.pop().unchecked_into();
        let is_uncovered = || {
            let visible = Reflect::get(&newest, &"isVisible".into());
            visible.is_ok_and(|visible| visible.is_truthy())
        };
        let is_seen = newest.is_intersecting() && (!knows || is_uncovered());
        let since = SEEN_SINCE.get().unwrap_or_else(browser::now);
        SEEN_SINCE.set(is_seen.then_some(since));
    });
    let options = IntersectionObserverInit::new();
    // The bindings do not know these two; a browser that does not either takes no notice.
    let _ = Reflect::set(&options, &"trackVisibility".into(), &JsValue::TRUE);
    let _ = Reflect::set(&options, &"delay".into(), &DELAY.into());
    let function = seen.into_js_value();
    let observer = IntersectionObserver::new_with_options(function.unchecked_ref(), &options);
    if let Ok(observer) = observer {
        observer.observe(element);
        // It watches for as long as the page is there.
        std::mem::forget(observer);
    }
}

/// Tells the page around this one how high an element is, in CSS pixels, whenever that changes: as
/// `{ type: "rivulet:height", height }`. Nothing else is said, so any page may be told.
pub fn post_height(element: &Element) {
    let measured = element.clone();
    let mut last = 0;
    let tell: Closure<dyn FnMut()> = Closure::new(move || {
        let height = measured.scroll_height();
        let Ok(Some(parent)) = browser::window().parent() else {
            return;
        };
        if height == last {
            return;
        }
        last = height;
        let message = js_sys::Object::new();
        let _ = Reflect::set(&message, &"type".into(), &"rivulet:height".into());
        let _ = Reflect::set(&message, &"height".into(), &height.into());
        let _ = parent.post_message(&message, "*");
    });
    let function = tell.into_js_value();
    if let Ok(observer) = web_sys::ResizeObserver::new(function.unchecked_ref()) {
        observer.observe(element);
        // It watches for as long as the page is there.
        std::mem::forget(observer);
    }
}

fn knows_covers() -> bool {
    let entry = Reflect::get(&browser::window(), &"IntersectionObserverEntry".into());
    let prototype = entry.and_then(|entry| Reflect::get(&entry, &"prototype".into()));
    prototype.is_ok_and(|prototype| Reflect::has(&prototype, &"isVisible".into()).unwrap_or(false))
}

/// Whether a run may begin that was asked for just now; a sentence if not.
pub fn allows_run() -> Result<(), String> {
    if place() != Place::Embedded {
        return Ok(());
    }
    let is_seen = SEEN_SINCE
        .get()
        .is_some_and(|since| browser::now() - since >= SEEN);
    if !is_seen || !is_pressed() {
        return Err("Nothing was run: something lies over this notebook, or hides a part of it. Open it in its own tab to run it.".to_owned());
    }
    Ok(())
}

/// Whether the person may be asked for their leave; a sentence if not. Inside of another site's page they
/// cannot know what surrounds the question, and nothing that they allow could be kept.
pub fn allows_question() -> Result<(), String> {
    if place() == Place::Own {
        return Ok(());
    }
    Err("Inside of another page a notebook reads no other sites and brings no packages from elsewhere. Open it in its own tab to allow that.".to_owned())
}

/// Whether a person has pressed something in this page just now, as far as the browser says.
fn is_pressed() -> bool {
    let activation = Reflect::get(&browser::window().navigator(), &"userActivation".into());
    let active = activation.and_then(|activation| Reflect::get(&activation, &"isActive".into()));
    active.map_or(true, |active| !active.is_falsy() || active.is_undefined())
}
