"""A value that code sets, and that cells read as they read a widget."""

from typing import Any, Callable, Generic, Iterable, Iterator, TypeVar

from rivulet_kernel import widgets as _kernel

T = TypeVar("T")

# Of these two that are equal are the same; what can change inside of itself may have done so.
_FIXED = (str, bytes, int, float, complex, bool, type(None))


class state(Generic[T]):
    """A value that a cell or a widget's function sets. Cells that read its name run after that.

    >>> count = rv.state(0)
    >>> rv.button(label="One more", on_click=lambda _: count.set(count.value + 1))

    ``count.value`` is the value, and ``count.set`` takes a new one, or a function that makes it of the one
    before. The cell that sets it does not run again, nor does one whose own run has led to this: nothing
    goes round in circles. ``get, set = rv.state(0)`` gives both as functions; a cell that only reads ``set``
    does not run when the value changes. With ``allow_self_loops`` the cell of a widget whose function sets
    it runs too, if it reads it. The value begins anew when the cell that makes it runs again.
    """

    def __init__(
        self, value: T, on_change: Callable[[T], Any] | None = None, allow_self_loops: bool = False
    ) -> None:
        if on_change is not None and not callable(on_change):
            raise TypeError("on_change is a function that takes the new value.")
        self._value = value
        self._on_change = on_change
        self._own = bool(allow_self_loops)
        self._fingerprint = "state"
        self._number, _ = _kernel.add(self, self._fingerprint)

    @property
    def value(self) -> T:
        """What it was set to."""
        return self._value

    @value.setter
    def value(self, value: T) -> None:
        self.set(value)

    def __call__(self) -> T:
        return self._value

    def set(self, value: "T | Callable[[T], T]") -> None:
        """Sets it; a function is given the value before. The same value again changes nothing."""
        before = self._value
        now: Any = value(before) if callable(value) else value
        if type(now) in _FIXED and type(before) is type(now) and (now == before or now != now and before != before):
            return
        self._value = now
        _kernel.state_set(self._number, self._own)
        if self._on_change is not None:
            self._on_change(now)

    def __iter__(self) -> Iterator[Any]:
        return iter((self, self.set))

    def _widgets_within_(self) -> Iterable[Any]:
        return ()

    def _take(self, held: list[Any]) -> None:
        """Nobody moves it."""

    def __repr__(self) -> str:
        return f"state({repr(self._value)[:200]})"
