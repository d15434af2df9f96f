"""Power series at 0 of quotients that are 0/0 there, which generated code calls as `rt.near_0`."""

from __future__ import annotations

import math
from typing import Any

import numpy as np


def near_0(kind: str, n: float, z: float) -> float:
    """The `n`-th derivative of `f(z)/z` near 0, by its power series.

    >>> round(near_0("sin", 1, 1e-9), 20)  # that of sin(z)/z is -z/3
    -3.3333333333e-10
    """
    return float(near_0_array(kind, n, z))


def near_0_array(kind: str, n: Any, z: Any) -> Any:
    """The `n`-th derivative of `f(z)/z` of arrays near 0, by its power series; elsewhere 0."""
    order = int(np.max(n))
    wide = np.asarray(z) + 0.0
    near = np.abs(wide) < 0.3
    result = np.zeros_like(wide)
    if np.any(near):
        coefficients, x = quotient_series(kind), wide[near]
        total = np.zeros_like(x)
        for k in range(len(coefficients) - 1, order - 1, -1):
            total = total * x + coefficients[k] * math.perm(k, order)
        result[near] = total
    return result[()]


def quotient_series(kind: str) -> list[float]:
    """The coefficients of `f(z)/z` in powers of `z`; of `(1 - cos(z))/z**2` for the versine.

    >>> quotient_series("log1p")[:3]
    [1.0, -0.5, 0.3333333333333333]
    """
    if kind.startswith("inverse_"):
        return _over([1.0], quotient_series(kind.removeprefix("inverse_")))
    if kind in ("tan", "tanh"):
        sine, cosine = ("sin", "cos") if kind == "tan" else ("sinh", "cosh")
        return _over(quotient_series(sine), quotient_series(cosine))
    return [_coefficient(kind, k) for k in range(40)]


def _over(above: list[float], below: list[float]) -> list[float]:
    """The coefficients of a quotient of power series."""
    made: list[float] = []
    for k in range(len(below)):
        rest = math.fsum(below[k - j] * b for j, b in enumerate(made))
        made.append(((above[k] if k < len(above) else 0.0) - rest) / below[0])
    return made


def _coefficient(kind: str, k: int) -> float:
    half = k // 2
    if k % 2 and kind not in ("expm1", "log1p"):
        return 0.0
    sign = (-1.0) ** half if kind in ("sin", "cos", "asinh", "atan", "erf", "versine") else 1.0
    if kind in ("cos", "cosh"):
        return sign / math.factorial(k)
    if kind in ("sin", "sinh", "expm1"):
        return sign / math.factorial(k + 1)
    if kind == "versine":
        return sign / math.factorial(k + 2)
    if kind in ("asin", "asinh"):
        return sign * math.comb(k, half) / (2.0**k * (k + 1))
    if kind == "erf":
        return sign * 2 / math.sqrt(math.pi) / (math.factorial(half) * (k + 1))
    return (-1.0) ** k / (k + 1) if kind == "log1p" else sign / (k + 1)
