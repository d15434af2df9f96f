"""Derivatives of branches by branches, against the same functions run on numbers of mpmath."""

from __future__ import annotations

import linecache
from collections.abc import Callable
from typing import Any

import autograd
import autograd.numpy
import mpmath
import numpy as np
import pytest
from numpy.testing import assert_allclose

from symdiff.differentiate import jvp, vjp
from symdiff.program.branches import Branch
from symdiff.program.program import Program

from ..loops_by_hand import Plain, compiled, optimized, recorded, unrolled
from .test_random_loops import gradient, moved, numbers, pulled

pytestmark = pytest.mark.sampled(every=4)

Function = Callable[..., Any]


def straight(xp: Any, x: Any, y: Any) -> Any:
    first, second = xp.branch(
        x > y,
        (x, y),
        lambda x, y: (xp.sin(x * y) * xp.exp(x), x),
        lambda x, y: (xp.cos(y), 2.0),
    )
    return first * second


def one_arm_uses_it(xp: Any, x: Any, y: Any) -> Any:
    """And what is given twice."""
    (a,) = xp.branch(x > y, (x, x, y), lambda x, z, y: (x * z * y,), lambda x, z, y: (z,))
    return a * x


def whole_numbers(xp: Any, x: Any, y: Any) -> Any:
    a, n = xp.branch(x > y, (x, y), lambda x, y: (x * y, 2), lambda x, y: (y * y, 3))
    return a * n + xp.branch(n > 2, (x, n), lambda x, n: (x * n,), lambda x, n: (xp.sin(x),))[0]


def in_arms(xp: Any, x: Any, y: Any) -> Any:
    def first(x: Any, y: Any) -> Any:
        t = xp.let(xp.exp(x * y))
        return xp.branch(y > 0.5, (t, x), lambda t, x: (t * x, t), lambda t, x: (x, xp.sin(t)))

    def second(x: Any, y: Any) -> Any:
        return xp.branch(y > 0.5, (x, y), lambda x, y: (x * y, 1.0), lambda x, y: (y, x * x))

    p, q = xp.branch(x > 0.6, (x, y), first, second)
    return p * q + p


def in_a_loop(xp: Any, x: Any, y: Any) -> Any:
    def body(c: Any, e: Any, v: Any) -> Any:
        def grow(s: Any, k: Any, x: Any) -> Any:
            xp.stop_unless(s < 6.0)
            t = xp.let(xp.sin(s) * x)
            return t * t + 1.0, k + 1

        test = c[0] * v[0] > 0.6
        return xp.branch(test, (*c, v[0]), grow, lambda s, k, x: (s * 1.7 + 0.3, k))

    found, _, _ = xp.loop(9, (y, 0), body, fixed=(x,), stops=True)
    return found[0] * found[0] * x


def a_loop_in_an_arm(xp: Any, x: Any, y: Any) -> Any:
    def first(x: Any, y: Any) -> Any:
        def body(c: Any, e: Any, v: Any) -> Any:
            return xp.sin(c[0]) * v[0] + 0.5, c[1] + 1

        found, _, trips = xp.loop(4, (x, 0), body, fixed=(y,))
        return found[0], trips

    a, n = xp.branch(x > y, (x, y), first, lambda x, y: (x * y, 5))
    return a * a * n


def a_tape_that_one_arm_reads(xp: Any, x: Any, y: Any) -> Any:
    _, tapes, _ = xp.loop(
        4, (x,), lambda c, e, v: [[xp.sin(c[0]) * v[0]], [c[0] * c[0]]], fixed=(y,), stacks=1
    )

    def first(tape: Any, x: Any) -> Any:
        total, _, _ = xp.loop(None, (x,), lambda c, e, v: (c[0] * 0.9 + e[0] * c[0],), (tape,))
        return (total[0],)

    (a,) = xp.branch(x > y, (tapes[0], x), first, lambda tape, x: (x * x,))
    return a * x


FUNCTIONS = [
    straight,
    one_arm_uses_it,
    whole_numbers,
    in_arms,
    in_a_loop,
    a_loop_in_an_arm,
    a_tape_that_one_arm_reads,
]
POINTS = [(0.7, 0.4), (0.3, 0.4), (0.7, 0.9), (0.3, 0.9)]


@pytest.mark.parametrize("at", POINTS)
@pytest.mark.parametrize("f", FUNCTIONS, ids=lambda f: f.__name__)
def test_first_and_second_derivatives(f: Function, at: tuple[float, float]) -> None:
    plain = Plain(mpmath.mp)
    with mpmath.workdps(30):
        of = lambda x, y: f(plain, x, y)
        slope = [float(mpmath.diff(of, at, order)) for order in ((1, 0), (0, 1))]
        bend = [
            [float(mpmath.diff(of, at, order)) for order in row]
            for row in (((2, 0), (1, 1)), ((1, 1), (0, 2)))
        ]
    close = {"rtol": 1e-11, "atol": 1e-12}
    for careful in (False, True):
        assert_allclose(numbers(gradient(recorded(f, *at)), at, careful), slope, **close)
        for k, along in enumerate(([1.0, 0.0], [0.0, 1.0])):
            found = numbers(moved(recorded(f, *at), along), at, careful)
            assert_allclose(found, [slope[k]], **close)
            for second in (
                moved(gradient(recorded(f, *at)), along),
                pulled(gradient(recorded(f, *at)), along),
                gradient(moved(recorded(f, *at), along)),
            ):
                assert_allclose(numbers(second, at, careful), bend[k], **close)


