"""``sys.stdout`` and ``sys.stderr``: batched, and capped so that no loop of prints can flood the page."""

import io
from collections import deque
from time import perf_counter
from typing import Callable

FLUSH_SECONDS = 0.016
FLUSH_CHARS = 32 * 1024
CREDIT_LINES = 40
FIRST_LINES = 500
LAST_LINES = 500
LINE_CHARS = 16 * 1024
TAIL_SECONDS = 0.25
RUN_CHARS = 20 * 1024 * 1024

PostOutput = Callable[[dict], None]


class Stream(io.TextIOBase):
    """A text stream whose content is posted in batches.

    The first ``FIRST_LINES`` lines of a run are posted as they come; of what follows only the
    newest ``LAST_LINES`` are kept, and posted as a tail that replaces the one before.
    """

    encoding = "utf-8"
    errors = "replace"

    def __init__(self, name: str, post: PostOutput) -> None:
        super().__init__()
        self.name = name
        self._post = post
        self.reset()

    def reset(self) -> None:
        """Begins a new run."""
        self._parts: list[str] = []
        self._chars = 0
        # A line shows at once, since it often says that something long begins: as long as there is
        # credit, which grows with time and is used up by a flood.
        self._credit = float(CREDIT_LINES)
        self._flushed = perf_counter()
        self._lines = 0
        self._column = 0
        self._tail: deque[str] = deque(maxlen=LAST_LINES)
        self._hidden = 0
        self._partial = ""
        self._tail_dirty = False
        self._tail_posted = 0.0
        self._busy = False

    def writable(self) -> bool:
        return True

    def write(self, text: str) -> int:
        if not isinstance(text, str):
            raise TypeError(f"write() argument must be str, not {type(text).__name__}")
        self._parts.append(text)
        self._chars += len(text)
        waits = perf_counter() - self._flushed
        credit = self._credit + waits / FLUSH_SECONDS
        if self._chars > FLUSH_CHARS or waits > FLUSH_SECONDS or (credit >= 1 and text.endswith("\n")):
            self._credit = max(0.0, min(credit, CREDIT_LINES) - 1)
            self._drain(final=False)
        return len(text)

    def flush(self) -> None:
        # A person's own flush in a loop must not undo the batching once the cap is reached.
        self._drain(final=False)

    def finish(self) -> None:
        """Posts all that is left, at the end of a run or before Python waits."""
        self._drain(final=True)

    @property
    def buffer(self) -> "Bytes":
        return Bytes(self)

    def _drain(self, final: bool) -> None:
        if self._busy:
            return
        self._busy = True
        try:
            text = "".join(self._parts)
            self._parts.clear()
            self._chars = 0
            self._flushed = perf_counter()
            if text:
                self._take(text)
            if self._tail_dirty and (final or self._flushed - self._tail_posted > TAIL_SECONDS):
                self._tail_dirty = False
                self._tail_posted = self._flushed
                newest = "".join(self._tail) + self._partial
                self._post(
                    {
                        "kind": "tail",
                        "stream": self.name,
                        "hidden_lines": self._hidden,
                        "text": newest,
                    }
                )
        finally:
            self._busy = False

    def _take(self, text: str) -> None:
        first: list[str] = []
        lines = _split(text)
        for line in lines:
            if self._lines < FIRST_LINES:
                self._column += len(line)
                first.append(self._cut(line))
                if line.endswith("\n"):
                    self._lines += 1
                    self._column = 0
            else:
                self._keep(line)
        if first:
            self._post({"kind": "text", "stream": self.name, "text": "".join(first)})

    def _cut(self, line: str) -> str:
        """A line that never ends is not shown to its end."""
        over = self._column - LINE_CHARS
        if over <= 0:
            return line
        kept = max(0, len(line) - over)
        newline = "\n" if line.endswith("\n") else ""
        note = f"… [line cut at {LINE_CHARS:,} characters]" if kept else ""
        return line[:kept] + note + newline

    def _keep(self, line: str) -> None:
        self._tail_dirty = True
        if not line.endswith("\n"):
            self._partial = (self._partial + line)[-LINE_CHARS:]
            return
        if len(self._tail) == LAST_LINES:
            self._hidden += 1
        whole = self._partial + line
        self._partial = ""
        self._tail.append(whole if len(whole) <= LINE_CHARS else whole[:LINE_CHARS] + "…\n")


def _split(text: str) -> list[str]:
    """Splits after ``\\n`` only: a progress bar's ``\\r`` stays within its line."""
    lines = [line + "\n" for line in text.split("\n")]
    lines[-1] = lines[-1][:-1]
    return [line for line in lines if line]


class Bytes(io.RawIOBase):
    """What ``sys.stdout.buffer`` is: bytes written here are shown as text."""

    def __init__(self, stream: Stream) -> None:
        super().__init__()
        self._stream = stream

    def writable(self) -> bool:
        return True

    def write(self, data) -> int:
        data = bytes(data)
        self._stream.write(data.decode("utf-8", "replace"))
        return len(data)
