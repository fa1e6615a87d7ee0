//! Files in and out: everything reads back as it was, for generated and for real notebooks, and
//! Jupyter's own judges take what is written.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use engine::formats::html::{self, Help};
use engine::formats::{self, ipynb, markdown, percent};
use engine::{Document, Item, Kind, Notebook, analysis};
use protocol::{CellId, Held, WidgetId};
use serde_json::{Value, json};
use tests::notebooks;
use tests::random::Random;

const GENERATED: u64 = 5_000;

#[test]
fn every_generated_notebook_reads_back_from_every_format() {
    for seed in 0..GENERATED {
        let document = notebooks::document(&mut Random::new(seed));
        let notebook = &document.notebook;
        assert_eq!(
            &percent::read(&percent::write(notebook), "other"),
            notebook,
            "percent, seed {seed}"
        );
        assert_eq!(
            &markdown::read(&markdown::write(notebook), "other"),
            notebook,
            "Markdown, seed {seed}"
        );
        let written = ipynb::write(&document);
        assert_eq!(
            sorted(ipynb::read(&written, "other")),
            Ok(unbesided(&document)),
            "Jupyter, seed {seed}"
        );
        let help = plain_help();
        assert_eq!(
            html::read(&html::write(&document, &help)),
            Ok(document),
            "HTML, seed {seed}"
        );
    }
}

#[test]
fn where_widgets_stand_goes_into_files_that_hold_more_than_source_and_comes_back_sound() {
    let cells = [
        (Kind::Markdown, "{n}"),
        (Kind::Python, "n = rv.slider(0, 9)"),
    ];
    let mut document = Document::of(Notebook::from_sources("Widgets", cells));
    let held = |value: Value| Held {
        widget: WidgetId::new(CellId(2), 3),
        arguments: "ab".to_owned(),
        value,
    };
    document.notebook.hold_all([held(json!([1, "a"]))]);
    let written = ipynb::write(&document);
    assert_eq!(ipynb::read(&written, "other"), Ok(document.clone()));
    let page = html::write(&document, &plain_help());
    assert_eq!(html::read(&page), Ok(document.clone()));
    // A script is source alone.
    let script = percent::read(&percent::write(&document.notebook), "other");
    assert_eq!(script.widgets(), []);
    // What no page would have written is left out, and the notebook opens.
    for wrong in ["\"cell\": 7", "\"cell\": -1", "\"cell\": \"1\""] {
        let damaged = written.replace("\"cell\": 1", wrong);
        assert_ne!(damaged, written);
        let read = ipynb::read(&damaged, "other").map(|read| read.notebook.widgets().len());
        assert_eq!(read, Ok(0), "{wrong}");
    }
    let long = "x".repeat(protocol::MOST_VALUE + 1);
    document.notebook.hold_all([held(json!(long))]);
    assert_eq!(document.notebook.widgets(), [held(json!([1, "a"]))]);
}

/// Jupyter says beside each value of what type it is; nothing else may come in.
fn sorted(document: Result<Document, String>) -> Result<Document, String> {
    document.map(|document| unbesided(&document))
}

fn unbesided(document: &Document) -> Document {
    let mut document = document.clone();
    for last in document.evaluations.values_mut() {
        for item in &mut last.outputs.items {
            if let Item::Value { beside, .. } = item {
                *beside = None;
            }
        }
    }
    document
}

/// A folder that the setup fills, named by the environment; without it there is nothing to judge.
fn folder(variable: &str) -> Option<PathBuf> {
    let path = std::env::var_os(variable).map(PathBuf::from);
    if path.is_none() {
        println!("{variable} is not set: run `make test`");
    }
    path
}

fn corpus(ends: &str) -> Vec<(PathBuf, String)> {
    let Some(root) = folder("RIVULET_CORPUS") else {
        return Vec::new();
    };
    let mut files = Vec::new();
    for package in fs::read_dir(root).into_iter().flatten().flatten() {
        for file in fs::read_dir(package.path()).into_iter().flatten().flatten() {
            let path = file.path();
            if path.to_string_lossy().ends_with(ends) {
                let text = fs::read_to_string(&path).unwrap_or_default();
                files.push((path, text));
            }
        }
    }
    files.sort();
    assert!(files.len() >= 100, "only {} notebooks", files.len());
    files
}

/// Those of the corpus that are made to be broken, or are of version 2: a sentence or a notebook.
const BROKEN: [&str; 4] = [
    "test2.ipynb",
    "test3_no_worksheets",
    "test3_worksheet_with_no_cells",
    "invalid",
];

