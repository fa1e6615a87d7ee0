"""Answers what the page asks between runs: the variables, how a name can go on, and what it is.

A name is looked at without running code of the notebook. Only a value that is shown may be asked for
its `repr` and its length, and gets a moment for that. Whatever it does, an answer comes: nothing is
printed, nothing large is written out, and what fails or takes long is left out.
"""

import builtins
import inspect
import io
import keyword
import os
import operator
import re
import sys
import types
from collections import deque
from contextlib import contextmanager, suppress
from itertools import islice
from typing import Any, Callable, Iterable, Iterator

from . import execute, files, look
from .look import is_a as _is
from .patience import Impatient, check, patience

# For all that one question asks of values.
SECONDS = 0.3

MOST_COMPLETIONS = 200
MOST_NAMES = 50_000
NAME_CHARS = 200
CODE_CHARS = 1_000
VALUE_CHARS = 120
ITEMS = 20
HELP_CHARS = 2_000
SIGNATURE_CHARS = 500

_KEY = re.compile(r"([\w.]+)\[([\"'])([^\"']*)\Z")
_DOTTED = re.compile(r"(?<![\w.)\]}\"'])((?:[^\W\d]\w*\.)*)(\w*)\Z")
_FROM = re.compile(r"\s*from\s+([\w.]+)\s+import\s+(?:.*[\s,(])?(\w*)\Z")
_IMPORT = re.compile(r"\s*(?:from\s+|import\s+(?:.*,\s*)?)((?:\w+\.)*)(\w*)\Z")
# Differs with every run, and tells nothing.
_ADDRESS = re.compile(r" at 0x[0-9a-fA-F]+")
_NOTHING = {
    "rows": {"answer": "no_rows", "why": ""},
    "column": {"answer": "no_rows", "why": ""},
    "export": {"answer": "no_rows", "why": ""},
    "variables": {"answer": "variables", "variables": [], "hidden": 0},
    "files": {"answer": "files", "files": [], "hidden": 0},
    "complete": {"answer": "completions", "completions": []},
    "help": {"answer": "help", "title": "", "signature": "", "text": "", "type": ""},
}

Named = dict[str, Any]


def ask(question: str) -> str:
    """Answers a question; both are JSON. Never raises."""
    answer: dict[str, Any] = _NOTHING["complete"]
    try:
        asked = execute._loads(question)
        answer = _NOTHING.get(asked["ask"], answer)
        if asked["ask"] in ("rows", "column", "export"):
            from . import grids

            # They have a measure of time of their own.
            with _quietly():
                answer = grids.answer(asked)
        else:
            with _quietly(), patience(SECONDS):
                answer = _ANSWERS[asked["ask"]](asked)
    except BaseException:  # an object's code may raise anything
        pass
    return execute._dumps(answer)


@contextmanager
def _quietly() -> Iterator[None]:
    streams = sys.stdout, sys.stderr
    sys.stdout = sys.stderr = _Nowhere()
    try:
        yield
    finally:
        sys.stdout, sys.stderr = streams


class _Nowhere(io.TextIOBase):
    """Takes text and forgets it."""

    def write(self, text: str) -> int:
        return len(text)


def _files(_asked: dict[str, Any]) -> dict[str, Any]:
    return files.listing()


def _variables(asked: dict[str, Any]) -> dict[str, Any]:
    namespace = _namespace()
    names = asked.get("names")
    found = [
        (name, namespace[name])
        for name in (list(namespace) if names is None else names)
        if isinstance(name, str) and name[:1] != "_" and name in namespace
    ]
    found.sort(key=lambda one: _is(one[1], types.ModuleType))
    shown = found[: max(0, int(asked.get("limit", 500)))]
    return {
        "answer": "variables",
        "variables": [_variable(name, value) for name, value in shown],
        "hidden": len(found) - len(shown),
    }


def _let(function: Callable, *arguments: Any) -> Any:
    """Calls what may be code of the notebook, as long as there is time for it."""
    check()
    return function(*arguments)


def _variable(name: str, value: Any) -> Named:
    return {
        "name": name[:NAME_CHARS],
        "type": _type_name(value),
        "size": _size(value),
        "value": in_brief(value),
    }


