//! A PDF: a file to download, as no part of the page can show it without running what is in it.

use leptos::prelude::*;

use super::{Renderer, Show};

pub static RENDERER: Renderer = Renderer {
    takes: &["application/pdf"],
    show: Show::Page(|_, _, text| {
        let size = format!(
            "This output is a PDF of {} kB.",
            (text.len() / 4 * 3).div_ceil(1000)
        );
        let source = format!(
            "data:application/pdf;base64,{}",
            text.replace(['\n', '"'], "")
        );
        Ok(view! {
            <div class="fold" data-renderer="pdf">
                <span>{size}</span>
                <a class="button small" download="output.pdf" href=source>"Download"</a>
            </div>
        }
        .into_any())
    }),
};
