//! HTML that holds scripts, and scripts by themselves.

use super::{Renderer, Show};

pub static RENDERER: Renderer = Renderer {
    takes: &["application/javascript", "text/html"],
    show: Show::Frame("html"),
};
