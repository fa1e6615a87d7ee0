"""Stands for IPython where the real one is not there: its names for what a notebook can do here.

Notebooks import ``IPython.display`` and a few modules beside it. They are made when they are imported, and
looked for after everything that is really there.
"""

import importlib
import sys
from importlib.machinery import ModuleSpec
from types import ModuleType
from typing import Any

VERSION = (9, 0, 0)

_DISPLAY = ("display_objects", "displays")
# The modules that there are, and those of ours that have their names.
_MODULES: dict[str, tuple[str, ...]] = {
    "IPython": (),
    "IPython.display": _DISPLAY,
    "IPython.core": (),
    "IPython.core.display": _DISPLAY,
    "IPython.core.display_functions": _DISPLAY,
    "IPython.core.error": ("errors",),
    "IPython.core.getipython": ("shell",),
    "IPython.core.interactiveshell": ("shell",),
    "IPython.core.magic": ("registry",),
    "IPython.core.magics": (),
    "IPython.lib": (),
    "IPython.lib.display": _DISPLAY,
    "IPython.lib.pretty": ("pretty",),
    "IPython.terminal": (),
    "IPython.terminal.interactiveshell": ("shell",),
    "IPython.utils": (),
    "IPython.utils.capture": ("capture",),
    "IPython.utils.io": ("capture",),
}


def get_ipython() -> Any:
    """The shell that runs the cells of this notebook."""
    from . import shell

    return shell.the_shell()


def trigger(*events: str) -> None:
    """Calls what code wants called at these moments, if any does."""
    shell = sys.modules.get(f"{__package__}.shell")
    if shell is not None:
        for event in events:
            shell.the_shell().events.trigger(event)


class _Finder:
    """Finds these modules, and makes them."""

    @staticmethod
    def find_spec(name: str, path: Any = None, target: Any = None) -> ModuleSpec | None:
        if name not in _MODULES:
            return None
        real = sys.modules.get("IPython")
        if real is not None and getattr(real, "__spec__", None) and real.__spec__.loader is not _Finder:
            # A real IPython of another kind than we know has no such module.
            return None
        return ModuleSpec(name, _Finder, origin="Rivulet", is_package=not _MODULES[name])

    @staticmethod
    def create_module(spec: ModuleSpec) -> None:
        return None

    @staticmethod
    def exec_module(module: ModuleType) -> None:
        for part in _MODULES[module.__name__]:
            _take_names(module, importlib.import_module("." + part, __package__))
        module.get_ipython = get_ipython
        if module.__name__ == "IPython":
            display = importlib.import_module("IPython.display")
            module.display, module.version_info = display, VERSION
            module.__version__ = ".".join(map(str, VERSION))
            module.InteractiveShell = importlib.import_module(".shell", __package__).InteractiveShell
            module.embed = module.start_ipython = module.start_kernel = _no_other


def _take_names(module: ModuleType, part: ModuleType) -> None:
    names = getattr(part, "__all__", None) or [name for name in vars(part) if not name.startswith("_")]
    for name in names:
        value = getattr(part, name)
        if not isinstance(value, ModuleType):
            setattr(module, name, value)


def _no_other(*args: Any, **options: Any) -> None:
    raise RuntimeError("A cell runs in Python already: no other shell can be started in it.")


def stand_in() -> None:
    """Has these modules found, after all that is really there."""
    if _Finder not in sys.meta_path:
        sys.meta_path.append(_Finder)
