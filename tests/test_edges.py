"""Where arithmetic has edges: types, signed zeros, infinities, nan, memory, dtypes."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

from symdiff import grad, value_and_grad


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
