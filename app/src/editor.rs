//! The door to `js/editor.js`: `CodeMirror`, and the sanitiser that everything from outside passes.

use std::sync::Arc;

use js_sys::{Array, Object, Reflect};
use leptos::prelude::*;
use wasm_bindgen::prelude::*;
use web_sys::Element;

#[wasm_bindgen]
extern "C" {
    /// A mounted editor.
    pub type Editor;

    #[wasm_bindgen(js_namespace = rivuletEditor)]
    fn mount(
        parent: &Element,
        source: &str,
        kind: &str,
        label: &str,
        hint: &str,
        on: &Object,
    ) -> Editor;

    #[wasm_bindgen(js_namespace = rivuletEditor)]
    fn html(text: &str) -> String;

    #[wasm_bindgen(js_namespace = rivuletEditor)]
    fn markdown(text: &str) -> String;

    #[wasm_bindgen(method)]
    pub fn text(this: &Editor) -> String;

    #[wasm_bindgen(method)]
    pub fn replace(this: &Editor, text: &str);

    #[wasm_bindgen(method, js_name = setKind)]
    pub fn set_kind(this: &Editor, kind: &str);

    #[wasm_bindgen(method, js_name = setLabel)]
    pub fn set_label(this: &Editor, label: &str);

    #[wasm_bindgen(method, js_name = setReadOnly)]
    pub fn set_read_only(this: &Editor, read_only: bool);

    #[wasm_bindgen(method, js_name = setLine)]
    fn set_line(this: &Editor, line: u32);

    #[wasm_bindgen(method, js_name = setSpans)]
    fn set_spans(this: &Editor, spans: &Array);

    #[wasm_bindgen(method)]
    pub fn focus(this: &Editor);

    #[wasm_bindgen(method)]
    pub fn destroy(this: &Editor);
}

/// What an editor tells of.
#[derive(Debug)]
pub enum Told {
    /// The text is now this.
    Changed(Arc<str>),
    /// Run the cell, and go on to the next one if `true`.
    Run(bool),
    /// The keyboard leaves the text.
    Left,
    /// The text has the keyboard.
    Focused,
}

/// Whether the JavaScript part has loaded; everything below waits for it.
#[derive(Debug, Clone, Copy)]
pub struct Library(RwSignal<bool>);

impl Library {
    /// Waits for the script that `index.html` names.
    pub fn load() -> Self {
        let ready = RwSignal::new(is_there());
        if !ready.get_untracked() {
            let loaded = Closure::once_into_js(move || ready.set(true));
            if let Some(window) = web_sys::window() {
                let _ = window
                    .add_event_listener_with_callback("rivulet-editor", loaded.unchecked_ref());
            }
        }
        Self(ready)
    }

    /// Whether it is there; tracked.
    pub fn is_ready(self) -> bool {
        self.0.get()
    }

    /// HTML from outside, made harmless; empty until the library is there.
    pub fn html(self, text: &str) -> String {
        if self.is_ready() {
            html(text)
        } else {
            String::new()
        }
    }

    /// Markdown as harmless HTML; empty until the library is there.
    pub fn markdown(self, text: &str) -> String {
        if self.is_ready() {
            markdown(text)
        } else {
            String::new()
        }
    }
}

/// HTML from outside, made harmless; empty before the library is there.
pub fn harmless_html(text: &str) -> String {
    if is_there() {
        html(text)
    } else {
        String::new()
    }
}

/// Markdown as harmless HTML; empty before the library is there.
pub fn harmless_markdown(text: &str) -> String {
    if is_there() {
        markdown(text)
    } else {
        String::new()
    }
}

fn is_there() -> bool {
    web_sys::window()
        .and_then(|window| Reflect::get(&window, &"rivuletEditor".into()).ok())
        .is_some_and(|library| !library.is_undefined())
}

impl Editor {
    /// Mounts an editor in an element; the library must be there.
    pub fn new(
        parent: &Element,
        source: &str,
        kind: &str,
        label: &str,
        hint: &str,
        tell: impl Fn(Told) + Clone + 'static,
    ) -> Self {
        let on = Object::new();
        let set = |name: &str, function: JsValue| {
            let _ = Reflect::set(&on, &name.into(), &function);
        };
        let told = tell.clone();
        set(
            "change",
            function(move |text| told(Told::Changed(text.as_string().unwrap_or_default().into()))),
        );
        let told = tell.clone();
        set(
            "run",
            function(move |moves| told(Told::Run(moves.is_truthy()))),
        );
        let told = tell.clone();
        set("leave", function(move |_| told(Told::Left)));
        set("focus", function(move |_| tell(Told::Focused)));
        mount(parent, source, kind, label, hint, &on)
    }

    /// Marks the line of an error, from 1; 0 for none.
    pub fn mark_line(&self, line: u32) {
        self.set_line(line);
    }

    /// Underlines spans, in UTF-16 units, each with its message.
    pub fn mark_spans(&self, spans: &[(u32, u32, String)]) {
        let list: Array = spans
            .iter()
            .map(|(from, to, message)| {
                let span = Object::new();
                for (name, value) in [
                    ("from", JsValue::from(*from)),
                    ("to", (*to).into()),
                    ("message", message.into()),
                ] {
                    let _ = Reflect::set(&span, &name.into(), &value);
                }
                JsValue::from(span)
            })
            .collect();
        self.set_spans(&list);
    }
}

/// A function for JavaScript; it goes with its editor, by the browser's own garbage collection.
fn function(call: impl Fn(JsValue) + 'static) -> JsValue {
    Closure::wrap(Box::new(call) as Box<dyn Fn(JsValue)>).into_js_value()
}

/// Where bytes `from..to` of a text are in UTF-16 units, as the editor counts.
pub fn utf16_span(text: &str, from: usize, to: usize) -> (u32, u32) {
    let units = |end: usize| {
        let end = (0..=end.min(text.len()))
            .rev()
            .find(|at| text.is_char_boundary(*at));
        let count = text[..end.unwrap_or(0)].encode_utf16().count();
        u32::try_from(count).unwrap_or(u32::MAX)
    };
    (units(from), units(to))
}
