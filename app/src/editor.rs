//! The door to `js/editor.js`: `CodeMirror`, and the sanitiser that everything from outside passes.

use std::rc::Rc;
use std::sync::Arc;

use engine::markdown::Pictures;
use js_sys::{Array, Object, Promise, Reflect};
use leptos::prelude::*;
use protocol::{Answer, Question, RunId};
use serde_json::{Map, Value};
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;
use web_sys::Element;

use crate::manifest::manifest;
use crate::page::Respond;

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

    /// Something that is shown in an element.
    pub type Shown;

    #[wasm_bindgen(js_namespace = rivuletEditor)]
    fn show(
        host: &Element,
        kind: &str,
        text: &str,
        alt: &str,
        width: Option<u32>,
        height: Option<u32>,
        pictures: &JsValue,
    ) -> Shown;

    /// Nothing more is done for it; the element is gone, or shows something else from now on.
    #[wasm_bindgen(method)]
    pub fn end(this: &Shown);

    #[wasm_bindgen(js_namespace = rivuletEditor, js_name = isDrawable)]
    fn is_drawable(svg: &str) -> bool;

    /// An output that is drawn in a frame of its own.
    pub type Framed;

    #[wasm_bindgen(js_namespace = rivuletEditor, js_name = frame)]
    fn frame(host: &Element, options: &JsValue) -> Framed;

    /// Its cell has run again: it draws something else in the frame that it has.
    #[wasm_bindgen(method, js_name = update)]
    fn update(this: &Framed, changes: &JsValue);

    /// What is selected in it, as JSON.
    #[wasm_bindgen(method, js_name = setSelection)]
    pub fn set_selection(this: &Framed, selection: &str);

    /// What it left when it was drawn last, as text or base64.
    #[wasm_bindgen(method, js_name = setPicture)]
    pub fn set_picture(this: &Framed, kind: &str, text: &str, width: u32, height: u32);

    /// Nothing more is done for it; the element is gone.
    #[wasm_bindgen(method)]
    pub fn end(this: &Framed);

    #[wasm_bindgen(js_namespace = rivuletEditor, js_name = isHeld)]
    fn is_thread_held() -> bool;

    #[wasm_bindgen(js_namespace = rivuletEditor, js_name = release)]
    fn release_thread();

    #[wasm_bindgen(js_namespace = rivuletEditor)]
    fn html(text: &str) -> String;

    #[wasm_bindgen(js_namespace = rivuletEditor)]
    fn markdown(text: &str, for_file: bool, pictures: &JsValue) -> String;

    #[wasm_bindgen(js_namespace = rivuletEditor)]
    fn latex(text: &str, for_file: bool) -> String;

    #[wasm_bindgen(js_namespace = rivuletEditor, js_name = readBy)]
    fn read_by(reader: &JsValue);

    #[wasm_bindgen(js_namespace = rivuletEditor, js_name = loadMaths)]
    fn load_maths() -> Promise;

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

    #[wasm_bindgen(method, js_name = setUses)]
    fn set_uses(this: &Editor, uses: &Array);

    #[wasm_bindgen(method)]
    pub fn select(this: &Editor, from: u32, to: u32);

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
    /// The keyboard leaves the text for the cell above (-1) or below (1).
    Out(i32),
    /// The pointer or the cursor is on the identifier at this place, in UTF-16 units, or on none.
    Points(Option<u32>),
    /// The person wants to go to where this identifier is made.
    GoesTo(u32),
    /// The person wants to rename this identifier.
    Renames(u32),
}

/// The names for what is written so far, each with where it comes from.
type Names = dyn Fn(&str) -> Vec<(String, String)>;

/// What an editor asks for while the person types.
#[derive(Clone)]
pub struct Asks {
    /// The names of the notebook, each with where it comes from; where there are very many, those that
    /// begin as what is written.
    pub names: Rc<Names>,
    /// A question to Python; the answer is `None` if it has no time.
    pub python: Rc<dyn Fn(Question, Respond)>,
}

impl std::fmt::Debug for Asks {
    fn fmt(&self, to: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        to.debug_struct("Asks").finish_non_exhaustive()
    }
}

/// Whether the JavaScript part has loaded; everything below waits for it.
#[derive(Debug, Clone, Copy)]
pub struct Library {
    ready: RwSignal<bool>,
}

/// A form of a value that the library shows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Form {
    /// `html`, `markdown`, `latex`, `json`, `text`, `traceback`, or the MIME type of an image.
    pub kind: &'static str,
    /// What it holds; images in base64.
    pub text: Arc<str>,
    /// What is said in the place of what cannot be seen.
    pub alt: Arc<str>,
    /// Its width and height on the page.
    pub size: Option<(u32, u32)>,
    /// The pictures that a text holds itself.
    pub pictures: Arc<Pictures>,
}

impl Form {
    /// Shows it in an element, slice by slice and made harmless; the library must be there.
    pub fn show(&self, host: &Element) -> Shown {
        let (width, height) = self.size.unzip();
        let pictures = picture_object(&self.pictures);
        let (kind, text, alt) = (self.kind, &self.text, &self.alt);
        show(host, kind, text, alt, width, height, &pictures)
    }

