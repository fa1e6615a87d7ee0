"""How far a loop is, as one bar that is drawn anew at most ten times a second."""

import json
from time import monotonic
from typing import Any, Generic, Iterable, Iterator, TypeVar

from rivulet_kernel import displays
from rivulet_kernel.widgets import MIME

from ._widget import text_of

T = TypeVar("T")
_SECONDS = 0.1


class progress(Generic[T]):
    """Goes through something, and shows how far it is, how fast, and how long it will take.

    >>> for word in rv.progress(["a", "b"], title="Words"):
    ...     print(word)
    a
    b

    Without something to go through it is a bar that code moves: ``with rv.progress(total=3) as bar:
    bar.update()``.
    """

    def __init__(self, collection: Iterable[T] | None = None, *, title: str = "", subtitle: str = "", total: int | None = None, **more: Any) -> None:
        self._collection = collection
        if total is None and collection is not None:
            try:
                total = len(collection)  # type: ignore[arg-type]
            except TypeError:
                total = None
        if total is not None and (isinstance(total, bool) or total < 0):
            raise ValueError("total is how many steps there are: a number from 0 on.")
        self.total, self.done = total, 0
        self._title, self._subtitle = text_of(title, "title", 500), text_of(subtitle, "subtitle", 500)
        self._began = self._shown = monotonic()
        self._handle: displays.DisplayHandle | None = None
        self._state = "running"

    def _bundle(self) -> dict[str, Any]:
        seconds = monotonic() - self._began
        told = {"kind": "progress", "label": self._title, "caption": self._subtitle, "done": self.done}
        told |= {"total": self.total, "seconds": round(seconds, 2), "state": self._state}
        return {MIME: json.dumps(told), "text/plain": self._words()}

    def _words(self) -> str:
        of = f" of {self.total}" if self.total is not None else ""
        title = f"{self._title}: " if self._title else ""
        return f"{title}{self.done}{of}"

    def _show(self) -> None:
        self._shown = monotonic()
        if self._handle is None:
            self._handle = displays.DisplayHandle()
            displays.display(self._bundle(), raw=True, display_id=self._handle.display_id)
        else:
            self._handle.update(self._bundle(), raw=True)

    def update(self, increment: int = 1, title: str | None = None, subtitle: str | None = None) -> None:
        """Goes on by so many steps."""
        self.done += increment
        if title is not None:
            self._title = text_of(title, "title", 500)
        if subtitle is not None:
            self._subtitle = text_of(subtitle, "subtitle", 500)
        if monotonic() - self._shown >= _SECONDS:
            self._show()

    def __enter__(self) -> "progress[T]":
        self._began = monotonic()
        self._show()
        return self

    def __exit__(self, kind: Any, error: Any, trace: Any) -> None:
        self._state = "done" if kind is None else "failed"
        self._show()

    def __iter__(self) -> Iterator[T]:
        if self._collection is None:
            raise TypeError("This bar has nothing to go through: give it a list, or call update().")
        with self:
            for one in self._collection:
                yield one
                self.update()

    def __len__(self) -> int:
        if self.total is None:
            raise TypeError("How many steps there are is not known.")
        return self.total
