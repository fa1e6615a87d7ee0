"""Names that belong to one cell: compiles the cell as a function that shares them with its functions.

All other names stay the module's. Each use of an own name that Python would look up in the module
gets a mark, so that nothing else can be meant by it; a function around the cell has the marked names,
and CPython's own compiler makes closures of them. Afterwards the marks are taken out of the code, so
that tracebacks, ``repr`` and ``__qualname__`` are as in a module. ``names`` holds the values, and lets
what looks names up by their text (``eval``, ``globals()``, ``pickle``) find them.

Two other ways were weighed. Own names in the module's dictionary under longer names of their own would
still not be found by text; the longer name would stand in every ``NameError``, and a class body such as
``i = i`` cannot be said at all, since Python looks up one name in both places. A dictionary of its own
as the globals of such a cell would be found by text, but ``global x`` in it could not write what is
everybody's, and each use of a shared name or a builtin would cost a call of Python.
"""

import ast
import builtins
import copy
import operator
import re
import sys
import warnings
from contextlib import contextmanager
from functools import lru_cache
from inspect import CO_COROUTINE
from types import CodeType
from typing import Any, Callable, Iterable, Iterator

from . import names as _names
from .scopes import CLASS, COMPREHENSION, FUNCTION, MODULE, Reader, Scope

_FLAGS = ast.PyCF_ALLOW_TOP_LEVEL_AWAIT
# Noncharacters of Unicode: no name of a source has them, and no text should.
_MARK = "\ufdd0\ufdd1"
_AROUND_TOP = "<cell>" + _MARK
_TOP = "<module>" + _MARK
_IN_PLACE = {
    ast.Add: operator.iadd,
    ast.Sub: operator.isub,
    ast.Mult: operator.imul,
    ast.MatMult: operator.imatmul,
    ast.Div: operator.itruediv,
    ast.FloorDiv: operator.ifloordiv,
    ast.Mod: operator.imod,
    ast.Pow: operator.ipow,
    ast.LShift: operator.ilshift,
    ast.RShift: operator.irshift,
    ast.BitAnd: operator.iand,
    ast.BitOr: operator.ior,
    ast.BitXor: operator.ixor,
}
# In a qualified name: all that is around a name of the module.
_AROUND = re.compile(rf"\A.*\.(?=\w+{_MARK}(?:\.|\Z))")
_PREFIX = f"{_AROUND_TOP}.<locals>.{_TOP}"
_NAMING = ("co_name", "co_qualname", "co_consts", "co_names")
_NAMING += ("co_varnames", "co_cellvars", "co_freevars")
# The errors that say that a name is not bound, and what catches them.
_UNBOUND = frozenset({"NameError", "UnboundLocalError", "Exception", "BaseException"})


class _Replacing(ast.NodeTransformer):
    """Puts other statements in the place of some."""

    def __init__(self, others: dict[ast.AST, list[ast.stmt]]) -> None:
        self.others = others

    def visit(self, node: ast.AST) -> Any:
        if node not in self.others:
            return self.generic_visit(node)
        for other in self.others[node]:
            ast.fix_missing_locations(ast.copy_location(other, node))
            # A handler or a `try` in it may hold others.
            self.generic_visit(other)
        return self.others[node]


def compile_cell(tree: ast.Module, file: str, own: Iterable[str], shows: bool) -> CodeType | None:
    """The code of a function that runs the cell and returns its value; changes the tree.

    ``None`` where the cell binds none of the names, so that it runs as any other. The names are free
    variables of the code (see ``names``).
    """
    return _compile(tree, file, own, shows, _FLAGS, False)


@lru_cache(64)
def compile_text(source: str, own: tuple[str, ...], flags: int) -> CodeType | None:
    """The same for a text that a cell executes, which may also read the cell's own names."""
    return _compile(ast.parse(source, "<string>"), "<string>", own, False, flags, True)


def _compile(
    tree: ast.Module, file: str, own: Iterable[str], shows: bool, flags: int, reads: bool
) -> CodeType | None:
    # What Python does not take in a module is its own SyntaxError. It also warns here.
    plain = compile(tree, file, "exec", flags=flags, dont_inherit=True)
    if not tree.body:
        return None
    with _deeply():
        reader = Reader()
        reader.visit(tree)
        bound = reader.module.bound.union(*(scope.globals for scope in reader.scopes))
        if reads:
            bound = bound.union(*(scope.names() for scope in reader.scopes))
        # What `from m import *` binds is not in the source; nor is what an executed text reads.
        names = set(own) if reader.stars else bound.intersection(own)
        caught = _caught(reader) - names
        if not names and not caught:
            return None
        futures = _futures(tree)
        _keep_docstring(reader, tree)
        _rewrite(reader, names, caught, tree)
    if shows:
        tree.body[-1] = ast.copy_location(ast.Return(tree.body[-1].value), tree.body[-1])
    top, around = ast.parse("async def f(): pass\ndef f(): pass").body
    if not plain.co_flags & CO_COROUTINE:
        [top] = ast.parse("def f(): pass").body
    top.name, around.name = _TOP, _AROUND_TOP
    marked = [name + _MARK for name in sorted(names | caught)]
    others = sorted(reader.module.bound - names)
    declared = [ast.Global(others)] if others else []
    declared.append(ast.Nonlocal(marked))
    top.body = [ast.fix_missing_locations(one) for one in declared] + tree.body
    targets = [ast.Name(name, ast.Store()) for name in [*marked, _names.HIDDEN]]
    around.body = [ast.fix_missing_locations(ast.Assign(targets, ast.Constant(None))), top]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        code = compile(ast.Module([*futures, around], []), file, "exec", flags=flags, dont_inherit=True)
    for name in (_AROUND_TOP, _TOP):
        [code] = [const for const in code.co_consts if getattr(const, "co_name", "") == name]
    return _unmarked(code)


