//! The condition that may follow a requirement, for the Python in the browser:
//! `humanize; sys_platform == "win32"`
//! (<https://packaging.python.org/en/latest/specifications/dependency-specifiers/#environment-markers>).

use std::str::FromStr;

use pep440_rs::{Version, VersionSpecifiers};

/// What is known of this Python.
const KNOWN: [(&str, &str); 9] = [
    ("python_version", "3.14"),
    ("python_full_version", "3.14.0"),
    ("sys_platform", "emscripten"),
    ("platform_system", "Emscripten"),
    ("platform_machine", "wasm32"),
    ("os_name", "posix"),
    ("implementation_name", "cpython"),
    ("platform_python_implementation", "CPython"),
    ("extra", ""),
];
const OPERATORS: [&str; 6] = ["===", "==", "!=", "<=", ">=", "~="];

/// Whether a condition holds here. One that is not understood does, so that nothing is left out.
#[must_use]
pub(super) fn holds(marker: &str) -> bool {
    if marker.contains('(') {
        return true;
    }
    let all_hold = |all: &str| {
        all.split(" and ")
            .all(|one| compares(one.trim()).unwrap_or(true))
    };
    marker.split(" or ").any(all_hold)
}

/// Whether a comparison of a variable and a text holds; `None` if it is none.
fn compares(one: &str) -> Option<bool> {
    let long = OPERATORS.iter().copied();
    let operator = long
        .chain(["<", ">"])
        .find(|operator| one.contains(operator))?;
    let (left, right) = one.split_once(operator)?;
    let (left, right) = (left.trim(), right.trim());
    let (variable, text) = match (quoted(left), quoted(right)) {
        (None, Some(text)) => (left, text),
        (Some(text), None) if ["==", "!="].contains(&operator) => (right, text),
        _ => return None,
    };
    let (name, here) = KNOWN.iter().find(|(name, _)| *name == variable)?;
    if name.ends_with("version") {
        let wanted = VersionSpecifiers::from_str(&format!("{operator}{text}")).ok()?;
        return Some(wanted.contains(&Version::from_str(here).ok()?));
    }
    match operator {
        "==" => Some(*here == text),
        "!=" => Some(*here != text),
        _ => None,
    }
}

fn quoted(text: &str) -> Option<&str> {
    let mark = text.chars().next().filter(|mark| "'\"".contains(*mark))?;
    text[1..].strip_suffix(mark)
}

#[cfg(test)]
mod tests {
    use super::holds;

    #[test]
    fn a_condition_is_that_of_python_in_the_browser() {
        for (marker, expected) in [
            ("python_version < '3'", false),
            ("python_version >= \"3.9\"", true),
            ("python_version < '3.9'", false),
            ("python_full_version != '3.14.0'", false),
            ("sys_platform == 'win32'", false),
            ("sys_platform != 'win32' and os_name == 'posix'", true),
            ("sys_platform == 'win32' or python_version > '3.10'", true),
            ("'win32' == sys_platform", false),
            ("extra == 'test'", false),
            ("(python_version < '3')", true),
            ("nonsense", true),
            ("platform_release ~= 'x'", true),
            ("", true),
        ] {
            assert_eq!(holds(marker), expected, "{marker}");
        }
    }
}
