"""tqdm's bars are printed text here: it has no thread to watch over them, and no Jupyter that draws them."""

from types import ModuleType

from . import imports


def start() -> None:
    """Has tqdm's modules changed, once they are imported."""
    imports.after("tqdm.std", _change)
    imports.after("tqdm.notebook", _change_notebook)


def _change(module: ModuleType) -> None:
    # It would warn that no thread can start.
    module.tqdm.monitor_interval = 0


def _change_notebook(module: ModuleType) -> None:
    from tqdm import std

    module.tqdm = module.tqdm_notebook = std.tqdm
    module.trange = module.tnrange = std.trange
