"""Python's and NumPy's numbers after a loop, and in it: of the type that the function has them."""

from __future__ import annotations

import math

import numpy as np
import pytest

from symdiff import value_and_grad
from symdiff.settings import rolling


def product(x, v):
    y = 1.5
    for k in range(len(v)):
        y *= math.cos(x * v[k])
    return y * x + (10.0 if type(y) is float else 0.0)


def divided(x, v):
    y = x
    for k in range(len(v)):
        y = y * math.exp(v[k]) + 0.5
    try:
        return y / int(x)
    except ZeroDivisionError:
        return 7.0 * y


def beside_numpy(x, v):
    y, z = x, v[0]
    for k in range(len(v)):
        y = y + math.sin(v[k])
        z = z + v[k] * x
    return y * z + (10.0 if type(y) is float else 0.0) + (100.0 if type(z) is float else 0.0)


def swapped(x, v):
    a, b = math.cos(x), v[0]
    for _ in range(len(v)):
        a, b = b, a
    return (2.0 if type(a) is float else 1.0) * a * b + (x if type(b) is float else 3.0 * x)


def swapped_and_scaled(x, v):
    a, b = math.cos(x), v[0]
    for _ in range(len(v)):
        a, b = b * 0.99, a * 1.01
    return (2.0 if isinstance(a, np.float64) else 1.0) * a * b * x


def swapped_and_asked(x, v):
    a, b, s = x * 1.0, v[0], 0.0
    for _ in range(len(v)):
        if type(b) is float:
            s += a * b
        a, b = b, a
    return s + a


def swapped_and_divided(x, v):
    a, b, s = x * 1.0, v[0], 0.0
    for _ in range(len(v)):
        try:
            s += x if v[1] / (b - b) > 0.0 else v[1]
        except ZeroDivisionError:
            s += 3.0 * x
        a, b = b, a
    return s + a * x


def of_either_type(x, v):
    best = x * 0.5
    for k in range(len(v)):
        if v[k] > 0.5:
            best = x * 1.5 * k
        else:
            best = v[k] * x
    return (2.0 if type(best) is float else 1.0) * best


def of_either_type_divided(x, v):
    best = x * 0.5
    for k in range(len(v)):
        best = v[k] * x
        if v[k] > 0.5:
            best = x * 1.5 * k
    try:
        return x * best if 1.0 / (best - best) > 0.0 else x
    except ZeroDivisionError:
        return 7.0 * x


def in_an_inner_loop(x, v):
    s = x * 1.0
    for k in range(len(v)):
        best = x * 0.5
        for j in range(len(v)):
            best = v[j] * x
            if v[j] > 0.5:
                best = x * 1.5 * k
        try:
            s += x * best if 1.0 / (best - best) > 0.0 else x
        except ZeroDivisionError:
            s += 7.0 * x
    return s


def asked_in_an_inner_loop(x, v):
    s = x * 1.0
    for k in range(len(v)):
        best = x * 0.5
        for j in range(len(v)):
            best = v[j] * x
            if v[j] > 0.5:
                best = x * 1.5 * k
        s += best * (2.0 if type(best) is float else 1.0)
    return s


def asked_for_a_class(x, v):
    best = x
    for k in range(len(v)):
        t = v[k] * 1.5
        best = t * x if t > 0.5 * best else x * 1.01
    return best * 3.0 if isinstance(best, np.float64) else best


def a_sum(x, v):
    total = 0.0
    for k in range(len(v)):
        total += v[k] * x
    return total * (3.0 if isinstance(total, np.float64) else 1.0)


FUNCTIONS = [
    *(product, divided, beside_numpy, swapped, swapped_and_scaled, swapped_and_asked),
    *(swapped_and_divided, of_either_type, of_either_type_divided, in_an_inner_loop),
    *(asked_in_an_inner_loop, asked_for_a_class, a_sum),
]


@pytest.mark.filterwarnings("ignore::RuntimeWarning")
@pytest.mark.parametrize("rolled", [True, False])
@pytest.mark.parametrize("function", FUNCTIONS, ids=lambda f: f.__name__)
def test_the_type_after_a_loop(function, rolled: bool) -> None:
    g = value_and_grad(function)
    for x in (0.6, 1.3, 0.6):
        for n, last in ((2, 0.9), (5, 0.1), (5, 0.9), (12, 0.1), (12, 0.9), (13, 0.9), (3, 0.1)):
            v = np.linspace(0.3, 0.9, n)
            v[-1] = last
            with rolling(rolled):
                value, slope = g(x, v)
            assert value == pytest.approx(function(x, v), rel=1e-14)
            step = 1e-6
            difference = (function(x + step, v) - function(x - step, v)) / (2 * step)
            assert slope == pytest.approx(difference, rel=1e-6, abs=1e-8)


def test_a_loop_whose_numbers_become_numpys_stays_one() -> None:
    source = value_and_grad(a_sum).source(0.7, np.linspace(0.3, 0.9, 40))
    assert len(source.splitlines()) < 40
