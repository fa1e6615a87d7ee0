//! The share dialog: a link that holds the whole notebook, whether it survives where it is sent, a
//! QR code, and files.

use std::fmt::Write;

use engine::{Format, Notebook, link};
use leptos::prelude::*;
use qrcodegen::{QrCode, QrCodeEcc, QrSegment, Version};
use wasm_bindgen_futures::spawn_local;

use super::dialog::Dialog;
use crate::browser;
use crate::page::{Action, Page};

/// Where links are sent, and how many characters survive there: comfortably, and at most.
/// Source: GROUND §9; the numbers of each service's own documentation.
const CHANNELS: [(&str, usize, usize); 4] = [
    ("Teams, Discord", 2_000, 2_000),
    ("Slack, chats", 4_000, 4_000),
    ("Mail", 2_000, 8_000),
    ("Address bar", 32_000, 2_000_000),
];
/// A QR code that a phone reads from a wall, and the largest one, in bytes.
const QR_EASY: usize = 850;
const QR_MOST: usize = 2_953;

/// How well a link gets through.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Light {
    Green,
    Yellow,
    Red,
}

impl Light {
    fn of(length: usize, easy: usize, most: usize) -> Self {
        if length <= easy {
            Self::Green
        } else if length <= most {
            Self::Yellow
        } else {
            Self::Red
        }
    }

    fn name(self) -> &'static str {
        match self {
            Self::Green => "fits",
            Self::Yellow => "may be cut",
            Self::Red => "too long",
        }
    }
}

/// The dialog. The link is made when it opens.
#[component]
pub fn Share(page: Page, open: RwSignal<bool>) -> impl IntoView {
    view! {
        <Dialog open title="Share">
            <ShareBody page />
        </Dialog>
    }
}

#[component]
fn ShareBody(page: Page) -> impl IntoView {
    let is_app = RwSignal::new(page.app.get_untracked());
    let choose = move |event| is_app.set(event_target_checked(&event));
    let notebook = StoredValue::new(page.host()?.notebook());
    Some(view! {
        <p class="quiet">"The link holds the whole notebook, without its outputs. Whoever opens it gets a copy; nothing is sent anywhere by this page."</p>
        <label class="check-line">
            <input type="checkbox" prop:checked=is_app on:change=choose />
            "Open as an app: without its code"
        </label>
        {move || notebook.with_value(|notebook| links(page, notebook, is_app.get()))}
    })
}

