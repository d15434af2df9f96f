"""Loops that go round very often, that never end, or that raise after thousands of iterations."""

from __future__ import annotations

import math
import traceback
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from numpy.testing import assert_allclose

import symdiff as sd
from symdiff.errors import StepLimitError
from symdiff.settings import rolling

MANY = 1_000_000


def counted(x: float, n: int) -> float:
    for _ in range(n):
        x = x * 0.999999 + 1e-6
    return x


def read(x: Any) -> Any:
    t = 0.0
    for i in range(len(x)):
        t = t * 0.5 + x[i] * x[i]
    return t


def until(x: float, c: float) -> float:
    k = 0.0
    while k < c:
        x = x + 1e-6 * math.sin(x)
        k += 1.0
    return x


def test_a_million_iterations_just_run() -> None:
    g = sd.grad(counted)
    assert_allclose(g(0.5, MANY), 0.999999**MANY, rtol=1e-9)
    assert_allclose(g(0.5, 1000), 0.999999**1000, rtol=1e-12)
    assert g.trace_count == 1


def test_a_million_elements_are_read() -> None:
    x = np.linspace(0.1, 1.0, MANY)
    found = sd.grad(read)(x)
    weights = 0.5 ** np.minimum(np.arange(MANY)[::-1], 1074.0)
    assert_allclose(found, 2 * x * weights, rtol=1e-12, atol=1e-300)


def test_a_million_rounds_of_a_while_loop() -> None:
    # dx/dt = sin(x) for one unit of time: tan(x/2) grows by e, but for the error of Euler's steps.
    end = 2 * math.atan(math.tan(0.25) * math.e)
    assert_allclose(sd.grad(until)(0.5, float(MANY)), math.sin(end) / math.sin(0.5), rtol=1e-5)


def never(x: float) -> float:
    while True:
        x = math.sin(x) * x + 0.5
        if x > 10.0:
            return x


def almost(x: float, n: float) -> float:
    k = 0.0
    while k != n:
        x = math.sin(x) * 1.01
        k += 1.0
    return x


@pytest.mark.parametrize(
    "operator", [sd.grad, sd.value_and_grad, sd.jacfwd], ids=lambda o: o.__name__
)
def test_a_loop_without_an_end_is_stopped(operator: Callable[..., Any]) -> None:
    with sd.step_limit(500), pytest.raises(StepLimitError) as caught:
        operator(never)(0.5)
    line = never.__code__.co_firstlineno + 1
    text = str(caught.value)
    assert f"the `while` loop at line {line} has gone round 100000 times" in text
    assert f"test_long_loops.py:{line}:" in text
    assert "symdiff.set_step_limit" in text


@pytest.mark.parametrize("operator", [sd.grad, sd.jacfwd], ids=lambda o: o.__name__)
def test_one_that_has_ended_before_is_stopped(operator: Callable[..., Any]) -> None:
    with sd.step_limit(500):
        g = operator(almost)
        expected = g(0.5, 5.0)
        with pytest.raises(StepLimitError, match="gone round 100000 times"):
            g(0.5, 5.5)
        assert g(0.5, 5.0) == expected
        assert g(0.5, 40.0) == operator(almost)(0.5, 40.0)


def test_what_a_loop_without_an_end_keeps_is_limited() -> None:
    with sd.step_limit(2000), sd.memory_limit(10_000):
        g = sd.grad(almost)
        g(0.5, 5.0)
        with pytest.raises(StepLimitError):
            g(0.5, 5.5)
        assert g(0.5, 1000.0) == sd.grad(almost)(0.5, 1000.0)


# -- what raises in iteration 7,214


def zero(x: float, n: int) -> float:
    for i in range(n):
        x = math.sin(x) + 1.0 / (7214 - i)
    return x


def domain(x: float, n: int) -> float:
    s = x
    for i in range(n):
        s = s + math.sqrt(7213.5 - i) * 1e-9 * x
    return s


