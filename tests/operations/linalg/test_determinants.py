"""Derivatives of determinants, of matrices of every rank, against the polynomial itself."""

from __future__ import annotations

from itertools import permutations

import numpy as np
import pytest
import sympy

from symdiff import grad, hessian, jvp

pytestmark = pytest.mark.sampled(every=3)


def _exact(a: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Gradient and Hessian of the determinant, by SymPy over the rational numbers."""
    n = len(a)
    x = sympy.Matrix(n, n, sympy.symbols(f"x:{n * n}"))
    det = sympy.expand(x.det(method="berkowitz"))
    at = {s: sympy.Rational(float(v)) for s, v in zip(x, a.ravel(), strict=True)}
    slope = [sympy.diff(det, s) for s in x]
    gradient = [float(s.subs(at)) for s in slope]
    curvature = [[float(sympy.diff(s, t).subs(at)) for t in x] for s in slope]
    return np.reshape(gradient, (n, n)), np.reshape(curvature, (n,) * 4)


@pytest.mark.parametrize(("n", "rank"), [(n, r) for n in (1, 2, 3) for r in range(n + 1)])
def test_a_determinant_of_any_rank(n: int, rank: int) -> None:
    rng = np.random.default_rng(7)
    a = rng.integers(-3, 4, (n, rank)) @ rng.integers(-3, 4, (rank, n)) + np.zeros((n, n))
    gradient, curvature = _exact(a)
    np.testing.assert_allclose(grad(np.linalg.det)(a), gradient, atol=1e-12)
    np.testing.assert_allclose(hessian(np.linalg.det)(a), curvature, atol=1e-12)
    e = rng.normal(size=(n, n))

    def along(a):
        return np.sum(grad(np.linalg.det)(a) * e)

    want = np.einsum("ijkl,kl->ij", curvature, e)
    np.testing.assert_allclose(grad(along)(a), want, atol=1e-12)
    np.testing.assert_allclose(jvp(grad(np.linalg.det), (a,), (e,))[1], want, atol=1e-12)


def test_the_third_derivative_of_a_singular_determinant() -> None:
    a = np.outer([1.0, 2.0, -1.0], [3.0, 0.5, 1.0])
    e, f, g = np.random.default_rng(3).normal(size=(3, 3, 3))

    def along(s, t, u):
        return np.linalg.det(a + s * e + t * f + u * g)

    have = grad(grad(grad(along, 0), 1), 2)(0.0, 0.0, 0.0)
    rows = [np.array([e, f, g])[list(p), range(3)] for p in permutations(range(3))]
    assert have == pytest.approx(sum(np.linalg.det(r) for r in rows), rel=1e-12)


def test_determinants_of_a_stack_and_of_close_to_singular_matrices() -> None:
    flat = np.array([[1.0, 2.0], [2.0, 4.0]])
    stack = np.array([flat, np.eye(2), np.zeros((2, 2)), flat + np.diag([1e-300, 0.0])])

    def f(a):
        return np.sum(np.linalg.det(a) * np.array([1.0, 2.0, 3.0, 4.0]))

    swapped = stack[:, ::-1, ::-1].swapaxes(1, 2) * np.array([[1.0, -1.0], [-1.0, 1.0]])
    want = swapped * np.array([1.0, 2.0, 3.0, 4.0])[:, None, None]
    np.testing.assert_allclose(grad(f)(stack), want, atol=1e-14)
    curvature = hessian(f)(stack)
    for k in range(4):
        assert curvature[k, 0, 0, k, 1, 1] == pytest.approx(k + 1.0, rel=1e-14)
        assert curvature[k, 0, 1, k, 1, 0] == pytest.approx(-k - 1.0, rel=1e-14)
        assert curvature[k, 0, 0, k, 0, 0] == pytest.approx(0.0, abs=1e-14)


def test_a_singular_determinant_in_single_precision() -> None:
    a = np.outer([1.0, 2.0, -1.0], [3.0, 0.5, 1.0]).astype("float32")
    have = hessian(np.linalg.det)(a)
    assert have.dtype == np.float32
    np.testing.assert_allclose(have, _exact(a.astype(float))[1], atol=2e-6)
