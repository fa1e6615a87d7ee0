"""Widgets of one value each: sliders, boxes, lists of choices."""

import datetime
import math
from numbers import Real
from typing import Any, Callable, Iterable, Mapping, Sequence

from ._widget import MOST_CHARS, Refused, Widget, text_of

_MOST_OPTIONS = 5_000
_MOST_STEPS = 100_000
Number = int | float


def _number(value: Any, what: str) -> Number:
    if isinstance(value, bool) or not isinstance(value, Real):
        item = getattr(value, "item", None)  # a number of numpy's
        value = item() if callable(item) else value
        if isinstance(value, bool) or not isinstance(value, Real):
            raise TypeError(f"{what} is a number, not {type(value).__name__}.")
    value = value if isinstance(value, int) else float(value)
    if isinstance(value, float) and not math.isfinite(value):
        raise ValueError(f"{what} is {value}; a widget needs a finite number.")
    return value


def _told_number(raw: Any) -> Number:
    if isinstance(raw, bool) or not isinstance(raw, (int, float)) or not math.isfinite(raw):
        raise Refused(f"The page sent {raw!r:.60}, which is no number.")
    return raw


class _Scale:
    """The numbers that a slider has: from one to another in steps, or some of their own."""

    def __init__(self, start: Any, stop: Any, step: Any, steps: Sequence[Any] | None) -> None:
        self.steps: list[Number] | None = None
        if steps is not None:
            if start is not None or stop is not None or step is not None:
                raise ValueError("Give either start, stop and step, or steps.")
            self.steps = [_number(one, "Each of steps") for one in steps]
            if len(self.steps) < 2 or len(self.steps) > _MOST_STEPS:
                raise ValueError(f"steps has {len(self.steps)} numbers; a slider needs 2 to {_MOST_STEPS:,}.")
            self.start, self.stop, self.step = 0, len(self.steps) - 1, 1
            self.is_whole = True
            return
        if start is None or stop is None:
            raise ValueError("A slider needs start and stop, for instance rv.slider(0, 10).")
        self.start, self.stop = _number(start, "start"), _number(stop, "stop")
        if self.stop <= self.start:
            raise ValueError(f"start is {self.start} and stop is {self.stop}: start must be the smaller one.")
        self.is_whole = isinstance(self.start, int) and isinstance(self.stop, int)
        given = _number(step, "step") if step is not None else None
        if given is not None and given <= 0:
            raise ValueError(f"step is {given}; it must be greater than 0.")
        self.is_whole = self.is_whole and (given is None or isinstance(given, int))
        self.step = given if given is not None else (1 if self.is_whole else (self.stop - self.start) / 100)

    def arguments(self) -> dict[str, Any]:
        told = {"start": self.start, "stop": self.stop, "step": self.step}
        return {**told, "steps": self.steps} if self.steps is not None else told

    def raw(self, value: Any, what: str = "value") -> Number:
        value = _number(value, what)
        if self.steps is not None:
            if value not in self.steps:
                raise ValueError(f"{what} is {value}, which is not one of steps.")
            return self.steps.index(value)
        if not self.start <= value <= self.stop:
            raise ValueError(f"{what} is {value}; it must lie between {self.start} and {self.stop}.")
        return value

    def read(self, raw: Any) -> Number:
        raw = _told_number(raw)
        if not self.start <= raw <= self.stop:
            raise Refused(f"The page sent {raw}, which does not lie between {self.start} and {self.stop}.")
        if self.steps is not None:
            if raw != int(raw):
                raise Refused(f"The page sent {raw}, which is no place in steps.")
            return self.steps[int(raw)]
        # JavaScript has no whole numbers of its own.
        return int(raw) if self.is_whole and raw == int(raw) else raw


