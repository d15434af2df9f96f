"""Ways that meet again are put together: right on each, and never those of another one."""

from __future__ import annotations

import itertools
import math
import random

import numpy as np
import pytest

from symdiff import derivative, grad, hessian, value_and_grad
from symdiff.program.branches import Branch
from symdiff.settings import rolling

from . import deciding

POINTS = [-2.5, -1.2, -0.6, 0.3, 0.8, 1.4, 2.6, 3.7]
INPUTS = list(itertools.product(POINTS, [-1.7, -0.4, 0.35, 1.3, 2.2]))


def outcome(function, *inputs):
    """What a call gives, or the type of what it raises."""
    try:
        return function(*inputs)
    except Exception as error:
        return type(error)


def slopes(function, x, y, h=1e-6):
    """The derivatives by differences."""
    return (
        (function(x + h, y) - function(x - h, y)) / (2 * h),
        (function(x, y + h) - function(x, y - h)) / (2 * h),
    )


def check(function, inputs):
    """One gradient on all inputs in turn, against the function; how often it was traced."""
    g = value_and_grad(function, wrt=("x", "y"))
    for x, y in inputs:
        wanted, found = outcome(function, x, y), outcome(g, x, y)
        if isinstance(wanted, type):
            assert found is wanted, (x, y)
            continue
        np.testing.assert_allclose(found[0], wanted, rtol=1e-12, err_msg=f"{x}, {y}")
        expected = slopes(function, x, y)
        np.testing.assert_allclose(found[1], expected, rtol=1e-6, atol=1e-6, err_msg=f"{x}, {y}")
    return g._dispatcher


@pytest.mark.parametrize("function", deciding.MEETING, ids=lambda f: f.__name__)
def test_ways_that_meet_are_put_together(function):
    for seed in (0, 1):
        inputs = random.Random(seed).sample(INPUTS, len(INPUTS))
        dispatcher = check(function, inputs)
        assert dispatcher.trace_count <= 7, dispatcher.trace_count
        assert any(
            type(s.operation) is Branch
            for s in dispatcher.leaves[0].specialization.program.statements
        )


@pytest.mark.parametrize("function", deciding.APART, ids=lambda f: f.__name__)
def test_ways_that_cannot_meet_stay_apart_and_are_right(function):
    for seed in (0, 1):
        check(function, random.Random(seed).sample(INPUTS, len(INPUTS)))


def test_two_traces_do_for_two_ways_of_each_statement():
    dispatcher = check(deciding.four_ways, [(2.0, 2.0), (-1.0, 0.5), (2.0, 0.5), (-1.0, 2.0)])
    assert dispatcher.trace_count == 2


def test_each_way_out_is_traced_once():
    dispatcher = check(
        deciding.early, [(2.0, 5.0), (-1.0, 0.5), (2.0, 0.5), (-3.0, 2.0), (9.0, 1.0)]
    )
    assert dispatcher.trace_count == 3
    assert len(dispatcher.leaves) == 3


def test_a_second_derivative_goes_all_ways():
    h = hessian(deciding.four_ways, wrt=("x", "y"))
    second = derivative(derivative(deciding.ternary))
    for x, y in INPUTS:
        d = 1e-5
        up = np.array(grad(deciding.four_ways, wrt=("x", "y"))(x + d, y))
        down = np.array(grad(deciding.four_ways, wrt=("x", "y"))(x - d, y))
        np.testing.assert_allclose(np.array(h(x, y)[0]), (up - down) / (2 * d), atol=1e-5)
        slope = derivative(deciding.ternary)
        change = (slope(x + d, y) - slope(x - d, y)) / (2 * d)
        np.testing.assert_allclose(second(x, y), change, atol=1e-5)
    assert h._dispatcher.trace_count <= 3


def test_what_is_not_taken_is_not_computed():
    def f(x):
        y = math.log(x) if x > 0 else 0.0
        return 1 / x if x < -1 else y

    g = grad(f)
    for x in (2.0, -2.0, 2.0, -0.5, 0.5):
        assert g(x) == pytest.approx((f(x + 1e-7) - f(x - 1e-7)) / 2e-7, rel=1e-5)
    assert g(0.0) == 0.0  # neither logarithm nor quotient


def test_a_condition_that_is_no_number_is_false():
    def f(x):
        y = x if x > 0 else 2 * x
        return y if y < 1 else 3.0

    g = grad(f)
    for x in (0.5, -0.5, 2.0):
        g(x)
    assert g.value(math.nan) == 3.0
    assert g(math.nan) == 0.0


def test_what_lies_outside_is_read_in_every_call():
    space = {"scale": 2.0}

    def f(x):
        if x > 0:
            return x * space["scale"]
        return -x * space["scale"] * 3

    g = grad(f)
    assert [g(1.0), g(-1.0), g(1.0)] == [2.0, -6.0, 2.0]
    space["scale"] = 5.0
    assert [g(1.0), g(-1.0)] == [5.0, -15.0]


def test_what_acts_on_the_outside_acts_once(capsys):
    def f(x):
        if x > 0:
            print("up")
            y = x * x
        else:
            y = -x
        if x > 1:
            y = y * 2
        return y

    g = grad(f)
    for x in (2.0, -1.0, 0.5, 2.0, -3.0):
        capsys.readouterr()
        g(x)
        assert capsys.readouterr().out == ("up\n" if x > 0 else "")


def test_a_way_that_cannot_be_run_is_left_out():
    def f(x):
        if len(x) > 2:
            return x[2] * x[0]
        if x[0] > 0:
            return x[1] * x[0]
        return x[0]

    g = grad(f)
    for x in ([1.0, 2.0], [1.0, 2.0, 3.0], [-1.0, 2.0], [-1.0, 2.0, 5.0]):
        assert g(x)[0] == pytest.approx(x[2] if len(x) > 2 else x[1] if x[0] > 0 else 1.0)


def test_numbers_of_single_precision_stay_apart():
    def f(x):
        a = x if x > 0 else 1
        return a * np.float32(2) + x

    g = value_and_grad(f)
    for x in (np.float32(0.1), np.float32(-0.1), np.float32(0.7), np.float32(-3)):
        value, slope = g(x)
        assert value == f(x)
        assert slope == (3 if x > 0 else 1)


def test_off_means_a_path_for_each_way():
    with rolling(False):
        dispatcher = check(deciding.four_ways, [(2.0, 2.0), (-1.0, 0.5), (2.0, 0.5), (-1.0, 2.0)])
    assert dispatcher.trace_count == 4
