"""Lists in loops: right for every count, whichever came first, and loops all the same."""

from __future__ import annotations

import math

import numpy as np
import pytest

from symdiff import grad, hessian, jvp, value_and_grad
from symdiff.settings import rolling

from . import listing
from .test_loops import has_loops

COUNTS = (20, 0, 3, 35, 11, 12, 4, 30, 1)


def slope(function, x, n):
    h = 1e-6
    return (function(x + h, n) - function(x - h, n)) / (2 * h)


def check(function, counts):
    """Values and slopes by one gradient object, for counts in turn."""
    g = value_and_grad(function)
    for n in counts:
        try:
            want = function(0.37, n)
        except IndexError:
            with pytest.raises(IndexError):
                g(0.37, n)
            continue
        value, found = g(0.37, n)
        np.testing.assert_allclose(value, want, rtol=1e-12, err_msg=f"n = {n}")
        np.testing.assert_allclose(found, slope(function, 0.37, n), rtol=1e-5, atol=1e-6)
    return g


@pytest.mark.parametrize("function", listing.ROLLED, ids=lambda f: f.__name__.rstrip("_"))
def test_loops_over_lists_stay_loops_for_every_count(function):
    with rolling(True):
        assert has_loops(check(function, COUNTS))
        g = grad(function)
        found = [g(0.37, n) for n in COUNTS[::-1]]
    with rolling(False):
        g = grad(function)
        np.testing.assert_allclose(found, [g(0.37, n) for n in COUNTS[::-1]], rtol=1e-10)


@pytest.mark.parametrize("function", listing.OTHERS, ids=lambda f: f.__name__.rstrip("_"))
def test_lists_that_others_see_are_what_they_are(function):
    with rolling(True):
        check(function, COUNTS)


def test_one_trace_serves_lists_of_many_lengths():
    g = grad(listing.appended_)
    for n in (1000, 999, 640, 700, 1001, 520):
        np.testing.assert_allclose(g(0.37, n), slope(listing.appended_, 0.37, n), rtol=1e-6)
    assert g.trace_count == 1


def test_the_code_does_not_grow_with_the_list():
    for function in (listing.appended_, listing.comprehension_, listing.recurrence_):
        g = grad(function)
        g(0.37, 2000)
        (leaf,) = g._dispatcher.leaves
        assert len(leaf.specialization.program.statements) < 100


@pytest.mark.parametrize(
    "function", [listing.appended_, listing.filtered_, listing.sorted_, listing.written_]
)
def test_other_operators_know_loops_over_lists(function):
    x, h, n = 0.37, 1e-5, 14
    with rolling(True):
        g = grad(function)
        curvature = (g(x + h, n) - g(x - h, n)) / (2 * h)
        np.testing.assert_allclose(hessian(function)(x, n), curvature, rtol=1e-4, atol=1e-6)
        _, tangent = jvp(lambda x: function(x, n), (x,), (1.0,))
        np.testing.assert_allclose(tangent, g(x, n), rtol=1e-10)


def test_an_item_that_is_not_there_is_missed_as_in_a_list():
    def last_but_three(x, n):
        values = [x]
        for k in range(n):
            values.append(values[-1] * 0.5 + k)
        return values[-4] + values[k - 12]

    g = grad(last_but_three)
    for n in (12, 30, 2, 12, 13):
        if n < 12:
            with pytest.raises(IndexError):
                g(0.5, n)
        else:
            np.testing.assert_allclose(
                g(0.5, n), slope(last_but_three, 0.5, n), rtol=1e-5, atol=1e-7
            )


def test_a_division_by_an_item_that_is_zero_raises_as_in_python():
    def quotients(x, n):
        values = [x]
        for _ in range(n):
            values.append(values[-1] - 1.0)
        total = 0.0
        for v in values:
            total += 1.0 / v
        return total

    g = grad(quotients)
    np.testing.assert_allclose(g(0.5, 20), slope(quotients, 0.5, 20), rtol=1e-6)
    with pytest.raises(ZeroDivisionError):
        g(5.0, 20)
    np.testing.assert_allclose(g(5.5, 30), slope(quotients, 5.5, 30), rtol=1e-6)


# -- lists among the arguments


def filtered(q, r, ys):
    m, p, total = 0.0, 1.0, 0.0
    for y in ys:
        p = p + q
        k = p / (p + r)
        total += math.log(p + r) + (y - m) ** 2 / (p + r)
        m = m + k * (y - m)
        p = (1 - k) * p
    return total


def horner(c, x):
    s = 0.0
    for a in c:
        s = s * x + a
    return s


def spread(v):
    total = 0.0
    for i in range(len(v)):
        for j in range(i):
            total += (v[i] - v[j]) ** 2
    return total + sum(a * a for a in v)


def sorted_by_hand(v, w):
    y = list(v)
    for i in range(len(y)):
        for j in range(len(y) - 1 - i):
            if y[j] > y[j + 1]:
                y[j], y[j + 1] = y[j + 1], y[j]
    total = 0.0
    for i in range(len(y)):
        total += w[i] * y[i] ** 2
    return total


def by_each(f, v, *rest):
    found = []
    for k in range(len(v)):
        up, down = list(v), list(v)
        up[k], down[k] = v[k] + 1e-6, v[k] - 1e-6
        found.append((f(up, *rest) - f(down, *rest)) / 2e-6)
    return found


