"""Widgets of ipywidgets and anywidget. Their models are the packages' own; the page builds controls of its
own for those of ipywidgets, and draws those of anywidget, which bring scripts, in output frames.

What a person moves comes as for every widget (:mod:`.widgets`). What code changes is described anew in the
places where the widget is shown; a widget whose value code has set is then another one to the page, by its
arguments, so that the value that a person has left there does not count any more.
"""

import base64
import hashlib
import itertools
import json
import math
import weakref
from time import perf_counter
from typing import Any, Callable, Iterable

from . import displays, streams, values, widgets
from .output import CLEAR, VALUE, Output, Piece, asyncio_loop

_MOST_OPTIONS = 5_000
_MOST_STEPS = 1_000
# So many messages of a model are kept for the page, which takes each once.
_MOST_MESSAGES = 50
_PACE = 0.1
_OTHERS = "{} needs scripts of its own, which are not here. Widgets of ipywidgets itself and of anywidget are shown."

# The models that are there, and those that are shown by themselves, by how they are shown.
_models: "weakref.WeakValueDictionary[str, Any]" = weakref.WeakValueDictionary()
_roots: dict[str, Any] = {}
_said: dict[str, str] = {}
_flushed = 0.0
_waits = False
_numbers = itertools.count(1)


class _Held:
    """What is known of one model beside itself."""

    def __init__(self, adapter: "_Adapter", first: Any, base: str) -> None:
        # The value that counts where a person has moved it nowhere: the one that code has given it.
        self.adapter, self.first, self.base = adapter, first, base
        self.changes = 0
        self.is_moving = False
        # The newest message of the page that was taken, and those for it.
        self.seen = 0
        self.messages: list[list[Any]] = []


class _Adapter:
    """How one kind of model is described, which of its traits a person moves, and what the page says of it."""

    def __init__(
        self,
        describe: Callable[[Any], dict[str, Any]],
        trait: str = "",
        told: Callable[[Any, Any], Any] = lambda model, value: value,
        read: Callable[[Any, Any], Any] = lambda model, raw: raw,
    ) -> None:
        self.describe, self.trait, self._told, self._read = describe, trait, told, read

    def raw(self, model: Any) -> Any:
        """Its value, as the page says it."""
        return self._told(model, getattr(model, self.trait)) if self.trait else None

    def put(self, model: Any, raw: Any) -> None:
        """A person has moved it there."""
        setattr(model, self.trait, self._read(model, raw))


def _label(model: Any) -> str:
    return str(getattr(model, "description", "") or "")[:2_000]


def _whole(model: Any, raw: Any) -> Any:
    """A number of JavaScript's as one of the model's."""
    if isinstance(raw, bool) or not isinstance(raw, (int, float)) or not math.isfinite(raw):
        raise ValueError(f"The page sent {raw!r:.60}, which is no number.")
    return int(raw) if "Int" in type(model).__name__ or type(model.value) is int else float(raw)


def _slider(kind: str) -> Callable[[Any], dict[str, Any]]:
    def describe(model: Any) -> dict[str, Any]:
        step = model.step or (1 if type(model.min) is int else (model.max - model.min) / 100 or 1)
        told = {"kind": kind, "start": model.min, "stop": model.max, "step": step}
        told |= {"debounce": not getattr(model, "continuous_update", True), "show_value": bool(model.readout)}
        return {**told, "orientation": model.orientation, "include_input": False}

    return describe


def _log_steps(model: Any) -> list[float]:
    count = min(_MOST_STEPS, max(1, round((model.max - model.min) / (model.step or 0.1))))
    return [model.base ** (model.min + (model.max - model.min) * at / count) for at in range(count + 1)]


def _log_slider(model: Any) -> dict[str, Any]:
    steps = _log_steps(model)
    told = {"kind": "slider", "start": 0, "stop": len(steps) - 1, "step": 1, "steps": steps}
    return {**told, "show_value": bool(model.readout), "debounce": not model.continuous_update}


def _log_told(model: Any, value: float) -> int:
    steps = _log_steps(model)
    return min(range(len(steps)), key=lambda at: abs(math.log(steps[at] / value)) if value > 0 else at)


