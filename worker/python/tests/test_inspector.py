"""What the page learns of variables and names, and that nothing happens to them."""

import json
import sys
import unittest
from unittest.mock import patch

from test_kernel import Page

import rivulet_kernel
from rivulet_kernel import execute

OBJECTS = """
import collections, dataclasses, enum, math
count = 3
big = 10 ** 20_000
text = 'x' * 1_000_000
short = 'two\\nlines'
data = bytes(2_000)
numbers = list(range(1_000_000))
one = (1,)
nothing = set()
table = {f'k{n}': n for n in range(100_000)}
nested = {'a': [[1, [2, [3, [4]]]]]}
itself = []; itself.append(itself)
Point = collections.namedtuple('Point', 'x y')
point = Point(1, numbers)
counted = collections.Counter(text)
queue = collections.deque(numbers, maxlen=5)
@dataclasses.dataclass
class Record:
    \"\"\"A record.\"\"\"
    name: str
    rows: list
    def rename(self, name, *, loud=False):
        \"\"\"Gives it another name.

        More about it.\"\"\"
    @property
    def title(self): raise RuntimeError('computed')
    @staticmethod
    def make(): pass
record = Record('r', numbers)
class Loud:
    def __repr__(self):
        print('printed'); raise KeyError('no')
    def __len__(self): raise OSError
    def __dir__(self): raise SystemExit
loud = Loud()
class Long:
    def __len__(self): return 50_000
    def __repr__(self): raise AssertionError('not asked for')
long = Long()
class Frame:
    shape = (1000, 4)
    columns = ['a', 'b', 'key one']
    def head(self, n: int = 5): "The first rows."
frame = Frame()
class Array:
    shape = (3,)
    dtype = 'float64'
    def __getitem__(self, at): return [0.5, 1.5, 2.5][at]
array = Array()
class Color(enum.Enum): red = 1
import weakref
dead = weakref.proxy(Frame())
class Liar:
    __class__ = list
liar = Liar()
_private = 1
def function(a, b=2): "Adds."
"""


class Asking:
    def setUp(self):
        self.saved = sys.stdout, sys.stderr, sys.modules["__main__"]
        self.page = Page()
        self.assertEqual(self.page.run(OBJECTS.replace('\\"', '"')), {"result": "success"})
        self.page.posted.clear()
        # The machine may be busy.
        self.patience(60)

    def patience(self, seconds):
        changed = patch("rivulet_kernel.inspector.SECONDS", seconds)
        changed.start()
        self.addCleanup(changed.stop)

    def tearDown(self):
        sys.stdout, sys.stderr, sys.modules["__main__"] = self.saved

    def ask(self, ask, **more):
        return json.loads(rivulet_kernel.ask(json.dumps({"ask": ask, **more})))

    def variables(self, *names):
        found = self.ask("variables", names=list(names) or None, limit=500)["variables"]
        return {one.pop("name"): one for one in found}

    def names(self, code):
        return {one["name"]: one["kind"] for one in self.ask("complete", code=code)["completions"]}


