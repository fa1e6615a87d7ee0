"""What SQL cells do: one table of cases a subject."""

import collections
import copy
import dataclasses
import datetime
import decimal
import enum
import os
import pickle
import sqlite3
import sys
import tempfile
import traceback
import unittest
from pathlib import Path
from unittest import mock

sys.path.insert(0, str(Path(__file__).parents[1]))

from rivulet_kernel import sql, table, tracebacks  # noqa: E402
from rivulet_kernel.sql import SqlError, Table  # noqa: E402

try:
    import numpy
except ImportError:
    numpy = None
try:
    import pandas
except ImportError:
    pandas = None

Person = collections.namedtuple("Person", "name age")
PEOPLE = [{"name": "Ada", "age": 36}, {"name": "Bob", "age": 7}]


@dataclasses.dataclass
class Pupil:
    name: str
    grade: float


class Colour(enum.Enum):
    RED = 1


class Size(str, enum.Enum):
    BIG = "big"


class SqlTest(unittest.TestCase):
    def setUp(self):
        sql.close()
        self.addCleanup(sql.close)
        # Without pandas unless a test asks for it, wherever the tests run.
        without = mock.patch.dict(sys.modules)
        without.start()
        self.addCleanup(without.stop)
        sys.modules["pandas"] = None
        self.names = {}

    def in_folder(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.addCleanup(os.chdir, os.getcwd())
        self.addCleanup(sql.close)
        os.chdir(folder.name)

    def run_cell(self, source, cell=1, **task):
        task = {"kind": "sql", "result": None, "variables": [], "parameters": [], **task}
        return sql.run(task, source, self.names, cell, f"Cell {cell}")

    def check(self, source, rows, columns=None, cell=1, **task):
        """The cell shows these rows; ``None`` is nothing."""
        found = self.run_cell(source, cell, **task)
        self.assertEqual(None if found is None else found.rows, rows, source)
        if columns is not None:
            self.assertEqual(found.columns, tuple(columns), source)

    def caught(self, source, cell=1, **task):
        """The error of the cell; its traceback begins in the kernel, as it does in a worker."""
        try:
            self.run_cell(source, cell, **task)
        except Exception as error:
            return error.with_traceback(error.__traceback__.tb_next.tb_next)
        return self.fail(f"no error: {source}")

    def fails(self, source, message, line=1, cell=1, kind=SqlError, marked=None, **task):
        """The cell fails with this message, at this line of its own, and without our frames."""
        error = self.caught(source, cell, **task)
        self.assertIs(type(error), kind, source)
        outcome = tracebacks.describe(error, {f"Cell {cell}": cell})
        self.assertEqual(outcome["message"], message, source)
        self.assertEqual(outcome["entries"], [{"cell": cell, "line": line}], source)
        text = outcome["traceback"]
        self.assertNotIn("rivulet_kernel", text)
        self.assertNotIn("During handling", text)
        if marked is not None:
            (frame,) = traceback.extract_tb(error.__traceback__)
            line_text = source.split("\n")[line - 1].encode()
            self.assertEqual(line_text[frame.colno : frame.end_colno].decode(), marked)


class SqlTableTest(SqlTest):
    def test_a_table_has_a_name_in_python_and_is_always_current(self):
        self.run_cell("CREATE TABLE person (name TEXT, age INT)", tables=["person"])
        person = self.names["person"]
        self.assertEqual((len(person), person.columns), (0, ("name", "age")))
        self.run_cell("INSERT INTO person VALUES ('Ada', 36)", cell=2, variables=["person"])
        self.assertEqual([row["name"] for row in person], ["Ada"])
        self.assertIn("Ada", person._repr_html_())
        self.assertEqual(pickle.loads(pickle.dumps(person)).rows, [("Ada", 36)])
        self.check("SELECT age FROM person", [(36,)], cell=3, variables=["person"])


class StatementTest(SqlTest):
    def test_shows_the_last_result(self):
        cases = (
            ("SELECT 1 + 1 AS two", [(2,)], ["two"]),
            ("SELECT 1; SELECT 2;", [(2,)], None),
            ("SELECT 1;\n-- the end; really\n", [(1,)], None),
            ("/* a ; b */ SELECT ';' -- it's\n;", [(";",)], None),
            (";;;SELECT 1;;;", [(1,)], None),
            ("CREATE TABLE t (x); SELECT 3; INSERT INTO t VALUES (1)", [(3,)], None),
            ("CREATE TABLE t (x); INSERT INTO t VALUES (1)", None, None),
            ("", None, None),
            ("-- nothing", None, None),
            (" ; ", None, None),
            ("/* never closed", None, None),
            ("SELECT 1 WHERE 0", [], ["1"]),
            (
                "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n LIMIT 3) SELECT i FROM n",
                [(1,), (2,), (3,)],
                ["i"],
            ),
            (
                "CREATE TABLE t (x); INSERT INTO t VALUES (1), (2) RETURNING x * 10 AS y",
                [(10,), (20,)],
                ["y"],
            ),
            (
                "CREATE TABLE t (x); INSERT INTO t VALUES (1), (2); UPDATE t SET x = 5 WHERE x = 1 RETURNING x",
                [(5,)],
                None,
            ),
            (
                "CREATE TABLE t (x); INSERT INTO t VALUES (1); DELETE FROM t RETURNING x",
                [(1,)],
                None,
            ),
            (
                "CREATE TABLE t (a INT, b TEXT); SELECT name, type FROM pragma_table_info('t')",
                [("a", "INT"), ("b", "TEXT")],
                None,
            ),
            ("PRAGMA user_version = 7; PRAGMA user_version", [(7,)], ["user_version"]),
            ("VALUES (1, 'a'), (2, NULL)", [(1, "a"), (2, None)], None),
            (
                "SELECT x'00ff', 1.5, 'ä', NULL, 9223372036854775807",
                [(b"\x00\xff", 1.5, "ä", None, 2**63 - 1)],
                None,
            ),
            (
                'SELECT [a;b], `c;d`, "e;f" FROM (SELECT 1 AS [a;b], 2 AS `c;d`, 3 AS "e;f")',
                [(1, 2, 3)],
                ["a;b", "c;d", "e;f"],
            ),
            ("select value ->> 'a' from json_each('[{\"a\": 1}]')", [(1,)], None),
            ("\r\nSELECT 1;\r\nSELECT 2\r\n", [(2,)], None),
        )
        for source, rows, columns in cases:
            with self.subTest(source):
                self.check(source, rows, columns)

    def test_a_trigger_is_one_statement(self):
        source = """
            CREATE TABLE t (x); CREATE TABLE log (what TEXT);
            CREATE TRIGGER noted AFTER INSERT ON t BEGIN
                INSERT INTO log VALUES ('new; ' || new.x); -- a comment;
                INSERT INTO log VALUES (CASE WHEN new.x > 1 THEN 'big' ELSE 'small' END);
            END;
            INSERT INTO t VALUES (2);
            SELECT what FROM log"""
        for _ in range(2):
            self.check(source, [("new; 2",), ("big",)])

    def test_columns_of_the_same_name_get_numbers(self):
        cases = (
            ("SELECT 1 AS a, 2 AS a, 3 AS a", ["a", "a_2", "a_3"]),
            ("SELECT 1 AS a, 2 AS a, 3 AS a_2", ["a", "a_3", "a_2"]),
            ("SELECT 1 AS a, 2 AS A", ["a", "A"]),
        )
        for source, columns in cases:
            with self.subTest(source):
                self.assertEqual(self.run_cell(source).columns, tuple(columns))

    def test_explain_shows_the_plan(self):
        self.run_cell("CREATE TABLE t (x)", cell=2)
        plan = self.run_cell("EXPLAIN QUERY PLAN SELECT * FROM t WHERE x = 1")
        self.assertIn("SCAN t", plan["detail"][0])
        self.assertIn("opcode", self.run_cell("EXPLAIN SELECT * FROM t").columns)
        self.run_cell("EXPLAIN DROP TABLE t")
        self.check("SELECT * FROM t", [])

    def test_the_result_gets_its_name(self):
        shown = self.run_cell("SELECT 1 AS x; PRAGMA foreign_keys = OFF", result="numbers")
        self.assertIs(self.names["numbers"], shown)
        self.run_cell("SELECT 1 AS x WHERE 0", result="numbers")
        self.assertEqual(self.names["numbers"], Table(["x"], []))
        self.run_cell("CREATE TABLE t (x)", result="numbers")
        self.assertIsNone(self.names["numbers"])
        self.fails("SELECT x", "no such column: x", result="other")
        self.assertNotIn("other", self.names)

    def test_too_many_rows_are_an_error(self):
        count = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n LIMIT {}) SELECT i FROM n"
        with mock.patch.object(sql, "MOST_ROWS", 1000):
            self.assertEqual(len(self.run_cell(count.format(1000))), 1000)
            self.fails(
                "SELECT 1;\n" + count.format(1001),
                "The result has more than 1,000 rows; LIMIT asks for fewer.",
                line=2,
            )

    def test_a_long_script_is_split_quickly(self):
        rows = ";\n".join(f"INSERT INTO t VALUES ({number}, 'a;b')" for number in range(5000))
        self.check(f"CREATE TABLE t (x, y);\n{rows};\nSELECT count(*) FROM t", [(5000,)])


