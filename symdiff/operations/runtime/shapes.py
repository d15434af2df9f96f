"""Derivatives of probabilities with respect to their shape parameters, which have no closed form.

Each is an integral of what the density does when the parameter moves. That integrand changes its
sign once: the integral is taken over the tail on whose side it does not, so that nothing cancels.
In the variable used the integrand is the exponential of a convex function, and Gauss's rule on
intervals that double in length gives all digits.

A density is written by its distance from its peak, as in Loader, Fast and accurate computation of
binomial probabilities, 2000: `x*log(x) - x - lgamma(x)` would cancel.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from functools import cache
from typing import Any

import numpy as np

from .polygamma import polygamma, polygamma_between

HALF_LOG_2PI = 0.5 * math.log(2 * math.pi)


def in_precision_of(value: Any, *operands: Any) -> Any:
    """A value in the precision of the arrays among the operands, which Python numbers do not widen.

    >>> in_precision_of(np.float64(0.5), 1.0, np.float32(2.0)).dtype
    dtype('float32')
    """
    strong = [x for x in operands if type(x) not in (int, float)]
    if not strong:
        return value if np.ndim(value) else float(value)
    return np.asarray(value).astype(np.result_type(np.float32, *strong), copy=False)[()]


# -- densities by their distance from the peak


def log1p_gap(u: Any) -> Any:
    """`u - log1p(u)`, also where `u` is small.

    >>> round(float(log1p_gap(1e-9)) * 2e18, 6)
    1.0
    """
    u = np.asarray(u, float)
    near = np.abs(u) < 0.3
    r = np.where(near, u / (2 + np.where(near, u, 0)), 0.0)
    r2 = r * r
    tail = np.zeros_like(r)
    for k in range(21, 1, -2):
        tail = tail * r2 + 1 / k
    with np.errstate(all="ignore"):
        return np.where(near, u * r - 2 * r * r2 * tail, u - np.log1p(np.where(near, 0, u)))[()]


_STIRLING = tuple(
    b / (2 * k * (2 * k - 1))
    for k, b in enumerate((1 / 6, -1 / 30, 1 / 42, -1 / 30, 5 / 66, -691 / 2730, 7 / 6), 1)
)


def stirling_rest(a: Any) -> Any:
    """`lgamma(a)` less Stirling's formula for it (DLMF 5.11.1).

    >>> round(float(stirling_rest(1e8)) * 12e8, 12)
    1.0
    """
    import scipy.special as special

    a = np.asarray(a, float)
    with np.errstate(all="ignore"):
        far = a > 12
        big = np.where(far, a, 12.0)
        series = np.zeros_like(a)
        for c in reversed(_STIRLING):
            series = series / (big * big) + c
        direct = special.gammaln(a) - (a - 0.5) * np.log(a) + a - HALF_LOG_2PI
        return np.where(far, series / big, direct)[()]


def log_density_gamma(a: Any, x: Any) -> Any:
    """`log(x**(a - 1) * exp(-x) / gamma(a))`."""
    import scipy.special as special

    with np.errstate(all="ignore"):
        inside = np.asarray((np.asarray(x) > 0) & (np.asarray(a) > 0) & (np.asarray(x) < np.inf))
        p, z = np.where(inside, a, 1.0).astype(float), np.where(inside, x, 1.0).astype(float)
        value = _log_peak_gamma(p, z) - np.log(z)
        at_ends = special.xlogy(np.asarray(a) - 1.0, x) - x - special.gammaln(a)
        return in_precision_of(np.where(inside, value, at_ends), a, x)


def log_poch(z: float, k: float) -> float:
    """The logarithm of `gamma(z + k)/gamma(z)`."""
    check_real(z, k)
    return math.lgamma(z + k) - math.lgamma(z)


def _log_peak_gamma(a: Any, x: Any) -> Any:
    """`log(x**a * exp(-x) / gamma(a))`."""
    u = (x - a) / a
    away = np.where(np.abs(u) < 0.3, log1p_gap(u), u - np.log(x) + np.log(a))
    return 0.5 * np.log(a) - HALF_LOG_2PI - stirling_rest(a) - a * away


def log_density_beta(a: Any, b: Any, x: Any) -> Any:
    """`log(x**(a - 1) * (1 - x)**(b - 1) / beta(a, b))`."""
    import scipy.special as special

    with np.errstate(all="ignore"):
        z, p, q = np.asarray(x), np.asarray(a), np.asarray(b)
        inside = np.asarray((z > 0) & (z < 1) & (p > 0) & (q > 0))
        p = np.where(inside, a, 1.0).astype(float)
        q = np.where(inside, b, 1.0).astype(float)
        z = np.where(inside, x, 0.5).astype(float)
        value = _log_peak_beta(p, q, z) - np.log(z) - np.log1p(-z)
        at_ends = (
            special.xlogy(np.asarray(a) - 1.0, x)
            + special.xlog1py(np.asarray(b) - 1.0, -np.asarray(x))
            - special.betaln(a, b)
        )
        return in_precision_of(np.where(inside, value, at_ends), a, b, x)


def _log_peak_beta(a: Any, b: Any, x: Any) -> Any:
    """`log(x**a * (1 - x)**b / beta(a, b))`."""
    n = a + b
    moved = x * b - a * (1 - x)

    def away(p: Any, u: Any, z: Any) -> Any:
        return np.where(np.abs(u) < 0.3, log1p_gap(u), u - np.log(z) - np.log(n) + np.log(p))

    rests = stirling_rest(a) + stirling_rest(b) - stirling_rest(n)
    width = 0.5 * (np.log(a) + np.log(b) - np.log(n)) - HALF_LOG_2PI
    return width - rests - a * away(a, moved / a, x) - b * away(b, -moved / b, 1 - x)


def log_normal_mass(a: float, b: float) -> float:
    """The logarithm of the probability that a standard normal lies between `a` and `b`.

    >>> round(log_normal_mass(-math.inf, 0.0), 12)  # log(1/2)
    -0.69314718056
    """
    import scipy.special as special

    check_real(a, b)
    if not a < b:
        raise ValueError("the second end must be above the first")
    if a > 0:
        a, b = -b, -a
    if b <= 0:
        low, high = float(special.log_ndtr(a)), float(special.log_ndtr(b))
        return high + math.log1p(-math.exp(low - high))
    return math.log1p(-float(special.ndtr(a)) - float(special.ndtr(-b)))


# -- integrals of exp(-phi(s)) for s > 0, phi convex and rising


@cache
def gauss_rule() -> tuple[Any, Any]:
    """Nodes and weights of Gauss's rule with 30 points for the interval from 0 to 1."""
    nodes, weights = np.polynomial.legendre.leggauss(30)
    return (nodes + 1) / 2, weights / 2


