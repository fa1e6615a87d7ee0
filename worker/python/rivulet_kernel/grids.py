"""Tables that are shown as a grid: its head goes with the output, and more is asked for while somebody looks.

Data frames and series of pandas and polars, tables of pyarrow, arrays of numpy, SQL's tables, and lists of
records are such tables. A question is answered in steps of a few hundredths of a second: an answer that needs
more says so, and the page asks again, unless it has something better for Python to do.
"""

import json
import secrets
from collections import OrderedDict
from collections.abc import Sequence
from contextlib import nullcontext
from time import perf_counter
from typing import Any

from . import execute
from . import grid_cells as cells
from .grid_columns import column
from .grid_exports import Export, formats
from .grid_sources import NAME_CHARS, Job, name_of, source
from .grid_views import Wrong, view
from .patience import Impatient, patience

MIME = "application/vnd.rivulet.table+json"
HEAD_ROWS = 500
HEAD_BYTES = 256 * 1024
# How many columns go with the head, and with an answer.
WINDOW = 50
# What others show of it.
HTML_ROWS = 50
HTML_COLUMNS = 20
MOST_ROWS = 200
MOST_KEPT = 30
MOST_KEPT_BYTES = 512 << 20
# How long a question keeps Python at most, but for the step that it is in.
TURN = 0.06
# For one step: code of the notebook may be in it.
SECONDS = 3
_LATER = {"answer": "later"}
_GONE = {"answer": "no_rows", "why": ""}


class _Kept:
    """A table that was shown, and what is being done with it."""

    def __init__(self, source: Any, place: tuple[int, int]) -> None:
        self.source = source
        # The cell that showed it, and the run.
        self.place = place
        self.sorted: dict[Any, Any] = {}
        self.view: Any = None
        self.order: Sequence[int] = range(len(source))
        self.export: tuple[Any, Export] | None = None
        self.columns: dict[int, dict[str, Any]] = {}
        self.jobs: dict[str, tuple[Any, Job]] = {}

    def work(self, what: str, asked: Any, begin: Any) -> Any:
        """Goes on with a job, or begins it; ``None`` while it is not done."""
        known, job = self.jobs.pop(what, (None, None))
        if job is None or known != asked:
            job = begin()
        until = perf_counter() + TURN
        try:
            while True:
                next(job)
                if perf_counter() > until:
                    self.jobs[what] = asked, job
                    return None
        except StopIteration as end:
            return end.value

    def look(self, asked: dict[str, Any]) -> Sequence[int] | None:
        """The rows of a view, in its order; ``None`` while it is being made."""
        if not asked.get("sort") and not asked.get("search") and not asked.get("filters"):
            return range(len(self.source))
        if self.view != asked:
            order = self.work("view", asked, lambda: view(self.source, asked, self.sorted))
            if order is None:
                return None
            self.view, self.order = asked, order
        return self.order


_kept: "OrderedDict[str, _Kept]" = OrderedDict()


def forms(value: Any, has_html: bool) -> dict[str, str]:
    """The form in which the page shows a table as a grid, and HTML for where there is no grid; nothing of what is
    no table.
    """
    found = source(value, has_html)
    if found is None or not found.names or not len(found):
        return {}
    said = head(found, _name_of(value))
    text = json.dumps(said, ensure_ascii=False, separators=(",", ":"))
    own = {} if has_html else {"text/html": html(said)}
    return own | {MIME: _as_unicode(text)}


def html(said: dict[str, Any]) -> str:
    """The first rows and columns of a head, as others show them."""
    from html import escape

    columns = said["columns"][:HTML_COLUMNS]
    names = "".join(f"<th>{escape(column['name'])}</th>" for column in columns)
    rows = list(zip(*(column[:HTML_ROWS] for column in said["head"][:HTML_COLUMNS])))
    texts = [[cell if isinstance(cell, str) else cell[0] for cell in row] for row in rows]
    body = "".join(f"<tr>{''.join(f'<td>{escape(text)}</td>' for text in row)}</tr>" for row in texts)
    is_part = said["rows"] > len(rows) or said["all_columns"] > len(columns)
    size = f"<p>{said['rows']:,} rows and {said['all_columns']:,} columns</p>" if is_part else ""
    table = f'<table class="dataframe"><thead><tr>{names}</tr></thead><tbody>{body}</tbody></table>'
    return _as_unicode(table + size)


def _as_unicode(text: str) -> str:
    # What is no text in UTF-8 cannot leave Python.
    return text.encode("utf-8", "replace").decode()


def _name_of(value: Any) -> str:
    """The first name of the notebook that holds it; empty where none does."""
    kernel = getattr(execute, "_kernel", None)
    names = kernel.names if kernel else {}
    return next((name for name, held in list(names.items()) if held is value and name[:1] != "_"), "")


