//! What an SQL cell makes and reads. The judge is sqlparser's syntax tree, of the statements that it
//! knows; for what only `SQLite` knows there is a table.

use std::collections::BTreeSet;
use std::ops::ControlFlow;

use engine::analysis::sql::{result_name, sql, with_result_name};
use sqlparser::ast::{ObjectName, ObjectNamePart, Query, Statement, TableFactor, Visit, Visitor};
use sqlparser::dialect::SQLiteDialect;
use sqlparser::parser::Parser;

/// What a cell makes and reads: `made | read`.
fn found(source: &str) -> String {
    let found = sql(source);
    let made: Vec<&str> = found.definitions.keys().map(String::as_str).collect();
    let read: Vec<&str> = found.references.keys().map(String::as_str).collect();
    format!("{} | {}", made.join(" "), read.join(" "))
        .trim()
        .to_owned()
}

/// The same by sqlparser's syntax tree, or `None` where it does not know the statements.
fn judged(source: &str) -> Option<String> {
    let statements = Parser::parse_sql(&SQLiteDialect {}, source).ok()?;
    let mut reads = Reads::default();
    for statement in &statements {
        let made = match statement {
            Statement::CreateTable(create) => name_of(&create.name),
            Statement::CreateView(create) => name_of(&create.name),
            _ => None,
        };
        let _ = statement.visit(&mut reads);
        reads.made.extend(made);
    }
    reads.read.retain(|name| !reads.made.contains(name));
    let list = |names: BTreeSet<String>| names.into_iter().collect::<Vec<_>>().join(" ");
    Some(
        format!("{} | {}", list(reads.made), list(reads.read))
            .trim()
            .to_owned(),
    )
}

#[derive(Default)]
struct Reads {
    made: BTreeSet<String>,
    read: BTreeSet<String>,
    with: Vec<BTreeSet<String>>,
    functions: Vec<ObjectName>,
}

fn name_of(name: &ObjectName) -> Option<String> {
    let idents: Option<Vec<_>> = name.0.iter().map(ObjectNamePart::as_ident).collect();
    match idents?.as_slice() {
        [name] => Some(name.value.clone()),
        [schema, name] if ["main", "temp"].contains(&schema.value.as_str()) => {
            Some(name.value.clone())
        }
        _ => None,
    }
}

impl Visitor for Reads {
    type Break = ();

    fn pre_visit_query(&mut self, query: &Query) -> ControlFlow<()> {
        let tables = query.with.iter().flat_map(|with| &with.cte_tables);
        self.with
            .push(tables.map(|table| table.alias.name.value.clone()).collect());
        ControlFlow::Continue(())
    }

    fn post_visit_query(&mut self, _: &Query) -> ControlFlow<()> {
        self.with.pop();
        ControlFlow::Continue(())
    }

    fn pre_visit_table_factor(&mut self, table: &TableFactor) -> ControlFlow<()> {
        if let TableFactor::Table {
            name,
            args: Some(_),
            ..
        } = table
        {
            self.functions.push(name.clone());
        }
        ControlFlow::Continue(())
    }

    fn pre_visit_relation(&mut self, relation: &ObjectName) -> ControlFlow<()> {
        if let Some(name) = name_of(relation)
            && !self.with.iter().any(|names| names.contains(&name))
            && !self.functions.contains(relation)
        {
            self.read.insert(name);
        }
        ControlFlow::Continue(())
    }
}

