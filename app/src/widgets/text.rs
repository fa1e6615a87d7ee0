//! A text with widgets in it. The text is built once: where its values change and nothing else, they are
//! put in their places, so that a slider in a text can be dragged while the text tells of it.

use std::collections::BTreeMap;
use std::sync::Arc;

use engine::markdown::Pictures;
use engine::widgets::Description;
use leptos::html::Div;
use leptos::mount::mount_to;
use leptos::prelude::*;
use wasm_bindgen::JsCast;
use wasm_bindgen::prelude::*;

use super::handle::Way;
use super::{Bench, build};
use crate::editor::{Form, Library};
use crate::outputs::Foreign;

/// How places are called in the text; the sanitiser makes that of their ids.
const ANCHOR: &str = "rivulet-slot-";

/// A text, and what stands in its places.
#[component]
pub fn Slotted(
    #[prop(into)] text: Signal<Arc<str>>,
    #[prop(into)] slots: Signal<Arc<str>>,
    library: Library,
    pictures: Signal<Arc<Pictures>>,
    /// Where it does not come from around it.
    #[prop(optional)]
    bench: Option<Bench>,
) -> impl IntoView {
    let host = NodeRef::<Div>::new();
    let bench = bench.or_else(use_context::<Bench>);
    let read = Memo::new(move |_| {
        slots
            .with(|slots| Description::read(slots))
            .map(|all| all.items)
            .unwrap_or_default()
    });
    let form = Memo::new(move |_| {
        let mut form = Form::new("markdown", text.get());
        form.pictures = pictures.get();
        form
    });
    // What fills a place stays in it; a text that is built anew has new places.
    let filled = StoredValue::new_local(BTreeMap::<usize, Box<dyn std::any::Any>>::new());
    let built = RwSignal::new(0_u32);
    let owner = StoredValue::new(Owner::current().unwrap_or_default());
    let fill_in = move || {
        let (Some(host), Some(bench)) = (host.get_untracked(), bench) else {
            return;
        };
        let Ok(places) = host.query_selector_all(&format!("[data-anchor^={ANCHOR}]")) else {
            return;
        };
        for at in 0..places.length() {
            let Some(place) = places
                .item(at)
                .and_then(|node| node.dyn_into::<web_sys::HtmlElement>().ok())
            else {
                continue;
            };
            let name = place.get_attribute("data-anchor").unwrap_or_default();
            let Some(slot) = name
                .strip_prefix(ANCHOR)
                .and_then(|slot| slot.parse::<usize>().ok())
            else {
                continue;
            };
            if place.child_element_count() > 0 {
                continue;
            }
            // A value of a plain text follows; a widget is another one only with other arguments.
            let kept = Memo::new(move |_| read.with(|read| read.get(slot).cloned()));
            let handle = mount_to(place, move || {
                let shown = move || {
                    kept.get().map(|item| match plain(&item) {
                        Some(text) => view! { <span>{text}</span> }.into_any(),
                        None => build(&item, &Way::page(bench)),
                    })
                };
                view! { <span class="widget-slot">{shown}</span> }
            });
            filled.try_update_value(|filled| {
                filled.insert(slot, Box::new(handle) as Box<dyn std::any::Any>)
            });
        }
    };
    let fill = move || {
        let owner = owner.try_get_value();
        if let Some(owner) = owner {
            owner.with(fill_in);
        }
    };
    let observer = StoredValue::new_local(None::<Watch>);
    Effect::new(move || {
        built.track();
        if let Some(host) = host.get() {
            let watch = Watch::new(&host, fill);
            observer.set_value(watch);
            fill();
        }
    });
    on_cleanup(move || {
        observer.try_update_value(Option::take);
        filled.try_update_value(BTreeMap::clear);
    });
    view! { <div node_ref=host class="slotted"><Foreign form library /></div> }
}

fn plain(item: &Description) -> Option<String> {
    (item.kind == "text-value").then(|| item.text("text").to_owned())
}

/// Calls something when the nodes of an element change.
struct Watch {
    observer: web_sys::MutationObserver,
    _call: Closure<dyn Fn()>,
}

impl Watch {
    fn new(host: &web_sys::Element, call: impl Fn() + 'static) -> Option<Self> {
        let call = Closure::<dyn Fn()>::new(call);
        let observer = web_sys::MutationObserver::new(call.as_ref().unchecked_ref()).ok()?;
        let options = web_sys::MutationObserverInit::new();
        options.set_child_list(true);
        options.set_subtree(true);
        observer.observe_with_options(host, &options).ok()?;
        Some(Self {
            observer,
            _call: call,
        })
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        self.observer.disconnect();
    }
}
