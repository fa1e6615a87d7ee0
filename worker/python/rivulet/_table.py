"""A table whose rows a person chooses."""

import hashlib
import json
from typing import Any, Callable, Sequence

from rivulet_kernel import grids

from ._widget import Refused, Widget

_MOST = 10_000


class table(Widget[Any]):
    """A table of which a person chooses rows. Its value is the chosen rows: a data frame of a data frame, a list of
    a list.

    >>> chosen = rv.table([{"name": "Ada"}, {"name": "Bob"}], selection="multi")
    >>> chosen.value
    []
    """

    _kind = "table"

    def __init__(
        self,
        data: Any,
        selection: str | None = "multi",
        initial_selection: Sequence[int] = (),
        *,
        label: str = "",
        on_change: Callable[[Any], Any] | None = None,
        full_width: bool = True,
    ) -> None:
        if selection not in ("single", "multi", None):
            raise ValueError(f'selection is "single", "multi" or None, not {selection!r}.')
        self._data, self._selection = data, selection
        self._source = grids.source(data, True)
        if self._source is None and type(data) is list and not data:
            raise ValueError("This list is empty: there are no columns to show.")
        if self._source is None:
            raise TypeError(
                "rv.table shows data frames, results of SQL, arrays and lists of records (dicts with the same keys); "
                f"this is {type(data).__name__}."
            )
        first = [int(row) for row in initial_selection]
        self._check(first, ValueError)
        # What is chosen stands for rows of this table, and of no other one.
        said = json.dumps(grids.told("", self._source)).encode("utf-8", "replace")
        arguments = {"selection": selection, "data": hashlib.sha1(said).hexdigest()[:16]}
        super().__init__(arguments, first, label=label, on_change=on_change, full_width=full_width)

    def _check(self, rows: list[int], kind: type[ValueError]) -> None:
        most = {"single": 1, "multi": _MOST, None: 0}[self._selection]
        if len(rows) > most:
            raise kind(f"{len(rows):,} rows are chosen; at most {most:,} can be.")
        if any(not 0 <= row < len(self._source) for row in rows) or len(set(rows)) != len(rows):
            raise kind(f"Chosen rows are told by their places, from 0 to {len(self._source) - 1}, each once.")

    def _read(self, raw: Any) -> Any:
        if not isinstance(raw, list) or any(type(row) is not int for row in raw):
            raise Refused(f"The page sent {raw!r:.60}, which is no list of rows.")
        self._check(raw, Refused)
        return _rows(self._data, sorted(raw))

    @property
    def data(self) -> Any:
        """The whole table."""
        return self._data

    def _repr_html_(self) -> str:
        return grids.html(grids.told("", self._source))

    def _description(self) -> dict[str, Any]:
        return super()._description() | {"table": grids.head(self._source)}


def _rows(data: Any, rows: list[int]) -> Any:
    if hasattr(data, "iloc"):
        return data.iloc[rows]
    if type(data).__module__.partition(".")[0] == "pyarrow":
        return data.take(rows)
    if type(data).__module__.partition(".")[0] in ("numpy", "polars"):
        return data[rows]
    return [data[row] for row in rows]
