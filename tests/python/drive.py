"""The kernel's Python part as a process: a request a line comes in, an answer a line goes out.

``["start"]`` begins anew; ``["run", request]`` runs a cell and answers what it did; ``["forget", names]``;
``["compare", source]`` runs a module by itself, and answers which names of the notebook differ from its.
"""

import json
import sys
import types
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2] / "worker/python"))

import rivulet_kernel  # noqa: E402
from rivulet_kernel import execute  # noqa: E402


def plain(value):
    """A value as something that can be compared and written."""
    if isinstance(value, types.ModuleType):
        return f"module {value.__name__}"
    if isinstance(value, type):
        return f"class {value.__qualname__} {value.y}"
    if callable(value):
        return f"function {value.__qualname__} {value(2)}"
    return repr(value)


def compare(source: str) -> list[str]:
    module = types.ModuleType("__main__")
    exec(compile(source, "module", "exec"), module.__dict__)
    public = {name: plain(value) for name, value in vars(module).items() if not name.startswith("_")}
    found = {name: plain(value) for name, value in vars(execute._kernel.main).items() if not name.startswith("_")}
    return [f"{name}: {public.get(name)} is {found.get(name)}" for name in sorted({*public, *found})
            if public.get(name) != found.get(name)]


def answer(command: str, *rest):
    if command == "start":
        rivulet_kernel.start(lambda *message: None)
        return None
    if command == "run":
        return json.loads(rivulet_kernel.run(json.dumps(rest[0])))
    if command == "forget":
        return rivulet_kernel.forget(json.dumps(rest[0]))
    return compare(rest[0])


out = sys.stdout
for line in sys.stdin:
    told = answer(*json.loads(line))
    print(json.dumps(told), file=out, flush=True)
