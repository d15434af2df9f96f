"""The slope of a hyperbolic tangent comes from the tangent where that has the digits for it."""

from __future__ import annotations

import mpmath
import numpy as np
import pytest

from symdiff import grad, value_and_grad
from symdiff.operations.runtime.hyperbolic import sech_squared

from ..comparing import on_native_code


def layers(x, y):
    t = np.tanh(x * y)
    return np.sum(t * y) + np.sum(np.tanh(t) * x)


def exact(x, y):
    t, slope = mpmath.tanh(x * y), y * mpmath.sech(x * y) ** 2
    return y * slope + mpmath.tanh(t) + x * mpmath.sech(t) ** 2 * slope


@pytest.mark.parametrize("n", [300, 5000])
def test_slopes_have_the_digits_of_the_function(n: int) -> None:
    g, both = grad(layers), value_and_grad(layers)
    rng = np.random.default_rng(3)
    text = g.generated_source(np.zeros(n), np.zeros(n))
    assert text.count("rt.sech_squared(") == 2
    assert "cosh" not in text
    for reach in (0.5, 3.0, 40.0, 0.1):
        x, y = rng.uniform(-reach, reach, n), rng.uniform(-1.0, 1.0, n)
        found = g(x, y)
        value, slope = both(x, y)
        assert value == layers(x, y)
        np.testing.assert_allclose(slope, found, rtol=1e-13)
        for k in range(0, n, n // 60):
            with mpmath.workdps(40):
                wanted = exact(mpmath.mpf(x[k]), mpmath.mpf(y[k]))
            # What is summed cancels here and there; on native code a `tanh` may be an ulp off.
            digits = 2e-12 if on_native_code else 3e-13
            assert abs(found[k] - float(wanted)) <= digits * abs(float(wanted))


def test_no_digit_is_lost_at_any_distance() -> None:
    rng = np.random.default_rng(4)
    for reach in (1e-200, 1e-3, 0.5, 1.05, 1.2, 3.0, 20.0, 350.0, 800.0):
        x = rng.uniform(-reach, reach, 300)
        with np.errstate(over="ignore"):
            found = sech_squared(x, np.tanh(x))
        for a, b in zip(x, found):
            with mpmath.workdps(40):
                wanted = mpmath.sech(mpmath.mpf(float(a))) ** 2
            assert abs(b - float(wanted)) <= 1.2e-15 * float(wanted) + 1e-323
    x = np.zeros(300)
    x[7] = np.nan
    assert np.isnan(sech_squared(x, np.tanh(x))[7])


def test_a_tangent_that_may_not_be_computed_stays_where_it_is() -> None:
    def f(x):
        near = np.where(np.abs(x) < 2.0, np.tanh(x) ** 2, x)
        return np.sum(near) + np.sum(np.tanh(x[1:]))

    g = grad(f)
    x = np.linspace(-3.0, 3.0, 500)
    t = np.tanh(x)
    wanted = np.where(np.abs(x) < 2.0, 2 * t * (1 - t * t), 1.0)
    wanted[1:] += 1 - t[1:] ** 2
    np.testing.assert_allclose(g(x), wanted, rtol=1e-12)
