//! Files as people really have them: one odd line, field or byte must not spoil the rest.

use engine::formats::{self, html, ipynb, percent};
use engine::{Document, Kind};
use serde_json::{Value, json};

/// The cells of a file, each with its kind.
fn cells(name: &str, bytes: &[u8]) -> Vec<(Kind, String)> {
    let document = formats::read_bytes(name, bytes).unwrap_or_else(|error| panic!("{error}"));
    let cells = document.notebook.cells().iter();
    cells
        .map(|cell| (cell.kind, cell.source.to_string()))
        .collect()
}

fn check(name: &str, bytes: &[u8], expected: &[(Kind, &str)]) {
    let expected: Vec<(Kind, String)> = expected
        .iter()
        .map(|(kind, text)| (*kind, (*text).to_owned()))
        .collect();
    assert_eq!(
        cells(name, bytes),
        expected,
        "{name}: {:?}",
        String::from_utf8_lossy(bytes)
    );
}

fn notebook(cells: &Value) -> String {
    json!({ "nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": cells }).to_string()
}

fn code(source: &str) -> Value {
    json!({ "cell_type": "code", "metadata": {}, "source": source, "outputs": [], "execution_count": null })
}

#[test]
fn scripts_of_every_editor_and_system_open() {
    use Kind::{Markdown, Python};
    for (bytes, expected) in [
        (
            &b"#%%\r\nx = 1\r\n#%% b\r\ny\r\n"[..],
            &[(Python, "x = 1"), (Python, "y")][..],
        ),
        (b"\xef\xbb\xbf# %%\nx", &[(Python, "x")]),
        (
            b"# -*- coding: latin-1 -*-\n# %%\ns = 'caf\xe9 \x80'",
            &[(Python, "s = 'caf\u{e9} \u{20ac}'")],
        ),
        (b"\xff\xfe#\0%\0%\0\n\0x\0", &[(Python, "x")]),
        (
            b"# %%\nif x:\n\ty = '\ta'\n",
            &[(Python, "if x:\n\ty = '\ta'")],
        ),
        (
            b"# In[12]:\n\n\nx\n\n\n# Text\n",
            &[(Python, "x"), (Markdown, "Text")],
        ),
        (
            b"# %% [markdown]\n'''\nText\n'''\n# %%\nx",
            &[(Markdown, "Text"), (Python, "x")],
        ),
        (
            b"# ---\n# jupyter:\n#   kernelspec: {bad yaml\n# ---\n# %%\nx",
            &[
                (Kind::Raw, "---\njupyter:\n  kernelspec: {bad yaml\n---"),
                (Python, "x"),
            ],
        ),
    ] {
        check("lesson.py", bytes, expected);
    }
    let refused = formats::read_bytes("a.py", b"\x80\0\x01").expect_err("no text");
    assert!(refused.contains("is not a text"), "{refused}");
}

