"""What is known of the numbers of a loop without running it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from numpy.testing import assert_allclose

from symdiff import grad
from symdiff.settings import rolling


def twice(x: float, n: int) -> float:
    for _ in range(n):
        x = 2.0 * x
    return x


def half(x: float, n: int) -> float:
    for _ in range(n):
        x = x * -0.5
    return x


def grown(x: float, n: int) -> float:
    for _ in range(n):
        x = x * 1.0001
    return x


def turned(x: float, n: int) -> float:
    for _ in range(n):
        x = -1.0 * x
    return x


def huge(x: float, n: int) -> float:
    for _ in range(n):
        x = x * 1e10
    return x


def doubled(a: float) -> float:
    b = a * 2.0
    while abs(b) < 1000.0:
        b = b * -2.0
    return b if b > 0 else 3.0 * b


@pytest.mark.parametrize(
    ("f", "factor"), [(twice, 2.0), (half, -0.5), (grown, 1.0001), (turned, -1.0), (huge, 1e10)]
)
def test_a_loop_that_only_multiplies_is_a_power(f: Callable[..., float], factor: float) -> None:
    g = grad(f)
    for n in (12, 0, 900, 901, 5000, -3, 29, 12):
        want = 1.0
        for _ in range(n):
            want = want * factor
        assert_allclose(g(0.7, n), want, rtol=1e-12)
    assert "**" in g.generated_source(0.7, 12)


def test_the_power_of_the_trips_that_were_made() -> None:
    g = grad(doubled)
    for a in (0.01, -0.3, 40.0, 1e-9, -0.01, 600.0, 0.01):
        b, slope = a * 2.0, 2.0
        while abs(b) < 1000.0:
            b, slope = b * -2.0, slope * -2.0
        assert g(a) == (slope if b > 0 else 3.0 * slope)
    with rolling(False):
        assert g(0.01) == grad(doubled)(0.01)


def counts(x: Any, start: int, n: int) -> Any:
    """The number that counts is read after the loop, and under way."""
    k, total = start, 0.0
    for _ in range(n):
        k = k + 3
        total = total + x / k
        x = x * 1.01
    return total * k + x


@pytest.mark.parametrize(("start", "n"), [(1, 12), (5, 0), (2, 40), (7, -1)])
def test_what_counts_is_known_after_the_loop(start: int, n: int) -> None:
    found = grad(counts)(1.5, start, n)
    step = 1e-30j
    assert_allclose(found, counts(1.5 + step, start, n).imag / 1e-30, rtol=1e-12)
