"""What a run puts out: printed text and values in the order in which they came, posted in batches,
and no more of it than a page can hold.

What counts is what is kept on the page: a tail in place of the one before it, of a line that is
rewritten what is seen of it, and a value with all its forms.
"""

import json
import re
import sys
from collections import deque
from time import perf_counter
from typing import Any, Callable, Iterable

from .line import LINE_CHARS, REWRITES, STEPS, Line, size_of

FLUSH_SECONDS = 0.016
FLUSH_CHARS = 32 * 1024
CREDIT_LINES = 40
# A person's own flush shows at once, too, but not without end.
CREDIT_FLUSHES = 200
FIRST_LINES = 500
LAST_LINES = 500
# How far back a sequence goes up: nested bars are few lines.
ROWS = 100
TAIL_SECONDS = 0.25
RUN_BYTES = 20 * 1024 * 1024
# The end of a stream comes through, whatever else was put out.
TAIL_BYTES = 256 * 1024
MOST_VALUES = 200
# So many states that were set are told at once.
MOST_SET = 500
# The most that one message holds: a value with all its forms.
MESSAGE_BYTES = 8 * 1024 * 1024

# A longer text is posted in several: written as JSON, a character takes at most six times this.
TEXT_CHARS = 1024 * 1024

_TOO_MANY = f"[This cell has shown {MOST_VALUES} values; those that follow are not shown.]"
_TOO_LARGE = (
    f"[This cell has put out {RUN_BYTES // 1024**2} MB; values that go beyond that are not shown.]"
)
_to_json = json.dumps

