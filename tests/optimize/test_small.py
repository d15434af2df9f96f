"""Small arrays as numbers: the same derivatives, whatever is in the arrays."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from symdiff import grad, hessian, jacobian, jvp, value_and_grad, vjp
from symdiff.compile import function
from symdiff.operations.statements.builder import Builder
from symdiff.optimize.small import cost, with_numbers
from symdiff.program.program import FLOAT, Aval, Program, Var

from ..comparing import same

RNG = np.random.default_rng(7)
LENGTHS = (1, 2, 3, 7, 8, 9, 15, 16, 17, 31)


def rosenbrock(x):
    return np.sum(100.0 * (x[1:] - x[:-1] ** 2) ** 2 + (1.0 - x[:-1]) ** 2)


def rosenbrock_slopes(x):
    bar = np.zeros(len(x))
    step = x[1:] - x[:-1] ** 2
    bar[:-1] = -400.0 * x[:-1] * step - 2.0 * (1.0 - x[:-1])
    bar[1:] += 200.0 * step
    return bar


def chosen(x):
    y = np.where(x > 0.3, np.log(np.abs(x) + 1.0), x**3)
    return np.sum(np.maximum(y, -0.1) * np.cos(x)) + 2 * np.dot(x, x) - np.mean(x)


def rows(x):
    a = np.outer(x[:3], x[:2]) + np.array([[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]])
    b = np.concatenate([a.T @ x[:3], x[::-1][:2]])
    return np.sum(b[[0, 2, 2]] / (1.0 + b[1:] ** 2)) + np.sum(a, axis=0) @ x[1:3]


def decided(x):
    if x[0] > x[-1]:
        return np.sum(np.tanh(x)) * x[0]
    return np.prod(1.0 + x) + np.sum(x[x > 0.0])


def together(x):
    scale = np.sqrt(np.sum(x * x))
    p = np.exp(x - np.max(x)) / np.sum(np.exp(x - np.max(x)))
    return np.sum(p * np.log(p)) / scale + np.linalg.norm(x - 1.0)


FUNCTIONS = (rosenbrock, chosen, rows, decided, together)


def slopes(f: Callable[..., Any], x: Any) -> Any:
    """Central differences with one step of Richardson's."""
    found = np.zeros(len(x))
    for k in range(len(x)):
        step = np.zeros(len(x))
        step[k] = 1e-3
        near, far = ((f(x + h * step) - f(x - h * step)) / (2e-3 * h) for h in (1.0, 2.0))
        found[k] = (4.0 * near - far) / 3.0
    return found


@pytest.fixture
def apart(monkeypatch: pytest.MonkeyPatch) -> list[bool]:
    """Whether each program that is compiled has had its arrays taken apart."""
    found: list[bool] = []

    def noted(program: Any, own: Any) -> Any:
        made = with_numbers(program, own)
        found.append(made is not program)
        return made

    monkeypatch.setattr(function, "with_numbers", noted)
    return found


@pytest.mark.parametrize("f", FUNCTIONS)
def test_one_gradient_for_all_lengths_and_ways(f: Callable[..., Any]) -> None:
    g = value_and_grad(f)
    shortest = 3 if f is rows else 2
    points = [RNG.uniform(-1.2, 1.4, n) for n in LENGTHS if n >= shortest]
    for x in [
        *points,
        *points[::-1],
        *[p[::-1] for p in points],
        *[p[::-1].copy() for p in points],
    ]:
        for _ in range(2):
            value, slope = g(x)
        assert same(value, f(x)) or (f is chosen and value == pytest.approx(f(x), rel=1e-14))
        assert type(value) is type(f(x))
        np.testing.assert_allclose(slope, slopes(f, x), rtol=2e-7, atol=2e-7)
        assert slope.flags.writeable
        assert slope.flags.c_contiguous
        assert slope.dtype == float


