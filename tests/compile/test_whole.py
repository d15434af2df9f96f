"""Loops that whole arrays compute: the numbers, errors and silence of one iteration by one."""

from __future__ import annotations

import math
import re
import warnings
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from symdiff import batched, grad, hessian, jvp, value_and_grad
from symdiff.settings import rolling

from .whole_loops import (
    ARITHMETIC,
    FUNCTIONS,
    LENGTHS,
    Function,
    ahead,
    at,
    by_complex_step,
    iterated,
    larger,
    mapped,
    product,
    products,
    rosenbrock,
    smoothed,
    squares,
    was_careful,
)


@pytest.mark.parametrize("f", FUNCTIONS, ids=lambda f: f.__name__)
def test_gradients_at_all_lengths_in_turn(f: Function) -> None:
    g, both = grad(f), value_and_grad(f)
    for n in LENGTHS:
        x = at(n)
        want = by_complex_step(f, x)
        assert_allclose(g(x), want, rtol=1e-12, atol=1e-13 * np.max(np.abs(want)))
        value, slope = both(x)
        assert_allclose(value, f(x), rtol=1e-13)
        assert_allclose(slope, want, rtol=1e-12, atol=1e-13 * np.max(np.abs(want)))
        if n == 33:
            with rolling(False):
                assert_allclose(grad(f)(x), g(x), rtol=1e-12, atol=1e-13 * np.max(np.abs(want)))
    assert not was_careful(g)
    assert not was_careful(both)
    if f is not products:  # whose way back is no sum of products
        assert not re.search(r"\bfor\b", grad(f).generated_source(at(200)))


@pytest.mark.parametrize("f", ARITHMETIC, ids=lambda f: f.__name__)
def test_sums_and_products_are_equal_to_the_last_bit(
    f: Function, monkeypatch: pytest.MonkeyPatch
) -> None:
    x = at(140)
    value, slope = value_and_grad(f)(x)
    want, by = iterated(monkeypatch, lambda: value_and_grad(f)(x))
    assert value == want
    assert_array_equal(slope, by)


@pytest.mark.parametrize("f", [product, squares, smoothed, larger], ids=lambda f: f.__name__)
def test_other_operators(f: Function, monkeypatch: pytest.MonkeyPatch) -> None:
    x, v = at(36), at(36, 5)
    many = np.stack([at(36, 9), x, v])
    found = [jvp(f, (x,), (v,)), hessian(f)(x), batched(grad(f))(many)]
    want = iterated(
        monkeypatch,
        lambda: [jvp(f, (x,), (v,)), hessian(f)(x), np.stack([grad(f)(y) for y in many])],
    )
    for a, b in zip(found, want, strict=True):
        assert_allclose(a, b, rtol=1e-11, atol=1e-11 * np.max(np.abs(b)))


@pytest.mark.parametrize("zeros", [(), (3,), (3, 17), (0,), (39,)])
def test_a_product_with_zeros_is_divided_by_none(zeros: tuple[int, ...]) -> None:
    x = at(40)
    x[list(zeros)] = 0.0
    want = [math.prod(np.delete(x, k)) for k in range(40)]
    assert_allclose(grad(product)(x), want, rtol=1e-13)


@pytest.mark.parametrize("value", [0.0, -math.inf, math.nan, 1e200, 1e-200])
@pytest.mark.parametrize("f", [product, rosenbrock, mapped])
def test_extreme_elements(f: Function, value: float, monkeypatch: pytest.MonkeyPatch) -> None:
    x = at(50)
    x[[4, 30]] = value
    g, known = grad(f), np.geterr()
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for _ in range(2):
            assert_allclose(g(x), iterated(monkeypatch, lambda: grad(f)(x)), rtol=1e-12)
    assert np.geterr() == known
    y = at(50, 1)
    assert_array_equal(g(y), grad(f)(y))


def logs(x: Any, c: float) -> Any:
    total = 0.0
    for i in range(len(x)):
        total += math.log(x[i]) + math.exp(x[i] * c) / x[i]
    return total


def test_what_the_loop_raises_is_raised() -> None:
    g = grad(logs)
    x = at(50)
    for _ in range(2):
        assert_allclose(g(x, 1.0), 1 / x + np.exp(x) * (x - 1) / x**2, rtol=1e-12)
        for value, c, error in ((-1.0, 1.0, ValueError), (1.0, 1e3, OverflowError)):
            bad = x.copy()
            bad[41] = value
            with pytest.raises(error) as caught:
                g(bad, c)
            own = [e.lineno for e in caught.traceback if e.path == Path(__file__)]
            assert own[-1] + 1 == logs.__code__.co_firstlineno + 3
    assert np.geterr()["over"] != "raise"


def of_numbers(a: float, n: int) -> float:
    total, p = 0.0, 1.0
    for k in range(n):
        total += math.sin(a * k) / (1.0 + k)
        p *= 1.0 + a * 1e3
    return total * p


def test_numbers_alone_warn_no_more_than_python_does() -> None:
    g = grad(of_numbers)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for n in (40, 0, 1, 31, 64, 33):
            want = (of_numbers(0.3 + 1e-6, n) - of_numbers(0.3 - 1e-6, n)) / 2e-6
            assert_allclose(g(0.3, n), want, rtol=1e-5, atol=1e-6)
        assert not was_careful(g)
        assert not np.isfinite(g(0.3, 300))


