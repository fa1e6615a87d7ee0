//! Plain text.

use std::sync::Arc;

use leptos::prelude::*;

use super::{Foreign, Renderer, Show};
use crate::editor::{Form, Library};

pub static RENDERER: Renderer = Renderer {
    takes: &["text/plain"],
    show: Show::Page(|given, _, text| {
        let others = given.forms.iter().any(|(mime, _)| mime != "text/plain");
        if text.is_empty() && others {
            return Err(String::new());
        }
        Ok(long_text("text", text.clone(), given.library))
    }),
};

/// From so many bytes on a text is put in the page in pieces.
const LONG_TEXT: usize = 16 << 10;

/// A text as it is; a long one is put in the page in pieces.
pub fn long_text(kind: &'static str, text: Arc<str>, library: Library) -> AnyView {
    if text.len() > LONG_TEXT {
        return view! { <Foreign form=Signal::stored(Form::new(kind, text)) library /> }.into_any();
    }
    let class = if kind == "text" { "plain" } else { kind };
    view! { <pre class=class>{text.to_string()}</pre> }.into_any()
}
