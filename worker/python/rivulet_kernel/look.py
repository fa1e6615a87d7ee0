"""Looks at objects without running code of theirs: no property, no ``__getattr__``, no ``__dir__``.

What the objects of a few packages are is known by asking them only, as the columns of a table are.
"""

from types import (
    BuiltinFunctionType,
    ClassMethodDescriptorType,
    FunctionType,
    GetSetDescriptorType,
    MemberDescriptorType,
    MethodDescriptorType,
    MethodType,
    MethodWrapperType,
    ModuleType,
    WrapperDescriptorType,
)
from typing import Any, Iterable

_ASKED = {"numpy", "pandas", "polars", "pyarrow", __package__}
# What C gives for a name; a class of Python has no such things of its own making.
_OF_C = (
    GetSetDescriptorType,
    MemberDescriptorType,
    MethodDescriptorType,
    WrapperDescriptorType,
    ClassMethodDescriptorType,
)
_ROUTINES = (FunctionType, BuiltinFunctionType, MethodType, MethodWrapperType, *_OF_C[2:])
# A metaclass may answer for these, but not when they are taken from `type`.
_mro_of, _names_in, _name_of, _module_of = (
    type.__dict__[name].__get__ for name in ("__mro__", "__dict__", "__name__", "__module__")
)
_NOTHING = object()


class Computed(AttributeError):
    """Only code of the object could tell what this is."""

    def __init__(self, found: Any) -> None:
        super().__init__("computed")
        self.found = found


def is_a(value: Any, kinds: Any) -> bool:
    """`isinstance`, but it believes no object that says it is of another class."""
    return issubclass(type(value), kinds)


def is_routine(value: Any) -> bool:
    """Whether it is a function or a method of any kind."""
    is_bound_by_c = callable(value) and has(value, "__get__") and not is_a(value, type)
    return is_a(value, _ROUTINES) or is_bound_by_c


def type_name(value: Any) -> str:
    """The name of its class."""
    return _name_of(type(value))


def module_name(value: Any) -> Any:
    """Where its class was made; mostly a string."""
    return _module_of(type(value))


def has(value: Any, name: str) -> bool:
    """Whether its class has such a method."""
    return in_class(value, name) is not None


def in_class(value: Any, name: str, other: Any = None) -> Any:
    """What its class has by this name, as it stands there; ``other`` if nothing."""
    kinds = (_names_in(kind) for kind in _mro_of(type(value)))
    return next((names[name] for names in kinds if name in names), other)


def is_asked(value: Any) -> bool:
    """Whether it is of a package whose objects are asked."""
    module = module_name(value)
    return isinstance(module, str) and module.partition(".")[0] in _ASKED


def names_of(value: Any) -> set[str]:
    """The names after the dot."""
    if is_asked(value):
        return set(dir(value))
    names = set(_own_names(value))
    for kind in _mro_of(value if is_a(value, type) else type(value)):
        names.update(_names_in(kind))
    if is_a(value, ModuleType):
        listed = _own_names(value).get("__all__")
        names.update(listed if type(listed) in (list, tuple) else ())
    return {name for name in names if isinstance(name, str)}


def _own_names(value: Any) -> Any:
    """The names of the object itself, as a mapping."""
    if is_a(value, type):
        return _names_in(value)
    found = in_class(value, "__dict__")
    own = found.__get__(value) if type(found) in _OF_C else {}
    return own if type(own) is dict else {}


def attribute(value: Any, name: str) -> Any:
    """What is by this name after the dot; raises ``Computed`` where that is not known yet."""
    if is_asked(value):
        return getattr(value, name)
    found, is_own = find(value, name)
    return found if is_own else _bound(found, value)


def find(value: Any, name: str) -> tuple[Any, bool]:
    """What is by this name after the dot as it stands there, and whether the object itself has it.
    Unlike `inspect.getattr_static` it lets no metaclass answer.
    """
    if is_a(value, type):
        for kind in _mro_of(value):
            if name in _names_in(kind):
                return _names_in(kind)[name], False
    found = in_class(value, name, _NOTHING)
    own = {} if is_a(value, type) else _own_names(value)
    if name in own and not (found is not _NOTHING and has(found, "__set__")):
        return own[name], True
    if found is _NOTHING:
        raise AttributeError(name)
    return found, False


def _bound(found: Any, value: Any) -> Any:
    is_class = is_a(value, type)
    if type(found) is staticmethod:
        return found.__func__
    if type(found) is classmethod:
        return MethodType(found.__func__, value if is_class else type(value))
    if type(found) is FunctionType:
        return found if is_class else MethodType(found, value)
    if type(found) in _OF_C:
        return found if is_class else found.__get__(value, type(value))
    if has(found, "__get__") and not is_class:
        raise Computed(found)
    return found


def attribute_or(value: Any, name: str, other: Any = None) -> Any:
    """The same; ``other`` where there is none or it is not known."""
    try:
        return attribute(value, name)
    except Exception:
        return other


def documentation(value: Any) -> Any:
    """What stands at its begin, or at that of a class above; mostly a string."""
    if not is_a(value, type):
        return attribute_or(value, "__doc__")
    found = (_names_in(kind).get("__doc__") for kind in _mro_of(value))
    return next((text for text in found if isinstance(text, str)), None)


def first_strings(value: Any, most: int) -> Iterable[Any]:
    """The first items of a list, a tuple or a package's own sequence of names; else nothing."""
    if is_a(value, (list, tuple)) or is_asked(value):
        kind = next((kind for kind in (list, tuple) if is_a(value, kind)), None)
        items = kind.__iter__(value) if kind else iter(value)
        for _, item in zip(range(most), items):
            yield item
