"""What an imported marimo notebook means by ``import marimo as mo``: the names of marimo that mean here
what they mean there. What there is nothing for says so when it is used.
"""

import sys
from types import ModuleType
from typing import Any

import rivulet as rv

_UI = {
    name: getattr(rv, name)
    for name in (
        "array", "button", "checkbox", "date", "dictionary", "dropdown", "file", "form", "multiselect", "number", "radio",
        "range_slider", "refresh", "slider", "switch", "table", "tabs", "text", "text_area",
    )
}
_UI["altair_chart"] = _UI["plotly"] = rv.chart
_TOP = {name: getattr(rv, name) for name in ("accordion", "callout", "download", "hstack", "md", "stat", "state", "stop", "vstack")}
# What is called otherwise here, and what one writes in the place of what is not there.
_INSTEAD = {
    "run_button": "rv.button",
    "sql": "an SQL cell",
    "dataframe": "the data frame itself",
    "chat": "",
}


class _Missing(AttributeError):
    pass


def _missing(module: str, name: str) -> _Missing:
    instead = _INSTEAD.get(name)
    use = f" Use {instead} instead." if instead else ""
    return _Missing(f"{module}.{name} is marimo's and has no counterpart in Rivulet yet.{use}")


class _Module(ModuleType):
    """A module of marimo's names."""

    def __init__(self, name: str, names: dict[str, Any], shown: str) -> None:
        super().__init__(name, "Rivulet's counterparts of marimo's names.")
        self.__path__: list[str] = []
        self.__file__ = __file__
        self.__version__ = "rivulet"
        self._shown = shown
        self.__dict__.update(names)

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        raise _missing(self._shown, name)

    def __dir__(self) -> list[str]:
        return [name for name in self.__dict__ if not name.startswith("_")]


def _as_html(value: Any) -> Any:
    """A value as something that can be arranged; here that is every value."""
    return value


class _Output:
    """``mo.output``: what a cell shows while it runs."""

    @staticmethod
    def append(value: Any) -> None:
        """Shows one more value."""
        from rivulet_kernel.displays import display

        display(rv.md(value) if isinstance(value, str) else value)

    @staticmethod
    def replace(value: Any) -> None:
        """Shows a value in the place of all that the cell has shown."""
        from rivulet_kernel.displays import clear_output

        clear_output(wait=True)
        _Output.append(value)

    @staticmethod
    def clear() -> None:
        """Clears what the cell has shown."""
        from rivulet_kernel.displays import clear_output

        clear_output()


class _Status:
    """``mo.status``: how far a loop is."""

    progress_bar = rv.progress


def module() -> ModuleType:
    """What stands for the module."""
    ui = _Module("marimo.ui", _UI, "mo.ui")
    top = {**_TOP, "ui": ui, "output": _Output, "status": _Status, "as_html": _as_html, "Html": rv.md}
    marimo = _Module("marimo", top, "mo")
    sys.modules["marimo.ui"] = ui
    return marimo
