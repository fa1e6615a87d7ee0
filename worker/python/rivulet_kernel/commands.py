"""The few commands of a system shell that notebooks use, done by Python itself: there is no other program
in a browser. What is not here says so in one sentence.
"""

import datetime
import fnmatch
import glob
import os
import re
import shlex
import shutil
import sys
from dataclasses import dataclass, field
from typing import Any, Callable

from .errors import UsageError

_NO_NETWORK = "fetches from the web by a program, and there are none in a browser. Fetch it with Python, for instance urllib.request.urlretrieve(address, name), or add the file to this notebook."
_NO_INSTALL = "installs programs, and there are none in a browser. Python packages are installed by %pip install."
# Commands that are no use here, and what to do instead.
_INSTEAD = {
    "wget": _NO_NETWORK, "curl": _NO_NETWORK, "gdown": _NO_NETWORK, "kaggle": _NO_NETWORK,
    "git": "is a program, and there are none in a browser. Download the files yourself and add them to this notebook.",
    "apt": _NO_INSTALL, "apt-get": _NO_INSTALL, "brew": _NO_INSTALL, "sudo": _NO_INSTALL, "npm": _NO_INSTALL, "conda": _NO_INSTALL,
    "nvidia-smi": "looks for a graphics card, which Python in a browser cannot use.",
    "jupyter": "is Jupyter's own program; nothing of it is needed here.",
}
_JOINTS = re.compile(r"&&|\|\||;|\||&(?!>)")
_REDIRECTION = re.compile(r"(&|\d)?(>>|>&|>|<)")


class Failure(Exception):
    """A command could not be done; its words are those of the command."""


def run(line: str) -> tuple[str, str, int]:
    """Does a line of commands; gives what they put out, what they complained about, and the last status."""
    out: list[str] = []
    wrong: list[str] = []
    status = 0
    joint = ";"
    for pipe, next_joint in _read_line(line):
        is_skipped = (joint == "&&" and status) or (joint == "||" and not status)
        if not is_skipped:
            status = _pipe(pipe, out, wrong)
        joint = next_joint
    return "".join(out), "".join(wrong), status


class Word:
    """A word in parts, each with the quote around it."""

    def __init__(self) -> None:
        self.parts: list[tuple[str, str]] = []

    def add(self, text: str, quote: str) -> None:
        """Adds a part."""
        self.parts.append((text, quote))

    def expand(self) -> list[str]:
        """What it stands for: variables and ``~`` are put in, and names of files for what fits them."""
        plain, pattern, is_pattern = "", "", False
        for at, (text, quote) in enumerate(self.parts):
            if quote != "'":
                text = os.path.expandvars(text)
            if at == 0 and not quote and text.startswith("~"):
                text = os.path.expanduser(text)
            plain += text
            pattern += glob.escape(text) if quote else text
            is_pattern |= not quote and any(sign in text for sign in "*?[")
        return (sorted(glob.glob(pattern)) if is_pattern else []) or [plain]


@dataclass
class Command:
    """One command with its redirections: which descriptor, how, and to where."""

    words: list[Word] = field(default_factory=list)
    redirections: list[tuple[str, str, Word]] = field(default_factory=list)


def _read_line(line: str) -> list[tuple[list[Command], str]]:
    """The commands that are joined by pipes, and what joins these to the next."""
    found: list[tuple[list[Command], str]] = []
    pipe = [Command()]
    waiting: tuple[str, str] | None = None
    at = 0

    def end(joint: str) -> None:
        nonlocal pipe
        if waiting is not None:
            raise UsageError(f"This command is not complete: after {waiting[1]} the name of a file is missing.")
        if joint == "|":
            pipe.append(Command())
            return
        if any(one.words or one.redirections for one in pipe):
            found.append((pipe, joint))
        pipe = [Command()]

    while at < len(line):
        if line[at].isspace():
            at += 1
        elif line[at] == "#":
            break
        elif line[at] == "!" and not pipe[-1].words and waiting is None:
            # Each line of a notebook begins so; within one it is written by habit.
            at += 1
        elif arrow := _REDIRECTION.match(line, at):
            if waiting is not None:
                end(";")
            waiting = arrow[1] or ("0" if arrow[2] == "<" else "1"), arrow[2]
            at = arrow.end()
        elif joint := _JOINTS.match(line, at):
            end(joint[0])
            at = joint.end()
        else:
            word, at = _word(line, at)
            if waiting is not None:
                pipe[-1].redirections.append((*waiting, word))
                waiting = None
            else:
                pipe[-1].words.append(word)
    end(";")
    return found


