"""Widgets: what they take, what they keep, and what a run tells of them."""

import importlib.util
import json
import sys
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

import rivulet_kernel  # noqa: E402
from rivulet_kernel import widgets  # noqa: E402


class Notebook:
    """Runs cells, and keeps what they put out."""

    def __init__(self):
        self.posted = []
        widgets._made.clear()
        widgets._runs.clear()
        rivulet_kernel.start(lambda run, text, *_: self.posted.append(json.loads(text)))
        self.runs = 0

    def run(self, cell, source, makes=(), held=()):
        self.runs += 1
        request = {"run": self.runs, "cell": cell, "label": f"Cell {cell}", "source": "import rivulet as rv\n" + source}
        request |= {"makes": list(makes), "widgets": list(held)}
        self.posted.clear()
        return json.loads(rivulet_kernel.run(json.dumps(request)))

    def description(self):
        bundles = [one["bundle"] for one in self.posted if one["kind"] == "value"]
        return json.loads(bundles[-1][widgets.MIME]["text"])

    def printed(self):
        return "".join(one["text"] for one in self.posted if one["kind"] == "text")

    def move(self, shown, value):
        held = None if value is None else {"widget": shown["widget"], "arguments": shown["arguments"], "value": value}
        rivulet_kernel.move(json.dumps({"widget": shown["widget"], "held": held}))


class StateTest(unittest.TestCase):
    def setUp(self):
        self.notebook = Notebook()

    def set(self):
        return [(one["widgets"], one["moved"], one["own"]) for one in self.notebook.posted if one["kind"] == "set"]

    def test_a_state_is_told_when_it_is_set_and_its_name_holds_it(self):
        told = self.notebook.run(1, "count = rv.state(1)", ["count"])
        number = 1 << 20
        self.assertEqual(told["widgets"], [["count", [number]]])
        self.notebook.run(2, "count.set(5)\ncount.value = count() + 1\ncount.set(lambda n: n * 2)\nprint(count.value, count)")
        self.assertEqual(self.notebook.printed(), "12 state(12)\n")
        self.assertIn(([number], False, False), self.set())
        # The same again is no change; a list may have changed inside of itself.
        self.notebook.run(2, "count.set(12)")
        self.assertEqual(self.set(), [])
        self.notebook.run(2, "count.set([1])")
        self.notebook.run(2, "items = count.value\nitems.append(2)\ncount.set(items)")
        self.assertEqual(self.set(), [([number], False, False)])

    def test_many_sets_are_told_in_few_messages(self):
        self.notebook.run(1, "count = rv.state(0)", ["count"])
        self.notebook.run(2, "for i in range(5000):\n    count.set(i + 1)")
        self.assertLess(len(self.set()), 200)
        self.assertGreater(len(self.set()), 0)

    def test_a_getter_holds_the_state_and_a_setter_does_not(self):
        told = self.notebook.run(1, "get, put = rv.state('a')", ["get", "put"])
        self.assertEqual(told["widgets"], [["get", [1 << 20]]])
        self.notebook.run(2, "put('b')\nprint(get())")
        self.assertEqual(self.notebook.printed(), "b\n")

    def test_a_function_of_a_widget_sets_a_state(self):
        self.notebook.run(1, "count = rv.state(0)\nloops = rv.state(0, allow_self_loops=True)", ["count", "loops"])
        source = "def more(presses):\n    count.set(count.value + 1)\n    loops.set(loops.value + 1)\n    return presses\n"
        self.notebook.run(2, source + "b = rv.button(on_click=more)\nb", ["b"])
        shown = self.notebook.description()
        self.notebook.posted.clear()
        self.notebook.move(shown, 1)
        self.assertEqual(sorted(self.set()), [([1 << 20], True, False), ([(1 << 20) + 1], True, True)])

    def test_what_on_change_is_not_is_said(self):
        told = self.notebook.run(1, "rv.state(0, on_change=3)")
        self.assertIn("on_change is a function", told["outcome"]["message"])
        self.notebook.run(1, "s = rv.state(0, on_change=print)", ["s"])
        self.notebook.run(2, "s.set(4)")
        self.assertEqual(self.notebook.printed(), "4\n")


