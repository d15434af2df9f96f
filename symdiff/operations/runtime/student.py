"""Derivatives of Student's distribution with respect to its degrees of freedom.

The density has a closed form, whose terms are put so that none cancels for many degrees of freedom.
The probability is an integral of it: `shapes` says how it is taken.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from ...errors import OutOfReachError
from .polygamma import polygamma_between
from .shapes import (
    HALF_LOG_2PI,
    bell_polynomial,
    betainc_slope,
    check_positive,
    check_real,
    gauss_rule,
    log1p_gap,
    log_density_beta,
    tail_integral,
)

_BERNOULLI = (1 / 6, -1 / 30, 1 / 42, -1 / 30, 5 / 66, -691 / 2730, 7 / 6, -3617 / 510)


def half_gamma(n: float, x: float) -> float:
    """The `n`-th derivative of `lgamma(x + 1/2) - lgamma(x) - log(x)/2` (DLMF 5.11.8).

    >>> round(half_gamma(0, 1e6) * -8e6, 12)
    1.0
    """
    check_real(x)
    check_positive(x)
    order = int(n)
    if x > 25.0 + 2 * order:
        total = 0.0
        for k, b in enumerate(_BERNOULLI, 1):
            power = 2 * k - 1
            rising = math.prod(range(power, power + order))
            total -= (2 - 2.0 ** (1 - 2 * k)) * b / (2 * k * power) * rising / x ** (power + order)
        return -total if order % 2 else total
    if order == 0:
        return math.lgamma(x + 0.5) - math.lgamma(x) - 0.5 * math.log(x)
    moved = polygamma_between(order - 1, x, 0.5)
    taken: float = 0.5 * math.factorial(order - 1) / x**order
    return moved - taken if order % 2 else moved + taken


def student_log_slope(n: float, df: Any, t: Any) -> Any:
    """The `n`-th derivative of the logarithm of Student's density with respect to `df`.

    >>> round(float(student_log_slope(0, 1.0, 0.0)), 12)  # -log(pi)
    -1.144729885849
    """
    check_real(df, t)
    order = int(n)
    check_positive(df)
    w = np.asarray(t, float) ** 2
    r = w / df
    if order == 0:
        return half_gamma(0, df / 2) - HALF_LOG_2PI - 0.5 * (df + 1) * np.log1p(r)
    if order == 1:
        log = -r / (df + w)
        near = np.minimum(r, 1.0)
        small = near * near / (1 + near) - log1p_gap(near)
        gap = np.where(r < 1, small, np.log1p(r) - r / (1 + r))
    else:
        f = math.factorial(order - 1)
        log = (-1) ** (order - 1) * f * ((df + w) ** -order - df**-order)
        m = order - 2
        gap = (
            (-1) ** (m + 1)
            * (w / (df + w)) ** 2
            * sum(
                math.comb(m, j)
                * math.factorial(j)
                * math.factorial(m - j + 1)
                * df ** (-1 - j)
                * (df + w) ** (j - m)
                for j in range(m + 1)
            )
        )
    return 0.5**order * half_gamma(order, df / 2) - 0.5 * (log + gap)


def student_log_density(df: float, t: float) -> float:
    """The logarithm of Student's density."""
    return float(student_log_slope(0, df, t))


def _student_log_slope_number(n: float, df: float, t: float) -> float:
    return float(student_log_slope(n, df, t))


def _student_density(n: int, df: float, t: Any) -> Any:
    """The `n`-th derivative of the density with respect to `df`."""
    slopes = [student_log_slope(k, df, t) for k in range(1, n + 1)]
    return np.exp(student_log_slope(0, df, t)) * bell_polynomial(n, slopes)


def student_slope(n: float, k: float, df: float, t: float) -> float:
    """A mixed derivative, `n` times in `df` and `k` times in `t`, of `stdtr(df, t)`.

    >>> round(student_slope(0, 1, 1.0, 0.0) * math.pi, 12)
    1.0
    """
    check_real(df, t)
    check_positive(df)
    order, steps = int(n), int(k)
    if steps == 0:
        return _student_probability(order, df, t)
    known: dict[tuple[int, int], float] = {}

    def find(p: int, q: int) -> float:
        if p < 0 or q < 0:
            return 0.0
        if (p, q) not in known:
            if q == 0:
                known[p, q] = float(_student_density(p, df, t))
            else:  # the equation (df + t**2)*f' = -(df + 1)*t*f, differentiated
                j = q - 1
                known[p, q] = -(
                    p * find(p - 1, q)
                    + 2 * j * t * find(p, j)
                    + j * (j - 1) * find(p, j - 1)
                    + (df + 1) * (t * find(p, j) + j * find(p, j - 1))
                    + p * (t * find(p - 1, j) + j * find(p - 1, j - 1))
                ) / (df + t * t)
        return known[p, q]

    return find(order, steps - 1)


def _student_probability(order: int, df: float, t: float) -> float:
    if order == 0:
        import scipy.special

        return float(scipy.special.stdtr(df, t))
    if t == 0:
        return 0.0
    sign, t = math.copysign(1.0, t), abs(t)
    nodes, weights = gauss_rule()
    if t < 1.5:
        u = t * nodes
        return sign * float(np.sum(t * weights * _student_density(order, df, u)))
    # The tail, in the logarithm of the distance: it falls like a power of it.
    log_f = float(student_log_slope(0, df, t))
    furthest = 340.0 - math.log(t)  # its square is still a number

    def factor(s: Any) -> Any:
        u = t * np.exp(np.minimum(s, furthest))
        return bell_polynomial(order, [student_log_slope(k, df, u) for k in range(1, order + 1)])

    def phi(s: Any) -> Any:
        u = t * np.exp(np.minimum(s, furthest))
        return np.where(s < furthest, log_f - student_log_slope(0, df, u) - s, np.inf)

    if phi(np.float64(furthest - 1e-9)) < 40.0:
        return sign * _student_tail(order, df, t)
    mark = 0.5 * math.log(df) - math.log(t)
    marks = tuple(mark + 2.0 * k for k in range(-4, 5))
    return -sign * t * math.exp(log_f) * tail_integral(phi, factor, marks)


def _student_tail(order: int, df: float, t: float) -> float:
    """The same where the tail goes on beyond the largest numbers, by DLMF 8.17.1."""
    if order > 1:
        raise OutOfReachError(
            f"the second derivative of `stdtr({df:g}, {t:g})` with respect to `df`",
            why="its tail goes on beyond the largest numbers",
        )
    w = t * t
    x, y = df / (df + w), w / (df + w)
    density = math.exp(log_density_beta(df / 2, 0.5, x))
    return -0.25 * betainc_slope(1, 0, df / 2, 0.5, x) - 0.5 * density * y / (df + w)


SCALARS: dict[str, Callable[..., float]] = {
    "student_log_density": student_log_density,
    "student_log_slope": _student_log_slope_number,
    "student_slope": student_slope,
}
