"""Loops that are run again from checkpoints: the same gradients to the last bit, in less memory."""

from __future__ import annotations

import math
import tracemalloc
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from numpy.testing import assert_allclose

import symdiff as sd
from symdiff.compile.guards import BeyondMemory, within
from symdiff.operators.building import optimized
from symdiff.optimize.checkpoints import stacking, with_checkpoints
from symdiff.program.bodies import run
from symdiff.program.branches import Branch
from symdiff.program.loops import Loop, Result
from symdiff.program.program import FLOAT, INT, Program, Var, name_uniquely, validate
from symdiff.settings import rolling

from ..comparing import on_native_code, same
from ..compile.test_loops import Loops, compiled


def counted(x: float, n: int) -> float:
    a = x
    for _ in range(n):
        a = math.sin(a) * x + 0.1
    return a


def until(x: float, c: float) -> float:
    k = 0.0
    while k < c:
        x = x * 0.999 + math.cos(x) * 1e-3
        k += 1.0
    return x


def left(x: float, n: int) -> float:
    s = x
    for _ in range(n):
        if s > 3:
            break
        s = s * 1.003 + math.sin(s) * 1e-3
    return s * s


def decided(x: float, n: int) -> float:
    s = x
    for i in range(n):
        if s > 1.0:
            s = math.log(s) * x
        else:
            s = math.exp(s) + 0.01 * i / n
    return s


def nested(x: float, n: int, m: int) -> float:
    s = y = x
    for i in range(n):
        for j in range(i % m):
            s = math.sin(s * y) * 0.9 + j * y * 0.01
        y = y + math.cos(s) * 0.01
    return s * y


def thrice(x: float, n: int) -> float:
    s = x
    for i in range(n):
        for j in range(i):
            t = s
            for _ in range(j):
                t = math.sin(t) + 0.1 * x
            s = s * 0.5 + t * t * 0.1
    return s


def written(x: Any, n: int) -> Any:
    y = x.copy()
    for i in range(n):
        j = i % len(x)
        y[j] = math.sin(y[j - 1]) * x[j] + 0.5 * y[j]
    return np.sum(y * y)


def whole(x: Any, n: int) -> Any:
    y = x
    for _ in range(n):
        y = np.sin(y) * x
    return np.sum(y)


def stencil(u: Any, n: int) -> Any:
    u = u.copy()
    for _ in range(n):
        v = u.copy()
        for i in range(1, u.shape[0] - 1):
            for j in range(1, u.shape[1] - 1):
                v[i, j] = u[i, j] + 0.1 * (u[i - 1, j] + u[i, j + 1] - u[i, j]) * math.sin(u[i, j])
        u = v
    return np.sum(u * u)


X = np.linspace(0.1, 0.9, 7)
U = np.arange(20.0).reshape(4, 5) / 20

CASES: dict[Callable[..., Any], list[tuple[Any, ...]]] = {
    counted: [(0.5, 300), (0.7, 10), (0.5, 0), (0.3, 1000)],
    until: [(0.5, 300.0), (0.7, 10.0), (0.5, 0.0), (0.3, 1000.0)],
    left: [(0.5, 300), (0.5, 10), (1.5, 10_000), (0.5, 0), (4.0, 5)],
    decided: [(0.5, 300), (0.7, 10), (0.3, 1000)],
    nested: [(0.5, 200, 7), (0.7, 10, 3), (0.5, 0, 2), (0.3, 60, 50)],
    thrice: [(0.5, 10), (0.5, 3), (0.4, 14)],
    written: [(X, 300), (X, 10), (X * 1.1, 400)],
    whole: [(X, 300), (X, 10), (X * 1.1, 1000)],
    stencil: [(U, 40), (U, 3), (U * 1.1, 41)],
}


def has_checkpoints(operator: Any) -> bool:
    leaves = operator._dispatcher.leaves
    return any(".evaluate()" in c.source for leaf in leaves for c in leaf.compiled.values())


def differences(f: Callable[..., Any], x: Any, *rest: Any) -> Any:
    if np.ndim(x) == 0:
        return (f(x + 1e-6, *rest) - f(x - 1e-6, *rest)) / 2e-6
    units = np.eye(x.size).reshape(-1, *x.shape) * 1e-6
    slopes = [(f(x + u, *rest) - f(x - u, *rest)) / 2e-6 for u in units]
    return np.reshape(slopes, x.shape)


