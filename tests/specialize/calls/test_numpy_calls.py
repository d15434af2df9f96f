"""NumPy's functions in functions of the user, against central differences.

What each entry computes is checked with the table; here it is called as users call it: with lists,
in place, with out=, through ufunc methods, on the way through complex numbers.
"""

from __future__ import annotations

import cmath
import math
from typing import Any

import numpy as np
import pytest

from symdiff import grad, jvp, value_and_grad
from symdiff.errors import NonScalarError, UnsupportedError, UsageError
from symdiff.testing import check_grads

pytestmark = pytest.mark.sampled(every=31)

X = np.array([0.3, 1.2, -0.7])
A = np.random.default_rng(0).normal(size=(3, 3))
Y = np.array([0.3, 1.2, -0.7, 0.5, 2.0, 1.1])
w = np.random.default_rng(1).normal(size=6)


def inplace(f):
    def g(x):
        y = x * 1.0
        f(y)
        return np.sum(y * np.array([1.0, 2.0, 3.0]) ** 2 + y**2)

    return g


def outf(x):
    b = np.zeros(3)
    np.multiply(x, 2.0, out=b)
    np.add(b, x, b)
    np.cumsum(x, out=b)
    return np.sum(b**2)


def wheref(x):
    b = np.zeros(3)
    np.sqrt(x, out=b, where=x > 0)
    return np.sum(b)


v = np.vectorize(lambda t: t * t if t > 0 else math.sin(t))


@np.vectorize
def v2(a, b):
    return a * b if a > b else a + b


