//! Jupyter notebooks: nbformat 4.5 out, nbformat 3 and 4 in.
//!
//! Source: <https://nbformat.readthedocs.io/en/latest/format_description.html>. Everything of a
//! notebook, a cell or an output that is not read here is kept beside it and written back. Sources stay
//! as they are, with all that only `IPython` understands. What one odd field holds spoils nothing else.

use std::collections::BTreeSet;
use std::sync::Arc;

use protocol::{CellId, Held, Outcome, PythonError, Stream, WidgetId};
use serde_json::{Map, Value, json};

use super::{Document, json as lenient, options};
use crate::evaluation::Evaluation;
use crate::notebook::{Cell, Kind, Layout, Mode, Notebook};
use crate::outputs::{Item, Outputs};

/// The key of what is kept beside.
const EXTRA: &str = "ipynb";
/// What braces in texts are, in a file of ours, and in a cell of one: `"text"`, as everywhere in Jupyter,
/// or `"values"`.
const BRACES: &str = "braces";
/// The word for an SQL cell, and the magic that other tools know it by.
const SQL: &str = "sql";
const SQL_MAGIC: &str = "%%sql\n";

/// Reads a notebook. The error is a sentence.
pub fn read(text: &str, default_title: &str) -> Result<Document, String> {
    let value = lenient::parse(text).map_err(|error| {
        format!(
            "It is not JSON, as a notebook must be: line {}, column {}.",
            error.line(),
            error.column()
        )
    })?;
    let Value::Object(mut file) = value else {
        return Err("It holds no notebook.".to_owned());
    };
    let major = file.get("nbformat").and_then(number);
    let cells = match major {
        Some(4) => file.remove("cells"),
        Some(3) => file.remove("worksheets").map(cells_of_worksheets),
        Some(other) => {
            return Err(format!(
                "It is in version {other} of Jupyter's format; versions 3 and 4 can be read. Open and save it in Jupyter first."
            ));
        }
        // Whoever wrote it did not say.
        None if file.contains_key("cells") => file.remove("cells"),
        None => file.remove("worksheets").map(cells_of_worksheets),
    };
    let Some(Value::Array(cells)) = cells else {
        return Err("It has no list of cells.".to_owned());
    };
    let is_old_own = file
        .get("metadata")
        .and_then(|metadata| metadata.get("rivulet"))
        .is_some_and(|own| own.get(BRACES).is_none());
    let mut document = Document::of(Notebook::new(default_title));
    for cell in cells {
        match cell {
            Value::Object(cell) => read_cell(cell, !is_old_own, &mut document),
            // It is kept for whoever knows what it means.
            other => {
                let text = other
                    .as_str()
                    .map_or_else(|| other.to_string(), str::to_owned);
                document.notebook.push(Kind::Raw, &text);
            }
        }
    }
    let own = file
        .get("metadata")
        .and_then(|metadata| metadata.get("rivulet"));
    let title = own.and_then(|own| own.get("title"));
    let title = title.or_else(|| {
        file.get("metadata")
            .and_then(|metadata| metadata.get("title"))
    });
    let notebook = &mut document.notebook;
    notebook.mode = match own.and_then(|own| own.get("mode")).and_then(Value::as_str) {
        Some("lazy") => Mode::Lazy,
        _ => Mode::Reactive,
    };
    notebook.eager = own
        .and_then(|own| own.get("python"))
        .and_then(Value::as_str)
        == Some("at once");
    let layout = own
        .and_then(|own| own.get("layout"))
        .and_then(Value::as_str);
    notebook.layout = layout.and_then(Layout::of).unwrap_or_default();
    let widgets = own
        .and_then(|own| own.get("widgets"))
        .and_then(Value::as_array);
    let ids: Vec<CellId> = notebook.cells().iter().map(|cell| cell.id).collect();
    let held = widgets
        .into_iter()
        .flatten()
        .filter_map(|one| read_held(one, &ids));
    notebook.hold_all(held.collect::<Vec<_>>());
    let title = title.and_then(Value::as_str).map(str::to_owned);
    if let Some(title) = title.or_else(|| super::heading(notebook)) {
        notebook.title = title;
    }
    if let Some(Value::Object(metadata)) = file.get_mut("metadata") {
        metadata.remove("rivulet");
    }
    object(&mut file, "metadata");
    file.remove("nbformat");
    file.remove("nbformat_minor");
    if file != default_file() {
        notebook.extra.insert(EXTRA.to_owned(), Value::Object(file));
    }
    Ok(document)
}