def _log_read(model: Any, raw: Any) -> float:
    steps = _log_steps(model)
    if type(raw) is not int or not 0 <= raw < len(steps):
        raise ValueError(f"The page sent {raw!r:.60}, which is no place of the slider.")
    return steps[raw]


def _number(model: Any) -> dict[str, Any]:
    bounds = {"start": getattr(model, "min", None), "stop": getattr(model, "max", None)}
    return {"kind": "number", **bounds, "step": model.step, "debounce": not model.continuous_update}


def _text(kind: str, type_: str = "text") -> Callable[[Any], dict[str, Any]]:
    def describe(model: Any) -> dict[str, Any]:
        told = {"kind": kind, "placeholder": getattr(model, "placeholder", ""), "type": type_, "rows": getattr(model, "rows", None) or 4}
        return {**told, "debounce": not getattr(model, "continuous_update", True), "max_length": None}

    return describe


def _labels(model: Any) -> list[str]:
    """The labels of the options, no two the same."""
    labels: dict[str, None] = {}
    for label in list(model._options_labels)[:_MOST_OPTIONS]:
        label = str(label) or " "
        other = next(text for text in itertools.chain([label], (f"{label} ({at})" for at in itertools.count(2))) if text not in labels)
        labels[other] = None
    return list(labels)


def _options(kind: str) -> Callable[[Any], dict[str, Any]]:
    def describe(model: Any) -> dict[str, Any]:
        return {"kind": kind, "options": _labels(model), "allow_none": model.index is None, "inline": "Buttons" in type(model).__name__ and kind == "radio" and type(model).__name__.startswith("Toggle")}

    return describe


def _option_told(model: Any, index: Any) -> Any:
    labels = _labels(model)
    return labels[index] if index is not None and index < len(labels) else None


def _option_read(model: Any, raw: Any) -> Any:
    if raw is None:
        return None
    labels = _labels(model)
    if raw not in labels:
        raise ValueError(f"The page sent {raw!r:.60}, which is none of the options.")
    return labels.index(raw)


def _button(model: Any) -> dict[str, Any]:
    style = {"success": "success", "warning": "warn", "danger": "danger"}.get(model.button_style, "neutral")
    return {"kind": "button", "style": style}


class _Button(_Adapter):
    def raw(self, model: Any) -> Any:
        return 0

    def put(self, model: Any, raw: Any) -> None:
        if type(raw) is not int or raw < 0:
            raise ValueError(f"The page sent {raw!r:.60}, which is no number of presses.")
        if raw > 0:
            model.click()


def _date_read(model: Any, raw: Any) -> Any:
    import datetime

    return None if raw in (None, "") else datetime.date.fromisoformat(raw)


def _progress(model: Any) -> dict[str, Any]:
    done, total = model.value - model.min, model.max - model.min
    state = "failed" if model.bar_style == "danger" else "done" if done >= total else "running"
    return {"kind": "progress", "done": done, "total": total, "seconds": 0, "state": state}


def _shown(mime: str) -> Callable[[Any], dict[str, Any]]:
    def describe(model: Any) -> dict[str, Any]:
        label = _label(model)
        if mime == "text/html":
            forms = {mime: f"{label} {model.value}".strip()}
        elif mime == "text/plain":
            forms = {mime: f"{label} {model.value}".strip()}
        else:
            forms = {mime.format(model.format): base64.b64encode(bytes(model.value)).decode()}
        return {"kind": "output", "forms": forms}

    return describe


def _stack(kind: str) -> Callable[[Any], dict[str, Any]]:
    return lambda model: {"kind": kind, "items": [describe(one) for one in model.children], "justify": "start", "align": "start" if kind == "vstack" else "center", "gap": 0.5}


def _titles(model: Any) -> list[str]:
    titles: list[str] = []
    for at in range(len(model.children)):
        title = str(model.titles[at]) if at < len(model.titles) and model.titles[at] else f"Part {at + 1}"
        titles.append(title if title not in titles else f"{title} ({at + 1})")
    return titles


def _folds(kind: str) -> Callable[[Any], dict[str, Any]]:
    return lambda model: {"kind": kind, "titles": _titles(model), "items": [describe(one) for one in model.children], "multiple": False}