@cache
def _widths() -> Any:
    return 2.0 ** np.arange(-40.0, 10.0)


_ONE = 40
"""Where 1 is among them."""


def tail_integral(
    phi: Callable[[Any], Any], factor: Callable[[Any], Any], marks: Sequence[float] = ()
) -> float:
    """The integral of `factor(s) * exp(-phi(s))` over `s > 0`; `marks` are where `phi` turns."""
    widths = _widths()
    with np.errstate(all="ignore"):
        heights = phi(widths)
    first = min(max(int(np.sum(heights <= 1.0)) - 1, 0), _ONE)
    above = np.flatnonzero(heights[first:] > 80.0)
    if len(above):
        edges = [0.0, *widths[first : first + int(above[0]) + 1].tolist()]
    else:
        edges = [0.0, *widths[first:].tolist()]
        while not phi(np.float64(edges[-1])) > 80.0 and len(edges) <= 200:
            edges.append(2 * edges[-1])
    reach = edges[-1]
    whole = np.array(sorted({*edges, *(s for s in marks if 0 < s < reach)}))
    nodes, weights = gauss_rule()
    starts, lengths = whole[:-1, None], np.diff(whole)[:, None]
    s = starts + lengths * nodes
    return float(np.sum(lengths * weights * factor(s) * np.exp(-phi(s))))


