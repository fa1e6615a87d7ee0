//! HTML that passes the sanitiser.

use super::{Renderer, Show};
use crate::editor::Form;

pub static RENDERER: Renderer = Renderer {
    takes: &["text/html"],
    show: Show::Page(|given, _, text| {
        let form = Form::new("html", text.clone());
        Ok(given.foreign(Form {
            alt: given.plain(),
            ..form
        }))
    }),
};