class slider(Widget[Number]):
    """A number that is dragged.

    >>> n = rv.slider(0, 10, value=3, label="How many")
    >>> n.value
    3
    """

    _kind = "slider"

    def __init__(
        self,
        start: Number | None = None,
        stop: Number | None = None,
        step: Number | None = None,
        value: Number | None = None,
        debounce: bool = False,
        orientation: str = "horizontal",
        show_value: bool = True,
        include_input: bool = False,
        steps: Sequence[Number] | None = None,
        *,
        label: str = "",
        on_change: Callable[[Number], Any] | None = None,
        full_width: bool = False,
    ) -> None:
        if orientation not in ("horizontal", "vertical"):
            raise ValueError(f'orientation is "horizontal" or "vertical", not {orientation!r}.')
        self._scale = scale = _Scale(start, stop, step, steps)
        self.start, self.stop, self.step, self.steps = scale.start, scale.stop, scale.step, scale.steps
        first = scale.start if value is None else scale.raw(value)
        arguments = {**scale.arguments(), "debounce": bool(debounce), "show_value": bool(show_value)}
        arguments |= {"include_input": bool(include_input), "orientation": orientation}
        super().__init__(arguments, first, label=label, on_change=on_change, full_width=full_width)

    def _read(self, raw: Any) -> Number:
        return self._scale.read(raw)


class range_slider(Widget[list[Number]]):
    """Two numbers, the smaller one first, that are dragged.

    >>> years = rv.range_slider(1990, 2020, value=[2000, 2010])
    >>> years.value
    [2000, 2010]
    """

    _kind = "range_slider"

    def __init__(
        self,
        start: Number | None = None,
        stop: Number | None = None,
        step: Number | None = None,
        value: Sequence[Number] | None = None,
        debounce: bool = False,
        show_value: bool = True,
        steps: Sequence[Number] | None = None,
        *,
        label: str = "",
        on_change: Callable[[list[Number]], Any] | None = None,
        full_width: bool = False,
    ) -> None:
        self._scale = scale = _Scale(start, stop, step, steps)
        self.start, self.stop, self.step, self.steps = scale.start, scale.stop, scale.step, scale.steps
        both = [scale.start, scale.stop] if value is None else [scale.raw(one) for one in value]
        if len(both) != 2 or both[0] > both[1]:
            raise ValueError("value is two numbers, the smaller one first.")
        arguments = {**scale.arguments(), "debounce": bool(debounce), "show_value": bool(show_value)}
        super().__init__(arguments, both, label=label, on_change=on_change, full_width=full_width)

    def _read(self, raw: Any) -> list[Number]:
        if not isinstance(raw, list) or len(raw) != 2:
            raise Refused(f"The page sent {raw!r:.60}, which is not two numbers.")
        low, high = (self._scale.read(one) for one in raw)
        if _told_number(raw[0]) > _told_number(raw[1]):
            raise Refused("The page sent the larger number first.")
        return [low, high]


class number(Widget[Number | None]):
    """A number that is typed. ``None`` while the box is empty.

    >>> age = rv.number(0, 120, value=30, label="Age")
    >>> age.value
    30
    """

    _kind = "number"

    def __init__(
        self,
        start: Number | None = None,
        stop: Number | None = None,
        step: Number | None = None,
        value: Number | None = None,
        debounce: bool = False,
        *,
        label: str = "",
        on_change: Callable[[Number | None], Any] | None = None,
        full_width: bool = False,
    ) -> None:
        self.start = None if start is None else _number(start, "start")
        self.stop = None if stop is None else _number(stop, "stop")
        self.step = None if step is None else _number(step, "step")
        if self.start is not None and self.stop is not None and self.stop < self.start:
            raise ValueError(f"start is {start} and stop is {stop}: start must be the smaller one.")
        first = self.start if value is None else _number(value, "value")
        if first is not None:
            self._check(first, ValueError, "value is")
        arguments = {"start": self.start, "stop": self.stop, "step": self.step, "debounce": bool(debounce)}
        given = [one for one in (self.start, self.stop, self.step, first) if one is not None]
        self._is_whole = all(isinstance(one, int) for one in given)
        super().__init__(arguments, first, label=label, on_change=on_change, full_width=full_width)

    def _check(self, value: Number, kind: type[ValueError], what: str) -> None:
        if self.start is not None and value < self.start:
            raise kind(f"{what} {value}, which is less than {self.start}.")
        if self.stop is not None and value > self.stop:
            raise kind(f"{what} {value}, which is more than {self.stop}.")

    def _read(self, raw: Any) -> Number | None:
        if raw is None:
            return None
        raw = _told_number(raw)
        self._check(raw, Refused, "The page sent")
        return int(raw) if self._is_whole and raw == int(raw) else raw


