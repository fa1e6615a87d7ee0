"""Stands for marimo, whose widgets and arrangements are written with Rivulet's here."""

import sys

from rivulet._marimo import module

sys.modules[__name__] = module()
