"""Values as MIME bundles: what a cell's last expression, ``display()`` or a figure shows."""

import json
import sys
from typing import Any, Callable

from . import streams, table
from .line import size_of
from .pretty import RepresentationPrinter, method_of, pretty

TEXT_CHARS = 64 * 1024
FORM_BYTES = 5 * 1024 * 1024
# What the page builds a widget of.
WIDGET = "application/vnd.rivulet.widget+json"
SIZE = "application/vnd.rivulet.size+json"

# Whose values may be tables.
_TABLED = ("pandas", "numpy", "polars", "pyarrow", __package__)

_METHODS = (
    ("_repr_html_", "text/html"),
    ("_repr_markdown_", "text/markdown"),
    ("_repr_svg_", "image/svg+xml"),
    ("_repr_png_", "image/png"),
    ("_repr_jpeg_", "image/jpeg"),
    ("_repr_latex_", "text/latex"),
    ("_repr_json_", "application/json"),
)


# Functions that show values of a type in a form, as code has asked for, by MIME type.
formatters: dict[str, dict[Any, Any]] = {}
# What gives a value the name by which it is shown anew, if it is of a kind that changes while it is shown.
live: list[Any] = []
# How numbers are shown, as `%precision` sets it.
float_format = ""


class Bundle(dict):
    """A value in its forms, by MIME type: text or bytes."""

    def __init__(self) -> None:
        super().__init__()
        # What is said of forms that are left out.
        self.notes: list[str] = []

    def put(self, mime: str, content: Any) -> None:
        """Adds a form, unless it is too large; what is neither text nor bytes becomes JSON."""
        if content is None:
            return
        if isinstance(content, (bytes, bytearray, memoryview)):
            content = bytes(content)
        elif not isinstance(content, str):
            content = json.dumps(content, default=str)
        elif mime.startswith("image/") and mime != "image/svg+xml":
            import base64

            content = base64.b64decode(content)
        size = size_of(content)
        if mime == "text/plain" and isinstance(content, str):
            self[mime] = _cut(content)
        elif size > FORM_BYTES:
            limit = FORM_BYTES // 1024**2
            self.notes.append(f"[{mime} of {size / 1e6:.1f} MB is too large to show ({limit} MB).]")
        else:
            self[mime] = content

    def finish(self) -> list[str]:
        """What is to be said beside the value of forms that are left out."""
        notes, self.notes = self.notes, []
        if notes and not self.keys() - {"text/plain", SIZE}:
            lines = [self["text/plain"]] if "text/plain" in self else []
            self["text/plain"], notes = "\n".join([*lines, *notes]), []
        return notes


def post(bundle: Bundle, name: str | None = None) -> None:
    """Shows a value below the cell whose code asks for it; by its name it can be shown anew."""
    notes = bundle.finish()
    if output := streams.here():
        output.show(bundle, notes, name)


def is_full() -> bool:
    """Whether nothing of a value more would be shown, so that it need not be asked for its forms."""
    output = streams.here()
    return output is not None and output.is_full()


def show_result(value: Any) -> None:
    """Shows the value of a cell's last expression, unless it is ``None`` or only drawn things."""
    if value is None:
        return
    if is_figure(value) or not is_drawn(value):
        show(value)


def show(value: Any, name: str | None = None) -> None:
    """Shows a value; by its name it can be shown anew."""
    if is_figure(value):
        show_figure(value, name)
    elif not is_full() and not _shows_itself(value):
        if name is None and live:
            name = next(filter(None, (of(value) for of in live)), None)
        post(bundle_of(value), name)


def _shows_itself(value: Any) -> bool:
    """Has a value shown by its own code, where it offers no form to show."""
    own = method_of(value, "_ipython_display_")
    if own is None or any(method_of(value, name) for name in ("_repr_mimebundle_", "_repr_html_")):
        return False
    try:
        own()
    except Exception:  # which is not the cell's failure
        return False
    return True


def bundle_of(value: Any) -> Bundle:
    """The value in every form that it offers; always has ``text/plain``."""
    if is_figure(value):
        return _figure_bundle(value)
    bundle = Bundle()
    problems: list[Exception] = []

    def attempt(take: Callable, *arguments: Any) -> None:
        try:
            take(value, *arguments, bundle)
        except Exception as error:  # a broken method of the value, which is not the cell's failure
            problems.append(error)

    for mime, known in formatters.items():
        attempt(_take_formatted, mime, known)
    attempt(_take_mimebundle)
    for method, mime in _METHODS:
        if mime not in bundle:
            attempt(_take_form, method, mime)
    attempt(_take_grid)
    if problems and not bundle:
        bundle["text/plain"] = f"{type(value).__name__} could not be shown: {_line(problems[0])}"
    if "text/plain" not in bundle:
        bundle["text/plain"] = plain(value)
    return bundle


def plain(value: Any) -> str:
    """``repr``, cut at 64 KB; a ``repr`` that raises is told instead."""
    try:
        if float_format and type(value) is float:
            text = float_format % value
        else:
            text = repr(value) if method_of(value, "_repr_pretty_") is None else _pretty(value)
    except Exception as error:
        return f"{type(value).__name__} has no repr: {_line(error)}"
    return _cut(text)


