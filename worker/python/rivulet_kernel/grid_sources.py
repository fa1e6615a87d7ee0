"""What a grid can show: where its columns come from, and how rows of them are taken, searched and sorted.

A source has `names`, `types` and `kinds` of its columns, `total` (how many columns there are in all),
`none` (its word for ``None``) and a length. `take(at, rows)` gives values of a column; `order(at, down)` is
a job that sorts: a generator, which yields wherever it may wait, and returns the places of the rows.
"""

import sys
from collections.abc import Generator, Sequence
from typing import Any

from . import grid_cells as cells
from . import table

MOST_COLUMNS = 2_000
MOST_RECORDS = 200_000
NAME_CHARS = 100
# How many values are looked at without a pause.
STEP = 10_000
# What is sorted in one go.
_RUN = 25_000

Job = Generator[None, None, Any]


class Lists:
    """A table of lists, one a column."""

    def __init__(self, names: Sequence[Any], columns: Sequence[Sequence[Any]], none: str) -> None:
        self.names, self.columns, self.none = list(names)[:MOST_COLUMNS], columns, none
        self.total = len(columns)
        self.types = [cells.type_of(column) for column in columns[:MOST_COLUMNS]]
        self.kinds = [cells.kind_of(one) for one in self.types]

    def __len__(self) -> int:
        return len(self.columns[0]) if self.columns else 0

    def size(self) -> int:
        """About how many bytes it keeps."""
        return 64 * len(self) * self.total

    def take(self, at: int, rows: Sequence[int]) -> list:
        """Values of a column."""
        column = self.columns[at]
        return [column[row] for row in rows]

    def order(self, at: int, down: bool) -> Job:
        """Sorts by a column; what is missing comes last, and equal ones stay as they are."""
        return sorted_values(self, at, down)


class Frame:
    """A data frame of pandas; its index comes first."""

    none = "None"

    def __init__(self, frame: Any) -> None:
        self.frame = frame = frame.copy(deep=False)
        self.levels = frame.index.nlevels
        names = ["" if name is None else name for name in frame.index.names]
        self.names = [*names, *frame.columns[:MOST_COLUMNS]][:MOST_COLUMNS]
        self.total = self.levels + len(frame.columns)
        self.types = [str(self.column(at).dtype)[:NAME_CHARS] for at in range(len(self.names))]
        self.kinds = [cells.kind_of(one) for one in self.types]

    def __len__(self) -> int:
        return len(self.frame)

    def size(self) -> int:
        """About how many bytes it keeps."""
        return int(self.frame.memory_usage(deep=False).sum())

    def column(self, at: int) -> Any:
        """A column, as an index or a series."""
        if at < self.levels:
            return self.frame.index.get_level_values(at)
        return self.frame.iloc[:, at - self.levels]

    def numbers(self, at: int) -> Any:
        """A column as an array of numpy, where it holds plain numbers."""
        column = self.column(at)
        is_plain = type(column.dtype).__module__.startswith("numpy") and column.dtype.kind in "iuf"
        return column.to_numpy() if is_plain else None

    def take(self, at: int, rows: Sequence[int]) -> list:
        """Values of a column."""
        column = self.column(at)
        column = column if at < self.levels else column.array
        if isinstance(rows, range) and rows.step == 1:
            part = column[rows.start : rows.stop]
        else:
            part = column.take([int(row) for row in rows])
        # The shortest text of a small float is known to numpy only.
        is_small = str(column.dtype) in ("float32", "float16")
        return list(part) if is_small or not hasattr(part, "tolist") else part.tolist()

    def order(self, at: int, down: bool) -> Job:
        """Sorts by a column; what is missing comes last, and equal ones stay as they are."""
        column = self.column(at)
        if self.kinds[at] not in ("number", "bool", "time", "category") and not self.types[at].startswith("timedelta"):
            return (yield from sorted_values(self, at, down))
        yield
        column = sys.modules["pandas"].Series(column).reset_index(drop=True)
        try:
            made = column.sort_values(ascending=not down, kind="stable", na_position="last")
        except TypeError:  # values that do not compare
            return (yield from sorted_values(self, at, down))
        return made.index.to_numpy()


