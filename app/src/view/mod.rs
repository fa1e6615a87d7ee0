//! The components. They read signals and ask for actions; nothing here changes a notebook.

mod app;
mod app_bar;
mod asked;
mod cell;
mod code;
mod date;
mod dialog;
mod fetching;
mod files;
mod hidden;
mod history;
mod home;
mod icons;
mod keyboard;
mod keys;
mod lazy;
mod map;
mod menu;
mod notebook;
mod notice;
mod palette;
mod panel;
mod problems;
mod rename;
mod sentence;
mod share;
mod status;
mod story;
mod toolbar;
mod variables;

pub use app::App;
pub use lazy::Lazy;
