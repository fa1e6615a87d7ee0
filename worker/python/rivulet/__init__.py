"""What a notebook can ask of Rivulet: values that people move, and how they are arranged; files that
were added to it, as tables and databases.

>>> import rivulet as rv
>>> n = rv.slider(0, 10, label="How many")

A cell that reads ``n`` runs again when the slider is moved; ``n.value`` is where it stands. Names and
arguments are those of marimo's ``mo.ui``, where it has them.
"""

from typing import Any

from ._chart import chart
from ._flow import interact, stop
from ._inputs import (
    button, checkbox, date, dropdown, file, multiselect, number, radio, range_slider, refresh, slider, switch, text,
    text_area,
)
from ._layout import accordion, callout, download, hstack, md, stat, tabs, vstack
from ._progress import progress
from ._state import state
from ._table import table
from ._together import array, dictionary, form
from ._widget import Widget

_SQL = {"SqlError": "sql", "open_database": "sql", "read_csv": "sql", "Table": "table"}

__all__ = [
    "SqlError", "Table", "Widget", "accordion", "array", "button", "callout", "chart", "checkbox", "date",
    "dictionary", "download", "dropdown", "file", "form", "hstack", "interact", "md", "multiselect", "number", "open_database",
    "progress", "radio", "range_slider", "read_csv", "refresh", "slider", "stat", "state", "stop", "switch", "table", "tabs",
    "text", "text_area", "vstack",
]


def __getattr__(name: str) -> Any:
    # What belongs to SQL is loaded once it is asked for.
    if name in _SQL:
        import importlib

        return getattr(importlib.import_module(f"rivulet_kernel.{_SQL[name]}"), name)
    raise AttributeError(f"module 'rivulet' has no attribute {name!r}")


def __dir__() -> list[str]:
    return __all__
