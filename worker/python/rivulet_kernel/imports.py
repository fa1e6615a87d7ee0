"""Changes modules of others right after their import, so that those that nobody imports cost nothing."""

import sys
from types import ModuleType
from typing import Any, Callable

_waiting: dict[str, Callable[[ModuleType], None]] = {}


def after(name: str, act: Callable[[ModuleType], None]) -> None:
    """Has ``act`` called with the module of that name: once it is imported, or now if it is."""
    if name in sys.modules:
        act(sys.modules[name])
    else:
        _waiting[name] = act


class _Finder:
    """Finds the modules that are waited for, by asking all others."""

    @staticmethod
    def find_spec(name: str, path: Any = None, target: Any = None) -> Any:
        if name not in _waiting:
            return None
        for finder in sys.meta_path:
            find = getattr(finder, "find_spec", None)
            if find is None or finder is _Finder:
                continue
            spec = find(name, path, target)
            if spec is not None:
                if spec.loader is not None:
                    spec.loader = _Loader(spec.loader)
                return spec
        return None


class _Loader:
    """Loads as the loader that it stands for, which the module knows as its own."""

    def __init__(self, loader: Any) -> None:
        self._loader = loader

    def create_module(self, spec: Any) -> Any:
        return self._loader.create_module(spec)

    def exec_module(self, module: ModuleType) -> None:
        module.__loader__ = module.__spec__.loader = self._loader
        self._loader.exec_module(module)
        act = _waiting.pop(module.__name__, None)
        if act:
            act(module)


sys.meta_path.insert(0, _Finder)
