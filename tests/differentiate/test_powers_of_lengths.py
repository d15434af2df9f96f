"""Powers of lengths to an exponent that is known only when the function is called."""

from __future__ import annotations

import math
from typing import Any

import mpmath
import numpy as np
import pytest

from symdiff import grad, hessian, jacfwd, jacrev, value_and_grad

pytestmark = pytest.mark.sampled(every=11)

N = 3
EYE, ONES = np.eye(N), np.ones((N, N))
norm = np.linalg.norm


def in_two_statements(x, p):
    r = norm(x)
    s = 3 * r / 2
    return s**p


def product_and_quotient(x, p):
    width = 0.5
    return np.sum((2.0 * np.abs(x) / width) ** p)


def scale_of_an_argument(x, p, h=0.25):
    d = np.sqrt(x @ x)
    return (d / h) ** p


def as_methods_and_functions(x, p):
    return np.power(np.abs(x), p).sum() + np.float_power(norm(x), p)


def python_numbers(x, p):
    return math.pow(abs(x[0]), p) + pow(math.sqrt(x[1] * x[1]), p) + math.fabs(x[2]) ** p


def hypotenuse(x, p):
    return np.hypot(x[0], x[1]) ** p + math.hypot(x[2]) ** p


def in_one_statement(x, p):
    return np.sqrt(x[0] * x[0] + x[1] ** 2 + x[2] ** 2) ** p


def half_power(x, p):
    return ((x @ x) ** 0.5) ** p


def loop(x, p):
    total = 0.0
    for v in x:
        total += abs(v) ** p
    return total


def rows(x, p):
    return np.sum(norm(np.outer([1.0, 2.0], x), axis=1) ** p)


def deviation(x, p):
    return np.std(x) ** p


def spectrum(x, p):
    return np.sum(np.abs(np.fft.fft(x)) ** p)


def penalized(x, p):
    return np.where(norm(x) < 1.0, 0.5 * norm(x) ** p, norm(x) - 0.5)


SQUARES: list[tuple[Any, np.ndarray]] = [
    (lambda x, p: norm(x) ** p, 2 * EYE),
    (lambda x, p: np.sum(np.abs(x) ** p), 2 * EYE),
    (lambda x, p: -3 * norm(x) ** p / 2, -3 * EYE),
    (in_two_statements, 4.5 * EYE),
    (product_and_quotient, 32 * EYE),
    (scale_of_an_argument, 32 * EYE),
    (as_methods_and_functions, 4 * EYE),
    (python_numbers, 2 * EYE),
    (hypotenuse, 2 * EYE),
    (in_one_statement, 2 * EYE),
    (half_power, 2 * EYE),
    (loop, 2 * EYE),
    (rows, 10 * EYE),
    (deviation, 2 / N * (EYE - ONES / N)),
    (spectrum, 2 * N * EYE),
    (penalized, EYE),
]


@pytest.mark.parametrize("k", range(len(SQUARES)))
def test_the_hessian_at_zero(k: int) -> None:
    f, square = SQUARES[k]
    x = np.zeros(N)
    first = grad(f)
    modes = (hessian(f), jacrev(first), jacfwd(jacfwd(f)))
    for second in (modes[k % 3], modes[(k + 1) % 3]):
        for p in (2, 2.0, 4.0, 3.0, 2.5):
            np.testing.assert_array_equal(first(x, p), 0.0)
            want = square if p == 2 else 0 * square
            np.testing.assert_allclose(second(x, p), want, atol=1e-14)
    for p in (1.0, 1.5):
        np.testing.assert_array_equal(first(x, p), 0.0)
    assert not np.isfinite(np.diagonal(second(x, 1.5))).any()  # there is none


