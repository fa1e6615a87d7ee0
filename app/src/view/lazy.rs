//! Tells a cell when it comes near the visible part of the page and when it leaves, so that
//! hundreds of editors need not be made at once and far cells cost the browser nothing to restyle.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;

use js_sys::Array;
use send_wrapper::SendWrapper;
use wasm_bindgen::prelude::*;
use web_sys::{Element, IntersectionObserver, IntersectionObserverEntry, IntersectionObserverInit};

/// How far outside the window an element is already near.
const MARGIN: &str = "600px 0px";

type Watchers = Rc<RefCell<BTreeMap<String, Rc<dyn Fn(bool)>>>>;

/// One observer for all cells.
#[derive(Clone)]
pub struct Lazy(SendWrapper<Rc<Inner>>);

struct Inner {
    observer: Option<IntersectionObserver>,
    watchers: Watchers,
}

impl Lazy {
    /// Begins to observe nothing.
    pub fn new() -> Self {
        let watchers: Watchers = Rc::default();
        let known = watchers.clone();
        let seen: Closure<dyn Fn(Array)> = Closure::new(move |entries: Array| {
            for entry in entries.iter() {
                let entry: IntersectionObserverEntry = entry.unchecked_into();
                let watcher = known.borrow().get(&entry.target().id()).cloned();
                if let Some(watcher) = watcher {
                    watcher(entry.is_intersecting());
                }
            }
        });
        let options = IntersectionObserverInit::new();
        options.set_root_margin(MARGIN);
        let function = seen.into_js_value();
        let observer = IntersectionObserver::new_with_options(function.unchecked_ref(), &options);
        Self(SendWrapper::new(Rc::new(Inner {
            observer: observer.ok(),
            watchers,
        })))
    }

    /// Calls `near` whenever the element, which must have an id of its own, comes near or leaves.
    /// Without an observer every element is near.
    pub fn watch(&self, element: &Element, near: impl Fn(bool) + 'static) {
        match &self.0.observer {
            Some(observer) => {
                let mut watchers = self.0.watchers.borrow_mut();
                watchers.insert(element.id(), Rc::new(near));
                observer.observe(element);
            }
            None => near(true),
        }
    }

    /// The element is gone.
    pub fn unwatch(&self, element: &Element) {
        self.0.watchers.borrow_mut().remove(&element.id());
        if let Some(observer) = &self.0.observer {
            observer.unobserve(element);
        }
    }
}