@contextmanager
def _deeply() -> Iterator[None]:
    """Lets us go as deep into the tree as the compiler went, which does not count our way."""
    limit = sys.getrecursionlimit()
    sys.setrecursionlimit(max(limit, 50_000))
    try:
        yield
    finally:
        sys.setrecursionlimit(limit)


def _futures(tree: ast.Module) -> list[ast.ImportFrom]:
    """Copies of the ``__future__`` imports, which say how the whole file is compiled."""
    return [
        copy.deepcopy(node)
        for node in tree.body
        if isinstance(node, ast.ImportFrom) and node.module == "__future__" and not node.level
    ]


def _keep_docstring(reader: Reader, tree: ast.Module) -> None:
    """A text at the begin is the module's ``__doc__``, not the function's."""
    first = tree.body[0]
    if ast.get_docstring(tree, clean=False) is not None:
        reader.module.bound.add("__doc__")
        name = ast.copy_location(ast.Name("__doc__", ast.Store()), first)
        tree.body[0] = ast.copy_location(ast.Assign([name], first.value), first)


def _caught(reader: Reader) -> set[str]:
    """The names that only `except … as` binds. Python deletes such a name afterwards, and with it
    what another cell has by that name; so it is the handler's own.
    """
    binding = [(node, name) for node, _, name, binds in reader.module.uses if binds]
    others = {name for node, name in binding if not isinstance(node, ast.ExceptHandler)}
    declared = set().union(*(scope.globals for scope in reader.scopes))
    handled = {name for node, name in binding if isinstance(node, ast.ExceptHandler)}
    return handled - others - declared


def _rewrite(reader: Reader, names: set[str], caught: set[str], tree: ast.Module) -> None:
    """Marks the own names, and makes the cell fit to be the body of a function."""
    for scope in reader.scopes:
        for node, field, name, binds in scope.uses:
            is_own = name in names or (name in caught and node in reader.in_handlers)
            if is_own and scope.is_modules(name, binds):
                _mark(node, field, name)
    others: dict[ast.AST, list[ast.stmt]] = {}
    for scope, node in reader.declarations:
        others[node] = _declarations(scope, node, reader, names)
    for scope, node in reader.additions:
        _let_add(scope, node, names, others)
    for scope, node in reader.deletions:
        _let_delete(node, others)
    for node in reader.annotated:
        # Where a name is global, a function may not annotate it.
        others[node] = [ast.Assign([node.target], node.value)] if node.value else [ast.Pass()]
    for node in reader.stars:
        others[node] = [ast.Expr(_import_all(node))]
    for scope, node in reader.calls:
        _let_see(scope, node, reader, names | caught)
    for node in reader.handlers:
        if _may_be_unbound(node.type):
            told = ast.Expr(_call(_names.say_as_module, _own_names()))
            node.body.insert(0, ast.fix_missing_locations(ast.copy_location(told, node)))
    if others:
        _Replacing(others).visit(tree)


def _mark(node: Any, field: str, name: str) -> None:
    if isinstance(node, ast.alias) and field == "name":
        top, dot, rest = node.name.partition(".")
        node.name = top + _MARK + dot + rest
    else:
        setattr(node, field, name + _MARK)


def _declarations(
    scope: Scope, node: ast.Global, reader: Reader, names: set[str]
) -> list[ast.stmt]:
    if scope is reader.module:
        reader.module.bound.update(node.names)
        return [ast.Pass()]
    own = [scope.name(name) + _MARK for name in node.names if scope.name(name) in names]
    others = [name for name in node.names if scope.name(name) not in names]
    made: list[ast.stmt] = [ast.Nonlocal(own)] if own else []
    return made + [ast.Global(others)] if others else made


def _let_add(
    scope: Scope, node: ast.AugAssign, names: set[str], others: dict[ast.AST, list[ast.stmt]]
) -> None:
    """``x += 1`` in a class body may begin with the module's ``x``, and binds the class's."""
    name = scope.name(node.target.id)
    if name in names and name not in scope.globals and scope.is_modules(name):
        first = ast.Name(name + _MARK, ast.Load())
        value = _call(_IN_PLACE[type(node.op)], first, node.value)
        others[node] = [ast.Assign([node.target], value)]