def _exp_gap(s: Any) -> Any:
    """`exp(s) - 1 - s`."""
    s = np.asarray(s, float)
    near = np.abs(s) < 0.5
    small = np.where(near, s, 0.0)
    total = np.zeros_like(small)
    for k in range(18, 1, -1):
        total = (1 + total) * small / k if k > 2 else (1 + total) * small * small / 2
    with np.errstate(over="ignore"):
        return np.where(near, total, np.expm1(s) - s)


def bell_polynomial(order: int, slopes: Sequence[Any]) -> Any:
    """The derivative of that order of `exp(l)`, over `exp(l)`, from those of `l`."""
    values: list[Any] = [1.0]
    for n in range(1, order + 1):
        total: Any = 0.0
        for k in range(n):
            total = total + math.comb(n - 1, k) * values[n - 1 - k] * slopes[k]
        values.append(total)
    return values[order]


def check_positive(*values: float) -> None:
    """Raise `ValueError` unless all are positive and finite."""
    if not all(v > 0 and math.isfinite(v) for v in values):
        raise ValueError("only defined for positive numbers")


def check_real(*values: Any) -> None:
    """Raise `TypeError` for complex numbers, so that nobody takes complex steps."""
    if any(isinstance(v, complex) for v in values):
        raise TypeError("only defined for real numbers here")


# -- the gamma distribution


def _gamma_slopes(order: int, a: float, log_x: Any) -> list[Any]:
    return [log_x - polygamma(0, a), *[-polygamma(k, a) for k in range(1, order)]]


def gamma_density_slope(n: float, a: float, x: float) -> float:
    """The `n`-th derivative of `x**(a - 1)*exp(-x)/gamma(a)` with respect to `a`.

    >>> round(gamma_density_slope(0, 2.0, 1.0), 12)  # exp(-1)
    0.367879441171
    """
    check_real(a, x)
    order = int(n)
    if order < 0:
        return 0.0
    check_positive(a, x)
    bell = bell_polynomial(order, _gamma_slopes(order, a, math.log(x)))
    return float(math.exp(log_density_gamma(a, x)) * bell)


def gammainc_slope(n: float, a: float, x: float) -> float:
    """The `n`-th derivative of `gammainc(a, x)` with respect to `a` (DLMF 8.2.4 differentiated).

    >>> round(gammainc_slope(1, 1.0, 1e-3) * 1e3, 6)
    -7.327125
    """
    check_real(a, x)
    order = int(n)
    if x == 0 and a > 0:
        return 0.0
    check_positive(a, x)
    if order == 0:
        import scipy.special

        return float(scipy.special.gammainc(a, x))
    log_x = math.log(x)
    below = log_x < polygamma(0, a)
    sign = -1.0 if below else 1.0

    def factor(s: Any) -> Any:
        return bell_polynomial(order, _gamma_slopes(order, a, log_x + sign * s))

    def phi(s: Any) -> Any:
        return x * _exp_gap(sign * s) + sign * (x - a) * s

    marks = () if below else tuple(-log_x + 4.0 * k for k in range(-3, 2))
    return -sign * math.exp(float(_log_peak_gamma(a, x))) * tail_integral(phi, factor, marks)


# -- the beta distribution


def _beta_bell(i: int, j: int, a: float, b: float, log_x: Any, log_y: Any) -> Any:
    """The mixed derivative of the density with respect to `a` and `b`, over the density."""
    of_a = [polygamma_between(k, a, b) for k in range(i)]
    of_b = [polygamma_between(k, b, a) for k in range(j)]
    of_both = [polygamma(k, a + b) for k in range(i + j)]
    known: dict[tuple[int, int], Any] = {(0, 0): 1.0}

    def slope(p: int, q: int) -> Any:
        if q == 0:
            return of_a[p - 1] + log_x if p == 1 else of_a[p - 1]
        if p == 0:
            return of_b[q - 1] + log_y if q == 1 else of_b[q - 1]
        return of_both[p + q - 1]

    def find(p: int, q: int) -> Any:
        if (p, q) not in known:
            total: Any = 0.0
            down_a = p > 0
            m = p - 1 if down_a else q - 1
            others = range(q + 1) if down_a else (0,)
            for k in range(m + 1):
                for h in others:
                    rest = (m - k, q - h) if down_a else (p, m - k)
                    part = (k + 1, h) if down_a else (0, k + 1)
                    weight = math.comb(m, k) * (math.comb(q, h) if down_a else 1)
                    total = total + weight * find(*rest) * slope(*part)
            known[p, q] = total
        return known[p, q]

    return find(i, j)