#[test]
fn notebooks_of_every_version_and_tool_open() {
    use Kind::{Markdown, Python, Raw};
    let three = r#"{ "nbformat": 3, "nbformat_minor": 0, "metadata": { "name": "" }, "worksheets": [
        { "cells": [ { "cell_type": "heading", "level": 1, "source": "Old lesson" },
                     { "cell_type": "code", "input": ["print \"hello\""], "collapsed": true, "prompt_number": 4, "outputs": [
                       { "output_type": "stream", "stream": "stdout", "text": "hello\n" },
                       { "output_type": "pyerr", "ename": "NameError", "evalue": "x", "traceback": ["\u001b[31mx\u001b[0m"] } ] } ] },
        { "metadata": {} }, { "cells": [ { "cell_type": "raw", "source": "r" }, { "cell_type": "markdown", "source": ["b"] } ] } ] }"#;
    check(
        "old.ipynb",
        three.as_bytes(),
        &[
            (Markdown, "# Old lesson"),
            (Python, "print \"hello\""),
            (Raw, "r"),
            (Markdown, "b"),
        ],
    );
    let document = formats::read("old.ipynb", three).unwrap_or_default();
    let written: Value = serde_json::from_str(&ipynb::write(&document)).unwrap_or_default();
    let cell = &written["cells"][1];
    assert_eq!(
        (&written["nbformat"], &written["nbformat_minor"]),
        (&json!(4), &json!(5))
    );
    assert_eq!(
        (&cell["execution_count"], &cell["metadata"]["collapsed"]),
        (&json!(4), &json!(true))
    );
    assert_eq!(cell["outputs"][1]["traceback"], json!(["x"]));

    for minor in 0..=5 {
        let text = format!(
            r#"{{ "nbformat": 4, "nbformat_minor": {minor}, "metadata": {{}}, "cells": [{}, {}] }}"#,
            code("x"),
            code("y")
        );
        check(
            "four.ipynb",
            text.as_bytes(),
            &[(Python, "x"), (Python, "y")],
        );
    }
    let odd = r#"{ "nbformat": 4.0, "metadata": { "papermill": { "parameters": { "a": NaN, "b": [-Infinity, 1e400] } } },
        "cells": [ { "cell_type": "code", "source": ["a = '\ud83d'\n", "%time a"], "execution_count": Infinity, "id": "é",
          "outputs": [ { "output_type": "display_data", "data": { "application/vnd.x+json": { "y": [NaN, 1] } }, "metadata": {} } ] } ] }"#;
    check(
        "odd.ipynb",
        odd.as_bytes(),
        &[(Python, "a = '\u{fffd}'\n%time a")],
    );
    let document = formats::read("odd.ipynb", odd).unwrap_or_default();
    let written: Value = serde_json::from_str(&ipynb::write(&document)).unwrap_or_default();
    assert_eq!(
        written["metadata"]["papermill"]["parameters"],
        json!({ "a": null, "b": [null, null] })
    );
    assert_eq!(
        written["cells"][0]["outputs"][0]["data"]["application/vnd.x+json"],
        json!({ "y": [null, 1] })
    );
    let refused =
        formats::read("a.ipynb", "{\n \"a\": NaN,\n \"b\": oops\n}").expect_err("no JSON");
    assert!(refused.contains("line 3"), "{refused}");
}

#[test]
fn ids_that_are_missing_equal_or_invalid_become_ids() {
    let text = r#"{ "nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": [
        { "cell_type": "code", "source": "a", "id": "same" }, { "cell_type": "code", "source": "b", "id": "same" },
        { "cell_type": "code", "source": "c", "id": "not valid" }, { "cell_type": "code", "source": "d", "id": 5 },
        { "cell_type": "code", "source": "e", "id": "cell-2" }, { "cell_type": "code", "source": "f" } ] }"#;
    let ids = |text: &str| -> Vec<String> {
        let document = formats::read("a.ipynb", text).unwrap_or_default();
        let written: Value = serde_json::from_str(&ipynb::write(&document)).unwrap_or_default();
        let cells = written["cells"].as_array().cloned().unwrap_or_default();
        cells
            .iter()
            .filter_map(|cell| Some(cell["id"].as_str()?.to_owned()))
            .collect()
    };
    let first = ids(text);
    assert_eq!(
        first,
        ["same", "cell-2-2", "cell-3", "cell-4", "cell-2", "cell-6"]
    );
    let document = formats::read("a.ipynb", text).unwrap_or_default();
    assert_eq!(
        ids(&ipynb::write(&document)),
        first,
        "they stay what they are"
    );
}