def _chosen(model: Any) -> dict[str, Any]:
    inside = [] if model.selected_index is None else [model.children[model.selected_index]]
    return {"kind": "vstack", "items": [describe(one) for one in inside]}


def _tab_told(model: Any, index: Any) -> Any:
    titles = _titles(model)
    return titles[index] if index is not None and index < len(titles) else None


def _tab_read(model: Any, raw: Any) -> Any:
    titles = _titles(model)
    return titles.index(raw) if raw in titles else None


def _caught(model: Any) -> dict[str, Any]:
    items: list[dict[str, Any]] = []
    for one in model.outputs:
        if one.get("output_type") == "stream":
            items.append({"kind": "output", "forms": {"text/plain": str(one.get("text", "")).rstrip("\n")}})
        else:
            items.append(_described({mime: data if isinstance(data, str) else json.dumps(data) for mime, data in one.get("data", {}).items()}))
    printed: list[str] = []

    def end_text() -> None:
        text = "".join(printed).rstrip("\n")
        printed.clear()
        if text:
            items.append({"kind": "output", "forms": {"text/plain": text}})

    for name, content in getattr(model, "_rivulet_items", ()):
        if name == VALUE:
            end_text()
            items.append(_described(content))
        else:
            printed.append("".join(content))
    end_text()
    return {"kind": "vstack", "items": items, "align": "start", "justify": "start", "gap": 0.25}


def _described(forms: dict[str, Any]) -> dict[str, Any]:
    """A value by MIME type, as the page builds it."""
    if values.WIDGET in forms:
        return json.loads(forms[values.WIDGET])
    return {"kind": "output", "forms": {mime: base64.b64encode(one).decode() if isinstance(one, bytes) else one for mime, one in forms.items()}}


_INDEX = (_option_told, _option_read)
_ADAPTERS: dict[str, _Adapter] = {
    "Button": _Button(_button),
    "Checkbox": _Adapter(lambda model: {"kind": "checkbox"}, "value"),
    "ToggleButton": _Adapter(lambda model: {"kind": "switch"}, "value"),
    "Valid": _Adapter(lambda model: {"kind": "output", "forms": {"text/plain": f"{_label(model)} {'✓' if model.value else model.readout}"}}),
    "FloatLogSlider": _Adapter(_log_slider, "value", _log_told, _log_read),
    "Dropdown": _Adapter(_options("dropdown"), "index", *_INDEX),
    "Select": _Adapter(_options("dropdown"), "index", *_INDEX),
    "SelectionSlider": _Adapter(_options("dropdown"), "index", *_INDEX),
    "RadioButtons": _Adapter(_options("radio"), "index", *_INDEX),
    "ToggleButtons": _Adapter(_options("radio"), "index", *_INDEX),
    "SelectMultiple": _Adapter(
        lambda model: {"kind": "multiselect", "options": _labels(model), "max_selections": None},
        "index",
        lambda model, index: [_labels(model)[at] for at in index],
        lambda model, raw: tuple(_option_read(model, one) for one in raw),
    ),
    "DatePicker": _Adapter(
        lambda model: {"kind": "date", "start": model.min and model.min.isoformat(), "stop": model.max and model.max.isoformat()},
        "value",
        lambda model, value: value and value.isoformat(),
        _date_read,
    ),
    "Label": _Adapter(_shown("text/plain")),
    "HTML": _Adapter(_shown("text/html")),
    "HTMLMath": _Adapter(_shown("text/html")),
    "Image": _Adapter(_shown("image/{}")),
    "Video": _Adapter(_shown("video/{}")),
    "Audio": _Adapter(_shown("audio/{}")),
    "HBox": _Adapter(_stack("hstack")),
    "Box": _Adapter(_stack("hstack")),
    "VBox": _Adapter(_stack("vstack")),
    "GridBox": _Adapter(_stack("vstack")),
    "Tab": _Adapter(_folds("tabs"), "selected_index", _tab_told, _tab_read),
    "Accordion": _Adapter(_folds("accordion")),
    "Stack": _Adapter(_chosen),
    "Output": _Adapter(_caught),
    "Password": _Adapter(_text("text", "password"), "value"),
    "Text": _Adapter(_text("text"), "value"),
    "Combobox": _Adapter(_text("text"), "value"),
    "ColorPicker": _Adapter(_text("text"), "value"),
    "Textarea": _Adapter(_text("text_area"), "value"),
}
for _name in ("IntSlider", "FloatSlider"):
    _ADAPTERS[_name] = _Adapter(_slider("slider"), "value", read=_whole)
