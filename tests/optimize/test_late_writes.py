"""Writes of an iteration come behind the guards that may end it."""

from __future__ import annotations

import math

import numpy as np

from symdiff import grad
from symdiff.operators.building import optimized
from symdiff.program.loops import Loop
from symdiff.program.program import Guard
from symdiff.settings import rolling


def two_lists(x, n):
    first, second, k = [], [], n
    while k > 0:
        first.append(0.1 * k)
        second.append(x)
        x = 0.9 * x + first[-1]
        k -= 1
    return x + sum(first) * sum(second)


def overwritten(x, n):
    y = np.zeros(5)
    for k in range(n):
        y[k % 5] = x * k
        if y[(k + 2) % 5] > 3.0:
            break
        y[(k + 1) % 5] = x
    return np.sum(y * np.arange(5.0))


def test_writes_of_lists_are_behind_all_guards():
    with rolling(True):
        g = grad(two_lists)
        for n in (20, 3, 50, 0, 20):
            h = 1e-6
            wanted = (two_lists(0.4 + h, n) - two_lists(0.4 - h, n)) / (2 * h)
            np.testing.assert_allclose(g(0.4, n), wanted, rtol=1e-6)
    bodies = [
        s.operation.body
        for leaf in g._dispatcher.leaves
        for s in optimized(leaf.specialization.program).statements
        if type(s.operation) is Loop
    ]
    assert bodies
    for body in bodies:
        kinds = [(type(s.operation), s.operation.name) for s in body.statements]
        guards = [k for k, (kind, _) in enumerate(kinds) if kind is Guard]
        writes = [k for k, (_, name) in enumerate(kinds) if name == "setitem"]
        read = any(name == "getitem" for _, name in kinds)
        assert read or not writes or min(writes) > max(guards)


def test_what_is_read_between_is_read_as_it_was_written():
    with rolling(True):
        g = grad(overwritten)
        for x, n in ((0.31, 30), (0.31, 5), (0.02, 40), (0.41, 12), (0.31, 1)):
            h = 1e-6
            wanted = (overwritten(x + h, n) - overwritten(x - h, n)) / (2 * h)
            assert math.isclose(g(x, n), wanted, rel_tol=1e-6, abs_tol=1e-9)
