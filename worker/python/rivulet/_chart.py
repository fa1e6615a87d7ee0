"""A chart of Altair or Plotly as a widget: its value is what a person has selected in it."""

import copy
import json
import re
from typing import Any, Callable, Iterable

from ._widget import Refused, Widget

_MOST_POINTS = 1_000_000
# Marks that one clicks; in the others one draws a range.
_CLICKED = {"bar", "arc", "rect", "geoshape", "boxplot", "text", "image"}
_DISCRETE = {"nominal", "ordinal"}
_CHANNELS = ("x", "y", "color", "column", "row", "theta", "shape", "size")
# What a point of a figure is made of: the trace's list, and what it is called of one point.
_PARTS = {
    "x": "x", "y": "y", "z": "z", "lat": "lat", "lon": "lon", "r": "r", "theta": "theta", "labels": "label",
    "values": "value", "locations": "location", "text": "text", "ids": "id", "customdata": "customdata",
}
_NAMED = re.compile(r"([^=<>{}]+)=%\{([a-z]+)(?:\[(\d+)\])?[^}]*\}")


class chart(Widget[Any]):
    """A chart that a person selects in. Cells that read its name run when the selection changes.

    >>> cars = rv.chart(alt.Chart(data).mark_point().encode(x="Weight", y="Power"))
    >>> cars.value                      # the selected rows, as the data frame that the chart was made of
    >>> rv.chart(px.scatter(data, x="Weight", y="Power")).value   # the selected points, as records

    A chart of Altair that has no selection of its own gets one: clicks in bars and the like, else a range
    that is drawn; ``chart_selection`` says ``"point"`` or ``"interval"`` instead. What is selected is
    empty at first. ``selection`` has the ranges and values by which the rows were selected.
    """

    _kind = "chart"

    def __init__(
        self,
        chart: Any,
        chart_selection: str | None = None,
        *,
        label: str = "",
        on_change: Callable[[Any], Any] | None = None,
    ) -> None:
        if chart_selection not in (None, "point", "interval"):
            raise ValueError(f'chart_selection is "point" or "interval", not {chart_selection!r}.')
        kinds = [kind.__module__.split(".")[0] for kind in type(chart).__mro__]
        if "altair" in kinds:
            self._inside: Any = _Altair(chart, chart_selection)
        elif "plotly" in kinds and hasattr(chart, "to_json"):
            self._inside = _Plotly(chart)
        else:
            raise TypeError(
                f"rv.chart takes a chart of Altair or a figure of Plotly, not {type(chart).__name__}. "
                "Other charts are shown as they are."
            )
        #: The chart as it was given.
        self.chart = chart
        super().__init__({"spec": self._inside.spec}, None, label=label, on_change=on_change, full_width=True)

    def _read(self, raw: Any) -> Any:
        if raw is not None and not isinstance(raw, dict):
            raise Refused("The page sent a selection that is none.")
        self._inside.take(raw or {})
        return self._inside.value()

    @property
    def selection(self) -> dict[str, Any]:
        """The ranges and values by which was selected, by the name of the selection or the axis."""
        return copy.deepcopy(self._inside.selection)

    @property
    def indices(self) -> list[Any]:
        """The places of what is selected: rows of the data, or points of a figure as (trace, point)."""
        return list(self._inside.rows)

    def _forms(self) -> dict[str, str]:
        return {self._inside.mime: self._inside.spec}

    def _told(self) -> dict[str, Any]:
        told = super()._description()
        del told["spec"]
        return {**told, "data": self._inside.data_name}

    def _description(self) -> dict[str, Any]:
        return {**self._told(), "forms": self._forms()}

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, Any]:
        from rivulet_kernel.widgets import MIME

        # By itself the chart stands beside the description, as any other: so it leaves a picture.
        return {MIME: json.dumps(self._told()), **self._forms(), "text/plain": repr(self)}

    def __repr__(self) -> str:
        count = len(self._inside.rows)
        return f"chart({count:,} selected)" if count else "chart(nothing selected)"


