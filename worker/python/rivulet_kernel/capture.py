"""Catches what code puts out. Named as in ``IPython.utils.capture``."""

import io
from typing import Any

from . import streams, values
from .output import CLEAR, VALUE, Output, Piece


class RichOutput:
    """A value that was to be shown."""

    def __init__(self, bundle: dict[str, Any]) -> None:
        self.data: dict[str, Any] = dict(bundle)
        self.metadata: dict[str, Any] = {}

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, Any]:
        return self.data

    def display(self) -> None:
        """Shows it."""
        values.show(self)


class CapturedIO:
    """What was printed and shown."""

    def __init__(self) -> None:
        self._printed = {name: io.StringIO() for name in ("stdout", "stderr")}
        self._shown: list[RichOutput] = []
        self._run: _Catcher | None = None

    def _now(self) -> None:
        if self._run is not None:
            self._run.drain()

    @property
    def stdout(self) -> str:
        """What was printed."""
        self._now()
        return self._printed["stdout"].getvalue()

    @property
    def stderr(self) -> str:
        """What was printed to the other stream."""
        self._now()
        return self._printed["stderr"].getvalue()

    @property
    def outputs(self) -> list[RichOutput]:
        """The values that were to be shown."""
        self._now()
        return self._shown

    def __str__(self) -> str:
        return self.stdout

    def show(self) -> None:
        """Puts all of it out."""
        import sys

        sys.stdout.write(self.stdout)
        sys.stderr.write(self.stderr)
        for output in self.outputs:
            output.display()

    __call__ = show


class _Catcher(Output):
    """Stands for the run whose code is caught."""

    def __init__(self, around: Output | None, captured: CapturedIO, wanted: set[str]) -> None:
        # What is asked of the page in here is asked by the run around it.
        super().__init__(0 if around is None else around.run, lambda *_: None)
        self.around, self._captured, self._wanted = around, captured, wanted

    def is_full(self) -> bool:
        return False

    def show(self, bundle: dict[str, Any], notes: Any = (), name: str | None = None) -> None:
        if VALUE not in self._wanted and self.around is not None:
            self.drain()
            return self.around.show(bundle, notes, name)
        self.turn(self.writer)
        self._before.append((VALUE, bundle))

    def _post_pieces(self, pieces: list[Piece], is_final: bool) -> None:
        for name, content in pieces:
            if name == VALUE:
                self._captured._shown.append(RichOutput(content))
            elif name == CLEAR:
                self._captured._shown.clear()
                for printed in self._captured._printed.values():
                    printed.truncate(printed.seek(0))
            elif name in self._wanted:
                self._captured._printed[name].write("".join(content))
            elif self.around is not None:
                self.around.turn(name)
                self.around.parts.extend(content)
                self.around.drain()


class capture_output:
    """``with capture_output() as captured: …``: what is put out in there is caught."""

    def __init__(self, stdout: bool = True, stderr: bool = True, display: bool = True) -> None:
        self.captured = CapturedIO()
        choices = (("stdout", stdout), ("stderr", stderr), (VALUE, display))
        self._wanted = {name for name, is_wanted in choices if is_wanted}
        self._token: Any = None

    def __enter__(self) -> CapturedIO:
        run = _Catcher(streams.here(), self.captured, self._wanted)
        self.captured._run = run
        self._token = streams.current.set(run)
        return self.captured

    def __exit__(self, kind: Any, error: Any, trace: Any) -> None:
        try:
            # What was drawn in here belongs to what was shown in here.
            if kind is None:
                values.show_open_figures()
        finally:
            self.captured._now()
            streams.current.reset(self._token)


__all__ = ["CapturedIO", "RichOutput", "capture_output"]
