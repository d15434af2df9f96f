"""Derivatives of loops by loops, against the same loops run on numbers of mpmath."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import mpmath
import numpy as np
import pytest
from numpy.testing import assert_allclose

from symdiff.differentiate import jvp, vjp
from symdiff.operators.building import optimized
from symdiff.program.loops import Loop, Result
from symdiff.program.program import FLOAT, INT, Aval, Operand, Program, Var

from ..compile.test_loops import Loops, compiled

Case = tuple[Loop, tuple[Operand, ...], int, Callable[..., Any]]
"""A loop, its operands after the count (strings name the inputs), which result, and the oracle."""


def scalar() -> Case:
    x, c, ops = Var("x", FLOAT), Var("c", FLOAT), Loops()
    moved = ops.add(x, ops.mul(ops.mul(0.1, ops.sin(x)), c))

    def exact(n: int, a: Any, b: Any) -> Any:
        for _ in range(n):
            a = a + mpmath.mpf(0.1) * mpmath.sin(a) * b
        return a

    return Loop(Program("body", (x, c), ops.statements, (moved,)), 1), ("a", "b"), 0, exact


def newton() -> Case:
    """A loop that ends by itself, with an integer that counts and a value nobody asks for."""
    x, k, unused, a, start = (
        Var("x", FLOAT),
        Var("k", INT),
        Var("unused", FLOAT),
        Var("a", FLOAT),
        Var("start", FLOAT),
    )
    ops = Loops()
    ops.test(ops.gt(ops.abs(ops.sub(ops.mul(x, x), a)), 1e-3))
    moved = ops.mul(0.5, ops.add(x, ops.div(a, x)))
    outputs = (ops.add(moved, ops.mul(start, 1e-2)), ops.add(k, 1), ops.exp(x))
    body = Program("body", (x, k, unused, a, start), ops.statements, outputs)

    def exact(n: int, a: Any, b: Any) -> Any:
        x, k = b, 0
        while k < n and abs(x * x - a) > 1e-3:
            x, k = (x + a / x) / 2 + b * mpmath.mpf(1e-2), k + 1
        return x

    return Loop(body, 3, until=True), ("b", 0, 1.0, "a", "b"), 0, exact


def places() -> Case:
    """Values that change places; one of them is reset, and one only depends on the count."""
    p, q, r, c, ops = *(Var(name, FLOAT) for name in "pqrc"), Loops()
    outputs = (q, ops.sub(ops.mul(c, q), p), ops.mul(r, 0.5))
    body = Program("body", (p, q, r, c), ops.statements, outputs)

    def exact(n: int, a: Any, b: Any) -> Any:
        p, q = a, b
        for _ in range(n):
            p, q = q, b * q - p
        return p

    return Loop(body, 3), ("a", "b", 1.0, "b"), 0, exact


def nested() -> Case:
    s, j, x, ops = Var("s", FLOAT), Var("j", INT), Var("x", FLOAT), Loops()
    moved = ops.add(ops.mul(s, 0.9), ops.sin(ops.mul(j, x)))
    inner = Loop(Program("inner", (s, j, x), ops.statements, (moved, ops.add(j, 1))), 2)
    s1, i1, y1, x1, around = (
        Var("s", FLOAT),
        Var("i", INT),
        Var("y", FLOAT),
        Var("x", FLOAT),
        Loops(),
    )
    first = around.result(around.loop(inner, i1, s1, 0, y1), Result.carried(inner, 0))
    turned = around.mul(x1, around.cos(y1))
    second = around.result(around.loop(inner, 2, first, i1, turned), Result.carried(inner, 0))
    outputs = (second, around.add(i1, 1), around.add(y1, around.mul(second, 1e-2)))
    outer = Loop(Program("outer", (s1, i1, y1, x1), around.statements, outputs), 3)

    def exact(n: int, a: Any, b: Any) -> Any:
        s, y = a, b
        for i in range(n):
            for j in range(i):
                s = s * mpmath.mpf(0.9) + mpmath.sin(j * y)
            turned = b * mpmath.cos(y)
            for j in range(2):
                s = s * mpmath.mpf(0.9) + mpmath.sin((i + j) * turned)
            y = y + s * mpmath.mpf(1e-2)
        return s

    return outer, ("a", 0, "b", "b"), 0, exact


CASES = {f.__name__: f for f in (scalar, newton, places, nested)}


def program_of(name: str) -> tuple[Program, tuple[Var, Var], Callable[..., Any]]:
    loop, operands, k, exact = CASES[name]()
    n, a, b, around = Var("n", INT), Var("a", FLOAT), Var("b", FLOAT), Loops()
    named: dict[Any, Var] = {"a": a, "b": b}
    given = tuple([named.get(o, o) if isinstance(o, str) else o for o in operands])
    result = around.result(around.loop(loop, n, *given), Result.carried(loop, k))
    return Program("f", (n, a, b), around.statements, (result,)), (a, b), exact


@pytest.mark.parametrize("careful", [False, True])
@pytest.mark.parametrize("n", [0, 1, 7])
@pytest.mark.parametrize("name", CASES)
def test_first_and_second_derivatives(name: str, n: int, careful: bool) -> None:
    at = (1.3, 0.7)
    with mpmath.workdps(40):
        exact = program_of(name)[2]
        f = lambda a, b: exact(n, a, b)
        value = float(f(*map(mpmath.mpf, at)))
        slope = [float(mpmath.diff(f, at, order)) for order in ((1, 0), (0, 1))]
        bend = [
            [float(mpmath.diff(f, at, order)) for order in row]
            for row in (((2, 0), (1, 1)), ((1, 1), (0, 2)))
        ]
    close = {"rtol": 1e-11, "atol": 1e-12}
    program, wrt, _ = program_of(name)
    reverse = vjp(program, wrt, [1.0])
    got = compiled(reverse, careful).function(n, *at)
    assert_allclose(got, [value, *slope], **close)
    for k in range(2):
        seeds = [float(k == 0), float(k == 1)]
        program, wrt, _ = program_of(name)
        forward = jvp(program, wrt, seeds)
        assert_allclose(compiled(forward, careful).function(n, *at), [value, slope[k]], **close)
        twice = jvp(forward, wrt, [1.0, 0.0])
        got = compiled(twice, careful).function(n, *at)
        assert_allclose(got, [value, slope[k], slope[0], bend[0][k]], **close)
        program, wrt, _ = program_of(name)
        reverse = vjp(program, wrt, [1.0])
        for second in (jvp(reverse, wrt, seeds), vjp(reverse, wrt, [0.0, *seeds])):
            got = compiled(second, careful).function(n, *at)
            assert_allclose(got[-2:], bend[k], **close)


def test_several_sweeps_go_back_through_one_loop() -> None:
    program, wrt, exact = program_of("scalar")
    first = vjp(program, wrt, [1.0])
    second = vjp(program, wrt, [2.0])
    for made, factor in ((first, 1), (second, 2)):
        value, a, b = compiled(made).function(5, 1.3, 0.7)
        with mpmath.workdps(30):
            want = [float(exact(5, mpmath.mpf(1.3), mpmath.mpf(0.7)))]
            for order in ((1, 0), (0, 1)):
                f = lambda a, b: exact(5, a, b)
                want.append(factor * float(mpmath.diff(f, (1.3, 0.7), order)))
        assert_allclose([value, a, b], want, rtol=1e-12)


VECTOR = Aval.of((5,), "float64")


def test_an_array_read_and_written_element_by_element() -> None:
    """`for k in range(n): y[k] = sin(x[k])*y[k - 1] + y[k]`, by autograd's numbers: by hand."""
    y, k, x = Var("y", VECTOR), Var("k", INT), Var("x", VECTOR)
    ops = Loops()
    before = ops.getitem(y, ops.sub(k, 1), index=(("place", 0),))
    own = ops.getitem(y, k, index=(("place", 0),))
    value = ops.add(ops.mul(ops.sin(ops.getitem(x, k, index=(("place", 0),))), before), own)
    new = ops.setitem(y, value, k, index=(("place", 0),))
    body = Program("body", (y, k, x), ops.statements, (new, ops.add(k, 1)))
    loop = Loop(body, 2)
    n, x0, y0, around = Var("n", INT), Var("x0", VECTOR), Var("y0", VECTOR), Loops()
    found = around.loop(loop, n, y0, 0, x0)
    last = around.result(found, Result.carried(loop, 0))
    total = around.sum(around.mul(last, np.arange(1.0, 6.0)), axis=None, keepdims=False)
    program = Program("f", (n, x0, y0), around.statements, (total,))
    rng = np.random.default_rng(0)
    at = rng.normal(size=5), rng.normal(size=5)

    def f(xs: Any, ys: Any) -> Any:
        ys = list(ys)
        for i in range(4):
            ys[i] = mpmath.sin(xs[i]) * ys[i - 1] + ys[i]
        return mpmath.fsum((i + 1) * v for i, v in enumerate(ys))

    want = []
    with mpmath.workdps(30):
        for which in range(2):
            for i in range(5):

                def along(t: Any, which: int = which, i: int = i) -> Any:
                    given = [[mpmath.mpf(v) for v in values] for values in at]
                    given[which][i] += t
                    return f(*given)

                want.append(float(mpmath.diff(along, 0)))
    reverse = compiled(optimized(vjp(program, (x0, y0), [1.0])))
    inside = [line for line in reverse.source.splitlines() if line.startswith("        ")]
    assert not any("scatter" in line or "numpy.array" in line for line in inside)  # one place each
    _, x_bar, y_bar = reverse.function(4, *at)
    assert_allclose(np.concatenate([x_bar, y_bar]), want, rtol=1e-12)
    seeds = [rng.normal(size=5), rng.normal(size=5)]
    tangent = compiled(jvp(program, (x0, y0), seeds)).function(4, *at)[1]
    assert tangent == pytest.approx(np.dot(want, np.concatenate(seeds)), rel=1e-12)


