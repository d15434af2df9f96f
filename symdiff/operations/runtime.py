"""Scalar functions that generated code calls as `rt.name`, where one Python expression is too long.

They follow `math` in what they raise: `ValueError`, `OverflowError`, `ZeroDivisionError` where
NumPy would give `nan` or `inf`; the caller then takes the careful way.
"""

from __future__ import annotations

import math


def sign(x: float) -> float:
    """-1.0, 0.0 or 1.0; nan for nan.

    >>> sign(-3.0)
    -1.0
    """
    return math.copysign(1.0, x) if x else x


def power(x: float, y: float) -> float:
    """`x**y` over the reals: raises where Python would leave them for a complex number."""
    if type(y) is int:
        return float(x) ** y if type(x) is not int or y < 0 else x**y
    return math.pow(x, y)
