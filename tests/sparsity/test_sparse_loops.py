"""Patterns of sparsity through loops, and the sparse derivatives of functions with loops."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from symdiff import sparse_hessian, sparse_jacobian
from symdiff.errors import LoopError
from symdiff.operators.alike import has_loops
from symdiff.settings import rolling
from symdiff.sparsity import dependence

from ..loops_by_hand import recorded

RNG = np.random.default_rng(4)


def stencil(x):
    y = x * 0.0
    for i in range(1, len(x) - 1):
        y[i] = np.sin(x[i - 1]) * x[i] + x[i + 1]
    return y


def backwards(x):
    y = x * 0.0
    for i in range(len(x) - 1, 1, -2):
        y[i - 1] = x[i] * x[i - 2]
        y[i] = x[i] * 2.0
    return y


def running(x):
    y = x * 0.0
    s = 0.0
    for i in range(len(x)):
        s = s * 0.5 + x[i] * x[i]
        y[i] = s
    return y


def swept(x):
    """What is written is read again, by later iterations."""
    y = x * 1.0
    for i in range(2, len(x)):
        y[i] = y[i - 2] * x[i]
    return y


def resets(x):
    y = x * 0.0
    s = 0.0
    for i in range(len(x)):
        if i % 5 == 0:
            s = 0.0
        s = s + x[i] * x[i]
        y[i] = s
    return y


def parted(x):
    y = x * 0.0
    for i in range(len(x) - 1):
        if x[i] > 0.0:
            y[i] = x[i] * x[i + 1]
        else:
            y[i] = x[i] ** 2
    return y


def grid(x):
    n = 5
    y = x * 0.0
    for i in range(1, n - 1):
        for j in range(1, n + 7):
            k = i * (n + 8) + j
            y[k] = x[k - 1] + x[k + 1] - 4.0 * x[k] * x[k] + x[k - n - 8] + x[k + n + 8]
    return y


def scratch(x):
    """An array that each iteration makes anew of one that stays."""
    base = x * 0.5
    y = x * 0.0
    for i in range(len(x) - 1):
        z = base * 1.0
        z[i] = x[i + 1]
        y[i] = z[i] * z[0]
    return y


def rosenbrock(x):
    s = 0.0
    for i in range(len(x) - 1):
        s = s + 100.0 * (x[i + 1] - x[i] ** 2) ** 2 + (1.0 - x[i]) ** 2
    return s


def chain(x):
    s = 0.0
    for i in range(2, len(x)):
        if x[i] > 0.2:
            s = s + np.sin(x[i]) * x[i - 2]
        else:
            s = s + x[i] ** 3 * x[i - 1]
    return s


def slope(function: Any, x: Any) -> Any:
    """What each element of the argument moves, by complex steps."""
    return np.array([function(x + step).imag / 1e-30 for step in np.eye(len(x)) * 1e-30j])


def exact(function: Any, x: Any) -> Any:
    """The Jacobian."""
    return slope(function, x).T


@pytest.mark.parametrize(
    "function", [stencil, backwards, running, swept, resets, parted, grid, scratch]
)
def test_jacobians(function: Any) -> None:
    size = 65 if function is grid else 24
    jacobian = sparse_jacobian(function)
    for _ in range(2):
        x = RNG.uniform(-1.0, 1.0, size)
        found = jacobian(x)
        np.testing.assert_allclose(found.toarray(), exact(function, x), rtol=1e-11, atol=1e-13)
    leaves = jacobian._dispatcher.leaves
    assert any(has_loops(k.specialization.program) for k in leaves)
    with rolling(False):
        other = sparse_jacobian(function)
        pattern = other.pattern(x).toarray()
    have = jacobian.pattern(x).toarray()
    assert not np.any(pattern & ~have)
    if function is not parted:  # of which both arms count
        np.testing.assert_array_equal(have, pattern)
        assert jacobian.sweeps == other.colors(x).max() + 1


@pytest.mark.parametrize("function", [rosenbrock, chain])
def test_hessians(function: Any) -> None:
    hessian, rng = sparse_hessian(function), np.random.default_rng(3)
    for _ in range(2):
        x = rng.uniform(-1.0, 1.0, 20)
        found = hessian(x).toarray()
        with rolling(False):
            other = sparse_hessian(function)
            np.testing.assert_allclose(found, other(x).toarray(), rtol=1e-11, atol=1e-12)
            assert not np.any(other.pattern(x).toarray() & ~hessian.pattern(x).toarray())
        ends = [(slope(function, x + h), slope(function, x - h)) for h in np.eye(20) * 1e-6]
        slopes = [(a - b) / 2e-6 for a, b in ends]
        np.testing.assert_allclose(found, slopes, rtol=1e-5, atol=1e-4)
    assert any(has_loops(k.specialization.program) for k in hessian._dispatcher.leaves)
    if function is rosenbrock:
        assert hessian.sweeps == 3


def test_a_count_that_is_an_argument_has_a_pattern_of_its_own() -> None:
    def f(x, n):
        y = x * 0.0
        for i in range(n):
            y[i] = x[i] * x[i + 1]
        return y

    jacobian = sparse_jacobian(f)
    for n in (12, 20, 9, 23, 12, 0):
        x = RNG.normal(size=24)
        expected = np.zeros((24, 24))
        for i in range(n):
            expected[i, i], expected[i, i + 1] = x[i + 1], x[i]
        np.testing.assert_allclose(jacobian(x, n).toarray(), expected, rtol=1e-14)
        np.testing.assert_array_equal(jacobian.pattern(x, n).toarray(), expected != 0)


def test_a_loop_that_ends_by_what_it_computes() -> None:
    def f(x, y):
        z, i = x * 0.0, 0
        while i < 20 and y[i] > 0.3:
            z[i] = x[i] * x[i + 1]
            i += 1
        return z

    jacobian = sparse_jacobian(f)
    for end in (15, 20, 3, 18):
        x, y = RNG.normal(size=24), np.ones(24)
        y[end] = 0.0
        expected = np.zeros((24, 24))
        for i in range(min(end, 20)):
            expected[i, i], expected[i, i + 1] = x[i + 1], x[i]
        np.testing.assert_allclose(jacobian(x, y).toarray(), expected, rtol=1e-14)


def test_many_colours_are_swept_one_by_one() -> None:
    x = RNG.normal(size=80)
    jacobian = sparse_jacobian(running)
    expected = np.tril(0.5 ** np.clip(np.subtract.outer(np.arange(80), np.arange(80)), 0, None))
    np.testing.assert_allclose(jacobian(x).toarray(), expected * 2.0 * x, rtol=1e-11, atol=1e-14)
    assert jacobian.sweeps == 80


def test_arms_that_hand_on_an_array_before_and_after_it_is_written_to() -> None:
    def f(xp, x):
        def body(c, e, v):
            y, i = c[0], c[1]
            first = lambda t, y, i: (xp.put(y, i, t), y)
            second = lambda t, y, i: (y, xp.put(y, i, t * 0.0 + 1.0))
            one, other = xp.branch(xp.take(v[0], 3) > 0.5, (xp.take(v[0], i), y, i), first, second)
            return one, i + 1, other

        found, _, _ = xp.loop(2, (x * 0.0, 0, x * 0.0), body, fixed=(x,))
        return found[0], found[2]

    x = np.array([0.3, 0.2, 0.7, 0.9])
    program = recorded(f, x)
    one, other = dependence(program, program.inputs[0])
    pattern = np.zeros((2, 4, 4), int)
    pattern[0, one.rows, one.columns] = pattern[1, other.rows, other.columns] = 1
    # In the end `one` may hold x[0] and x[1], and `other` what it was before, or without x[1].
    assert pattern[0, 0, 0] == pattern[0, 1, 1] == pattern[1, 0, 0] == 1


def test_an_array_is_written_to_in_arms_of_a_long_loop() -> None:
    x = np.sin(np.arange(5000.0) * 1.7)
    found = sparse_jacobian(parted)
    matrix = found(x)
    below = x[:-1] > 0
    np.testing.assert_allclose(matrix.diagonal()[:-1], np.where(below, x[1:], 2 * x[:-1]))
    np.testing.assert_allclose(matrix.diagonal(1), np.where(below, x[:-1], 0.0))
    assert has_loops(found._dispatcher.leaves[0].specialization.program)


def test_what_is_read_of_a_loop_twice() -> None:
    def f(xp, x):
        def body(c, e, v):
            rows, _, _ = xp.loop(
                4, (c[1], 0), lambda d, _, w: (xp.put(d[0], d[1], w[0]), d[1] + 1), fixed=(c[0],)
            )
            return c[0] * 2.0, rows[0]

        found, _, _ = xp.loop(3, (x[1], x), body)
        return found[0], found[1], x

    x = np.arange(4.0)
    program = recorded(f, x)
    found = dependence(program, program.inputs[0])
    assert [d.columns.tolist() for d in found] == [[1], [1, 1, 1, 1], [0, 1, 2, 3]]


def test_a_loop_of_no_known_count_is_refused() -> None:
    def f(xp, x):
        return xp.loop(
            None, (x[0],), lambda c, e, v: (c[0] * 2.0,), until=lambda c, e, v: c[0] < 9.0
        )[0]

    program = recorded(f, np.ones(3))
    with pytest.raises(LoopError, match="ends by itself"):
        dependence(program, program.inputs[0])