/// Writes a notebook with its outputs. `read` reads it back as it was.
#[must_use]
pub fn write(document: &Document) -> String {
    let notebook = &document.notebook;
    let mut file = match notebook.extra.get(EXTRA) {
        Some(Value::Object(kept)) => kept.clone(),
        _ => default_file(),
    };
    let cells = notebook.cells().iter().zip(ids(notebook));
    let cells: Vec<Value> = cells
        .map(|(cell, id)| write_cell(cell, document.evaluations.get(&cell.id), id))
        .collect();
    file.insert("cells".to_owned(), Value::Array(cells));
    file.insert("nbformat".to_owned(), json!(4));
    file.insert("nbformat_minor".to_owned(), json!(5));
    let mut own = json!({ "title": notebook.title, BRACES: "text" });
    if notebook.mode == Mode::Lazy {
        own["mode"] = json!("lazy");
    }
    if notebook.eager {
        own["python"] = json!("at once");
    }
    if notebook.layout != Layout::default() {
        own["layout"] = json!(notebook.layout.word());
    }
    let held = notebook.widgets().iter();
    let held: Vec<Value> = held.filter_map(|held| write_held(held, notebook)).collect();
    if !held.is_empty() {
        own["widgets"] = Value::Array(held);
    }
    object(&mut file, "metadata").insert("rivulet".to_owned(), own);
    let mut text = serde_json::to_string_pretty(&Value::Object(file)).unwrap_or_default();
    text.push('\n');
    text
}

/// Where a widget stands: its cell by its place in the file, since a file has no numbers of cells.
fn write_held(held: &Held, notebook: &Notebook) -> Option<Value> {
    let cell = notebook.place(held.widget.cell())?;
    Some(json!({
        "cell": cell, "widget": held.widget.place(), "arguments": held.arguments, "value": held.value,
    }))
}

fn read_held(one: &Value, cells: &[CellId]) -> Option<Held> {
    let count = |name: &str| usize::try_from(one.get(name)?.as_u64()?).ok();
    let place = u32::try_from(count("widget")?).ok()?;
    Some(Held {
        widget: WidgetId::new(*cells.get(count("cell")?)?, place),
        arguments: one.get("arguments")?.as_str()?.to_owned(),
        value: one.get("value")?.clone(),
    })
}

/// A whole number, however it is written.
fn number(value: &Value) -> Option<u64> {
    value
        .as_u64()
        .or_else(|| value.as_str()?.trim().parse().ok())
        .or_else(|| {
            (3_u8..=4)
                .find(|known| value.as_f64() == Some(f64::from(*known)))
                .map(u64::from)
        })
}

/// The id of each cell: the one that it came with, where that is valid and nobody's before it.
fn ids(notebook: &Notebook) -> Vec<String> {
    let given = |cell: &Cell| {
        let id = cell.extra.get(EXTRA)?.get("id")?.as_str()?;
        is_id(id).then(|| id.to_owned())
    };
    let mut taken = BTreeSet::new();
    let cells = notebook.cells().iter();
    let given: Vec<Option<String>> = cells
        .map(|cell| given(cell).filter(|id| taken.insert(id.clone())))
        .collect();
    let cells = notebook.cells().iter().zip(given);
    let ids = cells.map(|(cell, given)| {
        given.unwrap_or_else(|| {
            let own = own_id(cell.id);
            let others = (2..).map(|count| format!("{own}-{count}"));
            let mut free = std::iter::once(own.clone()).chain(others);
            free.find(|id| taken.insert(id.clone())).unwrap_or_default()
        })
    });
    ids.collect()
}

