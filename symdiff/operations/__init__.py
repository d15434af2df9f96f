"""The table of primitives: every operation symdiff can differentiate, one entry each."""

from . import (
    arithmetic,
    arrays,
    composed,
    elementary,
    factorizations,
    indexing,
    joining,
    linalg,
    nonsmooth,
    ordering,
    padding,
    products,
    rearranging,
    reductions,
    running,
    selecting,
    shaping,
    special,
)
from .entry import TABLE

__all__ = ["TABLE"]
