"""What the code of cells says to micropip, and which packages Python has.

The page fetches packages before a cell runs: what the cell asks for by name it reads in the code. So there is
mostly nothing left to install here.
"""

import importlib.metadata
import re
from types import ModuleType
from typing import Any, Iterable

from . import imports

_NAME = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?")
_WANTED = re.compile(r"\(?\s*(?:[=~!<>]=|[<>]|===).*")
# What other pages install for Jupyter or for pip itself: nothing here needs it.
_NEEDLESS = {
    "ipykernel", "ipython", "jupyter", "jupyterlab", "nbformat", "notebook", "pip", "piplite", "setuptools", "wheel",
}  # fmt: skip


def version_of(text: str) -> str | None:
    """The version that Python has of the package that a requirement names; None if it has none."""
    name = _NAME.match(text.strip())
    if name is None:
        return None
    try:
        return importlib.metadata.version(name[0])
    except importlib.metadata.PackageNotFoundError:
        return None


def other_version(text: str) -> str | None:
    """Says that Python has another version of a package than a requirement allows; None where it fits."""
    name = _NAME.match(text.strip())
    version = version_of(text)
    wanted = _WANTED.search(text.split(";")[0].split("#")[0])
    if name is None or version is None or wanted is None:
        return None
    if _fits(version, wanted[0]):
        return None
    return (
        f"{name[0]} {version} is there already, and not {wanted[0].strip(' ()')}: Python keeps the version that it has. "
        f"For the other one, write %pip install {text.strip()} into the first cell and restart Python."
    )


def _fits(version: str, wanted: str) -> bool:
    try:
        from packaging.specifiers import SpecifierSet

        return SpecifierSet(wanted.strip(" ()")).contains(version, prereleases=True)
    except Exception:  # no packaging, or no version: only what is pinned can be told then
        pinned = re.fullmatch(r"\(?\s*={2,3}\s*([\w.!+-]+?)(?:\.0)*\s*\)?", wanted.strip())
        return pinned is None or pinned[1] == re.sub(r"(?:\.0)+$", "", version)


def not_here(text: str) -> str:
    """Says that a package is not to be had."""
    if _is_address(text):
        return f"{text} cannot be installed: packages come from this site, by their names."
    name = _NAME.match(text.strip())
    return f"The package {name[0] if name else text} is not here: this site does not have it, or it could not be fetched."


def is_needless(name: str) -> bool:
    """Whether nothing here needs a package of this name."""
    return name.lower().replace("_", "-") in _NEEDLESS


def _is_address(text: str) -> bool:
    return "://" in text or "/" in text or text.startswith(".") or text.endswith((".whl", ".zip", ".gz"))


def start() -> None:
    """Has micropip say what there is."""
    imports.after("micropip", _change)


def _change(micropip: ModuleType) -> None:
    original = micropip.install

    async def install(requirements: str | Iterable[str], *rest: Any, **options: Any) -> None:
        asked = [requirements] if isinstance(requirements, str) else list(requirements)
        files = [text for text in asked if text.startswith("emfs:")]
        missing = [text for text in asked if text not in files and (_is_address(text) or version_of(text) is None)]
        missing = [text for text in missing if not is_needless(text)]
        others = [other for text in asked if text not in files and not is_needless(text) and (other := other_version(text))]
        if others:
            raise ValueError(" ".join(others))
        if any(map(_is_address, missing)):
            raise ValueError(" ".join(map(not_here, missing)))
        if missing:
            from . import outside

            try:
                await outside.bring(missing)
            except ImportError as error:
                raise ValueError(str(error)) from None
        if files:
            await original(files, *rest, **options)

    install.__doc__ = original.__doc__
    micropip.install = install