class ErrorTest(SqlTest):
    def test_says_what_is_wrong_and_where(self):
        self.run_cell("CREATE TABLE person (id INTEGER PRIMARY KEY, name TEXT NOT NULL)", cell=9)
        self.run_cell("CREATE TABLE town (name TEXT)", cell=8)
        cases = (
            ("SELECT *\nFORM person", 'near "FORM": syntax error (line 2)', 2, "FORM"),
            ("SELECT * FORM person", 'near "FORM": syntax error', 1, "FORM"),
            ("SELECT 1;\n\nSELEC 2", 'near "SELEC": syntax error (line 3)', 3, "SELEC"),
            (
                "SELECT name, 'ä',\n  name name name\nFROM person",
                'near "name": syntax error (line 2)',
                2,
                "name",
            ),
            ("SELECT a,\n(1, ) FROM (SELECT (1) AS a)", 'near ")": syntax error (line 2)', 2, ")"),
            ("EXPLAIN SELECT a,\nFROM t,\nFROM u", 'near "FROM": syntax error (line 2)', 2, "FROM"),
            ("SELECT 'ä', # FROM person", 'unrecognized token: "#"', 1, "#"),
            ("SELECT 1,\n 'abc", 'unrecognized token: "\'abc" (line 2)', 2, "'abc"),
            ("SELECT *\nFROM (SELECT 1\n", "incomplete input (line 2)", 2, "1"),
            ("SELECT * FROM persn", "no such table: persn. Did you mean person?", 1, "persn"),
            (
                "SELECT 1;\nSELECT *\nFROM Persons",
                "no such table: Persons (line 3). Did you mean person?",
                3,
                "Persons",
            ),
            ("SELECT * FROM qqq", "no such table: qqq", 1, "qqq"),
            ("SELECT nme FROM person", "no such column: nme. Did you mean name?", 1, "nme"),
            (
                "SELECT\n  nme, p.nme,\n  p.name FROM person p",
                "no such column: nme (line 2). Did you mean name?",
                2,
                "nme",
            ),
            (
                "SELECT t.nme, p.name,\n  p.nme FROM person p, (SELECT 1 AS nme) t",
                "no such column: p.nme (line 2). Did you mean name?",
                2,
                "nme",
            ),
            (
                "INSERT INTO person (id, nam) VALUES (1, 'x')",
                "table person has no column named nam. Did you mean name?",
                1,
                "nam",
            ),
            ("SELECT\nname\nFROM person, town", "ambiguous column name: name (line 2)", 2, "name"),
            (
                "SELECT\nuper(name) FROM person",
                "no such function: uper (line 2). Did you mean upper?",
                2,
                "uper",
            ),
            (
                "SELECT\nabs() FROM person",
                "wrong number of arguments to function abs() (line 2)",
                2,
                "abs",
            ),
            ("CREATE TABLE\n  person (x)", "table person already exists (line 2)", 2, "person"),
            (
                "INSERT INTO person VALUES (1, 'a');\nINSERT INTO person\nVALUES (1, 'b');",
                "UNIQUE constraint failed: person.id (line 2)",
                2,
                "INSERT INTO person",
            ),
            (
                "INSERT INTO person VALUES (1, '');\n INSERT INTO person VALUES (1, '');",
                "UNIQUE constraint failed: person.id (line 2)",
                2,
                " INSERT INTO person VALUES (1, '');",
            ),
            (
                "INSERT INTO person VALUES (1, NULL)",
                "NOT NULL constraint failed: person.name",
                1,
                None,
            ),
            ("SELECT ?", "no value for ?; write :name for the value of a Python variable", 1, "?"),
            ("SELECT\n:x", "no value for :x (line 2)", 2, ":x"),
            ("SELECT load_extension('x')", "not authorized", 1, None),
            ("SELECT '\0'", "SQL cannot contain the character U+0000.", 1, "\0"),
            ("SELECT 1,\n'\ud83d'", "SQL cannot contain the character U+D83D.", 2, None),
            ("SELECT abs(-9223372036854775808)", "integer overflow", 1, None),
            ("DROP TABLE town; SELECT * FROM nowhere", "no such table: nowhere", 1, "nowhere"),
        )
        for source, message, line, marked in cases:
            with self.subTest(source):
                self.fails(source, message, line, marked=marked)

    def test_the_traceback_shows_the_line_of_sql(self):
        error = self.caught("SELECT 1;\n  SELECT * FORM t")
        text = tracebacks.describe(error, {"Cell 1": 1})["traceback"]
        self.assertIn('File "Cell 1", line 2, in <module>\n    SELECT * FORM t\n', text)
        self.assertTrue(text.endswith('\nSqlError: near "FORM": syntax error (line 2)\n'), text)


