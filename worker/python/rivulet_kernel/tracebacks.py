"""Exceptions as the page shows them: Python's own text, without a frame of ours."""

from types import TracebackType
from typing import Any

TEXT_CHARS = 64 * 1024
_NO_THREADS = (
    "Python in a browser has no threads. Do the work one after the other, in a loop, or with asyncio."
)
_NO_PROCESSES = "Python in a browser has no processes. Do the work in this one, one after the other."
_NO_PROGRAMS = "Python in a browser cannot start other programs, only run Python."
_NO_WAITING = (
    "asyncio.run() cannot wait in this browser. Write await instead, as in: await main()"
)
_NO_WINDOWS = (
    "Python in a browser opens no windows of its own. Draw with matplotlib, and ask with input()."
)
_NO_COLAB = (
    "google.colab is there in Colab only. Add files to this notebook instead of files.upload() or drive.mount()."
)
_NO_IPYTHON = "This part of IPython is not here; IPython.display, get_ipython() and the usual magics are."
# What Python says by itself is about how it was built.
_SENTENCES = (
    (RuntimeError, "can't start new thread", _NO_THREADS),
    (OSError, "emscripten does not support processes", _NO_PROGRAMS),
    (ImportError, "No module named '_multiprocessing'", _NO_PROCESSES),
    (ImportError, "lacks a functioning sem_open", _NO_PROCESSES),
    (NotImplementedError, "lacks multiprocessing.synchronize", _NO_PROCESSES),
    (ImportError, "No module named '_posixshmem'", _NO_PROCESSES),
    (ImportError, "No module named 'tkinter'", _NO_WINDOWS),
    (ImportError, "No module named '_tkinter'", _NO_WINDOWS),
    (ImportError, "No module named 'turtle'", _NO_WINDOWS),
    (ImportError, "No module named 'curses'", _NO_WINDOWS),
    (ImportError, "No module named 'google.colab'", _NO_COLAB),
    (ImportError, "No module named 'IPython.", _NO_IPYTHON),
    (RuntimeError, "stack switch", _NO_WAITING),
)
_OURS = __name__.rpartition(".")[0]


def describe(error: BaseException, files: dict[str, int]) -> dict[str, Any]:
    """The error part of an outcome. ``files`` maps file names to the cells that they are."""
    import traceback

    from . import frames

    strip(error)
    entries = []
    try:
        for frame, line in traceback.walk_tb(error.__traceback__):
            cell = files.get(frame.f_code.co_filename)
            if cell is not None:
                entries.append({"cell": cell, "line": line})
        if isinstance(error, SyntaxError) and error.filename in files:
            if not entries:
                # The cell did not compile: the frames are the compiler's callers.
                error.__traceback__ = None
            entries.append({"cell": files[error.filename], "line": error.lineno or 1})
        told = traceback.TracebackException.from_exception(error)
        frames.fold(told)
        text = "".join(told.format())
    except Exception as broken:
        text = f"The traceback could not be made: {type(broken).__name__}"
    if len(text) > TEXT_CHARS:
        half = TEXT_CHARS // 2
        text = f"{text[:half]}\n… [{len(text) - TEXT_CHARS:,} characters hidden]\n{text[-half:]}"
    return {
        "result": "error",
        "name": type(error).__name__,
        "message": message_of(error),
        "traceback": text,
        "entries": entries[-50:],
    }


def message_of(error: BaseException) -> str:
    """``str`` of the exception, whatever its class does; where that is about how Python was built,
    a sentence about what a browser cannot do.
    """
    try:
        text = str(error)[:4096].strip("\n")
    except Exception:
        return ""
    if isinstance(error, ModuleNotFoundError) and error.name == "google":
        return _NO_COLAB if "google.colab" in _imported(error) else text
    for kind, part, sentence in _SENTENCES:
        if isinstance(error, kind) and part in text:
            return sentence
    return text


def _imported(error: BaseException) -> str:
    """The line that failed; `google` is the folder of many packages."""
    import linecache

    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None and not trace.tb_next.tb_frame.f_code.co_filename.startswith("<frozen"):
        trace = trace.tb_next
    return linecache.getline(trace.tb_frame.f_code.co_filename, trace.tb_lineno) if trace else ""


def strip(error: BaseException, seen: set[int] | None = None) -> None:
    """Takes our frames from the traceback, also from those of its causes and members."""
    seen = set() if seen is None else seen
    if id(error) in seen:
        return
    seen.add(id(error))
    trace = error.__traceback__
    while trace is not None and _is_ours(trace):
        trace = trace.tb_next
    error.__traceback__ = trace
    while trace is not None and trace.tb_next is not None:
        if _is_ours(trace.tb_next):
            trace.tb_next = trace.tb_next.tb_next
        else:
            trace = trace.tb_next
    for other in (error.__cause__, error.__context__, *getattr(error, "exceptions", ())):
        if isinstance(other, BaseException):
            strip(other, seen)


def _is_ours(trace: TracebackType) -> bool:
    return str(trace.tb_frame.f_globals.get("__name__", "")).startswith(_OURS)
