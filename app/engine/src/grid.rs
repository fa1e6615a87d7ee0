//! A table that is shown as a grid: its head as Python wrote it, and where its rows stand. Pure.
//!
//! Python is not trusted: what it writes is read only within bounds, so that no table is larger on the
//! page than its rows on the screen.

use protocol::Cell;
use serde::Deserialize;

/// The MIME type of a table's head.
pub const MIME: &str = "application/vnd.rivulet.table+json";
/// How many columns are shown side by side; others are a step away.
pub const WINDOW: usize = 50;
/// How many rows are asked for at once.
pub const PAGE: usize = 100;
/// The height of a row, in pixels.
pub const ROW: f64 = 26.0;
/// The tallest that a grid's content is; browsers cannot show elements much taller than twice this.
const TALLEST: f64 = 8e6;
const MOST_COLUMNS: usize = 500;
const MOST_ROWS: usize = 500;
const MOST_HEAD: usize = 1 << 20;
const MOST_CHARS: usize = 200;

/// A table as Python tells of it when it is shown.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Table {
    /// What Python calls it.
    pub id: String,
    /// How many rows it has.
    pub rows: u32,
    /// How many columns it has.
    pub all_columns: u32,
    /// The columns that are told of.
    pub columns: Vec<Column>,
    /// The cells of the first rows, column by column.
    pub head: Vec<Vec<Cell>>,
}

/// A column of a table.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Column {
    /// Its name.
    pub name: String,
    /// The type of its values.
    #[serde(rename = "type")]
    pub kind: String,
    /// How many are missing.
    pub missing: u32,
}

impl Table {
    /// Reads a table's head; `None` for what is none.
    #[must_use]
    pub fn read(text: &str) -> Option<Self> {
        if text.len() > MOST_HEAD {
            return None;
        }
        let mut table: Self = serde_json::from_str(text).ok()?;
        table.columns.truncate(MOST_COLUMNS);
        for column in &mut table.columns {
            cut(&mut column.name);
            cut(&mut column.kind);
        }
        bound(&mut table.head);
        let is_even = table
            .head
            .windows(2)
            .all(|two| two[0].len() == two[1].len());
        let is_sound = is_even
            && !table.columns.is_empty()
            && table.head.len() == table.columns.len().min(WINDOW)
            && table.head_rows() <= table.rows as usize
            && table.id.len() <= MOST_CHARS;
        is_sound.then_some(table)
    }

    /// How many rows the head has.
    #[must_use]
    pub fn head_rows(&self) -> usize {
        self.head.first().map_or(0, Vec::len)
    }
}

/// Cuts cells to what is shown of them.
pub fn bound(columns: &mut Vec<Vec<Cell>>) {
    columns.truncate(WINDOW);
    for column in columns {
        column.truncate(MOST_ROWS);
        for cell in column {
            match cell {
                Cell::Text(text) | Cell::Missing([text]) => cut(text),
            }
        }
    }
}

fn cut(text: &mut String) {
    if text.len() > MOST_CHARS {
        *text = text.chars().take(MOST_CHARS).collect();
    }
}

/// Where the rows of a grid stand. A grid of very many rows is scrolled at another scale, so that its
/// last row is reached.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Heights {
    /// How many rows there are.
    pub rows: usize,
    /// The height of what is seen of them.
    pub window: f64,
}

impl Heights {
    /// The height of the content.
    #[must_use]
    pub fn content(self) -> f64 {
        self.all().min(TALLEST)
    }

    fn all(self) -> f64 {
        self.rows as f64 * ROW
    }

    /// How much farther the rows go than the scroll bar.
    fn scale(self) -> f64 {
        let way = self.content() - self.window;
        if way <= 0.0 {
            1.0
        } else {
            (self.all() - self.window) / way
        }
    }

    /// How far above the window the first row is, scrolled to `top`.
    #[must_use]
    pub fn above(self, top: f64) -> f64 {
        top.max(0.0) * self.scale()
    }

    /// The rows that are seen, scrolled to `top`.
    #[must_use]
    #[allow(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "rows are few"
    )]
    pub fn seen(self, top: f64) -> std::ops::Range<usize> {
        let above = self.above(top);
        let first = (above / ROW).floor() as usize;
        let last = ((above + self.window) / ROW).ceil() as usize;
        first.min(self.rows)..last.min(self.rows)
    }

    /// Where to scroll to from `top` so that a row is wholly seen.
    #[must_use]
    pub fn to_see(self, row: usize, top: f64) -> f64 {
        let above = self.above(top);
        let begin = row as f64 * ROW;
        let wanted = above.min(begin).max(begin + ROW - self.window);
        wanted.max(0.0) / self.scale()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(head: &str, rows: u32) -> Option<Table> {
        Table::read(&format!(
            r#"{{"id":"t","rows":{rows},"all_columns":2,"columns":[{{"name":"a","type":"int","missing":0}},{{"name":"b","type":"str","missing":1}}],"head":{head}}}"#
        ))
    }

    #[test]
    fn a_head_is_read_and_what_is_missing_is_no_text() {
        let table = read(r#"[["1"],[["NaN"]]]"#, 1).expect("a table");
        assert_eq!(table.head[1][0], Cell::Missing(["NaN".to_owned()]));
        assert_eq!(table.head[0][0], Cell::Text("1".to_owned()));
    }

    #[test]
    fn a_head_that_is_out_of_bounds_is_none() {
        for (head, rows) in [
            ("[]", 1),
            (r#"[["1"],[]]"#, 1),
            (r#"[["1"]]"#, 1),
            (r#"[["1"],["2"]]"#, 0),
            (r#"[["1"],[["a","b"]]]"#, 1),
            (r#"[["1"],[2]]"#, 1),
        ] {
            assert_eq!(read(head, rows), None, "{head}");
        }
        let long = "x".repeat(MOST_HEAD);
        assert_eq!(read(&format!(r#"[["{long}"],["1"]]"#), 1), None);
        let text = "é".repeat(1_000);
        let table = read(&format!(r#"[["{text}"],["1"]]"#), 1).expect("a table");
        assert_eq!(table.head[0][0], Cell::Text("é".repeat(MOST_CHARS)));
    }

    #[test]
    fn an_answer_is_cut_to_what_is_shown() {
        let mut columns = vec![vec![Cell::Text("x".repeat(5_000)); 5_000]; 60];
        bound(&mut columns);
        assert_eq!((columns.len(), columns[0].len()), (WINDOW, MOST_ROWS));
        assert_eq!(columns[0][0], Cell::Text("x".repeat(MOST_CHARS)));
    }

    #[test]
    fn every_row_is_reached_however_many_there_are() {
        for rows in [1, 10, 11, 300_000, 1_000_000, 50_000_000] {
            let heights = Heights {
                rows,
                window: 260.0,
            };
            let last = (heights.content() - heights.window).max(0.0);
            assert_eq!(heights.seen(last).end, rows, "{rows}");
            assert_eq!(heights.seen(0.0), 0..rows.min(10), "{rows}");
            for row in [0, rows / 3, rows / 2, rows - 1] {
                for from in [0.0, last] {
                    let top = heights.to_see(row, from);
                    assert!((-0.5..=last + 0.5).contains(&top), "{rows} {row} {top}");
                    assert!(heights.seen(top).contains(&row), "{rows} {row}");
                }
            }
        }
    }
}
