//! marimo notebooks: a Python script in which each cell is a function with the decorator
//! `@app.cell`, its parameters what it references and its `return` what it defines.
//!
//! Source: <https://docs.marimo.io/guides/coming_from/jupyter/> and marimo's own `codegen.py`. Only
//! reading: both follow from the code in our notebooks.

use ruff_python_ast::token::TokenKind;
use ruff_python_ast::{Decorator, Expr, PySourceType, Stmt, StmtFunctionDef, StmtWith};
use ruff_python_parser::Parsed;
use ruff_text_size::{Ranged, TextRange, TextSize};

use crate::notebook::{Kind, Notebook};

/// Reads a marimo notebook; `None` if the script is none.
#[must_use]
pub fn read(text: &str, default_title: &str) -> Option<Notebook> {
    if !text.contains("marimo") || crate::analysis::is_too_deep(text) {
        return None;
    }
    let parsed = ruff_python_parser::parse_unchecked_source(text, PySourceType::Python);
    let body = &parsed.syntax().body;
    let app = body.iter().position(is_app)?;
    let mut notebook =
        Notebook::new(&title(&body[app]).unwrap_or_else(|| default_title.to_owned()));
    let script = Script {
        text,
        parsed: &parsed,
    };
    for stmt in &body[app + 1..] {
        match stmt {
            Stmt::FunctionDef(function) => script.function(function, &mut notebook),
            Stmt::ClassDef(class)
                if class
                    .decorator_list
                    .iter()
                    .any(|found| is_of_app(found, "class_definition")) =>
            {
                let decorators = class
                    .decorator_list
                    .last()
                    .map_or(class.range.start(), Ranged::end);
                notebook.push(
                    Kind::Python,
                    script.text[TextRange::new(decorators, class.range.end())]
                        .trim_start_matches(['\r', '\n']),
                );
            }
            // A cell that is no Python is kept as a text.
            Stmt::Expr(only) => {
                if let Some(text) = unparsable(&only.value) {
                    notebook.push(Kind::Python, &clean(text));
                }
            }
            // `with app.setup:` holds what everything else may use.
            Stmt::With(with) if is_setup(with) => {
                notebook.push(Kind::Python, &script.dedent(&with.body));
            }
            _ => {}
        }
    }
    (!notebook.cells().is_empty()).then_some(notebook)
}

/// `app = marimo.App(...)`
fn is_app(stmt: &Stmt) -> bool {
    let Stmt::Assign(assign) = stmt else {
        return false;
    };
    matches!(assign.targets.as_slice(), [Expr::Name(name)] if name.id.as_str() == "app")
        && matches!(&*assign.value, Expr::Call(call) if attribute(&call.func) == Some(("marimo", "App")))
}

fn unparsable(expr: &Expr) -> Option<&str> {
    let call = expr.as_call_expr()?;
    if attribute(&call.func) != Some(("app", "_unparsable_cell")) {
        return None;
    }
    Some(
        call.arguments
            .args
            .first()?
            .as_string_literal_expr()?
            .value
            .to_str(),
    )
}

fn title(app: &Stmt) -> Option<String> {
    let Stmt::Assign(assign) = app else {
        return None;
    };
    let call = assign.value.as_call_expr()?;
    let value = &call.arguments.find_keyword("app_title")?.value;
    let title = value
        .as_string_literal_expr()?
        .value
        .to_str()
        .trim()
        .to_owned();
    (!title.is_empty()).then_some(title)
}

fn attribute(expr: &Expr) -> Option<(&str, &str)> {
    let Expr::Attribute(attribute) = expr else {
        return None;
    };
    let Expr::Name(name) = &*attribute.value else {
        return None;
    };
    Some((name.id.as_str(), attribute.attr.as_str()))
}

/// `@app.cell`, with or without arguments.
fn is_of_app(decorator: &Decorator, name: &str) -> bool {
    let expr = match &decorator.expression {
        Expr::Call(call) => &*call.func,
        other => other,
    };
    attribute(expr) == Some(("app", name))
}

