"""What is known of a column beside its cells: what is missing, the ends, the middle, how often what comes, and
how high the bars of its histogram are.
"""

import math
import statistics
import sys
from typing import Any

from . import grid_cells as cells
from .grid_sources import STEP, Job

BARS = 20
MOST_DISTINCT = 20_000
MOST_NAMED = 50

Facts = list[tuple[str, str]]


def column(source: Any, at: int) -> Job:
    """The facts of a column, its bars, and its most frequent values."""
    array = source.numbers(at) if hasattr(source, "numbers") else None
    if array is not None:
        return (yield from _of_array(array, source))
    kind = source.kinds[at]
    lost: dict[str, int] = {}
    counts: dict[str, int] | None = {}
    numbers: list[Any] = []
    for first in range(0, len(source), STEP):
        yield
        for value in source.take(at, range(first, min(first + STEP, len(source)))):
            word = cells.missing(value)
            if word is not None:
                word = source.none if value is None else word
                lost[word] = lost.get(word, 0) + 1
                continue
            if kind in ("number", "time"):
                numbers.append(value)
            if counts is not None:
                text = value if type(value) is str else cells.text(value)
                text = cells.cut(text, cells.CELL_CHARS)
                counts[text] = counts.get(text, 0) + 1
                if len(counts) > MOST_DISTINCT:
                    counts = None
    facts: Facts = [(f"missing ({word})", f"{count:,}") for word, count in sorted(lost.items())]
    distinct = f"more than {MOST_DISTINCT:,}" if counts is None else f"{len(counts):,}"
    facts.append(("distinct", distinct))
    told: dict[str, Any] = {"answer": "column", "bars": [], "low": "", "high": "", "top": []}
    if numbers:
        yield from (_of_numbers if kind == "number" else _of_times)(numbers, facts, told)
    if counts is not None:
        yield
        top = sorted(counts.items(), key=lambda one: -one[1])[:MOST_NAMED]
        told["top"] = [list(one) for one in top]
        if not numbers and kind in ("bool", "category", "text") and len(counts) <= BARS:
            told["bars"] = [count for _, count in sorted(counts.items())]
            told["low"], told["high"] = "", ""
    return told | {"facts": facts, "missing": sum(lost.values())}


def _of_array(array: Any, source: Any) -> Job:
    """The same of numbers that numpy has, in a few steps of its own."""
    numpy = sys.modules["numpy"]
    is_there = ~numpy.isnan(array) if array.dtype.kind == "f" else None
    values = array if is_there is None else array[is_there]
    missing = len(array) - len(values)
    facts: Facts = [("missing (NaN)", f"{missing:,}")] if missing else []
    told: dict[str, Any] = {"answer": "column", "bars": [], "low": "", "high": "", "top": []}
    yield
    distinct, counts = numpy.unique(values, return_counts=True)
    yield
    facts.append(("distinct", f"{len(distinct):,}"))
    if len(distinct) <= MOST_DISTINCT:
        most = numpy.argsort(-counts, kind="stable")[:MOST_NAMED]
        told["top"] = [[cells.text(_item(distinct[at])), int(counts[at])] for at in most]
    if len(values):
        low, high = cells.text(_item(distinct[0])), cells.text(_item(distinct[-1]))
        facts += [("smallest", low), ("largest", high)]
        told["low"], told["high"] = low, high
        floats = values.astype("float64")
        floats = floats[numpy.isfinite(floats)]
        yield
        if len(floats):
            yield from _of_floats(floats, facts, told)
    return told | {"facts": facts, "missing": missing}


def _item(number: Any) -> Any:
    # The shortest text of a small float is known to numpy only.
    return number if number.dtype.kind == "f" and number.dtype.itemsize < 8 else number.item()


def _of_floats(floats: Any, facts: Facts, told: dict[str, Any]) -> Job:
    numpy = sys.modules["numpy"]
    mean, middle = float(floats.mean()), float(numpy.median(floats))
    yield
    spread = float(floats.std(ddof=1)) if len(floats) > 1 else 0.0
    facts += [("mean", f"{mean:.6g}"), ("median", f"{middle:.6g}"), ("standard deviation", f"{spread:.6g}")]
    yield
    told["bars"] = _bars(floats)


def _of_numbers(numbers: list[Any], facts: Facts, told: dict[str, Any]) -> Job:
    yield
    try:
        low, high = min(numbers), max(numbers)
    except TypeError:  # complex ones
        return
    facts += [("smallest", cells.text(low)), ("largest", cells.text(high))]
    yield
    floats = [_float(value) for value in numbers]
    finite = floats if all(map(math.isfinite, floats)) else [value for value in floats if math.isfinite(value)]
    yield
    if not finite:
        return
    mean = math.fsum(finite) / len(finite)
    yield
    middle = statistics.median(finite)
    yield
    spread = math.sqrt(math.fsum((value - mean) ** 2 for value in finite) / (len(finite) - 1)) if len(finite) > 1 else 0.0
    facts += [("mean", f"{mean:.6g}"), ("median", f"{middle:.6g}"), ("standard deviation", f"{spread:.6g}")]
    yield
    told["bars"] = _bars(finite)
    told["low"], told["high"] = cells.text(low), cells.text(high)


def _of_times(times: list[Any], facts: Facts, told: dict[str, Any]) -> Job:
    yield
    try:
        low, high = min(times), max(times)
        width = high - low
    except TypeError:  # with and without a zone
        return
    facts += [("earliest", cells.text(low)), ("latest", cells.text(high))]
    told["low"], told["high"] = cells.text(low), cells.text(high)
    try:
        whole = width / 1 if not hasattr(width, "total_seconds") else width.total_seconds()
        floats = []
        for first in range(0, len(times), STEP):
            yield
            some = times[first : first + STEP]
            floats += [(value - low).total_seconds() for value in some] if whole else [0.0 for _ in some]
    except (TypeError, AttributeError, OverflowError):
        return
    told["bars"] = _bars(floats)


def _float(value: Any) -> float:
    try:
        return float(value)
    except OverflowError:
        return math.inf


def _bars(values: Any) -> list[int]:
    is_array = hasattr(values, "dtype")
    low, high = (float(values.min()), float(values.max())) if is_array else (min(values), max(values))
    width = high / BARS - low / BARS
    if width <= 0 or not math.isfinite(width):
        return [len(values)]
    if is_array:
        return [int(count) for count in sys.modules["numpy"].histogram(values, bins=BARS)[0]]
    bars = [0] * BARS
    for value in values:
        bars[min(int((value - low) / width), BARS - 1)] += 1
    return bars
