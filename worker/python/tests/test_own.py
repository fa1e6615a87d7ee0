"""Names of one cell's own: such a cell does what it does as a module, and leaks none of them."""

import ast
import asyncio
import builtins
import dis
import importlib
import inspect
import re
import sys
import unittest
from types import CodeType
from unittest.mock import patch

from test_kernel import Page

from rivulet_kernel import execute, own
from rivulet_kernel.scopes import SEEING, Reader

# Each does the same, prints the same and shows the same as a plain module; before the dash, names of
# its own. Below a line with a version, a snippet needs that Python.
SNIPPETS = """
_x -- a value
_x = 2
_x * 21

_x y -- some are shared
_x = 1
y = _x + 1
z = [_x, y]
print(_x, y, z)

f -- a function that calls itself
def f(n): return 1 if n < 2 else n * f(n - 1)
f(5)

_a -- functions that read and write through `global`
_a = 1
def add():
    global _a, b
    _a += 1
    b = _a
def show(): print(_a, b)
add(); show(); add(); show()
print(_a, b)

_only -- a name that only a function binds
def bind():
    global _only
    _only = 5
bind()
_only

x -- a local variable of the same name between
x = 0
def outer():
    x = 1
    def inner():
        global x
        x += 10
        return x
    return x, inner(), x
print(outer(), x)

x -- nonlocal chains
x = 'module'
def a():
    x = 'a'
    def b():
        nonlocal x
        x += 'b'
        def c():
            global x
            x += 'c'
            return x
        return x, c()
    return b(), x
print(a(), x)

x -- global in a function hides the one around
def a():
    x = 1
    def b():
        global x
        x = 2
        def c(): return x
        return c()
    return x, b()
x = 0
print(a(), x)

i -- a class that binds the name that it reads
i = 3
class A:
    i = i
    i += 1
    def get(self): return i
    ten = [i for _ in range(2)]
    twice = i * 2
print(A.i, A().get(), A.ten, A.twice, i)

i -- a class in a function reads past the function
i = 'module'
def f():
    i = 'function'
    class B:
        i = i
        def get(self): return i
    class C:
        j = i
    return B.i, B().get(), C.j
print(f())

i -- a class that adds to what it does not have
i = 1
class A:
    i += 1
    del i
    j = i
    i = 9
    k = i
print(A.i, A.j, A.k, i)

i -- a class that declares the name global
i = 1
class A:
    global i
    i += 1
    j: int = i * 2
print(i, hasattr(A, 'i'), A.j)

A _base -- classes and what they are called
class _base:
    def __init_subclass__(cls): print('sub', cls)
class A(_base):
    class Inner:
        def f(self): return lambda: None
    def g(self): pass
print(A, A.Inner, A.Inner.f, A.Inner().f(), A.g.__qualname__, A.__qualname__, A.__module__)
A()

f -- functions and what they are called
def f():
    def g(): yield
    return g
print(f, f(), f()(), f.__name__, f.__qualname__, f().__qualname__, f.__module__, f.__code__.co_name)
print(lambda: 0, (lambda: 0).__qualname__)

_C -- names of two underscores in a class
class _C:
    __secret = 5
    def get(self): return self.__secret
    def __hide(self): pass
print(sorted(name for name in vars(_C) if 'C__' in name), _C().get())

_A__x -- a mangled name that is the cell's own
_A__x = 7
class A:
    def get(self): return __x
    y = __x
print(A().get(), A.y)

_x -- in comprehensions
_x = 10
print([_x + n for n in range(3)], {_x: n for n in range(2)}, {_x}, sum(_x for _ in range(3)))
print([[_x + a + b for a in range(_x - 8)] for b in range(2)])

n -- a comprehension with a variable of the same name
n = 'mine'
print([n for n in range(3)], n)
fs = [lambda: n for n in range(2)]
print([f() for f in fs], (lambda: n)(), n)

last -- an assignment expression
if (last := 5) > 3: print(last)
print([last := n for n in range(4)], last)
print(any((last := n) > 2 for n in range(9)), last)
def f():
    print([last := n for n in range(3)], last)
f()
print(last)

shared_last_is_not _x -- an assignment expression that is shared
_x = 1
[seen := n + _x for n in range(4)]
print(seen)

a b c rest -- match
match {'k': [1, 2, 3], 'm': 4}:
    case {'k': [a, *b], **rest}: print(a, b, rest)
match 5:
    case int() as c: print(c)

e -- an exception's name goes
try:
    1 / 0
except ZeroDivisionError as e:
    print(repr(e))
try:
    e
except NameError as gone:
    print(type(gone).__mro__[-4:])

e -- except star
try:
    raise ExceptionGroup('g', [ValueError(1)])
except* ValueError as e:
    print(e.exceptions)

x -- del
x = 1
del x
try:
    x
except NameError:
    print('gone')
x = 2
(x,)

id list -- builtins stay until the name is bound, and come back
print(id(1) == id(1), list('ab'))
list = list('cd')
print(list)
del list
print(list('ef'))
id = 5
def f(): return id
print(f())
del id
print(f() is id, id('x') == id('x'))

list -- del of several
list = other = 5
del list, other
print(list('x'))

sum -- a global builtin in a function
def f():
    global sum
    sum = 3
f()
print(sum)

os xml pi mean -- imports
import os.path
import xml.dom as dom, json
import xml.etree.ElementTree
from math import pi, tau as whole
from statistics import mean
print(os.path.join('a', 'b'), xml.etree.ElementTree.fromstring('<a/>').tag, dom.__name__, json.dumps(1), pi, whole, mean([1, 2]))

path -- import with a name
import os.path as path
from os import path as other
print(path is other)

_x -- all names of a module
_x = 1
from math import *
print(floor(2.5) + _x, pi)

_x -- all names that a module lists
_x = 1
try:
    from string import *
    from json import *
finally:
    print(digits, loads('1'))

_x -- from the future
'''What it is.'''
from __future__ import annotations
_x = 1
def f(a: _Missing, b: _x = _x) -> also_missing: pass
print(f.__annotations__, __doc__, f(1), annotations.compiler_flag)

annotations -- a name from the future
from __future__ import annotations
def f(a: nothing): pass
print(annotations.optional, f.__annotations__)

_x -- the docstring is the module's
"What it is."
_x = 1
__doc__

_x a -- annotated names
_x: int = 1
a: list[_x] = [2]
b: int = 3
c: int
(d): int = 4
class K: pass
K.e: int = 5
if b: g: str = 'g'
print(_x, a, b, d, K.e, g)
c_is_not_bound = 'c' in globals()
c_is_not_bound

x -- decorators, defaults and keyword arguments
def x(f): print('decorates', f); return f
@x
def f(a, b=x, *c, d=x, **e): return b is d
@x
class C: x = x
print(f(1), C.x is f.__defaults__[0])

total -- augmented assignment
total = 0
for n in range(5): total += n
rows = {}
rows['a'] = total
rows['a'] += total
print(total, rows)

a b _i -- unpacking and loops
a, (b, *others) = 1, (2, 3, 4)
for _i, a in enumerate('xy'): pass
else: print(_i, a, b, others)
while _i: _i -= 1
with open(__import__('os').devnull) as b, b as a: print(a is b)

gen -- generators and lambdas
def gen():
    got = yield 1
    print('got', got)
    yield from (n * 2 for n in (1, 2))
g = gen()
print(next(g), g.send('it'), list(g))
print((lambda *a, k=gen: (a, k is gen))(1))

_n -- f-strings
_n = 3.14159
print(f'{_n=} {_n:.2f} {_n!r:>{int(_n) * 4}} {(lambda: _n)()}')

P _default -- dataclasses
from dataclasses import dataclass, field, replace
_default = 4
@dataclass(order=True)
class P:
    x: int
    y: int = _default
    z: list = field(default_factory=lambda: [_default])
print(P(1), replace(P(1), x=2) > P(1), P.__qualname__)

Color P -- enumerations, named tuples and pickles
from enum import Enum
from collections import namedtuple
from typing import NamedTuple
import copy, pickle
class Color(Enum): red = 1; blue = 2
class P(NamedTuple): x: int; y: int = 2
Q = namedtuple('Q', 'a b')
print(Color.red, list(Color), P(1), Q(1, 2), copy.deepcopy(P(3)))
print(pickle.loads(pickle.dumps([Color.red, P(1)])))

Base -- super and class cells
class Base:
    def hello(self): return 'base'
class Sub(Base):
    def hello(self): return super().hello() + __class__.__name__
print(Sub().hello())

Meta ns -- metaclasses
class Meta(type):
    def __prepare__(name, bases, **more): print(name, more); return {'given': 1}
    def __new__(meta, name, bases, space, **more): return super().__new__(meta, name, bases, space)
class A(metaclass=Meta, more=2):
    seen = given
    given = given + 1
print(A.seen, A.given)

x -- properties and descriptors
class C:
    @property
    def x(self): return self._x
    @x.setter
    def x(self, value): self._x = value
c = C(); c.x = 5
x = c.x
x

x y -- evaluated texts
x = 1
s = 2
print(eval('x + s'), eval('[x + n for n in range(3)]'), eval('(lambda: x + s)()'))
exec('y2 = x + 1\\ndef later(): return y2')
print(y2, later(), eval('y2 + x', globals()), eval('y2', globals(), locals()))
print(eval('x', {'x': 'other'}), eval('y', {}, {'y': 7}))

x y -- what there is
x = 1
shared = 2
print(sorted(n for n in locals() if n[0] != '_'), locals()['x'], 'shared' in vars(), 'x' in dir())
print('{x} {shared}'.format(**globals()), '%(x)s' % locals(), globals()['shared'])
globals()['made'] = 3
locals().update(also=4)
made + also

x -- what a function has
x = 1
def f(a):
    b = x
    return sorted(locals()), sorted(vars()), dir()
class C:
    y = x
    names = sorted(n for n in locals() if n[0] != '_')
print(f(1), C.names)

f -- timeit
import timeit
def f(): return 3
timeit.timeit('f()', globals=globals(), number=1) > 0

x -- shadowed functions of Python
x = 1
def locals(): return 'mine'
def f(eval): return eval('x')
print(locals(), f(len))

x -- asynchronous code
import asyncio
x = []
async def work(n):
    await asyncio.sleep(0)
    x.append(n)
    return n
async def many():
    for n in range(3): yield n
@needs_loop
class Manager:
    async def __aenter__(self): return 'in'
    async def __aexit__(self, *args): pass
print(await work(1), [await work(n) for n in range(2)], [n async for n in many()])
async with Manager() as a: print(a)
async for b in many(): x.append(b)
await asyncio.gather(*(work(n) for n in x[:2]))
print(x)
await work(9)

x -- an asynchronous generator without waiting
x = 1
async def many():
    for n in range(3): yield n + x
g = (n async for n in many())
print(type(g))

_x -- a last expression that is hidden
_x = 5
_x;

_x -- a name of all
_x = 1
print(__name__, __name__ == '__main__')
import __main__
print(__main__._x)

f -- a traceback
def f(n):
    return [1 / n for _ in range(2)]

f(0)

_x -- a traceback from the last expression
_x = [1,
      2]
(_x[0] +
   _x[5])

_x f -- an error in a class body
f = 1
class A:
    def m(self): pass
    _x = 1 / 0

_x -- a name that is not bound yet
print(_x)
_x = 1

_x -- a name that a function reads too early
def f():
    return _x
f()
_x = 1

_x -- no such name
_x = 1
_y

_x -- an error in an evaluated text
_x = 1
exec('1 / 0')

_x -- a module that is not there
_x = 1
from not_there import *

_x -- a cause
_x = 1
try:
    try:
        {}[_x]
    except KeyError as e:
        raise ValueError('no') from e
finally:
    print('end')

_x -- not Python
_x = 1
_y = = 2

_x -- not allowed in a module
_x = 1
return _x

_x -- not allowed in a module, either
_x = 1
yield _x

_x -- not allowed in a function
def f():
    _x = 1
    global _x
_x = 1

3.12
A f T X -- type parameters
class A[T]:
    def get(self, x: T) -> T: return x
    type Own = list[T]
type X = list[A[int]] | Y
type Y = None
def f[T: (int, str)](x: T, y: X) -> list[T]: return [x]
T = 5
print(A, A[int], f, f(1, None), X.__value__, A.Own.__value__, f.__type_params__, A.__type_params__, T)

i -- type parameters in a class
i = int
class A:
    type Before = list[i]
    def f[T](self, x: i) -> dict[i, T]: pass
    i = str
    type After = i
    class B[T: i]: pass
def g():
    i = bytes
    class C:
        i = float
        type Own = i
        def f[T: i](self): pass
    class D:
        type Around = i
    return C.Own.__value__, C.f.__type_params__[0].__bound__, D.Around.__value__
print(A.Before.__value__, A.After.__value__, A.B.__type_params__[0].__bound__, g())

n -- evaluated in a comprehension
n = 5
print([eval('n') for n in range(2)], [eval('n + m') for m in range(2)])

3.13
x -- a text that binds an own name
x = 1
exec('x = 2; z = x')
globals().update(x=x + 1)
locals()['w'] = 0
print(x, z, w)

pi e -- a module's names that are own
from math import *
print(pi > 3)
e = 0
tau > pi > e

3.14
_T a -- annotations wait
class Holder:
    item: _T
    a = 1
    other: a
def f(x: _T, y: a): pass
_T = 5
a = 2
import annotationlib
print(annotationlib.get_annotations(Holder), f.__annotations__)

_x -- template strings
_x = 3
t = t'{_x} and {_x!r:>5}'
print(t.values, [i.expression for i in t.interpolations])
"""


