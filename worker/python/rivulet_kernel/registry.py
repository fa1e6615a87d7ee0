"""Magics that code defines itself. Named as in ``IPython.core.magic``."""

from typing import Any, Callable

from .errors import UsageError

# By kind (``line`` or ``cell``) and name.
known: dict[str, dict[str, Callable]] = {"line": {}, "cell": {}}


def add(kind: str, name: str, function: Callable) -> None:
    """Has a magic known from now on."""
    for one in ("line", "cell") if kind == "line_cell" else (kind,):
        known[one][name] = function


def _registering(kind: str) -> Callable:
    def register(name: Any) -> Any:
        """Makes a function a magic, by its own name or by another."""
        if callable(name):
            add(kind, name.__name__, name)
            return name

        def decorate(function: Callable) -> Callable:
            add(kind, name, function)
            return function

        return decorate

    return register


register_line_magic = _registering("line")
register_cell_magic = _registering("cell")
register_line_cell_magic = _registering("line_cell")


def _marking(kind: str) -> Callable:
    def mark(name: Any = None) -> Any:
        """Marks a method of a class of magics."""

        def decorate(function: Callable) -> Callable:
            function._magic = (kind, function.__name__ if callable(name) or not name else name)
            return function

        return decorate(name) if callable(name) else decorate

    return mark


line_magic, cell_magic, line_cell_magic = map(_marking, ("line", "cell", "line_cell"))


def magics_class(kind: type) -> type:
    """Marks a class whose methods are magics."""
    return kind


def needs_local_scope(function: Callable) -> Callable:
    """Marks a magic that is given the names of the cell, as ``local_ns``."""
    function.needs_local_scope = True
    return function


def no_var_expand(function: Callable) -> Callable:
    """Marks a magic whose line is given to it as written."""
    function._no_var_expand = True
    return function


class Magics:
    """A class whose marked methods become magics when it is registered."""

    def __init__(self, shell: Any = None, **options: Any) -> None:
        self.shell = shell


def add_all(magics: Any) -> None:
    """Has the marked methods of an object known."""
    for name in dir(magics):
        method = getattr(magics, name, None)
        marked = getattr(method, "_magic", None)
        if marked:
            add(*marked, method)


__all__ = [
    "Magics", "UsageError", "cell_magic", "line_cell_magic", "line_magic", "magics_class",
    "needs_local_scope", "no_var_expand", "register_cell_magic", "register_line_cell_magic", "register_line_magic",
]
