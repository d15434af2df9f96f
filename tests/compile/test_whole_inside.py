"""Innermost loops of others that whole arrays compute."""

from __future__ import annotations

import re
from typing import Any

import numpy as np
import pytest
from numpy.testing import assert_allclose

from symdiff import grad

from .whole_loops import Function, at, iterated, smoothed, was_careful


def diffused(u: Any) -> Any:
    n = len(u)
    for _ in range(3):
        v = u.copy()
        for i in range(1, n - 1):
            for j in range(1, n - 1):
                around = u[i - 1, j] + u[i + 1, j] + u[i, j - 1] + u[i, j + 1]
                v[i, j] = u[i, j] + 0.1 * (around - 4.0 * u[i, j])
        u = v
    return np.sum(u * u)


def swept(u: Any) -> Any:
    """Rows are read that have just been written to, and sums run along them."""
    n, total = len(u), 0.0
    v = 0.5 * u
    for i in range(1, n - 1):
        row = 0.1
        for j in range(n - 2, 0, -1):
            v[i, j] = v[i - 1, j + 1] * u[i, j] + v[i + 1, j - 1]
            v[i - 1, j] += 0.3 * v[i, j + 1]
            row += v[i, j + 1] * u[j, i]
        total += row * row
    return total + np.sum(v * v)


def triangle(u: Any) -> Any:
    total = 0.0
    for i in range(len(u)):
        for j in range(i):
            total += np.sin(u[i, j] * j) * u[j, i]
    return total


@pytest.mark.parametrize("f", [diffused, swept, triangle], ids=lambda f: f.__name__)
def test_loops_in_loops(f: Function, monkeypatch: pytest.MonkeyPatch) -> None:
    g = grad(f)
    for n in (36, 8, 41):
        u, way = at(n * n).reshape(n, n), at(n * n, 4).reshape(n, n)
        found = g(u)
        assert_allclose(np.sum(found * way), f(u + 1e-30j * way).imag / 1e-30, rtol=1e-12)
        assert_allclose(
            found, iterated(monkeypatch, lambda u=u: grad(f)(u)), rtol=1e-13, atol=1e-15
        )
    assert not was_careful(g)


def test_rows_of_an_inner_loop_are_slices() -> None:
    text = grad(diffused).generated_source(at(40**2).reshape(40, 40))
    assert not re.search(r"\n {12}for ", text)
    assert "1:39" in text
    assert "append" not in text


def test_what_is_made_of_a_number_that_counts_is_not_stacked() -> None:
    assert "append" not in grad(smoothed).generated_source(at(20))
    assert "append" not in grad(diffused).generated_source(at(400).reshape(20, 20))
