//! A notebook as a page of its own: it reads without script, prints well, and holds the notebook
//! itself, so that it opens again as it was.

use std::fmt::Write;

use serde_json::{Map, Value};

use super::Document;
use crate::ansi;
use crate::evaluation::Evaluation;
use crate::notebook::{Cell, Kind};
use crate::outputs::{self, Item};

/// The element that holds the notebook.
const OPENS: &str = "<script type=\"application/json\" id=\"rivulet-notebook\">";
const CLOSES: &str = "</script>";

/// Turns a text into harmless HTML, with the pictures that its cell holds itself.
type WithPictures = dyn Fn(&str, Option<&Map<String, Value>>) -> String;

/// What the page that writes knows better than the engine.
pub struct Help<'a> {
    /// Turns Markdown into HTML that nothing can run in, with the pictures that the cell holds itself.
    pub markdown: &'a WithPictures,
    /// Turns LaTeX into such HTML.
    pub latex: &'a dyn Fn(&str) -> String,
    /// Takes everything out of HTML that could run or load something.
    pub sanitise: &'a dyn Fn(&str) -> String,
    /// Where "Open live" leads; no button if there is none.
    pub live: Option<String>,
}

impl std::fmt::Debug for Help<'_> {
    fn fmt(&self, to: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        to.debug_struct("Help")
            .field("live", &self.live)
            .finish_non_exhaustive()
    }
}

/// Reads the notebook that such a page holds. The error is a sentence.
pub fn read(text: &str) -> Result<Document, String> {
    let held = text
        .split_once(OPENS)
        .and_then(|(_, rest)| rest.split_once(CLOSES));
    let Some((json, _)) = held else {
        return Err("It is no page that was saved from Rivulet.".to_owned());
    };
    serde_json::from_str(json).map_err(|_| "The notebook in this page is damaged.".to_owned())
}

/// Writes the page.
#[must_use]
pub fn write(document: &Document, help: &Help) -> String {
    let notebook = &document.notebook;
    let title = escape(&notebook.title);
    let mut body = String::new();
    for cell in notebook.cells() {
        let evaluation = document.evaluations.get(&cell.id);
        write_cell(&mut body, cell, evaluation, help);
    }
    let live = help.live.as_ref().map(|address| {
        let address = escape(address);
        format!("<p class=\"live\"><a href=\"{address}\" rel=\"noopener\">Open live</a></p>\n")
    });
    let live = live.unwrap_or_default();
    let json = serde_json::to_string(document).unwrap_or_default();
    // Nothing in the notebook can end the element that holds it.
    let json = json.replace('<', "\\u003c");
    format!(
        "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'; img-src data:\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <title>{title}</title>\n<style>{STYLE}</style>\n</head>\n<body>\n<main>\n{live}{body}</main>\n\
         {OPENS}{json}{CLOSES}\n</body>\n</html>\n"
    )
}

fn write_cell(to: &mut String, cell: &Cell, evaluation: Option<&Evaluation>, help: &Help) {
    match cell.kind {
        Kind::Markdown => {
            to.push_str("<section class=\"text\">");
            match evaluation.filter(|evaluation| !evaluation.outputs.is_empty()) {
                // With its values, as they were worked out last.
                Some(evaluation) => write_outputs(to, evaluation, help),
                None => to.push_str(&(help.markdown)(&cell.source, cell.attachments())),
            }
            to.push_str("</section>\n");
        }
        Kind::Raw => {
            let source = escape(&cell.source);
            let _ = writeln!(to, "<section class=\"raw\"><pre>{source}</pre></section>");
        }
        Kind::Python | Kind::Sql => {
            let _ = writeln!(
                to,
                "<section class=\"code\">\n<pre class=\"source\"><code>{}</code></pre>",
                escape(&cell.source)
            );
            if let Some(evaluation) = evaluation {
                write_outputs(to, evaluation, help);
            }
            to.push_str("</section>\n");
        }
    }
}

fn write_outputs(to: &mut String, evaluation: &Evaluation, help: &Help) {
    for item in &evaluation.outputs.items {
        match item {
            Item::Text { text, .. } => write_text(to, text),
            Item::Tail {
                hidden_lines, text, ..
            } => {
                let _ = writeln!(
                    to,
                    "<p class=\"hidden\">{hidden_lines} lines are not shown</p>"
                );
                write_text(to, text);
            }
            Item::Value { forms, .. } => write_value(to, forms, help),
        }
    }
    if let Some(error) = evaluation.error() {
        let _ = writeln!(
            to,
            "<div class=\"error\"><p><strong>{}</strong>: {}</p><pre>{}</pre></div>",
            escape(&error.name),
            escape(&error.message),
            escape(error.traceback.trim_end())
        );
    }
}

fn write_text(to: &mut String, text: &str) {
    let pieces = ansi::pieces(text.trim_end_matches('\n')).into_iter();
    let text: String = pieces.map(|piece| piece.text).collect();
    let _ = writeln!(to, "<pre class=\"printed\">{}</pre>", escape(&text));
}