def _complete(asked: dict[str, Any]) -> dict[str, Any]:
    code = asked["code"][-CODE_CHARS:]
    found: Iterable[Named] = ()
    if re.match(r"\s*(?:import|from)\s", code):
        found = _imports(code)
    elif key := _KEY.search(code):
        found = _keys(_value_of(key[1]), key[3])
    elif dotted := _DOTTED.search(code):
        path, start = dotted.groups()
        found = _attributes(_value_of(path[:-1]), start) if path else _names(start)
    # The same name may be found twice: the first one is what is meant.
    completions = {one["name"]: one for one in reversed(list(islice(found, MOST_NAMES)))}
    best = list(reversed(completions.values()))[:MOST_COMPLETIONS]
    return {"answer": "completions", "completions": best}


def _begins(name: Any, start: str) -> bool:
    """Whether this name may be offered for what was typed."""
    if not isinstance(name, str) or len(name) > NAME_CHARS:
        return False
    return name.lower().startswith(start.lower()) and (name[:1] != "_" or start[:1] == "_")


def _names(start: str) -> Iterator[Named]:
    words = dict.fromkeys(keyword.kwlist)
    for space in (_namespace(), words, vars(builtins)):
        for name in sorted(name for name in list(space) if _begins(name, start)):
            yield {"name": name, "kind": "keyword" if space is words else _kind(space[name])}


def _attributes(owner: Any, start: str) -> Iterator[Named]:
    names = look.names_of(owner)
    for name in sorted(name for name in names if _begins(name, start))[:MOST_COMPLETIONS]:
        yield {"name": name, "kind": _kind_of_attribute(owner, name)}


def _kind_of_attribute(owner: Any, name: str) -> str:
    """What it is, found without computing it."""
    found: Any = None
    with suppress(Exception):
        found, _ = look.find(owner, name)
    if _is(owner, types.ModuleType):
        return "function" if _kind(found) == "variable" and callable(found) else _kind(found)
    if _is(found, (staticmethod, classmethod)) or _kind(found) == "function":
        return "method"
    return "property" if look.has(found, "__get__") else _kind(found)


def _kind(value: Any) -> str:
    if _is(value, type):
        return "class"
    if _is(value, types.ModuleType):
        return "module"
    return "function" if look.is_routine(value) else "variable"


def _keys(owner: Any, start: str) -> Iterator[Named]:
    if _is(owner, dict):
        keys: Iterable[Any] = islice(dict.keys(owner), MOST_NAMES)
    else:
        keys = look.first_strings(look.attribute(owner, "columns"), MOST_NAMES)
    for key in keys:
        fits = isinstance(key, str) and len(key) <= NAME_CHARS
        if fits and key.lower().startswith(start.lower()):
            yield {"name": key, "kind": "property"}


def _imports(code: str) -> Iterator[Named]:
    if parts := _FROM.match(code):
        module = sys.modules.get(parts[1])
        if module is not None:
            yield from _attributes(module, parts[2])
        yield from _modules_in(parts[1], parts[2])
    elif parts := _IMPORT.match(code):
        package = parts[1].rstrip(".")
        yield from _modules_in(package, parts[2])
        if package in sys.modules:
            found = _attributes(sys.modules[package], parts[2])
            yield from (one for one in found if one["kind"] == "module")


def _modules_in(package: str, start: str) -> Iterator[Named]:
    """The modules of a package, or all of them; imports none."""
    import importlib.util
    import pkgutil

    names: set[str] = set()
    if not package:
        names.update(sys.stdlib_module_names, sys.modules)
        folders: Any = [folder or "." for folder in sys.path if os.path.isdir(folder or ".")]
    elif package in sys.modules:
        folders = getattr(sys.modules[package], "__path__", [])
    else:
        # The specification of a module inside of a package would import the package.
        spec = None if "." in package else importlib.util.find_spec(package)
        folders = spec and spec.submodule_search_locations or []
    names.update(module.name for module in pkgutil.iter_modules(list(folders)))
    names.discard(__package__)
    for name in sorted(names):
        if _begins(name, start) and name.isidentifier():
            yield {"name": name, "kind": "module"}


def _help(asked: dict[str, Any]) -> dict[str, Any]:
    code = asked["code"][:NAME_CHARS]
    answer = _NOTHING["help"] | {"title": code}
    with suppress(Exception, Impatient):
        try:
            value = _value_of(code)
        except look.Computed as computed:
            return answer | {"type": "property", "text": _documentation(computed.found)}
        kind = _kind(value)
        if kind == "function" and "." in code and not _is(_owner(code), types.ModuleType):
            kind = "method"
        answer["type"] = _type_name(value) if kind == "variable" else kind
        answer["signature"] = _signature(value)
        is_documented = callable(value) or kind == "module"
        answer["text"] = _documentation(value) if is_documented else in_brief(value)
    return answer


