"""Contractions of eigenvectors that are functions of the matrix, or parts of such."""

from __future__ import annotations

import numpy as np
import pytest

from symdiff import grad, jvp

RNG = np.random.default_rng(3)
TURN = np.linalg.qr(RNG.normal(size=(3, 3)))[0]
DISTINCT = TURN @ np.diag([1.0, 2.0, 3.5]) @ TURN.T
DISTINCT = (DISTINCT + DISTINCT.T) / 2
EQUAL = TURN @ np.diag([2.0, 2.0, 3.5]) @ TURN.T
EQUAL = (EQUAL + EQUAL.T) / 2
W, T, U = RNG.normal(size=(3, 3)), RNG.normal(size=(3, 3, 3)), RNG.normal(size=3)

WHOLE = {
    "put together": lambda w, v: np.sum(W * np.einsum("ij,j,kj->ik", v, w**2, v)),
    "turned": lambda w, v: np.sum(W * np.einsum("ij,j,kj->ki", v, np.sqrt(w), v)),
    "with two diagonals": lambda w, v: np.sum(W * np.einsum("ij,j,kj,j->ik", v, w, v, np.exp(w))),
    "scaled before": lambda w, v: np.sum(W * np.einsum("ij,kj->ik", v * w, v)),
}
PARTS = {
    "its diagonal": lambda w, v: U @ np.einsum("ij,j,ij->i", v, w, v),
    "sums of rows": lambda w, v: U @ np.einsum("ij,j,kj->k", v, w**2, v),
    "its trace": lambda w, v: np.einsum("ij,j,ij->", v, w**2, v),
    "with a vector": lambda w, v: U @ np.einsum("ij,j,kj,k->i", v, np.exp(w), v, U),
    "with three axes": lambda w, v: np.sum(W * np.einsum("ij,kj,ikl->il", v * w, v, T)),
    "with a matrix": lambda w, v: np.einsum("ij,j,kj,ik->", v, w**2, v, W),
}


def along(f, a, e):
    h = 1e-5
    return (8 * (f(a + h * e) - f(a - h * e)) - f(a + 2 * h * e) + f(a - 2 * h * e)) / (12 * h)


def check(form, a):
    def f(a):
        w, v = np.linalg.eigh(a)
        return form(w, v)

    slope = grad(f)(a)
    for k in range(3):
        for j in range(k, 3):
            e = np.zeros((3, 3))
            e[k, j] += 0.5
            e[j, k] += 0.5
            want = along(f, a, e)
            assert np.sum(slope * e) == pytest.approx(want, rel=1e-8, abs=1e-8)
            assert jvp(f, (a,), (e,))[1] == pytest.approx(want, rel=1e-8, abs=1e-8)


@pytest.mark.parametrize("name", WHOLE | PARTS)
def test_distinct_values(name):
    check((WHOLE | PARTS)[name], DISTINCT)


@pytest.mark.parametrize("name", WHOLE | PARTS)
def test_values_that_meet(name):
    check((WHOLE | PARTS)[name], EQUAL)
