"""JupyterLite's name for micropip."""

from micropip import *  # noqa: F403
