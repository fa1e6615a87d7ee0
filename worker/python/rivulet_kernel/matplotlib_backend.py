"""matplotlib's backend in a cell: draws with Agg, and ``plt.show()`` shows the figures at once."""

from matplotlib.backend_bases import _Backend
from matplotlib.backends.backend_agg import FigureCanvasAgg, _BackendAgg

from .values import show_open_figures

FigureCanvas = FigureCanvasAgg


@_Backend.export
class _BackendRivulet(_BackendAgg):
    @staticmethod
    def show(*args, **kwargs) -> None:
        show_open_figures()
