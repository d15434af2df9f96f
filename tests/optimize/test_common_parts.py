"""What several expressions of an iteration hold is computed once, to the same last bit."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
import pytest

from symdiff import grad, jacobian, value_and_grad
from symdiff.operations.statements.builder import Builder
from symdiff.operations.table.template import Template
from symdiff.optimize import number_values
from symdiff.optimize.common_parts import with_parts_shared
from symdiff.present.point import evaluate
from symdiff.program.program import BOOL, FLOAT, Program, Var
from symdiff.settings import rolling


def staged(x: float, n: int) -> float:
    """A method of Runge and Kutta: the slopes of its stages have factors in common."""
    for _ in range(n):
        a = math.sin(x)
        b = math.sin(x + 0.1 * a)
        c = math.sin(x + 0.1 * b)
        x = x + 0.2 * (a + 2.0 * b + 2.0 * c)
    return x


def divided(x: float, n: int) -> float:
    """A quotient of which a part may raise, in an arm alone."""
    total = 0.5
    for k in range(n):
        if total > 0.3:
            total = total - x / (total + k) - x * (x / (total + k))
        else:
            total = total + x * (total + k) + (total + k) * 0.1
    return total


def places(x: float, n: int) -> float:
    """Whole numbers in common."""
    total = 0.0
    for k in range(n):
        total += math.sin((2 * k + 1) * x) * (2 * k + 1) / ((2 * k + 1) * (2 * k + 1) + x)
    return total


@pytest.mark.parametrize("f", [staged, divided, places])
def test_the_same_as_of_the_loop_written_out(f: Callable[[float, int], float]) -> None:
    rolled = grad(f)
    with rolling(False):
        unrolled = grad(f)
        expected = {(x, n): unrolled(x, n) for x in (0.7, -0.2, 1.3) for n in (7, 1, 0, 12)}
    for (x, n), slope in expected.items():
        assert rolled(x, n) == pytest.approx(slope, rel=1e-15, abs=0.0)
        change = f(x + 1e-6, n) - f(x - 1e-6, n)
        assert slope == pytest.approx(change / 2e-6, rel=1e-6, abs=1e-8)


def test_a_part_that_cotangents_share_is_computed_once() -> None:
    text = grad(staged).generated_source(0.5, 20)
    back = text[text.rindex("    for ") :].splitlines()
    products = [line.partition(" = ")[2] for line in back if "*" in line]
    found = [part for line in products for part in line.replace(" - ", " + ").split(" + ")]
    assert len(found) == len(set(found))


def test_numbers_that_come_out_of_arrays_have_parts_in_common() -> None:
    def f(x, t):
        rest = 1.0 - np.sum(x)
        return np.sum(t / rest * np.log(x * (t / rest))) + np.sum(x) * (t / rest) ** 2

    g = value_and_grad(f, "all")
    rng = np.random.default_rng(1)
    for n in (3, 40, 3, 5):
        x, t = rng.uniform(0.01, 0.6, n) / n, float(rng.uniform(1.0, 2.0))
        value, (slope, other) = g(x, t)
        assert value == f(x, t)
        h, along = 1e-6, np.cos(np.arange(n)) / n
        near = (f(x + h * along, t) - f(x - h * along, t)) / (2 * h)
        assert slope @ along == pytest.approx(near, rel=1e-6)
        assert other == pytest.approx((f(x, t + h) - f(x, t - h)) / (2 * h), rel=1e-6)
    text = grad(f).generated_source(np.full(40, 0.01), 1.5)
    assert text.count("t/") <= 2


def turning(p, q):
    r = math.sqrt(p * p + q * q)
    return math.cos(r) * math.sin(r + q) + math.cos(r) * p


def test_a_choice_reads_what_has_been_computed() -> None:
    g = grad(turning, (0, 1))
    for p, q in ((0.3, 0.4), (-1.2, 0.7), (1e-6, -1e-6), (0.0, 1.0)):
        r = math.hypot(p, q)
        a, b = math.cos(r) * math.cos(r + q), math.sin(r) * (math.sin(r + q) + p)
        expected = p / r * (a - b) + math.cos(r), q / r * (a - b) + a
        assert g(p, q) == pytest.approx(expected, rel=1e-9)
    text = g.generated_source(0.3, 0.4)
    assert text.count("sin(r)") == 1, text
    assert text.count("cos(r)") == 1, text


def opposite(x, y):
    return (x / y if y > 0.5 else y) + (-(x / y) * x if x > 0.5 else x) + x / (y - 2.0)


def test_a_choice_computes_nothing_outside_its_arms() -> None:
    g = jacobian(grad(opposite, (0, 1)), (0, 1))
    for x, y in ((0.7, 0.9), (0.3, 0.9), (0.7, 0.3), (0.3, 0.0), (0.2, 0.3)):
        found = np.array(g(x, y))
        a, b = float(y > 0.5), float(x > 0.5)
        far = y - 2.0
        safe = y if a or b else 1.0
        mixed = -a / safe**2 + 2 * b * x / safe**2 - 1 / far**2
        by_y = 2 * a * x / safe**3 - 2 * b * x * x / safe**3 + 2 * x / far**3
        np.testing.assert_allclose(found, [[-2 * b / safe, mixed], [mixed, by_y]], rtol=1e-13)


def chosen(x, y):
    risky = np.log(x) * y
    return np.sum(np.where(x > 0.0, risky * np.log(x), y * np.exp(x)) + np.exp(x) * y)


def test_choices_of_arrays_share_parts_of_their_arms() -> None:
    g = grad(chosen, (0, 1))
    x, y = np.array([0.5, -1.0, 2.0, 0.0, -np.inf]), np.array([1.5, 0.3, -0.7, 2.0, 1.0])
    for n in (1, 2000):
        many = np.tile(x, n), np.tile(y, n)
        with np.errstate(all="ignore"):
            log = np.where(x > 0.0, np.log(np.where(x > 0.0, x, 1.0)), 0.0)
            by_x = np.where(x > 0.0, 2 * log * y / x, y * np.exp(x)) + np.exp(x) * y
            by_y = np.where(x > 0.0, log * log, np.exp(x)) + np.exp(x)
            found = g(*many)
        np.testing.assert_allclose(found[0], np.tile(by_x, n), rtol=1e-13)
        np.testing.assert_allclose(found[1], np.tile(by_y, n), rtol=1e-13)


def negative_in_an_arm(x: float, y: float) -> float:
    """What is known is the negative of what an arm holds."""
    a = -math.cos(x)
    b = math.cos(x) * 3.0 if y > 0 else y
    c = -(math.cos(x) * x) if y > 0 else -math.cos(x)
    return a * a * y + b * a + c * x


def negative_elements(v: np.ndarray) -> float:
    w = np.maximum(v, v)
    w[2] -= math.sin(w[0])
    w[2] -= math.sin(w[0])
    w[2] -= math.sin(w[0])
    return float(np.sum(w))


def test_what_is_known_has_its_sign() -> None:
    g = grad(negative_elements)
    for v in (np.array([0.3, 0.8, -0.4]), np.array([2.0, -1.0, 0.5])):
        assert g(v) == pytest.approx(np.array([1.0 - 3.0 * math.cos(v[0]), 1.0, 1.0]), rel=1e-13)


@pytest.mark.parametrize("negative", [True, False])
def test_a_choice_reads_what_is_known_with_its_sign(negative: bool) -> None:
    ops, x, c = Builder(), Var("x", FLOAT), Var("c", BOOL)
    code = (0, "cos", *(["neg"] if negative else []))
    known = ops.emit(Template.of(code), (x,))
    arm = ops.emit(Template.of((0, 1, "cos", 2, "mul", 3, "where")), (c, x, 2.0, 0.0))
    program = Program("f", (x, c), ops.statements, (known, arm))
    made = with_parts_shared(program, number_values)
    for point in (0.3, 2.0):
        have = evaluate(made, [point, True])
        assert have == pytest.approx(
            [(-1.0 if negative else 1.0) * math.cos(point), 2 * math.cos(point)]
        )


@pytest.mark.parametrize("rolled", [True, False])
def test_negatives_in_arms(rolled: bool) -> None:
    with rolling(rolled):
        g = grad(negative_in_an_arm, wrt=("x", "y"))
        for x, y in ((0.4, 1.3), (0.4, -1.3), (2.1, 0.2)):
            for have, (dx, dy) in zip(g(x, y), ((1e-6, 0.0), (0.0, 1e-6)), strict=True):
                change = negative_in_an_arm(x + dx, y + dy) - negative_in_an_arm(x - dx, y - dy)
                assert have == pytest.approx(change / 2e-6, rel=1e-7, abs=1e-9)
