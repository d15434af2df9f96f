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
