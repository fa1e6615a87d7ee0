//! A picture of points.

use std::sync::Arc;

use leptos::prelude::*;

use super::{Given, Renderer, SIZE, Show};
use crate::editor::Form;

/// The kinds that every browser shows which runs the page.
const KINDS: [&str; 5] = [
    "image/png",
    "image/jpeg",
    "image/webp",
    "image/avif",
    "image/gif",
];

pub static RENDERER: Renderer = Renderer {
    takes: &KINDS,
    show: Show::Page(|given, mime, text| {
        let kind = KINDS.into_iter().find(|kind| *kind == mime);
        Ok(image(given, kind.unwrap_or(KINDS[0]), text))
    }),
};

/// A picture or a drawing in its size on the page.
pub fn image(given: &Given, kind: &'static str, text: &Arc<str>) -> AnyView {
    let size = given.form(SIZE);
    let size = size.and_then(|size| serde_json::from_str(size).ok());
    given.foreign(Form {
        alt: given.plain(),
        size: size.map(|Size { width, height }| (width, height)),
        ..Form::new(kind, text.clone())
    })
}

#[derive(serde::Deserialize)]
struct Size {
    width: u32,
    height: u32,
}
