"""Arrays that loops in loops read and write element by element are lists all along."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from symdiff import grad
from symdiff.settings import rolling


def product(a: Any, b: Any) -> Any:
    n, m = a.shape[0], b.shape[1]
    c = np.zeros((n, m))
    for i in range(n):
        for j in range(m):
            for k in range(a.shape[1]):
                c[i, j] += a[i, k] * b[k, j]
    return np.sum(c * c)


def heat(u: Any, n: int) -> Any:
    u = u.copy()
    for _ in range(n):
        v = u.copy()
        for i in range(1, u.shape[0] - 1):
            for j in range(1, u.shape[1] - 1):
                v[i, j] = u[i, j] + 0.1 * (u[i - 1, j] + u[i + 1, j] + u[i, j - 1] - 3 * u[i, j])
        u = v
    return np.sum(u * u)


def eliminated(a: Any, n: int) -> Any:
    """Only the first `n` columns are eliminated: the inner loops have the counts of the outer."""
    a = a.copy()
    for k in range(n):
        for i in range(len(a)):
            if i != k:
                factor = a[i, k] / a[k, k]
                for j in range(len(a)):
                    a[i, j] = a[i, j] - factor * a[k, j]
    total = 0.0
    for i in range(len(a)):
        total += a[i, i] ** 2 + a[0, i]
    return total


def bubbles(x: Any, w: Any) -> Any:
    y = x.copy()
    n = len(y)
    for i in range(n):
        for j in range(n - 1 - i):
            if y[j] > y[j + 1]:
                y[j], y[j + 1] = y[j + 1], y[j]
    return np.sum(w * y)


def inserted(x: Any, w: Any) -> Any:
    y = x.copy()
    for i in range(1, len(y)):
        v, j = y[i], i - 1
        while j >= 0 and y[j] > v:
            y[j + 1] = y[j]
            j -= 1
        y[j + 1] = v
    return np.sum(w * y)


def smoothed_rows(x: Any, n: int) -> Any:
    """A row is read as a whole between loops over elements: an array is needed now and then."""
    y = x.copy()
    total = 0.0
    for _ in range(n):
        for i in range(1, len(y)):
            y[i] = 0.5 * y[i] + 0.5 * y[i - 1]
        total = total + np.sum(y * y)
    return total + y[2]


def matrix(n: int, seed: int = 0) -> Any:
    return np.random.default_rng(seed).normal(size=(n, n)) + 4.0 * np.eye(n)


def vector(n: int, seed: int = 0) -> Any:
    return np.random.default_rng(seed).normal(size=n)


CASES: list[tuple[Callable[..., Any], list[tuple[Any, ...]]]] = [
    (product, [(matrix(7), matrix(7, 1)), (matrix(9), matrix(9, 2))]),
    (heat, [(matrix(9), 3), (matrix(9, 1), 1), (matrix(9, 2), 6), (matrix(9), 0)]),
    (eliminated, [(matrix(6), 6), (matrix(6, 1), 0), (matrix(6, 2), 4)]),
    (bubbles, [(vector(20, s), vector(20, s + 1)) for s in range(4)]),
    (inserted, [(vector(20, s), vector(20, s + 1)) for s in range(4)]),
    (smoothed_rows, [(vector(30), 4), (vector(30, 1), 0), (vector(30, 2), 9)]),
]


def differences(f: Callable[..., Any], x: Any, *more: Any) -> Any:
    """Central differences of the function itself."""
    found = np.zeros(x.size)
    for k in range(x.size):
        step = np.zeros(x.size)
        step[k] = 1e-6
        step = step.reshape(x.shape)
        found[k] = (f(x + step, *more) - f(x - step, *more)) / 2e-6
    return found.reshape(x.shape)


@pytest.mark.parametrize(("f", "inputs"), CASES, ids=[f.__name__ for f, _ in CASES])
def test_nests_over_elements(f: Callable[..., Any], inputs: list[tuple[Any, ...]]) -> None:
    g = grad(f)
    for args in (*inputs, *reversed(inputs)):
        given = [np.array(a) for a in args]
        found = g(*args)
        assert type(found) is np.ndarray
        with rolling(False):
            assert_allclose(found, grad(f)(*args), rtol=1e-12, atol=1e-14)
        assert_allclose(found, differences(f, *args), rtol=1e-5, atol=1e-6)
        for a, b in zip(args, given, strict=True):
            assert_array_equal(a, b)  # nothing is written to what the user holds


@pytest.mark.parametrize(
    ("f", "args"),
    [
        (product, (matrix(12), matrix(12, 1))),
        (heat, (matrix(12), 10)),
        (bubbles, (vector(20), vector(20, 1))),
        (inserted, (vector(20), vector(20, 1))),
    ],
)
def test_no_array_is_asked_for_an_element_in_a_nest(
    f: Callable[..., Any], args: tuple[Any, ...]
) -> None:
    deep = re.findall(r"^ {12,}.*", grad(f).generated_source(*args), re.MULTILINE)
    assert deep
    assert not [line for line in deep if "numpy" in line or "float(" in line or "setitem" in line]


def test_a_large_array_of_which_few_elements_are_written_stays_an_array() -> None:
    def f(x: Any, n: int) -> Any:
        y = x.copy()
        for _ in range(n):
            for i in range(5):
                y[i] = y[i] * y[i + 1]
        return np.sum(y)

    x = np.linspace(0.9, 1.1, 100_000)
    g = grad(f)
    assert ".tolist()" not in g.generated_source(x, 3)
    found = g(x, 3)
    assert_allclose(found[:7], grad(f)(x[:7].copy(), 3), rtol=1e-14)
    assert_array_equal(found[7:], 1.0)


def left_early(x: Any, n: int) -> float:
    """An iteration that may not be made after all does not write to what there was before it."""
    y = x.copy()
    total = 0.0
    for k in range(n):
        y[k % 3] = y[k % 3] * y[3] + 0.1
        for j in range(2):
            y[j + 1] = y[j + 1] + 0.5 * y[j] * x[0]
        if y[2] > 1.5:
            break
        y[3] = y[3] * 0.9 + 0.1 * y[0]
        total = total + y[1] * y[2]
    return float(total + y[0] + 2.0 * y[1] + 3.0 * y[2] + 4.0 * y[3])


def left_early_of_rows(x: Any, n: int) -> float:
    y = x.reshape(2, 2).copy()
    for k in range(n):
        before = y[0, 0] + y[1, 1]
        y[0, k % 2] = y[1, 0] * y[0, 1] + 0.2
        y[1, 1] = y[1, 1] * 0.9 + y[0, 0] * 0.3
        if y[1, 1] + before > 2.0:
            break
        y[1, 0] = y[1, 0] * y[1, 1]
    return float(y[0, 0] + 2.0 * y[0, 1] + 3.0 * y[1, 0] + 4.0 * y[1, 1])


@pytest.mark.parametrize("f", [left_early, left_early_of_rows])
def test_what_is_written_before_a_loop_is_left(f: Callable[..., float]) -> None:
    g = grad(f)
    inputs = [np.array([0.3, 0.5, 0.2, 0.8]), np.array([1.4, 0.9, 1.1, 0.7]), np.zeros(4)]
    for n in (30, 1, 0, 12, 5):
        for x in inputs:
            kept = x.copy()
            found = g(x, n)
            assert np.array_equal(x, kept)
            for k in range(4):
                step = np.zeros(4)
                step[k] = 1e-6
                change = (f(x + step, n) - f(x - step, n)) / 2e-6
                assert_allclose(found[k], change, rtol=1e-5, atol=1e-7)


def test_a_list_that_has_to_be_copied_is_copied_as_one() -> None:
    text = grad(left_early_of_rows).generated_source(np.array([0.3, 0.5, 0.2, 0.8]), 30)
    (loop,) = re.findall(r"\n    for .*?\n    \w", text[: text.index("reversed")], re.DOTALL)
    assert loop.count("[part[:] for part in ") == 1
    assert "numpy" not in loop
