"""``%pip`` in a cell. What it names was fetched before the cell ran, where it could be; here it is said
what there is.
"""

import re
import shlex
import sys
from importlib import metadata
from typing import Any

from . import asking, packages
from .errors import UsageError

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")
_WITH_VALUE = {"-r", "--requirement", "-i", "--index-url", "--extra-index-url", "-f", "--find-links", "-t", "--target", "-c", "--constraint"}


def pip(line: str) -> str:
    """Does a command of pip, as far as there is one here; gives its words."""
    words = shlex.split(line, comments=True)
    flags = {word for word in words if word.startswith("-")}
    names = _named(words)
    command = names.pop(0) if names else ""
    if command == "install":
        return _install(names, bool({"-q", "-qq", "-qqq", "--quiet"} & flags))
    if command in ("list", "freeze"):
        known = {one.metadata["Name"]: one.version for one in metadata.distributions()}
        return "".join(f"{name}=={version}\n" for name, version in sorted(known.items(), key=lambda pair: pair[0].lower()))
    if command == "show":
        return "".join(_shown(name) for name in names)
    if command in ("--version", ""):
        return f"Packages are installed by this notebook for Python {sys.version.split()[0]}.\n"
    if command == "uninstall":
        raise UsageError("Packages cannot be taken away here. Restart Python and run only the cells that you need.")
    raise UsageError(f"pip {command} does nothing here. Write %pip install with the names of packages.")


def _named(words: list[str]) -> list[str]:
    names, words = [], list(words)
    while words:
        word = words.pop(0)
        if word in ("-r", "--requirement") and words:
            with open(words.pop(0), encoding="utf-8") as file:
                lines = (line.split("#")[0].strip() for line in file)
                names += [line for line in lines if line and not line.startswith("-")]
        elif word in _WITH_VALUE:
            words[:1] = []
        elif not word.startswith("-"):
            names.append(word)
    return names


def _install(requirements: list[str], is_quiet: bool) -> str:
    if not requirements:
        raise UsageError("Which package is missing: write for instance %pip install tabulate.")
    told, missing = _look(requirements)
    if missing and asking.may_wait():
        # What stands in a block is asked for only here.
        from . import outside

        try:
            asking.run_sync(outside.bring(missing))
        except ImportError as error:
            sys.stderr.write(f"{error}\n")
            return "" if is_quiet else "".join(told)
        told, missing = _look(requirements)
    if missing:
        some = ", ".join(missing)
        sys.stderr.write(f"{some} could not be fetched, so that importing {'it' if len(missing) == 1 else 'them'} fails.\n")
    return "" if is_quiet else "".join(told)


def _look(requirements: list[str]) -> tuple[list[str], list[str]]:
    """What is said of those that are there, and those that are not."""
    told, missing = [], []
    for requirement in requirements:
        found = _NAME.match(requirement)
        if "://" in requirement or found is None:
            raise UsageError(f"{requirement} cannot be installed here: only packages by their name can.")
        name = found[0]
        if packages.is_needless(name):
            continue
        if other := packages.other_version(requirement):
            sys.stderr.write(other + "\n")
            continue
        try:
            told.append(f"{name} {metadata.version(name)} is there.\n")
        except metadata.PackageNotFoundError:
            # Those of Pyodide come without the record that tells a version.
            module = _module_of(name)
            (told if module else missing).append(f"{name} is there.\n" if module else requirement)
    return told, missing


def _module_of(name: str) -> Any:
    from importlib.util import find_spec

    try:
        return find_spec(name.replace("-", "_").lower())
    except (ImportError, ValueError):
        return None


def _shown(name: str) -> str:
    try:
        found = metadata.metadata(name)
    except metadata.PackageNotFoundError:
        return f"{name} is not there.\n"
    return f"Name: {found['Name']}\nVersion: {found['Version']}\nSummary: {found['Summary']}\n"
