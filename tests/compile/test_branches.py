"""Branches as compiled code: the values of the function run by Python, and lines as by hand."""

from __future__ import annotations

import linecache
import math
import time
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from numpy.testing import assert_array_equal

from symdiff.differentiate import vjp
from symdiff.program.program import Program

from ..loops_by_hand import Plain, compiled, optimized, recorded

PLAIN = Plain(np)


def source_of(f: Callable[..., Any], *args: Any) -> str:
    made = compiled(optimized(recorded(f, *args))).function
    return "".join(linecache.getlines(made.__code__.co_filename))


def same_as_python(f: Callable[..., Any], *args: Any) -> None:
    """The function gives what it gives as Python, compiled in each form; arguments stay."""
    before = [np.copy(a) for a in args]
    want = f(PLAIN, *[np.copy(a) if np.shape(a) else a for a in args])
    want = want if isinstance(want, tuple | list) else (want,)
    for program in (recorded(f, *args), optimized(recorded(f, *args))):
        for careful in (False, True):
            with np.errstate(all="ignore"):
                found = compiled(program, careful).function(*args)
            for one, other in zip(found, want, strict=True):
                assert_array_equal(one, other)
            for one, other in zip(before, args, strict=True):
                assert_array_equal(one, other)


@pytest.mark.parametrize("x", [-1.0, 0.0, 2.0, math.nan])
def test_one_arm_is_run(x: float) -> None:
    def f(xp: Any, x: Any, y: Any) -> Any:
        return xp.branch(x > 0.0, (x, y), lambda a, b: (a * b, 1), lambda a, b: (b, 0))

    same_as_python(f, x, 3.0)


def test_what_an_arm_that_is_not_taken_would_compute_is_not_computed() -> None:
    def f(xp: Any, x: Any) -> Any:
        return xp.branch(x > 0.0, (x,), lambda a: (xp.log(a),), lambda a: (a,))

    same_as_python(f, -1.0)
    with pytest.raises(ZeroDivisionError):
        compiled(recorded(lambda xp, x: xp.branch(x > 0.0, (x,), *_arms()), 1.0)).function(1.0)


def _arms() -> tuple[Any, Any]:
    return lambda a: (1.0 / (a * 0.0),), lambda a: (a,)


@pytest.mark.parametrize("x", [[1.0, 2.0], [1.0, -2.0]])
def test_a_condition_of_several_elements_is_true_where_all_are(x: list[float]) -> None:
    program = recorded(
        lambda xp, x: xp.branch(x > 0.0, (x,), lambda a: (1,), lambda a: (2,)), np.array(x)
    )
    assert compiled(program).function(np.array(x)) == (1 if min(x) > 0 else 2,)


@pytest.mark.parametrize("x", [-2.0, -0.5, 0.5, 2.0])
def test_branches_in_arms(x: float) -> None:
    def f(xp: Any, x: Any, y: Any) -> Any:
        def positive(x: Any, y: Any) -> Any:
            z = xp.branch(x > 1.0, (x, y), lambda a, b: (a + b, b), lambda a, b: (b, a))
            return z[0] * 2.0, z[1]

        def negative(x: Any, y: Any) -> Any:
            return xp.branch(x < -1.0, (y, x), lambda a, b: (b, a), lambda a, b: (a * b, 7.0))

        return xp.branch(x > 0.0, (x, y), positive, negative)

    same_as_python(f, x, 3.0)


def test_values_that_change_places() -> None:
    def f(xp: Any, x: Any, y: Any) -> Any:
        def body(c: Any, e: Any, v: Any) -> Any:
            a, b, k = c
            a, b = xp.branch(k % 3 > 0, (a, b), lambda a, b: (b, a + b), lambda a, b: (a * 0.5, a))
            return a, b, k + 1

        found, _, _ = xp.loop(10, (x, y, 0), body)
        return found

    same_as_python(f, 1.0, 2.0)