def test_a_derivative_is_made_of_branches() -> None:
    program = recorded(straight, 0.7, 0.4)
    for derived, count in ((gradient(program), 2), (moved(program, [1.0, 0.0]), 1)):
        operations = [type(s.operation) for s in optimized(derived).statements]
        assert operations.count(Branch) == count


def test_several_sweeps_go_back_through_one_branch() -> None:
    program, at = recorded(straight, 0.7, 0.4), (0.7, 0.4)
    first, second = vjp(program, program.inputs, [1.0]), vjp(program, program.inputs, [2.0])
    one, two = (numbers(p, at)[1:] for p in (first, second))
    assert_allclose(2.0 * one, two, rtol=1e-14)


ARRAYS = (0.6, np.array([0.3, -0.2, 0.5, 0.9]), np.array([1.1, 0.4, -0.6, 0.2]))


def whole_arrays(xp: Any, x: Any, a: Any, b: Any) -> Any:
    p, q = xp.branch(
        xp.sum(a) > x,
        (a, b, x),
        lambda a, b, x: (xp.sin(a * b), a * x),
        lambda a, b, x: (b, xp.put(b, 1, x)),
    )
    return xp.sum(p * q * a)


def elements(xp: Any, x: Any, a: Any, b: Any) -> Any:
    """One arm reads an element of what does not change, and writes one of what does."""

    def body(c: Any, e: Any, v: Any) -> Any:
        def write(s: Any, z: Any, k: Any, x: Any, b: Any) -> Any:
            return s + xp.take(z, k % 4) * xp.take(b, k % 4), xp.put(z, (k + 1) % 4, s * x)

        s, z, k = c
        test = xp.take(z, k % 4) > 0.25
        s, z = xp.branch(test, (s, z, k, *v), write, lambda s, z, k, x, b: (xp.sin(s) + 0.5, z))
        return s, z, k + 1

    found, _, _ = xp.loop(7, (x, a, 0), body, fixed=(x, b))
    return found[0] * xp.sum(found[1] * found[1])


def two_readers(xp: Any, x: Any, a: Any, b: Any) -> Any:
    """The body reads elements of an array, too, and so does a branch in an arm."""

    def body(c: Any, e: Any, v: Any) -> Any:
        def deep(s: Any, k: Any, b: Any) -> Any:
            inner = lambda s, k, b: (s * xp.take(b, k % 4),)
            return xp.branch(s > 0.8, (s, k, b), inner, lambda s, k, b: (s + 0.4,))

        s, k = c
        test = xp.take(v[0], k % 4) > 0.3
        (s,) = xp.branch(test, (s, k, v[0]), deep, lambda s, k, b: (s * 1.1,))
        return s + xp.take(v[0], (k + 1) % 4), k + 1

    found, _, _ = xp.loop(7, (x, 0), body, fixed=(b,))
    return found[0] * xp.sum(a * b)


@pytest.mark.parametrize("x", [0.6, 2.0])
@pytest.mark.parametrize("f", [whole_arrays, elements, two_readers], ids=lambda f: f.__name__)
def test_arms_with_arrays(f: Function, x: float) -> None:
    args = (x, *ARRAYS[1:])
    plain = Plain(autograd.numpy)
    slopes = [autograd.grad(lambda *a: f(plain, *a), k)(*args) for k in range(3)]
    want = np.concatenate([np.ravel(s) for s in slopes])
    for careful in (False, True):
        assert_allclose(numbers(gradient(recorded(f, *args)), args, careful), want, 1e-12, 1e-14)
    rng = np.random.default_rng(0)
    along = [float(rng.normal()), rng.normal(size=4), rng.normal(size=4)]
    slope = want @ np.concatenate([np.ravel(t) for t in along])
    assert_allclose(numbers(moved(recorded(f, *args), along), args), [slope], 1e-12)
    bend = numbers(moved(gradient(unrolled(f, *args)), along), args)
    for second in (
        moved(gradient(recorded(f, *args)), along),
        pulled(gradient(recorded(f, *args)), along),
    ):
        assert_allclose(numbers(second, args), bend, 1e-11, 1e-13)


def test_an_element_costs_an_element_in_an_arm() -> None:
    """The cotangent of an array that arms read by element is added to where it is."""
    program = optimized(gradient(recorded(elements, *ARRAYS)))
    made = compiled(program).function
    text = "".join(linecache.getlines(made.__code__.co_filename))
    inside = [line for line in text.splitlines() if line.startswith("        ")]
    assert not any("scatter" in line or "numpy.array" in line for line in inside)


