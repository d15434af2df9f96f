"""Loops that stay loops: what they carry, keep, read, write, count, and how they end."""

from __future__ import annotations

import math

import numpy as np

from symdiff import grad, hessian, jvp, value_and_grad

from .cases import emitted

X = np.linspace(0.5, 1.5, 60)


def along(f):
    return lambda *args: jvp(
        f, args, tuple(1.0 if type(a) is float else np.ones_like(a) for a in args)
    )


def first(f):
    return grad(f, wrt=0)


def along_first(f):
    return lambda x, *args: jvp(lambda t: f(t, *args), (x,), (1.0,))


@emitted((0.7, 1.3, 60), (0.7, 1.3, 80), by=(first, along_first))
def scalar(x, c, n):
    for _ in range(n):
        x = x + 0.01 * math.sin(x) * c
    return x


@emitted((0.7, 60), by=first)
def counted_by_hand(x, n):
    k, s = 0, 0.0
    while k < n:
        s += math.sin(k * x)
        k += 1
    return s


@emitted((0.7, 60), by=first)
def count_that_is_asked(x, n):
    k, j, s = 0, 3, 0.0
    while s < n:
        s += x * j
        j += 2
        k += 1
    return s * k


@emitted((X,), by=grad)
def reads(x):
    total = 0.0
    for i in range(len(x)):
        total += math.sin(x[i]) * x[i]
    return total


@emitted((X,), by=(grad, along))
def neighbours(x):
    total = 0.0
    for i in range(len(x) - 1):
        total += 100.0 * (x[i + 1] - x[i] ** 2) ** 2 + (1.0 - x[i]) ** 2
    return total


@emitted((X,), by=grad)
def writes(x):
    y = np.zeros(len(x))
    for i in range(len(x)):
        y[i] = x[i] * math.exp(x[i])
    return np.sum(y * y)


@emitted((X,), by=grad)
def writes_and_reads_back(x):
    y = np.zeros(len(x))
    y[0] = x[0]
    for i in range(1, len(x)):
        y[i] = 0.5 * y[i - 1] + x[i] * y[i - 1]
    return y[-1]


@emitted((X,), by=grad)
def adds_in_place(x):
    y = np.ones(len(x))
    for i in range(len(x) - 1):
        y[i + 1] += x[i] * y[i]
        y[i] *= 2.0
    return np.sum(y)


@emitted((0.5,), (3.0,), by=(grad, along))
def doubled_until_large(a):
    b = a * 2
    while abs(b) < 1e9:
        b = b * 2
    return b * 100 if b > 0 else b


@emitted((2.0,), by=(grad, hessian))
def newton(a):
    x = a
    while abs(x * x - a) > 1e-12:
        x = 0.5 * (x + a / x)
    return x


@emitted((0.4, 50), by=first)
def early_exit(x, n):
    s = 0.0
    for k in range(n):
        s += x / (k + 1)
        if s > 1.5:
            break
        s *= 1.01
    else:
        s = -s
    return s * x


@emitted((0.4, 50), by=first)
def return_from_inside(x, n):
    for k in range(n):
        x = x * 1.05
        if x > 2.0:
            return x * k
    return -x


@emitted((X, 0.9), (2.0 - X, 0.9), by=grad)
def branches_inside(x, c):
    s = 0.0
    for v in x:
        if v > c:
            s += math.log(v)
        elif v > 0.7:
            s -= v * c
        else:
            continue
        s *= 1.001
    return s


@emitted((np.outer(X[:20], X[:20]),), by=grad)
def nested(a):
    n, m = a.shape
    s = 0.0
    for i in range(n):
        r = 0.0
        for j in range(m):
            r += a[i, j] * a[i, j]
        s += math.sqrt(r)
    return s


@emitted((np.outer(X[:12], X[:12]), X[:12]), by=grad)
def products_by_loops(a, v):
    n = len(v)
    y = np.zeros(n)
    for i in range(n):
        for j in range(n):
            y[i] += a[i, j] * v[j]
    return np.dot(y, y)


@emitted((0.3, 0.1, 60), by=(first, along_first))
def pendulum(angle, speed, n):
    h = 0.01
    for _ in range(n):
        k = -math.sin(angle) - 0.1 * speed
        middle = angle + 0.5 * h * speed
        speed_there = speed + 0.5 * h * k
        angle = angle + h * speed_there
        speed = speed + h * (-math.sin(middle) - 0.1 * speed_there)
    return angle * angle + speed


@emitted((X,), by=grad)
def list_appended_to(x):
    kept = [1.0]
    for v in x:
        kept.append(kept[-1] * 0.5 + v * v)
    return sum(kept)


@emitted((X,), by=grad)
def list_written_to(x):
    kept = [0.0] * len(x)
    for i, v in enumerate(x):
        kept[i] = math.cos(v)
    for i in range(1, len(x)):
        kept[i] = kept[i] + kept[i - 1] * 0.5
    return kept[-1]


@emitted((X,), by=grad)
def sums_of_generators(x):
    return sum(math.sin(v) * v for v in x) + sum([v**2 for v in x])


@emitted((X, X[::-1]), by=grad)
def two_in_step(x, y):
    s, p = 0.0, 1.0
    for u, v in zip(x, y):
        s, p = s + u * v, p * (1.0 + 0.01 * u)
    return s * p


@emitted((X,), by=grad)
def product_of_elements(x):
    p = 1.0
    for v in x:
        p *= v
    return p


@emitted((X[:3], 50), by=first)
def array_carried(x, n):
    a = np.array([[0.9, 0.1, 0.0], [0.0, 0.8, 0.1], [0.1, 0.0, 0.9]])
    for _ in range(n):
        x = np.tanh(a @ x) + 0.01
    return np.sum(x)


@emitted((X[:5], 50), by=first)
def array_stepped_in_place(u, n):
    u = u.copy()
    for _ in range(n):
        u[1:-1] += 0.1 * (u[2:] - 2.0 * u[1:-1] + u[:-2])
    return np.sum(u**2)


@emitted((0.7, 60), by=first)
def constant_factor(x, n):
    for _ in range(n):
        x = 0.5 * x
    return x


@emitted((0.7, 60), by=value_and_grad)
def dictionary_carried(x, n):
    state = {"p": x, "q": 1.0}
    for _ in range(n):
        state["p"] = state["p"] * 0.99 + state["q"]
        state["q"] = math.sin(state["p"])
    return state["p"]


@emitted((0.7, 60), by=first)
def largest_so_far(x, n):
    best = 0.0
    for k in range(n):
        best = max(best, math.sin(k * x))
    return best


@emitted(([*X],), ([*X, 2.0],), by=grad)
def list_given(v):
    s = 0.0
    for k in range(1, len(v)):
        s += v[k] * v[k - 1]
    return s


@emitted((X,), by=grad)
def guard_inside(x):
    s = 0.0
    for v in x:
        s += math.log(v)
        assert v > 0.0
        if s > 1e9:
            raise ValueError("too much")
    return s


@emitted((0.7, 60), by=(first, along_first))
def counted_ahead(x, n):
    k, s = 3, 0.0
    for _ in range(n):
        k += 2
        s += math.sin(k * x)
    return s
