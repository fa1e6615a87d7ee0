"""What other sites answer, by way of the page, for the modules that know only sockets or the browser's own
``XMLHttpRequest``. ``js.fetch``, and what is built on it, goes the same way without this.
"""

import io
from email.message import Message
from types import ModuleType
from typing import Any, Iterable, NamedTuple

from . import asking, imports
from .asking import Refused

_CANNOT_WAIT = (
    "Plain code cannot wait for another site in this browser. "
    "Write instead: from pyodide.http import pyfetch; response = await pyfetch(url)"
)
_MOST_SENT = 10_000_000


class Reply(NamedTuple):
    """What a site has answered."""

    url: str
    status: int
    reason: str
    headers: list[tuple[str, str]]
    content: bytes


def fetch(url: str, method: str = "GET", headers: Iterable[tuple[str, Any]] = (), body: bytes | None = None) -> Reply:
    """Waits for a site's answer. Raises ``Refused`` with the reason as a sentence."""
    if not asking.may_wait():
        raise Refused("forbidden", _CANNOT_WAIT)
    if body and len(body) > _MOST_SENT:
        raise Refused("too_large", "A cell can send at most 10 MB.")
    asked = {"kind": "fetch", "url": url, "method": method.upper(), "headers": [(str(name), str(value)) for name, value in headers]}
    told, content = asking.wait({**asked, "body": 0}, bytes(body)) if body else asking.wait(asked)
    return Reply(told["url"], told["status"], told["reason"], [tuple(pair) for pair in told["headers"]], content)


def start() -> None:
    """Has the modules changed, each once it is imported."""
    imports.after("urllib.request", _change_urllib)
    imports.after("pyodide.http", lambda module: setattr(module, "XMLHttpRequest", Xhr))
    imports.after("pyodide.http.pyxhr", lambda module: setattr(module, "XMLHttpRequest", BinaryXhr))
    imports.after("urllib3.contrib.emscripten.fetch", _change_urllib3)
    # That of the index, and that which Pyodide has changed.
    imports.after("httpx._transports.default", _change_httpx)
    imports.after("httpx._transports.jsfetch", _change_httpx)


def _message(headers: Iterable[tuple[str, str]]) -> Message:
    message = Message()
    for name, value in headers:
        message[name] = value
    return message


def _change_urllib(module: ModuleType) -> None:
    from urllib.error import URLError
    from urllib.response import addinfourl

    class Response(addinfourl):
        """An answer with what code expects of ``http.client.HTTPResponse``."""

        version = 11

        def __init__(self, reply: Reply) -> None:
            super().__init__(io.BytesIO(reply.content), _message(reply.headers), reply.url, reply.status)
            self.reason = self.msg = reply.reason

        def getheader(self, name: str, default: Any = None) -> Any:
            return self.headers.get(name, default)

        def getheaders(self) -> list[tuple[str, str]]:
            return self.headers.items()

    def do_open(self: Any, _connection: Any, request: Any, **_: Any) -> Response:
        headers = [*request.headers.items(), *request.unredirected_hdrs.items()]
        try:
            body = request.data
            if body is not None and not isinstance(body, (bytes, bytearray, memoryview)):
                body = body.read() if hasattr(body, "read") else b"".join(body)
            return Response(fetch(request.full_url, request.get_method(), headers, body))
        except Refused as refused:
            raise URLError(str(refused)) from None

    module.AbstractHTTPHandler.do_open = do_open


def _change_urllib3(module: ModuleType) -> None:
    """The page gives answers whole, and refusals as sentences, so that nothing is left to stream or to abort."""

    def send_request(request: Any) -> Any:
        headers = [(name, value) for name, value in request.headers.items() if name not in module.HEADERS_TO_IGNORE]
        body = request.body
        if body is not None and not isinstance(body, (bytes, bytearray)):
            body = body.encode() if isinstance(body, str) else body.read() if hasattr(body, "read") else b"".join(body)
        try:
            reply = fetch(request.url, request.method, headers, body)
        except Refused as refused:
            raise module._RequestError(str(refused), request=request) from None
        return module.EmscriptenResponse(reply.status, dict(reply.headers), reply.content, request)

    module.send_request = send_request
    module.send_streaming_request = lambda _request: None


def _change_httpx(module: ModuleType) -> None:
    import httpx

    def answer(request: Any, reply: Reply) -> Any:
        # The body has come unpacked.
        headers = [(name, value) for name, value in reply.headers if name.lower() != "content-encoding"]
        return httpx.Response(reply.status, headers=headers, content=reply.content, request=request)

    def handle_request(self: Any, request: Any) -> Any:
        try:
            reply = fetch(str(request.url), request.method, request.headers.items(), request.read())
        except Refused as refused:
            raise httpx.ConnectError(str(refused), request=request) from None
        return answer(request, reply)

    async def handle_async_request(self: Any, request: Any) -> Any:
        asked = {"kind": "fetch", "url": str(request.url), "method": request.method, "headers": request.headers.items()}
        body = await request.aread()
        try:
            told, content = await asking.ask({**asked, "headers": list(asked["headers"]), **({"body": 0} if body else {})}, *([body] if body else []))
        except Refused as refused:
            raise httpx.ConnectError(str(refused), request=request) from None
        return answer(request, Reply(told["url"], told["status"], told["reason"], told["headers"], content))

    for transport in ("HTTPTransport", "JavascriptFetchTransport"):
        if hasattr(module, transport):
            getattr(module, transport).handle_request = handle_request
            getattr(module, f"Async{transport}").handle_async_request = handle_async_request


class Xhr:
    """The browser's ``XMLHttpRequest`` as far as synchronous code uses it."""

    def __init__(self) -> None:
        self.responseType = ""
        self.status = 0
        self.statusText = self.responseText = self.responseURL = ""
        self.response: Any = None
        self._asked = ("GET", "")
        self._headers: list[tuple[str, str]] = []
        self._shown: list[tuple[str, str]] = []

    @classmethod
    def new(cls) -> "Xhr":
        return cls()

    def open(self, method: str, url: str, *_: Any) -> None:
        self._asked = (method, url)

    def setRequestHeader(self, name: str, value: str) -> None:
        self._headers.append((name, value))

    def overrideMimeType(self, _type: str) -> None:
        """What comes is bytes in any case."""

    def send(self, body: Any = None) -> None:
        if isinstance(body, str):
            body = body.encode()
        elif body is not None and hasattr(body, "to_bytes"):
            body = body.to_bytes()
        method, url = self._asked
        try:
            reply = fetch(url, method, self._headers, body)
        except Refused as refused:
            raise OSError(str(refused)) from None
        self.status, self.statusText, self.responseURL = reply.status, reply.reason, reply.url
        self._shown = reply.headers
        self.responseText = reply.content.decode("utf-8", "replace")
        self.response = reply.content if self.responseType == "arraybuffer" else self.responseText

    def getAllResponseHeaders(self) -> str:
        return "".join(f"{name}: {value}\r\n" for name, value in self._shown)

    def getResponseHeader(self, name: str) -> str | None:
        found = [value for shown, value in self._shown if shown.lower() == name.lower()]
        return ", ".join(found) or None


class BinaryXhr(Xhr):
    """The same for code that wants bytes in any case."""

    def send(self, body: Any = None) -> None:
        self.responseType = "arraybuffer"
        super().send(body)
