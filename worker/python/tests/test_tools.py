"""Python's own tools find what a cell defines, whoever else defines the same names.

Each snippet runs as a plain module of CPython, as a cell whose names are everybody's, as one whose
names are all its own, and as one of which one name is its own; all must print the same.
"""

import contextlib
import io
import re
import sys
import unittest
from types import ModuleType
from unittest.mock import patch

from test_kernel import Page

# Before the dash, the names that the snippet binds; below a line with a version, a snippet needs it.
SNIPPETS = r'''
f inspect -- the source of a function, a method and a lambda
import inspect
def f(x):
    # what it is
    return x + 1
class A:
    def g(self):
        return f(1)
h = lambda: 1
print(inspect.getsource(f), inspect.getsource(A.g), inspect.getsource(h), inspect.getsourcelines(f)[1])
print(inspect.getdoc(f), inspect.getcomments(f), inspect.signature(f))

A B -- the source of classes
import inspect, dataclasses
class A:
    x = 1
    class Inner:
        y = 2
@dataclasses.dataclass
class B(A):
    a: int = 1
print(inspect.getsource(A), inspect.getsource(A.Inner), inspect.getsource(B))

f A f2 -- the source of wrapped functions
import inspect, functools
def wrap(function):
    @functools.wraps(function)
    def f2(*args):
        return function(*args)
    return f2
@wrap
def f(a, b=2): return a
class A:
    @functools.lru_cache
    def get(self): return 1
    @property
    def p(self): return 2
print(inspect.getsource(f), inspect.signature(f), inspect.getsource(A.get), inspect.getsource(A.p.fget))
print(inspect.getmodule(f).__name__, inspect.getmodule(A).__name__)

double Queue x -- doctest
import doctest
x = 2
def double(n):
    """
    >>> double(x)
    4
    >>> x * n
    Traceback (most recent call last):
    NameError: name 'n' is not defined
    """
    return n * 2
class Queue:
    """
    >>> q = Queue(); q.put(double(1)); q.items
    [2]
    """
    def __init__(self): self.items = []
    def put(self, item):
        """
        >>> Queue().put(1)
        """
        self.items.append(item)
result = doctest.testmod()
print(result.failed, result.attempted)

f -- doctest of one function
import doctest
def f(n):
    """
    >>> f(1)
    3
    """
    return n + 1
doctest.run_docstring_examples(f, globals(), name='f')
print(doctest.testmod(verbose=False).failed)
finder = doctest.DocTestFinder()
print([test.name for test in finder.find(f)], len(finder.find(f)[0].globs) > 0)
print(doctest.DocTestRunner(verbose=False).run(finder.find(f, globs=globals())[0], out=lambda text: None).failed)

TestSum helper -- unittest
import unittest, sys, io
def helper(n): return n + 1
class TestSum(unittest.TestCase):
    def test_one(self): self.assertEqual(helper(1), 2)
    def test_two(self): self.assertEqual(helper(1), 3)
def suite(loader): return loader.loadTestsFromTestCase(TestSum)
stream = io.StringIO()
runner = unittest.TextTestRunner(stream=stream)
result = unittest.main(argv=[''], exit=False, testRunner=runner).result
print(result.testsRun, len(result.failures), str(result.failures[0][0]))
result = runner.run(suite(unittest.TestLoader()))
print(result.testsRun, len(result.failures))
print(unittest.TestLoader().loadTestsFromName('TestSum.test_one', __import__('__main__')).countTestCases())
print(unittest.main(argv=['x', 'TestSum.test_one'], exit=False, testRunner=runner).result.testsRun)

fetch total -- unittest.mock
from unittest import mock
def fetch(): return 'real'
def total(): return fetch() + '!'
with mock.patch('__main__.fetch', return_value='fake') as fake:
    print(total(), fake.call_count)
print(total())
with mock.patch.object(__import__('__main__'), 'fetch', lambda: 'other'): print(total())
with mock.patch.dict(globals(), {'fetch': lambda: 'third', 'extra': 1}): print(total(), extra)
print(total(), 'extra' in globals())

Point Color make -- pickle and copy
import pickle, copy, enum, collections, dataclasses
@dataclasses.dataclass
class Point:
    x: int
    class Inner: pass
    def get(self): return self.x
class Color(enum.Enum): red = 1
Pair = collections.namedtuple('Pair', 'a b')
class Plain:
    def __reduce__(self): return make, (1,)
def make(n): return ('made', n)
values = [Point(1), Color.red, Pair(1, 2), Plain(), make, Point, Point.Inner, Point(3).get, type(Point.Inner())]
again = [pickle.loads(pickle.dumps(value)) for value in values]
print(again[:5], [a is b for a, b in zip(again[4:7], values[4:7])], again[7]())
print(copy.deepcopy(Point(2)), copy.copy(Color.red), copy.replace(Point(1), x=5) if hasattr(copy, 'replace') else Point(5))
print(pickle.loads(pickle._dumps(Point(1))) == Point(1), pickle.dumps(Point(1), 0)[:30])
try: pickle.dumps(lambda: 1)
except (pickle.PicklingError, AttributeError) as error: print('no lambda')

Node f Tree -- type hints as texts
import typing, inspect
class Node:
    next: 'Node'
    items: 'list[Node]'
    def link(self, other: 'Node') -> 'typing.Optional[Node]': ...
def f(a: 'Node', b: 'int' = 1) -> 'Tree': ...
Tree = dict[str, Node]
print(typing.get_type_hints(Node), typing.get_type_hints(Node.link), typing.get_type_hints(f))
print(inspect.get_annotations(f, eval_str=True), inspect.get_annotations(Node, eval_str=True))
print(inspect.signature(f, eval_str=True), inspect.signature(f))

Base f -- type hints of the future
from __future__ import annotations
import typing, dataclasses, functools
class Base:
    other: typing.ClassVar[Base] = None
@dataclasses.dataclass
class Item:
    name: str
    base: Base = None
    kind: typing.ClassVar[int] = 1
    extra: dataclasses.InitVar[int] = 2
    parts: list[Item] = dataclasses.field(default_factory=list)
def f(x: Base) -> Item: ...
print(typing.get_type_hints(Item), typing.get_type_hints(f), [one.name for one in dataclasses.fields(Item)])
print(Item('a'), f.__annotations__)
@functools.singledispatch
def show(x): return 'any'
@show.register
def _(x: Base): return 'base'
@show.register
def _(x: Item) -> str: return 'item'
print(show(1), show(Base()), show(Item('b')))

x y f -- eval in functions
x = 1
def f(a, text):
    b = 10
    return eval(text)
y = 5
print(f(2, 'a + b + x + y'), f(2, '(lambda: x)()'), f(2, '[x + n for n in range(2)]'))
class A:
    c = 3
    d = eval('c + x')
    e = [eval('x + y') for _ in range(2)]
    def get(self): return eval('self.d + x + y')
print(A.d, A.e, A().get(), (lambda: eval('x + 1'))(), list(map(lambda n: eval('n + x'), [1, 2])))
def g():
    x = 'local'
    def h(): return x, eval('x'), eval('y')
    return h()
print(g(), eval('f(1, "a + x")'), eval("eval('x') + y"), list(eval('x') for _ in range(2)))
x = 100
print(f(2, 'x'), f(0, 'f(1, "x")'))

x run -- exec in functions and at the top
x = 1
def run(text, **names):
    exec(text)
    exec(text, globals(), names)
    return names
print(run('y = x + 1'), run('def inner(): return x\nz = inner()')['z'], 'y' in globals())
exec('x = 2')
print(x)
exec('def late():\n    global x, made\n    x += 1\n    made = x\n    return x')
print(late(), x, made)
exec('class C:\n    a = x\n    def get(self): return x, made')
x = 50
print(C.a, C().get(), late(), x, made)
exec('for i in range(3): total = i + x')
print(total, i)
exec(compile('w = x + 1', 'some file', 'exec'))
print(w, eval(compile('x', '', 'eval')))
exec('import math\nfrom math import pi as circle')
print(math.floor(circle))
space = {}
exec('x = 1', space)
print(space['x'], x, sorted(space))

x f -- looks into globals
x = 1
shared_with_all = 2
def f(): return globals()['x'], globals()['shared_with_all'], 'x' in globals(), globals().get('x'), globals().get('nothing', 3)
def put(name, value): globals()[name] = value
print(f(), globals()['f'] is f, globals() is globals())
put('x', 7); put('new', 8)
print(x, new, f(), '{x}-{new}'.format(**globals()), '{x}'.format_map(globals()), '%(x)s' % globals())
del globals()['new']
try: new
except NameError as error: print(error)
globals().update(x=9, other=10)
print(x, other, globals().setdefault('x', 1), globals().setdefault('third', 3), third, globals().pop('third'))
print(sorted(n for n in globals() if n[0] != '_'), sorted(n for n in dir() if n[0] != '_'), sorted(n for n in vars() if n[0] != '_'))
print([n for n in ('x', 'f', 'nothing') if n in globals()], [v for n, v in globals().items() if n == 'x'], dict(globals())['x'])
before = set(globals())
appeared = 1
print(sorted(set(globals()) - before), isinstance(globals(), dict), globals() == globals(), f.__name__)
import string, copy
print(type(globals()), copy.copy(globals())['x'], type({**globals()}), len(globals()) > 5, (globals() | {'x': 0})['x'])
print(string.Template('$x and $other').substitute(globals()))

x f -- locals in functions and classes
x = 1
def f(a, *b, c=3, **d):
    e = x
    for i in range(2): pass
    return locals(), sorted(vars()), dir()
print(f(1, 2, z=5))
class A:
    y = x
    locals()['made'] = x + 1
    vars()['also'] = 5
print(A.made, A.also, (lambda q: (q, x, locals()))(2))
def g():
    x = 5
    def h(): return x, locals()
    return h()
print(g(), locals()['x'], locals() is globals(), sorted(n for n in locals() if n in ('x', 'f', 'A')))
def outer():
    z = x
    return [locals() for _ in '1'][0]['_'] if __import__('sys').version_info < (3, 12) else 1
print(vars(A)['y'], vars(__import__('__main__'))['x'], outer())

f n -- timeit
import timeit
n = 0
def f():
    global n
    n += 1
print(timeit.timeit('f()', globals=globals(), number=3) >= 0, n)
print(timeit.timeit(f, number=2) >= 0, n, timeit.repeat('f(); n', 'f()', repeat=2, number=2, globals=globals())[0] >= 0, n)
print(timeit.timeit('f()', setup='from __main__ import f', number=3) > 0, n, timeit.timeit('n + 1', globals=dict(n=1), number=1) >= 0)
import timeit as t
print(t.Timer('g()', 'g = f', globals=globals()).autorange() is not None, n > 5)

Color Perm Shape -- enumerations
import enum
class Color(enum.Enum):
    red = enum.auto()
    def hello(self): return self.name
    blue = 'b'
class Perm(enum.Flag): r = 1; w = 2
class Num(enum.IntEnum): one = 1
Shape = enum.Enum('Shape', 'round square')
print(list(Color), Color('b'), Color['red'].hello(), Perm.r | Perm.w, Num.one + 1, list(Shape), Color.red in Color)
print(Shape.__module__, Color.__module__, repr(Color), Shape.round, enum.unique(Color) is Color)

P Q Inventory -- dataclasses and named tuples
import dataclasses, collections, typing
P = collections.namedtuple('P', ['x', 'y'], defaults=[0])
class Q(typing.NamedTuple):
    a: int
    b: 'P' = P(1)
    def sum(self): return self.a + self.b.x
@dataclasses.dataclass(frozen=True, order=True, slots=True)
class Inventory:
    name: str
    q: 'Q' = Q(1)
    other: 'Inventory | None' = None
    def cost(self): return self.q.sum()
Made = dataclasses.make_dataclass('Made', [('x', int), ('y', 'P', None)])
print(P(1), P.__module__, Q(1), Q(5).sum(), Inventory('a'), Inventory('a') < Inventory('b'), Inventory('c').cost())
print(Made(1), Made.__module__ in ('types', '__main__'), dataclasses.asdict(Inventory('x')), P(1)._replace(y=2), dataclasses.replace(Inventory('x'), name='y'))
print(typing.get_type_hints(Q)['b'], Inventory.__qualname__, Q.__qualname__, type(P(1)))
try: Inventory('a').name = 'b'
except dataclasses.FrozenInstanceError as error: print(error)

Shape Square Reader -- abstract classes and protocols
import abc, typing, collections.abc
class Shape(abc.ABC):
    @abc.abstractmethod
    def area(self): ...
    @classmethod
    def make(cls, *args): return cls(*args)
class Square(Shape):
    def __init__(self, side=2): self.side = side
    def area(self): return self.side ** 2
@typing.runtime_checkable
class Reader(typing.Protocol):
    def read(self) -> 'Shape': ...
class Bag(collections.abc.Sequence):
    def __len__(self): return 2
    def __getitem__(self, at): return [Square(1), Square(2)][at]
T = typing.TypeVar('T')
class Box(typing.Generic[T]):
    def get(self) -> 'T': ...
print(Square.make(3).area(), isinstance(Square(), Shape), isinstance(1, Reader), [one.area() for one in Bag()], Square(1) in Bag())
print(Box[int], Shape.__abstractmethods__, Square.__mro__, Shape.register(int))
try: Shape()
except TypeError as error: print(str(error)[:40])

area f total -- single dispatch, caches and partials
import functools
@functools.singledispatch
def area(x): return 'unknown'
class Circle: pass
@area.register
def f(x: int): return 'int'
@area.register(Circle)
def _(x): return 'circle'
@area.register
def g(x: 'list'): return total
total = 'all'
print(area(1), area(Circle()), area([]), area(''), sorted(k.__name__ for k in area.registry))
@functools.lru_cache
def fib(n): return n if n < 2 else fib(n - 1) + fib(n - 2)
@functools.total_ordering
class V:
    def __init__(self, n): self.n = n
    def __eq__(self, o): return self.n == o.n
    def __lt__(self, o): return self.n < o.n
print(fib(30), V(1) >= V(0), functools.partial(f, 1)(), functools.reduce(lambda a, b: a + b, [1, 2]), fib.__wrapped__.__name__)

x f -- asks the module
import __main__, sys
x = 1
def f(): return __main__.x
print(f(), sys.modules['__main__'].x, getattr(__main__, 'x'), hasattr(__main__, 'nothing'), getattr(__main__, 'nothing', 5))
__main__.x = 2
print(x, f(), 'x' in dir(__main__), vars(__main__)['x'], __main__.__dict__['x'], __main__.__name__)
setattr(__main__, 'made', 3)
print(made)
del __main__.x
try: x
except NameError as error: print(error, error.name, type(error).__name__)
from __main__ import f as again
print(again is f, sys.modules[f.__module__].f is f, f.__module__, __name__)
import importlib
print(importlib.import_module('__main__').f is f)

x list f -- names that are not bound
try: x
except NameError as error: print(error, type(error), error.name)
x = 1
del x
try: print(x)
except Exception as error: print(error.args, repr(error))
def f():
    try: return x
    except (NameError, ValueError) as error: return str(error)
print(f())
try:
    try: x
    finally: print('between')
except: print(__import__('sys').exc_info()[1])
try:
    try: x
    except NameError: raise ValueError('outer')
except ValueError as error: print(error.__context__)
def g():
    print(y)
    y = 1
try: g()
except UnboundLocalError as error: print(error)
print(list('ab'), 'list' in globals())
list = 5
print(list, 'list' in globals(), globals()['list'], eval('list'))
del list
print(list('ab'), 'list' in globals())
def h():
    def inner(): return z
    if 0: z = 1
    return inner()
try: h()
except NameError as error: print(error)
import traceback
try: x
except NameError: print(traceback.format_exc().splitlines()[-1])

limit f -- looks at the frames of callers
import sys
limit = 5
def peek(name, depth=1):
    frame = sys._getframe(depth)
    return {**frame.f_globals, **frame.f_locals}.get(name)
print(peek('limit'))
def f(limit): return peek('limit'), sys._getframe().f_code.co_name, sys._getframe(1).f_code.co_name
print(f(6), f.__code__.co_varnames, f.__code__.co_name)

f A -- what functions and classes are called
def f():
    class L:
        def m(self): return lambda: None
    return L
class A:
    def m(self): return [self for _ in '1']
    class B:
        @staticmethod
        def s(): ...
for thing in (f, f(), f().m, f()().m(), A, A.m, A.B, A.B.s, A().m, (lambda: 1)):
    print(getattr(thing, '__name__', ''), getattr(thing, '__qualname__', ''), thing.__module__, str(thing).split(' at ')[0])

C g -- logs, warnings and tracebacks name what is theirs
import warnings, logging, traceback, io
class C(Exception): pass
def g():
    raise C('no')
try: g()
except C as error:
    print([(one.name, one.lineno, one.line) for one in traceback.extract_tb(error.__traceback__)])
    print(traceback.format_exception_only(error))
with warnings.catch_warnings(record=True) as caught:
    warnings.simplefilter('always')
    warnings.warn('careful')
    print(caught[0].lineno, str(caught[0].message))
stream = io.StringIO()
logging.basicConfig(stream=stream, format='%(funcName)s %(lineno)d %(message)s', force=True)
def log(): logging.warning('seen')
log(); logging.error('top')
print(stream.getvalue())

conn upper -- functions for sqlite3
import sqlite3
conn = sqlite3.connect(':memory:')
def upper(text): return text.upper()
class Longest:
    def __init__(self): self.best = ''
    def step(self, value): self.best = max(self.best, value, key=len)
    def finalize(self): return self.best
conn.create_function('shout', 1, upper)
conn.create_aggregate('longest', 1, Longest)
conn.create_collation('backwards', lambda a, b: (a < b) - (a > b))
conn.execute('create table t (a)')
conn.executemany('insert into t values (?)', [('a',), ('bbb',), ('cc',)])
print(conn.execute("select shout('x'), longest(a) from t").fetchall())
print(conn.execute('select a from t order by a collate backwards').fetchall())
conn.row_factory = sqlite3.Row
print(dict(conn.execute('select a from t').fetchone()), conn.total_changes)

data path -- files, archives and temporary folders
import zipfile, tempfile, pathlib, io, shutil, json, csv
with tempfile.TemporaryDirectory() as folder:
    path = pathlib.Path(folder) / 'a.txt'
    path.write_text('hello')
    with zipfile.ZipFile(pathlib.Path(folder) / 'x.zip', 'w', zipfile.ZIP_DEFLATED) as archive: archive.write(path, 'a.txt')
    with zipfile.ZipFile(pathlib.Path(folder) / 'x.zip') as archive: print(archive.namelist(), archive.read('a.txt'))
    shutil.make_archive(str(pathlib.Path(folder) / 'y'), 'gztar', folder, 'a.txt')
    print(sorted(one.name for one in pathlib.Path(folder).iterdir()))
with tempfile.NamedTemporaryFile('w+', suffix='.csv') as file:
    csv.writer(file).writerows([[1, 2], [3, 4]]); file.flush(); file.seek(0)
    data = list(csv.reader(file))
print(data, path.exists(), pathlib.Path(tempfile.gettempdir()).is_dir())

locale x -- the locale
import locale
x = locale.setlocale(locale.LC_ALL, '')
locale.setlocale(locale.LC_ALL, 'C')
print(locale.format_string('%d', 1234567, grouping=True), locale.localeconv()['decimal_point'], sorted(['b', 'a'], key=locale.strxfrm))
try: locale.setlocale(locale.LC_ALL, 'xx_YY')
except locale.Error as error: print(error)

3.12
Node first Pair -- type parameters
import typing
class Node[T]:
    value: T
    next: 'Node[T] | None' = None
def first[T](items: list[T], node: 'Node[T]') -> T: return items[0]
type Pair[A] = tuple[A, 'Node[A]']
print(Node[int], typing.get_type_hints(first)['items'], Pair.__value__, first([1], None), first.__type_params__)

3.14
Node Late f -- annotations that wait
import annotationlib, typing, dataclasses, inspect
@dataclasses.dataclass
class Node:
    next: Node | None = None
    late: Late | None = None
def f(x: Late, y: Missing) -> Node: ...
class Late: pass
print(typing.get_type_hints(Node), annotationlib.get_annotations(f, format=annotationlib.Format.STRING))
print(annotationlib.get_annotations(f, format=annotationlib.Format.FORWARDREF)['x'], inspect.signature(f, annotation_format=annotationlib.Format.STRING))
print(annotationlib.call_annotate_function(Node.__annotate__, annotationlib.Format.STRING), Node(Node()))

name t -- template strings, and two errors without brackets
name = 'Ada'
t = t'Hello {name!r:>6}!'
print(type(t).__name__, t.values, t.strings, [one.expression for one in t.interpolations])
def parse(text):
    try: return int(text)
    except ValueError, TypeError: return None
print(parse('7'), parse('x'), parse(None))
'''


