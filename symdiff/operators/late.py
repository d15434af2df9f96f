"""What is imported where a function calls SciPy, and not before: solvers, splines and the like."""

from __future__ import annotations

from ..specialize.calls.scipy import HANDLERS

_CALLS = (
    "grids",
    "interpolation",
    "monotone",
    "rotations",
    "sparse",
    "sparse_making",
    "sparse_solving",
    "splines",
)

_SOLVERS = ("fits", "integrals", "minima", "odes", "roots")

HANDLERS.later(*[f"symdiff.specialize.calls.{name}" for name in _CALLS])
HANDLERS.later(*[f"symdiff.operators.solvers.{name}" for name in _SOLVERS])
