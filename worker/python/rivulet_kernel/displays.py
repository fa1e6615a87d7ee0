"""``display`` and what belongs to it, as people know them from IPython: a value may be shown anew in its
place, and all that a cell has put out may be cleared.
"""

import itertools
from typing import Any

from . import streams, values
from .values import Bundle

_names = itertools.count(1)


class DisplayHandle:
    """A value that was shown, and that can be shown anew in its place."""

    def __init__(self, display_id: str | None = None) -> None:
        self.display_id = _new_name() if display_id is None else display_id

    def __repr__(self) -> str:
        return f"<DisplayHandle display_id={self.display_id}>"

    def display(self, obj: Any, **options: Any) -> None:
        """Shows a value in one more place, by the same name."""
        display(obj, display_id=self.display_id, **options)

    def update(self, obj: Any, **options: Any) -> None:
        """Shows another value in the place of this one."""
        update_display(obj, display_id=self.display_id, **options)


def display(
    *objs: Any,
    include: Any = None,
    exclude: Any = None,
    metadata: Any = None,
    transient: dict | None = None,
    display_id: Any = None,
    raw: bool = False,
    clear: bool = False,
    **more: Any,
) -> DisplayHandle | None:
    """Shows values below the cell, at this moment. With a ``display_id``, which may be ``True``, they can
    be shown anew by the handle that is returned. ``raw`` values are dictionaries by MIME type.
    """
    name = (transient or {}).get("display_id") if display_id is None else display_id
    name = _new_name() if name is True else name
    if name is not None and not isinstance(name, str):
        raise TypeError(f"display_id is a text or True, not {type(name).__name__}")
    if clear:
        clear_output(wait=True)
    for value in objs:
        if not (raw or include or exclude):
            values.show(value, name)
        elif not values.is_full():
            values.post(_bundle(value, include, exclude, raw), name)
    return None if name is None else DisplayHandle(name)


def update_display(obj: Any, *, display_id: str, include: Any = None, exclude: Any = None, raw: bool = False, **more: Any) -> None:
    """Shows a value in every place where one was shown by this name."""
    for run in streams.runs():
        if display_id in run.displays:
            bundle = _bundle(obj, include, exclude, raw)
            run.update(display_id, bundle, bundle.finish())


def clear_output(wait: bool = False) -> None:
    """Clears what the cell has put out; with ``wait`` only when there is something to take its place."""
    if output := streams.here():
        output.clear(bool(wait))


def publish_display_data(data: dict, metadata: Any = None, *, transient: dict | None = None, update: bool = False, **more: Any) -> None:
    """Shows a value that is given in its forms, by MIME type."""
    if update and (transient or {}).get("display_id"):
        update_display(data, display_id=transient["display_id"], raw=True)
    else:
        display(data, raw=True, transient=transient)


def _bundle(value: Any, include: Any, exclude: Any, raw: bool) -> Bundle:
    if raw:
        bundle = Bundle()
        if not isinstance(value, dict):
            raise TypeError("With raw=True a value is a dictionary of its forms, by MIME type.")
        for mime, content in value.items():
            bundle.put(str(mime), content)
    else:
        bundle = values.bundle_of(value)
    for mime in list(bundle):
        is_wanted = mime in (include or bundle) and mime not in (exclude or ())
        if not is_wanted and mime != "text/plain":
            del bundle[mime]
    return bundle


def _new_name() -> str:
    return f"rivulet-{next(_names)}"
