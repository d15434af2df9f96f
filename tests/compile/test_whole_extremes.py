"""Running maxima and minima that whole arrays compute, and what their cotangents become."""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from symdiff import grad, hessian, jacrev, jvp, value_and_grad, vjp
from symdiff.operations.runtime.functions import multiples
from symdiff.operations.table.template import Literal, Template
from symdiff.optimize.resets import factor_in
from symdiff.settings import rolling

Function = Callable[..., Any]


def largest(x):
    m = x[0]
    for v in x[1:]:
        m = max(m, v)
    return m


def largest_by_a_branch(x):
    m = x[0]
    for i in range(1, len(x)):
        if x[i] > m:
            m = x[i]
    return m


def largest_turned_round(x):
    m = x[0]
    for v in x:
        m = v if m < v else m
    return m * m


def smallest(x):
    m = 1e300
    for v in x:
        m = min(m, v)
    return 3.0 * m


def smallest_by_a_branch(x):
    m = x[0]
    for i in range(1, len(x)):
        if m > x[i]:
            m = x[i]
    return m


def largest_square(x):
    m = -1.0
    for v in x:
        m = v * v if v * v > m else m
    return m


def largest_of_numpy(x):
    m = x[0]
    for v in x[1:]:
        m = np.maximum(v * 2.0, m)
    return m


def smallest_of_numpy(x):
    m = x[0]
    for v in x[1:]:
        m = np.minimum(m, v - 1.0)
    return m


def largest_from_the_end(x):
    m = x[-1]
    for v in x[::-1]:
        m = max(m, v)
    return m


def two_at_once(x):
    m = x[0]
    for i in range(1, len(x)):
        m = max(max(m, x[i]), -x[i - 1])
    return m


WHOLE = [
    largest,
    largest_by_a_branch,
    largest_turned_round,
    smallest,
    smallest_by_a_branch,
    largest_square,
    largest_of_numpy,
    smallest_of_numpy,
    largest_from_the_end,
]


def drawdown(x):
    """Of which the way back adds to what it hands on."""
    peak, most = x[0], 0.0
    for v in x:
        peak = max(peak, v)
        most = max(most, peak - v)
    return most


def of_all_maxima(x):
    m, s = -1e300, 0.0
    for v in x:
        m = max(m, v)
        s += m * v
    return s


def kept_where_equal(x):
    """`max(v, m)` gives the number that is no number, and then the next that is one."""
    m = x[0]
    for v in x[1:]:
        m = max(v, m)
    return m


def decaying(x):
    m = x[0]
    for v in x[1:]:
        m = max(0.5 * m, v)
    return m


def largest_sine(x):
    """Of which a loop back would not know the sine again that is the largest."""
    m = -2.0
    for v in x:
        m = max(m, math.sin(v))
    return m


def place_of_the_largest(x):
    m, k = x[0], 0
    for i in range(1, len(x)):
        if x[i] > m:
            m, k = x[i], i
    return m * (1.0 + k)


def at(n: int, ties: bool = False) -> Any:
    x = np.random.default_rng(n).normal(size=n)
    return np.round(2.0 * x) / 2.0 if ties else x


def differences(f: Function, x: Any) -> Any:
    steps = np.eye(len(x)) * 1e-6
    return np.array([(f(x + h) - f(x - h)) / 2e-6 for h in steps])


@pytest.mark.parametrize(
    "f",
    [
        *WHOLE,
        two_at_once,
        drawdown,
        of_all_maxima,
        largest_sine,
        kept_where_equal,
        decaying,
        place_of_the_largest,
    ],
    ids=lambda f: f.__name__,
)
def test_lengths_and_values_in_turn(f: Function) -> None:
    g = value_and_grad(f)
    for n in (40, 100, 33, 5, 31, 70, 100):
        value, slope = g(at(n))
        assert value == pytest.approx(f(at(n)), rel=1e-14)
        assert_allclose(slope, differences(f, at(n)), rtol=1e-6, atol=1e-6)
    for ties, n in ((True, 60), (False, 45), (True, 34)):
        x = at(n, ties)
        value, slope = g(x)
        with rolling(False):
            wanted, slopes = value_and_grad(f)(x)
        assert value == wanted == f(x)
        assert_array_equal(slope, slopes)
        assert jvp(f, (x,), (np.cos(x),))[1] == pytest.approx(slope @ np.cos(x), rel=1e-12)


