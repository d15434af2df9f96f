"""Powers, where a derivative is a limit, or out of range, or does not exist."""

from __future__ import annotations

import math
from typing import Any

import mpmath
import numpy as np
import pytest
import scipy.special
from numpy.testing import assert_allclose

import symdiff as sd

from .test_quotients import CORNERS, _in_two_lines, _of_a_root, _of_a_variable

pytestmark = pytest.mark.sampled(every=17)

POWERS = [
    ((2.0, 0.0), [[0.0, 0.5], [0.5, math.log(2.0) ** 2]]),
    ((0.5, 0.0), [[0.0, 2.0], [2.0, math.log(2.0) ** 2]]),
    ((0.0, 2.0), [[2.0, 0.0], [0.0, 0.0]]),
    ((0.0, 3.0), [[0.0, 0.0], [0.0, 0.0]]),
    ((0.0, 1.0), [[0.0, -math.inf], [-math.inf, 0.0]]),
    ((-1.5, 2.0), [[2.0, math.nan], [math.nan, math.nan]]),
    ((0.0, 0.5), [[-math.inf, math.nan], [math.nan, 0.0]]),
    ((0.0, 0.0), [[0.0, math.nan], [0.0, math.nan]]),
]


@pytest.mark.parametrize(("point", "wanted"), POWERS)
def test_the_hessian_of_a_power(point: tuple[float, float], wanted: Any) -> None:
    f = lambda p: p[0] ** p[1]
    assert_allclose(sd.hessian(f)(np.array(point)), wanted, 1e-15)
    x, y = point
    if all(map(math.isfinite, np.ravel(wanted))):
        by = sd.grad(lambda x, y: sd.grad(lambda x, y: x**y, 1)(x, y), (0, 1))(x, y)
        assert_allclose(by, wanted[1], 1e-15)


def test_a_power_law_from_exponent_zero() -> None:
    x = np.array([0.5, 2.0, 5.0])
    f = lambda p: np.sum((x / p[0]) ** p[1])
    logs = np.log(x / 2.0)
    wanted = [[0.0, -1.5], [-1.5, np.sum(logs**2)]]
    for second in (sd.hessian(f), sd.jacrev(sd.grad(f)), sd.jacfwd(sd.grad(f))):
        assert_allclose(second(np.array([2.0, 0.0])), wanted, 1e-12, atol=1e-14)


@pytest.mark.parametrize("n", [1, 2, 3, 4])
def test_the_hessian_of_a_whole_power_at_zero(n: int) -> None:
    wanted = 2.0 if n == 2 else 0.0
    assert sd.grad(sd.grad(lambda x: x**n))(0.0) == wanted
    assert sd.grad(sd.grad(lambda x, n=float(n): x**n))(0.0, float(n)) == wanted
    assert sd.hessian(lambda x: np.sum(x ** float(n)))(np.zeros(1)) == wanted


@pytest.mark.parametrize("name", CORNERS)
def test_where_arrays_and_numbers_are_one(name: str) -> None:
    f, point, first, second = CORNERS[name]
    assert_allclose(sd.grad(f, (0, 1))(*point), first, 1e-14)
    for k in (0, 1):
        arrays = [np.array([v]) for v in point]
        assert_allclose(sd.elementwise_grad(f, k)(*arrays), first[k : k + 1], 1e-14)
    if second is not None:
        hessian = sd.hessian(lambda p: f(p[0], p[1]))(np.array(point))
        assert_allclose(hessian, second, 1e-14, atol=1e-300)


@pytest.mark.parametrize(
    "f",
    [
        lambda x, n: ((1.5 + x) * 1e-100) ** -3 / 1e300 / n * -3,
        lambda x, n: (((1.5 + x) * 1e-100) ** -3 / 1e300) / int(n) * -3,
        lambda x, n: math.sqrt((((1.5 + x) * 1e-100) ** -3 / 1e300) ** 2),
        lambda x, n: ((1.5 + x) * 1e-100) ** n / 1e300,
        lambda x, n: ((1.5 + x) * 1e-100) ** n * 1e-300,
        lambda x, n: 1e-200 * (((1.5 + x) * 1e-100) ** n * 1e-100),
        lambda x, n: np.power((1.5 + x) * 1e-100, n) / 1e300,
        lambda x, n: 1e-100 / (((1.5 + x) * 1e-100) ** -n * 1e200),
        _in_two_lines,
        _of_a_variable,
        _of_a_root,
    ],
)
def test_the_slope_of_a_power_is_out_of_range_and_that_of_the_whole_is_not(f: Any) -> None:
    for n in (-3.0, -3):
        g = sd.grad(f)
        assert f(0.5, n) == pytest.approx(0.125, rel=1e-14)
        assert g(0.5, n) == pytest.approx(-0.1875, rel=1e-14)
        assert sd.jvp(f, (0.5, n), (1.0, 0.0))[1] == pytest.approx(-0.1875, rel=1e-14)