#[test]
fn real_jupyter_notebooks_read_back() {
    for (path, text) in corpus(".ipynb") {
        let name = path.to_string_lossy();
        let read = formats::read(&name, &text);
        if BROKEN.iter().any(|broken| name.contains(broken)) {
            continue;
        }
        let document = read.unwrap_or_else(|error| panic!("{error}"));
        let written = ipynb::write(&document);
        let again =
            ipynb::read(&written, "other").unwrap_or_else(|error| panic!("{name}: {error}"));
        assert_eq!(again, document, "{name}");
        let notebook = &Notebook::from_sources(
            "t",
            document
                .notebook
                .cells()
                .iter()
                .map(|cell| (cell.kind, &*cell.source)),
        );
        assert_eq!(
            &percent::read(&percent::write(notebook), "o"),
            notebook,
            "{name} as percent"
        );
        assert_eq!(
            &markdown::read(&markdown::write(notebook), "o"),
            notebook,
            "{name} as Markdown"
        );
    }
}

/// What a notebook of version 4 says that must come back.
fn facts(notebook: &Value) -> Value {
    let text = |value: &Value| match value {
        Value::Array(lines) => lines.iter().filter_map(Value::as_str).collect(),
        other => other.as_str().unwrap_or("").to_owned(),
    };
    let cells = notebook["cells"].as_array().cloned().unwrap_or_default();
    let cells = cells.into_iter().map(|mut cell| {
        if let Some(metadata) = cell["metadata"].as_object_mut() {
            metadata.remove("rivulet");
        }
        let source = text(&cell["source"])
            .replace("\r\n", "\n")
            .replace('\r', "\n");
        json!([
            cell["cell_type"],
            source,
            cell["metadata"],
            cell.get("attachments")
        ])
    });
    let cells: Vec<Value> = cells.collect();
    let mut metadata = notebook["metadata"].clone();
    if let Some(metadata) = metadata.as_object_mut() {
        metadata.remove("rivulet");
    }
    json!({ "cells": cells, "metadata": metadata })
}

#[test]
fn real_jupyter_notebooks_come_back_with_all_that_they_said() {
    let mut count = 0;
    for (path, text) in corpus(".ipynb") {
        let name = path.to_string_lossy();
        // Those that say something else than the format has a place for.
        let is_odd = name.contains("invalid") || name.contains("test4plus");
        let before: Value = serde_json::from_str(&text).unwrap_or_default();
        if is_odd || before["nbformat"] != 4 || !before["cells"].is_array() {
            continue;
        }
        let document = formats::read(&name, &text).unwrap_or_else(|error| panic!("{error}"));
        let parse = |text: &str| serde_json::from_str::<Value>(text).unwrap_or_default();
        let after = parse(&ipynb::write(&document));
        assert_eq!(facts(&after), facts(&before), "{name}");
        let texts = document.notebook.cells().iter();
        let mut texts = texts.filter(|cell| cell.kind == Kind::Markdown);
        let is_old_own = !before["metadata"]["rivulet"].is_null();
        assert!(is_old_own || texts.all(|cell| cell.literal), "{name}");
        // Through a script: what there is a place for.
        let script = percent::write(&document.notebook);
        let again = percent::read(&script, "other");
        let cells = document.notebook.cells().iter().zip(again.cells());
        assert_eq!(
            document.notebook.cells().len(),
            again.cells().len(),
            "{name}"
        );
        for (cell, again) in cells {
            assert_eq!(
                (cell.kind, &cell.source, cell.literal),
                (again.kind, &again.source, again.literal),
                "{name}"
            );
        }
        let page = html::read(&html::write(&document, &plain_help()));
        assert_eq!(
            page.map(|page| facts(&parse(&ipynb::write(&page)))),
            Ok(facts(&before)),
            "{name}"
        );
        count += 1;
    }
    assert!(
        count > 100 || std::env::var_os("RIVULET_CORPUS").is_none(),
        "only {count}"
    );
}

fn plain_help() -> Help<'static> {
    Help {
        latex: &|text| text.replace('<', "&lt;"),
        markdown: &|_, _| String::new(),
        sanitise: &|_| String::new(),
        live: None,
    }
}

#[test]
fn real_marimo_notebooks_are_read_cell_by_cell() {
    for (path, text) in corpus(".py") {
        let name = path.to_string_lossy();
        let notebook = formats::read(&name, &text)
            .unwrap_or_else(|error| panic!("{error}"))
            .notebook;
        let is_cell = |line: &&str| {
            [
                "@app.cell",
                "@app.function",
                "@app.class_definition",
                "with app.setup",
                "app._unparsable_cell",
            ]
            .iter()
            .any(|start| line.starts_with(start))
        };
        let count = text.lines().filter(is_cell).count();
        assert_eq!(notebook.cells().len(), count, "{name}");
        let broken =
            analysis::python(&text).syntax_error.is_some() || text.contains("_unparsable_cell");
        for cell in notebook
            .cells()
            .iter()
            .filter(|cell| cell.kind == Kind::Python && !broken)
        {
            let found = analysis::python(&cell.source);
            assert_eq!(found.syntax_error, None, "{name}:\n{}", cell.source);
        }
    }
}