for _name in ("IntRangeSlider", "FloatRangeSlider"):
    _ADAPTERS[_name] = _Adapter(_slider("range_slider"), "value", lambda model, value: list(value), lambda model, raw: tuple(type(model.min)(one) for one in raw))
for _name in ("IntText", "FloatText", "BoundedIntText", "BoundedFloatText"):
    _ADAPTERS[_name] = _Adapter(_number, "value", read=_whole)
for _name in ("IntProgress", "FloatProgress"):
    _ADAPTERS[_name] = _Adapter(_progress)


class _Any(_Adapter):
    """A widget of anywidget: the page says which traits its scripts have changed, and its messages."""

    def __init__(self) -> None:
        super().__init__(self._described)

    @staticmethod
    def _described(model: Any) -> dict[str, Any]:
        state = {name: _encoded(value) for name, value in model.get_state().items() if not name.startswith("_") and name not in ("layout", "tabbable", "tooltip")}
        scripts = {name: str(getattr(model, f"_{name}", "") or "") for name in ("esm", "css")}
        return {"kind": "anywidget", **scripts, "state": json.dumps(state), "messages": json.dumps(model._rivulet.messages)}

    def raw(self, model: Any) -> Any:
        return None

    def put(self, model: Any, raw: Any) -> None:
        if raw is None:
            return
        if not isinstance(raw, dict):
            raise ValueError("The page sent what is no state of a widget.")
        state = {name: _decoded(value) for name, value in raw.get("state", {}).items() if name in model.keys and not name.startswith("_")}
        now = model.get_state(list(state)) if state else {}
        changed = {name: value for name, value in state.items() if _encoded(now.get(name)) != _encoded(value)}
        if changed:
            model.set_state(changed)
        for number, content, buffers in raw.get("messages", []):
            if number > model._rivulet.seen:
                model._rivulet.seen = number
                data = {"method": "custom", "content": content}
                model.comm.handle_msg({"content": {"data": data}, "buffers": [memoryview(base64.b64decode(one)) for one in buffers]})

    def is_as(self, model: Any, raw: Any) -> bool:
        """Whether the model took the state as it was sent."""
        state = raw.get("state", {}) if isinstance(raw, dict) else {}
        now = model.get_state([name for name in state if name in model.keys]) if state else {}
        return all(_encoded(now.get(name)) == state[name] for name in now)


_ANY = _Any()


def _encoded(value: Any) -> Any:
    """A value as JSON that the page's scripts get it of; bytes by their base64."""
    if isinstance(value, (bytes, bytearray, memoryview)):
        return {"$bytes": base64.b64encode(bytes(value)).decode()}
    if isinstance(value, dict):
        return {str(name): _encoded(one) for name, one in value.items()}
    if isinstance(value, (list, tuple)):
        return [_encoded(one) for one in value]
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value if isinstance(value, (str, int, float, bool, type(None))) else str(value)


def _decoded(value: Any) -> Any:
    if isinstance(value, dict):
        if list(value) == ["$bytes"]:
            return base64.b64decode(value["$bytes"])
        return {name: _decoded(one) for name, one in value.items()}
    return [_decoded(one) for one in value] if isinstance(value, list) else value


def _adapter(model: Any) -> _Adapter | None:
    if hasattr(model, "_esm"):
        return _ANY
    for kind in type(model).__mro__:
        if kind.__module__.startswith("ipywidgets.") and kind.__name__ in _ADAPTERS:
            return _ADAPTERS[kind.__name__]
    return None


