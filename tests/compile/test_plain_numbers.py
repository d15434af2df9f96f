"""Numbers of Python's own, written as CPython runs them fastest, to the same last bit."""

from __future__ import annotations

import math
from collections.abc import Callable

import pytest

from symdiff import grad, value_and_grad
from symdiff.compile.plain_numbers import in_floats
from symdiff.operations.table.template import Code, Literal, Template

ONE, TWO = Literal.of(1), Literal.of(2)


@pytest.mark.parametrize(
    ("code", "floats", "expected"),
    [
        ((TWO, 0, "mul"), [True], "2.0*x"),
        ((TWO, 0, "mul"), [False], "2*x"),  # it may be a whole number, whose type is kept
        ((0, "sin", ONE, "add"), [False], "sin(x) + 1.0"),
        ((TWO, 0, "mul", TWO, "mul"), [True], "2.0*x*2.0"),
        ((0, TWO, "pow"), [True], "x**2.0"),
        ((TWO, 0, "pow"), [True], "2**x"),
        ((0, Literal.of(2**53 + 1), "lt"), [True], "x < 9007199254740993"),  # is no float
        ((0, Literal.of(True), "mul"), [True], "x*True"),
        ((0, ONE, "div", "floor_int", TWO, "mul"), [True], "floor_int(x/1.0)*2"),
    ],
)
def test_whole_numbers_beside_floats(code: Code, floats: list[bool], expected: str) -> None:
    made = in_floats(Template.of(code), floats)
    assert made.describe(["x"]).replace("floor(", "floor_int(") == expected


def whole_and_real(x: float, n: int) -> float:
    """A name like a function's, whole numbers that stay whole, and ones beside floats."""
    sin, total = 2 * n, 0.0
    for k in range(n):
        half = (2 * k + 1) // 2
        total += 3 * math.sin(x * half) + sin / 4 - (1 if x > 0 else 2) * math.cos(2 * x) ** 2
    return total


def by_hand(x: float, n: int) -> tuple[float, float]:
    value = slope = 0.0
    for k in range(n):
        value += 3 * math.sin(x * k) + 2 * n / 4 - (1 if x > 0 else 2) * math.cos(2 * x) ** 2
        slope += 3 * k * math.cos(x * k)
        slope += (1 if x > 0 else 2) * 4 * math.cos(2 * x) * math.sin(2 * x)
    return value, slope


@pytest.mark.parametrize("x", [0.3, -0.7, 0.0, -0.0])
def test_values_are_those_of_the_function_to_the_last_bit(x: float) -> None:
    g = value_and_grad(whole_and_real)
    for n in (3, 0, 12, 5):
        value, slope = g(x, n)
        assert value == whole_and_real(x, n)
        assert slope == pytest.approx(by_hand(x, n)[1], rel=1e-12)
        assert type(value) is float


@pytest.mark.parametrize("f", [lambda k, x: 2 * k * x, lambda k, x: (k + 1) ** 2 * x])
def test_a_whole_number_stays_one(f: Callable[[int, float], float]) -> None:
    g = grad(f, wrt=1)
    assert g(2**60 + 1, 1.0) == float(f(2**60 + 1, 1)) == f(2**60 + 1, 1.0)


def test_what_the_user_names_like_a_function_is_his_own() -> None:
    def f(x: float) -> float:
        sin = x * x
        for cos in range(5):
            sin = sin + math.sin(sin) * cos
        return math.cos(sin)

    h = 1e-6
    assert grad(f)(0.4) == pytest.approx((f(0.4 + h) - f(0.4 - h)) / (2 * h), rel=1e-6)
