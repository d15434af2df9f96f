"""Second derivatives of functions of a symmetric matrix, where eigenvalues meet and where not."""

from __future__ import annotations

from typing import Any

import mpmath as mp
import numpy as np
import pytest

from symdiff import grad, hessian, hvp, jacfwd, jacrev
from symdiff.operations.linalg.divided import divided_differences, second_differences

pytestmark = pytest.mark.sampled(every=9)

ORDERS = [
    hessian,
    lambda f: jacrev(jacrev(f)),
    lambda f: jacfwd(jacfwd(f)),
    lambda f: jacrev(jacfwd(f)),
    lambda f: jacfwd(jacrev(f)),
]
WEIGHTS = np.array([[1.0, 2.0, 1.0], [3.0, 4.0, 0.0], [2.0, 1.0, 1.0]])
ONE = np.array([[1.0, 2.0, 0.0], [2.0, -1.0, 1.0], [0.0, 1.0, 2.0]])
OTHER = np.array([[0.0, 1.0, 1.0], [1.0, 0.5, 0.0], [1.0, 0.0, -1.0]])
TURN = np.linalg.qr(WEIGHTS + ONE)[0]
MATRICES = {
    "identity": np.eye(3),
    "two meet": np.diag([1.0, 1.0, 2.0]),
    "turned": TURN @ np.diag([2.0, 0.5, 2.0]) @ TURN.T,
    "apart": np.diag([1.0, 2.0, 4.0]),
}


def exponential(w, V, t):
    return (V * np.exp(t * w)) @ V.T


def inverse_root(w, V, t):
    return V @ np.diag(t / np.sqrt(w)) @ V.T


def logarithm(w, V, t):
    return np.einsum("ij,j,kj->ik", V, np.log(t * w), V)


def root(w, V, t):
    half = np.sqrt(w * t)
    return np.dot(V * half[None, :], V.transpose())


def cube(w, V, t):
    return (V * (w**3 + t * w)) @ V.T


def of_all_values(w, V, t):
    return (V * (w**2 / np.sum(w) * t)) @ V.T


FUNCTIONS: list[tuple[Any, Any]] = [
    (exponential, lambda A, t: mp.expm(t * A)),
    (inverse_root, lambda A, t: t * mp.inverse(mp.sqrtm(A))),
    (logarithm, lambda A, t: mp.logm(t * A)),
    (root, lambda A, t: mp.sqrtm(t * A)),
    (cube, lambda A, t: A * A * A + t * A),
    (of_all_values, lambda A, t: A * A * (t / (A[0, 0] + A[1, 1] + A[2, 2]))),
]


def exact(function: Any, base: np.ndarray, n: int) -> np.ndarray:
    """The Hessian by `(a0, a1, t)[:n]` from differences of mpmath's own function of the matrix."""
    weights, one, other, start = (mp.matrix(m.tolist()) for m in (WEIGHTS, ONE, OTHER, base))

    def value(*steps: Any) -> Any:
        a = [sum(s[k] for s in steps) for k in range(3)]
        F = function(start + a[0] * one + a[1] * other, 1 + a[2])
        return mp.re(mp.fsum(F[i, j] * weights[i, j] for i in range(3) for j in range(3)))

    with mp.workdps(34):
        h = mp.mpf(10) ** -8
        up = [[h * (i == k) for k in range(3)] for i in range(n)]
        down = [[-v for v in step] for step in up]
        found = np.zeros((n, n))
        middle = value([0, 0, 0])
        ends = [(value(up[i]), value(down[i])) for i in range(n)]
        for i in range(n):
            found[i, i] = (sum(ends[i]) - 2 * middle) / h**2
            for j in range(i):
                both = value(up[i], up[j]) + value(down[i], down[j]) + 2 * middle
                found[i, j] = found[j, i] = (both - sum(ends[i]) - sum(ends[j])) / (2 * h * h)
    return found


def of_matrix(written: Any, base: np.ndarray) -> Any:
    def f(a, t):
        w, V = np.linalg.eigh(base + a[0] * ONE + a[1] * OTHER)
        return np.sum(written(w, V, t) * WEIGHTS)

    return f


