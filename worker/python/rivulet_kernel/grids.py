"""Tables that are shown as a grid: its head goes with the output, more rows are asked for while somebody
looks at them.

Data frames and series of pandas, SQL's tables, and lists of records are such tables. A cell is its exact
text; one that is missing is a list of the word for it, so that no text is taken for it.
"""

import json
import math
import sys
from collections import OrderedDict
from datetime import date, datetime, time, timedelta
from typing import Any, Callable, Sequence

from . import table
from .patience import Impatient, check, patience

MIME = "application/vnd.rivulet.table+json"
HEAD_ROWS = 500
HEAD_BYTES = 256 * 1024
WINDOW = 50
NAMED_COLUMNS = 500
NAME_CHARS = 100
CELL_CHARS = 200
MOST_ROWS = 200
MOST_KEPT = 30
MOST_RECORDS = 200_000
# For one question: a million rows are sorted and searched.
SECONDS = 8
_STEP = 20_000

Cell = Any  # a text, or a list of the word for a missing one


class _Kept:
    """A table that was shown, and the order in which it was looked at last."""

    def __init__(self, source: Any) -> None:
        self.source = source
        self.view: Any = None
        self.order: Sequence[int] = range(len(source))

    def look(self, sort: list | None, search: str) -> Sequence[int]:
        """The rows of a view, in its order."""
        if self.view != (sort, search):
            order: Sequence[int] = range(len(self.source))
            if sort is not None:
                order = self.source.sorted(int(sort[0]), bool(sort[1]))
            if search:
                found = self._found(search.casefold())
                order = [row for row in order if found[row]]
            self.view, self.order = (sort, search), order
        return self.order

    def _found(self, needle: str) -> bytearray:
        found = bytearray(len(self.source))
        for at in range(min(len(self.source.names), NAMED_COLUMNS)):
            for first in range(0, len(found), _STEP):
                check()
                rows = range(first, min(first + _STEP, len(found)))
                for row, value in zip(rows, self.source.take(at, rows)):
                    if not found[row] and needle in _searched(value):
                        found[row] = 1
        return found


class _Lists:
    """A table of lists, one a column."""

    def __init__(self, names: Sequence[str], columns: Sequence[Sequence[Any]], missing: str) -> None:
        self.names, self.columns, self.missing_word = list(names), columns, missing
        self.types = [_kind(column) for column in columns]

    def __len__(self) -> int:
        return len(self.columns[0]) if self.columns else 0

    def missing(self, at: int) -> int:
        return sum(_missing(value) is not None for value in self.columns[at])

    def take(self, at: int, rows: Sequence[int]) -> list:
        column = self.columns[at]
        return [column[row] for row in rows]

    def sorted(self, at: int, is_descending: bool) -> Sequence[int]:
        return _sorted(self.columns[at], is_descending)


class _Frame:
    """A data frame of pandas; its index comes first."""

    missing_word = "None"

    def __init__(self, frame: Any) -> None:
        self.frame = frame = frame.copy(deep=False)
        self.levels = frame.index.nlevels
        names = ["" if name is None else name for name in frame.index.names]
        self.names = [*names, *frame.columns][: NAMED_COLUMNS + 1]
        self.total = self.levels + len(frame.columns)
        self.types = [_dtype(self._column(at).dtype) for at in range(min(self.total, NAMED_COLUMNS))]

    def __len__(self) -> int:
        return len(self.frame)

    def _column(self, at: int) -> Any:
        if at < self.levels:
            return self.frame.index.get_level_values(at)
        return self.frame.iloc[:, at - self.levels]

    def missing(self, at: int) -> int:
        return int(self._column(at).isna().sum())

    def take(self, at: int, rows: Sequence[int]) -> list:
        column = self._column(at)
        column = column if at < self.levels else column.array
        if isinstance(rows, range) and rows.step == 1:
            part = column[rows.start : rows.stop]
        else:
            part = column.take(list(rows))
        # The shortest text of a small float is known to numpy only.
        is_small = str(column.dtype) in ("float32", "float16")
        return list(part) if is_small or not hasattr(part, "tolist") else part.tolist()

    def sorted(self, at: int, is_descending: bool) -> Sequence[int]:
        pandas = sys.modules["pandas"]
        column = pandas.Series(self._column(at)).reset_index(drop=True)
        try:
            made = column.sort_values(ascending=not is_descending, kind="stable", na_position="last")
        except TypeError:  # values of several types
            return _sorted(column.tolist(), is_descending)
        return made.index.to_numpy().tolist()


def _dtype(dtype: Any) -> str:
    return str(dtype)[:NAME_CHARS]


_kept: "OrderedDict[str, _Kept]" = OrderedDict()


def form(value: Any, has_html: bool) -> str | None:
    """The form in which the page shows a table as a grid; ``None`` for what is none."""
    source = _source(value, has_html)
    if source is None or not source.names or not len(source):
        return None
    import secrets

    name = secrets.token_hex(12)
    kept = _Kept(source)
    told = _told(name, kept)
    _kept[name] = kept
    while len(_kept) > MOST_KEPT:
        _kept.popitem(last=False)
    return told


