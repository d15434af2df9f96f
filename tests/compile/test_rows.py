"""Rows of nested lists are looked up before a loop that reads them in every iteration."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from numpy.testing import assert_allclose

from symdiff import grad
from symdiff.compile.checks import ALONE
from symdiff.compile.rows import rows_before
from symdiff.settings import rolling

HEAD = "for j in range(n):"
READ = ("t", "a[i][j]*a[i][k]")


@pytest.mark.parametrize(
    "lines",
    [
        [READ, ("a", "b")],  # the list is another in the next iteration
        [READ, ("b, a", "a, b")],
        [READ, ("i", "i + 1")],
        [("for i in c:\n    t", "a[i][j]*a[i][k]"), READ],
        [("t", "a[j][0] + a[j][1]")],
        [("if c:\n    t", "a[i][j]*a[i][k]")],
        [("if c:\n    s", "1.0"), ("    t", "a[i][j]*a[i][k]")],
        [("t", "a[i][j]*a[i][k] if c else 0.0")],
        [("if j > m: break", ALONE), READ],
        [("t", "a[i][j]")],  # it is looked up once
        [("t", "b[i][j]*b[i][k]")],  # it may be anything
        [READ, ("del a", ALONE)],
    ],
)
def test_rows_that_stay_where_they_are(lines: list[tuple[str, str | None]]) -> None:
    assert rows_before(lines, HEAD, ["a"], "", str) == ([], lines)


def test_rows_that_are_looked_up_before() -> None:
    lines = [READ, ("a[i][j]", "t"), ("if j > m: break", ALONE), ("if c:\n    a[i][k]", "a[j][k]")]
    before, found = rows_before(lines, HEAD, ["a"], "tape", str)
    assert before == [("a_row", "a[i] if tape else ()")]
    assert found[:2] == [("t", "a_row[j]*a_row[k]"), ("a_row[j]", "t")]
    assert found[3] == ("if c:\n    a_row[k]", "a[j][k]")


def triangular(a: Any) -> Any:
    """The last row has no row below it: its loop makes no iteration."""
    a = a.copy()
    n = len(a)
    for k in range(n):
        for j in range(k + 1, n):
            a[k + 1, j] = a[k + 1, j] - a[k + 1, k] * a[k, j] / (2.0 + a[k, k])
    return np.sum(a * a)


def exchanged(a: Any) -> Any:
    """The arrays change places, and so do the rows that are read."""
    u, v, t = a.copy(), 2.0 * a, 0.0
    n = len(a)
    for k in range(n):
        for j in range(n):
            u[k, j] = u[k, j] + v[k, j] * u[k, 0]
            t = t + u[k, j] * v[n - 1 - k, j]
        u, v = v, u
    return t


def left(a: Any) -> Any:
    a, t = a.copy(), 0.0
    n = len(a)
    for i in range(n):
        for j in range(n):
            if a[i, j] > 0.6:
                break
            a[i, j] = a[i, j] * a[i, 0] + t
            t = t + a[i, j] * a[j, i]
    return t


@pytest.mark.parametrize("f", [triangular, exchanged, left])
def test_slopes_through_rows(f: Callable[[Any], Any]) -> None:
    rolled = grad(f)
    rng = np.random.default_rng(3)
    for n in (4, 1, 20, 5, 4):
        a = rng.normal(size=(n, n)) * 0.2
        with rolling(False):
            expected = grad(f)(a)
        assert_allclose(rolled(a), expected, rtol=1e-12, atol=1e-14)
        for place in [(0, 0), (n - 1, 0), (n // 2, n - 1)]:
            step = np.zeros((n, n))
            step[place] = 1e-6
            change = (f(a + step) - f(a - step)) / 2e-6
            assert_allclose(expected[place], change, rtol=1e-5, atol=1e-7)


def test_a_row_is_looked_up_once() -> None:
    text = grad(triangular).generated_source(np.eye(20))
    assert "_row = " in text
