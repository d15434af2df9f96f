"""A number of Python's that is computed of NumPy's in a loop stays one of Python's."""

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


@pytest.mark.parametrize("rolled", [True, False])
@pytest.mark.parametrize("function", [product, divided, beside_numpy], ids=lambda f: f.__name__)
def test_the_type_after_a_loop(function, rolled: bool) -> None:
    g = value_and_grad(function)
    for x in (0.6, 1.3, 0.6):
        for n in (1, 2, 5, 3):
            v = np.linspace(0.3, 0.9, n)
            with rolling(rolled):
                value, slope = g(x, v)
            assert value == pytest.approx(function(x, v), rel=1e-14)
            step = 1e-6
            difference = (function(x + step, v) - function(x - step, v)) / (2 * step)
            assert slope == pytest.approx(difference, rel=1e-6)
