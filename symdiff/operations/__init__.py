"""The table of primitives: every operation symdiff can differentiate, one entry each."""

from . import (
    arithmetic,
    arrays,
    elementary,
    indexing,
    joining,
    linalg,
    nonsmooth,
    products,
    rearranging,
    reductions,
    special,
)
from .entry import TABLE

__all__ = ["TABLE"]
