//! Notebooks made of what is hardest to write to a file and read back.

use engine::{Document, Evaluation, Hidden, Item, Kind, Layout, Mode, Notebook};
use protocol::{PythonError, Stream};

use crate::random::Random;

const PIECES: [&str; 62] = [
    "x = 1",
    "\n",
    "\n",
    "\n\n",
    " ",
    "    ",
    "\t",
    "# ",
    "#",
    "# %%",
    "# %% [markdown]",
    "# %%timeit",
    "# rivulet: title=",
    "# rivulet-line: ",
    "# ipython: ",
    "#%%",
    "# In[3]:",
    "# rivulet: magics=comments",
    "# rivulet: braces=text",
    "%time ",
    "%%time",
    "%%capture x",
    "%%writefile a.py",
    "# %time x",
    "# x?",
    "x = !ls",
    ">>> ",
    "'''",
    "f(",
    "<!-- braces are text -->",
    "# ---",
    "%matplotlib inline",
    "!ls",
    "%%bash",
    "%% x",
    "rivulet-line: ",
    "a?",
    "?",
    "```",
    "```python",
    "````",
    "---",
    "<!-- cell -->",
    "<!-- text -->",
    "<!-- end of text -->",
    "\\",
    "\"",
    "'",
    "\"\"\"",
    "</script>",
    "<script>",
    "<b>",
    "&amp;",
    "é",
    "😀",
    "\u{2028}",
    "\u{feff}",
    "title: x",
    "[markdown]",
    "print('hello')",
    "def f():\n    return 1",
    "\u{0}",
];

fn text(random: &mut Random) -> String {
    let count = random.below(9);
    (0..count)
        .map(|_| PIECES[random.below(PIECES.len())])
        .collect()
}

/// A notebook with odd texts, options and orders.
#[must_use]
pub fn notebook(random: &mut Random) -> Notebook {
    let title = text(random).replace(['\n', '\u{0}', '\t', '\u{2028}', '\u{feff}'], " ");
    let mut notebook = Notebook::new(title.trim());
    if random.chance(20) {
        notebook.mode = Mode::Lazy;
    }
    notebook.eager = random.chance(20);
    notebook.layout = Layout::ALL[random.below(3)];
    for _ in 0..random.below(6) {
        let kind = [Kind::Python, Kind::Sql, Kind::Markdown, Kind::Raw][random.below(4)];
        let source = text(random);
        let cell = notebook.push(kind, &source);
        cell.disabled = random.chance(10);
        cell.hidden = Hidden {
            code: random.chance(20),
            output: random.chance(10),
            app: random.chance(10),
        };
        cell.literal = kind == Kind::Markdown && random.chance(50);
    }
    notebook
}

/// The same with outputs.
#[must_use]
pub fn document(random: &mut Random) -> Document {
    let mut document = Document::of(notebook(random));
    let cells = document.notebook.cells().iter();
    let code = cells.filter(|cell| cell.kind.is_code());
    for id in code.map(|cell| cell.id).collect::<Vec<_>>() {
        if random.chance(60) {
            let last = evaluation(random);
            if !last.outputs.is_empty() || last.error().is_some() {
                document.evaluations.insert(id, last);
            }
        }
    }
    document
}

fn evaluation(random: &mut Random) -> Evaluation {
    let mut items = Vec::new();
    for _ in 0..random.below(4) {
        let item = if random.chance(50) {
            Item::Text {
                stream: if random.chance(50) {
                    Stream::Stdout
                } else {
                    Stream::Stderr
                },
                text: text(random).into(),
            }
        } else {
            let forms = [
                ("application/json", "{\"a\":[1,2.5,null]}".to_owned()),
                ("image/png", "iVBORw0KGgo=".to_owned()),
                ("text/html", text(random)),
                ("text/plain", text(random)),
            ];
            let forms = forms.into_iter().filter(|_| random.chance(60));
            Item::Value {
                forms: forms
                    .map(|(mime, text)| (mime.to_owned(), text.into()))
                    .collect(),
                beside: None,
            }
        };
        items.push(item);
    }
    let error = random.chance(20).then(|| PythonError {
        name: "ValueError".to_owned(),
        message: text(random),
        traceback: "Traceback\n  line".to_owned(),
        entries: Vec::new(),
    });
    Evaluation::of_file(items, error)
}