class InspectorTest(Asking, unittest.TestCase):
    def test_variables_are_told_in_brief(self):
        found = self.variables()
        for name, kind, size, value in (
            ("count", "int", "", "3"),
            ("big", "int", "", "a number of about 20,001 digits"),
            ("text", "str", "1,000,000 characters", "'" + "x" * 118 + "…"),
            ("short", "str", "9 characters", "'two\\nlines'"),
            ("data", "bytes", "2,000 bytes", None),
            ("numbers", "list", "1,000,000 items", None),
            ("one", "tuple", "1 item", "(1,)"),
            ("nothing", "set", "0 items", "set()"),
            ("table", "dict", "100,000 items", None),
            ("nested", "dict", "1 item", "{'a': [[1, […]]]}"),
            ("itself", "list", "1 item", "[[[[…]]]]"),
            ("counted", "Counter", "1 item", "Counter({'x': 1000000})"),
            ("queue", "deque", "5 items", "deque([999995, 999996, 999997, 999998, 999999])"),
            ("Record", "type", "", "<class '__main__.Record'>"),
            ("loud", "Loud", "", "(KeyError in repr)"),
            ("long", "Long", "50,000 items", "<Long of 50,000 items>"),
            ("frame", "Frame", "1,000 × 4", "columns: a, b, key one"),
            ("array", "Array", "3 items", "float64: 0.5, 1.5, 2.5"),
            ("liar", "Liar", "", "<__main__.Liar object>"),
            ("function", "function", "", "<function function>"),
            ("math", "module", "", "math"),
        ):
            self.assertEqual((found[name]["type"], found[name]["size"]), (kind, size), name)
            if value is not None:
                self.assertEqual(found[name]["value"], value, name)
        self.assertIn("weakproxy", found["dead"]["value"])
        self.assertTrue(found["point"]["value"].startswith("Point(x=1, y=[0, 1, 2, "))
        self.assertTrue(found["record"]["value"].startswith("Record(name='r', rows=[0, 1, "))
        self.assertLessEqual(max(len(one["value"]) for one in found.values()), 120)

    def test_private_names_are_left_out_and_modules_come_last(self):
        names = list(self.variables())
        self.assertEqual(names[:2], ["count", "big"])
        self.assertEqual(names[-4:], ["dataclasses", "enum", "math", "weakref"])
        self.assertEqual([name for name in names if name[0] == "_"], [])

    def test_only_what_is_asked_for_is_told(self):
        self.assertEqual(list(self.variables("count", "_private", "not there", "math", "big")), ["count", "big", "math"])
        answer = self.ask("variables", names=None, limit=3)
        self.assertEqual(len(answer["variables"]), 3)
        self.assertEqual(answer["hidden"], len(self.variables()) - 3)

    def test_members_are_completed_without_computing_them(self):
        self.assertEqual(self.names("record.re"), {"rename": "method"})
        self.assertEqual(self.names("record."), {
            "make": "method", "name": "variable", "rename": "method", "rows": "variable", "title": "property",
        })
        self.assertEqual(self.names("Record.ti"), {"title": "property"})
        self.assertEqual(self.names("math.fl"), {"floor": "function"})
        self.assertEqual(self.names("Color.re"), {"red": "variable"})
        self.assertEqual(self.names("x = [count.rea"), {"real": "property"})
        self.assertEqual(self.names("collections.abc.Sized.__l"), {"__len__": "method", "__le__": "method", "__lt__": "method"})

    def test_names_are_completed(self):
        self.assertEqual(self.names("fun"), {"function": "function"})
        self.assertEqual(self.names("Rec"), {"Record": "class", "record": "variable", "RecursionError": "class"})
        self.assertEqual(self.names("math"), {"math": "module"})
        self.assertEqual(self.names("whil"), {"while": "keyword"})
        self.assertEqual(self.names("_pri"), {"_private": "variable"})
        self.assertNotIn("_private", self.names(""))
        self.assertLessEqual(len(self.names("")), 200)
        self.assertEqual(self.names("f().fun"), {})
        self.assertEqual(self.names("'text'.up"), {})

    def test_keys_are_completed(self):
        self.assertEqual(self.names("table['k9999"), {"k9999": "property"})
        self.assertEqual(self.names('frame["'), {"a": "property", "b": "property", "key one": "property"})
        self.assertEqual(self.names("count['a"), {})

    def test_modules_are_completed(self):
        self.assertEqual(self.names("import statis"), {"statistics": "module"})
        self.assertEqual(self.names("import math, colors"), {"colorsys": "module"})
        self.assertIn("OrderedDict", self.names("from collections import (deque, Ord"))
        self.assertEqual(self.names("from json import dec"), {"decoder": "module"})
        self.assertEqual(self.names("import os.pa"), {"path": "module"})
        self.assertEqual(self.names("import rivulet_k"), {})
        self.assertEqual(self.names("from nothing_there import x"), {})
        before = set(sys.modules)
        self.names("from wsgiref import ")
        self.assertEqual({name for name in set(sys.modules) - before if "wsgiref" in name}, set())

    def test_help_tells_what_a_name_is(self):
        for code, kind, signature, text in (
            ("function", "function", "(a, b=2)", "Adds."),
            ("record.rename", "method", "(name, *, loud=False)", "Gives it another name.\n\nMore about it."),
            ("frame.head", "method", "(n: int = 5)", "The first rows."),
            ("Record", "class", None, "A record."),
            ("math.floor", "function", "(x, /)", None),
            ("count", "int", "", "3"),
            ("record.title", "property", "", ""),
            ("not_there.x", "", "", ""),
            ("1 +", "", "", ""),
        ):
            answer = self.ask("help", code=code)
            self.assertEqual((answer["answer"], answer["title"], answer["type"]), ("help", code, kind))
            for found, expected in ((answer["signature"], signature), (answer["text"], text)):
                if expected is not None:
                    self.assertEqual(found, expected)
        self.assertTrue(self.ask("help", code="math")["text"].startswith("This module provides"))
        self.assertLessEqual(len(self.ask("help", code="str")["text"]), 2_000)

    def test_nothing_is_printed_or_changed(self):
        before = dict(vars(sys.modules["__main__"]))
        streams = sys.stdout, sys.stderr
        self.variables()
        for code in ("loud.", "loud.x", "record.title.", "", "import ", "table['"):
            self.names(code)
            self.ask("help", code=code)
        self.assertEqual(vars(sys.modules["__main__"]), before)
        self.assertEqual((sys.stdout, sys.stderr), streams)
        self.assertEqual(self.page.posted, [])

    def test_no_question_is_too_odd(self):
        for question in ("", "5", "[]", "{}", '{"ask": "no"}', '{"ask": "complete"}', '{"ask": "complete", "code": 5}'):
            self.assertEqual(json.loads(rivulet_kernel.ask(question)), {"answer": "completions", "completions": []})
        answer = {"answer": "variables", "variables": [], "hidden": 0}
        self.assertEqual(self.ask("variables", names=5), answer)
        self.assertEqual(self.ask("variables", limit="a"), answer)
        self.assertEqual(self.ask("help")["answer"], "help")

    def test_odd_names_break_nothing(self):
        self.page.run("globals()[5] = 1; globals()['no name'] = 2; globals()['\\ud800'] = '\\udfff'; globals()['n' * 10_000] = 1")
        names = list(self.variables())
        self.assertIn("no name", names)
        self.assertLessEqual(max(map(len, names)), 200)


