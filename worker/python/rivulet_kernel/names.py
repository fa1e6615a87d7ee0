"""The values of own names, and how what looks names up by their text finds them.

A cell with names of its own runs as a function whose free variables they are (see ``own``). They are
in no dictionary; but for ``globals()``, ``eval``, ``__main__`` and all that asks these, there is one
that shows them beside everybody's names, and puts what is bound where it lives.
"""

import __future__
import builtins
import functools
import inspect
import operator
import re
import sys
import typing
from contextlib import contextmanager, suppress
from types import CellType, CodeType, FunctionType, ModuleType
from typing import Any, Callable, Iterator, Mapping

from .classes import holds
from .scopes import CLASS, MODULE

# The variable of a cell that holds its own names; no source can say it.
HIDDEN = ".own names"
_NOTHING = object()
_BUILTINS = vars(builtins)
# The flags of a code that stand for `from __future__ import …`.
_FUTURES = functools.reduce(
    operator.or_, (getattr(__future__, name).compiler_flag for name in __future__.all_feature_names)
)
_UNBOUND = re.compile(r"cannot access free variable '(.*?)' ")


class OwnNames:
    """The own names of one run of a cell, which its functions keep alive."""

    def __init__(self, code: CodeType, own: frozenset[str], shared: dict[str, Any]) -> None:
        self.code = code
        # What only `except … as` binds is the cell's while the error is handled, and no longer.
        self.own = own
        self.shared = shared
        self.cells: dict[str, CellType] = {}
        self.closure = self.closure_for(code)
        self.cells.update(zip(code.co_freevars, self.closure))
        self.cells.pop(HIDDEN, None)
        self._names: Names | None = None

    def closure_for(self, code: CodeType) -> tuple[CellType, ...]:
        """What the code has to be given; names that are not known are its own and new."""
        return tuple(self.cells.get(name) or self._new_cell(name) for name in code.co_freevars)

    def _new_cell(self, name: str) -> CellType:
        # A builtin is what it is until the cell hides it.
        first = self if name == HIDDEN else _BUILTINS.get(name, _NOTHING)
        return CellType() if first is _NOTHING else CellType(first)

    def get(self, name: str, other: Any = None) -> Any:
        """The value of a name that is bound, and otherwise ``other``."""
        try:
            value = self.cells[name].cell_contents
        except (KeyError, ValueError):
            return other
        return other if value is _BUILTINS.get(name, _NOTHING) else value

    def set(self, name: str, value: Any) -> bool:
        """Binds a name, if it is an own one."""
        if not self.has(name):
            return False
        self.cells[name].cell_contents = value
        return True

    def delete(self, name: str) -> bool:
        """Deletes a name, if it is an own one that is bound."""
        if self.get(name, _NOTHING) is _NOTHING:
            return False
        if name in _BUILTINS:
            self.cells[name].cell_contents = _BUILTINS[name]
        else:
            del self.cells[name].cell_contents
        return True

    def has(self, name: str) -> bool:
        """Whether a name is an own one now."""
        is_own = name in self.own or self.get(name, _NOTHING) is not _NOTHING
        return is_own and name in self.cells

    def bound(self) -> dict[str, Any]:
        """All that are bound, with their values."""
        found = ((name, self.get(name, _NOTHING)) for name in self.cells)
        return {name: value for name, value in found if value is not _NOTHING}

    def all_names(self) -> "Names":
        """What ``globals()`` is in this cell."""
        if self._names is None:
            self._names = Names(self)
        self._names.refresh()
        return self._names


