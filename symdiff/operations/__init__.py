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
    products,
    rearranging,
    reductions,
    scipy_gamma,
    scipy_linalg,
    scipy_optimize,
    scipy_signal,
    scipy_special,
    scipy_stats,
    special,
)
from .entry import TABLE

__all__ = ["TABLE"]
