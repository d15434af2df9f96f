"""Power series of quotients at 0, of every kind and to high orders, against those of mpmath."""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import cache
from typing import Any

import mpmath
import numpy as np
import pytest

from symdiff.operations.runtime.near_zero import near_0, near_0_array, quotient_series

MADE: dict[str, Callable[[Any], Any]] = {
    "sin": mpmath.sin,
    "sinh": mpmath.sinh,
    "tan": mpmath.tan,
    "tanh": mpmath.tanh,
    "asin": mpmath.asin,
    "asinh": mpmath.asinh,
    "atan": mpmath.atan,
    "atanh": mpmath.atanh,
    "expm1": mpmath.expm1,
    "log1p": lambda z: mpmath.log(1 + z),
    "erf": mpmath.erf,
    "cos": lambda z: z * mpmath.cos(z),
    "cosh": lambda z: z * mpmath.cosh(z),
    "versine": lambda z: (1 - mpmath.cos(z)) / z,
}


@cache
def quotients(f: Callable[[Any], Any], count: int) -> list[Any]:
    with mpmath.workdps(40):
        if f is MADE["versine"]:
            return mpmath.taylor(lambda z: 1 - mpmath.cos(z), 0, count + 1)[2:]
        return mpmath.taylor(f, 0, count)[1:]


@pytest.mark.parametrize("kind", MADE)
def test_the_coefficients(kind: str) -> None:
    want = [float(c) for c in quotients(MADE[kind], 24)[:12]]
    have = quotient_series(kind)[:12]
    assert have == pytest.approx(want, rel=1e-13, abs=1e-25)
    below = np.convolve(quotient_series(f"inverse_{kind}")[:12], want)[:12]
    assert below == pytest.approx([1.0] + [0.0] * 11, abs=1e-13)


@pytest.mark.parametrize("order", [0, 1, 4])
@pytest.mark.parametrize("kind", MADE)
def test_derivatives_near_zero(kind: str, order: int) -> None:
    terms = [c * math.perm(k, order) for k, c in enumerate(quotients(MADE[kind], 24))][order:]
    for z in (0.0, 1e-9, -0.1):
        want = float(sum(c * mpmath.mpf(z) ** k for k, c in enumerate(terms)))
        assert near_0(kind, order, z) == pytest.approx(want, rel=1e-12, abs=1e-15)
    assert near_0_array(kind, order, np.array([0.31, -5.0])).tolist() == [0.0, 0.0]
