//! Sound and films, with the browser's own controls.

use leptos::prelude::*;

use super::{Renderer, Show};

pub static RENDERER: Renderer = Renderer {
    takes: &[
        "video/mp4",
        "video/webm",
        "video/ogg",
        "audio/wav",
        "audio/x-wav",
        "audio/mpeg",
        "audio/ogg",
        "audio/webm",
        "audio/mp4",
        "audio/aac",
        "audio/flac",
    ],
    show: Show::Page(|given, mime, text| {
        let label = given.plain().to_string();
        let source = format!("data:{mime};base64,{}", text.replace(['\n', '"'], ""));
        Ok(if mime.starts_with("video/") {
            view! { <video class="media" data-renderer="video" controls preload="metadata" aria-label=label src=source></video> }.into_any()
        } else {
            view! { <audio class="media" data-renderer="audio" controls preload="metadata" aria-label=label src=source></audio> }.into_any()
        })
    }),
};
