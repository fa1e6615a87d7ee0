"""What a cell may do, and what the page then hears."""

import json
import sys
import unittest
from pathlib import Path
from unittest.mock import patch

sys.path.insert(0, str(Path(__file__).parents[1]))

import rivulet_kernel  # noqa: E402
from rivulet_kernel import execute  # noqa: E402


class Page:
    """Stands for the page: keeps what was posted."""

    def __init__(self):
        self.posted = []
        self.runs = 0
        rivulet_kernel.start(lambda run, text, *buffers: self.posted.append((run, json.loads(text), buffers)))

    def run(self, source, cell=1, **more):
        """Runs a cell, and returns how it ended; what it did to names is in `names`."""
        self.runs += 1
        self.posted.clear()
        request = {
            "run": self.runs,
            "cell": cell,
            "label": f"Cell {cell}",
            "source": source,
            "failures": 0,
            **more,
        }
        # A cell may replace what it likes, this module's `loads` among it.
        loads = json.loads
        outcome = rivulet_kernel.run(json.dumps(request))
        if not isinstance(outcome, str):
            import asyncio

            loop = asyncio.new_event_loop()
            outcome = loop.run_until_complete(outcome)
            loop.close()
        self.names = loads(outcome)
        return self.names.pop("outcome")

    def outputs(self):
        assert all(run == self.runs for run, _, _ in self.posted)
        return [output for _, output, _ in self.posted]

    def text(self, stream="stdout"):
        return "".join(
            output["text"]
            for output in self.outputs()
            if output["kind"] in ("text", "tail") and output["stream"] == stream
        )

    def value(self):
        bundles = [output["bundle"] for output in self.outputs() if output["kind"] == "value"]
        return bundles[-1] if bundles else None


