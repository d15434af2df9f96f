"""What is written within the line that reads it, and what is stacked as soon as it is computed."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
import pytest

from symdiff import grad
from symdiff.settings import rolling


def read_twice(x: float, n: int) -> float:
    """What a line reads is read by what is written within it, too."""
    for _ in range(n):
        a = math.sin(x)
        b = math.sin(x + 0.1 * a)
        c = math.sin(b + a * b)
        x = x + 0.2 * (c + c * b)
    return x


def left(x: float, n: int) -> float:
    """An iteration that is not made leaves nothing for the way back."""
    total = 1.0
    for k in range(n):
        step = math.exp(-total * x)
        if step < 0.05 * k:
            break
        y = total * step
        if y > 2.0:
            return y * x
        total = total + y * x
    return total * total


def exchanged(x: float, n: int) -> float:
    """What is stacked is carried, and handed on to another."""
    a, b = x, 0.3
    for _ in range(n):
        a, b = b, math.sin(a) * b + 0.1
    return a * b


def carried_on(x: float, n: int) -> float:
    """Each number is stacked for a later iteration and changed in this one."""
    a = b = x
    for _ in range(n):
        a = a * math.cos(b)
        if a > 0.2:
            b = b + a * a
        else:
            b = b - 0.5 * a * b
    return a + b


def long(x: float, n: int) -> float:
    """A sum of many parts: Python bounds how deep parentheses may be."""
    total = 0.0
    for _ in range(n):
        a = total * x
        b = a * x + 1.0
        c = b * x + a
        total = c * x * x * x + a * b * c + (a + b) * (b + c) * (a + c) + a / (1.0 + b * b)
        total = total * x + a * a + b * b + c * c + a * b + b * c + math.sin(a) + math.sin(b)
        total = 0.01 * total * math.cos(a) * math.cos(b) * math.cos(c) + math.sin(a * b * c)
    return total


FUNCTIONS = [read_twice, left, exchanged, carried_on, long]


@pytest.mark.parametrize("f", FUNCTIONS)
def test_slopes_are_those_of_the_loop_written_out(f: Callable[[float, int], float]) -> None:
    rolled = grad(f)
    with rolling(False):
        unrolled = grad(f)
        expected = {(x, n): unrolled(x, n) for x in (0.6, -0.4, 0.05) for n in (9, 0, 30, 1, 4)}
    for (x, n), slope in expected.items():
        assert rolled(x, n) == pytest.approx(slope, rel=1e-13, abs=1e-300)
        change = f(x + 1e-6, n) - f(x - 1e-6, n)
        assert slope == pytest.approx(change / 2e-6, rel=1e-5, abs=1e-7)


def test_what_one_line_reads_has_no_line() -> None:
    text = grad(read_twice).generated_source(0.5, 20)
    assert "= sin((x_1 + 0.1*a_1))\n" in text
    assert text.count("cos((") == 2


def test_numbers_are_stacked_before_they_change() -> None:
    text = grad(read_twice).generated_source(0.5, 20)
    _, _, body = text.partition("in range(n):\n        stack_0.append(x_1)\n")
    assert "\n        x_1 = x_1 + 0.2*" in body


def test_errors_are_those_of_the_function() -> None:
    def f(x: float, n: int) -> float:
        for k in range(n):
            root = math.sqrt(x - k)
            x = x + (root if k < 3 else 0.0)
        return x

    g = grad(f)
    assert g(9.0, 4) == pytest.approx((f(9.0 + 1e-6, 4) - f(9.0 - 1e-6, 4)) / 2e-6, rel=1e-6)
    with pytest.raises(ValueError, match="math domain error"):
        g(1.0, 40)
    assert g(9.0, 2) == pytest.approx((f(9.0 + 1e-6, 2) - f(9.0 - 1e-6, 2)) / 2e-6, rel=1e-6)


@pytest.mark.parametrize(
    ("size", "reads", "from_list"),
    [(16, 2, True), (25, 2, False), (24, 3, True), (25, 3, False), (4, 1, False), (2, 2, True)],
)
def test_elements_are_read_of_a_list_where_they_are_many(size, reads, from_list) -> None:
    def f(x):
        total = 1.0
        for k in range(reads):
            total = total * math.sin(x[k])
        return total

    with rolling(False):
        text = grad(f).generated_source(np.ones(size))
    assert (" = x.tolist()\n" in text) is from_list
    assert ("x[0]" not in text) is from_list
    assert ("float(x[0])" in text) is not from_list
