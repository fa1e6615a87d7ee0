//! A table that is shown as a grid: its head as Python wrote it, and where its rows stand. Pure.
//!
//! Python is not trusted: what it writes is read only within bounds, so that no table is larger on the
//! page than its rows on the screen.

use protocol::{Answer, Cell};
use serde::Deserialize;

/// The MIME type of a table's head.
pub const MIME: &str = "application/vnd.rivulet.table+json";
/// How many columns come with the head, and with an answer.
pub const WINDOW: usize = 50;
/// How many rows are asked for at once.
pub const PAGE: usize = 100;
/// The height of a row, in pixels.
pub const ROW: f64 = 26.0;
/// The tallest that a grid's content is; browsers cannot show elements much taller than twice this.
const TALLEST: f64 = 8e6;
const MOST_COLUMNS: usize = 2_000;
const MOST_ROWS: usize = 500;
/// Places are counted in 32 bits.
const MOST_OF_ALL: u32 = 2_000_000_000;
const MOST_HEAD: usize = 1 << 20;
const MOST_CHARS: usize = 200;
/// The most facts, bars and frequent values of a column.
const MOST_FACTS: usize = 50;
/// The longest part of a file that is taken at once.
const MOST_PART: usize = 1 << 20;

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
    /// The name that holds it; empty where it has none.
    #[serde(default)]
    pub name: String,
    /// What it can be saved as.
    #[serde(default)]
    pub formats: Vec<String>,
    /// The cells of the first rows, column by column.
    pub head: Vec<Vec<Cell>>,
}

/// A column of a table.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Column {
    /// Its name.
    pub name: String,
    /// The type of its values, as Python names it.
    #[serde(rename = "type")]
    pub type_name: String,
    /// What they are to a person.
    #[serde(default)]
    pub kind: Kind,
}

/// What a column's values are to a person: what they are filtered by, and where they stand.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// Numbers of any exactness.
    Number,
    /// Days, or times of days.
    Time,
    /// Yes or no.
    Bool,
    /// Some values of a list.
    Category,
    /// Texts.
    Text,
    /// Anything else.
    #[default]
    #[serde(other)]
    Other,
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
        table.rows = table.rows.min(MOST_OF_ALL);
        for column in &mut table.columns {
            cut(&mut column.name);
            cut(&mut column.type_name);
        }
        cut(&mut table.name);
        let known = |format: &String| FORMATS.contains(&format.as_str());
        table.formats.retain(known);
        table.formats.dedup();
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

    /// About as wide as what the head has in a column, within measure, in pixels.
    #[must_use]
    pub fn width(&self, column: usize) -> f64 {
        let texts = self.head.get(column).into_iter().flatten().take(100);
        let texts = texts.map(|cell| match cell {
            Cell::Text(text) | Cell::Missing([text]) => text.chars().count(),
        });
        let told = &self.columns[column];
        // The name is bold, the type is small; then comes the way to the panel.
        let named =
            told.name.chars().count() as f64 * 8.0 + told.type_name.chars().count() as f64 * 6.5;
        (texts.max().unwrap_or(0) as f64 * 8.0 + 20.0)
            .max(named + 46.0)
            .clamp(64.0, 320.0)
    }

    /// How many rows the head has.
    #[must_use]
    pub fn head_rows(&self) -> usize {
        self.head.first().map_or(0, Vec::len)
    }
}

/// What a table can be saved as.
pub const FORMATS: [&str; 3] = ["csv", "xlsx", "parquet"];

/// Cuts an answer about a table to what is taken of it. Others stay as they are.
pub fn bound_answer(answer: &mut Answer) {
    match answer {
        Answer::Rows {
            columns, places, ..
        } => {
            bound(columns);
            places.truncate(MOST_ROWS);
        }
        Answer::NoRows { why } => cut_to(why, 500),
        // Half a part would be a damaged file.
        Answer::Part { text, .. } if text.len() > MOST_PART => {
            *answer = Answer::NoRows { why: String::new() };
        }
        Answer::Column {
            facts,
            bars,
            low,
            high,
            top,
            ..
        } => {
            facts.truncate(MOST_FACTS);
            bars.truncate(MOST_FACTS);
            top.truncate(MOST_FACTS);
            let facts = facts.iter_mut().flat_map(|(name, fact)| [name, fact]);
            let top = top.iter_mut().map(|(value, _)| value);
            facts.chain(top).chain([low, high]).for_each(cut);
        }
        _ => {}
    }
}

/// Cuts cells to what is shown of them.
fn bound(columns: &mut Vec<Vec<Cell>>) {
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
    cut_to(text, MOST_CHARS);
}

fn cut_to(text: &mut String, most: usize) {
    if text.len() > most {
        *text = text.chars().take(most).collect();
    }
}

/// Where the columns of a grid stand.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Widths {
    /// Where each column begins, and where the last one ends.
    edges: Vec<f64>,
}

