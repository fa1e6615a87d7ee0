"""What arranges widgets and other values on the page."""

import base64
import itertools
import json
from typing import Any, Iterable, Mapping, Sequence

from rivulet_kernel import values

from ._widget import Refused, Shown, Widget, split_marked, text_of

_MOST = 500


def describe(value: Any) -> dict[str, Any]:
    """What the page builds of a value: a widget, or its forms by MIME type."""
    if isinstance(value, Shown):
        return value._description()
    if isinstance(value, str):
        return {"kind": "output", "forms": {"text/plain": value}}
    if hasattr(value, "_rivulet"):
        from rivulet_kernel import jupyter_widgets

        return jupyter_widgets.describe(value)
    bundle = values.bundle_of(value)
    notes = bundle.finish()
    forms = {mime: base64.b64encode(one).decode() if isinstance(one, bytes) else one for mime, one in bundle.items()}
    if notes and "text/plain" in forms:
        forms["text/plain"] += "\n" + "\n".join(notes)
    return {"kind": "output", "forms": forms}


def _items(items: Any) -> list[Any]:
    if isinstance(items, (str, bytes)) or isinstance(items, Shown) or not isinstance(items, Iterable):
        return [items]
    items = list(items)
    if len(items) > _MOST:
        raise ValueError(f"There are {len(items)} items; at most {_MOST} can stand together.")
    return items


class _Layout(Shown):
    """Values in an arrangement."""

    def __init__(self, kind: str, items: Sequence[Any], **more: Any) -> None:
        self._kind, self._inside, self._more = kind, list(items), more

    def _widgets_within_(self) -> Iterable[Any]:
        return self._inside

    def _description(self) -> dict[str, Any]:
        return {"kind": self._kind, "items": [describe(one) for one in self._inside], **self._more}

    def __repr__(self) -> str:
        return f"{self._kind}({self._inside!r})"[:500]


_ALIGN = ("start", "end", "center", "stretch")
_JUSTIFY = ("start", "center", "end", "space-between", "space-around")


def _stack(kind: str, items: Any, justify: str, align: str | None, gap: float, wrap: bool) -> _Layout:
    if justify not in _JUSTIFY:
        raise ValueError(f"justify is one of {', '.join(_JUSTIFY)}; not {justify!r}.")
    if align is not None and align not in _ALIGN:
        raise ValueError(f"align is one of {', '.join(_ALIGN)}; not {align!r}.")
    if not 0 <= float(gap) <= 10:
        raise ValueError("gap lies between 0 and 10, in units of the text's size.")
    return _Layout(kind, _items(items), justify=justify, align=align, gap=float(gap), wrap=bool(wrap))


def hstack(items: Any, *, justify: str = "space-between", align: str | None = None, wrap: bool = False, gap: float = 0.5) -> _Layout:
    """Values beside each other; below each other where there is no room.

    >>> rv.hstack([rv.slider(0, 10), rv.checkbox(label="On")], justify="start")
    """
    return _stack("hstack", items, justify, align, gap, wrap)


def vstack(items: Any, *, align: str | None = None, justify: str = "start", gap: float = 0.5) -> _Layout:
    """Values below each other.

    >>> rv.vstack([rv.text(label="First"), rv.text(label="Last")])
    """
    return _stack("vstack", items, justify, align, gap, False)


def accordion(items: Mapping[str, Any], multiple: bool = False) -> _Layout:
    """Values that fold, each under its title.

    >>> rv.accordion({"Details": "Every number is a guess."})
    """
    titles = [text_of(title, "Each title", 500) for title in items]
    return _Layout("accordion", _items(list(items.values())), titles=titles, multiple=bool(multiple))


_CALLOUTS = ("neutral", "info", "success", "warn", "danger")


def callout(value: Any, kind: str = "neutral") -> _Layout:
    """A value that stands out.

    >>> rv.callout("Save your work first.", kind="warn")
    """
    if kind not in _CALLOUTS:
        raise ValueError(f"kind is one of {', '.join(_CALLOUTS)}; not {kind!r}.")
    return _Layout("callout", [value], style=kind)


def stat(value: Any, label: str = "", caption: str = "", bordered: bool = False, **more: Any) -> _Layout:
    """One number or text, large, with what it is.

    >>> rv.stat(42, label="Answers", caption="so far")
    """
    told = {"value": str(value)[:200], "label": text_of(label, "label", 500), "caption": text_of(caption, "caption", 500)}
    return _Layout("stat", [], bordered=bool(bordered), **told)


class tabs(Widget[str]):
    """Values of which one is in view; the value is its title.

    >>> which = rv.tabs({"Chart": "a chart", "Table": "a table"})
    >>> which.value
    'Chart'
    """

    _kind = "tabs"

    def __init__(self, tabs: Mapping[str, Any], value: str | None = None, *, label: str = "", on_change: Any = None) -> None:
        self._titles = [text_of(title, "Each title", 500) for title in tabs]
        if not self._titles:
            raise ValueError("There are no tabs.")
        self._inside = _items(list(tabs.values()))
        if value is not None and value not in self._titles:
            raise ValueError(f"value is {value!r:.60}, which is none of the titles.")
        super().__init__({"titles": self._titles}, value or self._titles[0], label=label, on_change=on_change)

    def _widgets_within_(self) -> Iterable[Any]:
        return self._inside

    def _read(self, raw: Any) -> str:
        if raw not in self._titles:
            raise Refused(f"The page sent {raw!r:.60}, which is none of the titles.")
        return raw

    def _description(self) -> dict[str, Any]:
        return {**super()._description(), "items": [describe(one) for one in self._inside]}


class md:
    """Markdown.

    >>> rv.md("**Bold** and $x^2$")

    A widget in it, as in ``rv.md(f"Choose {n}")``, is shown there.
    """

    def __init__(self, text: str) -> None:
        import inspect

        parts = split_marked(inspect.cleandoc(text_of(text, "The text", 1_000_000)))
        self._inside = [part for part in parts if isinstance(part, Shown)]
        count = itertools.count()
        places = (part if isinstance(part, str) else f'<span id="rivulet-slot-{next(count)}"></span>' for part in parts)
        self.text = "".join(places)

    def _widgets_within_(self) -> Iterable[Any]:
        return self._inside

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, Any]:
        forms: dict[str, Any] = {"text/markdown": self.text, "text/plain": self.text}
        if self._inside:
            forms[values.WIDGET] = json.dumps({"kind": "slots", "items": [describe(one) for one in self._inside]})
        return forms

    def __repr__(self) -> str:
        return self.text


class download(Shown):
    """A button that saves something on the person's device.

    >>> rv.download("a,b\\n1,2\\n", "table.csv")
    """

    def __init__(self, data: bytes | str, filename: str = "download.txt", mimetype: str | None = None, *, label: str | None = None) -> None:
        if callable(data):
            data = data()
        content = data.encode() if isinstance(data, str) else bytes(data)
        if len(content) > 5 * 1024 * 1024:
            raise ValueError(
                f"This is {len(content) / 1e6:.1f} MB; a button holds at most 5 MB. "
                'Write it to a file, which "Files" then offers.'
            )
        name = text_of(filename, "filename", 200).replace("/", "_")
        told = {"filename": name, "data": base64.b64encode(content).decode()}
        self._told = {**told, "label": text_of(label or f"Download {name}", "label")}

    def _description(self) -> dict[str, Any]:
        return {"kind": "download", **self._told}

    def __repr__(self) -> str:
        return f"download({self._told['filename']!r})"