class TransactionTest(SqlTest):
    def setUp(self):
        super().setUp()
        self.run_cell("CREATE TABLE t (x); INSERT INTO t VALUES (1)", cell=9)

    def test_a_run_is_all_or_nothing(self):
        cases = (
            "INSERT INTO t VALUES (2); SELECT absent",
            "DELETE FROM t; CREATE TABLE u (x); SELECT absent",
            "DROP TABLE t; SELECT absent",
            "BEGIN; INSERT INTO t VALUES (2); COMMIT; SELECT absent",
            "BEGIN; INSERT INTO t VALUES (2); SELECT absent",
            "SAVEPOINT a; INSERT INTO t VALUES (2); RELEASE a; SELECT absent",
            "INSERT INTO t VALUES (2); BEGIN; ROLLBACK; SELECT absent",
            "CREATE UNIQUE INDEX one ON t (x); INSERT INTO t VALUES (5); INSERT OR ROLLBACK INTO t VALUES (1)",
        )
        for source in cases:
            with self.subTest(source):
                with self.assertRaises(SqlError):
                    self.run_cell(source)
                self.check("SELECT x FROM t", [(1,)], cell=2)
                self.check("SELECT name FROM sqlite_master", [("t",)], cell=2)

    def test_a_cell_may_say_begin_and_commit(self):
        cases = (
            ("BEGIN; INSERT INTO t VALUES (2); COMMIT; SELECT count(*) FROM t", 2),
            ("BEGIN TRANSACTION; DELETE FROM t; END TRANSACTION; SELECT count(*) FROM t", 0),
            ("INSERT INTO t VALUES (2); BEGIN; DELETE FROM t; ROLLBACK; SELECT count(*) FROM t", 2),
            ("BEGIN IMMEDIATE; INSERT INTO t VALUES (2); SELECT count(*) FROM t", 2),
            ("begin; savepoint a; delete from t; rollback to a; commit; select count(*) from t", 1),
            (
                "SAVEPOINT a; DELETE FROM t; ROLLBACK TRANSACTION TO SAVEPOINT a; SELECT count(*) FROM t",
                1,
            ),
            ("BEGIN; DROP TABLE t; COMMIT; SELECT count(*) FROM sqlite_master", 0),
        )
        for source, count in cases:
            with self.subTest(source):
                self.check(source, [(count,)])
                sql.forget(9)
                self.run_cell("CREATE TABLE t (x); INSERT INTO t VALUES (1)", cell=9)

    def test_a_transaction_that_is_none_is_an_error(self):
        cases = (
            ("BEGIN; BEGIN", "cannot start a transaction within a transaction"),
            ("COMMIT", "cannot commit - no transaction is active"),
            ("BEGIN; END; END", "cannot commit - no transaction is active"),
            ("ROLLBACK", "cannot rollback - no transaction is active"),
            ("BEGIN FOO", 'near "FOO": syntax error'),
            ("BEGIN; VACUUM", "cannot VACUUM from within a transaction"),
        )
        for source, message in cases:
            with self.subTest(source):
                self.fails(source, message)
        self.check("BEGIN; COMMIT; SELECT 1", [(1,)])

    def test_foreign_keys_can_be_switched_on_anywhere(self):
        make = "CREATE TABLE a (id INTEGER PRIMARY KEY); CREATE TABLE b (a REFERENCES a DEFERRABLE INITIALLY DEFERRED);"
        self.run_cell(
            f"{make} PRAGMA foreign_keys = ON; INSERT INTO a VALUES (1); INSERT INTO b VALUES (1)",
            cell=2,
        )
        self.check("PRAGMA foreign_keys", [(1,)])
        self.fails(
            "INSERT INTO b VALUES (7);\nSELECT 1", "FOREIGN KEY constraint failed (line 2)", line=2
        )
        # The rows of b do not hold the tables of the cell.
        self.run_cell(make, cell=2)
        self.check("PRAGMA foreign_keys", [(1,)])

    def test_vacuum_works(self):
        self.check("INSERT INTO t VALUES (2); VACUUM; SELECT count(*) FROM t", [(2,)])


