//! The service worker: keeps the site on the device, so that it opens without a network.

use std::cell::Cell;
use std::collections::BTreeSet;
use std::rc::Rc;

use engine::Item;
use engine::outputs::Outputs;
use engine::packages::Package;
use gloo_events::EventListener;
use js_sys::{Array, Object, Promise, Reflect};
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;
use web_sys::{MessageChannel, MessageEvent, ServiceWorkerContainer, ServiceWorkerRegistration};

use crate::manifest::manifest;
use crate::outputs::chart_of;

fn container() -> Option<ServiceWorkerContainer> {
    let navigator = web_sys::window()?.navigator();
    // Not there on http, in private windows of some browsers, in frames of others.
    let there = Reflect::has(&navigator, &"serviceWorker".into()).unwrap_or(false);
    there.then(|| navigator.service_worker())
}

/// Registers the worker. A browser that refuses it loses nothing but the visits without a network.
pub async fn register() {
    if let Some(container) = container() {
        let _ = JsFuture::from(container.register("service-worker.js")).await;
    }
}

/// Calls `act` when another release than this page's has been adopted for the site.
pub fn on_new_release(act: impl Fn() + 'static) {
    let Some(container) = container() else {
        return;
    };
    let document = web_sys::window().and_then(|window| window.document());
    let meta = document.and_then(|document| {
        let found = document.query_selector("meta[name='rivulet-release']");
        found.ok().flatten()?.get_attribute("content")
    });
    let told = move |event: &web_sys::Event| {
        let data = event.unchecked_ref::<MessageEvent>().data();
        let release = Reflect::get(&data, &"release".into()).unwrap_or_default();
        if release
            .as_string()
            .is_some_and(|release| Some(release) != meta)
        {
            act();
        }
    };
    EventListener::new(&container, "message", told).forget();
}

/// Why this page is the one that is kept on the device, and not the newest that the site has; nothing
/// where it is, or where the network is away.
pub async fn refusal() -> Option<String> {
    let worker = container()?.controller()?;
    let channel = MessageChannel::new().ok()?;
    let port = channel.port1();
    let answered = Promise::new(&mut |resolve, _| {
        let received = Closure::once_into_js(move |event: MessageEvent| {
            let refusal = Reflect::get(&event.data(), &"refusal".into()).unwrap_or_default();
            let _ = resolve.call1(&JsValue::NULL, &refusal);
        });
        port.set_onmessage(Some(received.unchecked_ref()));
    });
    let question = Object::new();
    let _ = Reflect::set(&question, &"asks".into(), &"refusal".into());
    worker
        .post_message_with_transferable(&question, &Array::of1(&channel.port2()))
        .ok()?;
    let refusal = JsFuture::from(answered).await.ok()?.as_string()?;
    (!refusal.is_empty()).then_some(refusal)
}

/// Has everything kept that this page has fetched of its site so far.
pub fn keep_what_was_fetched() {
    let Some(performance) = web_sys::window().and_then(|window| window.performance()) else {
        return;
    };
    let home = crate::browser::home();
    let entries = performance.get_entries_by_type("resource");
    let urls = entries
        .iter()
        .filter_map(|entry| Reflect::get(&entry, &"name".into()).ok()?.as_string());
    let own: Vec<String> = urls.filter(|url| url.starts_with(&home)).collect();
    wasm_bindgen_futures::spawn_local(async move {
        // Whatever cannot be kept now is fetched again next time.
        let _ = keep(&own, |_, _| {}).await;
    });
}

/// Which scripts draw what these packages and outputs show, by their names in the build.
pub fn renderers<'a>(
    packages: &[Package],
    outputs: impl Iterator<Item = &'a Outputs>,
) -> BTreeSet<&'static str> {
    // HTML with scripts may come from anywhere, and what draws it is small.
    let mut names = BTreeSet::from(["html"]);
    for package in packages {
        names.extend(match package.name.as_str() {
            "altair" => Some("vega"),
            "plotly" => Some("plotly"),
            "bokeh" => Some("bokeh"),
            "anywidget" => Some("anywidget"),
            _ => None,
        });
    }
    for item in outputs.flat_map(|outputs| &outputs.items) {
        if let Item::Value { forms, .. } = item {
            names.extend(chart_of(forms).map(|(name, _)| name));
        }
    }
    names
}

/// Has everything kept that a notebook with these packages needs, and these renderers; `progress` is called
/// with how many of how many files are. The error is a sentence.
pub async fn keep_all(
    packages: &[Package],
    renderers: &BTreeSet<&'static str>,
    progress: impl Fn(usize, usize) + 'static,
) -> Result<(), String> {
    let files = manifest()?;
    let mut own = files.kernel()?;
    own.push(files.packages()?);
    for name in renderers {
        own.extend(files.renderer(name)?);
    }
    let packages = packages
        .iter()
        .map(|package| crate::kernel::listed(package).1.path);
    let paths: Vec<String> = packages
        .chain(own.into_iter().map(|file| file.path))
        .collect();
    keep(&paths, progress).await
}

/// Has these files of the site kept; `progress` is called with how many of how many are. The error is a
/// sentence.
async fn keep(paths: &[String], progress: impl Fn(usize, usize) + 'static) -> Result<(), String> {
    let missing = "This browser does not keep sites on the device here.";
    let container = container().ok_or(missing)?;
    let ready = container.ready().map_err(|_| missing)?;
    let registration = JsFuture::from(ready).await.map_err(|_| missing)?;
    let registration: ServiceWorkerRegistration = registration.unchecked_into();
    let worker = registration.active().ok_or(missing)?;
    let channel = MessageChannel::new().map_err(|_| missing)?;
    let port = channel.port1();
    let (total, done, progress) = (paths.len(), Cell::new(0), Rc::new(progress));
    progress(0, total);
    let ended = Promise::new(&mut |resolve, _| {
        let (progress, done) = (progress.clone(), done.clone());
        let received: Closure<dyn Fn(MessageEvent)> = Closure::new(move |event: MessageEvent| {
            let get = |name: &str| Reflect::get(&event.data(), &name.into()).unwrap_or_default();
            if get("kept").is_undefined() {
                let _ = resolve.call1(&JsValue::NULL, &get("failed"));
            } else {
                done.set(done.get() + 1);
                progress(done.get(), total);
            }
        });
        port.set_onmessage(Some(received.as_ref().unchecked_ref()));
        // It goes with the port, by the browser's own garbage collection.
        let _ = received.into_js_value();
    });
    let message = Object::new();
    let list: Array = paths.iter().map(|path| JsValue::from_str(path)).collect();
    let _ = Reflect::set(&message, &"keep".into(), &list);
    worker
        .post_message_with_transferable(&message, &Array::of1(&channel.port2()))
        .map_err(|_| missing)?;
    let failed = JsFuture::from(ended).await.map_err(|_| missing)?;
    match failed.as_string() {
        None => Ok(()),
        Some(reason) => Err(format!(
            "Not everything could be kept on this device: {reason}."
        )),
    }
}