impl Widths {
    /// Columns of these widths, side by side.
    #[must_use]
    pub fn new(widths: impl IntoIterator<Item = f64>) -> Self {
        let mut end = 0.0;
        let ends = widths.into_iter().map(|width| {
            end += width;
            end
        });
        Self {
            edges: std::iter::once(0.0).chain(ends).collect(),
        }
    }

    /// The width of all of them.
    #[must_use]
    pub fn content(&self) -> f64 {
        self.edges.last().copied().unwrap_or(0.0)
    }

    /// Where a column begins, and how wide it is.
    #[must_use]
    pub fn of(&self, column: usize) -> (f64, f64) {
        match self.edges.get(column..column + 2) {
            Some([begin, end]) => (*begin, end - begin),
            _ => (self.content(), 0.0),
        }
    }

    /// Makes a column as wide as this, within measure.
    pub fn set(&mut self, column: usize, width: f64) {
        let more = width.clamp(40.0, 1_200.0) - self.of(column).1;
        for edge in self.edges.iter_mut().skip(column + 1) {
            *edge += more;
        }
    }

    /// The columns that are seen from `left` on in a window.
    #[must_use]
    pub fn seen(&self, left: f64, window: f64) -> std::ops::Range<usize> {
        let count = self.edges.len().saturating_sub(1);
        let first = self.edges.partition_point(|edge| *edge <= left);
        let last = self.edges.partition_point(|edge| *edge < left + window);
        first.saturating_sub(1).min(count)..last.min(count)
    }

    /// Where to scroll to from `left` so that a column is wholly seen.
    #[must_use]
    pub fn to_see(&self, column: usize, left: f64, window: f64) -> f64 {
        let (begin, width) = self.of(column);
        left.max(begin + width - window).min(begin).max(0.0)
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
            r#"{{"id":"t","rows":{rows},"all_columns":2,"formats":["csv","exe"],"columns":[{{"name":"a","type":"int","kind":"number"}},{{"name":"b","type":"str","kind":"spell"}}],"head":{head}}}"#
        ))
    }

    #[test]
    fn a_head_is_read_and_what_is_missing_is_no_text() {
        let table = read(r#"[["1"],[["NaN"]]]"#, 1).expect("a table");
        assert_eq!(table.head[1][0], Cell::Missing(["NaN".to_owned()]));
        assert_eq!(table.head[0][0], Cell::Text("1".to_owned()));
        let kinds = [table.columns[0].kind, table.columns[1].kind];
        assert_eq!(kinds, [Kind::Number, Kind::Other]);
        assert_eq!(table.formats, ["csv"]);
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
    fn what_is_said_of_a_column_is_bounded_and_no_half_file_is_taken() {
        let long = "x".repeat(5_000);
        let mut answer = Answer::Column {
            facts: vec![(long.clone(), long.clone()); 500],
            bars: vec![1; 5_000],
            low: long.clone(),
            high: String::new(),
            top: vec![(long, 1); 5_000],
            missing: 0,
        };
        bound_answer(&mut answer);
        let short = "x".repeat(MOST_CHARS);
        let bounded = Answer::Column {
            facts: vec![(short.clone(), short.clone()); MOST_FACTS],
            bars: vec![1; MOST_FACTS],
            low: short.clone(),
            high: String::new(),
            top: vec![(short, 1); MOST_FACTS],
            missing: 0,
        };
        assert_eq!(answer, bounded);
        let mut part = Answer::Part {
            text: "x".repeat(MOST_PART + 1),
            next: None,
        };
        bound_answer(&mut part);
        assert_eq!(part, Answer::NoRows { why: String::new() });
    }

    #[test]
    fn only_the_columns_in_the_window_are_seen() {
        let mut widths = Widths::new([100.0, 50.0, 200.0]);
        let is = |found: f64, wanted: f64| assert!((found - wanted).abs() < 1e-9, "{found}");
        is(widths.content(), 350.0);
        for (left, window, seen) in [
            (0.0, 100.0, 0..1),
            (0.0, 101.0, 0..2),
            (100.0, 10.0, 1..2),
            (120.0, 1_000.0, 1..3),
            (900.0, 10.0, 3..3),
        ] {
            assert_eq!(widths.seen(left, window), seen, "{left} {window}");
        }
        is(widths.to_see(2, 0.0, 220.0), 130.0);
        is(widths.to_see(0, 130.0, 220.0), 0.0);
        // One that is wider than the window is seen from its begin.
        is(widths.to_see(2, 0.0, 90.0), 150.0);
        widths.set(1, 150.0);
        assert_eq!(widths.of(2), (250.0, 200.0));
        assert_eq!(widths.of(9), (450.0, 0.0));
        assert_eq!(Widths::default().seen(0.0, 100.0), 0..0);
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
