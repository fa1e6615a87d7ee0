//! The engine as a whole, without a browser: a pretended kernel, literate suites, a simulation.

pub mod kernel;
pub mod language;
pub mod random;
