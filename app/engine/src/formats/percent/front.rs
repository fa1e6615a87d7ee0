//! What stands before the cells of a script: the lines for the system, and the notebook's metadata in
//! YAML as comments (<https://jupytext.readthedocs.io/en/latest/advanced-options.html>).
//!
//! Of YAML only what such headers hold is read: names with values, one in another. A header with more
//! than that is kept as it is.

use std::fmt::Write;

use serde_json::{Map, Value};

const RULE: &str = "# ---";
/// How much of the metadata is written, in bytes of a value.
const LONGEST: usize = 4_096;

/// The begin of a script.
#[derive(Debug, Default)]
pub(super) struct Front {
    /// Lines that are kept as they are, with their ends.
    pub kept: String,
    /// The notebook's metadata.
    pub metadata: Option<Map<String, Value>>,
    /// What stands in the header for other programs.
    pub others: Option<String>,
    /// How many lines it has.
    pub count: usize,
}

impl Front {
    /// Reads the begin of a script.
    pub fn read(lines: &[&str]) -> Self {
        let is_system = |line: &&&str| line.starts_with("#!") || is_coding(line);
        let system = lines.iter().take(2).take_while(is_system).count();
        let blank = lines[system..]
            .iter()
            .take_while(|line| line.trim().is_empty())
            .count();
        let mut front = Self {
            kept: lines[..system]
                .iter()
                .fold(String::new(), |kept, line| kept + line + "\n"),
            count: system,
            ..Self::default()
        };
        let header = &lines[system + blank..];
        if header.first().map(|line| line.trim_end()) != Some(RULE) {
            return front;
        }
        let inner = header[1..]
            .iter()
            .take_while(|line| line.starts_with('#') && line.trim_end() != RULE);
        let inner: Vec<&str> = inner
            .map(|line| line[1..].strip_prefix(' ').unwrap_or(&line[1..]))
            .collect();
        let is_closed = header.get(inner.len() + 1).map(|line| line.trim_end()) == Some(RULE);
        let Some(blocks) = blocks(&inner).filter(|_| is_closed) else {
            return front;
        };
        front.count = system + blank + inner.len() + 2;
        let mut others = String::new();
        for (name, lines) in blocks {
            let mut reader = Reader {
                lines: &lines,
                at: 0,
            };
            match reader.map(0) {
                Some(mut map) if name == "jupyter" && reader.at == lines.len() => {
                    if let Some(Value::Object(metadata)) = map.remove("jupyter") {
                        front.metadata = Some(metadata);
                    }
                }
                _ => others.extend(lines.iter().map(|line| format!("{line}\n"))),
            }
        }
        front.others = (!others.is_empty()).then(|| format!("---\n{others}---"));
        front
    }
}

/// PEP 263.
fn is_coding(line: &str) -> bool {
    line.starts_with('#') && (line.contains("coding:") || line.contains("coding="))
}

/// The lines of each name that stands at the left; `None` if a line belongs to none.
fn blocks<'a>(lines: &[&'a str]) -> Option<Vec<(&'a str, Vec<&'a str>)>> {
    let mut blocks: Vec<(&str, Vec<&str>)> = Vec::new();
    for line in lines {
        let is_inner = line.is_empty() || line.starts_with([' ', '\t', '-', '#']);
        match (is_inner, line.split_once(':')) {
            (true, _) => blocks.last_mut()?.1.push(line),
            (false, Some((name, _))) => blocks.push((name, vec![line])),
            (false, None) => return None,
        }
    }
    (!blocks.is_empty()).then_some(blocks)
}

struct Reader<'a> {
    lines: &'a [&'a str],
    at: usize,
}

impl Reader<'_> {
    /// The names at one indentation. `None` where it is more than this reads.
    fn map(&mut self, indent: usize) -> Option<Map<String, Value>> {
        let mut map = Map::new();
        while let Some(line) = self.lines.get(self.at) {
            let inner = line.trim_start_matches(' ');
            let own = line.len() - inner.len();
            if inner.trim().is_empty() {
                self.at += 1;
                continue;
            }
            if own < indent {
                break;
            }
            if own > indent || indent > 40 {
                return None;
            }
            let (name, value) = key(inner)?;
            self.at += 1;
            let value = value.trim();
            let next = self
                .lines
                .get(self.at)
                .map_or(0, |line| line.len() - line.trim_start_matches(' ').len());
            let value = if value.is_empty() && next > indent {
                Value::Object(self.map(next)?)
            } else {
                scalar(value)?
            };
            map.insert(name, value);
        }
        Some(map)
    }
}

