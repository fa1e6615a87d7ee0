"""``sys.stdout`` and ``sys.stderr``: whatever is written goes to the run that the code belongs to.

A task, and what it calls, belongs to the run that made it, also after the end of that run: asyncio
keeps the context in which a task was made (PEP 567). What JavaScript calls has no such context; it
belongs to the last run of the cell in which the function that was called stands.
"""

import codecs
import io
import sys
from contextvars import ContextVar
from time import perf_counter
from typing import Callable

from .output import FLUSH_CHARS, FLUSH_SECONDS, Output, asyncio_loop

# The run of the code that asks; None in what the page or JavaScript calls.
current: ContextVar[Output | None] = ContextVar("rivulet_run", default=None)
_latest: Output | None = None
# The last run of each cell, and the cell that each file name stands for.
_runs: dict[int, Output] = {}
_cells: dict[str, int] = {}


def start(cells: dict[str, int]) -> None:
    """Sets out with no run at all; ``cells`` is kept up by its owner."""
    global _cells
    _cells = cells
    _runs.clear()
    end()


def begin(output: Output, cell: int) -> None:
    """From now on, this run of this cell is going on."""
    global _latest
    _latest = _runs[cell] = output
    current.set(output)


def end() -> None:
    """No run is going on any more."""
    global _latest
    _latest = None
    current.set(None)


def run_of(cell: int) -> Output | None:
    """What a cell's last run puts out."""
    return _runs.get(cell)


def drop(cell: int) -> None:
    """A cell is gone."""
    _runs.pop(cell, None)


def is_going_on(run: Output) -> bool:
    """Whether this run has not ended."""
    while run is not _latest and run.around is not None:
        run = run.around
    return run is _latest


def call_soon(function: Callable[[], None]) -> None:
    """Calls a function once the code that runs now waits or has ended, as a part of its run."""
    if loop := asyncio_loop():
        loop.call_soon(function)


def runs() -> list[Output]:
    """The last run of each cell."""
    return list(_runs.values())


def here() -> Output | None:
    """Where the code that calls puts things out; None where no run has made it."""
    return current.get() or _caller() or _latest


def _caller() -> Output | None:
    """The run of the cell whose code called first."""
    found, frame = None, sys._getframe(2)
    while frame is not None:
        cell = _cells.get(frame.f_code.co_filename)
        if cell is not None:
            found = _runs.get(cell, found)
        frame = frame.f_back
    return found


class Stream(io.TextIOBase):
    """A text stream that is shown below the cell."""

    encoding = "utf-8"
    errors = "replace"

    def __init__(self, name: str) -> None:
        super().__init__()
        self.name = name
        self._buffer = Bytes(self)

    def writable(self) -> bool:
        return True

    def fileno(self) -> int:
        """What is written to the descriptor is shown, too."""
        return 1 if self.name == "stdout" else 2

    def write(self, text: str) -> int:
        if not isinstance(text, str):
            raise TypeError(f"write() argument must be str, not {type(text).__name__}")
        output = current.get() or _caller() or _latest
        if output is None:
            return len(text)
        # Again, if a destructor printed elsewhere meanwhile.
        while output.writer != self.name:
            output.turn(self.name)
        output.parts.append(text)
        output.chars += len(text)
        waited = perf_counter() - output.flushed
        if (
            waited > FLUSH_SECONDS
            or output.chars > FLUSH_CHARS
            or (output.credit + waited / FLUSH_SECONDS >= 1 and text.endswith("\n"))
        ):
            output.pay(waited)
        elif not output.is_timed:
            output.remind()
        return len(text)

    def flush(self) -> None:
        if output := here():
            output.flush()

    def finish(self) -> None:
        """Posts all that is left, at the end of a run or before Python waits."""
        if output := here():
            output.drain(is_final=True)

    def reconfigure(self, **settings: object) -> None:
        """What scripts ask for, such as UTF-8, is so already."""

    def close(self) -> None:
        """Stays open: others print, too."""

    @property
    def buffer(self) -> "Bytes":
        return self._buffer


class Bytes(io.RawIOBase):
    """What ``sys.stdout.buffer`` is: bytes written here are shown as text."""

    def __init__(self, stream: Stream) -> None:
        super().__init__()
        self._stream = stream
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")

    def writable(self) -> bool:
        return True

    def write(self, data) -> int:
        data = bytes(data)
        self._stream.write(self._decoder.decode(data))
        return len(data)

    def flush(self) -> None:
        self._stream.flush()

    def close(self) -> None:
        """Stays open: a wrapper that is thrown away closes what it wraps."""