class Names(dict):
    """A cell's own names and everybody's, as a dictionary.

    Whoever reads it in Python sees what is there now. C code may look at the dictionary itself, so it
    also holds all of them as they were when it was last handed out; and what C code has put into it,
    such as ``global x`` in an executed text, is carried to where it lives.
    """

    __slots__ = ("_own", "_known", "_is_full")

    def __init__(self, own: OwnNames) -> None:
        super().__init__()
        self._own = own
        self._known: dict[str, Any] = {}
        self._is_full = False

    def refresh(self) -> None:
        """Carries away what was put into it, and holds all names as they are now."""
        self._settle()
        dict.clear(self)
        dict.update(self, self._own.shared)
        dict.update(self, self._own.bound())
        self._known = dict(dict.items(self))
        if not self._is_full:
            self._is_full = True
            _full.append(self)

    def forget(self) -> None:
        """Holds no value any more, so that it keeps none alive."""
        self._settle()
        self._is_full = False
        dict.clear(self)
        if "__builtins__" in self._own.shared:
            dict.__setitem__(self, "__builtins__", self._own.shared["__builtins__"])
        self._known = dict(dict.items(self))

    def _settle(self) -> None:
        known = self._known
        if len(known) == dict.__len__(self) and all(map(operator.is_, dict.values(self), known.values())):
            return
        for name in [*known, *dict.keys(self)]:
            self._settle_one(name)

    def _settle_one(self, name: Any) -> None:
        here, before = dict.get(self, name, _NOTHING), self._known.get(name, _NOTHING)
        if here is before:
            return
        if here is _NOTHING:
            del self._known[name]
            if not self._own.delete(name):
                self._own.shared.pop(name, None)
        else:
            self._known[name] = here
            if not self._own.set(name, here):
                self._own.shared[name] = here

    def __getitem__(self, name: Any) -> Any:
        if dict.get(self, name, _NOTHING) is not self._known.get(name, _NOTHING):
            self._settle_one(name)
        value = self._own.get(name, _NOTHING)
        return self._own.shared[name] if value is _NOTHING else value

    def __setitem__(self, name: Any, value: Any) -> None:
        if not self._own.set(name, value):
            self._own.shared[name] = value
        self._known[name] = value
        dict.__setitem__(self, name, value)

    def __delitem__(self, name: Any) -> None:
        self._settle_one(name)
        if not self._own.delete(name):
            del self._own.shared[name]
        self._known.pop(name, None)
        dict.pop(self, name, None)

    def __contains__(self, name: Any) -> bool:
        return self.get(name, _NOTHING) is not _NOTHING

    def get(self, name: Any, other: Any = None) -> Any:
        try:
            return self[name]
        except KeyError:
            return other

    def setdefault(self, name: Any, value: Any = None) -> Any:
        if name not in self:
            self[name] = value
        return self[name]

    def pop(self, name: Any, *other: Any) -> Any:
        value = self.get(name, _NOTHING)
        if value is _NOTHING:
            if not other:
                raise KeyError(name)
            return other[0]
        del self[name]
        return value

    def popitem(self) -> tuple[Any, Any]:
        name = next(reversed(self.copy()))
        return name, self.pop(name)

    def update(self, *others: Any, **more: Any) -> None:
        for name, value in dict(*others, **more).items():
            self[name] = value

    def __ior__(self, other: Any) -> "Names":
        self.update(other)
        return self

    def clear(self) -> None:
        for name in self.copy():
            del self[name]

    def copy(self) -> dict[str, Any]:
        self._settle()
        return {**self._own.shared, **self._own.bound()}

    def __iter__(self) -> Iterator[Any]:
        return iter(self.copy())

    def __reversed__(self) -> Iterator[Any]:
        return reversed(self.copy())

    def __len__(self) -> int:
        return len(self.copy())

    def keys(self) -> Any:
        return self.copy().keys()

    def values(self) -> Any:
        return self.copy().values()

    def items(self) -> Any:
        return self.copy().items()

    def __repr__(self) -> str:
        return repr(self.copy())

    def __eq__(self, other: Any) -> bool:
        return self is other or self.copy() == other

    __hash__ = None

    def __or__(self, other: Any) -> Any:
        return self.copy() | other

    def __ror__(self, other: Any) -> Any:
        return other | self.copy()

    def __reduce_ex__(self, protocol: int) -> Any:
        return dict, (self.copy(),)


