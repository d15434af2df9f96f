"""Batches of loops and branches: each element is what the function gives it by itself."""

from __future__ import annotations

import math
import warnings
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

from symdiff import batched, grad, hessian, linearize, value_and_grad
from symdiff import vjp as vjp_of
from symdiff.batch import batch
from symdiff.differentiate import jvp, vjp
from symdiff.operators.alike import has_loops
from symdiff.program.program import Program, validate
from symdiff.settings import rolling

from ..loops_by_hand import compiled, optimized, recorded
from ..oracle import mp_gradient
from ..random_loops import Random, arguments

RNG = np.random.default_rng(3)
N = 40


@pytest.fixture(autouse=True)
def no_warnings() -> Iterator[None]:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        yield


def counted(x, n):
    s = x
    for k in range(n):
        s = math.sin(s) * x + 0.1 * k
    return s


def halved(x):
    k = 0
    while abs(x) > 1.0:
        x = x * 0.5 + math.sin(x) * 0.1
        k += 1
    return x * k + x * x


def parted(x):
    s = x[0] * 0.0
    for i in range(len(x)):
        if x[i] > 0.0:
            s = s + math.sqrt(x[i]) * x[i]
        else:
            s = s + math.exp(x[i]) * s
    return s


def found_in(x, y):
    i, s = 0, y
    while i < len(x) and x[i] > y:
        s = s * x[i] + y
        i += 1
    return s + i * y


def written(x):
    y = x * 1.0
    for i in range(1, len(x)):
        y[i] = math.sin(y[i - 1]) * x[i] + x[i - 1]
    return np.sum(y * y)


def hailstones(x, m):
    s = x
    while m != 1:
        if m % 2 == 0:
            m = m // 2
            s = s * 0.9 + x
        else:
            m = 3 * m + 1
            s = math.sin(s)
    return s


def inner(x, y):
    total = x
    for k in range(12):
        t = y + 0.3 * k
        while t > 0.4:
            t = t * 0.5 - 0.01 * x
        total = total * 0.9 + t * t
    return total


def logarithms(x):
    """What an element would do after its end has no value."""
    s = x
    while s > 1.5:
        x = x - 1.0
        s = math.log(x) + math.sqrt(x - 0.5)
    return s * x


def poles(x):
    s = 1.0
    for k in range(12):
        if abs(x - k) > 0.5:
            s = s + 1.0 / (x - k)
        elif x > k:
            s = s + math.log(x - k + 1.0) * s
        else:
            s = s * 0.5
    return s


def left(x, n):
    s = x
    for k in range(n):
        s = math.cos(s) * 0.5 + x * k
        if s > 6.0:
            break
    else:
        s = s * 2.0
    return s * x


CASES: list[tuple[Any, Any, Any]] = [
    (counted, (0, 0), lambda: (RNG.uniform(-0.9, 0.9, N), RNG.integers(0, 40, N))),
    (counted, (0, None), lambda: (RNG.uniform(-0.9, 0.9, N), 30)),
    (counted, (0, None), lambda: (RNG.uniform(-0.9, 0.9, N), 12)),
    (counted, (None, 0), lambda: (0.7, RNG.integers(0, 25, N))),
    (halved, 0, lambda: (RNG.normal(size=N) * 10 ** RNG.uniform(0, 5, N),)),
    (parted, 0, lambda: (RNG.normal(size=(N, 12)),)),
    (found_in, 0, lambda: (RNG.uniform(0.2, 1, size=(N, 15)), RNG.uniform(0, 0.5, N))),
    (found_in, (None, 0), lambda: (RNG.uniform(0.2, 1, size=15), RNG.uniform(0, 0.5, N))),
    (found_in, (0, None), lambda: (RNG.uniform(0.2, 1, size=(N, 15)), 0.3)),
    (written, 0, lambda: (RNG.normal(size=(N, 20)),)),
    (hailstones, 0, lambda: (RNG.normal(size=N), RNG.integers(1, 60, N))),
    (hailstones, (0, None), lambda: (RNG.normal(size=N), 27)),
    (inner, 0, lambda: (RNG.normal(size=N), RNG.uniform(0, 40, N))),
    (inner, (None, 0), lambda: (0.3, RNG.uniform(0, 40, N))),
    (logarithms, 0, lambda: (RNG.uniform(1.8, 20.0, N),)),
    (poles, 0, lambda: (RNG.uniform(-1.0, 13.0, N),)),
    (left, 0, lambda: (RNG.normal(size=N), RNG.integers(0, 40, N))),
]
IDS = [f"{f.__name__}-{axes}" for f, axes, _ in CASES]