/// What is shared, as links and as files.
fn links(page: Page, notebook: &Notebook, is_app: bool) -> Option<impl IntoView + use<>> {
    let home = browser::home();
    let [alone, embedded] = if is_app {
        ["?mode=app", "?embed=1&mode=app"]
    } else {
        ["", "?embed=1"]
    };
    let page_around = format!("{home}{embedded}");
    let home = format!("{home}{alone}");
    let fragment = link::encode(notebook);
    let address = format!("{home}{fragment}");
    let length = address.len();
    let code = qr(&home, &link::encode_for_qr(notebook));
    let embed = format!(
        "<iframe src=\"{page_around}{fragment}\" title=\"Notebook\" width=\"100%\" height=\"600\" style=\"border:0\"></iframe>"
    );
    let qr_light = code
        .as_ref()
        .map_or(Light::Red, |code| Light::of(code.bytes, QR_EASY, QR_MOST));
    let lights = CHANNELS
        .iter()
        .map(|(name, easy, most)| (*name, Light::of(length, *easy, *most)));
    let lights = std::iter::once(("QR code", qr_light)).chain(lights);
    let rows = lights.map(|(name, light)| {
        let word = match (name, light) {
            ("QR code", Light::Yellow) => "hard to scan",
            _ => light.name(),
        };
        view! { <li class="light" data-light=light.name()><span>{name}</span> <span>{word}</span></li> }
    });
    let rows = rows.collect_view();
    let files = page.host()?.files();
    let without = (!files.is_empty()).then(|| view! {
        <p class="notice-line" data-part="files-left">
            "The link does not carry the files of this notebook (" {files.join(", ")} "). Save it as .zip or .html, which do, or put them into the folder \u{201c}notebooks\u{201d} of this site."
        </p>
    });
    Some(view! {
        <CopyLine label="Link" text=address />
        {without}
        <p class="quiet" data-part="link-length">{engine::words::thousands(length as u64)} " characters"</p>
        <ul class="lights">{rows}</ul>
        {match code {
            Some(code) => view! {
                <svg class="qr" role="img" aria-label="QR code of the link" viewBox=code.view_box>
                    <rect width="100%" height="100%" fill="#fff" />
                    <path d=code.path fill="#000" />
                </svg>
            }.into_any(),
            None => view! { <p>"This notebook is too long for a QR code. Put it on a site as a file, and share that address."</p> }.into_any(),
        }}
        <h3>"As a file"</h3>
        <p class="quiet">"For a class: put the .py file into the folder \u{201c}notebooks\u{201d} of this site. It then opens by " <code>"?open=notebooks/lesson.py"</code> "."</p>
        <div class="row">
            <button class="button" on:click=move |_| page.act(Action::Save(Format::Percent))>"Python (.py)"</button>
            <button class="button" on:click=move |_| page.act(Action::Save(Format::Jupyter))>"Jupyter (.ipynb)"</button>
            <button class="button" on:click=move |_| page.act(Action::Save(Format::Html))>"Web page (.html)"</button>
            <button class="button" on:click=move |_| page.act(Action::Save(Format::Markdown))>"Markdown (.md)"</button>
        </div>
        <h3>"In another page"</h3>
        <CopyLine label="Embed" text=embed />
    })
}

/// A line to copy, with its button.
#[component]
fn CopyLine(label: &'static str, text: String) -> impl IntoView {
    let copied = RwSignal::new(false);
    let failed = RwSignal::new(false);
    let kept = text.clone();
    let copy = move |_| {
        let text = kept.clone();
        spawn_local(async move {
            let done = browser::copy(&text).await;
            copied.try_set(done);
            failed.try_set(!done);
        });
    };
    view! {
        <div class="copy-line">
            <input class="copy-text" readonly aria-label=label prop:value=text />
            <button class="button primary" on:click=copy>
                {move || if copied.get() { "Copied" } else { "Copy" }}
            </button>
        </div>
        <Show when=move || failed.get()>
            <p role="alert">"This browser did not let the page copy. Select the text and copy it by hand."</p>
        </Show>
    }
}

/// A QR code as a drawing.
struct Drawing {
    /// How long its text is, in bytes.
    bytes: usize,
    view_box: String,
    path: String,
}

/// The code for an address: the part before the notebook as bytes, the rest in the code's denser
/// alphanumeric mode. `None` if it is too long for any code.
fn qr(home: &str, fragment: &str) -> Option<Drawing> {
    let (mark, rest) = fragment.split_at_checked(1)?;
    let segments = [
        QrSegment::make_bytes(format!("{home}{mark}").as_bytes()),
        QrSegment::make_alphanumeric(rest),
    ];
    let code = QrCode::encode_segments_advanced(
        &segments,
        QrCodeEcc::Low,
        Version::MIN,
        Version::MAX,
        None,
        true,
    )
    .ok()?;
    let mut path = String::new();
    for y in 0..code.size() {
        for x in (0..code.size()).filter(|x| code.get_module(*x, y)) {
            let _ = write!(path, "M{} {}h1v1h-1z", x + 4, y + 4);
        }
    }
    let side = code.size() + 8;
    Some(Drawing {
        // Two alphanumeric characters take 11 bits.
        bytes: home.len() + 1 + (rest.len() * 11).div_ceil(16),
        view_box: format!("0 0 {side} {side}"),
        path,
    })
}
