"""A stack as a traceback shows it: the lines of cells, and of libraries only what helps.

Frames of ours are left out wherever they are; of several frames of libraries in a row the last is
shown, and of a long stack its two ends.
"""

import linecache
import re
import sysconfig
import traceback
from itertools import groupby
from typing import Any, Iterator

MOST = 20
_LONG = 400
_AROUND = 80
_OURS = __file__.rpartition("/")[0] + "/"
_LIBRARIES = tuple({sysconfig.get_path(name) + "/" for name in ("stdlib", "platstdlib", "purelib", "platlib")})
_FOLDED = 3
# Of libraries that were compiled, by which these names are known.
_COMPILED = (".pyx", ".pxi", ".pxd")
# What moves what comes after it, or ends a line for some; for Python it is a space.
_ODD = re.compile("[\t\x0b\x0c\x1c-\x1e\x85\u2028\u2029]")
_LOOP = "_rivulet_loop"


def fold(error: traceback.TracebackException) -> None:
    """Has an exception, its causes and its members formatted so."""
    seen: set[int] = set()
    left = [error]
    while left:
        one = left.pop()
        if one is None or id(one) in seen:
            continue
        seen.add(id(one))
        one.stack = Stack(one.stack)
        if getattr(one, "text", None) and len(one.text) > _LONG:
            _cut_text(one)
        left += [one.__cause__, one.__context__, *(one.exceptions or ())]


class Stack(list):
    """Takes the place of a ``traceback.StackSummary``."""

    def format(self, **options: Any) -> list[str]:
        """The lines."""
        frames = [frame for frame in self if not frame.filename.startswith(_OURS)]
        shown = list(_folded(frames))
        count = sum(not isinstance(one, str) for one in shown)
        if count > MOST:
            half = MOST // 2
            at = [n for n, one in enumerate(shown) if not isinstance(one, str)]
            begin, end = at[half], at[-half]
            shown = [*shown[:begin], f"  [… {count - 2 * half:,} frames are not shown]\n", *shown[end:]]
        return [one if isinstance(one, str) else _format(one, options) for one in shown]


def _folded(frames: list[traceback.FrameSummary]) -> Iterator[Any]:
    for is_library, some in groupby(frames, key=_is_library):
        some = list(some)
        if is_library and len(some) >= _FOLDED:
            names = list(dict.fromkeys(map(_package, some[:-1])))
            more = " and others" if len(names) > 3 else ""
            yield f"  [{len(some) - 1} frames of {', '.join(names[:3])}{more}]\n"
            some = some[-1:]
        for _, same in groupby(some, key=lambda frame: (frame.filename, frame.lineno, frame.name, frame.colno)):
            same = list(same)
            yield from same[:3]
            if len(same) > 3:
                times = "time" if len(same) == 4 else "times"
                yield f"  [Previous line repeated {len(same) - 3:,} more {times}]\n"


def _is_library(frame: traceback.FrameSummary) -> bool:
    name = frame.filename
    return name.startswith(_LIBRARIES) or "/site-packages/" in name or ".zip/" in name or name.startswith("<frozen ") or name.endswith(_COMPILED)


def _package(frame: traceback.FrameSummary) -> str:
    name = frame.filename
    for begin in ("/site-packages/", ".zip/", *_LIBRARIES):
        if begin in name:
            return name.rpartition(begin)[2].split("/")[0].removesuffix(".py")
    return name.split("/")[0] if name.endswith(_COMPILED) else "Python"


def _format(frame: traceback.FrameSummary, options: dict[str, Any]) -> str:
    line = linecache.getline(frame.filename, frame.lineno or 0).rstrip("\r\n")
    bare = line.lstrip()
    taken = len(line) - len(bare)
    if len(line) > _LONG or _ODD.search(bare) or line[:taken].strip(" \t"):
        begin, end = _columns(frame, line)
        text, mark, width = _window(_ODD.sub(" ", bare), max(0, begin - taken), max(0, end - taken))
        under = f"    {' ' * mark}{'^' * width}\n" if width else ""
        return f'  File "{frame.filename}", line {frame.lineno}, in {frame.name}\n    {text}\n{under}'
    if frame.name == _LOOP:
        frame.name = "<timeit>"
    return traceback.StackSummary().format_frame_summary(frame, **options)


def _columns(frame: traceback.FrameSummary, line: str) -> tuple[int, int]:
    """Where in the line it is, in characters."""
    written = line.encode("utf-8", "surrogatepass")
    begin, end = frame.colno, frame.end_colno
    if begin is None or end is None:
        return 0, 0
    if getattr(frame, "end_lineno", frame.lineno) != frame.lineno:
        end = len(written)
    return tuple(len(written[:at].decode("utf-8", "replace")) for at in (begin, end))


def _window(line: str, begin: int, end: int) -> tuple[str, int, int]:
    """The part of a line around what is meant; where that begins in it, and how long it is."""
    first = max(0, begin - _AROUND)
    last = min(len(line), max(end if end - begin < 2 * _AROUND else begin, begin) + _AROUND)
    before = "…" if first else ""
    text = before + line[first:last] + ("…" if last < len(line) else "")
    return text, len(before) + begin - first, max(0, min(end, last) - begin)


def _cut_text(error: traceback.TracebackException) -> None:
    """A syntax error brings its line itself."""
    begin = max(0, (error.offset or 1) - 1)
    end = getattr(error, "end_offset", None) or begin + 1
    text, mark, width = _window(error.text.rstrip("\n"), begin, max(end - 1, begin))
    error.text, error.offset = text, mark + 1
    error.end_offset = mark + 1 + max(width, 1)
