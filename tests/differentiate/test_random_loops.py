"""Random functions with loops and branches: their values, gradients and second derivatives.

The values are those of the same function run by NumPy, the gradients those of autograd, and second
derivatives those of the function with its loops written out.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import autograd
import autograd.numpy
import numpy as np
import pytest
from numpy.testing import assert_allclose

from symdiff.differentiate import jvp, vjp
from symdiff.errors import LoopError
from symdiff.program.program import Program

from ..loops_by_hand import Plain, compiled, optimized, recorded, unrolled
from ..random_loops import Random, arguments

PLAIN = Plain(autograd.numpy)


def gradient(program: Program) -> Program:
    derived = vjp(program, program.inputs, [1.0])
    return Program("g", derived.inputs, derived.statements, derived.outputs[1:])


def moved(program: Program, tangents: list[Any]) -> Program:
    """The tangents of a program's outputs."""
    derived = jvp(program, program.inputs, tangents)
    outputs = derived.outputs[len(program.outputs) :]
    return Program("j", derived.inputs, derived.statements, outputs)


def pulled(program: Program, cotangents: list[Any]) -> Program:
    """The cotangents of a program's inputs."""
    derived = vjp(program, program.inputs, cotangents)
    outputs = derived.outputs[len(program.outputs) :]
    return Program("h", derived.inputs, derived.statements, outputs)


def numbers(program: Program, args: tuple[Any, ...], careful: bool = False) -> Any:
    """All outputs of a program in a row; the arguments stay as they are."""
    before = [np.copy(a) for a in args]
    program = optimized(program)
    with np.errstate(all="ignore"):  # as operators run the careful form
        try:
            found = compiled(program, careful).function(*args)
        except ArithmeticError:
            assert not careful
            found = compiled(program, True).function(*args)
    assert all(map(np.array_equal, before, args))
    return np.concatenate([np.ravel(x) for x in found]).astype(float)


def tangents_for(args: tuple[Any, ...]) -> list[Any]:
    rng = np.random.default_rng(1)
    return [rng.normal(size=a.shape) if np.shape(a) else float(rng.normal()) for a in args]


@pytest.mark.parametrize("arrays", [False, True])
@pytest.mark.parametrize("seed", range(25))
def test_values(seed: int, arrays: bool) -> None:
    f, args = Random(seed, arrays=arrays), arguments(seed, arrays)
    want = float(f(PLAIN, *args))
    for careful in (False, True):
        assert_allclose(numbers(recorded(f, *args), args, careful), [want], 1e-12, 1e-12)


@pytest.mark.parametrize("arrays", [False, True])
@pytest.mark.parametrize("seed", range(100, 112))
def test_gradients(seed: int, arrays: bool) -> None:
    f, args = Random(seed, 2, arrays, small=True), arguments(seed, arrays)
    slopes = [autograd.grad(lambda *a: f(PLAIN, *a), k)(*args) for k in range(len(args))]
    want = np.concatenate([np.ravel(s) for s in slopes])
    assert_allclose(numbers(gradient(recorded(f, *args)), args), want, 1e-10, 1e-12)
    direction = tangents_for(args)
    along = want @ np.concatenate([np.ravel(t) for t in direction])
    found = numbers(moved(recorded(f, *args), direction), args, careful=True)
    assert_allclose(found, [along], 1e-10, 1e-12)


@pytest.mark.parametrize("arrays", [False, True])
@pytest.mark.parametrize("seed", range(200, 206))
def test_second_derivatives(seed: int, arrays: bool) -> None:
    f, args = Random(seed, 2, arrays, small=True), arguments(seed, arrays)
    direction = tangents_for(args)
    want = numbers(moved(gradient(unrolled(f, *args)), direction), args)
    for found in (
        moved(gradient(recorded(f, *args)), direction),
        pulled(gradient(recorded(f, *args)), direction),
        gradient(moved(recorded(f, *args), direction)),
    ):
        assert_allclose(numbers(found, args), want, 1e-9, 1e-11)


@pytest.mark.parametrize("seed", range(300, 312))
def test_values_with_branches(seed: int) -> None:
    f, args = Random(seed, branches=True), arguments(seed, True)
    want = float(f(PLAIN, *args))
    for careful in (False, True):
        assert_allclose(numbers(recorded(f, *args), args, careful), [want], 1e-11, 1e-11)


