"""What a run puts out: printed text and values in the order in which they came, posted in batches,
and no more of it than a page can hold.

What counts is what is kept on the page: a tail in place of the one before it, of a line that is
rewritten what is seen of it, and a value with all its forms.
"""

import json
import sys
from collections import deque
from time import perf_counter
from typing import Any, Callable, Iterable

from .line import LINE_CHARS, REWRITES, Line, size_of

FLUSH_SECONDS = 0.016
FLUSH_CHARS = 32 * 1024
CREDIT_LINES = 40
# A person's own flush shows at once, too, but not without end.
CREDIT_FLUSHES = 200
FIRST_LINES = 500
LAST_LINES = 500
TAIL_SECONDS = 0.25
RUN_BYTES = 20 * 1024 * 1024
# The end of a stream comes through, whatever else was put out.
TAIL_BYTES = 256 * 1024
MOST_VALUES = 200
# The most that one message holds: a value with all its forms.
MESSAGE_BYTES = 8 * 1024 * 1024

_TOO_MANY = f"[This cell has shown {MOST_VALUES} values; those that follow are not shown.]"
_TOO_LARGE = (
    f"[This cell has put out {RUN_BYTES // 1024**2} MB; values that go beyond that are not shown.]"
)
_to_json = json.dumps

Post = Callable[..., None]


def dumps(value: Any) -> str:
    """JSON that every reader takes: half a surrogate pair, which Python allows, becomes `?`."""
    written = _to_json(value)
    if "\\ud" in written:
        written = _to_json(value, ensure_ascii=False).encode("utf-8", "replace").decode()
    return written