fn write_value(to: &mut String, forms: &[(String, std::sync::Arc<str>)], help: &Help) {
    let form = |mime: &str| {
        forms
            .iter()
            .find(|(name, _)| name == mime)
            .map(|(_, text)| &**text)
    };
    let plain = form("text/plain").unwrap_or("");
    let image = |source: &str| format!("<img src=\"{source}\" alt=\"{}\">", escape(plain));
    // What needs scripts is shown by the picture that it left.
    let picture = outputs::is_scripted(forms)
        .then(|| drawn(&form, plain))
        .flatten();
    let written = if let Some(picture) = picture {
        picture
    } else if let Some(html) = form("text/html") {
        format!("<div class=\"rich\">{}</div>", (help.sanitise)(html))
    } else if let Some(svg) = form("image/svg+xml") {
        image(&format!(
            "data:image/svg+xml;charset=utf-8,{}",
            percent_encode(svg)
        ))
    } else if let Some((mime, data)) = ["image/png", "image/jpeg", "image/gif", "image/webp"]
        .iter()
        .find_map(|mime| Some((mime, form(mime)?)))
    {
        image(&format!("data:{mime};base64,{}", escape(data)))
    } else if let Some(text) = form("text/markdown") {
        format!("<div class=\"rich\">{}</div>", (help.markdown)(text, None))
    } else if let Some(text) = form("text/latex") {
        format!("<div class=\"rich\">{}</div>", (help.latex)(text))
    } else {
        format!("<pre class=\"printed\">{}</pre>", escape(plain))
    };
    to.push_str(&written);
    to.push('\n');
}

/// A picture in its size on the page; `None` where there is none.
fn drawn<'a>(form: &impl Fn(&str) -> Option<&'a str>, plain: &str) -> Option<String> {
    let svg = form("image/svg+xml");
    let source = match (svg, form("image/png")) {
        (Some(svg), _) => format!("data:image/svg+xml;charset=utf-8,{}", percent_encode(svg)),
        (None, Some(png)) => format!("data:image/png;base64,{}", escape(png)),
        (None, None) => return None,
    };
    let size: Option<Value> = form(outputs::SIZE).and_then(|size| serde_json::from_str(size).ok());
    let width = size.and_then(|size| size.get("width")?.as_u64());
    let width = width.map_or_else(String::new, |width| format!(" width=\"{width}\""));
    let alt = escape(plain);
    Some(format!("<img src=\"{source}\"{width} alt=\"{alt}\">"))
}

/// Text for HTML, also inside of quotes.
fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            c => escaped.push(c),
        }
    }
    escaped
}

fn percent_encode(text: &str) -> String {
    let mut encoded = String::with_capacity(text.len() * 2);
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-_.~/=:, ".contains(&byte) {
            encoded.push(char::from(byte));
        } else {
            let _ = write!(encoded, "%{byte:02X}");
        }
    }
    encoded
}

const STYLE: &str = "\
:root{color-scheme:light dark}\
body{margin:0;font:16px/1.6 ui-sans-serif,system-ui,-apple-system,'Segoe UI',Roboto,Arial,sans-serif}\
main{max-width:46rem;margin:0 auto;padding:2rem 1.25rem 4rem}\
section{margin:1rem 0}\
pre{margin:.4rem 0;font:13.5px/1.55 ui-monospace,Menlo,Consolas,'DejaVu Sans Mono',monospace;white-space:pre-wrap;overflow-wrap:anywhere}\
.raw pre{padding:.6rem .8rem;border:1px dashed #8888;border-radius:8px}\
.source{padding:.6rem .8rem;border:1px solid #8884;border-radius:8px}\
.printed{padding:0 .3rem}\
.rich,.text{position:relative;isolation:isolate;contain:layout paint;overflow-x:auto}\
table{border-collapse:collapse;font-size:14px}th,td{padding:.3rem .7rem;border-bottom:1px solid #8884;text-align:right}\
img{max-width:100%;height:auto;background:#fff;border-radius:6px}\
.error{padding:.5rem .8rem;border-left:3px solid #b3322c}.error p{margin:0}\
.hidden{opacity:.7;font-style:italic}\
.live a{display:inline-block;padding:.4rem .9rem;border:1px solid #0f6674;border-radius:7px;text-decoration:none}\
@media print{main{max-width:none;padding:0}.live{display:none}section,img,.source{break-inside:avoid}pre{font-size:10.5pt}}";

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use protocol::CellId;

    use super::*;
    use crate::notebook::Notebook;

    #[test]
    fn a_page_opens_again_as_it_was_and_holds_nothing_that_runs() {
        let attack = "</script><script>alert(1)</script>";
        let notebook =
            Notebook::from_sources(attack, [(Kind::Python, attack), (Kind::Markdown, attack)]);
        let forms = vec![
            ("text/plain".to_owned(), Arc::from(attack)),
            ("image/png".to_owned(), Arc::from("\"><script>")),
        ];
        let items = vec![Item::Value {
            forms,
            beside: None,
        }];
        let document = Document {
            notebook,
            evaluations: [(CellId(1), Evaluation::of_file(items, None))].into(),
        };
        let help = Help {
            markdown: &|text, _| escape(text),
            latex: &|text| escape(text),
            sanitise: &|_| String::new(),
            live: Some("https://example.org/#v1.\"x".to_owned()),
        };
        let page = write(&document, &help);
        assert_eq!(read(&page), Ok(document));
        assert_eq!(
            page.matches("<script").count(),
            1,
            "only the one that holds the notebook"
        );
    }

    #[test]
    fn another_page_is_refused() {
        assert!(read("<html></html>").is_err());
        assert!(read(&format!("{OPENS}{{}}{CLOSES}")).is_err());
    }
}
