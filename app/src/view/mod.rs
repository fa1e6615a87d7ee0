//! The components. They read signals and ask for actions; nothing here changes a notebook.

mod app;
mod asked;
mod cell;
mod code;
mod date;
mod dialog;
mod files;
mod history;
mod home;
mod icons;
mod lazy;
mod map;
mod menu;
mod notebook;
mod notice;
mod outputs;
mod panel;
mod printed;
mod problems;
mod rename;
mod sentence;
mod share;
mod status;
mod variables;

pub use app::App;
pub use outputs::{Foreign, value};
