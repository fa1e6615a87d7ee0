//! The icons, drawn on a grid of 16. They are decoration: every button has a name of its own.

use leptos::prelude::*;

/// One icon; `path` is stroked.
#[component]
pub fn Icon(path: &'static str) -> impl IntoView {
    view! {
        <svg class="icon" viewBox="0 0 16 16" aria-hidden="true" focusable="false">
            <path d=path />
        </svg>
    }
}

/// The product's mark: three streams that become one.
#[component]
pub fn Mark() -> impl IntoView {
    view! {
        <svg class="mark" viewBox="0 0 24 24" aria-hidden="true">
            <path d="M4 5c6 0 6 7 12 7h4M4 12h16M4 19c6 0 6-7 12-7" />
        </svg>
    }
}

pub const RUN: &str = "M4.5 3v10l8-5z";
pub const STOP: &str = "M4 4h8v8H4z";
pub const PLUS: &str = "M8 3v10M3 8h10";
pub const MORE: &str = "M3.5 8h.01M8 8h.01M12.5 8h.01";
pub const GRAPH: &str = "M5.5 3h5v3h-5zM1.5 10h5v3h-5zM9.5 10h5v3h-5zM8 6v2M4 10V8h8v2";
pub const TABLE: &str = "M2.5 3.5h11v9h-11zM2.5 6.5h11M2.5 9.5h11M6.5 3.5v9";
pub const SHARE: &str = "M8 10V2.5M5 5l3-2.7L11 5M4 8H3v5.5h10V8h-1";
pub const CLOSE: &str = "M4 4l8 8M12 4l-8 8";
pub const RUN_ALL: &str = "M2.5 3.5v9l5.5-4.5zM8.5 3.5v9l5.5-4.5z";

/// The shape of each status.
pub fn shape(status: engine::Status) -> &'static str {
    use engine::Status::{Blocked, Error, Idle, Queued, Running, Success};
    match status {
        Idle => "M8 5.5a2.5 2.5 0 1 0 0 5a2.5 2.5 0 1 0 0-5",
        Queued => "M8 2.5a5.5 5.5 0 1 0 0 11a5.5 5.5 0 1 0 0-11M8 5v3l2 1.5",
        Running => "M8 2.5a5.5 5.5 0 1 1-5.5 5.5",
        Success => "M3 8.5l3.2 3.2L13 5",
        Error => "M4 4l8 8M12 4l-8 8",
        Blocked => "M8 2.5a5.5 5.5 0 1 0 0 11a5.5 5.5 0 1 0 0-11M4.2 4.2l7.6 7.6",
    }
}