@pytest.mark.parametrize("f", CASES, ids=lambda f: f.__name__)
def test_gradients_are_the_same_to_the_last_bit(f: Callable[..., Any]) -> None:
    plain, kept = sd.grad(f), sd.grad(f)
    for args in [*CASES[f], *CASES[f][::-1]]:
        expected = plain(*args)
        for size in (700, 4000, 2**30):
            with sd.memory_limit(size):
                assert same(kept(*args), expected), (args, size)
        assert_allclose(expected, differences(f, *args), rtol=1e-5, atol=1e-6)
    assert has_checkpoints(kept)
    assert not has_checkpoints(plain)


@pytest.mark.parametrize("f", [counted, until, nested], ids=lambda f: f.__name__)
def test_second_derivatives_and_several_outputs(f: Callable[..., Any]) -> None:
    def both(x: Any, *rest: Any) -> Any:
        a = f(x[0], *rest)
        return np.stack([a * x[1], a + x[1] ** 2])

    for operator, args in (
        (sd.hessian(f), CASES[f][0]),
        (sd.jacrev(both), (X[:2], *CASES[f][0][1:])),
    ):
        expected = operator(*args)
        with sd.memory_limit(1500):
            assert same(operator(*args), expected)
        assert has_checkpoints(operator)


@pytest.mark.parametrize("f", [counted, until, decided], ids=lambda f: f.__name__)
def test_batches(f: Callable[..., Any]) -> None:
    """Each element has a number of iterations of its own, or all have one."""
    x = np.linspace(0.3, 0.7, 40)
    own = f is until
    many = np.linspace(20.0, 300.0, 40) if own else 300
    plain = sd.batched(sd.grad(f), (0, 0 if own else None))
    expected = plain(x, many)
    g = sd.batched(sd.grad(f), (0, 0 if own else None))
    with sd.memory_limit(30_000):
        assert same(g(x, many), expected)
        lower = peak(lambda: g(x, many))
    assert same(g(x, many), expected)
    assert lower < 0.5 * peak(lambda: plain(x, many)) or on_native_code
    each = [sd.grad(f)(*pair) for pair in zip(x, np.broadcast_to(many, 40).tolist(), strict=True)]
    assert_allclose(expected, each, rtol=1e-12)


def test_gradients_of_gradients_keep_all() -> None:
    """Their tapes are read by several loops: right, in the memory that they need."""
    g = sd.grad(sd.grad(counted))
    with sd.memory_limit(1000):
        assert_allclose(g(0.5, 300), sd.hessian(counted)(0.5, 300), rtol=1e-12)


def test_an_iteration_that_raises_does_so_with_checkpoints() -> None:
    def f(x: float, n: int) -> float:
        for k in range(n):
            x = math.log(x) + 2.0 - (k == 400)
            x = x / (k != 450)
        return x

    g = sd.grad(f)
    with sd.memory_limit(1000):
        assert g(1.5, 350) == sd.grad(f)(1.5, 350)
        with pytest.raises(ZeroDivisionError):
            g(1.5, 500)
        assert g(1.5, 440) == sd.grad(f)(1.5, 440)


def test_saturated_numbers_take_the_careful_way_with_checkpoints() -> None:
    def f(x: float, n: int) -> float:
        s = 0.0
        for _ in range(n):
            x = x + 1.0 + 1e-3 * math.sin(x)
            s = s + math.tanh(x)
        return s

    expected = sd.grad(f)(400.0, 600)
    with sd.memory_limit(1000):
        assert same(sd.grad(f)(400.0, 600), expected)


def in_arms() -> Program:
    """A loop whose iterations stack in the arm of a branch."""
    s0, c0, ops = Var("s", FLOAT), Var("c", FLOAT), Loops()
    inner = Loop(Program("inner", (s0, c0), ops.statements, (ops.mul(ops.sin(s0), c0),)), 1)
    s1, k1, c1, arm = Var("s", FLOAT), Var("k", INT), Var("c", FLOAT), Loops()
    turned = arm.result(arm.loop(inner, k1, s1, c1), Result.carried(inner, 0))
    first = Program("first", (s1, k1, c1), arm.statements, (turned,))
    s2, k2, c2, other = Var("s", FLOAT), Var("k", INT), Var("c", FLOAT), Loops()
    second = Program("second", (s2, k2, c2), other.statements, (other.cos(s2),))
    s, k, c = Var("s", FLOAT), Var("k", INT), Var("c", FLOAT)
    choice, body = Branch((first, second)), Loops()
    found = body.loop(choice, body.gt(s, 0.2), s, k, c)  # type: ignore[arg-type]
    moved = body.result(found, Result.joined(choice, 0))
    loop = Loop(Program("body", (s, k, c), body.statements, (moved, body.add(k, 1))), 2)
    n, x, ops = Var("n", INT), Var("x", FLOAT), Loops()
    result = ops.result(ops.loop(loop, n, x, 0, x), Result.carried(loop, 0))
    return Program("f", (n, x), ops.statements, (result,))


