"""Slopes and second derivatives far out, by mpmath, and what is held to them."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import mpmath
import numpy as np

Function = Callable[..., Any]


def wanted(f: Function, point: tuple[float, ...]) -> tuple[Any, Any, Any, Any]:
    """Slopes and second derivatives by mpmath, and what each would be if a number had no size.

    What is 0 beside those comes out within rounding of that, as in `(a + b) - (a + b)`.
    """
    n = len(point)
    with mpmath.workdps(60):
        x = [mpmath.mpf(v) for v in point]
        value = abs(f(*x))
        unit = [abs(v) if v else mpmath.mpf(1) for v in x]
        moved = lambda *t: f(*[v + u * d for v, u, d in zip(x, unit, t)])
        order = lambda *ks: tuple(ks.count(k) for k in range(n))
        diff = lambda *ks: mpmath.diff(moved, (0,) * n, order(*ks))
        slopes = [as_float(diff(i) / unit[i]) for i in range(n)]
        bends = [[as_float(diff(i, j) / unit[i] / unit[j]) for j in range(n)] for i in range(n)]
        one = [as_float(value / unit[i]) for i in range(n)]
        two = [[as_float(value / unit[i] / unit[j]) for j in range(n)] for i in range(n)]
    return slopes, bends, one, two


def as_float(x: Any) -> float:
    return (
        float(x)
        if abs(x) < mpmath.mpf(2) ** 1024
        else math.copysign(math.inf, float(mpmath.sign(x)))
    )


def check(found: Any, exact: Any, sizes: Any) -> None:
    found, exact, sizes = (np.array(a, float) for a in (found, exact, sizes))
    held = np.isfinite(exact) & np.isfinite(sizes) & ((np.abs(exact) > 1e-305) | (sizes == 0.0))
    assert found.shape == exact.shape
    found, exact, sizes = found[held], exact[held], sizes[held]
    assert np.all(np.abs(found - exact) <= 1e-11 * np.abs(exact) + 1e-14 * sizes)
