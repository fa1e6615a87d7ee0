//! Cells as text for the clipboard, and what comes from a clipboard as cells.

use serde_json::{Value, json};

use crate::formats::{self, Document, percent};
use crate::notebook::{Cell, Kind, Notebook};
use protocol::CellId;

/// Cells as text: a Python cell alone is its source, others are a percent file, which any editor reads.
#[must_use]
pub fn write(cells: &[Cell]) -> String {
    if let [cell] = cells
        && cell.kind == Kind::Python
    {
        return cell.source.to_string();
    }
    let mut notebook = Notebook::new("");
    for cell in cells {
        let new = notebook.push(cell.kind, &cell.source);
        let id = new.id;
        *new = Cell { id, ..cell.clone() };
    }
    percent::write(&notebook)
}

/// The cells of a text from a clipboard: of Jupyter's JSON (a notebook, a list of cells or a cell), of a
/// percent file, or one Python cell. None where it is blank. The error is a sentence.
pub fn read(text: &str) -> Result<Vec<Cell>, String> {
    if text.trim().is_empty() {
        return Ok(Vec::new());
    }
    let name = if let Some(notebook) = jupyter(text) {
        return cells_of(&formats::read("clipboard.ipynb", &notebook.to_string())?);
    } else if text
        .lines()
        .any(|line| line.trim_start().starts_with("# %%"))
    {
        "clipboard.py"
    } else {
        let mut notebook = Notebook::new("");
        notebook.push(Kind::Python, text.trim_matches(['\n', '\r']));
        return Ok(notebook.cells().to_vec());
    };
    cells_of(&formats::read(name, text)?)
}

/// The cells, to be put into a notebook at a place, under ids that are new there.
#[must_use]
pub fn renumbered(cells: &[Cell], notebook: &Notebook) -> Vec<Cell> {
    let CellId(first) = notebook.new_cell(Kind::Python, "").id;
    let ids = (first..).map(CellId);
    let cells = cells.iter().zip(ids);
    cells
        .map(|(cell, id)| Cell { id, ..cell.clone() })
        .collect()
}

fn cells_of(document: &Document) -> Result<Vec<Cell>, String> {
    let cells = document.notebook.cells().to_vec();
    if cells.is_empty() {
        return Err("The clipboard holds a notebook without cells.".to_owned());
    }
    Ok(cells)
}

/// A Jupyter notebook of what the text holds of one.
fn jupyter(text: &str) -> Option<Value> {
    if !text.trim_start().starts_with(['{', '[']) {
        return None;
    }
    let value: Value = serde_json::from_str(text).ok()?;
    let is_cell = |value: &Value| value.get("cell_type").is_some_and(Value::is_string);
    let cells = match value {
        Value::Object(ref fields) if fields.get("cells").is_some_and(Value::is_array) => {
            return Some(value);
        }
        Value::Array(cells) if !cells.is_empty() && cells.iter().all(is_cell) => cells,
        cell if is_cell(&cell) => vec![cell],
        _ => return None,
    };
    Some(json!({ "cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": 5 }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::Arc;

    fn sources(text: &str) -> Vec<(Kind, Arc<str>)> {
        let cells = read(text).expect("readable");
        cells
            .into_iter()
            .map(|cell| (cell.kind, cell.source))
            .collect()
    }

    #[test]
    fn cells_come_back_as_they_were() {
        let all = [
            (Kind::Python, "x = 1\n\ny = 2"),
            (Kind::Markdown, "# A title\n\ntext with `code`"),
            (Kind::Sql, "-- name: found\nSELECT 1"),
        ];
        for count in 1..=all.len() {
            let notebook = Notebook::from_sources("", all[..count].iter().copied());
            let expected: Vec<_> = all[..count]
                .iter()
                .map(|(kind, source)| (*kind, Arc::from(*source)))
                .collect();
            assert_eq!(sources(&write(notebook.cells())), expected);
        }
    }

    #[test]
    fn a_python_cell_alone_is_its_source() {
        let notebook = Notebook::from_sources("", [(Kind::Python, "print(1)\n")]);
        assert_eq!(write(notebook.cells()), "print(1)\n");
    }

    #[test]
    fn what_jupyter_copies_is_cells() {
        let cell = r##"{"cell_type": "markdown", "metadata": {}, "source": ["# a\n", "b"]}"##;
        let code = r#"{"cell_type": "code", "source": "1 + 1", "outputs": [], "execution_count": null, "metadata": {}}"#;
        let text = (Kind::Markdown, Arc::from("# a\nb"));
        let sum = (Kind::Python, Arc::from("1 + 1"));
        assert_eq!(sources(cell), std::slice::from_ref(&text));
        assert_eq!(
            sources(&format!("[{cell}, {code}]")),
            [text.clone(), sum.clone()]
        );
        let notebook = format!(
            r#"{{"cells": [{code}, {cell}], "metadata": {{}}, "nbformat": 4, "nbformat_minor": 5}}"#
        );
        assert_eq!(sources(&notebook), [sum, text]);
    }

    #[test]
    fn other_text_is_one_python_cell() {
        for text in [
            "{'a': 1}",
            "[1, 2]",
            "{\"a\": 1}",
            "[]",
            "x = 1\n# a note\ny",
        ] {
            assert_eq!(sources(text), [(Kind::Python, Arc::from(text))], "{text}");
        }
        assert_eq!(sources("\n\nx\n"), [(Kind::Python, Arc::from("x"))]);
        assert!(sources(" \n ").is_empty());
    }

    #[test]
    fn a_notebook_that_cannot_be_read_is_refused_in_a_sentence() {
        let refusal = read(r#"{"cells": [], "nbformat": 4}"#).expect_err("no cells");
        assert!(refusal.contains("without cells"), "{refusal}");
    }

    #[test]
    fn ids_are_new_in_the_notebook() {
        let notebook = Notebook::from_sources("", [(Kind::Python, "a"), (Kind::Python, "b")]);
        let ids: Vec<_> = renumbered(notebook.cells(), &notebook)
            .iter()
            .map(|cell| cell.id)
            .collect();
        assert_eq!(ids, [CellId(3), CellId(4)]);
    }
}
