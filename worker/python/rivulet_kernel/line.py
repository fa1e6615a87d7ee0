"""A printed line as a terminal shows it: what comes after ``\\r`` or ``\\b`` overwrites what was there.

Source: ECMA-48 (5th edition), 8.3 for the sequences that colour a line, erase it or move in it.
"""

import re
from itertools import groupby

LINE_CHARS = 16 * 1024
# What leaves the line for another: its end, and sequences that go up and down or erase what is below.
STEPS = re.compile("\n|\x1b\\[([0-9]{0,5})([ABEFJ])")
# What goes back over the line, or takes some of it away.
REWRITES = re.compile("[\r\b]|\x1b\\[[0-9;]*[CDGKPX]")
_CUT = f"… [line cut at {LINE_CHARS:,} characters]"
_TOKEN = re.compile(
    # A control sequence; a string such as a title; a short sequence; text.
    "\r|\b|\x1b\\[([0-?]*)[ -/]*([@-~])|\x1b[\\]PX^_][^\x07\x1b]*(?:\x07|\x1b\\\\)?"
    "|\x1b\\[[0-?]*[ -/]*|\x1b[ -/]+.?|\x1b.?|[^\r\b\x1b]+",
    re.DOTALL,
)
_LOOK_CHARS = 80
_LOOK = re.compile("\x1b\\[[0-?]*m")


def size_of(content: str | bytes) -> int:
    """Its size in bytes, a text's as UTF-8."""
    if isinstance(content, bytes) or content.isascii():
        return len(content)
    return len(content.encode("utf-8", "replace"))


class Line:
    """A line that is being printed, up to ``LINE_CHARS`` of what is seen of it."""

    __slots__ = ("text", "_cursor", "_is_cut", "_shown")

    def __init__(self) -> None:
        # Without what was overwritten, but with its colours.
        self.text = ""
        # None at its end, which is where all but rewritten lines are.
        self._cursor: int | None = None
        self._is_cut = False
        self._shown = 0

    def add(self, text: str) -> str:
        """Takes in more of the line. Gives what to add to the part that is shown already, which is a
        carriage return and the whole line where some of that was overwritten.
        """
        if self._cursor is None and REWRITES.search(text) is None:
            return self._append(text)
        before = self.text
        self._rewrite(text)
        if self._shown and self.text.startswith(before) and not self._is_cut:
            added = self.text[len(before) :]
        else:
            # What a longer line left behind is painted over, since nothing else takes it away.
            rest = " " * (self._shown - len(self.text))
            added = ("\r" if self._shown else "") + self.whole() + rest
        self._shown = max(self._shown, len(self.text))
        return added

    def column(self) -> int:
        """Where the next letter goes; colours count as nothing."""
        return len(_bare(self.text)) if self._cursor is None else self._cursor

    def go_to(self, column: int) -> None:
        """Has the next letter go there."""
        self._cursor = None if column == len(_bare(self.text)) else column

    def whole(self) -> str:
        """All that is seen of it."""
        return self.text + _CUT if self._is_cut else self.text

    def size(self) -> int:
        """The bytes of what is seen of it."""
        return size_of(self.whole())

    def is_plain(self) -> bool:
        """Whether more text just follows."""
        return self._cursor is None and not self._is_cut

    def _append(self, text: str) -> str:
        if self._is_cut:
            return ""
        room = LINE_CHARS - len(self.text)
        if len(text) > room:
            self._is_cut = True
            text = text[:room]
        self.text += text
        self._shown = len(self.text)
        return text + _CUT if self._is_cut else text

    def _rewrite(self, text: str) -> None:
        screen = _Screen()
        screen.write(self.text)
        if self._cursor is not None:
            screen.cursor = self._cursor
        screen.write(text)
        self.text = screen.text()
        self._cursor = None if screen.cursor == len(screen.cells) else screen.cursor
        self._is_cut |= screen.is_cut


def _bare(text: str) -> str:
    """A line's text without its colours."""
    return _LOOK.sub("", text) if "\x1b" in text else text


class _Screen:
    """One row of cells, each a character with the sequences of its look before it."""

    def __init__(self) -> None:
        self.cells: list[str] = []
        self.cursor = 0
        self.look = ""
        self.is_cut = False

    def write(self, text: str) -> None:
        if "\x1b" not in text and "\b" not in text:
            # Most lines, and a good deal faster.
            first, *others = text.split("\r")
            self._put(first)
            for other in others:
                self.cursor = 0
                self._put(other)
            return
        for token in _TOKEN.finditer(text):
            written = token[0]
            if written == "\r":
                self.cursor = 0
            elif written == "\b":
                self.cursor = max(0, self.cursor - 1)
            elif written[0] != "\x1b":
                self._put(written)
            elif token[2]:
                self._obey(written, token[1], token[2])

    def _put(self, text: str) -> None:
        if self.cursor > len(self.cells):
            self.cells += " " * (self.cursor - len(self.cells))
        end = self.cursor + len(text)
        self.cells[self.cursor : end] = [self.look + one for one in text] if self.look else text
        if end > LINE_CHARS:
            self.is_cut = True
            del self.cells[LINE_CHARS:]
        self.cursor = min(end, LINE_CHARS)

    def _obey(self, sequence: str, parameters: str, command: str) -> None:
        """A control sequence; those that leave the line do nothing."""
        if command == "m":
            is_reset = parameters.strip("0") == "" or parameters.startswith("0;")
            before = "" if is_reset or len(self.look) > _LOOK_CHARS else self.look
            self.look = "" if parameters.strip("0") == "" else before + sequence
            return
        number = int(parameters) if parameters.isdecimal() and len(parameters) < 6 else 0
        if command == "D":
            self.cursor = max(0, self.cursor - (number or 1))
        elif command in "CG":
            moved = self.cursor + (number or 1) if command == "C" else (number or 1) - 1
            self.cursor = min(moved, LINE_CHARS)
        elif command == "P":
            del self.cells[self.cursor : self.cursor + (number or 1)]
        elif command == "X":
            end = min(self.cursor + (number or 1), len(self.cells))
            self.cells[self.cursor : end] = " " * max(0, end - self.cursor)
        elif command == "K" and number == 0:
            del self.cells[self.cursor :]
        elif command == "K":
            erased = len(self.cells) if number == 2 else min(self.cursor + 1, len(self.cells))
            self.cells[:erased] = " " * erased
            if number == 2:
                self.cells.clear()

    def text(self) -> str:
        """The row, and the look in which it goes on."""
        if not self.look and not any(len(cell) > 1 for cell in self.cells):
            return "".join(self.cells)
        written, last = "", ""
        for look, cells in groupby(self.cells, key=lambda cell: cell[:-1]):
            written += _change(last, look) + "".join(cell[-1] for cell in cells)
            last = look
        return written + _change(last, self.look)


def _change(last: str, look: str) -> str:
    return "" if look == last else ("\x1b[0m" if last else "") + look
