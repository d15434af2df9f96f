"""Functions that derivatives of special functions need and SciPy has not, for numbers."""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import cache
from typing import Any

import numpy as np

from .shapes import in_precision_of


def _real(*values: Any) -> None:
    if any(isinstance(v, complex) for v in values):
        raise TypeError("only defined for real numbers here")


def dawsn_slope(n: float, x: float) -> float:
    """The `n`-th derivative of Dawson's integral.

    By its differential equation near 0, far out by its asymptotic series (DLMF 7.12.1), where the
    equation would cancel.

    >>> dawsn_slope(1, 0.0)
    1.0
    """
    import scipy.special

    _real(x)
    order = int(n)
    if abs(x) > 7.0:
        term, total = 1 / (2 * x) * (-1 / x) ** order, 0.0
        for k in range(60):
            rising = math.prod(range(2 * k + 1, 2 * k + 1 + order))
            total += term * rising
            if abs(term * rising) <= 1e-17 * abs(total):
                break
            term *= (2 * k + 1) / (2 * x * x)
        return total
    below, here = 0.0, float(scipy.special.dawsn(x))
    for k in range(order):
        below, here = here, (1.0 if k == 0 else 0.0) - 2 * x * here - 2 * k * below
    return here


@cache
def _gauss() -> tuple[Any, Any]:
    nodes, weights = np.polynomial.legendre.leggauss(30)
    return (nodes + 1) / 2, weights / 2


@cache
def _halves() -> Any:
    """Places between 0 and pi/2 that come closer and closer to both ends."""
    near = math.pi / 4 * 2.0 ** -np.arange(0, 50)
    return np.array([0.0, *near[::-1], *(math.pi / 2 - near[1:])])


def elliptic_moment(s: float, n: float, phi: float, m: float) -> float:
    """The integral of `sin(t)**(2*n) * (1 - m*sin(t)**2)**s` over `t` from 0 to `phi`.

    >>> round(elliptic_moment(-0.5, 0, math.pi / 2, 0.5), 12)  # ellipk(0.5)
    1.854074677301
    """
    _real(phi, m)
    if not (abs(phi) < 1e6 and math.isfinite(m)):
        raise ValueError("only defined for finite numbers")
    turns = round(phi / math.pi)
    rest = phi - turns * math.pi
    if m * math.sin(phi) ** 2 > 1 or (m >= 1 and abs(phi) >= math.pi / 2):
        raise ValueError("outside of the domain")
    size = abs(rest)
    edges = _halves()
    total = math.copysign(_panels(s, int(n), m, np.array([*edges[edges < size], size])), rest)
    if turns:
        total += 2 * turns * _panels(s, int(n), m, np.array([*edges, math.pi / 2]))
    return total


def _panels(s: float, n: int, m: float, edges: Any) -> float:
    nodes, weights = _gauss()
    starts, lengths = edges[:-1, None], np.diff(edges)[:, None]
    # Near pi/2 the distance from it keeps the digits of 1 - m*sin**2.
    t = starts + lengths * nodes
    sine, cosine = np.sin(t), np.sin((math.pi / 2 - starts) - lengths * nodes)
    inside = (1 - m) * sine**2 + cosine**2
    return float(np.sum(lengths * weights * sine ** (2 * n) * inside**s))


def zeta_slope(n: float, s: float, q: float) -> float:
    """The `n`-th derivative of Hurwitz's zeta function with respect to `s` (DLMF 25.11.17).

    >>> round(zeta_slope(0, 2.0, 1.0), 12)  # pi**2/6
    1.644934066848
    """
    import mpmath

    _real(s, q)
    if s == 1 or not (-100 < s < 1e4 and 0 < q < 1e15):
        raise ValueError("outside of the domain")
    if s > 60 and q < 10:  # a few terms are all of it
        terms = q + np.arange(60.0)
        return float(np.sum((-np.log(terms)) ** int(n) * terms**-s))
    with mpmath.workdps(20):
        return float(mpmath.re(mpmath.zeta(mpmath.mpf(float(s)), mpmath.mpf(float(q)), int(n))))


