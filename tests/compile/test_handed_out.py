"""What a call hands out is the caller's own: no two results, and nothing outside, share memory."""

from __future__ import annotations

import itertools
from functools import partial
from typing import Any

import numpy as np
import pytest

from symdiff import grad, hessian, jacobian, jvp, linearize, value_and_grad, vjp
from symdiff.program.trees import flatten

from ..comparing import on_native_code

pytestmark = pytest.mark.sampled(every=3)

WEIGHTS = np.arange(1.0, 5.0)
KEPT: dict[str, Any] = {"table": np.arange(4.0)}

SPACE: dict[str, Any] = {"KEPT": KEPT}
exec("def look_up(): return KEPT['table']", SPACE)  # without source: it is called at every call
look_up = SPACE["look_up"]


def arrays(result: Any) -> list[Any]:
    return [leaf for leaf in flatten(result)[0] if isinstance(leaf, np.ndarray)]


def check_own(call: Any, *outside: Any) -> None:
    """Two calls give the same, though all that the first one gave has been written to."""
    first = arrays(call())
    expected = [np.array(a) for a in first]
    before = [np.array(a) for a in outside]
    assert first
    for one, other in itertools.combinations([*first, *outside], 2):
        assert not np.shares_memory(one, other)
    for a in first:
        a += 1000.0
    for a, b in zip(outside, before, strict=True):
        np.testing.assert_array_equal(a, b)
    for a, b in zip(arrays(call()), expected, strict=True):
        np.testing.assert_array_equal(a, b)
        assert a.dtype == b.dtype
        # A small part would keep all of a large array; what numba hands out has memory of its own.
        whole = a.base is None or (on_native_code and not isinstance(a.base, np.ndarray))
        assert whole or a.base.size == a.size


X, Y = np.array([0.5, -1.0, 2.0, 0.1]), np.array([1.0, 2.0, -0.3, 0.7])
LARGE = np.linspace(0.1, 2.0, 600)


def test_one_cotangent_for_two_arguments() -> None:
    check_own(partial(grad(lambda x, y: np.sum(np.sin(x + y)), (0, 1)), X, Y), X, Y)
    check_own(partial(grad(lambda x, y: np.sum(np.sin(x + y)), (0, 1)), LARGE, LARGE), LARGE)
    check_own(partial(grad(lambda x, y: np.sum(x + y), (0, 1)), X, Y), X, Y)


def test_one_cotangent_in_containers() -> None:
    g = grad(lambda p: np.sum((p["a"] + p["b"][0]) ** 2))
    check_own(lambda: g({"a": X, "b": [Y]}), X, Y)


def test_a_gradient_that_is_also_computed_by_the_function() -> None:
    def f(x):
        twice = 2 * x
        return np.sum(x * x), (twice, twice, np.cos(x), np.cos(x))

    check_own(partial(grad(f, has_aux=True), X), X)
    check_own(partial(value_and_grad(f, has_aux=True), LARGE), LARGE)


def test_the_argument_and_views_of_it_as_results() -> None:
    def f(x):
        return np.sum(x * x), {"x": x, "part": x[1:], "shape": x.reshape(2, -1), "T": x[::-1]}

    check_own(partial(grad(f, has_aux=True), X), X)
    check_own(partial(grad(f, has_aux=True), LARGE), LARGE)


def test_views_that_are_written_to() -> None:
    def f(x):
        part, rows, turned = np.sin(x)[:2], np.cos(x).reshape(2, -1), np.exp(x).reshape(2, -1).T
        part[0], rows[0, 0], turned[0] = 2 * x[1], 3 * x[1], x[2]
        return np.sum(part * part), [part, rows, turned]

    check_own(partial(grad(f, has_aux=True), X), X)


def test_a_gradient_that_is_an_array_from_outside() -> None:
    check_own(partial(grad(lambda x: np.sum(x * WEIGHTS)), X), X, WEIGHTS)
    check_own(partial(grad(lambda x, w: np.sum(x * w), (0, 1)), X, Y), X, Y)
    check_own(partial(grad(lambda x: x @ WEIGHTS), X), X, WEIGHTS)


def test_a_gradient_that_is_a_view_of_an_array_from_outside() -> None:
    def f(x):
        return np.sum(x.reshape(2, 2) * WEIGHTS.reshape(2, 2)) + np.sum(x[::-1].T * 0.0)

    def g(x):
        return np.sum(x.reshape(2, 2) * WEIGHTS.reshape(2, 2))

    def h(x):
        return np.sum(x.reshape(2, 2).T * WEIGHTS.reshape(2, 2))

    for function in (f, g, h):
        check_own(partial(grad(function), X), X, WEIGHTS)


def test_what_a_call_without_source_gives() -> None:
    def f(x):
        table = look_up()
        return np.sum(x * table), table

    check_own(partial(grad(f, has_aux=True), X), X, KEPT["table"])
    check_own(partial(value_and_grad(f, has_aux=True), X), X, KEPT["table"])


def test_both_modes_and_maps() -> None:
    def f(x):
        return x, x[:2], np.sin(x)

    check_own(lambda: jvp(f, (X,), (Y,)), X, Y)
    check_own(lambda: vjp(f, X)[0], X)
    _, pull = vjp(f, X)
    check_own(lambda: pull((Y, Y[:2], Y)), X, Y)
    _, pull = vjp(lambda x, y: (x, y), X, Y)
    seed = np.ones(4)
    check_own(lambda: pull((seed, seed)), X, Y, seed)
    _, push = linearize(f, X)
    check_own(lambda: push(Y), X, Y)


