"""Functions of an order or a shape, and distributions, far out: against mpmath, to second order."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import mpmath as mp
import numpy as np
import pytest
from scipy import special, stats

from symdiff import grad, hessian, jacfwd

pytestmark = pytest.mark.sampled(every=11)

_HALF = mp.mpf(1) / 2


def _student(v: Any, t: Any) -> Any:
    tail = mp.betainc(v / 2, _HALF, 0, v / (v + t * t), regularized=True) / 2
    return tail if t < 0 else 1 - tail


def _log_student(x: Any, v: Any) -> Any:
    norm = mp.loggamma((v + 1) / 2) - mp.loggamma(v / 2) - mp.log(v * mp.pi) / 2
    return norm - (v + 1) / 2 * mp.log1p(x * x / v)


def _log_gamma(x: Any, a: Any) -> Any:
    return (a - 1) * mp.log(x) - x - mp.loggamma(a)


def _log_beta(x: Any, a: Any, b: Any) -> Any:
    norm = mp.loggamma(a + b) - mp.loggamma(a) - mp.loggamma(b)
    return (a - 1) * mp.log(x) + (b - 1) * mp.log1p(-x) + norm


Case = tuple[Callable[..., Any], Callable[..., Any], list[tuple[float, ...]]]
CASES: dict[str, Case] = {
    "gammainc": (
        special.gammainc,
        lambda a, x: mp.gammainc(a, 0, x, regularized=True),
        [(0.5, 1e-8), (3.0, 1e-30), (50.0, 20.0), (100.0, 130.0), (1e-6, 5.0), (30.0, 1e-5)],
    ),
    "gammaincc": (
        special.gammaincc,
        lambda a, x: mp.gammainc(a, x, mp.inf, regularized=True),
        [(0.5, 30.0), (2.0, 400.0), (50.0, 100.0), (5.0, 600.0), (1e-5, 1e-4)],
    ),
    "betainc": (
        special.betainc,
        lambda a, b, x: mp.betainc(a, b, 0, x, regularized=True),
        [
            (0.5, 2.0, 1e-20),
            (30.0, 2.0, 0.1),
            (2.0, 50.0, 0.9),
            (3.0, 0.01, 0.3),
            (2.0, 3.0, 1 - 1e-9),
        ],
    ),
    "stdtr": (
        special.stdtr,
        _student,
        [(3.0, -1e5), (1e3, -5.0), (0.5, -1e10), (2.0, 1e-10), (30.0, -20.0)],
    ),
    "hyp0f1": (
        lambda x: special.hyp0f1(1.5, x),
        lambda x: mp.hyp0f1(1.5, x),
        [(1e-12,), (-30.0,), (100.0,)],
    ),
    "hyp1f1": (
        lambda x: special.hyp1f1(0.5, 1.5, x),
        lambda x: mp.hyp1f1(0.5, 1.5, x),
        [(1e-12,), (-30.0,), (-400.0,), (20.0,), (500.0,)],
    ),
    "hyp2f1": (
        lambda x: special.hyp2f1(0.5, 1.0, 2.5, x),
        lambda x: mp.hyp2f1(0.5, 1.0, 2.5, x),
        [(1e-12,), (0.6,), (-0.5,)],
    ),
    "hyperu": (
        lambda x: special.hyperu(0.5, 1.5, x),
        lambda x: mp.hyperu(0.5, 1.5, x),
        [(1e-6,), (1.0,), (300.0,)],
    ),
    "jv": (special.jv, mp.besselj, [(0.5, 1e-10), (10.0, 1.0), (2.5, 300.0), (30.0, 5.0)]),
    "kv": (special.kv, mp.besselk, [(2.5, 300.0), (0.25, 0.1)]),
    "iv": (special.iv, mp.besseli, [(0.5, 1e-10), (10.0, 1.0), (2.5, 300.0), (1 / 3, 0.1)]),
    "trigamma": (
        lambda x: special.polygamma(1, x),
        lambda x: mp.polygamma(1, x),
        [(1e-5,), (1e5,), (1e-40,)],
    ),
    "zeta": (special.zeta, mp.zeta, [(2.0, 1e-3), (30.0, 2.0), (3.0, 1e5)]),
    "lambertw": (
        lambda x: special.lambertw(x).real,
        lambda x: mp.lambertw(x).real,
        [(-0.36,), (1e-20,), (1e200,), (-0.3678,)],
    ),
    "poch": (special.poch, mp.rf, [(1e5, 2.0), (0.5, 1e-8), (100.0, 3.0)]),
    "binom": (special.binom, mp.binomial, [(1e5, 2.0), (50.0, 20.5), (3.5, 1e-8)]),
    "t.logpdf": (
        stats.t.logpdf,
        _log_student,
        [(1e10, 3.0), (1e-10, 5.0), (2.0, 1e5), (-1e30, 0.5)],
    ),
    "t.cdf": (stats.t.cdf, lambda x, v: _student(v, x), [(-1e5, 3.0), (-20.0, 30.0)]),
    "gamma.logpdf": (
        stats.gamma.logpdf,
        _log_gamma,
        [(1e-40, 0.5), (1e5, 1e5), (1e40, 3.0), (3.0, 1e-8)],
    ),
    "gamma.sf": (
        stats.gamma.sf,
        lambda x, a: mp.gammainc(a, x, mp.inf, regularized=True),
        [(400.0, 2.0), (100.0, 50.0)],
    ),
    "beta.logpdf": (
        stats.beta.logpdf,
        _log_beta,
        [(1e-40, 0.5, 2.0), (0.999999, 2.0, 3.0), (0.25, 300.0, 900.0)],
    ),
    "beta.cdf": (
        stats.beta.cdf,
        lambda x, a, b: mp.betainc(a, b, 0, x, regularized=True),
        [(1e-20, 0.5, 2.0), (0.1, 30.0, 2.0)],
    ),
    "norm.logcdf": (
        stats.norm.logcdf,
        lambda x: mp.log(mp.erfc(-x / mp.sqrt(2)) / 2),
        [(-30.0,), (-1e5,), (8.0,)],
    ),
    "expon.logpdf": (stats.expon.logpdf, lambda x, m: m - x, [(1e200, 0.0), (3.0, 1e-100)]),
    "cauchy.logpdf": (
        stats.cauchy.logpdf,
        lambda x: -mp.log(mp.pi) - mp.log1p(x * x),
        [(1e100,), (1e-100,)],
    ),
    "laplace.logpdf": (stats.laplace.logpdf, lambda x: -abs(x) - mp.log(2), [(-1e5,), (1e200,)]),
    "logistic.logpdf": (
        stats.logistic.logpdf,
        lambda x: -abs(x) - 2 * mp.log1p(mp.exp(-abs(x))),
        [(-700.0,), (1e5,), (30.0,)],
    ),
    "chi2.logpdf": (
        stats.chi2.logpdf,
        lambda x, k: _log_gamma(x / 2, k / 2) - mp.log(2),
        [(1e-40, 0.5), (1e5, 3.0)],
    ),
    "lognorm.logpdf": (
        stats.lognorm.logpdf,
        lambda x, s: -(mp.log(x) ** 2) / (2 * s * s) - mp.log(s * x * mp.sqrt(2 * mp.pi)),
        [(1e-200, 0.5), (1e200, 3.0), (2.0, 1e-100)],
    ),
    "weibull_min.logpdf": (
        stats.weibull_min.logpdf,
        lambda x, c: mp.log(c) + (c - 1) * mp.log(x) - x**c,
        [(1e-200, 0.5), (1e10, 2.0)],
    ),
    "poisson.logpmf": (
        lambda mu: stats.poisson.logpmf(3, mu),
        lambda mu: 3 * mp.log(mu) - mu - mp.log(6),
        [(1e-200,), (1e100,)],
    ),
}


def _exact(function: Any, point: tuple[float, ...], orders: tuple[int, ...]) -> Any:
    """A derivative of a function of mpmath's numbers, by differences at many digits."""
    sizes = [abs(p) for p in point if p] + [abs(1 - p) for p in point if p != 1]
    far = max(sizes) > 1e50 or min(sizes) < 1e-50
    with mp.workdps(700 if far else 90):
        step = mp.mpf(min([*sizes, 1.0])) * mp.mpf(10) ** -20
        return mp.re(mp.diff(function, tuple(map(mp.mpf, point)), orders, h=step))


