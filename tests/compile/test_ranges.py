"""Which programs are asked whether their products may leave the range of floats."""

from __future__ import annotations

import cmath
import functools
import math
import warnings
from typing import Any

import numpy as np
import pytest

from symdiff import grad, hessian
from symdiff.compile import function as compile_function
from symdiff.compile.ranges import Danger, danger
from symdiff.operations.runtime.ranges import EXTENDED, OutOfRange, extended, rounded, within_range
from symdiff.safety.floating import quietly

pytestmark = pytest.mark.skipif(EXTENDED is None, reason="no floats have a wider range here")


def looping(x: float) -> float:
    for _ in range(40):
        x = x * math.exp(-x)
    return x


def largest(x: float) -> float:
    most = -1e300
    for k in range(40):
        most = max(most, math.sin(k * x))
    return most * x


def largest_beside_a_product(x: float) -> float:
    product, most = x, -1e300
    for k in range(40):
        product = product * math.cos(x)
        most = max(most, math.sin(k * x))
    return product * most


def product_beside_a_largest(x: float) -> float:
    most, product = -1e300, x
    for k in range(40):
        most = max(most, math.sin(k * x))
        product = product * math.cos(x)
    return product * most


def beside_an_array(x: float) -> Any:
    scale, s = 1e300, 0.0
    for k in range(40):
        scale = min(scale, k * x)
        s += np.sum(scale * np.array([1.0, 2.0]) * x)
    return s


def scaled_in_turn(x: float) -> float:
    scale = 1e300
    for _ in range(40):
        scale = scale * x
    return scale


def until(x: float) -> float:
    while x > 1e-3:
        x = x * math.exp(-x - 0.1)
    return x


def changing(x: float) -> float:
    changed["x"] = x * math.exp(x)
    return changed["x"]


changed: dict[str, float] = {}


@pytest.mark.parametrize(
    ("f", "wanted"),
    [
        (lambda x: x**3 - 2 * x + math.sin(x), Danger.NONE),
        (lambda x: 3.0 * x * x * x, Danger.NONE),
        (lambda x: math.exp(x) * x, Danger.INPUTS),
        (lambda x: x / (1.0 + x * x), Danger.INPUTS),
        (lambda x: math.log(x + 1e-300) * x, Danger.INPUTS),
        (lambda x: max(x, 1e-300) * math.exp(x), Danger.INPUTS),
        (lambda x: 1e-80 * x, Danger.NONE),
        (looping, Danger.INPUTS),
        (until, Danger.INPUTS),
        (largest, Danger.INPUTS),
        (largest_beside_a_product, Danger.INPUTS),
        (product_beside_a_largest, Danger.INPUTS),
        (beside_an_array, Danger.INPUTS),
        (scaled_in_turn, Danger.CONSTANTS),
        (changing, Danger.INPUTS),
        (lambda x: np.sum(np.array([math.inf, 1.0]) * x), Danger.NONE),
        (lambda x: 1e-80 * x * x * x, Danger.NONE),
        (lambda x: 1e-200 * x * x, Danger.CONSTANTS),
        (lambda x: x / 1e60 * x * 1e-50, Danger.CONSTANTS),
        (lambda x: np.sum(np.array([1e200, 1.0]) * x) * x, Danger.CONSTANTS),
        (lambda x: np.sum(np.array([1e-200, 1.0]) * x) * x, Danger.INPUTS),
    ],
)
def test_when_products_may_leave_the_range(f: Any, wanted: Danger) -> None:
    assert danger(grad(f).program(0.5)) is wanted


def test_what_acts_on_the_world_is_not_run_twice() -> None:
    def f(x):
        print("called")
        return x * math.exp(x)

    assert danger(grad(f).program(0.5)) is Danger.NONE


@pytest.mark.parametrize("number", [0.0, -3.0, 1e45, 1e-45, math.inf, math.nan])
def test_numbers_of_ordinary_size(number: float) -> None:
    assert within_range(number)
    assert within_range(np.array([1.0, number]))
    assert within_range(np.full(100, number))


@pytest.mark.parametrize("number", [2e45, -5e-46, 5e-324, -1.7e308])
def test_numbers_far_out(number: float) -> None:
    for value in (number, np.array([[1.0], [number]]), np.full(100, number)):
        with np.errstate(all="ignore"), pytest.raises(OutOfRange):
            within_range(value)


def test_a_long_array_is_as_large_as_its_largest_number() -> None:
    tail = np.exp(-np.linspace(0.0, 600.0, 100))
    assert within_range(tail)
    with np.errstate(all="ignore"), pytest.raises(OutOfRange):
        within_range(-1e200 * tail)


def test_each_operation_has_the_digits_of_double_precision() -> None:
    rng = np.random.default_rng(0)
    a, b = rng.normal(size=(2, 1000)) * 10.0 ** rng.integers(-100, 100, (2, 1000))
    for x, y in ((a, b), (a[0], b[0])):
        for f in (np.add, np.subtract, np.multiply, np.divide):
            np.testing.assert_array_equal(rounded(f(extended(x), extended(y))), f(x, y))
    far = extended(1e-200) * extended(1e-200)
    assert rounded(far) != 0.0
    assert rounded(far) * extended(1e200) * extended(1e200) == pytest.approx(1.0, rel=1e-15)
    for special in (0.0, math.inf, -math.inf):
        assert rounded(extended(special)) == special
    assert math.isnan(rounded(extended(math.nan)))
    assert rounded(np.True_) is np.True_


