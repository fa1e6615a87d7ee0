"""What every widget is: a value that a person moves in the page, and that Python reads."""

import hashlib
import json
import re
import weakref
from typing import Any, Callable, Generic, Iterable, TypeVar

from rivulet_kernel import widgets as _kernel

T = TypeVar("T")

MOST_LABEL = 2_000
MOST_CHARS = 60_000


class Refused(ValueError):
    """What the page said is no value of the widget."""


def text_of(value: Any, what: str, most: int = MOST_LABEL) -> str:
    """A text of the person who writes the notebook, or a sentence that says what is wrong."""
    if not isinstance(value, str):
        raise TypeError(f"{what} is a text, not {type(value).__name__}.")
    if len(value) > most:
        raise ValueError(f"{what} is {len(value):,} characters long; at most {most:,} can be shown.")
    return value


# A widget in an f-string: what one reads is its `repr`; between marks that nobody sees stands which it is.
_MARK, _ZERO, _ONE = "\u2063", "\u200b", "\u200c"
_MARKED = re.compile(f"{_MARK}[^{_MARK}]*{_MARK}([{_ZERO}{_ONE}]+){_MARK}")
_in_texts: "weakref.WeakValueDictionary[int, Shown]" = weakref.WeakValueDictionary()


def marked(shown: "Shown") -> str:
    """The text of a widget in an f-string."""
    _in_texts[id(shown)] = shown
    number = f"{id(shown):b}".replace("0", _ZERO).replace("1", _ONE)
    return f"{_MARK}{repr(shown).replace(_MARK, '')}{_MARK}{number}{_MARK}"


def split_marked(text: str) -> "list[str | Shown]":
    """A text with the widgets that were put into it."""
    parts: list[str | Shown] = []
    last = 0
    for found in _MARKED.finditer(text):
        number = int(found[1].replace(_ZERO, "0").replace(_ONE, "1"), 2)
        shown = _in_texts.get(number)
        if shown is not None:
            parts += [text[last : found.start()], shown]
            last = found.end()
    return [*parts, text[last:]]


class Shown:
    """Something that the page builds from a description: a widget, or what arranges some."""

    def _description(self) -> dict[str, Any]:
        raise NotImplementedError

    def _widgets_within_(self) -> "Iterable[Any]":
        return ()

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, Any]:
        return {_kernel.MIME: json.dumps(self._description()), "text/plain": repr(self)}

    def __format__(self, spec: str) -> str:
        return format(repr(self), spec) if spec else marked(self)

    # In a text cell: where the page puts what it builds.
    def _rivulet_slot_(self) -> dict[str, Any]:
        return self._description()


class Widget(Shown, Generic[T]):
    """A value that a person moves. Cells that read its name run again when it was moved."""

    _kind = ""

    def __init__(
        self,
        arguments: dict[str, Any],
        first: Any,
        *,
        label: str = "",
        on_change: Callable[[T], Any] | None = None,
        full_width: bool = False,
    ) -> None:
        if on_change is not None and not callable(on_change):
            raise TypeError("on_change is a function that takes the new value.")
        self._label = text_of(label, "The label")
        self._on_change = on_change
        self._arguments = {**arguments, "label": self._label, "full_width": bool(full_width)}
        self._first = first
        told = json.dumps([self._kind, self._arguments, first], sort_keys=True, default=str)
        self._fingerprint = hashlib.sha1(told.encode("utf-8", "replace")).hexdigest()[:16]
        self._number, held = _kernel.add(self, self._fingerprint)
        self._raw = first
        try:
            self._set(held[0] if held else first)
        except Exception:
            if not held:
                raise
            # What was kept is from outside; the widget begins anew.
            self._set(first)

    def _read(self, raw: Any) -> Any:
        """The value that the page means, or :class:`Refused`."""
        raise NotImplementedError

    def _set(self, raw: Any) -> None:
        self._value = self._read(raw)
        self._raw = raw

    def _take(self, held: list[Any]) -> None:
        """A person has moved it; an empty list is back to the first value."""
        before = self._value
        self._set(held[0] if held else self._first)
        self._moved(before)

    def _moved(self, before: Any) -> None:
        if self._on_change is not None and not _equal(before, self._value):
            self._on_change(self._value)

    @property
    def value(self) -> T:
        """What the person has set it to."""
        return self._value

    @value.setter
    def value(self, _: Any) -> None:
        raise AttributeError(
            f"The value of a {self._kind} is set by the person who moves it. "
            "For a value that code sets, make an rv.state."
        )

    @property
    def label(self) -> str:
        """The text beside it."""
        return self._label

    def _description(self) -> dict[str, Any]:
        return {
            "kind": self._kind,
            "widget": self._number,
            "arguments": self._fingerprint,
            "value": self._first,
            **self._arguments,
        }

    def form(self, label: str = "", **options: Any) -> Any:
        """The widget in a form: its value counts once the person submits it."""
        from ._together import form

        return form(self, label=label, **options)

    def __repr__(self) -> str:
        label = f", label={self._label!r}" if self._label else ""
        shown = repr(self._value)
        return f"{type(self).__name__}(value={shown[:200]}{label})"


def _equal(one: Any, other: Any) -> bool:
    try:
        return bool(one == other)
    except Exception:  # a comparison of code's own
        return False
