"""Rows of a grid as a file, or for the clipboard: all of a view's rows, each value written out exactly."""

import csv
import io
import sys
from collections.abc import Sequence
from importlib.util import find_spec
from typing import Any

from . import grid_cells as cells
from .grid_sources import Job, name_of
from .grid_views import Wrong

# About how large a part is that goes to the page at once.
PART = 256 * 1024
MOST_SHEET_CELLS = 2_000_000
_ROWS = 1_000
# With its quotes and escapes a part is to pass to the page (`MOST_ANSWER`).
_LONGEST = 450_000


def formats(source: Any) -> list[str]:
    """What a table can be saved as, the simplest one first."""
    if not hasattr(source, "frame"):
        return ["csv"]
    has = lambda *names: any(name in sys.modules or find_spec(name) for name in names)  # noqa: E731
    sheet = ["xlsx"] if has("openpyxl", "xlsxwriter") else []
    return ["csv", *sheet, *(["parquet"] if has("pyarrow", "fastparquet") else [])]


class Export:
    """A view on its way out, part by part."""

    def __init__(self, source: Any, order: Sequence[int], asked: dict[str, Any]) -> None:
        self.source, self.format = source, asked["format"]
        first, count = max(0, int(asked["first"])), max(0, int(asked["count"]))
        self.order = order[first : first + count]
        low, high = max(0, int(asked["first_column"])), int(asked["last_column"])
        self.columns = range(low, min(high, len(source.names)))
        self.has_names = bool(asked["names"])
        self.at = 0
        self.bytes: bytes | None = None

    def part(self, at: int) -> Job:
        """The part that begins at a row of the view, or at a byte of the file, and where the next one does."""
        if self.format in ("csv", "tsv"):
            return (yield from self._text(at))
        if self.bytes is None:
            yield
            self.bytes = self._file()
        import base64

        some = self.bytes[at : at + PART]
        is_last = at + PART >= len(self.bytes)
        return {"answer": "part", "text": base64.b64encode(some).decode(), "next": None if is_last else at + PART}

    def _text(self, at: int) -> Job:
        out = io.StringIO(newline="")
        is_sheet = self.format == "tsv"
        writer = csv.writer(out, delimiter="\t" if is_sheet else ",", lineterminator="\n" if is_sheet else "\r\n")
        if self.has_names and at == 0:
            writer.writerow([name_of(self.source.names[column]) for column in self.columns])
        while at < len(self.order) and out.tell() < PART:
            yield
            rows = self.order[at : at + _ROWS]
            rows = rows if isinstance(rows, range) else [int(row) for row in rows]
            taken = [[_written(value) for value in self.source.take(column, rows)] for column in self.columns]
            # A part is not much larger than it should be, however long its texts are.
            for line in zip(*taken):
                writer.writerow(line)
                at += 1
                if out.tell() >= PART:
                    break
        if out.tell() > _LONGEST:
            raise Wrong("A row of this table is too long to be saved from here; write it to a file in Python.")
        text = out.getvalue().encode("utf-8", "replace").decode()
        return {"answer": "part", "text": text, "next": at if at < len(self.order) else None}

    def _file(self) -> bytes:
        source = self.source
        if not hasattr(source, "frame") or self.format not in ("xlsx", "parquet"):
            raise Wrong("This table can be saved as CSV only.")
        frame = source.frame.iloc[[int(row) for row in self.order]]
        # Only what names its rows is worth a column.
        has_index = frame.index.nlevels > 1 or frame.index.name is not None or not _is_counted(source.frame.index)
        out = io.BytesIO()
        try:
            if self.format == "parquet":
                frame.to_parquet(out, index=has_index)
            else:
                if frame.size > MOST_SHEET_CELLS or len(frame) >= 1 << 20:
                    raise Wrong(f"A sheet of Excel has less than {1 << 20:,} rows, and this one would have {frame.size:,} cells. Filter it, or save it as CSV.")
                _without_zones(frame).to_excel(out, index=has_index)
        except Wrong:
            raise
        except Exception as error:  # which value it cannot take, only pandas knows
            raise Wrong(f"pandas could not write this table: {str(error)[:300]}") from None
        return out.getvalue()


def _is_counted(index: Any) -> bool:
    return type(index).__name__ == "RangeIndex"


def _without_zones(frame: Any) -> Any:
    """Excel knows no zones: such times are written as they are shown."""
    zoned = [name for name, dtype in frame.dtypes.items() if getattr(dtype, "tz", None) is not None]
    return frame.assign(**{name: frame[name].astype(str) for name in zoned}) if zoned else frame


def _written(value: Any) -> str:
    return "" if cells.missing(value) is not None else cells.whole(value)
