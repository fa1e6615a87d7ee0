"""``asyncio.run(main())`` and its relatives, where a loop is always running: the browser's.

They wait for the end where the browser can suspend Python, and otherwise say what to write instead.
"""

import asyncio
import inspect
import sys
from contextvars import ContextVar, copy_context
from functools import wraps
from typing import Any, Callable, Coroutine

# What a call of `asyncio.run` has begun: its tasks, and theirs.
_within: ContextVar[object] = ContextVar("rivulet_within", default=None)


def start() -> None:
    """From now on, in the browser; elsewhere there are loops that run and end."""
    if sys.platform != "emscripten":
        return
    asyncio.run = run
    asyncio.Runner = Runner
    loop = type(asyncio.get_event_loop())
    loop.run_until_complete = run_until_complete
    loop.close = lambda self: None


def _can_wait() -> bool:
    from pyodide.ffi import can_run_sync

    return can_run_sync()


def _wait(waiting: Callable, *given: Any) -> Any:
    """Waits, and gives the result. A task cannot be handed through JavaScript, which would wait for it
    and tell its error, too.
    """
    from pyodide.ffi import run_sync

    done: list[asyncio.Future] = []
    run_sync(waiting(done, *given))
    return done[0].result()


def _check(waited_for: Any, what: str) -> None:
    """Raises where Python cannot be suspended."""
    if _can_wait():
        return
    name = getattr(waited_for, "__name__", "")
    # Nobody will wait for it, which Python would complain about.
    if inspect.iscoroutine(waited_for):
        waited_for.close()
    example = f"await {name}()" if name.isidentifier() else "await main()"
    raise RuntimeError(f"{what} cannot wait in this browser. Write await instead, as in: {example}")


async def _whole(done: list[asyncio.Future], coroutine: Coroutine, context: Any) -> None:
    """Waits for its end; then stops the tasks that it has left behind."""
    loop = asyncio.get_running_loop()
    mark = object()
    context = context or copy_context()
    context.run(_within.set, mark)
    task = loop.create_task(coroutine, context=context)
    await asyncio.wait([task])
    left = [one for one in asyncio.all_tasks(loop) if one.get_context().get(_within) is mark]
    for one in left:
        one.cancel()
    await asyncio.gather(*left, return_exceptions=True)
    done.append(task)


async def _settled(done: list[asyncio.Future], future: Any) -> None:
    """Waits for its end."""
    future = asyncio.ensure_future(future)
    await asyncio.wait([future])
    done.append(future)


def _run(coroutine: Any, what: str, context: Any = None) -> Any:
    _check(coroutine, what)
    return _wait(_whole, coroutine, context)


@wraps(asyncio.run)
def run(main: Any, *, debug: bool | None = None, loop_factory: Callable | None = None) -> Any:
    if not inspect.iscoroutine(main):
        raise ValueError(f"a coroutine was expected, got {main!r}")
    return _run(main, "asyncio.run()")


def run_until_complete(self, future: Any) -> Any:
    """Waits until it is done, and gives its result."""
    if not inspect.isawaitable(future):
        raise TypeError("An asyncio.Future, a coroutine or an awaitable is required")
    _check(future, "run_until_complete()")
    return _wait(_settled, future)


class Runner:
    """What ``asyncio.Runner`` is, on the loop that is running."""

    def __init__(self, *, debug: bool | None = None, loop_factory: Callable | None = None) -> None:
        self._context = copy_context()
        self._is_closed = False

    def __enter__(self) -> "Runner":
        self._check()
        return self

    def __exit__(self, *error: Any) -> None:
        self.close()

    def close(self) -> None:
        self._is_closed = True

    def get_loop(self) -> asyncio.AbstractEventLoop:
        self._check()
        return asyncio.get_event_loop()

    def run(self, coro: Any, *, context: Any = None) -> Any:
        self._check()
        if not inspect.iscoroutine(coro):
            raise ValueError(f"a coroutine was expected, got {coro!r}")
        return _run(coro, "Runner.run()", context or self._context)

    def _check(self) -> None:
        if self._is_closed:
            raise RuntimeError("Runner is closed")


Runner.__module__ = "asyncio.runners"