class CellTest(unittest.TestCase):
    def setUp(self):
        self.saved = sys.stdout, sys.stderr, sys.modules["__main__"]
        self.page = Page()

    def tearDown(self):
        sys.stdout, sys.stderr, sys.modules["__main__"] = self.saved

    def test_the_last_expression_is_the_value(self):
        self.assertEqual(self.page.run("x = 2\nx * 21"), {"result": "success"})
        self.assertEqual(self.page.value(), {"text/plain": {"text": "42"}})

    def test_a_semicolon_hides_the_value(self):
        self.page.run("1 + 1;  # quiet")
        self.assertIsNone(self.page.value())
        self.page.run("';'")
        self.assertEqual(self.page.value()["text/plain"]["text"], "';'")

    def test_none_shows_nothing(self):
        self.page.run("None")
        self.assertEqual(self.page.outputs(), [])

    def test_names_stay_between_cells_and_forgotten_ones_go(self):
        self.page.run("a, b = 1, 2")
        self.page.run("a + b", cell=2)
        self.assertEqual(self.page.value()["text/plain"]["text"], "3")
        rivulet_kernel.forget('["a", "not there"]')
        outcome = self.page.run("a", cell=2)
        self.assertEqual(outcome["name"], "NameError")

    def test_prints_are_batched_and_complete(self):
        self.page.run("for i in range(300): print(i)")
        self.assertEqual(self.page.text(), "".join(f"{i}\n" for i in range(300)))
        self.assertLess(len(self.page.posted), 100)

    def test_each_of_a_few_lines_is_shown_before_what_comes_next(self):
        self.page.run("import json\nprint(1)\nprint(2)\nprint(3)\nassert False")
        posted = [output["text"] for output in self.page.outputs()]
        self.assertEqual(posted, ["1\n", "2\n", "3\n"])

    def test_what_is_printed_last_is_shown_when_the_run_ends(self):
        self.page.run("import sys\nprint('a', end='')\nprint('b', file=sys.stderr)")
        self.assertEqual((self.page.text(), self.page.text("stderr")), ("a", "b\n"))

    def test_a_flood_of_prints_shows_its_two_ends(self):
        self.page.run("for i in range(100_000): print(i)")
        tail = [output for output in self.page.outputs() if output["kind"] == "tail"][-1]
        self.assertEqual(tail["hidden_lines"], 99_000)
        self.assertEqual(tail["text"].splitlines()[-1], "99999")
        first = [output["text"] for output in self.page.outputs() if output["kind"] == "text"]
        self.assertEqual(len("".join(first).splitlines()), 500)

    def test_a_line_without_end_is_cut(self):
        self.page.run("print('x' * 10_000_000)\nprint('after')")
        self.assertLess(len(self.page.text()), 20_000)
        self.assertTrue(self.page.text().endswith("after\n"))

    def test_a_run_cannot_put_out_without_limit(self):
        self.page.run("for i in range(40): display('x' * 60_000); print('y' * 16_000)")
        self.assertEqual(self.page.text("stderr"), "")
        self.page.run("class H:\n  def _repr_html_(self): return 'x' * 4_000_000\nfor _ in range(9): display(H())")
        total = sum(len(json.dumps(output)) for output in self.page.outputs())
        self.assertLess(total, 41_000_000)

    def test_bytes_can_be_written(self):
        self.page.run("import sys\nn = sys.stdout.buffer.write(b'h\\xc3\\xa9\\n')")
        self.assertEqual(self.page.text(), "hé\n")

    def test_an_error_tells_its_line_and_no_frame_of_ours(self):
        outcome = self.page.run("def f():\n    return 1 / 0\n\nf()", cell=7)
        self.assertEqual(outcome["name"], "ZeroDivisionError")
        self.assertEqual(outcome["message"], "division by zero")
        self.assertEqual(outcome["entries"], [{"cell": 7, "line": 4}, {"cell": 7, "line": 2}])
        self.assertIn('File "Cell 7", line 2, in f', outcome["traceback"])
        self.assertIn("return 1 / 0", outcome["traceback"])
        self.assertNotIn("rivulet_kernel", outcome["traceback"])
        self.assertNotIn("execute.py", outcome["traceback"])

    def test_an_error_in_another_cells_function_names_that_cell(self):
        self.page.run("def f(): raise ValueError('no')", cell=1)
        outcome = self.page.run("\nf()", cell=2)
        self.assertEqual(outcome["entries"], [{"cell": 2, "line": 2}, {"cell": 1, "line": 1}])

    def test_a_syntax_error_tells_its_line(self):
        outcome = self.page.run("x = 1\ny = = 2", cell=3)
        self.assertEqual(outcome["name"], "SyntaxError")
        self.assertEqual(outcome["entries"], [{"cell": 3, "line": 2}])
        self.assertNotIn("ast.py", outcome["traceback"])

    def test_causes_groups_and_notes_are_told(self):
        outcome = self.page.run(
            "try:\n    {}['k']\nexcept KeyError as e:\n    e.add_note('a note')\n"
            "    raise ExceptionGroup('several', [ValueError('one'), e]) from e"
        )
        self.assertEqual(outcome["name"], "ExceptionGroup")
        for part in ("a note", "ValueError: one", "direct cause"):
            self.assertIn(part, outcome["traceback"])

    def test_an_interrupt_is_an_error_of_the_cell(self):
        self.assertEqual(self.page.run("raise KeyboardInterrupt")["name"], "KeyboardInterrupt")

    def test_endless_recursion_is_an_error_with_a_short_traceback(self):
        outcome = self.page.run("def f(): f()\nf()")
        self.assertEqual(outcome["name"], "RecursionError")
        self.assertLess(len(outcome["traceback"]), 10_000)

    def test_an_exception_that_cannot_be_printed_is_told(self):
        outcome = self.page.run("class E(Exception):\n    def __str__(self): raise E\nraise E")
        self.assertEqual((outcome["name"], outcome["message"]), ("E", ""))

    def test_rich_forms_are_offered_beside_plain_text(self):
        self.page.run("class H:\n    def _repr_html_(self): return '<b>x</b>'\n    def __repr__(self): return 'H'\nH()")
        self.assertEqual(
            self.page.value(), {"text/html": {"text": "<b>x</b>"}, "text/plain": {"text": "H"}}
        )

    def test_a_mimebundle_is_taken(self):
        self.page.run(
            "class M:\n    def _repr_mimebundle_(self, include=None, exclude=None):\n"
            "        return {'application/json': {'a': 1}, 'image/png': 'iVBO'}\nM()"
        )
        self.assertEqual(self.page.value()["application/json"], {"text": '{"a": 1}'})
        self.assertEqual(self.page.value()["image/png"], {"buffer": 0})
        self.assertEqual(bytes(self.page.posted[-1][2][0]), b"\x89PN")

    def test_a_value_that_cannot_be_shown_does_not_fail_the_cell(self):
        outcome = self.page.run("class B:\n    def __repr__(self): raise ValueError('broken')\nB()")
        self.assertEqual(outcome, {"result": "success"})
        self.assertIn("ValueError: broken", self.page.value()["text/plain"]["text"])

    def test_a_long_repr_is_cut(self):
        self.page.run("'x' * 1_000_000")
        text = self.page.value()["text/plain"]["text"]
        self.assertLess(len(text), 70_000)
        self.assertIn("characters hidden", text)

    def test_the_class_itself_is_shown_by_its_repr(self):
        self.page.run("class H:\n    def _repr_html_(self): return 'x'\nH")
        self.assertNotIn("text/html", self.page.value())

    def test_display_shows_in_order_with_prints(self):
        self.page.run("print('a'); display(1); print('b'); display(2)")
        kinds = [
            output.get("text") or output["bundle"]["text/plain"]["text"]
            for output in self.page.outputs()
        ]
        self.assertEqual(kinds, ["a\n", "1", "b\n", "2"])

    @unittest.skipIf(sys.platform == "emscripten", "its own loop cannot wait; the browser tests await")
    def test_a_cell_can_await(self):
        outcome = self.page.run("import asyncio\nawait asyncio.sleep(0)\n[i async for i in g()]")
        self.assertEqual(outcome["name"], "NameError")
        self.assertEqual(self.page.run("import asyncio\nawait asyncio.sleep(0, 5)"), {"result": "success"})
        self.assertEqual(self.page.value()["text/plain"]["text"], "5")

    def test_user_code_cannot_lose_the_outcome(self):
        for source in (
            "import sys; sys.stdout = None",
            "import builtins; del builtins.display",
            "import json; json.dumps = None; json.loads = None",
            "import sys; sys.modules.pop('__main__')",
            "import linecache; linecache.cache.clear()",
        ):
            saved = json.dumps, json.loads
            outcome = self.page.run(source)
            json.dumps, json.loads = saved
            self.assertEqual(outcome, {"result": "success"}, source)
            self.page.run("print('still here'); display(1)")
            self.assertEqual(self.page.text(), "still here\n", source)

    def test_output_after_the_run_is_nobodys(self):
        self.page.run("import sys\nout = sys.stdout")
        before = len(self.page.posted)
        print("late", file=execute._kernel.main.out)
        execute._kernel.main.out.finish()
        self.assertEqual(len(self.page.posted), before)

    def test_input_says_what_to_do(self):
        self.assertIn("Write the answer into the code", self.page.run("input('?')")["message"])

    def test_main_is_the_module_of_what_cells_define(self):
        self.page.run("class C: pass\nimport pickle\npickle.loads(pickle.dumps(C())).__class__ is C")
        self.assertEqual(self.page.value()["text/plain"]["text"], "True")

    def test_names_that_the_code_does_not_say_are_told(self):
        self.page.run("def f():\n    global made, _hidden\n    made = _hidden = 1", makes=["f"])
        self.assertEqual(self.page.names, {"bound": [], "missing": []})
        self.page.run("f()\nother = 2", cell=2, makes=["other"])
        self.assertEqual(self.page.names, {"bound": ["made"], "missing": []})
        self.page.run("f()", cell=2)
        self.assertEqual(self.page.names["bound"], ["made"])

    def test_names_that_are_bound_anew_are_told_where_it_may_happen(self):
        self.page.run("a = b = c = [1]", makes=["a", "b", "c"])
        source = "globals()['a'] = [1]; globals().update(b=b, z=1); c.append(2)"
        self.page.run(source, cell=2, dynamic=True)
        self.assertEqual(self.page.names["bound"], ["a", "z"])
        self.page.run(source, cell=2, dynamic=True, makes=["a"], own=["z"])
        self.assertEqual(self.page.names["bound"], [])

    def test_a_run_tells_the_same_each_time(self):
        for source in ("from math import *", "globals()['pi'] = 3", "exec('pi = 3')"):
            self.page.run(source, dynamic=True)
            first = self.page.names["bound"]
            self.assertIn("pi", first)
            self.page.run(source, dynamic=True)
            self.assertEqual(self.page.names["bound"], first, source)

    def test_what_the_last_run_made_is_gone_before_the_next(self):
        self.page.run("flag = True", makes=["flag"])
        self.page.run("if flag: x = 1", cell=2, makes=["x"])
        self.page.run("flag = False", makes=["flag"])
        self.page.run("if flag: x = 1", cell=2, makes=["x"])
        self.assertEqual(self.page.names["missing"], ["x"])
        self.assertEqual(self.page.run("x", cell=3)["name"], "NameError")
        self.page.run("for a in 'ab': exec(f'{a} = 1')", dynamic=True, makes=["a"])
        self.assertEqual(self.page.names["bound"], ["b"])
        self.page.run("b = 2", cell=2, makes=["b"])
        self.page.run("a = 0", makes=["a"])
        self.page.run("b", cell=3)
        self.assertEqual(self.page.value()["text/plain"]["text"], "2", "another cell's by now")

    def test_names_of_other_cells_that_a_run_deletes_are_told(self):
        self.page.run("df = 1; own = 2", makes=["df", "own"])
        self.page.run("del df", cell=2, dynamic=True)
        self.assertEqual(self.page.names["deleted"], ["df"])
        self.page.run("own = 3\ndel own", cell=3, dynamic=True, makes=["own"])
        self.assertNotIn("deleted", self.page.names)

    def test_deleted_names_do_not_hide_new_ones(self):
        self.page.run("a = b = c = 1")
        self.page.run("x = 1; del a, c; c = 2; y = 3", cell=2)
        self.assertEqual(self.page.names["bound"], ["c", "x", "y"])
        source = "for name in list(globals()):\n    if name[0] != '_': del globals()[name]\nnew = 1"
        self.page.run(source, cell=3, makes=["name"])
        self.assertEqual(self.page.names["bound"], ["new"])
        self.page.run("del __builtins__\nz = 1", cell=3)
        self.assertEqual(self.page.names["bound"], [])
        self.page.run("z = len('ab'); w = 1", cell=3)
        self.assertEqual(self.page.names["bound"], ["w"])

    def test_what_a_failed_run_bound_is_told(self):
        outcome = self.page.run("x = 1\n1 / 0\ny = 2", makes=["x", "y"])
        self.assertEqual((outcome["name"], self.page.names), ("ZeroDivisionError", {"bound": [], "missing": []}))
        self.page.run("x = 1\nexec('z = 1')\n1 / 0", makes=["x", "y"], dynamic=True)
        self.assertEqual(self.page.names["bound"], ["z"])

    def test_names_that_the_code_says_and_the_run_does_not_bind_are_told(self):
        self.page.run("if False: a = 1\nb = c = 2\ndel c", makes=["c", "b", "a"])
        self.assertEqual(self.page.names, {"bound": [], "missing": ["a", "c"]})

    def test_only_so_many_names_are_told(self):
        self.page.run("for n in range(5_000): globals()[f'v{n}'] = n\nglobals()[5] = globals()['_v'] = 1", dynamic=True)
        self.assertEqual(len(self.page.names["bound"]), 2_000)

    def test_half_a_character_breaks_no_message(self):
        outcome = self.page.run("print('\\ud800 and \\U0001f600'); raise ValueError('\\udfff')")
        self.assertEqual((outcome["message"], self.page.text()), ("?", "? and \U0001f600\n"))

    def test_an_sql_cell_shows_its_result_and_goes_before_it_runs_again(self):
        done = []

        class Fake:
            @staticmethod
            def run(task, source, namespace, cell, label):
                done.append((task["result"], source, namespace["x"], cell, label))
                namespace["r"] = 1
                return [source] if source != "nothing" else None

            @staticmethod
            def forget(cell):
                done.append(cell)

        ask = {"kind": "sql", "result": "r"}
        with patch.dict(sys.modules, {"rivulet_kernel.sql": Fake}):
            self.page.run("x = 1", cell=1)
            self.assertEqual(self.page.run("select", cell=2, task=ask, makes=["r"]), {"result": "success"})
            self.assertEqual((self.page.value()["text/plain"]["text"], self.page.names["bound"]), ("['select']", []))
            self.page.run("nothing", cell=3, task=ask, makes=["s"])
            self.assertEqual((self.page.value(), self.page.names["missing"]), (None, ["s"]))
            self.page.run("x = 2", cell=2)
            self.page.run("x = 3", cell=2)
            execute.drop_cell(3)
            self.page.run("del x", cell=1)
            self.assertEqual(self.page.run("select", cell=4, task=ask)["name"], "KeyError")
        self.assertEqual(
            done, [("r", "select", 1, 2, "Cell 2"), ("r", "nothing", 1, 3, "Cell 3"), 2, 3]
        )

    def test_unchanged_code_is_compiled_once(self):
        self.page.run("x = 1")
        code = execute._kernel.compiled[1][1]
        self.page.run("x = 1")
        self.assertIs(execute._kernel.compiled[1][1], code)


if __name__ == "__main__":
    unittest.main()