def element(args: Any, axes: Any, k: int) -> list[Any]:
    axes = axes if isinstance(axes, tuple) else (axes,) * len(args)
    found = [a if axis is None else a[k] for a, axis in zip(args, axes, strict=True)]
    return [a.item() if isinstance(a, np.generic) else a for a in found]


def outcome(function: Any, args: list[Any]) -> Any:
    try:
        return function(*args)
    except (ArithmeticError, ValueError) as error:
        return type(error)


@pytest.mark.parametrize(("function", "axes", "made"), CASES, ids=IDS)
def test_every_element_is_its_own(function: Any, axes: Any, made: Any) -> None:
    one, both = batched(function, axes), batched(value_and_grad(function), axes)
    for _ in range(2):  # other counts, arms and inputs for what is compiled already
        args = made()
        want = [outcome(function, element(args, axes, k)) for k in range(N)]
        assert all(isinstance(w, float) for w in want)
        np.testing.assert_allclose(one(*args), want, rtol=1e-11)
        values, slopes = both(*args)
        np.testing.assert_allclose(values, want, rtol=1e-11)
        for k in range(0, N, 9):
            slope = mp_gradient(function, tuple(element(args, axes, k)))
            scale = 1e-12 * (1.0 + np.abs(slopes[k]).max())
            np.testing.assert_allclose(slopes[k], slope, rtol=1e-9, atol=scale)
    for found in (one, both):
        assert any(has_loops(leaf.specialization.program) for leaf in found._dispatcher.leaves)
    assert one._dispatcher.trace_count <= N
    assert one.singles <= 16


def test_second_derivatives() -> None:
    x = RNG.uniform(-3.0, 60.0, N)
    found = batched(hessian(halved))(x)
    for k in range(N):
        ends = [value_and_grad(halved)(v)[1] for v in (x[k] + 1e-5, x[k] - 1e-5)]
        assert found[k] == pytest.approx((ends[0] - ends[1]) / 2e-5, rel=1e-5, abs=1e-6)


def test_one_pass_serves_all_counts() -> None:
    g = batched(value_and_grad(halved))
    x = 10 ** RNG.uniform(0, 5, 200)
    g(x)
    assert (g.passes, g.singles, g._dispatcher.trace_count) == (1, 0, 1)
    g(x[:100] * 3.0)
    assert g._dispatcher.trace_count == 1


@pytest.mark.slow
def test_every_element_its_own_path():
    def collatz(x, n):
        while n != 1:
            n = 3 * n + 1 if n % 2 else n // 2
            x = x * 1.01
        return x

    n = np.arange(1, 30)
    x = np.ones(29)
    want = [grad(collatz)(1.0, int(k)) for k in n]
    many = batched(grad(collatz))
    np.testing.assert_allclose(many(x, n), want, rtol=1e-13)
    assert many.singles < 16  # one pass is of all counts
    with rolling(False):
        many = batched(grad(collatz))
        np.testing.assert_allclose(many(x, n), want, rtol=1e-13)
    assert many.singles > 0


def test_an_element_that_goes_round_very_often(monkeypatch: Any) -> None:
    monkeypatch.setattr("symdiff.batch.loops._MOST_ROUNDS", 50)

    def f(x, n):
        k = 0
        while k < n:
            x = math.sin(x)
            k += 1
        return x + k

    x, n = RNG.normal(size=N), RNG.integers(8, 50, N)
    n[[4, 9, 30]] = 50, 51, 400
    want = [f(float(a), int(b)) for a, b in zip(x, n, strict=True)]
    g = batched(f)
    np.testing.assert_allclose(g(x, n), want, rtol=1e-12)
    assert 0 < g.singles <= 3


