"""What is shown as a grid, and what the page gets to see of it."""

import base64
import csv
import dataclasses
import datetime
import decimal
import io
import json
import sys
import unittest
from importlib.util import find_spec
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from rivulet_kernel import grid_columns, grids, inspector, values  # noqa: E402
from rivulet_kernel.table import Table  # noqa: E402

VIEW = {"sort": None, "search": "", "filters": []}


@dataclasses.dataclass
class Pupil:
    name: str
    grade: float


def told(value):
    form = values.bundle_of(value).get(grids.MIME)
    return form and json.loads(form)


def asked(ask, table, **more):
    """The answer of the kernel; what is answered in several turns is asked for again, as the page does."""
    while True:
        answer = json.loads(inspector.ask(json.dumps({"ask": ask, "table": table} | more)))
        if answer != {"answer": "later"}:
            return answer


def rows(table, first=0, count=100, first_column=0, **view):
    return asked("rows", table, view=VIEW | view, first=first, count=count, first_column=first_column)


def only(column, **only):
    return [{"column": column, "only": only}]


def exported(table, format="csv", names=True, last_column=99, count=10**6, **view):
    parts, at = [], 0
    while at is not None:
        more = {"format": format, "first": 0, "count": count, "first_column": 0, "last_column": last_column}
        answer = asked("export", table, view=VIEW | view, names=names, at=at, **more)
        if answer["answer"] == "no_rows":
            return answer
        parts.append(answer["text"])
        at = answer["next"]
    return "".join(parts) if format in ("csv", "tsv") else b"".join(map(base64.b64decode, parts))