@pytest.mark.parametrize("arrays", [False, True])
@pytest.mark.parametrize("seed", range(400, 406))
def test_gradients_with_branches(seed: int, arrays: bool) -> None:
    f, args = Random(seed, 2, arrays, small=True, branches=True), arguments(seed, arrays)
    slopes = [autograd.grad(lambda *a: f(PLAIN, *a), k)(*args) for k in range(len(args))]
    want = np.concatenate([np.ravel(s) for s in slopes])
    assert_allclose(numbers(gradient(recorded(f, *args)), args), want, 1e-9, 1e-11)
    direction = tangents_for(args)
    along = want @ np.concatenate([np.ravel(t) for t in direction])
    assert_allclose(numbers(moved(recorded(f, *args), direction), args), [along], 1e-9, 1e-11)


@pytest.mark.parametrize("seed", range(500, 503))
def test_second_derivatives_with_branches(seed: int) -> None:
    f, args = Random(seed, 2, True, small=True, branches=True), arguments(seed, True)
    direction = tangents_for(args)
    want = numbers(moved(gradient(unrolled(f, *args)), direction), args)
    for found in (
        moved(gradient(recorded(f, *args)), direction),
        pulled(gradient(recorded(f, *args)), direction),
    ):
        assert_allclose(numbers(found, args), want, 1e-8, 1e-10)


# -- what random functions found


def check(f: Callable[..., Any], *args: Any) -> None:
    slopes = [autograd.grad(lambda *a: f(PLAIN, *a), k)(*args) for k in range(len(args))]
    want = np.concatenate([[f(PLAIN, *args)], *[np.ravel(s) for s in slopes]])
    program = recorded(f, *args)
    derived = vjp(program, program.inputs, [1.0])
    for careful in (False, True):
        assert_allclose(numbers(derived, args, careful), want, 1e-12, 1e-14)


@pytest.mark.parametrize("n", [0, 1, 3])
def test_a_value_that_is_reset_counts_where_there_is_no_iteration(n: int) -> None:
    def f(xp: Any, x: Any, y: Any) -> Any:
        found, _, _ = xp.loop(n, (x * y, y), lambda c, e, v: (2.0 * c[1], xp.sin(v[0])), fixed=(x,))
        return found[0] * found[0] + found[1] + y * y

    check(f, 0.7, -0.4)


@pytest.mark.parametrize("bound", [-1.0, 0.5, 2.0])
def test_what_is_written_before_the_loop_is_left_was_not_written(bound: float) -> None:
    def f(xp: Any, x: Any, a: Any) -> Any:
        def body(c: Any, e: Any, v: Any) -> Any:
            changed = xp.put(c[1], 2, xp.sin(c[0]) + 3.0)
            xp.stop_unless(c[0] < bound)
            again = xp.put(changed, c[2] % 2, c[0])
            return c[0] + 0.3, again, c[2] + 1

        found, _, _ = xp.loop(20, (x, a * x, 0), body, stops=True)
        return xp.sum(found[1] * found[1]) + found[0]

    check(f, 0.1, np.array([0.3, -0.2, 0.8]))


@pytest.mark.parametrize("x", [1.3, 0.9, -0.7])
def test_an_element_that_is_written_before_the_loop_is_left_was_not_written(x: float) -> None:
    def f(xp: Any, x: Any, a: Any) -> Any:
        def body(c: Any, e: Any, v: Any) -> Any:
            k = c[2] % 4
            sum_of_two = xp.take(c[1], k) * v[0] + xp.take(c[1], (c[2] + 1) % 4)
            changed = xp.put(c[1], k, sum_of_two)
            xp.stop_unless(xp.take(changed, k) * xp.take(changed, k) < 1.0)
            return c[0] + xp.take(changed, k), changed, c[2] + 1

        found, _, _ = xp.loop(30, (x, a, 0), body, fixed=(x,), stops=True)
        return found[0] * found[0] + xp.sum(found[1] * found[1])

    check(f, x, np.array([0.3, -0.2, 0.5, 0.1]))


def test_an_array_that_is_stacked_is_not_written_to_afterwards() -> None:
    def f(xp: Any, x: Any, a: Any) -> Any:
        def body(c: Any, e: Any, v: Any) -> Any:
            entry = xp.let(c[0] * 1.0)
            return [[xp.put(c[0], c[1] % 3, v[0]), c[1] + 1], [entry]]

        _, tapes, _ = xp.loop(5, (a, 0), body, fixed=(x,), stacks=1)
        total, _, _ = xp.loop(
            None, (0.0,), lambda c, e, v: (c[0] * 0.9 + xp.sum(e[0] * e[0]),), tapes
        )
        return total[0]

    check(f, 0.6, np.array([0.3, -0.2, 0.8]))


