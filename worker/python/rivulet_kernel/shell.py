"""What ``get_ipython()`` gives: the shell of IPython, as far as cells use it."""

import builtins
import fnmatch
import inspect
import re
import sys
from contextlib import suppress
from typing import Any, Callable

from . import registry, timing, values
from .errors import UsageError

_BRACES = re.compile(r"\{\{|\}\}|\{([^{}]+)\}|\$\$|\$([^\W\d][\w.]*)")


class Events:
    """Functions that are called before and after cells."""

    def __init__(self) -> None:
        names = ("pre_execute", "pre_run_cell", "post_execute", "post_run_cell", "shell_initialized")
        self.callbacks: dict[str, list[Callable]] = {name: [] for name in names}

    def register(self, event: str, function: Callable) -> None:
        """Has a function called from now on."""
        if event not in self.callbacks:
            raise KeyError(f"There is no event {event!r}; there are {', '.join(self.callbacks)}.")
        if function not in self.callbacks[event]:
            self.callbacks[event].append(function)

    def unregister(self, event: str, function: Callable) -> None:
        """Has it called no longer."""
        if function not in self.callbacks.get(event, ()):
            raise ValueError(f"Function {function!r} is not registered as a {event} callback")
        self.callbacks[event].remove(function)

    def trigger(self, event: str, *arguments: Any) -> None:
        """Calls them; one that fails says so and harms nobody."""
        for function in list(self.callbacks[event]):
            try:
                function(*arguments[: getattr(getattr(function, "__code__", None), "co_argcount", 0)])
            except Exception as error:
                print(f"{event} callback failed: {type(error).__name__}: {error}", file=sys.stderr)


class _Formatter:
    """How values of some types are shown in one form."""

    def __init__(self, mime: str) -> None:
        self.format_type = mime

    @property
    def type_printers(self) -> dict[Any, Callable]:
        """The functions by type."""
        return values.formatters.setdefault(self.format_type, {})

    def for_type(self, kind: Any, function: Callable | None = None) -> Any:
        """Has values of a type, or of one that is named with its module, shown by a function."""
        before = self.type_printers.get(kind)
        if function is not None:
            self.type_printers[kind] = function
        return before

    def for_type_by_name(self, module: str, name: str, function: Callable | None = None) -> Any:
        """Has values of the type of this name shown by a function."""
        return self.for_type(f"{module}.{name}", function)

    def pop(self, kind: Any, default: Any = None) -> Any:
        """Has them shown as they were."""
        return self.type_printers.pop(kind, default)


class _Formatters(dict):
    def __missing__(self, mime: str) -> _Formatter:
        self[mime] = _Formatter(mime)
        return self[mime]


class _DisplayFormatter:
    def __init__(self) -> None:
        self.formatters = _Formatters()

    def format(self, value: Any, include: Any = None, exclude: Any = None) -> tuple[dict, dict]:
        """The forms of a value."""
        return dict(values.bundle_of(value)), {}


class _DisplayPublisher:
    def publish(self, data: dict, metadata: Any = None, source: Any = None, *, transient: Any = None, update: bool = False, **more: Any) -> None:
        """Shows a value that is given in its forms."""
        from .displays import publish_display_data

        publish_display_data(data, metadata, transient=transient, update=update)

    def clear_output(self, wait: bool = False) -> None:
        """Clears what the cell has put out."""
        from .displays import clear_output

        clear_output(wait)


class _MagicsManager:
    magics = registry.known

    def lsmagic(self) -> dict[str, list[str]]:
        """The names of all magics."""
        from . import magics

        return {kind: sorted({*magics.own[kind], *registry.known[kind]}) for kind in ("line", "cell")}


class _Config(dict):
    """Settings; none of them changes anything here."""

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return self.setdefault(name, _Config())

    def __setattr__(self, name: str, value: Any) -> None:
        self[name] = value