def snippets():
    for part in re.split(r"(?m)^(?=\S.* -- )|^(?=3\.\d+$)", SNIPPETS):
        head, _, source = part.strip().partition("\n")
        names, _, title = head.partition(" -- ")
        yield (names, None) if not title else (title, (names.split(), source))


def needed():
    """The snippets that this Python can run."""
    wanted = (3, 11)
    for title, snippet in snippets():
        if snippet is None:
            wanted = tuple(map(int, title.split("."))) if title else wanted
        elif sys.version_info >= wanted:
            yield title, *snippet


def without_addresses(text):
    return re.sub(r"0x[0-9a-f]+", "0x", text)


class Result:
    """All that can be seen of a run, and the names that it left."""

    def __init__(self, source, names):
        self.page = Page()
        before = set(execute._kernel.names)
        self.outcome = self.page.run(source, own=names)
        value = self.page.value()
        self.seen = {
            "outcome": without_addresses(str(self.outcome)),
            "printed": without_addresses(self.page.text()),
            "stderr": without_addresses(self.page.text("stderr")),
            "value": without_addresses(value["text/plain"]["text"]) if value else None,
        }
        names = set(execute._kernel.names) - before
        self.names = names - {"__annotations__", "__annotate__", "__conditional_annotations__"}


class Kept(unittest.TestCase):
    def setUp(self):
        self.saved = sys.stdout, sys.stderr, sys.modules["__main__"]

    def tearDown(self):
        sys.stdout, sys.stderr, sys.modules["__main__"] = self.saved