def same_as_written_out(f: Callable[..., Any], *args: Any) -> None:
    """Both derivatives are those of the function with its loops written out."""
    for careful in (False, True):
        want = numbers(gradient(unrolled(f, *args)), args, careful)
        assert np.isfinite(want).all()
        assert_allclose(numbers(gradient(recorded(f, *args)), args, careful), want, 1e-12)
    for k in range(len(args)):
        along = [float(k == n) for n in range(len(args))]
        want = numbers(moved(unrolled(f, *args), along), args)
        assert_allclose(numbers(moved(recorded(f, *args), along), args), want, 1e-12)


@pytest.mark.parametrize("x", [0.0, 0.7, -0.7])
@pytest.mark.parametrize("n", [0, 1, 4])
def test_what_has_sides_before_a_loop_moves_it(n: int, x: float) -> None:
    def f(xp: Any, x: Any, y: Any) -> Any:
        first = xp.let(xp.maximum(x, y * y))
        found, _, _ = xp.loop(n, (first,), lambda c, e, v: (xp.sin(c[0]) + v[0],), fixed=(first,))
        return found[0] * xp.abs(x)

    same_as_written_out(f, x, 0.5)


@pytest.mark.parametrize("n", [0, 1, 3])
def test_nothing_reaches_an_infinite_slope_before_a_loop_that_forgets_it(n: int) -> None:
    def f(xp: Any, x: Any, y: Any) -> Any:
        first = xp.let(xp.sqrt(x))
        found, _, _ = xp.loop(
            n, (y, first), lambda c, e, v: (c[0] * xp.cos(v[0]), 0.5 * c[0]), fixed=(y,)
        )
        return found[0] * found[1] if n else found[0] * y

    same_as_written_out(f, 0.0, 0.8)


def test_nothing_reaches_an_infinite_slope_in_the_last_iteration() -> None:
    def f(xp: Any, x: Any, y: Any) -> Any:
        def body(c: Any, e: Any, v: Any) -> Any:
            return c[0] + v[1] * c[1], xp.let(xp.sqrt(c[2] * v[0])), c[2] - 1.0

        found, _, _ = xp.loop(3, (0.0, y, 2.0), body, fixed=(x, y))
        return found[0] * x

    same_as_written_out(f, 0.6, 0.8)


@pytest.mark.parametrize("inside", [False, True])
def test_no_second_derivative_of_sides_across_a_loop(inside: bool) -> None:
    def f(xp: Any, x: Any) -> Any:
        first = x if inside else xp.let(xp.abs(x))
        found, _, _ = xp.loop(
            2, (first,), lambda c, e, v: (xp.cosh(xp.abs(c[0]) if inside else c[0]),)
        )
        return found[0]

    with pytest.raises(LoopError, match="sides"):
        moved(gradient(recorded(f, 0.0)), [1.0])


@pytest.mark.parametrize("n", [0, 3])
def test_what_a_loop_leaves_as_it_was_does_not_move(n: int) -> None:
    """A constant that no iteration changes has no slope, before an infinite one either."""

    def f(xp: Any, x: Any, y: Any) -> Any:
        found, _, _ = xp.loop(n, (0.0,), lambda c, e, v: (c[0] + v[0],), fixed=(x,))
        return xp.sqrt(found[0]) * y + x * y

    same_as_written_out(f, 0.7, 0.4)


def test_a_tape_that_is_read_for_itself_and_for_the_way_back() -> None:
    def f(xp: Any, x: Any, y: Any) -> Any:
        def body(c: Any, e: Any, v: Any) -> Any:
            return [[xp.sin(c[0]) * v[0]], [c[0]]]

        found, tapes, _ = xp.loop(3, (x,), body, fixed=(y,), stacks=1)
        squares = lambda c, e, v: (c[0] + e[0] * e[0] * c[0],)
        total, _, _ = xp.loop(None, (y,), squares, tapes)
        return found[0] * total[0]

    args, along = (0.7, 0.4), [0.3, -0.8]
    want = numbers(moved(gradient(unrolled(f, *args)), along), args)
    for second in (
        moved(gradient(recorded(f, *args)), along),
        pulled(gradient(recorded(f, *args)), along),
    ):
        assert_allclose(numbers(second, args), want, 1e-12)
