"""Functions of all kinds for native code, each with calls that take different ways."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

SCALE = 1.5
RATES = {"low": 0.25, "high": [0.5, 2.0]}


def polynomial(x):
    return x**3 - 2 * x + math.sin(x)


def option(s, k, t, r, v):
    d1 = (math.log(s / k) + (r + v * v / 2) * t) / (v * math.sqrt(t))
    d2 = d1 - v * math.sqrt(t)
    return s * normal(d1) - k * math.exp(-r * t) * normal(d2)


def normal(z):
    return 0.5 * (1 + math.erf(z / math.sqrt(2)))


def library(x):
    y = math.atan2(x, 2) + math.hypot(x, 0.5) + math.tanh(x) * math.expm1(x) + math.cosh(x / 3)
    return y + math.log1p(abs(x)) * math.atan(x) + x**0.5 / (1 + x**-2) + 2.0**x


def remainders(x, y):
    return math.fmod(x, y) * x + x % y + x // y * x + (x % -y) * (-x // y)


def counted(x, n):
    s = 0.0
    for i in range(n):
        s = s + math.sin(x * i) / (i + 1)
    return s


def until(x):
    n, s = 0, x
    while s < 20:
        s = s * 1.5 + math.cos(s)
        n += 1
    return s * n


def choices(x, n):
    s = 1.0
    for i in range(n):
        if s > 1.5:
            s = s * math.cos(x)
        elif i % 2:
            s += x * i
        else:
            s = s + math.sin(x * i) if x > 0.2 else s - x
    return s


def nested(x, y, n):
    total = 0.0
    for i in range(n):
        inner = x
        for j in range(i):
            inner = inner * y + math.sin(inner) * j
            if inner > 30:
                break
        total += inner * inner
    return total


def outside(x):
    return SCALE * x * RATES["low"] + x**2 * RATES["high"][1]


def whole(x, n):
    k = n // 3 + n % 4 - (n << 1 if n > 100 else 1)
    return x * k + x**n + (n * n) ** 0.5 * x + math.floor(x * 3) * x


def either(x, y):
    return max(x, y) * min(x, 2) + abs(x - y) + (x if x > y else y * y)


def elements(x):
    s = 0.0
    for i in range(len(x) - 1):
        s += 100 * (x[i + 1] - x[i] ** 2) ** 2 + (1 - x[i]) ** 2
    return s


def filter_of(x, a):
    y = np.zeros(len(x))
    y[0] = x[0]
    for i in range(1, len(x)):
        y[i] = a * y[i - 1] + math.tanh(x[i])
    return np.sum(y * y)


def slices(x):
    return np.sum(100 * (x[1:] - x[:-1] ** 2) ** 2 + (1 - x[:-1]) ** 2)


def chain(t):
    return np.sum(np.tanh(np.exp(t + 1) * np.sin(t)) / (1 + t * t))


def log_sum_exp(x):
    m = np.max(x)
    return m + np.log(np.sum(np.exp(x - m)))


def helmholtz(x):
    b = np.linspace(0.1, 0.2, len(x))
    a = np.outer(b, b)
    bx = np.dot(b, x)
    ratio = (1 + (1 + math.sqrt(2)) * bx) / (1 + (1 - math.sqrt(2)) * bx)
    energy = np.sum(x * np.log(x / (1 - bx)))
    return energy - np.dot(x, a @ x) / (math.sqrt(8) * bx) * np.log(ratio)


def layers(x):
    w = np.arange(12.0).reshape(4, 3) / 10
    h = np.tanh(w @ x + 0.1)
    return np.sum(h * np.mean(h)) + np.sum(np.where(x > 0, x**2, np.sin(x)))


def table(m):
    rows = m.sum(axis=1) * m.mean(axis=1)
    columns = np.exp(m).sum(axis=0, keepdims=True)
    return np.sum(rows) + np.sum(m / columns) + np.sum(m.T[1:, ::2] ** 2) + m[1, -1] * m[0, 0]


def joined(x):
    y = np.concatenate([x[2:], x[:1], x * 2])
    z = np.stack([x, x**2])
    return np.sum(y[::-1] * y) + np.sum(z[:, None, 1:] * z[:, 1:, None])


def chosen(x):
    return np.sum(x[np.array([0, 2, 2, -1])] ** 2 * np.array([1, 2, 3, 4])) + np.cumsum(x)[-2]


def bounded(x):
    return np.sum(np.maximum(x, 0.1) * np.minimum(x, 0.5)) + np.max(x) * np.min(x)


def written(x):
    y = x.copy()
    y[1:] = y[1:] * y[:-1]
    y[0] = 3.0
    y[-1] += x[0]
    return np.sum(y**2)


def windows(x):
    y = x.copy()
    for i in (0, 2):
        y[i + 1 : i + 3] = y[i : i + 2] * x[i + 2 : i + 4]
    return np.dot(y, y)


def diffused(x):
    u = np.concatenate([x, np.zeros(3)])
    for _ in range(4):
        u[1:-1] += 0.1 * (u[2:] - 2 * u[1:-1] + u[:-2])
    return (u * u).sum()


def tree(p):
    s, sig, r = p
    u = np.exp(0.5 * sig)
    q = (np.exp(0.25 * r) - 1 / u) / (u - 1 / u)
    v = np.maximum(100.0 - s * u ** (2 * np.arange(5) - 4), 0)
    for i in (3, 2, 1, 0):
        v = np.exp(-0.25 * r) * (q * v[1:] + (1 - q) * v[:-1])
        v = np.maximum(v, 100.0 - s * u ** (2 * np.arange(i + 1) - i))
    return v[0]


def record(p):
    return p["w"] * p["b"][0] ** 2 + np.sum(p["v"] * p["b"][1])


def vector(n: int) -> Any:
    return np.linspace(0.2, 1.1, n) + 0.1 * np.cos(np.arange(n))


M = np.linspace(0.1, 1.2, 12).reshape(3, 4)

CASES: list[tuple[Any, Any, list[tuple[Any, ...]]]] = [
    (polynomial, 0, [(1.5,), (-0.3,), (0.0,)]),
    (option, "all", [(100.0, 95.0, 1.0, 0.05, 0.2), (50.0, 95.0, 0.1, 0.0, 0.7)]),
    (library, 0, [(0.4,), (1.3,), (2.9,)]),
    (remainders, "all", [(2.3, 0.7), (-2.3, 0.7), (2.3, -0.7), (0.1, 0.7)]),
    (counted, 0, [(0.3, 10), (0.3, 0), (-2.0, 57)]),
    (until, 0, [(0.3,), (3.0,), (19.5,), (25.0,)]),
    (choices, 0, [(0.3, 8), (0.1, 8), (1.2, 3), (-0.7, 12)]),
    (nested, (0, 1), [(0.3, 0.5, 6), (0.9, 2.5, 9), (0.1, 0.1, 1), (0.2, 0.3, 0)]),
    (outside, 0, [(1.5,), (-1.0,)]),
    (whole, 0, [(1.3, 3), (0.7, 4), (0.7, 150)]),
    (either, "all", [(1.0, 2.0), (2.5, 1.0), (-1.0, -3.0)]),
    (elements, 0, [(vector(6),), (vector(7),), (vector(40),), (vector(2),), (vector(400),)]),
    (filter_of, "all", [(vector(5), 0.5), (vector(9), -0.2), (vector(33), 0.9)]),
    (slices, 0, [(vector(6),), (vector(50),), (vector(2),)]),
    (chain, 0, [(vector(6),), (vector(300),), (vector(1),)]),
    (log_sum_exp, 0, [(vector(6),), (vector(300)[::-1],), (-vector(3),)]),
    (helmholtz, 0, [(vector(6) / 30,), (vector(20) / 90,)]),
    (layers, 0, [(np.array([0.3, -0.2, 0.5]),), (np.array([-0.3, 0.2, 0.1]),)]),
    (table, 0, [(M,), (M[::-1],), (M.T.copy().T,), (M + 0.3,)]),
    (joined, 0, [(vector(5),), (vector(6),)]),
    (chosen, 0, [(vector(5),), (vector(8),)]),
    (bounded, 0, [(vector(5),), (vector(6) - 0.5,)]),
    (written, 0, [(vector(5),), (vector(6) - 0.5,)]),
    (windows, 0, [(vector(8),), (vector(40),), (vector(12) - 0.5,)]),
    (diffused, 0, [(vector(3),), (vector(30),), (vector(9) - 0.5,)]),
    (tree, 0, [(np.array([100.0, 0.2, 0.05]),), (np.array([90.0, 0.3, 0.02]),)]),
    (record, 0, [({"w": 0.3, "b": [1.5, 0.2], "v": vector(4)},)]),
]
