"""A bound on code of a notebook that runs only because the page looks at a value.

Past the time, the next line, call or jump of Python raises ``Impatient``, and again in whatever
catches that; but not in the standard library, which comes to its end or calls back. Before
Python 3.12 it is raised once only. What is one long step of C, such as
``sum(itertools.count())`` or a regular expression, cannot be stopped from here; nor can what waits
in JavaScript. ``time.sleep``, which is ours, does not begin to wait.
"""

import os
import sys
from contextlib import contextmanager
from time import perf_counter
from types import CodeType
from typing import Any, Iterator

_UNWATCHED = (os.path.dirname(__file__) + "/", os.path.dirname(os.__file__) + "/", "<frozen ")
_until: float | None = None


class Impatient(BaseException):
    """There is no time for this. No handler of ``Exception`` catches it."""


def check() -> None:
    """Raises where no more code of the notebook may begin."""
    if _until is not None and perf_counter() > _until:
        raise Impatient


def refuse_to_wait() -> None:
    """Raises where nobody has the time to wait."""
    if _until is not None:
        raise Impatient


@contextmanager
def patience(seconds: float) -> Iterator[None]:
    """Gives all code of the notebook that is called in here so much time altogether."""
    global _until
    _until = perf_counter() + seconds
    watch = _watch_by_monitoring if hasattr(sys, "monitoring") else _watch_by_tracing
    try:
        with watch():
            yield
    finally:
        _until = None


def _is_watched(code: CodeType) -> bool:
    file = code.co_filename
    return not file.startswith(_UNWATCHED) or "/site-packages/" in file


def _on_step(code: CodeType, *_: Any) -> Any:
    if not _is_watched(code):
        return sys.monitoring.DISABLE
    check()


@contextmanager
def _watch_by_monitoring() -> Iterator[None]:
    monitoring = sys.monitoring
    # The others have names of their own; a notebook may use them.
    tool = next((tool for tool in (4, 3, 1) if monitoring.get_tool(tool) is None), None)
    if tool is None:
        yield
        return
    events = monitoring.events
    steps = (events.LINE, events.JUMP, events.PY_START, events.PY_RESUME)
    monitoring.use_tool_id(tool, "rivulet")
    try:
        for step in steps:
            monitoring.register_callback(tool, step, _on_step)
        monitoring.set_events(tool, sum(steps))
        yield
    finally:
        monitoring.set_events(tool, 0)
        for step in steps:
            monitoring.register_callback(tool, step, None)
        monitoring.free_tool_id(tool)


@contextmanager
def _watch_by_tracing() -> Iterator[None]:
    def trace(frame, event, _):
        if not _is_watched(frame.f_code):
            return None
        check()
        # An empty loop is one line that never changes.
        frame.f_trace_opcodes = True
        return trace

    before = sys.gettrace()
    sys.settrace(trace)
    try:
        yield
    finally:
        sys.settrace(before)
