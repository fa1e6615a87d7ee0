"""Runs cells: compiles each under a file name of its own, in the real ``__main__``."""

import ast
import builtins
import importlib
import inspect
import itertools
import linecache
import os
import sys
import time
import types
import warnings
from contextlib import suppress
from inspect import CO_COROUTINE, CO_NEWLOCALS
from json import loads as _loads
from typing import Any, Callable, Coroutine, Iterable, Sequence

from . import (
    asking, bars, charts, displays, files, ipython, modules, network, packages, patience, streams, tracebacks, values,
    waiting,
)
from .main import Main, everybodys_names
from .output import TAIL_SECONDS, Output, dumps as _dumps
_FLAGS = ast.PyCF_ALLOW_TOP_LEVEL_AWAIT
_PYTHON = {"kind": "python"}
# Moved to the end of the names before each run: what comes after it then is new.
_LAST = "__builtins__"
_MOST_NAMES = 2_000
_NAMES = f"{__package__}.names"
_WIDGETS = f"{__package__}.widgets"
_GRIDS = f"{__package__}.grids"


class Kernel:
    """What one interpreter keeps between runs."""

    def __init__(self, post, raw: Callable[[], Iterable | None] | None) -> None:
        self.post = post
        self.raw = raw
        self.output: Output | None = None
        self.main = Main("__main__", None)
        self.names = everybodys_names(self.main)
        self.names["__builtins__"] = builtins
        self.streams = [streams.Stream(name) for name in ("stdout", "stderr")]
        self.asked: dict[str, Any] = {}
        # The names and values before a run of which nobody can say what it binds.
        self.before: dict[str, Any] | None = None
        # What each cell's last run bound beyond what its code says.
        self.found: dict[int, dict[str, Any]] = {}
        self.compiled: dict[int, tuple[tuple, list]] = {}
        self.queried: set[int] = set()
        self.files: dict[str, int] = {}
        streams.start(self.files)

    def begin(self, asked: dict[str, Any]) -> None:
        """Makes the world fit for a run, whatever the run before did to it."""
        self.asked = asked
        self.output = Output(asked["run"], self.post, self.raw)
        streams.begin(self.output, asked["cell"])
        if grids := sys.modules.get(_GRIDS):
            grids.drop(asked["cell"])
        self.take_streams()
        sys.modules["__main__"] = self.main
        modules.drop_changed()
        # Each cell is warned anew: what was warned of is forgotten when the filters change.
        with warnings.catch_warnings():
            pass
        builtins.display = displays.display
        builtins.get_ipython = ipython.get_ipython
        ipython.trigger("pre_execute", "pre_run_cell")
        names = self.names
        # What the last run made goes first, so that what is there afterwards was made by this one.
        for name in asked.get("makes", ()):
            names.pop(name, None)
        for name, value in self.found.pop(asked["cell"], {}).items():
            if names.get(name, self) is value:
                del names[name]
        names[_LAST] = names.pop(_LAST, builtins)
        self.before = names.copy() if asked.get("dynamic") else None

    def take_streams(self) -> None:
        """Makes all that is Python's own standard output a stream of ours."""
        sys.stdout, sys.stderr = sys.__stdout__, sys.__stderr__ = self.streams

    def prepare(self, asked: dict[str, Any]) -> list:
        """Lets go of the cell's last run, and gives the code of this one."""
        cell, source, name = asked["cell"], asked["source"], asked["label"]
        self.let_go(cell)
        # Labels move when cells move; the newest cell of that label owns the file name.
        self.files.pop(name, None)
        self.files[name] = cell
        linecache.cache[name] = (len(source), None, _lines(source), name)
        task = asked.get("task", _PYTHON)
        key = (source, name, task["kind"], *asked.get("own", ()))
        cached = self.compiled.get(cell)
        if cached and cached[0] == key:
            codes = cached[1]
        elif task["kind"] == "python":
            codes = _compile_cell(source, name, asked.get("own", ()))
        elif task["kind"] == "markdown":
            codes = _part("text").compile_pieces(task["pieces"], source, name)
        else:
            codes = []
        self.compiled[cell] = (key, codes)
        return codes

    def let_go(self, cell: int) -> None:
        """Drops what only the cell's last run needed."""
        if own := sys.modules.get(_NAMES):
            own.let_go(cell)
        if cell in self.queried:
            self.queried.discard(cell)
            _part("sql").forget(cell)

    def query(self, asked: dict[str, Any]) -> Any:
        """Runs an SQL cell, and returns its result."""
        cell = asked["cell"]
        run = _part("sql").run
        self.queried.add(cell)
        return run(asked["task"], asked["source"], self.names, cell, asked["label"])

    def evaluate(self, code: types.CodeType) -> Any:
        """Executes a piece of a cell; gives its value, or a coroutine of it."""
        if code.co_flags & CO_NEWLOCALS:
            own = frozenset(self.asked.get("own", ()))
            return _part("names").begin(self.asked["cell"], code, own, self.names)
        return eval(code, self.names)

    def end(self, error: BaseException | None) -> str:
        """Posts what is left, and tells how the run ended."""
        if isinstance(error, SystemExit):
            error = self.exit(error)
        if error is None:
            try:
                values.show_open_figures()
            except Exception as failure:
                error = failure
        if error is not None:
            values.close_figures()
        ipython.trigger("post_execute", "post_run_cell")
        if widgets := sys.modules.get(_WIDGETS):
            widgets.show_changed()
        _flush_wrappers(self.streams)
        self.output.finish()
        names, missing = self.names, []
        if own := sys.modules.get(_NAMES):
            own.say_as_module_at_end(error)
            own.end()
        if error is None:
            outcome = {"result": "success"}
            missing = sorted(name for name in self.asked.get("makes", ()) if name not in names)
        else:
            outcome = tracebacks.describe(error, self.files)
        self.output = None
        streams.end()
        bound = self.bound()[:_MOST_NAMES]
        if bound:
            self.found[self.asked["cell"]] = {name: names[name] for name in bound}
        told = {"outcome": outcome, "bound": bound, "missing": missing[:_MOST_NAMES]}
        if widgets := sys.modules.get(_WIDGETS):
            said = {*self.asked.get("makes", ()), *bound}
            held = widgets.holding((name, names[name]) for name in sorted(said) if name in names)
            if held:
                told["widgets"] = held
        deleted = sorted(name for name in self.before or () if name not in names and _is_public(name))
        if deleted:
            told["deleted"] = deleted[:_MOST_NAMES]
        return _dumps(told)

    def exit(self, error: SystemExit) -> None:
        """Says that the cell stopped itself, which is a wish and no failure."""
        code, note = error.code, ""
        if isinstance(code, int):
            note = f" with exit code {int(code)}" if code else ""
        elif code is not None:
            with suppress(Exception):  # its text is code of the notebook
                self.streams[1].write(f"{code}\n")
        self.streams[1].write(f"[This cell stopped itself{note}.]\n")

    def bound(self) -> list[str]:
        """The names for everybody that the run bound though nobody said that it would."""
        names, before = self.names, self.before
        if before is None:
            found = list(itertools.takewhile(_is_new, reversed(names))) if _LAST in names else []
        else:
            found = [name for name, value in names.items() if before.get(name, self) is not value]
        said = {*self.asked.get("makes", ()), *self.asked.get("own", ())}
        return sorted(name for name in found if _is_public(name) and name not in said)