def _word(line: str, at: int) -> tuple[Word, int]:
    word, plain = Word(), ""
    while at < len(line) and not line[at].isspace() and line[at] not in "|;&<>":
        sign = line[at]
        if sign == "`" or line.startswith("$(", at):
            raise UsageError("A command within a command cannot be done here: write the two as cells of their own, or use Python.")
        if sign not in "\\'\"":
            plain += sign
            at += 1
            continue
        word.add(plain, "")
        plain = ""
        if sign == "\\":
            word.add(line[at + 1 : at + 2] or sign, "'")
            at += 2
        else:
            at = _quoted(line, at, word)
    word.add(plain, "")
    word.parts = [part for part in word.parts if part[0] or part[1]]
    return word, at


def _quoted(line: str, at: int, word: Word) -> int:
    quote, text = line[at], ""
    at += 1
    while at < len(line) and line[at] != quote:
        if quote == '"' and line[at] == "\\" and line[at + 1 : at + 2] in ("$", "`", '"', "\\"):
            word.add(text, quote)
            word.add(line[at + 1], "'")
            text, at = "", at + 2
            continue
        text += line[at]
        at += 1
    if at >= len(line):
        raise UsageError(f"This command is not complete: the quotation mark {quote} is not closed. Write \\{quote} for the sign itself.")
    word.add(text, quote)
    return at + 1


def _pipe(pipe: list[Command], out: list[str], wrong: list[str]) -> int:
    text, status = "", 0
    for command in pipe:
        through: list[str] = []
        text, status = _directed(command, text, through, wrong)
        text = "".join(through)
    out.append(text)
    return status


def _directed(command: Command, text: str, out: list[str], wrong: list[str]) -> tuple[str, int]:
    """Does a command; puts what it gives and what it complains about where its redirections say."""
    said, complaint, status = "", "", 0
    # A list to add to, or the name of a file.
    targets: dict[str, Any] = {"1": out, "2": wrong}
    try:
        for descriptor, arrow, word in command.redirections:
            target = "".join(word.expand())
            if arrow == "<":
                text = _read(target, "<")
            elif arrow == ">&" and target in targets:
                targets[descriptor] = targets[target]
            else:
                if target != "/dev/null":
                    with _told(target), open(target, "a" if arrow == ">>" else "w", encoding="utf-8"):
                        pass
                for one in "12" if descriptor == "&" or arrow == ">&" else descriptor:
                    targets[one] = target
        said = _one([argument for word in command.words for argument in word.expand()], text)
    except Failure as failure:
        complaint, status = f"{failure}\n" if str(failure) else "", 1
    for content, target in ((said, targets["1"]), (complaint, targets["2"])):
        if isinstance(target, list):
            target.append(content)
        elif content and target != "/dev/null":
            with open(target, "a", encoding="utf-8") as file:
                file.write(content)
    return text, status