def _has(*packages):
    return all(importlib.util.find_spec(package) for package in packages)


class ChartTest(unittest.TestCase):
    def setUp(self):
        self.notebook = Notebook()

    def make(self, source):
        told = self.notebook.run(1, source + "\nc", ["c"])
        self.assertEqual(told["outcome"]["result"], "success", told)
        self.assertEqual([name for name, _ in told["widgets"]], ["c"])
        bundle = [one["bundle"] for one in self.notebook.posted if one["kind"] == "value"][-1]
        (form,) = [content for mime, content in bundle.items() if mime not in (widgets.MIME, "text/plain")]
        return self.notebook.description(), json.loads(form["text"])

    def said(self, source):
        told = self.notebook.run(9, f"print({source})")
        self.assertEqual(told["outcome"]["result"], "success", told)
        return self.notebook.printed().strip()

    @unittest.skipUnless(_has("altair", "pandas"), "altair is not installed")
    def test_what_is_selected_in_a_chart_of_altair_are_rows_of_its_data(self):
        source = "import altair as alt, pandas as pd\ndf = pd.DataFrame({'x': range(9), 'k': list('abcabcabc')})\n"
        shown, spec = self.make(source + "c = rv.chart(alt.Chart(df).mark_point().encode(x='x', y='x'))")
        # It had no selection: a range is drawn in it.
        self.assertEqual([param["select"]["type"] for param in spec["params"]], ["interval"])
        self.assertEqual([shown["kind"], shown["data"]], ["chart", spec["data"]["name"]])
        self.assertEqual(self.said("len(c.value), list(c.value.columns)"), "0 ['x', 'k']")
        brush = {"unit": "", "fields": [{"field": "x", "channel": "x", "type": "R"}], "values": [[1, 4.5]]}
        self.notebook.move(shown, {"rows": [[1, 3], 7], "stores": {"param_1": [brush]}})
        self.assertEqual(self.said("c.value.k.tolist(), c.indices, c.selection"),
                         "['b', 'c', 'a', 'b'] [1, 2, 3, 7] {'param_1': {'x': [1, 4.5]}}")
        for wrong in ({"rows": [9]}, {"rows": [-1]}, {"rows": ["x"]}, {"rows": 3}, {"rows": [True]}, [1], {"stores": [1]},
                      {"stores": {"p": 1}}, {"stores": {"p": [1]}}, {"rows": [[3, 10 ** 9]]}):
            self.notebook.posted.clear()
            self.notebook.move(shown, wrong)
            self.assertIn("Refused", self.notebook.printed(), wrong)
        self.assertEqual(self.said("c.indices"), "[1, 2, 3, 7]")
        self.notebook.move(shown, None)
        self.assertEqual(self.said("len(c.value)"), "0")

    @unittest.skipUnless(_has("altair", "pandas"), "altair is not installed")
    def test_a_chart_gets_the_selection_that_fits_it_and_keeps_its_own(self):
        source = "import altair as alt, pandas as pd\ndf = pd.DataFrame({'x': range(9), 'k': list('abcabcabc')})\n"
        for made, expected in (
            ("rv.chart(alt.Chart(df).mark_bar().encode(x='k', y='count()'))", {"type": "point", "encodings": ["x"]}),
            ("rv.chart(alt.Chart(df).mark_line().encode(x='x', y='x'))", {"type": "interval"}),
            ("rv.chart(alt.Chart(df).mark_point().encode(x='x', y='x'), chart_selection='point')", {"type": "point"}),
            ("rv.chart(alt.Chart(df).mark_point().encode(x='x').add_params(alt.selection_point(fields=['k'])))",
             {"type": "point", "fields": ["k"]}),
            ("rv.chart(alt.Chart(df).mark_point().encode(x='x').interactive())", {"type": "interval"}),
        ):
            _, spec = self.make(source + "c = " + made)
            params = spec.get("params") or [one for part in spec.get("layer", []) for one in part.get("params", [])]
            own = [one["select"] for one in params if one.get("bind") != "scales"]
            self.assertEqual(own, [expected], made)

    @unittest.skipUnless(_has("altair"), "altair is not installed")
    def test_data_that_is_no_frame_is_selected_as_records(self):
        shown, _ = self.make(
            "import altair as alt\nrows = alt.Data(values=[{'x': 1, 'y': 2}, {'x': 3, 'y': 4}])\n"
            "c = rv.chart(alt.Chart(rows).mark_point().encode(x='x:Q', y='y:Q'))"
        )
        self.notebook.move(shown, {"rows": [1], "stores": {}})
        self.assertEqual(self.said("c.value"), "[{'x': 3, 'y': 4}]")

    @unittest.skipUnless(_has("plotly", "pandas"), "plotly is not installed")
    def test_what_is_selected_in_a_figure_of_plotly_are_records(self):
        shown, spec = self.make(
            "import plotly.express as px, pandas as pd\n"
            "df = pd.DataFrame({'width': [1.5, 2.5, 3.5], 'high': [4, 5, 6], 'kind': list('aab')})\n"
            "c = rv.chart(px.scatter(df, x='width', y='high', color='kind', custom_data=['kind']))"
        )
        self.assertEqual(len(spec["data"]), 2)
        self.assertEqual(self.said("c.value"), "[]")
        self.notebook.move(shown, {"points": [[0, [1]], [1, [0]]], "range": {"x": [2, 4]}})
        self.assertEqual(
            self.said("[(one['x'], one['high'], one['kind'], one['trace'], one['point']) for one in c.value], c.selection, c.indices"),
            "[(2.5, 5, 'a', 'a', 1), (3.5, 6, 'b', 'b', 0)] {'x': [2, 4]} [(0, 1), (1, 0)]",
        )
        for wrong in ({"points": [[2, [0]]]}, {"points": [[0, [2]]]}, {"points": [[0]]}, {"points": 1}, {"range": []},
                      {"points": [[0, {"row": 1}]]}, {"points": [[True, [0]]]}):
            self.notebook.posted.clear()
            self.notebook.move(shown, wrong)
            self.assertIn("Refused", self.notebook.printed(), wrong)

    @unittest.skipUnless(_has("plotly"), "plotly is not installed")
    def test_a_cell_of_a_heatmap_has_its_row_and_column(self):
        shown, _ = self.make(
            "import plotly.graph_objects as go\nc = rv.chart(go.Figure(go.Heatmap(z=[[1, 2], [3, 4]], x=['p', 'q'], y=['r', 's'])))"
        )
        self.notebook.move(shown, {"points": [[0, {"row": 1, "column": 0}]]})
        self.assertEqual(self.said("[(one['x'], one['y'], one['z']) for one in c.value]"), "[('p', 's', 3)]")

    def test_what_is_no_chart_is_refused_in_words(self):
        told = self.notebook.run(1, "rv.chart([1])")
        self.assertIn("rv.chart takes a chart of Altair or a figure of Plotly, not list", told["outcome"]["message"])