PITFALLS = """
import itertools, functools, time
touched = []
def touch(name):
    touched.append(name)
    while True: pass
class Meta(type):
    def __getattribute__(cls, name): touch(name)
class Trap(metaclass=Meta):
    plain = 1
    slots = ()
    def __getattribute__(self, name): touch(name)
    def __getattr__(self, name): touch(name)
    def __dir__(self): touch('dir')
class Rest:
    def __init__(self):
        self.here = 1
        self.callback = len
    @property
    def title(self):
        "The title."
        touch('title')
    @functools.cached_property
    def once(self): touch('once')
    @property
    def shape(self): touch('shape')
    @property
    def columns(self): touch('columns')
    @property
    def __class__(self): touch('class')
    @property
    def __doc__(self): touch('doc')
    @property
    def __signature__(self): touch('signature')
    def __call__(self, a): pass
    def method(self, a, b=2): "Does it."
    @classmethod
    def build(cls, a): pass
class Slotted:
    __slots__ = 'place',
trap, rest, slotted = Trap(), Rest(), Slotted()
slotted.place = 'here'
"""
SLOW = """
import functools, time, itertools
class Sleeps:
    def __repr__(self): time.sleep(60); return 'slept'
    def __len__(self): time.sleep(60); return 3
class Loops:
    def __repr__(self):
        while True: pass
class Calls:
    def __repr__(self):
        def again(): return again() if depth() else 1
        def depth():
            for n in itertools.count(): len('')
        return again()
class Counts(int):
    def __repr__(self): return [None for n in itertools.count() if n < 0]
class Text(str):
    def __repr__(self):
        while True: pass
class Nested(dict): pass
def defaults(a=Loops()): pass
sleeps, loops, calls, counts, text = Sleeps(), Loops(), Calls(), Counts(5), Text('abc')
nested = [1, {'a': Loops()}]
good = [1, 2, 3]
class Good:
    def __repr__(self): return 'good'
fine = Good()
"""


