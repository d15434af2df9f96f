"""Second derivatives of smooth functions written with absolute values, where those are 0."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

from symdiff import grad, hessian, hvp, jacfwd, jacrev, value_and_grad

pytestmark = pytest.mark.sampled(every=5)


def cross_entropy(z):
    """`log(1 + exp(z)) - z`, as it is written for large numbers."""
    return max(z, 0.0) - z * 1.0 + math.log1p(math.exp(-abs(z)))


def log_cosh(x):
    a = abs(x)
    return a + math.log1p(math.exp(-2 * a)) - math.log(2)


def matern_3(x):
    r = abs(3.0 - x - 3.0)
    e = math.exp(-r)
    return (1 + r) * e


def matern_5(x):
    r = np.sqrt(5.0) * np.abs(x)
    return (1 + r + r**2 / 3) * np.exp(-r)


def pseudo_huber(x):
    r = math.fabs(x)
    if r < 1:
        return 0.5 * r * r
    return r - 0.5


def soft_absolute(x):
    return abs(x) - math.log(1 + abs(x))


def helped(x):
    def size(v):
        return abs(v)

    return math.cosh(size(size(2 * x)))


def scaled_and_negated(x):
    r = -3.0 * abs(x)
    q = r / 2
    return math.cos(q)


def root_of_a_square(x):
    return math.cosh(math.sqrt(x * x)) + math.cos((x**2) ** 0.5)


def chosen(x):
    r = np.abs(x)
    return np.where(r < 1.0, np.cosh(r), 2.0)


def reduced(x):
    return np.sum(np.cos(np.abs(x * np.array([1.0, 2.0])))) + np.linalg.norm(x * np.ones(2), 1) * 0


def product_of_parts(x):
    r = abs(x)
    a, b = math.sin(r), math.tan(r)
    return a * b


ONE: list[tuple[Any, float]] = [
    (lambda x: math.cosh(abs(x)), 1.0),
    (lambda x: np.sinc(np.abs(x)), -(math.pi**2) / 3),
    (cross_entropy, 0.25),
    (log_cosh, 1.0),
    (matern_3, -1.0),
    (matern_5, -5.0 / 3.0),
    (pseudo_huber, 1.0),
    (soft_absolute, 1.0),
    (helped, 4.0),
    (scaled_and_negated, -2.25),
    (root_of_a_square, 0.0),
    (chosen, 1.0),
    (reduced, -5.0),
    (product_of_parts, 2.0),
]


@pytest.mark.parametrize("k", range(len(ONE)))
def test_second_derivatives_at_zero(k: int) -> None:
    f, want = ONE[k]
    first = -0.5 if f is cross_entropy else 0.0
    assert grad(f)(0.0) == first
    for second in (hessian(f), grad(grad(f)), jacfwd(jacfwd(f)), jacfwd(grad(f)))[k % 2 :: 2]:
        assert second(0.0) == pytest.approx(want, abs=1e-14)
    assert hvp(f)(0.0, 2.0) == pytest.approx(2 * want, abs=1e-14)


@pytest.mark.parametrize("k", range(0, len(ONE), 3))
def test_nothing_changes_elsewhere(k: int) -> None:
    f = ONE[k][0]
    for x in (-0.4, 0.3):
        step = 1e-5
        value, slope = value_and_grad(f)(x)
        assert value == f(x)
        assert slope == pytest.approx((f(x + step) - f(x - step)) / (2 * step), rel=1e-6)
        g = grad(f)
        want = (g(x + step) - g(x - step)) / (2 * step)
        assert hessian(f)(x) == pytest.approx(want, rel=1e-5)


def test_the_first_derivative_keeps_the_mean_of_the_sides() -> None:
    for f in (abs, lambda x: abs(x) + cross_entropy(x), lambda x: x * abs(x)):
        first = grad(f)(0.0)
        value, slope = jacrev(value_and_grad(f))(0.0)
        assert value == first
        assert slope == hessian(f)(0.0)
        assert grad(lambda x, f=f: f(x) + 0 * grad(f)(x))(0.0) == first
        assert grad(lambda x, f=f: value_and_grad(f)(x)[0])(0.0) == first


def test_where_the_sides_differ_it_is_the_right_one() -> None:
    assert hessian(lambda x: x * abs(x))(0.0) == 2.0
    assert hessian(abs)(0.0) == 0.0
    assert hessian(lambda x: (1 + abs(x)) ** 3)(0.0) == 6.0


def test_a_logistic_regression_that_begins_at_zero() -> None:
    rng = np.random.default_rng(0)
    inputs, labels = rng.normal(size=(20, 3)), rng.integers(0, 2, 20)

    def loss(w):
        z = inputs @ w
        return np.sum(np.maximum(z, 0) - z * labels + np.log1p(np.exp(-np.abs(z))))

    w = np.zeros(3)
    np.testing.assert_allclose(grad(loss)(w), inputs.T @ (0.5 - labels), rtol=1e-13)
    for second in (hessian(loss), jacfwd(jacfwd(loss))):
        np.testing.assert_allclose(second(w), inputs.T @ inputs / 4, rtol=1e-13)


def test_a_gaussian_process_at_its_own_points() -> None:
    points = np.array([0.0, 1.0, 2.5])

    def f(x, length):
        r = np.abs(x[:, None] - points[None]) / length
        return np.sum((1 + r) * np.exp(-r))

    def smooth(d, length):  # the second derivative of the kernel
        return (abs(d) / length - 1) * math.exp(-abs(d) / length) / length**2

    want = np.diag([sum(smooth(p - q, 0.7) for q in points) for p in points])
    np.testing.assert_allclose(hessian(f)(points, 0.7), want, rtol=1e-12)


def test_the_compiled_gradient_is_as_short_as_before() -> None:
    def f(x):
        r = np.abs(x)
        return np.sum(np.tanh(r) * r)

    text = value_and_grad(f).source(np.ones(3))
    assert text.count("tanh") == text.count("abs(") == 1
    assert "side =" not in text