class Output:
    """Everything that one run puts out, also what its tasks print after its end."""

    def __init__(self, run: int, post: Post, raw: Callable[[], Iterable | None] | None = None) -> None:
        self.run = run
        self._put_out = post
        self._raw = raw
        self._printed = {name: _Printed(name) for name in ("stdout", "stderr")}
        self._values = 0
        # Values beyond the most that a run may show: they are counted, and not sent.
        self._left_out = 0
        self._value_bytes = 0
        self._is_too_large = False
        self._is_busy = False
        # What was written since the last batch: the newest text, and what came before a change of
        # the stream. `Stream.write` reads and changes these, as a call would take too long there.
        self.writer = "stdout"
        self.parts: list[str] = []
        self.chars = 0
        self._before: list[tuple[str, list[str]]] = []
        # A line shows at once, since it often says that something long begins: as long as there is
        # credit, which grows with time and is used up by a flood.
        self.credit = float(CREDIT_LINES)
        self.flushed = perf_counter()
        self.is_timed = False

    def turn(self, writer: str) -> None:
        """Goes on with the other stream."""
        fresh: list[str] = []
        before = self.writer
        # One step: wherever memory is taken or a function called, destructors may run and print.
        parts, self.parts, self.writer = self.parts, fresh, writer
        if parts:
            self._before.append((before, parts))

    def pay(self, waited: float) -> None:
        """Posts a batch, for which there is credit or whose time has come."""
        self.credit = min(self.credit + waited / FLUSH_SECONDS, CREDIT_LINES) - 1
        self.drain()

    def flush(self) -> None:
        """Posts what was printed, unless it is asked to without end."""
        waited = perf_counter() - self.flushed
        if waited > FLUSH_SECONDS or self.credit > -CREDIT_FLUSHES:
            self.pay(waited)

    def remind(self) -> None:
        """Has what was just printed posted soon, where the code waits for something meanwhile."""
        self.is_timed = True
        asyncio = sys.modules.get("asyncio")
        loop = asyncio and asyncio._get_running_loop()
        if loop:
            loop.call_later(FLUSH_SECONDS, self._on_time)

    def _on_time(self) -> None:
        self.is_timed = False
        self.drain()

    def drain(self, is_final: bool = False) -> None:
        """Posts what was printed; with ``is_final`` also the newest tails."""
        # What is printed while a batch is posted comes with the next one.
        if self._is_busy:
            return
        self._is_busy = True
        try:
            self.turn(self.writer)
            pieces, self._before, self.chars = self._before, [], 0
            # A whole line is mostly posted at once, so that what waits is newer than these.
            raw = self._raw and self._raw() or ()
            pieces[:0] = [(name, [text]) for name, text in raw]
            self.flushed = perf_counter()
            late: dict[str, list[str]] = {}
            for name, parts in pieces:
                if self._printed[name].tail_at:
                    # Nothing else can come between the lines of a tail.
                    late.setdefault(name, []).extend(parts)
                else:
                    self._take(name, "".join(parts))
            for name, parts in late.items():
                self._take(name, "".join(parts))
            for printed in self._printed.values():
                if printed.tail_waits and (is_final or self.flushed - printed.tail_at > TAIL_SECONDS):
                    self._post_tail(printed)
        finally:
            self._is_busy = False

    def is_full(self) -> bool:
        """Whether one value more is only counted. Says so once."""
        if self._values < MOST_VALUES:
            return False
        if not self._left_out:
            self.drain(is_final=True)
            self._say(_TOO_MANY)
        self._left_out += 1
        return True

    def finish(self) -> None:
        """Posts all that is left at the end of the run, and how many values were not shown."""
        self.drain(is_final=True)
        if self._left_out:
            values = "value was" if self._left_out == 1 else "values were"
            self._say(f"[{self._left_out:,} more {values} not shown.]")

    def show(self, bundle: dict[str, Any], notes: Iterable[str] = ()) -> None:
        """Posts a MIME bundle, unless :meth:`is_full`; what is binary goes beside the text."""
        if self.is_full():
            return
        notes = [*notes, *_leave_out(bundle)]
        size = sum(map(_size_on_page, bundle.values()))
        is_too_large = self._kept() + size > RUN_BYTES
        if is_too_large and self._is_too_large:
            return
        # Where many values follow, what was printed between them is not sent with each.
        self.drain(is_final=True)
        if is_too_large or self._kept() + size > RUN_BYTES:
            self._is_too_large = True
            return self._say(_TOO_LARGE)
        self._values += 1
        self._value_bytes += size
        for note in notes:
            self._say(note)
        buffers: list[bytes] = []
        forms: dict[str, Any] = {}
        for mime, content in bundle.items():
            if isinstance(content, bytes):
                forms[mime] = {"buffer": len(buffers)}
                buffers.append(content)
            else:
                forms[mime] = {"text": content}
        self._post({"kind": "value", "bundle": forms}, *buffers)

    def _take(self, name: str, text: str) -> None:
        printed = self._printed[name]
        added = printed.take(text, RUN_BYTES - self._kept())
        if not added:
            return
        for other in self._printed.values():
            # Where a tail stands is settled when it is first posted.
            if other is not printed and other.tail_waits and not other.tail_at:
                self._post_tail(other)
        self._post({"kind": "text", "stream": name, "text": added})

    def _post_tail(self, printed: "_Printed") -> None:
        others = self._kept() - max(printed.tail_bytes, TAIL_BYTES)
        hidden, text = printed.tail(max(TAIL_BYTES, RUN_BYTES - others))
        printed.tail_at = self.flushed
        self._post({"kind": "tail", "stream": printed.name, "hidden_lines": hidden, "text": text})

    def _kept(self) -> int:
        """How much of this run is on the page, or has its place there."""
        return self._value_bytes + sum(
            printed.head_bytes + max(printed.tail_bytes, TAIL_BYTES)
            for printed in self._printed.values()
        )

    def _say(self, note: str) -> None:
        begin = "\n" if self._printed["stderr"].is_in_line() else ""
        self._post({"kind": "text", "stream": "stderr", "text": f"{begin}{note}\n"})

    def _post(self, output: dict[str, Any], *buffers: bytes) -> None:
        self._put_out(self.run, dumps(output), *buffers)