class AgainTest(SqlTest):
    def test_a_cell_can_run_again(self):
        cases = (
            "CREATE TABLE t (x); INSERT INTO t VALUES (1); SELECT count(*) FROM t",
            "CREATE TEMP TABLE t (x); INSERT INTO t VALUES (1); SELECT count(*) FROM t",
            "CREATE TABLE IF NOT EXISTS t (x); INSERT INTO t VALUES (1); SELECT count(*) FROM t",
            "CREATE TABLE t AS SELECT 1 AS x; CREATE VIEW v AS SELECT * FROM t; SELECT count(*) FROM v",
            "CREATE VIEW v AS SELECT * FROM w; CREATE VIEW w AS SELECT 1; SELECT * FROM v",
            "CREATE TABLE t (x); ALTER TABLE t RENAME TO u; INSERT INTO u VALUES (1); SELECT count(*) FROM u",
            'CREATE TABLE [odd " name] (x); SELECT 1',
            "CREATE TABLE t (x); DROP TABLE t; CREATE TABLE t (y); INSERT INTO t (y) VALUES (1); SELECT y FROM t",
            "CREATE TABLE t (id INTEGER PRIMARY KEY AUTOINCREMENT); INSERT INTO t VALUES (NULL); SELECT id FROM t",
            "ATTACH ':memory:' AS other; CREATE TABLE other.t (x); INSERT INTO other.t VALUES (1); SELECT count(*) FROM other.t",
            "CREATE VIRTUAL TABLE words USING fts5(word); INSERT INTO words VALUES ('a b'); SELECT count(*) FROM words('a')",
        )
        for source in cases:
            with self.subTest(source):
                sql.close()
                for _ in range(3):
                    self.check(source, [(1,)])
                sql.forget(1)
                self.check(
                    "SELECT count(*) FROM sqlite_master WHERE name NOT LIKE 'sqlite_%'",
                    [(0,)],
                    cell=2,
                )
                self.check("SELECT count(*) FROM sqlite_temp_master", [(0,)], cell=2)
                self.check(
                    "SELECT count(*) FROM pragma_database_list WHERE seq > 1", [(0,)], cell=2
                )

    def test_indexes_and_triggers_of_other_cells_tables_go_too(self):
        self.run_cell("CREATE TABLE t (x)", cell=2)
        source = """CREATE INDEX i ON t (x);
            CREATE TRIGGER g AFTER INSERT ON t BEGIN SELECT 1; END; SELECT count(*) FROM sqlite_master"""
        for _ in range(2):
            self.check(source, [(3,)])
        sql.forget(1)
        self.check("SELECT name FROM sqlite_master", [("t",)])

    def test_a_failed_run_leaves_nothing_of_the_run_before(self):
        self.run_cell("CREATE TABLE t (x)")
        self.fails("CREATE TABLE t (x); SELECT y FROM t", "no such column: y")
        self.fails("SELECT * FROM t", "no such table: t", cell=2)

    def test_a_cell_that_makes_other_tables_drops_the_old(self):
        self.run_cell("CREATE TABLE a (x)")
        self.run_cell("CREATE TABLE b (x)")
        self.check("SELECT name FROM sqlite_master", [("b",)], cell=2)

    def test_what_others_made_stays(self):
        self.run_cell("CREATE TABLE a (x)", cell=1)
        self.run_cell("CREATE TABLE IF NOT EXISTS a (x)", cell=2)
        self.run_cell("CREATE TABLE b (x)", cell=2)
        sql.forget(2)
        sql.forget(7)
        self.check("SELECT name FROM sqlite_master", [("a",)], cell=3)

    def test_what_was_rolled_back_was_not_made(self):
        self.run_cell(
            "BEGIN; CREATE TABLE t (x); ROLLBACK; SAVEPOINT a; CREATE TABLE u (x); ROLLBACK TO a"
        )
        self.run_cell("CREATE TABLE t (x); CREATE TABLE u (x)", cell=2)
        sql.forget(1)
        self.check("SELECT name FROM sqlite_master", [("t",), ("u",)], cell=3)

    def test_forgetting_needs_no_database(self):
        sql.forget(1)
        self.assertIsNone(sql._database)