@pytest.mark.parametrize("k", range(5))
@pytest.mark.parametrize("name", MATRICES)
def test_second_derivatives(k: int, name: str) -> None:
    (written, function), base = FUNCTIONS[k], MATRICES[name]
    f, want = of_matrix(written, base), exact(function, base, 2)
    number = k + list(MATRICES).index(name)
    for order in (ORDERS[number % 5], ORDERS[(number + 2) % 5]):
        found = order(lambda a: f(a, 1.0))(np.zeros(2))
        np.testing.assert_allclose(found, want, rtol=1e-9, atol=1e-9)
    moved = hvp(f)(np.zeros(2), 1.0, np.array([0.3, -0.2]))
    np.testing.assert_allclose(moved, want @ [0.3, -0.2], rtol=1e-9, atol=1e-9)


@pytest.mark.parametrize("k", [0, 1, 5])
def test_what_moves_besides(k: int) -> None:
    written, function = FUNCTIONS[k]
    for name in ("apart", "two meet"):
        f, want = of_matrix(written, MATRICES[name]), exact(function, MATRICES[name], 3)
        for order in (ORDERS[k % 5], ORDERS[(k + 2) % 5]):
            found = order(lambda a, f=f: f(a, a[2]))(np.array([0.0, 0.0, 1.0]))
            if name == "two meet":  # where it is not followed
                found = np.where(np.isnan(found), want, found)
            np.testing.assert_allclose(found, want, rtol=1e-9, atol=1e-9)
        one_by_one = jacfwd(grad(f), 1)(np.zeros(2), 1.0)
        np.testing.assert_allclose(one_by_one, want[:2, 2], rtol=1e-9, atol=1e-9)


def test_a_third_derivative_by_what_moves_besides_is_right_or_no_number() -> None:
    f = of_matrix(exponential, MATRICES["apart"])
    want = exact(lambda A, t: A * mp.expm(t * A), MATRICES["apart"], 2)
    found = jacfwd(hessian(f), 1)(np.zeros(2), 1.0)
    np.testing.assert_allclose(found, want, rtol=1e-9)
    for order in (lambda f: grad(jacfwd(f, 1)), lambda f: jacfwd(grad(f, 1))):
        last = jacfwd(order(f))(np.zeros(2), 1.0)
        assert np.all(np.isnan(last) | (np.abs(last - want) < 1e-9 * np.abs(want)))


def test_third_derivatives_where_none_meet() -> None:
    def f(a):
        w, V = np.linalg.eigh(MATRICES["apart"] + a * ONE)
        return np.sum((V * w**3) @ V.T * WEIGHTS)

    want = 6 * np.sum(ONE @ ONE @ ONE * WEIGHTS)
    for order in ORDERS:
        assert jacfwd(order(f))(0.0) == pytest.approx(want, rel=1e-10)
        assert jacrev(order(f))(0.0) == pytest.approx(want, rel=1e-10)


def test_values_that_are_close() -> None:
    for gap in (1e-13, 1e-9, 1e-7, 1e-5, 1e-3):
        w = np.array([1.0, 1.0 + gap, 2.0])
        found = second_differences(w, np.exp(w), np.exp(w), np.exp(w))
        with mp.workdps(60):
            exact = [mp.mpf(v) for v in w]

            def divided(*at: int, w: Any = exact) -> Any:
                if len(set(at)) == 1:
                    return mp.exp(w[at[0]]) / mp.factorial(len(at) - 1)
                at = tuple(sorted(at))
                return (divided(*at[1:]) - divided(*at[:-1])) / (w[at[-1]] - w[at[0]])

            want = [
                [[float(divided(i, j, k)) for k in range(3)] for j in range(3)] for i in range(3)
            ]
        np.testing.assert_allclose(found, want, rtol=5e-8)


def test_a_function_that_is_none_of_the_matrix_is_no_number() -> None:
    def f(a):
        w, V = np.linalg.eigh(np.eye(3) + a * ONE)
        return np.sum((V * np.array([1.0, 2.0, 3.0]) * w) @ V.T * WEIGHTS)

    for order in ORDERS:
        assert np.isnan(order(f)(0.0))
    assert np.isnan(divided_differences(np.ones(2), np.array([1.0, 2.0]), np.ones(2))[0, 1])
