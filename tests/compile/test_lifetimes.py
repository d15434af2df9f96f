"""Compiled code writes to large arrays in place where nobody sees it, and nowhere else."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from symdiff import grad, value_and_grad

N = 600
KEPT: list[Any] = []
SPACE: dict[str, Any] = {"KEPT": KEPT}
exec("def keep(values): KEPT.append(values); return float(values[0])", SPACE)  # without source
keep = SPACE["keep"]
OUTSIDE = np.linspace(1.0, 2.0, N)


def read_after_a_write(x):
    a = np.sin(x)
    b = a.copy()
    b[0] = 2.0
    return np.sum(a * b) + a[0]


def view_read_after_a_write(x):
    a = np.sin(x)
    v = a[1:]
    s = np.sum(v * v)
    a[1] = 3.0
    return s + np.sum(v * 2) + np.sum(a)


def small_view_copied_before_a_write(x):
    a = np.cos(x)
    head = a[:2] * 1.0
    part = a[:2]
    a[0] = 5.0
    return np.sum(a * x) + part[0] * head[0] + part[1]


def old_contents_wanted(x):
    a = np.exp(-x)
    old = a + 0.0
    a[3] = x[0]
    a[4] = old[3]
    return np.sum(old * a)


def written_under_a_broadcast(x):
    rows = np.broadcast_to(np.sin(x[: N // 2]), (2, N // 2))
    both = np.array(rows)
    both[0, 0] = 1.0
    return np.sum(both * rows)


def sums_that_run(x):
    total = np.zeros(N)
    first = total
    for k in range(3):
        total = total + np.sin(x * (k + 1))
    return np.sum(total * total) + np.sum(first)


def a_sum_whose_start_is_read_again(x):
    start = np.sin(x)
    total = start + x
    total = total + start
    return np.sum(total * start)


def a_sum_that_reads_itself_twice(x):
    total = np.sin(x)
    total = total + total * x
    total = total + np.cos(total)
    return np.sum(total)


def a_sum_in_a_product(x):
    total = np.sin(x)
    total = total * x + x
    return np.sum(total)


def a_sum_into_a_wider_type(x):
    total = (x > 0.5).astype(np.float32)
    total = total + x
    return np.sum(total * x)


def a_sum_into_a_larger_shape(x):
    total = np.sin(x)
    total = total + np.outer(np.ones(2), x)
    return np.sum(total * total)


def transposed_and_written(x):
    a = np.sin(x).reshape(20, 30)
    t = a.T
    a[0, 1] = 4.0
    return np.sum(t * 2) + t[1, 0] * a[1, 0]


def handed_to_a_call(x):
    a = np.ones(N) * 2
    first = keep(a)
    a[0] = 7.0
    return np.sum(a * x) * first


def an_array_from_outside(x):
    a = OUTSIDE * 1.0
    b = OUTSIDE
    a[0] = 9.0
    total = b + x
    return np.sum(a * total) + b[0]


def the_argument(x):
    y = x
    total = y + 1.0
    total = total + x
    return np.sum(total * y)


def one_number_of_what_is_written(x):
    a = np.sin(x)
    b = a[0]
    c = a[1:2].reshape(())
    a[0] = 5.0
    a[1] = 6.0
    return np.sum(a * x) * b + c[...]


def chosen_view(x):
    a = np.sin(x)
    b = np.reshape(a, (2, -1))
    b[1] = b[0] * 2
    c = np.ravel(b)
    c[2] = x[1]
    return np.sum(a * c)


def rows_written_then_summed(x):
    rows = np.sin(x).reshape(2, -1) * 1.0
    rows[0, 0] = 2.0
    return np.sum(np.sum(rows, axis=0) ** 2)


def one_row_for_all(x):
    rows = np.tile(np.cos(x[: N // 2]), (2, 1)) + x.reshape(2, -1)
    total = np.sum(rows, axis=0, keepdims=True)
    rows[1] = total[0] * 2
    return np.sum(rows * total)


def gradients_of_one_sum(x):
    y = np.sin(x) + x
    return np.sum(y) + np.sum(y[::2]) + np.sum(y.reshape(2, -1)[0] * x[: N // 2])


FUNCTIONS = [
    read_after_a_write, view_read_after_a_write, small_view_copied_before_a_write,
    old_contents_wanted, written_under_a_broadcast, sums_that_run,
    a_sum_whose_start_is_read_again, a_sum_that_reads_itself_twice, a_sum_in_a_product,
    a_sum_into_a_wider_type, a_sum_into_a_larger_shape, transposed_and_written, handed_to_a_call,
    an_array_from_outside, the_argument, one_number_of_what_is_written, chosen_view,
    gradients_of_one_sum, rows_written_then_summed, one_row_for_all,
]  # fmt: skip


@pytest.mark.parametrize("function", FUNCTIONS, ids=lambda f: f.__name__)
def test_nobody_sees_what_is_written_in_place(function: Any) -> None:
    x = np.linspace(0.1, 1.3, N)
    direction = np.cos(7 * x)
    given, outside = x.copy(), OUTSIDE.copy()
    g = value_and_grad(function)
    KEPT.clear()
    expected = function(x)
    kept = [k.copy() for k in KEPT]
    step = 1e-5
    slope = (function(x + step * direction) - function(x - step * direction)) / (2 * step)
    for _ in range(2):
        KEPT.clear()
        value, gradient = g(x)
        assert value == pytest.approx(expected, rel=1e-14)
        assert gradient @ direction == pytest.approx(slope, rel=1e-7)
        np.testing.assert_array_equal(x, given)
        np.testing.assert_array_equal(OUTSIDE, outside)
        for found, right in zip(KEPT, kept, strict=True):
            assert found[1] == right[1]


def test_a_change_of_the_outside_holds_what_it_was_given() -> None:
    store: dict[str, Any] = {}

    def f(x):
        a = np.sin(x)
        store["first"] = a
        b = a * 2
        b[0] = 3.0
        store["second"] = b
        total = b + x
        total = total + a
        return np.sum(total * b)

    x = np.linspace(0.1, 1.3, N)
    g = grad(f)
    for _ in range(3):
        g(x)
        np.testing.assert_array_equal(store["first"], np.sin(x))
        np.testing.assert_array_equal(store["second"], np.append(3.0, 2 * np.sin(x[1:])))
