"""Names that belong to one cell: compiles the cell as a function whose local variables they are.

All other names stay the module's. Each use of an own name that Python would look up in the module
gets a mark, so that nothing else can be meant by it; the function binds the marked names, and
CPython's own compiler makes local variables and closures of them. Afterwards the marks are taken
out of the code, so that tracebacks, ``repr`` and ``__qualname__`` are as in a module.

What reads a module's names at run time, such as ``eval`` in a function or ``get_type_hints``, does
not find own names: they are in no dictionary.
"""

import ast
import builtins
import copy
import operator
import re
import sys
import warnings
from contextlib import contextmanager
from inspect import CO_COROUTINE
from types import CodeType, FrameType
from typing import Any, Callable, Iterable, Iterator

_FLAGS = ast.PyCF_ALLOW_TOP_LEVEL_AWAIT
# Noncharacters of Unicode: no name of a source has them, and no text should.
_MARK = "\ufdd0\ufdd1"
_TOP = "<module>" + _MARK
_MODULE, _FUNCTION, _CLASS, _COMPREHENSION, _PARAMETERS = range(5)
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
_NAMING = ("co_name", "co_qualname", "co_consts", "co_names")
_NAMING += ("co_varnames", "co_cellvars", "co_freevars")
# They see the variables of whoever calls them.
_SEEING = frozenset({"eval", "exec", "locals", "vars", "dir", "globals"})


class _Scope:
    """A scope of the source: what it binds and declares, and where it uses which name."""

    def __init__(self, kind: int, parent: "_Scope | None" = None, owner: str = "") -> None:
        self.kind = kind
        self.parent = parent
        # The class around it, which changes names such as `__x`.
        self.owner = owner
        self.bound: set[str] = set()
        self.globals: set[str] = set()
        self.nonlocals: set[str] = set()
        self.uses: list[tuple[ast.AST, str, str, bool]] = []

    def name(self, written: str) -> str:
        """The name that is meant: in a class, ``__x`` is short for ``_Class__x``."""
        owner = self.owner.lstrip("_")
        if owner and written.startswith("__") and not written.endswith("__"):
            return f"_{owner}{written}"
        return written

    def is_modules(self, name: str, binds: bool = False) -> bool:
        """Whether ``name`` is the module's when this scope reads, or binds, it."""
        if self.kind == _CLASS and self._keeps(name) and name not in self.globals:
            # What is not in the class yet is looked up in the module, past all functions around.
            return not binds and name not in self.nonlocals
        seen = self._class_seen()
        if seen and not self._keeps(name) and (seen._keeps(name) or name in seen.globals):
            return seen.is_modules(name)
        scope = self
        while scope.kind != _MODULE:
            if scope.kind != _CLASS or scope is self:
                if name in scope.globals:
                    return True
                if scope._keeps(name):
                    return False
            scope = scope.parent
        return True

    def _keeps(self, name: str) -> bool:
        return name in self.bound or name in self.nonlocals

    def _class_seen(self) -> "_Scope | None":
        """The class that type parameters, and what is computed with them, see as its body does."""
        scope, sees = self, False
        while scope.kind in (_PARAMETERS, _COMPREHENSION):
            sees |= scope.kind == _PARAMETERS
            scope = scope.parent
        return scope if sees and scope.kind == _CLASS else None


