"""Bessel functions as functions of their order, and scaled ones far out.

There is no closed form for a derivative with respect to the order (DLMF 10.15, 10.38). The integral
of the second modified function can be differentiated under its sign (DLMF 10.32.9); for the others
mpmath takes differences with digits to spare. The slope of a scaled function is a difference of
neighbours that cancels far out: there the terms of its asymptotic series are differentiated (DLMF
10.40.1).
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from ...errors import OutOfReachError


def _check(name: str, v: float, x: float) -> None:
    if isinstance(v, complex) or isinstance(x, complex):
        raise TypeError("only defined for real numbers here")
    if math.isfinite(v) and math.isfinite(x) and not (abs(v) < 1e4 and abs(x) < 1e7):
        raise OutOfReachError(
            f"the derivative of `{name}({v:g}, {x:g})` cannot be computed",
            why="its digits cancel for orders beyond 1e4 and arguments beyond 1e7",
            remedy="use an asymptotic form there (DLMF 10.17, 10.19, 10.40, 10.41)",
        )


def _check_order(name: str, v: float, x: float) -> None:
    if x <= 0:
        raise ValueError("the order has a derivative for positive arguments only")
    _check(name, v, x)


def _vanishes(name: str, v: float, x: float) -> bool:
    """Whether the function is 0 here and at the orders nearby: at 0, and where it underflows."""
    import scipy.special

    return v > 0 and x >= 0 and float(getattr(scipy.special, name)(v - min(v / 2, 1.0), x)) == 0


def _in_order(name: str, n: float, v: float, x: float) -> float:
    import mpmath

    if name in ("jv", "iv") and _vanishes(name, v, x):
        return 0.0
    _check_order(name, v, x)
    function, point = getattr(mpmath, f"bessel{name[0]}"), mpmath.mpf(float(x))
    with mpmath.workdps(20):
        value = mpmath.diff(lambda order: function(order, point), mpmath.mpf(float(v)), int(n))
    return float(mpmath.re(value))


def jv_order(n: float, v: float, x: float) -> float:
    """The `n`-th derivative of `jv(v, x)` with respect to `v`.

    >>> round(jv_order(1, 0.0, 2.0), 12)  # pi/2*y0(2)
    0.801696231884
    """
    return _in_order("jv", n, v, x)


def yv_order(n: float, v: float, x: float) -> float:
    """The `n`-th derivative of `yv(v, x)` with respect to `v`."""
    return _in_order("yv", n, v, x)


def iv_order(n: float, v: float, x: float) -> float:
    """The `n`-th derivative of `iv(v, x)` with respect to `v`.

    >>> round(iv_order(1, 0.0, 2.0), 12)  # -k0(2)
    -0.11389387275
    """
    return _in_order("iv", n, v, x)


def kv_order(n: float, v: float, x: float) -> float:
    """The `n`-th derivative of `kv(v, x)` with respect to `v`."""
    _check_order("kv", v, x)
    return kve_slope(n, 0, v, x) * math.exp(-x)


def kve_slope(k: float, n: float, v: float, x: float) -> float:
    """A derivative of `kve(v, x)`, `k` times in the order and `n` times in the argument.

    The integrand is even and falls doubly exponentially: the trapezoidal rule has all digits.

    >>> round(kve_slope(0, 0, 0.5, 2.0), 12)  # sqrt(pi/4)
    0.886226925453
    """
    _check_order("kve", v, x)
    order, steps = int(k), int(n)
    size = abs(float(v))
    peak = math.asinh(size / x)
    width = 1 / math.sqrt(math.hypot(size, x))
    step = min(width / 4, 0.1)

    def log(t: Any) -> Any:
        return size * t - 2 * x * np.sinh(t / 2) ** 2

    top = float(log(peak))
    stride = min(20 * width, 2.0)
    reach = peak + stride
    while log(reach) > top - 60:
        reach += stride
    low = max(0, int((peak - 60 * width - 60 / max(size, 1.0)) / step))
    if float(log(low * step)) > top - 60:
        low = 0
    t = step * np.arange(low, int(reach / step) + 2)
    # cosh(v*t) or sinh(v*t), with the growth taken into the exponent.
    sign = -1.0 if order % 2 else 1.0
    values = np.exp(log(t) - top) * (1 + sign * np.exp(-2 * size * t)) / 2
    values = values * t**order * (-2 * np.sinh(t / 2) ** 2) ** steps
    total = float(np.sum(values)) - (float(values[0]) / 2 if low == 0 else 0.0)
    return math.copysign(1.0, v) ** order * step * total * math.exp(top)


def ive_slope(k: float, n: float, v: float, x: float) -> float:
    """A derivative of `ive(v, x)`, `k` times in the order and `n` times in the argument.

    >>> round(ive_slope(0, 1, 0.0, 1.0), 12)  # i1e(1) - i0e(1)
    -0.257849192244
    """
    _check("ive", v, x)
    order, steps = int(k), int(n)
    if order:
        return _ive_in_order(order, steps, v, x)
    if x > max(60.0, 5 * v * v):
        return _far(steps, v, x)
    import scipy.special

    sign = float(x > 0) - float(x < 0)
    return float(_leibniz(steps, -sign, lambda u: scipy.special.ive(u, x), v))


def _leibniz(steps: int, sign: Any, function: Callable[[Any], Any], v: Any) -> Any:
    """The product with `exp(sign*x)`; each derivative by its neighbours, DLMF 10.29.1."""
    total: Any = 0.0
    for j in range(steps + 1):
        neighbours = sum(math.comb(j, h) * function(v - j + 2 * h) for h in range(j + 1))
        factor = sign ** (steps - j) if steps > j else 1
        total = total + math.comb(steps, j) * factor * 0.5**j * neighbours
    return total


def _ive_in_order(order: int, steps: int, v: float, x: float) -> float:
    import mpmath

    _check_order("ive", v, x)
    point = mpmath.mpf(float(x))
    with mpmath.workdps(20 + steps * max(1, round(math.log10(x) + 2))):

        def value(u: Any) -> Any:
            return _leibniz(steps, -1, lambda w: mpmath.besseli(w, point), u)

        slope = mpmath.diff(value, mpmath.mpf(float(v)), order)
        return float(mpmath.re(mpmath.exp(-point) * slope))


def _far(steps: int, v: float, x: float) -> float:
    term = (-1 / x) ** steps / math.sqrt(2 * math.pi * x)
    total = 0.0
    for j in range(200):
        rising = math.prod(j + 0.5 + h for h in range(steps))
        total += term * rising
        if abs(term * rising) <= 1e-17 * abs(total):
            break
        term *= -(4 * v * v - (2 * j + 1) ** 2) / (8 * (j + 1) * x)
    return total


SCALARS: dict[str, Callable[..., float]] = {
    f.__name__: f for f in (jv_order, yv_order, iv_order, kv_order, ive_slope, kve_slope)
}
