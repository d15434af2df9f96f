"""Where numbers far out are met: arrays, constants, values, branches, other operators, batches."""

from __future__ import annotations

import math
import pickle

import numpy as np
import pytest
import scipy.special

import symdiff as sd
from symdiff import grad, hessian, hvp, jacfwd, jacrev, value_and_grad
from symdiff.operations.runtime.ranges import EXTENDED

from .far_out import check, wanted

pytestmark = pytest.mark.skipif(EXTENDED is None, reason="no floats have a wider range here")


def square_of_product(x, y):
    return (x * y) * (x * y)


def test_arrays() -> None:
    def power(p):
        return p[2] * p[0] ** p[1]

    point = np.array([1e150, -2.0, 1e300])
    _, bends, _, _ = wanted(lambda x, p, c: c * x**p, tuple(point))
    for second in (hessian(power), jacrev(jacfwd(power)), jacfwd(jacrev(power))):
        check(second(point), bends, np.zeros((3, 3)))

    def total(x, c):
        return np.sum(c * x**-2.0)

    for count in (3, 100):
        x = np.linspace(1.0, 2.0, count) * 1e150
        slopes = -2.0 * (x / 1e150) ** -3.0 * 1e-150
        bends = 6.0 * (x / 1e150) ** -4.0 * 1e-300
        np.testing.assert_allclose(grad(total)(x, 1e300), slopes, rtol=1e-13)
        np.testing.assert_allclose(hessian(total)(x, 1e300), np.diag(bends), rtol=1e-13)
        np.testing.assert_allclose(hvp(total)(x, 1e300, np.ones(count)), bends, rtol=1e-13)


def test_constants_that_are_arrays() -> None:
    scales = np.array([1e200, 3e200])

    def f(x):
        return np.sum(scales * x * x / scales[::-1] / 1e-200 * x * 1e-200)

    x = np.array([1e-3, 2e-3])
    ratio = np.array([1 / 3, 3.0])
    np.testing.assert_allclose(grad(f)(x), 3 * ratio * x**2, rtol=1e-13)
    np.testing.assert_allclose(hessian(f)(x), np.diag(6 * ratio * x), rtol=1e-13)


def test_values_are_those_of_the_function() -> None:
    def f(x, y):
        return (x * y + 1e-17) * (x * y) - 1.0, x * y

    def first(x, y):
        return f(x, y)[0]

    point = (1e200, 1e-200)
    value, (slope, _) = value_and_grad(first, (0, 1))(*point)
    assert value == first(*point)
    assert slope == pytest.approx(2e-200, rel=1e-12, abs=0.0)
    assert type(value) is type(slope) is float
    slope, rest = grad(lambda x, y: f(x, y), has_aux=True)(*point)
    assert rest == f(*point)[1]


def test_branches_and_ties_are_those_of_the_function() -> None:
    """In extended precision `1e200*1e-200` is not 1."""
    for f, slope in (
        (lambda x, y: max(x * y, 1.0) * (x * y), 1.5),
        (lambda x, y: np.where(np.multiply(x, y) == 1.0, (x * y) * (x * y), 0.0), 2.0),
        (lambda x, y: float(np.clip(x * y, 0.0, 1.0)) * (x * y), 1.5),
        (lambda x, y: abs(x * y - 1.0) + (x * y) * (x * y), 2.0),
        (lambda x, y: math.floor(x * y) * (x * y) * (x * y), 2.0),
        (lambda x, y: (x * y) * (x * y) if x * y >= 1.0 else 0.0, 2.0),
    ):
        for first in (grad(f), jacfwd(f)):
            assert first(1e200, 1e-200) == pytest.approx(slope * 1e-200, rel=1e-12, abs=0.0)


def test_another_path_is_found_with_such_inputs() -> None:
    def f(x, y):
        return (x * y) * (x * y) if y < 2.0 else 3.0 * x * y

    g = grad(f)
    assert g(1.0, 1.0) == 2.0
    assert g(1e200, 1e-200) == pytest.approx(2e-200, rel=1e-12, abs=0.0)
    assert g(1e-200, 1e200) == pytest.approx(3e200, rel=1e-12, abs=0.0)
    assert g(2e-200, 1e200) == pytest.approx(3e200, rel=1e-12, abs=0.0)
    assert g(1.0, 3.0) == 9.0
    assert g(1e200, 1e-200) == pytest.approx(2e-200, rel=1e-12, abs=0.0)
    assert g.trace_count == 2


def test_errors_of_the_function_stay_its_own() -> None:
    def f(x, y):
        return (x * y) * (x * y) / (x - 1e200)

    g = grad(f)
    for _ in range(2):
        with pytest.raises(ZeroDivisionError):
            g(1e200, 1e-200)
        assert math.isfinite(g(2e200, 1e-200))


def test_what_acts_on_the_world_does_so_once(capsys: pytest.CaptureFixture[str]) -> None:
    def f(x, y):
        print("called")
        return (x * y) * y

    g = grad(f)
    for _ in range(2):
        assert g(1e200, 1e-200) == pytest.approx(0.0, rel=1e-12, abs=0.0)
        assert capsys.readouterr().out == "called\n"


def test_what_numpy_has_in_double_precision_alone() -> None:
    def f(x, y):
        return np.linalg.det(np.array([[x * 1e200, 1.0], [0.0, y]])) * 1e-200

    assert grad(f)(1.0, 2.0) == pytest.approx(2.0, rel=1e-12, abs=0.0)
    assert hessian(f, (0, 1))(1.0, 2.0)[0][1] == pytest.approx(1.0, rel=1e-12, abs=0.0)

    def g(x, y):
        return scipy.special.gammaln(2.5 + x * y) * y

    exact = 1e-200 * 1e-200 * scipy.special.digamma(3.5)
    assert grad(g)(1e200, 1e-200) == pytest.approx(exact, rel=1e-12, abs=0.0)


