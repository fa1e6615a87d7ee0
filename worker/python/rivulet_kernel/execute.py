"""Runs cells: compiles each under a file name of its own, in the real ``__main__``."""

import ast
import builtins
import json
import linecache
import os
import sys
import time
import types
from inspect import CO_COROUTINE
from typing import Any, Coroutine

from . import tracebacks, values
from .streams import RUN_CHARS, Stream

_dumps, _loads = json.dumps, json.loads
_FLAGS = ast.PyCF_ALLOW_TOP_LEVEL_AWAIT


class Kernel:
    """What one interpreter keeps between runs."""

    def __init__(self, post) -> None:
        self.post = post
        self.run: int | None = None
        self.chars = 0
        self.main = types.ModuleType("__main__", None)
        self.main.__dict__["__builtins__"] = builtins
        self.streams = [Stream(name, self.output) for name in ("stdout", "stderr")]
        self.compiled: dict[int, tuple[str, list]] = {}
        self.files: dict[str, int] = {}

    def output(self, output: dict[str, Any], buffers: list | None = None) -> None:
        """Posts one output of the run that is going on; without one it is nobody's."""
        if self.run is None:
            return
        size = len(output.get("text", ""))
        if self.chars <= RUN_CHARS < self.chars + size:
            limit = RUN_CHARS // (1024 * 1024)
            output = {
                "kind": "text",
                "stream": "stderr",
                "text": f"\n[This run has put out {limit} MB; the rest is not shown.]\n",
            }
            size = RUN_CHARS + 1
        self.chars += size
        if self.chars <= RUN_CHARS or size > RUN_CHARS:
            message = {"type": "output", "run": self.run, "output": output}
            self.post(_dumps(message), *(buffers or ()))

    def value(self, bundle: dict[str, Any]) -> None:
        """Posts a MIME bundle; what is binary goes beside the text."""
        for stream in self.streams:
            stream.finish()
        buffers: list[bytes] = []
        forms: dict[str, Any] = {}
        for mime, content in bundle.items():
            if isinstance(content, bytes):
                forms[mime] = {"buffer": len(buffers)}
                buffers.append(content)
            else:
                forms[mime] = {"text": content}
        self.output({"kind": "value", "bundle": forms}, buffers)

    def compile(self, request: dict[str, Any]) -> list:
        """The code of a cell: what is executed, and what is evaluated for its value."""
        cell, source, name = request["cell"], request["source"], request["label"]
        # Labels move when cells move; the newest cell of that label owns the file name.
        self.files[name] = cell
        linecache.cache[name] = (len(source), None, source.splitlines(keepends=True), name)
        cached = self.compiled.get(cell)
        if cached and cached[0] == (source, name):
            return cached[1]
        tree = ast.parse(source, name, "exec")
        codes: list[tuple[types.CodeType, bool]] = []
        last = tree.body[-1] if tree.body else None
        shows = isinstance(last, ast.Expr) and not _ends_with_semicolon(source)
        if shows:
            tree.body.pop()
        if tree.body:
            codes.append((_compile(tree, name, "exec"), False))
        if shows:
            codes.append((_compile(ast.Expression(last.value), name, "eval"), True))
        self.compiled[cell] = ((source, name), codes)
        return codes

    def begin(self, request: dict[str, Any]) -> None:
        """Makes the world fit for a run, whatever the run before did to it."""
        self.run = request["run"]
        self.chars = 0
        for stream in self.streams:
            stream.reset()
        sys.stdout, sys.stderr = self.streams
        sys.modules["__main__"] = self.main
        builtins.display = values.display

    def end(self, error: BaseException | None) -> str:
        """Posts what is left, and tells how the run ended."""
        if error is None:
            try:
                values.show_open_figures()
            except Exception as failure:
                error = failure
        if error is not None:
            values.close_figures()
        for stream in self.streams:
            stream.finish()
        outcome = {"result": "success"}
        if error is not None:
            outcome = tracebacks.describe(error, self.files)
        self.run = None
        return _dumps(outcome)


_kernel: Kernel


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


def start(post) -> None:
    """Sets the interpreter up. ``post(json_text, *buffers)`` sends one message to the page."""
    global _kernel
    _kernel = Kernel(post)
    os.environ.setdefault("MPLBACKEND", "module://rivulet_kernel.matplotlib_backend")
    values.set_post(_kernel.value)
    sys.modules["__main__"] = _kernel.main
    sys.stdout, sys.stderr = _kernel.streams
    builtins.display = values.display
    builtins.input = _input
    _wrap_sleep()


def _input(prompt: object = "") -> str:
    raise RuntimeError(
        "input() cannot ask a question here. Write the answer into the code: answer = \"...\""
    )


def _wrap_sleep() -> None:
    """Shows what was printed before Python sleeps."""
    sleep = time.sleep

    def flushing_sleep(seconds, /):
        for stream in _kernel.streams:
            stream.finish()
        sleep(seconds)

    flushing_sleep.__name__ = flushing_sleep.__qualname__ = "sleep"
    flushing_sleep.__doc__ = sleep.__doc__
    time.sleep = flushing_sleep


def flush() -> None:
    """Posts what was printed so far."""
    for stream in _kernel.streams:
        stream.finish()


def run(request: str) -> str | Coroutine[Any, Any, str]:
    """Runs a cell. Returns the outcome as JSON; where the cell awaits, a coroutine of it."""
    asked = _loads(request)
    _kernel.begin(asked)
    try:
        codes = _kernel.compile(asked)
        if any(code.co_flags & CO_COROUTINE for code, _ in codes):
            return _run_awaiting(codes)
        for code, shows in codes:
            value = eval(code, _kernel.main.__dict__)
            if shows:
                values.show_result(value)
    except BaseException as error:
        return _kernel.end(error)
    return _kernel.end(None)


async def _run_awaiting(codes: list) -> str:
    try:
        for code, shows in codes:
            value = eval(code, _kernel.main.__dict__)
            if code.co_flags & CO_COROUTINE:
                value = await value
            if shows:
                values.show_result(value)
    except BaseException as error:
        return _kernel.end(error)
    return _kernel.end(None)


def forget(names: str) -> None:
    """Deletes names from ``__main__``; those that are not there are fine."""
    for name in _loads(names):
        _kernel.main.__dict__.pop(name, None)