@pytest.mark.parametrize("n", [-3, -1, -0.5, 0, 0.5, 1, 2, 3.5, 2.0])
@pytest.mark.parametrize("x", [1e-120, 0.7, 3e100, 1e-80])
def test_a_power_of_any_exponent_to_second_order(x: float, n: float) -> None:
    f = lambda x, n: x**n
    with mpmath.workdps(40):
        first, second = n * mpmath.mpf(x) ** (n - 1), n * (n - 1) * mpmath.mpf(x) ** (n - 2)
        if any(s and not 1e-300 < abs(s) < 1e300 for s in (first, second, mpmath.mpf(x) ** n)):
            pytest.skip("out of the range of floats")
    assert sd.grad(f)(x, n) == pytest.approx(float(first), rel=1e-13, abs=0)
    assert sd.grad(sd.grad(f))(x, n) == pytest.approx(float(second), rel=1e-13, abs=0)
    assert sd.hessian(f)(x, n) == pytest.approx(float(second), rel=1e-13, abs=0)


@pytest.mark.parametrize(
    "function", [math.atan, math.asinh, math.tanh, math.log1p, math.cosh, math.exp, math.asin]
)
def test_a_power_that_an_extreme_factor_brings_into_range(function):
    """The square of `p*1e-300` in a partial is not `1e-600*p**2`."""

    def f(x, n):
        a = (1.5 + x) * 1e-100
        p = a ** (-2 - int(abs(n)) % 2)
        return function(p * 1e-300)

    def exact(x):
        return getattr(mpmath, function.__name__)((1.5 + x) ** -3)

    with mpmath.workdps(50):
        want = float(mpmath.diff(exact, 0.5))
    assert sd.grad(f)(0.5, -3.0) == pytest.approx(want, rel=1e-13)
    assert sd.jvp(f, (0.5, -3.0), (1.0, 0.0))[1] == pytest.approx(want, rel=1e-13)


@pytest.mark.parametrize(
    ("f", "exact"),
    [
        (math.erf, mpmath.erf),
        (math.erfc, mpmath.erfc),
        (math.atan, mpmath.atan),
        (math.asinh, mpmath.asinh),
        (math.tanh, mpmath.tanh),
        (scipy.special.ndtr, mpmath.ncdf),
        (scipy.special.log_ndtr, lambda z: mpmath.log(mpmath.ncdf(z))),
        (scipy.special.erfi, mpmath.erfi),
        (lambda z: scipy.special.fresnel(z)[0], mpmath.fresnels),
    ],
)
@pytest.mark.parametrize("scale", [1e200, 1e-170])
def test_a_product_of_factors_that_are_extreme(f: Any, exact: Any, scale: float) -> None:
    """A partial squares the product, not its factors: `p**2*q**2` is infinity times zero."""
    p, q = 0.7 * scale, 0.9 / scale
    with mpmath.workdps(40):
        slope = mpmath.diff(exact, mpmath.mpf(p) * q)
        curve = mpmath.diff(exact, mpmath.mpf(p) * q, 2)
        want = [float(slope * q), float(slope * p)]
        mixed = float(slope + curve * p * q)
    product = lambda p, q: f(p * q)
    assert sd.grad(product, (0, 1))(p, q) == pytest.approx(want, rel=1e-12, abs=0)
    assert sd.jvp(product, (p, q), (1.0, 0.0))[1] == pytest.approx(want[0], rel=1e-12, abs=0)
    if f not in (scipy.special.ndtr, scipy.special.log_ndtr):  # `q*(p*q)` in the slope is `p*q**2`
        second = sd.grad(sd.grad(product), 1)(p, q)
        assert second == pytest.approx(mixed, rel=1e-12, abs=1e-12)


def test_the_slope_of_a_product_of_exponentials_that_are_extreme() -> None:
    def f(x: float) -> float:
        z = abs(x)
        return math.erf(math.exp(-700 * z) * math.exp(690 * z)) + math.atan(
            np.exp(500 * z) * np.exp(-501 * z)
        )

    with mpmath.workdps(40):
        exact = lambda x: mpmath.erf(mpmath.exp(-10 * x)) + mpmath.atan(mpmath.exp(-x))
        want = float(mpmath.diff(exact, mpmath.mpf(1)))
    assert sd.grad(f)(1.0) == pytest.approx(want, rel=1e-11)


@pytest.mark.parametrize(
    ("f", "slope", "bend"),
    [
        (lambda x: np.power(x * 0.0, -1) + x, 1.0, 0.0),
        (lambda x: np.power(math.sin(x) * 0.0, -1.5) * x, math.inf, 0.0),
        (lambda x: np.exp(-np.power(x * 0.0, -2.0)) * x * x, 0.0, 0.0),
        (lambda x: 1 / np.power(x * 0.0, -0.5) + x, 1.0, 0.0),
        (lambda x: np.arctan(np.power(x * 0.0, -2.0)) + x * x, 1.0, 2.0),
    ],
)
def test_a_negative_power_of_what_is_always_zero(f: Any, slope: float, bend: float) -> None:
    """It is infinite, and does not move."""
    with np.errstate(all="ignore"):
        assert sd.grad(f)(0.5) == slope
        assert sd.hessian(f)(0.5) == bend


@pytest.mark.parametrize(
    "f", [lambda x, y: x**y, lambda x, y: (x * y) ** 2.5, lambda x, y: 2.0 * (x - y) ** -y]
)
def test_a_base_that_becomes_negative_later_is_refused(f: Any) -> None:
    g = sd.value_and_grad(f)
    for x in (2.0, 3.0):
        assert g(x, 0.5)[0] == f(x, 0.5)
    for _ in range(2):
        with pytest.raises(sd.UnsupportedError, match="left the real numbers"):
            g(-2.0, 0.5)
    assert g(2.0, 0.5)[0] == f(2.0, 0.5)
