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
    leastsquares,
    matrices,
    nonsmooth,
    norms,
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
    spectral,
    statistics,
    sums,
)
from .entry import TABLE

__all__ = ["TABLE"]
