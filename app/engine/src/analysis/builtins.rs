//! The names that Python has without any import.

use std::collections::BTreeSet;
use std::sync::LazyLock;

use ruff_python_stdlib::builtins::python_builtins;

/// The kernel's Python is 3.14.
const MINOR: u8 = 14;

/// Whether this is the name of a builtin of Python, of every module, or of `IPython`.
#[must_use]
pub fn is_builtin(name: &str) -> bool {
    static SET: LazyLock<BTreeSet<&str>> = LazyLock::new(|| builtins().collect());
    SET.contains(name)
}

/// All of these names.
pub fn builtins() -> impl Iterator<Item = &'static str> {
    python_builtins(MINOR, true)
}