class VariableTest(SqlTest):
    def test_variables_are_tables(self):
        rows = [("Ada", 36), ("Bob", 7)]
        cases = (
            ("dicts", PEOPLE, rows),
            ("a tuple of dicts", tuple(PEOPLE), rows),
            (
                "dicts that lack keys",
                [{"name": "Ada"}, {"age": 7, "name": "Bob"}],
                [("Ada", None), ("Bob", 7)],
            ),
            ("named tuples", [Person("Ada", 36), Person("Bob", 7)], rows),
            ("dataclasses", [Pupil("Ada", 1.5)], [("Ada", 1.5)]),
            ("a table", Table(["name", "age"], rows), rows),
            ("an empty table", Table(["name", "age"], []), []),
            ("a dict of lists", {"name": ["Ada", "Bob"], "age": (36, 7)}, rows),
            ("a dict of a range", {"n": range(2)}, [(0,), (1,)]),
            ("a dict of empty lists", {"name": [], "age": []}, []),
            ("mixed records", [{"name": "Ada", "age": 36}, Person("Bob", 7)], rows),
        )
        for name, value, expected in cases:
            with self.subTest(name):
                self.names["people"] = value
                self.check("SELECT * FROM people", expected, variables=["people"])

    def test_values_become_what_sqlite_has(self):
        utc = datetime.timezone.utc
        cases = (
            (True, 1),
            (None, None),
            (1.5, 1.5),
            (float("nan"), None),
            (float("inf"), float("inf")),
            ("ä", "ä"),
            (b"a", b"a"),
            (bytearray(b"a"), b"a"),
            (2**63 - 1, 2**63 - 1),
            (datetime.date(2026, 1, 2), "2026-01-02"),
            (datetime.datetime(2026, 1, 2, 3, 4), "2026-01-02 03:04:00"),
            (datetime.datetime(2026, 1, 2, tzinfo=utc), "2026-01-02 00:00:00+00:00"),
            (datetime.time(3, 4), "03:04:00"),
            (datetime.timedelta(hours=1), "1:00:00"),
            (decimal.Decimal("1.50"), 1.5),
            (decimal.Decimal("NaN"), None),
            (Size.BIG, "big"),
            (Colour.RED, "Colour.RED"),
            ([1, "ä"], '[1, "ä"]'),
            ({"a": None}, '{"a": null}'),
        )
        for value, expected in cases:
            with self.subTest(value):
                self.names["data"] = [{"x": value}]
                self.check("SELECT x FROM data", [(expected,)], variables=["data"])

    def test_columns_have_types_where_their_values_agree(self):
        self.names["data"] = {
            "i": [1, None, True],
            "r": [1, 2.5, None],
            "t": ["a", None, "b"],
            "b": [b"", b"", None],
            "mixed": [1, "a", None],
            "empty": [None] * 3,
        }
        self.check(
            "SELECT name, type FROM pragma_table_info('data')",
            [
                ("i", "INTEGER"),
                ("r", "REAL"),
                ("t", "TEXT"),
                ("b", "BLOB"),
                ("mixed", ""),
                ("empty", ""),
            ],
            variables=["data"],
        )
        self.check(
            "SELECT count(*) FROM data WHERE i = '1' AND t >= 'a'", [(2,)], variables=["data"]
        )

    def test_odd_column_names(self):
        cases = (
            ([{"Name": 1, "name": 2}], ["Name", "name_2"]),
            ([{1: "a", ("x", "y"): 2}], ["1", "('x', 'y')"]),
            ([{'say "hi"': 1, "select": 2, "": 3}], ['say "hi"', "select", ""]),
            (Table(["a", "a"], []), ["a", "a_2"]),
        )
        for value, columns in cases:
            with self.subTest(columns):
                self.names["data"] = value
                self.assertEqual(
                    self.run_cell("SELECT * FROM data", variables=["data"]).columns, tuple(columns)
                )

    def test_what_is_no_table_is_told(self):
        ask = "SQL can read data frames and lists of records."
        cases = (
            (5, f"`people` is an int; {ask}"),
            ("text", f"`people` is a str; {ask}"),
            (Person("Ada", 36), f"`people` is a Person; {ask}"),
            ([1, 2], f"`people` is a list of int; {ask}"),
            ([{"a": 1}, 2], f"`people` is a list of dict, and its item 1 is an int; {ask}"),
            ([(1, 2)], f"`people` is a list of tuple; {ask}"),
            ([Pupil], f"`people` is a list of type; {ask}"),
            ([], "`people` is empty, so its columns are not known to SQL."),
            ({}, "`people` has no columns, so SQL cannot read it as a table."),
            ([{}], "`people` has no columns, so SQL cannot read it as a table."),
            ({"a": 1}, f"`people` is a dict, but not one of lists; {ask}"),
            ({"a": "xyz"}, f"`people` is a dict, but not one of lists; {ask}"),
            ({"a": [1], "b": [1, 2]}, "The lists in `people` are not equally long (a: 1, b: 2)."),
            (
                [{"a": 2**63}],
                "`people` cannot be a table: a whole number is too large for SQL, whose whole numbers have 64 bits.",
            ),
        )
        for value, message in cases:
            with self.subTest(message):
                self.names["people"] = value
                self.fails(
                    "SELECT 1;\nSELECT * FROM people",
                    message,
                    line=2,
                    marked="people",
                    variables=["people"],
                )

    def test_a_variable_that_is_not_there_is_told(self):
        self.names.update(people=PEOPLE, number=5, Number=6)
        cases = (
            (
                "SELECT * FROM peple",
                ["peple"],
                "no such table or variable: peple. Did you mean people?",
            ),
            (
                "SELECT * FROM PEOPLE",
                ["PEOPLE"],
                "no such table or variable: PEOPLE. Did you mean people?",
            ),
            ("SELECT * FROM numbr", ["numbr"], "no such table or variable: numbr"),
        )
        for source, variables, message in cases:
            with self.subTest(source):
                self.fails(source, message, variables=variables)

    def test_a_name_that_is_a_table_after_all_needs_no_variable(self):
        self.names["t"] = 5
        self.check(
            "CREATE TABLE t (x); SELECT * FROM t", [], variables=["t", "sqlite_master", "json_each"]
        )

    def test_case_does_not_matter(self):
        self.names["People"] = PEOPLE
        self.check("SELECT Name FROM people WHERE AGE < 10", [("Bob",)], variables=["People"])
        self.check("SELECT count(*) FROM people", [(2,)], variables=["people", "People"])
        self.names["people"] = PEOPLE
        self.fails(
            "SELECT *\nFROM people",
            "`People` and `people` differ only in case; SQL cannot tell them apart.",
            line=2,
            variables=["People", "people"],
        )

    def test_names_in_python_are_those_that_python_makes_of_them(self):
        # CPython reads the ligature of f and i as two letters (NFKC); SQLite keeps it.
        self.names.update({"fish": PEOPLE, "five": 5})
        self.check(
            "SELECT name, :\ufb01ve FROM \ufb01sh WHERE age < 10",
            [("Bob", 5)],
            variables=["\ufb01sh"],
            parameters=["\ufb01ve"],
        )
        self.run_cell("CREATE TABLE \ufb01n AS SELECT 1 AS x", tables=["\ufb01n"])
        self.assertEqual(list(self.names["fin"]), [{"x": 1}])
        self.check("SELECT x FROM \ufb01n", [(1,)], cell=2, variables=["\ufb01n"])

    def test_variables_are_read_anew_and_gone_afterwards(self):
        self.names["people"] = list(PEOPLE)
        self.check("SELECT count(*) FROM people", [(2,)], variables=["people"])
        self.names["people"].append({"name": "Cyd", "age": 1})
        self.check("SELECT count(*) FROM people", [(3,)], variables=["people"])
        self.fails("SELECT * FROM people", "no such table: people. Did you mean people?", cell=2)
        self.fails("SELECT height FROM people", "no such column: height", variables=["people"])
        self.check("SELECT count(*) FROM sqlite_temp_master", [(0,)], cell=2)

    def test_a_variable_hides_a_table(self):
        self.run_cell("CREATE TABLE people (x)", cell=2)
        self.names["people"] = PEOPLE
        self.check("SELECT count(*) FROM people", [(2,)], variables=["people"])
        self.check("SELECT count(*) FROM main.people", [(0,)], variables=["people"])

    def test_variables_can_be_joined_indexed_and_copied(self):
        self.names.update(people=PEOPLE, towns=[{"who": "Ada", "town": "Bonn"}])
        task = {"variables": ["people", "towns"]}
        source = """CREATE INDEX fast ON people (name);
            CREATE TABLE both AS SELECT * FROM people JOIN towns ON who = name;
            SELECT age, town FROM both"""
        for _ in range(2):
            self.check(source, [(36, "Bonn")], **task)
        self.check("SELECT town FROM both", [("Bonn",)], cell=2)

    def test_variables_cannot_be_changed(self):
        self.names["people"] = PEOPLE
        message = "`people` is a Python variable, which SQL can read but not change."
        for source in (
            "INSERT INTO people VALUES ('x', 1)",
            "UPDATE people SET age = 1",
            "DELETE FROM People",
            "DROP TABLE people",
            "ALTER TABLE people ADD COLUMN x",
            "WITH old AS (SELECT name FROM people) DELETE FROM people WHERE name IN old",
        ):
            with self.subTest(source):
                self.fails(source, message, variables=["people"])

    def test_a_cell_may_forbid_changes_for_its_run(self):
        self.names["people"] = PEOPLE
        for _ in range(2):
            self.check(
                "PRAGMA query_only = ON; SELECT count(*) FROM people", [(2,)], variables=["people"]
            )
        message = "attempt to write a readonly database (line 2)"
        self.fails("PRAGMA query_only = ON;\nCREATE TABLE t (x)", message, line=2)

    def test_views_of_variables_are_refused(self):
        self.names["people"] = PEOPLE
        message = (
            "`people` is a Python variable and a table only while this cell runs, so a view cannot "
            "read it. Make a table: CREATE TABLE ... AS SELECT ..."
        )
        for source in (
            "CREATE VIEW adults AS SELECT * FROM people",
            "CREATE TEMP VIEW adults AS SELECT * FROM People WHERE age > 18",
        ):
            with self.subTest(source):
                self.fails(source, message, variables=["people"])
        self.check("SELECT count(*) FROM sqlite_master", [(0,)])


