"""What goes wrong with magics. Named as in ``IPython.core.error``."""


class UsageError(Exception):
    """A magic was not written as it must be, or is none that there is here."""


# As an error of Python's own is: where it comes from helps nobody.
UsageError.__module__ = "builtins"


class StdinNotImplementedError(NotImplementedError):
    """Nobody can be asked."""


__all__ = ["StdinNotImplementedError", "UsageError"]
