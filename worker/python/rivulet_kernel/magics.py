"""The magics that there are. Each takes its line, and a magic of a cell also the text below it; others say
in one sentence what to write instead.
"""

import importlib
import os
import re
import shlex
import sys
from pathlib import Path
from types import ModuleType
from typing import Any, Callable

from . import commands, display_objects, limits, pip, shell, values
from .errors import UsageError
from .registry import no_var_expand

own: dict[str, dict[str, Callable]] = {"line": {}, "cell": {}}

# What does nothing here, and why that is fine.
_NOTES = {
    "reset": "Nothing was deleted: each cell's names go when it runs again. Restart Python in the menu to begin anew.",
    "reset_selective": "Nothing was deleted: each cell's names go when it runs again.",
    "store": "Nothing was stored: values live as long as Python runs. Write them to a file to keep them.",
    "debug": limits.NO_DEBUGGER,
    "pdb": limits.NO_DEBUGGER,
    "history": "The history of this notebook is in its menu.",
    "hist": "The history of this notebook is in its menu.",
    "recall": "The history of this notebook is in its menu.",
    "notebook": "This notebook is saved by itself; its menu exports it.",
    "save": "This notebook is saved by itself; its menu exports it.",
}
# What does nothing here, and need not say so.
_SILENT = (
    "alias", "autosave", "autocall", "automagic", "colors", "doctest_mode", "gui", "logoff", "logon", "logstart",
    "logstop", "page", "rehashx", "xmode", "autoreload", "aimport", "pprint", "config_inline", "subplots_adjust",
)
# What is written otherwise.
_INSTEAD = {
    "sql": "Write SQL into an SQL cell: add one below, or change the kind of this one.",
    "bash": "There is no bash in a browser. Lines such as !ls, !cat, !head, !mkdir or !rm work in a Python cell.",
    "pylab": "Write import numpy as np and import matplotlib.pyplot as plt instead.",
    "python": "A cell is Python already: take the first line away.",
    "R": "There is no R in a browser. Write it in Python.",
    "run_notebook": "Copy the cells of the other notebook into this one.",
    "tensorboard": "TensorBoard is a program of its own, and there are none in a browser.",
    "cython": "There is no compiler in a browser. Write it in Python, for instance with numpy.",
    "conda": "Write %pip install instead of %conda install.",
    "javascript": "JavaScript of a notebook does not run here: it could reach the page. Use Python, or HTML without scripts.",
}
_SAME = {
    "sh": "bash", "script": "bash", "cmd": "bash", "system_cell": "bash", "zsh": "bash", "perl": "bash", "ruby": "bash",
    "python2": "python", "python3": "python", "pypy": "python", "ipython": "python", "rpy2.ipython": "R", "mamba": "conda",
    "load_sql": "sql", "cython_inline": "cython", "js": "javascript",
}


def unknown(kind: str, name: str) -> str:
    """What is said of a magic that is not there."""
    sign = "%" if kind == "line" else "%%"
    instead = _INSTEAD.get(_SAME.get(name, name))
    if instead:
        return instead
    if name in own["line" if kind == "cell" else "cell"]:
        other = "%%" if kind == "line" else "%"
        return f"{sign}{name} is written as {other}{name} here."
    return f"There is no {sign}{name} here; %lsmagic lists what there is."


def _line(*names: str) -> Callable:
    def decorate(function: Callable) -> Callable:
        own["line"].update(dict.fromkeys(names, function))
        return function

    return decorate


def _cell(*names: str) -> Callable:
    def decorate(function: Callable) -> Callable:
        own["cell"].update(dict.fromkeys(names, function))
        return function

    return decorate


def _noted(note: str) -> Callable:
    def magic(line: str) -> None:
        print(note)

    return magic


for _name, _note in _NOTES.items():
    own["line"][_name] = _noted(_note)
for _name in _SILENT:
    own["line"][_name] = lambda line: None


@_line("matplotlib")
def _matplotlib(line: str) -> None:
    if "--list" in line or "-l" in line.split():
        print("Available matplotlib backends: inline")
    elif line.strip() not in ("", "inline", "agg", "auto"):
        print("Figures are shown as pictures here, each below its cell.")


@_line("time", "timeit", "prun")
def _run_code(line: str) -> Any:
    raise UsageError("Write this magic at the begin of a line.")


@_line("pip", "pip3")
@no_var_expand
def _pip(line: str) -> None:
    sys.stdout.write(pip.pip(shell.the_shell().var_expand(line)))


@_line("conda", "mamba")
def _conda(line: str) -> None:
    words = [word for word in line.split() if word not in ("-y", "--yes") and not word.startswith("conda-forge")]
    if words[:1] != ["install"]:
        raise UsageError(_INSTEAD["conda"])
    words = [word for at, word in enumerate(words) if word not in ("-c", "--channel")]
    sys.stdout.write(pip.pip(" ".join(words)))


