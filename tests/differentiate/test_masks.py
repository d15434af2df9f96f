"""Which elements count: what is read under several names, passed over, overwritten, or zero.

Where an element contributes nothing, it must not contribute zero times infinity; where it
contributes by one of several ways, no other way may take that from it.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

from symdiff import grad, hessian, jvp

pytestmark = pytest.mark.filterwarnings("ignore::RuntimeWarning")

FIRST, SECOND = np.array([1, 1]), np.array([2, 1])


# -- one element by several names, each under a condition of its own


def by_both_ends(x):
    r = 1 / x
    return np.where(x[1] > 0, r[1], 0.0) + np.where(x[1] > 5, r[-1], 0.0)


def by_both_ends_the_other_way(x):
    r = 1 / x
    return np.where(x[1] > 5, r[1], 0.0) + np.where(x[1] > 0, r[-1], 0.0)


def with_and_without_condition(x):
    r = 1 / x
    return r[1] + np.where(x[1] > 5, r[-1], 0.0)


def without_and_with_condition(x):
    r = 1 / x
    return np.where(x[1] > 5, r[1], 0.0) + r[-1]


def rows_by_both_ends(x):
    r = 1 / np.stack([x, x])
    return np.sum(np.where(x > 1, r[1, :], 0.0)) + np.sum(np.where(x > 5, r[-1, :], 0.0))


def slices_that_meet(x):
    r = 1 / x
    return np.sum(np.where(x[1:] > 0, r[1:], 0.0)) + np.sum(np.where(x > 5, r[:], 0.0))


def two_choices_of_one(x):
    r = 1 / x
    return np.sum(np.where(x > 5, r, 0.0)) + np.sum(np.where(x > 0, r, 0.0))


@pytest.mark.parametrize(
    "function",
    [
        by_both_ends, by_both_ends_the_other_way, with_and_without_condition,
        without_and_with_condition, rows_by_both_ends, slices_that_meet, two_choices_of_one,
    ],
)  # fmt: skip
def test_one_way_is_enough_to_count(function: Any) -> None:
    g, x = grad(function), np.array([0.0, 2.0])
    np.testing.assert_allclose(g(x), [0.0, -0.25], rtol=1e-15)
    np.testing.assert_allclose(g(np.array([0.0, 8.0])), [0.0, -2 / 64], rtol=1e-15)
    np.testing.assert_allclose(g(x), [0.0, -0.25], rtol=1e-15)


# -- what is passed over


def by_an_index_array(x):
    return np.sum((1 / x)[SECOND])


def behind_a_factor(x):
    r = 1 / x
    s = 2 * r
    return np.sum(s[SECOND]) / 2


def behind_a_view(x):
    r = 1 / x
    s = r[::-1]
    return np.sum(s[np.array([0, 1])])


def behind_a_shape(x):
    r = (1 / x).reshape(3, 1)
    return np.sum(r[SECOND])


def behind_a_joint(x):
    r = np.concatenate([1 / x, x])
    return np.sum(r[SECOND])


def at_a_computed_place(x):
    r = 1 / x
    k = int(x[1])
    return r[k] + r[k + 1]


def behind_a_factor_at_a_computed_place(x):
    r = 1 / x
    s = r * 2
    k = int(x[1])
    return (s[k] + s[k + 1]) / 2


def the_smallest(x):
    return 1.5 * np.min(1 / x)


def behind_the_smallest_of_rows(x):
    r = 1 / x
    s = np.stack([r, r])
    return 1.5 * np.min(s[1] * 1.0)


def the_largest_of_logarithms(x):
    return np.max(np.log(x)) + 0.5 * np.max(np.log(x[1:]))


def written_twice_to_one_place(x):
    b = np.zeros(3)
    b[np.array([0, 0, 1])] = 1 / x
    return np.sum(b)


def behind_a_factor_and_overwritten(x):
    r = 1 / x
    b = r * 1.0
    b[0] = x[1]
    return np.sum(b) - x[1]


def the_smallest_of_those_chosen(x):
    r = 1 / x
    s = np.where(x >= 0, r, 5.0)
    return np.min(s) * 1.5


def some_of_those_chosen(x):
    r = 1 / x
    s = np.where(x >= 0, r, 5.0)
    return np.sum(s[x > 0])


def some_of_those_chosen_by_an_index(x):
    r = 1 / x
    s = np.where(x >= 0, r, 5.0)
    return np.sum(s[SECOND])


def the_smallest_of_those_read(x):
    r = 1 / x
    s = r[:3:2] * 1.5
    return np.min(s)


HALF = [0.0, -1.0, -0.25]  # of the elements 1 and 2 of 1/x
PASSED_OVER: list[tuple[Any, list[float]]] = [
    (by_an_index_array, HALF),
    (behind_a_factor, HALF),
    (behind_a_view, HALF),
    (behind_a_shape, HALF),
    (behind_a_joint, HALF),
    (at_a_computed_place, HALF),
    (behind_a_factor_at_a_computed_place, HALF),
    (the_smallest, [0.0, 0.0, -0.375]),
    (behind_the_smallest_of_rows, [0.0, 0.0, -0.375]),
    (the_largest_of_logarithms, [0.0, 0.0, 0.75]),
    (the_smallest_of_those_chosen, [0.0, 0.0, -0.375]),
    (some_of_those_chosen, HALF),
    (some_of_those_chosen_by_an_index, HALF),
    (the_smallest_of_those_read, [0.0, 0.0, -0.375]),
    (written_twice_to_one_place, HALF),
    (behind_a_factor_and_overwritten, HALF),
]


@pytest.mark.parametrize(("function", "expected"), PASSED_OVER)
def test_what_is_passed_over_contributes_nothing(function: Any, expected: list[float]) -> None:
    x = np.array([0.0, 1.0, 2.0])
    np.testing.assert_allclose(grad(function)(x), expected, rtol=1e-15)


# -- what is overwritten, and what is not chosen of the rest


def overwritten_then_chosen(x):
    r = 1 / x
    r[0] = x[0]
    return np.sum(np.where(x > 0.5, r, 0.0))


def overwritten_at_a_computed_place_then_chosen(x):
    r = 1 / x
    r[int(x[0]) - 1] = 0.0
    return np.sum(np.where(x > 0.5, r, 0.0))


def overwritten_by_a_mask_then_chosen(x):
    r = 1 / x
    r[x > 4] = 0.0
    return np.sum(np.where(x < 4.5, np.where(x > 0.5, r, 0.0), 0.0))


@pytest.mark.parametrize(
    ("function", "x", "expected"),
    [
        (overwritten_then_chosen, [1.0, 0.0, 2.0], [1.0, 0.0, -0.25]),
        (overwritten_at_a_computed_place_then_chosen, [1.0, 0.0, 2.0], [0.0, 0.0, -0.25]),
        (overwritten_by_a_mask_then_chosen, [5.0, 0.0, 2.0], [0.0, 0.0, -0.25]),
    ],
)
def test_what_counts_is_neither_overwritten_nor_left_out(
    function: Any, x: list[float], expected: list[float]
) -> None:
    np.testing.assert_allclose(grad(function)(np.array(x)), expected, rtol=1e-15)


def repeated_places(x):
    y = x * 1.0
    y[np.array([0, 0])] = x[1:] ** 2
    return y[0] ** 2 + y[1]


def test_of_several_writes_to_one_place_the_last_counts() -> None:
    x = np.array([3.0, 5.0, 0.5])
    np.testing.assert_allclose(grad(repeated_places)(x), [0.0, 1.0, 4 * 0.5**3], rtol=1e-15)
    for k, slope in enumerate([0.0, 1.0, 0.5]):
        assert jvp(repeated_places, (x,), (np.eye(3)[k],))[1] == pytest.approx(slope, rel=1e-15)
    np.testing.assert_allclose(hessian(repeated_places)(x), np.diag([0, 0, 3.0]), atol=1e-14)


# -- a cotangent that is zero by chance stands for a product, which moves


def by_a_mask(x):
    return np.sum(np.log(x)[x > 0] ** 2)


def by_an_index(x):
    return np.sum(np.log(x)[FIRST[:1]] ** 2) + np.sum(np.log(x)[np.array([0, 2])] ** 2)


def by_quotients(x):
    return np.sum((1 / x - 1)[x > 0] ** 2)


def by_a_choice_and_a_mask(x):
    r = 1 / x
    s = np.where(x >= 0, r, 1.0)
    return np.sum((s[x > 0] - 1) ** 2)


def logarithms(x):
    return np.diag((2 - 2 * np.log(x)) / x**2)


def quotients(x):
    return np.diag(2 / x**4 + 4 * (1 / x - 1) / x**3)


@pytest.mark.parametrize(
    ("function", "expected"),
    [
        (by_a_mask, logarithms),
        (by_an_index, logarithms),
        (by_quotients, quotients),
        (by_a_choice_and_a_mask, quotients),
    ],
)
def test_a_zero_that_comes_by_chance_has_a_derivative(function: Any, expected: Any) -> None:
    for x in (np.array([1.0, 1.0, 2.0]), np.array([0.5, 1.0, 1.0])):
        np.testing.assert_allclose(hessian(function)(x), expected(x), rtol=1e-13, atol=1e-13)


def _over_constant_zero(x):
    return min(math.cos(x[1]), x[0] * 2 / 0)


def _over_name_of_zero(x):
    k = 0
    return max(-x[1], -(x[0] ** 2) / k)


@pytest.mark.parametrize(
    ("function", "slopes"),
    [
        (_over_constant_zero, [0.0, -math.sin(0.3)]),
        (_over_name_of_zero, [0.0, -1.0]),
    ],
)
def test_what_is_divided_by_a_constant_zero_and_not_taken_has_no_slope(function, slopes):
    with np.errstate(all="ignore"):
        np.testing.assert_allclose(grad(function)(np.array([1.0, 0.3])), slopes)