fn default_file() -> Map<String, Value> {
    let kernel = json!({ "display_name": "Python 3", "language": "python", "name": "python3" });
    let metadata = json!({ "kernelspec": kernel, "language_info": { "name": "python" } });
    Map::from_iter([("metadata".to_owned(), metadata)])
}

/// The object under a key; made if there is none.
fn object<'a>(of: &'a mut Map<String, Value>, key: &str) -> &'a mut Map<String, Value> {
    let value = of.entry(key).or_insert_with(|| json!({}));
    if !value.is_object() {
        *value = json!({});
    }
    match value {
        Value::Object(object) => object,
        _ => unreachable!("it was made an object just now"),
    }
}

fn read_cell(mut cell: Map<String, Value>, is_literal: bool, document: &mut Document) {
    let source = text_of(
        cell.remove("source")
            .or_else(|| cell.remove("input"))
            .as_ref(),
    );
    let source = super::unix_lines(&source);
    let outputs = cell.remove("outputs");
    let word = cell.remove("cell_type");
    let word = word.as_ref().and_then(Value::as_str).unwrap_or("code");
    if cell
        .get("metadata")
        .is_some_and(|metadata| !metadata.is_object())
    {
        cell.remove("metadata");
    }
    let metadata = cell.get_mut("metadata").and_then(Value::as_object_mut);
    let own = metadata.and_then(|metadata| metadata.remove("rivulet"));
    let says = |key: &str, value: &str| {
        let said = own.as_ref().and_then(|own| own.get(key));
        said.and_then(Value::as_str) == Some(value)
    };
    let (kind, source) = match word {
        "code" if says("kind", SQL) => {
            let query = source.strip_prefix(SQL_MAGIC).unwrap_or(&source);
            (Kind::Sql, query.to_owned())
        }
        "code" => (Kind::Python, source),
        "heading" => {
            let level = cell.get("level").and_then(number).unwrap_or(1).clamp(1, 6);
            let signs = "#".repeat(usize::try_from(level).unwrap_or(1));
            (Kind::Markdown, format!("{signs} {source}"))
        }
        "markdown" | "html" => (Kind::Markdown, source),
        _ => (Kind::Raw, source),
    };
    let braces_are_text = says(BRACES, "text") || is_literal && !says(BRACES, "values");
    let literal = kind == Kind::Markdown && braces_are_text;
    upgrade(&mut cell);
    if cell.get("execution_count").is_some_and(Value::is_null) {
        cell.remove("execution_count");
    }
    let ran = cell.contains_key("execution_count");
    let made = document.notebook.push(kind, &source);
    if let Some(Value::Object(metadata)) = cell.get_mut("metadata") {
        options::take(metadata, made);
        if metadata.is_empty() {
            cell.remove("metadata");
        }
    }
    made.literal = literal;
    let id = made.id;
    let is_kept = |given: &str| is_id(given) && given != own_id(id);
    if !cell.get("id").and_then(Value::as_str).is_some_and(is_kept) {
        cell.remove("id");
    }
    if !cell.is_empty() {
        made.extra.insert(EXTRA.to_owned(), Value::Object(cell));
    }
    let outputs = match outputs {
        Some(Value::Array(outputs)) => outputs,
        _ => Vec::new(),
    };
    if kind.is_code() && (ran || !outputs.is_empty()) {
        let run = own.as_ref().and_then(|own| own.get("run"));
        let evaluation = read_evaluation(run, outputs);
        document.evaluations.insert(id, evaluation);
    }
}

/// What version 3 has beside a cell, where version 4 has it.
fn upgrade(cell: &mut Map<String, Value>) {
    if let Some(count) = cell.remove("prompt_number")
        && count.is_u64()
    {
        cell.entry("execution_count").or_insert(count);
    }
    if let Some(Value::Bool(true)) = cell.remove("collapsed") {
        object(cell, "metadata")
            .entry("collapsed")
            .or_insert(json!(true));
    }
    for gone in ["language", "level"] {
        cell.remove(gone);
    }
    if !cell.get("attachments").is_none_or(Value::is_object) {
        cell.remove("attachments");
    }
}

