"""Magics whose argument is Python: it becomes part of the cell, so that it sees and makes the cell's names,
may await, and fails in its own line.
"""

import ast
import re
from typing import Any

from . import inputs

_OPTIONS = re.compile(r"\s*-(?:[nrp]\s*\d+|[ntrcqov]+(?=\s|$))")
_CAPTURE = re.compile(r"\s*--?no-(stdout|stderr|display)\b")
_LOOP = "_rivulet_loop"


def parse(source: str, file: str) -> tuple[ast.Module, str] | None:
    """The cell as a tree and as plain Python; None where there is nothing of IPython in it."""
    cell = inputs.to_python(source)
    written = source.replace("\r\n", "\n").replace("\r", "\n")
    if cell.source == written and not cell.magics:
        return None
    tree = ast.parse(cell.source, file, "exec")
    tree = _InPlace(written.split("\n"), cell.source.split("\n"), file).visit(tree)
    for name, line in reversed(cell.magics):
        _wrap(tree, name, line, file, written.split("\n")[0])
    return ast.fix_missing_locations(tree), cell.source


class _InPlace(ast.NodeTransformer):
    """Puts the code of magics in the place of their calls."""

    def __init__(self, written: list[str], lines: list[str], file: str) -> None:
        self._written, self._lines, self._file = written, lines, file

    def generic_visit(self, node: ast.AST) -> ast.AST:
        line = getattr(node, "lineno", 0)
        if 0 < line <= len(self._written) and self._written[line - 1] != self._lines[line - 1]:
            # What is underlined is what was written.
            text = self._written[line - 1]
            node.col_offset = len(text) - len(text.lstrip())
            node.end_lineno, node.end_col_offset = line, len(text.encode())
        return super().generic_visit(node)

    def visit_Expr(self, node: ast.Expr) -> Any:
        found = self._code_of(node.value)
        if found is None:
            return self.generic_visit(node)
        name, options, tree, is_quiet = found
        value = _expression(tree)
        if name == "timeit":
            return _timeit(options, tree, [], node, None)
        if value is not None and name == "time" and not is_quiet:
            node.value = _timed(value)
            return node
        return _with(name, "", tree.body, node)

    def visit_Assign(self, node: ast.Assign) -> Any:
        found = self._code_of(node.value)
        if found is None:
            return self.generic_visit(node)
        name, options, tree, _ = found
        if name == "timeit":
            return _timeit(options, tree, [], node, node.targets)
        value = _expression(tree)
        if value is None or name != "time":
            return self.generic_visit(node)
        node.value = _timed(value)
        return node

    def _code_of(self, call: ast.AST) -> tuple[str, str, ast.Module, bool] | None:
        """The magic's name, its options and its code, if it takes any."""
        if not isinstance(call, ast.Call) or not isinstance(call.func, ast.Attribute) or call.func.attr != "run_line_magic":
            return None
        name, text = (argument.value for argument in call.args if isinstance(argument, ast.Constant))
        if name not in ("time", "timeit", "prun"):
            return None
        options, text = _split(text, _OPTIONS) if name == "timeit" else ("", text)
        if not text or text.startswith("-"):
            return None
        is_quiet = text.endswith(";")
        text = text.rstrip("; ")
        tree = ast.parse("\n" * (call.lineno - 1) + text, self._file)
        column = max(self._written[call.lineno - 1].find(text), 0)
        for node in ast.walk(tree):
            for part in ("", "end_"):
                if getattr(node, part + "lineno", 0) == call.lineno:
                    setattr(node, part + "col_offset", getattr(node, part + "col_offset") + column)
        return name, options, tree, is_quiet


def _wrap(tree: ast.Module, name: str, line: str, file: str, first_line: str) -> None:
    """Puts the whole cell into a magic of its first line."""
    at = ast.Pass(lineno=1, col_offset=0, end_lineno=1, end_col_offset=len(first_line.encode()))
    first = [node for node in tree.body if isinstance(node, ast.ImportFrom) and node.module == "__future__"]
    body = [node for node in tree.body if node not in first]
    if name == "timeit":
        options, setup = _split(line, _OPTIONS)
        tree.body = [*first, *_timeit(options, ast.Module(body, []), ast.parse(setup, file).body, at, None)]
        return
    if name == "time" and line:
        # IPython times the line alone.
        body = [*ast.parse(line, file).body, *body]
    if body and isinstance(body[-1], ast.Expr):
        last = body[-1]
        body[-1] = ast.copy_location(ast.Expr(_call("_show_result", [last.value])), last)
    tree.body = [*first, *_with(name, line, body or [at], at)]


def _with(name: str, line: str, body: list[ast.stmt], at: ast.AST) -> list[ast.stmt]:
    target = None
    if name == "capture":
        options, variable = _split(line, _CAPTURE)
        wanted = [ast.Constant(f"--no-{stream}" not in options and f"-no-{stream}" not in options) for stream in ("stdout", "stderr", "display")]
        manager = _call("_capture", wanted)
        if variable.isidentifier():
            target = ast.Name(variable, ast.Store())
    else:
        manager = _call("_" + name, [])
    return [ast.copy_location(ast.With([ast.withitem(manager, target)], body), at)]


def _timeit(options: str, tree: ast.Module, setup: list[ast.stmt], at: ast.AST, targets: Any) -> list[ast.stmt]:
    """A function that runs the code again and again, as the module ``timeit`` makes it, and its call."""
    shape = ast.parse(
        f"def {_LOOP}(_rivulet_turns, _rivulet_clock):\n _rivulet_begin = _rivulet_clock()\n"
        " for _rivulet_turn in _rivulet_turns: pass\n return _rivulet_clock() - _rivulet_begin"
    ).body[0]
    shape.body[1].body = tree.body or [ast.Pass()]
    shape.body[:0] = setup
    call = _call("_timeit", [ast.Constant(options), ast.Name(_LOOP, ast.Load())])
    told = ast.Assign(targets, call) if targets else ast.Expr(call)
    end = ast.Delete([ast.Name(_LOOP, ast.Del())])
    return [ast.copy_location(node, at) for node in (shape, told, end)]


def _timed(value: ast.expr) -> ast.expr:
    """The clock is read before the value is worked out, and again after it."""
    return _call("_timed", [_call("_clock", []), value])


def _call(name: str, arguments: list[Any]) -> ast.expr:
    shell = ast.Call(ast.Name("get_ipython", ast.Load()), [], [])
    return ast.Call(ast.Attribute(shell, name, ast.Load()), arguments, [])


def _expression(tree: ast.Module) -> ast.expr | None:
    if len(tree.body) == 1 and isinstance(tree.body[0], ast.Expr):
        return tree.body[0].value
    return None


def _split(text: str, option: re.Pattern[str]) -> tuple[str, str]:
    """The options at its begin, and the rest."""
    at = 0
    while found := option.match(text, at):
        at = found.end()
    return text[:at].strip(), text[at:].strip()
