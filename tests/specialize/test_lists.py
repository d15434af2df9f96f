"""Lists in loops: right for every count, whichever came first, and loops all the same."""

from __future__ import annotations

import numpy as np
import pytest

from symdiff import grad, hessian, jvp, value_and_grad
from symdiff.settings import rolling

from . import listing
from .test_loops import has_loops

COUNTS = (20, 0, 3, 35, 11, 12, 4, 30, 1)


def slope(function, x, n):
    h = 1e-6
    return (function(x + h, n) - function(x - h, n)) / (2 * h)


def check(function, counts):
    """Values and slopes by one gradient object, for counts in turn."""
    g = value_and_grad(function)
    for n in counts:
        try:
            want = function(0.37, n)
        except IndexError:
            with pytest.raises(IndexError):
                g(0.37, n)
            continue
        value, found = g(0.37, n)
        np.testing.assert_allclose(value, want, rtol=1e-12, err_msg=f"n = {n}")
        np.testing.assert_allclose(found, slope(function, 0.37, n), rtol=1e-5, atol=1e-6)
    return g


@pytest.mark.parametrize("function", listing.ROLLED, ids=lambda f: f.__name__.rstrip("_"))
def test_loops_over_lists_stay_loops_for_every_count(function):
    with rolling(True):
        assert has_loops(check(function, COUNTS))
        g = grad(function)
        found = [g(0.37, n) for n in COUNTS[::-1]]
    with rolling(False):
        g = grad(function)
        np.testing.assert_allclose(found, [g(0.37, n) for n in COUNTS[::-1]], rtol=1e-10)


@pytest.mark.parametrize("function", listing.OTHERS, ids=lambda f: f.__name__.rstrip("_"))
def test_lists_that_others_see_are_what_they_are(function):
    with rolling(True):
        check(function, COUNTS)


def test_one_trace_serves_lists_of_many_lengths():
    g = grad(listing.appended_)
    for n in (1000, 999, 640, 700, 1001, 520):
        np.testing.assert_allclose(g(0.37, n), slope(listing.appended_, 0.37, n), rtol=1e-6)
    assert g.trace_count == 1


def test_the_code_does_not_grow_with_the_list():
    for function in (listing.appended_, listing.comprehension_, listing.recurrence_):
        g = grad(function)
        g(0.37, 2000)
        (leaf,) = g._dispatcher.leaves
        assert len(leaf.specialization.program.statements) < 100


@pytest.mark.parametrize(
    "function", [listing.appended_, listing.filtered_, listing.sorted_, listing.written_]
)
def test_other_operators_know_loops_over_lists(function):
    x, h, n = 0.37, 1e-5, 14
    with rolling(True):
        g = grad(function)
        curvature = (g(x + h, n) - g(x - h, n)) / (2 * h)
        np.testing.assert_allclose(hessian(function)(x, n), curvature, rtol=1e-4, atol=1e-6)
        _, tangent = jvp(lambda x: function(x, n), (x,), (1.0,))
        np.testing.assert_allclose(tangent, g(x, n), rtol=1e-10)


def test_an_item_that_is_not_there_is_missed_as_in_a_list():
    def last_but_three(x, n):
        values = [x]
        for k in range(n):
            values.append(values[-1] * 0.5 + k)
        return values[-4] + values[k - 12]

    g = grad(last_but_three)
    for n in (12, 30, 2, 12, 13):
        if n < 12:
            with pytest.raises(IndexError):
                g(0.5, n)
        else:
            np.testing.assert_allclose(
                g(0.5, n), slope(last_but_three, 0.5, n), rtol=1e-5, atol=1e-7
            )


def test_a_division_by_an_item_that_is_zero_raises_as_in_python():
    def quotients(x, n):
        values = [x]
        for _ in range(n):
            values.append(values[-1] - 1.0)
        total = 0.0
        for v in values:
            total += 1.0 / v
        return total

    g = grad(quotients)
    np.testing.assert_allclose(g(0.5, 20), slope(quotients, 0.5, 20), rtol=1e-6)
    with pytest.raises(ZeroDivisionError):
        g(5.0, 20)
    np.testing.assert_allclose(g(5.5, 30), slope(quotients, 5.5, 30), rtol=1e-6)
