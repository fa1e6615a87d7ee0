"""Widgets that hold others: lists and dicts of them, and forms."""

from typing import Any, Callable, Iterable, Iterator, Mapping, Sequence

from ._layout import describe
from ._widget import Refused, Shown, Widget, text_of

_MOST = 500


def _check(element: Any, where: str) -> Any:
    if not isinstance(element, (Widget, _Several)):
        raise TypeError(f"{where} is a {type(element).__name__}; only widgets can stand here.")
    return element


class _Several(Shown):
    """Widgets under one name. Each is moved by itself, and so moves the whole."""

    _kind = ""

    def __init__(self, elements: Sequence[Any], label: str) -> None:
        if len(elements) > _MOST:
            raise ValueError(f"There are {len(elements)} widgets; at most {_MOST} can stand together.")
        self._label = text_of(label, "The label")
        self._elements = [_check(one, f"Element {at}") for at, one in enumerate(elements)]

    def _widgets_within_(self) -> Iterable[Any]:
        return self._elements

    def _description(self) -> dict[str, Any]:
        return {"kind": "group", "label": self._label, "items": [describe(one) for one in self._elements]}

    def form(self, label: str = "", **options: Any) -> "form":
        """The widgets in a form: their values count once the person submits it."""
        return form(self, label=label, **options)

    def __len__(self) -> int:
        return len(self._elements)


class array(_Several):
    """A list of widgets under one name, however many they are.

    >>> weights = rv.array([rv.slider(0, 10, label=name) for name in "abc"])
    >>> weights.value
    [0, 0, 0]
    """

    def __init__(self, elements: Sequence[Any], *, label: str = "") -> None:
        super().__init__(list(elements), label)

    @property
    def value(self) -> list[Any]:
        """The values of the widgets, in order."""
        return [one.value for one in self._elements]

    @property
    def elements(self) -> list[Any]:
        """The widgets."""
        return list(self._elements)

    def __getitem__(self, at: int) -> Any:
        return self._elements[at]

    def __iter__(self) -> Iterator[Any]:
        return iter(self._elements)

    def __repr__(self) -> str:
        return f"array({self._elements!r})"


class dictionary(_Several):
    """Widgets by name, under one name.

    >>> size = rv.dictionary({"width": rv.slider(1, 10), "height": rv.slider(1, 5)})
    >>> size.value
    {'width': 1, 'height': 1}
    """

    def __init__(self, elements: Mapping[str, Any], *, label: str = "") -> None:
        self._keys = [text_of(key, "Each key", 200) for key in elements]
        super().__init__(list(elements.values()), label)

    @property
    def value(self) -> dict[str, Any]:
        """The values of the widgets, by key."""
        return {key: one.value for key, one in zip(self._keys, self._elements)}

    @property
    def elements(self) -> dict[str, Any]:
        """The widgets, by key."""
        return dict(zip(self._keys, self._elements))

    def __getitem__(self, key: str) -> Any:
        return self.elements[key]

    def __iter__(self) -> Iterator[str]:
        return iter(self._keys)

    def items(self) -> Iterable[tuple[str, Any]]:
        """The widgets with their keys."""
        return self.elements.items()

    def _description(self) -> dict[str, Any]:
        items = [describe(one) for one in self._elements]
        for key, item in zip(self._keys, items):
            # A widget without a label of its own is called by its key.
            if not item.get("label"):
                item["label"] = key
        return {"kind": "group", "label": self._label, "items": items}

    def __repr__(self) -> str:
        return f"dictionary({self.elements!r})"


def _leaves(element: Any) -> Iterator[Widget]:
    if isinstance(element, Widget):
        yield element
        if isinstance(element, form):
            return
    if isinstance(element, _Several):
        for one in element._elements:
            yield from _leaves(one)


class form(Widget[Any]):
    """One or more widgets whose value counts once the person submits it. ``None`` before that.

    >>> who = rv.form(rv.text(label="Name"), submit_button_label="Send")
    >>> who.value is None
    True

    ``validate`` takes the new value, and gives a sentence if it is not right.
    """

    _kind = "form"

    def __init__(
        self,
        element: Any,
        bordered: bool = True,
        submit_button_label: str = "Submit",
        submit_button_disabled: bool = False,
        clear_on_submit: bool = False,
        validate: Callable[[Any], str | None] | None = None,
        *,
        label: str = "",
        on_change: Callable[[Any], Any] | None = None,
    ) -> None:
        self.element = _check(element, "element")
        if isinstance(element, form):
            raise TypeError("A form cannot stand in another one.")
        if validate is not None and not callable(validate):
            raise TypeError("validate is a function that takes the value, and gives a sentence or None.")
        self._validate = validate
        self._inside = list(_leaves(element))
        if any(isinstance(one, form) for one in self._inside):
            raise TypeError("A form cannot stand in another one.")
        arguments = {"submit": text_of(submit_button_label, "submit_button_label", 200)}
        arguments |= {"disabled": bool(submit_button_disabled), "bordered": bool(bordered)}
        arguments |= {"clear": bool(clear_on_submit), "inside": [one._fingerprint for one in self._inside]}
        super().__init__(arguments, None, label=label, on_change=on_change)

    def _widgets_within_(self) -> Iterable[Any]:
        return [self.element]

    def _read(self, raw: Any) -> Any:
        if raw is None:
            return None
        if not isinstance(raw, list) or len(raw) != len(self._inside):
            raise Refused("The page sent another number of values than the form has widgets.")
        before = [one._raw for one in self._inside]
        try:
            for one, value in zip(self._inside, raw):
                one._set(value)
            value = self.element.value
            said = self._validate(value) if self._validate is not None else None
            if said is not None:
                raise Refused(text_of(str(said), "What validate says"))
        except BaseException:
            for one, value in zip(self._inside, before):
                one._set(value)
            raise
        return value

    def _description(self) -> dict[str, Any]:
        told = super()._description()
        del told["inside"]
        return {**told, "items": [describe(self.element)]}
