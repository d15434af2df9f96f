"""Recursion that is a loop: right for every depth, whichever came first, and as Python has it."""

from __future__ import annotations

import math
import sys

import numpy as np
import pytest

from symdiff import grad, value_and_grad
from symdiff.settings import rolling

from .following import differences, followed
from .recursing import EITHER, ROLLED, tail_
from .test_loops import has_loops

DEPTHS = (11, 0, 3, 1, 20, 2, 30, 10)


@pytest.mark.parametrize("function", ROLLED, ids=lambda f: f.__name__.rstrip("_"))
def test_it_is_a_loop(function):
    g = followed(function, DEPTHS, rtol=2e-6)
    assert has_loops(g)
    with rolling(False):
        plain = value_and_grad(function)(0.37, 30)
    with rolling(True):
        np.testing.assert_allclose(g(0.37, 30), plain, rtol=1e-11)


@pytest.mark.parametrize("function", EITHER, ids=lambda f: f.__name__.rstrip("_"))
@pytest.mark.parametrize("depths", [DEPTHS, DEPTHS[::-1]], ids=["down", "up"])
def test_it_is_right(function, depths):
    followed(function, depths, rtol=2e-6)


@pytest.mark.parametrize(
    "function", [f for f in ROLLED if f.__name__ in ("tail_", "expression_", "power_", "tuples_")]
)
def test_one_specialization_serves_all_depths(function):
    with rolling(True):
        g = grad(function)
        for n in (5, 0, 300, 1, 90, 12):
            np.testing.assert_allclose(
                g(0.9, n), differences(function, 0.9, n), rtol=1e-6, atol=1e-9
            )
        assert g.trace_count == 1


@pytest.mark.parametrize(
    "function", [f for f in ROLLED if f.__name__ in ("factors_", "after_the_call_", "by_name_")]
)
def test_few_serve_all_depths_where_values_are_kept(function):
    with rolling(True):
        g = grad(function)
        for n in (5, 0, 150, 1, 90, 12, 37, 2, 149):
            np.testing.assert_allclose(
                g(0.9, n), differences(function, 0.9, n), rtol=1e-5, atol=1e-9
            )
        assert g.trace_count <= 4


def helper(x, n):
    return x if n == 0 else 0.5 + helper(x * 0.9, n - 1) * x


def through_a_helper(x, n):
    return helper(x, n) * 2


def other(x, n):
    return 3 * x


def test_a_function_that_is_bound_anew_is_the_one_that_is_called():
    first = helper
    with rolling(True):
        g, inner = grad(through_a_helper), grad(first)
        try:
            for _ in range(2):
                for n in (12, 0, 1, 20):
                    for bound in (first, other, math.hypot, first):
                        globals()["helper"] = bound
                        for f, made in ((through_a_helper, g), (first, inner)):
                            wanted = differences(f, 0.4, n)
                            np.testing.assert_allclose(made(0.4, n), wanted, rtol=1e-6, atol=1e-9)
        finally:
            globals()["helper"] = first


SCALE = 0.9


def scaled(x, n):
    return x if n == 0 else SCALE * scaled(x * 0.9, n - 1) + x


def test_what_it_reads_outside_is_read_at_every_call():
    with rolling(True):
        g = grad(scaled)
        try:
            for globals()["SCALE"] in (0.9, 0.5, 2, 0.9):
                for n in (20, 3, 0):
                    np.testing.assert_allclose(g(0.4, n), differences(scaled, 0.4, n), rtol=1e-6)
        finally:
            globals()["SCALE"] = 0.9


def endless(x):
    return endless(x * 0.5)


def endless_sum(x):
    return x + endless_sum(x * 0.5)


@pytest.mark.parametrize("function", [endless, endless_sum])
def test_recursion_that_does_not_end_raises_as_in_python(function):
    with rolling(True), pytest.raises(RecursionError):
        grad(function)(0.3)


@pytest.mark.parametrize("function", ROLLED[:3], ids=lambda f: f.__name__.rstrip("_"))
def test_a_depth_beyond_pythons_limit_raises(function):
    limit = sys.getrecursionlimit()
    with rolling(True):
        g = grad(function)
        g(0.9, 20)
        for n in (limit + 100, limit + 1):
            with pytest.raises(RecursionError):
                g(0.9, n)
            np.testing.assert_allclose(g(0.9, 20), differences(function, 0.9, 20), rtol=1e-6)
        sys.setrecursionlimit(limit + 500)
        try:
            with rolling(True):
                made = g(0.9, limit + 100)
            wanted = differences(function, 0.9, limit + 100)
            np.testing.assert_allclose(made, wanted, rtol=1e-5, atol=1e-12)
        finally:
            sys.setrecursionlimit(limit)


def raises(x, n):
    if n == 0:
        return x
    if x < 0.1:
        raise ValueError(f"{n} left")
    return raises(x * 0.9, n - 1) + 0.1


def test_what_it_raises_is_raised():
    with rolling(True):
        g = grad(raises)
        for n in (5, 40, 10, 30, 0, 5):
            try:
                wanted = differences(raises, 0.5, n)
            except ValueError as error:
                with pytest.raises(ValueError, match=str(error)):
                    g(0.5, n)
            else:
                np.testing.assert_allclose(g(0.5, n), wanted, rtol=1e-6)


def test_the_derivative_of_a_derivative():
    with rolling(True):
        second = grad(grad(tail_))
        for n in (12, 3, 40):
            h = 1e-5
            with rolling(False):
                first = grad(tail_)
                wanted = (first(0.4 + h, n) - first(0.4 - h, n)) / (2 * h)
            np.testing.assert_allclose(second(0.4, n), wanted, rtol=1e-6)
