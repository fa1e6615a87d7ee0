//! The page: a thin shell around the engine, with Leptos components for eyes and a shell for hands.

mod broker;
mod browser;
mod commands;
mod editor;
mod embed;
mod fetch;
mod files;
mod home;
mod kept;
mod kernel;
mod manifest;
mod offline;
mod outputs;
mod page;
mod panic;
mod selection;
mod shell;
mod store;
mod tabs;
mod view;
mod widgets;

fn main() {
    panic::watch();
    leptos::mount::mount_to_body(view::App);
}