# A module's is a plain one.
Names.__name__ = Names.__qualname__ = "dict"
Names.__module__ = "builtins"


# Those that hold values; and the own names of the cell that runs, or that is looked at.
_full: list[Names] = []
_running: OwnNames | None = None
_looked_at: OwnNames | None = None
# The own names of each cell's last run.
_kept: dict[int, OwnNames] = {}


def begin(cell: int, code: CodeType, own: frozenset[str], shared: dict[str, Any]) -> Any:
    """Runs the code of :func:`own.compile_cell`: gives its value, or a coroutine of it."""
    global _running
    _running = _kept[cell] = OwnNames(code, own, shared)
    function = FunctionType(code, shared, "<module>", None, _running.closure)
    return function()


def end() -> None:
    """Nothing runs any more; what was handed out must keep nothing alive."""
    global _running
    _running = None
    while _full:
        _full.pop().forget()


def let_go(cell: int) -> None:
    """Drops what a cell's last run made, but for what its functions use."""
    _kept.pop(cell, None)


def current() -> OwnNames | None:
    """The own names that ``__main__`` shows beside everybody's."""
    return _looked_at or _running


def found(name: str, other: Any) -> Any:
    """What ``__main__`` has by this name beyond everybody's. ``pickle`` asks it also later for the
    classes and functions of a cell.
    """
    own = current()
    value = own.get(name, other) if own else other
    kept = reversed(_kept.values()) if value is other else ()
    for one in (own.get(name) for own in kept):
        if isinstance(one, (type, FunctionType)) and one.__module__ == "__main__":
            return one
    return value


# What a cell calls while it runs.


def evaluated(
    function: Any, own: OwnNames, kind: int, hidden: tuple[str, ...], *given: Any, **named: Any
) -> Callable[[], Any]:
    """What ``eval(…)`` or ``exec(…)`` does, with the names that the code around sees."""
    if function is not eval and function is not exec or not given:
        return functools.partial(function, *given, **named)
    source, *places = given
    names = own.all_names()
    space = places[0] if places else named.pop("globals", None)
    inner = places[1] if len(places) > 1 else named.pop("locals", None)
    if space is None:
        space = names
        if inner is None:
            here = _variables(sys._getframe(1), own, kind, hidden)
            inner = here if kind != MODULE else _Inner(here, names) if here else names
    is_top = space is names and (inner is None or inner is names)
    if is_top and function is exec and isinstance(source, str):
        return _executed(source, own, sys._getframe(1).f_code.co_flags)
    return functools.partial(function, source, space, *([] if inner is None else [inner]), **named)


def _executed(source: str, own: OwnNames, flags: int) -> Callable[[], Any]:
    """Executes a text as if it stood in the cell: what it defines shares the own names for good."""
    compile_text = sys.modules[f"{__package__}.own"].compile_text
    code = None
    with suppress(Exception):  # it is no Python, which `exec` says in its own words
        code = compile_text(source, tuple(filter(own.has, own.cells)), flags & _FUTURES)
    if code is None:
        return functools.partial(exec, source, own.shared)
    return FunctionType(code, own.shared, "<module>", None, own.closure_for(code))


def seen(function: Any, own: OwnNames, kind: int, hidden: tuple[str, ...]) -> Any:
    """What ``globals()``, ``locals()``, ``vars()`` or ``dir()`` gives."""
    if function not in (globals, locals, vars, dir):
        return function()
    names = own.all_names()
    if function is globals:
        return names
    here = _variables(sys._getframe(1), own, kind, hidden)
    if kind == MODULE:
        here = {**names, **here} if here else names
    return sorted(here) if function is dir else here