@_line("pwd")
def _pwd(line: str) -> str:
    return os.getcwd()


@_line("cd")
def _cd(line: str) -> None:
    words = [word for word in shlex.split(line) if word not in ("-q",)]
    os.chdir(os.path.expanduser(words[0] if words else "~"))
    if "-q" not in line.split():
        print(os.getcwd())


def _as_command(name: str) -> Callable:
    def magic(line: str) -> None:
        shell.the_shell().system(f"{name} {line}")

    return magic


for _name in ("ls", "cat", "head", "tail", "mkdir", "rm", "rmdir", "cp", "mv"):
    own["line"][_name] = _as_command(_name)
own["line"].update(dict.fromkeys(("ll", "ldir", "lf"), _as_command("ls -l")))
own["line"].update(dict.fromkeys(("more", "less"), _as_command("cat")))


@_line("system", "sx", "sc")
def _system(line: str) -> Any:
    return shell.the_shell().getoutput(line)


@_cell("system", "sx", "!")
def _system_cell(line: str, cell: str) -> Any:
    lines = [line, *cell.splitlines()]
    return shell.SList(out for one in lines if one.strip() for out in shell.the_shell().getoutput(one))


@_line("env", "set_env")
def _env(line: str) -> Any:
    name, value = (re.split(r"\s*=\s*|\s+", line.strip(), maxsplit=1) + [""])[:2]
    if not name:
        return dict(os.environ)
    if not value:
        if name not in os.environ:
            raise UsageError(f"The environment has no {name}.")
        return os.environ[name]
    os.environ[name] = value
    print(f"env: {name}={value}")


def _public(line: str) -> dict[str, Any]:
    kinds = set(line.split())
    names = shell.the_shell().user_ns.items()
    return {
        name: value for name, value in sorted(names, key=lambda pair: str(pair[0]))
        if isinstance(name, str) and not name.startswith("_") and (not kinds or type(value).__name__ in kinds)
    }


@_line("who")
def _who(line: str) -> None:
    print("\t ".join(_public(line)) or "There are no names yet.")


@_line("who_ls")
def _who_ls(line: str) -> list[str]:
    return list(_public(line))


@_line("whos")
def _whos(line: str) -> None:
    found = _public(line)
    if not found:
        return print("There are no names yet.")
    rows = [(name, type(value).__name__, _short(value)) for name, value in found.items()]
    wide, wider = (max(len(row[at]) for row in [*rows, ("Variable", "Type", "")]) for at in (0, 1))
    print(f"{'Variable':<{wide}}   {'Type':<{wider}}   Value")
    for name, kind, value in rows:
        print(f"{name:<{wide}}   {kind:<{wider}}   {value}")


def _short(value: Any) -> str:
    if hasattr(value, "shape"):
        return f"shape {value.shape}"
    if isinstance(value, (list, tuple, dict, set)):
        return f"n={len(value)}"
    text = values.plain(value).replace("\n", " ")
    return text if len(text) <= 60 else text[:57] + "..."


@_line("load_ext", "reload_ext")
def _load_ext(line: str) -> None:
    name = line.strip()
    if name in ("autoreload", "storemagic", "matplotlib", "nb_black", "lab_black"):
        return None
    if name in _INSTEAD or name in _SAME:
        raise UsageError(_INSTEAD[_SAME.get(name, name)])
    try:
        module = importlib.import_module(name)
    except ImportError as error:
        raise UsageError(f"The extension {name} is not here: {error}.") from None
    if not hasattr(module, "load_ipython_extension"):
        raise UsageError(f"{name} is no extension: it has no load_ipython_extension.")
    module.load_ipython_extension(shell.the_shell())


@_line("unload_ext")
def _unload_ext(line: str) -> None:
    unload = getattr(sys.modules.get(line.strip()), "unload_ipython_extension", None)
    if unload:
        unload(shell.the_shell())


@_line("run")
def _run(line: str) -> None:
    words = shlex.split(line)
    flags = [word for word in words if word.startswith("-") and words.index(word) == 0]
    names = words[len(flags) :]
    if not names:
        raise UsageError("Which file is missing: write for instance %run helper.py.")
    path = Path(names[0])
    if not path.exists() and path.with_suffix(".py").exists():
        path = path.with_suffix(".py")
    if not path.exists():
        raise UsageError(f"{names[0]} is not in Python's working folder. Add the file to this notebook.")
    if path.suffix == ".ipynb":
        raise UsageError(_INSTEAD["run_notebook"])
    main = shell.the_shell().user_ns
    space = main if "-i" in flags else {"__name__": "__main__", "__file__": str(path), "__builtins__": __builtins__}
    arguments, sys.argv = sys.argv, names
    try:
        exec(compile(path.read_bytes(), str(path), "exec", dont_inherit=True), space)
    except SystemExit as stop:
        if stop.code not in (None, 0):
            print(f"{path} ended with {stop.code}.", file=sys.stderr)
    finally:
        sys.argv = arguments
        if space is not main:
            main.update({name: value for name, value in space.items() if not name.startswith("__")})