def test_matrices() -> None:
    check_own(partial(jacobian(lambda x: (x, x * 1.0)), X), X)
    check_own(partial(jacobian(lambda x: np.outer(WEIGHTS, WEIGHTS) @ x), X), X, WEIGHTS)
    matrix = np.outer(WEIGHTS, Y)
    check_own(partial(jacobian(lambda x: matrix @ x), X), X, matrix)
    check_own(partial(hessian(lambda x: x @ matrix @ x), X), X, matrix)


def test_what_is_written_outside_is_not_what_is_handed_out() -> None:
    kept: list[Any] = []

    def f(x):
        y = np.sin(x)
        kept[:] = [y, y]
        return np.sum(y), y

    g = grad(f, has_aux=True)
    for _ in range(2):
        slope, aux = g(X)
        aux += 1.0
        slope += 1.0
        np.testing.assert_array_equal(kept[0], np.sin(X))
        assert kept[0] is kept[1]


# -- numbers and dtypes


def chosen(x):
    return max(x[0], 2) + min(x[1], 3) * 2 + (1 if x[0] > 0 else 0)


def clipped(x):
    return np.sum(np.where(x > 0, 1, 2) * np.maximum(x, 1))


def stepped(x):
    return x[0] * (x[0] > x[1]) + abs(x[1])


@pytest.mark.parametrize("function", [chosen, clipped, stepped])
@pytest.mark.parametrize("x", [[0.5, -1.0], [3.0, 4.0], [-1.0, 0.5]])
def test_gradients_are_floats_whatever_their_numbers(function: Any, x: list[float]) -> None:
    g = grad(function)
    for given in (np.array(x), np.array(x), np.array(x, np.float32)):
        found = g(given)
        assert found.dtype == given.dtype
    assert hessian(function)(np.array(x)).dtype == float


@pytest.mark.parametrize(
    "function",
    [
        lambda x, y: max(x, 1) * 1,
        lambda x, y: max(x, y, 1) + min(x, 0),
        lambda x, y: abs(x) if x > 0 else 2,
        lambda x, y: (x > y) * 3 + x,
        lambda x, y: max(x, y) - min(x, y),
        lambda x, y: np.where(x > y, 1, 0) * x,
    ],
)
def test_slopes_of_choices_are_floats(function: Any) -> None:
    g = value_and_grad(function, (0, 1))
    h = hessian(function, (0, 1))
    for x, y in ((2.0, 0.5), (-1.0, 0.5), (0.25, 0.5), (2, 1), (-1, 3), (0, 0)):
        value, slopes = g(x, y)
        assert [type(s) for s in slopes] == [float, float]
        assert value == function(x, y)
        assert {type(e) for row in h(x, y) for e in row} == {float}


# -- double precision beside single precision

THIRD = np.float64(1 / 3)


@pytest.mark.parametrize(
    "function",
    [
        lambda x, y: x * y,
        lambda x, y: x + y * x,
        lambda x, y: np.sin(x * y) + x / y,
        lambda x, y: x * THIRD + y,
        lambda x, y: (x - y) ** 2,
    ],
)
@pytest.mark.parametrize("x", [np.float32(1.1), np.array([1.1, -0.3], np.float32)])
def test_a_double_widens_single_precision(function: Any, x: Any) -> None:
    y = np.float64(0.7)
    loss = lambda x, y: np.sum(function(x, y))
    g = value_and_grad(loss, (0, 1))
    exact = value_and_grad(loss, (0, 1))(np.asarray(x, float)[()], y)
    for _ in range(2):
        value, (by_x, by_y) = g(x, y)
        assert value == loss(x, y)
        np.testing.assert_allclose(value, exact[0], rtol=1e-15)
        np.testing.assert_allclose(by_y, exact[1][1], rtol=1e-15)
        assert by_x.dtype == np.float32
        np.testing.assert_array_equal(by_x, np.asarray(exact[1][0], np.float32))


def test_near_a_limit_squares_are_in_single_precision() -> None:
    """The slope of `x*(sin(x*y)/(x*y))` by `y` holds `x**2`, which NumPy computes as a float32."""
    x, y = np.array([1.1, -0.3], np.float32), np.float64(0.7)
    by_y = value_and_grad(lambda x, y: np.sum(np.sin(x * y) / y), (0, 1))(x, y)[1][1]
    wide = x.astype(float)
    want = np.sum(wide * np.cos(wide * y) / y - np.sin(wide * y) / y**2)
    np.testing.assert_allclose(by_y, want, rtol=1e-7)


def near_a_narrow_constant(x):
    tenth = np.float32(0.1)  # beside which NumPy takes a number of Python's for a float32
    return x * x if x >= tenth else x


def test_a_comparison_with_a_narrow_constant_is_numpys() -> None:
    g = value_and_grad(near_a_narrow_constant)
    for x in (0.3, 0.1, 0.05, 0.1, 0.09999999, 0.3):
        value, slope = g(x)
        assert value == near_a_narrow_constant(x)
        assert slope == (2 * x if x >= np.float32(0.1) else 1.0)


def test_a_constant_of_numpys_may_be_divided_by_zero() -> None:
    g = value_and_grad(lambda x, n: x * x + np.float64(0.5) / n)
    with np.errstate(all="ignore"):
        for n in (2, 0, 4, 0, 0, 2):
            value, slope = g(3.0, n)
            assert slope == 6.0
            assert value == (np.inf if n == 0 else 9.0 + 0.5 / n)


def test_an_integer_argument_is_differentiated_as_a_float() -> None:
    g = grad(lambda x: np.sum(np.array([x, 2 * x]) ** 3))
    for x in (2, 10**7, 3, 10**7):  # whose cube an integer of NumPy's does not hold
        assert g(x) == pytest.approx(27.0 * x * x, rel=1e-15)
        assert type(g(x)) is float
