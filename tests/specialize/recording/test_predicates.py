"""What NumPy tells of arrays without a derivative, and values of one element in any shape."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from scipy import special

from symdiff import grad, hessian, hvp, value_and_grad
from symdiff.errors import NonScalarError

pytestmark = pytest.mark.sampled(every=5)

X = np.array([1.0, 2.0, 0.5])
SQUARE = np.arange(9.0).reshape(3, 3) + 1

TRUTHS: dict[str, Any] = {
    "isreal": lambda x: np.isreal(x),
    "isreal of complex": lambda x: np.isreal(x + 1j * (x > 1)),
    "iscomplex": lambda x: np.iscomplex(x),
    "iscomplex of complex": lambda x: np.iscomplex(x * 1j),
    "isposinf": lambda x: np.isposinf(1 / (x - 1)),
    "isneginf": lambda x: np.isneginf(1 / (1 - x)),
    "isin": lambda x: np.isin(x, [1.0, 2.0]),
    "isin inverted": lambda x: np.isin(x, x[:1], invert=True),
    "isnan": lambda x: np.isnan(x),
    "isclose": lambda x: np.isclose(x, 1.0),
    "signbit": lambda x: np.signbit(x - 1),
    "logical_not": lambda x: np.logical_not(x > 1),
}


@pytest.mark.filterwarnings("ignore::RuntimeWarning")
@pytest.mark.parametrize("name", TRUTHS)
def test_truths_of_each_element(name: str) -> None:
    gradient = grad(lambda x: np.sum(np.where(TRUTHS[name](x), 2 * x, 5 * x)))
    for x in (X, np.array([2.0, 1.0, 1.0]), X):
        np.testing.assert_allclose(gradient(x), np.where(TRUTHS[name](x), 2.0, 5.0))


DECISIONS: dict[str, Any] = {
    "iscomplexobj": lambda x: np.iscomplexobj(x * 1j) and not np.iscomplexobj(x),
    "isrealobj": lambda x: np.isrealobj(x),
    "isscalar": lambda x: np.isscalar(x.ravel()[0]) and not np.isscalar(x),
    "iterable": lambda x: np.iterable(x),
    "allclose": lambda x: np.allclose(x, x * (1 + 1e-12)),
    "array_equal": lambda x: np.array_equal(x, x * 1.0),
    "array_equiv": lambda x: np.array_equiv(x, x),
    "ndim, shape and size": lambda x: np.ndim(x) == x.ndim and np.shape(x) == x.shape,
    "size of a list": lambda x: np.size([x, x]) == 2 * np.size(x) == 2 * x.size,
    "can_cast": lambda x: not np.can_cast(x, np.int64),
    "result_type": lambda x: np.result_type(x, np.float32) == np.float64,
    "min_scalar_type": lambda x: np.min_scalar_type(x) == np.float64,
    "memory shared": lambda x: np.may_share_memory(x, x[:1]) and np.shares_memory(x, x),
    "memory not shared": lambda x: not np.may_share_memory(x, x * 1.0),
    "isin in a test": lambda x: np.any(np.isin(2.0, x)),
    "einsum_path": lambda x: np.einsum_path("i,i->", x.ravel(), x.ravel())[0][0] == "einsum_path",
    "spacing": lambda x: np.all(np.spacing(x) < 1e-14),
    "nextafter": lambda x: np.all(np.nextafter(x, 100.0) > x),
}


@pytest.mark.parametrize("name", DECISIONS)
def test_decisions(name: str) -> None:
    gradient = grad(lambda x: np.sum(x**2) if DECISIONS[name](x) else np.sum(-x))
    for x in (X, SQUARE, np.array([0.3, 0.7])):
        np.testing.assert_allclose(gradient(x), 2 * x if DECISIONS[name](x) else -np.ones(x.shape))


def test_places_that_the_shape_decides() -> None:
    def f(x):
        low, high = np.tril_indices_from(x, -1), np.triu_indices_from(x, k=1)
        return np.sum(x[low] * 2) + np.sum(x[high] * 3) + np.sum(x[np.diag_indices_from(x)] ** 2)

    want = np.tril(np.full((3, 3), 2.0), -1) + np.triu(np.full((3, 3), 3.0), 1)
    np.testing.assert_allclose(grad(f)(SQUARE), want + np.diag(2 * np.diag(SQUARE)))


def test_sets_and_sorted_complex_numbers() -> None:
    def f(x):
        both, rest = np.intersect1d(x, [1.0, 2.0]), np.setdiff1d(x, [2.0])
        counted = np.unique_counts(x)
        edges = np.histogram_bin_edges(x, 2)
        ordered = np.sort_complex(x)
        return (
            np.sum(both**2)
            + np.sum(rest**3)
            + counted.values @ counted.counts
            + edges[1]
            + ordered.real @ np.arange(3.0)
            + np.sum(np.setxor1d(x, [7.0]))
        )

    for x in (X, np.array([4.0, 2.0, 3.0])):
        slopes = np.where(np.isin(x, [1.0, 2.0]), 2 * x, 0) + np.where(x == 2.0, 0, 3 * x**2) + 2
        slopes += np.where((x == x.max()) | (x == x.min()), 0.5, 0) + np.argsort(np.argsort(x))
        np.testing.assert_allclose(grad(f)(x), slopes)


# -- arrays of lists, and of no dimensions


def test_at_least_so_many_dimensions_of_a_list() -> None:
    def f(x):
        one = np.atleast_1d([x[0] * x[1], x[1]])
        two = np.atleast_2d([np.array([v, 1.0]) for v in x])
        three = np.atleast_3d([[x[0], 2.0]])
        some, more = np.atleast_1d((x[2], x[0]), 3.0)
        return (
            one.ndim * one.shape[0] * np.sum(one**2)
            + two.shape[1] * np.sum(two.T @ two)
            + three.shape[2] * np.sum(three) * some.size * more.size
            + np.sum(some)
        )

    def want(x):
        return np.array([f(x + 1e-6 * e) - f(x - 1e-6 * e) for e in np.eye(3)]) / 2e-6

    np.testing.assert_allclose(grad(f)(X), want(X), rtol=1e-7)


def clipped(x: Any) -> Any:
    x = np.asarray(x, dtype=float)
    y = np.zeros_like(x)
    y[x > 0] = x[x > 0] ** 2
    return float(y)


def both_sides(x: Any) -> Any:
    x = np.array(x)
    above = x > 0
    y = np.array(np.where(above, x, 0.0))
    y[~above] = 5 * x[~above]
    y[above] *= 2
    return y[()]


def in_place(x: Any) -> Any:
    x = np.asarray(x)
    y = np.empty_like(x)
    y[...] = x * x
    y[x > 1] = 7 * x
    return y + 0.0


def summed(x: Any) -> Any:
    x = np.asarray(x)
    return np.sum(x[x > 1]) * x + x[x <= 1].size


@pytest.mark.parametrize(
    ("f", "slopes"),
    [
        (clipped, (6.0, 0.0)),
        (both_sides, (2.0, 5.0)),
        (in_place, (7.0, -6.0)),
        (summed, (6.0, 0.0)),
    ],
    ids=lambda v: getattr(v, "__name__", None),
)
def test_masks_of_no_dimensions(f: Any, slopes: Any) -> None:
    gradient = grad(f)
    for x, want in zip((3.0, -3.0, 3.0), (*slopes, slopes[0]), strict=True):
        assert gradient(x) == want
        assert value_and_grad(f)(x)[0] == f(x)


# -- one number in any shape, and integers beside it


ONES: dict[str, Any] = {
    "(1,)": lambda x: np.array([x[0] * x[1]]),
    "a slice": lambda x: x[:1] * x[1],
    "(1, 1)": lambda x: np.atleast_2d(x[0] * x[1]),
    "a product": lambda x: x[None, :1] @ x[1:, None],
    "keepdims": lambda x: np.prod(x, keepdims=True),
}


@pytest.mark.parametrize("name", ONES)
def test_one_element_is_a_number(name: str) -> None:
    f, x = ONES[name], np.array([2.0, 3.0])
    np.testing.assert_allclose(grad(f)(x), [3.0, 2.0])
    value, _ = value_and_grad(f)(x)
    np.testing.assert_array_equal(value, f(x))
    assert np.shape(value) == np.shape(f(x))
    np.testing.assert_allclose(hessian(f)(x), [[0.0, 1.0], [1.0, 0.0]])
    np.testing.assert_allclose(hvp(f)(x, x), [3.0, 2.0])


def test_two_elements_are_none() -> None:
    with pytest.raises(NonScalarError, match="shape"):
        grad(lambda x: x)(np.ones(2))
    with pytest.raises(NonScalarError, match="shape"):
        grad(lambda x: x[:0])(np.ones(2))
    assert grad(grad(lambda x: np.array([x**3])))(3.0) == pytest.approx(18.0)


def test_integers_that_are_not_differentiated() -> None:
    def f(x, p, axis, n):
        total = special.multigammaln(0.5 * x[0, 0] + p, p) + special.polygamma(n, x[0, 1])
        return total + np.sum(np.max(x, axis=axis) ** 2) + special.jv(n, x[1, 0]) + x[1, 1] ** p

    gradient = grad(f)
    x = np.array([[3.0, 1.5], [2.5, 1.2]])
    for more in ((2, 0, 1), (3, 1, 2), (2, 0, 1), (2, 1, 1)):
        want = [
            (f(x + 1e-6 * e, *more) - f(x - 1e-6 * e, *more)) / 2e-6
            for e in np.eye(4).reshape(4, 2, 2)
        ]
        np.testing.assert_allclose(np.ravel(gradient(x, *more)), want, rtol=1e-6)
    assert gradient.trace_count <= 3


@pytest.mark.parametrize(
    "parts",
    [
        lambda x: np.unique(x, return_index=True, return_inverse=True, return_counts=True),
        lambda x: [np.unique(x, equal_nan=False)],
        lambda x: [np.unique_values(x)],
        np.unique_all,
        np.unique_counts,
        lambda x: [np.union1d(x, 2 * x)],
        lambda x: [np.setdiff1d(x, np.array([1.0]))],
        lambda x: [np.intersect1d(x, np.array([2.0, np.nan]))],
    ],
)
def test_what_is_no_number_is_unique_as_numpy_has_it(parts):
    def f(x):
        total = 0.0
        for part in parts(x):
            total += np.sum(np.nan_to_num(part) * np.arange(1, part.size + 1)) * len(part)
        return total

    g = value_and_grad(f)
    gaps, whole = np.array([np.nan, 2.0, np.nan, 1.0]), np.array([3.0, 1.0, 1.0, 2.0])
    for x in (gaps, whole, whole[::-1].copy(), gaps, whole):
        value, slope = g(x)
        assert value == f(x)
        assert np.isfinite(slope).all()
