"""The kernel's Python part: runs cells in ``__main__`` and posts what they put out.

The host (Rust, in the same worker) calls the functions of this module; they talk to the page only
through the ``post`` that ``start`` was given. User code runs in the same interpreter and may break
much of it, so everything needed to report an outcome is bound here before any cell runs.
"""

from .values import display
from .execute import forget, run, start

__all__ = ["display", "forget", "run", "start"]
