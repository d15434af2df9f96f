"""Squares and cubes as products: the same numbers, and the same errors."""

from __future__ import annotations

import math

import mpmath
import numpy as np
import pytest

from symdiff import grad, hessian, value_and_grad

from ..comparing import same


def cubic(x):
    return x**3 - 2 * x + math.sin(x)


def bell(x, y):
    r = x / y
    return math.exp(-(r**2)) * x**3 + (x + y) ** 2


def chosen(x):
    z = math.exp(x)
    return z**2 if z**3 < 50.0 else 1.0 / z**2


def test_gradients_are_right_and_values_those_of_the_function() -> None:
    g, h = value_and_grad(cubic), value_and_grad(bell, "all")
    rng = np.random.default_rng(3)
    for x, y in rng.uniform(-3.0, 3.0, (200, 2)).tolist():
        value, slope = g(x)
        assert same(value, cubic(x))
        assert slope == pytest.approx(3 * x * x - 2 + math.cos(x), rel=1e-14)
        value, slopes = h(x, y)
        assert same(value, bell(x, y))
        r = x / y
        bump = math.exp(-r * r)
        expected = (
            bump * (3 * x * x - 2 * r / y * x**3) + 2 * (x + y),
            bump * 2 * r * r / y * x**3 + 2 * (x + y),
        )
        assert slopes == pytest.approx(expected, rel=1e-12, abs=1e-13)
    assert "x*x" in grad(cubic).generated_source(1.0)


@pytest.mark.parametrize("x", [1e200, -1e155, 1e120, 5e102, 1e-200, 0.0, math.inf, math.nan])
def test_what_the_function_raises_is_raised(x: float) -> None:
    for f, slope in (
        (cubic, lambda x: 3 * x * x - 2 + math.cos(x)),
        (lambda x: (x / 4.0) ** 3 * x, lambda x: x * x * x / 16.0),
    ):
        g = grad(f)
        for _ in range(4):
            assert math.isfinite(g(0.5))
            try:
                f(x)
            except (OverflowError, ValueError) as error:
                if x not in (1e120, 5e102):  # the power of the slope is a float
                    with pytest.raises(type(error)):
                        g(x)
            else:
                np.testing.assert_allclose(g(x), slope(x), rtol=1e-14)


def test_numbers_on_the_way_that_are_too_large() -> None:
    def f(x, y):
        z = math.exp(x)
        return y / z**2 + y / (1.0 + z**3)

    g = grad(f)
    for x in (1.0, 300.0, 360.0, 2.0, 500.0):
        try:
            f(x, 1.0)
        except OverflowError:
            with pytest.raises(OverflowError):
                g(x, 1.0)
        else:
            z = mpmath.exp(mpmath.mpf(x))
            expected = float(-2 / z**2 - 3 * z**3 / (1 + z**3) ** 2)
            assert g(x, 1.0) == pytest.approx(expected, rel=1e-12)


def test_what_is_decided_by_a_power_is_decided_as_by_the_function() -> None:
    g, h = grad(chosen), hessian(chosen)
    for x in (0.3, 2.0, 1.3, 1.305, 0.1, -3.0, 4.0) * 2:
        z = math.exp(x)
        low = z**3 < 50.0
        assert g(x) == pytest.approx(2 * z * z if low else -2.0 / (z * z), rel=1e-13)
        assert h(x) == pytest.approx(4 * z * z if low else 4.0 / (z * z), rel=1e-13)
