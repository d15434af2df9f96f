"""Functions of arrays with any number of rows, with gradients written by hand."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np


def weighted_rows(x):
    total = 0.0
    for a, b in x:
        total += a * a * b
    return total


def entries(x):
    total = 0.0
    for i in range(x.shape[0]):
        for j in range(x.shape[1]):
            total += x[i, j] ** 2 * (i + j)
    return total


def filled(x):
    y = np.zeros((len(x), 2))
    for i in range(len(x)):
        y[i] = x[i] * x[i]
        y[i, 1] += x[i, 0]
    return np.sum(y * x) / x.size


def filled_slope(x):
    a, b = x.T
    return np.stack([3 * a * a + b, 3 * b * b + a], 1) / x.size


def repelled(x):
    total = 0.0
    for i in range(len(x)):
        for j in range(i + 1, len(x)):
            d = x[i] - x[j]
            total += d @ d
    return total


def centred(x):
    return np.sum((x - x.mean(axis=0)) ** 2)


def gram(x):
    return np.sum(x.T @ x)


ROWS: dict[Callable[..., Any], Callable[..., Any]] = {
    weighted_rows: lambda x: np.stack([2 * x[:, 0] * x[:, 1], x[:, 0] ** 2], 1),
    entries: lambda x: 2 * x * np.add.outer(np.arange(len(x)), np.arange(2)),
    filled: filled_slope,
    repelled: lambda x: 2 * (len(x) * x - x.sum(0)),
    centred: lambda x: 2 * (x - x.mean(0)),
    gram: lambda x: 2 * x.sum(1, keepdims=True) * np.ones(2),
}


def logistic(w, x, y):
    return np.mean(np.log1p(np.exp(-y * (x @ w))))


def logistic_slope(w, x, y):
    s = -y / (1 + np.exp(y * (x @ w)))
    return s @ x / len(y)


def squares(w, x, y):
    total = 0.0
    for row, b in zip(x, y):
        total += (row @ w - b) ** 2
    return total / len(x)


def squares_slope(w, x, y):
    return 2 * (x @ w - y) @ x / len(x)