class _Reader(ast.NodeVisitor):
    """Finds the scopes of a cell, and the statements that a function cannot have as they are."""

    def __init__(self) -> None:
        self.module = self.scope = _Scope(_MODULE)
        self.scopes = [self.module]
        self.declarations: list[tuple[_Scope, ast.Global]] = []
        self.additions: list[tuple[_Scope, ast.AugAssign]] = []
        self.deletions: list[tuple[_Scope, ast.Delete]] = []
        self.calls: list[tuple[_Scope, ast.Call]] = []
        # What nobody can look at again later.
        self.passing: set[ast.expr] = set()
        self.annotated: list[ast.AnnAssign] = []
        self.stars: list[ast.ImportFrom] = []
        # The names of the errors that are handled around, and what uses them there.
        self.handled: set[str] = set()
        self.in_handlers: set[ast.AST] = set()

    @contextmanager
    def inside(self, kind: int, owner: str | None = None) -> Iterator[_Scope]:
        around = self.scope
        self.scope = _Scope(kind, around, around.owner if owner is None else owner)
        self.scopes.append(self.scope)
        yield self.scope
        self.scope = around

    def binds(self, node: ast.AST, field: str, written: str | None) -> None:
        if written is not None:
            name = self.scope.name(written)
            self.scope.bound.add(name)
            self.use(node, field, name, True)

    def use(self, node: ast.AST, field: str, name: str, binds: bool) -> None:
        self.scope.uses.append((node, field, name, binds))
        if name in self.handled:
            self.in_handlers.add(node)

    def visit_all(self, nodes: Iterable[ast.AST | None]) -> None:
        for node in nodes:
            if node is not None:
                self.visit(node)

    def visit_Name(self, node: ast.Name) -> None:
        if isinstance(node.ctx, ast.Load):
            self.use(node, "id", self.scope.name(node.id), False)
        else:
            self.binds(node, "id", node.id)

    def visit_NamedExpr(self, node: ast.NamedExpr) -> None:
        self.visit(node.value)
        name = self.scope.name(node.target.id)
        scope = self.scope
        while scope.kind == _COMPREHENSION:
            scope = scope.parent
        scope.bound.add(name)
        self.use(node.target, "id", name, True)

    def visit_Global(self, node: ast.Global) -> None:
        self.scope.globals.update(map(self.scope.name, node.names))
        self.declarations.append((self.scope, node))

    def visit_Nonlocal(self, node: ast.Nonlocal) -> None:
        self.scope.nonlocals.update(map(self.scope.name, node.names))

    def visit_Import(self, node: ast.Import) -> None:
        for alias in node.names:
            if alias.asname:
                self.binds(alias, "asname", alias.asname)
            else:
                self.binds(alias, "name", alias.name.partition(".")[0])

    def visit_ImportFrom(self, node: ast.ImportFrom) -> None:
        if node.names[0].name == "*":
            self.stars.append(node)
            return
        for alias in node.names:
            self.binds(alias, "asname", alias.asname or alias.name)

    def visit_ExceptHandler(self, node: ast.ExceptHandler) -> None:
        self.visit_all([node.type])
        around = self.handled
        if node.name and self.scope is self.module:
            self.handled = around | {node.name}
        self.binds(node, "name", node.name)
        self.visit_all(node.body)
        self.handled = around

    def visit_MatchAs(self, node: ast.MatchAs | ast.MatchStar) -> None:
        self.binds(node, "name", node.name)
        self.generic_visit(node)

    visit_MatchStar = visit_MatchAs

    def visit_MatchMapping(self, node: ast.MatchMapping) -> None:
        self.binds(node, "rest", node.rest)
        self.generic_visit(node)

    def visit_AnnAssign(self, node: ast.AnnAssign) -> None:
        if self.scope is self.module and isinstance(node.target, ast.Name):
            self.annotated.append(node)
            if node.value is not None:
                self.visit_all((node.value, node.target))
        else:
            self.generic_visit(node)

    def visit_AugAssign(self, node: ast.AugAssign) -> None:
        self.generic_visit(node)
        if self.scope.kind == _CLASS and isinstance(node.target, ast.Name):
            self.additions.append((self.scope, node))

    def visit_Delete(self, node: ast.Delete) -> None:
        self.generic_visit(node)
        self.deletions.append((self.scope, node))

    def visit_Call(self, node: ast.Call) -> None:
        self.passing.update(node.args, (keyword.value for keyword in node.keywords))
        self.generic_visit(node)
        if isinstance(node.func, ast.Name) and node.func.id in _SEEING:
            self.calls.append((self.scope, node))

    def visit_Attribute(self, node: ast.Attribute | ast.Subscript) -> None:
        self.passing.add(node.value)
        self.generic_visit(node)

    visit_Subscript = visit_Attribute

    def visit_Compare(self, node: ast.Compare) -> None:
        if isinstance(node.ops[0], (ast.In, ast.NotIn)):
            self.passing.update(node.comparators)
        self.generic_visit(node)

    def visit_FunctionDef(self, node: ast.FunctionDef | ast.AsyncFunctionDef) -> None:
        self.binds(node, "name", node.name)
        self.visit_all(node.decorator_list)
        self.visit_defaults(node.args)
        with self.parameters(node):
            parameters = _parameters(node.args)
            self.visit_all(parameter.annotation for parameter in parameters)
            self.visit_all([node.returns])
            self.visit_body(parameters, node.body)

    visit_AsyncFunctionDef = visit_FunctionDef

    def visit_Lambda(self, node: ast.Lambda) -> None:
        self.visit_defaults(node.args)
        self.visit_body(_parameters(node.args), [node.body])

    def visit_defaults(self, arguments: ast.arguments) -> None:
        self.visit_all(arguments.defaults + arguments.kw_defaults)

    def visit_body(self, parameters: list[ast.arg], body: list[Any]) -> None:
        with self.inside(_FUNCTION) as scope:
            scope.bound.update(scope.name(parameter.arg) for parameter in parameters)
            self.visit_all(body)

    def visit_ClassDef(self, node: ast.ClassDef) -> None:
        self.binds(node, "name", node.name)
        self.visit_all(node.decorator_list)
        with self.parameters(node):
            self.visit_all(node.bases + node.keywords)
            with self.inside(_CLASS, node.name):
                self.visit_all(node.body)

    @contextmanager
    def parameters(self, node: Any) -> Iterator[None]:
        """The scope of the type parameters, where there are some (PEP 695)."""
        parameters = getattr(node, "type_params", None)
        if not parameters:
            yield
            return
        with self.inside(_PARAMETERS) as scope:
            scope.bound.update(scope.name(parameter.name) for parameter in parameters)
            self.visit_all(parameters)
            yield

    def visit_TypeAlias(self, node: Any) -> None:
        self.visit(node.name)
        with self.parameters(node), self.inside(_PARAMETERS):
            self.visit(node.value)

    def visit_comprehension_of(self, node: Any) -> None:
        first, *others = node.generators
        self.visit(first.iter)
        with self.inside(_COMPREHENSION):
            self.visit(first.target)
            self.visit_all(first.ifs + others)
            self.visit_all(getattr(node, part, None) for part in ("key", "value", "elt"))

    visit_ListComp = visit_SetComp = visit_comprehension_of
    visit_DictComp = visit_GeneratorExp = visit_comprehension_of