class text(Widget[str]):
    """A line of text.

    >>> name = rv.text(placeholder="Your name", label="Name")
    >>> name.value
    ''
    """

    _kind = "text"
    _KINDS = ("text", "password", "email", "url")

    def __init__(
        self,
        value: str = "",
        placeholder: str = "",
        kind: str = "text",
        max_length: int | None = None,
        debounce: bool | int = True,
        *,
        label: str = "",
        on_change: Callable[[str], Any] | None = None,
        full_width: bool = False,
    ) -> None:
        if kind not in self._KINDS:
            raise ValueError(f"kind is one of {', '.join(self._KINDS)}; not {kind!r}.")
        arguments = {"placeholder": text_of(placeholder, "placeholder"), "debounce": bool(debounce)}
        arguments |= {"max_length": self._limit(max_length), "type": kind}
        super().__init__(arguments, text_of(value, "value", MOST_CHARS), label=label, on_change=on_change, full_width=full_width)

    def _limit(self, most: int | None) -> int | None:
        if most is not None and (not isinstance(most, int) or most < 1):
            raise ValueError("max_length is a whole number from 1 on.")
        self._most = MOST_CHARS if most is None else min(most, MOST_CHARS)
        return most

    def _read(self, raw: Any) -> str:
        if not isinstance(raw, str):
            raise Refused(f"The page sent {raw!r:.60}, which is no text.")
        if len(raw) > self._most:
            raise Refused(f"The text is {len(raw):,} characters long; at most {self._most:,} are taken.")
        return raw


class text_area(text):
    """A text of several lines.

    >>> poem = rv.text_area("Roses are red", rows=6)
    >>> poem.value.splitlines()
    ['Roses are red']
    """

    _kind = "text_area"

    def __init__(
        self,
        value: str = "",
        placeholder: str = "",
        max_length: int | None = None,
        debounce: bool | int = True,
        rows: int = 4,
        *,
        label: str = "",
        on_change: Callable[[str], Any] | None = None,
        full_width: bool = False,
    ) -> None:
        if not isinstance(rows, int) or not 1 <= rows <= 100:
            raise ValueError("rows is a whole number from 1 to 100.")
        arguments = {"placeholder": text_of(placeholder, "placeholder"), "debounce": bool(debounce)}
        arguments |= {"max_length": self._limit(max_length), "rows": rows}
        first = text_of(value, "value", MOST_CHARS)
        Widget.__init__(self, arguments, first, label=label, on_change=on_change, full_width=full_width)


class checkbox(Widget[bool]):
    """Yes or no, as a box with a tick.

    >>> log = rv.checkbox(label="Logarithmic")
    >>> log.value
    False
    """

    _kind = "checkbox"

    def __init__(self, value: bool = False, *, label: str = "", on_change: Callable[[bool], Any] | None = None) -> None:
        if not isinstance(value, bool):
            raise TypeError(f"value is True or False, not {type(value).__name__}.")
        super().__init__({}, value, label=label, on_change=on_change)

    def _read(self, raw: Any) -> bool:
        if not isinstance(raw, bool):
            raise Refused(f"The page sent {raw!r:.60}, which is neither yes nor no.")
        return raw


