"""What several expressions of an iteration hold is computed once, to the same last bit."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
import pytest

from symdiff import grad, value_and_grad
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
