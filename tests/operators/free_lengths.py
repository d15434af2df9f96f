"""Functions of arrays of any length, with gradients written by hand.

`ONE` serve all lengths by one specialization; `OTHERS` look at the length in a way that need not.
"""

from __future__ import annotations

from collections.abc import Callable
from math import cos, sin
from typing import Any

import numpy as np

CACHE: dict[int, float] = {}
SEEN = [0]
WEIGHTS = np.linspace(1.0, 2.0, 20)


def reads(x):
    total = 0.0
    for i in range(len(x)):
        total += x[i] * x[i] * sin(x[i])
    return total


def writes(x):
    y = np.zeros(len(x))
    for i in range(len(x)):
        y[i] = x[i] ** 3
    total = 0.0
    for v in y:
        total += v * v
    return total


def rosenbrock(x):
    total = 0.0
    for i in range(len(x) - 1):
        total += 100.0 * (x[i + 1] - x[i] ** 2) ** 2 + (1.0 - x[i]) ** 2
    return total


def rosenbrock_slope(x):
    g = np.zeros(len(x))
    for i in range(len(x) - 1):
        d = x[i + 1] - x[i] ** 2
        g[i] += -400.0 * x[i] * d - 2.0 * (1.0 - x[i])
        g[i + 1] += 200.0 * d
    return g


def largest(x):
    best = 0.0
    for v in x:
        if v > best:
            best = v
    return best * best


def largest_slope(x):
    g = np.zeros(len(x))
    if len(x):
        g[np.argmax(x)] = 2.0 * np.max(x)
    return g


def nested(x):
    total = 0.0
    for i in range(len(x)):
        for j in range(len(x)):
            total += x[i] * x[j] * x[j] * (i + 2 * j)
    return total


def nested_slope(x):
    n = len(x)
    i, j = np.mgrid[:n, :n]
    weights = i + 2.0 * j
    return weights @ (x * x) + 2.0 * x * (weights.T @ x)


def mean(x):
    total = 0.0
    for v in x:
        total += v * v
    return total / len(x)


def numbered(x):
    total = 0.0
    for i, v in enumerate(x):
        total += i * v * v
    return total


def backwards(x):
    p = 0.0
    for v in reversed(x):
        p = p * 0.5 + v * v
    return p


def stepped(x):
    total = 0.0
    n = x.shape[0]
    i = 0
    while i < n:
        total += x[i] ** 2 * n
        i += 2
    return total


def vectors(x):
    return np.sum(np.sin(x) * x)


def running(x):
    y = np.empty(x.size)
    s = 0.0
    for i in range(x.size):
        s += x[i]
        y[i] = s
    total = 0.0
    for v in y:
        total += v * v
    return total


def ends(x):
    product = x[-1] * x[0] * x[0]
    for v in x:
        product += v * v
    return product


def ends_slope(x):
    g = 2.0 * x
    g[-1] += x[0] ** 2
    g[0] += 2.0 * x[0] * x[-1]
    return g


ONE: dict[Callable[..., Any], Callable[..., Any]] = {
    reads: lambda x: 2 * x * np.sin(x) + x * x * np.cos(x),
    writes: lambda x: 6 * x**5,
    rosenbrock: rosenbrock_slope,
    largest: largest_slope,
    nested: nested_slope,
    mean: lambda x: 2 * x / len(x),
    numbered: lambda x: 2 * x * np.arange(len(x)),
    backwards: lambda x: 2 * x * 0.5 ** np.arange(len(x)),
    stepped: lambda x: 2 * x * len(x) * (np.arange(len(x)) % 2 == 0),
    vectors: lambda x: np.sin(x) + x * np.cos(x),
    running: lambda x: np.cumsum(2 * np.cumsum(x)[::-1])[::-1],
    ends: ends_slope,
}


# -- what looks at a length in other ways


def decided(x):
    total = 0.0
    for v in x:
        total += v * v
    return total if len(x) > 5 else 3.0 * total


def at_most(x):
    total = 0.0
    for i in range(min(len(x), 15)):
        total += x[i] * x[i]
    return total


def numpy_mean(x):
    return np.mean(x) * np.sum(x)


def spread_out(x):
    return np.max(x) + np.sum(x * x)


def first_three(x):
    total = np.sum(x[:3] ** 2)
    for v in x:
        total += v * v
    return total


def counted(x):
    return np.arange(len(x)) @ x + np.sum(x**2)


def listed(x):
    kept = [0.0] * len(x)
    for i in range(len(x)):
        kept[i] = x[i] * x[i]
    return sum(kept)


def printed(x):
    return np.sum(x * x) * len(str(len(x)))


def looked_up(x):
    return np.sum(x * x) * {2: 2.0, 7: 5.0}.get(len(x), 1.0)


def cached(x):
    CACHE[len(x)] = 1.0
    return np.sum(x * x)


def noted(x):
    SEEN[0] = len(x)
    total = 0.0
    for v in x:
        total += v * v
    return total


def ones(x):
    return np.ones_like(x).sum() * np.sum(x * x)