@pytest.mark.parametrize("f", WHOLE, ids=lambda f: f.__name__)
def test_no_loop_is_left(f: Function) -> None:
    assert not re.search(r"\bfor\b", grad(f).generated_source(at(200)))


@pytest.mark.parametrize("f", [largest, smallest, kept_where_equal, largest_by_a_branch])
@pytest.mark.parametrize("place", [0, 1, 20, 39])
def test_what_is_no_number_is_passed_over_as_python_does(f: Function, place: int) -> None:
    g = value_and_grad(f)
    for number in (np.nan, np.inf, -np.inf):
        x = at(40)
        g(x)
        x[place] = number
        value, slope = g(x)
        with rolling(False):
            wanted, slopes = value_and_grad(f)(x)
        assert_array_equal([value, wanted], [f(x)] * 2)
        assert_array_equal(slope, slopes)


def test_maxima_of_numpy_hand_on_what_is_no_number() -> None:
    x = at(40)
    x[7] = np.nan
    assert np.isnan(value_and_grad(largest_of_numpy)(x)[0])


def test_equal_sines_share_the_cotangent() -> None:
    for k in range(60):
        x = at(70 + k)
        x[:] = np.where(np.sin(x) > 0.5, 0.1, x)
        x[[7, 40]] = 1.0 + 0.005 * k
        wanted = np.zeros(len(x))
        wanted[[7, 40]] = 0.5 * math.cos(x[7])
        assert_array_equal(grad(largest_sine)(x), wanted)


@pytest.mark.parametrize("number", [np.inf, -np.inf, np.nan, 0.0, 1e308])
def test_any_cotangent_goes_to_the_largest_alone(number: float) -> None:
    x = at(50)
    wanted = np.zeros(50)
    wanted[np.argmax(x)] = number
    for f in (largest, largest_by_a_branch):
        assert_array_equal(vjp(f, x)[1](number)[0], wanted)
    assert_array_equal(multiples(number, np.array([1.0, -0.5, 0.0])), [number, -0.5 * number, 0.0])


def test_second_derivatives() -> None:
    x = at(40)
    wanted = np.zeros((40, 40))
    k = np.argmax(np.abs(x))
    wanted[k, k] = 2.0
    assert_allclose(hessian(largest_square)(x), wanted)
    assert_allclose(jacrev(grad(largest_square))(x), wanted)


def doubled_where(x):
    m = 1e-200
    for v in x:
        m = m * 2.0 if v > -10.0 else m
    return m * x[0]


def test_what_is_doubled_stays_in_range() -> None:
    x = np.ones(1100)
    value, slope = value_and_grad(doubled_where)(x)
    assert value == doubled_where(x) == slope[0] == 1e-200 * 2.0**600 * 2.0**500


def test_factors_that_are_halves() -> None:
    zero, half, third = Literal.of(0.0), Literal.of(0.5), Literal.of(1 / 3)
    for code, asked, wanted in (
        ((0, half, "mul"), (), "0.5"),
        ((half, 0, "mul"), (), "0.5"),
        ((0, "neg"), (), "-1.0"),
        ((1, 0, zero, "where"), (), "1.0 if p1 else 0.0"),
        ((1, 0, 0, half, "mul", "where"), (), "1.0 if p1 else 0.5"),
        ((1, 0, zero, "where"), (1,), "1.0"),
        ((0, zero, "ne", 0, zero, "where"), (), "1.0"),
        ((1, zero, 0, "where"), (1,), "0.0"),
        ((0, third, "mul"), (), None),
        ((0, Literal.of(2.0), "mul"), (), None),
        ((0, zero, "mul"), (), None),
        ((0, 1, "mul"), (), None),
        ((0, 0, "mul"), (), None),
        ((0, half, "mul", half, "mul"), (), None),
        ((1, 0, half, "where"), (), None),
        ((0, half, "lt", 0, zero, "where"), (), None),
        ((1, 1, "mul"), (), None),
    ):
        found = factor_in(Template.of(code), 0, asked)
        text = None if found is None else Template.of(tuple(found)).describe(["p0", "p1"])
        assert text == wanted, code