def test_what_arms_stack_counts() -> None:
    from symdiff.differentiate import vjp

    program = in_arms()
    seed = Var("seed", FLOAT)
    derived = vjp(program, [program.inputs[1]], [seed])
    derived = optimized(Program("g", (*program.inputs, seed), derived.statements, derived.outputs))
    (found,) = stacking(derived).values()
    assert found.nested
    kept = with_checkpoints(derived)
    validate(name_uniquely(kept))
    expected = compiled(derived).function
    for n in (0, 1, 7, 40):
        with sd.memory_limit(2000):
            assert same(compiled(kept).function(n, 0.7, 1.0), expected(n, 0.7, 1.0))
            assert same(run(kept, (n, 0.7, 1.0)), expected(n, 0.7, 1.0))


def peak(call: Callable[[], Any]) -> int:
    for _ in range(3):  # what is compiled at the first calls is not counted
        call()
    tracemalloc.start()
    try:
        before = tracemalloc.get_traced_memory()[0]
        call()
        return tracemalloc.get_traced_memory()[1] - before
    finally:
        tracemalloc.stop()


@pytest.mark.default_form  # of memory in C nobody is told
@pytest.mark.parametrize("f", [counted, until], ids=lambda f: f.__name__)
def test_memory_is_linear_without_and_a_root_with_checkpoints(f: Callable[..., Any]) -> None:
    kind = type(CASES[f][0][1])
    plain, kept = sd.grad(f), sd.grad(f)
    few, many = 4_000, 36_000
    linear = [peak(lambda n=n: plain(0.5, kind(n))) for n in (few, many)]
    assert linear[1] < 75 * many  # two numbers of 32 bytes an iteration, and how lists grow
    assert 8 < linear[1] / linear[0] < 10
    with sd.memory_limit(2_000):
        root = [peak(lambda n=n: kept(0.5, kind(n))) for n in (few, many)]
    assert 2 < root[1] / root[0] < 4  # the root of nine is three
    assert root[1] < 400 * math.sqrt(many)


@pytest.mark.default_form
def test_the_limit_may_change_between_calls() -> None:
    g = sd.grad(counted)
    expected = g(0.5, 5000)
    assert peak(lambda: g(0.5, 5000)) > 250_000
    with sd.memory_limit(20_000):
        assert g(0.5, 5000) == expected
        assert peak(lambda: g(0.5, 5000)) < 80_000
    assert g(0.5, 5000) == expected
    assert peak(lambda: g(0.5, 5000)) > 150_000


@pytest.mark.parametrize("limit", ["1GB", None, True, [2**20]])
@pytest.mark.parametrize("setting", [sd.set_memory_limit, sd.set_step_limit])
def test_a_limit_that_is_no_number_is_refused(setting: Any, limit: Any) -> None:
    before = sd.get_memory_limit(), sd.get_step_limit()
    with pytest.raises(TypeError, match=r"limit must be a number of (bytes|steps), such as"):
        setting(limit)
    assert (sd.get_memory_limit(), sd.get_step_limit()) == before


@pytest.mark.parametrize("limit", [0, -1.0, math.nan, math.inf])
def test_a_limit_without_bounds_is_refused(limit: float) -> None:
    with pytest.raises(ValueError, match="at least 1"):
        sd.set_memory_limit(limit)  # type: ignore[arg-type]


def test_a_limit_is_a_number_of_bytes() -> None:
    before = sd.get_memory_limit()
    with pytest.raises(ValueError, match="at least 1"), sd.memory_limit(0):
        pass
    sd.set_memory_limit(2**20)
    try:
        assert sd.get_memory_limit() == 2**20
    finally:
        sd.set_memory_limit(before)


def test_unrolled_is_the_same() -> None:
    with rolling(False):
        expected = sd.grad(nested)(0.5, 40, 7)
    with sd.memory_limit(500):
        assert_allclose(sd.grad(nested)(0.5, 40, 7), expected, rtol=1e-13)


def test_a_loop_that_is_not_run_needs_no_room() -> None:
    assert [within(n, 2) for n in (-3, 0, 2)] == [0, 0, 2]
    for n in (3, None):
        with pytest.raises(BeyondMemory):
            within(n, 2)
