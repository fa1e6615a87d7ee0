//! What a run put out. Text, images and errors are built here as elements; HTML passes the
//! sanitiser; an SVG is shown as an image, where nothing in it can run or load anything.

use std::sync::Arc;

use engine::{Item, OutputView, ansi};
use leptos::prelude::*;
use protocol::{PythonError, Stream};

use crate::editor::Library;

/// Told by the kernel beside an image: its size on the page.
const SIZE: &str = "application/vnd.rivulet.size+json";

/// All outputs of a cell.
#[component]
pub fn OutputList(outputs: RwSignal<Arc<OutputView>>, library: Library) -> impl IntoView {
    view! {
        {move || {
            let outputs = outputs.get();
            outputs.items.iter().map(|item| show(item, library)).collect_view()
        }}
        {move || outputs.with(|outputs| outputs.error.clone()).map(|error| view! { <Raised error /> })}
    }
}

fn show(item: &Item, library: Library) -> AnyView {
    match item {
        Item::Text { stream, text } => printed(*stream, text, None),
        Item::Tail {
            stream,
            hidden_lines,
            text,
        } => printed(*stream, text, Some(*hidden_lines)),
        Item::Value { forms, .. } => value(forms, library),
    }
}

fn printed(stream: Stream, text: &str, hidden: Option<u64>) -> AnyView {
    let name = match stream {
        Stream::Stdout => "stdout",
        Stream::Stderr => "stderr",
    };
    let pieces = ansi::pieces(text.strip_suffix('\n').unwrap_or(text));
    let pieces = pieces.into_iter().map(|piece| {
        if piece.look == ansi::Look::default() {
            return piece.text.into_any();
        }
        view! { <span class=classes(piece.look)>{piece.text}</span> }.into_any()
    });
    let hidden = hidden.filter(|lines| *lines > 0).map(|lines| {
        let lines = thousands(lines);
        view! { <p class="hidden-lines">{lines} " lines are not shown"</p> }
    });
    view! {
        {hidden}
        <pre data-part="stdout" data-stream=name class="printed">{pieces.collect_view()}</pre>
    }
    .into_any()
}

fn classes(look: ansi::Look) -> String {
    let mut classes = Vec::new();
    if let Some(colour) = look.colour {
        classes.push(format!("ansi-{colour}"));
    }
    if let Some(colour) = look.background {
        classes.push(format!("ansi-on-{colour}"));
    }
    for (has, name) in [
        (look.bold, "ansi-bold"),
        (look.italic, "ansi-italic"),
        (look.underline, "ansi-underline"),
    ] {
        if has {
            classes.push(name.to_owned());
        }
    }
    classes.join(" ")
}

fn value(forms: &[(String, Arc<str>)], library: Library) -> AnyView {
    let form = |mime: &str| {
        forms
            .iter()
            .find(|(name, _)| name == mime)
            .map(|(_, text)| text.clone())
    };
    let plain = form("text/plain").unwrap_or_default();
    if let Some(html) = form("text/html") {
        return view! { <div class="rich" inner_html=move || library.html(&html)></div> }
            .into_any();
    }
    if let Some(svg) = form("image/svg+xml") {
        let data = js_sys::encode_uri_component(&svg);
        let source = format!("data:image/svg+xml;charset=utf-8,{}", String::from(data));
        return view! { <img class="figure" src=source alt=plain.to_string() /> }.into_any();
    }
    for mime in ["image/png", "image/jpeg"] {
        if let Some(data) = form(mime) {
            let size = form(SIZE).and_then(|size| serde_json::from_str(&size).ok());
            let size: Option<Size> = size;
            let source = format!("data:{mime};base64,{data}");
            return view! {
                <img
                    class="figure"
                    src=source
                    alt=plain.to_string()
                    width=size.as_ref().map(|size| size.width)
                    height=size.as_ref().map(|size| size.height)
                />
            }
            .into_any();
        }
    }
    if let Some(text) = form("text/markdown") {
        return view! { <div class="rich prose" inner_html=move || library.markdown(&text)></div> }
            .into_any();
    }
    if let Some(text) = form("text/latex") {
        return view! { <div class="rich prose" inner_html=move || library.latex(&text)></div> }
            .into_any();
    }
    view! { <pre class="plain">{plain.to_string()}</pre> }.into_any()
}

#[derive(serde::Deserialize)]
struct Size {
    width: u32,
    height: u32,
}

/// An exception: its last line first, then the way to it.
#[component]
fn Raised(error: PythonError) -> impl IntoView {
    let PythonError {
        name,
        message,
        traceback,
        ..
    } = error;
    let has_message = !message.is_empty();
    view! {
        <div data-part="error" class="raised">
            <p class="raised-line">
                <strong>{name}</strong>
                {has_message.then(|| view! { ": " {message} })}
            </p>
            <pre class="traceback">{traceback.trim_end().to_owned()}</pre>
        </div>
    }
}

pub fn thousands(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}
