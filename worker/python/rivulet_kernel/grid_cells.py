"""Cells of grids as texts: exact, and what is missing is told from every text.

A cell is its text; one that is missing is a list of the word for it.
"""

import math
from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from typing import Any

CELL_CHARS = 200

Cell = Any  # a text, or a list of the word for a missing one

_NUMBERS = {"int", "float", "Decimal", "Fraction", "complex"}
_PRINTED = ("decimal", "_decimal", "fractions", "uuid", "pandas")


def cell(value: Any, none: str) -> Cell:
    """What a grid shows of a value; `none` is the word for ``None``."""
    word = missing(value)
    if word is not None:
        return [none if value is None else word]
    return cut(text(value), CELL_CHARS)


def missing(value: Any) -> str | None:
    """The word for a value that is missing; ``None`` if it is there."""
    if value is None:
        return "None"
    kind = type(value)
    if kind is float:
        return "NaN" if value != value else None
    if kind in (int, str, bool):
        return None
    if kind.__name__ in ("NAType", "NaTType"):
        return "NA" if kind.__name__ == "NAType" else "NaT"
    if kind.__module__ == "numpy":
        if kind.__name__.startswith("float"):
            return "NaN" if math.isnan(value) else None
        if kind.__name__ in ("datetime64", "timedelta64"):
            return "NaT" if value != value else None
    return None


def text(value: Any) -> str:
    """The exact text of a value that is there; what is nested is told in brief."""
    written = plain(value)
    if written is not None:
        return written
    from . import inspector

    return inspector.in_brief(value)


def whole(value: Any) -> str:
    """The same, and nothing of what is nested is left out."""
    written = plain(value)
    return repr(value) if written is None else written


def plain(value: Any) -> str | None:
    """The exact text of a number, a text or a time; ``None`` for what is nested, or of a class of its own."""
    kind = type(value)
    if kind is str:
        return value
    if kind in (bool, float) or kind is int and value.bit_length() < 4_000:
        return repr(value)
    if kind.__name__ in ("Timestamp", "datetime") and isinstance(value, datetime):
        return value.isoformat(sep=" ")
    if kind in (date, time):
        return value.isoformat()
    module = kind.__module__.partition(".")[0]
    if isinstance(value, timedelta) or module in _PRINTED:
        return str(value)
    if module == "numpy" and not getattr(value, "ndim", 0):
        return str(value).replace("T", " ") if kind.__name__ == "datetime64" else str(value)
    return None


def searched(value: Any) -> str:
    """What a search looks at."""
    return "" if missing(value) is not None else text(value).casefold()


def cut(written: str, most: int) -> str:
    """A text that is no longer than what is shown of it."""
    return written if len(written) <= most else written[: most - 1] + "…"


def type_of(column: Sequence[Any]) -> str:
    """The one type of a column's values, or that there are several."""
    kinds = {type(value) for value in column if value is not None}
    if not kinds:
        return "empty"
    return cut(kinds.pop().__name__, 100) if len(kinds) == 1 else "mixed"


def kind_of(type_name: str) -> str:
    """What a column of a type is to a person: what it is filtered by, and where its cells stand."""
    name = type_name.lower()
    if type_name in _NUMBERS or name.startswith(("int", "uint", "float", "decimal", "double", "half")):
        return "number"
    if name.startswith("bool"):
        return "bool"
    if name.startswith(("datetime", "date", "timestamp")):
        return "time"
    if name.startswith(("category", "categorical", "enum", "dictionary")):
        return "category"
    if name.startswith(("str", "object", "large_string", "utf8")):
        return "text"
    return "other"