class Array:
    """An array of numpy with one or two dimensions, behind the places of its rows."""

    none = "None"

    def __init__(self, array: Any) -> None:
        # It may be written to later; what is large is looked at as it is then.
        self.array = array.copy() if array.nbytes <= 16 << 20 else array
        fields = array.dtype.names
        width = len(fields) if fields else 1 if array.ndim == 1 else array.shape[1]
        self.fields = fields
        named = fields or (["value"] if array.ndim == 1 else range(width))
        self.total = width + 1
        self.names = ["", *list(named)[: MOST_COLUMNS - 1]]
        types = [str(array.dtype[name]) for name in fields] if fields else [str(array.dtype)] * width
        self.types = ["index", *(one[:NAME_CHARS] for one in types)][: len(self.names)]
        self.kinds = ["number", *(_of_dtype(one) for one in self.types[1:])]

    def __len__(self) -> int:
        return len(self.array)

    def size(self) -> int:
        """About how many bytes it keeps."""
        return self.array.nbytes

    def column(self, at: int) -> Any:
        """A column as an array of one dimension."""
        if at == 0:
            return sys.modules["numpy"].arange(len(self.array))
        if self.fields:
            return self.array[self.fields[at - 1]]
        return self.array if self.array.ndim == 1 else self.array[:, at - 1]

    def numbers(self, at: int) -> Any:
        """A column as an array of numpy, where it holds plain numbers."""
        column = self.column(at)
        return column if column.dtype.kind in "iuf" else None

    def take(self, at: int, rows: Sequence[int]) -> list:
        """Values of a column."""
        if at == 0:
            return [int(row) for row in rows]
        column = self.column(at)
        is_range = isinstance(rows, range) and rows.step == 1
        part = column[rows.start : rows.stop] if is_range else column[[int(row) for row in rows]]
        # A list has neither the shortest text of a small float nor all digits of a time.
        return list(part) if part.dtype.kind in "mMV" or str(part.dtype)[:5] in ("float", "compl") else part.tolist()

    def order(self, at: int, down: bool) -> Job:
        """Sorts by a column; what is missing comes last, and equal ones stay as they are."""
        numpy, column = sys.modules["numpy"], self.column(at)
        if column.dtype.kind not in "biufmM":
            return (yield from sorted_values(self, at, down))
        yield
        gone = numpy.isnan(column) if column.dtype.kind == "f" else numpy.isnat(column) if column.dtype.kind in "mM" else None
        if gone is None:
            # Backwards twice, so that equal ones stay as they are.
            return numpy.argsort(column, kind="stable") if not down else len(column) - 1 - numpy.argsort(column[::-1], kind="stable")[::-1]
        there = numpy.flatnonzero(~gone)
        some = column[there]
        by = numpy.argsort(some, kind="stable") if not down else len(some) - 1 - numpy.argsort(some[::-1], kind="stable")[::-1]
        return numpy.concatenate([there[by], numpy.flatnonzero(gone)])


class Columns:
    """A data frame of polars or a table of pyarrow."""

    def __init__(self, names: Sequence[str], columns: Sequence[Any], types: Sequence[Any], none: str) -> None:
        self.names, self.columns, self.none = list(names)[:MOST_COLUMNS], columns, none
        self.total = len(columns)
        self.types = [str(one)[:NAME_CHARS] for one in types][:MOST_COLUMNS]
        self.kinds = [cells.kind_of(one) for one in self.types]

    def __len__(self) -> int:
        return len(self.columns[0]) if self.columns else 0

    def size(self) -> int:
        """About how many bytes it keeps."""
        first = self.columns[0]
        measured = getattr(first, "nbytes", None) or getattr(first, "estimated_size", lambda: 8 * len(self))()
        return int(measured) * self.total

    def take(self, at: int, rows: Sequence[int]) -> list:
        """Values of a column."""
        column = self.columns[at]
        if isinstance(rows, range) and rows.step == 1:
            part = column.slice(rows.start, len(rows))
        else:
            places = [int(row) for row in rows]
            part = column.gather(places) if hasattr(column, "gather") else column.take(places)
        return part.to_list() if hasattr(part, "to_list") else part.to_pylist()

    def order(self, at: int, down: bool) -> Job:
        """Sorts by a column; what is missing comes last, and equal ones stay as they are."""
        return sorted_values(self, at, down)


def source(value: Any, has_html: bool) -> Any:
    """What a grid shows of a value; ``None`` for what is no table."""
    if isinstance(value, table.Table):
        rows = value.rows
        return Lists(value.columns, list(zip(*rows)) if rows else [], "NULL")
    if type(value) is list:
        return _of_records(value)
    kind = type(value)
    library = kind.__module__.partition(".")[0]
    return {"pandas": _of_pandas, "numpy": _of_numpy, "polars": _of_polars, "pyarrow": _of_arrow}.get(library, _none)(value, has_html) or _of_own_frame(value, has_html)


