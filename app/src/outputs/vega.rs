//! Charts of Vega and Vega-Lite, as Altair makes them.

use super::{Renderer, Show};

pub static RENDERER: Renderer = Renderer {
    takes: &[
        "application/vnd.vegalite.v6+json",
        "application/vnd.vegalite.v6.json",
        "application/vnd.vegalite.v5+json",
        "application/vnd.vegalite.v5.json",
        "application/vnd.vegalite.v4+json",
        "application/vnd.vega.v6+json",
        "application/vnd.vega.v6.json",
        "application/vnd.vega.v5+json",
        "application/vnd.vega.v5.json",
    ],
    show: Show::Frame("vega"),
};
