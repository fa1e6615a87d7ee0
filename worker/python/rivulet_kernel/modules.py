"""Modules that the notebook has written itself: ``Path("helper.py").write_text(…)``, ``import helper``.

Python keeps a module for good, compiles it once, and looks into a folder anew only when the folder's
time has changed. A notebook writes such a file again and again, within one tick of that clock: so the
file is read at every import, and a module whose text has changed is imported anew by the next run that
asks for it.
"""

import linecache
import os
import sys
from importlib.machinery import SOURCE_SUFFIXES, FileFinder, SourceFileLoader
from types import CodeType, ModuleType
from typing import Any

# The file of each such module, and what was in it when it was imported.
_read: dict[str, tuple[str, bytes]] = {}
_folder = ""


class _Loader(SourceFileLoader):
    """Compiles what is in the file now."""

    def get_code(self, fullname: str) -> CodeType:
        path = self.get_filename(fullname)
        data = self.get_data(path)
        _read[fullname] = path, data
        linecache.cache.pop(path, None)
        return self.source_to_code(data, path)


class _Finder(FileFinder):
    """Looks at what is in the folder now."""

    def find_spec(self, fullname: str, target: ModuleType | None = None) -> Any:
        self.invalidate_caches()
        return super().find_spec(fullname, target)


def start() -> None:
    """From now on, for all below the folder that cells run in."""
    global _folder
    _folder = os.getcwd()
    if _find not in sys.path_hooks:
        sys.path_hooks.insert(0, _find)
    for path in list(sys.path_importer_cache):
        if _is_notebooks(path):
            del sys.path_importer_cache[path]


def _find(path: str) -> _Finder:
    if not (_is_notebooks(path) and os.path.isdir(path or ".")):
        raise ImportError("none of the notebook's own folders", path=path)
    return _Finder(path, (_Loader, SOURCE_SUFFIXES))


def _is_notebooks(path: str) -> bool:
    path = os.path.abspath(path)
    if path == os.getcwd() or path == _folder:
        return True
    others = (os.path.abspath(one) for one in sys.path if one)
    return path.startswith(_folder + os.sep) and not any(_is_in(path, one) for one in others if one != _folder)


def _is_in(path: str, folder: str) -> bool:
    return path == folder or path.startswith(folder + os.sep)


def drop_changed() -> None:
    """Lets go of the modules whose files have other contents now, and of those that use them."""
    gone = {_top(name) for name, (path, data) in _read.items() if _contents(path) not in (data, None)}
    if not gone:
        return
    size = 0
    while size < len(gone):
        size = len(gone)
        gone.update(_top(name) for name in _read if _uses(sys.modules.get(name), gone))
    for name in list(_read):
        if _top(name) in gone:
            sys.modules.pop(name, None)
            del _read[name]


def _contents(path: str) -> bytes | None:
    try:
        with open(path, "rb") as file:
            return file.read()
    except OSError:
        return None


def _top(name: str) -> str:
    return name.partition(".")[0]


def _uses(module: ModuleType | None, gone: set[str]) -> bool:
    if module is None:
        return False
    values = list(vars(module).values())
    names = (one.__name__ if isinstance(one, ModuleType) else getattr(one, "__module__", None) for one in values)
    return any(isinstance(name, str) and _top(name) in gone for name in names)