def _complex_parts(name: str, place: int) -> Callable[..., Any]:
    """One of the results of a function that gives several."""

    def part(x: Any) -> Any:
        import scipy.special

        return getattr(scipy.special, name)(x)[place]

    return part


def lambertw_real(k: Any, x: Any) -> Any:
    """A real branch of Lambert's function: 0, or -1 between `-1/e` and 0; NaN elsewhere."""
    import scipy.special

    w = scipy.special.lambertw(x, np.asarray(k).astype(int))
    value = np.where(np.abs(w.imag) == 0, w.real, np.nan)
    return in_precision_of(value, x)


def _whole_order(name: str) -> Callable[..., Any]:
    """A function whose first argument is a whole number; 0 below order 0, times which it comes."""

    def function(n: Any, *x: Any) -> Any:
        import scipy.special

        order = np.asarray(n)
        if order.dtype.kind == "f":
            order = order.astype(np.int64)
        value = getattr(scipy.special, name)(np.maximum(order, 0), *x)
        return in_precision_of(np.where(order < 0, 0.0, value), *x)

    return function


def inv_boxcox_log(x: Any, y: Any) -> Any:
    """`log1p(y*x)/y`, which is `x` where `y` is 0.

    >>> round(float(inv_boxcox_log(1.0, 1.0)), 12)  # log(2)
    0.69314718056
    """
    y = np.asarray(y)
    with np.errstate(all="ignore"):
        value = np.log1p(y * x) / np.where(y == 0, 1, y)
    return np.where(y == 0, x, value)[()]


def hyp0f1(v: Any, x: Any) -> Any:
    """`scipy.special.hyp0f1`, which divides by zero at order 1 for large arguments.

    There it is a Bessel function (DLMF 10.39.9).
    """
    import scipy.special

    one = np.asarray((np.asarray(v) == 1) & (np.asarray(x) > 1e4))
    if not np.any(one):
        return scipy.special.hyp0f1(v, x)
    value = scipy.special.hyp0f1(v, np.where(one, 1.0, x))
    bessel = scipy.special.i0(2 * np.sqrt(np.where(one, x, 0.0)))
    return np.where(one, bessel, value).astype(value.dtype)[()]


def hyp1f1(a: Any, b: Any, x: Any) -> Any:
    """`scipy.special.hyp1f1`, whose series does not end in a reasonable time for huge arguments.

    The function has long overflown there (DLMF 13.7.1).
    """
    import scipy.special

    far = np.asarray(x) > 1e5
    if not np.any(far):
        return scipy.special.hyp1f1(a, b, x)
    value = scipy.special.hyp1f1(a, b, np.where(far, 1.0, x))
    with np.errstate(all="ignore"):
        beyond = np.inf * scipy.special.gammasgn(a) * scipy.special.gammasgn(b)
    return np.where(far, beyond, value).astype(value.dtype)[()]


WHOLE_ORDER = (
    "spherical_jn", "spherical_yn", "spherical_in", "spherical_kn", "eval_gegenbauer",
    "eval_hermite", "eval_hermitenorm", "eval_genlaguerre", "eval_jacobi", "eval_legendre",
    "eval_chebyt", "eval_chebyu", "eval_laguerre",
)  # fmt: skip
SCALARS: dict[str, Callable[..., float]] = {
    f.__name__: f for f in (dawsn_slope, elliptic_moment, zeta_slope)
}
ARRAYS: dict[str, Callable[..., Any]] = {
    "lambertw_real": lambertw_real,
    **{
        f"{name}_{part}": _complex_parts(name, k)
        for name, parts in {
            "airy": ("ai", "aip", "bi", "bip"),
            "fresnel": ("s", "c"),
            "sici": ("s", "c"),
            "shichi": ("s", "c"),
        }.items()
        for k, part in enumerate(parts)
    },
    **{name: _whole_order(name) for name in WHOLE_ORDER},
    "inv_boxcox_log": inv_boxcox_log,
    "hyp0f1": hyp0f1,
    "hyp1f1": hyp1f1,
}