def test_an_element_that_raises() -> None:
    def f(x, n):
        for k in range(n):
            x = math.sqrt(x - 0.5)
            if k > 20:
                raise KeyError(k)
        return x

    g, slopes = batched(f), batched(grad(f))
    x, counts = np.full(N, 3.0), np.full(N, 2)
    np.testing.assert_allclose(g(x, counts), [f(3.0, 2)] * N)
    counts[17], counts[3] = 12, 3
    for found in (g(x, counts), slopes(x, counts)):  # NumPy's number, where Python's raises
        assert np.isnan(found).tolist() == [k == 17 for k in range(N)]
    np.testing.assert_allclose(g(x, counts)[[3, 18]], [f(3.0, 3), f(3.0, 2)])
    x[5], counts[5] = 1e9, 30
    counts[17] = 2

    def raising(x, n):
        for k in range(n):
            x = x * 0.5
            if x < 0.01:
                raise KeyError(k)
        return x

    counts = RNG.integers(0, 6, N)
    np.testing.assert_allclose(batched(raising)(np.full(N, 3.0), counts), 3.0 * 0.5**counts)
    counts[17] = 30
    with pytest.raises(KeyError, match="8"):
        batched(raising)(np.full(N, 3.0), counts)


def test_an_exception_that_an_element_catches() -> None:
    def f(x, n):
        s = x
        try:
            for _ in range(n):
                s = math.log(s) + 1.0
        except ValueError:
            return x * 100.0
        return s

    x, n = RNG.uniform(0.05, 2.0, N), RNG.integers(0, 12, N)
    want = [f(float(a), int(b)) for a, b in zip(x, n, strict=True)]
    np.testing.assert_allclose(batched(f)(x, n), want, rtol=1e-12)


def test_no_number_of_one_element_is_that_of_another() -> None:
    def f(x):
        s, k = x, 0
        while not s > 50.0 and k < 30:
            s = s * 2.0 - 1.0
            k += 1
        return s / k if k else s

    x = RNG.uniform(1.1, 60.0, N)
    x[3], x[11], x[12] = np.nan, np.inf, -np.inf
    found = batched(f)(x)
    np.testing.assert_array_equal(found, [f(float(v)) for v in x])


def test_a_loop_need_not_end_for_elements_of_another_path() -> None:
    def f(x, y):
        if x > 0.0:
            s = y
            while x != 0.0:
                x = x - 0.25
                s = s * 0.5 + x
            return s
        return y * 2.0

    x, y = np.round(RNG.normal(size=N) * 4) / 4 - 0.25, RNG.normal(size=N)
    x[0] = 2.5
    g = batched(f)
    np.testing.assert_array_equal(g(x, y), [f(*map(float, v)) for v in zip(x, y, strict=True)])
    assert any(has_loops(leaf.specialization.program) for leaf in g._dispatcher.leaves)


def test_whole_numbers_that_no_array_holds() -> None:
    def f(x, m, n):
        for _ in range(n):
            m = m * 3 + 1
        return x * (m % 7) + x

    x, m, n = RNG.normal(size=N), RNG.integers(1, 5, N), RNG.integers(0, 60, N)
    want = [f(float(x[k]), int(m[k]), int(n[k])) for k in range(N)]
    np.testing.assert_array_equal(batched(f)(x, m, n), want)


def test_linear_maps_of_loops_in_a_batch() -> None:
    def f(x):
        value, pull = vjp_of(halved, x)
        _, push = linearize(halved, x)
        return pull(1.0)[0] + pull(value)[0] + push(x)

    x = 10 ** RNG.uniform(0, 4, N)
    slopes = batched(grad(halved))(x)
    want = slopes * (1.0 + np.array([halved(float(v)) for v in x]) + x)
    g = batched(f)
    np.testing.assert_allclose(g(x), want, rtol=1e-11)
    assert g.passes <= 2