def answer(asked: dict[str, Any]) -> dict[str, Any]:
    """Rows of a table that was shown, as the page asks for them."""
    kept = _kept.get(asked["table"])
    if kept is None:
        return {"answer": "no_rows", "slow": False}
    _kept.move_to_end(asked["table"])
    try:
        with patience(SECONDS):
            sort = asked.get("sort")
            order = kept.look(sort, str(asked.get("search") or "")[:CELL_CHARS])
            first = max(0, int(asked["first"]))
            rows = order[first : first + min(MOST_ROWS, max(0, int(asked["count"])))]
            column = max(0, int(asked["first_column"]))
            return {
                "answer": "rows",
                "total": len(order),
                "first": first,
                "columns": _cells(kept.source, column, rows),
            }
    except (Impatient, MemoryError):
        return {"answer": "no_rows", "slow": True}


def _told(name: str, kept: _Kept) -> str:
    source = kept.source
    count = len(source.names)
    columns = [
        {"name": _name(source.names[at]), "type": source.types[at], "missing": source.missing(at)}
        for at in range(min(count, NAMED_COLUMNS))
    ]
    rows = min(len(source), HEAD_ROWS)
    while True:
        told = {
            "id": name,
            "rows": len(source),
            "all_columns": getattr(source, "total", count),
            "columns": columns,
            "head": _cells(source, 0, range(rows)),
        }
        text = json.dumps(told, ensure_ascii=False, separators=(",", ":"))
        size = len(text.encode("utf-8", "replace"))
        if size <= HEAD_BYTES or rows <= 1:
            # What is no text in UTF-8 cannot leave Python.
            return text.encode("utf-8", "replace").decode()
        rows = max(1, min(rows - 1, rows * HEAD_BYTES // size))


def _cells(source: Any, first: int, rows: Sequence[int]) -> list[list[Cell]]:
    last = min(first + WINDOW, len(source.names), NAMED_COLUMNS)
    return [
        [_cell(value, source.missing_word) for value in source.take(at, rows)] for at in range(first, last)
    ]


def _source(value: Any, has_html: bool) -> Any:
    if isinstance(value, table.Table):
        rows = value.rows
        return _Lists(value.columns, list(zip(*rows)) if rows else [], "NULL")
    pandas = sys.modules.get("pandas")
    frame = getattr(pandas, "DataFrame", None)
    if frame is not None and isinstance(value, frame):
        # A class of its own may show itself in its own way, and so may an option of pandas.
        is_own = getattr(type(value), "_repr_html_", None) is not frame._repr_html_
        return _Frame(value) if has_html and not is_own else None
    if frame is not None and type(value) is pandas.Series:
        name = "" if value.name is None else value.name
        return _Frame(value.to_frame(name))
    return _of_records(value) if type(value) is list else None


def _of_records(value: list) -> Any:
    """A list of records that have the same fields; nothing of what others made is called."""
    if not 0 < len(value) <= MOST_RECORDS:
        return None
    first, kind = value[0], type(value[0])
    if kind is dict:
        names = list(first)
        if not all(type(name) is str for name in names):
            return None
        if not all(type(item) is dict and item.keys() == first.keys() for item in value):
            return None
        columns = [[item[name] for item in value] for name in names]
    elif "__dataclass_fields__" in vars(kind):
        names = list(vars(kind)["__dataclass_fields__"])
        try:
            spaces = [vars(item) for item in value if type(item) is kind]
            columns = [[space[name] for space in spaces] for name in names]
        except (TypeError, KeyError):  # it has slots, or a field is not set
            return None
        if len(spaces) != len(value):
            return None
    else:
        return None
    return _Lists(names, columns, "None") if names else None


def _name(name: Any) -> str:
    if isinstance(name, tuple):
        return _cut(" / ".join(map(str, name)), NAME_CHARS)
    return _cut(str(name), NAME_CHARS)


def _kind(column: Sequence[Any]) -> str:
    """The one type of a column's values, or that there are several."""
    kinds = {type(value) for value in column if value is not None}
    if not kinds:
        return "empty"
    return _cut(kinds.pop().__name__, NAME_CHARS) if len(kinds) == 1 else "mixed"


def _missing(value: Any) -> str | None:
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
    if kind.__module__ == "numpy" and kind.__name__.startswith("float"):
        return "NaN" if math.isnan(value) else None
    return None


def _cell(value: Any, none: str) -> Cell:
    word = _missing(value)
    if word is not None:
        return [none if value is None else word]
    return _cut(_text(value), CELL_CHARS)


def _text(value: Any) -> str:
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
    if isinstance(value, timedelta) or module in ("decimal", "_decimal", "fractions", "uuid", "pandas"):
        return str(value)
    if module == "numpy" and not getattr(value, "ndim", 0):
        return str(value)
    from . import inspector

    return inspector.in_brief(value)


def _searched(value: Any) -> str:
    return "" if _missing(value) is not None else _text(value).casefold()


def _cut(text: str, most: int) -> str:
    return text if len(text) <= most else text[: most - 1] + "…"


def _sorted(column: Sequence[Any], is_descending: bool) -> list[int]:
    """The places of a column's values in their order, what is missing last; equal ones stay as they are."""
    check()
    there = [at for at, value in enumerate(column) if _missing(value) is None]
    gone = [at for at, value in enumerate(column) if _missing(value) is not None]
    plain = {type(column[at]) for at in there}
    key: Callable[[int], Any] = column.__getitem__
    # Others could be compared by code of the notebook, and not with each other.
    is_plain = plain <= {int, float, bool} or plain in ({str}, {bytes}, {date}, {datetime}, {time})
    try:
        there.sort(key=key if is_plain else lambda at: _text(column[at]), reverse=is_descending)
    except TypeError:  # times with and without a zone
        there.sort(key=lambda at: _text(column[at]), reverse=is_descending)
    return there + gone