fn is_setup(with: &StmtWith) -> bool {
    with.items.iter().any(|item| {
        let expr = match &item.context_expr {
            Expr::Call(call) => &*call.func,
            other => other,
        };
        attribute(expr) == Some(("app", "setup"))
    })
}

fn is_set(decorator: &Decorator, option: &str) -> bool {
    let Expr::Call(call) = &decorator.expression else {
        return false;
    };
    let option = call.arguments.find_keyword(option);
    option.is_some_and(|found| matches!(&found.value, Expr::BooleanLiteral(value) if value.value))
}

/// The statements of a cell without the `return` that marimo adds.
fn cell_body(function: &StmtFunctionDef) -> &[Stmt] {
    match function.body.as_slice() {
        [rest @ .., Stmt::Return(_)] => rest,
        // An empty cell is written as `return` alone, or as `pass`.
        [Stmt::Pass(_)] => &[],
        all => all,
    }
}

struct Script<'a> {
    text: &'a str,
    parsed: &'a Parsed<ruff_python_ast::ModModule>,
}

impl Script<'_> {
    fn function(&self, function: &StmtFunctionDef, notebook: &mut Notebook) {
        let find = |name| {
            function
                .decorator_list
                .iter()
                .find(|found| is_of_app(found, name))
        };
        if let Some(decorator) = find("cell") {
            let body = cell_body(function);
            let (kind, source) = match as_text(body) {
                Some(text) => (Kind::Markdown, text),
                None => (Kind::Python, self.body_text(function, body)),
            };
            let cell = notebook.push(kind, &source);
            cell.disabled = is_set(decorator, "disabled");
            // What a text shows is no code.
            cell.hidden.code = kind == Kind::Python && is_set(decorator, "hide_code");
            // Values would be in an f-string.
            cell.literal = kind == Kind::Markdown;
        } else if let Some(decorator) = find("function") {
            // The function itself is the cell.
            let range = TextRange::new(decorator.range().end(), function.range.end());
            notebook.push(Kind::Python, self.text[range].trim_start_matches('\n'));
        }
    }

    fn body_text(&self, function: &StmtFunctionDef, body: &[Stmt]) -> String {
        let Some(last) = body.last() else {
            return String::new();
        };
        // Comments before the first statement and after the last belong to the cell too.
        let colon = self.end_of_head(function);
        let end = function.body.iter().find_map(|stmt| match stmt {
            Stmt::Return(back) if back.range.start() > last.end() => Some(back.range.start()),
            _ => None,
        });
        let end = end.unwrap_or_else(|| function.range.end()).max(last.end());
        self.dedent_range(TextRange::new(colon, end))
    }

    fn dedent(&self, body: &[Stmt]) -> String {
        let (Some(first), Some(last)) = (body.first(), body.last()) else {
            return String::new();
        };
        let start = self.text[..usize::from(first.start())]
            .rfind('\n')
            .map_or(0, |at| at + 1);
        self.dedent_range(TextRange::new(size(start), last.end()))
    }

    /// Where the line of a function's colon ends.
    fn end_of_head(&self, function: &StmtFunctionDef) -> TextSize {
        let from = function
            .returns
            .as_ref()
            .map_or(function.parameters.range.end(), |returns| returns.end());
        let line = self.text[usize::from(from)..].find('\n');
        let end = line.map_or(function.range.end(), |at| from + size(at + 1));
        // A body on the line of the colon begins there.
        let first = function.body.first().map_or(end, Ranged::start);
        end.min(first)
    }

    /// The text without the indentation of its lines, but for lines inside of strings, whose spaces
    /// are theirs.
    fn dedent_range(&self, range: TextRange) -> String {
        let inside: Vec<TextRange> = self
            .parsed
            .tokens()
            .iter()
            .filter(|token| {
                matches!(
                    token.kind(),
                    TokenKind::String | TokenKind::FStringMiddle | TokenKind::TStringMiddle
                )
            })
            .map(Ranged::range)
            .collect();
        let mut lines = Vec::new();
        let mut at = range.start();
        for line in self.text[range].split('\n') {
            let in_string = inside
                .iter()
                .any(|string| string.start() < at && at < string.end());
            lines.push(match (in_string, line.strip_prefix("    ")) {
                (false, Some(rest)) => rest,
                (false, None) => line.trim_start(),
                (true, _) => line,
            });
            at += size(line.len() + 1);
        }
        lines.join("\n").trim_matches('\n').trim_end().to_owned()
    }
}

