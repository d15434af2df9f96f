"""Functions of numbers and of vectors, for every operator."""

from __future__ import annotations

import numpy as np
import pytest

X = np.array([0.7, -1.2, 0.4, 1.9])


V = np.array([0.3, 1.1, -0.6, 0.8])


def rosenbrock(x):
    return np.sum(100.0 * (x[1:] - x[:-1] ** 2) ** 2 + (1 - x[:-1]) ** 2)


def ridge(x):
    return np.tanh(x[0] * x[1]) + np.exp(-(x[2] ** 2)) * np.sin(x[3]) + np.sqrt(1 + x @ x)


def stepwise(x):
    total = 0.0
    for k in range(4):
        total = total * 0.5 + np.sin(x[k]) * x[k - 1]
        if total > 0.2:
            total = total * total
    return total


def quadratic(x):
    a = np.outer(np.arange(1.0, 5.0), np.array([0.5, -1.0, 2.0, 0.1]))
    return x @ a @ x


NUMBERS = [rosenbrock, ridge, stepwise, quadratic]


def curve(x):
    return np.array([x[0] * x[1], np.sin(x[2]) + x[3], x[0] ** 3])


def field(x):
    return np.cumsum(np.cos(x) * x[::-1])


def table(x):
    return np.outer(np.sin(x), x[:2])


def several(x):
    return x * x, {"a": x.sum() ** 2, "b": [x[1:] * x[0], 2.0]}


VECTORS = [curve, field, table, several]


each_number = pytest.mark.parametrize("f", NUMBERS, ids=lambda f: f.__name__)


each_vector = pytest.mark.parametrize("f", VECTORS, ids=lambda f: f.__name__)