def _parameters(arguments: ast.arguments) -> list[ast.arg]:
    named = arguments.posonlyargs + arguments.args + arguments.kwonlyargs
    return named + [rest for rest in (arguments.vararg, arguments.kwarg) if rest is not None]


class _Replacing(ast.NodeTransformer):
    """Puts other statements in the place of some."""

    def __init__(self, others: dict[ast.AST, list[ast.stmt]]) -> None:
        self.others = others

    def visit(self, node: ast.AST) -> Any:
        if node not in self.others:
            return self.generic_visit(node)
        for other in self.others[node]:
            ast.fix_missing_locations(ast.copy_location(other, node))
        return self.others[node]


def compile_cell(tree: ast.Module, file: str, own: Iterable[str], shows: bool) -> CodeType | None:
    """The code of a function that runs the cell and returns its value; changes the tree.

    ``None`` where the cell binds none of the names, so that it runs as any other.
    """
    # What Python does not take in a module is its own SyntaxError. It also warns here.
    plain = compile(tree, file, "exec", flags=_FLAGS, dont_inherit=True)
    with _deeply():
        reader = _Reader()
        reader.visit(tree)
        bound = reader.module.bound.union(*(scope.globals for scope in reader.scopes))
        # What `from m import *` binds is not in the source.
        names = set(own) if reader.stars else bound.intersection(own)
        caught = _caught(reader) - names
        if not names and not caught:
            return None
        futures = _futures(tree)
        _keep_docstring(reader, tree)
        _rewrite(reader, names, caught, tree)
    if shows:
        tree.body[-1] = ast.copy_location(ast.Return(tree.body[-1].value), tree.body[-1])
    awaits = plain.co_flags & CO_COROUTINE
    [function] = ast.parse("async def f(): pass" if awaits else "def f(): pass").body
    function.name = _TOP
    function.body = _before(reader, names, caught) + tree.body
    module = ast.Module([*futures, function], [])
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        code = compile(module, file, "exec", flags=_FLAGS, dont_inherit=True)
    [top] = [const for const in code.co_consts if getattr(const, "co_name", "") == _TOP]
    return _unmarked(top)


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


def _keep_docstring(reader: _Reader, tree: ast.Module) -> None:
    """A text at the begin is the module's ``__doc__``, not the function's."""
    first = tree.body[0]
    if ast.get_docstring(tree, clean=False) is not None:
        reader.module.bound.add("__doc__")
        name = ast.copy_location(ast.Name("__doc__", ast.Store()), first)
        tree.body[0] = ast.copy_location(ast.Assign([name], first.value), first)


def _caught(reader: _Reader) -> set[str]:
    """The names that only `except … as` binds. Python deletes such a name afterwards, and with it
    what another cell has by that name; so it is the handler's own.
    """
    binding = [(node, name) for node, _, name, binds in reader.module.uses if binds]
    others = {name for node, name in binding if not isinstance(node, ast.ExceptHandler)}
    declared = set().union(*(scope.globals for scope in reader.scopes))
    handled = {name for node, name in binding if isinstance(node, ast.ExceptHandler)}
    return handled - others - declared