fn size(at: usize) -> TextSize {
    TextSize::try_from(at).unwrap_or_default()
}

/// The text of a cell that is nothing but `mo.md("...")`.
fn as_text(body: &[Stmt]) -> Option<String> {
    let [Stmt::Expr(only)] = body else {
        return None;
    };
    let Expr::Call(call) = &*only.value else {
        return None;
    };
    if attribute(&call.func) != Some(("mo", "md")) || !call.arguments.keywords.is_empty() {
        return None;
    }
    let [Expr::StringLiteral(text)] = &*call.arguments.args else {
        return None;
    };
    Some(clean(text.value.to_str()))
}

/// As `inspect.cleandoc` does: without the indentation that all lines but the first share.
fn clean(text: &str) -> String {
    let indent = |line: &str| line.len() - line.trim_start().len();
    let rest = text.lines().skip(1).filter(|line| !line.trim().is_empty());
    let margin = rest.map(indent).min().unwrap_or(0);
    let lines = text.lines().enumerate().map(|(at, line)| match at {
        0 => line.trim_start(),
        _ => line.get(margin..).unwrap_or("").trim_end_matches('\r'),
    });
    lines
        .collect::<Vec<_>>()
        .join("\n")
        .trim_matches('\n')
        .trim_end()
        .to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_cells_of_a_marimo_script_are_read() {
        let text = r#"import marimo

__generated_with = "0.25.2"
app = marimo.App(width="medium", app_title="Waves")

with app.setup:
    import math
    # setup
    limit = 3


@app.cell
def _():
    import marimo as mo
    return (mo,)


@app.cell(hide_code=True)
def _(mo):
    mo.md(
        r"""
        # Title

        text $x$
          more
        """
    )
    return


@app.cell(disabled=True)
def named(a):
    # before
    text = """
    stays
"""
    if a:
        b = f"{a}"

    # after
    return b, text


@app.function
def twice(x):
    return 2 * x


@app.class_definition
class Point:
    x = 1


@app.cell
def _():
    return


if __name__ == "__main__":
    app.run()
"#;
        let notebook = read(text, "file").unwrap_or_default();
        assert_eq!(notebook.title, "Waves");
        let cells: Vec<(Kind, bool, &str)> = notebook
            .cells()
            .iter()
            .map(|cell| (cell.kind, cell.disabled, &*cell.source))
            .collect();
        let expected = [
            (Kind::Python, false, "import math\n# setup\nlimit = 3"),
            (Kind::Python, false, "import marimo as mo"),
            (Kind::Markdown, false, "# Title\n\ntext $x$\n  more"),
            (
                Kind::Python,
                true,
                "# before\ntext = \"\"\"\n    stays\n\"\"\"\nif a:\n    b = f\"{a}\"\n\n# after",
            ),
            (Kind::Python, false, "def twice(x):\n    return 2 * x"),
            (Kind::Python, false, "class Point:\n    x = 1"),
            (Kind::Python, false, ""),
        ];
        assert_eq!(cells, expected);
    }

    #[test]
    fn hidden_code_stays_hidden() {
        let text = "import marimo\napp = marimo.App()\n@app.cell(hide_code=True)\ndef _():\n    x = 1\n    return\n@app.cell\ndef _():\n    y = 1\n    return\n";
        let notebook = read(text, "file").unwrap_or_default();
        let hidden: Vec<bool> = notebook
            .cells()
            .iter()
            .map(|cell| cell.hidden.code)
            .collect();
        assert_eq!(hidden, [true, false]);
    }

    #[test]
    fn another_script_is_none() {
        assert!(read("import marimo\nx = 1\n", "x").is_none());
        assert!(read("# %%\nmarimo = 1\n", "x").is_none());
    }
}