def _register(model: Any) -> None:
    adapter = _adapter(model)
    if model.comm is not None:
        _models[model.comm.comm_id] = model
    if adapter is None or hasattr(model, "_rivulet"):
        return
    first = adapter.raw(model)
    state = {name: _encoded(value) for name, value in model.get_state().items() if not (isinstance(value, str) and value.startswith("IPY_MODEL_"))}
    for name in ("children", "outputs", "msg_id", "layout", "style"):
        state.pop(name, None)
    told = json.dumps([type(model).__name__, state, first], sort_keys=True, default=str)
    base = hashlib.sha1(told.encode("utf-8", "replace")).hexdigest()[:16]
    model._rivulet = _Held(adapter, first, base)
    model._fingerprint = base
    model._number = None
    if adapter.trait or adapter is _ANY or isinstance(adapter, _Button):
        model._number, held = widgets.add(model, base)
        if held and not isinstance(adapter, _Button):
            try:
                if adapter is _ANY and isinstance(held[0], dict):
                    model._rivulet.seen = max([0, *(one[0] for one in held[0].get("messages", []))])
                _move(model, held[0])
            except Exception:
                # What was kept is from outside; the widget begins anew.
                pass


def _move(model: Any, raw: Any) -> None:
    held = model._rivulet
    held.is_moving = True
    try:
        held.adapter.put(model, raw)
    finally:
        held.is_moving = False
    took = held.adapter.is_as(model, raw) if held.adapter is _ANY else isinstance(held.adapter, _Button) or held.adapter.raw(model) == raw
    if not took:
        _set_by_code(model)


def _take(self: Any, held: list[Any]) -> None:
    _move(self, held[0] if held else self._rivulet.first)


def _set_by_code(model: Any) -> None:
    """The value that the page has of it does not count any more."""
    held = model._rivulet
    held.changes += 1
    held.first = held.adapter.raw(model)
    model._fingerprint = f"{held.base}:{held.changes}"
    widgets.state_set(model._number, False)
    _touch()


def _accepts(self: Any, arguments: str) -> bool:
    held = self._rivulet
    return held.adapter is _ANY and arguments.split(":")[0] == held.base


def _within(self: Any) -> Iterable[Any]:
    """The widgets that stand in one."""
    inside = getattr(self, "children", ())
    return inside if isinstance(inside, (list, tuple)) else ()


def describe(model: Any) -> dict[str, Any]:
    """What the page builds of a model."""
    adapter = _adapter(model)
    if adapter is None or not hasattr(model, "_rivulet"):
        return {"kind": "output", "forms": {"text/plain": _OTHERS.format(f"{type(model).__module__.split('.')[0]}.{type(model).__name__}")}}
    layout = getattr(model, "layout", None)
    if layout is not None and (layout.display == "none" or layout.visibility == "hidden"):
        return {"kind": "vstack", "items": []}
    told = {"label": _label(model), "disabled": bool(getattr(model, "disabled", False)), **adapter.describe(model)}
    if model._number is not None:
        told |= {"widget": model._number, "arguments": model._fingerprint, "value": model._rivulet.first}
    return told


def _bundle(self: Any, include: Any = None, exclude: Any = None, **more: Any) -> dict[str, Any]:
    plain = repr(self)
    told = {"kind": "live", "items": [describe(self)]}
    return {values.WIDGET: json.dumps(told), "text/plain": plain if len(plain) <= 110 else plain[:110] + "…"}


def name_of(value: Any) -> str | None:
    """The name by which a model is shown, so that it is shown anew when it changes."""
    if not hasattr(value, "_rivulet"):
        return None
    name = getattr(value, "_rivulet_name", None)
    if name is None:
        name = value._rivulet_name = f"rivulet-model-{next(_numbers)}"
    _roots[name] = weakref.ref(value)
    _said[name] = _bundle(value)[values.WIDGET]
    return name


def _touch() -> None:
    """Something of a model has changed: it is shown soon, and at the end of what runs."""
    global _waits
    if not _waits:
        _waits = True
        if loop := asyncio_loop():
            loop.call_soon(flush)
    if perf_counter() - _flushed > _PACE:
        flush()


def flush() -> None:
    """Shows anew what has changed."""
    global _waits, _flushed
    if not _waits:
        return
    _waits, _flushed = False, perf_counter()
    for name, reference in list(_roots.items()):
        model = reference()
        if model is None:
            del _roots[name], _said[name]
            continue
        bundle = _bundle(model)
        if bundle[values.WIDGET] != _said[name]:
            _said[name] = bundle[values.WIDGET]
            displays.update_display(bundle, display_id=name, raw=True)