def _numbers(told: Any, most: int, left: list[int]) -> Iterable[int]:
    """The numbers that stand for themselves, or as the first and the last of some that follow each other."""
    if not isinstance(told, list):
        raise Refused("The page sent a selection that is none.")
    for one in told:
        first, last = one if isinstance(one, list) and len(one) == 2 else (one, one)
        for bound in (first, last):
            if isinstance(bound, bool) or not isinstance(bound, int) or not 0 <= bound < most:
                raise Refused("The page sent a selection of what is not in the chart.")
        left[0] -= max(0, last - first) + 1
        if left[0] < 0:
            raise Refused(f"More than {_MOST_POINTS:,} points are selected.")
        yield from range(first, last + 1)


class _Altair:
    """A chart of Altair, and which rows of its data are selected."""

    def __init__(self, chart: Any, kind: str | None) -> None:
        import altair as alt

        spec = chart.to_dict()
        if kind is not None or not _has_selection(spec):
            spec = _with_selection(alt, chart, spec, kind).to_dict()
        version = alt.SCHEMA_VERSION.lstrip("v").split(".")[0]
        self.mime = f"application/vnd.vegalite.v{version}+json"
        self.spec = json.dumps(spec, default=str)
        datasets = spec.get("datasets", {})
        data = spec.get("data", {})
        name = data.get("name") if isinstance(data, dict) else None
        if name not in datasets:
            name = next(iter(datasets)) if len(datasets) == 1 else ""
        self.data_name = name or ""
        inline = data.get("values") if isinstance(data, dict) else None
        self._records: list[Any] = datasets.get(name) or (inline if isinstance(inline, list) else [])
        self._data = _frame_of(chart, len(self._records))
        self.rows: list[int] = []
        self.selection: dict[str, Any] = {}

    def take(self, raw: dict[str, Any]) -> None:
        rows = sorted(set(_numbers(raw.get("rows", []), len(self._records), [_MOST_POINTS])))
        stores = raw.get("stores", {})
        if not isinstance(stores, dict):
            raise Refused("The page sent a selection that is none.")
        self.selection = {str(name): _by_field(store) for name, store in stores.items()}
        self.rows = rows

    def value(self) -> Any:
        if self._data is None:
            return [copy.deepcopy(self._records[row]) for row in self.rows]
        if hasattr(self._data, "iloc"):
            return self._data.iloc[self.rows]
        import narwhals as nw

        return nw.from_native(self._data)[self.rows].to_native()


def _by_field(store: Any) -> Any:
    """What is selected of each field; a list of those where several things are."""
    if not isinstance(store, list):
        raise Refused("The page sent a selection that is none.")
    found = []
    for one in store:
        fields = one.get("fields", []) if isinstance(one, dict) else None
        values = one.get("values", []) if isinstance(one, dict) else None
        if not isinstance(fields, list) or not isinstance(values, list):
            raise Refused("The page sent a selection that is none.")
        names = [str(field.get("field", "")) if isinstance(field, dict) else "" for field in fields]
        if names:
            found.append(dict(zip(names, values)))
    return found[0] if len(found) == 1 else found


def _has_selection(spec: Any) -> bool:
    """Whether a person can select in a chart, other than by moving what is in view."""
    if isinstance(spec, list):
        return any(map(_has_selection, spec))
    if not isinstance(spec, dict):
        return False
    params = spec.get("params", [])
    own = isinstance(params, list) and any(
        isinstance(one, dict) and "select" in one and one.get("bind") != "scales" for one in params
    )
    return own or any(_has_selection(spec[part]) for part in ("layer", "hconcat", "vconcat", "concat", "spec") if part in spec)


def _with_selection(alt: Any, chart: Any, spec: dict[str, Any], kind: str | None) -> Any:
    mark = spec.get("mark")
    mark = mark.get("type") if isinstance(mark, dict) else mark
    encoding = spec.get("encoding", {})
    channels = {name: one for name, one in encoding.items() if name in _CHANNELS and isinstance(one, dict)}

    def is_discrete(one: dict[str, Any]) -> bool:
        return one.get("type") in _DISCRETE or bool(one.get("bin")) or "timeUnit" in one

    if kind is None:
        has_range = any(name in ("x", "y") and not is_discrete(one) for name, one in channels.items())
        kind = "point" if mark in _CLICKED or (mark is not None and not has_range) else "interval"
    if kind == "interval":
        return chart.add_params(alt.selection_interval())
    by = [name for name, one in channels.items() if is_discrete(one) and "field" in one]
    clicked = alt.selection_point(encodings=by) if by else alt.selection_point()
    chart = chart.add_params(clicked)
    if mark is not None and "opacity" not in encoding:
        chart = chart.encode(opacity=alt.condition(clicked, alt.value(1), alt.value(0.3)))
    return chart


