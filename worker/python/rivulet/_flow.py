"""What changes how cells run: an early end, and a function that runs anew when its widgets move."""

import inspect
from typing import Any, Callable

from rivulet_kernel import displays, values

from ._inputs import checkbox, dropdown, slider, text
from ._widget import Widget


class Stopped(Exception):
    """A cell was ended by :func:`stop`; what depends on it does not run."""


def stop(condition: Any, output: Any = None) -> None:
    """Ends the cell here if the condition holds, and shows something in the place of the rest. Cells that
    depend on it do not run.

    >>> rv.stop(name.value == "", "Type your name first.")
    """
    if not condition:
        return
    if output is not None:
        values.show_result(rv_text(output))
    raise Stopped("rv.stop ended this cell here.")


def rv_text(output: Any) -> Any:
    """A text as itself, and not as its ``repr``."""
    from ._layout import md

    return md(output) if isinstance(output, str) else output


def _widget_for(name: str, given: Any) -> Any:
    """A widget for a parameter, from what stands for its values."""
    if isinstance(given, Widget):
        return given
    if isinstance(given, bool):
        return checkbox(given, label=name)
    if isinstance(given, int):
        low, high = sorted((-given, 3 * given)) if given else (0, 10)
        return slider(low, high, value=given, label=name)
    if isinstance(given, float):
        low, high = sorted((-given, 3 * given)) if given else (0.0, 1.0)
        return slider(low, high, value=given, label=name)
    if isinstance(given, str):
        return text(given, label=name)
    if isinstance(given, tuple) and 2 <= len(given) <= 3 and all(_is_number(one) for one in given):
        return slider(*given, label=name)
    if isinstance(given, (list, dict, tuple)) and given:
        options = dict(given) if isinstance(given, dict) else list(given)
        return dropdown(options, label=name, allow_select_none=False)
    raise TypeError(
        f"{name} is given as {type(given).__name__}. Give a widget, a number, a text, True or False, "
        "(from, to), (from, to, step), or a list of choices."
    )


def _is_number(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def interact(function: Callable[..., Any] | None = None, **parameters: Any) -> Any:
    """Shows a widget for each parameter of a function, and below them what it returns; anew with each move.

    >>> rv.interact(lambda x: x * x, x=(0, 10))
    """
    if function is None:
        return lambda function: interact(function, **parameters)
    if not callable(function):
        raise TypeError("The first argument is the function that is called.")
    for name, one in inspect.signature(function).parameters.items():
        if name not in parameters and one.default is not inspect.Parameter.empty:
            parameters[name] = one.default
    inside = {name: _widget_for(name, given) for name, given in parameters.items()}
    place = displays.DisplayHandle()

    def call() -> Any:
        shown = function(**{name: widget.value for name, widget in inside.items()})
        return rv_text(shown) if shown is not None else rv_text("")

    def moved(after: Callable[[Any], Any] | None) -> Callable[[Any], None]:
        def again(value: Any) -> None:
            if after is not None:
                after(value)
            place.update(call())

        return again

    for widget in inside.values():
        widget._on_change = moved(widget._on_change)
        displays.display(widget)
    place.display(call())
    return None