const STATEMENTS: [&str; 62] = [
    "SELECT 1",
    "SELECT * FROM a",
    "SELECT a.x, b.y FROM a, b",
    "SELECT * FROM a AS one, b two, c",
    "SELECT * FROM a JOIN b ON a.x = b.x",
    "SELECT * FROM a LEFT OUTER JOIN b USING (x, y) JOIN c ON c.x IN (1, 2), d",
    "SELECT * FROM a NATURAL JOIN b CROSS JOIN c",
    "SELECT * FROM (SELECT * FROM a) t",
    "SELECT * FROM (SELECT * FROM a) t, b JOIN (SELECT 1 FROM c) u ON 1",
    "SELECT * FROM (a JOIN b ON a.x = b.x) JOIN c",
    "SELECT (SELECT max(x) FROM b) FROM a",
    "SELECT * FROM a WHERE x IN (SELECT x FROM b)",
    "SELECT * FROM a WHERE EXISTS (SELECT 1 FROM b WHERE b.x = a.x)",
    "SELECT * FROM a WHERE x BETWEEN 1 AND 2 GROUP BY x, y HAVING count(*) > 1 ORDER BY x, y LIMIT 1, 2",
    "SELECT DISTINCT x, y FROM a",
    "SELECT x IS DISTINCT FROM y FROM a",
    "SELECT x IS NOT DISTINCT FROM y, z FROM a, b",
    "SELECT * FROM a UNION SELECT * FROM b UNION ALL SELECT * FROM c",
    "SELECT * FROM a EXCEPT SELECT * FROM b INTERSECT SELECT * FROM c ORDER BY 1, 2",
    "WITH t AS (SELECT * FROM a) SELECT * FROM t",
    "WITH t AS (SELECT * FROM a), u AS (SELECT * FROM t, b) SELECT * FROM u JOIN c",
    "WITH RECURSIVE t(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM t WHERE n < 5) SELECT * FROM t",
    "WITH t AS (SELECT 1) SELECT * FROM (SELECT * FROM t, a)",
    "WITH t AS (WITH u AS (SELECT * FROM a) SELECT * FROM u) SELECT * FROM t, u",
    "WITH t(x, y) AS NOT MATERIALIZED (SELECT 1, 2) SELECT * FROM t",
    "SELECT * FROM (WITH t AS (SELECT * FROM a) SELECT * FROM t), t",
    "SELECT * FROM json_each('[1]')",
    "SELECT * FROM a, json_each(a.x) j, b",
    "SELECT * FROM \"a\", [b], `c`",
    "SELECT * FROM main.a, temp.b, school.c",
    "SELECT 'FROM x', \"y\" FROM a -- FROM b\n/* JOIN c */",
    "SELECT x FROM a WINDOW w AS (PARTITION BY x ORDER BY y, z)",
    "SELECT sum(x) OVER (PARTITION BY y, z ORDER BY x), z FROM a",
    "SELECT CASE WHEN x THEN 1 ELSE 2 END, y FROM a",
    "SELECT * FROM a LEFT JOIN b ON a.x = b.x AND b.y IN (SELECT y FROM c), d",
    "VALUES (1, 2), (3, 4)",
    "INSERT INTO a VALUES (1, 2)",
    "INSERT INTO a (x, y) SELECT x, y FROM b",
    "INSERT INTO a SELECT * FROM b, c WHERE 1",
    "INSERT INTO a VALUES (1) ON CONFLICT (x) DO UPDATE SET x = excluded.x",
    "INSERT OR REPLACE INTO a VALUES (1)",
    "REPLACE INTO a VALUES (1)",
    "INSERT INTO a DEFAULT VALUES",
    "INSERT INTO a (x) VALUES ((SELECT max(x) FROM b)) RETURNING x, y",
    "UPDATE a SET x = 1, y = 2",
    "UPDATE a SET x = (SELECT 1 FROM b), y = 2 WHERE z IN (SELECT z FROM c)",
    "UPDATE a SET x = b.x FROM b, c WHERE a.y = b.y",
    "UPDATE OR IGNORE a SET x = 1",
    "DELETE FROM a WHERE x IN (SELECT x FROM b)",
    "CREATE TABLE t (x INT, y TEXT)",
    "CREATE TABLE IF NOT EXISTS t (x INT PRIMARY KEY, y TEXT DEFAULT 'FROM')",
    "CREATE TEMP TABLE t AS SELECT * FROM a, b",
    "CREATE VIEW v AS SELECT * FROM a JOIN b",
    "CREATE TABLE t (x INT); INSERT INTO t SELECT x FROM a; SELECT * FROM t",
    "CREATE TABLE t AS WITH u AS (SELECT * FROM a) SELECT * FROM u",
    "DROP TABLE a",
    "DROP TABLE IF EXISTS a",
    "DROP VIEW a",
    "CREATE INDEX i ON a (x, y)",
    "SELECT count(*) FILTER (WHERE x) FROM a",
    "SELECT x FROM a ORDER BY (SELECT y FROM b)",
    "SELECT * FROM a WHERE (x, y) IN (SELECT x, y FROM b)",
];

#[test]
fn the_syntax_tree_names_the_same_tables() {
    let mut judged_count = 0;
    for source in STATEMENTS {
        if let Some(judged) = judged(source) {
            // sqlparser lists what it drops among no relations.
            if !source.starts_with("DROP") && !source.contains("school") {
                assert_eq!(found(source), judged, "{source}");
                judged_count += 1;
            }
        }
        for end in 0..source.len() {
            // Half a statement, as while typing, is analysed too.
            let _ = found(&source[..end]);
        }
    }
    assert!(judged_count >= 50, "{judged_count} judged");
}

