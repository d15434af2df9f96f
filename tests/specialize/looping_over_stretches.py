"""Loops that sum up parts of arrays which begin or end where the iteration is."""

from __future__ import annotations

import math

import numpy as np


def running(x, n):
    s = 0.0
    for k in range(1, n):
        s += math.sin(x[:k].sum())
    return s


def what_is_left(x, n):
    s = 0.0
    for k in range(n + 1):
        s += k * math.sin(np.sum(x[k:]))
    return s


def products(x, n):
    w = x * x
    s = 0.0
    for k in range(1, n):
        s += math.sin(np.dot(x[:k], w[:k])) + np.sum(x[k:] * w[k:]) * 0.1
    return s


def squares(x, n):
    s = 1.0
    for k in range(n):
        s = 0.9 * s + np.sqrt(1.0 + np.sum(x[k // 2 : k] ** 2))
    return s


def forward_substitution(x, n):
    a = np.outer(x, 1.0 / x) * 0.1 + np.eye(n)
    y = np.zeros(n)
    for i in range(n):
        y[i] = (x[i] - a[i, :i] @ y[:i]) / a[i, i]
    return y.sum()


def back_substitution(x, n):
    a = np.outer(x, 1.0 / x) * 0.1 + np.eye(n)
    y = np.zeros(n)
    for i in range(n - 1, -1, -1):
        y[i] = (x[i] - a[i, i + 1 :] @ y[i + 1 :]) / a[i, i]
    return y @ x


def square_root(x, n):
    a = np.outer(x, x) * 0.1 + np.eye(n)
    root = np.zeros((n, n))
    for j in range(n):
        root[j, j] = np.sqrt(a[j, j] - np.sum(root[j, :j] ** 2))
        for i in range(j + 1, n):
            root[i, j] = (a[i, j] - np.sum(root[i, :j] * root[j, :j])) / root[j, j]
    return np.sum(np.log(np.diag(root))) + root[-1, 0]


def counted_from_the_end(x, n):
    s = 0.0
    for k in range(n):
        s += math.sin(x[-k:].sum()) + math.cos(np.sum(x[: 2 * k - 5]))  # all of `x` where k is 0
    return s


def by_what_is_computed(x, n):
    s, k = 0.0, 0
    for i in range(n):
        k = k + 2 if x[i] > 0.8 else k + 1
        s = s * 0.9 + np.sum(x[:k])
        if k > n + 3:
            break
    return s + k


def along_columns(x, n):
    a = np.outer(x, np.sin(x))
    s = 0.0
    for k in range(1, n):
        s += a[:k, k] @ a[:k, 0]
    return s


def of_unequal_parts(x, n):
    s = 0.0
    for k in range(3, n):
        s += x[:k] @ x[n - k :]
    return s


def of_one_that_is_spread(x, n):
    s = 0.0
    for k in range(1, n):
        s += np.sum(x[: k - k + 1] * x[:k])
    return s


def of_the_users_own(x, n):
    class Own:
        @staticmethod
        def sum(values):
            return values.mean()

    s = 0.0
    for k in range(1, n):
        s += Own.sum(x[:k]) ** 2
    return s


def written_to(x, n):
    y = x.copy()
    s = 0.0
    for k in range(1, n):
        y[k] = y[:k].sum() * 0.1 + x[k]
        s += y[k:].sum()
    return s


def of_lists(x, n):
    values = [v * v for v in x]
    s = 0.0
    for k in range(1, n):
        s += np.sum(values[:k]) * k
    return s


STAYING = [
    running, what_is_left, products, squares, forward_substitution, back_substitution,
    square_root, counted_from_the_end, by_what_is_computed, along_columns, written_to,
]  # fmt: skip
UNROLLED = [of_unequal_parts, of_one_that_is_spread, of_the_users_own, of_lists]
