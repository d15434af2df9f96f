"""Printed formulas of sparse matrices and of whole numbers, read back by SciPy and NumPy."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import scipy.interpolate
import scipy.sparse as ss
import scipy.sparse.linalg as sl
from numpy.testing import assert_allclose

from symdiff import UnsupportedError, grad
from symdiff.errors import TooLargeError

A = ss.csr_array(np.array([[4.0, 1.0, 0.0], [0.0, 3.0, -2.0], [5.0, 0.0, 2.0]]))
B = ss.csc_array(A)
C = ss.coo_array(A)
X = np.array([1.2346, 0.7, -1.5])

NAMES = {
    **{n: getattr(ss, n) for n in ("csr_array", "csc_array", "coo_array")},
    **{n: getattr(np, n) for n in ("broadcast_to", "sum", "floor", "zeros", "arange")},
    "spsolve": sl.spsolve,
    "A": A,
    "B": B,
    "C": C,
    "int64": np.int64,
    "float32": np.float32,
}

FORMULAS: dict[str, Callable[..., Any]] = {
    "quadratic form": lambda x: x @ (A @ x),
    "by columns": lambda x: np.sum((B @ x) ** 2),
    "coordinates": lambda x: x @ (C @ x),
    "transposed": lambda x: np.sum((A.T @ x) ** 2),
    "from the left": lambda x: np.sum((x @ A) ** 2),
    "solved": lambda x: x @ sl.spsolve(B, x),
    "rounded after a factor": lambda x: (1000 * x).astype(int).sum() * (x @ x),
    "rounded in between": lambda x: (1000 * x).astype(int).sum() * 0.001 * (x @ x),
    "rounded before a factor": lambda x: 3 * x.astype(int).sum() * (x @ x),
    "rounded, divided": lambda x: np.sum((10 * x).astype("int64") / 4) * np.sum(x * x),
}


@pytest.mark.parametrize("name", FORMULAS)
def test_printed_formulas_mean_what_they_say(name: str) -> None:
    g = grad(FORMULAS[name])
    text = str(g.expression(X))
    read_back = eval(text, {**NAMES, "x": X})  # of this file's own functions
    assert_allclose(read_back, g(X), rtol=1e-12)


def test_choices_by_choices_that_sympy_cannot_write_are_too_large() -> None:
    table = scipy.interpolate.interp1d([0.0, 1.0, 2.0, 3.0], [0.0, 1.0, 4.0, 9.0])
    g = grad(lambda x: table(x).sum())
    assert_allclose(g(np.array([0.7, 1.3])), [1.0, 3.0])
    with pytest.raises(TooLargeError):
        g.expression(np.array([0.7, 1.3]))


W = np.array([0.3, -1.0, 2.0])
ELEMENTS: dict[str, tuple[Callable[..., Any], Callable[..., Any]]] = {
    "element": (
        lambda x: A.multiply(x).tocsr()[2, 0] * x[1],
        lambda x: A.toarray()[2, 0] * x[0] * x[1],
    ),
    "of diagonals": (lambda x: ss.diags(x).tocsr()[1, 1] * x[0], lambda x: x[1] * x[0]),
    "negative": (lambda x: ss.diags(x).tocsc()[-1, -1] ** 2, lambda x: x[-1] ** 2),
    "not stored": (lambda x: ss.diags(x).tocsr()[0, 1] + x[0], lambda x: x[0]),
    "diagonal": (lambda x: ss.diags(x * x).diagonal() @ W, lambda x: (x * x) @ W),
    "diagonal beside": (
        lambda x: (x[0] * A).diagonal(1) @ x[1:],
        lambda x: x[0] * np.diagonal(A.toarray(), 1) @ x[1:],
    ),
}


@pytest.mark.parametrize("name", ELEMENTS)
def test_elements_of_matrices_of_traced_data(name: str) -> None:
    f, dense = ELEMENTS[name]
    g, h = grad(f), 1e-6
    for x in (X, X[::-1].copy()):
        want = [(dense(x + h * e) - dense(x - h * e)) / (2 * h) for e in np.eye(3)]
        assert_allclose(g(x), want, rtol=1e-7, atol=1e-8)


REFUSED: dict[str, Callable[..., Any]] = {
    "row": lambda x: ss.diags(x).tocsr()[1].sum(),
    "block": lambda x: ss.diags(x).tocsr()[1:, 1:].sum(),
    "abs": lambda x: abs(ss.diags(x)).sum(),
    "power": lambda x: (ss.diags(x) ** 2).sum(),
    "iterated over": lambda x: sum(row.sum() for row in ss.diags(x).tocsr()),
}


@pytest.mark.parametrize("name", REFUSED)
def test_the_rest_is_refused_with_its_place(name: str) -> None:
    with pytest.raises(UnsupportedError) as caught:
        grad(REFUSED[name])(X)
    assert caught.value.where is not None


def test_an_element_written_to_is_refused() -> None:
    def f(x):
        m = ss.diags(x).tocsr()
        m[0, 0] = x[1]
        return (m @ x).sum()

    with pytest.raises(UnsupportedError, match="__setitem__"):
        grad(f)(X)


def test_a_rule_that_refuses_says_where() -> None:
    import scipy.optimize

    t = np.linspace(0, 2, 9)

    def f(x):
        _, spread = scipy.optimize.curve_fit(
            lambda t, m, k: m * t + k, t, x[0] * t + 0.05 * np.sin(5 * t)
        )
        return spread[0, 0]

    with pytest.raises(UnsupportedError, match="covariance") as caught:
        grad(f)(X)
    assert caught.value.where is not None