class InteractiveShell:
    """The shell that runs the cells of a notebook."""

    _one: "InteractiveShell | None" = None
    parent = None

    def __init__(self, *arguments: Any, **options: Any) -> None:
        self.config = _Config()
        self.events = Events()
        self.display_formatter = _DisplayFormatter()
        self.display_pub = _DisplayPublisher()
        self.magics_manager = _MagicsManager()
        self.execution_count = 1
        self.colors = "nocolor"
        self.ast_node_interactivity = "last_expr"

    @classmethod
    def instance(cls, *arguments: Any, **options: Any) -> "InteractiveShell":
        """The one shell."""
        if InteractiveShell._one is None:
            InteractiveShell._one = InteractiveShell()
        return InteractiveShell._one

    @classmethod
    def initialized(cls) -> bool:
        """Whether there is one."""
        return True

    def __getattr__(self, name: str) -> Any:
        raise AttributeError(f"get_ipython() has no {name!r} here: it is a small part of IPython.")

    # Names.

    @property
    def user_ns(self) -> dict[str, Any]:
        """The names of the notebook."""
        return sys.modules["__main__"].__dict__

    user_global_ns = user_ns

    @property
    def user_module(self) -> Any:
        """Their module."""
        return sys.modules["__main__"]

    def push(self, variables: Any, interactive: bool = True) -> None:
        """Makes names of the notebook."""
        if isinstance(variables, dict):
            self.user_ns.update(variables)
        else:
            raise TypeError("push() takes a dictionary here.")

    def drop_by_id(self, variables: dict) -> None:
        """Takes names away that still stand for these values."""
        for name, value in variables.items():
            if self.user_ns.get(name, self) is value:
                del self.user_ns[name]

    def ev(self, expression: str) -> Any:
        """The value of an expression."""
        return eval(expression, self.user_ns)

    def ex(self, code: str) -> None:
        """Runs statements."""
        exec(code, self.user_ns)

    # Magics and commands.

    def run_line_magic(self, magic_name: str, line: str, _stack_depth: int = 1) -> Any:
        """Does what a line magic says."""
        return self._run("line", magic_name, line)

    def run_cell_magic(self, magic_name: str, line: str, cell: str) -> Any:
        """Does what a cell magic says."""
        return self._run("cell", magic_name, line, cell)

    def magic(self, arg_s: str) -> Any:
        """Does what a line magic says that is written in one."""
        name, _, line = arg_s.strip().lstrip("%").partition(" ")
        return self.run_line_magic(name, line)

    run_magic = magic

    def _run(self, kind: str, name: str, line: str, *cell: str) -> Any:
        from . import magics

        function = registry.known[kind].get(name) or magics.own[kind].get(name)
        if function is None:
            raise UsageError(magics.unknown(kind, name))
        if not getattr(function, "_no_var_expand", False):
            line = self.var_expand(line)
        options = {"local_ns": _names_of_caller() or self.user_ns} if getattr(function, "needs_local_scope", False) else {}
        return function(line, *cell, **options)

    def find_magic(self, magic_name: str, magic_kind: str = "line") -> Callable | None:
        """The function of a magic."""
        from . import magics

        return registry.known[magic_kind].get(magic_name) or magics.own[magic_kind].get(magic_name)

    def find_line_magic(self, name: str) -> Callable | None:
        """The function of a line magic."""
        return self.find_magic(name, "line")

    def find_cell_magic(self, name: str) -> Callable | None:
        """The function of a cell magic."""
        return self.find_magic(name, "cell")

    def register_magic_function(self, func: Callable, magic_kind: str = "line", magic_name: str | None = None) -> None:
        """Makes a function a magic."""
        registry.add(magic_kind, magic_name or func.__name__, func)

    def register_magics(self, *magics: Any) -> None:
        """Makes the marked methods of objects or classes magics."""
        for one in magics:
            registry.add_all(one(shell=self) if isinstance(one, type) else one)

    def system(self, cmd: str) -> None:
        """Does commands of a system shell, as far as Python can."""
        from . import commands

        out, wrong, status = commands.run(self.var_expand(cmd))
        sys.stdout.write(out)
        sys.stderr.write(wrong)
        self.user_ns["_exit_code"] = status

    system_piped = system_raw = system

    def getoutput(self, cmd: str, split: bool = True, depth: int = 0) -> Any:
        """The lines that commands put out."""
        from . import commands

        out, wrong, _ = commands.run(self.var_expand(cmd))
        return SList((out + wrong).splitlines()) if split else out + wrong

    def var_expand(self, cmd: str, depth: int = 0, formatter: Any = None) -> str:
        """A line with the values of ``{expressions}`` and ``$names`` in it; what has none stays."""

        def value(found: re.Match[str]) -> str:
            if found[0] in ("{{", "}}", "$$"):
                return found[0][0]
            with suppress(Exception):
                return str(eval((found[1] or found[2]).strip(), names))
            return found[0]

        if "{" in cmd or "$" in cmd:
            within = _names_of_caller(depth)
            names = {**self.user_ns, **within} if within else self.user_ns
        return _BRACES.sub(value, cmd) if "{" in cmd or "$" in cmd else cmd

    # Code.

    def run_cell(self, raw_cell: str, store_history: bool = False, silent: bool = False, **more: Any) -> Any:
        """Runs a cell's text in the notebook."""
        from . import execute

        return execute.run_text(raw_cell)

    def run_code(self, code: Any, **more: Any) -> None:
        """Runs compiled code in the notebook."""
        exec(code, self.user_ns)

    def transform_cell(self, raw_cell: str) -> str:
        """A cell as Python."""
        from . import inputs

        return inputs.to_python(raw_cell).source

    def set_next_input(self, text: str, replace: bool = False) -> None:
        """Shows a text that is meant for a new cell."""
        from .display_objects import Code

        print("This is meant for a cell of its own; copy it there:")
        values.show(Code(text))

    def showtraceback(self, *arguments: Any, **options: Any) -> None:
        """Prints the exception that is handled."""
        import traceback

        traceback.print_exc()

    def ask_exit(self) -> None:
        """Ends the cell."""
        raise SystemExit

    def enable_gui(self, gui: Any = None) -> None:
        """There is no other window than the page."""

    def enable_matplotlib(self, gui: Any = None) -> tuple[str, str]:
        """Figures are shown by themselves."""
        return "inline", "module://rivulet_kernel.matplotlib_backend"

    def atexit_operations(self) -> None:
        """Nothing is left open."""

    # What magics in the place of their cell become (`inplace.py`).

    _time, _prun, _timeit, _clock = timing.time, timing.prun, staticmethod(timing.timeit), staticmethod(timing.clock)

    @staticmethod
    def _timed(begin: tuple[float, float], value: Any) -> Any:
        timing.tell(begin)
        return value

    @staticmethod
    def _show_result(value: Any) -> None:
        values.show_result(value)

    @staticmethod
    def _capture(stdout: bool, stderr: bool, display: bool) -> Any:
        from .capture import capture_output

        return capture_output(stdout, stderr, display)


