"""Reductions and products of whole arrays at scales whose squares floats do not hold.

The derivative of a function that keeps its digits keeps them too, whatever the scale.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from scipy import linalg

from symdiff import grad, hessian, jvp

pytestmark = pytest.mark.sampled(every=3)

X = np.array([0.3, -1.2, 0.7, 2.1])
A = np.array([[0.3, 1.7, -2.4], [0.9, -1.1, 0.6], [2.2, 0.1, 1.4]])
W = np.array([1.0, 2.0, 0.5, 1.5])

NAMED = bool(np.hypot.reduce.__text_signature__)  # as of NumPy 2.4, methods of ufuncs have names
REDUCE: Any = np.hypot.reduce if NAMED else lambda x: np.hypot.reduce(x)

# Of degree one: the gradient does not depend on the scale.
DEGREE_ONE: dict[str, tuple[Any, np.ndarray]] = {
    "norm 1": (lambda x: np.linalg.norm(x, 1), X),
    "norm inf": (lambda x: np.linalg.norm(x, np.inf), X),
    "norm -inf": (lambda x: np.linalg.norm(x, -np.inf), X),
    "norm of SciPy": (linalg.norm, X),
    "Frobenius of SciPy": (linalg.norm, A),
    "hypot.reduce": (REDUCE, X),
    "math.hypot": (lambda x: math.hypot(*x), X),
    "math.dist": (lambda x: math.dist(x, np.zeros(4)), X),
    "nuclear": (lambda a: np.linalg.norm(a, "nuc"), A),
    "spectral": (lambda a: np.linalg.norm(a, 2), A),
    "smallest": (lambda a: np.linalg.norm(a, -2), A),
    "matrix norm 1": (lambda a: np.linalg.norm(a, 1), A),
    "mean": (np.mean, X),
    "weighted mean": (lambda x: np.average(x, weights=W), X),
    "median": (np.median, X),
    "quantile": (lambda x: np.quantile(x, 0.3), X),
    "ptp": (np.ptp, X),
    "geometric mean": (lambda x: np.exp(np.mean(np.log(np.abs(x)))), X),
    "size of complex": (lambda x: np.sum(np.abs(x[:2] + 1j * x[2:])), X),
    "power spectrum": (lambda x: np.sum(np.abs(np.fft.rfft(x))), X),
    "trace of a root": (lambda a: np.sum(np.linalg.svd(a, compute_uv=False)[:2]), A),
    "cross": (lambda x: np.sum(np.cross(x[:3], W[:3])), X),
    "solve": (lambda x: np.sum(np.linalg.solve(A, x[:3])), X),
    "eigenvalue": (lambda a: np.linalg.eigvalsh(a + a.T)[-1], A),
}


@pytest.mark.parametrize("name", DEGREE_ONE)
def test_of_degree_one(name: str) -> None:
    f, x = DEGREE_ONE[name]
    g = grad(f)
    at_one = g(x)
    np.testing.assert_allclose(np.sum(at_one * x), f(x), rtol=1e-12)  # Euler
    for scale in (1e200, 1e-200):
        np.testing.assert_allclose(g(x * scale), at_one, rtol=1e-11, atol=1e-14)
    t = np.ones(x.shape)
    scale = 1e200 if len(name) % 2 else 1e-200
    np.testing.assert_allclose(jvp(f, (x * scale,), (t,))[1], np.sum(at_one), rtol=1e-11)


# Of degree zero: the gradient shrinks as the argument grows, its product with it does not.
DEGREE_ZERO: dict[str, tuple[Any, np.ndarray]] = {
    "log of det": (lambda a: np.linalg.slogdet(a)[1], A),
    "angle": (lambda x: np.sum(np.angle(x[:2] + 1j * x[2:])), X),
    "direction by SciPy": (lambda x: (x / linalg.norm(x))[0], X),
    "rotation": (lambda a: np.sum(rotation(a) * A), A),
    "log of a norm": (lambda x: np.log(linalg.norm(x)), X),
    "log of a mean": (lambda x: np.log(np.mean(np.abs(x))), X),
}


def rotation(a: Any) -> Any:
    u, _, vt = np.linalg.svd(a)
    return u @ vt


@pytest.mark.parametrize("name", DEGREE_ZERO)
def test_of_degree_zero(name: str) -> None:
    f, x = DEGREE_ZERO[name]
    g = grad(f)
    for scale in (1e150, 1e-150):
        np.testing.assert_allclose(g(x * scale) * scale, g(x), rtol=1e-10, atol=1e-13)


def test_second_derivatives_of_norms_and_deviations() -> None:
    n, scale = len(X), 1e-100
    size = np.linalg.norm(X)
    want = (np.eye(n) - np.outer(X, X) / size**2) / size
    np.testing.assert_allclose(hessian(np.linalg.norm)(X * scale) * scale, want, atol=1e-14)
    centre = X - X.mean()
    d = np.std(X)
    want = (np.eye(n) - 1 / n - np.outer(centre, centre) / n / d**2) / n / d
    np.testing.assert_allclose(hessian(np.std)(X * scale) * scale, want, atol=1e-14)


def test_in_single_precision() -> None:
    for scale in (1e15, 1e-15):
        x = (X * scale).astype("float32")
        for f in (linalg.norm, REDUCE, np.mean, np.linalg.norm):
            have = grad(f)(x)
            assert have.dtype == np.float32
            np.testing.assert_allclose(have, grad(f)(X), rtol=1e-5)


ZEROS = [[0.0, 2.0, 3.0], [0.0, 0.0, 3.0], [0.0, 0.0, 0.0], [2.0, 0.0, -1.0]]


@pytest.mark.parametrize("x", ZEROS)
def test_products_with_zeros_three_times(x: list[float]) -> None:
    def running(x):
        return np.sum(np.cumprod(x) * np.array([1.0, 2.0, 4.0]))

    a, b, c = x
    slope = [b * c, a * c, a * b]
    np.testing.assert_array_equal(grad(np.prod)(np.array(x)), slope)
    second = [[0, c, b], [c, 0, a], [b, a, 0]]
    np.testing.assert_array_equal(hessian(np.prod)(np.array(x)), second)
    t = np.array([1.0, -2.0, 0.5])
    third = jvp(hessian(np.prod), (np.array(x),), (t,))[1]
    np.testing.assert_array_equal(third, [[0, 0.5, -2], [0.5, 0, 1], [-2, 1, 0]])
    have = hessian(running)(np.array(x))
    want = [[0, 2 + 4 * c, 4 * b], [2 + 4 * c, 0, 4 * a], [4 * b, 4 * a, 0]]
    np.testing.assert_array_equal(have, want)