/// What a cell's last run was, as far as the file says: ours say all but the outputs beside them.
fn read_evaluation(run: Option<&Value>, outputs: Vec<Value>) -> Evaluation {
    let (items, error) = read_outputs(outputs);
    let known = run.and_then(|run| serde_json::from_value::<Evaluation>(run.clone()).ok());
    match known {
        Some(known) => Evaluation {
            outcome: match (error, known.outcome) {
                (Some(error), _) => Outcome::Error(error),
                // The outputs are of another run, elsewhere, that raised nothing.
                (None, Outcome::Error(_)) => Outcome::Success,
                (None, outcome) => outcome,
            },
            outputs: Outputs { items },
            ..known
        },
        None => Evaluation::of_file(items, error),
    }
}

/// All that is known of a run but its outputs, which stand beside it as every reader knows them.
/// `None` where it did not run here: a notebook goes out as it came.
fn write_run(evaluation: &Evaluation) -> Option<Value> {
    evaluation.ended_at?;
    let mut run = serde_json::to_value(evaluation).ok()?;
    let known = run.as_object_mut()?;
    known.remove("outputs");
    if let Some(Value::Object(error)) = known.get_mut("outcome") {
        for part in ["message", "traceback"] {
            if error.contains_key(part) && error.contains_key("entries") {
                error.insert(part.to_owned(), json!(""));
            }
        }
    }
    Some(run)
}

fn own_id(id: CellId) -> String {
    format!("cell-{}", id.0)
}

fn write_cell(cell: &Cell, evaluation: Option<&Evaluation>, id: String) -> Value {
    let mut written = match cell.extra.get(EXTRA) {
        Some(Value::Object(kept)) => kept.clone(),
        _ => Map::new(),
    };
    let is_code = cell.kind.is_code();
    let is_sql = cell.kind == Kind::Sql;
    // A raw cell was a text before this page knew any.
    let was_raw = written
        .remove("cell_type")
        .is_some_and(|word| word == "raw");
    let word = match cell.kind {
        Kind::Python | Kind::Sql => "code",
        Kind::Markdown if !was_raw => "markdown",
        Kind::Markdown | Kind::Raw => "raw",
    };
    written.insert("cell_type".to_owned(), json!(word));
    written.insert(
        "source".to_owned(),
        if is_sql {
            lines_of(&format!("{SQL_MAGIC}{}", cell.source))
        } else {
            lines_of(&cell.source)
        },
    );
    let metadata = object(&mut written, "metadata");
    let mut own = Map::new();
    if is_sql {
        own.insert("kind".to_owned(), json!(SQL));
    }
    if cell.kind == Kind::Markdown && !cell.literal {
        own.insert(BRACES.to_owned(), json!("values"));
    }
    if let (true, Some(run)) = (is_code, evaluation.and_then(write_run)) {
        own.insert("run".to_owned(), run);
    }
    if !own.is_empty() {
        metadata.insert("rivulet".to_owned(), Value::Object(own));
    }
    options::write(metadata, cell.disabled, cell.hidden);
    if is_code {
        let outputs = evaluation.map(write_outputs).unwrap_or_default();
        written.insert("outputs".to_owned(), Value::Array(outputs));
        written.entry("execution_count").or_insert(Value::Null);
        written.remove("attachments");
    } else {
        written.remove("outputs");
        written.remove("execution_count");
    }
    written.insert("id".to_owned(), Value::String(id));
    Value::Object(written)
}

/// Whether nbformat takes this as a cell's id.
fn is_id(text: &str) -> bool {
    let allowed = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
    (1..=64).contains(&text.len()) && text.chars().all(allowed)
}

