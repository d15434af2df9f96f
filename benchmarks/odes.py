"""Gradients through differential equations: time over one plain solve, and error over tolerance.

    python benchmarks/odes.py [NAME]

Each problem is solved by SciPy alone and differentiated, with the same settings. The error is that
of the gradient, relative to its largest element, against differences of solves at tight tolerances.
"""

from __future__ import annotations

import time
import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
from scipy.integrate import odeint, solve_ivp

import symdiff

PROBLEMS: dict[str, tuple[Callable[..., Any], Any, float, dict[str, Any]]] = {}
TIGHT = {"rtol": 1e-12, "atol": 1e-14}
FAST = {"rtol": 1e-11, "atol": 1e-13, "method": "DOP853"}


def problem(x: Any, step: float = 1e-3, tight: dict[str, Any] = TIGHT) -> Callable[[Any], Any]:
    """Enter a function with where it is differentiated, the step of differences, and settings."""

    def enter(f: Any) -> Any:
        PROBLEMS[f.__name__] = (f, np.array(x, float), step, tight)
        return f

    return enter


@problem([1.0, 1.2, 0.8])
def plasma(p: Any, **more: Any) -> Any:
    def flow(y: Any, t: Any, ka: Any, km: Any, ke: Any) -> Any:
        a, b, c, _, _ = y
        return [-ka * a, ka * a - (km + ke) * b, km * b - ke * c, ke * b, ke * c]

    times = np.linspace(0, 10, 20)
    return np.sum(
        odeint(flow, [10.0, 0, 0, 0, 0], times, args=(p[0], p[1], p[2]), **more)[:, 2] ** 2
    )


@problem([5.0])
def two_compartments(p: Any, **more: Any) -> Any:
    def flow(y: Any, t: Any) -> Any:
        a, b = y
        return [-p[0] * a + 0.1 * b, p[0] * a - 0.6 * b]

    return odeint(flow, [1.0, 0.0], [0.0, 10.0], **more)[-1, 1]


@problem([0.2, 0.2, 3.0])
def fitzhugh_nagumo(p: Any, **more: Any) -> Any:
    def f(y: Any, t: Any) -> Any:
        v, r = y
        return [p[2] * (v - v**3 / 3 + r), -(v - p[0] + p[1] * r) / p[2]]

    return np.sum(odeint(f, [-1.0, 1.0], np.linspace(0, 20, 21), **more)[:, 0] ** 2)


@problem([0.04, 3e7, 1e4])
def robertson(p: Any, **more: Any) -> Any:
    def f(y: Any, t: Any) -> Any:
        a = p[0] * y[0]
        b = p[2] * y[1] * y[2]
        c = p[1] * y[1] ** 2
        return [-a + b, a - b - c, c]

    times = [0.0, 0.4, 40.0, 4e3]
    return odeint(f, [1.0, 0.0, 0.0], times, mxstep=100_000, **more)[-1, 0]


@problem([1000.0])
def van_der_pol(p: Any, **more: Any) -> Any:
    def f(t: Any, y: Any) -> Any:
        return [y[1], p[0] * (1 - y[0] ** 2) * y[1] - y[0]]

    return solve_ivp(f, (0, 500.0), [2.0, 0.0], method="Radau", **more).y[0, -1]


@problem([1.5, 1.0, 3.0, 1.0], tight=FAST)
def lotka_volterra(p: Any, **more: Any) -> Any:
    def f(t: Any, z: Any, a: Any, b: Any, c: Any, d: Any) -> Any:
        x, y = z
        return [a * x - b * x * y, -c * y + d * x * y]

    found = solve_ivp(f, [0, 15], [10, 5], args=tuple(p), t_eval=np.linspace(0, 15, 30), **more)
    return np.sum(found.y) / 100


@problem([0.25, 5.0])
def pendulum(p: Any, **more: Any) -> Any:
    def f(y: Any, t: Any, b: Any, c: Any) -> Any:
        theta, omega = y
        return [omega, -b * omega - c * np.sin(theta)]

    rows = odeint(f, [np.pi - 0.1, 0.0], np.linspace(0, 10, 101), args=(p[0], p[1]), **more)
    return np.mean(rows[:, 0] ** 2)


@problem([10.0, 28.0, 8 / 3], 1e-4, FAST)
def lorenz(p: Any, **more: Any) -> Any:
    def f(t: Any, s: Any) -> Any:
        x, y, z = s
        return [p[0] * (y - x), x * (p[1] - z) - y, x * y - p[2] * z]

    return solve_ivp(f, (0, 2), [1.0, 1.0, 1.0], **more).y[0, -1]


@problem([0.5, 0.1])
def sir(p: Any, **more: Any) -> Any:
    def f(y: Any, t: Any, beta: Any, gamma: Any) -> Any:
        s, i, _ = y
        new = beta * s * i / 1000.0
        return new * -1.0, new - gamma * i, gamma * i

    return odeint(f, (999.0, 1.0, 0.0), np.linspace(0, 60, 61), args=(p[0], p[1]), **more)[
        :, 1
    ].max()


