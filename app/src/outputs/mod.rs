//! What a run put out, on the page. A value is shown by the first renderer that can show one of its
//! forms; each is a small file of its own, and [`RENDERERS`] lists them, the richest form first.
//!
//! Typed data (text, pictures, errors) is built as elements; HTML passes the sanitiser; an SVG is shown
//! as a picture, where nothing in it can run or load anything.

mod area;
mod drawing;
mod foreign;
mod html;
mod json;
mod latex;
mod list;
mod markdown;
mod picture;
mod printed;
mod raised;
mod text;

use std::sync::Arc;

use engine::markdown::Pictures;
use leptos::prelude::*;

pub use area::OutputArea;
pub use foreign::{Fold, Foreign};
pub use list::OutputList;

use crate::editor::{Form, Library};
use printed::Printed;
use raised::Raised;

/// Told by the kernel beside an image: its size on the page.
const SIZE: &str = "application/vnd.rivulet.size+json";

/// What shows the values that have a form of its kinds.
pub struct Renderer {
    /// The MIME types that it takes, the best first.
    takes: &'static [&'static str],
    /// Shows a form of one of these; the error is a sentence that says why it cannot.
    show: fn(&Given, &str, &Arc<str>) -> Result<AnyView, String>,
}

/// All renderers, the richest form first.
static RENDERERS: [&Renderer; 7] = [
    &html::RENDERER,
    &drawing::RENDERER,
    &picture::RENDERER,
    &markdown::RENDERER,
    &latex::RENDERER,
    &text::RENDERER,
    &json::RENDERER,
];

/// A value to be shown.
#[derive(Debug)]
pub struct Given {
    /// Its forms, by MIME type.
    pub forms: Vec<(String, Arc<str>)>,
    /// What shows the forms that are not built here.
    pub library: Library,
    /// The pictures that a text holds itself.
    pub pictures: Arc<Pictures>,
}

impl Given {
    fn form(&self, mime: &str) -> Option<&Arc<str>> {
        let form = self.forms.iter().find(|(name, _)| name == mime);
        form.map(|(_, text)| text)
    }

    /// What is said in the place of what cannot be seen.
    fn plain(&self) -> Arc<str> {
        self.form("text/plain").cloned().unwrap_or_default()
    }

    /// A form that the library shows.
    fn foreign(&self, form: Form) -> AnyView {
        let library = self.library;
        view! { <Foreign form=Signal::stored(form) library /> }.into_any()
    }
}

/// Shows a value in the richest form that can be shown; never nothing. What cannot be shown is said.
pub fn value(given: &Given) -> AnyView {
    let mut refused = Vec::new();
    for renderer in RENDERERS {
        let forms = renderer.takes.iter();
        for (mime, text) in forms.filter_map(|mime| Some((mime, given.form(mime)?))) {
            match (renderer.show)(given, mime, text) {
                Ok(shown) => return with_notes(&refused, shown),
                Err(why) if why.is_empty() => {}
                Err(why) => refused.push(why),
            }
        }
    }
    let mut names = given.forms.iter().map(|(mime, _)| mime.as_str());
    let unknown = names.find(|mime| *mime != SIZE && !is_taken(mime));
    if let Some(mime) = unknown {
        refused.push(format!(
            "This output is of a kind that is not shown here: {mime}."
        ));
    }
    let sentence = refused.join("\n").into();
    text::long_text("text", sentence, given.library)
}

fn is_taken(mime: &str) -> bool {
    let mut all = RENDERERS.iter().flat_map(|renderer| renderer.takes);
    all.any(|taken| *taken == mime)
}

fn with_notes(refused: &[String], shown: AnyView) -> AnyView {
    if refused.is_empty() {
        return shown;
    }
    let sentence = refused.join(" ");
    view! { <p class="hidden-lines">{sentence}</p> {shown} }.into_any()
}
