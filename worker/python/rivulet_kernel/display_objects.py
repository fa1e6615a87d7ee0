"""The display objects of ``IPython.display``: a value that says itself in which form it is shown."""

import base64
import html
import json
import mimetypes
import os
import re
import struct
from typing import Any

from .displays import DisplayHandle, display
from .values import SIZE

_WEB = re.compile(r"https?://", re.IGNORECASE)


def _read(filename: Any) -> bytes:
    with open(os.fspath(filename), "rb") as file:
        return file.read()


def _is_web(source: Any) -> bool:
    return isinstance(source, str) and _WEB.match(source) is not None


def _link(address: str, text: str | None = None) -> str:
    return f'<a href="{html.escape(address)}" target="_blank" rel="noopener">{html.escape(text or address)}</a>'


class DisplayObject:
    """Something to show: its data, or the file that holds them. What is elsewhere on the web is not
    fetched; a link leads there.
    """

    metadata: Any = None
    _is_text = True

    def __init__(self, data: Any = None, url: str | None = None, filename: Any = None, metadata: Any = None) -> None:
        if hasattr(data, "__fspath__"):
            data, filename = None, data
        if _is_web(data) and url is None:
            data, url = None, data
        elif filename is None and isinstance(data, str) and self._is_file(data):
            data, filename = None, data
        self.data, self.url, self.filename, self.metadata = data, url, filename, metadata or {}
        self.reload()

    def _is_file(self, data: str) -> bool:
        return False

    def reload(self) -> None:
        """Reads the file again."""
        if self.filename is not None:
            data = _read(self.filename)
            self.data = data.decode("utf-8", "replace") if self._is_text else data

    def __repr__(self) -> str:
        return f"<IPython.core.display.{type(self).__name__} object>"

    def _linked(self) -> dict[str, Any]:
        return {"text/html": _link(self.url), "text/plain": self.url}

    def _forms(self) -> dict[str, Any]:
        raise NotImplementedError

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, Any]:
        if self.data is None and self.url is not None:
            return self._linked()
        return {"text/plain": repr(self), **self._forms()}


class TextDisplayObject(DisplayObject):
    """One whose data are text."""

    mime = "text/plain"

    def __init__(self, data: Any = None, url: str | None = None, filename: Any = None, metadata: Any = None) -> None:
        super().__init__(data, url, filename, metadata)
        if self.data is not None and not isinstance(self.data, str):
            raise TypeError(f"{type(self).__name__} expects text, not {self.data!r:.200}")

    def _forms(self) -> dict[str, Any]:
        return {self.mime: self.data or ""}


class Pretty(TextDisplayObject):
    """Text as it is."""

    def __repr__(self) -> str:
        return self.data or ""


class HTML(TextDisplayObject):
    """HTML; scripts in it do not run."""

    mime = "text/html"

    def _repr_html_(self) -> str:
        return self.data

    def __html__(self) -> str:
        return self.data


class Markdown(TextDisplayObject):
    """Markdown."""

    mime = "text/markdown"

    def _repr_markdown_(self) -> str:
        return self.data


class Latex(TextDisplayObject):
    """A text with formulas between dollar signs."""

    mime = "text/latex"

    def _repr_latex_(self) -> str:
        return self.data


class Math(Latex):
    """A formula."""

    def _repr_latex_(self) -> str:
        return f"$\\displaystyle {(self.data or '').strip('$')}$"

    def _forms(self) -> dict[str, Any]:
        return {self.mime: self._repr_latex_()}


class SVG(DisplayObject):
    """An SVG drawing."""

    def _forms(self) -> dict[str, Any]:
        data = self.data or ""
        data = data.decode("utf-8", "replace") if isinstance(data, bytes) else data
        begin = data.find("<svg")
        return {"image/svg+xml": data[begin:] if begin > 0 else data}

    def _repr_svg_(self) -> str:
        return self._forms()["image/svg+xml"]


