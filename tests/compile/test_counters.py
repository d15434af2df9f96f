"""What is known of the numbers of a loop without running it."""

from __future__ import annotations

import math
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


def by_two(x: float, n: int) -> float:
    i = 3
    while i < n and x < 5.0:
        x = x + 0.1 * math.sin(x) * i
        i += 2
    return x * i


def down(x: float, n: int) -> float:
    i = n
    while i > 0:
        i -= 1
        x = x * 1.01 + math.cos(x) * i * 0.001
        if x > 9.0:
            break
    return x * i


def left(x: float, n: int) -> float:
    """A loop in a loop that is left, and what it counted is read."""
    total = 0.5
    for i in range(1, n):
        k = 0
        for j in range(i):
            if total > 2.0 + j:
                break
            total, k = total + 0.3 * math.sin(x * j), j
        total = total * 0.9 + 0.01 * k
    return total


def passed(x: float, n: int) -> float:
    """What is counted is handed on to another number."""
    last, i = 0, 1
    while i < n and x < 4.0:
        x = x + 0.05 * x * last
        last, i = i, i + 1
    return x * (i + 2 * last)


@pytest.mark.parametrize("f", [by_two, down, left, passed])
def test_what_a_loop_counts_that_may_be_left(f: Callable[..., float]) -> None:
    g = grad(f)
    with rolling(False):
        unrolled = grad(f)
        inputs = [(x, n) for n in (20, 3, 0, 41, 4, 1) for x in (0.3, 2.0, -0.4, 4.9)]
        expected = [unrolled(*arguments) for arguments in inputs]
    for arguments, slope in zip(inputs, expected, strict=True):
        assert_allclose(g(*arguments), slope, rtol=1e-13, atol=1e-300)


def test_the_head_of_a_loop_that_may_be_left_counts() -> None:
    text = grad(by_two).generated_source(0.3, 20)
    assert "for i in range(3, " in text
    assert "i + 2\n" not in text