# The options of each command: letters, and letters that a value follows. What is in none of both is refused.
_OPTIONS = {
    "ls": ("laAdF1htSr", ""), "dir": ("laAdF1htSr", ""), "cat": ("n", ""), "head": ("q", "n"), "tail": ("q", "n"), "wc": ("lwc", ""),
    "mkdir": ("p", ""), "rm": ("rRf", ""), "cp": ("rRapf", ""), "mv": ("f", ""), "grep": ("ivcnEFwqlhH", ""), "sort": ("nruf", ""),
    "unzip": ("oq", "d"), "tar": ("xztjJv", "fC"),
}  # fmt: skip
_LONG = {
    "--recursive": "r", "--force": "f", "--parents": "p", "--lines": "n", "--ignore-case": "i", "--count": "c", "--all": "a",
    "--invert-match": "v", "--line-number": "n", "--unique": "u", "--reverse": "r", "--numeric-sort": "n", "--extract": "x", "--file": "f",
}  # fmt: skip
# Those that read their arguments themselves.
_RAW = {"echo", "python", "python3", "pip", "pip3", "find"}


def _one(arguments: list[str], text: str) -> str:
    if not arguments:
        return text
    name, *rest = arguments
    if "=" in name and name.split("=")[0].isidentifier():
        os.environ.__setitem__(*name.split("=", 1))
        return _one(rest, text)
    if name in _INSTEAD:
        raise UsageError(f"{name} {_INSTEAD[name]}")
    command = _COMMANDS.get(name)
    if command is None:
        raise UsageError(
            f"{name} is a program, and there are none in a browser. "
            f"These commands are done by Python here: {', '.join(sorted(_COMMANDS))}."
        )
    if name in _RAW:
        return command(rest, [], text)
    if name == "tar" and rest and rest[0][:1] != "-":
        rest[0] = "-" + rest[0]
    return command(*_sorted_out(name, rest), text)


def _sorted_out(name: str, arguments: list[str]) -> tuple[list[str], list[str]]:
    """The names among arguments, and the options: each ``-x``, or ``-x`` with its value."""
    letters, with_value = _OPTIONS.get(name, ("", ""))
    names: list[str] = []
    options: list[str] = []
    arguments = list(arguments)
    while arguments:
        word = arguments.pop(0)
        if word == "--":
            return names + arguments, options
        if word[:1] != "-" or len(word) < 2:
            names.append(word)
            continue
        if name in ("head", "tail") and word[1:].isdecimal():
            options.append("-n" + word[1:])
            continue
        long, _, value = word.partition("=")
        rest = _LONG.get(long, "-") + value if word.startswith("--") else word[1:]
        while rest:
            letter, rest = rest[0], rest[1:]
            if letter in with_value:
                if not rest and not arguments:
                    raise UsageError(f"{name} -{letter} needs a value.")
                options.append(f"-{letter}{rest or arguments.pop(0)}")
                break
            if letter not in letters:
                known = ", ".join(f"-{one}" for one in letters + with_value)
                option = word if word.startswith("--") else f"-{letter}"
                raise UsageError(f"{name} {option} is not done here; the options of {name} are {known}." if known else f"{name} takes no options here; {option} is one.")
            options.append(f"-{letter}")
    return names, options


def _value(options: list[str], letter: str) -> str | None:
    return next((option[2:] for option in reversed(options) if option[1] == letter), None)


class _told:
    """Says what is wrong with a file as a command does."""

    def __init__(self, name: str) -> None:
        self._name = name

    def __enter__(self) -> None:
        pass

    def __exit__(self, kind: Any, error: Any, trace: Any) -> None:
        if isinstance(error, OSError):
            raise Failure(f"{self._name}: {error.strerror or error}") from None


def _has(options: list[str], letter: str) -> bool:
    return any(option[1] == letter for option in options)