def _frame_of(chart: Any, count: int) -> Any:
    """The data frame that a chart was made of, if it holds as many rows as the chart."""
    data = getattr(chart, "data", None)
    parts = [getattr(chart, name, None) for name in ("layer", "hconcat", "vconcat", "concat")]
    for part in [one for several in parts if isinstance(several, list) for one in several]:
        if not hasattr(data, "columns"):
            data = getattr(part, "data", None)
    if hasattr(data, "columns") and hasattr(data, "shape") and data.shape[0] == count:
        return data
    return None


class _Plotly:
    """A figure of Plotly, and which of its points are selected."""

    mime = "application/vnd.plotly.v1+json"
    data_name = ""

    def __init__(self, figure: Any) -> None:
        self.spec = figure.to_json()
        # What the figure is changed to afterwards is not what is shown.
        self._traces = [_trace_of(trace) for trace in figure.data]
        self.rows: list[tuple[int, Any]] = []
        self.selection: dict[str, Any] = {}

    def take(self, raw: dict[str, Any]) -> None:
        points, ranges = raw.get("points", []), raw.get("range", {})
        if not isinstance(points, list) or not isinstance(ranges, dict):
            raise Refused("The page sent a selection that is none.")
        rows: list[tuple[int, Any]] = []
        left = [_MOST_POINTS]
        for one in points:
            if not (isinstance(one, list) and len(one) == 2 and type(one[0]) is int and 0 <= one[0] < len(self._traces)):
                raise Refused("The page sent a selection of what is not in the chart.")
            trace = self._traces[one[0]]
            if isinstance(one[1], dict):
                place = one[1].get("row"), one[1].get("column")
                if not all(type(at) is int and 0 <= at < _MOST_POINTS for at in place):
                    raise Refused("The page sent a selection of what is not in the chart.")
                rows.append((one[0], place))
            else:
                rows += [(one[0], at) for at in _numbers(one[1], trace["count"], left)]
        self.rows, self.selection = rows, ranges

    def value(self) -> list[dict[str, Any]]:
        return [_point(self._traces[at], at, place) for at, place in self.rows]


def _trace_of(trace: Any) -> dict[str, Any]:
    parts: dict[str, Any] = {}
    for name in _PARTS:
        try:
            held = trace[name]
        except (KeyError, ValueError, LookupError):
            continue
        if held is not None and not isinstance(held, str) and hasattr(held, "__len__"):
            parts[name] = copy.copy(held)
    template = trace["hovertemplate"] if "hovertemplate" in trace else None
    said = template if isinstance(template, str) else ""
    fixed = dict(one.split("=", 1) for one in re.split(r"<[^>]*>", said) if "=" in one and "%{" not in one)
    return {
        "parts": parts,
        "count": max((len(held) for held in parts.values()), default=0),
        "name": trace["name"] if "name" in trace else None,
        "named": _NAMED.findall(said),
        "fixed": fixed,
    }


def _at(held: Any, place: Any, name: str) -> Any:
    try:
        if isinstance(place, tuple):
            row, column = place
            held = held[row][column] if name in ("z", "customdata", "text") else held[column if name == "x" else row]
        else:
            held = held[place]
    except (IndexError, KeyError, TypeError):
        return None
    item = getattr(held, "item", None)
    return item() if callable(item) and getattr(held, "shape", None) == () else held


def _point(trace: dict[str, Any], number: int, place: Any) -> dict[str, Any]:
    parts = trace["parts"]
    point = {_PARTS[name]: _at(held, place, name) for name, held in parts.items()}
    # As the data frame calls them of which plotly.express has made the figure.
    for said, part, at in trace["named"]:
        held = point.get(_PARTS.get(part, part))
        if at and hasattr(held, "__getitem__") and int(at) < len(held):
            held = held[int(at)]
        if held is not None and said not in point:
            point[said] = held
    point = {**trace["fixed"], **point}
    point["trace"], point["point"] = trace["name"] or number, place
    return point
