"""Loops over what containers and objects hold: right for every count, whichever came first."""

from __future__ import annotations

import numpy as np
import pytest

from symdiff import value_and_grad
from symdiff.settings import rolling

from . import (
    generators_seen_otherwise,
    looping_over_cases,
    looping_over_catches,
    looping_over_generators,
    looping_over_state,
    state_seen_otherwise,
)
from .following import differences, followed
from .test_loops import has_loops

OTHERS = (looping_over_generators, looping_over_cases, looping_over_catches)
ROLLED = looping_over_state.ROLLED + [f for m in OTHERS for f in m.ROLLED]
OTHERWISE = (state_seen_otherwise, generators_seen_otherwise, *OTHERS[1:])
EITHER = [f for m in OTHERWISE for f in m.EITHER]
COUNTS = (11, 0, 3, 1, 20, 2, 30, 10)


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


class Kept:
    rate, total = 0.9, 0.0

    def __init__(self, v):
        self.v = v


def bound_in_some_iteration(x, n):
    o = Kept(x)
    for k in range(n):
        o.v = o.v * o.rate
        if k == 7:
            o.rate = 0.5
    return o.v


def bound_in_the_first(x, n):
    o = Kept(x)
    for k in range(n):
        o.total += 0.1 * k * x
    return o.total


def taken_away(x, n):
    o = Kept(x)
    for k in range(n):
        o.total += x
        if k == 9:
            del o.total
    return o.total + x


@pytest.mark.parametrize("function", [bound_in_some_iteration, bound_in_the_first, taken_away])
@pytest.mark.parametrize("counts", [COUNTS, COUNTS[::-1]], ids=["down", "up"])
def test_what_a_class_holds_is_read_at_every_call(monkeypatch, function, counts):
    """An object has what its class holds until it is bound in the object itself."""
    with rolling(True):
        g = value_and_grad(function)
        for n in counts:
            for rate in (0.9, 0.4, 0.7):
                monkeypatch.setattr(Kept, "rate", rate)
                monkeypatch.setattr(Kept, "total", rate)
                value, slope = g(0.37, n)
                np.testing.assert_allclose(value, function(0.37, n), rtol=1e-12)
                wanted = differences(function, 0.37, n)
                np.testing.assert_allclose(slope, wanted, rtol=1e-6, atol=1e-8)