class _Inside(Output):
    """Takes what is put out while an ``Output`` of ipywidgets is entered."""

    def __init__(self, around: Output | None, items: list[Piece]) -> None:
        super().__init__(0 if around is None else around.run, lambda *_: None)
        self.around, self._items = around, items

    def is_full(self) -> bool:
        return False

    def show(self, bundle: dict[str, Any], notes: Any = (), name: str | None = None) -> None:
        self.turn(self.writer)
        self._before.append((VALUE, dict(bundle)))

    def _post_pieces(self, pieces: list[Piece], is_final: bool) -> None:
        for name, content in pieces:
            if name == CLEAR:
                self._items.clear()
            else:
                self._items.append((name, content))


def _change_output(module: Any) -> None:
    kind = module.Output

    def enter(self: Any) -> Any:
        if not hasattr(self, "_rivulet_items"):
            self._rivulet_items, self._rivulet_entered = [], []
        inside = _Inside(streams.here(), self._rivulet_items)
        self._rivulet_entered.append((inside, streams.current.set(inside)))
        return self

    def leave(self: Any, kind: Any, error: Any, trace: Any) -> bool:
        inside, token = self._rivulet_entered.pop()
        if kind is None:
            values.show_open_figures()
        elif issubclass(kind, Exception):
            from . import execute, tracebacks

            told = tracebacks.describe(error, execute._kernel.files)
            inside.turn("stderr")
            inside.parts.append(told["traceback"].rstrip() + "\n")
        inside.drain(is_final=True)
        streams.current.reset(token)
        _touch()
        return kind is not None and issubclass(kind, Exception)

    def clear(self: Any, *args: Any, **options: Any) -> None:
        self.outputs = ()
        with self:
            displays.clear_output(*args, **options)

    kind.__enter__, kind.__exit__, kind.clear_output = enter, leave, clear


def change(module: Any) -> None:
    """Changes ``ipywidgets.widgets.widget`` once it is imported."""
    kind = module.Widget
    opened = kind.open

    def open(self: Any) -> None:
        opened(self)
        _register(self)

    kind.open = open
    kind._repr_mimebundle_ = _bundle
    kind._widgets_within_, kind._take, kind._accepts_ = _within, _take, _accepts
    values.live.append(name_of)


def change_any(module: Any) -> None:
    """Changes ``anywidget.widget`` once it is imported: its own way of being shown is the page's."""
    module.AnyWidget._repr_mimebundle_ = _bundle


def change_comm(module: Any) -> None:
    """Changes ``comm`` once it is imported: what models say goes to the page."""
    base = module.BaseComm

    class Comm(base):  # type: ignore[misc, valid-type]
        """What a model speaks to the page through."""

        def publish_msg(self, msg_type: str, data: Any = None, metadata: Any = None, buffers: Any = None, **keys: Any) -> None:
            model = _models.get(self.comm_id)
            if msg_type != "comm_msg" or model is None or not isinstance(data, dict):
                return
            held = getattr(model, "_rivulet", None)
            if held is None:
                return
            if data.get("method") == "custom":
                encoded = [base64.b64encode(bytes(one)).decode() for one in buffers or ()]
                held.messages = [*held.messages, [next(_numbers), _encoded(data.get("content")), encoded]][-_MOST_MESSAGES:]
                _touch()
            elif data.get("method") == "update":
                changed = set(data.get("state", {})) | {path[0] for path in data.get("buffer_paths", ())}
                is_own = held.adapter is _ANY or held.adapter.trait in changed or (held.adapter.trait == "index" and "value" in changed)
                if held.is_moving:
                    if changed - {held.adapter.trait, "value", "index", "label"} and held.adapter is not _ANY:
                        _touch()
                elif is_own and model._number is not None:
                    _set_by_code(model)
                else:
                    _touch()

        def handle_msg(self, msg: Any) -> None:
            if self._msg_callback:
                self._msg_callback(msg)

    module.create_comm = Comm