class JSON(DisplayObject):
    """Data that are shown as JSON."""

    def __init__(self, data: Any = None, url: str | None = None, filename: Any = None, expanded: bool = False, metadata: Any = None, root: str = "root", **more: Any) -> None:
        super().__init__(data, url, filename, {"expanded": expanded, "root": root, **(metadata or {}), **more})
        if isinstance(self.data, (str, bytes)):
            self.data = json.loads(self.data)

    def _forms(self) -> dict[str, Any]:
        plain = json.dumps(self.data, indent=2, ensure_ascii=False, default=str)
        # As text, so that a list or a number is no text either.
        return {"application/json": json.dumps(self.data, default=str), "text/plain": plain}


class GeoJSON(JSON):
    """Places on a map, shown as their data."""


class Javascript(TextDisplayObject):
    """A script, which does not run here."""

    def __init__(self, data: Any = None, url: str | None = None, filename: Any = None, lib: Any = None, css: Any = None) -> None:
        super().__init__(data, url, filename)

    def _linked(self) -> dict[str, Any]:
        return self._forms()

    def _forms(self) -> dict[str, Any]:
        return {"text/plain": "JavaScript of a notebook does not run here: it could reach the page. Use Python, or HTML without scripts."}


class Code(TextDisplayObject):
    """Source code."""

    def __init__(self, data: Any = None, url: str | None = None, filename: Any = None, language: str | None = None) -> None:
        self.language = language
        super().__init__(data, url, filename)

    def _forms(self) -> dict[str, Any]:
        code = self.data or ""
        return {"text/html": f"<pre><code>{html.escape(code)}</code></pre>", "text/plain": code}


