//! An output that needs scripts: drawn in a frame of its own, or shown by the picture that it left.

use std::sync::Arc;

use engine::outputs::{Picture, needs_scripts};
use leptos::html::Div;
use leptos::prelude::*;
use protocol::RunId;

use super::Given;
use crate::editor::{Framed, Library, Scripted};

/// What follows a selection in a chart, and takes a new one.
#[derive(Clone, Copy)]
pub struct Selects {
    /// What is selected, as JSON.
    pub held: Signal<String>,
    /// Takes what the person has selected, as JSON, and whether they have not let go yet.
    pub put: Callback<(String, bool)>,
}

/// Shows a form by the scripts of this name. What is no chart but somebody's own scripts runs only where
/// the reader has run its cell; until then its picture is shown, or what there is without scripts.
pub fn show(
    renderer: &'static str,
    given: &Given,
    mime: &str,
    text: &Arc<str>,
) -> Result<AnyView, String> {
    let is_foreign = renderer == "html";
    // What comes later is told to the frame, which stays.
    let has_picture = given.picture.with_untracked(Option::is_some);
    if !needs_scripts(mime, text) || (is_foreign && !given.is_own && !has_picture) {
        return Err(String::new());
    }
    let scripted = Scripted {
        renderer,
        mime: mime.to_owned(),
        text: text.clone(),
        alt: alt(given.plain()),
        runs: given.is_own,
        run: RunId(0),
        data: String::new(),
    };
    let (library, picture, keep) = (given.library, given.picture, given.keep);
    Ok(
        view! { <InFrame scripted=Signal::stored(scripted) library picture keep selects=None /> }
            .into_any(),
    )
}

/// What it is called where it cannot be seen. A form that only names its class says nothing.
pub fn alt(plain: Arc<str>) -> Arc<str> {
    let is_words = !plain.starts_with(['<', '{']) && !plain.contains('(');
    if is_words { plain } else { "".into() }
}

/// Something drawn by scripts, in one frame for as long as it is of one renderer.
#[component]
pub fn InFrame(
    scripted: Signal<Scripted>,
    library: Library,
    picture: Signal<Option<Picture>>,
    keep: Callback<Picture>,
    #[prop(optional_no_strip)] selects: Option<Selects>,
) -> impl IntoView {
    let host = NodeRef::<Div>::new();
    let framed = StoredValue::new_local(None::<Framed>);
    let trouble = RwSignal::new(None::<String>);
    let end = move || {
        if let Some(framed) = framed.try_update_value(Option::take).flatten() {
            framed.end();
        }
    };
    let held = move || selects.map(|selects| selects.held.get());
    let tell_picture = move || {
        let newest = picture.get();
        framed.with_value(|framed| {
            if let (Some(framed), Some(picture)) = (framed, newest) {
                let (width, height) = picture.size;
                framed.set_picture(picture.mime, &picture.text, width, height);
            }
        });
    };
    Effect::new(move || {
        let Some(host) = host.get().filter(|_| library.is_ready()) else {
            return;
        };
        end();
        let kept = move |mime: &str, text: &str, width, height| {
            if let Some(picture) = Picture::of_frame(mime, text, width, height) {
                keep.try_run(picture);
            }
        };
        let select = selects.map(|selects| {
            let put = move |selection, is_held| {
                selects.put.try_run((selection, is_held));
            };
            let put: crate::editor::Select = Box::new(put);
            (selects.held.get_untracked(), put)
        });
        let shown = scripted.with_untracked(|scripted| scripted.show(&host, kept, select));
        match shown {
            Ok(shown) => framed.set_value(Some(shown)),
            Err(sentence) => trouble.set(Some(sentence)),
        }
        untrack(tell_picture);
    });
    Effect::new(move |before: Option<()>| {
        let (scripted, selection) = (scripted.get(), untrack(held));
        if before.is_some() {
            framed.with_value(|framed| {
                if let Some(framed) = framed {
                    scripted.show_in(framed, selection);
                }
            });
        }
    });
    Effect::new(move |before: Option<()>| {
        let selection = held();
        if before.is_some() {
            framed.with_value(|framed| {
                if let (Some(framed), Some(selection)) = (framed, selection) {
                    framed.set_selection(&selection);
                }
            });
        }
    });
    Effect::new(tell_picture);
    on_cleanup(end);
    view! {
        <div class="value" node_ref=host></div>
        {move || trouble.get().map(|sentence| view! { <p class="hidden-lines">{sentence}</p> })}
    }
}
