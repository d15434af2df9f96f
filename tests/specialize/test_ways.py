"""Loops whose iterations go several ways: right for every input, after a few traces."""

from __future__ import annotations

import numpy as np
import pytest

from symdiff import grad, hessian, value_and_grad
from symdiff.program.branches import Branch
from symdiff.program.loops import Loop
from symdiff.program.program import bodies_of
from symdiff.settings import rolling

from .looping_with_ways import CASES

MOST_TRACES = 10


@pytest.fixture(autouse=True)
def _rolling():
    with rolling(True):
        yield


def slope(function, x, step=1e-6):
    """Central differences; NaN where a kink or a jump is near."""
    found = []
    for h in (step, 2 * step):
        moves = h * np.eye(len(x))
        found.append([(function(x + m) - function(x - m)) / (2 * h) for m in moves])
    near, far = np.array(found)
    return np.where(abs(near - far) < 1e-5 * (1 + abs(near)), near, np.nan)


def operations(program):
    for statement in program.statements:
        yield statement.operation
        for body in bodies_of(statement.operation):
            yield from operations(body)


@pytest.mark.parametrize(("function", "draw"), CASES, ids=[f.__name__ for f, _ in CASES])
def test_all_ways_are_right_after_a_few_traces(function, draw):
    rng = np.random.default_rng(7)
    g = value_and_grad(function)
    for _ in range(12):
        x = draw(rng)
        value, gradient = g(x)
        np.testing.assert_allclose(value, function(x), rtol=1e-12)
        expected = slope(function, x)
        seen = np.isfinite(expected)
        assert seen.mean() > 0.6
        scale = 1e-5 * (1 + abs(value))
        np.testing.assert_allclose(gradient[seen], expected[seen], rtol=1e-4, atol=scale)
    assert g._dispatcher.trace_count <= MOST_TRACES
    kinds = {
        type(o) for leaf in g._dispatcher.leaves for o in operations(leaf.specialization.program)
    }
    assert {Loop, Branch} <= kinds


@pytest.mark.slow
@pytest.mark.parametrize(("function", "draw"), CASES, ids=[f.__name__ for f, _ in CASES])
def test_as_if_unrolled(function, draw):
    """The same gradient and the same curvature as of straight code."""
    rng = np.random.default_rng(11)
    if function.__name__ in ("of_rows", "bubble_sorted"):
        return  # unrolled they are long
    rolled, straight = (grad(function), hessian(function)), (grad(function), hessian(function))
    for _ in range(2):
        x = draw(rng)[:20]
        found = [f(x) for f in rolled]
        with rolling(False):
            expected = [f(x) for f in straight]
        for a, b in zip(found, expected, strict=True):
            np.testing.assert_allclose(a, b, rtol=1e-9, atol=1e-9)