def _ls(names: list[str], options: list[str], text: str) -> str:
    shown = []
    folders = []
    for name in names or ["."]:
        if not os.path.lexists(name):
            raise Failure(f"ls: cannot access '{name}': No such file or directory")
        (folders if os.path.isdir(name) and not _has(options, "d") else shown).append(name)
    lines = [_listed(name, name, options) for name in shown]
    for folder in folders:
        if len(folders) > 1 or shown:
            lines += [""] * bool(lines) + [f"{folder}:"]
        inside = sorted(name for name in os.listdir(folder) if _has(options, "a") or _has(options, "A") or not name.startswith("."))
        if _has(options, "t"):
            inside.sort(key=lambda name: -os.lstat(os.path.join(folder, name)).st_mtime)
        if _has(options, "S"):
            inside.sort(key=lambda name: -os.lstat(os.path.join(folder, name)).st_size)
        if _has(options, "r"):
            inside.reverse()
        lines += [_listed(os.path.join(folder, name), name, options) for name in inside]
    return "".join(line + "\n" for line in lines)


def _listed(path: str, name: str, options: list[str]) -> str:
    if not _has(options, "l"):
        return name + ("/" if _has(options, "F") and os.path.isdir(path) else "")
    about = os.lstat(path)
    at = datetime.datetime.fromtimestamp(about.st_mtime)
    return f"{'d' if os.path.isdir(path) else '-'} {_size(about.st_size) if _has(options, 'h') else about.st_size:>10} {at:%Y-%m-%d %H:%M} {name}"


def _size(size: float) -> str:
    for unit in ("", "K", "M"):
        if size < 1024:
            return f"{size:.3g}{unit}"
        size /= 1024
    return f"{size:.3g}G"


def _read(name: str, command: str) -> str:
    with _told(f"{command}: {name}"), open(name, encoding="utf-8", errors="replace") as file:
        return file.read()


def _texts(names: list[str], text: str, command: str) -> str:
    return "".join(_read(name, command) for name in names) if names else text


def _cat(names: list[str], options: list[str], text: str) -> str:
    whole = _texts(names, text, "cat")
    if not _has(options, "n"):
        return whole
    return "".join(f"{number:>6}\t{line}" for number, line in enumerate(whole.splitlines(keepends=True), 1))


def _part(take: Callable[[list[str], int, str], list[str]], command: str) -> Callable:
    def show(names: list[str], options: list[str], text: str) -> str:
        asked = _value(options, "n") or "10"
        if not re.fullmatch(r"[+-]?\d+", asked):
            raise Failure(f"{command}: invalid number of lines: '{asked}'")
        count, sign = int(asked.lstrip("+-")), asked[0]
        parts = [(name, _read(name, command)) for name in names] or [("", text)]
        shown = ["".join(take(whole.splitlines(keepends=True), count, sign)) for _, whole in parts]
        if len(parts) > 1 and not _has(options, "q"):
            return "\n".join(f"==> {name} <==\n{one}" for (name, _), one in zip(parts, shown))
        return "".join(shown)

    return show


def _wc(names: list[str], options: list[str], text: str) -> str:
    lines = []
    for name in names or [""]:
        whole = _read(name, "wc") if name else text
        counts = {"l": whole.count("\n"), "w": len(whole.split()), "c": len(whole.encode())}
        wanted = [letter for letter in counts if _has(options, letter)] or list(counts)
        lines.append(" ".join([*(str(counts[letter]) for letter in wanted), name]).rstrip())
    return "".join(line + "\n" for line in lines)


def _echo(words: list[str], options: list[str], text: str) -> str:
    words, flags = list(words), ""
    while words and re.fullmatch("-[neE]+", words[0]):
        flags += words.pop(0)
    said = " ".join(words)
    if "e" in flags:
        said = said.encode("latin-1", "backslashreplace").decode("unicode_escape")
    return said + ("" if "n" in flags else "\n")


def _mkdir(names: list[str], options: list[str], text: str) -> str:
    for name in names:
        with _told(f"mkdir: cannot create directory '{name}'"):
            os.makedirs(name, exist_ok=True) if _has(options, "p") else os.mkdir(name)
    return ""


