"""Diagonals, rows, traces and products of functions of a matrix, where its values meet."""

from __future__ import annotations

from typing import Any

import mpmath as mp
import numpy as np
import pytest
from scipy import linalg

from symdiff import grad, hessian, jacfwd, jvp
from symdiff.testing.numeric import extrapolated

pytestmark = pytest.mark.sampled(every=7)

X, Y = np.array([1.0, -2.0, 0.5]), np.array([0.3, 1.0, 2.0])
W = np.array([[1.0, 2.0, 1.0], [3.0, 4.0, 0.0], [2.0, 1.0, 1.0]])
T = np.sin(np.arange(27.0)).reshape(3, 3, 3)
ONE = np.array([[1.0, 2.0, 0.0], [2.0, -1.0, 1.0], [0.0, 1.0, 2.0]])
OTHER = np.array([[0.0, 1.0, 1.0], [1.0, 0.5, 0.0], [1.0, 0.0, -1.0]])
TURN = np.linalg.qr(W + ONE)[0]
MATRICES = {
    "identity": np.eye(3),
    "two meet": np.diag([2.0, 2.0, 0.5]),
    "turned": TURN @ np.diag([2.0, 0.5, 2.0]) @ TURN.T,
    "apart": TURN @ np.diag([1.0, 2.0, 4.0]) @ TURN.T,
}
FUNCTIONS = [
    (lambda w: w, lambda A: A),
    (np.exp, mp.expm),
    (np.sqrt, mp.sqrtm),
    (lambda w: 3 * w**2 / 2, lambda A: mp.mpf(3) / 2 * A * A),
]

DIAGONAL = {
    "einsum": lambda w, v, f: X @ np.einsum("ij,j,ij->i", v, f(w), v),
    "einsum of a scaled one": lambda w, v, f: X @ np.einsum("ij,ij->i", v * f(w), v),
    "einsum with diag": lambda w, v, f: X @ np.einsum("ij,ij->i", v @ np.diag(f(w)), v),
    "sum": lambda w, v, f: X @ np.sum(v * f(w) * v, axis=1),
    "sum of squares": lambda w, v, f: X @ np.sum(2 * v**2 * f(w) / 2.0, axis=-1),
    "squares times values": lambda w, v, f: X @ (np.square(v) @ f(w)),
    "products times values": lambda w, v, f: f(w) @ (v * v).T @ X,
    "np.diag": lambda w, v, f: X @ np.diag(v @ np.diag(f(w)) @ v.T),
    "scaled rows": lambda w, v, f: np.sum(X[:, None] * v * f(w) * v),
}
TRACE = {
    "einsum": lambda w, v, f: np.einsum("ij,j,ij->", v, f(w), v),
    "np.trace": lambda w, v, f: np.trace(v @ np.diag(f(w)) @ v.T),
    "sum": lambda w, v, f: np.sum(v * f(w) * v),
    "mean": lambda w, v, f: 9 * np.mean(-v * -f(w) * v),
}
OTHERS = {
    "rows": (
        lambda w, v, f: Y @ np.einsum("ij,j,kj->k", v, f(w), v),
        lambda M: Y @ M @ np.ones(3),
    ),
    "one row": (lambda w, v, f: v[1] @ (f(w) * v[-1]), lambda M: M[1, 2]),
    "some rows": (
        lambda w, v, f: X[1:] @ (v[1:] * f(w)) @ v[0],
        lambda M: X[1:] @ M[1:, 0],
    ),
    "with a vector": (
        lambda w, v, f: X @ np.einsum("ij,j,kj,k->i", v, f(w), v, Y),
        lambda M: X @ M @ Y,
    ),
    "applied to a vector": (lambda w, v, f: X @ (v @ (f(w) * (v.T @ Y))), lambda M: X @ M @ Y),
    "form of a vector": (lambda w, v, f: np.sum(f(w) * (v.T @ X) ** 2), lambda M: X @ M @ X),
    "form of two": (lambda w, v, f: (X @ v) * f(w) @ (Y @ v), lambda M: X @ M @ Y),
    "with a matrix": (
        lambda w, v, f: np.einsum("ij,j,kj,ik->", v, f(w), v, W),
        lambda M: np.sum(W * M),
    ),
    "trace with a matrix": (
        lambda w, v, f: np.trace(W @ v @ np.diag(f(w)) @ v.T),
        lambda M: np.trace(W @ M),
    ),
    "with three axes": (
        lambda w, v, f: np.sum(W * np.einsum("ij,kj,ikl->il", v * f(w), v, T)),
        lambda M: np.sum(W * np.einsum("ik,ikl->il", M, T)),
    ),
    "by new axes": (
        lambda w, v, f: np.sum(W * np.sum(v[:, None, :] * v[None, :, :] * f(w), axis=-1)),
        lambda M: np.sum(W * M),
    ),
    "tensordot": (
        lambda w, v, f: np.sum(W * np.tensordot(v * f(w), v, axes=([1], [1]))),
        lambda M: np.sum(W * M),
    ),
    "two at once": (
        lambda w, v, f: X @ np.einsum("ij,j,kj,kl,l,ml->im", v, f(w), v, v, w, v) @ Y,
        None,
    ),
}
CASES: dict[str, tuple[Any, Any]] = {
    **{f"diagonal, {k}": (form, lambda M: X @ np.diag(M)) for k, form in DIAGONAL.items()},
    **{f"trace, {k}": (form, np.trace) for k, form in TRACE.items()},
    **OTHERS,
}


