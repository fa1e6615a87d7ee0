"""Finds the cell in which a class or a function stands, and whether its text is still the one that ran."""

import ast
import inspect
import linecache
from types import CodeType, FrameType, FunctionType, MethodType, TracebackType
from typing import Any, Iterable, Iterator


def file_of(kind: type, files: Iterable[str]) -> str | None:
    """The file of a class of the notebook; of several that might be it, the first of ``files``."""
    files = list(files)
    told = [file for file in map(_file_of_method, vars(kind).values()) if file in files]
    line = vars(kind).get("__firstlineno__")
    for file in [*told, *files]:
        found = _classes(file).get(kind.__qualname__, ())
        if found and (line is None or line in found):
            return file
    return None


def code_of(thing: Any) -> CodeType | None:
    """The code of what ``inspect`` finds by its code."""
    if isinstance(thing, MethodType):
        thing = thing.__func__
    if isinstance(thing, TracebackType):
        thing = thing.tb_frame
    if isinstance(thing, FrameType):
        return thing.f_code
    return thing.__code__ if isinstance(thing, FunctionType) else thing if isinstance(thing, CodeType) else None


def holds(code: CodeType, part: CodeType) -> bool:
    """Whether a code is or contains this very other one."""
    inner = (const for const in code.co_consts if isinstance(const, CodeType))
    return code is part or any(holds(one, part) for one in inner)


def _file_of_method(value: Any) -> str | None:
    function = getattr(value, "__func__", None) or getattr(value, "fget", None) or value
    if not inspect.isfunction(function):
        return None
    return inspect.unwrap(function).__code__.co_filename


def _classes(file: str) -> dict[str, set[int]]:
    """The classes in the text that was run last by this name, and where each may begin."""
    found: dict[str, set[int]] = {}
    try:
        tree = ast.parse("".join(linecache.getlines(file)))
    except (SyntaxError, ValueError):
        return found
    for name, node in _definitions(tree, ""):
        if isinstance(node, ast.ClassDef):
            lines = {node.lineno, *(one.lineno for one in node.decorator_list)}
            found.setdefault(name, set()).update(lines)
    return found


def _definitions(tree: ast.AST, around: str) -> Iterator[tuple[str, ast.AST]]:
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, (ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)):
            name = around + node.name
            yield name, node
            inside = "." if isinstance(node, ast.ClassDef) else ".<locals>."
            yield from _definitions(node, name + inside)
        else:
            yield from _definitions(node, around)