class switch(checkbox):
    """Yes or no, as a switch.

    >>> dark = rv.switch(True, label="Dark")
    >>> dark.value
    True
    """

    _kind = "switch"


class _Choices:
    """What there is to choose from: texts, or texts that stand for other values."""

    def __init__(self, options: Sequence[Any] | Mapping[str, Any]) -> None:
        if isinstance(options, (str, bytes)):
            raise TypeError("options is a list or a dict, not one text.")
        pairs = list(options.items()) if isinstance(options, Mapping) else [(one, one) for one in options]
        if len(pairs) > _MOST_OPTIONS:
            raise ValueError(f"There are {len(pairs):,} options; at most {_MOST_OPTIONS:,} can be shown.")
        self.values = {str(key)[:1_000]: value for key, value in pairs}
        if len(self.values) < len(pairs):
            raise ValueError("Two of the options look the same.")
        self.keys = list(self.values)

    def key(self, value: Any) -> str:
        """The text of an option, given as that text or, in a list, as the value itself."""
        key = str(value)
        if key not in self.values:
            raise ValueError(f"value is {value!r:.60}, which is none of the options.")
        return key

    def read(self, raw: Any) -> Any:
        if not isinstance(raw, str) or raw not in self.values:
            raise Refused(f"The page sent {raw!r:.60}, which is none of the options.")
        return self.values[raw]


class dropdown(Widget[Any]):
    """One of several, from a list that folds. ``None`` where nothing is chosen.

    >>> city = rv.dropdown(["Bern", "Basel"], value="Bern", label="City")
    >>> city.value
    'Bern'
    """

    _kind = "dropdown"

    def __init__(
        self,
        options: Sequence[Any] | Mapping[str, Any],
        value: Any = None,
        allow_select_none: bool | None = None,
        searchable: bool = False,
        *,
        label: str = "",
        on_change: Callable[[Any], Any] | None = None,
        full_width: bool = False,
    ) -> None:
        self._choices = _Choices(options)
        self.options = dict(self._choices.values)
        first = None if value is None else self._choices.key(value)
        self._may_be_none = first is None if allow_select_none is None else bool(allow_select_none)
        if first is None and not self._may_be_none:
            if not self._choices.keys:
                raise ValueError("There are no options to choose from.")
            first = self._choices.keys[0]
        arguments = {"options": self._choices.keys, "allow_none": self._may_be_none, "searchable": bool(searchable)}
        super().__init__(arguments, first, label=label, on_change=on_change, full_width=full_width)

    @property
    def selected_key(self) -> str | None:
        """The text of the option that is chosen."""
        return self._raw

    def _read(self, raw: Any) -> Any:
        if raw is None and self._may_be_none:
            return None
        return self._choices.read(raw)


class radio(Widget[Any]):
    """One of several, all in view. ``None`` until one is chosen.

    >>> size = rv.radio(["small", "large"], value="small", label="Size")
    >>> size.value
    'small'
    """

    _kind = "radio"

    def __init__(
        self,
        options: Sequence[Any] | Mapping[str, Any],
        value: Any = None,
        inline: bool = False,
        *,
        label: str = "",
        on_change: Callable[[Any], Any] | None = None,
    ) -> None:
        self._choices = _Choices(options)
        self.options = dict(self._choices.values)
        first = None if value is None else self._choices.key(value)
        arguments = {"options": self._choices.keys, "inline": bool(inline)}
        super().__init__(arguments, first, label=label, on_change=on_change)

    def _read(self, raw: Any) -> Any:
        return None if raw is None else self._choices.read(raw)


