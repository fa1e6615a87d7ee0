//! JSON as a tree that folds; it is built as far as it is open.

use super::{Renderer, Show};
use crate::editor::Form;

pub static RENDERER: Renderer = Renderer {
    takes: &["application/json"],
    show: Show::Page(|given, _, text| Ok(given.foreign(Form::new("json", text.clone())))),
};
