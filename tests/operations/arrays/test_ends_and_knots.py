"""Slopes exactly at knots and at the ends of tables, and vectors where values nearly meet."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from symdiff import grad, hessian, jvp

pytestmark = pytest.mark.sampled(every=2)

KNOTS, HEIGHTS = np.array([0.0, 1.0, 2.5, 3.0]), np.array([1.0, 3.0, 0.0, 4.0])
RIGHT = {0.0: 2.0, 1.0: -2.0, 2.5: 8.0, 3.0: 8.0, -1.0: 0.0, 4.0: 0.0, 0.5: 2.0, 2.0: -2.0}


def test_interp_has_the_slope_to_the_right_of_a_knot() -> None:
    g = grad(lambda x: np.interp(x, KNOTS, HEIGHTS))
    for _ in range(2):
        for x, slope in RIGHT.items():
            assert g(x) == slope
            assert jvp(lambda x: np.interp(x, KNOTS, HEIGHTS), (x,), (1.0,))[1] == slope
    xs = np.array(list(RIGHT))
    slopes = grad(lambda x: np.sum(np.interp(x, KNOTS, HEIGHTS)))(xs)
    np.testing.assert_array_equal(slopes, list(RIGHT.values()))


def test_interp_with_values_beyond_the_ends() -> None:
    g = grad(lambda x: np.interp(x, KNOTS, HEIGHTS, left=-5.0, right=7.0))
    for x, slope in RIGHT.items():
        assert g(x) == slope
    by_left = grad(lambda v, x: np.interp(x, KNOTS, HEIGHTS, left=v))
    assert [by_left(0.5, x) for x in (-0.1, 0.0, 0.1)] == [1.0, 0.0, 0.0]
    by_right = grad(lambda v, x: np.interp(x, KNOTS, HEIGHTS, right=v))
    assert [by_right(0.5, x) for x in (2.9, 3.0, 3.1)] == [0.0, 0.0, 1.0]


def test_interp_of_the_heights_and_knots_at_a_knot() -> None:
    by_heights = grad(lambda h, x: np.interp(x, KNOTS, h))
    for k, x in enumerate(KNOTS):
        np.testing.assert_array_equal(by_heights(HEIGHTS, x), np.eye(4)[k])
    by_knots = grad(lambda k, x: np.interp(x, k, HEIGHTS))
    for k, (x, slope) in enumerate(zip(KNOTS, [2.0, -2.0, 8.0, 8.0], strict=True)):
        np.testing.assert_allclose(by_knots(KNOTS, x), -slope * np.eye(4)[k], atol=1e-14)


def test_interp_with_a_period() -> None:
    f = lambda x: np.interp(x, [0.0, 1.0, 3.0], [0.0, 2.0, 0.0], period=4.0)
    g = grad(f)
    for x, slope in ((0.0, 2.0), (1.0, -1.0), (3.0, 0.0), (4.0, 2.0), (5.0, -1.0), (-1.0, 0.0)):
        assert g(x) == slope


# -- values that nearly meet

TURN = np.linalg.qr(np.random.default_rng(3).normal(size=(3, 3)))[0]


def with_values(*values: float) -> Any:
    matrix = TURN @ np.diag(values) @ TURN.T
    return (matrix + matrix.T) / 2


def first_of_vectors(a):
    return np.linalg.eigh(a)[1][0, 0] ** 2


def first_of_left_vectors(a):
    return np.linalg.svd(a)[0][0, 2] ** 2


VECTORS = [(first_of_vectors, 0), (first_of_left_vectors, 2)]


@pytest.mark.parametrize(("function", "place"), VECTORS)
def test_vectors_of_values_that_meet_to_rounding_have_no_derivative(
    function: Any, place: int
) -> None:
    values = [1.0, 1.0, 3.0]
    a = with_values(*values)
    met = np.linalg.eigvalsh(a)
    assert abs(met[1] - met[0]) < 1e-14
    assert np.isnan(grad(function)(a)).all()
    assert np.isnan(jvp(function, (a,), (np.diag([1.0, 2.0, 3.0]),))[1])
    nearly = with_values(1.0, 1.0 + 4e-16, 3.0)
    assert np.isnan(grad(function)(nearly)).all()


@pytest.mark.parametrize(("function", "place"), VECTORS)
@pytest.mark.parametrize("gap", [1e-3, 1e-9])
def test_vectors_of_values_that_are_close_have_one(function: Any, place: int, gap: float) -> None:
    values = np.array([1.0, 1.0 + gap, 3.0])
    a = with_values(*values)
    # The vector of the smallest value, by first order perturbation along a symmetric direction.
    direction = with_values(0.3, 0.7, -0.2)[::-1, ::-1]
    w, v = np.linalg.eigh(a)
    inside = v.T @ direction @ v
    moved = sum(inside[k, 0] / (w[0] - w[k]) * v[0, k] for k in (1, 2))
    expected = 2 * v[0, 0] * moved
    close = pytest.approx(expected, rel=max(1e-6, 1e-13 / gap))  # the gap itself has no more digits
    assert np.sum(grad(function)(a) * direction) == close
    assert jvp(function, (a,), (direction,))[1] == close


@pytest.mark.parametrize(
    "function",
    [
        lambda a: np.sum(np.linalg.eigvalsh(a) ** 3),
        lambda a: np.sum(np.linalg.svd(a, compute_uv=False) ** 3),
        lambda a: np.sum(np.linalg.eigh(a)[0] ** 3),
    ],
)
@pytest.mark.parametrize("gap", [0.0, 4e-16, 1e-12, 1e-7])
def test_functions_of_values_alone_are_smooth_where_they_meet(function: Any, gap: float) -> None:
    a = with_values(1.0, 1.0 + gap, 3.0)
    found = grad(function)(a)
    np.testing.assert_allclose((found + found.T) / 2, 3 * a @ a, rtol=1e-12, atol=1e-12)


# -- determinants


def cofactors(a: Any) -> Any:
    n = len(a)
    minors = [
        [np.linalg.det(np.delete(np.delete(a, i, 0), j, 1)) for j in range(n)] for i in range(n)
    ]
    return np.array(minors) * (-1.0) ** np.add.outer(np.arange(n), np.arange(n))


@pytest.mark.parametrize("seed", range(4))
def test_the_sign_of_a_determinants_cofactors(seed: int) -> None:
    a = np.random.default_rng(seed).normal(size=(3, 3))
    for matrix in (a, -a, a[::-1], a[[1, 2, 0]], np.diag([-1.0, 2.0, 3.0]), np.diag([2.0, 0, 3.0])):
        np.testing.assert_allclose(grad(np.linalg.det)(matrix), cofactors(matrix), atol=1e-13)
        moved = jvp(np.linalg.det, (matrix,), (a,))[1]
        assert moved == pytest.approx(np.sum(cofactors(matrix) * a), abs=1e-12)
        # The second derivative of a determinant of three rows is linear: of its own cofactors.
        step = 1e-3
        difference = (cofactors(matrix + step * a) - cofactors(matrix - step * a)) / (2 * step)
        second = hessian(np.linalg.det)(matrix)
        np.testing.assert_allclose(np.tensordot(second, a, 2), difference, atol=1e-9)