def test_what_a_where_does_not_choose_has_no_slope_in_a_loop() -> None:
    """`s = where(x > 0, sqrt(x), 0) + s` at zero: the partial is infinite, and not asked for."""
    s, x, ops = Var("s", FLOAT), Var("x", FLOAT), Loops()
    root = ops.sqrt(x)
    chosen = ops.where(ops.gt(x, 0.0), root, 0.0)
    body = Program("body", (s, x), ops.statements, (chosen, ops.mul(x, s)))
    loop = Loop(body, 2)
    n, a, around = Var("n", INT), Var("a", FLOAT), Loops()
    result = around.result(around.loop(loop, n, a, a), Result.carried(loop, 0))
    program = Program("f", (n, a), around.statements, (result,))
    assert compiled(vjp(program, (a,), [1.0])).function(3, 0.0) == (0.0, 0.0)
    with np.errstate(all="ignore"):
        assert compiled(vjp(program, (a,), [1.0]), careful=True).function(3, 0.0) == (0.0, 0.0)


def test_what_only_counts_is_counted_back() -> None:
    """`for k in range(n): s += sin(x[k])*k`, upwards and down by two: no tape holds `k`."""
    for start, step in ((0, 1), (4, -2)):
        s, k, x, ops = Var("s", FLOAT), Var("k", INT), Var("x", VECTOR), Loops()
        element = ops.getitem(x, k, index=(("place", 0),))
        total = ops.add(s, ops.mul(ops.sin(element), k))
        loop = Loop(Program("body", (s, k, x), ops.statements, (total, ops.add(k, step))), 2)
        n, x0, around = Var("n", INT), Var("x0", VECTOR), Loops()
        found = around.loop(loop, n, 0.0, start, x0)
        result = around.result(found, Result.carried(loop, 0))
        program = Program("f", (n, x0), around.statements, (result,))
        reverse = compiled(optimized(vjp(program, (x0,), [1.0])))
        assert reverse.source.count("append(") == 1
        at = np.array([0.3, -0.4, 0.9, 1.2, 0.1])
        want = np.zeros(5)
        for i in range(3):
            place = start + step * i
            want[place] = place * np.cos(at[place])
        assert_allclose(reverse.function(3, at)[1], want, rtol=1e-14)