CASES: dict[str, Any] = {
    "add.reduce": lambda x: np.sum(np.add.reduce(x**2)),
    "mul.reduce": lambda x: np.multiply.reduce(x),
    "add.reduce2": lambda x: np.sum(np.add.reduce(A * x, axis=1, keepdims=True) ** 2),
    "maximum.reduce": lambda x: np.maximum.reduce(x**2),
    "logaddexp.reduce": lambda x: np.logaddexp.reduce(x),
    "mul.acc": lambda x: np.sum(np.multiply.accumulate(x)),
    "max.acc": lambda x: np.sum(np.maximum.accumulate(x**2)),
    "sub.outer": lambda x: np.sum(np.subtract.outer(x, x) ** 2),
    "add.at": inplace(lambda y: np.add.at(y, [0, 0, 2], np.array([1.0, 2.0, 3.0]))),
    "add.at traced": lambda x: (
        lambda y: (np.add.at(y, np.array([0, 0, 2]), x**2), np.sum(y**2))[1]
    )(np.zeros(3)),
    "mul.at": lambda x: (lambda y: (np.multiply.at(y, np.array([0, 0, 2]), x), np.sum(y**2))[1])(
        np.ones(3)
    ),
    "reduceat": lambda x: np.sum(np.add.reduceat(x, [0, 1]) ** 2),
    "sort": inplace(lambda y: y.sort()),
    "fill": inplace(lambda y: y[:2].fill(y[2])),
    "put": inplace(lambda y: y.put([0, 2], [5.0, 6.0])),
    "npput": inplace(lambda y: np.put(y, [0], y[1] ** 2)),
    "copyto": inplace(lambda y: np.copyto(y, y[::-1] ** 2, where=y > 0)),
    "putmask": inplace(lambda y: np.putmask(y, y > 0, [1.0, 2.0])),
    "place": inplace(lambda y: np.place(y, y > 0, [1.0, 2.0])),
    "out": outf,
    "where out": wheref,
    "vectorize": lambda x: np.sum(v(x)),
    "vectorize2": lambda x: np.sum(v2(x, 0.5)),
    "vec inside": lambda x: np.sum(np.vectorize(lambda t: t**3)(x)),
    "along": lambda x: np.sum(np.apply_along_axis(lambda r: r * r[0], 1, A * x)),
    "along0": lambda x: np.sum(np.apply_along_axis(np.sum, 0, (A * x) ** 2)),
    "over": lambda x: np.sum(np.apply_over_axes(np.sum, (A * x) ** 2, [0, 1])),
    "piecewise": lambda x: np.sum(
        np.piecewise(x, [x < 0, x >= 1], [lambda t: -t, lambda t: t**2, 0.5])
    ),
    "piecewise0": lambda x: np.piecewise(
        x[0], [x[0] < 0, x[0] >= 0], [lambda t: -t, lambda t: t**2]
    ),
    "fromfunction": lambda x: np.sum(
        np.fromfunction(lambda i, j: x[0] * i + x[1] * j, (2, 3)) ** 2
    ),
    "nonzero": lambda x: np.sum(x[np.nonzero(x > 0)] ** 2),
    "where1": lambda x: np.sum(x[np.where(x > 0)] ** 2),
    "flatnonzero": lambda x: np.sum(x[np.flatnonzero(x > 0)] ** 2),
    "tolist": lambda x: sum(t * t for t in x.tolist()),
    "sumout": lambda x: (lambda b: (x.sum(axis=0, keepdims=True, out=b), b[0] ** 2)[1])(
        np.zeros(1)
    ),
    "sum where": lambda x: np.sum(x**2, where=x > 0),
    "max initial": lambda x: np.max(x, initial=0.2),
    "quantile": lambda x: np.quantile(x**2, 0.3),
    "percentile arr": lambda x: np.sum(np.percentile(x**2, [30, 60])),
    "quantile traced": lambda x: np.quantile(np.arange(5.0) ** 2, abs(x[0])),
    "median": lambda x: np.median(x**2),
    "eigh": lambda x: (lambda w, v: np.sum(w**2) + np.sum(v[:, 0] ** 2 * np.arange(3)))(
        *np.linalg.eigh(A @ A.T + np.diag(x))
    ),
    "svd": lambda x: (lambda u, s, v: np.sum(s) + np.sum((u @ v) ** 2 * np.arange(3)))(
        *np.linalg.svd(A * x)
    ),
    "qr": lambda x: (lambda q, r: np.sum(q**3) + np.sum(r))(*np.linalg.qr(A + np.diag(x))),
    "lstsq": lambda x: np.sum(np.linalg.lstsq(A[:, :2] * x[:2], x, rcond=None)[0]),
    "einsum": lambda x: np.einsum("ij,j,i->", A, x, x),
    "einsum...": lambda x: np.sum(np.einsum("...j,j->...", A, x) ** 2),
    "meshgrid": lambda x: (lambda a, b: np.sum(a * b**2))(*np.meshgrid(x, x)),
    "split": lambda x: sum(np.sum(p**2) * k for k, p in enumerate(np.split(x, 3))),
    "gradient": lambda x: np.sum(np.gradient(x**2)),
    "convolve": lambda x: np.sum(np.convolve(x, x, "same") * x),
    "cov": lambda x: np.cov(x, x**2)[0, 1],
    "select": lambda x: np.sum(np.select([x < 0, x < 1], [x**2, x**3], default=1.0)),
    "choose": lambda x: np.sum(np.choose([0, 1, 0], [x, x**2])),
    "insert": lambda x: np.sum(np.insert(x, 1, x[0] ** 2) * np.arange(4)),
    "allclose": lambda x: np.sum(x**2) if np.allclose(x, x) else 0.0,
    "count_nonzero": lambda x: np.sum(x**2) * np.count_nonzero(x > 0),
    "linspace": lambda x: np.sum(np.linspace(x[0], x[1], 5) ** 2),
    "cumprod": lambda x: np.sum(x.cumprod()),
    "searchsorted": lambda x: np.sum(x * np.searchsorted(np.array([0.0, 1.0]), x)),
    "nanmean": lambda x: np.nanmean(np.where(x > 1, np.nan, x) ** 2),
    "unravel": lambda x: x[np.unravel_index(np.argmax(x), x.shape)] ** 2,
    "diag_indices": lambda x: np.sum(np.outer(x, x)[np.diag_indices(3)]),
    "triu_indices": lambda x: np.sum(np.outer(x, x)[np.triu_indices(3, 1)]),
    "array_split": lambda x: np.sum(np.array_split(x, 2)[0] ** 2),
    "putalong": lambda x: (
        lambda y: (np.put_along_axis(y, np.array([1]), x[2] ** 2, 0), np.sum(y**2))[1]
    )(x * 1.0),
    "filldiag": lambda x: (lambda y: (np.fill_diagonal(y, x), np.linalg.det(y))[1])(A.copy()),
    "roots of q known": lambda x: np.sum(np.polyval(np.polyder(np.polymul(x, [1.0, 2.0])), x)),
    "det singular": lambda x: np.linalg.det(np.outer(x, x)),
}