class multiselect(Widget[list[Any]]):
    """Any number of several, in the order of the options.

    >>> days = rv.multiselect(["Mo", "Tu", "We"], value=["Mo"])
    >>> days.value
    ['Mo']
    """

    _kind = "multiselect"

    def __init__(
        self,
        options: Sequence[Any] | Mapping[str, Any],
        value: Iterable[Any] | None = None,
        max_selections: int | None = None,
        *,
        label: str = "",
        on_change: Callable[[list[Any]], Any] | None = None,
        full_width: bool = False,
    ) -> None:
        self._choices = _Choices(options)
        self.options = dict(self._choices.values)
        if max_selections is not None and (not isinstance(max_selections, int) or max_selections < 1):
            raise ValueError("max_selections is a whole number from 1 on.")
        self._most = max_selections
        first = [self._choices.key(one) for one in value or ()]
        arguments = {"options": self._choices.keys, "max_selections": max_selections}
        super().__init__(arguments, first, label=label, on_change=on_change, full_width=full_width)

    def _read(self, raw: Any) -> list[Any]:
        if not isinstance(raw, list):
            raise Refused(f"The page sent {raw!r:.60}, which is no list.")
        if self._most is not None and len(raw) > self._most:
            raise Refused(f"{len(raw)} are chosen; at most {self._most} can be.")
        if len(set(map(str, raw))) < len(raw):
            raise Refused("The page sent the same option twice.")
        return [self._choices.read(one) for one in raw]


class button(Widget[Any]):
    """A button. Cells that read it run again when it is pressed.

    >>> again = rv.button(on_click=lambda value: value + 1, value=0, label="Again")
    >>> again.value
    0
    """

    _kind = "button"
    _KINDS = ("neutral", "success", "warn", "danger")

    def __init__(
        self,
        on_click: Callable[[Any], Any] | None = None,
        value: Any = None,
        kind: str = "neutral",
        disabled: bool = False,
        *,
        label: str = "Press",
        on_change: Callable[[Any], Any] | None = None,
        full_width: bool = False,
    ) -> None:
        if on_click is not None and not callable(on_click):
            raise TypeError("on_click is a function that takes the value and gives the next one.")
        if kind not in self._KINDS:
            raise ValueError(f"kind is one of {', '.join(self._KINDS)}; not {kind!r}.")
        self._on_click = on_click
        self._state = value
        arguments = {"style": kind, "disabled": bool(disabled)}
        super().__init__(arguments, 0, label=label, on_change=on_change, full_width=full_width)

    def _read(self, raw: Any) -> Any:
        if isinstance(raw, bool) or not isinstance(raw, int) or raw < 0:
            raise Refused(f"The page sent {raw!r:.60}, which is no number of presses.")
        return self._state

    def _take(self, held: list[Any]) -> None:
        before = self._value
        self._set(held[0] if held else 0)
        if held and self._on_click is not None:
            self._state = self._value = self._on_click(before)
        self._moved(before)


class date(Widget[datetime.date | None]):
    """A day. ``None`` while the box is empty.

    >>> day = rv.date("2026-11-28", label="Day")
    >>> day.value
    datetime.date(2026, 11, 28)
    """

    _kind = "date"

    def __init__(
        self,
        value: datetime.date | str | None = None,
        start: datetime.date | str | None = None,
        stop: datetime.date | str | None = None,
        *,
        label: str = "",
        on_change: Callable[[datetime.date | None], Any] | None = None,
        full_width: bool = False,
    ) -> None:
        self.start, self.stop = self._day(start, "start"), self._day(stop, "stop")
        first = self._day(value, "value")
        arguments = {"start": _iso(self.start), "stop": _iso(self.stop)}
        if first is not None:
            self._check(first, ValueError, "value is")
        super().__init__(arguments, _iso(first), label=label, on_change=on_change, full_width=full_width)

    @staticmethod
    def _day(value: Any, what: str) -> datetime.date | None:
        if isinstance(value, datetime.datetime):
            return value.date()
        if value is None or isinstance(value, datetime.date):
            return value
        try:
            return datetime.date.fromisoformat(value)
        except (TypeError, ValueError):
            raise ValueError(f"{what} is a date, such as datetime.date(2026, 11, 28) or '2026-11-28'; not {value!r:.60}.") from None

    def _check(self, day: datetime.date, kind: type[ValueError], what: str) -> None:
        if self.start is not None and day < self.start:
            raise kind(f"{what} {day}, which is before {self.start}.")
        if self.stop is not None and day > self.stop:
            raise kind(f"{what} {day}, which is after {self.stop}.")

    def _read(self, raw: Any) -> datetime.date | None:
        if raw is None or raw == "":
            return None
        try:
            day = datetime.date.fromisoformat(raw)
        except (TypeError, ValueError):
            raise Refused(f"The page sent {raw!r:.60}, which is no date.") from None
        self._check(day, Refused, "The page sent")
        return day