def _rewrite(reader: _Reader, names: set[str], caught: set[str], tree: ast.Module) -> None:
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
        _let_see(scope, node, reader, names)
    if others:
        _Replacing(others).visit(tree)


def _mark(node: Any, field: str, name: str) -> None:
    if isinstance(node, ast.alias) and field == "name":
        top, dot, rest = node.name.partition(".")
        node.name = top + _MARK + dot + rest
    else:
        setattr(node, field, name + _MARK)


def _declarations(
    scope: _Scope, node: ast.Global, reader: _Reader, names: set[str]
) -> list[ast.stmt]:
    if scope is reader.module:
        reader.module.bound.update(node.names)
        return [ast.Pass()]
    own = [scope.name(name) + _MARK for name in node.names if scope.name(name) in names]
    others = [name for name in node.names if scope.name(name) not in names]
    made: list[ast.stmt] = [ast.Nonlocal(own)] if own else []
    return made + [ast.Global(others)] if others else made


def _let_add(
    scope: _Scope, node: ast.AugAssign, names: set[str], others: dict[ast.AST, list[ast.stmt]]
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
    where = _call(_import_arguments, ast.Constant(node.module or ""), ast.Constant(node.level))
    return _call(_take_all, _call(__import__, ast.Starred(where, ast.Load())))


def _let_see(scope: _Scope, node: ast.Call, reader: _Reader, names: set[str]) -> None:
    """Makes ``eval("x")``, ``locals()`` and the like see the names that a module would show."""
    function = node.func
    if function.id not in _SEEING or function.id in reader.module.bound:
        return
    if node.keywords or any(isinstance(one, ast.Starred) for one in node.args):
        return
    while scope.kind == _COMPREHENSION:
        scope = scope.parent
    if scope is reader.module:
        if function.id in ("eval", "exec"):
            if node.args and all(map(_is_everything, node.args[1:])):
                seen = _call(_in_both, ast.Name(function.id, ast.Load()), node.args[0])
                node.args = [ast.Starred(seen, ast.Load())]
        elif not node.args and (function.id != "globals" or node in reader.passing):
            node.func, node.args = _constant(_of_both), [function]
    elif scope.kind == _FUNCTION and not node.args and function.id in ("locals", "vars", "dir"):
        # A function's own variables do not include the module's that it reads.
        if scope.is_modules(function.id):
            hidden = [ast.Constant(name) for name in sorted(names) if scope.is_modules(name)]
            called = ast.Call(function, [], [])
            node.func = _constant(_without)
            node.args = [function, called, ast.Tuple(hidden, ast.Load())]
    ast.fix_missing_locations(node)


def _is_everything(node: ast.expr) -> bool:
    """Whether it is ``globals()`` or ``locals()``: what is meant anyway."""
    if not isinstance(node, ast.Call):
        return False
    # It may have been rewritten already.
    is_ours = isinstance(node.func, ast.Constant)
    function = node.args[0] if is_ours else node.func
    is_bare = is_ours or not (node.args or node.keywords)
    return is_bare and isinstance(function, ast.Name) and function.id in ("globals", "locals")


def _call(function: Callable, *arguments: ast.expr) -> ast.Call:
    return ast.Call(_constant(function), list(arguments), [])


def _constant(function: Callable) -> ast.Constant:
    """Stands for one of our functions, which the code then holds itself."""
    return ast.Constant(_MARK * 2 + function.__name__)


def _before(reader: _Reader, names: set[str], caught: set[str]) -> list[ast.stmt]:
    """What comes before the cell: which names are whose."""
    first: list[ast.stmt] = [ast.Expr(_call(_enter))]
    others = reader.module.bound - names
    if others:
        first.insert(0, ast.Global(sorted(others)))
    first += [_show_builtin(name + _MARK) for name in sorted(names) if hasattr(builtins, name)]
    # Some names are only bound by functions inside, with `global`.
    targets = [ast.Name(name + _MARK, ast.Store()) for name in sorted(names | caught)]
    never = ast.Assign(targets, ast.Constant(None))
    first.append(ast.If(ast.Constant(False), [never], []))
    return [ast.fix_missing_locations(one) for one in first]


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
        own = {name for name in code.co_varnames + code.co_cellvars if _MARK in name}
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
        return _AROUND.sub("", value).replace(_TOP + ".<locals>.", "").replace(_MARK, "")
    if isinstance(value, CodeType):
        return _unmarked(value)
    if isinstance(value, (tuple, frozenset)):
        after = type(value)(map(_without_mark, value))
        return value if all(map(lambda one, other: one is other, value, after)) else after
    return value


# What a cell calls while it runs.

_entered: list[FrameType] = []


def _enter() -> None:
    """The first that a cell does: tells which frame has its own variables."""
    _entered.append(sys._getframe(1))


def running() -> dict[str, Any]:
    """The own variables of the cell that runs."""
    return dict(_entered[-1].f_locals) if _entered else {}


def left() -> list[Any]:
    """The values of the own variables of the cell that just ran."""
    values: list[Any] = []
    while _entered:
        values += _entered.pop().f_locals.values()
    return values


class _Shown(dict):
    """A cell's own names and the shared ones, as they were; what is bound goes where it lives."""

    def __init__(self, frame: FrameType, *filled: dict[str, Any]) -> None:
        super().__init__()
        self._own: Any = frame.f_locals
        self._shared = frame.f_globals
        self._names = {*frame.f_code.co_varnames, *frame.f_code.co_cellvars}
        for names in filled:
            super().update(names)

    def _home(self, name: str) -> Any:
        return self._own if name in self._names else self._shared

    def __setitem__(self, name: str, value: Any) -> None:
        self._home(name)[name] = value
        super().__setitem__(name, value)

    def __delitem__(self, name: str) -> None:
        del self._home(name)[name]
        super().pop(name, None)

    def update(self, *others: Any, **more: Any) -> None:
        for name, value in dict(*others, **more).items():
            self[name] = value

    def setdefault(self, name: str, value: Any = None) -> Any:
        if name not in self:
            self[name] = value
        return self[name]

    def pop(self, name: str, *other: Any) -> Any:
        value = super().pop(name, *other)
        self._home(name).pop(name, None)
        return value


class _Seen(_Shown):
    """The same names, but as they are: for code that runs in the cell's place."""

    def __getitem__(self, name: str) -> Any:
        if isinstance(name, str):
            # The variables of a comprehension hide the others.
            for one in ("." + name, name):
                if one in self._own:
                    return self._own[one]
        return self._shared[name]


def _in_both(function: Any, source: Any) -> tuple:
    """The arguments of ``eval`` or ``exec`` at the top of a cell."""
    if function is not eval and function is not exec:
        return (source,)
    frame = sys._getframe(1)
    seen = _Seen(frame)
    # What `exec` defines may be called for long, so its globals are the real ones.
    return source, frame.f_globals if function is exec else seen, seen


def _of_both(function: Any) -> Any:
    """``locals()``, ``vars()``, ``globals()`` or ``dir()`` at the top of a cell."""
    if not any(function is one for one in (locals, vars, globals, dir)):
        return function()
    frame = sys._getframe(1)
    shown = _Shown(frame, frame.f_globals, frame.f_locals)
    return sorted(shown) if function is dir else shown


def _without(function: Any, value: Any, hidden: tuple[str, ...]) -> Any:
    """``locals()``, ``vars()`` or ``dir()`` in a function, without the module's names."""
    if function in (locals, vars):
        return {name: of for name, of in value.items() if name not in hidden}
    return [name for name in value if name not in hidden] if function is dir else value


def _import_arguments(module: str, level: int) -> tuple:
    return module, sys._getframe(1).f_globals, None, ("*",), level


def _take_all(module: Any) -> None:
    """Binds what ``from module import *`` binds."""
    names = _Shown(sys._getframe(1))
    listed = getattr(module, "__all__", None)
    for name in [name for name in vars(module) if name[:1] != "_"] if listed is None else listed:
        names[name] = getattr(module, name)


_HELPERS = (_enter, _in_both, _of_both, _without, _import_arguments, _take_all, __import__)
_OURS = {helper.__name__: helper for helper in (*_HELPERS, *_IN_PLACE.values())}


def as_written(error: BaseException) -> BaseException:
    """The error as a module raises it: without our frames, and with no word of local variables."""
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        if trace.tb_next.tb_frame.f_globals is globals():
            trace.tb_next = trace.tb_next.tb_next
        else:
            trace = trace.tb_next
    if type(error) not in (NameError, UnboundLocalError) or trace is None:
        return error
    found = re.match(r"cannot access (local|free) variable '(.*?)' ", str(error))
    code = trace.tb_frame.f_code
    if not found or found[1] == "local" and code.co_name != "<module>":
        return error
    plain = NameError(f"name {found[2]!r} is not defined", name=found[2])
    plain.__dict__.update(error.__dict__)
    plain.__cause__, plain.__context__ = error.__cause__, error.__context__
    plain.__suppress_context__ = error.__suppress_context__
    return plain.with_traceback(error.__traceback__)
