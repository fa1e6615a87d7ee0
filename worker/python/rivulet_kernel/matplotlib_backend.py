"""matplotlib's backend in a cell: draws with Agg, and ``plt.show()`` shows the figures at once."""

from matplotlib._pylab_helpers import Gcf
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


def _active():
    """The figure that ``plt.plot`` draws into: the newest of this run. What a cell left behind may draw
    meanwhile.
    """
    run = streams.here()
    managers = [manager for manager in Gcf.figs.values() if getattr(manager.canvas, "rivulet_run", run) is run]
    return managers[-1] if managers else None


Gcf.get_active = staticmethod(_active)


@_Backend.export
class _BackendRivulet(_BackendAgg):
    FigureCanvas = FigureCanvas

    @staticmethod
    def show(*args, **kwargs) -> None:
        show_open_figures()
