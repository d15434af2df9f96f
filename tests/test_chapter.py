"""The story of a first chapter on automatic differentiation, row by row."""

from __future__ import annotations

import math

import numpy as np
import pytest

import symdiff
from symdiff import Variable, detach, grad, vjp
from symdiff.errors import NonScalarError, StepLimitError

from .comparing import assert_close
from .oracle import mp_gradient

# --- 1. a simple function -----------------------------------------------------------------------


def twice_dot(x):
    return 2 * np.dot(x, x)


def test_gradient_of_twice_the_dot_product() -> None:
    g = grad(twice_dot)
    x = np.arange(4.0)
    np.testing.assert_array_equal(g(x), [0.0, 4.0, 8.0, 12.0])
    np.testing.assert_array_equal(g(x), 4 * x)
    assert str(g.expression(x)) == "4*x"


# --- 2. a place to keep a gradient --------------------------------------------------------------


def test_backward_fills_and_accumulates() -> None:
    g = grad(twice_dot)
    x = Variable(np.arange(4.0))
    assert x.grad is None
    assert g.backward(x) == 28.0
    np.testing.assert_array_equal(x.grad, 4 * x.value)
    buffer = x.grad
    assert g.backward(x) == 28.0
    np.testing.assert_array_equal(x.grad, 8 * x.value)
    assert x.grad is buffer
    x.zero_grad()
    np.testing.assert_array_equal(x.grad, np.zeros(4))
    g.backward(x)
    np.testing.assert_array_equal(buffer, 4 * x.value)
    assert x.grad is buffer


def test_out_writes_into_a_buffer() -> None:
    g = grad(twice_dot)
    x, buffer = np.arange(4.0), np.full(4, np.nan)
    assert g(x, out=buffer) is buffer
    np.testing.assert_array_equal(buffer, 4 * x)
    g(x + 1, out=buffer)
    np.testing.assert_array_equal(buffer, 4 * (x + 1))


# --- 3. another function of the same x ----------------------------------------------------------


def test_gradient_of_a_sum_is_ones() -> None:
    def total(x):
        return x.sum()

    np.testing.assert_array_equal(grad(total)(np.arange(4.0)), np.ones(4))
    x = Variable(np.arange(4.0))
    grad(twice_dot).backward(x)
    x.zero_grad()
    grad(total).backward(x)
    np.testing.assert_array_equal(x.grad, np.ones(4))


# --- 4. results that are not scalars ------------------------------------------------------------


def squares(x):
    return x * x


def test_grad_refuses_an_array_and_names_the_ways_on() -> None:
    with pytest.raises(NonScalarError) as caught:
        grad(squares)(np.arange(4.0))
    message = str(caught.value)
    assert "(4,)" in message or "[4]" in message
    assert "sum" in message
    assert "vjp" in message or "gradient=" in message


def test_backward_with_a_cotangent() -> None:
    x = Variable(np.arange(4.0))
    value = grad(squares).backward(x, gradient=np.ones(4))
    np.testing.assert_array_equal(value, x.value**2)
    np.testing.assert_array_equal(x.grad, 2 * x.value)
    weights = np.array([1.0, 0.5, 0.0, -1.0])
    x.zero_grad()
    grad(squares).backward(x, gradient=weights)
    np.testing.assert_array_equal(x.grad, 2 * x.value * weights)


def test_vjp() -> None:
    x = np.arange(4.0)
    value, pullback = vjp(squares, x)
    np.testing.assert_array_equal(value, x * x)
    np.testing.assert_array_equal(pullback(np.ones(4))[0], 2 * x)
    np.testing.assert_array_equal(pullback(np.arange(4.0))[0], 2 * x * np.arange(4.0))


def test_sum_makes_it_a_scalar() -> None:
    def total(x):
        y = x * x
        return y.sum()

    x = np.arange(4.0)
    np.testing.assert_array_equal(grad(total)(x), 2 * x)


# --- 5. detaching computation -------------------------------------------------------------------


def test_detached_values_are_constants() -> None:
    def by_function(x):
        y = x * x
        u = symdiff.detach(y)
        z = u * x
        return z.sum()

    def by_method(x):
        y = x * x
        u = y.detach()
        z = u * x
        return z.sum()

    def by_bare_name(x):
        return (detach(x * x) * x).sum()

    x = np.arange(1.0, 5.0)
    for f in (by_function, by_method, by_bare_name):
        np.testing.assert_array_equal(grad(f)(x), x * x)