def _none(_value: Any, _has_html: bool) -> Any:
    return None


def _of_pandas(value: Any, _has_html: bool) -> Any:
    pandas = sys.modules.get("pandas")
    if pandas is not None and type(value) is pandas.Series:
        return Frame(value.to_frame("" if value.name is None else value.name))
    return None


def _of_own_frame(value: Any, has_html: bool) -> Any:
    """A data frame of pandas, unless its class shows itself in its own way, or an option of pandas says not to."""
    frame = getattr(sys.modules.get("pandas"), "DataFrame", None)
    if frame is None or not isinstance(value, frame) or not has_html:
        return None
    is_own = getattr(type(value), "_repr_html_", None) is not frame._repr_html_
    return None if is_own else Frame(value)


def _of_numpy(value: Any, _has_html: bool) -> Any:
    numpy = sys.modules.get("numpy")
    if numpy is None or type(value) is not numpy.ndarray or value.dtype.kind not in "biufcmMSUOV":
        return None
    if value.dtype.kind == "V" and not value.dtype.names or value.ndim not in (1, 2) or value.ndim == 2 and value.dtype.names:
        return None
    # A short one is read more easily on a line.
    is_short = value.ndim == 1 and value.size <= 20 and not value.dtype.names
    return None if is_short or not value.size else Array(value)


def _of_polars(value: Any, _has_html: bool) -> Any:
    polars = sys.modules.get("polars")
    if polars is None:
        return None
    if type(value) is polars.Series:
        return Columns([value.name], [value], [value.dtype], "null")
    if type(value) is polars.DataFrame and value.width:
        return Columns(value.columns, value.get_columns(), value.dtypes, "null")
    return None


def _of_arrow(value: Any, _has_html: bool) -> Any:
    arrow = sys.modules.get("pyarrow")
    if arrow is None or type(value) not in (arrow.Table, arrow.RecordBatch) or not value.num_columns:
        return None
    return Columns(value.schema.names, list(value.columns), value.schema.types, "null")


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
    return Lists(names, columns, "None") if names else None


def name_of(name: Any) -> str:
    """The name of a column."""
    parts = name if isinstance(name, tuple) else (name,)
    return cells.cut(" / ".join(map(str, parts)), NAME_CHARS)


def _of_dtype(name: str) -> str:
    return "text" if name[:2] in ("<U", "|S") else cells.kind_of(name)


def sorted_values(source: Any, at: int, down: bool) -> Job:
    """The places of a column's values in their order, sorted in runs that are merged."""
    keys: list[Any] = []
    kinds: set[type] = set()
    for first in range(0, len(source), STEP):
        yield
        keys += source.take(at, range(first, min(first + STEP, len(source))))
        kinds.update(map(type, keys[first:]))
    gone = [row for row, value in enumerate(keys) if cells.missing(value) is not None]
    yield
    lost = set(gone)
    there = [row for row in range(len(keys)) if row not in lost] if lost else list(range(len(keys)))
    if lost:
        kinds = {type(keys[row]) for row in there}
    yield
    # Others could be compared by code of the notebook, and not with each other.
    if not _is_plain(kinds):
        for first in range(0, len(there), STEP):
            yield
            for row in there[first : first + STEP]:
                keys[row] = cells.text(keys[row])
    try:
        made = yield from _merged(there, keys, down)
    except TypeError:  # times with and without a zone
        made = yield from _merged(there, [cells.searched(value) for value in keys], down)
    return made + gone


def _is_plain(kinds: set[type]) -> bool:
    names = {kind.__module__.lstrip("_") + "." + kind.__name__ for kind in kinds}
    numbers = {"builtins.int", "builtins.float", "builtins.bool", "decimal.Decimal"}
    alone = {"builtins.str", "builtins.bytes", "datetime.date", "datetime.datetime", "datetime.time", "datetime.timedelta"}
    return names <= numbers or len(names) == 1 and names <= alone


def _merged(rows: list[int], keys: list[Any], down: bool) -> Job:
    key = keys.__getitem__
    runs = []
    for first in range(0, len(rows), _RUN):
        yield
        runs.append(sorted(rows[first : first + _RUN], key=key, reverse=down))
    while len(runs) > 1:
        merged = []
        for at in range(0, len(runs), 2):
            yield
            # What is sorted already is only merged.
            merged.append(sorted(runs[at] + runs[at + 1], key=key, reverse=down) if at + 1 < len(runs) else runs[at])
        runs = merged
    return runs[0] if runs else []
