"""Calls as NumPy spells them: every keyword by name and by place, and the type of what comes back.

Each function is compared with NumPy in value, type, shape and dtype, and its derivative with
differences, in both modes and to second order.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from inspect import signature
from typing import Any

import numpy as np
import pytest

from symdiff import grad, jvp, value_and_grad
from symdiff.errors import UnsupportedError
from symdiff.specialize.recording.memory import lying_like
from symdiff.testing import check_grads

pytestmark = pytest.mark.sampled(every=41)

RNG = np.random.default_rng(7)
X = RNG.normal(size=(3, 4))
CUBE = RNG.normal(size=(2, 3, 4))
MASK = X > -0.4
GAPS = np.where(MASK, X, np.nan)


def in_place_on_a_number_array(x: Any) -> Any:
    a = np.array(x[0, 0])
    b = a
    b += 1.0
    return a * x[0]


def a_median_is_a_number(x: Any) -> Any:
    a = np.median(x)
    b = a
    b += 1.0
    return a * x[0]


def a_copy_of_a_number_array(x: Any) -> Any:
    a = np.array(x[0, 0])
    b = a.copy()
    b += 1.0
    return a * b


def written_through_the_mean(x: Any) -> Any:
    y = x.copy()
    y[0, 1] = 3.0
    return np.mean(y, axis=0) ** 2


def out_by_place(x: Any) -> Any:
    out = np.zeros(4)
    total = np.sum(x, 0, None, out)
    total *= 2
    return out


def out_of_a_method(x: Any) -> Any:
    out = np.zeros((3, 4))
    x.cumsum(1, None, out)
    return out * x


def unary_at(x: Any) -> Any:
    y = x.copy()
    np.negative.at(y, [0, 0, 1])
    np.exp.at(y, ([0, 1, 0], [2, 2, 2]))
    return y


def filled_flat(x: Any) -> Any:
    y = x.copy()
    y.flat = x[0]
    return y * x


def diagonal_with_wrap(x: Any) -> Any:
    y = np.zeros((7, 2)) + x[0, :2]
    np.fill_diagonal(y, x[1, 1], wrap=True)
    return y


def enumerated(x: Any) -> Any:
    total = 0.0
    for (i, j), v in np.ndenumerate(x):
        total = total + v * v * (i + 1) * j
    return total + sum(v * v for v in np.nditer(x))


@np.vectorize
def decorated(a: Any) -> Any:
    return a * a if a > 0 else -a


def by_keyword(x: Any) -> Any:
    return np.vectorize(lambda a, b=2.0: a * b)(x, b=x[0])


def by_signature(x: Any) -> Any:
    return np.vectorize(lambda v, w: v @ w * v[0], signature="(n),(n)->()")(x, x[0])


def blocks(x: Any) -> Any:
    return np.vectorize(lambda m: m.T @ m, signature="(m,n)->(n,n)")(x)


def excluded(x: Any) -> Any:
    return np.vectorize(lambda p, t: p[0] * t + p[1], excluded=[0])(x[0], x[1])


def made_ufunc(x: Any) -> Any:
    return np.frompyfunc(lambda a, b: a * b + b, 2, 1)(x, x[0]).astype(float)


def poly(x: Any) -> Any:
    p = np.poly1d(x[0])
    return (p * np.poly1d([1.0, 2.0]) + p.deriv())(x[1]) + p.integ()(2.0)


def polynomial(x: Any) -> Any:
    p = np.polynomial.Polynomial(x[0])
    return (p * p + 1).coef[:4] + p.deriv()(x[1]) + np.polynomial.Chebyshev(x[0])(x[1])


def histogram(x: Any) -> Any:
    counts, edges = np.histogram(x[0], bins=3, weights=x[1])
    return np.concatenate([counts, edges])


FUNCTIONS: list[Callable[[Any], Any]] = [
    in_place_on_a_number_array,
    a_median_is_a_number,
    a_copy_of_a_number_array,
    written_through_the_mean,
    out_by_place,
    out_of_a_method,
    unary_at,
    filled_flat,
    diagonal_with_wrap,
    enumerated,
    by_keyword,
    by_signature,
    blocks,
    excluded,
    made_ufunc,
    poly,
    polynomial,
    histogram,
    # numbers and arrays of no dimensions
    lambda x: np.median(x),
    lambda x: np.nanmax(x),
    lambda x: np.nanmean(x),
    lambda x: np.nanvar(x, ddof=1),
    lambda x: np.quantile(x, 0.3),
    lambda x: np.percentile(x, 30, axis=None),
    lambda x: np.mean(x, where=MASK),
    lambda x: np.var(x, where=MASK, ddof=1),
    lambda x: np.array(x[0, 0]),
    lambda x: np.asarray(x[0, 0], dtype=float),
    lambda x: np.float64(x[0, 0]) * 2,
    lambda x: np.float64(x),
    lambda x: x.tolist()[0][1] ** 2,
    lambda x: x.item(0) * x.item((1, 2)) + x.item(1, 1),
    # keywords
    lambda x: np.sum(a=x, axis=1),
    lambda x: np.ptp(x, axis=1, keepdims=1),
    lambda x: np.median(x, axis=1, keepdims=1),
    lambda x: np.cumsum(x, 1, float),
    lambda x: np.nancumprod(x, axis=1, dtype=float),
    lambda x: np.nanvar(x, axis=1, mean=np.mean(x, axis=1, keepdims=True)),
    lambda x: np.quantile(x, [0.2, 0.7], axis=1, method="inverted_cdf"),
    lambda x: np.quantile(x, [0.25, 0.05], axis=1, method="averaged_inverted_cdf"),
    lambda x: np.quantile(x, [0.25, 0.6], axis=0, method="closest_observation"),
    lambda x: np.reshape(x, (4, 3), order="F"),
    lambda x: x.reshape(-1, 2, order="F"),
    lambda x: x.flatten("F") * np.arange(12),
    lambda x: np.ravel(x, "F") * np.arange(12),
    lambda x: np.concatenate([x, x], axis=1, dtype=float),
    lambda x: np.stack([x, x], dtype=float),
    lambda x: np.pad(x, 1, "median"),
    lambda x: np.pad(x, 1, "reflect", reflect_type="odd"),
    lambda x: np.nan_to_num(np.where(MASK, x, np.nan), nan=2.0),
    lambda x: np.full_like(x, x[0, 0], shape=(2,)),
    pytest.param(
        lambda x: np.insert(x, np.array([True, False, True]), 1.0, axis=0),
        marks=pytest.mark.skipif(
            np.lib.NumpyVersion(np.__version__) < "2.2.0", reason="it warns of a change to come"
        ),
    ),
    lambda x: np.linspace(x[0], x[1], 3, axis=-1),
    lambda x: np.geomspace(1.0, x[0] ** 2 + 1, 4, axis=1),
    lambda x: np.atleast_1d(x, x[0, 0])[1],
    lambda x: np.array(x[0], ndmin=3),
    lambda x: x[np.ix_(x[:, 0] > -9, [0, 2])],
    lambda x: np.linalg.vector_norm(x, axis=(0, 1), keepdims=True),
    lambda x: np.linalg.pinv(x[:, :3], hermitian=True),
    lambda x: np.add.accumulate(x, dtype=float),
    lambda x: np.add.reduceat(x, [0, 2], axis=1, dtype=float),
    lambda x: np.subtract.reduce(x, axis=1, initial=1.0),
    lambda x: np.subtract.reduce(x, axis=1, initial=1.0, where=MASK),
    lambda x: np.clip(x, -0.5, 0.7, dtype=float),
    lambda x: np.trace(x, dtype=float),
    lambda x: np.unique(np.concatenate([x[0], x[0, :2], x[1]])),
    lambda x: np.unique(x, return_inverse=True)[0],
    lambda x: np.union1d(x[0], x[1]),
    *([lambda x: np.unique(x, sorted=True)] if "sorted" in signature(np.unique).parameters else []),
    lambda x: np.lib.stride_tricks.sliding_window_view(x, 2, axis=1),
    lambda x: np.lib.stride_tricks.sliding_window_view(x, (2, 3)),
    lambda x: x[:, np.lexsort((x[0], x[1] > 0))],
    lambda x: np.fromiter((v * v for v in x[0]), float, 3),
    lambda x: np.r_[x[0, 0], x[0, 1] * 2, 3],
    lambda x: np.ndarray.sum(x, axis=0) * x.__mul__(2.0),
    lambda x: np.result_type(x, np.float32).itemsize * x,
    lambda x: decorated(x),
    # results with names
    lambda x: np.linalg.slogdet(x[:, :3]).logabsdet,
    lambda x: np.linalg.eigh(x[:, :3] @ x[:, :3].T).eigenvalues,
    lambda x: np.linalg.svd(x, full_matrices=False).S,
    lambda x: np.linalg.qr(x[:, :3]).R,
    # complex numbers on the way
    lambda x: np.var(np.fft.fft(x), axis=0),
    lambda x: np.std(np.fft.fft(x)),
    lambda x: np.real(np.arctan(x + 1j * x[0])),
    lambda x: np.abs(np.arcsinh(x + 2j) * np.log1p(x + 1j)),
]


def weighted(function: Callable[[Any], Any]) -> Callable[[Any], Any]:
    def total(x: Any) -> Any:
        y = function(x)
        return np.sum(np.sin(y) * (1.0 + np.arange(np.size(y)).reshape(np.shape(y))))

    return total


@pytest.mark.parametrize("function", FUNCTIONS)
def test_value_type_and_derivative(function: Callable[[Any], Any]) -> None:
    for x in (X, X[::-1] * 0.7, X):
        want = function(x.copy())
        have, _ = jvp(function, (x.copy(),), (x,))
        assert type(have) is type(want)
        assert np.shape(have) == np.shape(want)
        assert np.asarray(have).dtype == np.asarray(want).dtype
        np.testing.assert_allclose(have, want, rtol=1e-13, atol=1e-14)
    check_grads(weighted(function), (X,), order=2)


@pytest.mark.parametrize(
    ("function", "dtype"),
    [
        (lambda x: np.sum(x, 0, np.float32), "float32"),
        (lambda x: np.cumsum(x, dtype=np.float32), "float32"),
        (lambda x: np.concatenate([x, x], dtype=np.float32), "float32"),
        (lambda x: np.nanmean(x, dtype=np.float32), "float32"),
        (lambda x: np.vectorize(lambda a: 1 if a > -9 else a)(x) + 0 * x[0, 0], "float64"),
        (lambda x: np.float32(x[0, 0]), "float32"),
    ],
)
def test_a_dtype_asked_for_is_the_dtype_given(function: Callable[[Any], Any], dtype: str) -> None:
    have, _ = jvp(function, (X,), (X,))
    assert have.dtype == dtype
    np.testing.assert_array_equal(have, function(X))


def test_the_spread_of_equal_numbers_is_a_kink_like_the_norm_at_zero() -> None:
    for function in (np.std, np.nanstd, lambda x: x.std(axis=0).sum()):
        assert np.array_equal(grad(function)(np.full((3, 2), 1.5)), np.zeros((3, 2)))
    assert grad(lambda x: np.std([x]))(1.0) == 0.0


def test_nothing_has_a_median_of_nan() -> None:
    value, tangent = jvp(lambda x: np.median(x[:0]), (X[0],), (X[0],))
    assert math.isnan(value)
    assert tangent == 0.0


@pytest.mark.parametrize(
    ("function", "what"),
    [
        (lambda x: np.matrix(x) * 2, "matrix"),
        (lambda x: np.ma.masked_where(x > 0, x).sum(), "masked arrays"),
        (lambda x: np.rec.array(x).sum(), "record arrays"),
        (lambda x: x[np.True_].sum(), "truth value"),
        (lambda x: sum(np.nditer([x, x])), "ndindex"),
    ],
)
def test_other_arrays_are_refused_by_name(function: Callable[[Any], Any], what: str) -> None:
    with pytest.raises(UnsupportedError, match=what):
        grad(function)(X)


def test_a_wrong_call_raises_what_numpy_raises() -> None:
    for call in (
        lambda x: np.sum(x, bogus=1),
        lambda x: np.median(x, axis=0, nothing=2),
        lambda x: np.concatenate([x, x], dtype=np.int64),
    ):
        with pytest.raises(TypeError):
            call(X)
        with pytest.raises(TypeError):
            grad(lambda x, call=call: np.sum(call(x)))(X)


OUTSIDE = np.array([-0.5, 0.0, 0.1, 0.25, 1.0, 1.5, 0.6])


def test_elements_outside_the_bins_of_a_histogram_do_not_count() -> None:
    def f(w: Any, x: Any) -> Any:
        counts, _ = np.histogram(x, bins=4, range=(0.0, 1.0), weights=w)
        return np.sum(counts * np.array([1.0, 2.0, 3.0, 4.0]))

    g = grad(f)
    ones = np.ones(7)
    assert g(ones, OUTSIDE).tolist() == [0.0, 1.0, 1.0, 2.0, 4.0, 0.0, 3.0]
    assert g(ones, OUTSIDE + 0.5).tolist() == [1.0, 3.0, 3.0, 4.0, 0.0, 0.0, 0.0]
    assert g(ones, OUTSIDE).tolist() == [0.0, 1.0, 1.0, 2.0, 4.0, 0.0, 3.0]


def test_a_density_over_bins_that_are_given() -> None:
    edges = np.array([0.0, 0.2, 1.0])

    def f(w: Any) -> Any:
        density, _ = np.histogram(OUTSIDE, bins=edges, weights=w, density=True)
        counts, _ = np.histogram(OUTSIDE, bins=edges)
        return density[0] * 3.0 + density[1] * counts[1]

    w = np.linspace(1.0, 2.0, 7)
    low, high = [1, 2], [3, 4, 6]
    total = w[low].sum() + w[high].sum()
    a, b = 3.0 / 0.2, 3.0 / 0.8
    value = (a * w[low].sum() + b * w[high].sum()) / total
    wanted = np.zeros(7)
    wanted[low], wanted[high] = (a - value) / total, (b - value) / total
    np.testing.assert_allclose(grad(f)(w), wanted, rtol=1e-12)


def test_unique_elements_and_where_they_are() -> None:
    weights = np.array([1.0, 2.0, 4.0])

    def rebuilt(x: Any) -> Any:
        values, inverse = np.unique(x, return_inverse=True)
        return np.sum(values[inverse] ** 2 * weights)

    def counted(x: Any) -> Any:
        values, index, counts = np.unique(x, return_index=True, return_counts=True)
        return np.sum(values * counts * (1 + index))

    g, h = grad(rebuilt), grad(counted)
    for x in ([3.0, 1.0, 2.0], [1.0, 2.0, 3.0], [2.0, 3.0, 1.0], [3.0, 1.0, 2.0]):
        np.testing.assert_allclose(g(np.array(x)), 2 * np.array(x) * weights)
        np.testing.assert_allclose(h(np.array(x)), [1.0, 2.0, 3.0])
    assert h(np.array([2.0, 5.0, 2.0])).tolist() == [2.0, 2.0, 0.0]


def in_memory(x: Any) -> Any:
    return sum(k * v * v for k, v in enumerate(np.nditer(x)))


def in_memory_of_parts(x: Any) -> Any:
    total = 0.0
    for part in (
        x.T,
        x[::-1],
        x[:, ::2].T,
        x[:, 1],
        x[0, ::-1],
        np.broadcast_to(x[0], (2, x.shape[1])),
    ):
        for k, v in enumerate(np.nditer(part)):
            total = total + (k + 1) * v * v
    return total


def test_elements_in_the_order_in_which_they_lie() -> None:
    x = np.random.default_rng(0).normal(size=(3, 4))
    wide = np.random.default_rng(1).normal(size=(6, 8))
    ways = [x, np.asfortranarray(x), x[::-1], wide[::2, ::2], x[:, ::-1], wide.T[:3:, 4:], x]
    for f in (in_memory, in_memory_of_parts):
        g = value_and_grad(f)
        for at in (*ways, *reversed(ways)):
            value, slope = g(at)
            assert value == pytest.approx(f(at), rel=1e-14)
            for place in np.ndindex(at.shape):
                up, down = lying_like(at), lying_like(at)
                up[place] += 1e-4
                down[place] -= 1e-4
                assert slope[place] == pytest.approx((f(up) - f(down)) / 2e-4, rel=1e-7, abs=1e-7)
    with pytest.raises(ValueError, match="zero-sized"):
        grad(in_memory)(np.zeros((0, 3)))