Post = Callable[..., None]
# What waits to be posted: the name of a stream with what was printed, or one of these with what it takes.
Piece = tuple[str, Any]
VALUE, CLEAR = "value", "clear"


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
        # The run whose output is caught, where this is what catches it.
        self.around: Output | None = None
        self._put_out = post
        self._raw = raw
        # The numbers of the values that may be shown anew, by the names that code gave them.
        self.displays: dict[str, int] = {}
        self._begin()
        self._is_busy = False
        # The states that were set: whether by a widget's function, and whether its cell may run for it.
        self._set: dict[int, tuple[bool, bool]] = {}
        # What is to be shown anew and has not been posted.
        self._updates: dict[int, dict[str, Any]] = {}
        # What was put out before a `clear_output(wait=True)` and has not been posted.
        self._overtaken: list[Piece] = []
        self._clear_waits = False
        # Some code clears in a loop, so that values are held back like text.
        self._is_animated = False
        # What was written since the last batch: the newest text, and what came before a change of
        # the stream. `Stream.write` reads and changes these, as a call would take too long there.
        self.writer = "stdout"
        self.parts: list[str] = []
        self.chars = 0
        self._before: list[Piece] = []
        # A line shows at once, since it often says that something long begins: as long as there is
        # credit, which grows with time and is used up by a flood.
        self.credit = float(CREDIT_LINES)
        self.flushed = perf_counter()
        self.is_timed = False

    def _begin(self) -> None:
        """Counts from nothing: at the begin, and where all that was put out is cleared away."""
        self._printed = {name: _Printed(name) for name in ("stdout", "stderr")}
        self._values = 0
        # Values beyond the most that a run may show: they are counted, and not sent.
        self._left_out = 0
        self._value_bytes = 0
        self._is_too_large = False
        # How often each value that may be shown anew is on the page, and its size.
        self._copies: dict[int, tuple[int, int]] = {}

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
        if loop := asyncio_loop():
            loop.call_later(FLUSH_SECONDS, self._on_time)

    def _on_time(self, is_final: bool = False) -> None:
        self.is_timed = False
        self.drain(is_final)
        # Nothing else may come to post them.
        if any(printed.tail_waits for printed in self._printed.values()) and (loop := asyncio_loop()):
            loop.call_later(TAIL_SECONDS, self._on_time, True)

    def drain(self, is_final: bool = False) -> None:
        """Posts what was printed; with ``is_final`` also the newest tails."""
        # What is printed while a batch is posted comes with the next one.
        if self._is_busy:
            return
        self._is_busy = True
        try:
            self.flushed = perf_counter()
            pieces, overtaken = self._pieces(), self._overtaken
            self._overtaken = []
            if pieces and self._clear_waits:
                self._clear_waits = False
                overtaken = [(CLEAR, True)]
            self._post_pieces([*overtaken, *pieces], is_final)
            updates, self._updates = self._updates, {}
            for display, (bundle, notes) in updates.items():
                self._post_update(display, bundle, notes)
            self._post_states()
        finally:
            self._is_busy = False

    def _pieces(self) -> "list[Piece]":
        """Takes what waits to be posted."""
        self.turn(self.writer)
        pieces, self._before, self.chars = self._before, [], 0
        # A whole line is mostly posted at once, so that what waits is newer than these.
        raw = self._raw and self._raw() or ()
        return [*((name, [text]) for name, text in raw), *pieces]

    def _post_pieces(self, pieces: "list[Piece]", is_final: bool) -> None:
        late: dict[str, list[str]] = {}
        for name, content in pieces:
            if name == CLEAR:
                late.clear()
                self._begin()
                self._post({"kind": "clear", "wait": content})
            elif name == VALUE:
                self._post_tails(late, True)
                self._post_value(content)
            elif self._printed[name].tail_at:
                # Nothing else can come between the lines of a tail.
                late.setdefault(name, []).extend(content)
            else:
                self._take(name, "".join(content))
        self._post_tails(late, is_final)

    def _post_tails(self, late: dict[str, list[str]], is_final: bool) -> None:
        for name, parts in late.items():
            self._take(name, "".join(parts))
        late.clear()
        for printed in self._printed.values():
            if printed.tail_waits and (is_final or self.flushed - printed.tail_at > TAIL_SECONDS):
                self._post_tail(printed)

    def clear(self, wait: bool) -> None:
        """Has all that was put out so far go: at once, or when something comes to take its place."""
        self._is_animated = True
        pieces = self._pieces()
        if not wait:
            # What nobody has seen is never posted.
            self._overtaken, self._updates, self._clear_waits = [], {}, False
            self._before = [(CLEAR, False)]
            return self._post_soon()
        if not self._clear_waits:
            self._overtaken = pieces
        elif pieces:
            self._overtaken = [(CLEAR, True), *pieces]
        self._clear_waits = True

    def _is_cleared(self) -> bool:
        """Whether nothing of what is on the page will stay when the next batch is posted."""
        return self._clear_waits or any(name == CLEAR for name, _ in self._before)

    def _post_soon(self) -> None:
        """Posts a batch, if there is credit for it, and else in a moment."""
        waited = perf_counter() - self.flushed
        if waited > FLUSH_SECONDS or self.credit + waited / FLUSH_SECONDS >= 1:
            self.pay(waited)
        elif not self.is_timed:
            self.remind()

    def is_full(self) -> bool:
        """Whether one value more is only counted. Says so once."""
        if self._values < MOST_VALUES or self._is_cleared():
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

    def show(self, bundle: dict[str, Any], notes: Iterable[str] = (), name: str | None = None) -> None:
        """Posts a MIME bundle, unless :meth:`is_full`; what is binary goes beside the text. By its name
        it can be shown anew.
        """
        if self.is_full():
            return
        notes = [*notes, *_leave_out(bundle)]
        # Where many values follow, what was printed between them is not sent with each.
        is_too_large = self._kept() + _size(bundle) > RUN_BYTES and not self._is_cleared()
        if is_too_large and self._is_too_large:
            return
        display = None
        if name is not None:
            display = self.displays.setdefault(name, len(self.displays) + 1)
        self.turn(self.writer)
        self._before.append((VALUE, (bundle, notes, display)))
        if self._is_animated:
            self._post_soon()
        else:
            self.drain(is_final=True)

    def update(self, name: str, bundle: dict[str, Any], notes: Iterable[str] = ()) -> None:
        """Shows a bundle in the place of those that were shown by this name."""
        display = self.displays.get(name)
        if display is not None:
            self._updates[display] = bundle, [*notes, *_leave_out(bundle)]
            self._post_soon()

    def set_state(self, number: int, moved: bool, own: bool) -> None:
        """Has the page know that this run, or a function of a widget of its cell, has set a state."""
        self._set[number] = moved, own
        if len(self._set) >= MOST_SET:
            self.drain()
        else:
            self._post_soon()

    def _post_states(self) -> None:
        told, self._set = self._set, {}
        for moved, own in dict.fromkeys(told.values()):
            numbers = [number for number, how in told.items() if how == (moved, own)]
            self._post({"kind": "set", "widgets": numbers, "moved": moved, "own": own})

    def _post_value(self, shown: tuple[dict[str, Any], list[str], int | None]) -> None:
        bundle, notes, display = shown
        size = _size(bundle)
        if self._values >= MOST_VALUES:
            self._left_out += 1
            return
        if self._kept() + size > RUN_BYTES:
            return self._say_too_large()
        self._values += 1
        self._value_bytes += size
        for note in notes:
            self._say(note)
        forms, buffers = _forms(bundle)
        message: dict[str, Any] = {"kind": "value", "bundle": forms}
        if display is not None:
            copies, _ = self._copies.get(display, (0, 0))
            self._copies[display] = copies + 1, size
            message["display"] = display
        self._post(message, *buffers)

    def _post_update(self, display: int, bundle: dict[str, Any], notes: list[str]) -> None:
        copies, before = self._copies.get(display, (0, 0))
        size = _size(bundle)
        grows = copies * (size - before)
        if not copies:
            # It was cleared away.
            return
        if grows > 0 and self._kept() + grows > RUN_BYTES:
            return self._say_too_large()
        self._value_bytes += grows
        self._copies[display] = copies, size
        for note in notes:
            self._say(note)
        forms, buffers = _forms(bundle)
        self._post({"kind": "update", "display": display, "bundle": forms}, *buffers)

    def _say_too_large(self) -> None:
        if not self._is_too_large:
            self._is_too_large = True
            self._say(_TOO_LARGE)

    def _take(self, name: str, text: str) -> None:
        printed = self._printed[name]
        added = printed.take(text, RUN_BYTES - self._kept())
        if not added:
            return
        for other in self._printed.values():
            # Where a tail stands is settled when it is first posted.
            if other is not printed and other.tail_waits and not other.tail_at:
                self._post_tail(other)
        for at in range(0, len(added), TEXT_CHARS):
            self._post({"kind": "text", "stream": name, "text": added[at : at + TEXT_CHARS]})

    def _post_tail(self, printed: "_Printed") -> None:
        others = self._kept() - max(printed.tail_bytes, TAIL_BYTES)
        most = max(TAIL_BYTES, min(RUN_BYTES - others, MESSAGE_BYTES))
        hidden, text = printed.tail(most)
        # Some characters are written as several.
        while _written_size(text) > MESSAGE_BYTES:
            most //= 2
            hidden, text = printed.tail(most)
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
        # The lines around it that can be gone back to, nearest last and nearest first.
        self._above: deque[Line] = deque(maxlen=ROWS)
        self._below: deque[Line] = deque()
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
            and not self._below
            and REWRITES.search(text) is None
            and ("\x1b" not in text or all(step[0] == "\n" for step in STEPS.finditer(text)))
        )

    def _begin(self, text: str) -> None:
        """Takes note of the line that plain text ends in."""
        first, *others = text.split("\n")
        self._line.add(first)
        for other in others:
            self._lines += 1
            self._above.append(self._line)
            self._line = Line()
            self._line.add(other)

    def _first(self, text: str) -> tuple[str, str]:
        """What is added to the first lines, and what comes after them."""
        added, at = [], 0
        while self._lines < FIRST_LINES and at < len(text):
            step = STEPS.search(text, at)
            before = self._line.size()
            added.append(self._line.add(text[at : step.start() if step else len(text)]))
            self.head_bytes += self._line.size() - before
            if step is None:
                return "".join(added), ""
            added.append(self._step(step))
            at = step.end()
        return "".join(added), text[at:]

    def _step(self, step: re.Match[str]) -> str:
        """Goes to another line, and gives what has the page go there, too: to that line's end."""
        if step[0] == "\n":
            if self._below:
                self._go(self._below, self._above, 1, 0)
            else:
                self.head_bytes += 1
                self._lines += 1
                self._above.append(self._line)
                self._line = Line()
            return "\n"
        if step[2] == "J":
            added = self._line.add("\x1b[K")
            self._below = deque(Line() for _ in self._below)
            return f"{added}\x1b[J"
        is_up = step[2] in "AF"
        column = self._line.column() if step[2] in "AB" else 0
        lines = (self._above, self._below) if is_up else (self._below, self._above)
        moved = self._go(*lines, max(1, int(step[1] or 1)), column)
        return f"\x1b[{moved}{'A' if is_up else 'B'}" if moved else ""

    def _go(self, there: deque[Line], behind: deque[Line], count: int, column: int) -> int:
        """Goes over so many lines, as far as there are as many; gives how many."""
        count = min(count, len(there))
        is_up = there is self._above
        for _ in range(count):
            (behind.appendleft if is_up else behind.append)(self._line)
            self._line = there.pop() if is_up else there.popleft()
        self._line.go_to(column)
        return count

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


