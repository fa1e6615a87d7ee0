//! What Jupyter's metadata of a cell says of running and showing it: by tags, as Jupyter Book and
//! papermill have them, and by the fields that Jupyter's own "Collapse" sets.

use serde_json::{Map, Value, json};

use crate::notebook::{Cell, Hidden};

/// A cell that is left out of runs, by `nbclient` too.
const SKIP: &str = "skip-execution";
const HIDE_CODE: &str = "hide-input";
const HIDE_OUTPUT: &str = "hide-output";
/// A cell that is left out of what readers get.
const REMOVE: &str = "remove-cell";
/// What Jupyter's "Collapse" sets.
const COLLAPSED: [&str; 2] = ["source_hidden", "outputs_hidden"];

/// Takes the options out of a cell's metadata. What Jupyter's "Collapse" has set stays there too.
pub(super) fn take(metadata: &mut Map<String, Value>, cell: &mut Cell) {
    let mut options = [
        (SKIP, &mut cell.disabled),
        (HIDE_CODE, &mut cell.hidden.code),
        (HIDE_OUTPUT, &mut cell.hidden.output),
        (REMOVE, &mut cell.hidden.app),
    ];
    if let Some(Value::Array(tags)) = metadata.get_mut("tags") {
        let before = tags.len();
        tags.retain(|tag| {
            let option = options.iter_mut().find(|(word, _)| tag == word);
            option.map(|(_, is_set)| **is_set = true).is_none()
        });
        if tags.is_empty() && before > 0 {
            metadata.remove("tags");
        }
    }
    let [code, output] = COLLAPSED.map(|field| is_collapsed(metadata, field));
    cell.hidden.code |= code;
    cell.hidden.output |= output;
}

/// Writes into a cell's metadata whether it is left out of runs, and what of it is not shown.
pub(super) fn write(metadata: &mut Map<String, Value>, disabled: bool, hidden: Hidden) {
    let [code, output] = COLLAPSED.map(|field| is_collapsed(metadata, field));
    for (field, stays) in COLLAPSED.into_iter().zip([hidden.code, hidden.output]) {
        if let (false, Some(Value::Object(jupyter))) = (stays, metadata.get_mut("jupyter"))
            && jupyter.get(field) == Some(&Value::Bool(true))
        {
            jupyter.remove(field);
        }
    }
    let tags = [
        (disabled, SKIP),
        (hidden.code && !code, HIDE_CODE),
        (hidden.output && !output, HIDE_OUTPUT),
        (hidden.app, REMOVE),
    ];
    for (_, word) in tags.into_iter().filter(|(is_set, _)| *is_set) {
        if let Value::Array(tags) = metadata.entry("tags").or_insert_with(|| json!([])) {
            tags.push(word.into());
        }
    }
}

fn is_collapsed(metadata: &Map<String, Value>, field: &str) -> bool {
    let jupyter = metadata.get("jupyter");
    jupyter.and_then(|jupyter| jupyter.get(field)) == Some(&Value::Bool(true))
}

#[cfg(test)]
mod tests {
    use crate::notebook::{Hidden, Kind, Notebook};
    use crate::{Edit, formats::ipynb};
    use serde_json::{Value, json};

    fn metadata_after(metadata: &Value, change: impl Fn(&mut Hidden)) -> (Hidden, bool, Value) {
        let cell =
            json!({ "cell_type": "code", "source": "x", "metadata": metadata, "outputs": [] });
        let file = json!({ "cells": [cell], "metadata": {}, "nbformat": 4, "nbformat_minor": 5 });
        let mut document =
            ipynb::read(&file.to_string(), "t").unwrap_or_else(|error| panic!("{error}"));
        let cell = document.notebook.cells()[0].clone();
        let mut hidden = cell.hidden;
        change(&mut hidden);
        let edit = Edit::Hidden {
            cell: cell.id,
            hidden,
        };
        assert!(document.notebook.apply(edit).is_ok());
        let written: Value = serde_json::from_str(&ipynb::write(&document)).unwrap_or_default();
        (
            cell.hidden,
            cell.disabled,
            written["cells"][0]["metadata"].clone(),
        )
    }

    #[test]
    fn tags_say_what_is_hidden_and_others_stay() {
        let all = Hidden {
            code: true,
            output: true,
            app: true,
        };
        let tags =
            json!({ "tags": ["a", "hide-output", "hide-input", "remove-cell", "skip-execution"] });
        let (hidden, disabled, written) = metadata_after(&tags, |_| {});
        assert_eq!((hidden, disabled), (all, true));
        assert_eq!(
            written,
            json!({ "tags": ["a", "skip-execution", "hide-input", "hide-output", "remove-cell"] })
        );
        let (_, _, written) = metadata_after(&tags, |hidden| *hidden = Hidden::default());
        assert_eq!(written, json!({ "tags": ["a", "skip-execution"] }));
    }

    #[test]
    fn what_jupyter_collapsed_is_hidden_and_said_in_its_own_way() {
        let collapsed = json!({ "jupyter": { "source_hidden": true, "outputs_hidden": false } });
        let (hidden, _, written) = metadata_after(&collapsed, |_| {});
        assert!(hidden.code && !hidden.output && !hidden.app);
        assert_eq!(written, collapsed);
        let (_, _, written) = metadata_after(&collapsed, |hidden| hidden.code = false);
        assert_eq!(written, json!({ "jupyter": { "outputs_hidden": false } }));
    }

    #[test]
    fn options_of_odd_types_are_left_alone() {
        for odd in [
            json!({ "tags": "hide-input" }),
            json!({ "tags": [1, null] }),
            json!({ "jupyter": 1 }),
        ] {
            let (hidden, _, written) = metadata_after(&odd, |_| {});
            assert!(hidden.is_none());
            assert_eq!(written, odd);
        }
        let notebook = Notebook::from_sources("t", [(Kind::Python, "")]);
        assert!(notebook.cells()[0].hidden.is_none());
    }
}
