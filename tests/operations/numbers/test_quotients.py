"""Quotients and their kin: slopes that stay in range where the value does, and keep its digits."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import mpmath
import numpy as np
import pytest
from numpy.testing import assert_allclose
from scipy import special

import symdiff as sd
from symdiff.testing.differences import Differences

pytestmark = pytest.mark.sampled(every=17)


def _by_mpmath(exact: Callable[..., Any], point: Any) -> tuple[Any, Any]:
    """Gradient and Hessian of a function of numbers."""
    flat = [float(v) for v in np.ravel(point)]
    reference, n = Differences(exact, flat), len(flat)
    number = lambda v: math.nan if v is None else float(v)
    first = np.array([number(reference.partial(k)) for k in range(n)])
    return first, np.array([[number(reference.partial(k, j)) for j in range(n)] for k in range(n)])


def _check(
    f: Callable[[Any], Any], exact: Callable[..., Any], point: Any, rtol: float = 1e-12
) -> None:
    x = np.asarray(point)
    first, second = _by_mpmath(exact, x)
    gradient = sd.grad(f)
    assert_allclose(gradient(x), first, rtol)
    assert_allclose(sd.jacfwd(f)(x), first, rtol)
    assert_allclose(sd.hessian(f)(x), second, rtol)
    assert_allclose(sd.jacrev(gradient)(x), second, rtol)


QUOTIENTS: dict[str, tuple[Callable[[Any], Any], Callable[..., Any], Any]] = {
    "large": (lambda x: x[0] / x[1], lambda x, y: x / y, [1e100, 4e90]),
    "small": (lambda x: np.divide(x[0], x[1]), lambda x, y: x / y, [3e-120, 2e-110]),
    "true_divide": (lambda x: np.true_divide(x[0], x[1]), lambda x, y: x / y, [3e90, 2e95]),
    "inverse square": (lambda x: x[0] / x[1] ** 2, lambda x, y: x / y**2, [1e80, 1e60]),
    "negative power": (lambda x: x[0] * x[1] ** -2, lambda x, y: x / y**2, [1e-100, 1e-90]),
    "negative float power": (lambda x: x[0] * x[1] ** -3.0, lambda x, y: x / y**3, [1e90, 1e50]),
    "reciprocal": (lambda x: x[0] * np.reciprocal(x[1]), lambda x, y: x / y, [1e-90, 1e-95]),
    "of a product": (
        lambda x: x[0] / (x[1] * x[2]),
        lambda x, y, z: x / (y * z),
        [1e150, 1e120, 1e-20],
    ),
    "twice": (lambda x: x[0] / x[1] / x[2], lambda x, y, z: x / y / z, [1e60, 1e90, 1e-50]),
    "of roots": (
        lambda x: x[0] / np.sqrt(x[1]),
        lambda x, y: x / mpmath.sqrt(y),
        [1e100, 1e-100],
    ),
    "squared product": (
        lambda x: (x[0] * x[1]) ** 2 * x[2],
        lambda x, y, z: (x * y) ** 2 * z,
        [1e100, 1e-100, 3.0],
    ),
    "weighted average": (
        lambda x: (x[0] * x[2] + x[1] * x[3]) / (x[2] + x[3]),
        lambda a, b, v, w: (a * v + b * w) / (v + w),
        [1.0, 3.0, 1e50, 2e50],
    ),
    "saturation": (lambda x: x[1] / (x[0] + x[1]), lambda k, s: s / (k + s), [1.0, 1e12]),
    "hill": (
        lambda x: x[1] ** 2 / (x[0] ** 2 + x[1] ** 2),
        lambda k, s: s**2 / (k**2 + s**2),
        [1.0, 1e5],
    ),
    "shifted": (lambda x: (x[0] + 1) / (x[0] + 2), lambda x: (x + 1) / (x + 2), [1e9]),
}


@pytest.mark.parametrize("name", QUOTIENTS)
def test_quotients(name: str) -> None:
    f, exact, point = QUOTIENTS[name]
    _check(f, exact, point)


LOGISTIC: dict[str, tuple[Callable[[Any], Any], Callable[..., Any], Any]] = {
    "exp over": (
        lambda x: np.exp(x[0]) / (1 + np.exp(x[0])),
        lambda x: mpmath.exp(x) / (1 + mpmath.exp(x)),
        [300.0],
    ),
    "one over": (lambda x: 1 / (1 + np.exp(-x[0])), lambda x: 1 / (1 + mpmath.exp(-x)), [-300.0]),
    "scaled": (
        lambda x: 1 / (1 + np.exp(-x[1] * x[0])),
        lambda x, k: 1 / (1 + mpmath.exp(-k * x)),
        [-30.0, 5.0],
    ),
    "tanh": (
        lambda x: (np.exp(x[0]) - np.exp(-x[0])) / (np.exp(x[0]) + np.exp(-x[0])),
        mpmath.tanh,
        [15.0],
    ),
    "tanh of twice": (
        lambda x: (np.exp(2 * x[0]) - 1) / (np.exp(2 * x[0]) + 1),
        mpmath.tanh,
        [15.0],
    ),
    "softmax of three": (
        lambda x: np.exp(x[0]) / (np.exp(x[0]) + np.exp(x[1]) + np.exp(x[2])),
        lambda x, y, z: mpmath.exp(x) / (mpmath.exp(x) + mpmath.exp(y) + mpmath.exp(z)),
        [300.0, 299.0, 280.0],
    ),
    "log of sum": (
        lambda x: np.log(np.exp(x[0]) + np.exp(x[1])),
        lambda x, y: mpmath.log(mpmath.exp(x) + mpmath.exp(y)),
        [600.0, 601.0],
    ),
    "log cosh": (lambda x: np.log(np.cosh(x[0])), lambda x: mpmath.log(mpmath.cosh(x)), [0.3]),
    "log of one minus": (
        lambda x: np.log(1 - np.exp(-x[0])),
        lambda x: mpmath.log(-mpmath.expm1(-x)),
        [300.0],
    ),
    "expit": (lambda x: special.expit(x[0]), lambda x: 1 / (1 + mpmath.exp(-x)), [1e-10]),
}


@pytest.mark.parametrize("name", LOGISTIC)
def test_logistic_and_its_kin(name: str) -> None:
    f, exact, point = LOGISTIC[name]
    _check(f, exact, point)


@pytest.mark.parametrize("x", [300.0, 400.0, 700.0])
def test_logistic_of_arrays_far_out(x: float) -> None:
    def split(x: Any) -> Any:
        e = np.exp(x)
        return np.sum(e / (1 + e))

    assert_allclose(sd.grad(split)(np.array([0.0, x])), [0.25, 0.0], atol=1e-100)
    assert_allclose(sd.jacfwd(split)(np.array([0.0, x])), [0.25, 0.0], atol=1e-100)


@pytest.mark.parametrize(
    ("a", "b"), [(3e-25, 2e-25), (1e20, 4e20), (1e-30, 1e-20), (1e30, 1e20), (1e19, 1e30)]
)
def test_quotients_in_single_precision(a: float, b: float) -> None:
    x, y = np.float32([a, a]), np.float32([b, 2 * b])
    f = lambda x, y: np.sum(x / y)
    exact = -(x.astype(float) / y) / y.astype(float)
    for have in (sd.grad(f, "y")(x, y), sd.jacfwd(f, "y")(x, y)):
        assert have.dtype == np.float32
        assert_allclose(have, exact, 1e-6, atol=1e-45)


@pytest.mark.parametrize("size", [44.0, 80.0, 87.0])
def test_softmax_by_hand_in_single_precision(size: float) -> None:
    def softmax(x: Any) -> Any:
        e = np.exp(x)
        return (e / np.sum(e))[0]

    x = np.float32([size, size - 1, size - 2])
    p = special.softmax(x.astype(float))
    assert_allclose(sd.grad(softmax)(x), p[0] * (np.array([1.0, 0, 0]) - p), 1e-5)


LIMITS: dict[str, tuple[Callable[[Any], Any], Callable[..., Any]]] = {
    "sin(x)/x": (lambda x: np.sin(x) / x, lambda x: mpmath.sin(x) / x),
    "sin(pi*x)/(pi*x)": (
        lambda x: np.sin(np.pi * x) / (np.pi * x),
        lambda x: mpmath.sin(mpmath.mpf(np.pi) * x) / (mpmath.mpf(np.pi) * x),
    ),
    "sin(3*x)/x": (lambda x: np.sin(3 * x) / x, lambda x: mpmath.sin(3 * x) / x),
    "expm1(x)/x": (lambda x: np.expm1(x) / x, lambda x: mpmath.expm1(x) / x),
    "(exp(x) - 1)/x": (lambda x: (np.exp(x) - 1) / x, lambda x: mpmath.expm1(x) / x),
    "(1 - exp(-x))/x": (lambda x: (1 - np.exp(-x)) / x, lambda x: -mpmath.expm1(-x) / x),
    "(1 - cos(x))/x**2": (
        lambda x: (1 - np.cos(x)) / x**2,
        lambda x: (1 - mpmath.cos(x)) / x**2,
    ),
    "(cos(2*x) - 1)/(x*x)": (
        lambda x: (np.cos(2 * x) - 1) / (x * x),
        lambda x: (mpmath.cos(2 * x) - 1) / x**2,
    ),
    "log1p(x)/x": (lambda x: np.log1p(x) / x, lambda x: mpmath.log1p(x) / x),
    "log(1 + x)/x": (lambda x: np.log(1 + x) / x, lambda x: mpmath.log1p(x) / x),
    "tanh(x)/x": (lambda x: np.tanh(x) / x, lambda x: mpmath.tanh(x) / x),
    "x/tanh(x)": (lambda x: x / np.tanh(x), lambda x: x / mpmath.tanh(x)),
    "x/expm1(x)": (lambda x: x / np.expm1(x), lambda x: x / mpmath.expm1(x)),
    "x/sin(x)": (lambda x: x / np.sin(x), lambda x: x / mpmath.sin(x)),
    "arctan(x)/x": (lambda x: np.arctan(x) / x, lambda x: mpmath.atan(x) / x),
    "erf(x)/x": (lambda x: special.erf(x) / x, lambda x: mpmath.erf(x) / x),
}


@pytest.mark.parametrize("name", LIMITS)
def test_quotients_with_a_limit(name: str) -> None:
    f, exact = LIMITS[name]
    gradient = sd.grad(f)
    along = lambda v: sd.jvp(f, (v,), (1.0,))[1]
    for x in (1e-9, 1e-5, 0.2, 0.26, -0.1, 2.0):
        reference = Differences(exact, [x])
        first, second = float(reference.partial(0)), float(reference.partial(0, 0))
        assert gradient(x) == pytest.approx(first, rel=1e-12), x
        assert along(x) == pytest.approx(first, rel=1e-12), x
        assert sd.grad(gradient)(x) == pytest.approx(second, rel=1e-11), x
        assert sd.grad(along)(x) == pytest.approx(second, rel=1e-11), x
    both = np.array([1e-9, 2.0])
    wanted = [float(Differences(exact, [x]).partial(0)) for x in both]
    assert_allclose(sd.elementwise_grad(f)(both), wanted, 1e-12)
    single = sd.elementwise_grad(f)(both.astype(np.float32))
    assert single.dtype == np.float32
    assert_allclose(single, wanted, 1e-5)


def test_the_closed_form_of_a_limit_is_that_of_the_quotient() -> None:
    assert str(sd.grad(lambda x: np.sin(x) / x).expression(1.0)) == "(cos(x) - sin(x)/x)/x"
    assert str(sd.grad(lambda x, y: x / y, "y").expression(1.0, 2.0)) == "-x/y**2"


CORNERS: dict[str, tuple[Callable[..., Any], tuple[float, float], Any, Any]] = {
    "xlogy": (special.xlogy, (0.0, 2.0), [math.log(2), 0.0], [[0.0, 0.5], [0.5, 0.0]]),
    "xlogy at the corner": (special.xlogy, (0.0, 0.0), [-math.inf, 0.0], None),
    "xlog1py": (special.xlog1py, (0.0, 1.0), [math.log(2), 0.0], [[0.0, 0.5], [0.5, 0.0]]),
    "rel_entr": (special.rel_entr, (0.0, 2.0), [-math.inf, 0.0], [[math.inf, -0.5], [-0.5, 0]]),
    "kl_div": (special.kl_div, (0.0, 2.0), [-math.inf, 1.0], [[math.inf, -0.5], [-0.5, 0.0]]),
    "rel_entr apart": (
        special.rel_entr,
        (1e-200, 1e200),
        [math.log(1e-200) - math.log(1e200) + 1, 0.0],
        [[1e200, -1e-200], [-1e-200, 0.0]],
    ),
}


# -- saturated and smooth at a corner


@pytest.mark.parametrize("f", [np.tanh, special.expit, special.log_expit, np.arctan, special.erf])
@pytest.mark.parametrize("x", [800.0, -800.0, 1e5, 1e200])
def test_what_is_saturated_has_slopes_of_zero(f: Any, x: float) -> None:
    at = np.array([x, 0.5])
    first = sd.grad(lambda x: np.sum(f(x)))(at)
    second = sd.hessian(lambda x: np.sum(f(x)))(at)
    bound = 1 / x / x if f is np.arctan else 0.0
    flat = 1.0 if f is special.log_expit and x < 0 else 0.0
    assert abs(first[0] - flat) <= bound
    assert abs(second[0, 0]) <= bound
    assert second[0, 1] == second[1, 0] == 0


@pytest.mark.parametrize(
    "f",
    [
        lambda x: np.hypot(x[0], x[1]) ** 2,
        lambda x: np.square(np.hypot(x[0], x[1])),
        lambda x: np.abs(x[0]) ** 2 + np.abs(x[1]) ** 2,
        lambda x: abs(x[0]) * abs(x[0]) + x[1] ** 2,
        lambda x: np.hypot(np.hypot(x[0], x[1]), 0.0) ** 2,
    ],
)
def test_the_square_of_what_has_a_corner_has_none(f: Any) -> None:
    assert_allclose(sd.hessian(f)(np.zeros(2)), 2 * np.eye(2))


@pytest.mark.parametrize("size", [1e200, 1e-200, 1e150, 1e-160, 1.0])
def test_an_angle_knows_no_length(size: float) -> None:
    f = lambda t: np.arctan2(size * np.sin(t), size * np.cos(t))
    assert sd.grad(f)(0.7) == pytest.approx(1.0, rel=1e-15)
    assert sd.jvp(f, (0.7,), (1.0,))[1] == pytest.approx(1.0, rel=1e-15)
    assert sd.grad(sd.grad(f))(0.7) == pytest.approx(0.0, abs=1e-15)
    z = lambda t: np.angle(size * np.exp(1j * t))
    assert sd.grad(z)(0.7) == pytest.approx(1.0, rel=1e-14)


def test_a_zero_direction_adds_nothing() -> None:
    """Zero times an infinite partial is no number; what does not move is left out."""
    f = lambda p: np.sqrt(p[0]) + p[1] ** 3
    assert_allclose(sd.hessian(f)(np.array([0.0, 2.0]))[1], [0.0, 12.0])


@pytest.mark.parametrize(
    ("f", "x", "wanted"),
    [
        (lambda x: ((1.5 + abs(x)) * 1e-100) ** -3 / 1e300, 0.5, -0.1875),
        (lambda x: ((1.5 + x) * 1e-100) ** -3.0 * 1e-300, 0.5, -0.1875),
        (lambda x: np.power((1.5 + x) * 1e-100, -3) / 1e300, 0.5, -0.1875),
        (lambda x: 1e-200 * ((1e-105 * x) ** -2 * 1e-15), 0.5, -16e-5),
        (lambda x: 1e200 * (1e200 * (x * x)), 1e-200, 2e200),
        (lambda x: 1e-200 * (1e-200 * x**2), 1e150, 2e-250),
        (lambda x: -1e-160 * (1e-155 * x**2), 1e150, -2e-165),  # the constant has few digits
        (lambda x: 1e-250 / x * 1e-150, 1e-150, -1e-100),
    ],
)
def test_constants_of_which_the_product_is_no_float(f: Any, x: float, wanted: float) -> None:
    """The constants of a slope do not become one that is 0, infinite or has few digits."""
    assert sd.grad(f)(x) == pytest.approx(wanted, rel=1e-14, abs=0)
    assert sd.jvp(f, (x,), (1.0,))[1] == pytest.approx(wanted, rel=1e-14, abs=0)
    assert sd.jacfwd(lambda v: f(v[0]))(np.array([x]))[0] == pytest.approx(wanted, rel=1e-14, abs=0)


def _in_two_lines(x: float, n: float) -> float:
    power = ((1.5 + x) * 1e-100) ** -3
    return power * 1e-300


def _of_a_variable(x: float, n: float) -> float:
    a = (1.5 + x) * 1e-100
    power = a**n
    return power / 1e300


def _of_a_root(x: float, n: float) -> float:
    a = (1.5 + x) * 1e-100
    power = a ** (2 * n + 3)
    return (math.sqrt(power) * 1e-150) ** 2


def test_the_second_slope_where_the_product_of_constants_is_no_float() -> None:
    f = lambda x: ((1.5 + x) * 1e-100) ** -3 / 1e300
    assert sd.grad(sd.grad(f))(0.5) == pytest.approx(0.375, rel=1e-14)
    assert sd.hessian(f)(0.5) == pytest.approx(0.375, rel=1e-14)


@pytest.mark.parametrize(
    ("f", "wanted"),
    [
        (lambda x: np.sum(x / 0.0), [np.inf, np.inf]),
        (lambda x: np.sum(-x / 0.0), [-np.inf, -np.inf]),
        (lambda x: np.sum(np.where(x > 0, 2 * x, x / 0.0)), [2.0, np.inf]),
        (lambda x: np.sum(np.where(x > -3, 2 * x, x**2 / 0)), [2.0, 2.0]),
        (lambda x: np.sum(np.where(x > 0, x / 0.0, x * x)), [np.inf, -2.0]),
        (lambda x: np.sum(np.divide(x, 0.0) * np.array([1.0, -1.0])), [np.inf, -np.inf]),
    ],
)
def test_a_quotient_by_a_zero_that_is_written(f: Any, wanted: list[float]) -> None:
    x = np.array([1.0, -1.0])
    with np.errstate(all="ignore"):
        assert_allclose(sd.grad(f)(x), wanted)


@pytest.mark.parametrize("k", [0, 1, 2])
def test_a_denominator_of_a_number_that_is_not_worked_out(k: int) -> None:
    c = 0.75
    f = lambda x: x / (1.5 + abs(math.tanh(c) ** k))
    assert sd.grad(f)(0.5) == pytest.approx(1 / (1.5 + math.tanh(c) ** k), rel=1e-15)
    g = sd.grad(lambda x: x / (1.5 + abs(math.tanh(x) ** 0)))
    assert g(0.5) == pytest.approx(0.4, rel=1e-15)
