"""What a `where` does not choose contributes nothing, not even where it is infinite or no number.

The function values may be NaN in the arm not taken; the gradient must be that of the arm taken.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from symdiff import grad, hessian, jvp

X = np.array([-1.0, 0.0, 4.0, 9.0])
SLOPE = np.array([0.0, 0.0, 0.25, 1 / 6])  # of sqrt, where it is chosen

pytestmark = pytest.mark.filterwarnings("ignore::RuntimeWarning")


def across_statements(x):
    r = np.sqrt(x)
    return np.where(x > 0, r, 0.0).sum()


def other_arm(x):
    r = np.sqrt(x)
    return np.sum(np.where(x <= 0, 0.0, r))


def through_a_product(x):
    r = np.sqrt(x)
    chosen = np.where(x > 0, 2.0, 0.0) * np.where(x > 0, r, 1.0)
    return np.sum(0.5 * chosen)


def through_a_shape(x):
    r = np.sqrt(x).reshape(2, 2).T
    condition = x.reshape(2, 2).T > 0
    return np.sum(np.where(condition, r, 0.0))


def through_a_sum(x):
    rows = np.sqrt(x)[:, None] * np.array([0.25, 0.75])
    totals = rows.sum(axis=1)
    return np.sum(np.where(x > 0, totals, 0.0))


def chosen_twice(x):
    r = np.sqrt(x)
    small = np.where((x > 0) & (x < 5), r, 0.0)
    large = np.where(x >= 5, r, 0.0)
    return np.sum(small + large)


def nested_choice(x):
    r = np.sqrt(x)
    inner = np.where(x < 100, r, 0.0)
    return np.sum(np.where(x > 0, inner, 0.0))


def read_where_it_is_one(x):
    r = np.sqrt(x)
    total = 0.0
    for k in range(len(x)):
        if x[k] > 0:
            total += r[k]
    return total


def sliced(x):
    r = np.sqrt(x)
    return np.sum(r[2:])


def infinite_and_again(x):
    r = 1 / np.sqrt(x)
    s = 1 / (r * r)
    return np.sum(np.where(x > 0, np.sqrt(s), 0.0))


FUNCTIONS: list[Callable[[Any], Any]] = [
    across_statements,
    other_arm,
    through_a_product,
    through_a_shape,
    through_a_sum,
    chosen_twice,
    nested_choice,
    read_where_it_is_one,
    sliced,
    infinite_and_again,
]


@pytest.mark.parametrize("function", FUNCTIONS, ids=lambda f: f.__name__)
def test_an_arm_not_taken_contributes_nothing(function):
    np.testing.assert_allclose(grad(function)(X), SLOPE, rtol=1e-14)


@pytest.mark.parametrize("function", FUNCTIONS[:7], ids=lambda f: f.__name__)
def test_forward_mode_agrees(function):
    direction = np.array([1.0, -2.0, 0.5, 3.0])
    _, tangent = jvp(function, (X,), (direction,))
    np.testing.assert_allclose(tangent, SLOPE @ direction, rtol=1e-14)


def test_both_arms_where_both_are_wanted():
    def f(x):
        low, high = x**2, np.log(x)
        return np.sum(np.where(x > 1, high, low))

    np.testing.assert_allclose(grad(f)(X), [-2.0, 0.0, 0.25, 1 / 9], rtol=1e-14)


def test_used_outside_the_choice_too():
    def f(x):
        r = np.sqrt(x)
        return np.sum(np.where(x > 4, r, 0.0)) + np.sum(r)

    found = grad(f)(X)
    assert np.isnan(found[0])  # the function itself is NaN here
    np.testing.assert_allclose(found[2:], [0.25, 1 / 3], rtol=1e-14)


def test_second_order():
    def f(x):
        r = np.sqrt(x)
        return np.sum(np.where(x > 0, r**3, 0.0))

    def slope(x):
        return np.sum(grad(f)(x))

    np.testing.assert_allclose(grad(slope)(X), [0.0, 0.0, 0.375, 0.25], rtol=1e-13)


@pytest.mark.parametrize(
    "floor",
    [
        lambda x: np.maximum(x, 0),
        lambda x: np.clip(x, 0, None),
        lambda x: np.fmax(0.0, x),
        lambda x: np.where(x > 0, x, 0.0),
    ],
    ids=["maximum", "clip", "fmax", "where"],
)
def test_the_root_of_what_is_cut_off_at_zero(floor):
    def f(x):
        return np.sum(np.sqrt(floor(x)))

    found = grad(f)(X)
    assert found[0] == 0.0  # the function is constant there
    np.testing.assert_allclose(found[2:], SLOPE[2:], rtol=1e-14)


def test_the_value_is_computed_once_beside_its_choices():
    text = grad(lambda x: np.sum(np.sqrt(np.maximum(x, 0)))).generated_source(X)
    assert text.count("sqrt(") in (1, len(X))  # once, or once for each element


def square_roots_mended(x):
    y = np.sqrt(x)
    y[np.isnan(y)] = 0.0
    return np.sum(y * np.arange(1.0, len(x) + 1))


def entropy_at_zero(x):
    y = x * np.log(x)
    y[x == 0] = 0.0
    return np.sum(np.sin(y))


def inverse_distances(x):
    apart = 1 / (x[:, None] - x) ** 2
    np.fill_diagonal(apart, 0.0)
    return np.sum(apart)


def first_of_logarithms(x):
    y = 2 * np.log(x - x[0])
    y[:1] = x[1]
    y[1] = 3.0
    return np.sum(y)


def put_in_the_place_of_infinity(x):
    y = 1 / x
    np.putmask(y, x == 0, 5.0)
    np.copyto(y, 3.0, where=x > 2)
    return np.sum(y * x)


@pytest.mark.parametrize(
    ("f", "x", "expected"),
    [
        (square_roots_mended, [0.25, -2.0, 4.0], [1.0, 0.0, 0.75]),
        (entropy_at_zero, [1.0, 0.0, 1.0], [1.0, 0.0, 1.0]),
        (inverse_distances, [0.0, 1.0, 3.0], [4 + 4 / 27, -4 + 0.5, -4 / 27 - 0.5]),
        (first_of_logarithms, [1.0, 2.0, 3.0], [-1.0, 1.0, 1.0]),
        (put_in_the_place_of_infinity, [0.5, 0.0, 4.0], [0.0, 5.0, 3.0]),
    ],
)
def test_what_is_overwritten_contributes_nothing(f, x, expected):
    """Not even zero times infinity, wherever it was infinite before."""
    with np.errstate(all="ignore"):
        np.testing.assert_allclose(grad(f)(np.array(x)), expected, rtol=1e-12)


# -- behind operations that carry no condition: the cotangent's own zeros count

WEIGHTS = np.random.default_rng(5).normal(size=(4, 4))


def safe_root(x):
    return np.where(x > 0, np.sqrt(np.where(x > 0, x, 1.0)), 0.0)


def safe_log(x):
    return np.log(np.where(x > 0, x, 1.0))


def rooted_and_overwritten(x):
    y = np.sqrt(x)
    y[x <= 0] = 0.0
    return y @ WEIGHTS


BEHIND = {
    "matmul": (
        lambda x: np.where((x > 0)[:, None], (np.log(x)[:, None] * np.ones(4)) @ WEIGHTS, 0.0),
        lambda x: np.where((x > 0)[:, None], (safe_log(x)[:, None] * np.ones(4)) @ WEIGHTS, 0.0),
    ),
    "rows": (
        lambda x: (np.stack([np.log(x), x], axis=1) @ WEIGHTS[:2])[x > 0],
        lambda x: (np.stack([safe_log(x), x], axis=1) @ WEIGHTS[:2])[x > 0],
    ),
    "einsum": (
        lambda x: np.where((x > 0)[:, None], np.einsum("i,ij->ij", np.log(x), WEIGHTS), 0.0),
        lambda x: np.where((x > 0)[:, None], np.einsum("i,ij->ij", safe_log(x), WEIGHTS), 0.0),
    ),
    "mask": (lambda x: np.sqrt(x)[x > 0], lambda x: safe_root(x)[x > 0]),
    "index array": (
        lambda x: np.where(x > 0, np.sqrt(x)[[0, 1, 2, 3]], 0.0),
        safe_root,
    ),
    "repeat": (
        lambda x: np.where(np.repeat(x > 0, 2), np.repeat(np.sqrt(x), 2), 0.0),
        lambda x: np.repeat(safe_root(x), 2),
    ),
    "sort": (
        lambda x: np.take_along_axis(np.log(x), np.argsort(x), 0)[np.sort(x) > 0],
        lambda x: np.take_along_axis(safe_log(x), np.argsort(x), 0)[np.sort(x) > 0],
    ),
    "cast": (lambda x: np.where(x > 0, np.sqrt(x).astype(float), 0.0), safe_root),
    "new axis": (
        lambda x: np.where((x > 0)[:, None], np.sqrt(x)[:, None] * WEIGHTS, 0.0),
        lambda x: safe_root(x)[:, None] * WEIGHTS,
    ),
    "overwritten": (rooted_and_overwritten, lambda x: safe_root(x) @ WEIGHTS),
    "largest": (
        lambda x: np.where(x > 0, np.max(np.stack([np.sqrt(x), x]), axis=0), 0.0),
        lambda x: np.where(x > 0, np.max(np.stack([safe_root(x), x]), axis=0), 0.0),
    ),
    "solve": (
        lambda x: np.linalg.solve(WEIGHTS, np.where(x > 0, np.sqrt(x), 0.0)),
        lambda x: np.linalg.solve(WEIGHTS, safe_root(x)),
    ),
}


@pytest.mark.parametrize("name", BEHIND)
def test_the_zeros_of_a_cotangent_count_behind_any_operation(name):
    function, safe = BEHIND[name]
    slope = grad(lambda x: np.sum(np.sin(function(x))))
    for x in (X, np.array([0.0, 0.3, 1.2, 0.0]), np.array([1.0, 2.0, 3.0, 4.5]), X):
        want = grad(lambda x: np.sum(np.sin(safe(x))))(x)
        np.testing.assert_allclose(slope(x), want, rtol=1e-12, atol=1e-14)


def zero_by_chance(x):
    a = np.zeros(4)
    a[0] = x[0]
    a[1] = np.sin(a[0] * x[1])
    a[2] = a[1] * x[0] + np.exp(a[0])
    return (a.sum() - np.sin(x[0] * x[1])) ** 2 - a[0] * x[1]


def sorted_residual(x):
    r = np.sort(np.tanh(x))
    return (r[0] - np.tanh(0.3)) ** 2 + r[1] ** 3


@pytest.mark.parametrize(
    ("function", "x"),
    [(zero_by_chance, [0.0, 0.7]), (zero_by_chance, [0.4, 0.0]), (sorted_residual, [0.3, 0.9])],
)
def test_a_cotangent_that_is_zero_by_chance_still_moves(function, x):
    x = np.array(x)
    g = grad(function)
    step = 1e-5
    expected = [(g(x + e) - g(x - e)) / (2 * step) for e in np.eye(len(x)) * step]
    np.testing.assert_allclose(hessian(function)(x), expected, rtol=1e-7, atol=1e-8)


@pytest.mark.parametrize(
    ("f", "wanted"),
    [
        (lambda x: max(x[0], 0) * x[1], [3.0, 2.0]),
        (lambda x: x[1] * np.maximum(x[0], 0) ** 2, [12.0, 4.0]),
        (lambda x: x[1] / max(x[0], 0), [-0.75, 0.5]),
        (lambda x: min(x[0], 0) * x[1] + x[0], [1.0, 0.0]),
        (lambda x: np.arctan2(x[0], 0) * x[1] + np.arctan2(0, x[0]), [0.0, np.pi / 2]),
    ],
)
def test_a_zero_that_is_an_operand_is_no_choice(f, wanted):
    np.testing.assert_allclose(grad(f)(np.array([2.0, 3.0])), wanted, atol=1e-15)
