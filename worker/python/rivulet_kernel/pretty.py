"""The printer of ``IPython.lib.pretty``, in short."""

from contextlib import contextmanager
from typing import Any, Iterator

__all__ = ["PrettyPrinter", "RepresentationPrinter", "pprint", "pretty"]


def method_of(value: Any, name: str):
    # A class has the methods of its instances, but they are not for showing the class; an object
    # that answers to every name (a mock, a proxy) has none of them in truth.
    if isinstance(value, type) or getattr(value, "_ipython_canary_method_should_not_exist_", None):
        return None
    method = getattr(value, name, None)
    return method if callable(method) else None


class RepresentationPrinter:
    """What ``_repr_pretty_(printer, cycle)`` writes to. A group stands on one line if it fits, and else goes on
    below at each of its breakables.
    """

    def __init__(self, output: Any = None, verbose: bool = False, max_width: int = 79, *others: Any, **more: Any) -> None:
        self.output, self.verbose, self.max_width = output, verbose, max_width
        # Texts; each breakable as what stands in its place on one line, and the indent below; groups as lists.
        self._open: list[list[Any]] = [[]]
        self.indentation = 0
        self.stack: list[int] = []

    def text(self, text: Any) -> None:
        """Writes a text."""
        self._open[-1].append(str(text))

    def breakable(self, sep: str = " ") -> None:
        """Writes this, or begins a line where the group does not fit on one."""
        self._open[-1].append((sep, self.indentation))

    def break_(self) -> None:
        """Begins a line."""
        self._open[-1].append(("\n", self.indentation))

    def begin_group(self, indent: int = 0, open: str = "") -> None:
        """Begins what belongs together."""
        self._open.append([])
        self.text(open)
        self.indentation += indent

    def end_group(self, dedent: int = 0, close: str = "") -> None:
        """Ends it."""
        self.indentation -= dedent
        self.text(close)
        if len(self._open) > 1:
            group = self._open.pop()
            self._open[-1].append(group)

    @contextmanager
    def group(self, indent: int = 0, open: str = "", close: str = "") -> Iterator[None]:
        """What is written within belongs together."""
        self.begin_group(indent, open)
        try:
            yield
        finally:
            self.end_group(indent, close)

    @contextmanager
    def indent(self, indent: int) -> Iterator[None]:
        """Lines that begin within are moved to the right."""
        self.indentation += indent
        try:
            yield
        finally:
            self.indentation -= indent

    def pretty(self, value: Any) -> None:
        """Writes a value as it shows itself."""
        method = method_of(value, "_repr_pretty_")
        if method is None:
            return self.text(repr(value))
        is_cycle = id(value) in self.stack
        self.stack.append(id(value))
        try:
            with self.group():
                method(self, is_cycle)
        finally:
            self.stack.pop()

    def whole(self) -> str:
        """All that was written."""
        while len(self._open) > 1:
            self.end_group()
        out: list[str] = []
        self._write(self._open[0], out, 0, False)
        return "".join(out)

    def _write(self, parts: list[Any], out: list[str], column: int, is_flat: bool) -> int:
        is_flat = is_flat or self._width(parts) <= self.max_width - column
        for part in parts:
            if isinstance(part, list):
                column = self._write(part, out, column, is_flat)
                continue
            if isinstance(part, tuple):
                part = part[0] if is_flat and part[0] != "\n" else "\n" + " " * part[1]
            out.append(part)
            column = len(part) - part.rfind("\n") - 1 if "\n" in part else column + len(part)
        return column

    def _width(self, parts: list[Any]) -> int:
        return sum(self._width(part) if isinstance(part, list) else len(part[0] if isinstance(part, tuple) else part) for part in parts)

    def flush(self) -> None:
        """Writes all of it to the output."""
        self.output.write(self.whole())
        self._open = [[]]


PrettyPrinter = RepresentationPrinter


def pretty(value: Any, verbose: bool = False, max_width: int = 79, *others: Any, **more: Any) -> str:
    """A value as it shows itself."""
    printer = RepresentationPrinter(None, verbose, max_width)
    printer.pretty(value)
    return printer.whole()


def pprint(value: Any, verbose: bool = False, max_width: int = 79, *others: Any, **more: Any) -> None:
    """Prints a value as it shows itself."""
    print(pretty(value, verbose, max_width))
