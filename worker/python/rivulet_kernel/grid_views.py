"""What a person has made of a table: sorted, searched and filtered, step by step.

A job is a generator that yields wherever it may wait: between two steps Python does what else it has to do,
and nobody waits for a job that is not wanted any more.
"""

from array import array
from collections.abc import Callable, Sequence
from datetime import timedelta
from decimal import Decimal, InvalidOperation
from itertools import compress
from typing import Any

from . import grid_cells as cells
from .grid_sources import STEP, Job

MOST_CHARS = 200
_OF_NUMBERS = frozenset("0123456789.+-einfaj_()")
_OF_TIMES = frozenset("0123456789-:.+ t")

Test = Callable[[Any], bool]


class Wrong(ValueError):
    """A filter that cannot be used, in words for the person."""


def view(source: Any, asked: dict[str, Any], sorted_before: dict[Any, Any]) -> Job:
    """The places of the rows of a view, in its order. `sorted_before` keeps the newest order."""
    order: Sequence[int] = range(len(source))
    if asked.get("sort") is not None:
        at, down = int(asked["sort"][0]), bool(asked["sort"][1])
        _check_column(source, at)
        if (at, down) not in sorted_before:
            made = yield from source.order(at, down)
            sorted_before.clear()
            sorted_before[at, down] = made
        order = sorted_before[at, down]
    wanted: bytearray | None = None
    for one in asked.get("filters") or ():
        _check_column(source, int(one["column"]))
        wanted = yield from _only(source, int(one["column"]), one["only"], wanted)
    if needle := str(asked.get("search") or "")[:MOST_CHARS].casefold():
        wanted = yield from _found(source, needle, wanted)
    if wanted is None:
        return order
    yield
    return _picked(order, wanted)


def _check_column(source: Any, at: int) -> None:
    if not 0 <= at < len(source.names):
        raise Wrong("There is no such column.")


def _picked(order: Sequence[int], wanted: bytearray) -> Sequence[int]:
    if isinstance(order, range):
        return array("L", compress(order, wanted))
    if hasattr(order, "dtype"):
        import numpy

        return order[numpy.frombuffer(wanted, bool)[order]]
    return array("L", compress(order, map(wanted.__getitem__, order)))


def _found(source: Any, needle: str, among: bytearray | None) -> Job:
    """The rows that hold a text in a cell."""
    found = bytearray(len(source))
    letters = set(needle)
    for at, kind in enumerate(source.kinds):
        # No number is written with other letters than these.
        if kind == "number" and not letters <= _OF_NUMBERS or kind == "time" and not letters <= _OF_TIMES:
            continue
        yield from _mark(source, at, lambda value: needle in cells.searched(value), found, among)
    return found


def _only(source: Any, at: int, only: dict[str, Any], among: bytearray | None) -> Job:
    """The rows whose cell of a column passes a filter."""
    found = bytearray(len(source))
    yield from _mark(source, at, test(source.kinds[at], only), found, among)
    return found


def _mark(source: Any, at: int, passes: Test, found: bytearray, among: bytearray | None) -> Job:
    known: dict[Any, bool] = {}
    for first in range(0, len(found), STEP):
        yield
        rows = range(first, min(first + STEP, len(found)))
        for row, value in zip(rows, source.take(at, rows)):
            if found[row] or among is not None and not among[row]:
                continue
            # Most columns of texts hold the same few ones.
            if type(value) is str:
                passed = known.get(value)
                if passed is None:
                    passed = passes(value)
                    if len(known) < 10_000:
                        known[value] = passed
                found[row] = passed
            else:
                found[row] = passes(value)


def test(kind: str, only: dict[str, Any]) -> Test:
    """What a filter lets pass; raises :class:`Wrong` where it is none that can be."""
    match only["by"]:
        case "missing":
            return lambda value: cells.missing(value) is not None
        case "present":
            return lambda value: cells.missing(value) is None
        case "contains":
            needle = str(only["text"])[:MOST_CHARS].casefold()
            return lambda value: needle in cells.searched(value)
        case "values":
            chosen = {str(one) for one in only["values"][:1_000]}
            return lambda value: cells.missing(value) is None and cells.cut(cells.text(value), cells.CELL_CHARS) in chosen
        case "between":
            low, high = (str(only.get(end) or "").strip()[:MOST_CHARS] for end in ("low", "high"))
            return _times(low, high) if kind == "time" else _numbers(low, high)
    raise Wrong("This filter is not known here.")


def _numbers(low: str, high: str) -> Test:
    """Between two numbers, exactly: floats are compared with what a float reads of the text."""
    bounds = [_bound(low), _bound(high)]

    def passes(value: Any) -> bool:
        if cells.missing(value) is not None:
            return False
        kind = type(value)
        if kind.__module__ == "numpy" and hasattr(value, "item"):
            is_float = kind.__name__.startswith("float")
            value = float(str(value)) if is_float else value.item()
        at = 1 if type(value) is float else 0
        try:
            return (bounds[0] is None or value >= bounds[0][at]) and (bounds[1] is None or value <= bounds[1][at])
        except TypeError:  # it is no number
            return False

    return passes


def _bound(written: str) -> tuple[Any, float] | None:
    if not written:
        return None
    try:
        exact = Decimal(written.replace(",", "").replace("_", "").replace("\u2212", "-"))
    except InvalidOperation:
        raise Wrong(f"\u201c{written[:40]}\u201d is no number; write one such as 1200 or 0.5.") from None
    if exact.is_nan():
        raise Wrong("NaN is no number; filter by what is missing.")
    is_whole = exact.is_finite() and abs(exact.adjusted()) < 60 and exact == exact.to_integral_value()
    return (int(exact) if is_whole else exact), float(exact)


def _times(low: str, high: str) -> Test:
    """From one day or time to another one, as they are written: a day is meant as a whole."""
    for end in (low, high):
        if end and not (len(end) >= 4 and end[:4].isdigit()):
            raise Wrong(f"\u201c{end[:40]}\u201d is no date; write one such as 2024-02-29.")

    def passes(value: Any) -> bool:
        if cells.missing(value) is not None or isinstance(value, timedelta):
            return False
        written = cells.text(value)
        return (not low or written[: len(low)] >= low) and (not high or written[: len(high)] <= high)

    return passes