    /// A form that is no image.
    pub fn new(kind: &'static str, text: Arc<str>) -> Self {
        Self {
            kind,
            text,
            alt: "".into(),
            size: None,
            pictures: Arc::default(),
        }
    }
}

/// An output that is drawn by scripts in a frame of its own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Scripted {
    /// What draws it, as the build names it.
    pub renderer: &'static str,
    /// The MIME type of what is drawn.
    pub mime: String,
    /// What is drawn.
    pub text: Arc<str>,
    /// What is said in the place of what cannot be seen.
    pub alt: Arc<str>,
    /// Whether it starts by itself.
    pub runs: bool,
    /// The run that it is of.
    pub run: RunId,
    /// The name of the data whose rows are told where something is selected in it.
    pub data: String,
}

/// What takes what a person has selected in a chart, as JSON, and whether they have not let go yet.
pub type Select = Box<dyn Fn(String, bool)>;

impl Scripted {
    /// Shows it in an element; the library must be there. `keep` is given its newest picture: kind, text,
    /// width and height. The error is a sentence.
    pub fn show(
        &self,
        host: &Element,
        keep: impl Fn(&str, &str, u32, u32) + 'static,
        selects: Option<(String, Select)>,
    ) -> Result<Framed, String> {
        let manifest = manifest()?;
        let scripts: Array = manifest
            .renderer(self.renderer)?
            .iter()
            .map(|script| {
                object(&[
                    ("path", script.path.as_str().into()),
                    ("size", script.size.into()),
                    ("sha256", script.sha256.as_str().into()),
                ])
            })
            .collect();
        let keep = move |kind: String, text: String, width: f64, height: f64| {
            let (width, height) = (offset(&width.into()), offset(&height.into()));
            keep(&kind, &text, width.unwrap_or(0), height.unwrap_or(0));
        };
        let keep = Closure::wrap(Box::new(keep) as Box<dyn Fn(String, String, f64, f64)>);
        let mut options = vec![
            ("renderer", self.renderer.into()),
            ("document", manifest.outputs.frame.as_str().into()),
            ("scripts", scripts.into()),
            ("keep", keep.into_js_value()),
        ];
        options.extend(self.drawn());
        if let Some((selection, select)) = selects {
            options.push(("selection", selection.into()));
            options.push(("select", Closure::wrap(select).into_js_value()));
        }
        Ok(frame(host, &object(&options)))
    }

    /// Has a frame of the same renderer draw this.
    pub fn show_in(&self, framed: &Framed, selection: Option<String>) {
        let mut changes = self.drawn();
        changes.extend(selection.map(|selection| ("selection", selection.into())));
        framed.update(&object(&changes));
    }

    fn drawn(&self) -> Vec<(&'static str, JsValue)> {
        vec![
            ("mime", self.mime.as_str().into()),
            ("text", (&*self.text).into()),
            ("alt", (&*self.alt).into()),
            ("runs", self.runs.into()),
            ("run", self.run.to_string().into()),
            ("data", self.data.as_str().into()),
        ]
    }
}

/// Pictures as the library takes them: addresses by name.
fn picture_object(pictures: &Pictures) -> JsValue {
    let fields: Vec<(&str, JsValue)> = pictures
        .addresses()
        .map(|(name, address)| (name, address.into()))
        .collect();
    object(&fields)
}

impl Library {
    /// Waits for the script that `index.html` names.
    pub fn load() -> Self {
        let ready = RwSignal::new(is_there());
        if is_there() {
            give_reader();
        }
        let loaded = Closure::once_into_js(move || {
            give_reader();
            ready.set(true);
        });
        if let Some(window) = web_sys::window() {
            let loaded = loaded.unchecked_ref();
            let _ = window.add_event_listener_with_callback("rivulet-editor", loaded);
        }
        Self { ready }
    }

    /// Whether it refuses to have the browser draw this form; tracked, as it does not know before it is there.
    pub fn refuses(self, form: &Form) -> bool {
        form.kind == "image/svg+xml" && self.is_ready() && !is_drawable(&form.text)
    }

    /// Whether it is there; tracked.
    pub fn is_ready(self) -> bool {
        self.ready.get()
    }
}

/// Whether a script of an output holds the thread that all frames share, so that none of them answers.
pub fn is_held() -> bool {
    is_there() && is_thread_held()
}