@pytest.mark.parametrize("kind", [float, np.float64])
def test_a_list_of_floats_is_differentiated_by_and_its_gradient_is_one(kind):
    weights = [0.1 * k for k in range(40)]
    for f, rest in ((horner, (0.9,)), (spread, ()), (sorted_by_hand, (weights,))):
        g = grad(f)
        for n in (12, 30, 5, 12, 1, 15):
            v = [kind(math.sin(2.0 * k * k + n)) for k in range(n)]
            found = g(v, *rest)
            assert type(found) is list
            assert {type(d) for d in found} == {kind}
            np.testing.assert_allclose(found, by_each(f, v, *rest), rtol=1e-5, atol=1e-6)
            assert g.value(v, *rest) == f(v, *rest)
        assert has_loops(g)


def test_a_list_that_is_read_in_loops_may_hold_other_things_next_time():
    g = grad(filtered)

    def check(ys):
        want = (filtered(0.3 + 1e-6, 0.5, ys) - filtered(0.3 - 1e-6, 0.5, ys)) / 2e-6
        np.testing.assert_allclose(g(0.3, 0.5, ys), want, rtol=1e-5)

    ys = [math.sin(k) for k in range(50)]
    check(ys)
    assert has_loops(g)
    for change in (2, 2.0, np.float64(0.3), True, np.float64(1.5)):
        ys[3] = change
        check(ys)
    ys.append(0.25)
    check(ys)
    check(tuple(ys))
    check(np.array(ys, dtype=float))
    check([0.5] * 60)
    check([1] * 60)
    check(ys)


HELD = [0.5] * 12


def test_a_list_that_is_changed_elsewhere_is_seen_as_changed():
    def changes(x, ys):
        HELD[0] = x * x
        total = 0.0
        for y in ys:
            total += y * x
        return total

    g = grad(changes)
    other = [0.5] * 12
    for ys in (other, HELD, other, HELD):
        HELD[0] = 0.5
        want = (changes(0.7 + 1e-6, ys) - changes(0.7 - 1e-6, ys)) / 2e-6
        np.testing.assert_allclose(g(0.7, ys), want, rtol=1e-6)


def test_a_list_of_zeros_raises_where_it_is_divided_by():
    def quotients(x, ys):
        total = 0.0
        for y in ys:
            total += x / y
        return total

    g = grad(quotients)
    assert g(0.5, [2.0] * 20) == 10.0
    with pytest.raises(ZeroDivisionError):
        g(0.5, [2.0] * 19 + [0.0])
    assert g(0.5, [4.0] * 20) == 5.0


def test_other_operators_are_given_lists():
    v, weights = [math.sin(k) for k in range(12)], [0.1 * k for k in range(12)]
    found = hessian(lambda q: filtered(q, 0.5, v))(0.3)
    g = grad(filtered)
    want = (g(0.3 + 1e-6, 0.5, v) - g(0.3 - 1e-6, 0.5, v)) / 2e-6
    np.testing.assert_allclose(found, want, rtol=1e-5)
    _, tangent = jvp(lambda v: sorted_by_hand(v, weights), (v,), ([1.0] * 12,))
    np.testing.assert_allclose(tangent, sum(by_each(sorted_by_hand, v, weights)), rtol=1e-6)


def test_a_list_of_another_length_is_read_from_its_end():
    def ends(x, n, ys):
        last = list(ys)
        total = x * last[-1]
        for k in range(n):
            total += 0.1 * ys[k] * ys[k - 1] + last[-2]
        return total

    g = value_and_grad(ends, wrt=(0, 2))
    for count in (13, 20, 13, 14, 15, 30, 13):
        ys = [math.sin(k * k + count) for k in range(count)]
        value, (slope_x, slope_ys) = g(0.37, 11, ys)
        np.testing.assert_allclose(value, ends(0.37, 11, ys), rtol=1e-12)
        np.testing.assert_allclose(slope_x, ys[-1], rtol=1e-12)
        want = by_each(lambda v: ends(0.37, 11, v), ys)
        np.testing.assert_allclose(slope_ys, want, rtol=1e-6, atol=1e-8)


def caught(x, k):
    v = [x * i * i for i in range(20)]
    try:
        return v[k] * 2
    except IndexError:
        return x * 7


def caught_in_a_call(x, k):
    v = []
    for i in range(20):
        v.append(math.sin(x) * i + x)

    def at(k):
        try:
            return v[k]
        except IndexError:
            return 5.0 * v[0]

    return at(k)


def caught_of_an_argument(x, k):
    y = [x * 0.1 * i for i in range(25)]
    v = [t * t + x for t in y]
    try:
        s = v[k] * 3
    except IndexError:
        s = 100 * y[1]
    return s + sum(v)


@pytest.mark.parametrize("order", [[3, 25, -1, -26, 19, 20, 15], [25, 3, 20, -26, -20, 13, 15]])
@pytest.mark.parametrize("f", [caught, caught_in_a_call, caught_of_an_argument])
def test_a_place_that_is_not_there_is_a_decision(f, order):
    """Whether the function has caught an `IndexError` says nothing of other places."""
    g = value_and_grad(f)
    for k in order:
        value, slope = g(0.7, k)
        assert value == pytest.approx(f(0.7, k), rel=1e-12)
        expected = (f(0.7 + 1e-6, k) - f(0.7 - 1e-6, k)) / 2e-6
        assert slope == pytest.approx(expected, rel=1e-6, abs=1e-6)
