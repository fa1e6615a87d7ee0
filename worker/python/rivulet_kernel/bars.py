"""tqdm's bars as real ones: one element each, drawn anew in its place."""

import io
import sys
from types import ModuleType
from typing import Any

from . import displays, imports, values


def start() -> None:
    """From now on, for whoever imports tqdm."""
    imports.after("tqdm.std", _change)
    # Its bars for notebooks are made of widgets of another kind; those for a terminal do the same here.
    imports.after("tqdm.notebook", _stand_in)


def description(label: str, done: float, total: float | None, seconds: float, state: str, caption: str = "") -> dict:
    """A bar as the page builds it."""
    told = {"kind": "progress", "label": label[:500], "caption": caption[:500], "done": done}
    return told | {"total": total, "seconds": round(seconds, 2), "state": state}


def _change(module: ModuleType) -> None:
    bar = module.tqdm
    # Its thread, which a browser has not, only watches over bars that stand still.
    bar.monitor_interval = 0
    display, clear, close = bar.display, bar.clear, bar.close

    def is_ours(self: Any) -> bool:
        if hasattr(self, "_rivulet_bar"):
            return True
        file = getattr(self.fp, "_wrapped", self.fp)
        is_shown = file in (sys.stderr, sys.stdout) and not getattr(self, "gui", False)
        return is_shown and not getattr(self, "disable", False) and not self.bar_format

    def show(self: Any, msg: str | None = None, pos: int | None = None) -> Any:
        if not is_ours(self):
            return display(self, msg, pos)
        if msg == "":
            bundle = {"text/plain": ""}
        else:
            bundle = _bundle(self)
        handle = getattr(self, "_rivulet_bar", None)
        if handle is None:
            handle = self._rivulet_bar = displays.DisplayHandle()
            displays.display(bundle, raw=True, display_id=handle.display_id)
        else:
            handle.update(bundle, raw=True)
        return True

    def wipe(self: Any, nolock: bool = False) -> None:
        # What is printed between does not stand in its line.
        if not hasattr(self, "_rivulet_bar"):
            clear(self, nolock)

    def end(self: Any) -> None:
        if not self.disable and hasattr(self, "_rivulet_bar"):
            self._rivulet_ended = True
            # The line's end, which nothing stands in.
            self.fp = io.StringIO()
        close(self)

    bar.display, bar.clear, bar.close = show, wipe, end


def _bundle(bar: Any) -> dict[str, Any]:
    known = bar.format_dict
    done, total = known["n"], known["total"]
    ended = getattr(bar, "_rivulet_ended", False)
    is_whole = total is None or done >= total
    state = "running" if not ended else "done" if is_whole else "failed"
    told = description(str(known["prefix"] or ""), done, total, known["elapsed"], state, str(known["postfix"] or ""))
    bundle = values.Bundle()
    bundle.put(values.WIDGET, told)
    bundle.put("text/plain", str(bar))
    return dict(bundle)


def _stand_in(module: ModuleType) -> None:
    from tqdm import std

    module.tqdm = module.tqdm_notebook = std.tqdm
    module.trange = module.tnrange = std.trange
