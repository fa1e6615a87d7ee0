"""matplotlib's backend in a cell: draws with Agg, and ``plt.show()`` shows the figures at once."""

from matplotlib.backend_bases import _Backend
from matplotlib.backends.backend_agg import FigureCanvasAgg, _BackendAgg

from . import streams
from .values import show_open_figures


class FigureCanvas(FigureCanvasAgg):
    """One that knows the run that drew on it, which is where it is shown."""

    def __init__(self, figure=None) -> None:
        super().__init__(figure)
        self.rivulet_run = streams.here()
        # Where that run has ended, nothing comes that would show it.
        if self.rivulet_run is not None and not streams.is_going_on(self.rivulet_run):
            streams.call_soon(show_open_figures)


@_Backend.export
class _BackendRivulet(_BackendAgg):
    @staticmethod
    def show(*args, **kwargs) -> None:
        show_open_figures()
