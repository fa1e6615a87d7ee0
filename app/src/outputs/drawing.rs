//! A drawing (SVG): shown as a picture, where nothing in it can run or load anything.

use super::{Renderer, Show, picture};
use crate::editor::Form;

pub static RENDERER: Renderer = Renderer {
    takes: &["image/svg+xml"],
    show: Show::Page(|given, _, text| {
        // Such a drawing is refused, and can be had as a file; the same as a picture may stand beside it.
        let other = picture::RENDERER.takes.iter();
        let form = Form::new("image/svg+xml", text.clone());
        if given.library.refuses(&form) && other.clone().any(|mime| given.form(mime).is_some()) {
            return Err(
                "The drawing (SVG) is too large to show here; this is its picture.".to_owned(),
            );
        }
        Ok(picture::image(given, "image/svg+xml", text))
    }),
};
