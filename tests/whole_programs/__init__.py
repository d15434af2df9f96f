"""Programs of 10 to 150 lines as students, quants and scientists write them, in plain Python.

To add one, write it in the file of its field, under `@program(places...)`.
"""

from . import algorithms, dynamics, finance, inference, linear_algebra, networks, own_types
from ._program import PROGRAMS, Program

__all__ = ["PROGRAMS", "Program"]
_FIELDS = (algorithms, dynamics, finance, inference, linear_algebra, networks, own_types)
