"""Where arithmetic has edges: types, signed zeros, infinities, nan, memory, dtypes."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

from symdiff import grad, hessian, value_and_grad, vjp
from symdiff.errors import UnsupportedError
from symdiff.specialize.paths import enumerate_paths

pytestmark = pytest.mark.sampled(every=3)


def test_a_choice_of_partials_is_still_a_float() -> None:
    g = grad(lambda x, y: np.maximum(x, y) + x, (0, 1))
    for found in (g(2.0, 1.0), g(1.0, 2.0), g(1.0, 1.0)):
        assert [type(part) for part in found] == [float, float]


@pytest.mark.parametrize("function", [lambda x: max(x, 0.0), lambda x: min(0.0, x, 3.0)])
@pytest.mark.parametrize("x", [2.0, -1.0, 0.0, -0.0, math.inf, -math.inf, math.nan])
def test_max_and_min_choose_as_python_does(function: Any, x: float) -> None:
    expected = function(x)
    found, slope = value_and_grad(function)(x)
    assert type(found) is float
    assert repr(found) == repr(expected)
    if x != 0:
        assert slope == (1.0 if expected is x else 0.0)


def test_division_by_pythons_max_raises_as_python_does() -> None:
    with pytest.raises(ZeroDivisionError):
        grad(lambda x: 1 / max(x, 0.0))(-1.0)


BYTES = np.array([1, 2, 100], np.uint8)
FLAGS = np.array([True, False, True])
POINT = np.array([0.05, 0.2, -0.3])


@pytest.mark.parametrize(
    ("function", "expected"),
    [
        (lambda v: ((v > 0) * v + (v > 0.1) * v).sum(), [1, 2, 0]),
        (lambda v: (v * FLAGS + FLAGS * v).sum(), [2, 0, 2]),
        (lambda v: (FLAGS - v * FLAGS).sum(), [-1, 0, -1]),
        (lambda v: (-(BYTES * v)).sum(), [-1, -2, -100]),
        (lambda v: (v * BYTES * BYTES).sum(), [1, 4, 10000]),
        (lambda v: (BYTES**v).sum(), np.log([1.0, 2.0, 100.0]) * np.array([1.0, 2, 100]) ** POINT),
    ],
)
def test_partials_of_bools_and_small_integers_are_floats(function: Any, expected: Any) -> None:
    np.testing.assert_allclose(grad(function)(POINT), expected, rtol=1e-14)


def test_a_condition_of_numpy_numbers_may_be_a_negated_factor() -> None:
    def f(x: Any, v: Any) -> Any:
        return x + (x < np.dot(v, v) < 9.5) * np.log1p(abs(-x))

    assert grad(f)(1.0, np.ones(3)) == 1.5
    assert grad(f)(4.0, np.ones(3)) == 1.0


def test_hypot_of_any_number_of_numbers() -> None:
    assert grad(lambda x: math.hypot(x, 2.0, 4.0))(4.0) == pytest.approx(4 / 6, rel=1e-15)
    assert grad(lambda x: math.hypot(x))(-4.0) == -1.0


@pytest.mark.parametrize("x", [2.5, 1.5, 0.5])
def test_max_with_an_int_is_still_differentiated(x: float) -> None:
    assert grad(lambda x: max(max(x, 2), 0.7))(x) == (1.0 if x > 2 else 0.0)
    assert grad(lambda x: min(1, x) * 3)(x) == (3.0 if x < 1 else 0.0)


def test_the_cotangent_of_an_identity_is_a_copy() -> None:
    _, pullback = vjp(lambda x: x, np.arange(3.0))
    cotangent = np.ones(3)
    (found,) = pullback(cotangent)
    found += 1
    assert cotangent.tolist() == [1, 1, 1]


@pytest.mark.parametrize("kind", [np.float32, np.float16])
def test_math_and_float_of_a_narrow_number_compute_in_double(kind: Any) -> None:
    x = kind(1.1)
    for f in (lambda x: math.exp(x) * 3.3, lambda x: float(x) * 3.3):
        value, slope = value_and_grad(f)(x)
        assert type(slope) is kind
        assert value == f(x)


def test_a_complex_constant_is_refused_without_a_value_too() -> None:
    with pytest.raises(UnsupportedError, match="real numbers"):
        enumerate_paths(lambda x: x * 1j)


def fsum_decides(x):
    return x**3 if math.fsum([x * 0.1] * 10) == x else x**2


def sum_decides(x):
    return x**3 if sum(x * 0.1 for _ in range(10)) == x else x**2


def sum_from_a_start(x):
    return sum([1e16, x, 2, True, -1e16, np.float64(0.25), 0.5, x], 0.5)


def sum_of_mixed(x):
    return sum([1, x, 1e16, 1j * x, -1e16, x]).real + sum([(x,), (x * x,)], ())[1]


@pytest.mark.parametrize("function", [fsum_decides, sum_decides, sum_from_a_start, sum_of_mixed])
def test_sums_of_numbers_round_as_pythons_do(function: Any) -> None:
    g = grad(function)
    for x in (1.0, 0.7, 3.0, 0.1, 1.0):
        assert g.value(x) == function(x)
    assert grad(fsum_decides)(1.0) == pytest.approx(3.0)


def test_a_matrix_without_rows_has_a_determinant() -> None:
    nothing = np.zeros((0, 0))
    assert grad(np.linalg.det)(nothing).shape == (0, 0)
    assert grad(lambda x: np.linalg.det(nothing * x) * x)(2.0) == 1.0
    assert grad(lambda x: np.linalg.inv(nothing * x).sum() + x)(2.0) == 1.0


def test_there_is_a_hessian_with_respect_to_nothing() -> None:
    assert hessian(lambda x: np.sum(x**2))(np.zeros(0)).shape == (0, 0)


@pytest.mark.parametrize(
    "f",
    [
        lambda x: math.hypot(x, 2.0),
        lambda x: math.hypot(x, 2.0, x),
        lambda x: math.dist([x], [1.0]),
        lambda x: abs(complex(x, 1)),
        lambda x: complex(x, 1).imag * x,
    ],
)
def test_the_value_is_a_float_where_the_functions_is(f):
    g = value_and_grad(f)
    for x in (1.5, -0.5, 1.5):
        value, _ = g(x)
        assert type(value) is type(f(x)) is float
        assert value == pytest.approx(f(x), rel=1e-15)


def _large_whole(x: float, y: float) -> float:
    return math.sin(int(y * 1e25)) + x


def _large_remainder(x: float, y: float) -> float:
    n = round(y * 1e30)
    return x**2 + (n % 10) * x + n // 10**29


def _large_quotient(x: float, y: float) -> float:
    n = math.floor(y * 1e30)
    return x / n * 1e30 + (n if n < 100 else 1)


def _large_root(x: float, y: float) -> float:
    return math.sqrt(int(y * 1e25)) * x


def _of_a_ratio(x: float, y: float) -> float:
    return math.sin(int(0.25 * 1e-200 / (1e-200 * (1.5 + abs(y))))) * x


def _large_factor(x: float, y: float) -> float:
    return int(x * 1e25) * x * 1e-25


@pytest.mark.parametrize(
    "f",
    [_large_whole, _large_remainder, _large_quotient, _large_root, _of_a_ratio, _large_factor],
)
def test_whole_numbers_of_python_may_be_larger_than_those_of_numpy(f: Any) -> None:
    g = grad(f)
    for y in (2.5, 3e-29, 2.5, 1.25):
        step = 2.0**-20
        value, slope = g.value_and_grad(0.5, y)
        assert value == f(0.5, y)
        assert type(slope) is float
        if f is not _large_factor:
            about = (f(0.5 + step, y) - f(0.5 - step, y)) / (2 * step)
            assert slope == pytest.approx(about, rel=1e-6)
    assert grad(_large_factor)(0.5, 1.0) == pytest.approx(0.5, rel=1e-15)
