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


class Point:
    __slots__ = ("x", "y")

    def __init__(self, x):
        self.x = x


def test_what_is_made_at_every_call_and_kept_has_its_slots():
    kept = []

    def f(x):
        made = Point(x)
        kept.append(made)
        return made.x * x

    g = grad(f)
    for x in (3.0, 4.0, 5.0):
        assert g(x) == 2 * x
    assert [type(made) for made in kept] == [Point] * 3
    assert [made.x for made in kept] == [3.0, 4.0, 5.0]
    assert not any(hasattr(made, "y") for made in kept)


def test_an_error_of_the_system_that_is_made_and_kept_is_whole():
    kept = []

    def f(x):
        kept.append(OSError(2, "no such file", "a.txt"))
        kept.append(BlockingIOError(11, "would wait", 5))
        return x * x

    g = grad(f)
    for x in (3.0, 4.0, 5.0):
        assert g(x) == 2 * x
    assert [type(error) for error in kept] == [FileNotFoundError, BlockingIOError] * 3
    assert {(e.errno, e.strerror, e.filename) for e in kept[::2]} == {(2, "no such file", "a.txt")}
    assert {error.characters_written for error in kept[1::2]} == {5}
    assert len({id(error) for error in kept}) == 6
