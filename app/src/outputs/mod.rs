//! What a run put out, on the page. A value is shown by the first renderer that can show one of its
//! forms; each is a small file of its own, and [`RENDERERS`] lists them, the richest form first.
//!
//! Typed data (text, pictures, errors) is built as elements; HTML passes the sanitiser; an SVG is shown
//! as a picture, where nothing in it can run or load anything. What needs scripts is drawn in an output
//! frame (`app/js/frames.js`), and leaves a picture for wherever its scripts do not run.

mod area;
mod bokeh;
mod drawing;
mod foreign;
mod framed;
mod html;
mod json;
mod latex;
mod list;
mod markdown;
mod media;
mod pdf;
mod picture;
mod plotly;
mod printed;
mod raised;
mod scripts;
mod table;
mod text;
mod vega;

use std::sync::Arc;

use engine::markdown::Pictures;
use engine::outputs::{Picture, SIZE};
use leptos::prelude::*;

pub use area::OutputArea;
pub use foreign::{Fold, Foreign};
pub use framed::{InFrame, Selects};
pub use list::{Keep, OutputList};
pub use table::{Chosen, TableGrid};

use crate::editor::{Form, Library};
use printed::Printed;
use raised::Raised;

/// What shows the values that have a form of its kinds.
pub struct Renderer {
    /// The MIME types that it takes, the best first.
    takes: &'static [&'static str],
    /// Shows a form of one of these; the error is a sentence that says why it cannot, or empty where there
    /// is nothing to say.
    show: Show,
}

/// How a form is shown.
enum Show {
    /// In the page itself. It leaves what it is: stores and files hold the form.
    Page(fn(&Given, &str, &Arc<str>) -> Result<AnyView, String>),
    /// In an output frame, by the scripts of this name. It leaves a picture beside the form.
    Frame(&'static str),
}

/// All renderers, the richest form first.
static RENDERERS: [&Renderer; 14] = [
    &vega::RENDERER,
    &plotly::RENDERER,
    &bokeh::RENDERER,
    &table::RENDERER,
    &scripts::RENDERER,
    &html::RENDERER,
    &drawing::RENDERER,
    &picture::RENDERER,
    &media::RENDERER,
    &pdf::RENDERER,
    &markdown::RENDERER,
    &latex::RENDERER,
    &json::RENDERER,
    &text::RENDERER,
];

/// Whether what holds a value was run in this session; given to what a widget holds.
#[derive(Clone, Copy)]
pub struct RunHere(pub Memo<bool>);

/// A value to be shown.
#[derive(Debug)]
pub struct Given {
    /// Its forms, by MIME type.
    pub forms: Vec<(String, Arc<str>)>,
    /// What shows the forms that are not built here.
    pub library: Library,
    /// The pictures that a text holds itself.
    pub pictures: Arc<Pictures>,
    /// Whether it was run in this session, so that its scripts may run too.
    pub is_own: bool,
    /// The picture that its scripts left when they ran last.
    pub picture: Signal<Option<Picture>>,
    /// Takes its newest picture.
    pub keep: Callback<Picture>,
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
            let shown = match renderer.show {
                Show::Page(show) => show(given, mime, text),
                Show::Frame(name) => framed::show(name, given, mime, text),
            };
            match shown {
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

/// The chart among the forms of a value: what draws it, and its form. It is of a library of ours, and drawn
/// anew in its frame when its cell runs again.
pub fn chart_of(forms: &[(String, Arc<str>)]) -> Option<(&'static str, &(String, Arc<str>))> {
    let charts = [&vega::RENDERER, &plotly::RENDERER, &bokeh::RENDERER];
    charts.into_iter().find_map(|renderer| {
        let Show::Frame(name) = renderer.show else {
            return None;
        };
        let mut takes = renderer.takes.iter();
        let form = takes.find_map(|mime| forms.iter().find(|(name, _)| name == mime))?;
        Some((name, form))
    })
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
