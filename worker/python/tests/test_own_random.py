"""Random programs of nested scopes do the same with own names as they do as modules."""

import ast
import builtins
import random
import re
import sys
import unittest

from test_kernel import Page  # noqa: F401 (finds the package)

from rivulet_kernel import names as own_names, own

NAMES = ("a", "b", "c", "_d", "e")
PROGRAMS = 400


class Programs:
    """Writes programs that bind, declare and read the same few names in scopes of all kinds."""

    def __init__(self, seed):
        self.random = random.Random(seed)
        self.count = 0

    def number(self):
        self.count += 1
        return self.count

    def name(self):
        return self.random.choice(NAMES)

    def module(self):
        last = [line for name in NAMES for line in self.reads(name)]
        return "\n".join(self.block(0, "module") + last)

    def block(self, depth, kind):
        lines = []
        if kind != "module" and self.random.random() < 0.5:
            lines.append(f"{self.random.choice(('global', 'global', 'nonlocal'))} {self.name()}")
        for _ in range(self.random.randrange(2, 6)):
            lines += self.statement(depth, kind)
        return lines

    def inside(self, depth, kind):
        return ["    " + line for line in self.block(depth + 1, kind)]

    def tries(self, statement):
        return [
            "try:",
            "    " + statement,
            f"except (NameError, TypeError, AttributeError) as error_: log({self.number()}, 'no')",
        ]

    def reads(self, name):
        return self.tries(f"log({self.number()}, {self.expression(name)})")

    def expression(self, name):
        other, third = self.name(), self.name()
        return self.random.choice((
            name,
            name,
            f"[{name} for {other} in (1, 2)]",
            f"[{other} for {other} in (1, 2)] + [{name}]",
            f"[(lambda: {name})() for {other} in (4, 5)]",
            f"list({name} for {other} in [1] for z in [{third}])",
            f"(lambda {other}: ({name}, {other}))(7)",
            f"(lambda: {name})()",
            f"({name} := {self.number()})",
            f"([{name} := z for z in (1, 2)], {other})",
            f"f'{{{name}}} {{{other}=}}'",
        ))

    def statement(self, depth, kind):
        name = self.name()
        simple = (
            lambda: [f"{name} = {self.number()}"],
            lambda: self.reads(name),
            lambda: self.tries(f"{name} += 1"),
            lambda: self.tries(f"del {name}"),
            lambda: [f"for {name} in (1, 2): pass"],
            lambda: ["match [1, 2]:", f"    case [{name}, *{self.name()}_]: pass"],
            lambda: [f"from math import pi as {name}"],
            lambda: self.alias(name),
        )
        nested = (
            lambda: self.function(depth, name),
            lambda: self.function(depth, name),
            lambda: self.type(depth, name),
            lambda: ["if True:", *self.inside(depth, kind)] if kind == "module" else ["pass"],
        )
        return self.random.choice(simple + nested if depth < 4 else simple)()

    def parameters(self):
        return f"[{self.name()}]" if sys.version_info >= (3, 14) and self.random.random() < 0.2 else ""

    def alias(self, name):
        if sys.version_info < (3, 14):
            return ["pass"]
        return [f"type {name}{self.parameters()} = {self.name()}", *self.tries(f"log({name}.__value__)")]

    def type(self, depth, name):
        inside = self.inside(depth, "class")
        return [f"class {name}{self.parameters()}:", *inside, f"log({name}.__qualname__)"]

    def function(self, depth, name):
        parameter = self.random.choice(("", "", f"{self.name()}={self.number()}"))
        return [
            f"def {name}{self.parameters()}({parameter}):",
            *self.inside(depth, "function"),
            *self.tries(f"log({self.number()}, {name}())"),
            f"later.append({name})",
        ]


def happens(run):
    """What a program logs, also when its functions are called after its end; and its names."""
    told, later = [], []

    def log(*values):
        told.append(re.sub(r"0x[0-9a-f]+", "", repr(values)))

    space = {"log": log, "later": later, "__builtins__": builtins, "__name__": "__main__"}
    for call in [lambda: run(space), *(lambda at=at: later[at]() for at in range(20))]:
        try:
            log(call())
        except (NameError, IndexError, TypeError, AttributeError) as error:
            log(NameError if isinstance(error, NameError) else type(error))
    return told, set(space)


def does(source, names):
    """What the program does as a module and in ours; nothing if Python does not take it."""
    try:
        plain = compile(source, "cell", "exec", dont_inherit=True)
    except SyntaxError:
        return None
    code = own.compile_cell(ast.parse(source), "cell", names, False)
    told, bound = happens(lambda space: exec(plain, space))
    ours = (told, bound)
    if code is not None:
        ours = happens(lambda space: own_names.begin(1, code, frozenset(names), space) and None)
        own_names.end()
    return (told, bound - set(names)), ours


class RandomTest(unittest.TestCase):
    def test_random_programs_do_the_same(self):
        done = 0
        for seed in range(3 * PROGRAMS):
            programs = Programs(seed)
            source = programs.module()
            names = [name for name in NAMES if programs.random.random() < 0.6]
            results = does(source, names)
            if results is not None:
                done += 1
                self.assertEqual(*results, f"seed {seed}, own {names}\n{source}")
            if done == PROGRAMS:
                break
        self.assertEqual(done, PROGRAMS)


if __name__ == "__main__":
    unittest.main()