class ParameterTest(SqlTest):
    def test_parameters_are_variables(self):
        cases = (
            (3, 3, "integer"),
            (True, 1, "integer"),
            (1.5, 1.5, "real"),
            ("it's", "it's", "text"),
            (b"\0", b"\0", "blob"),
            (None, None, "null"),
            (float("nan"), None, "null"),
            (datetime.date(2026, 1, 2), "2026-01-02", "text"),
            (datetime.datetime(2026, 1, 2, 3, 4, 5), "2026-01-02 03:04:05", "text"),
            (decimal.Decimal("2.5"), 2.5, "real"),
            (Size.BIG, "big", "text"),
        )
        for value, expected, kind in cases:
            with self.subTest(value):
                self.names["x"] = value
                self.check("SELECT :x, typeof(:x)", [(expected, kind)], parameters=["x"])
        self.names["x"] = 2
        self.check("SELECT $x + @x + :x", [(6,)], parameters=["x"])
        self.check("SELECT 1; SELECT ':x'", [(":x",)], parameters=["x"])

    def test_wrong_parameters_are_told(self):
        self.names.update(ages=[1, 2], big=2**63, f=len)
        what = "a parameter is a number, a text, a date, bytes or None."
        cases = (
            ("ages", SqlError, f"`ages` is a list; {what}"),
            ("f", SqlError, f"`f` is a builtin_function_or_method; {what}"),
            ("big", SqlError, "`big` is too large for SQL, whose whole numbers have 64 bits."),
            ("nope", NameError, "name 'nope' is not defined, so the parameter :nope has no value"),
        )
        for name, kind, message in cases:
            with self.subTest(name):
                source = f"CREATE TABLE t (x);\nINSERT INTO t VALUES (:{name})"
                self.fails(source, message, line=2, kind=kind, marked=f":{name}", parameters=[name])
                self.check("SELECT count(*) FROM sqlite_master", [(0,)])


class FileTest(SqlTest):
    def setUp(self):
        super().setUp()
        self.in_folder()
        school = sqlite3.connect("school.db")
        school.executescript("CREATE TABLE pupils (name); INSERT INTO pupils VALUES ('Ada');")
        school.close()

    def test_a_database_file_can_be_attached_and_changed(self):
        for attach in (
            "ATTACH 'school.db' AS school",
            'attach database "school.db" as school',
            "ATTACH :path AS school",
        ):
            with self.subTest(attach):
                self.names["path"] = "school.db"
                task = {"parameters": ["path"], "variables": ["pupils"]}
                for _ in range(2):
                    self.check(f"{attach}; SELECT name FROM school.pupils", [("Ada",)], **task)
                self.check("SELECT name FROM pupils", [("Ada",)], cell=2)
                sql.forget(1)
                self.fails("SELECT name FROM school.pupils", "no such table: school.pupils", cell=2)
        self.run_cell("ATTACH 'school.db' AS school")
        self.run_cell("INSERT INTO pupils VALUES ('Bob')", cell=2)
        self.fails("INSERT INTO pupils VALUES ('Cyd'); SELECT x", "no such column: x", cell=2)
        self.assertEqual(self.in_file("SELECT name FROM pupils"), [("Ada",), ("Bob",)])

    def in_file(self, query):
        school = sqlite3.connect("school.db")
        try:
            return school.execute(query).fetchall()
        finally:
            school.close()

    def test_tables_made_in_a_file_are_made_anew_but_not_forgotten(self):
        source = "ATTACH 'school.db' AS school; CREATE TABLE school.marks (x); SELECT count(*) FROM marks"
        for _ in range(2):
            self.check(source, [(0,)])
        sql.forget(1)
        self.assertEqual(self.in_file("SELECT name FROM sqlite_master"), [("pupils",), ("marks",)])
        # The file was detached, so it can be attached again; its table is there now.
        self.fails(source, "table marks already exists")
        self.check("SELECT name FROM pragma_database_list WHERE seq > 1", [])

    def test_detach_works_after_use(self):
        source = "ATTACH 'school.db' AS s; SELECT * FROM s.pupils; DETACH s"
        for _ in range(2):
            self.check(source, [("Ada",)])

    def test_vacuum_into_writes_a_file(self):
        self.run_cell("CREATE TABLE t AS SELECT 1 AS x; VACUUM INTO 'copy.db'")
        self.check("ATTACH 'copy.db' AS copy; SELECT x FROM copy.t", [(1,)], cell=2)

    def test_a_file_that_is_no_database_is_told(self):
        Path("notes.txt").write_text("not a database, but long enough to be read as one" * 20)
        self.names["number"] = 5
        needs = "ATTACH needs a file name: a text, or a parameter that is one."
        cases = (
            ("ATTACH 'scool.db' AS s", "no such file: scool.db. Did you mean school.db?"),
            ("ATTACH 'file:new.db?mode=rwc' AS s", "no such file: file:new.db?mode=rwc"),
            ("ATTACH 'a/b.db' AS s", "no such file: a/b.db"),
            ("ATTACH '.' AS s", "no such file: ."),
            ("ATTACH 'new' || '.db' AS s", needs),
            ("ATTACH :number AS s", needs),
            ("ATTACH 'notes.txt' AS s", "file is not a database"),
            ("ATTACH 'school.db'", "incomplete input"),
            ("ATTACH", "incomplete input"),
        )
        for source, message in cases:
            with self.subTest(source):
                self.fails(source, message, parameters=["number"])
        self.assertEqual(sorted(os.listdir()), ["notes.txt", "school.db"])

    def test_python_can_open_a_database(self):
        for _ in range(2):
            self.assertEqual(sql.open_database(Path("school.db")), "school")
        self.check("SELECT name FROM school.pupils", [("Ada",)])
        self.assertEqual(sql.open_database("school.db", "s"), "s")
        with self.assertRaisesRegex(
            FileNotFoundError, r"^no such file: scool.db. Did you mean school.db\?$"
        ):
            sql.open_database("scool.db")
        Path("my notes.txt").write_text("not a database, but long enough to be read as one" * 20)
        with self.assertRaisesRegex(SqlError, "my notes.txt: file is not a database"):
            sql.open_database("my notes.txt")


