"""Packages that the site does not serve: Pyodide's from its CDN, others from the index, by leave of the person.
micropip decides which wheels that means. The page fetches each file, and checks it where its sha256 is known.
"""

import importlib
import importlib.util
import json
import re
from contextlib import suppress
from typing import Any, Iterable
from urllib.parse import urljoin

from . import asking, packages

_NAME = re.compile(r"[-_.]+")
_SHA256 = re.compile(r"[0-9a-fA-F]{64}")


def missing(outside: Iterable[dict[str, Any]]) -> list[str]:
    """What of these is not there yet. A module may be a file of the notebook's."""
    return [one["requirement"] for one in outside if not _is_there(one)]


def _is_there(one: dict[str, Any]) -> bool:
    module = one.get("module")
    if module is None:
        return packages.version_of(one["requirement"]) is not None
    with suppress(ImportError, ValueError):
        return importlib.util.find_spec(module) is not None
    return False


async def prepare(requirements: list[str], asked: dict[str, Any]) -> None:
    """Has what a cell lacks brought before it runs. What only a command such as ``!pip install`` names is no
    failure of the cell's: the command says why it is not there, as a shell does.
    """
    imported = {one["requirement"] for one in asked["outside"] if one.get("module")}
    try:
        await bring(requirements)
    except ImportError:
        if imported.intersection(requirements) or "# /// script" in asked["source"]:
            raise


async def bring(requirements: list[str]) -> None:
    """Has these packages, and what they need, brought and unpacked."""
    try:
        _, body = await asking.ask({"kind": "packages", "names": requirements})
        await _Sources(json.loads(body)).install(requirements)
    except asking.Refused as refused:
        raise ImportError(f"{_listed(requirements)} could not be brought. {refused}") from None


def _listed(requirements: list[str]) -> str:
    return "The package " + requirements[0] if len(requirements) == 1 else "The packages " + ", ".join(requirements)


def normal(name: str) -> str:
    return _NAME.sub("-", name).lower()


