"""Loops that are alike have in common what computes their iterations while they are traced."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

from symdiff import grad
from symdiff.operators import rolling


@pytest.fixture
def compiled(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """What is compiled for a trace."""
    made: list[Any] = []
    compile_body = rolling.compile_body

    def counted(program: Any, *more: Any) -> Any:
        made.append(program)
        return compile_body(program, *more)

    monkeypatch.setattr(rolling, "compile_body", counted)
    return made


def slope(f: Any, x: float, *more: Any) -> float:
    return float((f(x + 1e-6, *more) - f(x - 1e-6, *more)) / 2e-6)


def test_a_loop_that_comes_again_is_compiled_once(compiled: list[Any]) -> None:
    seen: list[int] = []

    def f(x: float, n: int) -> float:
        total = 0.0
        for turn in range(6):
            seen.append(turn)  # so that this loop is unrolled
            a = x
            for k in range(n):
                a = a + 0.1 * math.sin(a) + 0.01 * k
            total = total + a * a
        return total

    g = grad(f)
    for n in (50, 7):
        assert g(0.4, n) == pytest.approx(slope(f, 0.4, n), rel=1e-6)
    assert seen[:6] == list(range(6))
    assert len(compiled) == 1


def test_loops_that_differ_in_anything_are_not_taken_for_one() -> None:
    def constants(x: float, n: int) -> float:
        a = b = c = x
        for _ in range(n):
            a = 0.5 * math.sin(a) + 0.0 * a
        for _ in range(n):
            b = 0.25 * math.sin(b) + 0.0 * b
        for _ in range(n):
            c = 0.5 * math.sin(c) + -0.0 * c
        return a + 2.0 * b + 3.0 * c

    def kinds(x: float, n: int) -> float:
        a, b, c = 1, 1.0, np.float64(1.0)
        for _ in range(n):
            a = a + 3
        for _ in range(n):
            b = b + 3
        for _ in range(n):
            c = c + 3
        return x * (a // 2) + x * (b // 2) + x * c / 7

    def tables(x: float, n: int) -> float:
        first, second, t = np.arange(4.0), np.array([1.0, 0.0, 2.0, 5.0]), 0.0
        for k in range(n):
            t = t + x * first[k % 4]
        for k in range(n):
            t = t + x * second[k % 4]
        return t * t

    for f in (constants, kinds, tables):
        g = grad(f)
        for x, n in [(0.7, 20), (0.7, 3), (-0.4, 0), (1.3, 9)]:
            assert g(x, n) == pytest.approx(slope(f, x, n), rel=1e-6)


def test_a_loop_that_raises_again_raises_again() -> None:
    def f(x: float, n: int) -> float:
        a = x
        for k in range(n):
            a = a + math.sqrt(a - k)
        b = x + 1.0
        for k in range(n):
            b = b + math.sqrt(b - k)
        return a * b

    g = grad(f)
    for x in (5.0, 6.0):
        assert g(x, 4) == pytest.approx(slope(f, x, 4), rel=1e-6)
        with pytest.raises(ValueError, match="math domain error"):
            g(-0.5, 4)
    with pytest.raises(ValueError, match="math domain error"):
        g(-1.5, 3)
