"""Constants of NumPy's small integer types, whose own arithmetic wraps around."""

from __future__ import annotations

import numpy as np
import pytest

from symdiff import grad, jvp


@pytest.mark.parametrize(
    ("k", "x"),
    [(np.int8(-128), 1.01), (np.uint8(0), 1e10), (np.int8(127), 1.02), (np.int16(3), 2.0)],
)
def test_powers(k, x):
    want = int(k) * x ** (int(k) - 1)
    assert grad(lambda x: x**k)(x) == pytest.approx(want, rel=1e-14)
    assert jvp(lambda x: x**k, (x,), (1.0,))[1] == pytest.approx(want, rel=1e-14)


def test_powers_of_constants_made_inside():
    def f(x):
        return x ** np.int8(-128) + x ** (np.uint8(250) + np.uint8(5))

    want = -128.0 * 1.01**-129 + 255.0 * 1.01**254
    assert grad(f)(1.01) == pytest.approx(want, rel=1e-13)
    assert jvp(f, (1.01,), (1.0,))[1] == pytest.approx(want, rel=1e-13)

    def g(x):
        return np.sum(x ** np.array([-128, 127], np.int8))

    x = np.array([1.01, 1.02])
    assert grad(g)(x) == pytest.approx([-128.0 * 1.01**-129, 127.0 * 1.02**126], rel=1e-13)


def test_products_and_squares_as_they_are_written():
    k = np.array([100, 3], np.int8)
    b = np.array([True, False])

    def f(x):
        return np.sum(x * (k * k)) + np.sum(x**k * (b + b))

    x, h = np.array([1.1, 0.9]), 1e-30
    want = [f(x + 1j * h * e).imag / h for e in np.eye(2)]
    assert grad(f)(x) == pytest.approx(want, rel=1e-13)
    assert jvp(f, (x,), (np.ones(2),))[1] == pytest.approx(sum(want), rel=1e-13)


def test_with_respect_to_what_is_multiplied_by_a_choice():
    k = np.array([100, 100], np.int8)

    def f(x):
        return np.sum(np.where(x > 1.0, k, k * 2) * x * x) + np.sum(x ** np.where(x > 1.0, k, 2))

    x = np.array([1.01, 0.9])
    kept = np.where(x > 1.0, k, k * 2), np.where(x > 1.0, k, 2)
    want = 2.0 * x * kept[0] + kept[1] * x ** (kept[1] - 1.0)
    assert grad(f)(x) == pytest.approx(want, rel=1e-13)


@pytest.mark.parametrize("make", [float, np.float64, np.array])
def test_two_truths_are_two_in_python_and_one_in_numpy(make):
    def f(x):
        return x * ((x > 0.0) + (x > 0.0)) + x * ((x > 0.0) * (x < 2.0))

    x = make(1.5)
    assert grad(f)(x) == f(x) / x
    assert jvp(f, (x,), (make(1.0),))[1] == f(x) / x
