"""What generators and recursive functions are is asked at every call: none of it may be stale."""

from __future__ import annotations

import math
from contextlib import contextmanager

import pytest

from symdiff import grad
from symdiff.settings import rolling

RATE = 0.9


def steps(x, n, f=0.5):
    for _ in range(n):
        x = x * RATE * f
        yield x


def other_steps(x, n, f=0.5):
    for k in range(n):
        yield x * k * f


class Line:
    def __init__(self, x, n):
        self.x, self.n = x, n

    def __iter__(self):
        for k in range(self.n):
            yield self.x * k


def parabola(self):
    for k in range(self.n):
        yield self.x * k * k


def falling(x, n, f=2.0):
    if n == 0:
        return x * f
    return falling(x * 0.9, n - 1, f) + 1


def rising(x, n, f=2.0):
    return x * x * f * n


def over_a_generator(x, n):
    t = 0.0
    for v in steps(x, n):
        t += v
    return t


def over_an_object(x, n):
    t = 0.0
    for v in Line(x, n):
        t += v
    return t


def of_a_recursion(x, n):
    return falling(x, n)


@contextmanager
def changed(owner, name, value):
    before = owner[name] if isinstance(owner, dict) else getattr(owner, name)
    put = owner.__setitem__ if isinstance(owner, dict) else lambda n, v: setattr(owner, n, v)
    put(name, value)
    try:
        yield
    finally:
        put(name, before)


CHANGES = [
    (globals(), "steps", other_steps),
    (steps, "__defaults__", (0.25,)),
    (steps, "__code__", other_steps.__code__),
    (globals(), "RATE", 1.1),
    (Line, "__iter__", parabola),
    (falling, "__defaults__", (3.0,)),
    (falling, "__code__", rising.__code__),
    (globals(), "falling", rising),
]


@pytest.mark.parametrize("function", [over_a_generator, over_an_object, of_a_recursion])
def test_what_has_changed_is_what_is_called(function):
    with rolling(True):
        g = grad(function)

        def check():
            for n in (15, 3, 0, 20):
                h = 1e-6
                wanted = (function(0.4 + h, n) - function(0.4 - h, n)) / (2 * h)
                assert math.isclose(g(0.4, n), wanted, rel_tol=1e-6, abs_tol=1e-8)

        check()
        for change in CHANGES:
            with changed(*change):
                check()
            check()