def head(found: Any, variable: str = "") -> dict[str, Any]:
    """What the page gets of a table at once; the rest is kept for its questions."""
    name = secrets.token_hex(12)
    asked = _run()
    kept = _Kept(found, (asked.get("cell", 0), asked.get("run", 0)))
    said = told(name, found) | {"name": cells.cut(variable, NAME_CHARS)}
    _kept[name] = kept
    _tidy(kept)
    return said


def _run() -> dict[str, Any]:
    kernel = getattr(execute, "_kernel", None)  # there is none before its start
    return kernel.asked if kernel else {}


def _tidy(newest: _Kept) -> None:
    """Gives up what an earlier run of the cell has shown, and the oldest of what is too much."""
    cell, run = newest.place
    for name in [name for name, kept in _kept.items() if kept.place[0] == cell and kept.place[1] != run]:
        del _kept[name]
    while len(_kept) > MOST_KEPT or len(_kept) > 1 and sum(kept.source.size() for kept in _kept.values()) > MOST_KEPT_BYTES:
        _kept.popitem(last=False)


def drop(cell: int) -> None:
    """A cell is gone, or begins to run again."""
    for name in [name for name, kept in _kept.items() if kept.place[0] == cell]:
        del _kept[name]


def answer(asked: dict[str, Any]) -> dict[str, Any]:
    """What the page asks of a table that was shown."""
    kept = _kept.get(asked["table"])
    if kept is None:
        return _GONE
    _kept.move_to_end(asked["table"])
    try:
        # pandas takes its time for a file, all of it at once, and runs no code of the notebook.
        with nullcontext() if asked.get("format") in ("xlsx", "parquet") else patience(SECONDS):
            return {"rows": _rows, "column": _column, "export": _export}[asked["ask"]](kept, asked)
    except Wrong as error:
        return {"answer": "no_rows", "why": str(error)[:500]}
    except Impatient:
        return {"answer": "no_rows", "why": "A value in this table takes too long to be written."}
    except MemoryError:
        return {"answer": "no_rows", "why": "There is not enough memory for this. Filter the table in a cell."}


def _rows(kept: _Kept, asked: dict[str, Any]) -> dict[str, Any]:
    order = kept.look(asked["view"])
    if order is None:
        return _LATER
    first = max(0, int(asked["first"]))
    rows = order[first : first + min(MOST_ROWS, max(0, int(asked["count"])))]
    at = max(0, int(asked["first_column"]))
    told = {"answer": "rows", "total": len(order), "first": first, "first_column": at}
    return told | {"places": [int(row) for row in rows], "columns": _cells(kept.source, at, rows)}


def _column(kept: _Kept, asked: dict[str, Any]) -> dict[str, Any]:
    at = int(asked["column"])
    if not 0 <= at < len(kept.source.names):
        return _GONE
    if at not in kept.columns:
        made = kept.work("column", at, lambda: column(kept.source, at))
        if made is None:
            return _LATER
        kept.columns[at] = made
    return kept.columns[at]


def _export(kept: _Kept, asked: dict[str, Any]) -> dict[str, Any]:
    order = kept.look(asked["view"])
    if order is None:
        return _LATER
    at = int(asked["at"])
    wanted = {name: value for name, value in asked.items() if name != "at"}
    if kept.export is None or kept.export[0] != wanted:
        kept.export = wanted, Export(kept.source, order, asked)
    export = kept.export[1]
    part = kept.work("export", (wanted, at), lambda: export.part(at))
    if part is None:
        return _LATER
    if part["next"] is None:
        kept.export = None
    return part


def told(name: str, source: Any) -> dict[str, Any]:
    """What is told of a table: its columns, and its first rows."""
    columns = [
        {"name": name_of(own), "type": cells.cut(kind, NAME_CHARS), "kind": group}
        for own, kind, group in zip(source.names, source.types, source.kinds)
    ]
    rows = min(len(source), HEAD_ROWS)
    while True:
        said = {
            "id": name,
            "rows": len(source),
            "all_columns": source.total,
            "columns": columns,
            "formats": formats(source),
            "head": _cells(source, 0, range(rows)),
        }
        size = len(json.dumps(said["head"], ensure_ascii=False).encode("utf-8", "replace"))
        if size <= HEAD_BYTES or rows <= 1:
            return said
        rows = max(1, min(rows - 1, rows * HEAD_BYTES // size))


def _cells(source: Any, first: int, rows: Sequence[int]) -> list[list[cells.Cell]]:
    last = min(first + WINDOW, len(source.names))
    rows = rows if isinstance(rows, range) else [int(row) for row in rows]
    return [[cells.cell(value, source.none) for value in source.take(at, rows)] for at in range(first, last)]