_kernel: Kernel


def _part(name: str) -> Any:
    """A module of ours that not every notebook needs; loads it when it is."""
    return importlib.import_module("." + name, __package__)


def _lines(source: str) -> list[str]:
    """The lines as Python counts them, to which a form feed is none."""
    ended = source.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    return [line + "\n" for line in ended]


def _is_public(name: Any) -> bool:
    return type(name) is str and name[:1] != "_" and name.isidentifier() and len(name) <= 200


def _is_new(name: Any) -> bool:
    return name is not _LAST


def _flush_wrappers(own: list[streams.Stream]) -> None:
    """Posts what a cell's own stream, put in the place of ours, may hold back."""
    for stream in (sys.stdout, sys.stderr):
        if stream not in own:
            with suppress(Exception):  # it may be anything
                stream.flush()


def _compile_cell(source: str, name: str, names: Sequence[str]) -> list:
    """The code of a cell: what is executed, and what is evaluated for its value."""
    tree, source = _parse(source, name)
    codes: list[tuple[types.CodeType, bool]] = []
    last = tree.body[-1] if tree.body else None
    shows = isinstance(last, ast.Expr) and not _ends_with_semicolon(source)
    if names or _catches(tree):
        function = _part("own").compile_cell(tree, name, names, shows)
        if function is not None:
            if "doctest" in source:
                _part("doctests").let_find_own_names()
            return [(function, shows)]
    if shows:
        tree.body.pop()
    if tree.body:
        codes.append((_compile(tree, name, "exec"), False))
    if shows:
        codes.append((_compile(ast.Expression(last.value), name, "eval"), True))
    return codes


