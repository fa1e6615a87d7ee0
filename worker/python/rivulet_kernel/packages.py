"""What the code of cells says to pip and to micropip.

The page fetches packages before a cell runs: what the cell asks for by name it reads in the code. So there is
nothing left to install here, only to say what there is.
"""

import importlib.metadata
import re
import shlex
from types import ModuleType
from typing import Any, Iterable

from . import imports

_NAME = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?")
# Options that a value follows.
_WITH_VALUE = {
    "-r", "--requirement", "-c", "--constraint", "--channel", "-i", "--index-url", "--extra-index-url",
    "-f", "--find-links", "-t", "--target", "-n", "-e", "--editable",
}  # fmt: skip
# What other pages install for Jupyter or for pip itself: nothing here needs it.
_NEEDLESS = {
    "ipykernel", "ipython", "jupyter", "jupyterlab", "nbformat", "notebook", "pip", "piplite", "setuptools", "wheel",
}  # fmt: skip


def pip(line: str) -> None:
    """Does what stands behind ``%pip`` or ``!pip``: ``install -q altair``, ``list``, ``show altair``.
    As with pip's own, a package that is not to be had is said, and the cell goes on.
    """
    try:
        words = shlex.split(line, comments=True)
    except ValueError as error:
        print(f"pip: {error}.")
        return
    command, *rest = [word for word in words if word != "-y"] or ["help"]
    quiet = any(re.fullmatch(r"-[a-zA-Z]*q[a-zA-Z]*|--quiet", word) for word in rest)
    if command == "install":
        for text in _operands(rest):
            _say_installed(text, quiet)
    elif command in ("list", "freeze"):
        for name, version in installed():
            print(f"{name}=={version}" if command == "freeze" else f"{name} {version}")
    elif command == "show":
        for text in _operands(rest):
            _show(text)
    elif command == "uninstall":
        print("There is nothing to uninstall: packages are there until Python is started anew.")
    else:
        print(f"pip {command} does nothing here; pip install, list, freeze and show do.")


def installed() -> list[tuple[str, str]]:
    """The names and versions of the packages that Python has now."""
    found = importlib.metadata.distributions()
    return sorted({(one.name, one.version) for one in found if one.name}, key=lambda one: one[0].lower())


def version_of(text: str) -> str | None:
    """The version that Python has of the package that a requirement names; None if it has none."""
    name = _NAME.match(text.strip())
    if name is None:
        return None
    try:
        return importlib.metadata.version(name[0])
    except importlib.metadata.PackageNotFoundError:
        return None


def not_here(text: str) -> str:
    """Says that a package is not to be had."""
    if _is_address(text):
        return f"{text} cannot be installed: packages come from this site, by their names."
    name = _NAME.match(text.strip())
    return f"The package {name[0] if name else text} is not here: this site does not have it, or it could not be fetched."


def _is_address(text: str) -> bool:
    return "://" in text or "/" in text or text.startswith(".") or text.endswith((".whl", ".zip", ".gz"))


def _operands(words: Iterable[str]) -> Iterable[str]:
    words = iter(words)
    for word in words:
        if word in _WITH_VALUE:
            value = next(words, "")
            if word in ("-r", "--requirement", "-e", "--editable"):
                print(f"pip install {word} {value} does nothing here: write the names of the packages.")
        elif not word.startswith("-"):
            yield word


def _say_installed(text: str, quiet: bool) -> None:
    version = None if _is_address(text) else version_of(text)
    name = _NAME.match(text)
    if version is None and name and name[0].lower().replace("_", "-") in _NEEDLESS:
        if not quiet:
            print(f"{name[0]} is not needed here.")
    elif version is None:
        print(not_here(text))
    elif not quiet:
        print(f"{name[0] if name else text} {version} is here.")


def _show(text: str) -> None:
    if version_of(text) is None:
        print(not_here(text))
        return
    about = importlib.metadata.metadata(_NAME.match(text)[0])
    for key in ("Name", "Version", "Summary", "Home-page", "License"):
        if about.get(key):
            print(f"{key}: {about[key]}")


def start() -> None:
    """Has micropip say what there is."""
    imports.after("micropip", _change)


def _change(micropip: ModuleType) -> None:
    original = micropip.install

    async def install(requirements: str | Iterable[str], *rest: Any, **options: Any) -> None:
        asked = [requirements] if isinstance(requirements, str) else list(requirements)
        files = [text for text in asked if text.startswith("emfs:")]
        missing = [text for text in asked if text not in files and (_is_address(text) or version_of(text) is None)]
        missing = [text for text in missing if text.lower() not in _NEEDLESS]
        if missing:
            raise ValueError(" ".join(map(not_here, missing)))
        if files:
            await original(files, *rest, **options)

    install.__doc__ = original.__doc__
    micropip.install = install
