//! The page: a thin shell around the engine, with Leptos components for eyes and a shell for hands.

mod browser;
mod editor;
mod files;
mod home;
mod kernel;
mod manifest;
mod offline;
mod page;
mod shell;
mod store;
mod tabs;
mod view;

fn main() {
    console_error_panic_hook::set_once();
    leptos::mount::mount_to_body(view::App);
}
