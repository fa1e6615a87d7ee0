"""What a browser has none of, where Python would wait for ever or say nothing: sockets and programs."""

import os
import sys
from typing import Any

NO_SOCKETS = "Python in a browser has no sockets. Fetch from the web with urllib, requests or httpx."


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


def say() -> None:
    """Has them say so, or do what can be done."""
    import socket

    for name in ("connect", "connect_ex", "bind", "listen"):
        setattr(socket.socket, name, _refuse)
    os.system = _system
