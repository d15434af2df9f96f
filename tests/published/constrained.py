"""Hock and Schittkowski, and designs of engineers: objectives with penalties for constraints."""

import math
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

CASES = []


def problem(*places):
    def keep(function):
        CASES.append((function, [np.array(p, float) for p in places]))
        return function

    return keep


def penalised(objective, *constraints, weight=100.0):
    """A quadratic penalty for each `g(x) <= 0` that does not hold."""

    def total(x):
        value = objective(x)
        for g in constraints:
            excess = g(x)
            if excess > 0:
                value += weight * excess**2
        return value

    total.__name__ = objective.__name__
    return total


def exact_penalty(weight):
    """A decorator: the function gives an objective and its violations."""

    def wrap(function):
        def inner(x, *args, **kwargs):
            f, g = function(x, *args, **kwargs)
            return f + weight * sum(max(0.0, c) for c in g)

        inner.__name__ = function.__name__
        return inner

    return wrap


def hs6(x):
    return (1 - x[0]) ** 2 + 100 * abs(10 * (x[1] - x[0] ** 2)) ** 2


def hs15(x):
    return 100 * (x[1] - x[0] ** 2) ** 2 + (1 - x[0]) ** 2


CASES.append((hs6, [np.array([-1.2, 1.0]), np.array([0.5, 0.6])]))
CASES.append(
    (
        penalised(hs15, lambda x: 1 - x[0] * x[1], lambda x: -x[0] - x[1] ** 2),
        [np.array(p) for p in ([-2.0, 1.0], [2.0, 1.0], [0.4, 0.2], [-0.2, 0.1])],
    )
)


@problem([-3.0, 1.0], [2.0, -1.0], [20.0, 8.0])
@exact_penalty(50.0)
def hs20(x):
    f = 100 * (x[1] - x[0] ** 2) ** 2 + (1 - x[0]) ** 2
    return f, [-x[0] - x[1] ** 2, -(x[0] ** 2) - x[1], 1 - x[0] ** 2 - x[1] ** 2]


@problem([1.0, 1.0, 1.0], [10.0, 20.0, 5.0])
def hs36(x):
    x1, x2, x3 = x
    barrier = math.log(72 - x1 - 2 * x2 - 2 * x3) if x1 + 2 * x2 + 2 * x3 < 72 else -1e3 + x1
    return -x1 * x2 * x3 - barrier


@problem([1.0, 5.0, 5.0, 1.0], [1.1, 4.7, 3.8, 1.4], [2.0, 2.0, 2.0, 2.0])
def hs71(x):
    f = x[0] * x[3] * (x[0] + x[1] + x[2]) + x[2]
    g = 25 - np.prod(x)
    h = np.sum(x**2) - 40
    lam, mu, rho = 0.5, -0.2, 10.0
    f += mu * h + 0.5 * rho * h**2
    return f + (np.maximum(0.0, lam + rho * g) ** 2 - lam**2) / (2 * rho)


@problem([2.0, 3.0, 5.0, 5.0, 1.0, 2.0, 7.0, 3.0, 6.0, 10.0], [1.0] * 10)
def hs113(x):
    f = x[0] ** 2 + x[1] ** 2 + x[0] * x[1] - 14 * x[0] - 16 * x[1] + (x[2] - 10) ** 2
    f += 4 * (x[3] - 5) ** 2 + (x[4] - 3) ** 2 + 2 * (x[5] - 1) ** 2 + 5 * x[6] ** 2
    f += 7 * (x[7] - 11) ** 2 + 2 * (x[8] - 10) ** 2 + (x[9] - 7) ** 2 + 45
    c = np.array(
        [
            105 - 4 * x[0] - 5 * x[1] + 3 * x[6] - 9 * x[7],
            -10 * x[0] + 8 * x[1] + 17 * x[6] - 2 * x[7],
            8 * x[0] - 2 * x[1] - 5 * x[8] + 2 * x[9] + 12,
        ]
    )
    return f + 10 * np.sum(np.minimum(c, 0.0) ** 2)