def overflow(x: float, n: int) -> float:
    s = x
    for i in range(n):
        s = s + 1e-9 * math.exp(i * x / 9.15)
    return s


def index(x: Any, n: int) -> Any:
    s = 0.0
    for i in range(n):
        s = s + math.sin(x[i])
    return s


def own(x: float, n: int) -> float:
    for i in range(n):
        x = math.sin(x) + 0.1
        if i == 7214:
            raise KeyError(f"at {i}")
    return x


def of_numbers(x: float, n: int) -> float:
    k = 0
    while k < n:
        x = x + 0.001 + 0.0001 * math.cos(x)
        k += 1
        if x > 8.0:
            raise RuntimeError("too far", k, x)
    return x


def handled(x: float, n: int) -> float:
    for i in range(n):
        try:
            x = math.sin(x) + 1.0 / (7214 - i)
        except ZeroDivisionError:
            x = x * 2.0
    return x


def raised_by(f: Callable[..., Any], *args: Any) -> tuple[Any, ...]:
    """The type of an exception, its arguments, and the last line of this file on its way."""
    try:
        f(*args)
    except Exception as error:
        frames = traceback.extract_tb(error.__traceback__)
        lines = [frame.lineno for frame in frames if frame.filename == __file__]
        return type(error), error.args, lines[-1]
    raise AssertionError("nothing is raised")


RAISING = [zero, domain, overflow, index, own, of_numbers]


@pytest.mark.parametrize("f", RAISING, ids=lambda f: f.__name__)
def test_an_exception_after_thousands_of_iterations(f: Callable[..., Any]) -> None:
    x = np.linspace(0.0, 1.0, 7214) if f is index else 1.0
    expected = raised_by(f, x, 10_000)
    g = sd.grad(f)
    assert raised_by(g, x, 10_000) == expected
    short = g(x, 20)
    assert raised_by(g, x, 10_000) == expected
    assert np.array_equal(g(x, 20), short)
    with rolling(False):
        assert_allclose(sd.grad(f)(x, 20), short, rtol=1e-12)


def test_an_exception_that_the_function_handles() -> None:
    g = sd.grad(handled)
    assert np.isfinite(g(0.5, 20))
    slope = (handled(0.5 + 1e-6, 30) - handled(0.5 - 1e-6, 30)) / 2e-6
    assert_allclose(g(0.5, 30), slope, rtol=1e-4)


# -- NaN


def less(x: float, c: float) -> float:
    k = 0
    while x < c:
        x = x * 1.1 + 0.01 * math.sin(x)
        k += 1
    return x * (k + 1)


def not_more(x: float, c: float) -> float:
    k = 0
    while not x >= c:
        x = x * 1.1 + 0.01 * math.sin(x)
        k += 1
        if k > 50:
            break
    return x * (k + 1)


def neither(x: float, c: float) -> float:
    s = 0.0
    for i in range(40):
        if x > c:
            s = s + x * x
        elif x <= c:
            s = s + math.sin(x)
        else:
            s = s + 3.0 * x
        x = x * 1.05
        if i == 20:
            x = x + c * 0.0
    return s


@pytest.mark.parametrize("f", [less, not_more, neither], ids=lambda f: f.__name__)
def test_a_condition_of_nan_is_false(f: Callable[..., Any]) -> None:
    g = sd.value_and_grad(f)
    nan = math.nan
    pairs = [(0.5, 3.0), (0.5, nan), (1.0, 100.0), (nan, 3.0), (0.5, 3.0), (nan, nan), (0.7, nan)]
    for x, c in pairs:
        value, slope = g(x, c)
        assert_allclose(value, f(x, c), rtol=1e-14)
        if not math.isnan(x) and not math.isnan(value):
            h = 1e-6
            assert_allclose(slope, (f(x + h, c) - f(x - h, c)) / (2 * h), rtol=1e-5)
        with rolling(False):
            assert_allclose(sd.value_and_grad(f)(x, c)[1], slope, rtol=1e-12)
