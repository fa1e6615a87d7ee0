//! LaTeX, with its formulas.

use super::{Renderer, Show};
use crate::editor::Form;

pub static RENDERER: Renderer = Renderer {
    takes: &["text/latex"],
    show: Show::Page(|given, _, text| {
        let form = Form::new("latex", text.clone());
        Ok(given.foreign(Form {
            alt: given.plain(),
            pictures: given.pictures.clone(),
            ..form
        }))
    }),
};
