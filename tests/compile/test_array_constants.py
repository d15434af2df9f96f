"""Constants beside arrays: the numbers that Python's own constants give, to the last bit."""

from __future__ import annotations

import numpy as np
import pytest

from symdiff import grad, hessian, value_and_grad

from ..comparing import same


def mixed(x):
    y = -3 * x + 2.5 - 1 / (x - 0.1) + (x > 0.25) * 2.0 - (x + 1) ** 2 * 0.5
    return np.sum(np.maximum(y, -1.5) * -0.0 + np.minimum(2, y)) + np.sum(x**3 * (x != 0.0))


def of_types(x, k):
    return np.sum(2 * x * (3 * k) + (k * 2 > 5) * x - 7 / x)


def scaled(x):
    c_2 = np.sum(x) * 2.0
    return np.sum(2.0 * x * c_2 + 2 * x)


def slopes(f, x, step=1e-6):
    found = []
    for k in range(len(x)):
        h = np.zeros(len(x))
        h[k] = step
        found.append((f(x + h) - f(x - h)) / (2 * step))
    return np.array(found)


@pytest.mark.parametrize("n", [40, 200])
def test_values_are_those_of_the_function(n: int) -> None:
    rng = np.random.default_rng(n)
    g, h = value_and_grad(mixed), value_and_grad(scaled)
    for _ in range(4):
        x = rng.uniform(-2.0, 2.0, n)
        for f, made in ((mixed, g), (scaled, h)):
            value, slope = made(x)
            assert same(value, f(x))
            np.testing.assert_allclose(slope, slopes(f, x), rtol=1e-4, atol=1e-4)
    for x in (np.zeros(n), np.full(n, np.inf), np.full(n, -0.0), np.full(n, np.nan)):
        with np.errstate(all="ignore"):
            np.testing.assert_array_equal(g(x)[0], mixed(x))
            np.testing.assert_array_equal(np.signbit(g(x)[0]), np.signbit(mixed(x)))


def test_whole_numbers_and_single_precision_stay_what_they_are() -> None:
    rng = np.random.default_rng(0)
    g = value_and_grad(of_types)
    for dtype, rtol in ((np.float64, 1e-13), (np.float32, 1e-5), (np.float64, 1e-13)):
        x, k = rng.uniform(0.5, 2.0, 50).astype(dtype), np.arange(50)
        value, slope = g(x, k)
        assert value == of_types(x, k)
        assert type(value) is type(of_types(x, k))
        assert slope.dtype == dtype
        wide = x.astype(float)
        expected = 6.0 * k + (k * 2 > 5) + 7.0 / wide**2
        np.testing.assert_allclose(slope, expected, rtol=rtol)
    large = np.arange(50) * 2**56
    assert g(np.ones(50), large)[0] == of_types(np.ones(50), large)


def test_constants_are_arrays_of_no_axes_that_nobody_is_given() -> None:
    def f(x):
        return np.sum(2.0 * x**2 + 0.5 * x)

    g = grad(f)
    x = np.linspace(0.0, 1.0, 50)
    for _ in range(3):
        found = g(x)
        np.testing.assert_array_equal(found, 4.0 * x + 0.5)
        found[:] = 7.0
    assert "c_4*x" in g.generated_source(x)
    np.testing.assert_allclose(hessian(f)(x), 4.0 * np.eye(50))
    assert "c_4*" not in grad(f).generated_source(np.linspace(0.0, 1.0, 50_000))
