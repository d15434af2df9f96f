"""`-0.0` is equal to `0.0` and another number: a sign that a quotient or an angle makes visible."""

import math

import numpy as np
import pytest

import symdiff as sd
from symdiff.operations.table.template import Literal

pytestmark = pytest.mark.sampled(every=3)


def over_written(x):
    return np.divide(x, -0.0)


def over_plus(x):
    return np.divide(x, 0.0)


def over_named(x):
    z = -0.0
    return np.divide(x, z)


def over_computed(x):
    z = -math.sin(0.0)
    return np.divide(x, z) * 3.0


def over_computed_plus(x):
    z = math.sin(0.0)
    return np.divide(x, z) * 3.0


def with_sign(x):
    return np.copysign(1.0, x * -0.0) * x


def with_sign_plus(x):
    return np.copysign(1.0, x * 0.0) * x


def copied(x):
    return x * np.copysign(1.0, -0.0)


def angle(x):
    return np.arctan2(-0.0, -x) + np.arctan2(0.0, -x) / 2 + x


SLOPES = [
    (over_written, -math.inf),
    (over_plus, math.inf),
    (over_named, -math.inf),
    (over_written, -math.inf),
    (over_computed, -math.inf),
    (over_computed_plus, math.inf),
    (with_sign, -1.0),
    (with_sign_plus, 1.0),
    (copied, -1.0),
    (angle, 1.0),
]


@pytest.mark.filterwarnings("ignore::RuntimeWarning")
@pytest.mark.parametrize(("function", "slope"), SLOPES, ids=lambda p: getattr(p, "__name__", ""))
@pytest.mark.parametrize("number", [float, np.float64])
def test_value_and_slope_have_the_sign_of_the_zero(function, slope, number):
    x = number(2.0)
    g = sd.value_and_grad(function)
    for _ in range(2):
        assert g(x) == (function(x), slope)
    assert sd.grad(function)(x) == slope
    assert sd.derivative(function)(x) == slope
    assert np.signbit(sd.value_and_grad(lambda x: x * -0.0)(x)[0])


def test_a_python_quotient_by_minus_zero_raises_as_python_does():
    with pytest.raises(ZeroDivisionError):
        sd.grad(lambda x: x / -0.0)(2.0)


def test_the_two_zeros_are_two_numbers_in_a_template():
    plus, minus = Literal.of(0.0), Literal.of(-0.0)
    assert plus != minus == Literal.of(-0.0)
    assert [math.copysign(1.0, zero.value) for zero in (plus, minus)] == [1.0, -1.0]
