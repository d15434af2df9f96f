"""Loops over what containers and objects hold: right for every count, whichever came first."""

from __future__ import annotations

import numpy as np
import pytest

from symdiff import value_and_grad
from symdiff.settings import rolling

from .looping_over_state import ROLLED
from .state_seen_otherwise import EITHER
from .test_loops import has_loops

COUNTS = (11, 0, 3, 1, 20, 2, 30, 10)


def differences(function, x, n, h=1e-6):
    return (function(x + h, n) - function(x - h, n)) / (2 * h)


def followed(function, counts, x=0.37):
    """One gradient object for counts in turn."""
    with rolling(True):
        g = value_and_grad(function)
        for n in counts:
            value, slope = g(x, n)
            np.testing.assert_allclose(value, function(x, n), rtol=1e-12, err_msg=f"n = {n}")
            wanted = differences(function, x, n)
            np.testing.assert_allclose(slope, wanted, rtol=1e-6, atol=1e-8, err_msg=f"n = {n}")
    return g


@pytest.mark.parametrize("function", ROLLED, ids=lambda f: f.__name__.rstrip("_"))
def test_state_is_carried(function):
    g = followed(function, COUNTS)
    assert has_loops(g)
    with rolling(False):
        plain = value_and_grad(function)(0.37, 30)
    with rolling(True):
        np.testing.assert_allclose(g(0.37, 30), plain, rtol=1e-11)


@pytest.mark.parametrize("function", EITHER, ids=lambda f: f.__name__.rstrip("_"))
@pytest.mark.parametrize("counts", [COUNTS, COUNTS[::-1]], ids=["down", "up"])
def test_state_is_what_it_is(function, counts):
    followed(function, counts)
