"""Derivatives of what is made of a loose solution, taken at an accurate one."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy.integrate import solve_ivp

from symdiff import hessian, jvp, value_and_grad


def test_a_square_of_a_loose_solution() -> None:
    """The solver's own error is 1e-3; that of the derivatives is not."""

    def f(p):
        made = solve_ivp(lambda t, y: -p[0] * y, (0.0, 2.0), [p[1]], rtol=1e-2, atol=1e-4)
        return made.y[0, -1] ** 2 + p[0]

    p = np.array([0.7, 1.3])
    value = (p[1] * math.exp(-2.0 * p[0])) ** 2
    slope = np.array([-4.0 * value + 1.0, 2.0 * value / p[1]])
    found, gradient = value_and_grad(f)(p)
    assert found == f(p)
    assert abs(found - value - p[0]) > 1e-4
    assert gradient == pytest.approx(slope, rel=2e-5)
    assert jvp(f, (p,), (np.array([1.0, 2.0]),))[1] == pytest.approx(slope @ [1.0, 2.0], rel=2e-5)
    second = [[16.0, -8.0 / p[1]], [-8.0 / p[1], 2.0 / p[1] ** 2]]
    assert hessian(f)(p) == pytest.approx(value * np.array(second), rel=1e-4)
