"""Loops that stay loops: right for every count, whichever count was traced first."""

from __future__ import annotations

import numpy as np
import pytest

from symdiff import derivative, grad, hessian, hvp, jvp
from symdiff.program.loops import Loop
from symdiff.program.program import bodies_of
from symdiff.settings import rolling

from . import looping, looping_over_arrays

ROLLED = looping.ROLLED + looping_over_arrays.ROLLED
UNROLLED = looping.UNROLLED + looping_over_arrays.UNROLLED
COUNTS = (0, 3, 4, 10, 11, 20, 35)


def has_loops(gradient):
    """Whether a function was traced with a loop that stayed one."""
    programs = [leaf.specialization.program for leaf in gradient._dispatcher.leaves]
    for program in programs:
        for s in program.statements:
            if type(s.operation) is Loop:
                return True
            programs.extend(bodies_of(s.operation))
    return False


def expected(function, n):
    try:
        return function(0.3, n)
    except Exception as error:
        return error


def values(function, counts):
    with rolling(True):
        g = grad(function)
        for n in counts:
            want = expected(function, n)
            if isinstance(want, Exception):
                with pytest.raises(type(want)):
                    g.value(0.3, n)
            else:
                np.testing.assert_allclose(g.value(0.3, n), want, rtol=1e-12, err_msg=f"n = {n}")
    return g


@pytest.mark.parametrize("function", looping.EITHER, ids=lambda f: f.__name__.rstrip("_"))
def test_a_loop_may_be_rolled_for_some_counts_alone(function):
    values(function, COUNTS)
    values(function, COUNTS[::-1])


@pytest.mark.parametrize("function", ROLLED + UNROLLED, ids=lambda f: f.__name__.rstrip("_"))
def test_a_loop_is_right_for_every_count(function):
    up = values(function, COUNTS)
    down = values(function, COUNTS[::-1])
    assert has_loops(up) == has_loops(down) == (function in ROLLED)


SECOND = [looping.break_, looping.while_, looping.inner_, looping.pow_, looping_over_arrays.write_]
SECOND += [looping_over_arrays.swapped_]


@pytest.mark.parametrize("function", SECOND, ids=lambda f: f.__name__.rstrip("_"))
@pytest.mark.parametrize("n", [11, 35])
def test_operators_that_know_loops_agree_with_differences(function, n):
    x, h = 0.3, 1e-5
    with rolling(True):
        g = grad(function)
        slope = g(x, n)
        curvature = (g(x + h, n) - g(x - h, n)) / (2 * h)
        found = [
            hessian(function)(x, n),
            hvp(lambda x: function(x, n))(x, 1.0),
            derivative(lambda x: function(x, n), n=2)(x),
        ]
        moved = jvp(lambda x: function(x, n), (x,), (1.0,))[1]
    np.testing.assert_allclose(moved, slope, rtol=1e-10)
    np.testing.assert_allclose(found, curvature, rtol=1e-5, atol=1e-6 * (1 + abs(slope)))
    by_differences = (function(x + h, n) - function(x - h, n)) / (2 * h)
    np.testing.assert_allclose(slope, by_differences, rtol=1e-4, atol=1e-6)