@pytest.mark.parametrize("name", CASES)
def test_of_real_numbers(name: str) -> None:
    check_grads(CASES[name], (X,), order=1)


# -- through complex numbers


def smooth(x):
    s = np.fft.fft(x)
    s = s * np.exp(-np.arange(6) * 0.1)
    return np.sum(np.fft.ifft(s).real ** 2)


def phase(x):
    z = x[:3] + 1j * x[3:]
    return np.sum(np.angle(z) * w[:3]) + np.sum(np.abs(z) ** 3)


def filt(x):
    s = np.fft.rfft(x)
    s[2:] = 0
    return np.sum(np.fft.irfft(s, 6) * w)


def cmul(x):
    z = (x[0] + 1j * x[1]) * (x[2] - 2j * x[3])
    return z.real**2 + z.imag * np.abs(z)


def poly(x):
    z = np.exp(1j * x)
    return np.abs(np.sum(z * w)) ** 2


def kernel(x):
    k = np.fft.fft2(np.outer(x, x))
    return np.sum(np.abs(k) ** 2 * np.arange(36).reshape(6, 6))


def by_number(x):
    z = cmath.exp(complex(0, 1) * x[0]) + cmath.sqrt(x[1] * 1j - 1)
    return abs(z) ** 2 + cmath.phase(z) + (z * z.conjugate()).real


def polar(x):
    r, p = cmath.polar(cmath.rect(x[0], x[1]) + 1)
    return r * p


COMPLEX: dict[str, Any] = {
    "power": lambda x: np.sum(np.abs(np.fft.rfft(x)) ** 2 * np.arange(4)),
    "smooth": smooth,
    "phase": phase,
    "filt": filt,
    "cmul": cmul,
    "poly": poly,
    "kernel": kernel,
    "conv": lambda x: np.sum(np.real(np.fft.ifft(np.fft.fft(x) * np.fft.fft(w))) ** 3),
    "vdot": lambda x: np.vdot(np.fft.fft(x), np.fft.fft(x * w)).real,
    "norm": lambda x: np.linalg.norm(np.fft.fft(x)),
    "conj": lambda x: np.sum((np.fft.fft(x) * np.conj(np.fft.fft(x))).real * w),
    "z**2": lambda x: np.sum(((x + 1j * w) ** 2).imag),
    "shift": lambda x: np.sum(np.abs(np.fft.fftshift(np.fft.fft(x))) * w),
    "item": lambda x: np.fft.fft(x)[1].imag ** 2,
    "csolve": lambda x: np.sum(np.abs(np.linalg.solve(np.diag(x + 1j) + 0.1, w)) ** 2),
    "cmat": lambda x: np.sum(np.abs((np.diag(x) + 1j * np.ones((6, 6))) @ (w + 1j * x))),
    "real const": lambda x: np.sum(x.real * w + x.imag),
    "div": lambda x: (1 / (x[0] + 1j * x[1])).real,
    "cmath": by_number,
    "polar": polar,
    "branches": lambda x: (np.sqrt(x + 2j) * np.log(x * 1j)).imag.sum(),
}


@pytest.mark.parametrize("name", COMPLEX)
def test_through_complex_numbers(name: str) -> None:
    check_grads(COMPLEX[name], (Y,), order=2)


