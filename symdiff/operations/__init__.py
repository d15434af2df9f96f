"""The table of primitives: every operation symdiff can differentiate, one entry each."""

from . import arithmetic, arrays, elementary
from .entry import TABLE

__all__ = ["TABLE"]