class _Printed:
    """What was printed on one stream.

    The first ``FIRST_LINES`` lines are posted as they come; of what follows only the newest
    ``LAST_LINES`` are kept, and posted as a tail that replaces the one before.
    """

    def __init__(self, name: str) -> None:
        self.name = name
        self.head_bytes = 0
        self.tail_bytes = 0
        self.tail_waits = False
        self.tail_at = 0.0
        self._is_full = False
        self._lines = 0
        self._line = Line()
        self._tail: deque[str] = deque(maxlen=LAST_LINES)
        self._hidden = 0

    def take(self, text: str, room: int) -> str:
        """Takes in what was printed, and gives what is to be posted of it at once."""
        if "\r" in text:
            text = text.replace("\r\n", "\n")
        if not self._is_full and size_of(text) > room:
            self._is_full = True
            self._line = Line()
        if self._is_full:
            self._keep(text)
            return ""
        if self._is_plain(text):
            self._begin(text)
            self.head_bytes += size_of(text)
            return text
        added, rest = self._first(text)
        if rest:
            self._is_full = True
            self._keep(rest)
        self._is_full |= self._lines >= FIRST_LINES
        return added

    def tail(self, most: int) -> tuple[int, str]:
        """How many lines are not shown, and the newest ones, of at most so many bytes."""
        text, hidden = "\n".join([*self._tail, self._line.whole()]), self._hidden
        self.tail_bytes = size_of(text)
        over = self.tail_bytes - most
        if over > 0:
            written = text.encode("utf-8", "replace")
            at = written.find(b"\n", over) + 1
            hidden, text = hidden + written.count(b"\n", 0, at), written[at:].decode()
            self.tail_bytes -= at
        self.tail_waits = False
        return hidden, text

    def is_in_line(self) -> bool:
        """Whether its last line has not ended."""
        return self._line.text != ""

    def _is_plain(self, text: str) -> bool:
        """Whether all of it is shown as it is."""
        return (
            len(self._line.text) + len(text) <= LINE_CHARS
            and self._lines + text.count("\n") < FIRST_LINES
            and self._line.is_plain()
            and REWRITES.search(text) is None
        )

    def _begin(self, text: str) -> None:
        """Takes note of the line that plain text ends in."""
        count = text.count("\n")
        if count:
            self._lines += count
            self._line = Line()
        self._line.add(text[text.rfind("\n") + 1 :])

    def _first(self, text: str) -> tuple[str, str]:
        """What is added to the first lines, and what comes after them."""
        added, at = [], 0
        while self._lines < FIRST_LINES and at < len(text):
            end = text.find("\n", at)
            before = self._line.size()
            added.append(self._line.add(text[at:] if end < 0 else text[at:end]))
            self.head_bytes += self._line.size() - before
            if end < 0:
                return "".join(added), ""
            added.append("\n")
            self.head_bytes += 1
            self._lines += 1
            self._line = Line()
            at = end + 1
        return "".join(added), text[at:]

    def _keep(self, text: str) -> None:
        self.tail_waits = True
        first, *more = text.split("\n")
        self._line.add(first)
        if not more:
            return
        last = more.pop()
        self._hidden += max(0, len(self._tail) + 1 + len(more) - LAST_LINES)
        self._tail.append(self._line.whole())
        newest = more[-LAST_LINES:]
        if len(text) > LINE_CHARS or REWRITES.search(text):
            newest = [line if _is_short(line) else _seen(line) for line in newest]
        self._tail.extend(newest)
        self._line = Line()
        self._line.add(last)


def _is_short(line: str) -> bool:
    return len(line) <= LINE_CHARS and REWRITES.search(line) is None


def _seen(text: str) -> str:
    """What is seen of a whole line."""
    line = Line()
    line.add(text)
    return line.whole()


def _leave_out(bundle: dict[str, Any]) -> list[str]:
    """Takes the largest forms from a bundle until it fits in a message; says which."""
    notes = []
    while len(bundle) > 1 and sum(map(_size_on_page, bundle.values())) > MESSAGE_BYTES:
        mime = max(bundle, key=lambda one: _size_on_page(bundle[one]))
        notes.append(f"[{mime} is left out: all forms of this value together are too large.]")
        del bundle[mime]
    return notes


def _size_on_page(content: str | bytes) -> int:
    """The page keeps what is binary as base64."""
    return (len(content) + 2) // 3 * 4 if isinstance(content, bytes) else size_of(content)