/// That thread is free again, or another takes its place.
pub fn release() {
    if is_there() {
        release_thread();
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
pub fn harmless_markdown(text: &str, attachments: Option<&Map<String, Value>>) -> String {
    if is_there() {
        markdown(text, true, &picture_object(&Pictures::of(attachments)))
    } else {
        String::new()
    }
}

/// LaTeX as harmless HTML for a file; empty before the library is there.
pub fn harmless_latex(text: &str) -> String {
    if is_there() {
        latex(text, true)
    } else {
        String::new()
    }
}

/// Waits until formulas can be set, or until it is known that they cannot.
pub async fn wait_for_maths() {
    if is_there() {
        let _ = JsFuture::from(load_maths()).await;
    }
}

/// Gives the library the engine's reader of Markdown.
fn give_reader() {
    let read = |kind: String, text: String, key: String| -> String {
        engine::markdown::json(kind == "latex", &text, &key)
    };
    let read: Closure<dyn Fn(String, String, String) -> String> = Closure::new(read);
    // For as long as the page is there.
    read_by(&read.into_js_value());
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
        asks: Asks,
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
        let told = tell.clone();
        set("focus", function(move |_| told(Told::Focused)));
        let told = tell.clone();
        let out = move |by: JsValue| {
            let is_up = by.as_f64().is_some_and(|by| by < 0.0);
            told(Told::Out(if is_up { -1 } else { 1 }));
            JsValue::TRUE
        };
        set("out", answering(out));
        let told = tell.clone();
        set("hover", function(move |at| told(Told::Points(offset(&at)))));
        let told = tell.clone();
        let goes = move |at: JsValue| {
            told(Told::GoesTo(offset(&at).unwrap_or(0)));
            JsValue::TRUE
        };
        set("goTo", answering(goes));
        let renames = move |at: JsValue| {
            tell(Told::Renames(offset(&at).unwrap_or(0)));
            JsValue::TRUE
        };
        set("rename", answering(renames));
        let names = asks.names.clone();
        let offers =
            move |written: JsValue| name_list(&names(&written.as_string().unwrap_or_default()));
        set("names", answering(offers));
        let python = asks.python.clone();
        let complete = move |code: JsValue| {
            let code = code.as_string().unwrap_or_default();
            promise(&python, &Question::Complete { code })
        };
        set("complete", answering(complete));
        let python = asks.python;
        let help = move |code: JsValue| {
            let code = code.as_string().unwrap_or_default();
            promise(&python, &Question::Help { code })
        };
        set("help", answering(help));
        mount(parent, source, kind, label, hint, &on)
    }

    /// Marks the line of an error, from 1; 0 for none.
    pub fn mark_line(&self, line: u32) {
        self.set_line(line);
    }

    /// Lights up places of a name, in UTF-16 units; `true` where it is made.
    pub fn light_up(&self, uses: &[(u32, u32, bool)]) {
        let list: Array = uses
            .iter()
            .map(|(from, to, makes)| {
                let kind = if *makes { "definition" } else { "use" };
                let fields = [
                    ("from", (*from).into()),
                    ("to", (*to).into()),
                    ("kind", kind.into()),
                ];
                object(&fields)
            })
            .collect();
        self.set_uses(&list);
    }

    /// Underlines spans, in UTF-16 units, each with its message, which may be empty.
    pub fn mark_spans(&self, spans: &[(u32, u32, String)]) {
        let list: Array = spans
            .iter()
            .map(|(from, to, message)| {
                object(&[
                    ("from", (*from).into()),
                    ("to", (*to).into()),
                    ("message", message.into()),
                ])
            })
            .collect();
        self.set_spans(&list);
    }
}

/// A place in a text; `None` for a negative one.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a whole number in the range of the text"
)]
fn offset(at: &JsValue) -> Option<u32> {
    let at = at.as_f64().filter(|at| (0.0..1e9).contains(at));
    at.map(|at| at as u32)
}

fn object(fields: &[(&str, JsValue)]) -> JsValue {
    let object = Object::new();
    for (name, value) in fields {
        let _ = Reflect::set(&object, &(*name).into(), value);
    }
    object.into()
}

fn name_list(names: &[(String, String)]) -> JsValue {
    let list: Array = names
        .iter()
        .map(|(name, detail)| object(&[("name", name.into()), ("detail", detail.into())]))
        .collect();
    list.into()
}

/// A promise of Python's answer as a plain object, or of `null`.
fn promise(python: &Rc<dyn Fn(Question, Respond)>, question: &Question) -> JsValue {
    let promise = Promise::new(&mut |resolve, _| {
        let heard = move |answer: Option<Answer>| {
            let text = match answer {
                Some(Answer::Completions { completions }) => serde_json::to_string(&completions),
                Some(help @ Answer::Help { .. }) => serde_json::to_string(&help),
                _ => Ok("null".to_owned()),
            };
            let value = js_sys::JSON::parse(&text.unwrap_or_default());
            let _ = resolve.call1(&JsValue::NULL, &value.unwrap_or(JsValue::NULL));
        };
        python(question.clone(), Box::new(heard));
    });
    promise.into()
}

/// A function for JavaScript that answers.
fn answering(call: impl Fn(JsValue) -> JsValue + 'static) -> JsValue {
    Closure::wrap(Box::new(call) as Box<dyn Fn(JsValue) -> JsValue>).into_js_value()
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

/// The byte of a text at an offset in UTF-16 units.
pub fn byte_offset(text: &str, units: u32) -> u32 {
    let mut left = units as usize;
    for (at, letter) in text.char_indices() {
        if left == 0 {
            return u32::try_from(at).unwrap_or(u32::MAX);
        }
        left = left.saturating_sub(letter.len_utf16());
    }
    u32::try_from(text.len()).unwrap_or(u32::MAX)
}