fn read_outputs(outputs: Vec<Value>) -> (Vec<Item>, Option<PythonError>) {
    let (mut items, mut error) = (Vec::new(), None);
    for output in outputs {
        let Value::Object(mut output) = output else {
            continue;
        };
        let word = output.get("output_type").and_then(Value::as_str);
        let word = word.unwrap_or("").to_owned();
        match word.as_str() {
            "stream" => {
                let name = output.get("name").or_else(|| output.get("stream"));
                items.push(Item::Text {
                    stream: match name.and_then(Value::as_str) {
                        Some("stderr") => Stream::Stderr,
                        _ => Stream::Stdout,
                    },
                    text: text_of(output.get("text")).into(),
                });
            }
            "error" | "pyerr" => {
                let text = |key: &str| {
                    output
                        .get(key)
                        .and_then(Value::as_str)
                        .unwrap_or("")
                        .to_owned()
                };
                let lines = output.get("traceback").and_then(Value::as_array);
                let lines = lines.into_iter().flatten().filter_map(Value::as_str);
                error = Some(PythonError {
                    name: text("ename"),
                    message: text("evalue"),
                    traceback: plain(&lines.collect::<Vec<_>>().join("\n")),
                    entries: Vec::new(),
                });
            }
            _ => {
                let data = match output.remove("data") {
                    Some(Value::Object(data)) => data,
                    _ if matches!(word.as_str(), "pyout" | "display_data" | "execute_result") => {
                        data_of_version_3(&mut output)
                    }
                    _ => Map::new(),
                };
                let forms = data.into_iter().map(|(mime, value)| {
                    let text = read_form(&mime, &value);
                    (mime, text.into())
                });
                items.push(Item::Value {
                    forms: forms.collect(),
                    beside: (!output.is_empty()).then(|| Arc::new(Value::Object(output))),
                });
            }
        }
    }
    (items, error)
}

fn is_json(mime: &str) -> bool {
    mime == "application/json" || mime.ends_with("+json")
}

fn read_form(mime: &str, value: &Value) -> String {
    // Some write JSON by other names too, as Altair's `application/vnd.vegalite.v6.json`.
    if is_json(mime) || value.is_object() {
        return value.to_string();
    }
    let text = text_of(Some(value));
    if is_binary(mime) {
        return text.split_ascii_whitespace().collect();
    }
    text
}

fn is_binary(mime: &str) -> bool {
    let is_media = mime.starts_with("audio/") || mime.starts_with("video/");
    mime == "application/pdf" || is_media || (mime.starts_with("image/") && mime != "image/svg+xml")
}

/// In nbformat 3 the forms stand beside the output's type, under short names.
fn data_of_version_3(output: &mut Map<String, Value>) -> Map<String, Value> {
    let names = [
        ("text", "text/plain"),
        ("html", "text/html"),
        ("svg", "image/svg+xml"),
        ("png", "image/png"),
        ("jpeg", "image/jpeg"),
        ("latex", "text/latex"),
        ("json", "application/json"),
        ("javascript", "application/javascript"),
    ];
    let forms = names.into_iter().filter_map(|(short, mime)| {
        let value = output.remove(short)?;
        let value = match (is_json(mime), &value) {
            // A text that holds JSON.
            (true, Value::String(text)) => serde_json::from_str(text).unwrap_or(value),
            _ => value,
        };
        Some((mime.to_owned(), value))
    });
    let forms = forms.collect();
    output.remove("prompt_number");
    if output.get("output_type").and_then(Value::as_str) == Some("pyout") {
        output.insert("output_type".to_owned(), json!("execute_result"));
        output.insert("execution_count".to_owned(), Value::Null);
    }
    object(output, "metadata");
    forms
}

fn cells_of_worksheets(worksheets: Value) -> Value {
    let Value::Array(worksheets) = worksheets else {
        return Value::Null;
    };
    let cells = worksheets
        .into_iter()
        .filter_map(|mut sheet| match sheet["cells"].take() {
            Value::Array(cells) => Some(cells),
            _ => None,
        });
    Value::Array(cells.flatten().collect())
}

