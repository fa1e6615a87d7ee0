"""Widgets of ipywidgets and anywidget: what the page builds of them, and what follows when they move."""

import importlib.util
import json
import sys
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

from test_widgets import Notebook  # noqa: E402

_HAS_ALL = all(importlib.util.find_spec(name) for name in ("ipywidgets", "anywidget")) and (
    sys.platform == "emscripten" or not importlib.util.find_spec("IPython")
)


@unittest.skipUnless(_HAS_ALL, "ipywidgets and anywidget are not installed by themselves")
class JupyterWidgetsTest(unittest.TestCase):
    def setUp(self):
        self.notebook = Notebook()

    def run_cell(self, cell, source, *makes, held=()):
        told = self.notebook.run(cell, "import ipywidgets as w\n" + source, makes, held)
        self.assertEqual(told["outcome"]["result"], "success", told)
        return told

    def shown(self):
        """What the page builds now, of what was put out last."""
        bundles = [one["bundle"] for one in self.notebook.posted if one["kind"] in ("value", "update")]
        told = json.loads(bundles[-1]["application/vnd.rivulet.widget+json"]["text"])
        self.assertEqual(told["kind"], "live")
        return told["items"][0]

    def move(self, shown, value):
        self.notebook.posted.clear()
        self.notebook.move(shown, value)

    def said(self, source):
        self.run_cell(99, f"print({source})")
        return self.notebook.printed().strip()

    def test_a_slider_is_one_of_the_page_and_its_name_holds_it(self):
        told = self.run_cell(1, "s = w.IntSlider(value=3, min=1, max=9, description='How many')\ns", "s")
        self.assertEqual(told["widgets"], [["s", [1 << 20]]])
        shown = self.shown()
        self.assertEqual([shown[name] for name in ("kind", "label", "start", "stop", "value")], ["slider", "How many", 1, 9, 3])
        self.move(shown, 7)
        self.assertEqual(self.said("s.value, type(s.value).__name__"), "7 int")
        # A drag that changes nothing else has nothing shown anew.
        self.assertEqual([one["kind"] for one in self.notebook.posted], ["text"])
        self.move(shown, "x")
        self.assertIn("no number", self.notebook.printed())
        self.assertEqual(self.said("s.value"), "7")
        self.move(shown, None)
        self.assertEqual(self.said("s.value"), "3")

    def test_it_keeps_its_value_when_its_cell_runs_again(self):
        source = "s = w.IntSlider(value=3, max=9)\ns"
        self.run_cell(1, source, "s")
        shown = self.shown()
        held = {"widget": shown["widget"], "arguments": shown["arguments"], "value": 8}
        self.run_cell(1, source, "s", held=[held])
        self.assertEqual(self.said("s.value"), "8")
        self.run_cell(1, "s = w.IntSlider(value=3, max=10)\ns", "s", held=[held])
        self.assertEqual(self.said("s.value"), "3")
        # What was kept may be damaged.
        self.run_cell(1, source, "s", held=[held | {"value": "x"}])
        self.assertEqual(self.said("s.value"), "3")

    def test_every_kind_is_moved(self):
        for source, value, after in (
            ("w.FloatSlider(max=2)", 1.5, "1.5"),
            ("w.FloatLogSlider(value=10, base=10, min=0, max=2, step=1)", 2, "100.0"),
            ("w.IntRangeSlider(value=[1, 5])", [2, 4], "(2, 4)"),
            ("w.BoundedIntText(max=9)", 5, "5"),
            ("w.FloatText()", 2.5, "2.5"),
            ("w.Text()", "Ada", "Ada"),
            ("w.Textarea()", "a", "a"),
            ("w.Password()", "a", "a"),
            ("w.Checkbox(value=False)", True, "True"),
            ("w.ToggleButton()", True, "True"),
            ("w.Dropdown(options=[('one', 1), ('two', 2)])", "two", "2"),
            ("w.RadioButtons(options=['p', 'q'])", "q", "q"),
            ("w.ToggleButtons(options=['p', 'q'])", "q", "q"),
            ("w.Select(options=['p', 'q'])", "q", "q"),
            ("w.SelectionSlider(options=['p', 'q'])", "q", "q"),
            ("w.SelectMultiple(options=['p', 'q', 'r'])", ["p", "r"], "('p', 'r')"),
            ("w.DatePicker()", "2026-11-28", "2026-11-28"),
        ):
            with self.subTest(source):
                self.run_cell(1, f"x = {source}\nx", "x")
                shown = self.shown()
                self.assertIn("widget", shown)
                self.move(shown, value)
                self.assertEqual(self.said("x.value"), after)

    def test_what_code_changes_is_shown_anew_and_what_reads_it_runs(self):
        self.run_cell(1, "s = w.IntSlider(value=3)\ns", "s")
        before = self.shown()
        self.run_cell(2, "s.value = 5\ns.max = 50\ns.description = 'n'")
        now = self.shown()
        self.assertEqual([now["value"], now["stop"], now["label"]], [5, 50, "n"])
        # A value that a person left there counts no more.
        self.assertNotEqual(now["arguments"], before["arguments"])
        self.assertIn({"kind": "set", "widgets": [before["widget"]], "moved": False, "own": False}, self.notebook.posted)
        self.move(before, 9)
        self.assertEqual(self.said("s.value"), "5")
        self.move(now, 9)
        self.assertEqual(self.said("s.value"), "9")

    def test_observers_and_links_follow_a_move(self):
        self.run_cell(1, "a, b = w.IntSlider(), w.IntText()\nw.link((a, 'value'), (b, 'value'))\nlabel = w.Label('?')\n"
                         "a.observe(lambda change: setattr(label, 'value', f'at {change.new}'), 'value')\nw.HBox([a, b, label])", "a", "b")
        first = self.shown()
        self.move(first["items"][0], 6)
        now = self.shown()
        # The one that is moved is described as before, so that its control stays.
        self.assertEqual(now["items"][0], first["items"][0])
        self.assertEqual([now["items"][1]["value"], now["items"][2]["forms"]["text/plain"]], [6, "at 6"])
        self.assertIn({"kind": "set", "widgets": [first["items"][1]["widget"]], "moved": True, "own": False}, self.notebook.posted)
        # An observer that fails says so.
        self.run_cell(2, "c = w.IntSlider()\nc.observe(lambda change: 1 / 0, 'value')\nc", "c")
        self.move(self.shown(), 4)
        self.assertIn("ZeroDivisionError", self.notebook.printed())

    def test_interact_shows_what_the_function_puts_out_anew(self):
        self.run_cell(1, "@w.interact(x=(0, 10), kind=['p', 'q'])\ndef f(x, kind):\n    print(x, kind)\n    return x * 2")
        shown = self.shown()
        self.assertEqual([one["kind"] for one in shown["items"]], ["slider", "dropdown", "vstack"])
        self.move(shown["items"][0], 9)
        self.assertEqual(self.shown()["items"][2]["items"][0]["forms"]["text/plain"], "9 p")
        self.move(shown["items"][1], "q")
        parts = self.shown()["items"][2]["items"]
        self.assertEqual([one["forms"]["text/plain"] for one in parts], ["9 q", "18"])

    def test_an_output_takes_what_is_put_out_in_it(self):
        self.run_cell(1, "out = w.Output()\nb = w.Button(description='Go')\n@out.capture(clear_output=True)\ndef go(button):\n"
                         "    print('pressed', button.description)\n    1 / 0\nb.on_click(go)\nw.VBox([b, out])", "out", "b")
        shown = self.shown()
        self.assertEqual([one["kind"] for one in shown["items"]], ["button", "vstack"])
        self.move(shown["items"][0], 1)
        (text,) = self.shown()["items"][1]["items"]
        self.assertTrue(text["forms"]["text/plain"].startswith("pressed Go\n"), text)
        self.assertIn("ZeroDivisionError", text["forms"]["text/plain"])
        self.run_cell(2, "out.clear_output()\nwith out:\n    print('one')\n    display(w.IntSlider())\nout.append_stdout('two')")
        kinds = [one["kind"] for one in self.shown()["items"][1]["items"]]
        self.assertEqual(sorted(kinds), ["live", "output", "output"])
        self.assertEqual(self.notebook.printed(), "")

    def test_tabs_folds_and_what_cannot_be_shown(self):
        self.run_cell(1, "tab = w.Tab([w.Label('x'), w.IntSlider()], titles=['A', ''])\nw.VBox([tab, w.Accordion([w.Label('y')]), w.Play(), w.HTML('<b>h</b>')])", "tab")
        tab, folds, play, html = self.shown()["items"]
        self.assertEqual([tab["titles"], folds["kind"], html["forms"]], [["A", "Part 2"], "accordion", {"text/html": "<b>h</b>"}])
        self.assertIn("ipywidgets.Play needs scripts of its own", play["forms"]["text/plain"])
        self.move(tab, "Part 2")
        self.assertEqual(self.said("tab.selected_index"), "1")

    def test_a_progress_bar_moves_while_its_cell_runs(self):
        self.run_cell(1, "import time\np = w.IntProgress(max=3)\ndisplay(p)\nfor at in range(3):\n    time.sleep(0.11)\n    p.value += 1")
        bundles = [one["bundle"] for one in self.notebook.posted if one["kind"] == "update"]
        done = [json.loads(one["application/vnd.rivulet.widget+json"]["text"])["items"][0]["done"] for one in bundles]
        self.assertGreater(len(done), 1)
        self.assertEqual(done[-1], 3)

    def test_a_widget_of_anywidget_has_its_traits_and_messages_from_the_page(self):
        self.run_cell(1, "import anywidget, traitlets\nclass Count(anywidget.AnyWidget):\n    _esm = 'export default {}'\n    _css = 'p {}'\n"
                         "    value = traitlets.Int(0).tag(sync=True)\n    data = traitlets.Bytes(b'ab').tag(sync=True)\nc = Count()\n"
                         "c.on_msg(lambda c, content, buffers: (print(content, bytes(buffers[0])), c.send({'pong': 1}, [b'z'])))\nc", "c")
        shown = self.shown()
        self.assertEqual([shown["kind"], shown["esm"], shown["css"]], ["anywidget", "export default {}", "p {}"])
        self.assertEqual(json.loads(shown["state"]), {"value": 0, "data": {"$bytes": "YWI="}})
        told = {"state": {"value": 5, "data": {"$bytes": "eg=="}}, "messages": [[5, {"ping": 1}, ["YWI="]]]}
        self.move(shown, told)
        self.assertEqual(self.notebook.printed(), "{'ping': 1} b'ab'\n")
        ((_, content, buffers),) = json.loads(self.shown()["messages"])
        self.assertEqual([content, buffers], [{"pong": 1}, ["eg=="]])
        self.assertEqual(self.said("c.value, bytes(c.data)"), "5 b'z'")
        # The same messages again are no new ones.
        self.move(shown, told)
        self.assertEqual(self.notebook.printed(), "")
        self.run_cell(2, "c.value = 8")
        self.assertEqual(json.loads(self.shown()["state"])["value"], 8)
        # What the page sent before it knew that counts, too: it tells its messages once.
        self.move(shown, {"state": {}, "messages": [[6, {"ping": 2}, ["YWI="]]]})
        self.assertIn("'ping': 2", self.notebook.printed())
        for wrong in ([1], {"state": {"value": "x"}}, {"messages": 3}, {"state": {"_esm": "x", "nothing": 1}}):
            self.move(shown, wrong)
            self.assertEqual(self.said("c.value, c._esm"), "8 export default {}")


if __name__ == "__main__":
    unittest.main()
