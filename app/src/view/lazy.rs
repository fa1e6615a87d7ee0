//! Tells a cell when it comes near the visible part of the page, so that 300 editors need not be
//! made at once.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;

use js_sys::Array;
use send_wrapper::SendWrapper;
use wasm_bindgen::prelude::*;
use web_sys::{Element, IntersectionObserver, IntersectionObserverEntry, IntersectionObserverInit};

/// How far outside the window an element is already near.
const MARGIN: &str = "600px 0px";

type Waiting = Rc<RefCell<BTreeMap<String, Box<dyn FnOnce()>>>>;

/// One observer for all cells.
#[derive(Clone)]
pub struct Lazy(SendWrapper<Rc<Inner>>);

struct Inner {
    observer: Option<IntersectionObserver>,
    waiting: Waiting,
}

impl Lazy {
    /// Begins to observe nothing.
    pub fn new() -> Self {
        let waiting: Waiting = Rc::default();
        let found = waiting.clone();
        let seen: Closure<dyn Fn(Array, IntersectionObserver)> =
            Closure::new(move |entries: Array, observer: IntersectionObserver| {
                for entry in entries.iter() {
                    let entry: IntersectionObserverEntry = entry.unchecked_into();
                    if entry.is_intersecting() {
                        observer.unobserve(&entry.target());
                        let near = found.borrow_mut().remove(&entry.target().id());
                        if let Some(near) = near {
                            near();
                        }
                    }
                }
            });
        let options = IntersectionObserverInit::new();
        options.set_root_margin(MARGIN);
        let function = seen.into_js_value();
        let observer = IntersectionObserver::new_with_options(function.unchecked_ref(), &options);
        Self(SendWrapper::new(Rc::new(Inner {
            observer: observer.ok(),
            waiting,
        })))
    }

    /// Calls `near` once, when the element (which must have an id) comes near. Without an observer
    /// that is now.
    pub fn when_near(&self, element: &Element, near: impl FnOnce() + 'static) {
        match &self.0.observer {
            Some(observer) => {
                self.0
                    .waiting
                    .borrow_mut()
                    .insert(element.id(), Box::new(near));
                observer.observe(element);
            }
            None => near(),
        }
    }
}
