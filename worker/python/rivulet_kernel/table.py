"""Tables without pandas: what SQL gives back, and what of Python SQL can read as a table.

A variable is read by columns. Each value becomes one that SQLite has: a whole number, a number, a
text, bytes or nothing.
"""

import re
import sys
from datetime import date, datetime, time, timedelta
from typing import Any, Iterator, Sequence

SHOWN_ROWS = 200
SHOWN_CHARS = 500
READABLE = "SQL can read data frames and lists of records."
_PLAIN = {type(None), bool, int, float, str, bytes}


class Table:
    """Rows with named columns; it does not change. Iterating gives the rows as dicts."""

    __slots__ = ("_columns", "_rows")

    def __init__(self, columns: Sequence[str], rows: Sequence[Sequence[Any]]) -> None:
        self._columns = tuple(columns)
        self._rows = tuple(map(tuple, rows))

    @property
    def columns(self) -> tuple[str, ...]:
        """The names of the columns."""
        return self._columns

    @property
    def rows(self) -> list[tuple]:
        """The rows as tuples; the list is a new one each time."""
        return list(self._rows)

    def __len__(self) -> int:
        return len(self._rows)

    def __iter__(self) -> Iterator[dict[str, Any]]:
        return (dict(zip(self._columns, row)) for row in self._rows)

    def __getitem__(self, key: Any) -> Any:
        if isinstance(key, str):
            return self._column(key)
        if isinstance(key, slice):
            return Table(self._columns, self._rows[key])
        try:
            return dict(zip(self._columns, self._rows[key]))
        except IndexError:
            count = len(self._rows)
            raise IndexError(f"there is no row {key}: the table has {count} rows") from None

    def _column(self, name: str) -> list:
        if name not in self._columns:
            raise KeyError(f"no column {name}" + did_you_mean(name, self._columns))
        at = self._columns.index(name)
        return [row[at] for row in self._rows]

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Table):
            return NotImplemented
        return self._columns == other._columns and self._rows == other._rows

    def __hash__(self) -> int:
        return hash((self._columns, self._rows))

    def __repr__(self) -> str:
        shown = self._rows[:SHOWN_ROWS]
        grid = [[_line(name) for name in self._columns]]
        grid += [[_line(_written(value)) for value in row] for row in shown]
        widths = [max(map(len, column)) for column in zip(*grid)]
        right = [_is_numeric(column) for column in zip(*shown)] or [False] * len(widths)
        lines = [
            "  ".join(
                text.rjust(width) if to_right else text.ljust(width)
                for text, width, to_right in zip(line, widths, right)
            ).rstrip()
            for line in [grid[0], ["-" * width for width in widths], *grid[1:]]
        ]
        return "\n".join(lines + self._rest())

    def _repr_html_(self) -> str:
        names = "".join(f"<th>{_escaped(name)}</th>" for name in self._columns)
        rows = "".join(f"<tr>{''.join(map(_cell, row))}</tr>" for row in self._rows[:SHOWN_ROWS])
        grid = f"<thead><tr>{names}</tr></thead><tbody>{rows}</tbody>"
        rest = "".join(f"<p>{line}</p>" for line in self._rest())
        return f'<table class="dataframe">{grid}</table>{rest}'

    def _rest(self) -> list[str]:
        """The line below the shown rows, where one is needed."""
        more = len(self._rows) - SHOWN_ROWS
        if more > 0:
            return [f"… and {more:,} more row{'s' if more > 1 else ''}"]
        return [] if self._rows else ["(no rows)"]


def did_you_mean(name: str, names: Sequence[str]) -> str:
    """``. Did you mean x?`` where one of the names is close to the name, else nothing."""
    from difflib import get_close_matches

    known = {known.lower(): known for known in reversed(names)}
    close = get_close_matches(name.lower(), known, n=1)
    return f". Did you mean {known[close[0]]}?" if close else ""


def distinct(names: Sequence[str], fold=str) -> list[str]:
    """The names; one that comes again gets ``_2``, ``_3``. ``fold`` gives what must differ."""
    taken = {fold(name) for name in names}
    seen: set[str] = set()
    made = []
    for name in names:
        new, number = name, 1
        while fold(new) in seen or (number > 1 and fold(new) in taken):
            number += 1
            new = f"{name}_{number}"
        seen.add(fold(new))
        made.append(new)
    return made


def _written(value: Any) -> str:
    if value is None:
        return "NULL"
    if isinstance(value, float):
        text = f"{value:.15g}"
        return text if re.search(r"[^\d-]", text) else f"{text}.0"
    if isinstance(value, bytes):
        return f"{len(value):,} byte{'s' if len(value) != 1 else ''}"
    text = str(value)
    return text if len(text) <= SHOWN_CHARS else f"{text[:SHOWN_CHARS]}…"