class _Sources:
    """Where packages are, and how to get them. ``told`` has Pyodide's lock file, the site's own packages, and
    the addresses of Pyodide's CDN and of the index.
    """

    def __init__(self, told: dict[str, Any]) -> None:
        self.index = told["index"].rstrip("/")
        self.locked = {normal(name): one | {"url": told["cdn"] + one["file_name"]} for name, one in told["lock"].items()}
        for one in told["site"]:
            address = f"packages/{one['file']}?v={one['sha256'][:8]}"
            self.locked[one["name"]] = one | {"file_name": one["wheel"], "url": address}
        # The sha256 of files, as the index says it.
        self.digests: dict[str, str] = {}
        self.refused: asking.Refused | None = None

    async def install(self, requirements: list[str]) -> None:
        await self.load_packages(["micropip"])
        importlib.invalidate_caches()
        from micropip.package_manager import PackageManager

        try:
            await PackageManager(self.layer()).install(requirements)
        except (ValueError, RuntimeError, TypeError) as error:
            # Of what it could not fetch, micropip only says that there is nothing.
            if self.refused is not None:
                raise self.refused from None
            name = re.search(r"metadata for '([^']+)'", str(error))
            why = f"Neither Pyodide nor the index has a package {name[1]}." if name else str(error).split("\n")[0]
            raise asking.Refused("missing", why) from None
        importlib.invalidate_caches()

    def layer(self) -> type:
        """These sources as micropip sees the world."""
        from micropip import package_index
        from micropip._compat import CompatibilityLayer

        sources, usual_index = self, package_index.PYPI_URL.rstrip("/")

        class Loaded:
            @staticmethod
            def to_py() -> dict[str, str]:
                return {}

        class Layer(CompatibilityLayer):
            loadedPackages = Loaded
            lockfile_info: dict[str, str] = {}
            lockfile_packages = sources.locked
            loadPackage = staticmethod(sources.load_packages)
            install = staticmethod(sources.unpack)

            @staticmethod
            async def fetch_bytes(url: str, _options: Any) -> bytes:
                status, _, body = await sources.fetch(url, sources.digests.get(url))
                if status != 200:
                    raise ValueError(f"{url.rsplit('/', 1)[-1]} could not be fetched ({status}).")
                return body

            @staticmethod
            async def fetch_string_and_headers(url: str, _options: Any) -> tuple[str, dict[str, str]]:
                if url.startswith(usual_index):
                    url = sources.index + url.removeprefix(usual_index)
                status, headers, body = await sources.fetch(url)
                if status != 200:
                    raise ValueError(f"the index answered {status}")
                return sources.listing(body, url), {"content-type": "application/vnd.pypi.simple.v1+json"}

            @staticmethod
            def to_js(value: Any, /, **_options: Any) -> Any:
                return value

        return Layer

    async def fetch(self, url: str, sha256: str | None = None) -> tuple[int, dict[str, str], bytes]:
        try:
            told, body = await asking.ask({"kind": "wheel", "url": url, "sha256": sha256})
        except asking.Refused as refused:
            self.refused = self.refused or refused
            raise ValueError(str(refused)) from None
        return told["status"], dict(told["headers"]), body

    def listing(self, body: bytes, url: str) -> str:
        """What the index says of a project, at this address, whose digests are noted. Only files that can be
        checked are in it; their addresses may be relative to the listing's (PEP 691).
        """
        try:
            told = json.loads(body)
            files = told["files"]
            if not isinstance(files, list):
                raise TypeError("files")
        except (ValueError, KeyError, TypeError):
            self.refused = asking.Refused("unreachable", "The index of packages answered with something else than a list of files; perhaps a filter in between did.")
            raise ValueError("no list of files") from None
        told["files"] = known = [file for file in map(self._noted, files, [url] * len(files)) if file is not None]
        wheels = [file for file in files if isinstance(file, dict) and str(file.get("filename")).endswith(".whl")]
        if wheels and not any(str(file["filename"]).endswith(".whl") for file in known):
            sentence = "The index of packages gives no sha256 of the wheels of this package, so that they cannot be checked; they were not fetched."
            self.refused = asking.Refused("forbidden", sentence)
            raise ValueError(sentence)
        return json.dumps(told)

    def _noted(self, file: Any, listing: str) -> dict[str, Any] | None:
        """A file of a listing with its full address; None where it is no file that can be checked."""
        if not isinstance(file, dict) or not all(isinstance(file.get(key), str) for key in ("url", "filename")):
            return None
        hashes = file.get("hashes")
        digest = hashes.get("sha256") if isinstance(hashes, dict) else None
        try:
            address = urljoin(listing, file["url"])
        except ValueError:
            return None
        if not isinstance(digest, str) or not _SHA256.fullmatch(digest):
            return None
        self.digests[address] = digest
        about = file.get("core-metadata")
        about = about.get("sha256") if isinstance(about, dict) else None
        if isinstance(about, str) and _SHA256.fullmatch(about):
            self.digests[address + ".metadata"] = about
        return file | {"url": address}

    async def load_packages(self, names: Iterable[str]) -> None:
        """Brings packages of the lock file or of the site, after those that they need."""
        wanted: dict[str, dict[str, Any]] = {}

        def visit(name: str) -> None:
            name = normal(name)
            one = self.locked.get(name)
            if one is None or name in wanted or packages.version_of(name) is not None:
                return
            wanted[name] = {}
            for needed in one["depends"]:
                visit(needed)
            wanted[name] = wanted.pop(name) | one

        for name in [names] if isinstance(names, str) else names:
            visit(name)
        for one in wanted.values():
            status, _, body = await self.fetch(one["url"], one["sha256"])
            if status != 200:
                raise asking.Refused("unreachable", f"{one['file_name']} could not be fetched: its server answered with status {status}. Try again later.")
            await self.unpack(body, one["file_name"])

    async def unpack(self, body: bytes, filename: str, folder: str = "", metadata: dict[str, str] | None = None) -> None:
        import sysconfig

        import pyodide_js
        from pyodide.ffi import to_js

        await pyodide_js._api.install(to_js(body), filename, folder or sysconfig.get_path("purelib"), metadata)