class Image(DisplayObject):
    """A picture: its bytes, or the name of its file."""

    _is_text = False
    _BEGINS = (
        (b"\x89PNG\r\n\x1a\n", "png"), (b"\xff\xd8", "jpeg"), (b"GIF8", "gif"), (b"RIFF", "webp"),
    )

    def __init__(self, data: Any = None, url: str | None = None, filename: Any = None, format: str | None = None, embed: Any = None, width: Any = None, height: Any = None, retina: bool = False, unconfined: bool = False, metadata: Any = None, alt: str | None = None) -> None:
        self.width, self.height, self.retina, self.alt = width, height, retina, alt
        self.format = format and format.lower().replace("jpg", "jpeg")
        super().__init__(data, url, filename, metadata)
        if self.data is None and self.url is None:
            raise ValueError("No picture was given: Image needs its bytes, the name of its file, or a URL.")
        if isinstance(self.data, str):
            self.data = base64.b64decode(self.data)
        if self.data is not None:
            self.format = self.format or self._format()

    def _is_file(self, data: str) -> bool:
        return len(data) < 1_000

    def _format(self) -> str:
        data = bytes(self.data[:300])
        for begin, name in self._BEGINS:
            if data.startswith(begin):
                return name
        if b"<svg" in data or b"<?xml" in data:
            return "svg+xml"
        guessed = mimetypes.guess_type(str(self.filename or ""))[0] or ""
        return guessed.removeprefix("image/") if guessed.startswith("image/") else "png"

    def _size(self) -> tuple[int, int] | None:
        width, height = _pixels(self.data, self.format)
        if self.retina and width:
            width, height = width // 2, height // 2
        wide, high = _number(self.width), _number(self.height)
        if not (wide or high or self.retina) or not (width and height) and not (wide and high):
            return None
        wide, high = wide or (high and high * width // height), high or (wide and wide * height // width)
        return wide or width, high or height

    def __repr__(self) -> str:
        return self.alt or "<IPython.core.display.Image object>"

    def _forms(self) -> dict[str, Any]:
        data = self.data.decode("utf-8", "replace") if self.format == "svg+xml" else bytes(self.data)
        forms: dict[str, Any] = {f"image/{self.format}": data}
        if size := self._size():
            forms[SIZE] = json.dumps({"width": size[0], "height": size[1]})
        return forms

    def _repr_png_(self) -> bytes | None:
        return bytes(self.data) if self.data is not None and self.format == "png" else None

    def _repr_jpeg_(self) -> bytes | None:
        return bytes(self.data) if self.data is not None and self.format == "jpeg" else None


def _number(size: Any) -> int:
    """A size in pixels; others, such as a share of the page, are none."""
    found = re.fullmatch(r"(\d+)(?:\.\d+)?(?:px)?", str(size))
    return int(found[1]) if found else 0


def _pixels(data: bytes, kind: str | None) -> tuple[int, int]:
    """The size that a PNG, a GIF or a JPEG says it has."""
    try:
        if kind == "png":
            return struct.unpack(">II", data[16:24])
        if kind == "gif":
            return struct.unpack("<HH", data[6:10])
        at = 2
        while kind == "jpeg" and data[at] == 0xFF:
            marker, length = data[at + 1], int.from_bytes(data[at + 2 : at + 4], "big")
            if 0xC0 <= marker <= 0xCF and marker not in (0xC4, 0xC8, 0xCC):
                height, width = struct.unpack(">HH", data[at + 5 : at + 9])
                return width, height
            at += 2 + length
    except (struct.error, IndexError, TypeError):
        pass
    return 0, 0


class _Medium(DisplayObject):
    """Sound or film."""

    _is_text = False
    _kind = ""

    def _is_file(self, data: str) -> bool:
        return True

    def _forms(self) -> dict[str, Any]:
        data = base64.b64decode(self.data) if isinstance(self.data, str) else bytes(self.data)
        size = f"{len(data) / 1e6:.1f} MB" if len(data) > 1e5 else f"{len(data) / 1e3:.1f} kB"
        return {self.mimetype: data, "text/plain": f"{type(self).__name__}, {size} ({self.mimetype})"}


class Video(_Medium):
    """A film: its bytes, or the name of its file."""

    def __init__(self, data: Any = None, url: str | None = None, filename: Any = None, embed: bool = False, mimetype: str | None = None, width: Any = None, height: Any = None, html_attributes: str = "controls") -> None:
        self.width, self.height = width, height
        super().__init__(data, url, filename)
        self.mimetype = mimetype or mimetypes.guess_type(str(self.filename or url or data or ""))[0] or "video/mp4"


class Audio(_Medium):
    """Sound: its bytes, the name of its file, or samples with their rate."""

    def __init__(self, data: Any = None, filename: Any = None, url: str | None = None, embed: Any = None, rate: int | None = None, autoplay: bool = False, normalize: bool = True, *, element_id: Any = None) -> None:
        self.autoplay = autoplay
        is_samples = data is not None and not isinstance(data, (str, bytes, bytearray)) and not hasattr(data, "__fspath__")
        if is_samples:
            if rate is None:
                raise ValueError("rate is missing: how many samples a second there are, for instance rate=44100.")
            data = _wave(data, rate, normalize)
        super().__init__(data, url, filename)
        self.mimetype = "audio/wav" if is_samples else mimetypes.guess_type(str(self.filename or ""))[0] or "audio/wav"


def _wave(samples: Any, rate: int, normalize: bool) -> bytes:
    """Samples, one channel or a row for each, as a file of 16 bits."""
    import array
    import io
    import sys
    import wave

    rows = samples.tolist() if hasattr(samples, "tolist") else list(samples)
    channels = [list(row) for row in rows] if rows and hasattr(rows[0], "__len__") else [rows]
    largest = max((abs(value) for channel in channels for value in channel), default=0)
    if not normalize and largest > 1:
        raise ValueError("With normalize=False samples lie between -1 and 1.")
    scale = 32767 / (largest or 1) if normalize else 32767
    frames = array.array("h", (int(value * scale) for frame in zip(*channels) for value in frame))
    if sys.byteorder == "big":
        frames.byteswap()
    file = io.BytesIO()
    with wave.open(file, "wb") as out:
        out.setnchannels(len(channels))
        out.setsampwidth(2)
        out.setframerate(int(rate))
        out.writeframes(frames.tobytes())
    return file.getvalue()


class IFrame:
    """Another page, which is not shown inside of this one: a link leads there."""

    def __init__(self, src: str, width: Any = None, height: Any = None, extras: Any = None, **params: Any) -> None:
        from urllib.parse import urlencode

        self.src = f"{src}?{urlencode(params)}" if params else src

    def _repr_html_(self) -> str:
        return _link(self.src)

    def __repr__(self) -> str:
        return self.src


class YouTubeVideo(IFrame):
    """A film on YouTube, as a link."""

    def __init__(self, id: str, width: Any = None, height: Any = None, allow_autoplay: bool = False, **params: Any) -> None:
        super().__init__(f"https://www.youtube.com/watch?v={id}")


class VimeoVideo(IFrame):
    """A film on Vimeo, as a link."""

    def __init__(self, id: str, width: Any = None, height: Any = None, **params: Any) -> None:
        super().__init__(f"https://vimeo.com/{id}")


class FileLink:
    """A file that Python wrote."""

    def __init__(self, path: Any, url_prefix: str = "", result_html_prefix: str = "", result_html_suffix: str = "", **more: Any) -> None:
        self.path = os.fspath(path)

    def __repr__(self) -> str:
        if not os.path.exists(self.path):
            return f"{self.path} is not there."
        if os.path.isdir(self.path):
            return "\n".join(f"{name}" for name in sorted(os.listdir(self.path))) or f"{self.path} is empty."
        return f"{self.path} ({os.path.getsize(self.path):,} bytes) is in Python's working folder."


class FileLinks(FileLink):
    """The files of a folder."""


class ProgressBar:
    """A bar that shows how much is done: ``for step in ProgressBar(100): …``"""

    def __init__(self, total: int) -> None:
        self.total, self._progress = total, 0
        self.html_width, self.text_width = "60ex", 60
        self._handle = DisplayHandle()

    def __repr__(self) -> str:
        done = int(self.text_width * self._progress / self.total) if self.total else self.text_width
        return f"[{'=' * done}{' ' * (self.text_width - done)}] {self._progress}/{self.total}"

    def display(self) -> None:
        """Shows it."""
        self._handle.display(self)

    def update(self) -> None:
        """Shows how much is done by now."""
        self._handle.update(self)

    @property
    def progress(self) -> int:
        """How much is done."""
        return self._progress

    @progress.setter
    def progress(self, value: int) -> None:
        self._progress = value
        self.update()

    def __iter__(self) -> "ProgressBar":
        self.display()
        self._progress = -1
        return self

    def __next__(self) -> int:
        self.progress += 1
        if self._progress < self.total:
            return self._progress
        raise StopIteration


def _shower(kind: type):
    def show(*objs: Any, **options: Any) -> None:
        raw = options.pop("raw", False)
        for value in objs:
            display(kind(value) if raw and isinstance(value, (str, bytes)) else value, **options)

    show.__doc__ = f"Shows values; with ``raw`` each is {kind.__name__}."
    return show


display_html, display_markdown, display_latex = _shower(HTML), _shower(Markdown), _shower(Latex)
display_svg, display_png, display_jpeg = _shower(SVG), _shower(Image), _shower(Image)
display_json, display_pretty, display_javascript = _shower(JSON), _shower(Pretty), _shower(Javascript)


def set_matplotlib_formats(*formats: str, **options: Any) -> None:
    """Nothing to do: figures are crisp at any density."""


def set_matplotlib_close(close: bool = True) -> None:
    """Nothing to do: a figure that was shown is closed."""
