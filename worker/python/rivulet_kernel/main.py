"""``__main__``: the module of what cells define.

While a cell with names of its own runs, whoever asks the module for its names is shown these, too:
``pickle``, ``unittest``, ``dataclasses``, ``typing`` and others find them so.
"""

import sys
from types import ModuleType
from typing import Any

_NAMES = f"{__package__}.names"
_dict_of = vars(ModuleType)["__dict__"].__get__


def everybodys_names(main: ModuleType) -> dict[str, Any]:
    """The module's own dictionary."""
    return _dict_of(main)


class Main(ModuleType):
    """The module, as user code sees it."""

    @property
    def __dict__(self) -> dict[str, Any]:
        own = _own_names()
        return own.all_names() if own else _dict_of(self)

    def __getattr__(self, name: str) -> Any:
        names = sys.modules.get(_NAMES)
        found = names.found(name, self) if names else self
        if found is self:
            raise AttributeError(f"module '__main__' has no attribute {name!r}")
        return found

    def __setattr__(self, name: str, value: Any) -> None:
        own = _own_names()
        if not (own and own.set(name, value)):
            super().__setattr__(name, value)

    def __delattr__(self, name: str) -> None:
        own = _own_names()
        if not (own and own.delete(name)):
            super().__delattr__(name)

    def __dir__(self) -> list[str]:
        return list(self.__dict__)


def _own_names() -> Any:
    names = sys.modules.get(_NAMES)
    return names.current() if names else None
