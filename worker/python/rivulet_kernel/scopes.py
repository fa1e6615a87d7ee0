"""The scopes of a cell: which names each binds and declares, and which of its uses mean the module's.

Python's own rules; its compiler is the judge (see the tests).
"""

import ast
from contextlib import contextmanager
from typing import Any, Iterable, Iterator

MODULE, FUNCTION, CLASS, COMPREHENSION, PARAMETERS = range(5)
# They see the variables of whoever calls them.
SEEING = frozenset({"eval", "exec", "locals", "vars", "dir", "globals"})


class Scope:
    """A scope of the source: what it binds and declares, and where it uses which name."""

    def __init__(self, kind: int, parent: "Scope | None" = None, owner: str = "") -> None:
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

    def names(self) -> set[str]:
        """The names that it uses."""
        return {name for _, _, name, _ in self.uses}

    def is_modules(self, name: str, binds: bool = False) -> bool:
        """Whether ``name`` is the module's when this scope reads, or binds, it."""
        if self.kind == CLASS and self._keeps(name) and name not in self.globals:
            # What is not in the class yet is looked up in the module, past all functions around.
            return not binds and name not in self.nonlocals
        seen = self._class_seen()
        if seen and not self._keeps(name) and (seen._keeps(name) or name in seen.globals):
            return seen.is_modules(name)
        scope = self
        while scope.kind != MODULE:
            if scope.kind != CLASS or scope is self:
                if name in scope.globals:
                    return True
                if scope._keeps(name):
                    return False
            scope = scope.parent
        return True

    def _keeps(self, name: str) -> bool:
        return name in self.bound or name in self.nonlocals

    def _class_seen(self) -> "Scope | None":
        """The class that type parameters, and what is computed with them, see as its body does."""
        scope, sees = self, False
        while scope.kind in (PARAMETERS, COMPREHENSION):
            sees |= scope.kind == PARAMETERS
            scope = scope.parent
        return scope if sees and scope.kind == CLASS else None


class Reader(ast.NodeVisitor):
    """Finds the scopes of a cell, and the statements that a function cannot have as they are."""

    def __init__(self) -> None:
        self.module = self.scope = Scope(MODULE)
        self.scopes = [self.module]
        self.declarations: list[tuple[Scope, ast.Global]] = []
        self.additions: list[tuple[Scope, ast.AugAssign]] = []
        self.deletions: list[tuple[Scope, ast.Delete]] = []
        self.calls: list[tuple[Scope, ast.Call]] = []
        self.annotated: list[ast.AnnAssign] = []
        self.stars: list[ast.ImportFrom] = []
        self.handlers: list[ast.ExceptHandler] = []
        # The names of the errors that are handled around, and what uses them there.
        self.handled: set[str] = set()
        self.in_handlers: set[ast.AST] = set()

    @contextmanager
    def inside(self, kind: int, owner: str | None = None) -> Iterator[Scope]:
        around = self.scope
        self.scope = Scope(kind, around, around.owner if owner is None else owner)
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
        while scope.kind == COMPREHENSION:
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
        self.handlers.append(node)
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
        if self.scope.kind == CLASS and isinstance(node.target, ast.Name):
            self.additions.append((self.scope, node))

    def visit_Delete(self, node: ast.Delete) -> None:
        self.generic_visit(node)
        self.deletions.append((self.scope, node))

    def visit_Call(self, node: ast.Call) -> None:
        self.generic_visit(node)
        if isinstance(node.func, ast.Name) and node.func.id in SEEING:
            self.calls.append((self.scope, node))

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
        with self.inside(FUNCTION) as scope:
            scope.bound.update(scope.name(parameter.arg) for parameter in parameters)
            self.visit_all(body)

    def visit_ClassDef(self, node: ast.ClassDef) -> None:
        self.binds(node, "name", node.name)
        self.visit_all(node.decorator_list)
        with self.parameters(node):
            self.visit_all(node.bases + node.keywords)
            with self.inside(CLASS, node.name):
                self.visit_all(node.body)

    @contextmanager
    def parameters(self, node: Any) -> Iterator[None]:
        """The scope of the type parameters, where there are some (PEP 695)."""
        parameters = getattr(node, "type_params", None)
        if not parameters:
            yield
            return
        with self.inside(PARAMETERS) as scope:
            scope.bound.update(scope.name(parameter.name) for parameter in parameters)
            self.visit_all(parameters)
            yield

    def visit_TypeAlias(self, node: Any) -> None:
        self.visit(node.name)
        with self.parameters(node), self.inside(PARAMETERS):
            self.visit(node.value)

    def visit_comprehension_of(self, node: Any) -> None:
        first, *others = node.generators
        self.visit(first.iter)
        with self.inside(COMPREHENSION):
            self.visit(first.target)
            self.visit_all(first.ifs + others)
            self.visit_all(getattr(node, part, None) for part in ("key", "value", "elt"))

    visit_ListComp = visit_SetComp = visit_comprehension_of
    visit_DictComp = visit_GeneratorExp = visit_comprehension_of


def _parameters(arguments: ast.arguments) -> list[ast.arg]:
    named = arguments.posonlyargs + arguments.args + arguments.kwonlyargs
    return named + [rest for rest in (arguments.vararg, arguments.kwarg) if rest is not None]