def _rm(names: list[str], options: list[str], text: str) -> str:
    for name in names:
        if not os.path.lexists(name):
            if _has(options, "f"):
                continue
            raise Failure(f"rm: cannot remove '{name}': No such file or directory")
        with _told(f"rm: cannot remove '{name}'"):
            if os.path.isdir(name) and not os.path.islink(name):
                if not (_has(options, "r") or _has(options, "R")):
                    raise Failure(f"rm: cannot remove '{name}': Is a directory")
                shutil.rmtree(name)
            else:
                os.remove(name)
    return ""


def _rmdir(names: list[str], options: list[str], text: str) -> str:
    for name in names:
        with _told(f"rmdir: failed to remove '{name}'"):
            os.rmdir(name)
    return ""


def _transfer(command: str) -> Callable:
    def do(names: list[str], options: list[str], text: str) -> str:
        if len(names) < 2:
            raise Failure(f"{command}: missing destination")
        *sources, target = names
        for source in sources:
            with _told(f"{command}: '{source}'"):
                if command == "mv":
                    shutil.move(source, target)
                elif os.path.isdir(source):
                    into = os.path.join(target, os.path.basename(source.rstrip("/"))) if os.path.isdir(target) else target
                    shutil.copytree(source, into, dirs_exist_ok=True)
                else:
                    shutil.copy2(source, target)
        return ""

    return do


def _touch(names: list[str], options: list[str], text: str) -> str:
    for name in names:
        with _told(f"touch: '{name}'"), open(name, "a", encoding="utf-8"):
            os.utime(name)
    return ""


def _grep(names: list[str], options: list[str], text: str) -> str:
    if not names:
        raise Failure("grep: what to look for is missing")
    sought, *files = names
    sought = re.escape(sought) if _has(options, "F") else sought
    try:
        pattern = re.compile(rf"\b(?:{sought})\b" if _has(options, "w") else sought, re.IGNORECASE if _has(options, "i") else 0)
    except re.error as error:
        raise Failure(f"grep: {sought}: {error}") from None
    is_named = (len(files) > 1 or _has(options, "H")) and not _has(options, "h")
    told, is_any = "", False
    for file in files or [""]:
        lines = enumerate((_read(file, "grep") if file else text).splitlines(), 1)
        found = [(number, line) for number, line in lines if bool(pattern.search(line)) != _has(options, "v")]
        is_any |= bool(found)
        before = f"{file}:" if is_named and file else ""
        if _has(options, "q"):
            continue
        if _has(options, "l"):
            told += f"{file or '(standard input)'}\n" * bool(found)
        elif _has(options, "c"):
            told += f"{before}{len(found)}\n"
        else:
            told += "".join(f"{before}{f'{number}:' if _has(options, 'n') else ''}{line}\n" for number, line in found)
    if not is_any and not told:
        raise Failure("")
    return told


def _sort(names: list[str], options: list[str], text: str) -> str:
    def key(line: str) -> Any:
        folded = line.upper() if _has(options, "f") else line
        if not _has(options, "n"):
            return folded
        number = re.match(r"\s*(-?\d*\.?\d+)", line)
        return float(number[1]) if number else 0.0

    lines = _texts(names, text, "sort").splitlines()
    lines.sort()
    lines.sort(key=key, reverse=_has(options, "r"))
    if _has(options, "u"):
        lines = list({key(line): line for line in reversed(lines)}.values())[::-1]
    return "".join(line + "\n" for line in lines)


def _find(names: list[str], options: list[str], text: str) -> str:
    tops, tests = [], {}
    words = list(names)
    while words:
        word = words.pop(0)
        if word[:1] != "-":
            tops.append(word)
        elif word in ("-name", "-type") and words:
            tests[word] = words.pop(0)
        else:
            raise UsageError(f"find {word} is not done here; its options are -name and -type, each with a value.")
    found = []
    for top in tops or ["."]:
        if not os.path.lexists(top):
            raise Failure(f"find: '{top}': No such file or directory")
        kinds = {"f": os.path.isfile, "d": os.path.isdir}
        inside = [top]
        for folder, folders, files in os.walk(top):
            folders.sort()
            inside += [os.path.join(folder, name) for name in sorted([*folders, *files])]
        for path in inside:
            fits = fnmatch.fnmatch(os.path.basename(path), tests.get("-name", "*"))
            if fits and kinds.get(tests.get("-type", ""), os.path.lexists)(path):
                found.append(path)
    return "".join(line + "\n" for line in found)


