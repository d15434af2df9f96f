"""`batched` against loops, and every batching rule of the table against its own operation."""

from __future__ import annotations

import itertools
import math
from typing import NamedTuple

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from symdiff import (
    batched,
    derivative,
    grad,
    hessian,
    hvp,
    jacobian,
    jvp,
    primitive,
    value_and_grad,
    vjp,
)
from symdiff.batch import RULES, batch
from symdiff.errors import UsageError
from symdiff.operations import TABLE
from symdiff.program.program import validate
from symdiff.testing import call_program, evaluate

pytestmark = pytest.mark.sampled(every=41)

SIZE = 4


def several(value, rng):
    """A batch of values like one, different in each element where they may be."""
    value = np.asarray(value)
    copies = np.stack([value] * SIZE)
    if value.dtype.kind != "f":
        return copies
    # Solving and factoring want matrices near the given one.
    return copies + 0.01 * rng.normal(size=copies.shape)


@pytest.mark.parametrize("name", [e.name for e in TABLE.structural() if e.samples])
def test_rules_of_the_table(name):
    entry = TABLE.entries[name]
    rng = np.random.default_rng(5)
    for args, kwargs in entry.samples(rng):
        program, values = call_program(entry, args, kwargs)
        many = range(len(program.inputs))
        subsets = [s for n in (1, 2) for s in itertools.combinations(many, n)]
        for chosen in {*subsets, tuple(many)}:
            flags = {program.inputs[k] for k in chosen}
            made = batch(program, flags, SIZE)
            validate(made.program)
            stacks = {k: several(values[k], rng) for k in chosen}
            plain = [v for k, v in enumerate(values) if k not in stacks]
            found = evaluate(made.program, *plain, *[stacks[k] for k in sorted(stacks)])
            for k in range(SIZE):
                one = [stacks[j][k] if j in stacks else v for j, v in enumerate(values)]
                want = evaluate(program, *one)
                for have, expected in zip(found, want, strict=True):
                    np.testing.assert_allclose(
                        have[k], expected, rtol=1e-13, atol=1e-14, err_msg=f"{name} {kwargs}"
                    )
            rule = entry.lower is None and name in RULES and name != "solve"
            if rule and chosen == (0,) and "argsort" not in name:
                assert not any("each(" in str(s) for s in made.program) or not np.ndim(values[0])


def test_scalars_with_a_branch():
    def f(x, scale):
        return scale * math.sin(x) if x > 0 else x * x

    x = np.random.default_rng(0).normal(size=500)
    for g in (f, grad(f), grad(f, wrt=1), value_and_grad(f), grad(grad(f))):
        many = batched(g, in_axes=(0, None))
        found = many(x, 2.0)
        want = [g(v, 2.0) for v in x.tolist()]
        np.testing.assert_allclose(np.array(found), np.array(want).T, rtol=1e-13)
        assert many.passes == 2
        assert many.singles == 0


@pytest.mark.slow
def test_loops_with_different_trip_counts():
    def newton(a):
        x, count = a, 0
        while abs(x * x - a) > 1e-10:
            x = 0.5 * (x + a / x)
            count += 1
        return x, count

    a = np.random.default_rng(1).uniform(0.1, 100, 300)
    many = batched(newton)
    roots, counts = many(a)
    want = [newton(v) for v in a.tolist()]
    assert counts.tolist() == [n for _, n in want]
    np.testing.assert_allclose(roots, [r for r, _ in want], rtol=1e-14)
    slopes = batched(grad(lambda a: newton(a)[0]))(a)
    np.testing.assert_allclose(slopes, [grad(lambda a: newton(a)[0])(v) for v in a], rtol=1e-13)
    assert many.passes <= len(set(counts.tolist()))


def test_an_integer_that_counts():
    def power(x, n):
        result = 1.0
        for _ in range(n):
            result = result * x
        return result

    rng = np.random.default_rng(0)
    x, n = rng.normal(size=200), rng.integers(0, 5, 200)
    found = batched(grad(power))(x, n)
    np.testing.assert_allclose(found, n * x ** np.maximum(n - 1, 0), rtol=1e-12)


