"""How arrays lie in memory: views or copies, read-only, casts, views that go outside."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from symdiff import SymdiffError, grad, value_and_grad
from symdiff.specialize.recording.memory import lying_like

from ...comparing import same
from ...oracle import central_difference


def wide(order: str) -> Any:
    a = np.arange(1.0, 7.0).reshape(2, 3)
    if order == "gaps":
        return np.arange(1.0, 13.0).reshape(2, 6)[:, ::2]
    return np.array(a, order=order)  # type: ignore[call-overload]


def reshaped(x, a):
    flat = a.reshape(-1)
    flat[0] = x * 2
    return a.sum() * x


def raveled(x, a):
    flat = a.ravel()
    flat[0] = x * 2
    return a.sum() * flat.sum() * x


def raveled_as_it_lies(x, a):
    flat = np.ravel(a, order="A")
    flat[1] = x
    return (a * a).sum() * x + (flat * np.arange(6.0)).sum()


def raveled_by_columns(x, a):
    flat = (a * x).ravel(order="F")
    return (flat * np.arange(6.0)).sum()


def asked_for_strides(x, a):
    return x * x * a.strides[0] * (2 if a.flags.c_contiguous else 3) * a.itemsize


FUNCTIONS = [reshaped, raveled, raveled_as_it_lies, raveled_by_columns, asked_for_strides]


@pytest.mark.parametrize("f", FUNCTIONS)
def test_views_and_copies_depend_on_the_layout(f: Callable[..., Any]) -> None:
    g = value_and_grad(f)
    for order in ("C", "F", "gaps", "F", "C") if f is not raveled_as_it_lies else "CFC":
        mine, theirs = wide(order), wide(order)
        expected = f(1.5, mine)
        value, slope = g(1.5, theirs)
        assert value == pytest.approx(expected, rel=1e-12)
        assert np.array_equal(mine, theirs)
        near = central_difference(lambda x, order=order: f(x, wide(order)), 1.5)
        assert slope == pytest.approx(near, rel=1e-6)


def test_read_only_arrays_stay_as_they_are() -> None:
    def f(x, a):
        try:
            a[0] = x * x
        except ValueError:
            return x**3
        return a.sum() * x

    g = grad(f)
    fixed = np.ones(2)
    fixed.flags.writeable = False
    assert g(2.0, fixed) == 12.0
    assert g(2.0, np.ones(2)) == 13.0
    assert g(2.0, fixed) == 12.0
    assert fixed[0] == 1.0


def test_diagonals_are_views_for_reading() -> None:
    def f(x):
        a = np.outer(x, x)
        d, e = a.diagonal(), np.diag(a)
        a[0, 0] = 5 * x[1]
        try:
            d[0] = 1.0
        except ValueError:
            return (d**2).sum() + (e * a[0]).sum()
        return x.sum()

    x = np.arange(1.0, 4.0)
    assert grad(f)(x) == pytest.approx(central_difference(f, x), rel=1e-6)


def test_what_numpy_will_not_cast_is_not_written() -> None:
    def added(x):
        counts = np.arange(3)
        try:
            counts += x
        except TypeError:
            return (x**2).sum()
        return counts.sum() * x[0]

    def multiplied(x):
        counts = np.zeros(3, int)
        try:
            np.multiply(x, x, out=counts)
        except TypeError:
            return (x**3).sum()
        return counts.sum() * x[0]

    x = np.arange(1.0, 4.0)
    assert np.array_equal(grad(added)(x), 2 * x)
    assert np.array_equal(grad(multiplied)(x), 3 * x * x)


def test_views_go_outside_as_views() -> None:
    kept: dict[str, Any] = {}

    def f(x):
        if "whole" in kept:
            kept["part"][0] += 1.0
            return (kept["whole"] * x).sum()
        whole = x * 1.0
        kept["whole"], kept["part"], kept["given"] = whole, whole[:2], x[1:]
        return (whole**2).sum()

    g, x = grad(f), np.arange(1.0, 4.0)
    assert np.array_equal(g(x), 2 * x)
    assert kept["part"].base is kept["whole"]
    assert kept["given"].base is x
    assert np.array_equal(g(x), [2.0, 2.0, 3.0])
    assert np.array_equal(kept["whole"], [2.0, 2.0, 3.0])


def test_an_inner_derivative_changes_the_array_it_is_given() -> None:
    def inner(y):
        y[0] = y[1] ** 2
        return (y**2).sum()

    def f(x):
        a = x * 1.0
        slope = grad(inner)(a)
        return (slope * a).sum()

    def by_hand(x):
        y1, y2 = x[1], x[2]
        slope = np.array([0.0, 4 * y1**3 + 2 * y1, 2 * y2])
        return (slope * np.array([y1**2, y1, y2])).sum()

    x = np.arange(1.0, 4.0)
    assert grad(f)(x) == pytest.approx(central_difference(by_hand, x), rel=1e-6)
    twice = grad(lambda x: grad(inner)(x).sum())
    twice(x)
    assert x[0] == 4.0


def test_astype_without_a_copy_and_the_base_of_a_view() -> None:
    def f(x):
        a = x * 1.0
        same = a.astype(float, copy=False)
        same[0] *= 2
        part = a[1:]
        return (a**2).sum() * (2 if part.base is a else 3)

    x = np.arange(1.0, 4.0)
    assert np.array_equal(grad(f)(x), [16.0, 8.0, 12.0])


def test_arrays_of_objects_are_refused() -> None:
    def f(x):
        a = np.empty(2, dtype=object)
        a[0], a[1] = x[0], x[1] ** 2
        return a.sum()

    with pytest.raises(SymdiffError, match="objects"):
        grad(f)(np.ones(2))


def test_a_view_by_strides_of_its_own_is_refused() -> None:
    def f(x):
        return (np.lib.stride_tricks.as_strided(x, (2, 2), (8, 8)) ** 2).sum()

    with pytest.raises(SymdiffError, match="__array_interface__"):
        grad(f)(np.arange(3.0))


def test_a_view_of_a_small_part_is_not_written_to_while_it_is_read() -> None:
    def f(x):
        y = np.sin(x)
        y = y[:2, :2] + y[:2, 2:]
        a, b, c, d = y[:1, :1], y[:1, 1:], y[1:, :1], y[1:, 1:]
        one = a + d
        two = c + d
        three = a + b
        return np.sum(one * two * three * d)

    x = np.arange(16.0).reshape(4, 4)
    value, slope = value_and_grad(f)(x)
    assert same(value, f(x))
    step = np.zeros((4, 4))
    step[1, 2] = 1e-5
    assert slope[1, 2] == pytest.approx((f(x + step) - f(x - step)) / 2e-5, rel=1e-7)


@pytest.mark.parametrize("step", [8, -8, 9])
def test_gaps_are_copied_unless_they_are_most_of_the_memory(step: int) -> None:
    given = np.zeros(1000)[::step]
    copy = lying_like(given)
    assert copy.strides == (given.strides if abs(step) == 8 else (8,))
    assert copy.shape == given.shape
    assert not np.shares_memory(copy, given)


def test_what_is_no_array_yet_is_one_line_of_it():
    def of_rows(x):
        return np.ravel([[x[0], x[1]], [x[2], 1.0]])[2] ** 2 + np.ravel(x[0] * x[1])[0]

    np.testing.assert_array_equal(grad(of_rows)(np.array([1.0, 2.0, 3.0])), [2.0, 1.0, 6.0])


def test_lexsort_keeps_the_order_of_equal_keys():
    keys = np.tile([1, 0, 1, 0, 1], 40)

    def ranked(x):
        order = np.lexsort((np.round(x), keys))
        return np.sum(x[order] * np.arange(200.0))

    x = np.random.default_rng(0).normal(size=200)
    wanted = np.zeros(200)
    wanted[np.lexsort((np.round(x), keys))] = np.arange(200.0)
    np.testing.assert_array_equal(grad(ranked)(x), wanted)
