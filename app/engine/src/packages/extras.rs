//! What packages import only when a function is called, so that no import of the cell says it:
//! `df.to_excel` needs openpyxl. Known by the words that stand in the cell.

use std::collections::BTreeSet;
use std::sync::OnceLock;

use super::requirements::Requirement;

/// Where a notebook imports the module, and a cell has one of the words as an attribute, a parameter, a
/// part of an import or a string, that cell needs the packages. Without words, whoever imports it does.
const EXTRAS: &[(&str, &str, &[&str])] = &[
    (
        "pandas",
        "read_excel to_excel ExcelWriter ExcelFile",
        &["openpyxl", "xlsxwriter"],
    ),
    ("pandas", "style to_latex", &["jinja2"]),
    (
        "pandas",
        "background_gradient text_gradient",
        &["jinja2", "matplotlib"],
    ),
    ("pandas", "to_markdown", &["tabulate"]),
    (
        "pandas",
        "read_html",
        &["lxml", "beautifulsoup4", "html5lib"],
    ),
    ("pandas", "read_xml to_xml", &["lxml"]),
    ("pandas", "plot hist boxplot plotting", &["matplotlib"]),
    (
        "pandas",
        "read_parquet to_parquet read_feather to_feather",
        &["pyarrow"],
    ),
    ("pandas", "tz_localize tz_convert tz utc", &["tzdata"]),
    ("zoneinfo", "", &["tzdata"]),
    ("piplite", "", &["micropip"]),
    ("bs4", "lxml lxml-xml xml", &["lxml"]),
    ("bs4", "html5lib", &["html5lib"]),
    (
        "sympy",
        "plot plotting plot3d plot_parametric plot_implicit",
        &["matplotlib"],
    ),
    ("networkx", "", &["numpy"]),
    (
        "networkx",
        "draw draw_networkx draw_networkx_nodes draw_networkx_edges draw_networkx_labels draw_circular \
         draw_spring draw_shell draw_random draw_kamada_kawai draw_planar draw_spectral",
        &["matplotlib"],
    ),
    (
        "networkx",
        "pagerank hits adjacency_matrix laplacian_matrix to_scipy_sparse_array eigenvector_centrality_numpy \
         kamada_kawai_layout draw_kamada_kawai spectral_layout draw_spectral algebraic_connectivity",
        &["scipy"],
    ),
    (
        "networkx",
        "from_pandas_edgelist to_pandas_edgelist from_pandas_adjacency",
        &["pandas"],
    ),
    ("plotly", "express", &["numpy", "pandas"]),
    ("seaborn", "clustermap", &["scipy"]),
    ("sklearn", "as_frame set_output fetch_openml", &["pandas"]),
    ("openpyxl", "image", &["pillow"]),
    ("openpyxl", "dataframe", &["pandas"]),
];

/// What packages of the site need for a part of them that is asked for by its name, `pandas[excel]`, as
/// their own metadata says it, as far as it makes sense here.
const NAMED: &[(&str, &str, &[&str])] = &[
    ("altair", "all", &["vega-datasets", "pyarrow"]),
    ("beautifulsoup4", "html5lib", &["html5lib"]),
    ("beautifulsoup4", "lxml", &["lxml"]),
    ("httpx", "brotli", &["brotli"]),
    ("httpx", "http2", &["h2"]),
    ("httpx", "socks", &["socksio"]),
    (
        "jsonschema",
        "format",
        &[
            "fqdn",
            "isoduration",
            "jsonpointer",
            "rfc3339-validator",
            "uri-template",
            "webcolors",
        ],
    ),
    ("lxml", "cssselect", &["cssselect"]),
    ("lxml", "html5", &["html5lib"]),
    ("lxml", "htmlsoup", &["beautifulsoup4"]),
    ("markdown-it-py", "linkify", &["linkify-it-py"]),
    ("markdown-it-py", "plugins", &["mdit-py-plugins"]),
    (
        "networkx",
        "default",
        &["numpy", "scipy", "matplotlib", "pandas"],
    ),
    ("pandas", "excel", &["openpyxl", "xlsxwriter"]),
    ("pandas", "feather", &["pyarrow"]),
    ("pandas", "html", &["lxml", "beautifulsoup4", "html5lib"]),
    ("pandas", "output-formatting", &["jinja2", "tabulate"]),
    ("pandas", "parquet", &["pyarrow"]),
    ("pandas", "plot", &["matplotlib"]),
    ("pandas", "timezone", &["tzdata", "pytz"]),
    ("pandas", "xml", &["lxml"]),
    ("plotly", "express", &["numpy"]),
    ("pydantic", "email", &["email-validator"]),
    ("pydantic", "timezone", &["tzdata"]),
    ("requests", "socks", &["pysocks"]),
    ("rich", "jupyter", &["ipywidgets"]),
    ("seaborn", "stats", &["scipy", "statsmodels"]),
    ("tqdm", "notebook", &["ipywidgets"]),
];

/// The packages that the named parts of a package of the site need.
pub fn named(asked: &Requirement) -> impl Iterator<Item = &'static str> {
    let is_asked = |(name, extra, _): &&(&str, &str, &[&str])| {
        asked.name == *name && asked.extras.iter().any(|one| one == extra)
    };
    let needs = NAMED.iter().filter(is_asked);
    needs.flat_map(|(_, _, packages)| packages.iter().copied())
}

/// Whether a word is one that says something.
#[must_use]
pub fn is_known(word: &str) -> bool {
    static WORDS: OnceLock<BTreeSet<&'static str>> = OnceLock::new();
    let words = WORDS.get_or_init(|| {
        EXTRAS
            .iter()
            .flat_map(|(_, words, _)| words.split_whitespace())
            .collect()
    });
    words.contains(word)
}

/// The packages that a cell needs beyond its imports: `imports` are its own modules, `everywhere` says
/// whether any cell of the notebook imports a module, and `words` are the known ones of the cell.
pub fn packages(
    imports: &BTreeSet<String>,
    everywhere: impl Fn(&str) -> bool,
    words: &BTreeSet<String>,
) -> BTreeSet<&'static str> {
    let needs = EXTRAS.iter().filter(|(module, known, _)| {
        let mut known = known.split_whitespace().peekable();
        if known.peek().is_none() {
            imports.contains(*module)
        } else {
            !words.is_empty() && known.any(|word| words.contains(word)) && everywhere(module)
        }
    });
    needs
        .flat_map(|(_, _, packages)| packages.iter().copied())
        .collect()
}
