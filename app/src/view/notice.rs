//! A sentence at the foot of the page, with an undo of what it says where there is one.
//!
//! It leaves by itself, but never while somebody looks at it: a pointer or the keyboard on it stops its
//! time, and so does a page that is hidden. A warning stays until it is dismissed.

use std::time::Duration;

use engine::Reversal;
use engine::diagnostic::Severity;
use leptos::html::Div;
use leptos::leptos_dom::helpers::set_interval_with_handle;
use leptos::prelude::*;

use super::icons::{self, Icon};
use super::sentence::code_words;
use crate::browser;
use crate::page::{Action, Notice, Page};

/// How long a note stays in view.
const NOTE: Duration = Duration::from_secs(8);
/// How long one stays that can be taken back.
const UNDO: Duration = Duration::from_secs(20);
/// How often it is looked whether its time is over.
const STEP: Duration = Duration::from_millis(500);

/// The notice of the page. Its place is always there, so that screen readers watch it.
#[component]
pub fn Notices(page: Page) -> impl IntoView {
    view! {
        <div role="status">
            {move || page.notice.get().map(|notice| view! { <Toast page notice /> })}
        </div>
    }
}

#[component]
fn Toast(page: Page, notice: Notice) -> impl IntoView {
    let Notice {
        severity,
        text,
        undo,
    } = notice;
    let element = NodeRef::<Div>::new();
    if let Some(time) = time(severity, undo.as_ref()) {
        dismiss_after(page, element, time);
    }
    let undo = undo.map(|undo| {
        let take_back = move |_| page.act(Action::TakeBack(undo.clone()));
        view! { <button class="button" on:click=take_back>"Undo"</button> }
    });
    view! {
        <div class="toast" class:warning=severity == Severity::Warning node_ref=element>
            <p>{code_words(&text)}</p>
            {undo}
            <button
                class="button quiet square"
                aria-label="Dismiss"
                on:click=move |_| page.act(Action::Dismiss)
            >
                <Icon path=icons::CLOSE />
            </button>
        </div>
    }
}

/// How long a notice stays in view; `None` for as long as nobody dismisses it.
fn time(severity: Severity, undo: Option<&Reversal>) -> Option<Duration> {
    match (severity, undo) {
        (Severity::Warning, _) => None,
        (Severity::Note, Some(_)) => Some(UNDO),
        (Severity::Note, None) => Some(NOTE),
    }
}

/// Dismisses the notice once it was in view for so long without being looked at.
fn dismiss_after(page: Page, element: NodeRef<Div>, time: Duration) {
    let left = StoredValue::new(time);
    let tick = move || {
        // It may be gone by now.
        let element = element.try_get_untracked().flatten();
        let is_held = element
            .is_some_and(|element| element.matches(":hover, :focus-within").unwrap_or(false));
        if is_held || browser::is_hidden() {
            return;
        }
        let is_over = left.try_update_value(|left| {
            *left = left.saturating_sub(STEP);
            left.is_zero()
        });
        if is_over == Some(true) {
            page.act(Action::Dismiss);
        }
    };
    if let Ok(ticking) = set_interval_with_handle(tick, STEP) {
        on_cleanup(move || ticking.clear());
    }
}