@pytest.mark.parametrize("k", range(0, len(SQUARES), 2))
def test_elsewhere(k: int) -> None:
    f = SQUARES[k][0]
    x = np.array([0.3, -0.2, 0.4])
    g, h = value_and_grad(f), hessian(f)
    for p in (-1.5, 3.7):
        (value, slope), curvature = g(x, p), h(x, p)
        assert value == pytest.approx(f(x, p), rel=1e-15)
        step = 1e-5
        for e in np.eye(N):
            ahead, back = x + step * e, x - step * e
            secant = (f(ahead, p) - f(back, p)) / (2 * step)
            assert slope @ e == pytest.approx(secant, rel=1e-7, abs=1e-7)
            moved = (g(ahead, p)[1] - g(back, p)[1]) / (2 * step)
            np.testing.assert_allclose(curvature @ e, moved, rtol=1e-6, atol=1e-6)


@pytest.mark.parametrize("through", [abs, lambda x: norm(np.array([0.6 * x, 0.8 * x]))])
def test_all_orders_of_one_number(through: Any) -> None:
    def f(x, p):
        return through(x) ** p

    orders = [grad(f)]
    orders.append(grad(orders[-1]))
    orders.append(grad(orders[-1]))
    places = [1e40, -1.3, 0.7, -1e-3, 1e-70] if through is abs else [1e40, -1.3, 1e-40]
    for x in places:
        for p in (0.5, 1.0, 2.0, 2.5, 3.0, 4.0, 7.0):
            factor = mpmath.mpf(1)
            for n, g in enumerate(orders, 1):
                factor *= mpmath.mpf(p) - n + 1
                want = factor * mpmath.mpf(abs(x)) ** (mpmath.mpf(p) - n) * mpmath.sign(x) ** n
                if 1e-280 < abs(want) < 1e280 or (want == 0 and through is abs):
                    assert g(x, p) == pytest.approx(float(want), rel=1e-12)


@pytest.mark.slow
def test_higher_orders_at_zero() -> None:
    def f(t, p):
        return norm(np.array([t, 2 * t])) ** p

    third = grad(grad(grad(f)))
    fourth = grad(third)
    assert fourth(0.0, 4) == pytest.approx(25 * 24)
    assert [third(0.0, p) for p in (2, 4, 3.5, 6)] == [0.0] * 4
    assert math.isnan(third(0.0, 2.5))
    assert math.isnan(fourth(0.0, 3.5))


def test_the_exponent_as_a_variable() -> None:
    def f(x, p):
        return abs(x) ** p

    def g(x, p):
        return norm(np.array([3 * x, 4 * x])) ** p

    for h, scale in ((f, 1.0), (g, 5.0)):
        by_p = grad(h, "p")
        assert by_p(2.0, 3.0) == pytest.approx((2 * scale) ** 3 * math.log(2 * scale))
        mixed = grad(by_p, "x")(-2.0, 3.0)
        want = -3 * scale * (2 * scale) ** 2 * math.log(2 * scale) - scale * (2 * scale) ** 2
        assert mixed == pytest.approx(want)
        assert grad(grad(h, "x"), "p")(-2.0, 3.0) == pytest.approx(want)
        assert by_p(0.0, 2.0) == 0.0
        assert grad(by_p, "x")(0.0, 2.0) == 0.0
        assert grad(grad(h, "x"), "p")(0.0, 2.0) == 0.0


def test_a_factor_that_is_differentiated_too() -> None:
    def f(w, x, p):
        return (w * abs(x)) ** p

    second = hessian(f, ("w", "x"))
    assert np.ravel(second(3.0, 0.0, 2)).tolist() == [0.0, 0.0, 0.0, 18.0]
    assert np.ravel(second(0.0, 2.0, 2)).tolist() == [8.0, 0.0, 0.0, 0.0]
    assert grad(f, "w")(0.0, 2.0, 1) == 2.0
    assert grad(f, "x")(0.0, 2.0, 1) == 0.0


def test_an_exponent_for_each_element() -> None:
    def f(x, p):
        return np.sum(np.abs(x) ** p)

    x, p = np.array([0.0, 0.0, -0.5]), np.array([2.0, 3.0, 2.0])
    np.testing.assert_allclose(hessian(f)(x, p), np.diag([2.0, 0.0, 2.0]))
    single = grad(f)(x.astype(np.float32), np.float32(2.0))
    assert single.dtype == np.float32