def _owner(code: str) -> Any:
    return _value_of(code.rpartition(".")[0])


def _signature(value: Any) -> str:
    text = ""
    if callable(value):
        with suppress(Exception, Impatient):  # a default value writes itself
            text = _let(lambda: str(inspect.signature(_called(value))))
    return text if len(text) <= SIGNATURE_CHARS else text[:SIGNATURE_CHARS] + "…"


def _called(value: Any) -> Any:
    """What is called in truth, so that the object need not be looked at."""
    is_told = look.is_routine(value) or look.module_name(value) in ("functools", "builtins", "abc", "enum")
    return value if is_told or look.is_asked(value) else look.attribute(value, "__call__")


def _documentation(value: Any) -> str:
    text = look.documentation(value)
    if not isinstance(text, str):
        return ""
    text = inspect.cleandoc(text)
    if len(text) > HELP_CHARS:
        text = text[: HELP_CHARS - 1]
        text = (text.rpartition("\n")[0] or text).rstrip() + "…"
    return text


def _value_of(code: str) -> Any:
    """The value of a dotted name; calls nothing."""
    first, *rest = code.split(".")
    namespace = _namespace()
    value = namespace[first] if first in namespace else vars(builtins)[first]
    for name in rest:
        value = look.attribute(value, name)
    return value


def _namespace() -> dict[str, Any]:
    return execute._kernel.main.__dict__


def _type_name(value: Any) -> str:
    return look.type_name(value)[:NAME_CHARS]


def _size(value: Any) -> str:
    """How large it is, for people: rows and columns, or how many items."""
    with suppress(Exception, Impatient):
        shape = _shape(value)
        if len(shape) > 1:
            return " × ".join(f"{length:,}" for length in shape)
        count = shape[0] if shape else _count(value)
        if count is not None:
            unit = "character" if _is(value, str) else "item"
            unit = "byte" if _is(value, (bytes, bytearray)) else unit
            return f"{count:,} {unit}{'' if count == 1 else 's'}"
    return ""


def _shape(value: Any) -> tuple[int, ...]:
    is_named = _is(value, (type, types.ModuleType))
    shape = None if is_named else look.attribute_or(value, "shape")
    if look.module_name(value) == f"{__package__}.table":
        shape = (len(value), len(value.columns))
    fits = type(shape) is tuple and len(shape) <= 8 and all(type(part) is int for part in shape)
    return shape if fits else ()


def _count(value: Any) -> int | None:
    if _is(value, (type, types.ModuleType)) or not look.has(value, "__len__"):
        return None
    # To count the groups of a table, pandas makes them.
    return None if "GroupBy" in _type_name(value) else _let(len, value)


def in_brief(value: Any) -> str:
    """The value on one line of at most 120 characters; never writes out more than it shows."""
    try:
        text = _brief(value, 3)
        if "\n" in text or "\r" in text:
            text = " ".join(text[: 10 * VALUE_CHARS].split())
    except Impatient:
        text = "(its repr takes too long)"
    except BaseException as error:
        text = f"({look.type_name(error)} in repr)"
    return text if len(text) <= VALUE_CHARS else text[: VALUE_CHARS - 1] + "…"


def _brief(value: Any, depth: int) -> str:
    for kind, write in _WRITERS:
        if _is(value, kind):
            return write(value, depth)
    shape = _shape(value)
    if shape:
        return _brief_of_array(value, shape, depth)
    fields = _dataclass_fields(value)
    if fields is not None:
        named = ((name, look.attribute_or(value, name, ...)) for name in fields)
        return _joined(_type_name(value) + "(", named, ")", depth)
    with suppress(Exception):
        if (_count(value) or 0) > 10_000:
            return f"<{_type_name(value)} of {_size(value)}>"
    return _ADDRESS.sub("", _let(repr, value)[: 10 * VALUE_CHARS])


def _dataclass_fields(value: Any) -> list[str] | None:
    """The fields that it shows, where its `repr` is the one that dataclasses make."""
    fields, method = (look.in_class(value, name) for name in ("__dataclass_fields__", "__repr__"))
    # That one is wrapped.
    if type(fields) is not dict or not hasattr(method, "__wrapped__"):
        return None
    return [name for name, field in fields.items() if field.repr]