@problem([0.2, 3.5, 9.0, 0.2], [1.0, 2.0, 3.0, 4.0], [0.1, 8.0, 8.0, 0.3])
def welded_beam(x):
    h, l, t, b = x
    P, L, E, G = 6000.0, 14.0, 30e6, 12e6
    cost = 1.10471 * h**2 * l + 0.04811 * t * b * (14.0 + l)
    M = P * (L + l / 2)
    R = np.sqrt(l**2 / 4 + ((h + t) / 2) ** 2)
    J = 2 * (np.sqrt(2) * h * l * (l**2 / 12 + ((h + t) / 2) ** 2))
    tau1 = P / (np.sqrt(2) * h * l)
    tau2 = M * R / J
    tau = np.sqrt(tau1**2 + 2 * tau1 * tau2 * l / (2 * R) + tau2**2)
    sigma = 6 * P * L / (b * t**2)
    delta = 4 * P * L**3 / (E * t**3 * b)
    Pc = 4.013 * E * np.sqrt(t**2 * b**6 / 36) / L**2
    Pc *= 1 - t / (2 * L) * np.sqrt(E / (4 * G))
    violations = [
        tau / 13600 - 1,
        sigma / 30000 - 1,
        h - b,
        0.125 - h,
        delta / 0.25 - 1,
        1 - Pc / P,
    ]
    return cost + sum([v**2 for v in violations if v > 0])


class Vessel(NamedTuple):
    shell: float
    head: float
    radius: float
    length: float


@problem([0.8, 0.4, 42.0, 176.0], [1.1, 0.6, 60.0, 50.0])
def pressure_vessel(x):
    v = Vessel(*x)
    volume = math.pi * v.radius**2 * v.length + 4 / 3 * math.pi * v.radius**3
    cost = (
        0.6224 * v.shell * v.radius * v.length
        + 1.7781 * v.head * v.radius**2
        + 3.1661 * v.shell**2 * v.length
        + 19.84 * v.shell**2 * v.radius
    )
    slack = {
        "shell": 0.0193 * v.radius - v.shell,
        "head": 0.00954 * v.radius - v.head,
        "volume": 1 - volume / 1296000,
        "length": v.length - 240,
    }
    for name, g in slack.items():
        if g > 0:
            cost += (1e4 if name == "volume" else 1e3) * g**2
    return cost


@dataclass
class Spring:
    wire: float
    coil: float
    turns: float

    @property
    def index(self):
        return self.coil / self.wire

    @property
    def shear(self):
        d, D = self.wire, self.coil
        return (4 * D**2 - d * D) / (12566 * (D * d**3 - d**4)) + 1 / (5108 * d**2) - 1

    def weight(self):
        return (self.turns + 2) * self.coil * self.wire**2


@problem([0.05, 0.35, 11.0], [0.06, 0.5, 6.0], [0.1, 0.9, 3.0])
def tension_spring(x):
    s = Spring(*x)
    total = s.weight()
    for g in (s.shear, 1 - s.coil**3 * s.turns / (71785 * s.wire**4), s.index / 20 - 1):
        total += max(g, 0) ** 2
    return total


@problem([3.5, 0.7, 17.0, 7.3, 7.8, 3.4, 5.3], [2.6, 0.75, 20.0, 8.0, 8.0, 3.0, 5.1])
def speed_reducer(x):
    b, m, p, l1, l2, d1, d2 = x
    f = 0.7854 * b * m**2 * (3.3333 * p**2 + 14.9334 * p - 43.0934)
    f -= 1.508 * b * (d1**2 + d2**2)
    f += 7.4777 * (d1**3 + d2**3) + 0.7854 * (l1 * d1**2 + l2 * d2**2)
    g1 = 27 / (b * m**2 * p) - 1
    g2 = math.sqrt((745 * l1 / (m * p)) ** 2 + 16.9e6) / (110 * d1**3) - 1
    return f + 1e4 * (max(0, g1) ** 2 + max(0, g2) ** 2)


