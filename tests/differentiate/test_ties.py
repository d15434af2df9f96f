"""Second derivatives where two numbers, of which the larger or smaller is taken, are equal."""

from __future__ import annotations

from typing import Any

import mpmath as mp
import numpy as np
import pytest

from symdiff import grad, hessian, jacfwd, jacrev, value_and_grad

pytestmark = pytest.mark.sampled(every=5)

WEIGHTS = np.array([[1.0, 2.0], [3.0, -1.0]])
ORDERS = [
    hessian,
    lambda f: jacrev(grad(f)),
    lambda f: jacfwd(jacfwd(f)),
    lambda f: jacrev(jacfwd(f)),
]


def of_opposites(x):
    return max(x, -x) ** 2


def of_arrays(x):
    m = np.maximum(x, -x)
    return np.cosh(m)


def smaller(x):
    m = np.minimum(x, -x)
    e = np.exp(m)
    return e * (1 - m)


def of_curves(x):
    m = np.fmax(x, x * x + x)
    return m * m


def cubed(x):
    m = max(x, 0.0)
    return m * m * m


def kernel(x):
    r = max(x, -x)
    d = np.sqrt(3.0) * r
    return (1 + d) * np.exp(-d)


SMOOTH: list[tuple[Any, Any]] = [
    (of_opposites, lambda x: x**2),
    (of_arrays, mp.cosh),
    (smaller, lambda x: mp.exp(-abs(x)) * (1 + abs(x))),
    (of_curves, lambda x: (x + x * x) ** 2),
    (cubed, lambda x: max(x, mp.mpf(0)) ** 3),
    (kernel, lambda x: (1 + mp.sqrt(3) * abs(x)) * mp.exp(-mp.sqrt(3) * abs(x))),
]


@pytest.mark.parametrize(("f", "exact"), SMOOTH, ids=lambda c: getattr(c, "__name__", ""))
@pytest.mark.parametrize("order", ORDERS)
def test_what_is_smooth_has_its_second_derivative(f: Any, exact: Any, order: Any) -> None:
    second = order(f)
    for x in (0.0, 0.4, -0.7):
        with mp.workdps(60):
            want = float(
                mp.diff(exact, mp.mpf(x), 2, h=mp.mpf(10) ** -15, direction=1 if x == 0 else 0)
            )
            first = float(mp.diff(exact, mp.mpf(x), h=mp.mpf(10) ** -15)) if x else 0.0
        assert second(x) == pytest.approx(want, rel=1e-9, abs=1e-9)
        assert grad(f)(x) == pytest.approx(first, rel=1e-12, abs=1e-12)


@pytest.mark.parametrize("order", ORDERS)
def test_what_is_not_has_the_side_of_the_first(order: Any) -> None:
    def hinge(x):
        return max(x, 0.0) ** 2

    def hinge_of_zero(x):
        return max(0.0, x) ** 2

    def least(x):
        return np.minimum(x, 1.0) ** 2

    def clipped(x):
        return np.clip(x, 0.0, 1.0) ** 2

    assert order(hinge)(0.0) == 2
    assert order(hinge_of_zero)(0.0) == 0
    assert order(least)(1.0) == 2
    assert order(clipped)(0.0) == 2
    assert order(clipped)(1.0) == 2
    assert grad(hinge)(0.0) == 0
    assert grad(least)(1.0) == 1


@pytest.mark.parametrize("order", ORDERS)
def test_layers_of_arrays(order: Any) -> None:
    def squared(x):
        return np.sum(np.maximum(WEIGHTS @ x, 0) ** 2)

    def margins(w):
        return np.sum(np.maximum(1 - WEIGHTS @ w, 0) ** 2)

    def layered(x):
        h = np.maximum(WEIGHTS @ x, 0)
        return np.sum(np.maximum(WEIGHTS @ h, 0) ** 2)

    want = 2 * WEIGHTS.T @ WEIGHTS
    np.testing.assert_allclose(order(squared)(np.zeros(2)), want)
    np.testing.assert_allclose(order(margins)(np.linalg.solve(WEIGHTS, np.ones(2))), want)
    both = WEIGHTS @ WEIGHTS
    np.testing.assert_allclose(order(layered)(np.zeros(2)), 2 * both.T @ both)


def in_two_statements(x):
    m = np.where(x >= 0, x, -x)
    return np.sum(m**2)


@pytest.mark.parametrize("f", [lambda x: np.sum(np.maximum(x, -x) ** 2), in_two_statements])
@pytest.mark.parametrize("order", ORDERS)
def test_single_precision(f: Any, order: Any) -> None:
    second = order(f)(np.zeros(2, np.float32))
    assert second.dtype == np.float32
    np.testing.assert_array_equal(second, 2 * np.eye(2))


def test_the_first_derivative_keeps_the_half() -> None:
    def f(x):
        return max(x, 0.0) + np.minimum(x, 0.0) * 3

    assert grad(f)(0.0) == 2.0
    slope, second = jacrev(value_and_grad(f))(0.0)
    assert slope == 2.0
    assert second == 0.0


def test_third_derivatives() -> None:
    def f(x):
        return max(x, 0.0) ** 3

    assert grad(grad(grad(f)))(0.0) == 6
    assert jacfwd(jacfwd(jacfwd(f)))(0.0) == 6
