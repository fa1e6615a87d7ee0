"""Cells as people write them for IPython, as Python of the same number of lines.

Only text that is no Python is looked at. Source of the rules: IPython's `inputtransformer2`. A line that
begins with an escape stands at the begin of a statement; whether it does is found by a small scan of
strings, brackets and comments, which goes on where Python's own would stop at what is no Python yet.
"""

import re
from typing import Iterator

# How a session begins, and what stands before its lines.
_PROMPTS = (
    (re.compile(r">>>( |$)"), re.compile(r"(>>>|\.\.\.)( |$)")),
    (re.compile(r"In \[\d+\]:( |$)"), re.compile(r"(In \[\d+\]:|\s*\.{3,}:)( |$)")),
)
_ASSIGN = re.compile(r"(?P<left>\s*[^\W\d][\w.,\s\[\]*()'\"]*?)=(?P<space>\s*)(?P<sign>%(?=[^\W\d])|!!?)(?P<rest>.*)", re.DOTALL)
_HELP = re.compile(r"(?P<left>[^#'\"]*?)(?P<name>%{0,2}[^\W\d*?][\w*]*(?:\.[\w*]+|\[\d+\])*)(?P<signs>\?\??)\s*(?:#.*)?$", re.DOTALL)
_BARE = re.compile(r"\s*(?:pip|pip3|conda|mamba)\s+(?:install|list|show|freeze|uninstall)\b")
_CELL_MAGIC = re.compile(r"%%(?P<name>[^\W\d][\w.-]*|!)(?P<line>.*)")
_STRING = re.compile(r"[rRbBfFuUtT]{0,2}(\"\"\"|'''|\"|')")
# Magics whose cell is Python that runs in its place.
IN_PLACE = ("time", "timeit", "capture", "prun")


class Cell:
    """A cell as Python, and the magics of its first lines, of which the first is the outermost."""

    def __init__(self, source: str, magics: list[tuple[str, str]]) -> None:
        self.source = source
        self.magics = magics


def to_python(source: str) -> Cell:
    """Reads a cell. What is no Python then is none of IPython's ways of writing either."""
    lines = source.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    lines = _without_prompts(_without_indent(lines))
    magics: list[tuple[str, str]] = []
    at = 0
    while at < len(lines):
        found = _CELL_MAGIC.match(lines[at])
        if not lines[at].strip():
            at += 1
            continue
        if found is None:
            break
        name, line = found["name"], found["line"].strip()
        if name.endswith("?") or line in ("?", "??"):
            break
        if name not in IN_PLACE:
            body = "".join(line + "\n" for line in lines[at + 1 :])
            body = body.removesuffix("\n") if source.endswith(("\n", "\r")) else body
            above = [""] * at
            call = f"get_ipython().run_cell_magic({name!r}, {line!r}, {body!r})"
            return Cell("\n".join([*above, call]), magics)
        magics.append((name, line))
        lines[at] = ""
        at += 1
        lines[at:] = _without_prompts(_without_indent(lines[at:]))
    return Cell("\n".join(_statements(lines)), magics)


def has_prompt(source: str) -> bool:
    """Whether it is a session, which may be Python by chance."""
    return source.lstrip().startswith("In [") and _without_prompts(source.lstrip().split("\n")) != source.lstrip().split("\n")


def _without_indent(lines: list[str]) -> list[str]:
    """Takes off what the first line is indented by, where it is there."""
    first = next((line for line in lines if line.strip()), "")
    indent = first[: len(first) - len(first.lstrip(" \t"))]
    return [line.removeprefix(indent) for line in lines] if indent else lines


def _without_prompts(lines: list[str]) -> list[str]:
    first = next((line for line in lines if line.strip()), "")
    for begin, prompt in _PROMPTS:
        if begin.match(first):
            return [prompt.sub("", line, count=1) for line in lines]
    return lines


