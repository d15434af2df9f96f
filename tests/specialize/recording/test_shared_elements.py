"""Writes to arrays that repeat elements: NumPy's copies are copies, the rest is refused."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from numpy.testing import assert_allclose

from symdiff import UnsupportedError, value_and_grad

X = np.array([0.7, 1.3, -0.4, 2.1])


def filled_like(x):
    r = np.full_like(x, x[0])
    r[0] = 7 * x[1]
    return r.sum()


def filled_with_a_constant(x):
    r = np.full_like(x, 2.0)
    r[1:] *= x[1:]
    return r.sum()


def filled_and_added_to(x):
    r = np.full_like(x, x[0] ** 2)
    r += np.arange(4.0)
    return r.sum() + r[1] * x[3]


def filled_in_two_dimensions(x):
    r = np.full_like(np.zeros((2, 2)), x[2])
    r[0] = x[:2]
    return np.linalg.det(r)


def filled_with_another_dtype(x):
    r = np.full_like(np.zeros(3, int), x[1], dtype=float)
    r[[0, 2]] = x[0] * x[3]
    return r @ r


def filled_by_fill_value(x):
    r = np.full_like(x, fill_value=x[1])
    np.multiply(r, x, out=r)
    return r.sum()


COPIES = [
    (filled_like, [3.0, 7.0, 0.0, 0.0]),
    (filled_with_a_constant, [0.0, 2.0, 2.0, 2.0]),
    (filled_and_added_to, [8 * X[0] + 2 * X[0] * X[3], 0.0, 0.0, X[0] ** 2 + 1]),
    (filled_in_two_dimensions, [X[2], -X[2], X[0] - X[1], 0.0]),
    (filled_with_another_dtype, [4 * X[0] * X[3] ** 2, 2 * X[1], 0.0, 4 * X[3] * X[0] ** 2]),
    (filled_by_fill_value, [X[1], X.sum() + X[1], X[1], X[1]]),
]


@pytest.mark.parametrize(("f", "expected"), COPIES, ids=lambda c: getattr(c, "__name__", ""))
def test_what_is_filled_may_be_written_to(f: Callable[..., Any], expected: list[float]) -> None:
    value, gradient = value_and_grad(f)(X)
    assert_allclose(value, f(X), rtol=1e-14)
    assert_allclose(gradient, expected, rtol=1e-13, atol=1e-14)


def _written(make: Callable[[Any], Any], write: Callable[[Any], None]) -> Callable[[Any], Any]:
    def f(x):
        r = make(x)
        try:
            write(r)
        except ValueError:  # which NumPy does not raise
            return x @ x
        return r.sum()

    return f


def _assign(r):
    r[0, 0] = 5.0


def _add(r):
    r += 1.0


def _assign_in_a_row(r):
    row = r[1]
    row[0] = 5.0


def _out(r):
    np.add(r, 1.0, out=r)


def _fill(r):
    r.fill(2.0)


SPREAD = {
    "broadcast_arrays": lambda x: np.broadcast_arrays(x, np.ones((3, 4)))[0],
    "meshgrid": lambda x: np.meshgrid(x, x, copy=False)[0],
    "a view": lambda x: np.broadcast_arrays(x, np.ones((3, 4)))[0].T,
}


@pytest.mark.parametrize("write", [_assign, _add, _assign_in_a_row, _out, _fill])
@pytest.mark.parametrize("name", SPREAD)
@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_a_write_that_is_seen_in_many_places_passes_the_handler(
    name: str, write: Callable[[Any], None]
) -> None:
    with pytest.raises(UnsupportedError, match="share their memory"):
        value_and_grad(_written(SPREAD[name], write))(X)


def test_what_numpy_forbids_is_numpys_own_error() -> None:
    f = _written(lambda x: np.broadcast_to(x, (3, 4)), _assign)
    value, gradient = value_and_grad(f)(X)
    assert_allclose(value, X @ X)
    assert_allclose(gradient, 2 * X)


def test_arrays_that_are_not_spread_are_written_to() -> None:
    def f(x):
        a, _ = np.broadcast_arrays(x * x, np.ones(4))
        a[0] = 3.0
        return a.sum()

    assert_allclose(value_and_grad(f)(X)[1], [0.0, *2 * X[1:]])
