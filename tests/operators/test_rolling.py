"""Loops that are alike have in common what computes their iterations while they are traced."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

from symdiff import grad
from symdiff.operations.table.template import Template
from symdiff.operators import rolling
from symdiff.program.program import FLOAT, Program, Statement, Var


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

    def places(x: float, n: int) -> float:
        a, b, u = x, 0.3, np.array([x, 2.0 * x, 3.0 * x])
        for _ in range(n):
            a, b = math.sin(a) - b, 0.5 * a
        for _ in range(n):
            a, b = math.sin(b) - a, 0.5 * b
        for _ in range(n):
            b, a = math.sin(a) - b, 0.5 * a
        for _ in range(n):
            u = 0.5 * u + u[1]
        for _ in range(n):
            u = 0.5 * u + u[2]
        return a + 2.0 * b + u[0]

    for f in (constants, kinds, tables, places):
        g = grad(f)
        for x, n in [(0.7, 20), (0.7, 3), (-0.4, 0), (1.3, 9)]:
            assert g(x, n) == pytest.approx(slope(f, x, n), rel=1e-6)


def body(first: int, second: int, handed: int, constant: float) -> Program:
    inputs = Var("x", FLOAT), Var("y", FLOAT)
    less = Template.of((0, 1, "sub", 2, "mul"))
    made = Var("z", FLOAT)
    line = Statement(made, less, (inputs[first], inputs[second], constant))
    return Program("body", inputs, [line], (made, inputs[handed]))


def test_bodies_are_alike_in_all_they_do() -> None:
    bodies = rolling.Bodies()
    kinds = [(0, 1, 0, 0.5), (1, 0, 0, 0.5), (0, 1, 1, 0.5), (0, 1, 0, 0.25), (0, 1, 0, -0.0)]
    made = [bodies(body(*kind), [float, float], {}) for kind in kinds]
    again = [bodies(body(*kind), [float, float], {}) for kind in kinds]
    assert [id(m) for m in made] == [id(m) for m in again]
    assert len({id(m) for m in made}) == len(kinds)
    of_numpy = bodies(body(*kinds[0]), [np.float64, float], {})
    other = body(*kinds[0])
    exactly = bodies(other, [float, float], {other.statements[0].target: (True, False)})
    assert len({id(made[0]), id(of_numpy), id(exactly)}) == 3
    for kind, one in zip(kinds, made, strict=True):
        first, second, handed, constant = kind
        now = 3.0, 2.0
        expected = [(now[first] - now[second]) * constant, now[handed]]
        assert one([*now], [], 1) == (expected, 1, False)


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