#[test]
fn what_only_sqlite_knows_is_understood_too() {
    for (source, expected) in [
        ("DROP TABLE IF EXISTS a", "| a"),
        ("SELECT * FROM main.a, temp.b, school.c", "| a b school"),
        ("SELECT * FROM a WHERE x IN b", "| a b"),
        ("SELECT * FROM a NOT INDEXED, b INDEXED BY i", "| a b"),
        ("EXPLAIN QUERY PLAN SELECT * FROM a", "| a"),
        ("EXPLAIN SELECT * FROM a", "| a"),
        ("PRAGMA table_info(a)", "|"),
        ("ATTACH 'school.db' AS school", "school |"),
        (
            "ATTACH DATABASE :file AS s; SELECT * FROM s.pupil JOIN other.pupil",
            "s | file other",
        ),
        ("CREATE TABLE s.t AS SELECT * FROM main.a", "| a s"),
        ("VACUUM", "|"),
        ("SELECT * FROM sqlite_master, sqlite_schema", "|"),
        ("SELECT * FROM pragma_table_info('a')", "|"),
        ("ALTER TABLE a RENAME TO b", "b | a"),
        ("ALTER TABLE a ADD COLUMN x INT", "| a"),
        ("CREATE VIRTUAL TABLE t USING fts5(x)", "t |"),
        ("CREATE TABLE t (x INT REFERENCES a (x))", "t | a"),
        ("CREATE TABLE t (x) WITHOUT ROWID", "t |"),
        (
            "CREATE TRIGGER g AFTER UPDATE OF x ON a BEGIN INSERT INTO b SELECT * FROM c; DELETE FROM d; END; SELECT * FROM e",
            "| a b c d e",
        ),
        ("INSERT INTO t AS u (x) VALUES (1)", "| t"),
        // Names are the same in capitals.
        ("CREATE TABLE People (x); SELECT * FROM people", "People |"),
        ("WITH T AS (SELECT 1) SELECT * FROM t", "|"),
        // With a schema it is the table, also where `WITH` has the name.
        (
            "WITH orders AS (SELECT * FROM main.orders) SELECT * FROM orders",
            "| orders",
        ),
        ("WITH a AS (SELECT 1) SELECT * FROM temp.a, a", "| a"),
        ("WITH a AS (SELECT 1) SELECT * FROM a, other.a", "| other"),
        (
            "WITH q AS (WITH a(v) AS (VALUES (4)) SELECT v FROM a), a AS (SELECT v FROM q) SELECT v FROM a",
            "|",
        ),
        (
            "DROP TABLE IF EXISTS people; CREATE TABLE People (x)",
            "People |",
        ),
        // Names in Python are compared after NFKC.
        ("-- result: ﬁt\nSELECT :ﬁ FROM ﬂat", "fit | fi flat"),
        ("SELECT :_own", "|"),
        // Python's names.
        (
            "SELECT * FROM a WHERE x > :least AND y = :who",
            "| a least who",
        ),
        ("SELECT ':no', x::int FROM a", "| a"),
        ("-- result: adults\nSELECT * FROM a", "adults | a"),
        ("\n-- something else\n-- result:  x_1 \nSELECT 1", "x_1 |"),
        ("SELECT 1 -- result: x", "|"),
        ("-- result: not a name\nSELECT 1", "|"),
        ("-- result: _own\nSELECT 1", "|"),
        ("", "|"),
        (";;", "|"),
    ] {
        assert_eq!(found(source), expected, "{source}");
    }
}

#[test]
fn places_of_names_are_those_in_the_text() {
    let source = "-- result: größe\nSELECT \"é\", x FROM äpfel -- é\nJOIN birnen ON y > :höhe";
    let found = sql(source);
    for name in ["größe", "äpfel", "birnen", "höhe"] {
        let places = found.places(name);
        let texts = places
            .iter()
            .map(|place| &source[place.start as usize..place.end as usize]);
        assert_eq!(texts.collect::<Vec<_>>(), [name]);
    }
}

#[test]
fn what_cannot_be_read_is_a_diagnostic_with_its_place() {
    for (source, message) in [
        ("SELECT 'open", "Unterminated string literal"),
        ("SELECT (1", "this bracket is never closed"),
        ("SELECT 1)", "this bracket is never opened"),
        (&"(".repeat(200_000), engine::analysis::TOO_DEEP),
    ] {
        let error = sql(source).syntax_error.map(|error| error.message);
        assert_eq!(error.as_deref(), Some(message), "{source}");
    }
}

#[test]
fn a_result_gets_a_name_and_loses_it() {
    for (source, name, expected) in [
        ("SELECT 1", "x", "-- result: x\nSELECT 1"),
        ("-- result: x\nSELECT 1", "y", "-- result: y\nSELECT 1"),
        ("-- result: x\nSELECT 1", "", "SELECT 1"),
        ("SELECT 1", "", "SELECT 1"),
        ("-- result: x", "", ""),
    ] {
        let written = with_result_name(source, name);
        assert_eq!(written, expected);
        let read = result_name(&written).map(|(name, _)| name);
        assert_eq!(read.unwrap_or_default(), name);
    }
}