def snippets():
    """The title, the names and the source of each that this Python can run."""
    wanted = (3, 11)
    for part in re.split(r"(?m)^(?=\S.* -- )|^(?=3\.\d+$)", SNIPPETS):
        head, _, source = part.strip().partition("\n")
        names, _, title = head.partition(" -- ")
        if title and sys.version_info >= wanted:
            yield title, names.split(), source
        elif not title and head:
            wanted = tuple(map(int, head.split(".")))


def as_module(source, name="Cell 1"):
    """What a module of CPython prints."""
    import linecache

    main = ModuleType("__main__")
    # `inspect` reads the source of a class from there.
    main.__file__ = name
    linecache.cache[name] = (len(source), None, source.splitlines(keepends=True), name)
    printed = io.StringIO()
    with patch.dict(sys.modules, {"__main__": main}), contextlib.redirect_stdout(printed):
        exec(compile(source, name, "exec", dont_inherit=True), main.__dict__)
    return cleaned(printed.getvalue())


def cleaned(text):
    return re.sub(r"0x[0-9a-f]+", "0x", text).replace('File "__main__"', 'File "Cell 1"')


class ToolsTest(unittest.TestCase):
    maxDiff = None

    def setUp(self):
        self.saved = sys.stdout, sys.stderr, sys.modules["__main__"]

    def tearDown(self):
        sys.stdout, sys.stderr, sys.modules["__main__"] = self.saved

    def test_each_tool_finds_the_names_of_the_cell(self):
        count = 0
        for title, names, source in snippets():
            # A kernel that knows no cell yet.
            Page()
            sys.stdout, sys.stderr = self.saved[:2]
            try:
                wanted = as_module(source)
            except BaseException as error:
                raise AssertionError(f"{title} is no module that runs") from error
            for own in ([], every_name(source), *([name] for name in names)):
                with self.subTest(title, own=own):
                    page = Page()
                    outcome = page.run(source, own=own)
                    # Whether a cell as everybody's does as a module, and what it does beyond, is seen first.
                    self.assertEqual(outcome.get("traceback", "") + cleaned(page.text()), wanted)
                    count += 1
        self.assertGreater(count, 100)


def every_name(source):
    """All names that the source binds at its top."""
    import symtable

    table = symtable.symtable(source, "cell", "exec")
    bound = [one.get_name() for one in table.get_symbols() if one.is_assigned() or one.is_imported()]
    return [name for name in bound if not name.startswith("__")]


if __name__ == "__main__":
    unittest.main()