@problem([0.78, 0.4], [0.2, 0.1], [0.5, 0.9])
def three_bar_truss(x):
    a, b = x
    l, P, sigma = 100, 2, 2
    s2 = 2**0.5
    below = s2 * a**2 + 2 * a * b
    g = ((s2 * a + b) / below * P - sigma, b / below * P - sigma, 1 / (s2 * b + a) * P - sigma)
    return (2 * s2 * a + b) * l + 10 * np.sum(np.clip(g, 0, None) ** 2)


@problem([6.0, 5.3, 4.5, 3.5, 2.1], [5.1, 5.0, 5.0, 5.0, 5.0], [3.0, 3.0, 3.0, 3.0, 3.0])
def cantilever(x):
    weights = (61, 37, 19, 7, 1)
    g = sum(w / v**3 for w, v in zip(weights, x)) - 1
    return 0.0624 * sum(x) + (1000 * g * g if g > 0 else 0)


@problem([2.0, 4.0, 3.0], [1.0, 2.0, 8.0])
def tubular_column(x):
    d, t, rho = x
    P, E, sy = 2500, 0.85e6, 500
    stress = P / (np.pi * d * t * sy) - 1
    buckle = 8 * P * 250**2 / (np.pi**3 * E * d * t * (d**2 + t**2)) - 1
    f = 9.8 * d * t + 2 * d + rho * 0.01
    return np.where(stress > 0, f + stress**2, f) + np.where(buckle > 0, buckle**2, 0.0)


@problem([10.0, 20.0, 300.0, 50.0], [1.0, 2.0, 3.0, 4.0])
def heat_exchanger(x):
    """Exponents from a table, `math.pow`, and a logarithmic mean."""
    powers = [0.6, 0.7, 0.55, 0.8]
    cost = sum(math.pow(v, p) for v, p in zip(x, powers))
    hot, cold = x[1] + 30.0, x[0] + 1.0
    mean = (hot - cold) / math.log(hot / cold) if hot != cold else hot
    return cost * 35 + 1e3 / mean


@problem([0.2, 0.3, 0.5], [0.6, 0.3, 0.1])
def chemical_equilibrium(x):
    c = np.array([-6.089, -17.164, -34.054])
    total = x.sum()
    return (x * (c + np.log(x / total))).sum()


@problem([200.0, 120.0, 80.0], [300.0, 50.0, 150.0])
def power_dispatch(p):
    """Valve points of generators: the cost has ripples."""
    units = [
        {"a": 561.0, "b": 7.92, "c": 0.001562, "e": 300.0, "f": 0.0315, "low": 100.0},
        {"a": 310.0, "b": 7.85, "c": 0.00194, "e": 200.0, "f": 0.042, "low": 50.0},
        {"a": 78.0, "b": 7.97, "c": 0.00482, "e": 150.0, "f": 0.063, "low": 50.0},
    ]
    cost = 0.0
    for out, u in zip(p, units):
        ripple = abs(u["e"] * math.sin(u["f"] * (u["low"] - out)))
        cost += u["a"] + u["b"] * out + u["c"] * out**2 + ripple
    return cost + 1000 * abs(sum(p) - 400) / 400


@problem([1.0, 2.0, 0.5, 0.5], [0.1, 0.2, 0.3, 0.4])
def portfolio(w):
    cov = np.array(
        [
            [0.1, 0.02, 0.0, 0.01],
            [0.02, 0.2, 0.03, 0.0],
            [0.0, 0.03, 0.3, 0.1],
            [0.01, 0.0, 0.1, 0.4],
        ]
    )
    mu = np.array([0.05, 0.08, 0.1, 0.12])
    w = w / w.sum()
    risk = np.sqrt(w @ cov @ w)
    return -(mu @ w - 0.02) / risk