fn write_outputs(evaluation: &Evaluation) -> Vec<Value> {
    let name = |stream: Stream| match stream {
        Stream::Stdout => "stdout",
        Stream::Stderr => "stderr",
    };
    let mut written: Vec<Value> = Vec::new();
    for item in &evaluation.outputs.items {
        written.push(match item {
            Item::Text { stream, text } => {
                json!({ "output_type": "stream", "name": name(*stream), "text": lines_of(text) })
            }
            Item::Tail {
                stream,
                hidden_lines,
                text,
            } => {
                let text = format!("[{hidden_lines} lines are not shown]\n{text}");
                json!({ "output_type": "stream", "name": name(*stream), "text": lines_of(&text) })
            }
            Item::Value { forms, beside } => {
                let mut output = match beside.as_deref() {
                    Some(Value::Object(kept)) => kept.clone(),
                    _ => Map::new(),
                };
                let data = forms
                    .iter()
                    .map(|(mime, text)| (mime.clone(), write_form(mime, text)));
                let data: Map<String, Value> = data.collect();
                let word = output
                    .entry("output_type")
                    .or_insert_with(|| json!("display_data"));
                let is_known = matches!(word.as_str(), Some("display_data" | "execute_result"));
                if word.as_str() == Some("execute_result") {
                    output.entry("execution_count").or_insert(Value::Null);
                }
                if is_known {
                    object(&mut output, "metadata");
                }
                if is_known || !data.is_empty() {
                    output.insert("data".to_owned(), Value::Object(data));
                }
                Value::Object(output)
            }
        });
    }
    if let Some(error) = evaluation.error() {
        let lines: Vec<&str> = error.traceback.split('\n').collect();
        written.push(json!({
            "output_type": "error",
            "ename": error.name,
            "evalue": error.message,
            "traceback": lines,
        }));
    }
    written
}

fn write_form(mime: &str, text: &str) -> Value {
    if is_json(mime) {
        return serde_json::from_str(text).unwrap_or_else(|_| json!(text));
    }
    if is_binary(mime) {
        return json!(text);
    }
    lines_of(text)
}

/// A multi-line string: one string, or a list of lines that keep their ends.
fn text_of(value: Option<&Value>) -> String {
    match value {
        Some(Value::String(text)) => text.clone(),
        Some(Value::Array(lines)) => lines.iter().filter_map(Value::as_str).collect(),
        _ => String::new(),
    }
}

fn lines_of(text: &str) -> Value {
    let lines: Vec<&str> = text.split_inclusive('\n').collect();
    json!(lines)
}

