//! The door to Python: Pyodide's start, and the functions of `python/rivulet_kernel`.

use js_sys::{Array, ArrayBuffer, Function, Object, Promise, Reflect};
use protocol::{Answer, CellId, Names, Outcome, Question};
use serde::Deserialize;
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;

macro_rules! files {
    ($($name:literal),* $(,)?) => {
        [$(($name, include_str!(concat!("../python/rivulet_kernel/", $name)))),*]
    };
}

/// The Python part, by file name.
const FILES: [(&str, &str); 54] = files![
    "__init__.py",
    "asking.py",
    "bars.py",
    "capture.py",
    "charts.py",
    "classes.py",
    "commands.py",
    "display_objects.py",
    "displays.py",
    "doctests.py",
    "errors.py",
    "execute.py",
    "files.py",
    "frames.py",
    "grid_cells.py",
    "grid_columns.py",
    "grid_exports.py",
    "grid_sources.py",
    "grid_views.py",
    "grids.py",
    "imports.py",
    "inplace.py",
    "inputs.py",
    "inspector.py",
    "ipython.py",
    "jupyter_widgets.py",
    "limits.py",
    "line.py",
    "look.py",
    "magics.py",
    "main.py",
    "matplotlib_backend.py",
    "modules.py",
    "names.py",
    "network.py",
    "output.py",
    "outside.py",
    "own.py",
    "packages.py",
    "patience.py",
    "pip.py",
    "pretty.py",
    "registry.py",
    "scopes.py",
    "shell.py",
    "sql.py",
    "streams.py",
    "table.py",
    "text.py",
    "timing.py",
    "tracebacks.py",
    "values.py",
    "waiting.py",
    "widgets.py",
];

macro_rules! package {
    ($($name:literal),* $(,)?) => {
        [$(($name, include_str!(concat!("../python/rivulet/", $name)))),*]
    };
}

/// What a notebook imports of Rivulet itself, by file name.
const PACKAGE: [(&str, &str); 12] = package![
    "__init__.py",
    "_chart.py",
    "_flow.py",
    "_inputs.py",
    "_layout.py",
    "_marimo.py",
    "_progress.py",
    "_state.py",
    "_table.py",
    "_together.py",
    "_widget.py",
    "py.typed",
];

/// Set by `js/pyodide.js`, which is in the same script as this module's own bindings.
#[wasm_bindgen]
extern "C" {
    type Bridge;

    /// Starts Pyodide from the compiled module and the standard library that `pieces` holds.
    /// `died` is called when the interpreter exits or crashes: how, its exit code, what it said.
    #[wasm_bindgen(method, catch)]
    fn load(this: &Bridge, pieces: &Object, died: &Function) -> Result<Promise, JsValue>;

    /// Writes files into a folder from which Python imports.
    #[wasm_bindgen(method, catch)]
    fn write(this: &Bridge, folder: &str, name: &str, text: &str) -> Result<(), JsValue>;

    /// Imports `rivulet_kernel` and calls its `start` with a function that puts something out and one that
    /// asks the page for something; then fixes what user code must not replace.
    #[wasm_bindgen(method, catch)]
    fn begin(this: &Bridge, output: &Function, request: &Function) -> Result<Object, JsValue>;

    /// Writes a file into the folder that cells run in.
    #[wasm_bindgen(method, catch)]
    fn put(this: &Bridge, path: &str, bytes: &JsValue) -> Result<(), JsValue>;

    /// Deletes a file of that folder.
    #[wasm_bindgen(method, catch)]
    fn remove(this: &Bridge, path: &str) -> Result<(), JsValue>;

    /// Part of a file of that folder, from a byte on: `[its whole size, the part]`.
    #[wasm_bindgen(method, catch)]
    fn read(this: &Bridge, path: &str, from: f64, most: f64) -> Result<Array, JsValue>;

    /// Unpacks a wheel into site-packages.
    #[wasm_bindgen(method, catch)]
    fn unpack(this: &Bridge, wheel: &JsValue) -> Result<(), JsValue>;

    /// Python's version.
    #[wasm_bindgen(method)]
    fn version(this: &Bridge) -> String;
}

/// A started Python.
pub struct Python {
    bridge: Bridge,
    run: Function,
    forget: Function,
    ask: Function,
    drop_cell: Function,
    move_widget: Function,
}

/// What Python tells at the end of a run.
#[derive(Debug, Deserialize)]
pub struct Ended {
    /// How it ended.
    pub outcome: Outcome,
    /// What it did to names.
    #[serde(flatten)]
    pub names: Names,
}

impl Ended {
    /// With no more than the page takes: whoever made it may have been changed by a cell.
    fn bounded(mut self) -> Self {
        if let Outcome::Error(error) = &mut self.outcome {
            for (text, most) in [
                (&mut error.name, MOST_NAME),
                (&mut error.message, MOST_WORDS),
                (&mut error.traceback, MOST_WORDS),
            ] {
                if text.len() > most {
                    *text = text.chars().take(most).collect();
                }
            }
            error.entries.truncate(MOST_ENTRIES);
        }
        let Names {
            bound,
            missing,
            deleted,
            widgets,
        } = &mut self.names;
        widgets.retain(|(name, _)| name.len() <= MOST_NAME);
        // All together: a name may hold what another holds, too.
        let mut left = protocol::MOST_HOLDS;
        for (_, held) in &mut *widgets {
            held.truncate(left);
            left -= held.len();
        }
        widgets.retain(|(_, held)| !held.is_empty());
        for names in [bound, missing, deleted] {
            names.retain(|name| name.len() <= MOST_NAME);
            names.truncate(MOST_NAMES);
        }
        self
    }
}