def _variables(frame: Any, own: OwnNames, kind: int, hidden: tuple[str, ...]) -> Any:
    """The variables of a function, or of a class; at the top of a cell, those of comprehensions."""
    found = frame.f_locals
    if kind == CLASS:
        return found
    if kind != MODULE:
        return {name: value for name, value in found.items() if name not in hidden and name != HIDDEN}
    names = {**found, **{name[1:]: value for name, value in found.items() if name[0] == "."}}
    inner = {name: value for name, value in names.items() if name.isidentifier()}
    return {name: value for name, value in inner.items() if name not in own.cells or "." + name in found}


class _Inner(dict):
    """The variables of a comprehension at the top of a cell, before all other names."""

    def __init__(self, inner: Mapping[str, Any], names: Names) -> None:
        super().__init__(inner)
        self._names = names

    def __missing__(self, name: str) -> Any:
        return self._names[name]

    def __setitem__(self, name: str, value: Any) -> None:
        self._names[name] = value


def import_arguments(module: str, level: int) -> tuple:
    """The arguments of ``__import__`` for ``from module import *``."""
    return module, sys._getframe(1).f_globals, None, ("*",), level


def take_all(own: OwnNames, module: Any) -> None:
    """Binds what ``from module import *`` binds."""
    listed = getattr(module, "__all__", None)
    for name in [name for name in vars(module) if name[:1] != "_"] if listed is None else listed:
        value = getattr(module, name)
        if not own.set(name, value):
            own.shared[name] = value


def say_as_module(own: OwnNames) -> None:
    """Gives the error that is being handled the words of a module."""
    _say_as_module(sys.exc_info()[1], own)


def _say_as_module(error: BaseException | None, own: OwnNames) -> None:
    if type(error) is not NameError:
        return
    found = _UNBOUND.match(str(error))
    if found and found[1] in own.cells:
        error.args = (f"name {found[1]!r} is not defined",)
        error.name = found[1]


def say_as_module_at_end(error: BaseException | None) -> None:
    """The same for the error that ends the run."""
    if _running is not None:
        _say_as_module(error, _running)


# What looks names up in the module of a function or class.


@contextmanager
def _looking_at(own: OwnNames) -> Iterator[None]:
    global _looked_at
    before, _looked_at = _looked_at, own
    try:
        yield
    finally:
        _looked_at = before


def _owner_of(thing: Any) -> OwnNames | None:
    """The own names of the cell in which a function or class stands, if it has any."""
    if isinstance(thing, type):
        if thing.__module__ != "__main__":
            return None
        codes = [_code_of(value) for value in vars(thing).values()]
        for own in reversed(_kept.values()):
            if any(code and holds(own.code, code) for code in codes) or _names_it(own, thing):
                return own
        return None
    code = _code_of(thing)
    return next((own for own in _kept.values() if code and holds(own.code, code)), None)


def _code_of(value: Any) -> CodeType | None:
    function = getattr(value, "__func__", None) or getattr(value, "fget", None) or value
    function = inspect.unwrap(function) if callable(function) else function
    return function.__code__ if isinstance(function, FunctionType) else None


def _names_it(own: OwnNames, thing: type) -> bool:
    first, *path = thing.__qualname__.split(".")
    found = own.get(first)
    for name in path:
        found = getattr(found, name, None)
    return found is thing


def _lets_see(function: Callable, module_names: str) -> Callable:
    """The same function, but it finds a cell's own names, too."""

    @functools.wraps(function)
    def sees(obj: Any, *args: Any, **named: Any) -> Any:
        own = _owner_of(obj)
        if own is None:
            return function(obj, *args, **named)
        if not args and named.get(module_names) is None and not isinstance(obj, type):
            named[module_names] = own.all_names()
        with _looking_at(own):
            return function(obj, *args, **named)

    return sees


def _let_all_see() -> None:
    typing.get_type_hints = _lets_see(typing.get_type_hints, "globalns")
    inspect.get_annotations = _lets_see(inspect.get_annotations, "globals")
    library = sys.modules.get("annotationlib")
    if library is not None:
        library.get_annotations = inspect.get_annotations


_let_all_see()
