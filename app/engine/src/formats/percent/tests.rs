//! Scripts of ours and of others.

use super::*;

fn check(text: &str, expected: &[(Kind, &str)]) {
    let notebook = read(text, "file");
    let cells = notebook.cells().iter();
    let found: Vec<(Kind, &str)> = cells.map(|cell| (cell.kind, &*cell.source)).collect();
    assert_eq!(found, expected, "{text}");
}

#[test]
fn a_script_reads_back_as_it_was_written() {
    let mut notebook = Notebook::from_sources(
        "A title",
        [
            (Kind::Markdown, "# Heading\n\ntext  \nmore\n"),
            (Kind::Python, "x = 1\n\n\nprint(x)"),
            (Kind::Sql, "-- result: rows\nSELECT *\n\nFROM people -- %%"),
            (Kind::Python, ""),
            (Kind::Python, "\n\n# %% not a cell\ny = x  \n"),
            (Kind::Raw, "---\ntitle: x\n---"),
            (Kind::Python, "%%bash -x\n\nls # %%"),
            (Kind::Python, "!ls \\\n\n# In[3]:\n"),
        ],
    );
    notebook.mode = Mode::Lazy;
    assert_eq!(read(&write(&notebook), "other"), notebook);
}

#[test]
fn text_before_the_first_marker_is_a_cell() {
    let text = "import os\n# %% first\nx = 1\n# %%timeit\n";
    check(
        text,
        &[
            (Kind::Python, "import os"),
            (Kind::Python, "x = 1\n# %%timeit"),
        ],
    );
    assert_eq!(read(text, "file").title, "file");
}

#[test]
fn every_usual_marker_begins_a_cell() {
    check(
        "#%% Numbers\nx = 1\n\n#%%\ny\n\n# %% last\nz\n\n#%%% \nw\n# %%%\nv",
        &[
            (Kind::Python, "x = 1"),
            (Kind::Python, "y"),
            (Kind::Python, "z"),
            (Kind::Python, "w"),
            (Kind::Python, "v"),
        ],
    );
    check(
        "#%%\nx = 1\n\n#%%timeit is a comment here\n#%%\n#%%time\ny = 2",
        &[
            (Kind::Python, "x = 1\n\n#%%timeit is a comment here"),
            (Kind::Python, "%%time\ny = 2"),
        ],
    );
    check(
        "# <markdowncell>\n# Hi\n# <codecell>\nx\n",
        &[(Kind::Markdown, "Hi"), (Kind::Python, "x")],
    );
}

#[test]
fn a_script_that_jupyter_wrote_keeps_its_texts() {
    let text = "#!/usr/bin/env python\n# coding: utf-8\n\n# # Rain\n# \n# {a}\n\n# In[1]:\n\n\nx = 1\n# mine\n\n\n\
                # ## More\n\n# And more\n\n# In[ ]:\n\n\n# only\n\n\n# Text\n";
    check(
        text,
        &[
            (Kind::Markdown, "# Rain\n\n{a}"),
            (Kind::Python, "x = 1\n# mine"),
            (Kind::Markdown, "## More"),
            (Kind::Markdown, "And more"),
            (Kind::Python, "# only"),
            (Kind::Markdown, "Text"),
        ],
    );
    let notebook = read(text, "file");
    assert_eq!(notebook.title, "Rain");
    assert!(notebook.cells()[0].literal);
    let written = write(&notebook);
    let front = "#!/usr/bin/env python\n# coding: utf-8\n\n# rivulet: title=Rain\n";
    assert!(written.starts_with(front), "{written}");
    assert_eq!(read(&written, "other"), notebook);
}

const JUPYTEXT: &str = r#"# ---
# jupyter:
#   jupytext:
#     cell_markers: '"""'
#   kernelspec:
#     display_name: Python 3
#     name: python3
# ---

# %% [markdown]
"""
# Rain in May

{text}
"""

# %% tags=["setup"] jupyter={"source_hidden": true}
# %matplotlib inline
rain = [4]

# %% [markdown]
r'''
$\frac{1}{n}$
'''

# %% language="bash" magic_args="-x"
# ls
#
# pwd

# %% The sum
# %%time
sum(rain)

# %% [raw]
# raw
"#;

#[test]
fn what_jupytext_wrote_is_read_as_it_means_it() {
    check(
        JUPYTEXT,
        &[
            (Kind::Markdown, "# Rain in May\n\n{text}"),
            (Kind::Python, "%matplotlib inline\nrain = [4]"),
            (Kind::Markdown, "$\\frac{1}{n}$"),
            (Kind::Python, "%%bash -x\nls\n\npwd"),
            (Kind::Python, "%%time\nsum(rain)"),
            (Kind::Raw, "raw"),
        ],
    );
    let notebook = read(JUPYTEXT, "file");
    assert_eq!(notebook.title, "Rain in May");
    assert!(notebook.cells()[0].literal);
    let metadata = &notebook.extra["ipynb"]["metadata"];
    assert_eq!(metadata["kernelspec"]["display_name"], "Python 3");
    let metadata = &notebook.cells()[1].extra["ipynb"]["metadata"];
    let expected = json!({ "tags": ["setup"], "jupyter": { "source_hidden": true } });
    assert_eq!(metadata, &expected);
    let written = write(&notebook);
    for line in [
        "# %matplotlib inline",
        "# %%time",
        "# %% The sum",
        "# %% language=\"bash\" magic_args=\"-x\"",
        "# rivulet: braces=text",
        "#     display_name: Python 3",
    ] {
        assert!(
            written.lines().any(|found| found == line),
            "{line}\n{written}"
        );
    }
    assert_eq!(read(&written, "other"), notebook);
    // A link holds the cells and what they mean.
    let linked = read(&write_short(&notebook), "other");
    assert!(linked.extra.is_empty() && linked.cells()[0].literal);
    assert_eq!(&*linked.cells()[3].source, "%%bash -x\nls\n\npwd");
}

#[test]
fn what_a_header_says_to_others_is_a_raw_cell() {
    let text = "# ---\n# title: \"Rain\"\n# jupyter:\n#   a: 1\n# ---\n# %%\nx\n";
    check(
        text,
        &[
            (Kind::Raw, "---\ntitle: \"Rain\"\n---"),
            (Kind::Python, "x"),
        ],
    );
    assert_eq!(read(text, "file").title, "Rain");
}

#[test]
fn comments_of_a_script_that_was_no_notebook_stay_comments() {
    let script = "#!/bin/python\n# %load x\nx = 1\n";
    check(script, &[(Kind::Python, "# %load x\nx = 1")]);
    let before = "# rivulet: title=t\n\n# %%\n# %load x\n";
    check(before, &[(Kind::Python, "# %load x")]);
    let notebook = Notebook::from_sources("t", [(Kind::Python, "# %load x")]);
    assert_eq!(read(&write(&notebook), "o"), notebook);
}

#[test]
fn an_empty_file_is_an_empty_notebook() {
    assert!(read("", "file").cells().is_empty());
}