/// Without ANSI escape sequences.
fn plain(text: &str) -> String {
    let pieces = crate::ansi::pieces(text).into_iter();
    pieces.map(|piece| piece.text).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cells(text: &str) -> Document {
        read(text, "file").unwrap_or_default()
    }

    #[test]
    fn what_is_not_read_is_written_back() {
        let text = r#"{
            "nbformat": 4, "nbformat_minor": 5,
            "metadata": { "kernelspec": { "name": "xpython" }, "celltoolbar": "Slideshow" },
            "cells": [
                { "id": "a-1", "cell_type": "markdown", "metadata": {}, "source": ["![x](attachment:x.png)"],
                  "attachments": { "x.png": { "image/png": "iVBO" } } },
                { "id": "a-2", "cell_type": "raw", "metadata": { "format": "text/x-rst" }, "source": "raw" },
                { "id": "a-3", "cell_type": "code", "execution_count": 7, "metadata": { "tags": ["x"] },
                  "source": ["%matplotlib inline\n", "x = 1"],
                  "outputs": [
                    { "output_type": "execute_result", "execution_count": 7, "metadata": { "isolated": true },
                      "data": { "text/plain": ["1\n", "2"], "application/vnd.x+json": { "a": [1, 2.5] } } },
                    { "output_type": "stream", "name": "stderr", "text": ["oh\n"] },
                    { "output_type": "error", "ename": "E", "evalue": "m", "traceback": ["\u001b[31ma\u001b[0m", "b"] }
                  ] }
            ] }"#;
        let document = cells(text);
        assert_eq!(
            &*document.notebook.cells()[2].source,
            "%matplotlib inline\nx = 1"
        );
        let written: Value = serde_json::from_str(&write(&document)).unwrap_or_default();
        let mut expected: Value = serde_json::from_str(text).unwrap_or_default();
        expected["metadata"]["rivulet"] = json!({ "title": "file", "braces": "text" });
        expected["cells"][1]["source"] = json!(["raw"]);
        expected["cells"][2]["outputs"][2]["traceback"] = json!(["a", "b"]);
        assert_eq!(written, expected);
    }

    #[test]
    fn a_notebook_of_version_3_is_read() {
        let text = r#"{ "nbformat": 3, "nbformat_minor": 0, "metadata": { "name": "" }, "worksheets": [ { "cells": [
            { "cell_type": "heading", "level": 2, "metadata": {}, "source": ["Title"] },
            { "cell_type": "code", "collapsed": false, "input": ["1 + 1"], "language": "python", "metadata": {},
              "prompt_number": 3, "outputs": [ { "output_type": "pyout", "prompt_number": 3, "metadata": {}, "text": ["2"] } ] }
        ] } ] }"#;
        let document = cells(text);
        let sources: Vec<&str> = document
            .notebook
            .cells()
            .iter()
            .map(|cell| &*cell.source)
            .collect();
        assert_eq!(sources, ["## Title", "1 + 1"]);
        let outputs = &document.evaluations[&CellId(2)].outputs;
        assert!(
            matches!(&outputs.items[0], Item::Value { forms, .. } if forms[0].0 == "text/plain" && &*forms[0].1 == "2")
        );
    }

    #[test]
    fn odd_fields_spoil_nothing() {
        let text = r#"{ "metadata": null, "cells": [
            3, "note", { "source": ["a = ", 1, "1\r\n", "b"], "metadata": [], "outputs": 7, "attachments": 3, "id": "x" },
            { "cell_type": "markdown", "source": null, "id": "x" }, { "cell_type": "odd", "source": "{x}", "id": "a b" },
            { "cell_type": "code", "id": "cell-4", "source": "\ud800", "execution_count": NaN,
              "outputs": [null, {}, { "output_type": "stream", "text": 3 }, { "output_type": "execute_result", "data": [] }] }
        ] }"#;
        let document = cells(text);
        let found: Vec<(Kind, &str)> = document
            .notebook
            .cells()
            .iter()
            .map(|cell| (cell.kind, &*cell.source))
            .collect();
        let expected = [
            (Kind::Raw, "3"),
            (Kind::Raw, "note"),
            (Kind::Python, "a = 1\nb"),
            (Kind::Markdown, ""),
            (Kind::Raw, "{x}"),
            (Kind::Python, "\u{fffd}"),
        ];
        assert_eq!(found, expected);
        let written: Value = serde_json::from_str(&write(&document)).unwrap_or_default();
        let ids: Vec<&str> = written["cells"].as_array().map_or(Vec::new(), |cells| {
            cells
                .iter()
                .filter_map(|cell| cell["id"].as_str())
                .collect()
        });
        assert_eq!(
            ids,
            ["cell-1", "cell-2", "x", "cell-4-2", "cell-5", "cell-4"]
        );
    }

    #[test]
    fn braces_are_text_in_what_comes_from_jupyter_and_values_in_ours() {
        let text = r#"{ "nbformat": 4, "metadata": {}, "cells": [{ "cell_type": "markdown", "source": "{a}" }] }"#;
        assert!(cells(text).notebook.cells()[0].literal);
        let mut document = Document::of(Notebook::from_sources(
            "t",
            [(Kind::Markdown, "{a}"), (Kind::Markdown, "{b}")],
        ));
        document
            .notebook
            .apply(crate::Edit::Literal {
                cell: CellId(2),
                literal: true,
            })
            .expect("the cell is there");
        assert_eq!(cells(&write(&document)), document);
        // What was written before the two were told apart.
        let before = text.replace(
            "\"metadata\": {}",
            r#""metadata": { "rivulet": { "title": "t" } }"#,
        );
        assert!(!cells(&before).notebook.cells()[0].literal);
    }

    #[test]
    fn what_is_wrong_with_a_file_is_a_sentence() {
        for (text, part) in [
            ("", "not JSON"),
            ("[1]", "holds no notebook"),
            (r#"{ "nbformat": 2 }"#, "version 2"),
            (r#"{ "nbformat": 4 }"#, "no list of cells"),
            (
                r#"{ "nbformat": 4, "cells": { "a": NaN } }"#,
                "no list of cells",
            ),
        ] {
            let error = read(text, "x").err().unwrap_or_default();
            assert!(
                error.contains(part) && error.ends_with('.'),
                "{text}: {error}"
            );
        }
    }
}
