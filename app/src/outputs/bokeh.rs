//! Documents of Bokeh, as `bokeh.embed.json_item` writes them.

use super::{Renderer, Show};

pub static RENDERER: Renderer = Renderer {
    takes: &["application/vnd.bokehjs_json_item.v1+json"],
    show: Show::Frame("bokeh"),
};
