"""Lets ``doctest`` take the functions of a cell with own names for those of ``__main__``."""

import doctest
import inspect
import sys

from .main import everybodys_names

_is_of_module = doctest.DocTestFinder._from_module


def let_find_own_names() -> None:
    """From now on."""
    doctest.DocTestFinder._from_module = _is_of_cells


def _is_of_cells(self, module, object):
    main = sys.modules.get("__main__")
    if inspect.isfunction(object) and module is main:
        return any(object.__globals__ is names for names in (everybodys_names(main), main.__dict__))
    return _is_of_module(self, module, object)