def test_derivatives_of_other_operators() -> None:
    def f(x):
        return 1e300 * x**-2.0

    assert sd.derivative(f, n=2)(1e150) == pytest.approx(6e-300, rel=1e-12, abs=0.0)
    x = np.array([1e150, 2e150])
    np.testing.assert_allclose(sd.elementwise_grad(f)(x), [-2e-150, -2.5e-151])
    _, moved = sd.jvp(grad(f), (1e150,), (1.0,))
    assert moved == pytest.approx(6e-300, rel=1e-12, abs=0.0)


def test_zero_and_what_is_no_number_have_no_size() -> None:
    def f(x, y):
        return x * y * y

    g = grad(f, (0, 1))
    assert g(0.0, 0.0) == (0.0, 0.0)
    assert g(math.inf, 1.0) == (1.0, math.inf)
    assert all(map(math.isnan, g(math.nan, math.nan)))


def test_linear_maps() -> None:
    for f, point, slopes in (
        (lambda x, s: x / (s * x) * (s * x), (3e-150, 2e200), (1.0, 0.0)),
        (lambda x, p: 1e300 * x**p * x, (1e150, -2.0), (-1.0, math.log(1e150) * 1e150)),
        (lambda x, y: (x * y) * (x * y), (1e200, 1e-200), (2e-200, 2e200)),
        (lambda x, y: y / (x * y * x) * x, (1e150, 1e-150), (-1e-300, 0.0)),
        (lambda x, y: (x * y * 4e200) * (x * x * y * 1e-250), (1e100, 1e-100), (1.2e-49, 8e150)),
    ):
        value, pull = sd.vjp(f, *point)
        same, push = sd.linearize(f, *point)
        assert value == same == f(*point)
        found = [*pull(1.0), push(1.0, 0.0), push(0.0, 1.0)]
        for got, exact, x in zip(found, slopes * 2, point * 2, strict=True):
            assert type(got) is float
            assert got == pytest.approx(exact, rel=1e-12, abs=1e-15 * abs(value / x))


def test_a_pullback_goes_on_when_it_was_pickled() -> None:
    _, pull = sd.vjp(square_of_product, 1e200, 1e-200)
    assert pickle.loads(pickle.dumps(pull))(2.0) == pull(2.0)
    assert pull(2.0) == pytest.approx((4e-200, 4e200), rel=1e-12, abs=0.0)


@pytest.mark.parametrize("count", [3, 40])
def test_batches(count: int) -> None:
    x = np.linspace(1.0, 2.0, count)
    x[::2] *= 1e200
    by = sd.batched(grad(square_of_product, (0, 1)))(x, 1 / x)
    np.testing.assert_allclose(by[0], 2 / x, rtol=1e-13)
    np.testing.assert_allclose(by[1], 2 * x, rtol=1e-13)
    small = np.linspace(1e-200, 2e-200, count)
    shared = sd.batched(grad(square_of_product), in_axes=(0, None))(small, 1e200)
    np.testing.assert_allclose(shared, 2 * (small * 1e200) * 1e200, rtol=1e-13)
    scaled = sd.batched(grad(lambda x: 1e300 * x**-2.0))(x * 1e10)
    np.testing.assert_allclose(scaled, -2e270 * x**-3.0, rtol=1e-13)


def test_where_numpy_raises_floating_point_errors() -> None:
    g = grad(square_of_product)
    with np.errstate(all="raise"):
        for _ in range(2):
            assert g(1e200, 1e-200) == pytest.approx(2e-200, rel=1e-12, abs=0.0)


def test_constants_whose_powers_are_no_floats() -> None:
    def large(a, b):
        s = 1e200
        r = math.hypot(a * s, b * s)
        c = 1 / s
        return r * c * r * c

    def small(a, b):
        s = 1e-200
        r = math.hypot(a * s, b * s)
        c = 1 / s
        return r * c * r * c + (r / s) ** -2

    for f, exact in (
        (large, lambda a, b: a * a + b * b),
        (small, lambda a, b: a * a + b * b + 1 / (a * a + b * b)),
    ):
        slopes, bends, one, two = wanted(exact, (3.0, 4.0))
        for first in (jacfwd, jacrev):
            check(first(f, (0, 1))(3.0, 4.0), slopes, one)
            for second in (jacfwd, jacrev):
                check(second(first(f, (0, 1)), (0, 1))(3.0, 4.0), bends, two)
        check(hessian(f, (0, 1))(3.0, 4.0), bends, two)


def test_moderate_inputs_beside_one_far_constant() -> None:
    def f(x, y):
        t = y * 1.5e-100
        return (x / t) * (y / t)

    point = (4.0, 2.0)
    slopes, bends, one, two = wanted(f, point)
    check(jacrev(f, (0, 1))(*point), slopes, one)
    for second in (hessian(f, (0, 1)), jacrev(jacfwd(f, (0, 1)), (0, 1))):
        check(second(*point), bends, two)


def test_what_has_no_size_while_its_factors_do() -> None:
    def f(x, y):
        t = (y * y) * (y / y)
        return x / t

    point = (3e60, 2.5e-60)
    slopes, bends, one, two = wanted(f, point)
    check(jacfwd(f, (0, 1))(*point), slopes, one)
    for second in (hessian(f, (0, 1)), jacfwd(jacrev(f, (0, 1)), (0, 1))):
        check(second(*point), bends, two)
