"""Functions with loops over parts of arrays that move, of a vector and its length."""

from __future__ import annotations

import numpy as np


def averages(x, n):
    s = 0.0
    for i in range(n - 2):
        s = s * 0.9 + np.mean(x[i : i + 3]) ** 2
    return s


def behind(x, n):
    a = np.array([0.3, -0.2, 0.5])
    s = 0.0
    for i in range(3, n):
        s = s * 0.5 + np.dot(a, x[i - 3 : i])
    return s


def behind_from_the_first(x, n):
    a = np.array([0.3, -0.2, 0.5])
    s = 0.0
    for i in range(n):
        if i >= 3:
            s = s * 0.5 + np.dot(a, x[i - 3 : i])
        else:
            s = s + x[i] ** 2
    return s


def empty_at_first(x, n):
    s = 1.0
    for i in range(n):
        s = s * 0.9 + np.sum(x[i - 3 : i]) * x[i]
    return s


def cut_off_at_the_end(x, n):
    s = 0.0
    for i in range(n):
        s = s * 0.5 + np.sum(x[i : i + 3]) ** 2
    return s


def shorter_at_first(x, n):
    s = 0.0
    for i in range(n):
        s = s * 0.5 + np.sum(x[max(0, i - 2) : i + 1]) ** 2
    return s


def regression(x, n):
    a = x[:3] * 0.3
    y = np.zeros(n)
    y[:3] = x[:3]
    for i in range(3, n):
        y[i] = np.dot(a, y[i - 3 : i]) + 0.1 * x[i]
    return np.sum(y**2)


def added_to(x, n):
    y = np.zeros(n)
    for i in range(n - 3):
        y[i : i + 3] += x[i] * x[i + 1 : i + 4]
    return np.sum(y**3)


def assigned(x, n):
    y = x.copy()
    for i in range(0, n - 4, 2):
        y[i + 1 : i + 3] = y[i : i + 2] * x[i + 2 : i + 4]
    return np.dot(y, y)


def seen_through_a_view(x, n):
    y = x.copy()
    s = 0.0
    for i in range(n - 3):
        v = y[i : i + 3]
        y[i + 1] = y[i] * 0.5 + x[i + 1]
        v[2] = v[1] * x[i]
        s = s + np.sum(v**2)
    return s * np.sum(y)


def of_a_width(x, n, w=4):
    s = 0.0
    for i in range(n - w):
        s = s + np.prod(x[i : i + w])
    return s


def backwards(x, n):
    h = np.array([0.3, -0.2, 0.5])
    s = 0.0
    for i in range(3, n):
        s = s * 0.5 + np.dot(h, x[i : i - 3 : -1])
    return s


def by_twos(x, n):
    s = 0.0
    for i in range(0, n - 5, 2):
        s = s * 0.5 + np.dot(x[i : i + 6 : 2], x[i + 1 : i + 6 : 2])
    return s


def counted_by_itself(x, n):
    s = 0.0
    i = 0
    while i + 3 <= n:
        s = s * 0.5 + np.sum(x[i : i + 3]) ** 2
        i += 2
    return s


def from_the_last(x, n):
    y = x.copy()
    for i in range(n - 3, -1, -1):
        y[i] = np.dot(y[i + 1 : i + 3], x[i : i + 2]) * 0.5
    return y[0] + np.sum(y)


def left_early(x, n):
    s = 0.0
    for i in range(n - 2):
        s = s + np.prod(x[i : i + 3])
        if s > 12.0:
            break
    return s


def of_rows(x, n):
    a = np.outer(x, x[:6])
    s = 0.0
    for i in range(n):
        for j in range(3):
            s = s * 0.9 + np.dot(a[i, j : j + 3], a[i, j + 1 : j + 4]) * np.sum(a[i, :])
    return s


def rows(x, n):
    a = np.outer(x, x[:6])
    s = 0.0
    for i in range(1, n - 1):
        s = s * 0.9 + np.sum(a[i - 1 : i + 2, 1:4] * a[i, 2])
    return s


def blocks_below(x, n):
    a = np.outer(x, x)
    for i in range(n - 1):
        for j in range(i + 1):
            a[i : i + 2, j : j + 2] *= 0.5 + a[i, j] * 0.1
    return np.sum(a)


def found(x, n):
    s = 0.0
    for i in range(n):
        k = int(x[i] * 5.0 + 0.31) % (n - 1)
        s = s * 0.5 + np.dot(x[k : k + 2], x[i] * np.array([1.0, 2.0]))
    return s


def shorter_and_shorter(x, n):
    s = 0.0
    for i in range(n):
        s = s * 0.9 + np.sum(x[i:]) * x[i]
    return s


STAYING = [
    averages,
    behind,
    behind_from_the_first,
    empty_at_first,
    cut_off_at_the_end,
    shorter_at_first,
    regression,
    added_to,
    assigned,
    seen_through_a_view,
    of_a_width,
    backwards,
    by_twos,
    counted_by_itself,
    from_the_last,
    left_early,
    of_rows,
    rows,
    blocks_below,
    found,
    shorter_and_shorter,
]