class SnippetTest(Kept):
    maxDiff = None

    def test_a_cell_with_own_names_does_what_it_does_as_a_module(self):
        count = 0
        for title, names, source in needed():
            if "await" in source and sys.platform == "emscripten":
                continue  # its own loop cannot wait
            source = source.replace("@needs_loop\n", "")
            for own_names in [names] + [[name] for name in names[1:]]:
                with self.subTest(title, own=own_names):
                    plain, ours = Result(source, []), Result(source, own_names)
                    self.assertEqual(ours.seen, plain.seen)
                    self.assertEqual(ours.names, plain.names - set(own_names))
                    count += 1
        self.assertGreater(count, 80)


class OwnTest(Kept):
    def setUp(self):
        super().setUp()
        self.page = Page()

    def value(self):
        return self.page.value()["text/plain"]["text"]

    def test_a_function_keeps_its_cells_names_when_another_cell_has_the_same(self):
        self.page.run("n = 1\ndef first():\n    global n\n    n += 1\n    return n", 1, own=["n"])
        self.page.run("n = 100\ndef second(): return n", 2, own=["n"])
        self.page.run("n = 'shared'", 3)
        self.page.run("first(), second(), first(), n", 4)
        self.assertEqual(self.value(), "(2, 100, 3, 'shared')")

    def test_each_run_begins_with_fresh_names(self):
        source = "try:\n    _n += 1\nexcept NameError:\n    _n = 1\nshown = _n"
        for _ in range(3):
            self.page.run(source, own=["_n"])
        self.assertEqual(execute._kernel.main.shown, 1)

    def test_values_live_until_the_cell_runs_again_or_is_dropped(self):
        source = "import weakref\nclass _C: pass\n_held = _C()\nshared = weakref.ref(_held)"
        self.page.run(source, 1, own=["_held"])
        first = execute._kernel.main.shared
        self.assertIsNotNone(first())
        self.page.run(source, 1, own=["_held"])
        self.assertIsNone(first())
        second = execute._kernel.main.shared
        execute.drop_cell(1)
        self.assertIsNone(second())

    def test_a_shared_class_is_one_for_pickle_later(self):
        self.page.run("_x = 1\nclass C:\n    def get(self): return _x", 1, own=["_x"])
        self.page.run("import pickle\npickle.loads(pickle.dumps(C())).get()", 2)
        self.assertEqual(self.value(), "1")

    def test_names_that_the_cell_does_not_bind_are_everybodys(self):
        self.page.run("x = 5", 1)
        self.page.run("x: int\nx + 1", 2, own=["x", "y"])
        self.assertEqual(self.value(), "6")

    def test_the_code_is_compiled_anew_when_other_names_are_own(self):
        self.page.run("x = 1", own=["x"])
        self.assertFalse(hasattr(execute._kernel.main, "x"))
        code = execute._kernel.compiled[1][1]
        self.page.run("x = 1", own=["x"])
        self.assertIs(execute._kernel.compiled[1][1], code)
        self.page.run("x = 1", own=[])
        self.assertEqual(execute._kernel.main.x, 1)

    def test_a_long_chain_is_not_too_deep(self):
        source = "_x = " + " + ".join(["1"] * 500) + "\nif _x == 0: y = 0\n"
        source += "\n".join(f"elif _x == {n}: y = {n}" for n in range(1, 501)) + "\n" + "str(y)" + ".strip()" * 400
        self.assertEqual(self.page.run(source, own=["_x"]), {"result": "success"})
        self.assertEqual(self.value(), "'500'")
        self.assertLess(sys.getrecursionlimit(), 50_000)

    def test_a_warning_about_the_source_comes_once(self):
        source = "_x = 1\n_x is 1"
        self.page.run(source, 1, own=["_x"])
        with_own = self.page.text("stderr")
        self.page.run(source, 2)
        self.assertEqual(with_own.count("SyntaxWarning"), 1)
        self.assertEqual(self.page.text("stderr").count("SyntaxWarning"), 1)

    def test_the_source_of_a_function_is_found(self):
        self.page.run("import inspect\n_x = 1\ndef f():\n    return _x\ninspect.getsource(f)", own=["_x"])
        self.assertEqual(self.value(), repr("def f():\n    return _x\n"))

    def test_functions_find_their_cells_names_by_text_also_later(self):
        source = (
            "import typing, inspect\nn = {0}\nclass Node:\n    next: 'Node'\n    def link(self, n: 'Node'): ...\n"
            "def look_{0}(text): return eval(text)\n"
            "def put_{0}(text):\n    exec(text, globals())\n    return n, globals()['n']\n"
            "def hints_{0}(): return typing.get_type_hints(Node)['next'] is Node\n"
            "def node_{0}(x: 'Node'): return Node\n"
        )
        own = ["n", "Node", "typing", "inspect"]
        self.page.run("seen = 'shared'", 9)
        for cell in (1, 2):
            self.assertEqual(self.page.run(source.format(cell), cell, own=own), {"result": "success"})
        for text, value in (
            ("look_1('n'), look_2('n + 5'), look_1('seen'), look_2('[n + m for m in range(2)]')", "(1, 7, 'shared', [2, 3])"),
            ("put_1('n += 10'), put_2('global n\\nn = 20; made = n'), made, look_1('n')", "((11, 11), (20, 20), 20, 11)"),
            ("hints_1(), hints_2()", "(True, True)"),
            ("[__import__('typing').get_type_hints(f)['x'] is f(1) for f in (node_1, node_2)]", "[True, True]"),
            ("[__import__('inspect').signature(f, eval_str=True).parameters['x'].annotation is f(1) for f in (node_1, node_2)]", "[True, True]"),
            ("[__import__('typing').get_type_hints(f(1))['next'] is f(1) for f in (node_1, node_2)]", "[True, True]"),
            ("[__import__('typing').get_type_hints(f(1).link)['n'] is f(1) for f in (node_1, node_2)]", "[True, True]"),
            ("'n' in globals(), hasattr(__import__('__main__'), 'n')", "(False, False)"),
        ):
            self.assertEqual(self.page.run(text, 4), {"result": "success"}, text)
            self.assertEqual(self.value(), value, text)

    def test_an_object_of_an_own_class_is_pickled_in_another_cell(self):
        self.page.run("class Own:\n    def __eq__(self, other): return type(self) is type(other)\nmade = Own()", own=["Own"])
        self.page.run("import pickle\npickle.loads(pickle.dumps(made)) == made, pickle.loads(pickle._dumps(made)) == made", 2)
        self.assertEqual(self.value(), "(True, True)")

    def test_what_has_shown_all_names_keeps_no_value_alive(self):
        self.page.run("import weakref\nclass C: pass\nbig = C()\nheld = weakref.ref(big)", 1, makes=["big", "C", "held", "weakref"])
        source = (
            "from dataclasses import dataclass\n@dataclass\nclass P: x: int = 1\ndef f(): return sorted(globals())\n"
            "names = globals()\nexec('def g(): return [big]')\n_x = eval('big') and len(dict(names)) and f() and 1"
        )
        self.assertEqual(self.page.run(source, 2, own=["P", "f", "names", "_x"]), {"result": "success"})
        self.page.run("big = None", 1, makes=["big"])
        self.page.run("held() is None", 3)
        self.assertEqual(self.value(), "True")

    def test_other_cells_do_not_see_own_names_by_text(self):
        self.page.run("_x = 1\ny = eval('_x') + len(dir())", 1, own=["_x"])
        self.page.run("import __main__\n'_x' in globals(), '_x' in dir(__main__), hasattr(__main__, '_x'), '_x' in vars(__main__)", 2)
        self.assertEqual(self.value(), "(False, False, False, False)")

    def test_an_error_is_told_without_our_frames(self):
        source = "_x = 1\nexec('def f():\\n    return _x / 0')\ntry:\n    exec('1 +')\nexcept SyntaxError as error: print(error)\nf()"
        outcome = self.page.run(source, own=["_x"])
        self.assertEqual((outcome["name"], self.page.text()), ("ZeroDivisionError", "invalid syntax (<string>, line 1)\n"))
        self.assertNotIn("rivulet_kernel", outcome["traceback"])
        for text in ("eval('1 +')", "exec('(')", "exec('raise ValueError(1)')", "eval('_y')", "globals()['_y']", "eval()"):
            self.assertNotIn("rivulet_kernel", self.page.run(f"_x = 1\n{text}", own=["_x"])["traceback"])

    def test_user_code_sees_no_mark_of_ours(self):
        self.page.run(
            "import sys\n_x = 1\ndef f(): return _x\nclass C: y = _x\n"
            "frame = sys._getframe()\nprint(sorted(frame.f_locals), frame.f_code.co_name)\n"
            "print(f.__code__.co_freevars, frame.f_code.co_names, frame.f_code.co_consts[:0])",
            own=["_x", "C"],
        )
        self.assertEqual(self.page.text().splitlines()[0], "['C', '_x'] <module>")
        self.assertNotIn(own._MARK, self.page.text())