fn key(line: &str) -> Option<(String, &str)> {
    if line.starts_with('"') {
        let mut values = serde_json::Deserializer::from_str(line).into_iter::<String>();
        let name = values.next()?.ok()?;
        return Some((name, line[values.byte_offset()..].strip_prefix(':')?));
    }
    let (name, value) = line.split_once(':')?;
    let is_plain = !name.is_empty() && name.chars().all(is_name);
    (is_plain && (value.is_empty() || value.starts_with(' '))).then(|| (name.to_owned(), value))
}

fn is_name(letter: char) -> bool {
    letter.is_alphanumeric() || "_-. ".contains(letter)
}

fn scalar(text: &str) -> Option<Value> {
    if let Some(quoted) = text.strip_prefix('\'') {
        return Some(quoted.strip_suffix('\'')?.replace("''", "'").into());
    }
    match text {
        "" | "~" | "null" => return Some(Value::Null),
        "{}" => return Some(Value::Object(Map::new())),
        _ => {}
    }
    if let Ok(value) = serde_json::from_str(text) {
        return Some(value);
    }
    let is_more = text.starts_with(['{', '[', '"', '|', '>', '&', '*', '!', '%', '@', '`', '-'])
        || text.contains(" #");
    (!is_more).then(|| text.into())
}

/// Writes metadata as such a header.
pub(super) fn write(metadata: &Map<String, Value>) -> String {
    let mut text = String::from("# ---\n# jupyter:\n");
    let before = text.len();
    let is_short = |value: &Value| value.to_string().len() <= LONGEST;
    let own = metadata
        .iter()
        .filter(|(name, value)| *name != "rivulet" && is_short(value));
    emit(own, 1, &mut text);
    if text.len() == before {
        return String::new();
    }
    text.push_str("# ---\n");
    text
}

fn emit<'a>(map: impl Iterator<Item = (&'a String, &'a Value)>, depth: usize, text: &mut String) {
    for (name, value) in map {
        let is_plain = !name.is_empty() && name.trim() == name && name.chars().all(is_name);
        let name = if is_plain {
            name.clone()
        } else {
            Value::from(name.as_str()).to_string()
        };
        let indent = "  ".repeat(depth);
        let _ = match value {
            Value::Object(inner) if !inner.is_empty() && depth < 18 => {
                let _ = writeln!(text, "# {indent}{name}:");
                emit(inner.iter(), depth + 1, text);
                continue;
            }
            Value::String(plain) if is_plain_text(plain) => {
                writeln!(text, "# {indent}{name}: {plain}")
            }
            value => writeln!(text, "# {indent}{name}: {value}"),
        };
    }
}

/// Whether a text is read as itself without quotes, by every reader of YAML.
fn is_plain_text(text: &str) -> bool {
    const OTHERS: [&str; 10] = [
        "true", "false", "null", "yes", "no", "on", "off", "y", "n", "nan",
    ];
    text.starts_with(|letter: char| letter.is_ascii_alphabetic())
        && text.trim_end() == text
        && text
            .chars()
            .all(|letter| letter.is_ascii_alphanumeric() || "_-. /+".contains(letter))
        && !OTHERS.contains(&text.to_ascii_lowercase().as_str())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn metadata_reads_back() {
        let metadata = json!({
            "kernelspec": { "display_name": "Python 3 (ipykernel)", "name": "python3", "language": "python" },
            "language_info": { "codemirror_mode": { "name": "ipython", "version": 3 }, "version": "3.11" },
            "a:b": [1, "x"], "empty": {}, "no": null, "text": "no", "odd": "'a\n#", "yes": true, "1": 1.5,
        });
        let Value::Object(metadata) = metadata else {
            return;
        };
        let text = write(&metadata);
        let lines: Vec<&str> = text.lines().collect();
        let front = Front::read(&lines);
        assert_eq!(front.metadata, Some(metadata));
        assert_eq!(
            (front.count, front.kept.as_str(), front.others),
            (lines.len(), "", None)
        );
        assert_eq!(write(&Map::new()), "");
    }

    #[test]
    fn what_is_no_header_is_left() {
        for text in [
            "# ---\n# A title\n# ---",
            "# ---\n# jupyter:\nx = 1",
            "x = 1",
            "# ---",
        ] {
            let lines: Vec<&str> = text.lines().collect();
            assert_eq!(Front::read(&lines).count, 0, "{text}");
        }
        let lines = [
            "#!/usr/bin/env python",
            "# coding: utf-8",
            "",
            "# ---",
            "# title: X",
            "# list:",
            "#   - a",
            "# jupyter:",
            "#   a: '1'",
            "# ---",
        ];
        let front = Front::read(&lines);
        assert_eq!(front.kept, "#!/usr/bin/env python\n# coding: utf-8\n");
        assert_eq!(
            front.others.as_deref(),
            Some("---\ntitle: X\nlist:\n  - a\n---")
        );
        assert_eq!(front.metadata.map(Value::Object), Some(json!({ "a": "1" })));
    }
}