def _iso(day: datetime.date | None) -> str | None:
    return None if day is None else day.isoformat()


class FileChosen:
    """A file that the person has chosen: its name, and its contents as bytes."""

    def __init__(self, name: str) -> None:
        self.name = name

    @property
    def contents(self) -> bytes:
        """What is in it."""
        with open(self.name, "rb") as file:
            return file.read()

    def __repr__(self) -> str:
        return f"FileChosen({self.name!r})"


class file(Widget[list[FileChosen]]):
    """Files of the person's device. They are kept with the notebook, as "Add a file" keeps them.

    >>> upload = rv.file([".csv"], label="A table")
    >>> [one.name for one in upload.value]
    []
    """

    _kind = "file"

    def __init__(
        self,
        filetypes: Sequence[str] | None = None,
        multiple: bool = False,
        *,
        label: str = "",
        on_change: Callable[[list[FileChosen]], Any] | None = None,
    ) -> None:
        types = [text_of(one, "Each of filetypes", 100) for one in filetypes or ()]
        self._multiple = bool(multiple)
        super().__init__({"filetypes": types, "multiple": self._multiple}, [], label=label, on_change=on_change)

    def _read(self, raw: Any) -> list[FileChosen]:
        if not isinstance(raw, list) or len(raw) > (100 if self._multiple else 1):
            raise Refused("The page sent no list of files, or too many.")
        for one in raw:
            if not isinstance(one, str) or not one or ".." in one.split("/") or one.startswith("/"):
                raise Refused(f"The page sent {one!r:.60}, which is no name of a file.")
        return [FileChosen(one) for one in raw]

    def name(self, index: int = 0) -> str | None:
        """The name of a chosen file."""
        return self.value[index].name if index < len(self.value) else None

    def contents(self, index: int = 0) -> bytes | None:
        """What is in a chosen file."""
        return self.value[index].contents if index < len(self.value) else None


class refresh(Widget[int]):
    """Runs the cells that read it again and again, while the page is in view.

    >>> clock = rv.refresh("5s")
    >>> clock.value
    0
    """

    _kind = "refresh"
    _UNITS = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0}

    def __init__(self, default_interval: str | Number = 1, *, label: str = "Refresh", on_change: Callable[[int], Any] | None = None) -> None:
        seconds = self._seconds(default_interval)
        if not 0.2 <= seconds <= 86_400:
            raise ValueError("The interval lies between 0.2 seconds and one day.")
        super().__init__({"seconds": seconds}, 0, label=label, on_change=on_change)

    def _seconds(self, interval: Any) -> float:
        if isinstance(interval, str):
            for unit, seconds in self._UNITS.items():
                number = interval.strip().removesuffix(unit)
                if number != interval.strip():
                    try:
                        return float(number) * seconds
                    except ValueError:
                        continue
            raise ValueError(f"The interval is a number of seconds, or a text such as '500ms', '5s' or '1m'; not {interval!r:.60}.")
        return float(_number(interval, "The interval"))

    def _read(self, raw: Any) -> int:
        if isinstance(raw, bool) or not isinstance(raw, int) or raw < 0:
            raise Refused(f"The page sent {raw!r:.60}, which is no count.")
        return raw