def sheltered(x: Any) -> Any:
    """No iteration divides by zero, and no cotangent that is zero meets an infinite slope."""
    total = 0.0
    for i in range(len(x) - 1):
        r = x[i] ** 0.5
        total += np.where(x[i] > 0.5, r / x[i + 1], 0.0) + x[i]
    return total


def test_an_arm_that_is_not_taken_raises_nothing() -> None:
    g = grad(sheltered)
    for _ in range(2):
        x = at(50)
        assert_allclose(g(x), by_complex_step(sheltered, x), rtol=1e-12)
        x[[7, 20, 21]] = 0.0
        x[[8, 22]] = 0.4
        want = by_complex_step(sheltered, np.where(x == 0.0, 1e-9, x))
        x[6] = x[19] = want[6] = want[19] = 0.0
        assert_allclose(g(x)[8:18], want[8:18], rtol=1e-7)


def recurrence(x: Any) -> Any:
    y = x.copy()
    for i in range(1, len(y)):
        y[i] = y[i - 1] * x[i]
    return np.sum(y)


def wrapped(x: Any) -> Any:
    total = 0.0
    for i in range(len(x)):
        total += x[i] * x[i - 1]
    return total


def guarded(x: Any) -> Any:
    total = 0.0
    for i in range(len(x)):
        total += math.log(x[i]) if x[i] > 0 else 1.0
    return total


def beyond(x: Any, k: int) -> Any:
    total = 0.0
    for i in range(len(x)):
        total += x[i + k] * x[i]
    return total


def test_other_loops_are_run_as_loops() -> None:
    x = at(50)
    for f in (recurrence, wrapped):
        assert_allclose(grad(f)(x), by_complex_step(f, x), rtol=1e-12)
    bad = np.where(np.arange(50) % 3, x, -x)
    assert_allclose(grad(guarded)(bad), np.where(bad > 0, 1 / x, 0.0), rtol=1e-12)
    g = grad(beyond)
    for k in (0, -1, -50, 0):
        assert_allclose(g(x, k), np.roll(x, -k) + np.roll(x, k), rtol=1e-12)
        for out in (1, -51):
            with pytest.raises(IndexError):
                g(x, out)


WEIGHTS = np.linspace(0.5, 1.5, 41)


def crossed(x: Any) -> Any:
    s = 0.0
    for i in range(40):
        s += x[i + 1] ** 2 * WEIGHTS[40 - i]
    return s


def test_elements_from_the_end_to_the_second() -> None:
    g = grad(crossed)
    for n in (41, 41, 50):
        assert_allclose(g(at(n)), by_complex_step(crossed, at(n)), rtol=1e-12, atol=1e-12)
    assert "[:0:-1]" in grad(crossed).generated_source(at(41)).replace("40:0", ":0")


def in_place(x: Any, w: Any) -> Any:
    y = x[1:]
    for i in range(len(y)):
        y[i] = x[i + 1] * w[i] + 1.0
    return np.sum(x * x)


def kept_before(x: Any) -> Any:
    y = x * 2.0
    z = y[1:-1]
    total = 0.0
    for i in range(len(z)):
        total += y[i] * z[i]
    for i in range(len(y)):
        y[i] = 0.5 * y[i]
    return total + np.sum(y * y) + z[3]


def test_arrays_that_share_memory() -> None:
    x, w = at(60), at(59, 2)
    with rolling(False):
        want = grad(in_place, wrt=("x", "w"))(x.copy(), w)
    one = x.copy()
    for a, b in zip(grad(in_place, wrt=("x", "w"))(one, w), want, strict=True):
        assert_allclose(a, b, rtol=1e-12)
    assert_array_equal(one[1:], x[1:] * w + 1.0)
    for given in (x, x[::-1], np.repeat(x, 2)[::2], x[::-3]):
        before = given.copy()
        for f in (kept_before, squares, product, ahead):
            assert_allclose(grad(f)(given), by_complex_step(f, before), rtol=1e-11)
        assert_array_equal(given, before)


def of_weights(x: Any, w: Any) -> Any:
    total = 0.0
    for i in range(len(x)):
        total += w[i] * x[i] ** 2
    return total


def test_arrays_of_other_numbers() -> None:
    x, g = at(40), grad(of_weights)
    for w in (np.arange(40), np.arange(40.0), np.arange(40) % 2 == 0, np.arange(40) + 2**62):
        assert_allclose(g(x, w), 2 * w.astype(float) * x, rtol=1e-12)
        assert_allclose(g(x[:9], w[:9]), 2 * w[:9].astype(float) * x[:9], rtol=1e-12)
    narrow = x.astype(np.float32)
    assert_allclose(grad(squares)(narrow), by_complex_step(squares, narrow), rtol=1e-4)


def rows(a: Any, k: int) -> Any:
    b = a.copy()
    for j in range(a.shape[1]):
        b[k, j] = a[k, j] * a[k - 1, j] + j
    total = 0.0
    for i in range(a.shape[0]):
        total += b[i, 2] * b[i, k]
    return total


def test_rows_and_columns() -> None:
    g = grad(rows)
    for n, m, k in ((40, 50, 3), (3, 40, 2), (40, 4, 3), (40, 50, 0), (33, 50, 32)):
        a = at(n * m).reshape(n, m)
        want = by_complex_step(lambda x, n=n, m=m, k=k: rows(x.reshape(n, m), k), a.ravel())
        assert_allclose(g(a, k).ravel(), want, rtol=1e-12, atol=1e-12)