fn python(jupyter: &Path) -> Command {
    let mut command = Command::new("python3");
    command
        .env("PYTHONPATH", jupyter)
        .env("JUPYTER_PATH", jupyter.join("share/jupyter"))
        .env("JUPYTER_PLATFORM_DIRS", "1");
    command
}

fn run(mut command: Command) -> String {
    let output = command
        .output()
        .unwrap_or_else(|error| panic!("python3 does not start: {error}"));
    let text = String::from_utf8_lossy(&output.stdout).into_owned()
        + &String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{text}");
    text
}

const VALIDATE: &str = "
import nbformat, pathlib, sys
for path in sorted(pathlib.Path(sys.argv[1]).iterdir()):
    try:
        nbformat.validate(nbformat.read(path, as_version=nbformat.NO_CONVERT))
    except Exception as error:
        sys.exit(f'{path.name}: {type(error).__name__}: {str(error)[:500]}')
";

#[test]
fn jupyter_takes_what_is_written() {
    let Some(jupyter) = folder("RIVULET_JUPYTER") else {
        return;
    };
    let target = std::env::temp_dir().join(format!("rivulet-formats-{}", std::process::id()));
    fs::create_dir_all(&target).unwrap_or_else(|error| panic!("{error}"));
    let write = |name: String, document: &Document| {
        fs::write(target.join(name), ipynb::write(document))
            .unwrap_or_else(|error| panic!("{error}"));
    };
    for seed in 0..100 {
        write(
            format!("generated-{seed}.ipynb"),
            &notebooks::document(&mut Random::new(seed)),
        );
    }
    for (at, (path, text)) in corpus(".ipynb").into_iter().enumerate() {
        // What was not valid before need not be afterwards.
        let name = path.to_string_lossy();
        let is_odd = [
            "test4plus",
            "invalid",
            "no_min_version",
            "Output.ipynb",
            "nbformat",
        ]
        .iter()
        .any(|odd| name.contains(odd));
        if let (false, Ok(document)) = (is_odd, formats::read(&name, &text)) {
            write(format!("real-{at}.ipynb"), &document);
        }
    }
    let mut validate = python(&jupyter);
    validate.args(["-c", VALIDATE]).arg(&target);
    run(validate);

    // A notebook runs in Jupyter, and as a script, in the order of its cells.
    let lesson = Notebook::from_sources(
        "Lesson",
        [
            (Kind::Markdown, "# Lesson"),
            (Kind::Python, "a = 20"),
            (Kind::Python, "%precision 3\nb = a + 1\nprint('b is', b)"),
        ],
    );
    write("lesson.ipynb".to_owned(), &Document::of(lesson.clone()));
    let mut execute = python(&jupyter);
    execute.args([
        "-m",
        "nbconvert",
        "--to",
        "notebook",
        "--execute",
        "--stdout",
    ]);
    execute.arg(target.join("lesson.ipynb"));
    assert!(run(execute).contains("b is 21"));
    fs::write(target.join("lesson.py"), percent::write(&lesson))
        .unwrap_or_else(|error| panic!("{error}"));
    let mut script = Command::new("python3");
    script.arg(target.join("lesson.py"));
    assert_eq!(run(script), "b is 21\n");
    let _ = fs::remove_dir_all(target);
}

#[test]
fn a_list_of_samples_leads_to_nothing_but_the_sites_own_notebooks() {
    use engine::formats::samples;
    let list = |file: &str| {
        let text = serde_json::json!([{ "file": file, "title": "t" }]).to_string();
        samples::read(&text)
    };
    for file in ["a.py", "week 1/b.ipynb", "\u{fc}.md"] {
        assert_eq!(
            list(file).map(|list| list[0].file.clone()),
            Ok(file.to_owned())
        );
    }
    let long = format!("{}.py", "a".repeat(500));
    for file in [
        "/a.py",
        "../a.py",
        "a/../../b.py",
        "https://x.org/a.py",
        "//x.org/a.py",
        "a.py?b",
        "a.py#v1.x",
        "a\\b.py",
        "a.csv",
        "",
        &long,
    ] {
        let refused = list(file).expect_err(file);
        assert!(refused.contains("notebooks/index.json"), "{refused}");
    }
    let many = format!(
        "[{}]",
        vec![r#"{"file":"a.py","title":"t"}"#; 1001].join(",")
    );
    for text in ["", "{}", "[1]", "<!doctype html>", &many] {
        assert!(samples::read(text).is_err(), "{text:.20}");
    }
}

#[test]
fn a_file_of_more_cells_than_a_link_may_hold_is_refused_in_a_sentence() {
    let script = |cells: usize| "# %%\nx = 1\n\n".repeat(cells);
    assert!(formats::read("a.py", &script(2_000)).is_ok());
    let refused = formats::read("a.py", &script(2_001)).expect_err("too many cells");
    assert!(refused.contains("It has 2001 cells"), "{refused}");
}