@problem([1.0, 0.3, 2.0])
def reactor(p: Any, **more: Any) -> Any:
    def f(t: Any, y: Any) -> Any:
        c, temperature = y
        k = 50.0 * np.exp(-p[2] * 4.0 / temperature)
        return np.array([p[0] * (1.0 - c) - k * c, p[1] * (1.0 - temperature) + 2.0 * k * c])

    return solve_ivp(f, (0, 10), [1.0, 1.0], method="LSODA", **more).y[1, -1]


@problem([1.0, 3.0], tight=FAST)
def brusselator(p: Any, **more: Any) -> Any:
    def f(t: Any, y: Any) -> Any:
        dydt = np.zeros(2)
        dydt[0] = p[0] + y[0] ** 2 * y[1] - (p[1] + 1) * y[0]
        dydt[1] = p[1] * y[0] - y[0] ** 2 * y[1]
        return dydt

    return solve_ivp(f, (0, 12), [1.5, 3.0], t_eval=[4.0, 8.0, 12.0], **more).y[0].sum()


@problem([1.0, 0.5])
def heat_by_lines(p: Any, **more: Any) -> Any:
    x = np.linspace(0, 1, 52)[1:-1]

    def f(t: Any, u: Any) -> Any:
        left = np.concatenate([[p[1] * t], u[:-1]])
        right = np.concatenate([u[1:], [0.0]])
        return p[0] * (left - 2 * u + right) * 51.0**2

    found = solve_ivp(f, (0, 0.1), np.sin(np.pi * x), method="BDF", **more)
    return np.sum(found.y[:, -1])


@problem([1.1, 0.4])
def logistic(p: Any, **more: Any) -> Any:
    def f(y: Any, t: Any) -> Any:
        return p[0] * y * (1 - y / p[1])

    return odeint(f, 0.05, np.linspace(0, 5, 11), **more)[:, 0].sum()


@problem([2.0, 0.1], tight=FAST)
def damped_oscillator(p: Any, **more: Any) -> Any:
    def f(t: Any, y: Any) -> Any:
        return [y[1], -p[0] * y[0] - p[1] * y[1]]

    return solve_ivp(f, (0, 10), [1.0, 0.0], t_eval=np.linspace(0, 10, 50), **more).y[0, -1]


@problem([0.5, 2.0, 0.3])
def dosing(p: Any, **more: Any) -> Any:
    def f(y: Any, t: Any) -> Any:
        dose = p[1] if t < 1.0 else 0.0
        return [dose - p[0] * y[0], p[0] * y[0] - p[2] * y[1]]

    return odeint(f, [0.0, 0.0], np.linspace(0, 8, 17), **more)[:, 1].sum()


@problem(0.3 * np.sin(np.arange(12.0 * 6)), tight=FAST)
def network(p: Any, **more: Any) -> Any:
    w = p[:36].reshape(6, 6)
    v = p[36:].reshape(6, 6)

    def f(t: Any, y: Any) -> Any:
        return np.tanh(y @ w) @ v - 0.1 * y

    found = solve_ivp(f, (0, 5), np.linspace(-1, 1, 6), t_eval=[1, 3, 5], **more)
    return np.sum(found.y**2)


def shortest(f: Callable[..., Any], *args: Any) -> float:
    best = np.inf
    begin = time.perf_counter()
    while time.perf_counter() - begin < 0.3 or best == np.inf:
        start = time.process_time()
        f(*args)
        best = min(best, time.process_time() - start)
    return best


def reference(name: str) -> Any:
    """Differences of sixth order of solves at tight tolerances."""
    f, x, step, tight = PROBLEMS[name]
    gradient = np.zeros(len(x))
    for k in range(min(len(x), 4)):
        h = step * max(abs(x[k]), 1e-3)
        e = np.eye(len(x))[k] * h
        d = [(f(x + j * e, **tight) - f(x - j * e, **tight)) / (2 * j * h) for j in (1, 2, 3)]
        gradient[k] = (15 * d[0] - 6 * d[1] + d[2]) / 10
    return gradient


def main(only: str = "") -> None:
    print(f"{'problem':20} {'plain ms':>9} {'grad ms':>9} {'ratio':>6} {'error':>9} {'first s':>8}")
    for name, (f, x, _, _) in PROBLEMS.items():
        if only not in name:
            continue
        gradient = symdiff.grad(f)
        begin = time.perf_counter()
        got = gradient(x)
        first = time.perf_counter() - begin
        want = reference(name)[:4]
        scaled = np.abs(x[:4])
        error = np.max(np.abs(got[:4] - want) * scaled) / np.max(np.abs(want) * scaled)
        plain, derived = shortest(f, x), shortest(gradient, x)
        print(
            f"{name:20} {plain * 1e3:9.2f} {derived * 1e3:9.2f} {derived / plain:6.1f} {error:9.1e}"
            f" {first:8.2f}"
        )


if __name__ == "__main__":
    import sys

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        main(*sys.argv[1:])