@_line("load", "loadpy")
def _load(line: str) -> None:
    words = [word for word in shlex.split(line) if not word.startswith("-")]
    if not words or words[0].startswith(("http:", "https:")):
        raise UsageError("Copy the text into a cell: a cell does not change its own text here.")
    print("Copy this into a cell: a cell does not change its own text here.")
    values.show(display_objects.Code(Path(words[0]).read_text(encoding="utf-8")))


@_line("config")
def _config(line: str) -> None:
    if not line.strip():
        print("Settings of IPython change nothing here.")


@_line("precision")
def _precision(line: str) -> None:
    text = line.strip()
    if text and not text.isdigit() and not re.fullmatch(r"%[\d.]*[efgEFG]", text):
        raise UsageError("How many digits is missing: write for instance %precision 3.")
    values.float_format = f"%.{text}f" if text.isdigit() else text
    numpy = sys.modules.get("numpy")
    if numpy is not None:
        numpy.set_printoptions(precision=int(text) if text.isdigit() else 8)


@_line("lsmagic", "magic", "quickref")
def _lsmagic(line: str) -> None:
    for kind, sign, name in (("line", "%", "Magics of a line"), ("cell", "%%", "Magics of a cell")):
        names = shell.the_shell().magics_manager.lsmagic()[kind]
        names = [*names, *(("time", "timeit", "capture", "prun") if kind == "cell" else ())]
        print(f"{name}:\n{'  '.join(sign + one for one in sorted(set(names)))}\n")


@_line("pinfo", "pinfo2", "pdoc", "psource", "pdef")
@no_var_expand
def _pinfo(line: str) -> None:
    _describe(line.strip())


@_line("psearch")
@no_var_expand
def _psearch(line: str) -> None:
    print("\n".join(shell.search(line.strip())))


def _describe(name: str) -> None:
    import inspect

    if name.startswith("%"):
        kind = "cell" if name.startswith("%%") else "line"
        bare = name.lstrip("%")
        is_there = shell.the_shell().find_magic(bare, kind) or bare in ("time", "timeit", "capture", "prun")
        return print(f"{name} is a magic of IPython that works here." if is_there else unknown(kind, bare))
    try:
        value = shell.the_shell().ev(name)
    except Exception:
        return print(f"Object `{name}` not found.")
    about = []
    try:
        about.append(f"Signature: {name}{inspect.signature(value)}")
    except (TypeError, ValueError):
        pass
    about.append(f"Type:      {type(value).__name__}")
    if not callable(value) and not isinstance(value, ModuleType):
        about.append(f"Value:     {_short(value)}")
    text = inspect.getdoc(value)
    print("\n".join([*about, *([f"Docstring:\n{text}"] if text else [])]))


@_cell("html", "HTML")
def _html(line: str, cell: str) -> None:
    values.show(display_objects.HTML(cell))


@_cell("markdown")
def _markdown(line: str, cell: str) -> None:
    values.show(display_objects.Markdown(cell))


@_cell("latex")
def _latex(line: str, cell: str) -> None:
    values.show(display_objects.Latex(cell))


@_cell("svg", "SVG")
def _svg(line: str, cell: str) -> None:
    values.show(display_objects.SVG(cell))


@_cell("javascript", "js")
def _javascript(line: str, cell: str) -> None:
    values.show(display_objects.Javascript(cell))


@_cell("writefile", "file")
def _writefile(line: str, cell: str) -> None:
    words = shlex.split(line)
    appends = any(word in ("-a", "--append") for word in words)
    names = [word for word in words if word not in ("-a", "--append")]
    if len(names) != 1:
        raise UsageError("The name of the file is missing: write for instance %%writefile helper.py.")
    path = Path(os.path.expanduser(names[0]))
    did = "Appending to" if appends and path.exists() else "Overwriting" if path.exists() else "Writing"
    with open(path, "a" if appends else "w", encoding="utf-8") as file:
        file.write(cell)
    print(f"{did} {names[0]}")
    _was_written(path.resolve())


def _was_written(path: Path) -> None:
    """Has the next import read the new text of a module."""
    importlib.invalidate_caches()
    if path.suffix != ".py":
        return
    from importlib.util import cache_from_source

    # It would be taken for current where both were written in the same second.
    Path(cache_from_source(str(path))).unlink(missing_ok=True)
    for name, module in list(sys.modules.items()):
        file = getattr(module, "__file__", None)
        if file and name != "__main__" and Path(file).resolve() == path:
            del sys.modules[name]