class WidgetTest(unittest.TestCase):
    def setUp(self):
        self.notebook = Notebook()

    def value(self, name="w"):
        self.notebook.run(99, f"print(repr({name}.value))")
        return self.notebook.printed().strip()

    def make(self, source):
        told = self.notebook.run(1, f"w = {source}\nw", ["w"])
        self.assertEqual(told["outcome"]["result"], "success", told)
        return self.notebook.description()

    def check(self, source, first, moved, after, wrong):
        """A widget's first value, where it is moved to, and what is refused of what the page may send."""
        shown = self.make(source)
        self.assertEqual(self.value(), first)
        self.notebook.move(shown, moved)
        self.assertEqual(self.value(), after)
        for raw in wrong:
            self.notebook.posted.clear()
            self.notebook.move(shown, raw)
            self.assertIn("Refused", self.notebook.printed(), raw)
            self.assertEqual(self.value(), after, raw)
        # Its own first value again, as an undo of the first move.
        self.notebook.move(shown, None)
        self.assertEqual(self.value(), first)

    def test_each_widget_takes_its_values_and_refuses_others(self):
        self.check("rv.slider(0, 10)", "0", 7, "7", [11, -1, "7", True, [1], {}])
        self.check("rv.slider(0, 1, step=0.25, value=0.5)", "0.5", 0.75, "0.75", [2, "x"])
        self.check("rv.slider(steps=[1, 10, 100])", "1", 2, "100", [3, 0.5])
        self.check("rv.range_slider(0, 9)", "[0, 9]", [2, 5], "[2, 5]", [[5, 2], [1], 3, [0, 99]])
        self.check("rv.number(0, 9, value=4)", "4", 5, "5", [10, "5", True])
        self.check("rv.text('a', max_length=3)", "'a'", "abc", "'abc'", ["abcd", 1, []])
        self.check("rv.text_area('a')", "'a'", "b\nc", "'b\\nc'", [1])
        self.check("rv.checkbox()", "False", True, "True", [1, "yes", {}])
        self.check("rv.switch(True)", "True", False, "False", [0])
        self.check("rv.dropdown(['a', 'b'], value='a')", "'a'", "b", "'b'", ["c", 1, []])
        self.check("rv.dropdown({'one': 1, 'two': 2}, value='one')", "1", "two", "2", [2, "three"])
        self.check("rv.radio([10, 20])", "None", "20", "20", [20, "30"])
        self.check("rv.multiselect(['a', 'b', 'c'], max_selections=2)", "[]", ["b", "c"], "['b', 'c']",
                   ["a", ["a", "b", "c"], ["x"], ["a", "a"]])
        self.check("rv.date('2026-01-02', start='2026-01-01')", "datetime.date(2026, 1, 2)", "2026-03-04",
                   "datetime.date(2026, 3, 4)", ["2025-01-01", "tomorrow", 7])
        self.check("rv.tabs({'A': 1, 'B': 2})", "'A'", "B", "'B'", ["C", 1])
        self.check("rv.file()", "[]", ["a.csv"], "[FileChosen('a.csv')]", [["../a"], ["a", "b"], [1], "a"])
        self.check("rv.refresh('5s')", "0", 3, "3", [-1, "x"])
        self.check("rv.table([{'n': 1}, {'n': 2}, {'n': 3}])", "[]", [2, 0], "[{'n': 1}, {'n': 3}]",
                   [[3], [-1], [0, 0], ["0"], [True], 1])
        self.check("rv.table([{'n': 1}, {'n': 2}], 'single', [1])", "[{'n': 2}]", [0], "[{'n': 1}]", [[0, 1]])
        self.check("rv.form(rv.text('a'))", "None", ["b"], "'b'", [[1], ["a", "b"], "a"])

    def test_arguments_that_do_not_fit_are_told_in_a_sentence(self):
        for source, said in [
            ("rv.slider(5, 1)", "start must be the smaller one"),
            ("rv.slider(0, 10, value=11)", "it must lie between 0 and 10"),
            ("rv.slider()", "needs start and stop"),
            ("rv.slider(0, float('inf'))", "finite"),
            ("rv.slider(0, 10, step=0)", "greater than 0"),
            ("rv.dropdown('abc')", "not one text"),
            ("rv.dropdown(['a'], value='b')", "none of the options"),
            ("rv.dropdown([1, '1'])", "look the same"),
            ("rv.text(3)", "value is a text, not int"),
            ("rv.date('tomorrow')", "is a date, such as"),
            ("rv.array([1])", "only widgets can stand here"),
            ("rv.form(rv.form(rv.text()))", "cannot stand in another"),
            ("rv.button(on_click=3)", "on_click is a function"),
            ("rv.slider(0, 1, on_change=3)", "on_change is a function"),
            ("rv.table([{'n': 1}], selection='some')", "selection is"),
            ("rv.table([{'n': 1}], initial_selection=[1])", "from 0 to 0"),
            ("rv.table([])", "empty"),
            ("rv.table({'a': [1]})", "this is dict"),
            ("rv.callout('x', kind='pink')", "kind is one of"),
            ("rv.refresh('soon')", "a number of seconds"),
            ("rv.interact(lambda x: x, x=object())", "Give a widget, a number"),
        ]:
            told = self.notebook.run(1, source)
            self.assertEqual(told["outcome"]["result"], "error", source)
            self.assertIn(said, told["outcome"]["message"], source)

    def test_a_value_is_kept_while_the_arguments_are_the_same(self):
        shown = self.make("rv.slider(0, 10)")
        held = [{"widget": shown["widget"], "arguments": shown["arguments"], "value": 7}]
        self.notebook.run(1, "w = rv.slider(0, 10)", ["w"], held)
        self.assertEqual(self.value(), "7")
        self.notebook.run(1, "w = rv.slider(0, 11)", ["w"], held)
        self.assertEqual(self.value(), "0")
        # A value that was kept and does not fit is no failure of the cell.
        held[0]["value"] = 99
        told = self.notebook.run(1, "w = rv.slider(0, 10)", ["w"], held)
        self.assertEqual(told["outcome"]["result"], "success")
        self.assertEqual(self.value(), "0")

    def test_a_run_tells_which_names_hold_which_widgets(self):
        source = (
            "class Box: pass\n"
            "a = rv.slider(0, 1)\n"
            "many = [rv.slider(0, 1), {'x': rv.text()}]\n"
            "box = Box(); box.inside = rv.checkbox()\n"
            "both = rv.array([rv.slider(0, 1), rv.slider(0, 2)])\n"
            "row = rv.hstack([a, 'text'])\n"
            "plain = [1, 2, 3]"
        )
        told = self.notebook.run(2, source, ["Box", "a", "many", "box", "both", "row", "plain"])
        number = lambda place: 2 * (1 << 20) + place  # noqa: E731
        self.assertEqual(dict(told["widgets"]), {
            "a": [number(0)], "many": [number(1), number(2)], "box": [number(3)], "both": [number(4), number(5)],
            "row": [number(0)],
        })
        self.assertNotIn("widgets", self.notebook.run(3, "x = 1", ["x"]))

    def test_an_endless_structure_is_looked_through_and_comes_to_an_end(self):
        told = self.notebook.run(1, "x = [rv.slider(0, 1)]\nx.append(x)\ny = [[0] * 100_000] * 10", ["x", "y"])
        self.assertEqual([name for name, _ in told["widgets"]], ["x"])

    def test_what_a_move_calls_prints_below_the_widget_and_an_error_is_told_there(self):
        shown = self.make("rv.slider(0, 10, on_change=lambda value: print('now', value))")
        self.notebook.posted.clear()
        self.notebook.move(shown, 4)
        self.assertEqual(self.notebook.printed(), "now 4\n")
        shown = self.make("rv.slider(0, 10, on_change=lambda value: 1 / 0)")
        self.notebook.posted.clear()
        self.notebook.move(shown, 4)
        self.assertIn("ZeroDivisionError", self.notebook.printed())
        self.assertEqual(self.value(), "4")

    def test_a_button_calls_its_function_with_each_press(self):
        shown = self.make("rv.button(on_click=lambda value: value + 10, value=0)")
        self.notebook.move(shown, 1)
        self.notebook.move(shown, 2)
        self.assertEqual(self.value(), "20")

    def test_several_widgets_have_their_values_under_one_name(self):
        shown = self.make("rv.array([rv.slider(0, 10), rv.text('a')])")
        self.assertEqual(self.value(), "[0, 'a']")
        self.notebook.move(shown["items"][0], 3)
        self.assertEqual(self.value(), "[3, 'a']")
        shown = self.make("rv.dictionary({'x': rv.slider(0, 10), 'y': rv.text('a', label='Why')})")
        self.assertEqual([item["label"] for item in shown["items"]], ["x", "Why"])
        self.notebook.move(shown["items"][1], "b")
        self.assertEqual(self.value(), "{'x': 0, 'y': 'b'}")

    def test_a_form_counts_once_it_is_submitted_and_says_what_is_not_right(self):
        shown = self.make(
            "rv.form(rv.array([rv.text(), rv.number(0, 9)]), validate=lambda value: None if value[0] else 'Say who.')"
        )
        self.assertEqual(self.value(), "None")
        self.notebook.posted.clear()
        self.notebook.move(shown, ["", 3])
        self.assertIn("Say who.", self.notebook.printed())
        self.assertEqual(self.value(), "None")
        self.notebook.move(shown, ["Ada", 3])
        self.assertEqual(self.value(), "['Ada', 3]")

    def test_the_value_cannot_be_set_by_code(self):
        told = self.notebook.run(1, "w = rv.slider(0, 10)\nw.value = 3")
        self.assertIn("set by the person", told["outcome"]["message"])

    def test_stop_ends_the_cell_and_shows_what_was_given(self):
        told = self.notebook.run(1, "rv.stop(True, 'Type first.')\nprint('not here')")
        self.assertEqual((told["outcome"]["result"], told["outcome"]["name"]), ("error", "Stopped"))
        self.assertEqual(self.notebook.posted[0]["bundle"]["text/plain"]["text"], "Type first.")
        self.assertEqual(self.notebook.run(1, "rv.stop(False)\nprint('here')")["outcome"]["result"], "success")

    def test_interact_calls_the_function_anew_in_its_place(self):
        self.notebook.run(1, "rv.interact(lambda x, on=True: (x, on), x=(0, 10))")
        values = [one for one in self.notebook.posted if one["kind"] == "value"]
        self.assertEqual(values[-1]["bundle"]["text/plain"]["text"], "(0, True)")
        slider = json.loads(values[0]["bundle"][widgets.MIME]["text"])
        self.notebook.posted.clear()
        self.notebook.move(slider, 5)
        [update] = [one for one in self.notebook.posted if one["kind"] == "update"]
        self.assertEqual(update["bundle"]["text/plain"]["text"], "(5, True)")

    @unittest.skipUnless(importlib.util.find_spec("tqdm"), "tqdm is not installed")
    def test_a_bar_of_tqdm_is_one_that_the_page_builds(self):
        for module in ("tqdm", "tqdm.auto", "tqdm.notebook"):
            source = f"from {module} import tqdm\nfor one in tqdm(range(50), desc='Steps'):\n    tqdm.write('x') if one == 3 else None"
            told = self.notebook.run(1, source)
            self.assertEqual(told["outcome"]["result"], "success", told)
            bars = [json.loads(one["bundle"][widgets.MIME]["text"]) for one in self.notebook.posted if "bundle" in one]
            self.assertEqual([bars[-1]["label"], bars[-1]["done"], bars[-1]["total"], bars[-1]["state"]],
                             ["Steps", 50, 50, "done"], module)
            self.assertEqual(self.notebook.printed(), "x\n")
        self.notebook.run(1, "from tqdm import trange\nfor i in trange(2):\n    for j in trange(3, leave=False): pass")
        [first, *_] = [one for one in self.notebook.posted if one["kind"] == "value"]
        self.assertEqual(first["display"], 1)
        told = self.notebook.run(1, "from tqdm import tqdm\nfor i in tqdm([1, 2]):\n    1 / 0")
        self.assertEqual(told["outcome"]["name"], "ZeroDivisionError")

    def test_a_widget_in_an_f_string_is_shown_there_and_printed_as_its_repr(self):
        shown = self.make("rv.slider(0, 9)")
        self.notebook.run(3, "print(f'{w}')\nrv.md(f'Choose {w} now, **{w.value}**')")
        self.assertIn("slider(value=0)", self.notebook.printed())
        bundle = self.notebook.posted[-1]["bundle"]
        self.assertEqual(bundle["text/markdown"]["text"], 'Choose <span id="rivulet-slot-0"></span> now, **0**')
        self.assertEqual(self.notebook.description()["items"][0]["widget"], shown["widget"])
        told = self.notebook.run(4, "t = rv.md(f'{w}')", ["t"])
        self.assertEqual(told["widgets"], [["t", [shown["widget"]]]])

    def test_marimos_names_mean_ours_and_what_there_is_not_says_so(self):
        told = self.notebook.run(
            1,
            "import marimo as mo\n"
            "from marimo import ui\n"
            "n = mo.ui.slider(start=1, stop=9, step=2, value=3, label='n', show_value=True)\n"
            "mo.vstack([n, mo.md('**b**'), mo.accordion({'x': 'y'}), mo.callout('c', kind='info'), mo.stat(1)])",
            ["n", "mo", "ui"],
        )
        self.assertEqual(told["outcome"]["result"], "success", told)
        self.assertEqual([name for name, _ in told["widgets"]], ["n"])
        self.assertEqual([item["kind"] for item in self.notebook.description()["items"]],
                         ["slider", "output", "accordion", "callout", "stat"])
        for source, said in [
            ("mo.ui.dataframe([])", "mo.ui.dataframe is marimo's"),
            ("mo.sql('')", "mo.sql is marimo's and has no counterpart in Rivulet yet"),
            ("mo.stop(True)", "ended this cell"),
        ]:
            told = self.notebook.run(1, "import marimo as mo\n" + source)
            self.assertIn(said, told["outcome"]["message"])

    def test_a_text_has_places_for_widgets_and_stays_as_it_is_when_they_move(self):
        def text(source, *pieces):
            told = [{"text": one} if isinstance(one, str) else {"expression": one[0], "conversion": "", "spec": "", "line": 1}
                    for one in pieces]
            self.notebook.runs += 1
            request = {"run": self.notebook.runs, "cell": 5, "label": "Cell 5", "source": source}
            request |= {"task": {"kind": "markdown", "pieces": told}}
            self.notebook.posted.clear()
            rivulet_kernel.run(json.dumps(request))
            return self.notebook.posted[-1]["bundle"]

        shown = self.make("rv.slider(0, 10)")
        pieces = ("At ", ["w"], " is ", ["w.value"], ".")
        before = text("At {w} is {w.value}.", *pieces)
        self.assertEqual(before["text/markdown"]["text"],
                         'At <span id="rivulet-slot-0"></span> is <span id="rivulet-slot-1"></span>.')
        self.notebook.move(shown, 4)
        after = text("At {w} is {w.value}.", *pieces)
        self.assertEqual(after["text/markdown"], before["text/markdown"])
        slots = json.loads(after[widgets.MIME]["text"])["items"]
        self.assertEqual([slots[0]["widget"], slots[1]["text"]], [shown["widget"], "4"])
        # Where a place might stand in code or in a formula, a value is written there.
        code = text("{w} `{w.value}`", ["w"], " `", ["w.value"], "`")
        self.assertTrue(code["text/markdown"]["text"].endswith(" `4`"))
        self.assertNotIn(widgets.MIME, text("{1 + 1}", ["1 + 1"]))

    def test_a_bar_is_drawn_at_its_begin_and_end_and_seldom_between(self):
        self.notebook.run(1, "for _ in rv.progress(range(1000), title='Steps'): pass")
        bars = [json.loads(one["bundle"][widgets.MIME]["text"]) for one in self.notebook.posted]
        self.assertEqual([bars[0]["done"], bars[-1]["done"], bars[-1]["state"]], [0, 1000, "done"])
        self.assertLess(len(bars), 10)
        self.notebook.run(1, "for x in rv.progress([1, 2]): 1 / 0")
        self.assertEqual(json.loads(self.notebook.posted[-1]["bundle"][widgets.MIME]["text"])["state"], "failed")


if __name__ == "__main__":
    unittest.main()