# The compiler is the judge: whatever it takes for the module's in a module must be marked in ours, and
# nothing else.


def accesses(code, is_module):
    """How each name is used that is the module's: by what, on which line."""
    found = set()
    for step in dis.get_instructions(code):
        action, _, way = step.opname.partition("_")
        if action not in ("LOAD", "STORE", "DELETE") or not isinstance(step.argval, (str, tuple)):
            continue
        names = step.argval if isinstance(step.argval, tuple) else (step.argval,)
        from_class = way == "NAME" and (is_module or action == "LOAD")
        is_global = way in ("GLOBAL", "FROM_DICT_OR_GLOBALS") or from_class
        for name in names:
            if isinstance(name, str) and way not in ("ATTR", "CONST", "METHOD", "CLOSURE"):
                is_closure = way.startswith("FAST") and name in code.co_cellvars + code.co_freevars
                if name.endswith(own._MARK) and not is_closure or is_global:
                    found.add((action, name.removesuffix(own._MARK), step.positions.lineno))
    return found


def trees(plain, ours, names, is_module=True):
    """Yields what each code object does with the names, as a module and in ours."""
    for code, of in ((plain, is_module), (ours, False)):
        yield {access for access in accesses(code, of) if access[1] in names}
    inner = [[c for c in code.co_consts if isinstance(c, CodeType)] for code in (plain, ours)]
    yield [code.co_qualname for code in inner[0]]
    yield [own._without_mark(code.co_qualname) for code in inner[1]]
    for one, other in zip(*inner):
        yield from trees(one, other, names, False)