@pytest.mark.parametrize(
    "function",
    [
        lambda x: np.max(np.fft.fft(x)).real,
        lambda x: np.linalg.svd(np.diag(x + 1j))[1][0],
        lambda x: np.sum(np.maximum(x + 1j, 0).real),
        lambda x: np.sum(np.sign(x + 1j).real),
    ],
)
def test_what_has_no_complex_rule_is_refused(function: Any) -> None:
    with pytest.raises(UnsupportedError, match="complex"):
        grad(function)(Y)


def test_a_gradient_is_of_a_real_number_with_respect_to_real_numbers() -> None:
    with pytest.raises(NonScalarError, match="complex"):
        grad(lambda x: np.fft.fft(x)[0])(Y)
    with pytest.raises((UsageError, UnsupportedError), match="complex"):
        grad(lambda z: np.sum(np.abs(z)))(Y + 1j)


# -- where there is no derivative, or not the one that is asked for


def test_eigenvalues_that_meet_have_a_derivative_in_symmetric_functions() -> None:
    g = grad(lambda a: np.sum(np.linalg.eigvalsh(a) ** 3))
    assert np.allclose(g(2.0 * np.eye(3)), 12.0 * np.eye(3))
    g = grad(lambda a: np.sum(np.linalg.eigh(a)[0] ** 3))
    assert np.allclose(g(2.0 * np.eye(3)), 12.0 * np.eye(3))


def test_vectors_of_eigenvalues_that_meet_are_not_made_up() -> None:
    def root(a: Any) -> Any:
        values, vectors = np.linalg.eigh(a)
        return np.sum((vectors * np.sqrt(values)) @ vectors.T * A)

    def vector(a: Any) -> Any:
        return np.sum(np.linalg.eigh(a)[1][:, 0] * A[0])

    assert np.isnan(grad(vector)(np.eye(3))).any()
    # A square root of a matrix is a function of the matrix: at the identity it moves half as much,
    # by the lower triangle, which is all that `eigh` reads.
    half = (A + A.T) / 2
    np.testing.assert_allclose(grad(root)(np.eye(3)), np.tril(half) - np.diag(np.diag(half)) / 2)


def test_a_singular_value_of_zero_is_a_kink() -> None:
    g = grad(lambda a: np.linalg.norm(a, "nuc"))
    assert np.allclose(g(np.diag([2.0, 0.0])), np.diag([1.0, 0.0]))


def test_the_derivative_of_the_determinant_of_a_singular_matrix() -> None:
    a = np.diag([2.0, 3.0, 0.0])
    assert np.allclose(grad(np.linalg.det)(a), np.diag([0.0, 0.0, 6.0]))


@pytest.mark.parametrize(
    "function",
    [
        lambda a: np.linalg.svd(a)[1],
        lambda a: np.linalg.svd(a)[0][:, :2] ** 2,
        lambda a: np.linalg.svd(a.T).Vh[:2] ** 2,
        lambda a: np.linalg.qr(a, mode="complete").R,
        lambda a: np.linalg.qr(a, "complete").Q[:, :2],
    ],
)
def test_of_a_full_basis_what_the_matrix_decides_is_differentiated(function: Any) -> None:
    tall = A[:, :2]
    assert np.array_equal(jvp(function, (tall,), (tall,))[0], function(tall))
    check_grads(lambda a: np.sum(function(a) * np.cos(function(a))), (tall,), order=2)


def test_the_vectors_that_fill_up_a_basis_have_no_derivative() -> None:
    assert np.isnan(grad(lambda a: np.sum(np.linalg.svd(a)[0][:, 2]))(A[:, :2])).all()
    assert np.isnan(grad(lambda a: np.sum(np.linalg.qr(a, "complete")[0]))(A[:, :2])).all()


def test_an_argument_that_would_lose_its_derivative_is_refused() -> None:
    with pytest.raises(UnsupportedError, match="depends on the inputs"):
        grad(lambda p: np.sum(np.unwrap(X, period=p)))(3.0)


def test_a_large_solve_is_one_solve_in_the_gradient_too() -> None:
    rng = np.random.default_rng(0)
    matrix, right = rng.normal(size=(50, 50)) + 50 * np.eye(50), rng.normal(size=50)
    g = grad(lambda a: np.sum(np.linalg.solve(a, right)))
    g(matrix)
    assert str(g.program(matrix)).count("solve(") == 2


