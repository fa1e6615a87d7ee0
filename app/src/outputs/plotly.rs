//! Figures of Plotly.

use super::{Renderer, Show};

pub static RENDERER: Renderer = Renderer {
    takes: &["application/vnd.plotly.v1+json"],
    show: Show::Frame("plotly"),
};