def _tar(names: list[str], options: list[str], text: str) -> str:
    import tarfile

    archive = _value(options, "f")
    if archive is None:
        raise UsageError("Write tar xf with the name of the archive, for instance !tar xzf data.tgz.")
    if _has(options, "t") == _has(options, "x"):
        raise UsageError("tar unpacks (x) or lists (t) here; archives are made by Python's module tarfile.")
    if names:
        raise UsageError("Only the whole archive can be unpacked here; for a part of it use Python's module tarfile.")
    try:
        with tarfile.open(archive) as opened:
            inside = opened.getnames()
            if _has(options, "x"):
                opened.extractall(_value(options, "C") or ".", filter="data")
    except (OSError, tarfile.TarError) as error:
        raise Failure(f"tar: {archive}: {getattr(error, 'strerror', None) or error}") from None
    return "".join(name + "\n" for name in inside) if _has(options, "t") or _has(options, "v") else ""


def _unzip(names: list[str], options: list[str], text: str) -> str:
    if len(names) != 1:
        raise UsageError("Write unzip with the name of one archive, for instance !unzip data.zip -d folder.")
    try:
        shutil.unpack_archive(names[0], _value(options, "d") or ".", "zip")
    except (OSError, ValueError, shutil.ReadError) as error:
        raise Failure(f"{names[0]}: {getattr(error, 'strerror', None) or error}") from None
    return ""


def _python(names: list[str], options: list[str], text: str) -> str:
    if names[:2] == ["-m", "pip"]:
        return _pip(names[2:], options, text)
    if names and names[0] in ("--version", "-V"):
        return f"Python {sys.version.split()[0]}\n"
    raise UsageError("No second Python can be started in a browser. Use %run file.py, or put the code into a cell.")


def _pip(names: list[str], options: list[str], text: str) -> str:
    from . import pip

    return pip.pip(shlex.join(names))


def _which(names: list[str], options: list[str], text: str) -> str:
    return "".join(f"{name}: done by Python\n" for name in names if name in _COMMANDS)


def _sleep(names: list[str], options: list[str], text: str) -> str:
    import time

    time.sleep(float(names[0]) if names else 0)
    return ""


_COMMANDS: dict[str, Callable[[list[str], list[str], str], str]] = {
    "ls": _ls,
    "dir": _ls,
    "pwd": lambda *_: os.getcwd() + "\n",
    "cat": _cat,
    "head": _part(lambda lines, count, sign: lines[: len(lines) - count if sign == "-" and count < len(lines) else 0 if sign == "-" else count], "head"),
    "tail": _part(lambda lines, count, sign: lines[max(count - 1, 0) :] if sign == "+" else lines[-count:] if count else [], "tail"),
    "wc": _wc,
    "echo": _echo,
    "mkdir": _mkdir,
    "rm": _rm,
    "rmdir": _rmdir,
    "cp": _transfer("cp"),
    "mv": _transfer("mv"),
    "touch": _touch,
    "grep": _grep,
    "find": _find,
    "sort": _sort,
    "unzip": _unzip,
    "tar": _tar,
    "date": lambda *_: f"{datetime.datetime.now():%a %b %d %H:%M:%S %Y}\n",
    "which": _which,
    "whoami": lambda *_: "pyodide\n",
    "sleep": _sleep,
    "true": lambda *_: "",
    "clear": lambda *_: "",
    "python": _python,
    "python3": _python,
    "pip": _pip,
    "pip3": _pip,
    "env": lambda *_: "".join(f"{name}={value}\n" for name, value in sorted(os.environ.items())),
    "export": lambda names, *_: _one(names, "") if names else "",
}