def _parse(source: str, name: str) -> tuple[ast.Module, str]:
    """The cell as a tree, and as Python where it was written for IPython."""
    tree = None
    with suppress(SyntaxError):
        tree = ast.parse(source, name, "exec")
        # Such a line is Python by chance.
        if not (source.lstrip().startswith("In [") and _part("inputs").has_prompt(source)):
            return tree, source
    found = _part("inplace").parse(source, name)
    return found or (tree or ast.parse(source, name, "exec"), source)


def _catches(tree: ast.AST) -> bool:
    """Whether it names an error that it handles, outside of functions and classes."""
    if isinstance(tree, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.expr)):
        return False
    if isinstance(tree, ast.ExceptHandler) and tree.name:
        return True
    return any(map(_catches, ast.iter_child_nodes(tree)))


def _compile(tree, name: str, mode: str) -> types.CodeType:
    return compile(tree, name, mode, flags=_FLAGS, dont_inherit=True)


def _ends_with_semicolon(source: str) -> bool:
    import io
    import tokenize

    if ";" not in source:
        return False
    last = ""
    try:
        for token in tokenize.generate_tokens(io.StringIO(source).readline):
            if token.type not in (tokenize.COMMENT, tokenize.NL, tokenize.NEWLINE, tokenize.ENDMARKER):
                last = token.string
    except (tokenize.TokenError, SyntaxError):
        return False
    return last == ";"


def start(post, raw: Callable[[], Iterable | None] | None = None, ask_page: Callable | None = None) -> None:
    """Sets the interpreter up. ``post(run, json_text, *buffers)`` puts one thing out for the run that is
    going on, and does nothing for another; ``raw()`` gives what was written past ``sys.stdout`` since,
    as pairs of stream and text, or None; ``ask_page`` is that of :func:`asking.start`.
    """
    global _kernel
    _kernel = Kernel(post, raw)
    os.environ.setdefault("MPLBACKEND", "module://rivulet_kernel.matplotlib_backend")
    sys.modules["__main__"] = _kernel.main
    _kernel.take_streams()
    builtins.display, builtins.get_ipython = displays.display, ipython.get_ipython
    ipython.stand_in()
    time.sleep, os.write = _sleep, _write
    inspect.getfile = _file_of
    modules.start()
    waiting.start()
    asking.start(ask_page, _kernel.streams[0].write)
    network.start()
    files.start()
    packages.start()
    bars.start()
    charts.start()
    if sys.platform == "emscripten":
        _part("limits").say()


_wait, _write_bytes, _file_by_module = time.sleep, os.write, inspect.getfile
# Pyodide's own lets the browser wait, which takes 4 ms at the least, where Python can be suspended.
_nap = getattr(_wait, "__wrapped__", _wait)
_NAP_SECONDS = 0.02