class TrapsTest(Asking, unittest.TestCase):
    def test_no_name_is_computed_by_looking_at_it(self):
        self.assertEqual(self.page.run(PITFALLS), {"result": "success"})
        for name in ("trap", "Trap", "rest", "Rest", "slotted"):
            for code in (f"{name}.", f"{name}.title.", f"{name}.s", f"{name}.once", f"{name}['", f"{name}.columns['", f"{name}.__"):
                self.names(code)
            for code in (name, f"{name}.title", f"{name}.title.x", f"{name}.once", f"{name}.shape", f"{name}.__class__", f"{name}.method"):
                self.ask("help", code=code)
        self.assertEqual(execute._kernel.main.touched, [])
        self.assertEqual(self.names("rest.t"), {"title": "property"})
        self.assertEqual(self.names("rest."), {
            "build": "method", "callback": "method", "columns": "property", "here": "variable", "method": "method",
            "once": "property", "shape": "property", "title": "property",
        })
        self.assertEqual(self.names("slotted."), {"place": "property"})
        self.assertEqual(self.names("slotted.place.upp"), {"upper": "method"})
        answer = self.ask("help", code="rest.title")
        self.assertEqual((answer["type"], answer["text"]), ("property", "The title."))
        answer = self.ask("help", code="rest.method")
        self.assertEqual((answer["type"], answer["signature"], answer["text"]), ("method", "(a, b=2)", "Does it."))
        self.assertEqual(self.ask("help", code="Rest.build")["signature"], "(a)")

    def test_variables_compute_no_attribute(self):
        self.page.run(PITFALLS)
        found = self.variables("trap", "rest", "slotted")
        self.assertEqual([name for name in execute._kernel.main.touched if name not in ("doc", "class")], [])
        self.assertEqual({name: one["type"] for name, one in found.items()}, {"trap": "Trap", "rest": "Rest", "slotted": "Slotted"})

    def test_a_value_that_takes_long_costs_the_others_nothing(self):
        self.page.run(SLOW)
        self.patience(1)
        for name in ("sleeps", "loops", "calls", "counts", "nested"):
            found = self.variables("good", name)
            self.assertEqual(found["good"]["value"], "[1, 2, 3]")
            self.assertEqual(found[name]["value"], "(its repr takes too long)", name)
        self.assertEqual(self.variables("text")["text"]["value"], "'abc'")
        found = self.variables("fine", "loops", "good")
        self.assertEqual([found[name]["value"] for name in ("fine", "good")], ["good", "[1, 2, 3]"])
        self.assertEqual(found["loops"]["type"], "Loops")

    def test_help_waits_for_no_default_value(self):
        self.page.run(SLOW)
        self.patience(1)
        answer = self.ask("help", code="defaults")
        self.assertEqual((answer["type"], answer["signature"]), ("function", ""))
        self.assertEqual(self.ask("help", code="loops")["text"], "(its repr takes too long)")

    def test_the_bound_ends_with_the_question(self):
        self.page.run(SLOW)
        self.patience(1)
        self.variables("loops")
        self.assertEqual(self.page.run("total = 0\nfor n in range(200_000): total += n\nimport time; time.sleep(0)\ntotal"), {"result": "success"})
        self.assertIsNone(sys.gettrace())

    @unittest.skipUnless(hasattr(sys, "monitoring"), "older Pythons can interrupt once only")
    def test_it_holds_where_the_code_catches_everything(self):
        self.page.run(
            "class Deaf:\n    def __repr__(self):\n        while True:\n            try:\n                while True: pass\n"
            "            except BaseException:\n                continue\ndeaf = Deaf()"
        )
        self.patience(1)
        self.assertEqual(self.variables("deaf")["deaf"]["value"], "(its repr takes too long)")


if __name__ == "__main__":
    unittest.main()
