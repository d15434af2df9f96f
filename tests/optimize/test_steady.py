"""What loops do not change is neither carried, stacked nor computed again in them."""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from numpy.testing import assert_allclose

from symdiff import grad
from symdiff.settings import rolling


def nested(x: float, n: int, m: int) -> float:
    total = 0.0
    for i in range(n):
        for j in range(m):
            total += math.sin(x * i) * j
    return total


def nested_by_hand(x: float, n: int, m: int) -> float:
    return sum(j * i * math.cos(x * i) for i in range(n) for j in range(m))


def triangle(x: float, n: int) -> float:
    total = 0.0
    for i in range(n):
        for j in range(i):
            total += math.exp(x * j) / (1 + i)
    return total


def triangle_by_hand(x: float, n: int) -> float:
    return sum(j * math.exp(x * j) / (1 + i) for i in range(n) for j in range(i))


def added(a: Any, b: Any) -> Any:
    c = np.zeros((a.shape[0], b.shape[1]))
    for i in range(a.shape[0]):
        for j in range(b.shape[1]):
            for k in range(a.shape[1]):
                c[i, j] += a[i, k] * b[k, j]
    return np.sum(c * c)


def overwritten(x: Any, n: int) -> Any:
    """Places that are written to twice, and read in between under another name."""
    y = x.copy()
    for i in range(n):
        y[i] = 2.0 * y[i]
        y[i] = y[i] * y[i] + y[2]
        y[2] = y[2] + 0.1 * y[i - 1]
    total = 0.0
    for i in range(len(y)):
        total += y[i] * y[i]
    return total


@pytest.mark.parametrize(
    ("f", "hand", "inputs"),
    [
        (nested, nested_by_hand, [(0.5, 12, 9), (0.4, 0, 9), (0.3, 9, 0), (0.2, 20, 11)]),
        (nested, nested_by_hand, [(0.5, -3, 9), (0.4, 9, -1), (0.3, 12, 12), (0.2, 1, 1)]),
        (triangle, triangle_by_hand, [(0.1, 14), (0.2, 0), (0.1, 1), (0.05, 23), (0.1, -1)]),
    ],
)
def test_counts_that_are_known_before_a_loop(
    f: Callable[..., Any], hand: Callable[..., Any], inputs: list[tuple[Any, ...]]
) -> None:
    g = grad(f)
    for args in (*inputs, *reversed(inputs)):
        assert_allclose(g(*args), hand(*args), rtol=1e-12, atol=1e-14)
        with rolling(False):
            assert_allclose(g(*args), grad(f)(*args), rtol=1e-12, atol=1e-14)


def test_nothing_is_stacked_that_needs_no_iteration() -> None:
    text = grad(nested).generated_source(0.5, 12, 9)
    assert "append" not in text
    (inner,) = re.findall(r"\n {8}for .*\n((?: {12}.*\n)+)", text)
    assert "cos" not in inner  # it is the same in all iterations


def test_a_sum_at_one_place_gives_its_cotangent_on() -> None:
    a, b = np.linspace(0.1, 1.0, 144).reshape(12, 12), np.linspace(-1.0, 1.0, 144).reshape(12, 12)
    text = grad(added).generated_source(a, b)
    assert not re.search(r"= 0\.0\n.*\[place", text)
    assert_allclose(grad(added)(a, b), 2.0 * (a @ b) @ b.T, rtol=1e-12)


@pytest.mark.parametrize("n", [9, 3, 0, 12])
def test_places_that_are_written_to_again(n: int) -> None:
    x = np.linspace(0.2, 0.9, 12)
    found = grad(overwritten)(x, n)
    with rolling(False):
        assert_allclose(found, grad(overwritten)(x, n), rtol=1e-12)
    for k in range(12):
        step = np.zeros(12)
        step[k] = 1e-6
        change = overwritten(x + step, n) - overwritten(x - step, n)
        assert_allclose(found[k], change / 2e-6, rtol=1e-6, atol=1e-7)