def beta_density_slope(i: float, j: float, a: float, b: float, x: float) -> float:
    """A mixed derivative, `i` times in `a` and `j` times in `b`, of the beta density.

    >>> round(beta_density_slope(0, 0, 2.0, 1.0, 0.25), 12)  # 2*x
    0.5
    """
    check_real(a, b, x)
    if i < 0 or j < 0:
        return 0.0
    check_positive(a, b, x, 1 - x)
    bell = _beta_bell(int(i), int(j), a, b, math.log(x), math.log1p(-x))
    return math.exp(log_density_beta(a, b, x)) * float(bell)


def betainc_slope(i: float, j: float, a: float, b: float, x: float) -> float:
    """A mixed derivative, `i` times in `a` and `j` times in `b`, of `betainc(a, b, x)`.

    >>> round(betainc_slope(1, 0, 1.0, 1.0, 0.5), 12)  # log(0.5)/2
    -0.34657359028
    """
    check_real(a, b, x)
    if x in (0.0, 1.0) and a > 0 and b > 0 and i + j > 0:
        return 0.0
    check_positive(a, b, x, 1 - x)
    m, n = int(i), int(j)
    if m + n == 0:
        import scipy.special

        return float(scipy.special.betainc(a, b, x))
    if m:
        below = math.log(x) < -polygamma_between(0, a, b)
    else:
        below = math.log1p(-x) > -polygamma_between(0, b, a)
    sign = -1.0 if below else 1.0
    logit = math.log(x) - math.log1p(-x)

    def logs(s: Any) -> tuple[Any, Any]:
        y = logit + sign * s
        return -np.logaddexp(0.0, -y), -np.logaddexp(0.0, y)

    def factor(s: Any) -> Any:
        return _beta_bell(m, n, a, b, *logs(s))

    def phi(s: Any) -> Any:
        # (a + b)*log(1 + x*(exp(s) - 1)) - a*s, with its slope (a + b)*x - a at 0 taken out.
        if sign > 0:
            grown, slope = _log_gap(x, s), (x * b - a * (1 - x)) * s
        else:
            grown, slope = _log_gap(1 - x, s), (a * (1 - x) - x * b) * s
        return (a + b) * grown + slope

    marks = tuple(-sign * logit + 4.0 * k for k in range(-9, 10))
    return -sign * math.exp(float(_log_peak_beta(a, b, x))) * tail_integral(phi, factor, marks)


def _log_gap(p: float, s: Any) -> Any:
    """`log(1 + p*(exp(s) - 1)) - p*s` for `s > 0`."""
    s = np.asarray(s, float)
    gap, moved = _exp_gap(np.minimum(s, 1.0)), p * np.expm1(np.minimum(s, 1.0))
    far = s + np.log(p + (1 - p) * np.exp(-s)) - p * s
    return np.where(s < 1.0, p * gap - log1p_gap(moved), far)


SCALARS: dict[str, Callable[..., float]] = {
    "log_normal_mass": log_normal_mass,
    "log_poch": log_poch,
    "gamma_density_slope": gamma_density_slope,
    "gammainc_slope": gammainc_slope,
    "beta_density_slope": beta_density_slope,
    "betainc_slope": betainc_slope,
}
ARRAYS: dict[str, Callable[..., Any]] = {
    "log_density_gamma": log_density_gamma,
    "log_density_beta": log_density_beta,
}