def asyncio_loop() -> Any:
    """The event loop that runs this code, if there is one."""
    asyncio = sys.modules.get("asyncio")
    return asyncio and asyncio._get_running_loop()


def _forms(bundle: dict[str, Any]) -> tuple[dict[str, Any], list[bytes]]:
    buffers: list[bytes] = []
    forms: dict[str, Any] = {}
    for mime, content in bundle.items():
        if isinstance(content, bytes):
            forms[mime] = {"buffer": len(buffers)}
            buffers.append(content)
        else:
            forms[mime] = {"text": content}
    return forms, buffers


def _size(bundle: dict[str, Any]) -> int:
    return sum(map(_size_on_page, bundle.values()))


def _leave_out(bundle: dict[str, Any]) -> list[str]:
    """Takes the largest forms from a bundle until it fits in a message; says which."""
    notes = []
    while len(bundle) > 1 and _size(bundle) > MESSAGE_BYTES:
        mime = max(bundle, key=lambda one: _size_on_page(bundle[one]))
        notes.append(f"[{mime} is left out: all forms of this value together are too large.]")
        del bundle[mime]
    return notes


def _written_size(text: str) -> int:
    """Its size in a message, in bytes."""
    return size_of(text) if len(text) < TEXT_CHARS else size_of(_to_json(text, ensure_ascii=False))


def _size_on_page(content: str | bytes) -> int:
    """The page keeps what is binary as base64."""
    return (len(content) + 2) // 3 * 4 if isinstance(content, bytes) else size_of(content)