#[test]
fn magics_go_through_every_file_as_they_are_written() {
    let sources = [
        "%%time\nimport math\nroots = [1]",
        "if 'google.colab' in sys.modules:\n    !pip install -q x \\\n      y\nready = True",
        "%%bash\necho hello\n\n# end",
        "%%html\n<b># %%</b>\n",
        "%%writefile helper.py\n# %%\nx = 1\n",
        "names = !ls\nnames?",
        ">>> x = 1\n... y",
        "    x = 1\n    %time x",
        "# %time is a comment\nx = 1",
        "%%capture out\n%%time\nprint(1)",
        "s = '''\n%time\n# %time\n'''\n%matplotlib inline",
        "??x\n%%\n%time",
    ];
    let cells: Vec<Value> = sources.iter().map(|source| code(source)).collect();
    let document = formats::read("m.ipynb", &notebook(&json!(cells))).unwrap_or_default();
    let same = |other: &Document, way: &str| {
        assert_eq!(sources_of(other), sources_of(&document), "{way}");
    };
    assert_eq!(sources_of(&document), sources);
    let script = percent::write(&document.notebook);
    same(&Document::of(percent::read(&script, "m")), ".py");
    let link = engine::link::encode(&document.notebook);
    same(
        &Document::of(engine::link::decode(&link).unwrap_or_default()),
        "link",
    );
    let again = formats::read("m.ipynb", &ipynb::write(&document)).unwrap_or_default();
    same(&again, ".ipynb");
    let text = formats::markdown::write(&document.notebook);
    same(&Document::of(formats::markdown::read(&text, "m")), ".md");
}

#[test]
fn what_jupyter_says_of_cells_goes_through_pages_and_scripts() {
    let metadata = json!({ "tags": ["parameters", "a b"], "collapsed": true, "jupyter": { "source_hidden": true }, "key\u{e9}": 1, "title": "A title" });
    let cells = json!([
        { "cell_type": "code", "metadata": metadata, "source": "x", "outputs": [], "execution_count": null, "id": "a" },
        { "cell_type": "markdown", "metadata": { "slideshow": { "slide_type": "slide" } }, "source": "{x}", "id": "b" },
        { "cell_type": "raw", "metadata": { "format": "text/x-rst" }, "source": "raw", "id": "c" },
        { "cell_type": "code", "metadata": { "tags": ["skip-execution"] }, "source": "y", "outputs": [], "execution_count": null, "id": "d" }
    ]);
    let mut file: Value = serde_json::from_str(&notebook(&cells)).unwrap_or_default();
    file["metadata"] = json!({
        "kernelspec": { "display_name": "Python 3 (ipykernel)", "language": "python", "name": "python3" },
        "language_info": { "name": "python", "version": "3.11.2", "codemirror_mode": { "name": "ipython", "version": 3 } },
        "celltoolbar": "Tags",
    });
    let document = formats::read("m.ipynb", &file.to_string()).unwrap_or_default();
    let help = html::Help {
        markdown: &|_, _| String::new(),
        latex: &|_| String::new(),
        sanitise: &|_| String::new(),
        live: None,
    };
    let page = html::read(&html::write(&document, &help));
    assert_eq!(page, Ok(document.clone()));
    let script = Document::of(percent::read(&percent::write(&document.notebook), "m"));
    let written: Value = serde_json::from_str(&ipynb::write(&script)).unwrap_or_default();
    let mut expected = file["metadata"].clone();
    expected["rivulet"] = written["metadata"]["rivulet"].clone();
    assert_eq!(written["metadata"], expected);
    for (at, cell) in cells.as_array().into_iter().flatten().enumerate() {
        let mut expected = cell["metadata"].clone();
        // Jupytext has no place for such a name.
        expected
            .as_object_mut()
            .and_then(|metadata| metadata.remove("key\u{e9}"));
        assert_eq!(written["cells"][at]["metadata"], expected, "cell {at}");
        assert_eq!(written["cells"][at]["cell_type"], cell["cell_type"]);
    }
    assert!(script.notebook.cells()[1].literal && script.notebook.cells()[3].disabled);
}

fn sources_of(document: &Document) -> Vec<&str> {
    let cells = document.notebook.cells().iter();
    cells.map(|cell| &*cell.source).collect()
}