/// The longest name, and the longest message or traceback, in characters.
const MOST_NAME: usize = 1_000;
const MOST_WORDS: usize = 128 << 10;
/// The longest answer to a question, in bytes; ours are far shorter.
const MOST_ANSWER: usize = 1 << 20;
/// The largest part of a file that is read at once, in bytes.
const MOST_PART: usize = 8 << 20;
/// How many names and lines of a traceback are told.
const MOST_NAMES: usize = 2_000;
const MOST_ENTRIES: usize = 50;

impl Python {
    /// Starts Python; takes seconds.
    pub async fn start(
        bridge: JsValue,
        pieces: &Object,
        died: &Function,
        output: &Function,
        request: &Function,
    ) -> Result<Self, JsValue> {
        let bridge: Bridge = bridge.unchecked_into();
        JsFuture::from(bridge.load(pieces, died)?).await?;
        for (name, text) in FILES {
            bridge.write("rivulet_kernel", name, text)?;
        }
        for (name, text) in PACKAGE {
            bridge.write("rivulet", name, text)?;
        }
        bridge.write("", "marimo.py", include_str!("../python/marimo.py"))?;
        bridge.write("", "piplite.py", include_str!("../python/piplite.py"))?;
        let kernel = bridge.begin(output, request)?;
        let function = |name: &str| Reflect::get(&kernel, &name.into())?.dyn_into::<Function>();
        Ok(Self {
            run: function("run")?,
            forget: function("forget")?,
            ask: function("ask")?,
            drop_cell: function("drop_cell")?,
            move_widget: function("move")?,
            bridge,
        })
    }

    /// Python's version, for instance "3.14.2".
    pub fn version(&self) -> String {
        self.bridge.version()
    }

    /// Runs a cell, given as the JSON of its `RunRequest`. An error is the end of this kernel:
    /// what a cell raises is an outcome.
    pub async fn run(&self, request: &str) -> Result<Ended, JsValue> {
        let request = JsValue::from_str(request);
        let mut outcome = self.run.call1(&JsValue::NULL, &request)?;
        if !outcome.is_string() {
            // The cell awaits: this is a coroutine.
            outcome = JsFuture::from(Promise::resolve(&outcome)).await?;
        }
        let text = outcome.as_string().unwrap_or_default();
        let ended: Ended =
            serde_json::from_str(&text).map_err(|_| JsValue::from_str("it did not say how"))?;
        Ok(ended.bounded())
    }

    /// Deletes names from `__main__`.
    pub fn forget(&self, names: &[String]) -> Result<(), JsValue> {
        let names = serde_json::to_string(names).unwrap_or_default();
        self.forget
            .call1(&JsValue::NULL, &JsValue::from_str(&names))?;
        Ok(())
    }

    /// Lets go of all that is kept for a cell that is gone.
    pub fn drop_cell(&self, cell: CellId) -> Result<(), JsValue> {
        self.drop_cell
            .call1(&JsValue::NULL, &JsValue::from(cell.0))?;
        Ok(())
    }

    /// Moves a widget, given as the JSON of its number and of what is held of it.
    pub fn move_widget(&self, message: &str) -> Result<(), JsValue> {
        self.move_widget
            .call1(&JsValue::NULL, &JsValue::from_str(message))?;
        Ok(())
    }

    /// Answers a question of the page, given as JSON; `None` if the answer is none that we know.
    pub fn ask(&self, question: &Question) -> Result<Option<Answer>, JsValue> {
        let question = serde_json::to_string(question).unwrap_or_default();
        let question = JsValue::from_str(&question);
        let answer = self.ask.call1(&JsValue::NULL, &question)?;
        let text = answer.as_string().unwrap_or_default();
        let answer = (text.len() <= MOST_ANSWER).then(|| serde_json::from_str(&text).ok());
        Ok(answer.flatten())
    }

    /// Writes a file of the person's into the folder that cells run in.
    pub fn put(&self, path: &str, bytes: &JsValue) -> Result<(), JsValue> {
        self.bridge.put(path, bytes)
    }

    /// Deletes a file of the folder that cells run in.
    pub fn remove(&self, path: &str) -> Result<(), JsValue> {
        self.bridge.remove(path)
    }

    /// Part of a file of the folder that cells run in, and the size of the whole. `None` if it cannot be
    /// read.
    pub fn read(&self, path: &str, from: f64) -> Option<(f64, ArrayBuffer)> {
        let parts = self.bridge.read(path, from, MOST_PART as f64).ok()?;
        let part: ArrayBuffer = parts.get(1).dyn_into().ok()?;
        let is_sound = part.byte_length() as usize <= MOST_PART;
        Some((parts.get(0).as_f64()?, part)).filter(|_| is_sound)
    }

    /// Unpacks a wheel's bytes.
    pub fn unpack(&self, wheel: &JsValue) -> Result<(), JsValue> {
        self.bridge.unpack(wheel)
    }
}

/// What a thrown thing says, as one line.
pub fn sentence(thrown: &JsValue) -> String {
    let text = thrown.as_string().or_else(|| {
        let message = Reflect::get(thrown, &"message".into()).ok()?;
        message.as_string()
    });
    let text = text.unwrap_or_else(|| "an unknown error".to_owned());
    let mut lines = text.lines().rev().map(str::trim);
    lines
        .find(|line| !line.is_empty())
        .unwrap_or("an unknown error")
        .to_owned()
}

/// Parses a message of the page: `[seal, json, buffer, ...]`.
pub fn parse(data: &JsValue) -> Option<(String, protocol::ToWorker, Array)> {
    let parts = data.dyn_ref::<Array>()?;
    let message = serde_json::from_str(&parts.get(1).as_string()?).ok()?;
    let seal = parts.get(0).as_string()?;
    Some((seal, message, parts.slice(2, parts.length())))
}