def test_an_arm_that_nobody_may_run_for_others() -> None:
    def f(x, a):
        s = x
        for k in range(10):
            if a[0, 0] * a[1, 1] - a[0, 1] * a[1, 0] > 0.2 * k:
                s = s + np.linalg.solve(a, np.array([s, 1.0]))[0]
            else:
                s = s * 0.5
        return s

    a = np.eye(2) + 0.5 * RNG.normal(size=(N, 2, 2))
    a[5] = 0.0
    x = RNG.normal(size=N)
    want = [f(float(x[k]), a[k]) for k in range(N)]
    np.testing.assert_allclose(batched(f)(x, a), want, rtol=1e-9)


def test_places_are_those_of_the_elements_under_way() -> None:
    def f(x, y, start):
        i, s = start, y
        while i < len(x):
            if i + 2 < len(x) and x[i + 2] > y:
                s = s + x[i + 2] * y
            s = s * 0.5 + x[i] * x[i]
            i += 1 if x[i] > 0.5 else 2
        return s

    g, slopes = batched(f), batched(grad(f, wrt=1))
    count = 10
    for most in (3, 15):
        x, y = RNG.uniform(size=(count, 14)), RNG.uniform(size=count)
        start = np.append(0, RNG.integers(0, most, count - 1))
        want = [f(x[k], float(y[k]), int(start[k])) for k in range(count)]
        np.testing.assert_allclose(g(x, y, start), want, rtol=1e-12)
    found, h = slopes(x, y, start), 1e-6
    for k in range(count):
        ends = [f(x[k], float(y[k]) + e, int(start[k])) for e in (h, -h)]
        assert found[k] == pytest.approx((ends[0] - ends[1]) / (2 * h), rel=1e-6, abs=1e-8)


# -- random programs

SIZE = 7


def gradient(program: Program) -> Program:
    derived = vjp(program, program.inputs, [1.0])
    return Program(
        "g", derived.inputs, derived.statements, (*program.outputs, *derived.outputs[1:])
    )


def numbers(found: Any) -> Any:
    return np.concatenate([np.ravel(x) for x in found]).astype(float)


@pytest.mark.parametrize("branches", [False, True])
@pytest.mark.parametrize("seed", [*range(700, 704), 7, 26])
def test_random_loops(seed: int, branches: bool) -> None:
    f = Random(seed, 2, True, small=True, branches=branches)
    args = [arguments(seed * 1000 + k, True) for k in range(SIZE)]
    fronts = [np.array(column) for column in zip(*args, strict=True)]
    first = optimized(recorded(f, *args[0]))
    whole = optimized(gradient(first))
    moved = jvp(whole, whole.inputs, [1.0, 0.5, np.ones(4)])
    second = optimized(Program("h", whole.inputs, moved.statements, moved.outputs))
    for program in (first, whole, second) if seed == 700 else (first, whole):
        single = compiled(program, careful=True).function
        for chosen in ({0, 1, 2}, {0}, {2}):
            made = batch(program, {program.inputs[k] for k in chosen}, SIZE)
            joined = validate(optimized(made.program))
            given = [args[0][k] for k in range(3) if k not in chosen]
            given += [fronts[k] for k in sorted(chosen)]
            with np.errstate(all="ignore"):
                found = compiled(joined).function(*given)
                own = [[a[k] if k in chosen else args[0][k] for k in range(3)] for a in args]
                want = [numbers(single(*a)) for a in own]
            holds = np.ones(SIZE, bool)
            count = len(program.outputs)
            for condition, values in zip(made.conditions, found[count:], strict=True):
                holds &= condition.holds(values)
            assert holds.all()
            for m in range(SIZE):
                np.testing.assert_allclose(
                    numbers([o[m] for o in found[:count]]), want[m], 1e-9, 1e-11
                )