@pytest.mark.slow
def test_integers_do_not_overflow():
    def f(x, n):
        m = 3 * n**9 - n
        return x * m if m % 7 != 3 else x * (n**30 // (n + 1))

    x, n = np.linspace(1, 2, 120), np.arange(1, 121) * 7
    want = [f(a, int(b)) for a, b in zip(x.tolist(), n)]
    np.testing.assert_allclose(batched(f)(x, n), want, rtol=1e-13)
    want = [grad(f)(a, int(b)) for a, b in zip(x.tolist(), n)]
    np.testing.assert_allclose(batched(grad(f))(x, n), want, rtol=1e-13)

    def bits(x, n):
        return x * (n & 3) + (x if n * 4 > 100 else -x)

    found = batched(bits)(x, n)
    np.testing.assert_allclose(found, [bits(a, int(b)) for a, b in zip(x.tolist(), n)])
    small = batched(lambda x, n: x * (3 * n + 1 if n % 2 else n // 2))
    np.testing.assert_allclose(small(x, n), x * np.where(n % 2 == 1, 3 * n + 1, n // 2))
    assert small.passes == 2


def test_slopes_are_floats():
    x, n = np.ones(30), np.arange(30)
    for f, args in ((lambda x: 3 * x, (x,)), (lambda x, n: n * x, (x, n))):
        assert batched(grad(f))(*args).dtype == np.float64
    assert type(batched(value_and_grad(lambda x: 3 * x))(x)[1][0]) is np.float64


def test_a_flag_chooses():
    def f(x, flag):
        return x * 2.0 if flag else x * x

    x, flag = np.arange(60.0), np.arange(60) % 3 == 0
    many = batched(grad(f))
    np.testing.assert_allclose(many(x, flag), np.where(flag, 2.0, 2 * x))
    assert many.passes == 2


def test_jacobians_of_an_observation_model():
    def model(p, x):
        first = p[0] * math.exp(-p[1] * x) + sum(p[k] * x ** (k - 1) for k in range(2, 8))
        second = p[8] * math.sin(p[9] * x) + sum(p[k] / (1 + x * k) for k in range(10, 15))
        return first, second

    def jacobian(p, x):
        (_, pull) = vjp(lambda p: model(p, x), p)
        return np.stack([pull((1.0, 0.0))[0], pull((0.0, 1.0))[0]])

    p = np.linspace(0.1, 1.5, 15)
    x = np.linspace(0.0, 2.0, 10_000)
    many = batched(jacobian, in_axes=(None, 0))
    found = many(p, x)
    assert found.shape == (10_000, 2, 15)
    assert many.passes == 1
    step = 1e-30
    for k in range(0, 10_000, 2500):
        want = np.empty((2, 15))
        for j in range(15):
            q = p.astype(complex)
            q[j] += step * 1j
            first = q[0] * np.exp(-q[1] * x[k]) + sum(q[i] * x[k] ** (i - 1) for i in range(2, 8))
            second = q[8] * np.sin(q[9] * x[k]) + sum(q[i] / (1 + x[k] * i) for i in range(10, 15))
            want[:, j] = first.imag / step, second.imag / step
        np.testing.assert_allclose(found[k], want, rtol=1e-12, atol=1e-14)


def loss(w, x, y):
    hidden = np.tanh(w["a"] @ x + w["b"])
    return np.sum((hidden - y) ** 2)


@pytest.mark.slow
def test_arrays_as_elements_and_containers():
    rng = np.random.default_rng(0)
    w = {"a": rng.normal(size=(3, 5)), "b": rng.normal(size=3)}
    x, y = rng.normal(size=(40, 5)), rng.normal(size=(40, 3))
    by_x = batched(grad(loss, wrt="x"), in_axes=(None, 0, 0))
    np.testing.assert_allclose(
        by_x(w, x, y), [grad(loss, wrt="x")(w, a, b) for a, b in zip(x, y)], rtol=1e-12
    )
    assert by_x.passes == 1
    many = {"a": rng.normal(size=(40, 3, 5)), "b": rng.normal(size=(40, 3))}
    found = batched(loss)(many, x, y)
    want = [loss({"a": many["a"][k], "b": many["b"][k]}, x[k], y[k]) for k in range(40)]
    np.testing.assert_allclose(found, want, rtol=1e-12)


def test_in_axes():
    def f(x, y):
        return np.sum(x * y)

    x, y = np.arange(12.0).reshape(3, 4), np.arange(12.0).reshape(4, 3)
    np.testing.assert_allclose(batched(f, in_axes=(0, 1))(x, y), np.sum(x * y.T, axis=1))
    np.testing.assert_allclose(batched(f, in_axes=(1, None))(x, y[0]), x.T @ y[0])
    np.testing.assert_allclose(batched(f, in_axes=(-1, 0))(x, y), np.sum(x.T * y, axis=1))
    np.testing.assert_allclose(batched(f, in_axes=(0,))(x, y=y.T), np.sum(x * y.T, axis=1))
    for axes, args in (
        ((0, 0), (x, y)),
        ((None, None), (x, y)),
        ((0,), (x, y)),
        ((0, 0), (x, 2.0)),
        ((3, None), (x, y)),
    ):
        with pytest.raises(UsageError):
            batched(f, in_axes=axes)(*args)


def test_results_of_any_structure():
    class Pair(NamedTuple):
        first: float
        second: float

    def f(x):
        return {"pair": Pair(x, x * x), "list": [np.array([x, 1.0]), 2.0]}

    x = np.linspace(0, 1, 30)
    found = batched(f)(x)
    assert isinstance(found["pair"], Pair)
    np.testing.assert_allclose(found["pair"].second, x * x)
    np.testing.assert_allclose(found["list"][0], np.stack([x, np.ones(30)], axis=1))
    np.testing.assert_allclose(found["list"][1], np.full(30, 2.0))
    empty = batched(f)(np.zeros(0))
    assert empty["list"][0].shape == (0, 2)


@pytest.mark.slow
def test_what_one_element_raises_and_catches():
    def safe(x):
        try:
            return math.log(x)
        except ValueError:
            return -x * x

    x = np.linspace(-2.0, 2.0, 101)
    np.testing.assert_allclose(batched(safe)(x), [safe(v) for v in x.tolist()], rtol=1e-14)
    np.testing.assert_allclose(
        batched(grad(safe))(x), [grad(safe)(v) for v in x.tolist()], rtol=1e-14
    )

    def checked(x):
        if x < -1.9:
            raise KeyError("too small")
        return x * x

    with pytest.raises(KeyError):
        batched(checked)(x)
    with np.errstate(all="ignore"):
        np.testing.assert_allclose(batched(lambda x: 1 / x)(np.ones(20)), np.ones(20))
        found = batched(lambda x: math.log(x))(np.concatenate([np.ones(20), [-1.0], np.ones(20)]))
    assert np.isnan(found[20])
    assert found[21] == 0.0


def test_outside_values_and_effects():
    scale = 2.0
    counts = {"calls": 0}

    def f(x):
        counts["calls"] += 1
        return scale * x

    x = np.arange(40.0)
    many = batched(f)
    np.testing.assert_allclose(many(x), 2.0 * x)
    assert counts["calls"] == 40
    scale = 3.0
    np.testing.assert_allclose(many(x), 3.0 * x)


def test_in_place_writes():
    def f(x, k):
        work = np.zeros(4)
        work[1:3] = x[:2]
        work[k] += x[2]
        return np.sum(work**2)

    rng = np.random.default_rng(0)
    x, k = rng.normal(size=(50, 3)), rng.integers(0, 4, 50)
    g = grad(f)
    np.testing.assert_allclose(batched(g)(x, k), [g(a, int(b)) for a, b in zip(x, k)], rtol=1e-13)


@pytest.mark.slow
def test_indexing_by_arrays():
    table = np.arange(10.0) ** 2

    def f(x, index):
        return np.sum(x[index] * np.array([1.0, 2.0])) + np.sum(table[index])

    rng = np.random.default_rng(0)
    x, index = rng.normal(size=(30, 6)), rng.integers(0, 6, (30, 2))
    many = batched(grad(f))
    np.testing.assert_allclose(
        many(x, index), [grad(f)(a, b) for a, b in zip(x, index)], rtol=1e-13
    )
    assert many.passes == 1


def test_a_primitive_is_run_for_each_element():
    table = primitive(lambda x: math.tanh(x)).defpartials(lambda r, x: 1 - r * r)
    x = np.linspace(-1, 1, 50)
    np.testing.assert_allclose(batched(grad(lambda x: table(x)))(x), 1 - np.tanh(x) ** 2)


@pytest.mark.slow
def test_differentiated_from_outside():
    def f(w, x):
        return w * math.sin(x) if x > 0 else w * w * x

    x = np.array([0.5, -1.0, 2.0])
    many = batched(f, in_axes=(None, 0))

    def total(w):
        return np.sum(many(w, x) ** 2)

    elements = x.tolist()
    plain = lambda w: sum(f(w, v) ** 2 for v in elements)
    assert grad(total)(0.7) == pytest.approx(grad(plain)(0.7), rel=1e-14)
    assert grad(grad(total))(0.7) == pytest.approx(grad(grad(plain))(0.7), rel=1e-13)
    assert jvp(total, (0.7,), (1.0,))[1] == pytest.approx(grad(plain)(0.7), rel=1e-14)
    nested = batched(batched(f, in_axes=(None, 0)), in_axes=(0, None))
    w = np.linspace(0, 1, 20)
    np.testing.assert_allclose(nested(w, x), [[f(a, b) for b in x.tolist()] for a in w], rtol=1e-14)


def test_single_precision_and_views():
    x = np.arange(40, dtype=np.float32)[::2]
    x.flags.writeable = False
    found = batched(grad(lambda x: x * x))(x)
    assert found.dtype == np.float32
    np.testing.assert_allclose(found, 2 * x)


@pytest.mark.slow
def test_jax_agrees():
    jax = pytest.importorskip("jax")
    jax.config.update("jax_enable_x64", True)

    def f(x, w):
        return np.sum(np.tanh(w @ x) * x[::-1]) + np.max(x)

    def same(x, w):
        return jax.numpy.sum(jax.numpy.tanh(w @ x) * x[::-1]) + jax.numpy.max(x)

    rng = np.random.default_rng(0)
    x, w = rng.normal(size=(20, 3)), rng.normal(size=(3, 3))
    want = jax.vmap(jax.grad(same), in_axes=(0, None))(x, w)
    np.testing.assert_allclose(batched(grad(f), in_axes=(0, None))(x, w), want, rtol=1e-12)
    want = jax.vmap(jax.jacfwd(jax.grad(same)), in_axes=(0, None))(x, w)
    g = grad(f)
    rows = batched(
        lambda x, w: np.stack([jvp(lambda x: g(x, w), (x,), (e,))[1] for e in np.eye(3)]),
        in_axes=(0, None),
    )
    np.testing.assert_allclose(rows(x, w), want, rtol=1e-9, atol=1e-12)


PIECES = [
    lambda x: np.sin(x) * x[0],
    lambda x: x[::-1] + np.sum(x),
    lambda x: np.where(x > 0, x, 0.1 * x * x),
    lambda x: np.concatenate([x[1:], x[:1]]) * np.arange(1.0, 5.0),
    lambda x: x if x[0] > 0 else -2.0 * x,
    lambda x: np.cumsum(x) / (1 + x * x),
    lambda x: (np.outer(x, x) @ x) * 0.1,
    lambda x: np.sort(x),
    lambda x: x.reshape(2, 2).T.ravel(),
    lambda x: x - np.mean(x) if np.max(x) > 0.5 else x * np.linalg.norm(x),
]


@pytest.mark.slow
@settings(max_examples=40, deadline=None)
@given(st.lists(st.sampled_from(range(len(PIECES))), min_size=1, max_size=4), st.integers(0, 99))
def test_random_programs(chosen, seed):
    def f(x):
        for k in chosen:
            x = PIECES[k](x)
        return np.sum(x * np.arange(4.0))

    x = np.random.default_rng(seed).normal(size=(25, 4))
    g = grad(f)
    np.testing.assert_allclose(batched(g)(x), [g(v) for v in x], rtol=1e-11, atol=1e-12)


@pytest.mark.slow
def test_every_operator_over_a_batch():
    def f(p, t):
        return p[0] * math.exp(-p[1] * t) if t < 0.5 else p[0] * p[1] * t

    def pair(p, t):
        return np.array([f(p, t), f(p, t) ** 2])

    p, t = np.array([1.5, 0.7]), np.linspace(0, 1, 60)
    v = np.array([1.0, -2.0])
    for g, args, axes in (
        (jacobian(pair), (p, t), (None, 0)),
        (hessian(f), (p, t), (None, 0)),
        (hvp(f), (p, t, v), (None, 0, None)),
        (jacobian(pair, wrt=("p", "t")), (p, t), (None, 0)),
        (derivative(f, wrt=1), (p, t), (None, 0)),
    ):
        many = batched(g, in_axes=axes)
        found = many(*args)
        for k in (0, 20, 40, 59):
            one = g(args[0], float(t[k]), *args[2:])
            if isinstance(one, tuple):
                for have, want in zip(found, one, strict=True):
                    np.testing.assert_allclose(have[k], want, rtol=1e-12, atol=1e-14)
            else:
                np.testing.assert_allclose(found[k], one, rtol=1e-12, atol=1e-14)
        assert many.passes == 2
    rows = jacobian(batched(f, in_axes=(None, 0)))(p, t[:5])
    np.testing.assert_allclose(rows, [grad(f)(p, float(s)) for s in t[:5]], rtol=1e-13)