def _statements(lines: list[str]) -> Iterator[str]:
    scan = _Scan()
    at = 0
    while at < len(lines):
        line = lines[at]
        if scan.is_at_statement():
            # A magic goes on after a backslash.
            end = at
            while lines[end].endswith("\\") and end + 1 < len(lines):
                end += 1
            first, *more = lines[at : end + 1]
            parts = [first, *(part.strip() for part in more)]
            whole = " ".join([*(part[:-1].rstrip() for part in parts[:-1]), parts[-1]])
            changed = _statement(whole)
            if changed is not None:
                yield changed
                yield from [""] * (end - at)
                at = end + 1
                continue
        scan.take(line)
        yield line
        at += 1


def _statement(line: str) -> str | None:
    """The call that a line stands for; None where it is no escape."""
    text = line.strip()
    indent = line[: len(line) - len(line.lstrip())]
    if not text or text.startswith("#"):
        return None
    if text[0] == "?":
        return indent + _help(text.lstrip("?"), "??" if text.startswith("??") else "?")
    if text[0] in "%!" and text.endswith("?") and not text.startswith("!"):
        return indent + _help(text.rstrip("?"), "??" if text.endswith("??") else "?")
    if text[0] == "!":
        return indent + _command(text)
    if text[0] == "%" and re.match(r"%%?[^\W\d]", text):
        return indent + _magic(text.lstrip("%"))
    if _BARE.match(text):
        return indent + _magic(text)
    found = _ASSIGN.fullmatch(line)
    if found:
        call = _magic(found["rest"].strip()) if found["sign"] == "%" else _command(found["sign"][1:] + found["rest"].strip(), True)
        return f"{found['left']}={found['space']}{call}"
    found = _HELP.fullmatch(line)
    if found:
        return indent + _help(found["name"], found["signs"])
    if text[0] in ",;" and len(text.split()) > 1:
        name, rest = text[1:].split(None, 1)
        return f"{indent}{name}({', '.join(map(repr, rest.split())) if text[0] == ',' else repr(rest)})"
    if text[0] == "/" and re.match(r"/[^\W\d]", text):
        name, _, rest = text[1:].partition(" ")
        return f"{indent}{name}({', '.join(rest.split())})"
    return None


def _magic(text: str) -> str:
    name, _, rest = text.partition(" ")
    if "\t" in name:
        name, _, rest = text.partition("\t")
    return f"get_ipython().run_line_magic({name!r}, {rest.strip()!r})"


def _command(text: str, gives: bool = False) -> str:
    if text.startswith("!!") or gives:
        return f"get_ipython().getoutput({text.lstrip('!').strip()!r})"
    return f"get_ipython().system({text[1:].strip()!r})"


def _help(name: str, signs: str) -> str:
    magic = "pinfo2" if signs == "??" else "psearch" if "*" in name else "pinfo"
    return f"get_ipython().run_line_magic({magic!r}, {name.strip()!r})"


class _Scan:
    """Follows strings, brackets and backslashes from line to line."""

    def __init__(self) -> None:
        self.depth = 0
        self.quote = ""
        self.goes_on = False

    def is_at_statement(self) -> bool:
        """Whether the next line begins a statement."""
        return not self.depth and not self.quote and not self.goes_on

    def take(self, line: str) -> None:
        """Takes in the next line."""
        at, self.goes_on = 0, False
        while at < len(line):
            if self.quote:
                if line[at] == "\\":
                    at += 2
                elif line.startswith(self.quote, at):
                    at += len(self.quote)
                    self.quote = ""
                else:
                    at += 1
                continue
            sign = line[at]
            is_in_name = at > 0 and sign not in "'\"" and (line[at - 1].isalnum() or line[at - 1] == "_")
            begin = None if is_in_name else _STRING.match(line, at)
            if begin:
                self.quote = begin[1]
                at = begin.end()
            elif sign == "#":
                break
            else:
                self.depth = max(0, self.depth + (sign in "([{") - (sign in ")]}"))
                at += 1
        if len(self.quote) == 1 and not line.endswith("\\"):
            # It has not ended, which Python will say.
            self.quote = ""
        self.goes_on = not self.quote and line.endswith("\\")
