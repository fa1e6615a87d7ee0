"""Lets ``doctest`` find the names that are a cell's own: they are in no module's dictionary."""

import doctest
import inspect
import sys
from types import ModuleType
from typing import Any

from . import own

_find = doctest.DocTestFinder.find
_is_of_module = doctest.DocTestFinder._from_module


def let_find_own_names() -> None:
    """From now on."""
    doctest.DocTestFinder.find = find
    doctest.DocTestFinder._from_module = _is_of_cells


def find(self, obj, name=None, module=None, globs=None, extraglobs=None):
    main = sys.modules.get("__main__")
    names = {name: value for name, value in own.running().items() if name.isidentifier()}
    if names and main is not None:
        if globs is None and obj is not main and module is None and inspect.getmodule(obj) is main:
            globs = dict(main.__dict__)
        if globs is not None and globs.get("__name__") == "__main__":
            globs = {**globs, **names}
        if obj is main:
            obj = _with_names(main, names)
    return _find(self, obj, name, module, globs, extraglobs)


find.__doc__ = _find.__doc__


def _with_names(main: ModuleType, names: dict[str, Any]) -> ModuleType:
    seen = ModuleType("__main__", main.__doc__)
    seen.__dict__.update(main.__dict__)
    seen.__dict__.update(names)
    return seen


def _is_of_cells(self, module, object):
    main = sys.modules.get("__main__")
    if inspect.isfunction(object) and module is not None and module.__name__ == "__main__":
        return object.__globals__ is main.__dict__
    return _is_of_module(self, module, object)
