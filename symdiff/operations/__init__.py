"""The table of primitives: every operation symdiff can differentiate, one entry each."""

from . import (
    arithmetic,
    arrays,
    composed,
    creating,
    differences,
    elementary,
    factorizations,
    gaps,
    indexing,
    joining,
    linalg,
    nonsmooth,
    ordering,
    padding,
    polynomials,
    products,
    rearranging,
    reductions,
    running,
    selecting,
    shaping,
    special,
    statistics,
)
from .entry import TABLE

__all__ = ["TABLE"]