def exact(of_matrix: Any, function: Any, base: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Gradient and Hessian by differences of mpmath's own function of the matrix."""
    one, other, start = (mp.matrix(m.tolist()) for m in (ONE, OTHER, base))

    def value(a: Any, b: Any) -> Any:
        A = start + a * one + b * other
        M = function(A)
        if of_matrix is None:
            M, of = M * A, lambda M: X @ M @ Y
        else:
            of = of_matrix
        return mp.re(of(np.array(M.tolist(), dtype=object)))

    with mp.workdps(50):
        h = mp.mpf(10) ** -12
        v = {(i, j): value(i * h, j * h) for i in (-1, 0, 1) for j in (-1, 0, 1)}
        slope = [(v[1, 0] - v[-1, 0]) / (2 * h), (v[0, 1] - v[0, -1]) / (2 * h)]
        bend = [(v[k] + v[-k[0], -k[1]] - 2 * v[0, 0]) / h**2 for k in ((1, 0), (0, 1))]
        mixed = (v[1, 1] + v[-1, -1] - v[1, -1] - v[-1, 1]) / (4 * h**2)
        return np.array(slope, float), np.array([[bend[0], mixed], [mixed, bend[1]]], float)


@pytest.mark.parametrize("turn", [0, 1])
@pytest.mark.parametrize("name", CASES)
def test_first_and_second_order(name: str, turn: int) -> None:
    form, of_matrix = CASES[name]
    k = list(CASES).index(name)
    base = MATRICES["turned" if turn else ["identity", "two meet", "apart"][k % 3]]
    f, function = FUNCTIONS[(k + turn) % 4]

    def g(a):
        w, v = np.linalg.eigh(base + a[0] * ONE + a[1] * OTHER)
        return form(w, v, f)

    here = np.zeros(2)
    slope, bend = exact(of_matrix, function, base)
    np.testing.assert_allclose(grad(g)(here), slope, rtol=1e-9, atol=1e-9)
    order = [hessian, lambda g: jacfwd(grad(g)), lambda g: jacfwd(jacfwd(g))][k % 3]
    np.testing.assert_allclose(order(g)(here), bend, rtol=1e-8, atol=1e-8)
    value, moved = jvp(g, (here,), (np.array([1.0, 0.5]),))
    assert value == pytest.approx(g(here), rel=1e-14)  # as the user's own line has it
    np.testing.assert_allclose(moved, slope @ [1.0, 0.5], rtol=1e-9, atol=1e-9)


def test_factors_of_scipy() -> None:
    def of_vectors(a):
        w, v = linalg.eigh(a)
        return X @ (v * np.exp(w)) @ v.T @ Y + np.sum(w * (v.T @ X) ** 2)

    def of_singular_vectors(a):
        u, s, vt = linalg.svd(a)
        return X @ np.einsum("ij,j,ji->i", u, np.exp(s), vt)

    def of_a_pair(a):
        w, v = linalg.eigh(a, np.diag([1.0, 2.0, 3.0]))
        return np.sum(w**2) + X @ (v * w) @ v.T @ X

    for f in (of_vectors, of_singular_vectors):
        for where in ("turned", "apart"):
            a = MATRICES[where]
            want = extrapolated(lambda h, f=f, a=a: f(a + h * ONE))
            assert np.sum(grad(f)(a) * ONE) == pytest.approx(want, rel=1e-7)
    a = MATRICES["apart"]
    want = extrapolated(lambda h: of_a_pair(a + h * ONE))
    assert np.sum(grad(of_a_pair)(a) * ONE) == pytest.approx(want, rel=1e-7)
    want = exact(lambda M: X @ M @ Y, mp.expm, MATRICES["turned"])[1]

    def bent(t):
        w, v = linalg.eigh(MATRICES["turned"] + t[0] * ONE + t[1] * OTHER)
        return X @ (v * np.exp(w)) @ v.T @ Y

    np.testing.assert_allclose(hessian(bent)(np.zeros(2)), want, rtol=1e-8)


def test_one_gradient_where_values_meet_and_where_not() -> None:
    @grad
    def slope(a):
        w, v = np.linalg.eigh(a)
        return X @ np.einsum("ij,j,ij->i", v, np.exp(w), v)

    for where in ("turned", "apart", "identity", "turned"):
        base = MATRICES[where]
        numbers = exact(lambda M: X @ np.diag(M), mp.expm, base)[0]
        found = slope(base)
        np.testing.assert_allclose([np.sum(found * ONE), np.sum(found * OTHER)], numbers, rtol=1e-9)


@pytest.mark.parametrize("n", [1, 2, 4])
def test_matrices_of_other_sizes(n: int) -> None:
    def f(a):
        w, v = np.linalg.eigh(a)
        parts = np.einsum("ij,j,ij->i", v, np.exp(w), v), np.sum(v * w * v, axis=1)
        return np.sum(parts[0] * parts[1]) + np.sum(w * (v.T @ np.ones(n)) ** 2)

    e = np.ones((n, n)) + np.diag(np.arange(n))
    want = extrapolated(lambda h: f(2 * np.eye(n) + h * e))
    assert np.sum(grad(f)(2 * np.eye(n)) * e) == pytest.approx(want, rel=1e-8)


def test_what_moves_besides() -> None:
    def f(a, t, x):
        w, v = np.linalg.eigh(a)
        return np.sum(np.exp(-t * w) * (v.T @ x) ** 2)

    a, t = MATRICES["turned"], 0.7
    by_a, by_t, by_x = grad(f, (0, 1, 2))(a, t, X)
    M = np.array(mp.expm(mp.matrix((-t * a).tolist())).tolist(), float)
    np.testing.assert_allclose(by_x, 2 * M @ X, rtol=1e-12)
    np.testing.assert_allclose(by_t, -X @ a @ M @ X, rtol=1e-12)
    numeric = extrapolated(lambda h: f(a + h * ONE, t, X))
    np.testing.assert_allclose(np.sum(by_a * ONE), numeric, rtol=1e-8)


SINGULAR = {
    "diagonal": lambda u, s, vt: X @ np.einsum("ij,j,ji->i", u, np.exp(s), vt),
    "trace": lambda u, s, vt: np.trace(W @ (u * s**2) @ vt),
    "einsum to a number": lambda u, s, vt: np.einsum("ij,j,ji->", u, s, vt),
    "sum of products": lambda u, s, vt: X @ np.sum(u * s**3 * vt.T, axis=1),
    "applied to a vector": lambda u, s, vt: X @ (u @ (np.log(s) * (vt @ Y))),
    "from the other side": lambda u, s, vt: np.einsum("ji,j,kj,k,i->", vt, s, u, X, Y),
    "turned": lambda u, s, vt: np.sum(W * np.einsum("ji,j,kj->ik", vt, np.sqrt(s), u)),
}


@pytest.mark.parametrize("where", ["two meet", "all meet", "apart"])
@pytest.mark.parametrize("name", SINGULAR)
def test_singular_vectors(name: str, where: str) -> None:
    form = SINGULAR[name]
    values = {"two meet": [3.0, 3.0, 1.0], "all meet": [2.0] * 3, "apart": [3.0, 2.0, 0.5]}[where]
    a = TURN @ np.diag(values) @ np.linalg.qr(OTHER + 2 * np.eye(3))[0]

    def f(a):
        return form(*np.linalg.svd(a))

    for e in (W, ONE):
        want = extrapolated(lambda h, e=e: f(a + h * e))
        assert np.sum(grad(f)(a) * e) == pytest.approx(want, rel=1e-7)
        assert jvp(f, (a,), (e,))[1] == pytest.approx(want, rel=1e-7)


COMPLEX = {
    "the matrix": lambda w, v: np.abs(np.sum(W * (v * np.exp(1j * w) @ v.T))),
    "its diagonal": lambda w, v: np.abs(X @ np.einsum("ij,j,ij->i", v, np.exp(1j * w), v)),
    "applied": lambda w, v: np.abs(v @ (np.exp(1j * w) * (v.T @ (X + 1j * Y)))) ** 2 @ X,
    "its real part": lambda w, v: np.sum(np.real(v @ np.diag(1 / (w + 1j)) @ v.T) * W),
}


@pytest.mark.parametrize("where", MATRICES)
@pytest.mark.parametrize("name", COMPLEX)
def test_complex_functions_of_a_real_matrix(name: str, where: str) -> None:
    form, a = COMPLEX[name], MATRICES[where]

    def f(a):
        return form(*np.linalg.eigh(a))

    for e in (ONE, OTHER):
        want = extrapolated(lambda h, e=e: f(a + h * e))
        assert np.sum(grad(f)(a) * e) == pytest.approx(want, rel=1e-7, abs=1e-8)
        assert jvp(f, (a,), (e,))[1] == pytest.approx(want, rel=1e-7, abs=1e-8)


NO_FUNCTIONS = {
    "fourth powers": lambda w, v: X @ np.sum(v**4 * w, axis=1),
    "third powers": lambda w, v: X @ np.einsum("ij,ij,ij,j->i", v, v, v, w),
    "other vectors": lambda w, v: np.einsum("ij,j,ij->", v, w, v[::-1, ::-1]),
    "sums of vectors": lambda w, v: np.sum(v @ w * X),
    "numbered values": lambda w, v: X @ np.einsum("ij,j,ij->i", v, np.arange(3.0), v),
    "rows and columns": lambda w, v: X @ np.einsum("ij,j,jk->i", v, w, v),
}


@pytest.mark.parametrize("name", NO_FUNCTIONS)
def test_what_is_no_function_of_the_matrix(name: str) -> None:
    """Where values are apart it has a derivative, where they meet it has none."""

    def f(a):
        w, v = np.linalg.eigh(a)
        return NO_FUNCTIONS[name](w, v)

    a = MATRICES["apart"]
    want = extrapolated(lambda h: f(a + h * ONE))
    assert np.sum(grad(f)(a) * ONE) == pytest.approx(want, rel=1e-7)
    assert np.isnan(grad(f)(MATRICES["turned"])).any()
