"""Sparse matrices of SciPy: products, solutions, and matrices made of what is differentiated."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import scipy.sparse as ss
import scipy.sparse.linalg as sl

from symdiff import grad, hessian, jacfwd, jacobian
from symdiff.errors import UnsupportedError

pytestmark = pytest.mark.sampled(every=7)

N = 5
DENSE = np.diag(2.5 * np.ones(N)) - np.diag(np.ones(N - 1), 1) - np.diag(0.5 * np.ones(N - 1), -1)
BASE = ss.csr_matrix(DENSE)
FACTORS, SOLVE = sl.splu(BASE.tocsc()), sl.factorized(BASE.tocsc())
X = np.array([0.1, -0.4, 1.0, 0.3, 2.0])
W = np.arange(1.0, 6.0)


def slope(f: Any, x: float, h: float = 1e-3) -> float:
    d = [(f(x + k * h) - f(x - k * h)) / (2 * k * h) for k in (1, 2, 3)]
    return (15 * d[0] - 6 * d[1] + d[2]) / 10


def by_differences(f: Any, x: Any) -> Any:
    if np.ndim(x) == 0:
        return slope(f, x)
    return np.array([slope(lambda s, e=e: f(x + s * e), 0.0) for e in np.eye(len(x))])


FORMATS = [
    f"{kind}_{sort}" for kind in ("csr", "csc", "coo", "dia", "bsr") for sort in ("matrix", "array")
]


@pytest.mark.parametrize("name", FORMATS)
def test_products_of_a_constant_matrix(name: str) -> None:
    a = getattr(ss, name)(DENSE)

    def f(x):
        star = a * x if name.endswith("matrix") else a @ x
        rows = (a @ np.stack([x, x * x], axis=1))[:, 1]
        return (
            W @ (a @ x)
            + np.sum(a.dot(np.exp(x)))
            + np.sum((x @ a) ** 2)
            + star @ (a.T @ x)
            + W @ rows
        )

    want = DENSE.T @ W + DENSE.sum(0) * np.exp(X) + 2 * DENSE @ (DENSE.T @ X)
    want += DENSE.T @ (DENSE.T @ X) + DENSE @ (DENSE @ X) + 2 * X * (DENSE.T @ W)
    np.testing.assert_allclose(grad(f)(X), want, rtol=1e-12)


@pytest.mark.parametrize(
    "solve",
    [
        lambda b: sl.spsolve(BASE, b),
        lambda b: sl.splu(BASE.tocsc()).solve(b),
        lambda b: sl.factorized(BASE.tocsc())(b),
        lambda b: FACTORS.solve(b),
        lambda b: SOLVE(b),
        lambda b: FACTORS.solve(FACTORS.solve(b, trans="T") @ DENSE),
        lambda b: sl.spsolve(BASE, np.stack([b, 2 * b], axis=1))[:, 0],
    ],
)
def test_solutions_of_a_constant_system(solve: Any) -> None:
    def f(b):
        return np.sum(solve(b) ** 2)

    inverse = np.linalg.inv(DENSE)
    np.testing.assert_allclose(grad(f)(X), 2 * inverse.T @ inverse @ X, rtol=1e-10)


INDICES, STARTS, DATA = BASE.indices, BASE.indptr, BASE.data.copy()

MADE: dict[str, Any] = {
    "csr": (lambda d: ss.csr_matrix((d, INDICES, STARTS), shape=(N, N)) @ W, DATA),
    "csc": (lambda d: ss.csc_array((d, INDICES, STARTS)) @ W, DATA),
    "coo": (lambda d: ss.coo_matrix((d, ([0, 1, 2], [2, 1, 0])), shape=(N, N)) @ W, X[:3]),
    "by places": (lambda d: ss.csr_matrix((d, ([0, 1, 2, 2], [2, 1, 0, 0]))) @ W[:3], X[:4]),
    "of a dense one": (lambda x: ss.csr_matrix(np.diag(x)) @ W, X),
    "solved": (lambda d: sl.spsolve(ss.csr_matrix((d, INDICES, STARTS)), W), DATA),
    "solved, csc": (lambda d: sl.spsolve(ss.csc_matrix((d, INDICES, STARTS)), W * d[0]), DATA),
    "diagonals": (
        lambda p: ss.diags([p[0] * np.ones(4), p[1] * W, p[0] * W[:4]], [-1, 0, 1]) @ W,
        np.array([1.0, 2.0]),
    ),
    "numbers on diagonals": (
        lambda p: sl.spsolve(ss.diags([p[0], p[1], -p[0]], [-1, 0, 1], shape=(N, N)).tocsc(), W),
        np.array([1.0, 3.0]),
    ),
    "one diagonal": (lambda x: ss.diags(x) @ W + ss.diags_array(x[:4], offsets=1) @ W, X),
    "an implicit step": (lambda k: sl.spsolve((ss.eye(N) - k * BASE).tocsc(), W), 0.1),
    "sums of matrices": (lambda k: (BASE / k + ss.identity(N) * k - k * BASE.T) @ W, 0.7),
    "dense": (lambda k: np.linalg.inv((k * BASE).toarray()) @ W, 0.7),
    "elementwise": (lambda x: BASE.multiply(x) @ W + BASE.multiply(x[:, None]).T @ W, X),
    "summed": (lambda k: np.asarray((k * BASE).sum(axis=0)).ravel() + (k * BASE).sum() ** 2, 0.7),
}


@pytest.mark.parametrize("name", MADE)
def test_matrices_of_what_is_differentiated(name: str) -> None:
    make, at = MADE[name]

    def f(x):
        return np.sum(make(x) ** 2 * W[: len(make(x))] / 100)

    want = by_differences(f, at)
    np.testing.assert_allclose(grad(f)(at), want, rtol=1e-6, atol=1e-6 * np.max(np.abs(want)))
    np.testing.assert_allclose(jacfwd(f)(at), grad(f)(at), rtol=1e-9, atol=1e-12)


def test_second_derivatives() -> None:
    curved = hessian(lambda x: np.sum((BASE @ x) ** 3))(X)
    np.testing.assert_allclose(curved, DENSE.T @ np.diag(6 * DENSE @ X) @ DENSE, rtol=1e-10)

    def f(d):
        return np.sum(sl.spsolve(ss.csr_matrix((d, INDICES, STARTS)), W) ** 2)

    slopes = grad(f)
    want = [by_differences(lambda d, k=k: slopes(d)[k], DATA) for k in (0, 3)]
    np.testing.assert_allclose(hessian(f)(DATA)[[0, 3]], want, rtol=1e-5, atol=1e-3)
    both = [
        j(lambda d: sl.spsolve(ss.csr_matrix((d, INDICES, STARTS)), W)) for j in (jacfwd, jacobian)
    ]
    np.testing.assert_allclose(both[0](DATA), both[1](DATA), rtol=1e-9, atol=1e-12)


HELD = BASE.copy()


def test_a_matrix_from_outside_is_read_at_every_call(monkeypatch: pytest.MonkeyPatch) -> None:
    gradient = grad(lambda x: np.sum((HELD @ x) ** 2))

    def check() -> None:
        dense = HELD.toarray()
        np.testing.assert_allclose(gradient(X), 2 * dense.T @ dense @ X, rtol=1e-12)

    check()
    HELD.data[:] *= 2
    check()
    HELD.data[3] = 7.0
    check()
    HELD[1, 1] = -3.0
    check()
    assert gradient.trace_count == 1
    HELD.indices[0], HELD.indices[1] = HELD.indices[1], HELD.indices[0]
    check()
    monkeypatch.setitem(globals(), "HELD", ss.csr_matrix(np.diag(W)))
    check()
    monkeypatch.setitem(globals(), "HELD", ss.csc_matrix(np.diag(W) + np.eye(N, k=1)))
    check()
    monkeypatch.setitem(globals(), "HELD", ss.dia_matrix(DENSE))
    check()
    HELD.data[0, 1] = 9.0
    check()


def test_factors_from_outside_may_be_others(monkeypatch: pytest.MonkeyPatch) -> None:
    gradient = grad(lambda b: np.sum(FACTORS.solve(b)))
    np.testing.assert_allclose(gradient(X), np.linalg.inv(DENSE).sum(axis=0))
    monkeypatch.setitem(globals(), "FACTORS", sl.splu(2 * BASE.tocsc()))
    np.testing.assert_allclose(gradient(X), np.linalg.inv(2 * DENSE).sum(axis=0))


def test_what_is_not_followed_is_refused() -> None:
    held = BASE.tolil()
    for f in (
        lambda x: np.sum(held @ x),
        lambda x: np.sum((BASE @ (x[0] * BASE)).toarray()),
        lambda x: (x[0] * BASE).power(2).sum(),
        lambda x: np.sum(sl.expm_multiply(BASE, x)),
    ):
        with pytest.raises(UnsupportedError):
            grad(f)(X)
