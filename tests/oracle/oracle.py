"""What CPython itself says of a cell's names: the judge of the analysis.

``judge(source)`` compiles a cell and looks at two things of CPython's own: the symbol table, for what
is bound and read at module scope anywhere, and the bytecode, for what is read before it is bound.
``cells(folder, limit)`` cuts the Python files below a folder into cells of one or two statements.
"""

import __future__
import ast
import dis
import json
import symtable
import sys
import types
from pathlib import Path

FLAGS = ast.PyCF_ALLOW_TOP_LEVEL_AWAIT
STORES = {"STORE_NAME", "STORE_GLOBAL"}
LOADS = {"LOAD_NAME", "LOAD_GLOBAL", "LOAD_FROM_DICT_OR_GLOBALS"}
DELETES = {"DELETE_NAME", "DELETE_GLOBAL"}


def tables(table, parent=None):
    yield table, parent
    for child in table.get_children():
        yield from tables(child, table)


def is_seen_in_class(name: str, table, parent) -> bool:
    """An annotation looks into the class around it first, though the symbol table says global."""
    if parent is None or parent.get_type() != "class" or "annotation" not in str(table.get_type()).lower():
        return False
    return name in parent.get_identifiers() and parent.lookup(name).is_assigned()


def bound_and_read(source: str, stored: set[str], loaded: set[str]) -> tuple[set[str], set[str]]:
    """The module's names that are bound anywhere, and those that are read anywhere."""
    top = symtable.symtable(source, "cell", "exec")
    ignored = unevaluated(ast.parse(source))
    targets = comprehension_targets(ast.parse(source))
    bound, read = set(), set()
    for table, parent in tables(top):
        for symbol in table.get_symbols():
            name = symbol.get_name()
            in_module = table is top or symbol.is_declared_global()
            # A bare `x: int` is local to the symbol table, but binds nothing; and from 3.12 on the
            # symbol table counts the targets of inlined comprehensions as the module's.
            if name not in stored and (symbol.is_annotated() or name in targets):
                in_module = False
            if in_module and (symbol.is_assigned() or symbol.is_imported() or symbol.is_namespace()):
                bound.add(name)
            if symbol.is_referenced() and (table is top or symbol.is_global()):
                if name in targets and name not in loaded:
                    continue
                if not is_seen_in_class(name, table, parent):
                    read.add(name)
    return bound, read - ignored


def comprehension_targets(tree: ast.AST) -> set[str]:
    generators = (node for node in ast.walk(tree) if isinstance(node, ast.comprehension))
    names = (name for generator in generators for name in ast.walk(generator.target))
    return {name.id for name in names if isinstance(name, ast.Name)}


def unevaluated(tree: ast.AST) -> set[str]:
    """Names that stand nowhere but in annotations of local variables, or of attributes and items:
    those are never evaluated, though symbol tables list them."""
    inside: set[int] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.AnnAssign) and not node.simple:
            inside.update(id(name) for name in ast.walk(node.annotation))
    for function in ast.walk(tree):
        if isinstance(function, (ast.FunctionDef, ast.AsyncFunctionDef)):
            for node in own_statements(function.body):
                if isinstance(node, ast.AnnAssign):
                    inside.update(id(name) for name in ast.walk(node.annotation))
    names = [node for node in ast.walk(tree) if isinstance(node, ast.Name)]
    return {node.id for node in names if id(node) in inside} - {node.id for node in names if id(node) not in inside}


def own_statements(body: list):
    """The statements of a function, without those of functions and classes inside of it."""
    for node in body:
        yield node
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
            continue
        for field in ("body", "orelse", "finalbody", "handlers", "cases"):
            yield from own_statements(getattr(node, field, []))


def names_in(code: types.CodeType, opcodes: set[str]) -> set[str]:
    """The names that these instructions name, in the code and in all code inside of it."""
    names = {i.argval for i in dis.get_instructions(code) if i.opname in opcodes}
    for constant in code.co_consts:
        if isinstance(constant, types.CodeType):
            names |= names_in(constant, opcodes)
    return names