def _brief_of_module(value: types.ModuleType, depth: int) -> str:
    version = vars(value).get("__version__")
    return f"{value.__name__} {version}" if isinstance(version, str) else value.__name__


def _brief_of_plain(value: Any) -> str:
    is_builtin = look.module_name(value) == "builtins"
    return repr(value) if is_builtin else _let(repr, value)


def _brief_of_number(value: int, depth: int) -> str:
    bits = int.bit_length(value)
    if bits < 1_000:
        return repr(value) if type(value) is int else _let(repr, value)
    return f"a number of about {int(bits * 0.30103) + 1:,} digits"


def _brief_of_text(value: Any, depth: int) -> str:
    kind = next(kind for kind in (str, bytes, bytearray) if _is(value, kind))
    text = kind.__repr__(kind.__getitem__(value, slice(VALUE_CHARS)))
    return text + "…" if kind.__len__(value) > VALUE_CHARS else text


def _brief_of_dict(value: dict, depth: int) -> str:
    opens, closes = _brackets(value, dict, "{", "}")
    items = ((key, item) for key, item in islice(dict.items(value), ITEMS + 1))
    return _joined(opens, items, closes, depth, ": ")


def _brief_of_items(value: Any, depth: int) -> str:
    kind = next(kind for kind in (list, tuple, set, frozenset, deque) if _is(value, kind))
    fields = look.in_class(value, "_fields")
    if kind is tuple and type(fields) is tuple:
        named = zip(fields, tuple.__iter__(value))
        return _joined(_type_name(value) + "(", named, ")", depth)
    signs = {list: "[]", tuple: "()", set: "{}", frozenset: "{}", deque: "[]"}[kind]
    opens, closes = _brackets(value, kind, *signs)
    count = kind.__len__(value)
    if kind is tuple and count == 1:
        closes = "," + closes
    if not count and kind in (set, frozenset):
        return f"{_type_name(value)}()"
    items = ((None, item) for item in islice(kind.__iter__(value), ITEMS + 1))
    return _joined(opens, items, closes, depth)


def _brackets(value: Any, kind: type, opens: str, closes: str) -> tuple[str, str]:
    is_plain = type(value) is kind and kind in (dict, list, tuple, set)
    return (opens, closes) if is_plain else (f"{_type_name(value)}({opens}", closes + ")")


def _joined(
    opens: str, items: Iterable[tuple[Any, Any]], closes: str, depth: int, sign: str = "="
) -> str:
    """Some items between brackets, no more than the line takes."""
    text, count = opens, 0
    for name, item in items:
        if count == ITEMS or len(text) > VALUE_CHARS or not depth:
            return text + "…" + closes
        label = "" if name is None else _text(name) if sign == "=" else _brief(name, depth - 1)
        text += (", " if count else "") + (label + sign if label else "") + _brief(item, depth - 1)
        count += 1
    return text + closes


def _brief_of_array(value: Any, shape: tuple[int, ...], depth: int) -> str:
    """The columns of a table, or the first values."""
    columns = look.attribute_or(value, "columns")
    if columns is not None and len(shape) == 2:
        return "columns: " + ", ".join(map(_text, look.first_strings(columns, ITEMS + 1)))
    flat = look.attribute_or(value, "flat", look.attribute_or(value, "iloc", value))
    items = map(_plain, _let(operator.getitem, flat, slice(ITEMS + 1)))
    kind = _text(look.attribute_or(value, "dtype", _type_name(value)))
    return f"{kind}: " + _joined("", ((None, item) for item in items), "", depth)


def _text(value: Any) -> str:
    return _let(str, value)


def _plain(item: Any) -> Any:
    """An item of an array as Python's own number; fewer digits tell enough."""
    item = item.item() if look.is_asked(item) and hasattr(item, "item") else item
    return float(f"{item:.6g}") if _is(item, float) else item


_WRITERS: tuple[tuple[Any, Any], ...] = (
    ((bool, float, complex, type(None)), lambda value, depth: _brief_of_plain(value)),
    (int, _brief_of_number),
    (types.ModuleType, _brief_of_module),
    ((str, bytes, bytearray), _brief_of_text),
    (dict, _brief_of_dict),
    ((list, tuple, set, frozenset, deque), _brief_of_items),
)
_ANSWERS = {"variables": _variables, "files": _files, "complete": _complete, "help": _help}