def test_what_is_far_beyond_the_square_root_of_the_largest_float() -> None:
    def f(z):
        return stats.t.logpdf(z[0], z[1])

    x, v = 1e150, 2.0
    np.testing.assert_allclose(grad(f)(np.array([x, v]))[0], -(v + 1) / x, rtol=1e-12)
    (xx, xv), (vx, _) = hessian(f)(np.array([x, v]))
    assert xx == pytest.approx((v + 1) / x / x, rel=1e-12, abs=0)
    assert xv == pytest.approx(-1 / x, rel=1e-12, abs=0)
    assert vx == pytest.approx(-1 / x, rel=1e-12, abs=0)


@pytest.mark.parametrize(
    ("name", "point"), [(name, point) for name, case in CASES.items() for point in case[2]]
)
def test_derivatives_have_the_digits_of_the_value(name: str, point: tuple[float, ...]) -> None:
    function, reference, _ = CASES[name]

    def f(z):
        return function(*[z[k] for k in range(len(point))])

    z, n = np.array(point), len(point)
    first = [grad(f)(z), jacfwd(f)(z)]
    second = hessian(f)(z)
    for k in range(n):
        want = _exact(reference, point, tuple(int(j == k) for j in range(n)))
        for have in first:
            _agree(have[k], want)
        for j in range(k + 1):
            orders = tuple(int(i == k) + int(i == j) for i in range(n))
            want = _exact(reference, point, orders)
            _agree(second[j, k], want)
            _agree(second[k, j], want)


def _agree(have: float, want: Any) -> None:
    if abs(want) > 1e300:
        return  # out of the range of floats, or nearly
    if abs(want) < 1e-300:
        assert abs(have) <= 1e-300
    else:
        assert have == pytest.approx(float(want), rel=1e-9, abs=0)