def test_inputs_of_ordinary_size_are_computed_once() -> None:
    g = hessian(lambda x, y: x * math.exp(y) * y, (0, 1))
    g(1.5, 0.5)
    (leaf,) = g._dispatcher.leaves
    assert len(leaf.compiled) == 1
    g(1e-200, 0.5)
    assert len(leaf.compiled) > 1
    assert g.trace_count == 1


def test_squares_that_are_no_floats_are_no_reason_to_warn() -> None:
    def f(x):
        return np.sum(3.0 * x[1:] * x[:-1] * 1e-250)

    g = grad(f)
    for shape in ((100,), (20_000,)):
        x = np.linspace(1.0, 2.0, shape[0])
        for scale in (1.0, 1e200, 1e-200, 1.0):
            slope = 3e-250 * scale * (np.r_[0.0, x[:-1]] + np.r_[x[1:], 0.0])
            np.testing.assert_allclose(g(scale * x), slope, rtol=1e-14)


def _filtered(x):
    y = np.zeros(len(x))
    y[0] = 1.0
    for i in range(1, len(x)):
        y[i] = 0.5 * y[i - 1] + math.tanh(x[i])
    return np.sum(y * y)


def test_squares_that_tell_the_size_of_an_array_do_not_warn():
    slope = grad(_filtered)
    with warnings.catch_warnings(record=True) as warned:
        warnings.simplefilter("always")
        for x in (np.full(40, 0.5), np.full(40, 1e200), np.full(40, 1e-200)):
            for _ in range(3):
                found = slope(x)
    assert not warned
    assert found[0] == 0.0

    def by_hand(x):
        y = [1.0]
        for v in x[1:]:
            y.append(0.5 * y[-1] + cmath.tanh(v))
        return sum(v * v for v in y)

    for k in (1, 39):
        x = [1e-200] * 40
        x[k] += 1e-30j
        assert found[k] == pytest.approx(by_hand(x).imag / 1e-30, rel=1e-13)


def asked_together(*numbers: float) -> float:
    total = numbers[0]
    for number in numbers[1:]:
        total = total / number * numbers[0]
    return total


@pytest.mark.parametrize("count", [2, 3, 5, 9, 10, 11, 20, 21])
@pytest.mark.parametrize("form", ["numbers", "vector", "whole vector", "matrix"])
def test_each_number_is_asked_for(count: int, form: str, monkeypatch: pytest.MonkeyPatch) -> None:
    rng = np.random.default_rng(count)
    g = grad(lambda x: asked_together(*x))
    if form in ("whole vector", "matrix"):
        monkeypatch.setattr(compile_function, "with_numbers", lambda program, own: program)
        g = grad(lambda x: np.sum(np.cumsum(x) * x.ravel()) / (1.0 + np.sum(x * x)))

    def given(values: Any) -> tuple[Any, ...]:
        values = values.reshape(1, -1) if form == "matrix" else values
        return (values.tolist() if form == "numbers" else values,)

    usual = rng.uniform(0.5, 1.5, count)
    g(*given(usual))
    function = functools.partial(quietly, g._hot_code.function)
    for scale in (1.0, 1e-2, 1e2, 1e-6, 1e6, 1e-20, 1e20):
        values = usual * scale * rng.choice([-1.0, 1.0], count)
        function(*given(values))
        for k in range(count):
            for far in (1e-46, -1e-200, 1e46, -1e200, 5e-324, 1.7e308):
                wrong = values.copy()
                wrong[k] = far
                with pytest.raises(ArithmeticError):
                    function(*given(wrong))
            for fine in (1e-44, 1e44):
                values[k], before = fine, values[k]
                function(*given(values))
                values[k] = before
            for none in (math.inf, math.nan):
                values[k], before = none, values[k]
                function(*given(values))
                values[k] = before
    values = usual.copy()
    values[0] = 0.0
    function(*given(values))


def test_a_vector_far_out_is_asked_for_whatever_is_decided() -> None:
    def f(x: Any) -> Any:
        if x[0] * x[1] > 1.0:
            return np.sum(x * x[0]) / x[1]
        return np.sum(x / x[0] * x[1])

    g = grad(f)
    for x in ([1.0, 2.0, 3.0], [0.5, 0.5, 1.0], [1e-160, 1e-160, 1e-3], [1e160, 1e160, 1e-3]) * 2:
        a, b, c = x
        if a > 0.9:
            expected = [(2 * a + b + c) / b, a / b - (a + b + c) / b * (a / b), a / b]
        else:
            expected = [-((b + c) / a) * (b / a), 1.0 + 2 * (b / a) + c / a, b / a]
        np.testing.assert_allclose(g(np.array(x)), expected, rtol=1e-14)