def test_the_same_value_undetached_still_has_its_gradient() -> None:
    def both(x):
        y = x * x
        u = y.detach()
        return (u * x).sum() + y.sum()

    x = np.arange(1.0, 5.0)
    np.testing.assert_array_equal(grad(both)(x), x * x + 2 * x)


def test_detach_follows_a_new_value() -> None:
    def f(x):
        return detach(x * x) * x

    g = grad(f)
    assert g(3.0) == 9.0
    assert g(-2.0) == 4.0
    assert detach(3.0) == 3.0


# --- 6. gradients and Python control flow -------------------------------------------------------


def f(a):
    b = a * 2
    while b.norm() < 1000:
        b = b * 2
    if b.sum() > 0:
        c = b
    else:
        c = 100 * b
    return c


def f_sum(a):
    return f(a).sum()


SCALARS = [1.5, -1.5, 0.001, -251.0, 1e-300, -1e-300, 1e6, -1e6, 499.9, 500.0, 501.0, 1.5]


@pytest.mark.slow
def test_control_flow_on_numbers() -> None:
    g = grad(f)
    for a in SCALARS:
        value, slope = g.value_and_grad(a)
        assert type(slope) is float
        assert slope == pytest.approx(value / a, rel=1e-15)
        assert slope == mp_gradient(f, a) or a == 500.0
        assert g(a) == slope


@pytest.mark.slow
def test_control_flow_on_arrays() -> None:
    g = grad(f_sum)
    arrays = [
        np.array([1.5, 2.5]),
        np.array([-1.5, 0.5, -7.0]),
        np.full((2, 3), 1e-6),
        np.array([[-900.0, 1.0], [1.0, 1.0]]),
        np.array([2000.0]),
    ]
    for a in (*arrays, *reversed(arrays)):
        assert_close(g(a), mp_gradient(f_sum, a))


def test_a_loop_that_never_ends_meets_the_step_limit() -> None:
    g = grad(f)
    with symdiff.step_limit(1234), pytest.raises(StepLimitError) as caught:
        g(0.0)
    error = caught.value
    message = str(error)
    assert "while" in message
    assert f"{200 * 1234} times" in message
    assert error.where is not None
    assert error.where.line == f.__code__.co_firstlineno + 2
    assert "while b.norm() < 1000:" in message
    # The limit is a limit on this call only, and other inputs still work.
    assert g(1.5) == 1024.0


def test_a_loop_over_very_many_steps_meets_the_step_limit() -> None:
    def f(x: float) -> float:
        for _ in range(10**9):
            x = x * 0.99 + 1.0
        return x

    with (
        symdiff.step_limit(100),
        pytest.raises(StepLimitError, match=r"loop at line [0-9]+ has gone round"),
    ):
        grad(f)(1.0)


def test_the_step_limit_can_be_set() -> None:
    def slow(x):
        k = 0
        while k < 500:
            x = x + 0.001
            k = k + 1
            if x < -1e9:
                break
        return x

    def active(x):
        y = x
        while y < 500.0:
            y = y + x
        return y

    with symdiff.step_limit(2), pytest.raises(StepLimitError):  # 400, for one that stays a loop
        grad(active)(1.0)
    with symdiff.step_limit(100):
        assert grad(active)(1.0) == 500.0
        assert grad(slow)(1.0) == 1.0


# --- 7. exercises -------------------------------------------------------------------------------


def test_second_derivative() -> None:
    def cubic(x):
        return x**3 - 2 * x

    second = grad(grad(cubic))
    assert second(2.0) == 12.0
    assert second(-1.0) == -6.0
    assert grad(second)(5.0) == 6.0


def test_second_derivative_through_control_flow() -> None:
    def piecewise(x):
        if x > 0:
            return x**4
        return math.sin(x)

    second = grad(grad(piecewise))
    assert second(2.0) == 48.0
    assert second(-1.0) == pytest.approx(math.sin(1.0), rel=1e-14)
    assert second(2.0) == 48.0


def test_calling_twice_gives_the_same() -> None:
    g = grad(twice_dot)
    x = np.arange(4.0)
    first = g(x)
    second = g(x)
    np.testing.assert_array_equal(first, second)
    assert first is not second


def test_sine_and_its_derivative() -> None:
    g = grad(lambda x: np.sin(x).sum())
    x = np.linspace(-3.0, 3.0, 101)
    np.testing.assert_allclose(g(x), np.cos(x), rtol=0, atol=1e-15)
    h = grad(lambda x: np.sin(x))
    for v in x[::10]:
        assert h(float(v)) == pytest.approx(math.cos(v), abs=1e-15)
