//! A drawing (SVG): shown as a picture, where nothing in it can run or load anything.

use super::{Renderer, Show, picture};

/// More characters or elements than `app/js/pictures.js` lets the browser draw.
const CHARACTERS: usize = 1_500_000;
const ELEMENTS: usize = 5_000;

pub static RENDERER: Renderer = Renderer {
    takes: &["image/svg+xml"],
    show: Show::Page(|given, _, text| {
        // Such a drawing is refused, and can be had as a file; the same as a picture may stand beside it.
        let other = picture::RENDERER.takes.iter();
        if is_large(text) && other.clone().any(|mime| given.form(mime).is_some()) {
            return Err(
                "The drawing (SVG) is too large to show here; this is its picture.".to_owned(),
            );
        }
        Ok(picture::image(given, "image/svg+xml", text))
    }),
};

fn is_large(text: &str) -> bool {
    let elements = || {
        let begins = text.as_bytes().windows(2);
        begins
            .filter(|two| two[0] == b'<' && two[1] != b'/')
            .count()
    };
    text.len() > CHARACTERS || elements() > ELEMENTS
}
