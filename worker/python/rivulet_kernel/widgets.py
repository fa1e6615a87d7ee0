"""The widgets of the notebook: which cell made which, what a person moved them to, and which names
hold them.

A widget is known by its cell and by how many widgets the cell's run had made before it.
"""

import json
import sys
from typing import Any, Iterable

from . import execute, streams, tracebacks, values

MIME = values.WIDGET
MOST_WIDGETS = 2_000
_PLACES = 1 << 20
# How much of what a run made is looked through for widgets.
_MOST_LOOKED_AT = 20_000
_MOST_IN_ONE = 2_000
_DEEPEST = 6
_PLAIN = (str, bytes, int, float, complex, bool, type(None))

# Whether a function of a widget runs, as a person has moved it.
_is_moving = False
# The widgets that each cell's last run made, in order; and which run that was.
_made: dict[int, list[Any]] = {}
_runs: dict[int, int] = {}


def add(widget: Any, arguments: str) -> tuple[int | None, Any]:
    """Gives a new widget its number, and the value that it was moved to, in a list; an empty one where
    it was not, or where it was another widget: one with other arguments.
    """
    asked = execute._kernel.asked
    if "cell" not in asked:
        return None, []
    cell = asked["cell"]
    if _runs.get(cell) != asked["run"]:
        _runs[cell], _made[cell] = asked["run"], []
    place = len(_made[cell])
    if place >= MOST_WIDGETS:
        raise ValueError(f"A cell can make at most {MOST_WIDGETS:,} widgets.")
    _made[cell].append(widget)
    number = cell * _PLACES + place
    held = [
        one["value"]
        for one in asked.get("widgets", ())
        if one.get("widget") == number and one.get("arguments") == arguments
    ]
    return number, held


def find(number: int) -> Any:
    """The widget of this number, if its cell's last run made one."""
    cell, place = divmod(number, _PLACES)
    made = _made.get(cell, ())
    return made[place] if place < len(made) else None


def drop(cell: int) -> None:
    """A cell is gone."""
    _made.pop(cell, None)
    _runs.pop(cell, None)


def move(message: str) -> None:
    """A person has moved a widget: JSON of its number and of what is held of it."""
    told = json.loads(message)
    number, held = told["widget"], told.get("held")
    widget = find(number)
    if widget is None:
        return
    if held is not None and held["arguments"] != widget._fingerprint:
        # What is told piece by piece counts also if code has changed something meanwhile.
        accepts = getattr(type(widget), "_accepts_", None)
        if accepts is None or not accepts(widget, held["arguments"]):
            return
    cell = number // _PLACES
    output = streams.run_of(cell)
    streams.current.set(output)
    global _is_moving
    _is_moving = True
    try:
        widget._take([] if held is None else [held["value"]])
    except BaseException as error:  # its own check, or code of the notebook
        if output:
            told = tracebacks.describe(error, execute._kernel.files)
            execute._kernel.streams[1].write(told["traceback"].rstrip() + "\n")
    finally:
        _is_moving = False
        show_changed()
        if output:
            output.drain(is_final=True)
        streams.current.set(None)


def show_changed() -> None:
    """Shows anew what has changed of widgets whose models are Python's."""
    if live := sys.modules.get(f"{__package__}.jupyter_widgets"):
        live.flush()


def state_set(number: int | None, own: bool) -> None:
    """Code has set a state: the page runs what reads it. ``own`` says whether that may be the cell of the
    widget whose function this is.
    """
    output = streams.here()
    while output is not None and output.around is not None:
        output = output.around
    if number is not None and output is not None:
        output.set_state(number, _is_moving, own and _is_moving)


def holding(names: Iterable[tuple[str, Any]]) -> list[tuple[str, list[int]]]:
    """Which of these names hold widgets: themselves, or in a list, a dict or an object."""
    if not _made:
        return []
    left = [_MOST_LOOKED_AT]
    found = [(name, sorted(_within(value, left))) for name, value in names]
    return [(name, numbers) for name, numbers in found if numbers]


def _within(value: Any, left: list[int]) -> set[int]:
    numbers: set[int] = set()
    seen: set[int] = set()
    todo = [(value, 0)]
    while todo and left[0] > 0:
        value, depth = todo.pop()
        left[0] -= 1
        if isinstance(value, _PLAIN) or id(value) in seen or depth > _DEEPEST:
            continue
        seen.add(id(value))
        kind = type(value)
        own = getattr(kind, "_widgets_within_", None)
        if own is not None:
            number = getattr(value, "_number", None)
            if number is not None:
                numbers.add(number)
            inside: Iterable[Any] = own(value)
        elif issubclass(kind, dict):
            inside = dict.values(value)
        elif issubclass(kind, (list, tuple, set, frozenset)):
            inside = value
        elif kind.__module__ == "__main__" and "__dict__" in dir(kind):
            inside = vars(value).values()
        else:
            continue
        for at, one in enumerate(inside):
            if at >= _MOST_IN_ONE:
                break
            todo.append((one, depth + 1))
    return numbers


def started() -> bool:
    """Whether any widget was made."""
    return bool(_made)


