"""What is shown as a grid, and what the page gets to see of it."""

import dataclasses
import datetime
import decimal
import json
import sys
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from rivulet_kernel import grids, values  # noqa: E402
from rivulet_kernel.table import Table  # noqa: E402


@dataclasses.dataclass
class Pupil:
    name: str
    grade: float


def told(value):
    form = values.bundle_of(value).get(grids.MIME)
    return form and json.loads(form)


def asked(table, **more):
    question = {"table": table, "sort": None, "search": "", "first": 0, "count": 100, "first_column": 0}
    return grids.answer(question | more)


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
            cells = told(table)["head"][0]
            self.assertEqual(cells, ["9223372036854775809", "0.1", "1.10", "2024-02-29", "NaN", ["NaN"], [none], "True", "[1, 'x']"])
            self.assertEqual(told(table)["columns"][0]["missing"], 2)

    def test_rows_are_sorted_stably_with_what_is_missing_last_and_searched(self):
        rows = [(3, "c"), (None, "x"), (1, "Ähre"), (3, "a"), (2, None)]
        table = told(Table(["n", "t"], rows))["id"]
        seen = lambda **view: asked(table, **view)["columns"]  # noqa: E731
        self.assertEqual(seen(sort=[0, False])[1], ["Ähre", ["NULL"], "c", "a", "x"])
        self.assertEqual(seen(sort=[0, True])[1], ["c", "a", ["NULL"], "Ähre", "x"])
        self.assertEqual(seen(search="äHR"), [["1"], ["Ähre"]])
        self.assertEqual(seen(search="null"), [[], []])
        self.assertEqual(seen(first=4, first_column=1), [[["NULL"]]])
        self.assertEqual(asked(table, search="3")["total"], 2)
        mixed = told([{"v": 2}, {"v": "10"}, {"v": (1,)}])["id"]
        self.assertEqual(asked(mixed, sort=[0, False])["columns"], [["(1,)", "10", "2"]])

    def test_heads_and_answers_are_bounded(self):
        wide = told([{f"c{at}": "x" * 1000 for at in range(700)}] * 300)
        self.assertEqual((len(wide["columns"]), len(wide["head"]), wide["all_columns"]), (500, 50, 700))
        self.assertLessEqual(len(json.dumps(wide)), grids.HEAD_BYTES + 100_000)
        self.assertEqual(len(wide["head"][0][0]), grids.CELL_CHARS)
        answer = asked(wide["id"], count=10_000)
        self.assertEqual((len(answer["columns"]), len(answer["columns"][0])), (50, grids.MOST_ROWS))

    def test_only_the_newest_tables_are_kept(self):
        first = told([{"a": 1}])["id"]
        for _ in range(grids.MOST_KEPT):
            told([{"a": 1}])
        self.assertEqual(asked(first), {"answer": "no_rows", "slow": False})

    def test_a_text_that_is_none_of_unicode_is_shown(self):
        self.assertEqual(told([{"a": "\ud800"}])["head"], [["?"]])


if __name__ == "__main__":
    unittest.main()