def test_what_is_carried_is_assigned_in_the_arms() -> None:
    """`for _ in range(9): if s > x: s -= x; else: s += 0.3`, as one writes it."""

    def f(xp: Any, s: Any, x: Any) -> Any:
        def body(c: Any, e: Any, v: Any) -> Any:
            return xp.branch(
                c[0] > v[0], (c[0], v[0]), lambda s, x: (s - x,), lambda s, x: (s + 0.3,)
            )

        found, _, _ = xp.loop(9, (s,), body, fixed=(x,))
        return found[0]

    same_as_python(f, 0.1, 1.0)
    assert (
        "        if (c > x_1):\n            c = c - x_1\n        else:\n            c = c + 0.3\n"
    ) in source_of(f, 0.1, 1.0)


def test_an_arm_that_leaves_things_as_they_are_has_no_lines() -> None:
    def f(xp: Any, s: Any, x: Any) -> Any:
        def body(c: Any, e: Any, v: Any) -> Any:
            return xp.branch(c[0] > v[0], (c[0], v[0]), lambda s, x: (s,), lambda s, x: (s + x,))

        return xp.loop(9, (s,), body, fixed=(x,))[0][0]

    same_as_python(f, 0.1, 1.0)
    text = source_of(f, 0.1, 1.0)
    assert "if not (c > x_1):" in text
    assert "else" not in text


@pytest.mark.parametrize("late", [False, True])
def test_a_guard_in_an_arm_throws_the_iteration_away(late: bool) -> None:
    def f(xp: Any, s: Any, x: Any) -> Any:
        def grow(s: Any, k: Any, x: Any) -> Any:
            moved = xp.let(s * x)
            xp.stop_unless((moved if late else s) < 20.0)
            return moved, k + 1

        def body(c: Any, e: Any, v: Any) -> Any:
            arms = grow, lambda s, k, x: (s + 0.5, k + 2)
            return [xp.branch(c[1] % 3 > 0, (*c, v[0]), *arms), [c[0]]]

        found, tapes, trips = xp.loop(50, (s, 0), body, fixed=(x,), stops=True, stacks=1)
        total, _, _ = xp.loop(None, (0.0,), lambda c, e, v: (c[0] * 0.9 + e[0],), tapes)
        return (*found, trips, total[0])

    same_as_python(f, 0.1, 1.5)


def test_a_guard_in_the_arm_of_an_arm_ends_the_loop_around_both_and_no_other() -> None:
    def f(xp: Any, x: Any) -> Any:
        def deep(s: Any) -> Any:
            xp.stop_unless(s < 6.0)
            return (s * 1.5,)

        def inner(c: Any, e: Any, v: Any) -> Any:
            def arm(s: Any) -> Any:
                return xp.branch(s > 2.0, (s,), deep, lambda s: (s + 1.0,))

            return xp.branch(c[0] > 0.5, c, arm, lambda s: (s + 0.7,))

        def outer(c: Any, e: Any, v: Any) -> Any:
            found, _, trips = xp.loop(9, (c[0] * 0.5,), inner, stops=True)
            return found[0], c[1] + trips

        return xp.loop(4, (x, 0), outer)[0]

    same_as_python(f, 0.1)


def _moved(xp: Any, z: Any, k: Any, value: Any) -> Any:
    return xp.put(z, k % 4, value)


@pytest.mark.parametrize("kept", ["nothing", "before", "after", "tape"])
def test_an_array_that_one_arm_writes_to(kept: str) -> None:
    """And who else looks into its memory: nobody sees a write that has not happened for him."""

    def f(xp: Any, x: Any, a: Any) -> Any:
        def body(c: Any, e: Any, v: Any) -> Any:
            z, other, k = c
            (new,) = xp.branch(
                xp.take(z, k % 4) > 0.3,
                (z, k, v[0]),
                lambda z, k, x: (_moved(xp, z, k + 1, x * xp.take(z, k % 4)),),
                lambda z, k, x: (z,),
            )
            return [(new, {"before": z, "after": new}.get(kept, other), k + 1), [new]]

        found, tapes, _ = xp.loop(7, (a, a, 0), body, fixed=(x,), stacks=1)
        total, _, _ = xp.loop(None, (a * 0.0,), lambda c, e, v: (c[0] * 0.5 + e[0],), tapes)
        return found[0], found[1], total[0]

    same_as_python(f, 1.1, np.array([0.5, 0.2, -0.3, 0.9]))


