"""The loops of `benchmarks/loops.py`, with as many iterations as are asked for.

Users of JAX write a loop with `lax`, so that it stays one; `SCANS` has those forms. What changes an
array in place by numbers that are traced, or ends when a number says so, has none.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from .workload import Workload

lax: Any = None
"""That of JAX, where JAX differentiates."""

PREFIX = "loop: "


def scalar(x, c, n):
    return lax.fori_loop(0, n, lambda _, x: x + 0.01 * np.sin(x) * c, x)


def reads(x):
    return lax.fori_loop(0, len(x), lambda i, total: total + x[i] * x[i] * np.sin(x[i]), 0.0)


def writes(x):
    def body(i, y):
        return y.at[i].set(x[i] * np.sin(x[i]))

    y = lax.fori_loop(0, len(x), body, np.zeros(len(x)))
    return np.sum(y * y)


def branches(x):
    def body(i, total):
        return total + np.where(x[i] > 0, x[i] * x[i], -x[i])

    return lax.fori_loop(0, len(x), body, 0.0)


def nested(x, n):
    def row(i, total):
        return lax.fori_loop(0, n, lambda j, total: total + np.sin(x * i) * j, total)

    return lax.fori_loop(0, n, row, 0.0)


def pendulum(angle, n):
    h = 0.01

    def body(_, state):
        angle, speed = state
        k1, l1 = speed, -9.81 * np.sin(angle)
        k2, l2 = speed + h / 2 * l1, -9.81 * np.sin(angle + h / 2 * k1)
        k3, l3 = speed + h / 2 * l2, -9.81 * np.sin(angle + h / 2 * k2)
        k4, l4 = speed + h * l3, -9.81 * np.sin(angle + h * k3)
        angle = angle + h / 6 * (k1 + 2 * k2 + 2 * k3 + k4)
        return angle, speed + h / 6 * (l1 + 2 * l2 + 2 * l3 + l4)

    return lax.fori_loop(0, n, body, (angle, 0.0))[0]


def rosenbrock(x):
    def body(i, total):
        return total + 100.0 * (x[i + 1] - x[i] ** 2) ** 2 + (1.0 - x[i]) ** 2

    return lax.fori_loop(0, len(x) - 1, body, 0.0)


def speelpenning(x):
    return lax.fori_loop(0, len(x), lambda i, product: product * x[i], 1.0)


def heat(rate, n):
    def body(_, u):
        inner = u[1:-1, 1:-1]
        flow = u[2:, 1:-1] + u[:-2, 1:-1] + u[1:-1, 2:] + u[1:-1, :-2] - 4.0 * inner
        return np.pad(inner + 0.01 * rate * flow, 1)

    u = lax.fori_loop(0, n, body, np.zeros((8, 8)).at[3, 4].set(1.0))
    return np.sum(u * u)


def stencil(u):
    n, m = u.shape

    def body(_, u):
        def row(i, v):
            def element(j, v):
                around = u[i - 1, j] + u[i + 1, j] + u[i, j - 1] + u[i, j + 1]
                return v.at[i, j].set(u[i, j] + 0.1 * (around - 4.0 * u[i, j]))

            return lax.fori_loop(1, m - 1, element, v)

        return lax.fori_loop(1, n - 1, row, u)

    u = lax.fori_loop(0, 10, body, u)
    return np.sum(u * u)


def product(a, b):
    n = len(a)

    def row(i, c):
        def element(j, c):
            return lax.fori_loop(0, n, lambda k, c: c.at[i, j].add(a[i, k] * b[k, j]), c)

        return lax.fori_loop(0, n, element, c)

    c = lax.fori_loop(0, n, row, np.zeros((n, n)))
    return np.sum(c * c)


def kalman(q, n):
    def body(k, state):
        mean, variance, loss = state
        variance = variance + q
        spread = variance + 0.5
        error = np.sin(0.1 * k) - mean
        loss = loss + np.log(spread) + error * error / spread
        gain = variance / spread
        return mean + gain * error, (1.0 - gain) * variance, loss

    return lax.fori_loop(0, n, body, (0.0, 1.0, 0.0))[2]


def escape(c, n):
    return lax.fori_loop(0, n, lambda _, z: np.where(z > 2.0, z, z * z + c), 0.0)


def option(volatility, n):
    """With arrays of one length, of which less is right in each iteration."""
    up = np.exp(volatility * np.sqrt(1.0 / n))
    p = (1.0 - 1.0 / up) / (up - 1.0 / up)
    values = np.maximum(100.0 * up ** (2.0 * np.arange(n + 1) - n) - 100.0, 0.0)

    def body(_, values):
        following = np.concatenate([values[1:], values[-1:]])
        return p * following + (1.0 - p) * values

    return lax.fori_loop(0, n, body, values)[0]


def lstm(w, n):
    def body(k, state):
        h, c = state
        x = np.sin(0.3 * k)
        forget = 1.0 / (1.0 + np.exp(-(w * x + 0.5 * h)))
        gate = np.tanh(w * h + x)
        c = forget * c + (1.0 - forget) * gate
        return np.tanh(c) * forget, c

    return lax.fori_loop(0, n, body, (0.0, 0.0))[0]


def cloned(u):
    """A stencil as users of PyTorch write it."""
    for _ in range(10):
        v = u.clone()
        for i in range(1, u.shape[0] - 1):
            for j in range(1, u.shape[1] - 1):
                around = u[i - 1, j] + u[i + 1, j] + u[i, j - 1] + u[i, j + 1]
                v[i, j] = u[i, j] + 0.1 * (around - 4.0 * u[i, j])
        u = v
    return np.sum(u * u)


SCANS = {
    "scalar loop": scalar,
    "reads x[i]": reads,
    "writes y[i]": writes,
    "branch inside": branches,
    "nested": nested,
    "pendulum": pendulum,
    "Rosenbrock": rosenbrock,
    "Speelpenning": speelpenning,
    "heat equation": heat,
    "2-D stencil": stencil,
    "matrix product": product,
    "Kalman filter": kalman,
    "escape count": escape,
    "option tree": option,
    "LSTM cell": lstm,
}


def forms(name: str) -> dict[str, Any]:
    found = {"JAX": SCANS[name]} if name in SCANS else {}
    if name == "2-D stencil":
        found |= {"PyTorch": cloned, "torch.compile": cloned}
    return found


def repeated(iterations: int) -> list[Workload]:
    """Those that have a gradient by hand."""
    from loops import WORKLOADS

    return [
        Workload(
            PREFIX + name,
            loop.function,
            lambda loop=loop: loop.arguments(min(iterations, loop.most)),
            loop.by_hand,
            forms=forms(name),
            tolerance=1e-7,
        )
        for name, loop in WORKLOADS.items()
        if loop.by_hand is not None
    ]
