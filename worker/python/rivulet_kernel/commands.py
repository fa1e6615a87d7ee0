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
_OPERATORS = {"|", ";", "&&", "||", ">", ">>", "<", "2>", "&"}


class Failure(Exception):
    """A command could not be done; its words are those of the command."""


def run(line: str) -> tuple[str, str, int]:
    """Does a line of commands; gives what they put out, what they complained about, and the last status."""
    out: list[str] = []
    wrong: list[str] = []
    status = 0
    joint = ";"
    for command, next_joint in _commands(_words(line)):
        is_skipped = (joint == "&&" and status) or (joint == "||" and not status)
        if not is_skipped:
            try:
                out.append(_pipe(command))
                status = 0
            except Failure as failure:
                wrong.append(f"{failure}\n")
                status = 1
        joint = next_joint
    return "".join(out), "".join(wrong), status


def _words(line: str) -> list[str]:
    try:
        lexer = shlex.shlex(line, posix=False, punctuation_chars=True)
        lexer.whitespace_split = True
        return list(lexer)
    except ValueError as error:
        raise UsageError(f"This command is not complete: {error}.") from None


def _commands(words: list[str]) -> list[tuple[list[str], str]]:
    found: list[tuple[list[str], str]] = [([], ";")]
    for word in words:
        if word in (";", "&&", "||", "&"):
            found[-1] = found[-1][0], word
            found.append(([], ";"))
        else:
            found[-1][0].append(word)
    return [(command, joint) for command, joint in found if command]


def _pipe(words: list[str]) -> str:
    text, part, target, mode = "", [], None, "w"
    parts = [part]
    words = list(words)
    while words:
        word = words.pop(0)
        if word == "|":
            part = []
            parts.append(part)
        elif word in (">", ">>") and words:
            if part and part[-1] in ("1", "2"):
                part.pop()
            target, mode = _plain(words.pop(0)), "a" if word == ">>" else "w"
        elif word == ">&":
            words[:1] = []
        else:
            part.append(word)
    for part in parts:
        text = _one([argument for word in part for argument in _expand(word)], text)
    if target is None or target == "/dev/null":
        return "" if target else text
    with _told(target), open(target, mode, encoding="utf-8") as file:
        file.write(text)
    return ""


def _plain(word: str) -> str:
    return shlex.split(word)[0] if word else word


def _expand(word: str) -> list[str]:
    if word[:1] == "'":
        return [_plain(word)]
    word = os.path.expandvars(word)
    plain = "".join(shlex.split(word)) if not word.startswith('"') else _plain(word)
    if plain.startswith("~"):
        plain = os.path.expanduser(plain)
    if word[:1] != '"' and any(sign in plain for sign in "*?["):
        return sorted(glob.glob(plain)) or [plain]
    return [plain]


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
    options = [word for word in rest if word.startswith("-") and len(word) > 1]
    return command([word for word in rest if word not in options], options, text)


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
    return any(letter in option for option in options if not option.startswith("--"))


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
        lines += [_listed(os.path.join(folder, name), name, options) for name in inside]
    return "".join(line + "\n" for line in lines)


def _listed(path: str, name: str, options: list[str]) -> str:
    if not _has(options, "l"):
        return name + ("/" if _has(options, "F") and os.path.isdir(path) else "")
    about = os.lstat(path)
    at = datetime.datetime.fromtimestamp(about.st_mtime)
    return f"{'d' if os.path.isdir(path) else '-'} {about.st_size:>10} {at:%Y-%m-%d %H:%M} {name}"


def _read(name: str, command: str) -> str:
    with _told(f"{command}: {name}"), open(name, encoding="utf-8", errors="replace") as file:
        return file.read()


def _texts(names: list[str], text: str, command: str) -> str:
    return "".join(_read(name, command) for name in names) if names else text


