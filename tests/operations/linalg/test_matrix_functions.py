"""Functions of a matrix through its eigenvectors or singular vectors, also where values meet."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from scipy import linalg

from symdiff import grad, hessian, jacrev, jvp
from symdiff.testing.numeric import extrapolated

pytestmark = pytest.mark.sampled(every=23)

RNG = np.random.default_rng(5)
C = RNG.normal(size=(3, 3))
E = RNG.normal(size=(3, 3))
Q, P = (np.linalg.qr(RNG.normal(size=(3, 3)))[0] for _ in range(2))
SYMMETRIC = {
    "identity": np.eye(3),
    "multiple": 2.5 * np.eye(3),
    "two meet": np.diag([1.0, 1.0, 2.0]),
    "two meet, turned": Q @ np.diag([1.0, 3.0, 3.0]) @ Q.T,
    "close": Q @ np.diag([1.0, 1.0 + 1e-9, 2.0]) @ Q.T,
    "apart": Q @ np.diag([0.5, 1.0, 2.0]) @ Q.T,
}


def _eigh(a: Any) -> Any:
    return np.linalg.eigh((a + a.T) / 2)


def by_diag(a, f):
    w, v = _eigh(a)
    return v @ np.diag(f(w)) @ v.T


def by_columns(a, f):
    w, v = _eigh(a)
    return (v * f(w)) @ v.T


def by_rows(a, f):
    w, v = _eigh(a)
    d = f(w)
    return v @ (d[:, None] * v.T)


def by_einsum(a, f):
    w, v = _eigh(a)
    return np.einsum("ij,j,kj->ik", v, f(w), v)


def in_steps(a, f):
    w, v = _eigh(a)
    d = f(w)
    left = 0.5 * v * d
    return left.dot(v.T) * 2.0


WAYS = [by_diag, by_columns, by_rows, by_einsum, in_steps]


def _frechet(name: str, a: np.ndarray, e: np.ndarray) -> np.ndarray:
    """How a function of a symmetric matrix moves along `e`, by SciPy and Sylvester equations."""
    e = (e + e.T) / 2
    if name == "exp":
        return linalg.expm_frechet(a, e, compute_expm=False)
    if name == "sqrt":
        root = linalg.sqrtm(a).real
        return linalg.solve_sylvester(root, root, e)
    if name == "log":  # the function of which a triangular block has the derivative
        zero = np.zeros((3, 3))
        return linalg.logm(np.block([[a, e], [zero, a]]))[:3, 3:].real
    return -np.linalg.inv(a) @ e @ np.linalg.inv(a)


FUNCTIONS = {"exp": np.exp, "sqrt": np.sqrt, "log": np.log, "inverse": lambda w: 1 / w}


@pytest.mark.parametrize("where", SYMMETRIC)
@pytest.mark.parametrize("name", FUNCTIONS)
def test_functions_of_a_symmetric_matrix(name: str, where: str) -> None:
    a, f = SYMMETRIC[where], FUNCTIONS[name]
    want = _frechet(name, a, E)
    ways = WAYS if (name, where) == ("log", "identity") else [WAYS[len(name + where) % 5]]
    for way in ways:
        slope = grad(lambda a, way=way: np.sum(way(a, f) * C))(a)
        np.testing.assert_allclose(np.sum(slope * E), np.sum(want * C), rtol=1e-9)
        moved = jvp(lambda a, way=way: way(a, f), (a,), (E,))[1]
        np.testing.assert_allclose(moved, want, rtol=1e-8, atol=1e-9)


def test_what_all_values_have_in_common_and_other_parameters() -> None:
    def f(a, t):
        w, v = _eigh(a)
        p = np.exp(-t * w)
        return np.sum(((v * (p / np.sum(p))) @ v.T) * C)

    a = SYMMETRIC["two meet, turned"]
    slope, by_t = grad(f, (0, 1))(a, 0.7)
    numeric = extrapolated(lambda h: f(a + h * E, 0.7))
    assert np.sum(slope * E) == pytest.approx(numeric, rel=1e-8)
    assert by_t == pytest.approx(extrapolated(lambda h: f(a, 0.7 + h)), rel=1e-9)


def test_a_projection() -> None:
    def f(a):
        _w, v = _eigh(a)
        return np.sum(((v * np.array([0.0, 1.0, 1.0])) @ v.T) * C)

    a = SYMMETRIC["two meet, turned"]
    numeric = extrapolated(lambda h: f(a + h * E))
    assert np.sum(grad(f)(a) * E) == pytest.approx(numeric, rel=1e-8)
    # Between two values that meet there is no projection.
    assert np.isnan(grad(f)(np.eye(3))).any()


def test_vectors_in_another_order_are_not_taken_for_a_function() -> None:
    def f(a):
        w, v = _eigh(a)
        return np.sum(((v * np.sqrt(w)[::-1]) @ v.T) * C)

    a = SYMMETRIC["apart"]
    numeric = extrapolated(lambda h: f(a + h * E))
    assert np.sum(grad(f)(a) * E) == pytest.approx(numeric, rel=1e-8)
    assert np.isnan(grad(f)(SYMMETRIC["two meet, turned"])).any()


# -- singular vectors


def rotation(a):
    u, _s, vt = np.linalg.svd(a)
    return u @ vt


def other_rotation(a):
    u, _s, vt = np.linalg.svd(a)
    return (vt.T @ u.T).T


def proper_rotation(a):
    u, _s, vt = np.linalg.svd(a)
    d = np.sign(np.linalg.det(u @ vt))
    return u @ np.diag([1.0, 1.0, d]) @ vt


def rebuilt(a):
    u, s, vt = np.linalg.svd(a, full_matrices=False)
    return u @ np.diag(s) @ vt


def logarithms(a):
    u, s, vt = np.linalg.svd(a, full_matrices=False)
    return (u * np.log(s)) @ vt


def shrunk(a):
    u, s, vt = np.linalg.svd(a, full_matrices=False)
    return np.einsum("ij,j,jk->ik", u, np.maximum(s - 0.25, 0.0), vt)


SQUARE = {
    "identity": np.eye(3),
    "turned": 2.0 * Q,
    "two meet": Q @ np.diag([1.0, 3.0, 3.0]) @ P,
    "apart": RNG.normal(size=(3, 3)),
}
TALL = {"orthogonal": Q[:, :2] * 1.5, "tall": RNG.normal(size=(4, 2)), "wide": P[:2] * 0.5}


@pytest.mark.parametrize("where", [*SQUARE, *TALL])
@pytest.mark.parametrize(
    "f", [rotation, other_rotation, proper_rotation, rebuilt, logarithms, shrunk]
)
def test_functions_by_singular_vectors(f: Any, where: str) -> None:
    if where in TALL:
        if f in (rotation, other_rotation, proper_rotation):
            pytest.skip("full bases")
        a = TALL[where]
    else:
        a = SQUARE[where]
        if f is proper_rotation and np.linalg.det(a) < 0 and where != "apart":
            a = -a
    rng = np.random.default_rng(1)
    e, c = rng.normal(size=a.shape), rng.normal(size=f(a).shape)
    want = extrapolated(lambda h: f(a + h * e))
    slope = grad(lambda a: np.sum(f(a) * c))(a)
    np.testing.assert_allclose(np.sum(slope * e), np.sum(want * c), rtol=1e-7)
    np.testing.assert_allclose(jvp(f, (a,), (e,))[1], want, rtol=1e-6, atol=1e-8)


@pytest.mark.slow
def test_second_derivatives_are_right_or_no_number() -> None:
    def root(a):
        return np.sum(by_columns(a, np.sqrt) * C)

    def turn(a):
        return np.sum(rotation(a) * C)

    for f, places in ((root, SYMMETRIC), (turn, SQUARE)):
        g = grad(f)
        for where in ("apart", "identity"):
            a = places[where]
            want = extrapolated(lambda h, g=g, a=a: g(a + h * E))
            for second in (hessian(f)(a), jacrev(g)(a)):
                have = np.einsum("ijkl,kl->ij", second, E)
                known = np.isfinite(have)
                assert known.all() or where == "identity"
                np.testing.assert_allclose(have[known], want[known], rtol=1e-5, atol=1e-7)


# -- functions of the values alone, twice


def squares_of_singular_values(a):
    return np.sum(np.linalg.svd(a, compute_uv=False) ** 2)


def squares_of_values_beside_vectors(a):
    _, s, _ = np.linalg.svd(a)
    return np.sum(s**2)


def exponentials_of_eigenvalues(a):
    return np.sum(np.exp(np.linalg.eigvalsh((a + a.T) / 2)))


def cubes_of_eigenvalues_beside_vectors(a):
    w, _ = _eigh(a)
    return np.sum(w**3)


def smoothed_nuclear_norm(a):
    return np.sum(np.sqrt(1.0 + np.linalg.svd(a, compute_uv=False) ** 2))


@pytest.mark.parametrize(
    "a",
    [np.eye(3), np.zeros((3, 3)), np.diag([2.0, 1.0, 0.0]), Q @ np.diag([2.0, 2.0, 0.0]) @ P],
    ids=["identity", "zero", "singular", "equal and singular"],
)
@pytest.mark.parametrize(
    "f",
    [
        squares_of_singular_values,
        squares_of_values_beside_vectors,
        exponentials_of_eigenvalues,
        cubes_of_eigenvalues_beside_vectors,
        smoothed_nuclear_norm,
    ],
)
def test_second_derivatives_of_functions_of_the_values(f: Any, a: np.ndarray) -> None:
    g = grad(f)
    want = extrapolated(lambda h: g(a + h * E), 1e-2)
    for second in (hessian(f)(a), jacrev(g)(a)):
        np.testing.assert_allclose(np.einsum("ijkl,kl->ij", second, E), want, atol=1e-6)


def test_a_nuclear_norm_has_no_second_derivative_at_a_singular_matrix() -> None:
    def f(a):
        return np.linalg.norm(a, "nuc")

    assert np.isnan(hessian(f)(np.diag([2.0, 1.0, 0.0]))).any()
    a = SQUARE["two meet"]
    want = extrapolated(lambda h: grad(f)(a + h * E))
    np.testing.assert_allclose(np.einsum("ijkl,kl->ij", hessian(f)(a), E), want, rtol=1e-6)


@pytest.mark.parametrize("name", ["identity", "two meet", "apart"])
@pytest.mark.parametrize(
    "turned",
    [
        lambda v: np.transpose(v),
        lambda v: np.transpose(v, (1, 0)),
        lambda v: v.transpose(1, 0),
        lambda v: np.swapaxes(v, 0, 1),
    ],
)
def test_every_way_to_turn_the_vectors(name: str, turned: Any) -> None:
    def written(a: Any) -> Any:
        w, v = _eigh(a)
        return np.sum(C * ((v * np.exp(w)) @ turned(v)))

    have = grad(written)(SYMMETRIC[name])
    wanted = grad(lambda a: np.sum(C * by_columns(a, np.exp)))(SYMMETRIC[name])
    np.testing.assert_allclose(have, wanted, rtol=1e-10, atol=1e-12)