class CsvTest(SqlTest):
    def test_types_and_delimiters_are_guessed(self):
        cases = (
            ("a,b\n1,x\n2,y\n", ["a", "b"], [(1, "x"), (2, "y")]),
            ("a;b\n1,5;x\n2;y;\n"[:-2] + "\n", ["a", "b"], [(1.5, "x"), (2.0, "y")]),
            ("a\tb\n1\t2\n", ["a", "b"], [(1, 2)]),
            ("a|b\r\n1|2\r\n\r\n3|4", ["a", "b"], [(1, 2), (3, 4)]),
            ("\ufeffa,b\n1.5,-2\n,+3\n", ["a", "b"], [(1.5, -2), (None, 3)]),
            ("x\n007\n010\n", ["x"], [("007",), ("010",)]),
            ("x\n1\n2.\n.5\n1e3\n", ["x"], [(1.0,), (2.0,), (0.5,), (1000.0,)]),
            ("x\n1\nn/a\n", ["x"], [("1",), ("n/a",)]),
            ("x\n1234567890123456789012\n", ["x"], [("1234567890123456789012",)]),
            ("x\nnan\ninf\n", ["x"], [("nan",), ("inf",)]),
            ("x,y\n1,\n2,\n", ["x", "y"], [(1, None), (2, None)]),
            ('"a,b;;;",c\n"1\n2",3\n', ["a,b;;;", "c"], [("1\n2", 3)]),
            ("a,a,\n1,2,3\n", ["a", "a_2", "column_3"], [(1, 2, 3)]),
            ("a,b\n1\n", ["a", "b"], [(1, None)]),
            ("\n\na,b\n", ["a", "b"], []),
        )
        for text, columns, rows in cases:
            with self.subTest(text):
                self.read(text.encode(), columns, rows)
        self.read("stadt\nKöln\n".encode("cp1252"), ["stadt"], [("Köln",)])
        self.read("stadt\nKöln\n".encode("utf-16"), ["stadt"], [("Köln",)])

    def read(self, data, columns, rows):
        with tempfile.NamedTemporaryFile(suffix=".csv", delete=False) as file:
            file.write(data)
        self.addCleanup(os.unlink, file.name)
        self.assertEqual(sql.read_csv(file.name), Table(columns, rows))
        self.assertEqual(sql.read_csv(Path(file.name)), Table(columns, rows))

    def test_bad_files_are_told(self):
        self.in_folder()
        cases = (
            ("", "pupils.csv is empty."),
            ("a,b\n1,2\n1,2,3\n", "Line 3 of pupils.csv has 3 values, but the header has 2 names."),
        )
        for text, message in cases:
            with self.subTest(message):
                Path("pupils.csv").write_text(text)
                with self.assertRaises(ValueError) as caught:
                    sql.read_csv("pupils.csv")
                self.assertEqual(str(caught.exception), message)
        with self.assertRaises(FileNotFoundError):
            sql.read_csv("nothing.csv")

    def test_what_was_read_can_be_queried(self):
        self.in_folder()
        Path("pupils.csv").write_text("name,age\nAda,36\nBob,7\n")
        self.names["pupils"] = sql.read_csv("pupils.csv")
        self.check("SELECT name FROM pupils WHERE age < 10", [("Bob",)], variables=["pupils"])


class TableTest(unittest.TestCase):
    TABLE = Table(["name", "age"], [("Ada", 36), ("Bob", None), ["<C>", 1.5]])

    def test_it_is_a_sequence_of_dicts(self):
        table = self.TABLE
        self.assertEqual(len(table), 3)
        self.assertEqual(next(iter(table)), {"name": "Ada", "age": 36})
        self.assertEqual(table[-1], {"name": "<C>", "age": 1.5})
        self.assertEqual(table["age"], [36, None, 1.5])
        self.assertEqual(table[1:], Table(["name", "age"], [("Bob", None), ("<C>", 1.5)]))
        self.assertEqual(table.columns, ("name", "age"))
        self.assertEqual(table.rows, [("Ada", 36), ("Bob", None), ("<C>", 1.5)])
        self.assertEqual(hash(table), hash(table[:]))
        self.assertNotEqual(table, table[1:])
        self.assertNotEqual(table, [])
        with self.assertRaisesRegex(KeyError, r"no column nme. Did you mean name\?"):
            table["nme"]
        with self.assertRaisesRegex(IndexError, "^there is no row 3: the table has 3 rows$"):
            table[3]

    def test_it_does_not_change(self):
        self.TABLE.rows.clear()
        self.assertEqual(len(self.TABLE), 3)
        for change in (
            "table[0] = 1",
            "table.rows = []",
            "table.columns = ()",
            "table.x = 1",
            "del table[0]",
        ):
            with self.subTest(change), self.assertRaises((TypeError, AttributeError)):
                exec(change, {"table": self.TABLE})

    def test_it_can_be_copied(self):
        for copied in (copy.deepcopy(self.TABLE), pickle.loads(pickle.dumps(self.TABLE))):
            self.assertEqual(copied, self.TABLE)

    def test_it_is_text(self):
        cases = (
            (self.TABLE, "name   age\n----  ----\nAda     36\nBob   NULL\n<C>    1.5"),
            (Table(["a"], []), "a\n-\n(no rows)"),
            (
                Table(["x"], [(0.1 + 0.2,), (2.0,), (1e300,), (float("-inf"),), (True,)]),
                "     x\n------\n   0.3\n   2.0\n1e+300\n  -inf\n  True",
            ),
            (
                Table(["x", "y"], [("a\nb\tc", b"123"), (None, b"1")]),
                "x      y\n-----  -------\na⏎b c  3 bytes\nNULL   1 byte",
            ),
            (Table(["x"], [("a" * 100,)]), "x\n" + "-" * 60 + "\n" + "a" * 59 + "…"),
        )
        for value, text in cases:
            with self.subTest(text):
                self.assertEqual(repr(value), text)

    def test_it_is_a_grid(self):
        self.assertEqual(
            self.TABLE[1:]._repr_html_(),
            '<table class="dataframe"><thead><tr><th>name</th><th>age</th></tr></thead><tbody>'
            '<tr><td align="left">Bob</td><td align="left"><em>NULL</em></td></tr>'
            '<tr><td align="left">&lt;C&gt;</td><td align="right">1.5</td></tr></tbody></table>',
        )
        self.assertIn("<th>&lt;b&gt;&amp;</th>", Table(["<b>&"], [])._repr_html_())
        self.assertIn("<p>(no rows)</p>", Table(["a"], [])._repr_html_())
        self.assertIn("a" * 500 + "…<", Table(["a"], [("a" * 1000,)])._repr_html_())

    def test_it_shows_two_hundred_rows(self):
        for count, rest in (
            (200, None),
            (201, "… and 1 more row"),
            (3000, "… and 2,800 more rows"),
        ):
            with self.subTest(count):
                table = Table(["i"], [(number,) for number in range(count)])
                self.assertEqual(table._repr_html_().count("<tr>"), 201)
                self.assertEqual(len(repr(table).splitlines()), 202 + bool(rest))
                self.assertEqual(repr(table).splitlines()[-1], rest or "199")
                self.assertIn(f"<p>{rest}</p>" if rest else "</table>", table._repr_html_())