# -- what is decided by values is decided again at every call


DECIDING: dict[str, Any] = {
    "piecewise": lambda x: np.sum(
        np.piecewise(x, [x < 0, x >= 1], [lambda t: -t, lambda t: t**2, 0.5])
    ),
    "nonzero": lambda x: np.sum(x[np.nonzero(x > 0)] ** 2),
    "median": lambda x: np.median(x**2),
    "sort": lambda x: np.sum(np.sort(x) * np.arange(3)),
    "interp": lambda x: np.sum(np.interp(x, [-1.0, 0.0, 2.0], [1.0, 3.0, 2.0])),
    "choose": lambda x: np.sum(np.choose((x > 0).astype(int), [x, x**2])),
    "compress": lambda x: np.sum(np.compress(x > 0, x) ** 2),
    "arange": lambda x: np.sum(np.arange(x[0], 5.0)),
    "bincount": lambda x: np.sum(np.bincount((x > 0).astype(int), weights=x) ** 2),
    "partition": lambda x: np.partition(x, 1)[1] ** 2,
    "unwrap": lambda x: np.sum(np.unwrap(x * 5) ** 2),
    "where1": lambda x: np.sum(x[np.where(x > 0)] ** 2),
    "trim": lambda x: np.sum(np.trim_zeros(np.maximum(x, 0)) ** 2),
    "delete": lambda x: np.sum(np.delete(x, int(np.argmax(x))) ** 2),
    "take traced": lambda x: np.sum(np.take(x, np.argsort(x)[:2]) ** 2),
    "extract": lambda x: np.sum(np.extract(x > 0, x) ** 2),
    "putmask": lambda x: (lambda y: (np.putmask(y, y > 0, [1.0, 2.0]), np.sum(y**2))[1])(x * 1.0),
    "real_if_close": lambda x: np.sum(np.real_if_close(x) ** 2),
    "searchsorted": lambda x: np.sum(x * np.searchsorted(np.array([0.0, 1.0]), x)),
    "digitize": lambda x: np.sum(x * np.digitize(x, [0.0, 1.0])),
    "count": lambda x: np.sum(x) * np.count_nonzero(x > 0),
    "nan": lambda x: np.nanmean(np.where(x > 1, np.nan, x) ** 2),
    "maximum.at": lambda x: (
        lambda y: (np.maximum.at(y, np.array([0, 0]), x[:2]), np.sum(y**2))[1]
    )(np.zeros(3)),
}


@pytest.mark.parametrize("name", DECIDING)
def test_another_input_takes_another_path(name: str) -> None:
    function = DECIDING[name]
    g = grad(function)
    points = [X, -X, X[::-1].copy(), X + 2]
    for x in (*points, *points[::-1]):
        assert np.array_equal(g(x), grad(function)(x), equal_nan=True)
    check_grads(function, (-X,), order=1)


HALF_OF = 4


@pytest.mark.parametrize(
    "function",
    [
        lambda x: np.sum(np.broadcast_to(x, (HALF_OF // 2, len(x))) ** 2),
        lambda x: np.sum(np.broadcast_to(x[0], HALF_OF // 2) ** 2),
        lambda x: np.partition(x, (HALF_OF // 4, HALF_OF // 2))[1] ** 2,
        lambda x: np.partition(x, HALF_OF // 2)[2] ** 2,
    ],
)
def test_shapes_and_places_of_numbers_from_outside(function, monkeypatch):
    g = value_and_grad(function)
    x = np.array([0.5, 2.0, -1.0, 3.0, 0.1])
    for size in (4, 8, 4):
        monkeypatch.setitem(globals(), "HALF_OF", size)
        value, slope = g(x)
        assert value == function(x)
        steps = [(function(x + e) - function(x - e)) / 2e-4 for e in np.eye(5) * 1e-4]
        np.testing.assert_allclose(slope, steps, rtol=1e-7, atol=1e-9)
