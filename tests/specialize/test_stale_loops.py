"""Loops that stay loops are made for no count, table, global or outcome of a test."""

from __future__ import annotations

import math

import numpy as np
import pytest

from symdiff import grad, value_and_grad
from symdiff.errors import StepLimitError
from symdiff.program.loops import Loop
from symdiff.settings import rolling, step_limit

SCALE = 2.0
TABLE = [0.1 * k for k in range(40)]
OFFSETS = np.linspace(0.0, 1.0, 40)


def with_global(x, n):
    for i in range(n):
        x = x * 0.9 + SCALE * i
    return x


def with_table(x, n):
    for i in range(n):
        x = x * 0.9 + TABLE[i]
    return x


def with_array(x, n):
    for i in range(n):
        x = x * 0.9 + OFFSETS[i] * SCALE
    return x


def with_default(x, n, factor=0.9):
    k = 0
    while k < n:
        x, k = math.sin(x) * factor, k + 1
    return x


def with_closure():
    factor = 0.5

    def set_factor(value):
        nonlocal factor
        factor = value

    def f(x, n):
        for i in range(n):
            x = x * factor + math.cos(x + i)
        return x

    return f, set_factor


class Model:
    """Parameters that a method reads in a loop."""

    def __init__(self):
        self.rate = 0.3
        self.weights = [0.5, 0.25, 0.125]

    def run(self, x, n):
        for i in range(n):
            x = x - self.rate * math.sin(x) + self.weights[i % 3]
        return x


def slope(function, x, *rest):
    h = 1e-6
    return (function(x + h, *rest) - function(x - h, *rest)) / (2 * h)


def check(g, function, *args):
    with rolling(True):
        value, derivative = g(*args)
    np.testing.assert_allclose(value, function(*args), rtol=1e-12)
    noise = 1e-9 * (1.0 + abs(value))
    np.testing.assert_allclose(derivative, slope(function, *args), rtol=1e-5, atol=noise)


def rolled(g):
    leaves = g._dispatcher.leaves
    return any(
        type(s.operation) is Loop for leaf in leaves for s in leaf.specialization.program.statements
    )


@pytest.mark.parametrize("function", [with_global, with_table, with_array])
def test_what_is_read_outside_may_change_between_calls(function, monkeypatch):
    g = value_and_grad(function)
    for n in (30, 12, 30, 5, 39):
        check(g, function, 0.7, n)
    monkeypatch.setattr(f"{__name__}.SCALE", -1.5)
    monkeypatch.setattr(f"{__name__}.TABLE", [math.sin(k) for k in range(40)])
    monkeypatch.setattr(f"{__name__}.OFFSETS", np.cos(np.arange(40.0)))
    for n in (30, 12, 39, 0):
        check(g, function, 0.7, n)
    TABLE[17] = 100.0  # of the list that is put away at the end of the test
    OFFSETS[11] = -3.0
    check(g, function, 0.7, 30)
    assert rolled(g)


def test_a_changed_table_is_read_again(monkeypatch):
    monkeypatch.setattr(f"{__name__}.TABLE", list(TABLE))
    g = value_and_grad(with_table)
    check(g, with_table, 0.7, 30)
    for place in (0, 2, 3, 17, 29):
        TABLE[place] = 50.0 + place
        check(g, with_table, 0.7, 30)
    assert rolled(g)


def test_a_changed_default_is_read_again(monkeypatch):
    g = value_and_grad(with_default)
    check(g, with_default, 0.7, 30)
    monkeypatch.setattr(with_default, "__defaults__", (0.4,))
    check(g, with_default, 0.7, 30)
    check(g, with_default, 0.7, 3)


def test_a_changed_closure_is_read_again():
    f, set_factor = with_closure()
    g = value_and_grad(f)
    for factor in (0.5, 0.8, -0.3):
        set_factor(factor)
        for n in (30, 11, 2):
            check(g, f, 0.2, n)
    assert rolled(g)


