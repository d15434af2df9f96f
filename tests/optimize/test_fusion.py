"""A loop that only prepares what another reads is run within that one."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from numpy.testing import assert_allclose

from symdiff import grad, value_and_grad
from symdiff.settings import rolling


def summed(x: Any) -> Any:
    total = 0.0
    for i in range(len(x)):
        total += x[i] * x[i] * math.sin(x[i])
    return total


def every_third(x: Any, n: int) -> Any:
    total = 0.0
    for i in range(2, 3 * n, 3):
        total += math.exp(x[i] * x[i - 2]) / (1.0 + i)
    return total


def downwards(x: Any, n: int) -> Any:
    total = 0.0
    for i in range(n, 0, -1):
        total += math.cos(x[i]) * x[i - 1]
    return total


def pairs(x: Any) -> Any:
    total = 0.0
    for i in range(len(x)):
        for j in range(len(x)):
            total += math.sin(x[i] * x[j]) * (i + 2 * j)
    return total


def written_between(x: Any) -> Any:
    """What the first loop reads is written to before the way back comes to it."""
    y = x.copy()
    total = 0.0
    for i in range(len(y)):
        total += math.sin(y[i])
    for i in range(len(y)):
        y[i] = y[i] * y[i]
    for i in range(len(y)):
        total += y[i] * math.cos(y[i])
    return total


CASES: list[tuple[Callable[..., Any], list[tuple[Any, ...]]]] = [
    (summed, [(np.linspace(-1.0, 1.5, n),) for n in (30, 9, 1)]),
    (every_third, [(np.linspace(-1.0, 1.0, 60), n) for n in (20, 0, 1, 11, -2)]),
    (downwards, [(np.linspace(-1.0, 1.0, 40), n) for n in (39, 0, 12, 1, -1)]),
    (pairs, [(np.linspace(0.2, 1.0, n),) for n in (12, 10)]),
    (written_between, [(np.linspace(0.2, 1.0, n),) for n in (14, 20)]),
]


@pytest.mark.parametrize(("f", "inputs"), CASES, ids=[f.__name__ for f, _ in CASES])
def test_gradients_of_loops_over_elements(
    f: Callable[..., Any], inputs: list[tuple[Any, ...]]
) -> None:
    g, both = grad(f), value_and_grad(f)
    for x, *more in (*inputs, *reversed(inputs)):
        found = g(x, *more)
        assert_allclose(both(x, *more)[0], f(x, *more), rtol=1e-13)
        assert_allclose(both(x, *more)[1], found, rtol=1e-13)
        with rolling(False):
            assert_allclose(found, grad(f)(x, *more), rtol=1e-11, atol=1e-13)
        for k in range(0, len(x), 5):
            step = np.zeros(len(x))
            step[k] = 1e-6
            change = f(x + step, *more) - f(x - step, *more)
            assert_allclose(found[k], change / 2e-6, rtol=1e-5, atol=1e-7)


@pytest.mark.parametrize("f", [summed, every_third, downwards, pairs])
def test_nothing_is_stacked_for_a_gradient_alone(f: Callable[..., Any]) -> None:
    (args,) = [inputs[0] for g, inputs in CASES if g is f]
    assert "append" not in grad(f).generated_source(*args)


def test_what_a_value_needs_is_computed_once() -> None:
    """With the value, the first loop is needed anyway, and hands its sines on."""
    x = np.linspace(-1.0, 1.0, 30)
    assert value_and_grad(summed).generated_source(x).count("sin(") == 1