class GridsTest(unittest.TestCase):
    def test_tables_are_grids_and_other_values_are_not(self):
        for value, names in (
            (Table(["a", "b"], [(1, None)]), ["a", "b"]),
            ([{"a": 1}, {"a": 2}], ["a"]),
            ([Pupil("Ada", 1.0)], ["name", "grade"]),
        ):
            self.assertEqual([column["name"] for column in told(value)["columns"]], names, value)
        others = [], [1], [{}], [{"a": 1}, {"b": 1}], [{1: 2}], [{"a": 1}, 2], {"a": [1]}, [Pupil("A", 1.0), 2], Table(["a"], [])
        for value in others:
            self.assertIsNone(told(value), value)

    def test_cells_are_exact_and_what_is_missing_is_no_text(self):
        values = [2**63 + 1, 0.1, decimal.Decimal("1.10"), datetime.date(2024, 2, 29), "NaN", float("nan"), None, True, [1, "x"]]
        for none, table in (("NULL", Table(["v"], [(value,) for value in values])), ("None", [{"v": value} for value in values])):
            head = told(table)
            self.assertEqual(head["head"][0], ["9223372036854775809", "0.1", "1.10", "2024-02-29", "NaN", ["NaN"], [none], "True", "[1, 'x']"])
            column = asked("column", head["id"], column=0)
            self.assertEqual(column["missing"], 2)
            self.assertEqual(sorted(column["facts"]), sorted([["distinct", "7"], ["missing (NaN)", "1"], [f"missing ({none})", "1"]]))

    def test_rows_are_sorted_stably_with_what_is_missing_last_and_searched(self):
        table = told(Table(["n", "t"], [(3, "c"), (None, "x"), (1, "Ähre"), (3, "a"), (2, None)]))["id"]
        seen = lambda **view: rows(table, **view)["columns"]  # noqa: E731
        self.assertEqual(seen(sort=[0, False])[1], ["Ähre", ["NULL"], "c", "a", "x"])
        self.assertEqual(seen(sort=[0, True])[1], ["c", "a", ["NULL"], "Ähre", "x"])
        self.assertEqual(seen(search="äHR"), [["1"], ["Ähre"]])
        self.assertEqual(seen(search="null"), [[], []])
        self.assertEqual(seen(first=4, first_column=1), [[["NULL"]]])
        self.assertEqual(rows(table, search="3")["total"], 2)
        mixed = told([{"v": 2}, {"v": "10"}, {"v": (1,)}])["id"]
        self.assertEqual(rows(mixed, sort=[0, False])["columns"], [["(1,)", "10", "2"]])

    def test_many_rows_are_sorted_in_turns_and_a_view_that_changes_begins_anew(self):
        count = 60_000
        table = told([{"n": at * 7919 % count, "t": str(at % 3)} for at in range(count)])["id"]
        question = {"ask": "rows", "table": table, "view": VIEW | {"sort": [0, True]}, "first": 0, "count": 3, "first_column": 0}
        first = json.loads(inspector.ask(json.dumps(question)))
        self.assertIn(first["answer"], ("later", "rows"))
        self.assertEqual(rows(table, sort=[1, False], count=1)["columns"][1], ["0"])
        answer = rows(table, sort=[0, True], count=3, search="0", filters=only(1, by="values", values=["1"]))
        numbers = [int(one) for one in answer["columns"][0]]
        self.assertEqual(numbers, sorted(numbers, reverse=True))
        self.assertEqual(set(answer["columns"][1]), {"1"})

    def test_filters_are_exact_for_each_type(self):
        big = 9007199254740993
        days = [datetime.date(2024, 2, 28), datetime.date(2024, 2, 29), datetime.date(2024, 3, 1), None]
        records = [
            {"n": n, "x": x, "d": day, "t": t, "e": decimal.Decimal(e)}
            for n, x, day, t, e in zip([big, big - 1, 5, None], [0.1, 0.3, float("nan"), None], days, ["Ada", "Bob", None, "adam"], "1234")
        ]
        table = told(records)["id"]
        for column, filter, left in (
            (0, {"by": "between", "low": str(big), "high": ""}, [0]),
            (0, {"by": "between", "low": "", "high": "9,007,199,254,740,992"}, [1, 2]),
            (1, {"by": "between", "low": "0.1", "high": "0.1"}, [0]),
            (1, {"by": "missing"}, [2, 3]),
            (1, {"by": "present"}, [0, 1]),
            (2, {"by": "between", "low": "2024-02-29", "high": "2024-02-29"}, [1]),
            (2, {"by": "between", "low": "2024-02", "high": "2024-02"}, [0, 1]),
            (3, {"by": "contains", "text": "ADA"}, [0, 3]),
            (3, {"by": "values", "values": ["Bob", "None"]}, [1]),
            (4, {"by": "between", "low": "1.5", "high": "3"}, [1, 2]),
        ):
            answer = rows(table, filters=only(column, **filter))
            want = [[str(records[at]["e"])] for at in left]
            self.assertEqual([[one] for one in answer["columns"][4]], want, (column, filter))
        both = only(0, by="present") + only(3, by="contains", text="b")
        self.assertEqual(rows(table, filters=both)["columns"][3], ["Bob"])
        for filter, word in (({"by": "between", "low": "many", "high": ""}, "no number"), ({"by": "between", "low": "nan", "high": ""}, "missing")):
            self.assertIn(word, rows(table, filters=only(0, **filter))["why"])
        self.assertIn("no date", rows(table, filters=only(2, by="between", low="soon", high=""))["why"])
        self.assertIn("no such column", rows(table, filters=only(77, by="missing"))["why"])
        self.assertEqual(rows(table, filters=[{"column": 0}])["answer"], "no_rows")

    def test_columns_have_facts_and_bars(self):
        table = told([{"n": at % 100, "t": "ab"[at % 2], "d": datetime.date(2024, 1, 1 + at % 31)} for at in range(1000)])["id"]
        number = asked("column", table, column=0)
        self.assertEqual((sum(number["bars"]), len(number["bars"]), number["low"], number["high"]), (1000, grid_columns.BARS, "0", "99"))
        self.assertIn(["mean", "49.5"], number["facts"])
        text = asked("column", table, column=1)
        self.assertEqual((text["top"], text["bars"]), ([["a", 500], ["b", 500]], [500, 500]))
        day = asked("column", table, column=2)
        self.assertEqual((day["low"], day["high"], sum(day["bars"])), ("2024-01-01", "2024-01-31", 1000))
        many = told([{"t": f"{at}"} for at in range(grid_columns.MOST_DISTINCT + 5)])["id"]
        self.assertEqual(asked("column", many, column=0)["facts"], [["distinct", "more than 20,000"]])
        for value in (float("inf"), 10**400, 1j):
            self.assertEqual(asked("column", told([{"v": value}, {"v": value}])["id"], column=0)["bars"], [])

    def test_a_view_is_exported_whole_and_exactly(self):
        long = "x" * 5_000
        records = [{"n": 2**63 + at, "t": 'a "quoted", é\nline' if at else long, "v": None if at else [1] * 200} for at in range(3)]
        table = told(records)["id"]
        read = list(csv.reader(io.StringIO(exported(table, sort=[0, True]), newline="")))
        self.assertEqual(read[0], ["n", "t", "v"])
        self.assertEqual([row[0] for row in read[1:]], [str(2**63 + 2), str(2**63 + 1), str(2**63)])
        self.assertEqual(read[3][1:], [long, str([1] * 200)])
        self.assertEqual(read[1][1:], ['a "quoted", é\nline', ""])
        self.assertEqual(exported(table, "tsv", names=False, last_column=1, count=1), f"{2**63}\n")
        many = told([{"n": at} for at in range(100_000)])["id"]
        self.assertEqual(exported(many, names=False).split(), [str(at) for at in range(100_000)])
        self.assertIn("CSV only", exported(table, "xlsx")["why"])

    def test_heads_and_answers_are_bounded(self):
        wide = told([{f"c{at}": "x" * 1000 for at in range(3000)}] * 300)
        self.assertEqual((len(wide["columns"]), len(wide["head"]), wide["all_columns"]), (2000, 50, 3000))
        self.assertLessEqual(len(json.dumps(wide["head"])), grids.HEAD_BYTES + 100_000)
        self.assertEqual(len(wide["head"][0][0]), 200)
        answer = rows(wide["id"], count=10_000, first_column=1990)
        self.assertEqual((len(answer["columns"]), len(answer["columns"][0])), (10, grids.MOST_ROWS))

    def test_where_there_is_no_grid_the_first_rows_are_html(self):
        html = values.bundle_of([{"a<b": "<script>"}] * 300)["text/html"]
        self.assertEqual(html.count("<td>&lt;script&gt;</td>"), grids.HTML_ROWS)
        self.assertIn("<th>a&lt;b</th>", html)
        self.assertTrue(html.endswith("<p>300 rows and 1 columns</p>"), html[-60:])

    def test_only_the_newest_tables_are_kept(self):
        first = told([{"a": 1}])["id"]
        for _ in range(grids.MOST_KEPT):
            told([{"a": 1}])
        self.assertEqual(rows(first), {"answer": "no_rows", "why": ""})

    def test_a_text_that_is_none_of_unicode_is_shown(self):
        table = told([{"a": "\ud800"}])
        self.assertEqual(table["head"], [["?"]])
        self.assertEqual(exported(table["id"], names=False), "?\r\n")