def test_an_array_read_and_written_by_elements_in_arms_is_a_list() -> None:
    def f(xp: Any, x: Any, a: Any, b: Any) -> Any:
        def write(z: Any, b: Any, k: Any, x: Any) -> Any:
            return (xp.put(z, (k + 1) % 4, x * xp.take(b, k % 4)),)

        def body(c: Any, e: Any, v: Any) -> Any:
            x, b = v
            test = xp.take(c[0], c[1] % 4) > 0.3
            (new,) = xp.branch(test, (c[0], b, c[1], x), write, lambda z, b, k, x: (z,))
            return new, c[1] + 1

        found, _, _ = xp.loop(9, (a, 0), body, fixed=(x, b))
        return found[0]

    args = 1.1, np.array([0.5, 0.2, -0.3, 0.9]), np.array([0.6, -0.5, 2.0, 0.1])
    same_as_python(f, *args)
    text = source_of(f, *args)
    assert text.count(".tolist()") == 2
    assert text.count("numpy.array(") == 1  # the result


@pytest.mark.parametrize("x", [0.5, -0.5])
def test_a_large_array_is_written_to_in_place(x: float) -> None:
    """One copy of the argument; none where a write in an arm is the last that reads it."""

    def f(xp: Any, x: Any, a: Any) -> Any:
        z = xp.let(a * 2.0)
        (z,) = xp.branch(
            x > 0.0, (z, x), lambda z, x: (xp.put(z, 3, x),), lambda z, x: (xp.put(z, 4, x * x),)
        )
        return xp.put(z, 5, x)

    a = np.linspace(0.0, 1.0, 1000)
    same_as_python(f, x, a)
    text = source_of(f, x, a)
    assert "setitem" not in text
    assert text.count("] = ") == 3


@pytest.mark.parametrize("x", [0.5, -0.5])
def test_what_may_be_an_argument_is_copied_before_it_is_written_to(x: float) -> None:
    def f(xp: Any, x: Any, a: Any) -> Any:
        (z,) = xp.branch(x > 0.0, (a, x), lambda z, x: (z,), lambda z, x: (z * x,))
        w = xp.put(z, 3, x)
        (u,) = xp.branch(x > 0.0, (w, x), lambda w, x: (w,), lambda w, x: (xp.put(w, 0, x),))
        return z, w, u

    same_as_python(f, x, np.linspace(0.0, 1.0, 1000))


def test_one_array_that_an_arm_gives_twice() -> None:
    def f(xp: Any, x: Any, a: Any) -> Any:
        def both(a: Any, x: Any) -> Any:
            made = xp.let(a * x)
            return made, made

        p, q = xp.branch(x > 0.0, (a, x), both, lambda a, x: (a * 2.0, a * 3.0))
        return xp.put(p, 0, x), q

    same_as_python(f, 0.5, np.linspace(0.0, 1.0, 5))


@pytest.mark.parametrize("x", [0.5, -0.5])
def test_a_loop_in_an_arm(x: float) -> None:
    def f(xp: Any, x: Any, a: Any) -> Any:
        def arm(x: Any, a: Any) -> Any:
            def body(c: Any, e: Any, v: Any) -> Any:
                return c[0] * 0.5 + xp.take(v[0], c[1] % 4), c[1] + 1

            found, _, trips = xp.loop(6, (x, 0), body, fixed=(a,))
            return found[0], trips

        return xp.branch(x > 0.0, (x, a), arm, lambda x, a: (x, 0))

    same_as_python(f, x, np.array([0.6, -0.5, 2.0, 0.1]))