@unittest.skipIf(numpy is None, "numpy is not installed")
class NumpyTest(SqlTest):
    def test_scalars_become_pythons(self):
        cases = (
            (lambda: numpy.int64(3), 3),
            (lambda: numpy.float32(1.5), 1.5),
            (lambda: numpy.bool_(True), 1),
            (lambda: numpy.str_("a"), "a"),
            (lambda: numpy.float64("nan"), None),
            (lambda: numpy.bytes_(b"a"), b"a"),
            (lambda: numpy.datetime64("2026-01-02"), "2026-01-02"),
            (lambda: numpy.datetime64("2026-01-02T03:04:05", "ns"), "2026-01-02 03:04:05"),
            (lambda: numpy.datetime64("NaT"), None),
            (lambda: numpy.timedelta64(3600, "s"), "1:00:00"),
        )
        for make, expected in cases:
            with self.subTest(expected):
                self.names.update(x=make(), data=[{"x": make()}])
                self.check("SELECT :x", [(expected,)], parameters=["x"])
                self.check("SELECT x FROM data", [(expected,)], variables=["data"])

    def test_arrays_are_columns_but_no_parameters(self):
        self.names["data"] = {
            "x": numpy.array([1, 2]),
            "y": numpy.array(["2026-01-02", "NaT"], "datetime64[ns]"),
        }
        self.check(
            "SELECT * FROM data", [(1, "2026-01-02 00:00:00"), (2, None)], variables=["data"]
        )
        self.names["x"] = numpy.array([1, 2])
        self.fails(
            "SELECT :x",
            "`x` is a ndarray; a parameter is a number, a text, a date, bytes or None.",
            parameters=["x"],
        )
        self.names["data"] = numpy.array([1, 2])
        self.fails(
            "SELECT * FROM data",
            "`data` is a ndarray; SQL can read data frames and lists of records.",
            variables=["data"],
        )


@unittest.skipIf(pandas is None, "pandas is not installed")
class PandasTest(SqlTest):
    def setUp(self):
        super().setUp()
        sys.modules["pandas"] = pandas

    def check_frame(self, frame, rows, columns=None, query="SELECT * FROM data"):
        """SQL reads these rows from the frame."""
        self.names["data"] = frame
        found = self.run_cell(query, variables=["data"])
        self.assertIsInstance(found, pandas.DataFrame)
        sys.modules["pandas"] = pandas
        plain = [
            tuple(None if pandas.isna(value) else value for value in row)
            for row in found.itertuples(index=False, name=None)
        ]
        self.assertEqual(plain, rows)
        if columns is not None:
            self.assertEqual(list(found.columns), columns)

    def test_frames_are_tables(self):
        frame = pandas.DataFrame
        ada = frame({"name": ["Ada", None], "age": [36, 7]})
        when = pandas.to_datetime(pandas.Series(["2026-01-02 03:04", None]))
        cases = (
            (ada, [("Ada", 36), (None, 7)], ["name", "age"]),
            (frame({"b": [True, False]}), [(1,), (0,)], ["b"]),
            (frame({"x": [1.5, float("nan")]}), [(1.5,), (None,)], ["x"]),
            (frame({"d": when}), [("2026-01-02 03:04:00",), (None,)], ["d"]),
            (frame({"i": pandas.array([1, None], dtype="Int64")}), [(1,), (None,)], ["i"]),
            (frame({"c": pandas.Categorical(["a", "b"])}), [("a",), ("b",)], ["c"]),
            (
                frame({"o": [decimal.Decimal("1.5"), datetime.date(2026, 1, 2)]}, dtype=object),
                [(1.5,), ("2026-01-02",)],
                ["o"],
            ),
            (frame([[1, 2]], columns=["a", "a"]), [(1, 2)], ["a", "a_2"]),
            (frame([[1, 2]]), [(1, 2)], ["0", "1"]),
            (frame({"x": [1]}, index=pandas.Index([9], name="id")), [(9, 1)], ["id", "x"]),
            (frame({"x": [1]}, index=[9]), [(1,)], ["x"]),
            (frame({"x": [1]}, index=pandas.Index([9], name="x")), [(9, 1)], ["x", "x_2"]),
            (
                frame({"k": ["a", "a"], "l": [1, 2], "x": [3, 4]}).groupby(["k", "l"]).sum(),
                [("a", 1, 3), ("a", 2, 4)],
                ["k", "l", "x"],
            ),
            (frame({"x": []}), [], ["x"]),
            (frame({"x": numpy.array([2**62], dtype="uint64")}), [(2**62,)], ["x"]),
        )
        for value, rows, columns in cases:
            with self.subTest(columns=columns, rows=rows):
                self.check_frame(value, rows, columns)

    def test_frames_without_columns_and_series_are_told(self):
        cases = (
            (pandas.DataFrame(), "`data` has no columns, so SQL cannot read it as a table."),
            (
                pandas.Series([1]),
                "`data` is a Series; SQL can read data frames and lists of records.",
            ),
            (
                pandas.DataFrame({"x": numpy.array([2**63], dtype="uint64")}),
                "`data` cannot be a table: a whole number is too large for SQL, whose whole numbers have 64 bits.",
            ),
        )
        for value, message in cases:
            with self.subTest(message):
                self.names["data"] = value
                self.fails("SELECT * FROM data", message, variables=["data"])

    def test_missing_values_are_parameters(self):
        for value, expected in (
            (pandas.NaT, None),
            (pandas.NA, None),
            (pandas.Timestamp("2026-01-02"), "2026-01-02 00:00:00"),
        ):
            with self.subTest(value):
                self.names["x"] = value
                found = self.run_cell("SELECT :x IS NULL AS missing, :x AS x", parameters=["x"])
                self.assertEqual(found["missing"][0], expected is None)
                self.assertEqual(found["x"][0], expected)

    def test_results_are_frames_where_pandas_is_in_use(self):
        found = self.run_cell(
            "SELECT 1 AS i, 'a' AS t, 1.5 AS r UNION ALL SELECT 2, 'b', NULL", pandas=False
        )
        self.assertEqual([dtype.kind for dtype in found.dtypes][::2], ["i", "f"])
        self.assertEqual(list(self.run_cell("SELECT 1 AS x WHERE 0").columns), ["x"])
        sys.modules["pandas"] = None
        self.assertIsInstance(self.run_cell("SELECT 1", pandas=True), Table)
        self.assertIsInstance(self.run_cell("SELECT 1", pandas=False), Table)


class ModuleTest(unittest.TestCase):
    def test_guesses_are_folded(self):
        self.assertEqual(table.did_you_mean("NAME", ["Name", "age"]), ". Did you mean Name?")
        self.assertEqual(table.did_you_mean("xyz", ["Name", "age"]), "")


if __name__ == "__main__":
    unittest.main()
