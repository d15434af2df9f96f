"""Random functions that decide, whose inputs go through their ways in turn with one gradient.

`SYMDIFF_FUZZ=500` tries that many.
"""

from __future__ import annotations

import os
import random
import warnings

import numpy as np
import pytest

from symdiff import value_and_grad
from symdiff.settings import rolling

from .decisions import DecisionWriter
from .test_random_programs import made

ERRORS = (ArithmeticError, ValueError, TypeError, UnboundLocalError, AttributeError, IndexError)


def slope(f, inputs):
    """The derivative by the sum of all inputs, by differences; `None` near a jump or a kink."""
    x, y, v = inputs
    steps = [1e-6, 2e-6]
    found = [(f(x + h, y + h, v + h) - f(x - h, y - h, v - h)) / (2 * h) for h in steps]
    return found[0] if abs(found[0] - found[1]) <= 1e-5 * (1 + abs(found[0])) else None


def outcome(f, inputs):
    """What a function gives, or the type of what it raises; it may write to what it is given."""
    x, y, v = inputs
    try:
        return f(x, y, v.copy())
    except ERRORS as error:
        return type(error)


def check(source: str, rng: random.Random, count: int) -> int:
    """The number of traces for so many inputs, each of which is right."""
    f = made(source)
    g = value_and_grad(f, wrt=("x", "y", "v"))
    for _ in range(count):
        x, y = rng.uniform(-1.5, 1.5), rng.uniform(-1.5, 1.5)
        inputs = x, y, np.array([rng.uniform(-1.5, 1.5) for _ in range(4)])
        where = f"{inputs}\n{source}"
        wanted = outcome(f, inputs)
        with rolling(True):
            found = outcome(g, inputs)
        with rolling(False):
            apart = outcome(value_and_grad(f, wrt=("x", "y", "v")), inputs)
        if isinstance(wanted, type):
            assert found is wanted, (found, where)
            continue
        assert not isinstance(found, type), (found, where)
        np.testing.assert_allclose(found[0], wanted, rtol=1e-9, atol=1e-9, err_msg=where)
        for one, other in zip(found[1], apart[1], strict=True):
            np.testing.assert_allclose(one, other, rtol=1e-9, atol=1e-12, err_msg=where)
        try:
            expected = slope(f, inputs)
        except ERRORS:
            continue
        if expected is not None:
            total = found[1][0] + found[1][1] + found[1][2].sum()
            assert abs(total - expected) <= 1e-4 * (1 + abs(expected)), where
    return g._dispatcher.trace_count


@pytest.mark.parametrize("seed", range(int(os.environ.get("SYMDIFF_FUZZ", "0")) or 7))
def test_a_random_function_that_decides_is_right(seed):
    rng = random.Random(seed)
    source = DecisionWriter(rng).write()
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        check(source, rng, 8)