def test_changed_attributes_are_read_again():
    model = Model()
    g = value_and_grad(model.run)
    check(g, model.run, 0.4, 40)
    model.rate = 0.7
    check(g, model.run, 0.4, 40)
    model.weights[1] = -2.0
    check(g, model.run, 0.4, 25)
    model.weights = [1.0, 2.0, 3.0]
    check(g, model.run, 0.4, 40)


def bouncing(x, n):
    v, bounces = 0.0, 0
    for _ in range(n):
        v -= 0.1
        x += 0.1 * v
        if x < 0.0:
            x, v = -x, -0.8 * v
            bounces += 1
    return x + 10.0 * bounces


def collatz_like(x, n):
    k = n
    while k != 1:
        x = x * 0.9 + math.sin(0.1 * k * x) / k
        k = k // 2 if k % 2 == 0 else 3 * k + 1
    return x


def newton(x, n):
    y = x
    for k in range(n):
        step = (y * y - x) / (2.0 * y)
        y -= step
        if abs(step) < 1e-12:
            return y + 0.0 * k
    return y


def escape(x, n):
    z, k = 0.0, 0
    while z * z < 4.0 and k < n:
        z, k = z * z + x, k + 1
    return z + k


@pytest.mark.parametrize("function", [bouncing, collatz_like, newton, escape])
def test_a_test_may_come_out_otherwise_in_any_iteration(function):
    g = value_and_grad(function)
    for x in (0.9, 0.31, 1.7, 0.26, 0.9):
        for n in (27, 4, 60, 1):
            check(g, function, x, n)


def test_the_length_of_an_array_is_checked():
    def total(x):
        s = 0.0
        for k, v in enumerate(x):
            s += v * v * k
        return s

    g = grad(total)
    for size in (30, 12, 3, 0, 30, 50):
        x = np.linspace(0.5, 1.5, size)
        with rolling(True):
            found = g(x)
        np.testing.assert_allclose(found, 2 * x * np.arange(size))


def test_what_is_carried_may_change_its_type():
    def f(x, n):
        total = 0
        for i in range(n):
            total = total + 1 if i < 20 else total + x
        return total * x

    g = value_and_grad(f)
    for n in (30, 21, 20, 19, 12, 40):
        check(g, f, 0.7, n)


def test_a_loop_that_does_not_end_is_stopped():
    def f(x):
        while x < 1.0:
            x = x * 0.5
        return x

    with rolling(True), step_limit(30), pytest.raises(StepLimitError, match="`while` loop at line"):
        grad(f)(0.5)


def test_an_iteration_that_raises_raises_what_the_function_raises():
    def f(x, n):
        for i in range(n):
            x = x + 1.0 / (70 - i)
        return x

    with rolling(True), pytest.raises(ZeroDivisionError) as caught:
        grad(f)(0.5, 100)
    line = f.__code__.co_firstlineno + 2
    assert any(
        e.path.name == "test_stale_loops.py" and e.lineno + 1 == line for e in caught.traceback
    )
    g = value_and_grad(f)
    check(g, f, 0.5, 60)
    with rolling(True), pytest.raises(ZeroDivisionError):
        g(0.5, 71)
    check(g, f, 0.5, 70)


def divides_later(x, n):
    s = 0.0
    t = 0.0
    for v in x:
        t = t + (v / s if v > 5 else v)
        s = s + v
    return t + n


def test_a_number_of_pythons_is_divided_as_pythons():
    g = value_and_grad(divides_later)
    x = np.linspace(0.1, 1.0, 20)
    assert g(x, 1)[0] == pytest.approx(divides_later(x, 1))
    late = x.copy()
    late[3] = 6.0
    assert g(late, 1)[0] == pytest.approx(divides_later(late, 1))
    early = x.copy()
    early[0] = 6.0
    with np.errstate(all="ignore"):
        wanted = divides_later(early, 1)
        assert g(early, 1)[0] == wanted  # NumPy's number over Python's 0.0

    def of_python(values, n):
        return divides_later(values, n)

    h = value_and_grad(of_python)
    numbers = [float(v) for v in x]
    assert h(numbers, 1)[0] == pytest.approx(of_python(numbers, 1))
    with pytest.raises(ZeroDivisionError):
        h([6.0, *numbers[1:]], 1)
