"""What only one arm has to add to elements is added there, and what is swapped is swapped back."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

import symdiff as sd
from symdiff.settings import rolling


def bubbles(x, w):
    y = x.copy()
    for i in range(len(y)):
        for j in range(len(y) - 1 - i):
            if y[j] > y[j + 1]:
                y[j], y[j + 1] = y[j + 1], y[j]
    return np.sum(w * y)


def scaled(x, w):
    """What is swapped is scaled, and one of both elements is read again."""
    y = x.copy()
    for j in range(len(y) - 1):
        if y[j] * w[j] > y[j + 1]:
            y[j], y[j + 1] = 2.0 * y[j + 1] * y[j], math.sin(y[j]) - y[j + 1]
        y[j] = y[j] + 0.5 * y[j + 1]
    return np.sum(w * y)


def around(x, w):
    """The first iteration reads the last element, which may be the same one."""
    y = x.copy()
    for _ in range(2):
        for j in range(len(y)):
            if y[j - 1] > y[j]:
                y[j - 1], y[j] = y[j], math.sin(2.0 * y[j - 1])
    return np.sum(w * y)


def far(x, w):
    """Elements that are two apart, one of which is counted from the end at first."""
    y = x.copy()
    for j in range(len(y)):
        if y[j - 2] > y[j]:
            y[j - 2], y[j] = math.sin(y[j]), y[j - 2]
    return np.sum(w * y)


def one_sided(x, w):
    y = x.copy()
    for j in range(1, len(y)):
        if y[j] < y[j - 1]:
            y[j] = y[j - 1] * w[j]
    return np.sum(w * y)


def rows(x, w):
    """Rows of a matrix are exchanged, as for a pivot."""
    n = int(math.sqrt(len(x)))
    a = np.reshape(x[: n * n], (n, n)).copy()
    for k in range(n):
        for i in range(k + 1, n):
            if abs(a[i, k]) > abs(a[k, k]):
                for j in range(n):
                    a[i, j], a[k, j] = a[k, j], a[i, j]
    total = 0.0
    for i in range(n):
        for j in range(n):
            total += a[i, j] * w[i] * (j + 1.0)
    return total


CASES = [bubbles, scaled, around, far, one_sided, rows]


def slope(f: Any, x: Any, w: Any) -> Any:
    h = 1e-6
    return np.array([(f(x + h * e, w) - f(x - h * e, w)) / (2 * h) for e in np.eye(len(x))])


@pytest.mark.parametrize("f", CASES, ids=lambda f: f.__name__)
def test_the_way_back_of_swaps(f):
    rng, g = np.random.default_rng(3), sd.grad(f)
    with rolling(False):
        unrolled = sd.grad(f)
    for k, n in enumerate((25, 12, 25, 17, 9, 3, 2, 1, 25, 12)):
        x, w = rng.normal(size=n), rng.uniform(0.5, 1.5, n)
        if k == 2:
            x = np.sort(x)
        if k == 8:
            x = np.sort(x)[::-1].copy()
        try:
            exact = slope(f, x, w)
        except IndexError:
            with pytest.raises(IndexError):
                g(x, w)
            continue
        np.testing.assert_allclose(g(x, w), exact, rtol=1e-5, atol=1e-7)
        with rolling(False):
            np.testing.assert_allclose(g(x, w), unrolled(x, w), rtol=1e-13, atol=1e-14)


def test_a_swap_is_a_swap_on_the_way_back():
    g = sd.grad(bubbles)
    x, w = np.random.default_rng(0).normal(size=30), np.linspace(1.0, 2.0, 30)
    for _ in range(3):
        g(x, w)
    text = str(g.program(x, w))
    back = text[text.index("reversed(") :]
    assert "+ " not in back
    assert back.count(".set(") == 2


def test_second_derivatives_of_swaps():
    def f(x):
        y = x.copy()
        for _ in range(2):
            for j in range(len(y) - 1):
                if y[j] > y[j + 1]:
                    y[j], y[j + 1] = y[j + 1], math.sin(2.0 * y[j])
        return np.sum(y**3)

    x = np.random.default_rng(5).uniform(0.2, 1.5, 14)
    h = 1e-5
    g = sd.grad(f)
    exact = np.array([(g(x + h * e) - g(x - h * e)) / (2 * h) for e in np.eye(14)])
    np.testing.assert_allclose(sd.hessian(f)(x), exact, rtol=1e-5, atol=1e-5)
