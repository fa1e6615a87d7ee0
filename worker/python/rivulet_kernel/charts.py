"""Charts and widgets of the libraries that draw by scripts: they are shown in the forms that the page draws
itself, and not as HTML that loads its scripts from other sites.
"""

import os
from types import ModuleType, SimpleNamespace
from typing import Any

from . import imports, values

BOKEH = "application/vnd.bokehjs_json_item.v1+json"


def start() -> None:
    """Changes these libraries once they are imported."""
    os.environ.setdefault("PLOTLY_RENDERER", "plotly_mimetype")
    imports.after("altair.vegalite.v6.display", _change_altair)
    imports.after("altair.vegalite.v5.display", _change_altair)
    imports.after("plotly.io._renderers", _change_plotly)
    imports.after("bokeh.io.showing", _change_bokeh)
    imports.after("bokeh.io", _change_bokehs_notebook)
    for name, change in (("comm", "change_comm"), ("ipywidgets.widgets.widget", "change"),
                         ("ipywidgets.widgets.widget_output", "_change_output"), ("anywidget.widget", "change_any")):
        imports.after(name, lambda module, change=change: getattr(_jupyter_widgets(), change)(module))
    # Any plot, widget or layout, when it is a cell's last value.
    values.formatters[BOKEH] = {"bokeh.models.ui.ui_element.UIElement": _bokeh_item}


def _jupyter_widgets() -> Any:
    import importlib

    return importlib.import_module(f"{__package__}.jupyter_widgets")


def _change_altair(module: ModuleType) -> None:
    version = module.VEGALITE_VERSION.lstrip("v").split(".")[0]
    mime = f"application/vnd.vegalite.v{version}+json"

    def renderer(spec: dict, **options: Any) -> dict[str, Any]:
        return {mime: spec, "text/plain": module.DEFAULT_DISPLAY}

    module.renderers.register("mimetype", renderer)
    module.renderers.register("default", renderer)
    module.renderers.enable("default")


def _change_plotly(module: ModuleType) -> None:
    # It looks whether this package is there, and uses nothing of it.
    if not module.nbformat:
        module.nbformat = SimpleNamespace(__version__="5.0.0")


def _change_bokeh(module: ModuleType) -> None:
    def show(obj: Any, *args: Any, **options: Any) -> None:
        _show_bokeh(obj)

    # Without `output_notebook` it would write a file and open a browser.
    module._show_with_state = show


def _change_bokehs_notebook(module: ModuleType) -> None:
    def load(*args: Any, **options: Any) -> None:
        """The page has the scripts."""

    def show_app(*args: Any, **options: Any) -> None:
        raise NotImplementedError("A Bokeh application needs a server, which there is none of here. Show a plot or a layout.")

    def show_doc(obj: Any, *args: Any, **options: Any) -> None:
        _show_bokeh(obj)

    module.notebook.install_notebook_hook("jupyter", load, show_doc, show_app, overwrite=True)


def _show_bokeh(obj: Any) -> None:
    for one in obj if isinstance(obj, (list, tuple)) else [obj]:
        bundle = values.Bundle()
        bundle.put("text/plain", repr(one))
        bundle.put(BOKEH, _bokeh_item(one))
        values.post(bundle)


def _bokeh_item(model: Any) -> dict[str, Any]:
    from bokeh.embed import json_item

    return dict(json_item(model))