class SList(list):
    """Lines of text, also as one text: ``.s``, ``.n`` and ``.l``."""

    @property
    def l(self) -> list[str]:  # noqa: E743
        """The lines."""
        return self

    @property
    def s(self) -> str:
        """The lines with spaces between them."""
        return " ".join(self)

    @property
    def n(self) -> str:
        """The lines as a text."""
        return "\n".join(self)

    nlstr, spstr, list = n, s, l

    def grep(self, pattern: Any, prune: bool = False) -> "SList":
        """The lines in which something is found."""
        found = pattern if callable(pattern) else lambda line: re.search(pattern, line, re.IGNORECASE)
        return SList(line for line in self if bool(found(line)) != prune)

    def fields(self, *numbers: int) -> "SList":
        """The words of these numbers of each line."""
        rows = [line.split() for line in self]
        if not numbers:
            return SList(rows)
        return SList(" ".join(row[number] for number in numbers if -len(row) <= number < len(row)) for row in rows)


def _names_of_caller(depth: int = 0) -> dict[str, Any]:
    """The local names of the function that asked for a magic or a command, or of that many callers above it;
    none where it was asked for outside of functions.
    """
    frame = sys._getframe(1)
    while frame is not None and frame.f_globals.get("__package__") == __package__:
        frame = frame.f_back
    while frame is not None and depth > 0:
        frame, depth = frame.f_back, depth - 1
    return dict(frame.f_locals) if frame is not None and frame.f_code.co_flags & inspect.CO_NEWLOCALS else {}


class TerminalInteractiveShell(InteractiveShell):
    """The shell of a terminal, which this one is not: code asks for it to know where it runs."""


def the_shell() -> InteractiveShell:
    """The one shell."""
    return InteractiveShell.instance()


def get_ipython() -> InteractiveShell:
    """The one shell."""
    return the_shell()


def search(pattern: str) -> list[str]:
    """The names that a pattern with ``*`` fits."""
    first, _, rest = pattern.rpartition(".")
    names = dir(the_shell().ev(first)) if first else [*the_shell().user_ns, *dir(builtins)]
    shown = fnmatch.filter(names, rest)
    return sorted(f"{first}.{name}" if first else name for name in shown if not name.startswith("_") or rest.startswith("_"))