class CompilerTest(unittest.TestCase):
    MODULES = (
        "argparse ast calendar collections contextlib copy dataclasses datetime decimal enum fractions"
        " functools inspect json.decoder json.encoder logging pathlib pickle random statistics string"
        " textwrap threading tokenize traceback types typing unittest.mock uuid zipfile"
    )

    def test_the_names_of_real_modules_are_marked_as_the_compiler_takes_them(self):
        checked = 0
        for module in self.MODULES.split():
            try:
                source = inspect.getsource(importlib.import_module(module))
            except OSError:
                continue
            tree = ast.parse(source)
            reader = Reader()
            reader.visit(tree)
            if reader.annotated:
                continue  # a module keeps these annotations, which is code that ours does not have
            names = {name for name in reader.module.bound if not hasattr(builtins, name)}
            names -= SEEING | {name for name in names if name.startswith("__")}
            plain = compile(tree, module, "exec")
            with patch.object(own, "_unmarked", lambda code: code):
                ours = own.compile_cell(tree, module, names, False)
            if ours is None:
                continue
            results = iter(trees(plain, ours, names))
            for one, other in zip(results, results):
                self.assertEqual(one, other, module)
                checked += 1
        self.assertGreater(checked, 1_000)


if __name__ == "__main__":
    unittest.main()
