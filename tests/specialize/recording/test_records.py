"""Arrays of records, which are constants; arrays without axes, and arrays of many."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from numpy.testing import assert_allclose

from symdiff import UnsupportedError, value_and_grad

X = np.array([0.7, 1.3, -0.4, 2.1])
KIND = [("a", float), ("n", int)]


def fields(x):
    r = np.array([(1.0, 2), (3.0, 4)], dtype=KIND)
    return r["a"] @ x[:2] + r[1]["n"] * x[2] + r["n"].sum() * x[3]


def written_by_field(x):
    r = np.zeros(2, dtype=KIND)
    r["a"] = [1.0, 2.0]
    q = r["a"]
    q[0] = 3.0
    return r["a"][0] * x[0] + r["a"][1] * x[1]


def written_by_record(x):
    r = np.zeros(2, dtype=KIND)
    r[1] = (5.0, 2)
    return r["a"].sum() * x[0] + r[1]["n"] * x[1]


def rows(x):
    total = 0.0
    for row in np.array([(1.0, 2), (3.0, 4)], dtype=KIND):
        total = total + row["a"] * x[row["n"] - 1]
    return total


def lists_of_no_axes(x):
    return np.asarray(x[0]).tolist() * 2 + np.array(x[1]).tolist() + x[2].tolist()


def items_of_no_axes(x):
    return x[0].item(0) + np.array(x[1]).item() * x[2].item(-1)


def filled_of_no_axes(x):
    a = np.array(x[0])
    a.fill(x[1])
    return a * a


def of_many_axes(x):
    return x.reshape((4,) + (1,) * 60).sum() ** 2


def by_new_axes(x):
    return (x[(slice(None),) + (None,) * 40] * np.ones((4,) + (1,) * 39 + (2,))).sum() * x[0]


def of_many_axes_against_each_other(x):
    a, b = x.reshape((2,) + (1,) * 44 + (2,)), x[:2].reshape((1,) * 20 + (2,) + (1,) * 25)
    return (a * b).sum()


S = X.sum()
CASES = [
    (fields, [1.0, 3.0, 4.0, 6.0]),
    (written_by_field, [3.0, 2.0, 0.0, 0.0]),
    (written_by_record, [5.0, 2.0, 0.0, 0.0]),
    (rows, [0.0, 1.0, 0.0, 3.0]),
    (lists_of_no_axes, [2.0, 1.0, 1.0, 0.0]),
    (items_of_no_axes, [1.0, X[2], X[1], 0.0]),
    (filled_of_no_axes, [0.0, 2 * X[1], 0.0, 0.0]),
    (of_many_axes, [2 * S] * 4),
    (by_new_axes, [2 * S + 2 * X[0], 2 * X[0], 2 * X[0], 2 * X[0]]),
    (
        of_many_axes_against_each_other,
        [S + X[0] + X[1], S + X[0] + X[1], X[0] + X[1], X[0] + X[1]],
    ),
]


@pytest.mark.parametrize(("f", "expected"), CASES, ids=lambda c: getattr(c, "__name__", ""))
def test_value_and_gradient(f: Callable[..., Any], expected: list[float]) -> None:
    value, gradient = value_and_grad(f)(X)
    assert_allclose(value, f(X), rtol=1e-14)
    assert_allclose(gradient, expected, rtol=1e-13, atol=1e-14)


def test_shapes_of_many_axes_that_do_not_fit_are_numpys_own_error() -> None:
    def f(x):
        return (x.reshape((4,) + (1,) * 40) * np.ones((3,) + (1,) * 40)).sum()

    with pytest.raises(ValueError, match="could not be broadcast"):
        f(X)
    with pytest.raises(ValueError, match=r"could not be broadcast|shape mismatch"):
        value_and_grad(f)(X)


def to_a_field(x):
    r = np.zeros(2, dtype=KIND)
    r["a"] = x[:2]
    return r["a"].sum()


def to_a_record(x):
    r = np.zeros(2, dtype=KIND)
    r[0] = (x[0], 1)
    return r["a"].sum()


@pytest.mark.parametrize("f", [to_a_field, to_a_record])
def test_traced_values_in_records_are_refused_with_their_place(f: Callable[..., Any]) -> None:
    with pytest.raises(UnsupportedError, match="array of records") as caught:
        value_and_grad(f)(X)
    assert caught.value.where is not None