def one_more(x):
    y = np.zeros(len(x) + 1)
    for i in range(len(x)):
        y[i + 1] = y[i] + x[i] * x[i]
    return y[len(x)]


def weighted(x):
    total = 0.0
    for v, w in zip(x, WEIGHTS):
        total += v * v * w
    return total


def weighted_slope(x):
    g = np.zeros(len(x))
    n = min(len(x), len(WEIGHTS))
    g[:n] = 2 * x[:n] * WEIGHTS[:n]
    return g


def until_it_ends(x):
    total = 0.0
    try:
        for i in range(30):
            total += x[i] * x[i]
    except IndexError:
        total = total * 2.0
    return total


def reversed_view(x):
    p = 0.0
    for v in x[::-1]:
        p = p * 0.5 + v * v
    return p


def first_is_last(x):
    first, *rest = x
    total = first * first
    for v in rest:
        total += v * v
    return total


def copied(x):
    y = np.array(x)
    for i in range(1, len(y)):
        y[i] += y[i - 1]
    return y[-1] ** 2


def of_bytes(x):
    return np.sum(x * x) * x.nbytes


def compared(x):
    return np.sum(x * x) if x.shape == (9,) else np.sum(x)


def broadcast(x):
    return np.sum(x * np.ones(1)) + np.sum(x * x)


OTHERS: dict[Callable[..., Any], Callable[..., Any]] = {
    decided: lambda x: 2 * x * (1.0 if len(x) > 5 else 3.0),
    at_most: lambda x: 2 * x * (np.arange(len(x)) < 15),
    numpy_mean: lambda x: 2 * np.sum(x) / len(x) * np.ones(len(x)),
    spread_out: lambda x: np.where(x == x.max(), 1.0, 0.0) + 2 * x,
    first_three: lambda x: 2 * x * np.where(np.arange(len(x)) < 3, 2, 1),
    counted: lambda x: np.arange(len(x)) + 2 * x,
    listed: lambda x: 2 * x,
    printed: lambda x: 2 * x * len(str(len(x))),
    looked_up: lambda x: 2 * x * {2: 2.0, 7: 5.0}.get(len(x), 1.0),
    cached: lambda x: 2 * x,
    noted: lambda x: 2 * x,
    ones: lambda x: 2 * x * len(x),
    one_more: lambda x: 2 * x,
    weighted: weighted_slope,
    until_it_ends: lambda x: 2 * x * (2 if len(x) < 30 else np.arange(len(x)) < 30),
    reversed_view: lambda x: 2 * x * 0.5 ** np.arange(len(x)),
    first_is_last: lambda x: 2 * x,
    copied: lambda x: 2 * np.sum(x) * np.ones(len(x)),
    of_bytes: lambda x: 2 * x * x.nbytes,
    compared: lambda x: 2 * x if len(x) == 9 else np.ones(len(x)),
    broadcast: lambda x: 1 + 2 * x,
}


# -- several arrays


def pairs(x, y):
    total = 0.0
    for a, b in zip(x, y):
        total += a * a * b
    return total


def pairs_slope(x, y):
    n = min(len(x), len(y))
    g, h = np.zeros(len(x)), np.zeros(len(y))
    g[:n] = 2 * x[:n] * y[:n]
    h[:n] = x[:n] ** 2
    return g, h


def elementwise(x, y):
    return np.sum(np.sin(x) * y)


def smoothed(x, k):
    total = 0.0
    for i in range(len(x) - len(k) + 1):
        s = 0.0
        for j in range(len(k)):
            s += x[i + j] * k[j]
        total += s * s
    return total


def smoothed_slope(x, k):
    g, h = np.zeros(len(x)), np.zeros(len(k))
    for i in range(len(x) - len(k) + 1):
        s = x[i : i + len(k)] @ k
        g[i : i + len(k)] += 2 * s * k
        h += 2 * s * x[i : i + len(k)]
    return g, h


def cubes(x):
    total = 0.0
    for i in range(len(x) - 1):
        total += x[i] ** 3 * x[i + 1]
    return total


def cubes_hessian(x):
    n = len(x)
    h = np.zeros((n, n))
    for i in range(n - 1):
        h[i, i] += 6 * x[i] * x[i + 1]
        h[i, i + 1] += 3 * x[i] ** 2
        h[i + 1, i] += 3 * x[i] ** 2
    return h


def waves(x):
    total = 0.0
    for v in x:
        total += sin(v) * cos(v)
    return total


class Sample:
    """What holds an array, and tells how long it is."""

    def __init__(self, x):
        self.x = x
        self.n = len(x)

    def mean(self):
        total = 0.0
        for v in self.x:
            total += v * v
        return total / self.n


def held(x):
    return Sample(x).mean()


def stacked_whole(x):
    y = x * 1.0
    for _ in range(20):
        y = y * x + 0.1
    return np.sum(y)


def stacked_whole_slope(x):
    y, d = x * 1.0, np.ones(len(x))
    for _ in range(20):
        y, d = y * x + 0.1, d * x + y
    return d


ONE.update({held: lambda x: 2 * x / len(x), stacked_whole: stacked_whole_slope})
