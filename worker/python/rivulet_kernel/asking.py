"""What the code of a cell asks of the page while it runs, and ``input()`` and ``getpass``, which ask the
person.

Plain code waits for a response where the browser can suspend Python (JSPI); elsewhere only ``await`` can.
"""

import builtins
from json import loads as _loads
from types import ModuleType
from typing import Any, Callable

from . import imports, patience, streams
from .output import dumps as _dumps

try:
    from pyodide.ffi import can_run_sync, run_sync
except ImportError:  # the tests of this module's own

    def can_run_sync() -> bool:
        return False

    def run_sync(awaitable: Any) -> Any:
        raise RuntimeError("nothing can wait here")


PROMPT_CHARS = 500

_ask_page: Callable[..., Any] | None = None


class Refused(Exception):
    """The page does not give what was asked for. ``why`` is the protocol's word."""

    def __init__(self, why: str, sentence: str) -> None:
        super().__init__(sentence)
        self.why = why


def start(ask_page: Callable[..., Any] | None, write: Callable[[str], Any]) -> None:
    """``ask_page(run, json_text, *buffers)`` asks and gives an awaitable of the response's JSON and bytes;
    ``write`` prints in the cell.
    """
    global _ask_page
    _ask_page = ask_page

    def input(prompt: object = "", /) -> str:
        return _line(f"{prompt}", False, write, 'input() cannot ask a question here. Write the answer into the code: answer = "..."')

    def getpass(prompt: str = "Password: ", stream: object = None, *, echo_char: str | None = None) -> str:
        return _line(f"{prompt}", True, write, "getpass() cannot ask for a password here.")

    def put(module: ModuleType) -> None:
        getpass.__doc__ = module.getpass.__doc__
        module.getpass = getpass

    for function in (input, getpass):
        function.__qualname__ = function.__name__
    input.__doc__, input.__module__ = builtins.input.__doc__, "builtins"
    builtins.input = input
    imports.after("getpass", put)


def may_wait() -> bool:
    """Whether plain code can wait for the page."""
    return _ask_page is not None and can_run_sync()


def wait(asked: dict[str, Any], *buffers: bytes) -> tuple[dict[str, Any], bytes]:
    """Asks the page and waits for its response, which Python is suspended for: see :func:`may_wait`."""
    return _read(run_sync(_ask(asked, *buffers)))


async def ask(asked: dict[str, Any], *buffers: bytes) -> tuple[dict[str, Any], bytes]:
    """Asks the page and awaits its response."""
    return _read(await _ask(asked, *buffers))


def _ask(asked: dict[str, Any], *buffers: bytes) -> Any:
    patience.refuse_to_wait()
    output = streams.here()
    if output is None:
        raise Refused("forbidden", "Only a cell that is running can ask for this.")
    # What was printed before is what the question is about.
    output.drain(is_final=True)
    return _ask_page(str(output.run), _dumps(asked), *buffers)


def _read(response: Any) -> tuple[dict[str, Any], bytes]:
    text, *buffers = response
    told = _loads(text)
    if told["kind"] == "refused":
        raise Refused(told["why"], told["sentence"])
    return told, buffers[0].to_bytes() if buffers else b""


def _line(prompt: str, secret: bool, write: Callable[[str], Any], cannot: str) -> str:
    if not may_wait():
        raise RuntimeError(cannot)
    # The field shows the last line; what comes before it is text like any other.
    above, line, last = prompt.rpartition("\n")
    if len(last) > PROMPT_CHARS:
        above, line, last = above + line + last[:-PROMPT_CHARS], "", last[-PROMPT_CHARS:]
    if above or line:
        write(above + line)
    told, _ = wait({"kind": "input", "prompt": last, "secret": secret})
    text = told["text"]
    # As in a terminal, what was asked and what was typed stay.
    write(f"{last}{'' if secret else text}\n")
    return text