def test_what_there_is_in_one_arm_only() -> None:
    def f(xp: Any, x: Any) -> Any:
        root, power = xp.branch(
            x > 0.0, (x,), lambda x: (xp.sqrt(x), None), lambda x: (None, x * x)
        )
        return xp.branch(x > 0.0, (root, power), lambda r, p: (r,), lambda r, p: (p,))[0]

    program = recorded(f, 2.0)
    for careful in (False, True):
        made = compiled(optimized(program), careful).function
        assert made(4.0) == (2.0,)
        assert made(-3.0) == (9.0,)


@pytest.mark.parametrize("x", [0.5, -0.5])
def test_large_arrays_of_an_arm_are_forgotten_in_it(x: float) -> None:
    def f(xp: Any, x: Any, a: Any) -> Any:
        def first(a: Any, x: Any) -> Any:
            t = xp.let(xp.sin(a))
            u = xp.let(t * x)
            (v,) = xp.branch(
                x > 0.2, (u, x), lambda u, x: (xp.let(u + x) * u,), lambda u, x: (u * 2.0,)
            )
            return xp.let(v * v), xp.let(v + 1.0)

        p, q = xp.branch(x > 0.0, (a, x), first, lambda a, x: (a * x, xp.cos(a)))
        return xp.let(p * q) + a

    a = np.linspace(0.0, 1.0, 1000)
    same_as_python(f, x, a)
    assert "            del t" in source_of(f, x, a)


def test_elements_that_arms_read_of_one_array_are_read_of_a_list() -> None:
    def f(xp: Any, x: Any, a: Any) -> Any:
        def read(k: int) -> Any:
            item = lambda a: xp.structural("getitem", a, index=(k,))
            return xp.branch(x > 0.1 * k, (x, a), lambda x, a: (x * item(a),), lambda x, a: (x,))[0]

        total = x
        for k in range(4):
            total = total + read(k)
        return total

    a = np.linspace(0.3, 1.0, 4)
    made = compiled(optimized(recorded(f, 0.25, a))).function
    text = "".join(linecache.getlines(made.__code__.co_filename))
    assert text.count(".tolist()") == 1
    assert made(0.25, a)[0] == 0.25 + 0.25 * a[0] + 0.25 * a[1] + 0.25 * a[2] + 0.25


@pytest.mark.parametrize("bound", [0.5, 2.0, 9.0])
@pytest.mark.parametrize("when", ["before", "after", "both", "deep"])
def test_an_arm_that_writes_and_ends_the_loop(when: str, bound: float) -> None:
    """What is written before the guard that ends it was not written."""

    def f(xp: Any, x: Any, a: Any) -> Any:
        def arm(z: Any, s: Any, k: Any) -> Any:
            if when in ("before", "both"):
                z = xp.put(z, k % 4, s)
            if when == "deep":

                def inside(z: Any, s: Any, k: Any) -> Any:
                    w = xp.put(z, k % 4, s)
                    xp.stop_unless(s < bound)
                    return w, s + 0.1

                z, s = xp.branch(s > 0.3, (z, s, k), inside, lambda z, s, k: (xp.put(z, 0, s), s))
            else:
                xp.stop_unless(s < bound)
            if when in ("after", "both"):
                z = xp.put(z, (k + 1) % 4, s * 2.0)
            return z, s + xp.take(z, 1)

        def body(c: Any, e: Any, v: Any) -> Any:
            z, s, k = c
            before = xp.put(z, 3, s)
            z, s = xp.branch(k % 2 > 0, (before, s, k), arm, lambda z, s, k: (z, s + 0.3))
            return xp.put(z, 2, s), s, k + 1

        return xp.loop(12, (a, x, 0), body, stops=True)[0]

    same_as_python(f, 0.1, np.array([0.3, -0.2, 0.8, 0.4]))