# -- what an arm that is not taken would give


def same_as_written_out(f: Function, *args: Any) -> None:
    """Where the function written out has a derivative, it is that, in both modes and orders."""
    for careful in (False, True):
        want = numbers(gradient(unrolled(f, *args)), args, careful)
        assert np.isfinite(want).all()
        assert_allclose(numbers(gradient(recorded(f, *args)), args, careful), want, 1e-12)
    for k in range(len(args)):
        along = [float(k == n) for n in range(len(args))]
        want = numbers(moved(unrolled(f, *args), along), args)
        assert np.isfinite(want).all()
        assert_allclose(numbers(moved(recorded(f, *args), along), args), want, 1e-12)
        bend = numbers(moved(gradient(unrolled(f, *args)), along), args)
        for second in (
            moved(gradient(recorded(f, *args)), along),
            pulled(gradient(recorded(f, *args)), along),
        ):
            assert_allclose(numbers(second, args), bend, 1e-12)


def root_before(xp: Any, x: Any, y: Any) -> Any:
    r = xp.let(xp.sqrt(x))
    return xp.branch(x > 0.0, (r, y), lambda r, y: (r * y,), lambda r, y: (y,))[0]


def root_in_the_arm(xp: Any, x: Any, y: Any) -> Any:
    return xp.branch(x > 0.0, (x, y), lambda x, y: (xp.sqrt(x) * y,), lambda x, y: (y * y,))[0]


def root_after(xp: Any, x: Any, y: Any) -> Any:
    """A constant in one arm, which moves in the other."""
    (r,) = xp.branch(x > 0.0, (x, y), lambda x, y: (x * y,), lambda x, y: (0.0,))
    return xp.sqrt(r) * y + y * y


def root_of_the_root(xp: Any, x: Any, y: Any) -> Any:
    (r,) = xp.branch(x > 0.0, (x, y), lambda x, y: (x * y,), lambda x, y: (0.0,))
    (s,) = xp.branch(y > 0.0, (r, y), lambda r, y: (xp.let(xp.sqrt(r)) * y,), lambda r, y: (r,))
    return s + y * y


def infinite_before(xp: Any, x: Any, y: Any) -> Any:
    """What is infinite for no reason of its own, and left out where it is."""
    big = xp.let(x * y)
    return xp.branch(x < 1e300, (big, y), lambda s, y: (s * y,), lambda s, y: (y * y,))[0]


def root_in_a_loop(xp: Any, x: Any, y: Any) -> Any:
    def body(c: Any, e: Any, v: Any) -> Any:
        r = xp.let(xp.sqrt(c[0]))
        arms = lambda r, s, y: (r * y,), lambda r, s, y: (s + 0.3 * y,)
        return xp.branch(c[0] > 0.5, (r, c[0], v[0]), *arms)

    return xp.loop(4, (x * 1.0,), body, fixed=(y,))[0][0] * y


def reset_in_a_loop(xp: Any, x: Any, y: Any) -> Any:
    def body(c: Any, e: Any, v: Any) -> Any:
        def first(s: Any, r: Any, y: Any) -> Any:
            return s * y, xp.sqrt(s)

        s, r, k = c
        s, r = xp.branch(k < 2, (s, r, v[0]), first, lambda s, r, y: (0.0, xp.sqrt(s) + r))
        return s, r, k + 1

    found, _, _ = xp.loop(4, (x + 0.5, y, 0), body, fixed=(y,))
    return found[0] + found[1] * y


@pytest.mark.parametrize(
    ("f", "x"),
    [
        (root_before, 0.0),
        (root_in_the_arm, 0.0),
        (root_in_the_arm, -1.0),
        (root_after, -1.0),
        (root_of_the_root, -1.0),
        (infinite_before, np.inf),
        (root_in_a_loop, 0.0),
        (reset_in_a_loop, 0.0),
    ],
)
def test_nothing_reaches_an_infinite_slope_by_an_arm_that_is_not_taken(
    f: Function, x: float
) -> None:
    same_as_written_out(f, x, 2.0)


def test_results_that_nobody_reads_are_not_differentiated() -> None:
    def f(xp: Any, x: Any, y: Any) -> Any:
        arms = lambda x, y: (xp.sin(x), xp.exp(y), y), lambda x, y: (x, y, xp.exp(x))
        return xp.branch(x > y, (x, y), *arms)[0] * x

    program = optimized(gradient(recorded(f, 0.7, 0.4)))
    assert "exp" not in str(program)


def test_a_tangent_that_is_an_argument() -> None:
    program = recorded(straight, 0.7, 0.4)
    derived = jvp(program, program.inputs, [1.0, 0.5])
    whole = Program("j", derived.inputs, derived.statements, derived.outputs[1:])
    slopes = numbers(gradient(recorded(straight, 0.7, 0.4)), (0.7, 0.4))
    assert_allclose(numbers(whole, (0.7, 0.4)), [slopes @ [1.0, 0.5]], rtol=1e-14)
