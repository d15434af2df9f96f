"""Differential equations: derivatives with respect to the initial state and to parameters."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from scipy.integrate import odeint, solve_ivp

from symdiff import grad, jvp
from symdiff.testing.numeric import extrapolated

pytestmark = pytest.mark.sampled(every=3)

TIMES = np.linspace(0.0, 2.0, 5)
TIGHT = {"rtol": 1e-10, "atol": 1e-12}


def lotka(y: Any, t: Any, a: Any, b: Any) -> Any:
    return [a * y[0] - b * y[0] * y[1], -0.5 * y[1] + 0.3 * y[0] * y[1] * np.exp(-0.1 * t)]


def by_args(p: Any) -> Any:
    return np.sum(odeint(lotka, [p[0], p[1]], TIMES, args=(p[2], p[3]), **TIGHT) ** 2)


def by_closure(p: Any) -> Any:
    def slope(t: Any, y: Any) -> Any:
        return np.array([p[2] * y[0] - p[3] * y[0] * y[1], -0.5 * y[1] + 0.3 * y[0] * y[1]])

    solution = solve_ivp(slope, (0.0, 2.0), p[:2], t_eval=[1.0, 2.0], **TIGHT)
    return solution.y[0, -1] * solution.y[1, 0]


def linear(p: Any) -> Any:
    matrix = np.array([[p[2], p[3]], [-p[3], p[2]]])
    return odeint(lambda y, t: matrix @ y, p[:2], TIMES, **TIGHT)[-1, 0]


P = np.array([1.2, 0.7, 0.4, 0.9])


@pytest.mark.parametrize("f", [by_args, by_closure, linear])
def test_gradient_and_second_order(f: Any) -> None:
    direction = np.array([0.3, -0.5, 0.7, 0.2])
    want = extrapolated(lambda h: f(P + h * direction), 1e-2)
    gradient = grad(f)
    assert gradient(P) @ direction == pytest.approx(want, rel=1e-7)
    assert jvp(f, (P,), (direction,))[1] == pytest.approx(want, rel=1e-7)
    curved = extrapolated(lambda h: gradient(P + h * direction) @ direction, 1e-2)
    second = grad(lambda p: np.sum(grad(f)(p) * direction))
    assert second(P) @ direction == pytest.approx(curved, rel=1e-6)


def test_default_tolerances_agree_with_the_exact_solution() -> None:
    def f(p: Any) -> Any:
        return odeint(lambda y, t: -p * y, [2.0], TIMES)[-1, 0]

    assert grad(f)(0.7) == pytest.approx(-4.0 * np.exp(-1.4), rel=1e-6)


def test_new_inputs_solve_anew() -> None:
    gradient = grad(by_args)
    gradient(P)
    direction = np.array([0.3, -0.5, 0.7, 0.2])
    want = extrapolated(lambda h: by_args(P + 0.4 + h * direction), 1e-2)
    assert gradient(P + 0.4) @ direction == pytest.approx(want, rel=1e-7)