def test_truths_and_whole_numbers_come_out_of_arms() -> None:
    def f(xp: Any, x: Any, y: Any) -> Any:
        def body(c: Any, e: Any, v: Any) -> Any:
            s, n, going = c
            more = lambda s, n: (s * 1.5, n + 2, s < 3.0)
            return xp.branch(going, (s, n), more, lambda s, n: (s - 2.0, n - 1, s > 1.0))

        return xp.loop(9, (x, 0, y > 0.0), body)[0]

    for y in (1.0, -1.0):
        same_as_python(f, 0.7, y)


def falling(xp: Any, s: Any, x: Any) -> Any:
    """`for _ in range(10_000): s = s - x*s*s if s > 1 else s + 0.3*x`."""

    def body(c: Any, e: Any, v: Any) -> Any:
        down = lambda s, x: (s - x * s * s,)
        return xp.branch(c[0] > 1.0, (c[0], v[0]), down, lambda s, x: (s + x * 0.3,))

    return xp.loop(10_000, (s,), body, fixed=(x,))[0][0]


def falling_by_hand(s: float, x: float) -> tuple[float, float]:
    kept = []
    append = kept.append
    for _ in range(10_000):
        append(s)
        if s > 1.0:
            s = s - x * s * s
        else:
            s = s + x * 0.3
    s_bar, x_bar = 1.0, 0.0
    for s in reversed(kept):
        if s > 1.0:
            x_bar = x_bar - s_bar * s * s
            s_bar = s_bar * (1.0 - 2.0 * x * s)
        else:
            x_bar = x_bar + 0.3 * s_bar
    return s_bar, x_bar


def gradient_of_falling() -> Any:
    program = recorded(falling, 0.2, 0.3)
    derived = vjp(program, program.inputs, [1.0])
    whole = Program("g", derived.inputs, derived.statements, derived.outputs[1:])
    return compiled(optimized(whole)).function


def test_the_gradient_of_a_branch_in_a_loop_is_written_as_by_hand() -> None:
    made = gradient_of_falling()
    assert made(0.2, 0.3) == pytest.approx(falling_by_hand(0.2, 0.3), rel=1e-12)
    text = "".join(linecache.getlines(made.__code__.co_filename))
    assert text.count("append(") == 1
    back = text[text.index("reversed(") :]
    first, second = back[back.index("if ") :].split("else:")
    assert first.count("\n") <= 5
    assert second.split("\n")[1].split() == ["v_0_bar", "=", "v_0_bar", "+", "0.3*joined_bar"]
    assert not second.split("\n")[2].startswith("            ")


@pytest.mark.slow
def test_the_gradient_of_a_branch_in_a_loop_is_as_fast_as_by_hand() -> None:
    """Measured 1.4 times as long on a quiet machine."""
    made = gradient_of_falling()
    times = {made: math.inf, falling_by_hand: math.inf}
    for _ in range(30):
        for f in times:
            start = time.process_time()
            f(0.2, 0.3)
            times[f] = min(times[f], time.process_time() - start)
    assert times[made] < 2.0 * times[falling_by_hand]


@pytest.mark.parametrize("x", [2.0, 0.7, 0.3, -1.0])
def test_two_results_may_be_one_array_through_branches_in_an_arm(x: float) -> None:
    def f(xp: Any, x: Any, a: Any) -> Any:
        def middle(x: Any, b: Any) -> Any:
            return xp.branch(x > 1.0, (b,), lambda b: (b,), lambda b: (xp.let(b * 2.0),))

        def outer(x: Any, a: Any) -> Any:
            b = xp.let(a * 0.5)
            return b, *xp.branch(x > 0.5, (x, b), middle, lambda x, b: (xp.let(b * 3.0),))

        c, d = xp.branch(x > 0.0, (x, a), outer, lambda x, a: (xp.let(a * 2.0), xp.roll(a, 2)))
        return xp.let(c + a * x), xp.let(d * 2.0)

    same_as_python(f, x, np.arange(4.0) + 1.0)
