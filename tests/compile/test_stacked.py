"""Large rows that are stacked: written where they belong, and nowhere else."""

from __future__ import annotations

import numpy as np
import pytest

from symdiff import batched, grad, jacobian, value_and_grad
from symdiff.compile.function import compile_program
from symdiff.compile.lifetimes import Lifetimes
from symdiff.compile.lines import Output
from symdiff.operations.statements.builder import Builder
from symdiff.program.program import Aval, Program, Var, name_uniquely

SIZE = 5000


def run(program, outputs, *values):
    made = compile_program(name_uniquely(program), 0, outputs)
    return made.function(*values), made.source


def program_of(build):
    ops = Builder()
    x, y = [Var(n, Aval.of((SIZE,), "float64")) for n in "xy"]
    outputs = build(ops, x, y)
    return Program("f", (x, y), ops.statements, outputs)


def rows_once(ops, x, y):
    a, b = ops.mul(ops.sin(x), y), ops.add(ops.mul(x, y), ops.exp(y))
    return (ops.rows(a, b, np.zeros(SIZE), np.arange(float(SIZE)), x, a, np.full(SIZE, np.nan)),)


def read_by_others(ops, x, y):
    a = ops.mul(x, y)
    b = ops.sin(a)
    c = ops.where(ops.gt(x, 0.0), b, y)
    return (ops.rows(a, b, c, ops.neg(c)),)


def read_afterwards(ops, x, y):
    a, b = ops.mul(x, y), ops.add(x, ops.sin(y))
    both = ops.rows(a, b)
    return both, ops.mul(a, 2.0), b


def stacked_twice(ops, x, y):
    a, b = ops.mul(x, y), ops.add(x, ops.sin(y))
    return ops.rows(a, b), ops.rows(b, a, ops.neg(ops.cos(x)))


def summed_and_viewed(ops, x, y):
    a, b = ops.mul(x, y), ops.add(x, ops.sin(y))
    total, view = ops.sum(a, axis=(0,), keepdims=False), ops.flip(b, axis=(0,))
    return ops.rows(a, b, ops.cos(x)), total, view


def written_to(ops, x, y):
    a, b = ops.mul(x, y), ops.add(x, ops.sin(y))
    both = ops.rows(a, b)
    return ops.setitem(both, 7.0, index=(0,)), ops.mul(both, 2.0)


def over_an_operand(ops, x, y):
    a = ops.mul(x, y)
    b = ops.add(ops.mul(a, 3.0), ops.sin(y))  # may be written over `a`
    c = ops.add(b, ops.mul(b, y))
    return (ops.rows(b, c),)


BUILDS = [
    *(rows_once, read_by_others, read_afterwards, stacked_twice, summed_and_viewed),
    *(written_to, over_an_operand),
]


@pytest.mark.parametrize("build", BUILDS)
def test_rows_are_what_they_are_one_by_one(build):
    rng = np.random.default_rng(3)
    program = program_of(build)
    avals = [o.aval for o in program.outputs]
    outputs = [Output(np.ndarray if a.shape else float, a.dtype, a.shape) for a in avals]
    for _ in range(2):
        x, y = rng.normal(size=(2, SIZE))
        kept = x.copy(), y.copy()
        found, text = run(program, outputs, x, y)
        found = found if isinstance(found, tuple) else (found,)
        want = evaluated(program, x, y)
        for have, expected in zip(found, want, strict=True):
            np.testing.assert_allclose(have, expected, rtol=1e-15)
        arrays = [f for f in found if isinstance(f, np.ndarray)]
        for k, have in enumerate(arrays):
            assert not any(np.shares_memory(have, other) for other in (*arrays[:k], x, y))
        np.testing.assert_array_equal((x, y), kept)
    planned = Lifetimes(program, reuses=True).rows
    assert bool(planned) == ("numpy.empty" in text)
    assert bool(planned) == (build not in (read_afterwards,))


def evaluated(program, *values):
    known = dict(zip(program.inputs, values, strict=True))
    for s in program.statements:
        with np.errstate(all="ignore"):
            known[s.target] = s.operation.evaluate(
                *[
                    np.copy(known[o])
                    if isinstance(o, Var) and np.ndim(known[o])
                    else known[o]
                    if isinstance(o, Var)
                    else o
                    for o in s.operands
                ]
            )
    return [known[o] for o in program.outputs]


def camera(p, q):
    r = np.sqrt(p[0] * p[0] + p[1] * p[1])
    u = (p[2] * np.cos(r) + p[3]) / (q[0] + p[1])
    return np.array([u * p[0], np.where(u > 0.2, u * u, q[0] * p[3]), 3.0, u + q[0]])


@pytest.mark.parametrize("size", [100, 5000])
def test_jacobians_of_a_batch(size):
    rng = np.random.default_rng(7)
    p, q = rng.uniform(0.5, 2.0, (4, size)), rng.uniform(0.5, 2.0, (1, size))
    many, one = batched(jacobian(camera), in_axes=1), jacobian(camera)
    for _ in range(2):
        found = many(p, q)
        for k in range(0, size, size // 25):
            np.testing.assert_allclose(found[k], one(p[:, k].copy(), q[:, k].copy()), rtol=1e-13)
        step = 1e-6
        k = size // 3
        for j in range(4):
            moved = [p[:, k].copy(), p[:, k].copy()]
            moved[0][j] += step
            moved[1][j] -= step
            numeric = (camera(moved[0], q[:, k]) - camera(moved[1], q[:, k])) / (2 * step)
            np.testing.assert_allclose(found[k][:, j], numeric, rtol=1e-6, atol=1e-8)
        p[:, 0] *= 0.9
    assert (many.passes, many.singles) == (1, 0)


def test_stacked_arrays_of_a_function():
    def f(x, y):
        both = np.array([x * y, np.sin(x) + y, x])
        return np.sum(both * both) + np.sum(both[0] * x)

    rng = np.random.default_rng(1)
    x, y = rng.normal(size=(2, SIZE))
    value, (by_x, by_y) = value_and_grad(f, (0, 1))(x, y)
    assert value == f(x, y)
    s = np.sin(x) + y
    np.testing.assert_allclose(
        by_x, 2 * x * y * y + 2 * s * np.cos(x) + 2 * x + 2 * x * y, rtol=1e-12
    )
    np.testing.assert_allclose(by_y, 2 * x * x * y + 2 * s + x * x, rtol=1e-12)
    np.testing.assert_allclose(grad(f)(x, y), by_x, rtol=1e-14)