@unittest.skipUnless(find_spec("pandas"), "pandas is not here")
class PandasTest(unittest.TestCase):
    def frame(self):
        import numpy
        import pandas

        stamps = pandas.to_datetime(["2024-02-29 01:00", None, "2024-03-01 00:00"]).tz_localize("Europe/Berlin")
        return pandas.DataFrame(
            {
                "n": [2**53 + 1, -(2**62) - 1, 7],
                "x": [0.1, numpy.nan, 0.2],
                "f": numpy.array([0.1, 2, 3], "float32"),
                "day": stamps,
                "group": pandas.Categorical(["b", None, "a"], ["b", "a"]),
                "maybe": pandas.array([1, None, 3], "Int64"),
                "text": ["NaN", None, "z"],
                "wait": pandas.to_timedelta(["1D", None, "2h"]),
            },
            index=pandas.Index([10, 20, 30], name="key"),
        )

    def test_cells_are_exact(self):
        head = told(self.frame())
        self.assertEqual([column["kind"] for column in head["columns"]], ["number"] * 4 + ["time", "category", "number", "text", "other"])
        self.assertEqual([column[0] for column in head["head"]], ["10", "9007199254740993", "0.1", "0.1", "2024-02-29 01:00:00+01:00", "b", "1", "NaN", "1 days 00:00:00"])
        self.assertEqual([column[1] for column in head["head"]][3:], ["2.0", ["NaT"], ["NaN"], ["NA"], [head["head"][7][1][0]], ["NaT"]])
        self.assertEqual(head["head"][1][1], "-4611686018427387905")

    def test_views_of_every_column_are_right(self):
        head = told(self.frame())
        for at, order in ((1, "20 30 10"), (2, "10 30 20"), (4, "10 30 20"), (5, "10 30 20"), (6, "10 30 20"), (7, "10 30 20"), (8, "30 10 20")):
            self.assertEqual(rows(head["id"], sort=[at, False])["columns"][0], order.split(), at)
        self.assertEqual(rows(head["id"], sort=[2, True], search="0.")["columns"][0], ["30", "10"])
        for filter, left in (
            (only(4, by="between", low="2024-02-29", high="2024-02-29"), ["10"]),
            (only(1, by="between", low=str(2**53 + 1), high=""), ["10"]),
            (only(3, by="between", low="0.1", high="0.1"), ["10"]),
            (only(5, by="values", values=["a"]), ["30"]),
            (only(6, by="missing"), ["20"]),
            (only(6, by="between", low="2", high=""), ["30"]),
        ):
            self.assertEqual(rows(head["id"], filters=filter)["columns"][0], left, filter)
        for at in range(len(head["columns"])):
            self.assertEqual(asked("column", head["id"], column=at)["missing"], int(at in (2, 4, 5, 6, 7, 8)), at)
        number = asked("column", head["id"], column=1)
        self.assertEqual((number["low"], number["high"]), ("-4611686018427387905", "9007199254740993"))

    def test_a_frame_that_changes_afterwards_is_shown_as_it_was(self):
        frame = self.frame()
        head = told(frame)
        frame.loc[10, "n"] = 1
        frame["n"] = 2
        self.assertEqual(rows(head["id"])["columns"][1][0], "9007199254740993")

    def test_files_of_pandas_are_read_again(self):
        import pandas

        frame = self.frame().drop(columns=["group"])
        head = told(frame)
        if "parquet" in head["formats"]:
            read = pandas.read_parquet(io.BytesIO(exported(head["id"], "parquet", sort=[1, False])))
            self.assertEqual(read.n.tolist(), sorted(frame.n))
        if "xlsx" in head["formats"]:
            read = pandas.read_excel(io.BytesIO(exported(head["id"], "xlsx")))
            self.assertEqual(read.key.tolist(), [10, 20, 30])
        self.assertEqual(exported(head["id"]).splitlines()[1].split(",")[:5], ["10", "9007199254740993", "0.1", "0.1", "2024-02-29 01:00:00+01:00"])

    def test_styled_frames_and_the_class_of_others_stay_html(self):
        import pandas

        class Own(pandas.DataFrame):
            def _repr_html_(self):
                return "<b>own</b>"

        self.assertIsNone(told(Own({"a": [1]})))
        self.assertIsNotNone(told(pandas.Series([1, 2], name="s")))
        self.assertIsNone(told(pandas.DataFrame({"a": []})))
        with pandas.option_context("display.notebook_repr_html", False):
            self.assertIsNone(told(pandas.DataFrame({"a": [1]})))

    def test_arrays_of_numpy_are_grids(self):
        import numpy

        head = told(numpy.array([[1, 2**63 - 1], [3, 4]]))
        self.assertEqual([column["name"] for column in head["columns"]], ["", "0", "1"])
        self.assertEqual(head["head"], [["0", "1"], ["1", "3"], ["9223372036854775807", "4"]])
        one = told(numpy.where(numpy.arange(30) == 3, numpy.nan, numpy.arange(30) / 10))
        self.assertEqual((one["head"][1][1], one["head"][1][3]), ("0.1", ["NaN"]))
        self.assertEqual(rows(one["id"], sort=[1, True])["columns"][0][-2:], ["0", "3"])
        self.assertEqual(rows(one["id"], filters=only(1, by="between", low="2.8", high=""))["columns"][0], ["28", "29"])
        fields = told(numpy.array([("a", 1.5)], [("name", "U5"), ("size", "f4")]))
        self.assertEqual(([column["name"] for column in fields["columns"]], fields["head"][1:]), (["", "name", "size"], [["a"], ["1.5"]]))
        times = told(numpy.array([["2024-02-29T01:02:03.000000001", "NaT"]], "M8[ns]"))
        self.assertEqual(times["head"][1:], [["2024-02-29 01:02:03.000000001"], [["NaT"]]])
        for array in (numpy.arange(3), numpy.zeros((2, 2, 2)), numpy.array(5), numpy.zeros((0, 3))):
            self.assertIsNone(told(array))

    @unittest.skipUnless(find_spec("polars") and find_spec("pyarrow"), "polars and pyarrow are not here")
    def test_frames_of_polars_and_tables_of_pyarrow_are_grids(self):
        import polars
        import pyarrow

        data = {"n": [2**53 + 1, None, 5], "t": ["b", "a", None]}
        for value in (polars.DataFrame(data), pyarrow.table(data)):
            head = told(value)
            self.assertEqual(head["head"], [["9007199254740993", ["null"], "5"], ["b", "a", ["null"]]])
            self.assertEqual([column["kind"] for column in head["columns"]], ["number", "text"])
            self.assertEqual(rows(head["id"], sort=[0, False])["columns"][0], ["5", "9007199254740993", ["null"]])
            self.assertEqual(rows(head["id"], filters=only(0, by="between", low="6", high=""))["total"], 1)
            self.assertEqual(exported(head["id"]).split(), ["n,t", "9007199254740993,b", ",a", "5,"])
            self.assertEqual(asked("column", head["id"], column=0)["missing"], 1)


if __name__ == "__main__":
    unittest.main()
