"""What a browser has none of, where Python would wait for ever or say nothing, or others need it only for
their looks: sockets, programs, a debugger, threads that draw."""

import os
import sys
from types import ModuleType
from typing import Any

from . import imports

NO_SOCKETS = "Python in a browser has no sockets. Fetch from the web with urllib, requests or httpx."

NO_DEBUGGER = "There is no debugger here. Print the values, or look at the variables beside the notebook."


def _refuse(self: Any, *arguments: Any) -> Any:
    raise OSError(NO_SOCKETS)


def _system(command: Any) -> int:
    from . import commands

    try:
        out, wrong, status = commands.run(os.fspath(command))
    except Exception as error:
        out, wrong, status = "", f"{error}\n", 127
    sys.stdout.write(out)
    sys.stderr.write(wrong)
    return status << 8


def _say_no_debugger(*arguments: Any, **options: Any) -> None:
    print(NO_DEBUGGER)


def _change_pdb(module: ModuleType) -> None:
    for name in ("set_trace", "post_mortem", "pm"):
        setattr(module, name, _say_no_debugger)


def _change_rich(module: ModuleType) -> None:
    """Has what is drawn live be drawn when it is told something, and not by a thread."""
    begin = module.Live.__init__

    def without_thread(self: Any, *arguments: Any, **options: Any) -> None:
        begin(self, *arguments, **{**options, "auto_refresh": False})

    module.Live.__init__ = without_thread


def say() -> None:
    """Has them say so, or do what can be done."""
    import socket

    for name in ("connect", "connect_ex", "bind", "listen"):
        setattr(socket.socket, name, _refuse)
    os.system = _system
    sys.breakpointhook = _say_no_debugger
    imports.after("pdb", _change_pdb)
    imports.after("rich.live", _change_rich)
