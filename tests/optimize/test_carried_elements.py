"""What an iteration reads of the one before goes from one to the next as a number."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

import symdiff as sd
from symdiff.settings import rolling


def smoothed(x, a):
    y = np.zeros(len(x))
    y[0] = x[0]
    for i in range(1, len(x)):
        y[i] = a * y[i - 1] + x[i]
    return np.sum(y * y)


def around(x, a):
    """The first iteration reads the last element."""
    y = x.copy()
    for i in range(len(x)):
        y[i] = math.sin(a * y[i - 1]) + 0.5 * y[i]
    return np.sum(y * x)


def backwards(x, a):
    y = np.ones(len(x) + 1)
    for i in range(len(x) - 1, -1, -1):
        y[i] = math.tanh(y[i + 1] * a) * x[i]
    return np.sum(y)


def every_second(x, a):
    y = x.copy()
    for i in range(2, len(x), 2):
        y[i] = a * y[i - 2] * x[i] + y[i - 1]
    return np.sum(y * y)


def neighbour(x, a):
    """Twice as far apart as one iteration moves: it is read from the array."""
    y = x.copy()
    for i in range(2, len(x)):
        y[i] = a * y[i - 2] + 0.3 * y[i - 1] * x[i]
    return y[-1] + y[0]


def until(x, a):
    y = x.copy()
    for i in range(1, len(x)):
        if y[i - 1] > 1.9:
            break
        y[i] = y[i - 1] + 0.2 * a * x[i] ** 2
    return np.sum(y)


def decided(x, a):
    y = np.zeros(len(x))
    for i in range(1, len(x)):
        y[i] = a * y[i - 1] + x[i] if x[i] > 0.7 else math.cos(y[i - 1])
    return np.sum(y * x)


def within(x, a):
    total = 0.0
    for k in range(12):
        y = x.copy()
        for i in range(1, len(x)):
            y[i] = math.sin(y[i - 1] * a) + 0.1 * k * y[i]
        total += y[len(x) - 1] * k
    return total


def twice_written(x, a):
    y = x.copy()
    for i in range(1, len(x)):
        y[i] = a * y[i - 1]
        y[i] += x[i] * y[i - 1]
    return np.sum(y)


def steep(x, a):
    """What does not move at first has an infinite slope there."""
    y = np.zeros(len(x))
    for i in range(1, len(x)):
        y[i] = np.cbrt(y[i - 1]) * x[i] + a
    return np.sum(y)


CASES = [
    smoothed,
    around,
    backwards,
    every_second,
    neighbour,
    until,
    decided,
    within,
    twice_written,
    steep,
]


def slope(f: Any, x: Any, a: float) -> Any:
    h = 1e-6
    return np.array([(f(x + h * e, a) - f(x - h * e, a)) / (2 * h) for e in np.eye(len(x))])


@pytest.mark.parametrize("f", CASES, ids=lambda f: f.__name__)
def test_recurrences_over_elements(f):
    rng, g, h = np.random.default_rng(7), sd.grad(f, wrt=(0, 1)), 1e-6
    unrolled = sd.grad(f, wrt=(0, 1))
    for n in (25, 14, 25, 3, 2, 1, 40, 14):
        x, a = rng.uniform(0.3, 1.2, n), float(rng.uniform(0.5, 1.1))
        exact = slope(f, x, a), (f(x, a + h) - f(x, a - h)) / (2 * h)
        found = g(x, a)
        np.testing.assert_allclose(found[0], exact[0], rtol=2e-5, atol=1e-7)
        assert found[1] == pytest.approx(exact[1], rel=2e-5, abs=1e-7)
        with rolling(False):
            other = unrolled(x, a)
        np.testing.assert_allclose(found[0], other[0], rtol=1e-12, atol=1e-14)
        assert found[1] == pytest.approx(other[1], rel=1e-12)


def appended(x, n):
    values = [x]
    for k in range(n):
        values.append(math.sin(values[-1]) * x + 0.1 * k)
    return sum(values) + values[-1] * values[0]


def test_lists_that_go_on_from_their_last_item():
    g, h = sd.grad(appended), 1e-6
    for n in (20, 0, 33, 1, 9, 100, 20):
        exact = (appended(0.7 + h, n) - appended(0.7 - h, n)) / (2 * h)
        assert g(0.7, n) == pytest.approx(exact, rel=1e-7)


def test_no_element_is_read_or_added_to_on_the_way_back():
    x = np.linspace(0.2, 1.0, 30)
    g = sd.grad(around)
    for _ in range(3):
        g(x, 0.5)
    text = str(g.program(x, 0.5))
    back = text[text.index("reversed(") :]
    assert back.count(".at[") <= 2  # of y, and of x


def test_what_is_read_twice_is_carried_once():
    def f(x):
        y = x.copy()
        for i in range(1, len(x)):
            y[i] = 0.5 * y[i - 1] + x[i] * y[i - 1]
        return y[-1]

    x, h = np.linspace(0.2, 1.0, 30), 1e-6
    g = sd.grad(f)
    exact = [(f(x + h * e) - f(x - h * e)) / (2 * h) for e in np.eye(30)]
    np.testing.assert_allclose(g(x), exact, rtol=1e-6, atol=1e-12)
    (loop,) = [s.operation for s in g.program(x).statements if s.operation.name == "loop"][:1]
    assert loop.carried >= 1
    assert not any(
        s.operation.name == "getitem" and "y" in s.operands[0].name for s in loop.body.statements
    )


def test_second_derivatives():
    x, h = np.linspace(0.3, 1.1, 12), 1e-5

    def f(x):
        return around(x, 0.7)

    g = sd.grad(f)
    exact = np.array([(g(x + h * e) - g(x - h * e)) / (2 * h) for e in np.eye(12)])
    np.testing.assert_allclose(sd.hessian(f)(x), exact, rtol=1e-5, atol=1e-7)