def _pretty(value: Any) -> str:
    """What a value's ``_repr_pretty_`` writes, by IPython's own printer where the real one is imported."""
    real = sys.modules.get("IPython.lib.pretty")
    if real is not None and hasattr(real, "pretty"):
        return real.pretty(value)
    return pretty(value)


def _cut(text: str) -> str:
    hidden = len(text) - TEXT_CHARS
    return f"{text[:TEXT_CHARS]}… [{hidden:,} characters hidden]" if hidden > 0 else text


def _line(error: BaseException) -> str:
    try:
        return f"{type(error).__name__}: {error}"
    except Exception:
        return type(error).__name__


def _take_mimebundle(value: Any, bundle: Bundle) -> None:
    method = method_of(value, "_repr_mimebundle_")
    if method is None:
        return
    found = method(include=None, exclude=None)
    if isinstance(found, tuple):
        found = found[0]
    for mime, content in (found or {}).items():
        if mime not in bundle:
            bundle.put(str(mime), content)


def _formatter_of(value: Any, known: dict[Any, Any]) -> Callable | None:
    for kind in type(value).__mro__:
        function = known.get(kind) or known.get(f"{kind.__module__}.{kind.__qualname__}")
        if function is not None:
            return function
    return None


def _take_formatted(value: Any, mime: str, known: dict[Any, Any], bundle: Bundle) -> None:
    function = _formatter_of(value, known)
    if function is None:
        return
    if mime == "text/plain":
        printer = RepresentationPrinter()
        function(value, printer, False)
        bundle.put(mime, _cut(printer.whole()))
    else:
        bundle.put(mime, function(value))


def _take_grid(value: Any, bundle: Bundle) -> None:
    """Adds what shows a table as a grid, unless code says how values of this type are shown."""
    known = formatters.get("text/html", {})
    function = _formatter_of(value, known)
    if function is not None and function(value) is not None:
        return
    kind = type(value)
    if kind is list or kind.__module__.partition(".")[0] in _TABLED or table.is_frame(value):
        from . import grids

        for mime, form in grids.forms(value, "text/html" in bundle).items():
            bundle.put(mime, form)


def _take_form(value: Any, method_name: str, mime: str, bundle: Bundle) -> None:
    method = method_of(value, method_name)
    if method is None:
        return
    content = method()
    if isinstance(content, tuple):
        content = content[0]
    bundle.put(mime, content)


def is_figure(value: Any) -> bool:
    """Whether it is a matplotlib figure; never imports matplotlib."""
    module = sys.modules.get("matplotlib.figure")
    return module is not None and isinstance(value, module.Figure)


def is_drawn(value: Any) -> bool:
    """Whether it is something that a figure shows already: axes, lines, or lists of such."""
    module = sys.modules.get("matplotlib.artist")
    if module is None:
        return False
    if isinstance(value, module.Artist):
        return True
    if type(value).__module__.startswith("matplotlib.container"):
        return True
    if isinstance(value, (list, tuple)) and value:
        return any(is_drawn(item) for item in value)
    if type(value).__name__ == "ndarray" and value.dtype == object and 0 < value.size <= 1000:
        return all(is_drawn(item) for item in value.flat)
    return False


def show_figure(figure: Any, name: str | None = None) -> None:
    """Shows a figure, and closes it."""
    if not is_full():
        post(_figure_bundle(figure), name)
    pyplot = sys.modules.get("matplotlib.pyplot")
    if pyplot is not None:
        pyplot.close(figure)


def _figure_bundle(figure: Any) -> Bundle:
    """A picture of a figure at twice the resolution of its size on the page."""
    import io

    file = io.BytesIO()
    dpi = figure.get_dpi()
    options = {"bbox_inches": "tight"} if not figure.get_constrained_layout() else {}
    figure.savefig(file, format="png", dpi=dpi * 2, **options)
    data = file.getvalue()
    # The size stands at a fixed place in every PNG (ISO/IEC 15948, IHDR).
    width, height = (int.from_bytes(data[at : at + 4], "big") // 2 for at in (16, 20))
    bundle = Bundle()
    bundle.put("text/plain", repr(figure))
    bundle.put("image/png", data)
    if "image/png" in bundle:
        bundle[SIZE] = json.dumps({"width": width, "height": height})
    return bundle


def _open_figures(pyplot: Any) -> list[Any]:
    """Those that the run that asks has drawn; others may be drawn meanwhile by what a cell left behind."""
    run = streams.here()
    figures = [pyplot.figure(number) for number in pyplot.get_fignums()]
    return [figure for figure in figures if getattr(figure.canvas, "rivulet_run", run) is run]


def show_open_figures() -> None:
    """Shows every figure of this run that is open, as at the end of a cell."""
    pyplot = sys.modules.get("matplotlib.pyplot")
    if pyplot is None:
        return
    for figure in _open_figures(pyplot):
        show_figure(figure)


def close_figures() -> None:
    """Drops figures that a failed cell left open, so that the next cell does not show them."""
    pyplot = sys.modules.get("matplotlib.pyplot")
    if pyplot is not None:
        for figure in _open_figures(pyplot):
            pyplot.close(figure)
