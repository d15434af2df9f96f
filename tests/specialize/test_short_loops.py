"""Loops that go round a few times: straight code, unless they make many statements together."""

from __future__ import annotations

import math

import numpy as np
import pytest

from symdiff import grad, value_and_grad
from symdiff.compile import function as compile_function
from symdiff.settings import rolling
from symdiff.specialize import trace

WAYS = [math.sin, math.cos, math.erf, math.atan, math.tanh]


def product(a):
    n = len(a)
    c = np.zeros((n, n))
    for i in range(n):
        for j in range(n):
            for k in range(n):
                c[i, j] += a[i, k] * a[k, j]
    return np.sum(c * c)


def row_by_row(a):
    def scaled(i, factor):
        found = 0.0
        for j in range(len(a)):
            for k in range(j):
                d = a[i, j] - factor * a[i, k]
                found += d * d / (1.0 + a[j, k] ** 2)
        return found

    total = 0.0
    for i in range(len(a)):
        total = total + 0.1 * scaled(i, 0.5) * math.sin(total)
        total = total + 0.1 * scaled(i, 0.25)
    return total


def left_early(a):
    total = 0.0
    for i in range(len(a)):
        for j in range(len(a)):
            for k in range(len(a)):
                if a[i, k] > 0.93:
                    break
                if a[k, j] < -0.9:
                    continue
                total += a[i, k] * a[k, j] * math.cos(total)
            else:
                total = total * 0.5
            if total > 4.0:
                return total * a[0, 0]
    return total


def of_functions(a):
    total = 0.0
    for i in range(len(a)):
        for f in WAYS:
            for k in range(len(a)):
                total += f(a[i, k] * total) + 0.1 * a[k, i]
    return total


def raising(a):
    total = 0.0
    for i in range(len(a)):
        for j in range(len(a)):
            for k in range(len(a)):
                try:
                    total += math.sqrt(a[i, k] - a[k, j]) * total
                except ValueError:
                    total += a[i, j]
    return total


def of_lists(a):
    rows = [[a[i, j] * a[j, i] for j in range(len(a))] for i in range(len(a))]
    for i in range(1, len(rows)):
        for j in range(1, len(rows)):
            for k in range(len(rows)):
                rows[i][j] += math.sin(rows[i - 1][k] * rows[k][j - 1])
    return sum([v for row in rows for v in row])


def matrix(n, seed):
    return np.sin(np.arange(1.0, n * n + 1.0) * (seed + 1)).reshape(n, n)


def lines(function, a):
    with rolling(True):
        g = value_and_grad(function)
        g(a)
        return len(g.generated_source(a).splitlines())


@pytest.mark.parametrize(
    "function",
    [product, row_by_row, left_early, of_functions, raising, of_lists],
    ids=lambda f: f.__name__,
)
def test_short_loops_in_loops_are_right(function):
    sizes = [3, 6, 0, 5, 9, 4, 6] if function is not of_lists else [3, 6, 5]
    for order in (sizes, sizes[::-1]):
        g = value_and_grad(function)
        for turn, n in enumerate(order):
            a = matrix(n, turn % 3)
            with rolling(True):
                value, slope = g(a)
            assert value == pytest.approx(function(a), rel=1e-12)
            if n > 0:
                towards = np.cos(np.arange(n * n)).reshape(n, n)
                h = 1e-6
                ends = [function(a + s * h * towards) for s in (1, -1)]
                difference = (ends[0] - ends[1]) / (2 * h)
                assert np.sum(slope * towards) == pytest.approx(difference, rel=2e-5, abs=1e-6)
    with rolling(False):
        a = matrix(6, 1)
        value, slope = value_and_grad(function)(a)
        with rolling(True):
            assert g(a)[0] == pytest.approx(value, rel=1e-12)
            np.testing.assert_allclose(g(a)[1], slope, rtol=1e-9, atol=1e-12)


def test_many_statements_of_short_loops_stay_loops(monkeypatch):
    monkeypatch.setattr(compile_function, "with_numbers", lambda program, own: program)
    few, *many = [lines(product, matrix(n, 0)) for n in (3, 6, 7, 9)]
    assert max(many) <= min(many) + 2 < few
    with rolling(False):
        g = value_and_grad(product)
        g(matrix(3, 0))
        assert len(g.generated_source(matrix(3, 0)).splitlines()) == few


def test_a_short_loop_of_few_statements_is_straight_code():
    def summed(x):
        total = 0.0
        for k in range(9):
            total += math.sin(x * k)
        return total

    with rolling(True):
        g = value_and_grad(summed)
        g(0.3)
        assert "for " not in g.generated_source(0.3)


def _with_an_array_that_is_kept(x):
    kept = []
    a = np.zeros(3)
    for k in range(40):
        a = a + x
        kept.append(a)
        a[0] = x * k
    return sum(a) + sum(array[0] for array in kept)


def test_what_cannot_stay_a_loop_is_told_once(monkeypatch):
    attempts = []
    attempt = trace._attempt
    monkeypatch.setattr(trace, "_attempt", lambda *args: attempts.append(args) or attempt(*args))
    assert grad(_with_an_array_that_is_kept)(0.5) == 39 + 40 + 40 + sum(range(40))
    assert len(attempts) < 8