def _sleep(seconds, /):
    patience.refuse_to_wait()
    if output := streams.here():
        # Many short naps would post as many tails.
        output.drain(is_final=True) if seconds > TAIL_SECONDS else output.flush()
    (_nap if seconds < _NAP_SECONDS else _wait)(seconds)


def _write(fd, data, /):
    if fd in (1, 2) and streams.here():
        return _kernel.streams[fd - 1].buffer.write(data)
    return _write_bytes(fd, data)


def _file_of(object):
    if inspect.isclass(object) and object.__module__ == "__main__":
        file = _part("classes").file_of(object, reversed(_kernel.files))
        if file:
            return file
    file = _file_by_module(object)
    if file in _kernel.files:
        # Its cell may have run with another text since.
        classes = _part("classes")
        code = classes.code_of(object)
        codes = _kernel.compiled.get(_kernel.files[file], ((), ()))[1]
        if code and not any(classes.holds(one, code) for one, _ in codes):
            raise OSError("source code not available: the cell has run with another text since")
    return file


for _ours, _theirs in ((_sleep, _wait), (_write, _write_bytes), (_file_of, _file_by_module)):
    _ours.__name__ = _ours.__qualname__ = _theirs.__name__
    _ours.__doc__ = _theirs.__doc__


def run(request: str) -> str | Coroutine[Any, Any, str]:
    """Runs a cell. Returns JSON of the outcome, of the names that it bound though its code does not
    say so, of those that it did not bind though it does, and of other cells' names that it
    deleted; where the cell awaits, a coroutine.
    """
    asked = _loads(request)
    _kernel.begin(asked)
    try:
        kind = asked.get("task", _PYTHON)["kind"]
        codes = _kernel.prepare(asked)
        lacking = _part("outside").missing(asked["outside"]) if asked.get("outside") else []
        if lacking and kind == "python":
            streams.current.set(None)
            return _run_awaiting(codes, lacking, asked)
        if kind == "markdown":
            values.post(_part("text").bundle(codes, _kernel.names))
        elif kind == "sql":
            values.show_result(_kernel.query(asked))
        elif any(code.co_flags & CO_COROUTINE for code, _ in codes):
            # Its task has a context of its own; this one is nobody's again.
            streams.current.set(None)
            return _run_awaiting(codes)
        else:
            for code, shows in codes:
                value = _kernel.evaluate(code)
                if shows:
                    values.show_result(value)
    except BaseException as error:
        return _kernel.end(error)
    return _kernel.end(None)


async def _run_awaiting(codes: list, lacking: Sequence[str] = (), asked: Any = None) -> str:
    streams.begin(_kernel.output, _kernel.asked["cell"])
    try:
        if lacking:
            await _part("outside").prepare(lacking, asked)
        for code, shows in codes:
            value = _kernel.evaluate(code)
            if code.co_flags & CO_COROUTINE:
                value = await value
            if shows:
                values.show_result(value)
    except BaseException as error:
        return _kernel.end(error)
    return _kernel.end(None)


def run_text(source: str) -> None:
    """Runs a text as a part of the cell that is running, as ``get_ipython().run_cell`` does."""
    for code, shows in _compile_cell(source, "<text>", ()):
        value = _kernel.evaluate(code)
        if shows:
            values.show_result(value)


def forget(names: str) -> None:
    """Deletes names from ``__main__``; those that are not there are fine."""
    for name in _loads(names):
        value = _kernel.names.pop(name, None)
        if type(value).__name__ == "SqlTable":
            _part("sql").drop(value)


def drop_cell(cell: int) -> None:
    """Lets go of all that is kept for a cell that was deleted; its names are for ``forget``."""
    _kernel.let_go(cell)
    if widgets := sys.modules.get(_WIDGETS):
        widgets.drop(cell)
    if grids := sys.modules.get(_GRIDS):
        grids.drop(cell)
    streams.drop(cell)
    _kernel.compiled.pop(cell, None)
    _kernel.found.pop(cell, None)
