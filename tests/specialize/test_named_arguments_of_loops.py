"""Loops over `zip(..., strict=...)` and `enumerate(..., start=...)` stay loops."""

from __future__ import annotations

import re

import numpy as np
import pytest

from symdiff import grad
from symdiff.settings import rolling

from .test_loops import has_loops


def strictly(x, y):
    t = 0.0
    for k, (u, v) in enumerate(zip(x, y, strict=True), start=2):
        t = 0.9 * t + u * v * k
    return t


def loosely(x, y):
    t = 0.0
    for u, v, k in zip(x, y, range(25), strict=False):
        t = 0.9 * t + u * v * k
    return t


def counted_from(x, y):
    t = 0.0
    for k, u in enumerate(x, start=len(y)):
        t = 0.9 * t + u * k
    return t


def with_a_range(x, y):
    t = 0.0
    for u, k in zip(x, range(len(y)), strict=True):
        t += u * k
        if t > 30:
            break
    return t


def differences(function, x, y, h=1e-6):
    moved = [np.eye(len(x))[k] * h for k in range(len(x))]
    return np.array([(function(x + m, y) - function(x - m, y)) / (2 * h) for m in moved])


@pytest.mark.parametrize("function", [strictly, loosely, counted_from, with_a_range])
def test_a_loop_over_what_is_given_by_name(function):
    with rolling(True):
        g = grad(function)
        for n, m in ((20, 20), (12, 12), (20, 21), (30, 30), (21, 20), (1, 1), (0, 0), (12, 12)):
            x, y = np.linspace(0.1, 1.0, n), np.linspace(1.0, 0.5, m)
            try:
                function(x, y)
            except ValueError as error:
                with pytest.raises(ValueError, match=re.escape(str(error))):
                    g(x, y)
            else:
                wanted = differences(function, x, y)
                np.testing.assert_allclose(g(x, y), wanted, rtol=1e-6, atol=1e-8)
        assert has_loops(g)


def another(x, y):
    def zip(a, b, strict):
        return [(a[0], b[1]), (a[1], strict * b[0])] * 10

    def enumerate(pairs, start):
        return [(start, p) for p in pairs]

    t = 0.0
    for k, (u, v) in enumerate(zip(x, y, strict=True), start=3):
        t = 0.9 * t + k * u * v
    return t


def test_names_of_others():
    x, y = np.linspace(0.1, 1.0, 5), np.linspace(1.0, 0.5, 5)
    with rolling(True):
        g = grad(another)
        for n in (5, 3, 5):
            wanted = differences(another, x[:n], y[:n])
            np.testing.assert_allclose(g(x[:n], y[:n]), wanted, rtol=1e-6)
