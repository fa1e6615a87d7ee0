"""Values as MIME bundles: what a cell's last expression, ``display()`` or a figure shows."""

import json
import sys
from typing import Any

from . import streams
from .line import size_of

TEXT_CHARS = 64 * 1024
FORM_BYTES = 5 * 1024 * 1024
SIZE = "application/vnd.rivulet.size+json"

_METHODS = (
    ("_repr_html_", "text/html"),
    ("_repr_markdown_", "text/markdown"),
    ("_repr_svg_", "image/svg+xml"),
    ("_repr_png_", "image/png"),
    ("_repr_jpeg_", "image/jpeg"),
    ("_repr_latex_", "text/latex"),
    ("_repr_json_", "application/json"),
)


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


def post(bundle: Bundle) -> None:
    """Shows a value below the cell whose code asks for it."""
    notes = bundle.notes
    if notes and not bundle.keys() - {"text/plain", SIZE}:
        lines = [bundle["text/plain"]] if "text/plain" in bundle else []
        bundle["text/plain"], notes = "\n".join([*lines, *notes]), []
    if output := streams.here():
        output.show(bundle, notes)


def display(*values: Any) -> None:
    """Shows values below the cell, at this moment."""
    for value in values:
        if is_figure(value):
            show_figure(value)
        elif not _is_full():
            post(bundle_of(value))


def _is_full() -> bool:
    """Whether nothing of a value more would be shown, so that it need not be asked for its forms."""
    output = streams.here()
    return output is not None and output.is_full()


def show_result(value: Any) -> None:
    """Shows the value of a cell's last expression, unless it is ``None`` or only drawn things."""
    if value is None:
        return
    if is_drawn(value):
        if is_figure(value):
            show_figure(value)
        return
    if not _is_full():
        post(bundle_of(value))


def bundle_of(value: Any) -> Bundle:
    """The value in every form that it offers; always has ``text/plain``."""
    bundle = Bundle()
    try:
        _take_mimebundle(value, bundle)
        for method, mime in _METHODS:
            if mime not in bundle:
                _take_form(value, method, mime, bundle)
    except Exception as error:  # a broken method of the value, which is not the cell's failure
        bundle["text/plain"] = f"{type(value).__name__} could not be shown: {_line(error)}"
    if "text/plain" not in bundle:
        bundle["text/plain"] = plain(value)
    return bundle


def plain(value: Any) -> str:
    """``repr``, cut at 64 KB; a ``repr`` that raises is told instead."""
    try:
        text = repr(value)
    except Exception as error:
        return f"{type(value).__name__} has no repr: {_line(error)}"
    return _cut(text)


def _cut(text: str) -> str:
    hidden = len(text) - TEXT_CHARS
    return f"{text[:TEXT_CHARS]}… [{hidden:,} characters hidden]" if hidden > 0 else text


def _line(error: BaseException) -> str:
    try:
        return f"{type(error).__name__}: {error}"
    except Exception:
        return type(error).__name__


def _method(value: Any, name: str):
    # A class has the methods of its instances, but they are not for showing the class; an object
    # that answers to every name (a mock, a proxy) has none of them in truth.
    if isinstance(value, type) or getattr(value, "_ipython_canary_method_should_not_exist_", None):
        return None
    method = getattr(value, name, None)
    return method if callable(method) else None


def _take_mimebundle(value: Any, bundle: Bundle) -> None:
    method = _method(value, "_repr_mimebundle_")
    if method is None:
        return
    found = method(include=None, exclude=None)
    if isinstance(found, tuple):
        found = found[0]
    for mime, content in (found or {}).items():
        bundle.put(str(mime), content)


def _take_form(value: Any, method_name: str, mime: str, bundle: Bundle) -> None:
    method = _method(value, method_name)
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


def show_figure(figure: Any) -> None:
    """Shows a figure at twice the resolution of its size on the page, and closes it."""
    if not _is_full():
        _post_figure(figure)
    pyplot = sys.modules.get("matplotlib.pyplot")
    if pyplot is not None:
        pyplot.close(figure)


def _post_figure(figure: Any) -> None:
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
    post(bundle)


def show_open_figures() -> None:
    """Shows every figure that is open, as at the end of a cell."""
    pyplot = sys.modules.get("matplotlib.pyplot")
    if pyplot is None:
        return
    for number in pyplot.get_fignums():
        show_figure(pyplot.figure(number))


def close_figures() -> None:
    """Drops figures that a failed cell left open, so that the next cell does not show them."""
    pyplot = sys.modules.get("matplotlib.pyplot")
    if pyplot is not None:
        pyplot.close("all")