@pytest.mark.parametrize("n", LENGTHS[1:])
def test_sums_are_added_up_as_numpy_does(n: int, apart: list[bool]) -> None:
    g = value_and_grad(lambda x: np.sum(x * x - 3.0 * x))
    for _ in range(20):
        x = RNG.normal(size=n) * 10.0 ** RNG.integers(-5, 5, n)
        assert g(x)[0] == np.sum(x * x - 3.0 * x)
    wide = value_and_grad(lambda x: np.sum(np.sum(x * 1.5, axis=0) * np.sum(x * x, axis=1)[:2]))
    for _ in range(5):
        a = RNG.normal(size=(max(n // 2, 2), 2))
        expected = np.sum(np.sum(a * 1.5, axis=0) * np.sum(a * a, axis=1)[:2])
        assert wide(a)[0] == expected
    assert any(apart)


def test_short_vectors_are_numbers_and_long_ones_are_not(apart: list[bool]) -> None:
    g = grad(rosenbrock)
    for n, wanted in ((2, True), (10, True), (25, True), (100, False)):
        apart.clear()
        x = RNG.normal(size=n)
        made = grad(rosenbrock)
        np.testing.assert_allclose(made(x), rosenbrock_slopes(x), rtol=1e-12)
        assert apart[-1] is wanted
        np.testing.assert_allclose(g(x), rosenbrock_slopes(x), rtol=1e-12)


@pytest.mark.parametrize(
    "f",
    [
        lambda x: np.sum(1.0 / x),
        lambda x: np.sum(np.log(x) * x),
        lambda x: np.sum(np.exp(1000.0 * x) * x),
        lambda x: np.sum(np.sqrt(x) / (1.0 - x)),
        lambda x: np.sum(np.where(x > 0.0, np.log(x), x**2)),
        lambda x: np.sum(x ** (1.0 / 3.0)),
        lambda x: np.sum(np.arcsin(x) * np.sin(1.0 / x)),
        lambda x: np.sum(np.hypot(x, 1.0) * np.maximum(x, 0.5) ** 3),
    ],
)
def test_infinities_and_nan_are_those_of_arrays(
    f: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    points = [
        *[np.array(p) for p in ([0.5, 0.25, 0.75], [0.0, 0.5, 1.0], [-0.5, 0.5, 2.0])],
        *[np.array(p) for p in ([math.inf, 1.0, 0.5], [math.nan, 0.5, 0.25], [-math.inf, 0, -0.0])],
        *[np.array(p) for p in ([1e-310, 1e300, 0.1], [0.5, 0.25, 0.75])],
    ]
    g = value_and_grad(f)
    found = [g(x) for x in points for _ in range(3)]
    monkeypatch.setattr(function, "with_numbers", lambda program, own: program)
    h = value_and_grad(f)
    with np.errstate(all="ignore"):
        expected = [h(x) for x in points for _ in range(3)]
        values = [f(x) for x in points for _ in range(3)]
    for one, other, value in zip(found, expected, values, strict=True):
        np.testing.assert_allclose(one[0], value, rtol=1e-14)
        np.testing.assert_allclose(one[0], other[0], rtol=1e-14)
        np.testing.assert_allclose(one[1], other[1], rtol=1e-13)


@pytest.mark.default_form
def test_numbers_that_raise_again_and_again_are_arrays_from_then_on(apart: list[bool]) -> None:
    def f(x):
        return np.sum(np.log(x))

    g = grad(f)
    good, bad = np.array([1.0, 2.0, 3.0]), np.array([1.0, 0.0, 3.0])
    with np.errstate(all="ignore"):
        for _ in range(4):
            g(good)
        assert apart == [True]
        for _ in range(6):
            np.testing.assert_allclose(g(bad), [1.0, math.inf, 1.0 / 3.0])
            np.testing.assert_allclose(g(good), 1.0 / good)
    assert apart == [True]
    assert "/x\n" in g.generated_source(good)


def test_bools_are_added_as_bools() -> None:
    def f(x):
        both = (x > 0.0) & ~(x > 1.0)
        either = (x > 0.0) + (x > 1.0)
        return np.sum(np.where(both, x**2, x) * either)

    g = value_and_grad(f)
    for x in (np.array([-1.0, 0.5, 2.0]), np.array([2.0, 2.0, 0.1]), np.array([-1.0, -2.0, 3.0])):
        assert g(x)[0] == f(x)
        np.testing.assert_array_equal(
            g(x)[1], np.where(x > 1.0, 1.0, np.where(x > 0.0, 2.0 * x, 0.0))
        )


def test_other_types_and_shapes_are_told_apart() -> None:
    g = grad(lambda x: np.sum(x**3 - x))
    for x in (
        np.array([1.0, 2.0]),
        np.array([1.0, 2.0], np.float32),
        np.array([[1.0, 2.0]]),
        np.array([1.0, 2.0, 3.0])[::2],
        np.asfortranarray(np.arange(4.0).reshape(2, 2)),
        np.array([1.0, 2.0], ">f8"),
        np.float64(2.0),
        2.0,
        np.array([1.0, 2.0]),
    ):
        for _ in range(3):
            found = g(x)
        np.testing.assert_allclose(found, 3.0 * np.asarray(x, float) ** 2 - 1.0, rtol=1e-6)
        assert np.shape(found) == np.shape(x)


def test_what_numpy_is_told_to_raise_is_raised() -> None:
    g = grad(lambda x: np.sum(np.where(x > 0, np.log(x), x)))
    x = np.array([0.0, 2.0])
    for _ in range(4):
        np.testing.assert_array_equal(g(x[1:].repeat(2)), [0.5, 0.5])
    with np.errstate(divide="raise"), pytest.raises(FloatingPointError):
        g(x)
    with np.errstate(divide="raise"):
        np.testing.assert_array_equal(g(x + 1.0), 1.0 / (x + 1.0))


def test_results_are_arrays_of_their_own() -> None:
    g = value_and_grad(lambda x: np.sum(x * x), has_aux=False)
    x = np.array([1.0, 2.0, 3.0])
    first, second = g(x)[1], g(x)[1]
    first[0] = 7.0
    assert second[0] == g(x)[1][0] == 2.0
    pair = jacobian(lambda x: (x * 2.0, x))
    one, other = pair(x)
    one[0, 0] = 9.0
    np.testing.assert_array_equal(other, np.eye(3))
    np.testing.assert_array_equal(x, [1.0, 2.0, 3.0])


@pytest.mark.parametrize("n", [2, 3, 10])
def test_matrices_and_linear_maps(n: int) -> None:
    def curved(x):
        return x[1:] * np.exp(-(x[:-1] ** 2)) + np.sum(x**2)

    x, v = RNG.normal(size=n), RNG.normal(size=n)
    steps = [slopes(lambda x, k=k: curved(x)[k], x) for k in range(n - 1)]
    for made in (jacobian(curved),):
        for _ in range(3):
            found = made(x)
        np.testing.assert_allclose(found, steps, rtol=1e-7, atol=1e-7)
    np.testing.assert_allclose(jvp(curved, (x,), (v,))[1], np.array(steps) @ v, rtol=1e-6)
    np.testing.assert_allclose(vjp(curved, x)[1](v[1:])[0], v[1:] @ np.array(steps), rtol=1e-6)
    h = hessian(rosenbrock)
    for _ in range(3):
        second = h(x)
    expected = [slopes(lambda x, k=k: rosenbrock_slopes(x)[k], x) for k in range(n)]
    np.testing.assert_allclose(second, expected, rtol=1e-6, atol=1e-5)


def test_elements_at_places_that_are_computed() -> None:
    def f(x, y):
        k = int(abs(math.sin(y) * 2.9)) % 3
        w = x * x
        w[k] = x[0] * 3.0
        return np.sum(w * x) * w[2 - k] + math.atan(x[k])

    g = grad(f, (0, 1))
    for y in (0.1, 0.4, 1.4, 3.3, 4.2, 0.1, 5.5):
        for x in (np.array([0.5, 1.5, -2.0]), np.array([1.0, -0.3, 0.2])):
            slope, along = g(x, y)
            expected = slopes(lambda x, y=y: f(x, y), x)
            np.testing.assert_allclose(slope, expected, rtol=1e-7, atol=1e-8)
            assert along == 0.0


def test_a_place_may_be_taken_for_a_float() -> None:
    ops, x, k = Builder(), Var("x", Aval.of((3,), "float64")), Var("k", FLOAT)
    y = ops.mul(ops.add(x, 1.0), x)
    element = ops.getitem(y, k, index=(("place", 0),))
    made = with_numbers(Program("f", (x, k), ops.statements, (element,)))
    assert sum(s.operation.name == "getitem" and k in s.operands for s in made.statements) == 1


def test_costs_tell_numbers_from_arrays(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[tuple[float, float]] = []

    def noted(program: Any, own: Any) -> Any:
        made = with_numbers(program, own)
        seen.append((cost(program), cost(made)))
        return made

    monkeypatch.setattr(function, "with_numbers", noted)
    grad(rosenbrock)(np.ones(3))
    assert seen[-1][1] < 0.5 * seen[-1][0]
    grad(rosenbrock)(np.ones(30))
    assert seen[-1][1] <= seen[-1][0]
