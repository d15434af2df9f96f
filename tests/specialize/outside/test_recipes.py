"""Whether a value holds what is traced."""

from __future__ import annotations

from collections import deque

import pytest

from symdiff import grad
from symdiff.specialize.outside.recipes import reaches_traced


class Holder:
    def __init__(self, held):
        self.held = held


class Called(Holder):
    def __call__(self):
        return self.held


HOLDING = {
    "list": lambda x: [1.0, x],
    "dict": lambda x: {"a": (x,)},
    "deque": lambda x: deque([x]),
    "object": Holder,
    "object in an object": lambda x: Holder(Holder({"a": x})),
    "exception": lambda x: _with(ValueError("no"), x),
}
NOT_LOOKED_INTO = {
    "number": lambda x: 1.0,
    "text": lambda x: "a",
    "class": lambda x: Holder,
    "what can be called": Called,
}


def _with(error, x):
    error.held = x
    return error


@pytest.mark.parametrize("name", [*HOLDING, *NOT_LOOKED_INTO])
def test_values_that_hold_what_is_traced(name):
    found = []

    def f(x):
        make = HOLDING.get(name) or NOT_LOOKED_INTO[name]
        found.append(_asked(make(x)))
        return x * x

    assert grad(f)(0.5) == 1.0
    assert found == [name in HOLDING]


def _asked(value):
    return reaches_traced(value)


_asked.__symdiff_traced__ = lambda hooks, *args: reaches_traced(*args)
