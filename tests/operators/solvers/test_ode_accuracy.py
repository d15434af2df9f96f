"""Gradients of well-known systems at the solvers' own settings, against solves at tight ones."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scipy.integrate import solve_ivp

from symdiff import grad, jvp, value_and_grad

sys.path.insert(0, str(Path(__file__).resolve().parents[3] / "benchmarks"))
import odes

pytestmark = pytest.mark.sampled(every=7)

FEW = [name for name in odes.PROBLEMS if name not in ("van_der_pol", "heat_by_lines")]


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("name", FEW)
def test_gradient(name: str) -> None:
    f, x, _, _ = odes.PROBLEMS[name]
    want = odes.reference(name)[:4]
    scale = np.abs(x[:4])
    error = np.abs(grad(f)(x)[:4] - want) * scale
    assert np.max(error) <= 1e-4 * np.max(np.abs(want) * scale)


@pytest.mark.slow
def test_stiff_and_large() -> None:
    f, x, _, _ = odes.PROBLEMS["van_der_pol"]
    # On the slow branch y' = y / (mu (1 - y^2)): a function of t/mu alone.
    slope = grad(f)(x)[0]
    y = f(x, rtol=1e-8, atol=1e-10)
    reduced = -(500.0 / x[0]) * y / (x[0] * (1 - y**2))
    assert slope == pytest.approx(reduced, rel=1e-3)
    f, x, _, _ = odes.PROBLEMS["heat_by_lines"]
    fine: dict[str, Any] = {"rtol": 1e-9, "atol": 1e-11}
    d = [(f(x + e, **fine) - f(x - e, **fine)) / 2e-2 for e in 1e-2 * np.eye(2)]
    assert grad(f)(x) == pytest.approx(np.array(d), rel=1e-3)


@pytest.mark.slow
def test_derivatives_are_taken_at_the_accurate_solution() -> None:
    """By default `solve_ivp` is 0.6 % off in this value, and 5 % in what it would give below."""

    def f(p: Any, **more: Any) -> Any:
        def g(t: Any, y: Any) -> Any:
            v, r = y
            return [p[2] * (v - v**3 / 3 + r), -(v - p[0] + p[1] * r) / p[2]]

        times = np.linspace(0, 20, 21)
        return np.sum(solve_ivp(g, (0, 20), [-1.0, 1.0], t_eval=times, **more).y[0] ** 2)

    x, h = np.array([0.2, 0.2, 3.0]), 1e-4
    want = [(f(x + e, **odes.FAST) - f(x - e, **odes.FAST)) / (2 * h) for e in h * np.eye(3)]
    value, gradient = value_and_grad(f)(x)
    assert value == f(x)
    assert gradient == pytest.approx(np.array(want), rel=1e-3)
    assert jvp(f, (x,), (np.ones(3),))[1] == pytest.approx(np.sum(want), rel=1e-3)


def test_a_right_hand_side_is_computed_as_the_function_computes_it() -> None:
    """A last digit of a power decides steps, which decide twelve digits of the solution."""

    def f(p: Any) -> Any:
        def g(t: Any, y: Any) -> Any:
            return [p * (y[0] - y[0] ** 3 / 3 + y[1]), -(y[0] ** 3) / p - y[1] ** 2 / 10]

        return np.sum(solve_ivp(g, (0, 4), [-1.0, 0.3], t_eval=np.linspace(0, 4, 9)).y ** 2)

    g = value_and_grad(f)
    for p in (1.1, 2.3, 3.7):
        for _ in range(3):
            assert g(p)[0] == f(p)