def _part(take: Callable[[list[str], int], list[str]], command: str) -> Callable:
    def show(names: list[str], options: list[str], text: str) -> str:
        count = 10
        names = list(names)
        for option in options:
            number = option.lstrip("-n")
            if number.isdigit():
                count = int(number)
            elif option == "-n" and names and names[0].isdigit():
                count = int(names.pop(0))
        parts = [(name, _read(name, command)) for name in names] or [("", text)]
        shown = ["".join(take(whole.splitlines(keepends=True), count)) for _, whole in parts]
        if len(parts) > 1:
            return "\n".join(f"==> {name} <==\n{one}" for (name, _), one in zip(parts, shown))
        return shown[0]

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
    flags = {"-n", "-e", "-ne", "-en"}
    said = " ".join([*(option for option in options if option not in flags), *words])
    if any("e" in option for option in flags & set(options)):
        said = said.encode("latin-1", "backslashreplace").decode("unicode_escape")
    return said + ("" if any("n" in option for option in flags & set(options)) else "\n")


def _mkdir(names: list[str], options: list[str], text: str) -> str:
    for name in names:
        with _told(f"mkdir: cannot create directory '{name}'"):
            os.makedirs(name, exist_ok=True) if _has(options, "p") or "--parents" in options else os.mkdir(name)
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
    pattern = re.compile(names[0], re.IGNORECASE if _has(options, "i") else 0)
    whole = _texts(names[1:], text, "grep")
    found = [line for line in whole.splitlines() if bool(pattern.search(line)) != _has(options, "v")]
    if _has(options, "c"):
        return f"{len(found)}\n"
    return "".join(line + "\n" for line in found)


def _find(names: list[str], options: list[str], text: str) -> str:
    pattern = "*"
    names = list(names)
    if "-name" in options and names:
        pattern = names.pop()
    found = []
    for top in names or ["."]:
        for folder, folders, files in os.walk(top):
            folders.sort()
            found += [os.path.join(folder, name) for name in sorted(files) if fnmatch.fnmatch(name, pattern)]
    return "".join(line + "\n" for line in found)


def _unpack(names: list[str], options: list[str], text: str) -> str:
    if not names:
        raise Failure("Which archive is missing.")
    target = names[1] if len(names) > 1 and (_has(options, "d") or _has(options, "C")) else "."
    try:
        extra = {"filter": "data"} if not names[0].endswith(".zip") else {}
        shutil.unpack_archive(names[0], target, **extra)
    except (OSError, ValueError, shutil.ReadError) as error:
        raise Failure(f"{names[0]}: {error}") from None
    return ""


def _python(names: list[str], options: list[str], text: str) -> str:
    if "-m" in options and names[:1] == ["pip"]:
        from . import pip

        return pip.pip(" ".join([*names[1:], *(option for option in options if option != "-m")]))
    if {"--version", "-V"} & set(options):
        return f"Python {sys.version.split()[0]}\n"
    raise UsageError("No second Python can be started in a browser. Use %run file.py, or put the code into a cell.")


def _pip(names: list[str], options: list[str], text: str) -> str:
    from . import pip

    return pip.pip(" ".join([*names, *options]))


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
    "cat": lambda names, _, text: _texts(names, text, "cat"),
    "head": _part(lambda lines, count: lines[:count], "head"),
    "tail": _part(lambda lines, count: lines[-count:] if count else [], "tail"),
    "wc": _wc,
    "echo": _echo,
    "mkdir": _mkdir,
    "rm": _rm,
    "rmdir": lambda names, options, text: _rm(names, ["-r"], text),
    "cp": _transfer("cp"),
    "mv": _transfer("mv"),
    "touch": _touch,
    "grep": _grep,
    "find": _find,
    "sort": lambda names, options, text: "".join(
        sorted((line + "\n" for line in _texts(names, text, "sort").splitlines()), reverse=_has(options, "r"))
    ),
    "unzip": _unpack,
    "tar": _unpack,
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