def _let_delete(node: ast.Delete, others: dict[ast.AST, list[ast.stmt]]) -> None:
    """Where an own name hides a builtin, ``del`` shows the builtin again."""
    shown = [target for target in node.targets if _hidden_builtin(target)]
    if shown:
        rest = [target for target in node.targets if target not in shown]
        others[node] = [_show_builtin(target.id) for target in shown]
        others[node] += [ast.Delete(rest)] if rest else []


def _hidden_builtin(target: ast.expr) -> bool:
    return (
        isinstance(target, ast.Name)
        and target.id.endswith(_MARK)
        and hasattr(builtins, target.id.removesuffix(_MARK))
    )


def _show_builtin(marked: str) -> ast.stmt:
    builtin = ast.Constant(_MARK + marked.removesuffix(_MARK))
    return ast.Assign([ast.Name(marked, ast.Store())], builtin)


def _import_all(node: ast.ImportFrom) -> ast.expr:
    """``from m import *``, which a function may not have, as a call."""
    where = _call(_names.import_arguments, ast.Constant(node.module or ""), ast.Constant(node.level))
    module = _call(__import__, ast.Starred(where, ast.Load()))
    return _call(_names.take_all, _own_names(), module)


def _let_see(scope: Scope, node: ast.Call, reader: Reader, names: set[str]) -> None:
    """Makes ``eval("x")``, ``locals()`` and the like see the names that a module would show."""
    function = node.func
    if function.id in reader.module.bound or not scope.is_modules(function.id):
        return
    while scope.kind == COMPREHENSION:
        scope = scope.parent
    if scope.kind not in (MODULE, FUNCTION, CLASS):
        return
    hidden = [ast.Constant(name) for name in sorted(names) if scope.is_modules(name)]
    where = [_own_names(), ast.Constant(scope.kind), ast.Tuple(hidden, ast.Load())]
    if function.id in ("eval", "exec"):
        arguments = [_constant(_names.evaluated), [function, *where, *node.args], node.keywords]
        node.func, node.args, node.keywords = ast.Call(*arguments), [], []
    elif not node.args and not node.keywords:
        node.func, node.args = _constant(_names.seen), [function, *where]
    ast.fix_missing_locations(node)


def _may_be_unbound(kind: ast.expr | None) -> bool:
    """Whether a handler of this kind may be that of a ``NameError``."""
    if isinstance(kind, ast.Tuple):
        return any(map(_may_be_unbound, kind.elts))
    return not (isinstance(kind, ast.Name) and hasattr(builtins, kind.id)) or kind.id in _UNBOUND


def _own_names() -> ast.expr:
    return ast.Name(_names.HIDDEN, ast.Load())


def _call(function: Callable, *arguments: ast.expr) -> ast.Call:
    return ast.Call(_constant(function), list(arguments), [])


def _constant(function: Callable) -> ast.Constant:
    """Stands for one of our functions, which the code then holds itself."""
    return ast.Constant(_MARK * 2 + function.__name__)


def _unmarked(code: CodeType) -> CodeType:
    """The code with all names as they were written."""
    changed: dict[str, Any] = {}
    for field in _NAMING:
        before = getattr(code, field)
        after = _without_mark(before)
        if after is not before:
            changed[field] = after
    if code.co_name == _TOP:
        # The variables of comprehensions are the function's, too, and may be called as an own one.
        own = set(code.co_freevars)
        for field in ("co_varnames", "co_cellvars"):
            names = getattr(code, field)
            changed[field] = tuple(
                "." + name if name + _MARK in own else _without_mark(name) for name in names
            )
    return code.replace(**changed) if changed else code


def _without_mark(value: Any) -> Any:
    """A name, or a constant, without marks; the same object where there are none."""
    if isinstance(value, str):
        if _MARK not in value:
            return value
        if value.startswith(_MARK):
            ours = _OURS if value.startswith(_MARK * 2) else vars(builtins)
            return ours.get(value.replace(_MARK, ""), value)
        if value.startswith(_PREFIX):
            value = value.removeprefix(_PREFIX + ".<locals>.").removeprefix(_PREFIX) or _TOP
        return _AROUND.sub("", value).replace(_MARK, "")
    if isinstance(value, CodeType):
        return _unmarked(value)
    if isinstance(value, (tuple, frozenset)):
        after = type(value)(map(_without_mark, value))
        return value if all(map(lambda one, other: one is other, value, after)) else after
    return value


_HELPERS = (_names.evaluated, _names.seen, _names.say_as_module)
_HELPERS += (_names.import_arguments, _names.take_all, __import__)
_OURS = {helper.__name__: helper for helper in (*_HELPERS, *_IN_PLACE.values())}