def _line(text: str) -> str:
    """The text on one line, as a grid of letters needs it."""
    text = text.replace("\r", "").replace("\n", "⏎").replace("\t", " ")
    return text if len(text) <= 60 else f"{text[:59]}…"


def _escaped(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _cell(value: Any) -> str:
    text = _escaped(_written(value))
    if isinstance(value, (int, float)):
        return f'<td align="right">{text}</td>'
    return f'<td align="left">{text if isinstance(value, str) else f"<em>{text}</em>"}</td>'


def _is_numeric(column: Sequence[Any]) -> bool:
    return all(value is None or isinstance(value, (int, float)) for value in column)


class Unreadable(Exception):
    """A variable is not what SQL can use; says so in a sentence."""


def is_frame(value: Any) -> bool:
    """Whether it is a pandas data frame; never imports pandas."""
    frame = getattr(sys.modules.get("pandas"), "DataFrame", None)
    return frame is not None and isinstance(value, frame)


def looks_readable(value: Any) -> bool:
    """Whether SQL could read it as a table, by a look at its head."""
    if isinstance(value, (list, tuple)):
        return bool(value) and _fields(value[0]) is not None
    if isinstance(value, dict):
        return bool(value) and all(map(_is_column, value.values()))
    return isinstance(value, Table) or is_frame(value)


def columns_of(name: str, value: Any) -> tuple[list[str], list[list]]:
    """The columns of a variable: their names, and for each the values, one a row."""
    if isinstance(value, Table):
        names, columns = list(value.columns), [_scalars(value[at]) for at in value.columns]
    elif is_frame(value):
        names, columns = _of_frame(value)
    elif isinstance(value, dict):
        names, columns = _of_lists(name, value)
    elif isinstance(value, (list, tuple)) and not hasattr(value, "_fields"):
        names, columns = _of_records(name, value)
    else:
        raise Unreadable(f"`{name}` is {a_type(value)}; {READABLE}")
    if not names:
        raise Unreadable(f"`{name}` has no columns, so SQL cannot read it as a table.")
    return distinct(names, str.lower), columns


def affinity(values: Sequence[Any]) -> str:
    """The SQLite type of a column: ``INTEGER``, ``REAL``, ``TEXT``, ``BLOB``; mixed, none."""
    kinds = set(map(type, values)) - {type(None)}
    for kind, members in (
        ("INTEGER", {int, bool}),
        ("REAL", {int, bool, float}),
        ("TEXT", {str}),
        ("BLOB", {bytes}),
    ):
        if kinds and kinds <= members:
            return kind
    return ""


def a_type(value: Any) -> str:
    """``an int``, ``a dict``."""
    name = type(value).__name__
    return f"{'an' if name[0] in 'aeiouAEIOU' else 'a'} {name}"


def _of_frame(frame: Any) -> tuple[list[str], list[list]]:
    index = [at for at, name in enumerate(frame.index.names) if name is not None]
    names = [str(frame.index.names[at]) for at in index] + [str(name) for name in frame.columns]
    columns = [_of_series(frame.index.get_level_values(at)) for at in index]
    columns += [_of_series(frame.iloc[:, at]) for at in range(len(frame.columns))]
    return names, columns


def _of_series(series: Any) -> list:
    values = series.tolist()
    # A column that numpy keeps as numbers holds nothing else; SQLite stores NaN as NULL.
    is_plain = type(series.dtype).__module__.startswith("numpy") and series.dtype.kind in "biuf"
    return values if is_plain else _scalars(values)


def _of_lists(name: str, value: dict) -> tuple[list[str], list[list]]:
    if not all(map(_is_column, value.values())):
        raise Unreadable(f"`{name}` is a dict, but not one of lists; {READABLE}")
    if len({len(column) for column in value.values()}) > 1:
        lengths = ", ".join(f"{key}: {len(column)}" for key, column in value.items())
        raise Unreadable(f"The lists in `{name}` are not equally long ({lengths}).")
    return list(map(str, value)), [_scalars(column) for column in value.values()]


def _of_records(name: str, value: Sequence[Any]) -> tuple[list[str], list[list]]:
    if not value:
        raise Unreadable(f"`{name}` is empty, so its columns are not known to SQL.")
    records = []
    for at, item in enumerate(value):
        record = _fields(item)
        if record is None:
            where = "" if at == 0 else f", and its item {at} is {a_type(item)}"
            what = f"{a_type(value)} of {type(value[0]).__name__}{where}"
            raise Unreadable(f"`{name}` is {what}; {READABLE}")
        records.append(record)
    keys = list(dict.fromkeys(key for record in records for key in record))
    return list(map(str, keys)), [_scalars([record.get(key) for record in records]) for key in keys]


def _fields(item: Any) -> dict | None:
    """A record as a dict; ``None`` if it is no record."""
    if isinstance(item, dict):
        return item
    if isinstance(item, tuple) and hasattr(item, "_fields"):
        return dict(zip(item._fields, item))
    if hasattr(type(item), "__dataclass_fields__"):
        import dataclasses

        return {field.name: getattr(item, field.name) for field in dataclasses.fields(item)}
    return None


def _is_column(value: Any) -> bool:
    if isinstance(value, (list, tuple, range)):
        return True
    return hasattr(value, "tolist") and getattr(value, "ndim", 0) == 1


def _scalars(values: Any) -> list:
    return [value if type(value) in _PLAIN else scalar(value) for value in values]


def scalar(value: Any) -> Any:
    """The value as SQLite keeps it; what SQLite has no form for becomes JSON or its text."""
    known, converted = known_scalar(value)
    if known:
        return converted
    if isinstance(value, (list, tuple, dict)):
        import json

        return json.dumps(value, default=str, ensure_ascii=False)
    return str(value)


def known_scalar(value: Any) -> tuple[bool, Any]:
    """Whether SQLite has a form for the value, and that form."""
    kind = type(value)
    if kind in _PLAIN:
        return True, value
    if kind.__name__ in ("NAType", "NaTType"):
        return True, None
    if kind.__module__ == "numpy" and hasattr(value, "dtype"):
        return _of_numpy(value)
    # The base class's own text: an enum of texts, for instance, writes itself otherwise.
    for base in (str, int, float):
        if isinstance(value, base):
            return True, base(value) if base is not str else str.__str__(value)
    if isinstance(value, (bytearray, memoryview, bytes)):
        return True, bytes(value)
    if isinstance(value, datetime):
        return True, value.isoformat(sep=" ")
    if isinstance(value, (date, time)):
        return True, value.isoformat()
    if isinstance(value, timedelta):
        return True, str(value)
    if kind.__name__ == "Decimal" and kind.__module__ in ("decimal", "_decimal"):
        # As a text it would compare as larger than every number.
        return True, float(value)
    return False, None


def _of_numpy(value: Any) -> tuple[bool, Any]:
    if getattr(value, "ndim", 0):
        return False, None
    if value.dtype.kind in "Mm" and isinstance(value.item(), int):
        # Nanoseconds have no type in Python.
        value = value.astype(f"{'datetime64' if value.dtype.kind == 'M' else 'timedelta64'}[us]")
    item = value.item()
    return known_scalar(item) if type(item).__module__ != "numpy" else (False, None)


def read_csv(path: Any) -> Table:
    """Reads a CSV file with a header line; finds out its delimiter, and the type of each column."""
    import csv
    import io

    with open(path, "rb") as file:
        text = _decoded(file.read())
    head = re.sub(r'"[^"]*"', "", text.lstrip().partition("\n")[0])
    delimiter = max(",;\t|", key=head.count)
    lines = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    header = next((line for line in lines if line), None)
    if header is None:
        raise ValueError(f"{path} is empty.")
    names = [name.strip() or f"column_{at}" for at, name in enumerate(header, 1)]
    rows = []
    for line in lines:
        if len(line) > len(names):
            raise ValueError(
                f"Line {lines.line_num} of {path} has {len(line)} values, "
                f"but the header has {len(names)} names."
            )
        if line:
            rows.append(line + [""] * (len(names) - len(line)))
    columns = [_guessed(column, delimiter) for column in zip(*rows)]
    return Table(distinct(names), list(zip(*columns)))


def _decoded(data: bytes) -> str:
    if data[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return data.decode("utf-16")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return data.decode("cp1252", "replace")


def _guessed(column: Sequence[str], delimiter: str) -> list:
    """The column as numbers if all of it is such, else as it is; what is empty is ``None``."""
    filled = [value.strip() for value in column if value.strip()]

    def all_are(pattern: str) -> bool:
        return bool(filled) and all(re.fullmatch(pattern, value, re.ASCII) for value in filled)

    # Leading zeros are a code's, as in a postcode; so are more than 18 digits.
    if all_are(r"[+-]?(0|[1-9]\d{0,17})"):
        return [int(value) if value.strip() else None for value in column]
    if all_are(r"[+-]?((0|[1-9]\d{0,17})(\.\d*)?|\.\d+)([eE][+-]?\d+)?"):
        return [float(value) if value.strip() else None for value in column]
    if delimiter == ";" and all_are(r"[+-]?(0|[1-9]\d*)(,\d+)?"):
        return [float(value.replace(",", ".")) if value.strip() else None for value in column]
    return [value if value != "" else None for value in column]