def read_early(code: types.CodeType, starts: dict[int, int], counts_deletes: bool = True) -> tuple[set[str], set[str]]:
    """The names that the module's own code reads before it binds them, in the order of its
    instructions; and those that code inside of it reads, whenever that runs."""
    early, stored, later = set(), set(), set()
    instructions = list(dis.get_instructions(code))
    # The instructions of handlers stand at the end, wherever the handler is: what is stored in an
    # earlier line counts as stored.
    first = {}
    for instruction in instructions:
        if instruction.opname in STORES and instruction.positions.lineno:
            line = instruction.positions.lineno
            first[instruction.argval] = min(line, first.get(instruction.argval, line))
    for instruction in instructions:
        name = instruction.argval
        if instruction.opname in STORES:
            stored.add(name)
        elif instruction.opname in LOADS and name not in stored:
            line = instruction.positions.lineno or 0
            if starts.get(line, line) <= first.get(name, line):
                early.add(name)
        elif instruction.opname in DELETES and counts_deletes and name not in stored:
            early.add(name)
    for constant in code.co_consts:
        if isinstance(constant, types.CodeType):
            later |= names_in(constant, LOADS)
    return early, later


def statement_starts(tree: ast.AST) -> dict[int, int]:
    """For each line the line in which its innermost statement begins."""
    starts: dict[int, int] = {}
    for node in ast.walk(tree):
        # Outer statements come first; those inside overwrite their lines.
        if isinstance(node, ast.stmt):
            starts.update(dict.fromkeys(range(node.lineno, node.end_lineno + 1), node.lineno))
    return starts


def class_reads(code: types.CodeType, starts: dict[int, int]) -> set[str]:
    """What bodies of classes read before they bind it: it comes from the module, though the symbol
    table calls it local (``class A: x = x``)."""
    names = set()
    for constant in code.co_consts:
        if isinstance(constant, types.CodeType):
            names |= class_reads(constant, starts)
            if not constant.co_flags & 0x1:
                names |= read_early(constant, starts, counts_deletes=False)[0]
    return names


def judge(source: str) -> dict:
    # From 3.14 on annotations are evaluated when they are asked for (PEP 649).
    later = __future__.annotations.compiler_flag if sys.version_info < (3, 14) else 0
    code = compile(source, "cell", "exec", flags=FLAGS | later, dont_inherit=True)
    bound, read = bound_and_read(source, names_in(code, STORES), names_in(code, LOADS))
    starts = statement_starts(ast.parse(source))
    early, later = read_early(code, starts)
    read |= class_reads(code, starts)
    return {
        "source": source,
        "bound": sorted(bound),
        "read": sorted(read),
        "early": sorted(early),
        "later": sorted(later & read),
        "awaits": bool(code.co_flags & 0x80),
    }


def cells(folder: str, limit: int):
    """Cells of one or two statements, spread evenly over the files."""
    count = 0
    paths = sorted(path for path in Path(folder).rglob("*.py") if "site-packages" not in path.parts)
    # About thirty cells a file: a sample takes its files from everywhere.
    paths = paths[:: max(1, len(paths) * 20 // limit)] if limit else paths
    for number, path in enumerate(paths):
        try:
            source = path.read_bytes().decode("utf-8")
            tree = ast.parse(source)
        except (SyntaxError, ValueError, UnicodeDecodeError, RecursionError):
            continue
        lines = source.splitlines(keepends=True)
        body = tree.body
        at, size = 0, 1 + number % 2
        while at < len(body):
            group = body[at : at + size]
            at += size
            size = 1 + size % 2
            decorators = getattr(group[0], "decorator_list", [])
            first = min([group[0].lineno, *(found.lineno for found in decorators)])
            text = "".join(lines[first - 1 : group[-1].end_lineno])
            # What only a file's top may hold, and form feeds, which count as lines to some.
            # And what the module symtable of CPython gets wrong itself: it takes a function called
            # `top` for the module.
            if "\f" in text or "from __future__" in text or "def top(" in text:
                continue
            try:
                yield judge(text)
            except (SyntaxError, ValueError, RecursionError):
                continue
            count += 1
            if limit and count >= limit:
                return


def judge_all(folder: str, limit: int) -> str:
    return "\n".join(json.dumps(cell) for cell in cells(folder, limit))
