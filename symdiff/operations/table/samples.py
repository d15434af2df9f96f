"""Numbers to try an expression with, to learn of what sort its result is."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from ...program.program import Aval

_OF_FLOATS = frozenset(
    {
        *("add", "sub", "mul", "div", "neg", "pos", "pow", "square", "reciprocal"),
        *("sqrt", "cbrt", "exp", "exp2", "expm1", "log", "log2", "log10", "log1p"),
        *("sin", "cos", "tan", "asin", "acos", "atan"),
        *("sinh", "cosh", "tanh", "sech", "asinh", "acosh", "atanh"),
    }
)


def gives_floats(code: Sequence[Any], avals: Sequence[Aval]) -> bool:
    """Whether what it computes is known to be of double precision, as what it reads is."""
    if not avals or any(a.dtype != "float64" for a in avals):
        return False
    return all(
        token in _OF_FLOATS
        if type(token) is str
        else type(token) is int or type(token.value) in (float, int)
        for token in code
    )


def same(avals: Sequence[Aval]) -> list[Any]:
    """The same number for all operands."""
    return [_sample(a, 1.0, 1) for a in avals]


def different(avals: Sequence[Aval], first: int = 2) -> list[Any]:
    """Another number for each."""
    return [_sample(a, 0.7 + 0.01 * k, first + k) for k, a in enumerate(avals)]


def small(avals: Sequence[Aval]) -> list[Any]:
    """Very small numbers."""
    return [_sample(a, 1e-300 if a.dtype == "float64" else 1e-30, 1) for a in avals]


def _sample(aval: Aval, inexact: float, whole: int) -> Any:
    """A number of the type that is known of a value."""
    one: Any = np.full((), inexact if aval.is_inexact else whole, aval.dtype)[()]
    return one.item() if aval.weak else one
