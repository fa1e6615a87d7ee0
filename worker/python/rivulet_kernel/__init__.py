"""The kernel's Python part: runs cells in ``__main__`` and posts what they put out.

The host (Rust, in the same worker) calls the functions of this module; what a run puts out goes
through the ``post`` that ``start`` was given, which can say nothing else to the page. User code runs
in the same interpreter and may break much of it, so everything needed to report an outcome is bound here before any cell runs.
"""

from .displays import display
from .execute import drop_cell, forget, run, start

__all__ = ["ask", "display", "drop_cell", "forget", "move", "run", "start"]


def move(message: str) -> None:
    """Moves a widget, as JSON says. Never raises: what goes wrong is shown below the widget's cell."""
    try:
        from . import widgets

        widgets.move(message)
    except BaseException:  # user code has broken Python's imports
        pass


def ask(question: str) -> str:
    """Answers a question of the page about variables or names; both are JSON. Never raises."""
    try:
        # A notebook can start before it is asked anything.
        from . import inspector

        return inspector.ask(question)
    except BaseException:  # user code has broken Python's imports
        return '{"answer": "completions", "completions": []}'
